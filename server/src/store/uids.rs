//! The UIDs of the mailboxes that somebody looks at, in memory: those of one mailbox once, however many sessions look at it.
//!
//! Invariants: what is answered is what the asking snapshot holds; a list that is kept goes forward only; all lists together are
//! bounded, and what is not kept is read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::named_params;
use shared::api::mailbox::MailboxId;

use super::{AccountNo, ReadTx, StoreError, mailboxes, views};

/// UIDs that are kept, of all mailboxes together: 8 MB.
const KEPT: usize = 2_000_000;

/// The lists that are kept.
#[derive(Debug, Default)]
pub struct UidLists {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    lists: HashMap<MailboxId, List>,
    /// Counts the looks, so that of the lists the one that was not looked at for longest goes first.
    looks: u64,
}

/// A mailbox as a snapshot had it.
#[derive(Clone, Debug)]
struct List {
    uids: Arc<Vec<u32>>,
    uid_next: u32,
    modseq: u64,
    looked_at: u64,
}

impl UidLists {
    /// All UIDs of a mailbox, rising, as this snapshot has them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the account has no such mailbox.
    pub fn of(&self, tx: &ReadTx<'_>, account: AccountNo, mailbox: MailboxId) -> Result<Arc<Vec<u32>>, StoreError> {
        let (uid_next, modseq) = mailboxes::mark(tx, account, mailbox)?;
        let known = self.known(mailbox);
        let uids = match known {
            Some(known) if known.modseq == modseq => return Ok(known.uids),
            Some(known) if known.modseq < modseq => Arc::new(brought_up(tx, mailbox, &known)?),
            // None is kept, or one that is newer than this snapshot.
            _ => Arc::new(views::uids(tx, mailbox)?),
        };
        self.keep(mailbox, List { uids: Arc::clone(&uids), uid_next, modseq, looked_at: 0 });
        Ok(uids)
    }

    fn known(&self, mailbox: MailboxId) -> Option<List> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.looks += 1;
        let looks = kept.looks;
        let list = kept.lists.get_mut(&mailbox)?;
        list.looked_at = looks;
        Some(list.clone())
    }

    fn keep(&self, mailbox: MailboxId, mut list: List) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.lists.get(&mailbox).is_some_and(|other| other.modseq >= list.modseq) {
            return;
        }
        list.looked_at = kept.looks;
        kept.lists.insert(mailbox, list);
        while kept.lists.values().map(|list| list.uids.len()).sum::<usize>() > KEPT {
            let Some((oldest, _)) = kept.lists.iter().min_by_key(|(_, list)| list.looked_at) else { break };
            let oldest = *oldest;
            kept.lists.remove(&oldest);
        }
    }
}

/// A list as it is now: without what went since, with what came.
fn brought_up(tx: &ReadTx<'_>, mailbox: MailboxId, known: &List) -> Result<Vec<u32>, StoreError> {
    let gone = views::gone_since(tx, mailbox, known.modseq)?;
    let sql = "SELECT uid FROM message WHERE mailbox_id = :mailbox AND uid >= :first ORDER BY uid";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let came =
        statement.query_map(named_params! {":mailbox": mailbox.0, ":first": known.uid_next}, |row| row.get(0))?;
    let stayed = known.uids.iter().copied().filter(|uid| gone.binary_search(uid).is_err());
    stayed.map(Ok).chain(came).collect::<Result<_, _>>().map_err(StoreError::from)
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use super::super::tests::{account, letter};
    use super::super::{Store, StoreError};
    use super::*;

    async fn of(store: &Store, lists: &Arc<UidLists>, account: AccountNo, mailbox: MailboxId) -> Arc<Vec<u32>> {
        let lists = Arc::clone(lists);
        let found: Result<_, StoreError> = store
            .read(move |tx| {
                let (kept, read) = (lists.of(tx, account, mailbox)?, views::uids(tx, mailbox)?);
                assert_eq!(*kept, read);
                Ok(kept)
            })
            .await;
        found.unwrap()
    }

    #[tokio::test]
    async fn a_list_is_shared_until_something_comes_or_goes_and_brought_up_then() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, inbox) = account(&store, "alice").await;
        let lists = Arc::new(UidLists::default());
        assert!(of(&store, &lists, alice, inbox).await.is_empty());
        let filed: Result<Vec<_>, StoreError> = store
            .write(move |tx| {
                (0..5).map(|_| messages::append(tx, alice, inbox, &letter(b"x")).map(|one| one.id)).collect()
            })
            .await;
        let ids = filed.unwrap();
        let one = of(&store, &lists, alice, inbox).await;
        assert_eq!(*one, [1, 2, 3, 4, 5]);
        assert!(Arc::ptr_eq(&one, &of(&store, &lists, alice, inbox).await), "nothing came or went");
        let (two, four) = (ids[1], ids[3]);
        let changed: Result<_, StoreError> = store
            .write(move |tx| {
                messages::append(tx, alice, inbox, &letter(b"y"))?;
                messages::expunge(tx, alice, &[two, four])
            })
            .await;
        changed.unwrap();
        assert_eq!(*of(&store, &lists, alice, inbox).await, [1, 3, 5, 6]);
        assert_eq!(*one, [1, 2, 3, 4, 5], "who has the list of before keeps it");
        let nobody: Result<_, StoreError> = store.read(move |tx| lists.of(tx, AccountNo(alice.0 + 1), inbox)).await;
        assert!(matches!(nobody, Err(StoreError::NotFound)));
    }

    #[test]
    fn what_is_kept_has_an_end_and_the_newest_stays() {
        let lists = UidLists::default();
        let list = |modseq| List { uids: Arc::new(vec![1; KEPT / 2]), uid_next: 2, modseq, looked_at: 0 };
        lists.keep(MailboxId(1), list(2));
        lists.keep(MailboxId(1), list(1));
        assert_eq!(lists.known(MailboxId(1)).map(|list| list.modseq), Some(2), "a list goes forward only");
        lists.keep(MailboxId(2), list(1));
        assert!(lists.known(MailboxId(1)).is_some());
        lists.keep(MailboxId(3), list(1));
        let kept = [1, 2, 3].map(|id| lists.known(MailboxId(id)).is_some());
        assert_eq!(kept, [true, false, true], "the one that was looked at least goes");
    }
}
