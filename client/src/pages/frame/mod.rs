//! What surrounds everything behind the door: the bar with the search, the places, the keyboard, the toasts, the letters
//! being written. Here is what its parts and the pages in it share; `inside` lets people in, `framed` puts the parts together.
//!
//! Invariants: behind this frame the account is open, in front of it nothing of the mail is shown; keys that act never fire
//! while somebody types or a dialog is open.

mod acts;
mod address;
mod command;
mod deeds;
mod dialogs;
mod folders;
mod framed;
mod inside;
mod keyboard;
mod places;
mod reminder;
mod sheet;
mod top;

pub use acts::{Acts, use_acts};
pub use address::{Address, use_address};
pub use framed::Framed;
pub use inside::Inside;
pub use keyboard::is_for_the_page;
pub use reminder::SheetReminder;
pub use sheet::KeySheet;

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::api::mailbox::{MailboxId, MailboxRole, MessageId};

use super::mail::{Selection, Shown};
use super::place::Place;
use super::write::Windows;

/// What the parts of the frame and the pages in it share.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Whether the places are open as a drawer, on narrow windows.
    pub places_open: RwSignal<bool>,
    /// Whether the keyboard sheet is open.
    pub keys_open: RwSignal<bool>,
    /// The messages that the dialog "move to" is open for.
    pub moving: RwSignal<Vec<MessageId>>,
    /// The messages that the question "delete for ever?" is open for.
    pub deleting: RwSignal<Vec<MessageId>>,
    /// The messages that are being dragged.
    pub dragged: RwSignal<Vec<MessageId>>,
    /// The row that the keyboard was at last, or the letter that was opened last; nothing acts on it unless it can be seen that it is
    /// meant ([`Acts::at`]).
    pub cursor: RwSignal<Option<MessageId>>,
    /// Where the list of each mailbox was left, CSS pixels from its beginning.
    pub places_scrolled: StoredValue<BTreeMap<MailboxId, f64>>,
    /// What came first in the list of each mailbox when it was left further down.
    pub places_known: StoredValue<BTreeMap<MailboxId, MessageId>>,
    /// What is selected.
    pub selection: Selection,
    /// What the list shows.
    pub shown: Shown,
    /// The windows of the letters being written.
    pub windows: Windows,
}

/// Provides what the parts of the frame share, the address and the acts among it.
fn provide_frame() -> Frame {
    let address = address::provide_address();
    let frame = Frame {
        places_open: RwSignal::new(false),
        keys_open: RwSignal::new(false),
        moving: RwSignal::default(),
        deleting: RwSignal::default(),
        dragged: RwSignal::default(),
        cursor: RwSignal::default(),
        places_scrolled: StoredValue::default(),
        places_known: StoredValue::default(),
        selection: Selection::new(),
        shown: Shown::new(address.message),
        windows: Windows::new(),
    };
    provide_context(frame);
    acts::provide_acts(frame, address);
    frame
}

/// What the parts of the frame share.
#[must_use]
pub fn use_frame() -> Frame {
    expect_context()
}

/// The places in the order in which they are shown, as far as every account has them.
pub(super) const ROLES: [MailboxRole; 6] = [
    MailboxRole::Inbox,
    MailboxRole::Drafts,
    MailboxRole::Sent,
    MailboxRole::Archive,
    MailboxRole::Junk,
    MailboxRole::Trash,
];

/// The inbox.
pub(super) const INBOX: Place = Place::Role(MailboxRole::Inbox);
