//! The mailboxes and their counts.

use leptos::prelude::*;
use shared::api::mailbox::{Mailbox, MailboxId, MailboxRole};

use super::Failure;

/// The mailboxes.
#[derive(Clone, Copy)]
pub struct Mailboxes {
    list: RwSignal<Vec<Mailbox>>,
}

/// Provides the mailboxes; they are fetched when the session opens.
pub fn provide_mailboxes() {
    provide_context(Mailboxes { list: RwSignal::default() });
}

/// The mailboxes.
#[must_use]
pub fn use_mailboxes() -> Mailboxes {
    expect_context()
}

impl Mailboxes {
    /// All of them: roles first in their order, then by name. Empty until they are fetched.
    #[must_use]
    pub fn list(&self) -> Signal<Vec<Mailbox>> {
        self.list.into()
    }

    /// The one that every account has for this role.
    #[must_use]
    pub fn with_role(&self, role: MailboxRole) -> Memo<Option<Mailbox>> {
        let list = self.list;
        Memo::new(move |_| list.with(|all| all.iter().find(|mailbox| mailbox.role == Some(role)).cloned()))
    }

    /// Makes one; its parents are made with it.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn create(&self, name: String) -> Result<(), Failure> {
        todo!("{name}")
    }

    /// Gives one another full name.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn rename(&self, id: MailboxId, name: String) -> Result<(), Failure> {
        todo!("{id} {name}")
    }

    /// Removes one with all that is in it.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn remove(&self, id: MailboxId) -> Result<(), Failure> {
        todo!("{id}")
    }
}
