//! The signs, drawn on a grid of 24 with one line.

use leptos::prelude::*;

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each sign is what its name says")]
pub enum Glyph {
    Archive,
    ArrowLeft,
    ArrowRight,
    Bell,
    Box,
    Card,
    Check,
    Clip,
    Clock,
    Close,
    Copy,
    Down,
    Download,
    Envelope,
    EnvelopeOpen,
    Expand,
    Eye,
    EyeOff,
    File,
    Find,
    Folder,
    FolderMove,
    Forward,
    Gear,
    Image,
    Inbox,
    Junk,
    Keyboard,
    Link,
    Leave,
    Lock,
    Menu,
    Minimise,
    More,
    Pen,
    People,
    Phone,
    Plus,
    Print,
    Reply,
    ReplyAll,
    Retry,
    Seal,
    Send,
    Shrink,
    Star,
    Trash,
    Up,
    Warning,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Self::Archive => "M3 5h18v4H3zM5 9v10h14V9M10 13h4",
            Self::ArrowLeft => "M19 12H5M11 6l-6 6 6 6",
            Self::ArrowRight => "M5 12h14M13 6l6 6-6 6",
            Self::Bell => "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2 2 0 0 0 4 0",
            Self::Box => "M3 11l9-7 9 7v9H3zM7 13h10v4H7zM7 13l5 3 5-3",
            Self::Card => "M3 6h18v12H3zM14 6v12M17 9.5h1",
            Self::Check => "M5 12.5l4.5 4.5L19 7",
            Self::Clip => "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l7-7",
            Self::Clock => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4l3 2",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
            Self::Down => "M6 9.5l6 6 6-6",
            Self::Download => "M12 4v11M7 10.5l5 5 5-5M4 20h16",
            Self::Envelope => "M3 6h18v12H3zM3 7l9 6 9-6",
            Self::EnvelopeOpen => "M3 10l9-6 9 6v10H3zM3 10.5l9 5.5 9-5.5",
            Self::Expand => "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
            Self::Eye => "M2 12c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.5 7-10 7s-7-2-10-7M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
            Self::EyeOff => {
                "M4 4l16 16M9.5 5.5A10 10 0 0 1 12 5c3.5 0 7 2 10 7a17 17 0 0 1-3 3.7M6 7.5A17 17 0 0 0 2 12c3 5 6.5 7 10 7a10 10 0 0 0 4-1M10 10a3 3 0 0 0 4 4"
            }
            Self::File => "M6 3h8l4 4v14H6zM14 3v4h4",
            Self::Find => "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15.5 15.5L20 20",
            Self::Folder => "M3 6h6l2 2h10v11H3z",
            Self::FolderMove => "M3 6h6l2 2h10v11H3zM9 13.5h6M12.5 11l2.5 2.5-2.5 2.5",
            Self::Forward => "M14 7l6 5-6 5v-3c-6 0-8 1-10 4 1-6 4-8 10-8z",
            Self::Gear => "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h9M17 17h3M15 15v4",
            Self::Image => "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
            Self::Inbox => "M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5",
            Self::Junk => "M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16.5h.01",
            Self::Link => {
                "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7l1.3-1.3"
            }
            Self::Keyboard => "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M7 14h10",
            Self::Leave => "M14 4H5v16h9M10 12h10M16 8l4 4-4 4",
            Self::Lock => "M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3",
            Self::Menu => "M4 7h16M4 12h16M4 17h16",
            Self::Minimise => "M6 18h12",
            Self::More => {
                "M5 11.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4M12 11.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4M19 11.3a.7.7 0 1 0 0 1.4.7.7 0 0 0 0-1.4"
            }
            Self::Pen => "M4 20l4-1L19 8l-3-3L5 16z",
            Self::People => {
                "M9 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6M3 20c0-4 3-6 6-6s6 2 6 6M16 6a3 3 0 0 1 0 6M18 14c2 1 3 3 3 6"
            }
            Self::Phone => "M7 3h10v18H7zM11 18h2",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Print => "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
            Self::Reply => "M10 7l-6 5 6 5v-3c6 0 8 1 10 4-1-6-4-8-10-8z",
            Self::ReplyAll => "M8 7l-6 5 6 5M13 7l-6 5 6 5v-3c5 0 7 1 9 4-1-6-4-8-9-8z",
            Self::Retry => "M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5",
            Self::Seal => {
                "M12 3l2.5 2 3.2-.2 .8 3 2.5 2-1.2 3 .7 3.1-3 1.2-1.7 2.7-3.1-.8-3.1 .8-1.7-2.7-3-1.2 .7-3.1-1.2-3 2.5-2 .8-3 3.2 .2zM8.5 12l2.5 2.5 4.5-4.5"
            }
            Self::Send => "M4 12l16-8-5 16-4-6zM11 14l9-10",
            Self::Shrink => "M20 4l-6 6M14 5v5h5M4 20l6-6M10 19v-5H5",
            Self::Star => "M12 4l2.5 5.3 5.5 .7-4 4 1 5.8-5-2.8-5 2.8 1-5.8-4-4 5.5-.7z",
            Self::Trash => "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
            Self::Up => "M6 14.5l6-6 6 6",
            Self::Warning => "M12 4l9 16H3zM12 10v4M12 17h.01",
        }
    }
}

/// A sign; it is never read aloud, what it stands for must be said beside it.
#[component]
pub fn Icon(
    /// Which.
    glyph: Glyph,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let class = format!("icon {class}");
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=glyph.path() />
        </svg>
    }
}
