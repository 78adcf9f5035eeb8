//! Much mail that is deleted at once.

use shared::api::mailbox::{MailboxId, MessageId};

use crate::core::mailboxes::{self, Subscriptions, Which};
use crate::core::removal::remove;
use crate::store::flags::FlagBits;
use crate::store::messages::{self, NewMessage};
use crate::store::tests::{account, letter};
use crate::store::{AccountNo, Change, Heard, Listener, Store, StoreError, views};

/// Octets of a letter: two of them are less than the largest message, three are more.
const LARGE: usize = 30 * 1024 * 1024;

async fn file(store: &Store, account: AccountNo, mailbox: MailboxId, count: usize, octets: usize) -> Vec<MessageId> {
    let filed: Result<_, StoreError> = store
        .write(move |tx| {
            let new = NewMessage { flags: FlagBits::DELETED, ..letter(&vec![b'x'; octets]) };
            (0..count).map(|_| Ok(messages::append(tx, account, mailbox, &new)?.id)).collect()
        })
        .await;
    filed.unwrap()
}

/// How many messages each transaction deleted, as far as that was heard.
fn deleted(listener: &mut Listener) -> Vec<usize> {
    let heard = std::iter::from_fn(|| listener.try_next());
    heard
        .filter_map(|heard| match heard {
            Heard::Change(Change::Gone { messages, .. }) => Some(messages.len()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn much_is_deleted_in_parts_that_the_log_has_room_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let large = file(&store, alice, inbox, 5, LARGE).await;
    let small = file(&store, alice, inbox, 10, 100).await;
    let mut listener = store.listen(alice);
    remove(&store, alice, [&large[..], &small, &large].concat(), FlagBits::DELETED).await.unwrap();
    assert_eq!(deleted(&mut listener), [2, 2, 11]);
    let left: Result<_, StoreError> = store.read(move |tx| views::uids(tx, inbox)).await;
    assert!(left.unwrap().is_empty());
}

#[tokio::test]
async fn who_shares_a_transaction_shares_its_room_and_marks_are_looked_at_last() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let ids = file(&store, alice, inbox, 4, LARGE).await;
    let mut listener = store.listen(alice);
    // While the first one runs, the others come to share its transaction.
    let (begin, begun) = std::sync::mpsc::channel::<()>();
    let first = store.write(move |_| {
        let _begun = begun.recv();
        Ok::<_, StoreError>(())
    });
    let none = FlagBits::default();
    let (first, one, two, three, ()) = tokio::join!(
        first,
        remove(&store, alice, ids[..2].to_vec(), none),
        remove(&store, alice, ids[2..].to_vec(), FlagBits::DELETED),
        remove(&store, alice, ids, FlagBits::SEEN),
        async { drop(begin) }
    );
    first.unwrap();
    [one, two, three].into_iter().for_each(Result::unwrap);
    assert_eq!(deleted(&mut listener), [2, 2]);
}

#[tokio::test]
async fn a_mailbox_goes_when_its_messages_have_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, _) = account(&store, "alice").await;
    let mailbox = mailboxes::create(&store, alice, "Holidays".parse().unwrap(), Subscriptions::Follow).await.unwrap();
    file(&store, alice, mailbox, 5, LARGE).await;
    let mut listener = store.listen(alice);
    let full = mailboxes::delete_empty(&store, alice, mailbox).await;
    assert!(matches!(full, Err(mailboxes::MailboxError::NotEmpty)));
    mailboxes::delete(&store, alice, Which::Name("Holidays".parse().unwrap())).await.unwrap();
    // The last one goes with the mailbox.
    assert_eq!(deleted(&mut listener), [2, 2]);
    let again = mailboxes::delete(&store, alice, Which::Id(mailbox)).await;
    assert!(matches!(again, Err(mailboxes::MailboxError::Store(StoreError::NotFound))));
    let empty = mailboxes::create(&store, alice, "Empty".parse().unwrap(), Subscriptions::Follow).await.unwrap();
    mailboxes::delete_empty(&store, alice, empty).await.unwrap();
}
