//! How the windows of the letters being written stand.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::MessageId;

use super::mailto;
use crate::state::Failure;
use crate::state::drafts::{Draft, DraftKey, Drafts, use_drafts};
use crate::state::reading::{Reading, use_reading};
use crate::ui::dom;
use crate::worker::protocol::reading::{MessageView, Person};
use crate::worker::protocol::writing::Letter;

/// Most windows that stand open beside each other; older ones are made small.
const OPEN: usize = 2;

/// How a window stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// At the foot of the desk.
    #[default]
    Docked,
    /// Only its title.
    Small,
    /// As large as the page.
    Full,
}

/// The windows.
#[derive(Clone, Copy)]
pub struct Windows {
    drafts: Drafts,
    reading: Reading,
    modes: RwSignal<BTreeMap<DraftKey, Mode>>,
}

impl Windows {
    /// No window has been changed yet.
    #[must_use]
    pub fn new() -> Self {
        Self { drafts: use_drafts(), reading: use_reading(), modes: RwSignal::default() }
    }

    /// Begins a letter.
    pub fn begin(&self, to: Vec<Person>) {
        self.opened(self.drafts.begin(Letter { to, ..Letter::default() }));
    }

    /// Begins the letter that a link of the scheme `mailto:` says (RFC 6068).
    pub fn begin_from(&self, link: &str) {
        self.opened(self.drafts.begin(mailto::letter(link)));
    }

    /// Shows a letter that was begun elsewhere.
    pub fn opened(&self, draft: Draft) {
        self.set_mode(draft.key, Mode::Docked);
    }

    /// Goes on with a draft of which the content is here.
    pub fn resume(&self, message: MessageId, view: &MessageView) {
        self.opened(self.drafts.resume(message, view));
    }

    /// Goes on with a draft.
    pub fn fetch(&self, message: MessageId, on_failure: Callback<Failure>) {
        let windows = *self;
        spawn_local(async move {
            match windows.reading.view(message).await {
                Ok(view) => windows.resume(message, &view),
                Err(failure) => on_failure.run(failure),
            }
        });
    }

    /// How a window stands.
    #[must_use]
    pub fn mode(&self, key: DraftKey) -> Mode {
        self.modes.with(|modes| modes.get(&key).copied().unwrap_or_default())
    }

    /// Sets how a window stands; where too many would be open, the oldest are made small.
    pub fn set_mode(&self, key: DraftKey, mode: Mode) {
        let open = self.drafts.open().get_untracked();
        let most = if dom::is_phone() { 1 } else { OPEN };
        self.modes.update(|modes| {
            modes.insert(key, mode);
            let mut standing = usize::from(mode != Mode::Small);
            for other in open.iter().rev().map(|draft| draft.key).filter(|other| *other != key) {
                let other = modes.entry(other).or_default();
                if *other != Mode::Small {
                    standing += 1;
                    if standing > most || mode == Mode::Full {
                        *other = Mode::Small;
                    }
                }
            }
        });
    }
}

impl Default for Windows {
    fn default() -> Self {
        Self::new()
    }
}
