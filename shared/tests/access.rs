//! The moves of a client, against a box that is as small as can be: OPAQUE's other half and what was posted to it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use ::pgp::composed::{Deserializable, SignedPublicKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use shared::access::{self, AccessError, NewAccount, Opener, Recovered, Registered, Unlocked};
use shared::api::account::{
    AccountId, AccountResponse, ConfirmResponse, Language, LoginStartResponse, PassphraseStartResponse,
    RecoverStartResponse, RegisterFinishRequest, RegisterStartResponse,
};
use shared::api::own_key::{OwnKey, RestKey};
use shared::api::{Base64, EmailAddress, Timestamp};
use shared::pgp;
use shared::vault::opaque::{Record, ServerSetup};
use shared::vault::{Drawer, Passphrase, RecoveryCode, TabSecret};

const ACCOUNT: AccountId = AccountId([7; 16]);
const NOW: Timestamp = Timestamp(1_767_225_600);

struct TinyBox {
    rng: ChaCha20Rng,
    setup: ServerSetup,
    kept: Option<RegisterFinishRequest>,
}

fn alice() -> EmailAddress {
    "alice@home.test".parse().unwrap()
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

impl TinyBox {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let setup = ServerSetup::make(&mut rng);
        Self { rng, setup, kept: None }
    }

    fn register(&mut self, text: &str) -> (Unlocked, String) {
        let new = NewAccount {
            invitation: Base64(vec![1]),
            address: alice(),
            display_name: "Alice".into(),
            language: Language::Fr,
        };
        let (registration, request) = access::register_start(new, passphrase(text), &mut self.rng).unwrap();
        let answer = self.setup.register(ACCOUNT, &request.opaque_request.0).unwrap();
        let answer = RegisterStartResponse { account_id: ACCOUNT, opaque_response: answer.into() };
        let Registered { request, recovery_words, opener } = registration.finish(&answer, NOW, &mut self.rng).unwrap();
        self.kept = Some(request);
        (opener.open(&self.account()).unwrap(), recovery_words.expose().join(" "))
    }

    /// What a session of the account is answered.
    fn account(&self) -> AccountResponse {
        let kept = self.kept.clone().unwrap();
        AccountResponse {
            account_id: ACCOUNT,
            address: kept.address,
            display_name: kept.display_name,
            language: kept.language,
            passphrase_wrap: kept.passphrase_wrap,
            keys: vec![OwnKey {
                certificate: kept.certificate,
                sealed_secret_key: kept.sealed_secret_key,
                sealed_revocation: Some(kept.sealed_revocation),
            }],
            rest_keys: kept.rest_key.into_iter().collect(),
            rest_in_use: true,
            tab_share: Base64(vec![9; 32]),
            key_server: None,
        }
    }

    fn login(&mut self, text: &str) -> Result<Opener, AccessError> {
        let (login, request) = access::login_start(alice(), passphrase(text), &mut self.rng)?;
        let record = Record::from_bytes(&self.kept.as_ref().unwrap().opaque_record.0).unwrap();
        let account = Some((ACCOUNT, &record));
        let (pending, ke2) = self.setup.login_start(&alice(), account, &request.ke1.0, &mut self.rng).unwrap();
        let answer = LoginStartResponse { login_id: Base64(vec![1]), ke2: ke2.into() };
        let (request, opener) = login.finish(&answer, &mut self.rng)?;
        assert_eq!(request.login_id, answer.login_id);
        pending.finish(&request.ke3.0).unwrap();
        Ok(opener)
    }
}

#[test]
fn what_registration_made_a_login_elsewhere_opens() {
    let mut home = TinyBox::new(1);
    let (made, _) = home.register("correct horse battery");
    let sealed = pgp::seal(b"letter", &[made.certificate()], None, NOW, &mut home.rng).unwrap();

    assert!(matches!(home.login("incorrect horse"), Err(AccessError::WrongCredentials)));
    let opened = home.login("correct horse battery").unwrap().open(&home.account()).unwrap();
    assert_eq!(opened.certificate(), made.certificate());
    assert_eq!((opened.address(), opened.display_name(), opened.damaged_keys()), (&alice(), "Alice", 0));
    assert_eq!(pgp::open(&sealed, &[opened.current_key()], &[], NOW).unwrap().plaintext, b"letter");
    let settings = made.account_key().seal(Drawer::Settings, b"", 1, b"dark", &mut home.rng);
    assert_eq!(opened.account_key().open(Drawer::Settings, b"", 1, &settings).unwrap().content.expose(), b"dark");
}

