//! Mail on its way out: tried, tried again, given up, and what a crash does to it.

use std::sync::Arc;
use std::time::Duration;

use shared::api::mailbox::MessageId;
use shared::api::submit::{DeliveryState, FailureReason};

use crate::core::carrier::Carrier;
use crate::core::office::{Office, Scripted};
use crate::core::queue::Runner;
use crate::core::schedule::Schedule;
use crate::net::listen::Stop;
use crate::store::{AccountNo, Change, Heard, messages, queue};

const MARK: &str = "Pack light-QUEUEMARK.";

/// Runs the queue until the answer is used to stop it.
pub(super) fn run(office: &Office, carrier: &Arc<Scripted>) -> Stop {
    let stop = Stop::new();
    let carrier = Arc::clone(carrier) as Arc<dyn Carrier>;
    let runner = Runner::new(office.post.clone(), carrier, Schedule::default());
    stop.spawn(runner.run(stop.clone()));
    stop
}

fn all(wanted: impl Fn(&DeliveryState) -> bool) -> impl Fn(&[DeliveryState]) -> bool {
    move |states| states.iter().all(&wanted)
}

fn retrying(state: &DeliveryState) -> bool {
    matches!(state, DeliveryState::Retrying { .. })
}

async fn hears(office: &Office, account: AccountNo, message: MessageId) -> impl Future<Output = ()> {
    let mut listener = office.home.context.store.listen(account);
    async move {
        while let Some(heard) = listener.next().await {
            if heard == Heard::Change(Change::Deliveries { message }) {
                return;
            }
        }
        panic!("the store closed");
    }
}

#[tokio::test]
async fn a_letter_is_delivered_and_its_bytes_are_wiped() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    let (account, sent) = office.send(&alice, MARK, &["bob@one.test", "carol@one.test", "dave@two.test"]).await;
    let heard = hears(&office, account, sent.sent).await;
    let stop = run(&office, &carrier);
    office.deliveries(account, sent.sent, all(|state| *state == DeliveryState::Delivered)).await;
    tokio::time::timeout(Duration::from_secs(5), heard).await.unwrap();
    stop.abort();
    let mut sizes: Vec<_> =
        carrier.carried().iter().map(|parcel| (parcel.domain.clone(), parcel.recipients.len())).collect();
    sizes.sort();
    assert_eq!(sizes, [("one.test".into(), 2), ("two.test".into(), 1)]);
    assert!(carrier.carried()[0].message.ends_with(format!("{MARK}\r\n").as_bytes()));
    let left =
        office.home.context.store.read(|tx| queue::due(tx, shared::api::Timestamp(i64::MAX), None, 10)).await.unwrap();
    assert!(left.is_empty() && !office.on_disk("QUEUEMARK"));
}

#[tokio::test]
async fn what_fails_for_now_is_tried_again_and_given_up_in_the_end() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    let (account, sent) = office.send(&alice, MARK, &["later@one.test", "bob@one.test"]).await;
    let states = office.deliveries(account, sent.sent, |states| states.iter().any(retrying)).await;
    let DeliveryState::Retrying { next_try, reason } = states[0].state else { panic!("{states:?}") };
    assert_eq!((next_try, reason), (office.home.now().plus(60), FailureReason::TryLater));
    assert_eq!(states[1].state, DeliveryState::Delivered);
    assert!(office.inbox(&alice).await.is_empty());

    office.home.pass(59);
    office.post.wake_queue();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(carrier.carried().len(), 1);
    office.home.pass(1);
    office.post.wake_queue();
    let later = office.home.now().plus(300);
    office
        .deliveries(
            account,
            sent.sent,
            |states| matches!(&states[0], DeliveryState::Retrying { next_try, .. } if *next_try == later),
        )
        .await;
    assert_eq!(carrier.carried()[1].recipients.len(), 1);

    office.home.pass(5 * 24 * 3600);
    office.post.wake_queue();
    let gave_up = DeliveryState::Failed { reason: FailureReason::GaveUp };
    office.deliveries(account, sent.sent, |states| states[0] == gave_up).await;
    let [notice] = office.inbox_of(&alice, 1).await.try_into().ok().unwrap();
    assert!(notice.text().contains("Status: 4.4.7") && notice.text().contains("later@one.test"));
    assert!(!notice.text().contains("bob@one.test"));
    stop.abort();
}

