//! The vault against vectors that an independent script made (`vectors/make_vault.py`), and what it must refuse.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use shared::api::account::{AccountId, Language};
use shared::vault::opaque::{OpaqueError, Record, ServerSetup, login_start, register_start};
use shared::vault::{
    AccountKey, Context, DevicePassword, Drawer, DrawerKey, Key, OpenError, Passphrase, Purpose, RecoveryCode,
    TabSecret, WrappingKey, derive, open, seal,
};
use support::given::{Given, bytes};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/vault.json")).unwrap()
}

fn account(vectors: &Value) -> AccountId {
    AccountId(bytes(&vectors["account"]).try_into().unwrap())
}

fn account_key(vectors: &Value) -> AccountKey {
    AccountKey::make(account(vectors), &mut Given(bytes(&vectors["account_key"])))
}

/// An account key says nothing of itself; what it derives shows whether it is the right one.
fn assert_opens_the_account(vectors: &Value, key: &AccountKey) {
    assert!(key.drawer(Drawer::Settings).key().equals(&bytes(&vectors["drawers"]["settings"])));
}

#[test]
fn keys_are_derived_as_written_down() {
    let vectors = vectors();
    let purposes = [
        ("settings", Purpose::Settings),
        ("queue", Purpose::Queue),
        ("wrap/passphrase", Purpose::WrapPassphrase),
        ("commit", Purpose::Commit),
    ];
    for vector in vectors["derive"].as_array().unwrap() {
        let (_, purpose) = purposes.iter().find(|(name, _)| vector["purpose"] == *name).unwrap();
        let key = derive(&bytes(&vector["ikm"]), *purpose, &bytes(&vector["id"]));
        assert!(key.equals(&bytes(&vector["key"])), "{vector}");
    }
    let drawers = [
        ("openpgp", Drawer::OpenPgp),
        ("revocation", Drawer::Revocation),
        ("contacts", Drawer::Contacts),
        ("drafts", Drawer::Drafts),
        ("settings", Drawer::Settings),
        ("index", Drawer::Index),
        ("links", Drawer::Links),
    ];
    for (name, drawer) in drawers {
        assert!(account_key(&vectors).drawer(drawer).key().equals(&bytes(&vectors["drawers"][name])), "{name}");
    }
}

#[test]
fn objects_are_sealed_as_written_down() {
    let vectors = vectors();
    let key = account_key(&vectors);
    for vector in vectors["seal"].as_array().unwrap() {
        let (object, content) = (bytes(&vector["object"]), bytes(&vector["content"]));
        let generation = vector["generation"].as_u64().unwrap();
        let mut nonce = Given(bytes(&vectors["nonce"]));
        let sealed = key.seal(Drawer::Settings, &object, generation, &content, &mut nonce);
        assert_eq!(sealed, bytes(&vector["sealed"]));
        let opened = key.open(Drawer::Settings, &object, generation, &sealed).unwrap();
        assert_eq!((opened.generation, opened.content.expose()), (generation, &content));
    }
}

#[test]
fn every_wrap_gives_the_account_key() {
    let vectors = vectors();
    let account = account(&vectors);
    let code = RecoveryCode::make(&mut Given(bytes(&vectors["recovery"]["code"])));
    let tab = TabSecret::make(&mut Given(bytes(&vectors["tab"]["tab"])));
    for (under, wrap) in [
        (WrappingKey::from_recovery_code(account, &code), &vectors["recovery"]["wrap"]),
        (WrappingKey::from_tab(account, &tab, &bytes(&vectors["tab"]["share"])), &vectors["tab"]["wrap"]),
    ] {
        assert_opens_the_account(&vectors, &AccountKey::unwrap(&under, &bytes(wrap)).unwrap());
        let mut nonce = Given(bytes(&vectors["nonce"]));
        assert_eq!(account_key(&vectors).wrap(&under, &mut nonce), bytes(wrap));
    }
    let elsewhere = WrappingKey::from_recovery_code(AccountId([0; 16]), &code);
    let error = AccountKey::unwrap(&elsewhere, &bytes(&vectors["recovery"]["wrap"])).unwrap_err();
    assert_eq!(error, OpenError::WrongKey);
    assert!(tab.to_text().expose().parse::<TabSecret>().is_ok());
    assert!("too-short".parse::<TabSecret>().is_err());
}