#[test]
fn nothing_that_is_posted_holds_a_secret() {
    let mut home = TinyBox::new(2);
    let (made, words) = home.register("correct horse battery");
    let posted = home.kept.clone().unwrap();
    let code = RecoveryCode::parse(&words).unwrap();
    let secret = made.current_key().to_bytes();
    // What of the secret key does not stand in the certificate too.
    let holds = |part: &[u8], wanted: &[u8]| part.windows(wanted.len()).any(|window| window == wanted);
    let numbers: Vec<_> = secret.expose().windows(24).filter(|some| !holds(&posted.certificate.0, some)).collect();
    assert!(!numbers.is_empty());
    for part in [
        &posted.opaque_record,
        &posted.passphrase_wrap,
        &posted.recovery_wrap,
        &posted.recovery_proof,
        &posted.certificate,
        &posted.sealed_secret_key,
        &posted.sealed_revocation,
    ] {
        assert!(!holds(&part.0, b"correct horse battery"));
        assert!(!numbers.iter().any(|some| holds(&part.0, some)));
    }
    assert!(code.proof().equals(&posted.recovery_proof.0));
    assert_eq!(format!("{made:?}"), "Unlocked(\"alice@home.test\")");
}

#[test]
fn the_recovery_code_opens_the_account_under_a_new_passphrase() {
    let mut home = TinyBox::new(3);
    let (made, words) = home.register("correct horse battery");
    let code = RecoveryCode::parse(&words).unwrap();
    let (recovery, request) =
        access::recover_start(alice(), code, passphrase("another passphrase"), &mut home.rng).unwrap();
    let kept = home.kept.clone().unwrap();
    assert_eq!(request.recovery_proof, kept.recovery_proof);
    let answer = RecoverStartResponse {
        account_id: ACCOUNT,
        recovery_wrap: kept.recovery_wrap,
        opaque_response: home.setup.register(ACCOUNT, &request.opaque_request.0).unwrap().into(),
    };
    let Recovered { request, recovery_words, opener } = recovery.finish(&answer, Language::En, &mut home.rng).unwrap();
    assert_ne!(recovery_words.expose().join(" "), words);
    let stored = home.kept.as_mut().unwrap();
    stored.opaque_record = request.opaque_record;
    stored.passphrase_wrap = request.passphrase_wrap;
    assert_eq!(opener.open(&home.account()).unwrap().certificate(), made.certificate());
    let opened = home.login("another passphrase").unwrap().open(&home.account()).unwrap();
    assert_eq!(opened.certificate(), made.certificate());
    assert!(home.login("correct horse battery").is_err());
}

#[test]
fn who_is_in_changes_passphrase_and_code_and_the_account_key_stays() {
    let mut home = TinyBox::new(8);
    let (made, old_words) = home.register("correct horse battery");
    let tab_key = made.tab_key(&home.account(), &mut home.rng);
    let confirmed = ConfirmResponse { confirmation: Base64(vec![5; 32]) };
    let (change, request) =
        made.passphrase_start(confirmed.clone(), passphrase("another passphrase"), &mut home.rng).unwrap();
    assert_eq!(request.confirmation, confirmed.confirmation);
    let answer = home.setup.register(ACCOUNT, &request.opaque_request.0).unwrap();
    let request = change.finish(&PassphraseStartResponse { opaque_response: answer.into() }, &mut home.rng).unwrap();
    let code = made.recovery_code(confirmed, Language::En, &mut home.rng);
    let words = RecoveryCode::parse(&code.words.expose().join(" ")).unwrap();
    assert!(words.proof().equals(&code.request.recovery_proof.0));
    assert!(!RecoveryCode::parse(&old_words).unwrap().proof().equals(&code.request.recovery_proof.0));

    let stored = home.kept.as_mut().unwrap();
    (stored.opaque_record, stored.passphrase_wrap) = (request.opaque_record, request.passphrase_wrap);
    (stored.recovery_wrap, stored.recovery_proof) = (code.request.recovery_wrap, code.request.recovery_proof);
    assert!(home.login("correct horse battery").is_err());
    let opened = home.login("another passphrase").unwrap().open(&home.account()).unwrap();
    assert_eq!(opened.certificate(), made.certificate());
    assert_eq!(access::unlock_tab(&home.account(), &tab_key).unwrap().certificate(), made.certificate());
    // The new code opens what the box now keeps.
    let (recovery, request) = access::recover_start(alice(), words, passphrase("a third one"), &mut home.rng).unwrap();
    let answer = RecoverStartResponse {
        account_id: ACCOUNT,
        recovery_wrap: home.kept.clone().unwrap().recovery_wrap,
        opaque_response: home.setup.register(ACCOUNT, &request.opaque_request.0).unwrap().into(),
    };
    let recovered = recovery.finish(&answer, Language::En, &mut home.rng).unwrap();
    assert_eq!(recovered.opener.open(&home.account()).unwrap().certificate(), made.certificate());
}

