//! What was carried is not carried again, whatever keeps it from being noted.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use shared::api::submit::{DeliveryState, FailureReason};
use shared::pgp::SecretKey;

use super::queued::run;
use crate::core::office::{Office, Scripted};
use crate::core::post::BYTES_IN_FLIGHT;
use crate::core::testing::Person;
use crate::store::own_keys::{self, KeyRecord};
use crate::store::{AccountNo, Store, StoreError};

const FAILED: DeliveryState = DeliveryState::Failed { reason: FailureReason::NoSuchRecipient };
/// SQLite waits so long for another process that writes, and a little more.
const BUSY: Duration = Duration::from_millis(6500);

/// Writes in another process until the answer is dropped.
async fn busy_elsewhere(office: &Office) -> Sender<()> {
    let beside = Store::open_beside(office.home.folder()).unwrap();
    let ((end, ended), (begin, begun)) = (channel(), tokio::sync::oneshot::channel());
    tokio::spawn(async move {
        let work = beside.write(move |_| {
            begin.send(()).unwrap();
            let _end = ended.recv();
            Ok::<_, StoreError>(())
        });
        work.await.unwrap();
    });
    begun.await.unwrap();
    end
}

/// Gives the account a key that cannot be sealed to.
async fn spoil_key(office: &mut Office, person: &Person, account: AccountNo) {
    let now = office.home.now();
    let name = format!("<{}>", person.address);
    let key = SecretKey::make(&name, now.plus(10 * 86_400), &mut office.home.rng).unwrap();
    let key = KeyRecord {
        fingerprint: vec![1],
        certificate: key.certificate().to_bytes(),
        sealed_secret_key: vec![1],
        sealed_revocation: None,
    };
    office.home.context.store.write(move |tx| own_keys::add(tx, account, &key, false, now)).await.unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_written_for_a_while_has_nothing_carried_twice() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    let (account, sent) = office.send(&alice, "once", &["slow@one.test"]).await;
    carrier.first().await;
    let busy = busy_elsewhere(&office).await;
    carrier.let_go();
    tokio::time::sleep(BUSY).await;
    drop(busy);
    office.deliveries(account, sent.sent, |states| states == [DeliveryState::Delivered]).await;
    assert_eq!(carrier.carried().len(), 1);
    stop.abort();
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_store_that_cannot_be_written() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    let (account, sent) = office.send(&alice, "in doubt", &["slow@one.test"]).await;
    carrier.first().await;
    let busy = busy_elsewhere(&office).await;
    carrier.let_go();
    stop.begin();
    // It is tried once, for as long as SQLite waits.
    tokio::time::timeout(BUSY, stop.finish(BUSY * 2)).await.unwrap();
    drop(busy);
    let states = office.post.deliveries(account, sent.sent).await.unwrap().deliveries;
    assert_eq!(states[0].state, DeliveryState::Waiting);
}

#[tokio::test]
async fn who_has_a_letter_does_not_get_it_again_while_there_is_no_room_for_a_notice_about_another() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    let stop = run(&office, &carrier);
    let (account, sent) = office.send(&alice, "once", &["slow@one.test", "never@one.test"]).await;
    carrier.first().await;
    let all = office.post.budget().reserve(BYTES_IN_FLIGHT);
    tokio::pin!(all);
    // It stands in line before the notice.
    assert!(futures_util::poll!(&mut all).is_pending());
    carrier.let_go();
    let all = all.await;
    office.deliveries(account, sent.sent, |states| states == [DeliveryState::Delivered, DeliveryState::Waiting]).await;
    assert!(office.inbox(&alice).await.is_empty());
    drop(all);
    office.deliveries(account, sent.sent, |states| states == [DeliveryState::Delivered, FAILED]).await;
    assert_eq!(office.inbox_of(&alice, 1).await.len(), 1);
    assert_eq!(carrier.carried().len(), 1);
    stop.abort();
}

#[tokio::test]
async fn a_notice_that_can_never_be_made_keeps_nothing_from_being_noted() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let carrier = Arc::new(Scripted::default());
    let (account, sent) = office.send(&alice, "once", &["bob@one.test", "never@one.test"]).await;
    spoil_key(&mut office, &alice, account).await;
    let stop = run(&office, &carrier);
    office.deliveries(account, sent.sent, |states| states == [DeliveryState::Delivered, FAILED]).await;
    assert!(office.inbox(&alice).await.is_empty());
    assert_eq!(carrier.carried().len(), 1);
    stop.abort();
}
