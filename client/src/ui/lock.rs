//! The one lock and its states: the same sign, word and colour everywhere.

use leptos::prelude::*;
use shared::api::mailbox::Came;

use super::{Explain, Glyph, use_words};
use crate::worker::protocol::reading::Sealing;

/// The states of the lock on a letter that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockState {
    /// Sealed from its writer to its reader.
    Sealed,
    /// Came open, sealed at the door.
    Arrival,
    /// Nobody carried it: it was handed in here, or the box wrote it.
    Inside,
    /// Answered from the page of a link: sealed there, by whoever has the link.
    Link,
    /// Open like a postcard.
    Open,
}

impl LockState {
    /// That of a letter, by its seal and how it came to the box.
    #[must_use]
    pub fn of(sealing: Sealing, came: Option<Came>) -> Self {
        match (sealing, came) {
            (Sealing::EndToEnd, Some(Came::Link)) => Self::Link,
            (Sealing::EndToEnd, _) => Self::Sealed,
            (Sealing::OnArrival, Some(Came::Here | Came::Box)) => Self::Inside,
            (Sealing::OnArrival, _) => Self::Arrival,
            (Sealing::Open, _) => Self::Open,
        }
    }

    /// Its sign.
    #[must_use]
    pub fn glyph(self) -> Glyph {
        match self {
            Self::Sealed | Self::Link | Self::Inside => Glyph::Lock,
            Self::Arrival | Self::Open => Glyph::Card,
        }
    }

    /// Its class, for the colour.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Sealed => "seal",
            Self::Link => "link",
            Self::Inside => "",
            Self::Arrival | Self::Open => "open",
        }
    }

    /// Its words.
    #[must_use]
    pub fn label(self) -> &'static str {
        let words = &use_words().general;
        match self {
            Self::Sealed => words.lock_sealed,
            Self::Arrival => words.lock_arrival,
            Self::Inside => words.lock_inside,
            Self::Link => words.lock_link,
            Self::Open => words.lock_open,
        }
    }
}

/// The lock of a letter that came, with what it means behind it.
#[component]
pub fn LockChip(
    /// Its state.
    state: LockState,
) -> impl IntoView {
    let words = use_words();
    let what = match state {
        LockState::Sealed => words.read.sealed_what,
        LockState::Arrival => words.read.arrival_what,
        LockState::Inside => words.read.inside_what,
        LockState::Link => words.read.by_link_what,
        LockState::Open => words.read.open_what,
    };
    view! {
        <Explain class=state.class() glyph=state.glyph() label=state.label().to_owned()>
            <strong>{state.label()}</strong>
            <span>{what}</span>
        </Explain>
    }
}
