//! Stories of a worker's desk about the account's own keys.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on may stop")]

mod support;

use client::worker::protocol::AskError;
use client::worker::protocol::access::*;
use client::worker::protocol::keys::*;
use client::worker::protocol::writing::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use shared::access::KeyFlaw;
use shared::api::account::{AccountResponse, ConfirmResponse};
use shared::api::letter::LetterId;
use shared::api::own_key::{KeyPlace, NewKeyRequest};
use shared::api::{Base64, Timestamp};
use shared::pgp::{Certificate, SecretKey, Withdrawal};

use support::{NOW, Person, carried, desk};

const DAY: i64 = 24 * 60 * 60;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(40)
}

fn confirmed() -> client::platform::carried::Carried<ConfirmResponse> {
    carried(&ConfirmResponse { confirmation: Base64(vec![3; 32]) })
}

fn key(id: &str, made_at: Timestamp) -> SecretKey {
    SecretKey::make(id, made_at, &mut rng()).unwrap()
}

fn file(bytes: impl Into<Vec<u8>>, passphrase: &str, place: KeyPlace) -> KeyFile {
    KeyFile { bytes: bytes.into().into(), passphrase: passphrase.to_owned().into(), place }
}

/// Opens the account as a box has it that took the request.
fn with(alice: &mut Person, request: &NewKeyRequest) -> AccountResponse {
    let mut account = alice.account();
    match request.place {
        KeyPlace::Current => account.keys.insert(0, request.key.clone()),
        KeyPlace::Retired => account.keys.push(request.key.clone()),
    }
    if let Some(withdrawn) = &request.withdrawn {
        account.keys[1].certificate = withdrawn.clone();
    }
    account
}

#[test]
fn a_letter_with_a_secret_key_is_not_sealed() {
    let mut alice = Person::named("alice", 1);
    let exported = alice.ask(ExportKey { passphrase: "another passphrase".to_owned().into() }).unwrap();
    let block = String::from_utf8(exported.to_vec()).unwrap();
    let certificate = alice.certificate();
    let mut send = |letter: Letter| {
        let to = Recipient { address: "bob@home.test".parse().unwrap(), certificate: Some(certificate.clone()) };
        let ask = SealLetter {
            letter,
            id: LetterId([1; 16]),
            attempt: 1,
            recipients: vec![to],
            linked: None,
            sealed_notices: Vec::new(),
            now: NOW,
            draft: None,
            answers: None,
            hold_seconds: 10,
        };
        alice.ask(ask).map(drop)
    };
    let enclosure = |media_type: &str, bytes: &[u8]| Enclosure {
        name: "key.asc".to_owned(),
        media_type: media_type.to_owned(),
        bytes: bytes.to_vec().into(),
    };
    let binary = key("Alice <alice@home.test>", NOW).to_bytes().expose().clone();
    let within = format!("From: alice@home.test\r\n\r\n{block}");
    let plan = || enclosure("application/pdf", b"%PDF");
    for (letter, found) in [
        (Letter { text: format!("my key:\n{block}"), ..Letter::default() }, Some(None)),
        (Letter { subject: block.replace("\r\n", " "), ..Letter::default() }, Some(None)),
        (
            Letter { enclosures: vec![plan(), enclosure("text/plain", block.as_bytes())], ..Letter::default() },
            Some(Some(1)),
        ),
        (Letter { enclosures: vec![enclosure("image/png", &binary)], ..Letter::default() }, Some(Some(0))),
        (
            Letter { enclosures: vec![enclosure("message/rfc822", within.as_bytes())], ..Letter::default() },
            Some(Some(0)),
        ),
        (
            Letter { enclosures: vec![plan(), enclosure("application/pgp-keys", &certificate.0)], ..Letter::default() },
            None,
        ),
        (Letter { text: "it begins with -----BEGIN PGP PRIVATE KEY BLOCK-----".to_owned(), ..Letter::default() }, None),
    ] {
        assert_eq!(send(letter), found.map_or(Ok(()), |place| Err(AskError::SecretKey(place))));
    }
}

