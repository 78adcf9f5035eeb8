//! Stories over a real store in a temporary folder.

use rusqlite::named_params;
use shared::api::Timestamp;
use shared::api::mailbox::{MailboxId, MailboxRole, Place};
use shared::api::submit::{Class, FailureReason};

use super::flags::{FlagBits, Keywords};
use super::messages::{FlagChange, MessageRecord, NewMessage};
use super::queue::{self, NewOutgoing, NewSubmission, Progress};
use super::{AccountNo, Change, Heard, Store, StoreError, Tx, mailboxes, messages, views};

/// An account with its mailboxes; returns its number and its Inbox.
pub(crate) async fn account(store: &Store, name: &'static str) -> (AccountNo, MailboxId) {
    let made: Result<_, StoreError> = store
        .write(move |tx| {
            tx.sql().execute(
                "INSERT INTO account (public_id, display_name, language, opaque_record, passphrase_wrap, recovery_wrap, \
                 recovery_proof_hash, created_at) VALUES (:id, :name, 'fr', x'', x'', x'', x'', 0)",
                named_params! {":id": [name.as_bytes(), &[0; 16]].concat().get(..16), ":name": name},
            )?;
            let account = AccountNo(tx.sql().last_insert_rowid());
            mailboxes::create_all_roles(tx, account)?;
            Ok((account, mailboxes::by_role(tx, account, MailboxRole::Inbox)?.id))
        })
        .await;
    made.unwrap()
}

/// Makes every read of a message fail until it is undone.
pub(crate) fn spoil_messages(folder: &std::path::Path) {
    let connection = rusqlite::Connection::open(super::database_path(folder)).unwrap();
    connection.execute_batch("ALTER TABLE body RENAME TO body_elsewhere").unwrap();
}

/// Takes away what is kept beside the bytes of messages, as in a folder of an older program.
pub(crate) async fn forget_what_is_kept_beside_bytes(store: &Store) {
    write(store, |tx| {
        Ok(tx.sql().execute_batch("DELETE FROM body_header; DELETE FROM body_structure; DELETE FROM body_envelope;")?)
    })
    .await;
}

/// Takes the bytes of all messages away, so that whoever reads them is found out.
pub(crate) async fn spoil_bytes(store: &Store) {
    write(store, |tx| Ok(tx.sql().execute_batch("UPDATE body_bytes SET bytes = x'';")?)).await;
}

/// A message of these bytes.
pub(crate) fn letter(bytes: &[u8]) -> NewMessage {
    NewMessage {
        bytes: bytes.to_vec().into(),
        sealed_summary: b"summary".to_vec(),
        sealed_header: Vec::new(),
        flags: FlagBits::default(),
        keywords: Keywords::default(),
        received_at: Timestamp(1),
        saved_at: Timestamp(2),
        came: None,
    }
}

async fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(work).await.unwrap()
}

async fn append(store: &Store, account: AccountNo, mailbox: MailboxId, bytes: &'static [u8]) -> MessageRecord {
    write(store, move |tx| messages::append(tx, account, mailbox, &letter(bytes))).await
}

#[tokio::test]
async fn messages_get_rising_uids_and_everybody_hears_of_them_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let mut listener = store.listen(alice);
    let first = append(&store, alice, inbox, b"one").await;
    let second = append(&store, alice, inbox, b"two").await;
    assert_eq!((first.uid, second.uid), (1, 2));
    assert!(second.modseq > first.modseq);
    for message in [first, second] {
        assert_eq!(listener.next().await, Some(Heard::Change(Change::Arrived { mailbox: inbox, message: message.id })));
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart_and_uids_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let first = append(&store, alice, inbox, b"kept").await;
    write(&store, move |tx| messages::expunge(tx, alice, &[first.id])).await;
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let second = append(&store, alice, inbox, b"next").await;
    assert_eq!(second.uid, 2);
    let gone: Result<_, StoreError> = store.read(move |tx| views::gone_since(tx, inbox, 0)).await;
    assert_eq!(gone.unwrap(), [1]);
}

#[tokio::test]
async fn nobody_reaches_into_another_account() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let (bob, bobs) = account(&store, "bob").await;
    let message = append(&store, alice, inbox, b"for alice").await;
    let read: Result<_, StoreError> = store.read(move |tx| messages::get(tx, bob, message.id)).await;
    assert!(matches!(read, Err(StoreError::NotFound)));
    let listed: Result<_, StoreError> = store.read(move |tx| messages::newest(tx, bob, inbox, None, 10)).await;
    assert!(matches!(listed, Err(StoreError::NotFound)));
    let filed: Result<_, StoreError> =
        store.write(move |tx| messages::append(tx, bob, inbox, &letter(b"intruder"))).await;
    assert!(matches!(filed, Err(StoreError::NotFound)));
    let taken = write(&store, move |tx| messages::move_to(tx, bob, &[message.id], bobs, Timestamp(3))).await;
    assert!(taken.is_empty());
    assert!(write(&store, move |tx| messages::expunge(tx, bob, &[message.id])).await.is_empty());
}

