//! How the windows of the letters being written stand.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::MessageId;
use web_sys::File;

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
    /// The letter into which files would go that are being dragged over the page.
    pub(super) over: RwSignal<Option<DraftKey>>,
    dropped: RwSignal<Vec<(DraftKey, Vec<File>)>, LocalStorage>,
}

impl Windows {
    /// No window has been changed yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            drafts: use_drafts(),
            reading: use_reading(),
            modes: RwSignal::default(),
            over: RwSignal::default(),
            dropped: RwSignal::new_local(Vec::new()),
        }
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

    /// The letter into which files go that are dropped on its window, or beside all windows: the newest that stands open. One that is on
    /// its way takes none.
    pub(super) fn under(&self, window: Option<DraftKey>) -> Option<DraftKey> {
        let takes = |draft: &&Draft| {
            let is_meant = window.is_none_or(|window| draft.key == window);
            is_meant && !draft.is_leaving() && (window.is_some() || untrack(|| self.mode(draft.key)) != Mode::Small)
        };
        self.drafts.open().with_untracked(|open| open.iter().rev().find(takes).map(|draft| draft.key))
    }

    /// Puts files into the letter that is meant, or into a new one.
    pub(super) fn drop(&self, window: Option<DraftKey>, files: Vec<File>) {
        let key = self.under(window).unwrap_or_else(|| {
            let draft = self.drafts.begin(Letter::default());
            self.opened(draft);
            draft.key
        });
        self.dropped.update(|dropped| dropped.push((key, files)));
    }

    /// The files that were dropped for a letter since it was asked last. Tracks.
    pub(super) fn take_dropped(&self, key: DraftKey) -> Option<Vec<File>> {
        self.dropped.with(|dropped| dropped.iter().any(|(other, _)| *other == key)).then(|| {
            let take = |dropped: &mut Vec<(DraftKey, Vec<File>)>| {
                let own = dropped.extract_if(.., |(other, _)| *other == key);
                own.flat_map(|(_, files)| files).collect()
            };
            self.dropped.try_update(take).unwrap_or_default()
        })
    }

    /// Whether files are being dragged that would go into this letter.
    pub(super) fn is_over(&self, key: DraftKey) -> bool {
        self.over.get() == Some(key)
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