#[test]
fn another_code_does_not_open_what_the_box_keeps() {
    let mut home = TinyBox::new(4);
    home.register("correct horse battery");
    let other = RecoveryCode::make(&mut home.rng);
    let (recovery, request) =
        access::recover_start(alice(), other, passphrase("another passphrase"), &mut home.rng).unwrap();
    let answer = RecoverStartResponse {
        account_id: ACCOUNT,
        recovery_wrap: home.kept.clone().unwrap().recovery_wrap,
        opaque_response: home.setup.register(ACCOUNT, &request.opaque_request.0).unwrap().into(),
    };
    let refused = recovery.finish(&answer, Language::En, &mut home.rng);
    assert!(matches!(refused, Err(AccessError::KeysDamaged)));
}

#[test]
fn a_tab_opens_again_with_both_halves_only() {
    let mut home = TinyBox::new(5);
    let (made, _) = home.register("correct horse battery");
    let account = home.account();
    let key = made.tab_key(&account, &mut home.rng);
    assert_eq!(access::unlock_tab(&account, &key).unwrap().certificate(), made.certificate());

    let mut other_session = account.clone();
    other_session.tab_share = Base64(vec![8; 32]);
    assert!(matches!(access::unlock_tab(&other_session, &key), Err(AccessError::TabKeyGone)));
    let other_tab = access::TabKey { secret: TabSecret::make(&mut home.rng), ..key };
    assert!(matches!(access::unlock_tab(&account, &other_tab), Err(AccessError::TabKeyGone)));
}

#[test]
fn a_box_that_exchanges_keys_is_noticed() {
    let mut home = TinyBox::new(6);
    let (made, _) = home.register("correct horse battery");
    let tab_key = made.tab_key(&home.account(), &mut home.rng);
    let forged = pgp::SecretKey::make("Alice <alice@home.test>", NOW, &mut home.rng).unwrap();

    let mut other_certificate = home.account();
    other_certificate.keys[0].certificate = forged.certificate().to_bytes().into();
    assert!(matches!(access::unlock_tab(&other_certificate, &tab_key), Err(AccessError::KeysDamaged)));
    let mut no_keys = home.account();
    no_keys.keys.clear();
    assert!(matches!(access::unlock_tab(&no_keys, &tab_key), Err(AccessError::KeysDamaged)));
    let mut retired_key_broken = home.account();
    retired_key_broken
        .keys
        .push(OwnKey { sealed_secret_key: Base64(vec![1; 300]), ..retired_key_broken.keys[0].clone() });
    let opened = access::unlock_tab(&retired_key_broken, &tab_key).unwrap();
    assert_eq!((opened.keys().len(), opened.damaged_keys()), (1, 1));
    let mut other_account = home.account();
    other_account.account_id = AccountId([8; 16]);
    let opener = home.login("correct horse battery").unwrap();
    assert!(matches!(opener.open(&other_account), Err(AccessError::KeysDamaged)));
}