#[tokio::test]
async fn a_move_keeps_the_bytes_and_the_last_copy_takes_them_along() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let message = append(&store, alice, inbox, b"0123456789").await;
    let body = message.body;
    let moved = write(&store, move |tx| {
        let trash = mailboxes::by_role(tx, alice, MailboxRole::Trash)?.id;
        messages::move_to(tx, alice, &[message.id], trash, Timestamp(3))
    })
    .await;
    let (old, new) = moved.into_iter().next().unwrap();
    assert_eq!((old.mailbox, new.body), (inbox, body));
    assert_eq!((new.received_at, old.saved_at, new.saved_at), (Timestamp(1), Timestamp(2), Timestamp(3)));
    let parts: Result<_, StoreError> =
        store.read(move |tx| Ok((messages::bytes_at(tx, body, 3, 4)?, messages::bytes_at(tx, body, 8, 99)?))).await;
    assert_eq!(parts.unwrap(), (b"3456".to_vec(), b"89".to_vec()));
    write(&store, move |tx| messages::expunge(tx, alice, &[new.id])).await;
    let gone: Result<_, StoreError> = store.read(move |tx| messages::bytes(tx, body)).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn of_one_second_each_has_its_place_and_comes_back_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let mut stored = Vec::new();
    for bytes in [&b"one"[..], b"two", b"three", b"four", b"five"] {
        stored.push(append(&store, alice, inbox, bytes).await);
    }
    let newest_first: Vec<_> = stored.iter().rev().map(|message| message.body).collect();
    // In pages of two, so that a page ends among those of one second.
    let listed = async || {
        let (mut listed, mut before) = (Vec::new(), None);
        loop {
            let page: Result<_, StoreError> = store.read(move |tx| messages::newest(tx, alice, inbox, before, 2)).await;
            let page = page.unwrap();
            let Some(last) = page.last() else { return listed };
            before = Some(Place { received_at: last.received_at, stored: last.body.0, id: last.id });
            listed.extend(page.into_iter().map(|message| message.body));
        }
    };
    assert_eq!(listed().await, newest_first);
    let gone = [stored[1].id, stored[3].id];
    write(&store, move |tx| {
        let trash = mailboxes::by_role(tx, alice, MailboxRole::Trash)?.id;
        let moved = messages::move_to(tx, alice, &gone, trash, Timestamp(3))?;
        let back: Vec<_> = moved.iter().rev().map(|(_, now)| now.id).collect();
        messages::move_to(tx, alice, &back, inbox, Timestamp(3))
    })
    .await;
    assert_eq!(listed().await, newest_first);
}

#[tokio::test]
async fn a_page_of_a_list_is_read_without_looking_at_the_whole_mailbox() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let plan: Result<_, StoreError> = store
        .read(|tx| {
            let sql = format!("EXPLAIN QUERY PLAN {}", messages::newest_sql());
            let mut statement = tx.sql().prepare(&sql)?;
            let params = named_params! {":mailbox": 1, ":received_at": 1, ":stored": 1, ":id": 1, ":limit": 1};
            let steps = statement.query_map(params, |row| row.get::<_, String>(3))?;
            Ok(steps.collect::<Result<Vec<_>, _>>()?)
        })
        .await;
    let plan = plan.unwrap();
    assert!(
        plan.iter().any(|step| step.contains("message_place (mailbox_id=? AND (received_at,body_id)<")),
        "{plan:?}"
    );
    assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY")), "{plan:?}");
}

#[tokio::test]
async fn flags_that_do_not_change_keep_their_modseq() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let message = append(&store, alice, inbox, b"x").await;
    let seen = FlagChange::Add(FlagBits::SEEN, Keywords::from_names(["later"]));
    let (id, again) = (message.id, seen.clone());
    let once = write(&store, move |tx| messages::set_flags(tx, alice, &[id], &seen)).await;
    let twice = write(&store, move |tx| messages::set_flags(tx, alice, &[id], &again)).await;
    assert_eq!(once, twice);
    assert!(once.iter().all(|now| now.modseq > message.modseq && now.flags.has(FlagBits::SEEN)));
    let counted: Result<_, StoreError> = store.read(move |tx| mailboxes::counted(tx, alice, inbox)).await;
    assert_eq!(counted.map(|mailbox| (mailbox.total, mailbox.unseen)).unwrap(), (1, 0));
}

