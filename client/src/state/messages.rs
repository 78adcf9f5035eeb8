//! The rows of the mailbox that is shown, and what can be done to messages.

use leptos::prelude::*;
use shared::api::Timestamp;
use shared::api::mailbox::MailboxRole;
use shared::api::mailbox::{Flags, MailboxId, MessageId};

use super::Failure;
use crate::worker::protocol::AskError;
use crate::worker::protocol::reading::SummaryView;

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The message.
    pub id: MessageId,
    /// Where it lies.
    pub mailbox: MailboxId,
    /// Its unique identifier within the mailbox.
    pub uid: u32,
    /// Its flags, those that the box has not confirmed yet included.
    pub flags: Flags,
    /// When the box received it.
    pub received_at: Timestamp,
    /// Octets of the sealed message.
    pub size: u64,
    /// What it says of itself.
    pub summary: Summary,
}

/// The state of a row's summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Summary {
    /// Not opened yet.
    Sealed,
    /// Opened.
    Open(SummaryView),
    /// It cannot be opened.
    Failed(AskError),
    /// The message came without one.
    Missing,
}

/// How far the list is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// No mailbox is shown.
    #[default]
    Nothing,
    /// Its first page is being fetched.
    Loading,
    /// Rows are there; older ones may follow.
    Loaded {
        /// Older rows exist that are not here yet.
        more: bool,
    },
    /// It could not be fetched; [`Messages::reload`] tries again.
    Failed(Failure),
}

/// The list of messages.
#[derive(Clone, Copy)]
pub struct Messages {
    mailbox: RwSignal<Option<MailboxId>>,
    order: RwSignal<Vec<MessageId>>,
    progress: RwSignal<Progress>,
}

/// Provides the list.
pub fn provide_messages() {
    provide_context(Messages {
        mailbox: RwSignal::default(),
        order: RwSignal::default(),
        progress: RwSignal::default(),
    });
}

/// The list.
#[must_use]
pub fn use_messages() -> Messages {
    expect_context()
}

impl Messages {
    /// Shows a mailbox: its rows are fetched, or taken from what is already known.
    pub fn show(&self, mailbox: MailboxId) {
        todo!("{mailbox}")
    }

    /// The mailbox that is shown.
    #[must_use]
    pub fn mailbox(&self) -> Signal<Option<MailboxId>> {
        self.mailbox.into()
    }

    /// The messages of the mailbox that is shown, newest first.
    #[must_use]
    pub fn order(&self) -> Signal<Vec<MessageId>> {
        self.order.into()
    }

    /// How far the list is.
    #[must_use]
    pub fn progress(&self) -> Signal<Progress> {
        self.progress.into()
    }

    /// One row; changes on its own, without the list. `None` for a message that is not in any list.
    #[must_use]
    pub fn row(&self, id: MessageId) -> Option<ArcRwSignal<Row>> {
        todo!("{id}")
    }

    /// Fetches the next older rows, unless that is under way already.
    pub fn load_more(&self) {
        todo!()
    }

    /// Fetches the list again.
    pub fn reload(&self) {
        todo!()
    }

    /// Says which rows are on the screen now: their summaries are opened first.
    pub fn on_screen(&self, rows: &[MessageId]) {
        todo!("{rows:?}")
    }

    /// Sets and takes away flags at once; put back when the box refuses. Not undoable: the opposite call undoes it.
    pub fn set_flags(&self, messages: Vec<MessageId>, add: Flags, remove: Flags) {
        todo!("{messages:?} {add:?} {remove:?}")
    }

    /// Moves messages to another mailbox; can be undone.
    pub fn move_to(&self, messages: Vec<MessageId>, to: MailboxId) {
        todo!("{messages:?} {to}")
    }

    /// Moves messages to the mailbox of a role (archive, trash, junk, back to the inbox); can be undone.
    pub fn move_to_role(&self, messages: Vec<MessageId>, role: MailboxRole) {
        todo!("{messages:?} {role:?}")
    }

    /// Deletes messages for ever; the page asks before.
    pub fn delete_for_ever(&self, messages: Vec<MessageId>) {
        todo!("{messages:?}")
    }
}