#[tokio::test]
async fn what_fails_for_good_is_told_once_with_the_header_and_without_the_body() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    let (account, sent) = office.send(&alice, MARK, &["never@one.test", "bob@one.test"]).await;
    let failed = DeliveryState::Failed { reason: FailureReason::NoSuchRecipient };
    office.deliveries(account, sent.sent, |states| states == [failed.clone(), DeliveryState::Delivered]).await;
    let [notice] = office.inbox_of(&alice, 1).await.try_into().ok().unwrap();
    let text = notice.text();
    assert!(text.contains("In-Reply-To: <7@home.test>") && text.contains("Subject: trip"));
    assert!(text.contains("Diagnostic-Code: smtp; 550 5.1.1 nobody") && !text.contains("QUEUEMARK"));
    assert_eq!(notice.summary.subject.as_deref(), Some("Message not delivered to never@one.test: “trip”"));
    assert!(notice.summary.verdict.is_none());
    stop.abort();
}

#[tokio::test]
async fn a_person_here_has_it_once_and_a_missing_one_is_told() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    let (account, sent) = office.send(&alice, MARK, &["bob@home.test", "nobody@home.test"]).await;
    let failed = DeliveryState::Failed { reason: FailureReason::NoSuchRecipient };
    office.deliveries(account, sent.sent, |states| states == [DeliveryState::Delivered, failed.clone()]).await;
    let [seen] = office.inbox_of(&bob, 1).await.try_into().ok().unwrap();
    assert!(seen.text().ends_with(&format!("{MARK}\r\n")) && seen.text().starts_with("Return-Path: <alice@home.test>"));
    assert_eq!(office.inbox_of(&alice, 1).await.len(), 1);
    assert!(carrier.carried().is_empty());
    stop.abort();
}

#[tokio::test]
async fn slow_hosts_do_not_hold_up_people_here() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    // As many as are carried to other hosts at once.
    for number in 0..8 {
        office.send(&alice, MARK, &[&format!("hang@slow{number}.test")]).await;
        while carrier.carried().len() <= number {
            tokio::task::yield_now().await;
        }
    }
    office.send(&alice, MARK, &["bob@home.test"]).await;
    assert_eq!(office.inbox_of(&bob, 1).await.len(), 1);
    stop.abort();
}

#[tokio::test]
async fn much_mail_for_one_slow_host_hides_nobody_elses() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    office.send(&alice, MARK, &["hang@slow.test"; 1200]).await;
    let (account, sent) = office.send(&alice, MARK, &["bob@one.test"]).await;
    let stop = run(&office, &carrier);
    office.deliveries(account, sent.sent, all(|state| *state == DeliveryState::Delivered)).await;
    stop.abort();
}

#[tokio::test]
async fn a_crash_while_carrying_loses_nothing() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    let (account, sent) = office.send(&alice, MARK, &["hang@one.test", "bob@home.test"]).await;
    office.inbox_of(&bob, 1).await;
    for _ in 0..200 {
        if !carrier.carried().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.abort();
    stop.finish(Duration::ZERO).await;
    drop(stop);
    let office = office.restarted();
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    for _ in 0..200 {
        if !carrier.carried().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let carried = carrier.carried();
    assert_eq!(carried.len(), 1);
    assert_eq!(carried[0].recipients[0].as_str(), "hang@one.test");
    let states = office.post.deliveries(account, sent.sent).await.unwrap().deliveries;
    assert_eq!((&states[0].state, &states[1].state), (&DeliveryState::Waiting, &DeliveryState::Delivered));
    assert_eq!(office.inbox(&bob).await.len(), 1);
    stop.abort();
}

#[tokio::test]
async fn a_deleted_copy_in_sent_does_not_stop_its_delivery_and_leaves_nothing_behind() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let (account, sent) = office.send(&alice, MARK, &["bob@one.test"]).await;
    let store = office.home.context.store.clone();
    store.write(move |tx| messages::expunge(tx, account, &[sent.sent]).map(drop)).await.unwrap();
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    for _ in 0..200 {
        let due = store.read(|tx| queue::due(tx, shared::api::Timestamp(i64::MAX), None, 10)).await.unwrap();
        if due.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.abort();
    assert_eq!(carrier.carried().len(), 1);
    let forgotten = store.write(queue::tidy).await.unwrap();
    assert_eq!(forgotten, 0);
}