#[tokio::test]
async fn work_that_fails_undoes_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let (failing, good) = tokio::join!(
        store.write(move |tx| -> Result<(), StoreError> {
            messages::append(tx, alice, inbox, &letter(b"undone"))?;
            Err(StoreError::Exists)
        }),
        store.write(move |tx| messages::append(tx, alice, inbox, &letter(b"kept"))),
    );
    assert!(matches!(failing, Err(StoreError::Exists)));
    let listed: Result<_, StoreError> = store.read(move |tx| messages::newest(tx, alice, inbox, None, 10)).await;
    assert_eq!(listed.unwrap(), [good.unwrap()]);
}

#[tokio::test]
async fn a_panic_in_one_piece_of_work_does_not_stop_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let broken: Result<(), StoreError> = store.write(|_| panic!("a defect")).await;
    assert!(matches!(broken, Err(StoreError::Closed)));
    append(&store, alice, inbox, b"still writing").await;
}

#[tokio::test]
async fn what_another_process_writes_is_told_to_listeners() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, _) = account(&store, "alice").await;
    let mut listener = store.listen(alice);
    let beside = Store::open_beside(folder.path()).unwrap();
    account(&beside, "bob").await;
    assert_eq!(listener.next().await, Some(Heard::Change(Change::Access)));
}

#[tokio::test]
async fn what_another_process_writes_is_told_beside_a_writer_that_never_rests() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let message = append(&store, alice, inbox, b"x").await.id;
    let beside = Store::open_beside(folder.path()).unwrap();
    account(&beside, "bob").await;
    let mut listener = store.listen(alice);
    // A write every tenth of a second, for five times as long as an idle writer needs.
    for turn in 0..50 {
        let change = if turn % 2 == 0 { FlagChange::Add } else { FlagChange::Remove };
        let change = change(FlagBits::SEEN, Keywords::default());
        write(&store, move |tx| messages::set_flags(tx, alice, &[message], &change)).await;
        let soon = std::time::Duration::from_millis(100);
        while let Ok(heard) = tokio::time::timeout(soon, listener.next()).await {
            if heard == Some(Heard::Change(Change::Access)) {
                return;
            }
        }
    }
    panic!("nobody was told");
}

#[tokio::test]
async fn who_goes_away_while_reading_takes_nobodys_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (begin, begun) = std::sync::mpsc::channel::<()>();
    let begun = std::sync::Arc::new(std::sync::Mutex::new(begun));
    let slow = || {
        let begun = std::sync::Arc::clone(&begun);
        let store = store.clone();
        tokio::spawn(async move {
            store
                .read(move |_| {
                    let _begun = begun.lock().unwrap().recv();
                    Ok::<_, StoreError>(())
                })
                .await
        })
    };
    // As many as there are connections; then one goes away whose reading goes on.
    let mut reading: Vec<_> = (0..4).map(|_| slow()).collect();
    let a_while = async || {
        for _ in 0..10 {
            tokio::task::spawn_blocking(|| {}).await.unwrap();
        }
    };
    a_while().await;
    let gone = reading.pop().unwrap();
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    let (next, ()) = tokio::join!(store.read(|_| Ok::<_, StoreError>(())), async {
        a_while().await;
        drop(begin);
    });
    next.unwrap();
    for reading in reading {
        reading.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn one_box_per_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert!(matches!(Store::open(folder.path()), Err(StoreError::InUse)));
    drop(store);
    Store::open(folder.path()).unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let connection = rusqlite::Connection::open(super::database_path(folder.path())).unwrap();
    connection.pragma_update(None, "user_version", 9999).unwrap();
    drop(connection);
    assert!(matches!(Store::open(folder.path()), Err(StoreError::Newer { found: 9999, .. })));
}

#[tokio::test]
async fn a_commit_is_on_the_disk_and_what_is_deleted_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let settings = store.write(|tx| {
        let value = |name: &str| tx.sql().pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
        Ok(["journal_mode", "synchronous", "secure_delete", "foreign_keys"].map(|name| value(name).unwrap()))
    });
    let settings: Result<_, StoreError> = settings.await;
    // 2 is FULL: each transaction is synchronised before it is acknowledged (https://sqlite.org/pragma.html#pragma_synchronous).
    assert_eq!(settings.unwrap(), ["wal".to_owned().into(), 2.into(), 1.into(), 1.into()]);
}

/// The whole schema of a file, and its version.
fn schema(folder: &std::path::Path) -> (i64, Vec<String>) {
    let connection = rusqlite::Connection::open(super::database_path(folder)).unwrap();
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let mut read = connection.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name").unwrap();
    (version, read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect())
}

