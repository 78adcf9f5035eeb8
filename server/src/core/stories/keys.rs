//! The keys of accounts over the years.

use shared::access::{self, Unlocked, read_keys};
use shared::api::own_key::{KeyNewsRequest, KeyPlace, NewKeyRequest};
use shared::api::{Base64, limits};
use shared::pgp::{self, Certificate, LIFE_SECONDS, Purpose, SecretKey, Unusable, Withdrawal, usable_keys, wkd};

use super::delivered::{MESSAGE, arrival};
use crate::core::accounts::{self, AccountError};
use crate::core::office::Office;
use crate::core::testing::Person;
use crate::store::Change;

pub(super) const PASSPHRASE: &str = "correct horse battery";
const YEAR: i64 = 365 * 24 * 60 * 60;

/// Makes a request for another key, after the passphrase was shown.
pub(super) async fn another(office: &mut Office, person: &Person, stolen: bool) -> NewKeyRequest {
    let confirmed = office.home.confirm(person, PASSPHRASE, person.browser("192.0.2.1")).await.unwrap();
    let now = office.home.now();
    person.unlocked.another_key(confirmed, stolen, now, &mut office.home.rng).unwrap()
}

pub(super) async fn give(office: &Office, person: &Person, request: NewKeyRequest) -> Result<(), AccountError> {
    let session = office.home.session(person).await;
    accounts::new_key(&office.home.context, session, request).await
}

async fn tell(office: &Office, person: &Person, news: KeyNewsRequest) -> Result<(), AccountError> {
    let session = office.home.session(person).await;
    accounts::key_news(&office.home.context, session, news).await
}

/// The account as its page opens it now.
pub(super) async fn opened(office: &mut Office, person: &Person) -> Unlocked {
    office.home.login(&person.address, PASSPHRASE, person.browser("192.0.2.1")).await.unwrap().1
}

async fn published(office: &Office, name: &str) -> Vec<Certificate> {
    let file = office.post.directory().published(wkd::hash(name)).await.unwrap();
    Certificate::parse_all(&file.unwrap()).unwrap()
}

#[tokio::test]
async fn a_stolen_key_is_withdrawn_before_everybody_and_its_mail_still_opens() {
    let mut office = Office::new();
    let mut alice = office.person("alice").await;
    office.post.deliver(arrival(&["alice@home.test"], MESSAGE)).await.unwrap();
    let old = alice.unlocked.certificate().clone();
    let signed = pgp::seal(b"x", &[&old], Some(alice.unlocked.current_key()), office.home.now(), &mut office.home.rng);
    let account = office.account(&alice).await;
    let mut listener = office.home.context.store.listen(account);

    let request = another(&mut office, &alice, true).await;
    give(&office, &alice, request.clone()).await.unwrap();
    let told: Vec<_> = std::iter::from_fn(|| listener.try_next()).collect();
    assert!(told.contains(&crate::store::Heard::Change(Change::Keys)), "{told:?}");

    office.home.pass(60);
    office.post.deliver(arrival(&["alice@home.test"], MESSAGE)).await.unwrap();
    alice.unlocked = opened(&mut office, &alice).await;
    assert_eq!((alice.unlocked.keys().len(), alice.unlocked.damaged_keys()), (2, 0));
    assert_ne!(alice.unlocked.certificate().fingerprint(), old.fingerprint());
    assert_eq!(office.inbox(&alice).await.len(), 2);
    let [_, new] = office.inbox(&alice).await.try_into().ok().unwrap();
    assert!(pgp::open_message(&new.stored, None, &[alice.unlocked.current_key()], &[], office.home.now()).is_ok());

    // Everybody who asks learns of both: the new one first, and that the old one is withdrawn.
    let now = office.home.now();
    let [first, second] = published(&office, "alice").await.try_into().unwrap();
    assert_eq!(first.fingerprint(), alice.unlocked.certificate().fingerprint());
    assert!(usable_keys(&first, Purpose::Seal, now).is_ok());
    assert_eq!(usable_keys(&second, Purpose::Seal, now), Err(Unusable::Revoked));
    let known = pgp::open(&signed.unwrap(), &[&alice.unlocked.keys()[1]], &[second], now).unwrap();
    assert!(matches!(known.signatures[..], [pgp::SignatureVerdict::KeyRevoked { .. }]), "{:?}", known.signatures);
    // Said twice is said once: an answer may be lost.
    give(&office, &alice, request).await.unwrap();
    assert_eq!(opened(&mut office, &alice).await.keys().len(), 2);
}

