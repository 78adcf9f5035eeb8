//! Which key mail is sealed to where it lies.

use shared::access::{self, Unlocked};
use shared::api::account::AccountResponse;
use shared::api::device::DeviceId;
use shared::api::limits;
use shared::api::own_key::RestKey;
use shared::pgp::{self, Certificate, Fingerprint, OpenError, SecretKey};

use super::delivered::{MESSAGE, arrival};
use super::keys::{PASSPHRASE, another, give, opened};
use crate::core::accounts::{self, AccountError};
use crate::core::office::{Office, Seen};
use crate::core::testing::Person;
use crate::core::{devices, filing};
use crate::store::flags::{FlagBits, Keywords};
use crate::store::{Change, Heard, Listener, mailboxes};

async fn brings(office: &Office, person: &Person, key: RestKey) -> Result<(), AccountError> {
    accounts::rest_key(&office.home.context, office.home.session(person).await, key).await
}

/// The last message that came.
async fn last(office: &Office, person: &Person) -> Seen {
    office.inbox(person).await.pop().unwrap()
}

/// Delivers a letter and says whether it was sealed to the key for mail at rest, whole, and its summary with it.
async fn is_kept_at_rest(office: &Office, person: &Person) -> bool {
    office.post.deliver(arrival(&["alice@home.test"], MESSAGE)).await.unwrap();
    let seen = last(office, person).await;
    assert!(String::from_utf8_lossy(seen.message.shown()).contains("BODYMARK"));
    let own: Vec<&SecretKey> = person.unlocked.keys().iter().collect();
    match pgp::open_message(&seen.stored, None, &own, &[], office.home.now()) {
        Ok(_) => false,
        Err(OpenError::NotForOurKeys { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

async fn device(office: &mut Office, person: &Person, opened: bool) -> DeviceId {
    let (request, _) = person.unlocked.device_password("Phone".into(), opened, &mut office.home.rng);
    let account = office.account(person).await;
    devices::create(&office.home.context, account, request).await.unwrap().id
}

fn told(listener: &mut Listener) -> Vec<Change> {
    let heard = std::iter::from_fn(|| listener.try_next());
    heard.map(|heard| if let Heard::Change(change) = heard { change } else { panic!("{heard:?}") }).collect()
}

fn names(unlocked: &Unlocked) -> (Fingerprint, Option<Fingerprint>) {
    (unlocked.certificate().fingerprint(), unlocked.rest_key().map(SecretKey::fingerprint))
}

#[tokio::test]
async fn a_device_that_opens_mail_itself_ends_it_and_the_last_one_taken_back_begins_it_again() {
    let mut office = Office::new();
    let mut alice = office.person("alice").await;
    let account = office.account(&alice).await;
    assert!(is_kept_at_rest(&office, &alice).await);
    assert_eq!(alice.unlocked.at_rest().fingerprint(), names(&alice.unlocked).1.unwrap());
    // One that the box opens mail for changes nothing.
    let tablet = device(&mut office, &alice, true).await;
    assert!(is_kept_at_rest(&office, &alice).await);

    let mut listener = office.home.context.store.listen(account);
    let first = device(&mut office, &alice, false).await;
    assert_eq!(told(&mut listener), [Change::AtRest]);
    let second = device(&mut office, &alice, false).await;
    assert_eq!(told(&mut listener), []);
    assert!(!is_kept_at_rest(&office, &alice).await);
    alice.unlocked = opened(&mut office, &alice).await;
    assert_eq!(alice.unlocked.at_rest(), alice.unlocked.certificate());
    assert_eq!(office.inbox(&alice).await.len(), 3, "what came before still opens");
    told(&mut listener);

    devices::revoke(&office.home.context, account, first).await.unwrap();
    assert!(!told(&mut listener).contains(&Change::AtRest));
    assert!(!is_kept_at_rest(&office, &alice).await);
    told(&mut listener);
    devices::revoke(&office.home.context, account, second).await.unwrap();
    assert!(told(&mut listener).contains(&Change::AtRest));
    assert!(is_kept_at_rest(&office, &alice).await);
    devices::revoke(&office.home.context, account, tablet).await.unwrap();
    assert!(is_kept_at_rest(&office, &alice).await);
    assert_eq!(opened(&mut office, &alice).await.at_rest().fingerprint(), names(&alice.unlocked).1.unwrap());
}

#[tokio::test]
async fn the_list_of_devices_says_whether_there_is_a_key_for_it() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    assert!(devices::list(&office.home.context, account).await.unwrap().has_rest_key);
    give_another(&mut office, &alice, false).await;
    assert!(!devices::list(&office.home.context, account).await.unwrap().has_rest_key);
}

async fn give_another(office: &mut Office, person: &Person, stolen: bool) {
    let request = another(office, person, stolen).await;
    give(office, person, request).await.unwrap();
}

#[tokio::test]
async fn drafts_that_programs_file_and_headers_of_sealed_letters_are_kept_so_too() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let (account, now) = (office.account(&alice).await, office.home.now());
    let inbox = office.home.context.store.read(move |tx| mailboxes::by_name(tx, account, "INBOX")).await.unwrap().id;
    let letter = filing::Letter {
        message: zeroize::Zeroizing::new(MESSAGE.as_bytes().to_vec()),
        flags: FlagBits::DRAFT,
        keywords: Keywords::default(),
        received_at: None,
    };
    filing::file(&office.post, account, inbox, vec![letter], None).await.unwrap();
    let own = [alice.unlocked.current_key()];
    let filed = last(&office, &alice).await;
    assert!(pgp::open_message(&filed.stored, None, &own, &[], now).is_err());
    assert_eq!(filed.message.original, MESSAGE.as_bytes());
    let certificate = alice.unlocked.certificate();
    let sealed = pgp::seal_outgoing(MESSAGE.as_bytes(), &[certificate], None, now, &mut office.home.rng).unwrap();
    office.post.deliver(arrival(&["alice@home.test"], sealed.clone())).await.unwrap();
    let kept = last(&office, &alice).await;
    assert!(kept.message.original.ends_with(&sealed));
    // The sender's seal is the one that the published key opens, and stays.
    assert!(String::from_utf8_lossy(kept.message.shown()).contains("BODYMARK"));
}

#[tokio::test]
async fn an_account_of_before_gets_its_key_when_it_is_opened_and_keeps_it() {
    let mut office = Office::new();
    let mut alice = office.home.register_of_before("alice", PASSPHRASE).await.unwrap();
    assert_eq!(names(&alice.unlocked).1, None);
    assert!(!is_kept_at_rest(&office, &alice).await);
    let now = office.home.now();
    let key = alice.unlocked.tend_rest_key(now, &mut office.home.rng).unwrap().unwrap();
    let mut listener = office.home.context.store.listen(office.account(&alice).await);
    brings(&office, &alice, key.clone()).await.unwrap();
    assert_eq!(told(&mut listener), [Change::Keys]);
    // Said twice is said once: an answer may be lost.
    brings(&office, &alice, key).await.unwrap();
    assert_eq!(told(&mut listener), []);
    alice.unlocked = opened(&mut office, &alice).await;
    assert!(alice.unlocked.tend_rest_key(now, &mut office.home.rng).unwrap().is_none());
    assert!(is_kept_at_rest(&office, &alice).await);
    assert_eq!(office.inbox(&alice).await.len(), 2);
}

#[tokio::test]
async fn another_key_has_to_vouch_anew_and_what_lies_sealed_still_opens() {
    let mut office = Office::new();
    let mut alice = office.person("alice").await;
    assert!(is_kept_at_rest(&office, &alice).await);
    let before = names(&alice.unlocked);
    give_another(&mut office, &alice, true).await;
    alice.unlocked = opened(&mut office, &alice).await;
    assert_eq!(names(&alice.unlocked).1, None);
    assert!(!is_kept_at_rest(&office, &alice).await);
    let now = office.home.now();
    let key = alice.unlocked.tend_rest_key(now, &mut office.home.rng).unwrap().unwrap();
    brings(&office, &alice, key).await.unwrap();
    alice.unlocked = opened(&mut office, &alice).await;
    let after = names(&alice.unlocked);
    assert!(after.0 != before.0 && after.1.is_some() && after.1 != before.1);
    assert!(is_kept_at_rest(&office, &alice).await);
    assert_eq!((office.inbox(&alice).await.len(), alice.unlocked.openers().len()), (3, 4));
}

#[tokio::test]
async fn a_stolen_session_cannot_choose_who_reads_the_mail_that_comes() {
    let mut office = Office::new();
    let (alice, eve) = (office.person("alice").await, office.person("eve").await);
    let (now, before) = (office.home.now(), names(&alice.unlocked));
    let good = |person: &Person, office: &mut Office| {
        let without = AccountResponse { rest_keys: Vec::new(), ..person.account().clone() };
        let tab_key = person.unlocked.tab_key(&without, &mut office.home.rng);
        let without = access::unlock_tab(&without, &tab_key).unwrap();
        without.tend_rest_key(now, &mut office.home.rng).unwrap().unwrap()
    };
    let (own, hers) = (good(&alice, &mut office), good(&eve, &mut office));
    let published = alice.unlocked.certificate().to_bytes();
    let later = SecretKey::make_for_rest(now.plus(10 * 86_400), &mut office.home.rng).unwrap();
    let vouched = alice.unlocked.current_key().vouch_for(later.certificate(), now, &mut office.home.rng).unwrap();
    let wrong = [
        hers.clone(),
        RestKey { vouched: own.vouched.clone(), ..hers.clone() },
        RestKey { vouched: Vec::new().into(), ..own.clone() },
        RestKey { vouched: vec![7; 9000].into(), ..own.clone() },
        RestKey { sealed_secret_key: Vec::new().into(), ..own.clone() },
        RestKey { sealed_secret_key: vec![1; limits::CERTIFICATE_BYTES + 1].into(), ..own.clone() },
        RestKey { certificate: published.into(), ..own.clone() },
        RestKey { certificate: b"none".to_vec().into(), ..own.clone() },
        RestKey { certificate: later.certificate().to_bytes().into(), vouched: vouched.into(), ..own.clone() },
    ];
    for key in wrong {
        assert!(matches!(brings(&office, &alice, key).await, Err(AccountError::Malformed)));
    }
    assert_eq!(names(&opened(&mut office, &alice).await), before);
    assert!(is_kept_at_rest(&office, &alice).await);
    // Her own session may bring more of them; the newest counts, and there is an end.
    brings(&office, &alice, own.clone()).await.unwrap();
    let newest = Certificate::parse(&own.certificate.0).unwrap().fingerprint();
    assert_eq!(names(&opened(&mut office, &alice).await).1, Some(newest));
    for _ in 2..limits::REST_KEYS {
        let key = good(&alice, &mut office);
        brings(&office, &alice, key).await.unwrap();
    }
    let key = good(&alice, &mut office);
    assert!(matches!(brings(&office, &alice, key).await, Err(AccountError::TooManyKeys)));
}
