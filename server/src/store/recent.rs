//! Which messages no IMAP session was told of before: those that are `\\Recent` to the first that is (RFC 3501 §2.3.2).
//!
//! UIDs rise, so a mark for each mailbox says it: what has a lower one was told of. It is kept in memory, because telling must not
//! wait for a disk, and comes to the disk with the next message of the mailbox. So after a restart the last messages that were told
//! of may be `\\Recent` once more, as the RFC has it where nobody knows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rusqlite::named_params;
use shared::api::mailbox::MailboxId;

use super::{ReadTx, StoreError};

/// The marks of the mailboxes that sessions were told of since the box began.
#[derive(Debug, Default)]
pub struct RecentMarks {
    told: Mutex<HashMap<MailboxId, u32>>,
}

impl RecentMarks {
    /// The first UID that no session was told of, or that nothing has yet.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such mailbox.
    pub fn first(&self, tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<u32, StoreError> {
        let sql = "SELECT recent_uid FROM mailbox WHERE id = :id";
        let stored: u32 =
            tx.sql().prepare_cached(sql)?.query_row(named_params! {":id": mailbox.0}, |row| row.get(0))?;
        Ok(stored.max(self.told_before(mailbox)))
    }

    /// Notes that a session is told of all messages below `uid_next`, and answers the first that none was told of before. Of
    /// several sessions that are told of a message at the same time, one has it.
    ///
    /// # Errors
    /// As [`RecentMarks::first`].
    pub fn claim(&self, tx: &ReadTx<'_>, mailbox: MailboxId, uid_next: u32) -> Result<u32, StoreError> {
        let first = self.first(tx, mailbox)?;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = told.entry(mailbox).or_default();
        let first = first.max(*mark);
        *mark = first.max(uid_next);
        Ok(first)
    }

    /// The mark as far as it is known in memory; 0 where it is not.
    pub(super) fn told_before(&self, mailbox: MailboxId) -> u32 {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&mailbox).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::tests::{account, letter};
    use super::super::{Store, mailboxes, messages};
    use super::*;

    /// Files a letter, and answers its UID.
    async fn file(store: &Store, account: super::super::AccountNo, mailbox: MailboxId) -> u32 {
        let filed: Result<_, StoreError> =
            store.write(move |tx| messages::append(tx, account, mailbox, &letter(b"x"))).await;
        filed.unwrap().uid
    }

    /// A session is told of all that there is; answers what is recent to it.
    async fn told(store: &Store, account: super::super::AccountNo, mailbox: MailboxId) -> Vec<u32> {
        let marks = store.recent();
        let told: Result<_, StoreError> = store
            .read(move |tx| {
                let (uid_next, _) = mailboxes::mark(tx, account, mailbox)?;
                let looked = marks.first(tx, mailbox)?;
                let first = marks.claim(tx, mailbox, uid_next)?;
                assert_eq!(looked, first, "who only looks sees the same");
                Ok((first..uid_next).collect())
            })
            .await;
        told.unwrap()
    }

    #[tokio::test]
    async fn a_message_is_recent_to_the_first_session_that_is_told_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, inbox) = account(&store, "alice").await;
        assert_eq!((file(&store, alice, inbox).await, file(&store, alice, inbox).await), (1, 2));
        assert_eq!(told(&store, alice, inbox).await, [1, 2]);
        assert!(told(&store, alice, inbox).await.is_empty());
        file(&store, alice, inbox).await;
        assert_eq!(told(&store, alice, inbox).await, [3]);
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(told(&store, alice, inbox).await, [3], "what was told since the last one came is recent once more");
        assert!(told(&store, alice, inbox).await.is_empty());
    }

    #[tokio::test]
    async fn of_sessions_that_are_told_at_once_one_has_a_message() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path()).unwrap());
        let (alice, inbox) = account(&store, "alice").await;
        for _ in 0..20 {
            file(&store, alice, inbox).await;
        }
        let asked = (0..8).map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let marks = store.recent();
                let told: Result<_, StoreError> = store.read(move |tx| marks.claim(tx, inbox, 21)).await;
                told.unwrap()
            })
        });
        let first: Vec<u32> =
            futures_util::future::join_all(asked).await.into_iter().map(|told| told.unwrap()).collect();
        assert_eq!(first.iter().filter(|first| **first == 1).count(), 1, "{first:?}");
        assert_eq!(first.iter().filter(|first| **first == 21).count(), 7, "{first:?}");
    }
}