#[test]
fn a_recovery_code_is_written_as_bip39_says() {
    let vectors = vectors();
    let code = RecoveryCode::make(&mut Given(bytes(&vectors["recovery"]["code"])));
    assert!(code.proof().equals(&bytes(&vectors["recovery"]["proof"])));
    let list = bip39::Language::English.word_list();
    let places = vectors["recovery"]["places"].as_array().unwrap();
    let words: Vec<_> = places.iter().map(|place| list[place.as_u64().unwrap() as usize]).collect();
    assert_eq!(code.words(Language::En).expose(), &words);

    // Published test vectors of BIP-39, 128 bits.
    let zeros = RecoveryCode::make(&mut Given(vec![0; 16]));
    assert_eq!(zeros.words(Language::En).expose().join(" "), format!("{}about", "abandon ".repeat(11)));
    let sevens = RecoveryCode::make(&mut Given(vec![0x7f; 16]));
    assert_eq!(
        sevens.words(Language::En).expose().join(" "),
        "legal winner thank year wave sausage worth useful legal winner thank yellow"
    );
}

#[test]
fn a_device_password_is_written_and_derived_as_written_down() {
    let vectors = vectors();
    let vector = &vectors["device"];
    let made = DevicePassword::make(&mut Given(bytes(&vector["password"])));
    assert_eq!(made.to_text().expose(), vector["text"].as_str().unwrap());
    let typed: DevicePassword = vector["text"].as_str().unwrap().parse().unwrap();
    assert!(typed.auth(account(&vectors)).equals(&bytes(&vector["auth"])));

    let under = WrappingKey::from_device_password(account(&vectors), &typed);
    let drawer = account_key(&vectors).drawer(Drawer::OpenPgp);
    assert_eq!(drawer.wrap(&under, &mut Given(bytes(&vectors["nonce"]))), bytes(&vector["open"]));
    let opened = DrawerKey::unwrap(Drawer::OpenPgp, &under, &bytes(&vector["open"])).unwrap();
    assert!(opened.key().equals(&bytes(&vectors["drawers"]["openpgp"])));
    let other = DevicePassword::make(&mut Given(vec![0; 20]));
    let under = WrappingKey::from_device_password(account(&vectors), &other);
    let error = DrawerKey::unwrap(Drawer::OpenPgp, &under, &bytes(&vector["open"])).unwrap_err();
    assert_eq!(error, OpenError::WrongKey);
}

#[test]
fn login_with_a_record_made_elsewhere_gives_its_export_key() {
    let vectors = vectors();
    let vector = &vectors["opaque"];
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let setup = ServerSetup::from_bytes(&bytes(&vector["setup"])).unwrap();
    assert_eq!(setup.to_bytes().expose(), &bytes(&vector["setup"]));
    let record = Record::from_bytes(&bytes(&vector["record"])).unwrap();
    assert_eq!(record.to_bytes(), bytes(&vector["record"]));
    let account = account(&vectors);
    let nobody = vector["unknown_address"].as_str().unwrap().parse().unwrap();
    assert_eq!(setup.stand_in(&nobody).0.as_slice(), bytes(&vector["stand_in"]));
    let invitation = bytes(&vector["invitation"]).try_into().unwrap();
    assert_eq!(setup.new_account(&invitation).0.as_slice(), bytes(&vector["new_account"]));

    let passphrase = Passphrase::new(vector["passphrase"].as_str().unwrap()).unwrap();
    let (login, ke1) = login_start(passphrase, &mut rng).unwrap();
    let address = "alice@home.test".parse().unwrap();
    let (pending, ke2) = setup.login_start(&address, Some((account, &record)), &ke1, &mut rng).unwrap();
    let done = login.finish(&ke2, &mut rng).unwrap();
    pending.finish(&done.ke3).unwrap();
    let under = WrappingKey::from_export_key(account, &done.export_key);
    assert_opens_the_account(&vectors, &AccountKey::unwrap(&under, &bytes(&vector["wrap"])).unwrap());
}