#[test]
fn the_key_for_mail_at_rest_is_the_accounts_own_or_none_counts() {
    let mut home = TinyBox::new(12);
    let (made, _) = home.register("correct horse battery");
    let good = home.account();
    let tab_key = made.tab_key(&good, &mut home.rng);
    let open = |account: &AccountResponse| access::unlock_tab(account, &tab_key).unwrap();
    let with = |rest_keys: Vec<RestKey>| AccountResponse { rest_keys, ..good.clone() };
    let name = open(&good).rest_key().unwrap().fingerprint();
    assert_eq!((open(&good).at_rest().fingerprint(), open(&good).openers().len()), (name.clone(), 2));
    assert!(open(&good).tend_rest_key(NOW, &mut home.rng).unwrap().is_none());
    // A device stands against it: it opens mail, and nothing is sealed to it.
    let unused = open(&AccountResponse { rest_in_use: false, ..good.clone() });
    assert_eq!(
        (unused.at_rest(), unused.rest_key().map(pgp::SecretKey::fingerprint)),
        (made.certificate(), Some(name.clone()))
    );

    let eve = pgp::SecretKey::make("Alice <alice@home.test>", NOW, &mut home.rng).unwrap();
    let hers = pgp::SecretKey::make_for_rest(NOW, &mut home.rng).unwrap();
    let rest = &good.rest_keys[0];
    let kept = pgp::Certificate::parse(&rest.certificate.0).unwrap();
    let wrong = [
        (RestKey { vouched: eve.vouch_for(&kept, NOW, &mut home.rng).unwrap().into(), ..rest.clone() }, 0),
        (RestKey { vouched: Base64(Vec::new()), ..rest.clone() }, 0),
        (RestKey { sealed_secret_key: Base64(vec![1; 300]), ..rest.clone() }, 1),
        (RestKey { certificate: hers.certificate().to_bytes().into(), ..rest.clone() }, 1),
    ];
    for (key, damaged) in wrong {
        let opened = open(&with(vec![key.clone()]));
        assert_eq!((opened.rest_key().is_none(), opened.damaged_keys()), (true, damaged));
        assert_eq!(opened.at_rest(), made.certificate());
        assert!(opened.tend_rest_key(NOW, &mut home.rng).unwrap().is_some(), "another is made");
        assert_eq!(open(&with(vec![key, rest.clone()])).at_rest().fingerprint(), name);
    }
    let another = open(&with(Vec::new())).tend_rest_key(NOW, &mut home.rng).unwrap().unwrap();
    let newest = open(&with(vec![another, rest.clone()]));
    assert_ne!(newest.at_rest().fingerprint(), name);
    assert_eq!(newest.openers().len(), 3);
}

#[test]
fn a_device_password_is_made_for_the_account_and_the_key_leaves_under_a_passphrase() {
    let mut home = TinyBox::new(7);
    let (made, _) = home.register("correct horse battery");
    let (request, password) = made.device_password("Phone".into(), false, &mut home.rng);
    assert!(password.auth(ACCOUNT).equals(&request.auth.0));
    assert!(!password.auth(AccountId([8; 16])).equals(&request.auth.0));
    assert_eq!(request.open, None, "what opens mail is left with the box only where that was asked for");

    let (request, password) = made.device_password("Phone".into(), true, &mut home.rng);
    let (left, AccountResponse { keys: own, rest_keys: rest, .. }) = (request.open.unwrap().0, home.account());
    let keys = access::unlock_device(ACCOUNT, &password, &left, &own, &rest).unwrap();
    let names = [made.certificate().fingerprint(), made.at_rest().fingerprint()];
    assert_eq!(keys.iter().map(pgp::SecretKey::fingerprint).collect::<Vec<_>>(), names);
    let (_, other) = made.device_password("Other".into(), true, &mut home.rng);
    for (account, password, left) in
        [(ACCOUNT, &other, &left[..]), (AccountId([8; 16]), &password, &left), (ACCOUNT, &password, &left[1..])]
    {
        let refused = access::unlock_device(account, password, left, &own, &rest);
        assert!(matches!(refused, Err(AccessError::KeysDamaged)));
    }

    let armored = made.export_key(&passphrase("for thunderbird"), &mut home.rng).unwrap();
    assert!(pgp::SecretKey::import(armored.as_bytes(), "wrong passphrase").is_err());
    let imported = pgp::SecretKey::import(armored.as_bytes(), "for thunderbird").unwrap();
    assert_eq!(imported.fingerprint(), made.certificate().fingerprint());
}

const YEAR: i64 = 365 * 24 * 60 * 60;

#[test]
fn the_keys_of_an_account_stay_good_without_anybody() {
    let mut home = TinyBox::new(9);
    let (made, _) = home.register("correct horse battery");
    assert!(made.tend_keys(NOW.plus(2 * YEAR - 1), &mut home.rng).unwrap().is_empty());
    // Near its end, and long after it.
    for years in [2, 10] {
        let now = NOW.plus(years * YEAR + 1);
        let [news] = made.tend_keys(now, &mut home.rng).unwrap().try_into().unwrap();
        assert!(news.sealed_revocation.is_none());
        let mut account = home.account();
        account.keys[0].certificate = news.certificate;
        let tab_key = made.tab_key(&account, &mut home.rng);
        let opened = access::unlock_tab(&account, &tab_key).unwrap();
        assert_eq!(opened.current_key().good_until(now), Ok(Some(now.plus(pgp::LIFE_SECONDS))));
        assert!(pgp::seal(b"x", &[opened.certificate()], Some(opened.current_key()), now, &mut home.rng).is_ok());
        assert!(opened.tend_keys(now, &mut home.rng).unwrap().is_empty());
        // What is exported says it too.
        let file = opened.export_key(&passphrase("for thunderbird"), &mut home.rng).unwrap();
        let exported = pgp::SecretKey::import(file.as_bytes(), "for thunderbird").unwrap();
        assert_eq!(exported.certificate(), opened.certificate());
    }
}