#[test]
fn a_stolen_key_is_replaced_and_the_list_says_so() {
    let mut alice = Person::named("alice", 1);
    let old = Certificate::parse(&alice.certificate().0).unwrap();
    let tasks = alice.ask(TendKeys { now: NOW }).unwrap();
    assert!(tasks.news.is_empty() && tasks.rest.is_none());
    let [before] = alice.ask(ListKeys { now: NOW }).unwrap().try_into().unwrap();
    assert_eq!((before.standing, before.created_at), (KeyStanding::Current, NOW));
    assert!(before.good_until.is_some_and(|end| end > NOW.plus(2 * 365 * DAY)));

    let kept = alice.ask(WithdrawalFile { now: NOW }).unwrap().to_vec();
    assert!(Certificate::parse(&kept).unwrap().is_withdrawn(NOW));
    let request = alice.ask(AnotherKey { confirmed: confirmed(), stolen: true, now: NOW }).unwrap().read().unwrap();
    assert_eq!(request.confirmation, Base64(vec![3; 32]));
    let account = with(&mut alice, &request);
    let before = alice.account();
    let tab_key = {
        alice.desk = desk(2);
        alice.login(support::PASSPHRASE).unwrap();
        alice.ask(Unlock { account: carried(&before) }).unwrap()
    };
    // Another worker of the pool, open with the account as it was, is opened anew.
    alice.ask(UnlockTab { account: carried(&account), tab_key }).unwrap();
    let [new, withdrawn] = alice.ask(ListKeys { now: NOW }).unwrap().try_into().unwrap();
    assert_eq!((new.standing, withdrawn.standing), (KeyStanding::Current, KeyStanding::Withdrawn));
    assert_eq!(withdrawn.fingerprint, old.fingerprint().to_string());
    // The new one has yet to vouch for a key for mail at rest.
    let rest = alice.ask(TendKeys { now: NOW }).unwrap().rest.unwrap().read().unwrap();
    let current = Certificate::parse(&request.key.certificate.0).unwrap();
    assert!(current.vouches_for(&Certificate::parse(&rest.certificate.0).unwrap(), &rest.vouched.0));
    // What was sealed to the old key still opens.
    let message = alice.sealed_for(b"From: bob@home.test\r\nSubject: old\r\n\r\nhello\r\n");
    assert_eq!(alice.read(message, vec![]).unwrap().subject, "old");
}

#[test]
fn keys_from_elsewhere_are_told_apart() {
    let mut alice = Person::named("alice", 1);
    let export = |key: &SecretKey| key.export("the file's", &mut rng()).unwrap();
    let mine = key("Alice <Alice@HOME.test>", NOW.plus(-DAY));
    let other = key("Alice <alice@work.test>", NOW.plus(-DAY));
    let past = key("Alice <alice@home.test>", NOW.plus(-4 * 365 * DAY));
    let revocation = mine.revocation(Withdrawal::Stolen, NOW.plus(-DAY), &mut rng()).unwrap();
    let withdrawn = {
        let certificate = mine.certificate().withdrawn_by(&revocation).unwrap();
        export(&mine.updated(&certificate).unwrap())
    };
    let mut check =
        |bytes: &[u8], passphrase: &str, place| alice.ask(CheckKeys { file: file(bytes, passphrase, place), now: NOW });
    let public = mine.certificate().armored();
    let both = [mine.to_bytes().expose().clone(), other.to_bytes().expose().clone()].concat();
    for (bytes, passphrase, current, retired) in [
        (export(&mine).into_bytes(), "the file's", Ok(()), Ok(())),
        (mine.to_bytes().expose().clone(), "", Ok(()), Ok(())),
        // The one for the address is found among several.
        (both, "", Ok(()), Ok(())),
        (export(&mine).into_bytes(), "another", Err(KeyFlaw::Passphrase), Err(KeyFlaw::Passphrase)),
        (export(&mine).into_bytes(), "", Err(KeyFlaw::Passphrase), Err(KeyFlaw::Passphrase)),
        (export(&other).into_bytes(), "the file's", Err(KeyFlaw::OtherAddress), Ok(())),
        (export(&past).into_bytes(), "the file's", Err(KeyFlaw::Expired), Ok(())),
        (withdrawn.into_bytes(), "the file's", Err(KeyFlaw::Withdrawn), Ok(())),
        (public.into_bytes(), "", Err(KeyFlaw::OnlyPublic), Err(KeyFlaw::OnlyPublic)),
        (mine.certificate().to_bytes(), "", Err(KeyFlaw::OnlyPublic), Err(KeyFlaw::OnlyPublic)),
        (b"a shopping list".to_vec(), "", Err(KeyFlaw::NoKey), Err(KeyFlaw::NoKey)),
        (vec![0xC5; 600 * 1024], "", Err(KeyFlaw::TooLarge), Err(KeyFlaw::TooLarge)),
    ] {
        assert_eq!(check(&bytes, passphrase, KeyPlace::Current), current.map_err(AskError::Key));
        assert_eq!(check(&bytes, passphrase, KeyPlace::Retired), retired.map_err(AskError::Key));
    }
}

#[test]
fn an_imported_key_opens_what_was_sealed_to_it() {
    let mut alice = Person::named("alice", 1);
    let past = key("Alice <alice@work.test>", NOW.plus(-4 * 365 * DAY));
    let then = NOW.plus(-3 * 365 * DAY - DAY);
    let old = shared::pgp::seal_outgoing(
        b"From: bob@work.test\r\nTo: alice@work.test\r\nSubject: of old\r\n\r\nhello\r\n",
        &[past.certificate()],
        None,
        then,
        &mut rng(),
    );
    let message = alice.sealed_for(&old.unwrap());
    assert_ne!(alice.read(message.clone(), vec![]).unwrap().subject, "of old");
    let exported = past.export("the file's", &mut rng()).unwrap();
    let ask = ImportKeys { confirmed: confirmed(), file: file(exported, "the file's", KeyPlace::Retired), now: NOW };
    let [request] = alice.ask(ask).unwrap().try_into().unwrap();
    let account = with(&mut alice, &request.read().unwrap());
    alice.desk = desk(2);
    alice.login(support::PASSPHRASE).unwrap();
    alice.ask(Unlock { account: carried(&account) }).unwrap();
    assert_eq!(alice.read(message, vec![]).unwrap().subject, "of old");
}
