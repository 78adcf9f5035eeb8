//! The mailboxes and their counts.
//!
//! Counts are changed at once by what the person does and by what arrives, and fetched again a moment after the last event: the
//! box's word is the last.

use std::cmp::Ordering;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::{
    CreateMailboxRequest, Mailbox, MailboxId, MailboxRole, MailboxesResponse, RenameMailboxRequest,
};
use shared::api::paths;

use super::Failure;
use super::session::{Session, use_session};
use super::settings::{Settings, use_settings};
use super::shown::Shown;
use crate::lang::format;
use crate::platform::{http, time};

/// How long after an event the counts are fetched again, milliseconds; what comes meanwhile shares the request.
const FETCH_AFTER_MS: u32 = 500;

/// The mailboxes.
#[derive(Clone, Copy)]
pub struct Mailboxes {
    list: Shown<Vec<Mailbox>>,
    failure: Shown<Option<Failure>>,
    awaited: StoredValue<bool>,
    session: Session,
    settings: Settings,
}

/// Provides the mailboxes; they are fetched when the session opens.
pub fn provide_mailboxes() {
    provide_context(Mailboxes {
        list: Shown::default(),
        failure: Shown::default(),
        awaited: StoredValue::new(false),
        session: use_session(),
        settings: use_settings(),
    });
}

/// The mailboxes.
#[must_use]
pub fn use_mailboxes() -> Mailboxes {
    expect_context()
}

impl Mailboxes {
    /// All of them: roles first in their order, then by name, as the person's language orders names. Empty until they are
    /// fetched.
    #[must_use]
    pub fn list(&self) -> Signal<Vec<Mailbox>> {
        self.list.readers()
    }

    /// Why they could not be fetched, where they could not.
    #[must_use]
    pub fn failure(&self) -> Signal<Option<Failure>> {
        self.failure.readers()
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
        self.session.heard(http::tell(paths::MAILBOXES, &CreateMailboxRequest { name }).await)?;
        self.load().await
    }

    /// Gives one another full name.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn rename(&self, id: MailboxId, name: String) -> Result<(), Failure> {
        self.session.heard(http::patch(&paths::mailbox(id), &RenameMailboxRequest { name }).await)?;
        self.load().await
    }

    /// Removes one that holds nothing.
    ///
    /// # Errors
    /// Those of the box: `MailboxNotEmpty` among them.
    pub async fn remove(&self, id: MailboxId) -> Result<(), Failure> {
        self.session.heard(http::delete(&paths::mailbox(id)).await)?;
        self.load().await
    }

    /// Fetches them.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn load(&self) -> Result<(), Failure> {
        let answer = self.session.heard(http::get::<MailboxesResponse>(paths::MAILBOXES).await);
        self.failure.set(answer.as_ref().err().cloned());
        let mut mailboxes = answer?.mailboxes;
        let language = self.settings.language().get_untracked();
        mailboxes.sort_by(|first, second| by_name(first, second, |a, b| format::order(language, a, b)));
        if self.list.with_untracked(|list| *list != mailboxes) {
            self.list.set(mailboxes);
        }
        Ok(())
    }

    /// The id of the mailbox of a role, once they are fetched.
    pub(super) fn id_of(&self, role: MailboxRole) -> Option<MailboxId> {
        self.list.with_untracked(|all| all.iter().find(|mailbox| mailbox.role == Some(role)).map(|mailbox| mailbox.id))
    }

    /// Changes the counts of one at once.
    pub(super) fn count(&self, id: MailboxId, total: i64, unseen: i64) {
        if total != 0 || unseen != 0 {
            self.list.update(|list| count(list, id, total, unseen));
        }
    }

    /// Fetches them a moment later.
    pub fn load_soon(&self) {
        if self.awaited.get_value() {
            return;
        }
        self.awaited.set_value(true);
        let mailboxes = *self;
        spawn_local(async move {
            time::sleep(FETCH_AFTER_MS).await;
            mailboxes.awaited.set_value(false);
            // A failure stands in its signal; the next event tries again.
            let _ = mailboxes.load().await;
        });
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.list.set(Vec::new());
        self.failure.set(None);
    }
}

/// Orders mailboxes by name, level by level; those with a role stay where the box has put them, before all others.
fn by_name(first: &Mailbox, second: &Mailbox, order: impl Fn(&str, &str) -> Ordering) -> Ordering {
    if first.role.is_some() || second.role.is_some() {
        return first.role.is_none().cmp(&second.role.is_none());
    }
    let levels = first.name.split('/').zip(second.name.split('/'));
    let differing = levels.map(|(a, b)| order(a, b)).find(|order| order.is_ne());
    differing.unwrap_or_else(|| first.name.matches('/').count().cmp(&second.name.matches('/').count()))
}

fn count(list: &mut [Mailbox], id: MailboxId, total: i64, unseen: i64) {
    let sum = |count: u32, more: i64| u32::try_from(i64::from(count).saturating_add(more).max(0)).unwrap_or(u32::MAX);
    if let Some(mailbox) = list.iter_mut().find(|mailbox| mailbox.id == id) {
        mailbox.total = sum(mailbox.total, total);
        mailbox.unseen = sum(mailbox.unseen, unseen).min(mailbox.total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_come_first_and_a_folder_right_before_what_lies_in_it() {
        let named = |name: &str, role| Mailbox { id: MailboxId(1), name: name.to_owned(), role, total: 0, unseen: 0 };
        // The box orders by bytes, in which a dash and accents come where nobody looks for them.
        let mut list = ["Bills-old", "Bills/2025", "zoo", "Bills", "été"].map(|name| named(name, None)).to_vec();
        list.insert(0, named("INBOX", Some(MailboxRole::Inbox)));
        list.insert(1, named("Archive", Some(MailboxRole::Archive)));
        let order = |a: &str, b: &str| a.replace('é', "e").to_lowercase().cmp(&b.replace('é', "e").to_lowercase());
        list.sort_by(|first, second| by_name(first, second, order));
        let names: Vec<_> = list.iter().map(|mailbox| mailbox.name.as_str()).collect();
        assert_eq!(names, ["INBOX", "Archive", "Bills", "Bills/2025", "Bills-old", "été", "zoo"]);
    }

    #[test]
    fn counts_change_and_never_fall_below_nothing() {
        let id = MailboxId(1);
        let mut list = [Mailbox { id, name: "INBOX".to_owned(), role: None, total: 3, unseen: 1 }];
        count(&mut list, id, 1, 1);
        assert_eq!((list[0].total, list[0].unseen), (4, 2));
        count(&mut list, id, -9, -9);
        assert_eq!((list[0].total, list[0].unseen), (0, 0));
        count(&mut list, MailboxId(2), 5, 5);
        assert_eq!(list[0].total, 0);
    }
}
