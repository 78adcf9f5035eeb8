//! People who change what opens their account while they are in it.

use shared::access;
use shared::api::Base64;
use shared::api::account::{ConfirmResponse, Language, PassphraseRequest, RecoverStartRequest, RecoveryCodeRequest};
use shared::vault::{Passphrase, RecoveryCode};

use crate::core::accounts::{self, AccountError};
use crate::core::devices;
use crate::core::testing::{Home, Person, visitor};

const OLD: &str = "correct horse battery";
const NEW: &str = "a new passphrase";

/// Alice, in the network that she registered from.
async fn alice(home: &mut Home) -> Person {
    home.register("alice", OLD).await.unwrap()
}

async fn confirmed(home: &mut Home, person: &Person) -> ConfirmResponse {
    home.confirm(person, OLD, person.browser("192.0.2.1")).await.unwrap()
}

/// The last request of a change to the new passphrase.
async fn prepared(
    home: &mut Home,
    person: &Person,
    confirmed: ConfirmResponse,
) -> Result<PassphraseRequest, AccountError> {
    let new = Passphrase::new(NEW).unwrap();
    let (change, request) = person.unlocked.passphrase_start(confirmed, new, &mut home.rng).unwrap();
    let session = home.session(person).await;
    let response = accounts::passphrase_start(&home.context, session, request).await?;
    Ok(change.finish(&response, &mut home.rng).unwrap())
}

async fn change(home: &Home, person: &Person, request: &PassphraseRequest) -> Result<(), AccountError> {
    let (session, from) = (home.session(person).await, person.browser("192.0.2.1"));
    accounts::change_passphrase(&home.context, session, request.clone(), from).await
}

/// The first step of a recovery with these words.
async fn recover(home: &mut Home, person: &Person, words: &str) -> Result<(), AccountError> {
    let code = RecoveryCode::parse(words).unwrap();
    let passphrase = Passphrase::new("a third passphrase").unwrap();
    let (_, request): (_, RecoverStartRequest) =
        access::recover_start(person.address.clone(), code, passphrase, &mut home.rng).unwrap();
    accounts::recover_start(&home.context, request, visitor("203.0.113.9")).await.map(drop)
}

#[tokio::test]
async fn another_passphrase_takes_the_place_of_the_old_one_and_ends_all_other_sessions() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let (elsewhere, _) = home.login(&alice.address, OLD, visitor("198.51.100.7")).await.unwrap();
    let tab_key = alice.unlocked.tab_key(alice.account(), &mut home.rng);
    let (request, password) = alice.unlocked.device_password("Phone".into(), false, &mut home.rng);
    let account = home.session(&alice).await.account;
    devices::create(&home.context, account, request).await.unwrap();

    let confirmed = confirmed(&mut home, &alice).await;
    let request = prepared(&mut home, &alice, confirmed).await.unwrap();
    // Until the last step the old one holds.
    home.login(&alice.address, OLD, visitor("192.0.2.1")).await.unwrap();
    change(&home, &alice, &request).await.unwrap();

    let old = home.login(&alice.address, OLD, alice.browser("192.0.2.1")).await;
    assert!(matches!(old, Err(AccountError::WrongCredentials)));
    let ended = accounts::session(&home.context, &elsewhere.session).await;
    assert!(matches!(ended, Err(AccountError::NotSignedIn)));
    // This session goes on, and a reload opens it as before.
    let again = accounts::account(&home.context, home.session(&alice).await).await.unwrap();
    assert_eq!(access::unlock_tab(&again, &tab_key).unwrap().certificate(), alice.unlocked.certificate());
    let from = "192.0.2.1".parse().unwrap();
    devices::sign_in(&home.context, "alice", password.to_text().expose(), from).await.unwrap();

    let mut home = home.restarted();
    let (_, unlocked) = home.login(&alice.address, NEW, visitor("203.0.113.1")).await.unwrap();
    assert_eq!(unlocked.certificate(), alice.unlocked.certificate());
    // The recovery sheet stays good.
    recover(&mut home, &alice, &alice.recovery_words.expose().join(" ")).await.unwrap();
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_can_be_made_again() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let confirmed = confirmed(&mut home, &alice).await;
    let request = prepared(&mut home, &alice, confirmed).await.unwrap();
    change(&home, &alice, &request).await.unwrap();
    change(&home, &alice, &request).await.unwrap();
    home.login(&alice.address, NEW, visitor("192.0.2.1")).await.unwrap();
}

