//! What was done and can still be undone.

use leptos::prelude::*;
use shared::api::Timestamp;
use shared::api::mailbox::MailboxId;

use super::Failure;

/// Which of the acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(pub u32);

/// What was done; the page has the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Messages were moved to a mailbox.
    Moved {
        /// How many.
        count: usize,
        /// Where to.
        to: MailboxId,
    },
    /// A letter is about to leave.
    Sent,
    /// A draft was thrown away.
    Discarded,
    /// Something was done that cannot be undone, only told.
    Told(Notice),
}

/// What is only told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something did not work, what was changed is put back.
    Failed(Failure),
    /// It came too late: the letter has left.
    TooLate,
    /// Messages were deleted for ever.
    Deleted {
        /// How many.
        count: usize,
    },
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Which.
    pub id: ActId,
    /// What was done.
    pub deed: Deed,
    /// Until when it can be undone.
    pub until: Timestamp,
}

/// The acts that can be undone.
#[derive(Clone, Copy)]
pub struct Undo {
    acts: RwSignal<Vec<Act>>,
}

/// Provides the stack.
pub fn provide_undo() {
    provide_context(Undo { acts: RwSignal::default() });
}

/// The stack.
#[must_use]
pub fn use_undo() -> Undo {
    expect_context()
}

impl Undo {
    /// What can still be undone or is told, oldest first; entries leave by themselves.
    #[must_use]
    pub fn acts(&self) -> Signal<Vec<Act>> {
        self.acts.into()
    }

    /// Undoes one.
    pub fn undo(&self, id: ActId) {
        todo!("{id:?}")
    }

    /// Undoes the newest that can be undone.
    pub fn undo_last(&self) {
        todo!()
    }

    /// Takes an entry away; what was done stays done.
    pub fn dismiss(&self, id: ActId) {
        todo!("{id:?}")
    }

    /// While somebody reads the entries (pointer or focus on them), none leaves.
    pub fn hold(&self, held: bool) {
        todo!("{held}")
    }
}
