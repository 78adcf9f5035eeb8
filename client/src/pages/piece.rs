//! The pieces of the program that come after its first paint: what stands behind the door, and what is opened from there.
//!
//! A first visit waits only for what it shows at once. The program is cut in `bin/app.rs`: what is named there and nowhere else
//! travels in a piece of its own and is reached through the functions of [`Mail`] and [`Later`], which are here once their piece
//! is. Both are fetched as soon as the first paint is done, so that nobody waits for them who reads and types as people do.
//!
//! Invariants: a piece that cannot be had is asked for again until it is here, and what needs it says so meanwhile; what lies in
//! a piece never runs before it is here, because only the piece has its address.

use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::platform::{page, time};
use crate::ui::use_words;

/// First wait before a piece is asked for again that could not be had, milliseconds.
const RETRY_MS: u32 = 1_000;
/// Longest such wait, milliseconds.
const RETRY_MAX_MS: u32 = 30_000;

/// Shows something that lies in a piece.
pub type Show = fn() -> AnyView;

/// What stands behind the door.
#[derive(Clone, Copy)]
pub struct Mail {
    /// Provides the rooms of the state that hold mail.
    pub provide: fn(),
    /// The frame with the list.
    pub frame: Show,
}

/// What is opened from there.
#[derive(Clone, Copy)]
pub struct Later {
    /// The letter that is open.
    pub pane: Show,
    /// The letters being written.
    pub desk: Show,
    /// The settings.
    pub settings: Show,
    /// The keyboard sheet.
    pub keys: Show,
}

/// A piece cannot be had: the box does not answer, or has another page by now.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

/// Fetches a piece.
pub type Load<T> = fn() -> LocalBoxFuture<'static, Result<T, Missing>>;

/// How the pieces are fetched.
#[derive(Clone, Copy)]
pub struct Loads {
    /// What stands behind the door.
    pub mail: Load<Mail>,
    /// What is opened from there.
    pub later: Load<Later>,
}

/// A piece, or that it is not here yet.
pub struct Piece<T: 'static> {
    here: RwSignal<Option<T>>,
    is_missed: RwSignal<bool>,
}

/// The pieces.
#[derive(Clone, Copy)]
pub struct Pieces {
    /// What stands behind the door.
    pub mail: Piece<Mail>,
    /// What is opened from there.
    pub later: Piece<Later>,
}

/// The pieces.
#[must_use]
pub fn use_pieces() -> Pieces {
    expect_context()
}

/// Provides the pieces and fetches them after the first paint; once, for the page's root.
///
/// # Panics
/// If it is not called by a component.
pub fn provide_pieces(loads: Loads) {
    let root = Owner::current().expect("a component has an owner");
    let pieces = Pieces { mail: Piece::awaited(), later: Piece::awaited() };
    provide_context(pieces);
    spawn_local(async move {
        page::after_paint().await;
        let mail = pieces.mail.fetch(loads.mail).await;
        // What the mailbox knows lives as long as the page, not as long as what shows it.
        root.with(mail.provide);
        pieces.mail.here.set(Some(mail));
        let later = pieces.later.fetch(loads.later).await;
        pieces.later.here.set(Some(later));
    });
}

impl<T: Copy + Send + Sync + 'static> Piece<T> {
    fn awaited() -> Self {
        Self { here: RwSignal::new(None), is_missed: RwSignal::new(false) }
    }

    /// Fetches it, as often as it takes.
    async fn fetch(self, load: Load<T>) -> T {
        let mut wait = RETRY_MS;
        loop {
            if let Ok(here) = load().await {
                self.is_missed.set(false);
                return here;
            }
            self.is_missed.set(true);
            time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(RETRY_MAX_MS);
        }
    }

    /// What it holds, once it is here.
    #[must_use]
    pub fn here(self) -> Option<T> {
        self.here.get()
    }

    /// Whether it cannot be had; it is tried again by itself.
    #[must_use]
    pub fn is_missed(self) -> bool {
        self.is_missed.get()
    }

    /// Shows something that it holds, and until it is here what is given.
    pub fn shown(self, what: fn(T) -> Show, meanwhile: impl Fn() -> AnyView + Send + 'static) -> impl IntoView {
        move || match self.here.get() {
            Some(here) => what(here)(),
            None => meanwhile(),
        }
    }
}

/// Says that a piece cannot be had, and offers what helps where it is the page that is out of date.
#[component]
pub fn Missed() -> impl IntoView {
    let words = use_words();
    view! {
        <p>{words.failure.piece_missing}</p>
        <button type="button" class="button" on:click=|_| page::reload()>
            {words.general.reload}
        </button>
    }
}

impl<T> Clone for Piece<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Piece<T> {}