#[tokio::test]
async fn who_comes_beside_a_box_never_changes_the_schema_beneath_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let (known, _) = schema(folder.path());
    let connection = rusqlite::Connection::open(super::database_path(folder.path())).unwrap();
    connection.execute_batch("DROP INDEX message_place").unwrap();
    for version in [1, 0, known + 1] {
        connection.pragma_update(None, "user_version", version).unwrap();
        let before = schema(folder.path());
        match (version > known, Store::open_beside(folder.path())) {
            (false, Err(StoreError::Older { found, .. })) | (true, Err(StoreError::Newer { found, .. })) => {
                assert_eq!(found, version);
            }
            (_, other) => panic!("{version}: {other:?}"),
        }
        assert_eq!(schema(folder.path()), before);
    }
}

#[tokio::test]
async fn what_is_kept_beside_bytes_is_of_them_and_goes_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, inbox) = account(&store, "alice").await;
    let long = [&b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"[..], &b"--b\r\n\r\n\r\n".repeat(900)].concat();
    let (long, small) = (letter(&long), letter(b"Subject: a\r\n\r\nb\r\n"));
    let (long, small) = write(&store, move |tx| {
        Ok((messages::append(tx, alice, inbox, &long)?, messages::append(tx, alice, inbox, &small)?))
    })
    .await;
    let kept = |body| store.read(move |tx| -> Result<_, StoreError> { messages::structure(tx, body) });
    assert_eq!(kept(long.body).await.unwrap(), None, "a long one is made when it is asked for");
    let structure = kept(small.body).await.unwrap().unwrap();
    assert_eq!(structure.plain, b"(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1)");
    assert!(structure.extended.ends_with(b"3 1 NIL NIL NIL NIL)"));
    write(&store, move |tx| messages::expunge(tx, alice, &[small.id]).map(drop)).await;
    assert_eq!(kept(small.body).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_read_as_due_is_not_due_once_it_was_tried() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (alice, _) = account(&store, "alice").await;
    let now = Timestamp(5);
    let recipient = |address: &str| (address.parse().unwrap(), Class::Open);
    let new = NewSubmission { account: alice, envelope_from: None, sent: None, created_at: now, leaves_at: now };
    let recipients = ["a@one.test", "b@two.test", "c@two.test"].map(recipient).to_vec();
    let form = NewOutgoing { seal_id: [1; 16], size: 3, sealed_bytes: vec![1], recipients };
    store
        .write(move |tx| {
            let submission = queue::create(tx, &new)?;
            queue::add_outgoing(tx, submission, &form).map(drop)
        })
        .await
        .unwrap();
    let read = store.read(move |tx| queue::due(tx, now, None, 10)).await.unwrap();
    let ids: Vec<_> = read.iter().map(|due| (due.id, due.attempts)).collect();
    let left = store
        .write(move |tx| {
            let [first, second, third] = [ids[0], ids[1], ids[2]];
            assert_eq!(queue::still_due(tx, &ids)?, [first.0, second.0, third.0]);
            queue::progress(tx, first.0, Progress::Delivered, now)?;
            let later = Progress::Retrying { next_try: Timestamp(9), reason: FailureReason::TryLater };
            queue::progress(tx, second.0, later, now)?;
            assert_eq!(queue::still_due(tx, &ids)?, [third.0]);
            // As it is read now, it is due again.
            queue::still_due(tx, &[(second.0, second.1 + 1)]).map(|due| due == [second.0])
        })
        .await;
    assert!(left.unwrap());
}

/// Files a letter, and answers its UID.
async fn file_one(store: &Store, account: AccountNo, mailbox: MailboxId) -> u32 {
    let filed: Result<_, StoreError> =
        store.write(move |tx| messages::append(tx, account, mailbox, &letter(b"x"))).await;
    filed.unwrap().uid
}

/// A session is told of all that there is; answers what is recent to it.
async fn recent_to(store: &Store, account: AccountNo, mailbox: MailboxId) -> Vec<u32> {
    let marks = store.recent();
    let told: Result<_, StoreError> = store
        .read(move |tx| {
            let (uid_next, _) = mailboxes::mark(tx, account, mailbox)?;
            let stored = mailboxes::recent_uid(tx, mailbox)?;
            let looked = marks.first(mailbox, stored);
            let first = marks.claim(mailbox, stored, uid_next);
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
    assert_eq!((file_one(&store, alice, inbox).await, file_one(&store, alice, inbox).await), (1, 2));
    assert_eq!(recent_to(&store, alice, inbox).await, [1, 2]);
    assert!(recent_to(&store, alice, inbox).await.is_empty());
    file_one(&store, alice, inbox).await;
    assert_eq!(recent_to(&store, alice, inbox).await, [3]);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(recent_to(&store, alice, inbox).await, [3], "what was told since the last one came is recent once more");
    assert!(recent_to(&store, alice, inbox).await.is_empty());
}