#[tokio::test]
async fn nobody_changes_anything_who_has_not_just_shown_the_passphrase_in_that_session() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let bob = home.register("bob", OLD).await.unwrap();
    let wrong = home.confirm(&alice, "a wrong guess", alice.browser("192.0.2.1")).await;
    assert!(matches!(wrong, Err(AccountError::WrongCredentials)));
    // Bob's passphrase says nothing about Alice.
    let passphrase = Passphrase::new(OLD).unwrap();
    let (login, request) = access::login_start(bob.address.clone(), passphrase, &mut home.rng).unwrap();
    let response = accounts::login_start(&home.context, request, visitor("192.0.2.1")).await.unwrap();
    let (request, _) = login.finish(&response, &mut home.rng).unwrap();
    let other = accounts::confirm(&home.context, home.session(&alice).await, &request).await;
    assert!(matches!(other, Err(AccountError::WrongCredentials)));

    let good = confirmed(&mut home, &alice).await;
    let bobs = home.confirm(&bob, OLD, bob.browser("192.0.2.1")).await.unwrap();
    let made_up = ConfirmResponse { confirmation: Base64(vec![7; 32]) };
    for confirmation in [bobs, made_up] {
        // Not even OPAQUE's answer: it would let guesses be tried without being counted.
        let refused = prepared(&mut home, &alice, confirmation.clone()).await;
        assert!(matches!(refused, Err(AccountError::NotConfirmed)));
        let mut request = prepared(&mut home, &alice, good.clone()).await.unwrap();
        request.confirmation = confirmation.confirmation.clone();
        assert!(matches!(change(&home, &alice, &request).await, Err(AccountError::NotConfirmed)));
        let code = alice.unlocked.recovery_code(confirmation, Language::Fr, &mut home.rng).request;
        let session = home.session(&alice).await;
        let refused = accounts::change_recovery_code(&home.context, session, code).await;
        assert!(matches!(refused, Err(AccountError::NotConfirmed)));
    }
    let late = prepared(&mut home, &alice, good).await.unwrap();
    home.pass(60 * 60 + 1);
    assert!(matches!(change(&home, &alice, &late).await, Err(AccountError::NotConfirmed)));
    home.login(&alice.address, OLD, visitor("192.0.2.1")).await.unwrap();
}

#[tokio::test]
async fn showing_the_passphrase_is_counted_like_signing_in() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let here = || alice.browser("192.0.2.1");
    for _ in 0..2 {
        for _ in 0..10 {
            home.guess(&alice.address, here()).await.unwrap();
        }
        // The right one takes the counted tries of its place back.
        confirmed(&mut home, &alice).await;
    }
    while home.guess(&alice.address, here()).await.is_ok() {}
    let refused = home.confirm(&alice, OLD, here()).await;
    assert!(matches!(refused, Err(AccountError::Wait(_))));
}

#[tokio::test]
async fn who_knew_the_old_passphrase_is_out_and_unknown() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let (thief, _) = home.login(&alice.address, OLD, visitor("198.51.100.1")).await.unwrap();
    // A login that has begun before the change does not end after it.
    let passphrase = Passphrase::new(OLD).unwrap();
    let (login, request) = access::login_start(alice.address.clone(), passphrase, &mut home.rng).unwrap();
    let response = accounts::login_start(&home.context, request, visitor("198.51.100.1")).await.unwrap();
    let (begun, _) = login.finish(&response, &mut home.rng).unwrap();

    let confirmed = confirmed(&mut home, &alice).await;
    let request = prepared(&mut home, &alice, confirmed).await.unwrap();
    change(&home, &alice, &request).await.unwrap();
    let late = accounts::login_finish(&home.context, begun).await;
    assert!(matches!(late, Err(AccountError::WrongCredentials)));
    assert!(accounts::session(&home.context, &thief.session).await.is_err());
    // The thief's place is no longer one that the account knows, hers is.
    let mut heard = 0;
    while home.guess(&alice.address, visitor("198.51.100.1")).await.is_ok() {
        heard += 1;
    }
    assert_eq!(heard, 6);
    home.login(&alice.address, NEW, alice.browser("192.0.2.1")).await.unwrap();
}

#[tokio::test]
async fn another_recovery_code_counts_from_the_moment_that_the_box_has_it() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let old = alice.recovery_words.expose().join(" ");
    let confirmed = confirmed(&mut home, &alice).await;
    let made = alice.unlocked.recovery_code(confirmed, Language::En, &mut home.rng);
    let new = made.words.expose().join(" ");
    recover(&mut home, &alice, &old).await.unwrap();
    let session = home.session(&alice).await;
    let bad = RecoveryCodeRequest { recovery_proof: Base64(vec![1; 31]), ..made.request.clone() };
    let refused = accounts::change_recovery_code(&home.context, session, bad).await;
    assert!(matches!(refused, Err(AccountError::Malformed)));
    recover(&mut home, &alice, &old).await.unwrap();

    accounts::change_recovery_code(&home.context, session, made.request.clone()).await.unwrap();
    accounts::change_recovery_code(&home.context, session, made.request).await.unwrap();
    assert!(matches!(recover(&mut home, &alice, &old).await, Err(AccountError::WrongRecoveryCode)));
    recover(&mut home, &alice, &new).await.unwrap();
    // Nothing else has changed.
    home.session(&alice).await;
    home.login(&alice.address, OLD, visitor("192.0.2.1")).await.unwrap();
}