#[tokio::test]
async fn a_stolen_session_changes_no_key() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let good = another(&mut office, &alice, false).await;
    let foreign = another(&mut office, &bob, false).await;
    let unconfirmed = NewKeyRequest { confirmation: Base64(vec![1; 32]), ..good.clone() };
    assert!(matches!(give(&office, &alice, unconfirmed).await, Err(AccountError::NotConfirmed)));
    let others = NewKeyRequest { confirmation: foreign.confirmation.clone(), ..good.clone() };
    assert!(matches!(give(&office, &alice, others).await, Err(AccountError::NotConfirmed)));

    // Who has the passphrase cannot make the account unable to get mail either.
    let mut wrong = vec![NewKeyRequest { key: foreign.key.clone(), ..good.clone() }];
    let now = office.home.now();
    let later = SecretKey::make("<alice@home.test>", now.plus(10 * 86_400), &mut office.home.rng).unwrap();
    let with = |bytes: Vec<u8>| {
        let mut request = good.clone();
        request.key.certificate = bytes.into();
        request
    };
    wrong.push(with(later.certificate().to_bytes()));
    wrong.push(with(b"no certificate".to_vec()));
    let mut empty = good.clone();
    empty.key.sealed_secret_key = Base64(Vec::new());
    wrong.push(empty);
    wrong.push(NewKeyRequest { withdrawn: Some(alice.unlocked.certificate().to_bytes().into()), ..good.clone() });
    wrong.push(NewKeyRequest { withdrawn: Some(bob.unlocked.certificate().to_bytes().into()), ..good.clone() });
    for request in wrong {
        assert!(matches!(give(&office, &alice, request).await, Err(AccountError::Malformed)));
    }
    // News about a key that is not the account's, or that another key has signed.
    let news = |certificate: &Certificate| KeyNewsRequest {
        certificate: certificate.to_bytes().into(),
        sealed_revocation: Some(Base64(vec![1; 200])),
    };
    assert!(matches!(tell(&office, &alice, news(bob.unlocked.certificate())).await, Err(AccountError::Malformed)));
    // A withdrawal file that somebody found keeps no mail out.
    let file = alice.unlocked.withdrawal_file(now, &mut office.home.rng).unwrap();
    let found = Certificate::parse(file.as_bytes()).unwrap();
    assert!(matches!(tell(&office, &alice, news(&found)).await, Err(AccountError::Malformed)));
    assert!(!published(&office, "alice").await[0].is_withdrawn(now));
    // What withdraws the key was kept when it was made; whatever comes later does not take its place.
    tell(&office, &alice, news(alice.unlocked.certificate())).await.unwrap();
    let unlocked = opened(&mut office, &alice).await;
    assert_eq!(unlocked.certificate(), alice.unlocked.certificate());
    assert!(unlocked.tend_keys(now, &mut office.home.rng).unwrap().is_empty());
}

#[tokio::test]
async fn the_end_of_a_key_is_put_off_by_itself_and_published() {
    let mut office = Office::new();
    let mut alice = office.person("alice").await;
    let end = |certificate: &Certificate, now| usable_keys(certificate, Purpose::Seal, now).unwrap()[0].expires_at;
    let made = office.home.now();
    assert_eq!(end(alice.unlocked.certificate(), made), Some(made.plus(LIFE_SECONDS)));
    office.home.pass(2 * YEAR - 1);
    alice.unlocked = opened(&mut office, &alice).await;
    assert!(alice.unlocked.tend_keys(office.home.now(), &mut office.home.rng).unwrap().is_empty());

    office.home.pass(2);
    let now = office.home.now();
    let [news] = alice.unlocked.tend_keys(now, &mut office.home.rng).unwrap().try_into().unwrap();
    let (signed_in, _) = office.home.login(&alice.address, PASSPHRASE, alice.browser("192.0.2.1")).await.unwrap();
    alice.signed_in = signed_in;
    tell(&office, &alice, news.clone()).await.unwrap();
    tell(&office, &alice, news).await.unwrap();
    let [published] = published(&office, "alice").await.try_into().unwrap();
    assert_eq!(end(&published, now), Some(now.plus(LIFE_SECONDS)));
    // Every other browser sees it, and has nothing to do.
    let unlocked = opened(&mut office, &alice).await;
    assert_eq!((unlocked.keys().len(), end(unlocked.certificate(), now)), (1, Some(now.plus(LIFE_SECONDS))));
    assert!(unlocked.tend_keys(now, &mut office.home.rng).unwrap().is_empty());
}