#[test]
fn registration_then_login_and_what_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let setup = ServerSetup::make(&mut rng);
    let account = AccountId([9; 16]);
    let alice = "alice@home.test".parse().unwrap();
    let right = || Passphrase::new("correct horse battery").unwrap();

    let (registration, request) = register_start(right(), &mut rng).unwrap();
    let response = setup.register(account, &request).unwrap();
    let registered = registration.finish(&response, &mut rng).unwrap();
    let record = Record::from_bytes(&registered.record).unwrap();
    let key = AccountKey::make(account, &mut rng);
    let wrap = key.wrap(&WrappingKey::from_export_key(account, &registered.export_key), &mut rng);

    let (login, ke1) = login_start(right(), &mut rng).unwrap();
    let (pending, known) = setup.login_start(&alice, Some((account, &record)), &ke1, &mut rng).unwrap();
    let done = login.finish(&known, &mut rng).unwrap();
    pending.finish(&done.ke3).unwrap();
    AccountKey::unwrap(&WrappingKey::from_export_key(account, &done.export_key), &wrap).unwrap();

    let (login, ke1) = login_start(Passphrase::new("incorrect horse").unwrap(), &mut rng).unwrap();
    let (_, ke2) = setup.login_start(&alice, Some((account, &record)), &ke1, &mut rng).unwrap();
    assert_eq!(login.finish(&ke2, &mut rng).unwrap_err(), OpaqueError::Refused);

    // For an address that nobody has: an answer of the same shape that no passphrase opens.
    let (login, ke1) = login_start(right(), &mut rng).unwrap();
    let (pending, unknown) = setup.login_start(&alice, None, &ke1, &mut rng).unwrap();
    assert_eq!(unknown.len(), known.len());
    assert_eq!(unknown[0], known[0]);
    assert_eq!(login.finish(&unknown, &mut rng).unwrap_err(), OpaqueError::Refused);
    assert_eq!(pending.finish(&done.ke3).unwrap_err(), OpaqueError::Refused);
}

#[test]
fn malformed_opaque_messages_are_errors() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let setup = ServerSetup::make(&mut rng);
    let alice = "alice@home.test".parse().unwrap();
    for garbage in [&b""[..], &[1], &[1; 40], &[0; 96], &[0xff; 300]] {
        assert!(setup.register(AccountId([1; 16]), garbage).is_err());
        assert!(setup.login_start(&alice, None, garbage, &mut rng).is_err());
        assert!(Record::from_bytes(garbage).is_err());
        assert!(ServerSetup::from_bytes(garbage).is_err());
        let (login, _) = login_start(Passphrase::new("0123456789").unwrap(), &mut rng).unwrap();
        assert!(login.finish(garbage, &mut rng).is_err());
        let (registration, _) = register_start(Passphrase::new("0123456789").unwrap(), &mut rng).unwrap();
        assert!(registration.finish(garbage, &mut rng).is_err());
    }
    assert_eq!(Record::from_bytes(&[9; 193]).unwrap_err(), OpaqueError::UnknownVersion(9));
}

#[test]
fn a_sealed_object_opens_whole_in_its_own_place_and_time_only() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let key = Key::random(&mut rng);
    let context = Context { purpose: Purpose::Settings, account: AccountId([1; 16]), object: b"a" };
    let sealed = seal(&key, &context, 5, b"content", &mut rng);
    let error =
        |key: &Key, context: &Context<'_>, at_least, sealed: &[u8]| open(key, context, at_least, sealed).unwrap_err();
    assert_eq!(error(&Key::random(&mut rng), &context, 0, &sealed), OpenError::WrongKey);
    for elsewhere in [
        Context { purpose: Purpose::Drafts, ..context },
        Context { account: AccountId([2; 16]), ..context },
        Context { object: b"b", ..context },
    ] {
        assert_eq!(error(&key, &elsewhere, 0, &sealed), OpenError::Altered);
    }
    assert_eq!(error(&key, &context, 6, &sealed), OpenError::Older { found: 5, expected: 6 });
    assert!(open(&key, &context, 5, &sealed).is_ok());
    for cut in 0..sealed.len() {
        assert!(open(&key, &context, 0, &sealed[..cut]).is_err(), "{cut}");
        let mut altered = sealed.clone();
        altered[cut] ^= 1;
        assert!(open(&key, &context, 0, &altered).is_err(), "{cut}");
    }
    let mut newer = sealed;
    newer[0] = 2;
    assert_eq!(error(&key, &context, 0, &newer), OpenError::UnknownVersion(2));
}