#[test]
fn an_account_of_before_gets_what_withdraws_its_key_and_keeps_its_end() {
    let mut home = TinyBox::new(10);
    let (made, _) = home.register("correct horse battery");
    let mut account = home.account();
    account.keys[0].sealed_revocation = None;
    let tab_key = made.tab_key(&account, &mut home.rng);
    let opened = access::unlock_tab(&account, &tab_key).unwrap();
    let [news] = opened.tend_keys(NOW, &mut home.rng).unwrap().try_into().unwrap();
    assert_eq!(news.certificate, account.keys[0].certificate);
    account.keys[0].sealed_revocation = news.sealed_revocation;
    let opened = access::unlock_tab(&account, &tab_key).unwrap();
    assert!(opened.tend_keys(NOW, &mut home.rng).unwrap().is_empty());
}

#[test]
fn what_was_made_at_birth_withdraws_the_key_and_only_it() {
    let mut home = TinyBox::new(11);
    let (made, _) = home.register("correct horse battery");
    let later = NOW.plus(YEAR);
    let file = made.withdrawal_file(later, &mut home.rng).unwrap();
    let withdrawn = pgp::Certificate::parse(file.as_bytes()).unwrap();
    assert!(withdrawn.is_withdrawn(NOW) && !made.certificate().is_withdrawn(later));
    // It is the signature that was sealed then: the same whenever it is asked for.
    assert_eq!(made.withdrawal_file(later.plus(YEAR), &mut home.rng).unwrap(), file);
    let merged = made.certificate().merged(&withdrawn).unwrap();
    assert!(pgp::seal(b"x", &[&merged], None, later, &mut home.rng).is_err());

    let other = pgp::SecretKey::make("Alice <alice@home.test>", NOW, &mut home.rng).unwrap();
    let foreign = other.revocation(pgp::Withdrawal::Stolen, NOW, &mut home.rng).unwrap();
    assert!(made.certificate().withdrawn_by(&foreign).is_err());
    assert!(made.certificate().withdrawn_by(b"nothing").is_err());
    // A box that loses or exchanges it is no hindrance: the key makes another.
    let mut account = home.account();
    account.keys[0].sealed_revocation = Some(Base64(vec![7; 300]));
    let tab_key = made.tab_key(&account, &mut home.rng);
    let opened = access::unlock_tab(&account, &tab_key).unwrap();
    let file = opened.withdrawal_file(later, &mut home.rng).unwrap();
    assert!(pgp::Certificate::parse(file.as_bytes()).unwrap().is_withdrawn(later));
}

#[test]
fn a_box_that_adds_to_a_certificate_adds_nothing() {
    let mut home = TinyBox::new(12);
    let (made, _) = home.register("correct horse battery");
    let mallory = pgp::SecretKey::make("Alice <alice@home.test>", NOW, &mut home.rng).unwrap();
    let mut account = home.account();
    let whole = account.keys[0].certificate.0.clone();
    // A subkey of another key behind the own ones.
    let theirs = mallory.certificate().to_bytes();
    let parsed = SignedPublicKey::from_bytes(theirs.as_slice()).unwrap();
    let subkey = ::pgp::ser::Serialize::to_bytes(&parsed.public_subkeys[0]).unwrap();
    account.keys[0].certificate = Base64([whole, subkey].concat());
    let tab_key = made.tab_key(&account, &mut home.rng);
    let opened = access::unlock_tab(&account, &tab_key).unwrap();
    assert_eq!(opened.certificate(), made.certificate());
    account.keys[0].certificate = Base64(theirs);
    assert!(matches!(access::unlock_tab(&account, &tab_key), Err(AccessError::KeysDamaged)));
    // What a newer program writes is told apart from what is damaged.
    let mut newer = home.account();
    let fingerprint = made.certificate().fingerprint();
    let sealed = made.account_key().seal(Drawer::OpenPgp, fingerprint.as_bytes(), 0, &[2, 1, 1], &mut home.rng);
    newer.keys[0].sealed_secret_key = sealed.into();
    assert!(matches!(access::unlock_tab(&newer, &tab_key), Err(AccessError::Newer(2))));
}