#[tokio::test]
async fn who_was_away_for_years_finds_all_mail_sealed_and_a_key_that_is_good_again() {
    let mut office = Office::new();
    let mut alice = office.person("alice").await;
    office.home.pass(5 * YEAR);
    let now = office.home.now();
    assert_eq!(usable_keys(alice.unlocked.certificate(), Purpose::Seal, now), Err(Unusable::Expired));
    office.post.deliver(arrival(&["alice@home.test"], MESSAGE)).await.unwrap();
    assert!(!office.on_disk("BODYMARK"));
    assert_eq!(office.inbox(&alice).await.len(), 1);
    let (signed_in, unlocked) =
        office.home.login(&alice.address, PASSPHRASE, alice.browser("192.0.2.1")).await.unwrap();
    (alice.signed_in, alice.unlocked) = (signed_in, unlocked);
    for news in alice.unlocked.tend_keys(now, &mut office.home.rng).unwrap() {
        tell(&office, &alice, news).await.unwrap();
    }
    let unlocked = opened(&mut office, &alice).await;
    assert!(
        pgp::seal(b"x", &[unlocked.certificate()], Some(unlocked.current_key()), now, &mut office.home.rng).is_ok()
    );
}

#[tokio::test]
async fn a_key_from_elsewhere_opens_old_mail_or_takes_the_place_of_the_own_one() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let now = office.home.now();
    let mine = SecretKey::make("Alice <alice@home.test>", now.plus(-YEAR), &mut office.home.rng).unwrap();
    let file = mine.export("the file's", &mut office.home.rng).unwrap();
    let bring = async |office: &mut Office, place: KeyPlace| {
        let keys = read_keys(file.as_bytes(), "the file's", place, &alice.address, now).unwrap();
        let confirmed = office.home.confirm(&alice, PASSPHRASE, alice.browser("192.0.2.1")).await.unwrap();
        let request = alice.unlocked.new_key(confirmed, &keys[0], place, now, &mut office.home.rng).unwrap();
        give(office, &alice, request).await.unwrap();
        opened(office, &alice).await
    };
    let names = |unlocked: &Unlocked| unlocked.keys().iter().map(SecretKey::fingerprint).collect::<Vec<_>>();
    let own = alice.unlocked.certificate().fingerprint();
    let unlocked = bring(&mut office, KeyPlace::Retired).await;
    assert_eq!(names(&unlocked), [own.clone(), mine.fingerprint()]);
    let old = pgp::seal(b"of old", &[mine.certificate()], None, now, &mut office.home.rng).unwrap();
    let keys = unlocked.openers();
    assert_eq!(pgp::open(&old, &keys, &[], now).unwrap().plaintext, b"of old");
    assert_eq!(published(&office, "alice").await.len(), 1);

    let unlocked = bring(&mut office, KeyPlace::Current).await;
    assert_eq!(names(&unlocked), [mine.fingerprint(), own.clone()]);
    let [published] = published(&office, "alice").await.try_into().unwrap();
    assert_eq!(published.fingerprint(), mine.fingerprint());
    let states = unlocked.key_states(now);
    assert_eq!(
        states.iter().map(|key| key.standing).collect::<Vec<_>>(),
        [access::Standing::Current, access::Standing::Retired]
    );
    // Bob here still knows by which key she signed before.
    let found = office.post.directory().look_up(vec![alice.address.clone()]).await.unwrap();
    let shared::api::keys::LookupOutcome::Found { certificate, .. } = &found[0].outcome else { panic!("{found:?}") };
    assert_eq!(Certificate::parse_all(&certificate.0).unwrap().len(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_never_comes_back_and_the_ring_has_an_end() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let now = office.home.now();
    let request = another(&mut office, &alice, true).await;
    give(&office, &alice, request).await.unwrap();
    let confirmed = office.home.confirm(&alice, PASSPHRASE, alice.browser("192.0.2.1")).await.unwrap();
    let old = alice.unlocked.current_key();
    let back = alice.unlocked.new_key(confirmed.clone(), old, KeyPlace::Current, now, &mut office.home.rng).unwrap();
    assert!(matches!(give(&office, &alice, back).await, Err(AccountError::Malformed)));
    let withdrawn =
        old.certificate().withdrawn_by(&old.revocation(Withdrawal::Stolen, now, &mut office.home.rng).unwrap());
    assert!(withdrawn.unwrap().is_withdrawn(now));

    for _ in 2..limits::OWN_KEYS {
        let key = SecretKey::make("<x@elsewhere.test>", now, &mut office.home.rng).unwrap();
        let request = alice.unlocked.new_key(confirmed.clone(), &key, KeyPlace::Retired, now, &mut office.home.rng);
        give(&office, &alice, request.unwrap()).await.unwrap();
    }
    let request = another(&mut office, &alice, false).await;
    assert!(matches!(give(&office, &alice, request).await, Err(AccountError::TooManyKeys)));
    assert_eq!(opened(&mut office, &alice).await.keys().len(), limits::OWN_KEYS);
}
