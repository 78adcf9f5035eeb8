//! Letters that are taken back in the last moment, and such as are handed in or filed again because an answer was lost.

use std::sync::{Arc, mpsc};

use shared::api::mailbox::{AppendRequest, Flags, MailboxRole, MessageId};
use shared::api::submit::DeliveryState;
use shared::api::{Base64, EmailAddress};
use shared::pgp;
use tokio::sync::oneshot;

use super::handed_in::{open, request};
use super::queued::run;
use crate::core::mail;
use crate::core::office::{Office, Scripted};
use crate::core::submit::SubmitError;
use crate::store::{StoreError, mailboxes, views};

/// Occupies the writer of a store until the sender is dropped; tells when it does.
fn occupied(office: &Office) -> (impl Future<Output = ()> + use<>, oneshot::Receiver<()>, mpsc::Sender<()>) {
    let ((begin, begun), (end, ended)) = (oneshot::channel(), mpsc::channel::<()>());
    let store = office.home.context.store.clone();
    let occupying = async move {
        let work = store.write(move |_| {
            begin.send(()).unwrap();
            let _end = ended.recv();
            Ok::<_, StoreError>(())
        });
        work.await.unwrap();
    };
    (occupying, begun, end)
}

#[tokio::test]
async fn what_left_while_taking_it_back_waited_for_its_turn_is_not_taken_back() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    let (mut held, parts) = request(&mut office, &alice, open(&["bob@example.org"]));
    held.hold_seconds = 10;
    let submission = office.post.submit(account, held, parts).await.unwrap().submission;
    office.home.pass(9);
    let (occupying, begun, end) = occupied(&office);
    let (_, taken_back, ()) = tokio::join!(occupying, office.post.take_back(account, submission), async {
        begun.await.unwrap();
        office.home.pass(1);
        drop(end);
    });
    assert!(matches!(taken_back, Err(SubmitError::AlreadySent)), "{taken_back:?}");
}

#[tokio::test]
async fn what_is_taken_back_in_the_last_moment_does_not_leave() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    let carrier = Arc::new(Scripted::default());
    let running = run(&office, &carrier);
    let (first, parts) = request(&mut office, &alice, open(&["dave@example.org"]));
    office.post.submit(account, first, parts).await.unwrap();
    carrier.first().await;
    let (mut held, parts) = request(&mut office, &alice, open(&["bob@example.org"]));
    held.hold_seconds = 10;
    let submission = office.post.submit(account, held, parts).await.unwrap().submission;
    office.home.pass(9);
    // It is taken back in a transaction that ends when the letter is due already.
    let ((before, begun, begin), (after, is_done, end)) = (occupied(&office), occupied(&office));
    let (_, taken_back, (), ()) = tokio::join!(before, office.post.take_back(account, submission), after, async {
        begun.await.unwrap();
        drop(begin);
        is_done.await.unwrap();
        office.home.pass(1);
        office.post.wake_queue();
        for _ in 0..500 {
            // The runner has its turns meanwhile.
            office.post.deliveries(account, MessageId(1)).await.ok();
        }
        drop(end);
    });
    taken_back.unwrap();
    let (next, parts) = request(&mut office, &alice, open(&["carol@example.org"]));
    let next = office.post.submit(account, next, parts).await.unwrap();
    office.deliveries(account, next.sent, |states| states == [DeliveryState::Delivered]).await;
    running.abort();
    let carried = carrier.carried();
    let recipients: Vec<_> = carried.iter().flat_map(|parcel| &parcel.recipients).map(EmailAddress::as_str).collect();
    assert_eq!(recipients, ["dave@example.org", "carol@example.org"]);
}

#[tokio::test]
async fn what_is_handed_in_again_after_its_answer_was_lost_leaves_once() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let account = office.account(&alice).await;
    let (mut first, parts) = request(&mut office, &alice, open(&["bob@example.org"]));
    first.hold_seconds = 10;
    let answer = office.post.submit(account, first.clone(), parts.clone()).await.unwrap();
    office.home.pass(3);
    assert_eq!(office.post.submit(account, first.clone(), parts.clone()).await.unwrap(), answer);
    assert_eq!(office.look(&alice, MailboxRole::Sent).await.len(), 1);
    // An id is one account's own.
    let stranger = office.account(&bob).await;
    let refused = office.post.submit(stranger, first.clone(), parts.clone()).await;
    assert!(matches!(refused, Err(SubmitError::SenderNotAllowed)));

    // Changed while it is held: the new one goes in its place.
    let (mut changed, other_parts) = request(&mut office, &alice, open(&["carol@example.org"]));
    (changed.letter, changed.attempt, changed.hold_seconds) = (first.letter, 2, 10);
    let second = office.post.submit(account, changed.clone(), other_parts.clone()).await.unwrap();
    let [sent] = office.look(&alice, MailboxRole::Sent).await.try_into().ok().unwrap();
    assert_eq!(sent.id, second.sent);
    let deliveries = office.post.deliveries(account, second.sent).await.unwrap().deliveries;
    assert_eq!(deliveries.iter().map(|one| one.recipient.as_str()).collect::<Vec<_>>(), ["carol@example.org"]);
    // Changed after it has left: nothing more leaves, and nothing is lost.
    office.home.pass(11);
    first.attempt = 3;
    let late = office.post.submit(account, first, parts).await;
    assert!(matches!(late, Err(SubmitError::AlreadySent)));
    assert_eq!(office.post.submit(account, changed, other_parts).await.unwrap(), second);
    assert_eq!(office.look(&alice, MailboxRole::Sent).await.len(), 1);
}

#[tokio::test]
async fn a_draft_whose_answers_were_lost_lies_there_once_and_is_gone_when_its_letter_leaves() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    let (submission, parts) = request(&mut office, &alice, open(&["bob@example.org"]));
    let store = office.home.context.store.clone();
    let drafts = store.read(move |tx| mailboxes::by_role(tx, account, MailboxRole::Drafts));
    let drafts = drafts.await.unwrap_or_else(|error: StoreError| panic!("{error}")).id;
    let mut filed = Vec::new();
    for text in ["one", "one, two", "one, two, three"] {
        let certificate = alice.unlocked.certificate();
        let bytes = pgp::seal_own(text.as_bytes(), certificate, office.home.now(), &mut office.home.rng).unwrap();
        let summary = Base64(Vec::new());
        let head = AppendRequest { summary, flags: Flags::default(), replaces: None, letter: Some(submission.letter) };
        filed.push(mail::append(&store, account, drafts, head, bytes, office.home.now()).await.unwrap());
    }
    let there = |office: &Office| {
        let store = office.home.context.store.clone();
        async move {
            let uids = store.read(move |tx| views::uids(tx, drafts));
            uids.await.unwrap_or_else(|error: StoreError| panic!("{error}"))
        }
    };
    assert_eq!(there(&office).await, [3]);
    office.post.submit(account, submission, parts).await.unwrap();
    assert!(there(&office).await.is_empty());
    assert_eq!(filed.len(), 3);
}
