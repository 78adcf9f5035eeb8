//! Stories of people who come to the box with the moves of a real client.

use shared::access;
use shared::api::account::{Language, RegisterFinishRequest};
use shared::api::mailbox::MailboxRole;
use shared::api::{Base64, EmailAddress};
use shared::vault::{Passphrase, RecoveryCode};

use super::*;
use crate::core::testing::{Home, Person, visitor};
use crate::core::{Domain, mail};

const PASSPHRASE: &str = "correct horse battery";

async fn alice(home: &mut Home) -> Person {
    home.register("alice", PASSPHRASE).await.unwrap()
}

#[tokio::test]
async fn an_invitation_makes_one_account_with_its_mailboxes_and_signs_it_in() {
    let mut home = Home::new();
    let first = first_invitation(&home.context).await.unwrap().unwrap();
    assert!(first.link("https://home.test/").starts_with("https://home.test/invitation#"));
    let known = invitation(&home.context, &first.token, visitor("192.0.2.1")).await.unwrap();
    assert_eq!((known.address, known.domain.as_str()), (None, "home.test"));

    let alice = home.register_with(&first.token, "Alice", PASSPHRASE).await.unwrap();
    assert_eq!(alice.account().address.as_str(), "alice@home.test");
    assert_eq!(alice.account().display_name, "ALICE");
    assert_eq!(alice.unlocked.keys().len(), 1);
    let session = session(&home.context, &alice.signed_in.session).await.unwrap();
    let boxes = mail::mailboxes(&home.context.store, session.account).await.unwrap();
    assert_eq!(boxes.len(), MailboxRole::ALL.len());

    assert!(first_invitation(&home.context).await.unwrap().is_none());
    let again = home.register_with(&first.token, "bob", PASSPHRASE).await;
    assert!(matches!(again, Err(AccountError::InvitationGone)));
    let used = invitation(&home.context, &first.token, visitor("192.0.2.1")).await;
    assert!(matches!(used, Err(AccountError::InvitationGone)));
}

#[tokio::test]
async fn an_invitation_expires_and_is_good_for_its_address_only() {
    let mut home = Home::new();
    alice(&mut home).await;
    let bob: EmailAddress = "bob@home.test".parse().unwrap();
    let invited = invite(&home.context, Some(&bob)).await.unwrap();
    let carol = home.register_with(&invited.token, "carol", PASSPHRASE).await;
    assert!(matches!(carol, Err(AccountError::AddressNotHere)));
    let taken = invite(&home.context, Some(&"Alice@home.test".parse().unwrap())).await;
    assert!(matches!(taken, Err(AccountError::AddressTaken)));
    let reserved = invite(&home.context, Some(&"abuse@home.test".parse().unwrap())).await;
    assert!(matches!(reserved, Err(AccountError::AddressNotHere)));

    home.pass(invited.expires_at.0 - home.now().0);
    let late = home.register_with(&invited.token, "bob", PASSPHRASE).await;
    assert!(matches!(late, Err(AccountError::InvitationGone)));
    tidy(&home.context).await.unwrap();
}

#[tokio::test]
async fn an_address_has_one_account() {
    let mut home = Home::new();
    alice(&mut home).await;
    let again = home.register("ALICE", PASSPHRASE).await;
    assert!(matches!(again, Err(AccountError::AddressTaken)));
}

#[tokio::test]
async fn another_browser_logs_in_and_opens_the_same_keys() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let home = &mut home.restarted();
    let (signed_in, unlocked) = home.login(&alice.address, PASSPHRASE, visitor("198.51.100.7")).await.unwrap();
    assert_eq!(unlocked.certificate(), alice.unlocked.certificate());
    assert_ne!(signed_in.session, alice.signed_in.session);
    assert_ne!(signed_in.browser, alice.signed_in.browser);

    let wrong = home.login(&alice.address, "incorrect horse", visitor("198.51.100.7")).await;
    assert!(matches!(wrong, Err(AccountError::WrongCredentials)));
    let nobody = "nobody@home.test".parse().unwrap();
    let unknown = home.login(&nobody, PASSPHRASE, visitor("198.51.100.7")).await;
    assert!(matches!(unknown, Err(AccountError::WrongCredentials)));
}

#[tokio::test]
async fn a_reload_opens_with_the_tab_key_until_the_session_ends() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let tab_key = alice.unlocked.tab_key(alice.account(), &mut home.rng);
    let here = session(&home.context, &alice.signed_in.session).await.unwrap();
    let again = account(&home.context, here).await.unwrap();
    assert_eq!(access::unlock_tab(&again, &tab_key).unwrap().certificate(), alice.unlocked.certificate());

    end_session(&home.context, here).await.unwrap();
    let gone = session(&home.context, &alice.signed_in.session).await;
    assert!(matches!(gone, Err(AccountError::NotSignedIn)));
    let (_, other) = (account(&home.context, here).await.unwrap_err(), &mut home);
    let (signed_in, _) = other.login(&alice.address, PASSPHRASE, alice.browser("192.0.2.1")).await.unwrap();
    let error = access::unlock_tab(&signed_in.account, &tab_key).unwrap_err();
    assert!(matches!(error, access::AccessError::TabKeyGone));
    assert_eq!(signed_in.browser, alice.signed_in.browser);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    home.pass(SESSION_SECONDS / 2);
    session(&home.context, &alice.signed_in.session).await.unwrap();
    home.pass(SESSION_SECONDS);
    session(&home.context, &alice.signed_in.session).await.unwrap();
    home.pass(SESSION_SECONDS + 1);
    let unused = session(&home.context, &alice.signed_in.session).await;
    assert!(matches!(unused, Err(AccountError::NotSignedIn)));
    tidy(&home.context).await.unwrap();
}

#[tokio::test]
async fn a_login_has_one_second_step_and_not_for_ever() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let start = |home: &mut Home| {
        let passphrase = Passphrase::new(PASSPHRASE).unwrap();
        access::login_start(alice.address.clone(), passphrase, &mut home.rng).unwrap()
    };
    let (login, request) = start(&mut home);
    let response = login_start(&home.context, request, visitor("192.0.2.1")).await.unwrap();
    let (request, _) = login.finish(&response, &mut home.rng).unwrap();
    login_finish(&home.context, request.clone()).await.unwrap();
    let replayed = login_finish(&home.context, request).await;
    assert!(matches!(replayed, Err(AccountError::WrongCredentials)));

    let (login, request) = start(&mut home);
    let response = login_start(&home.context, request, visitor("192.0.2.1")).await.unwrap();
    let (request, _) = login.finish(&response, &mut home.rng).unwrap();
    home.pass(600);
    assert!(matches!(login_finish(&home.context, request).await, Err(AccountError::WrongCredentials)));
}

#[tokio::test]
async fn the_recovery_code_sets_a_new_passphrase_and_ends_all_sessions() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    let words = alice.recovery_words.expose().join(" ");
    let start = |home: &mut Home, words: &str| {
        let code = RecoveryCode::parse(words).unwrap();
        let passphrase = Passphrase::new("a new passphrase").unwrap();
        access::recover_start(alice.address.clone(), code, passphrase, &mut home.rng).unwrap()
    };

    let (recovery, request) = start(&mut home, &words);
    let response = recover_start(&home.context, request, visitor("203.0.113.9")).await.unwrap();
    let recovered = recovery.finish(&response, Language::Fr, &mut home.rng).unwrap();
    let signed_in = recover_finish(&home.context, recovered.request, visitor("203.0.113.9")).await.unwrap();
    let unlocked = recovered.opener.open(&signed_in.account).unwrap();
    assert_eq!(unlocked.certificate(), alice.unlocked.certificate());
    assert!(matches!(session(&home.context, &alice.signed_in.session).await, Err(AccountError::NotSignedIn)));

    let old = home.login(&alice.address, PASSPHRASE, visitor("203.0.113.9")).await;
    assert!(matches!(old, Err(AccountError::WrongCredentials)));
    home.login(&alice.address, "a new passphrase", visitor("203.0.113.9")).await.unwrap();

    let (_, request) = start(&mut home, &words);
    let used = recover_start(&home.context, request, visitor("203.0.113.9")).await;
    assert!(matches!(used, Err(AccountError::WrongRecoveryCode)));
    let (_, request) = start(&mut home, &recovered.recovery_words.expose().join(" "));
    recover_start(&home.context, request, visitor("203.0.113.9")).await.unwrap();
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_only_its_owner_learns_why() {
    let mut home = Home::new();
    let alice = alice(&mut home).await;
    set_disabled(&home.context, &alice.address, true).await.unwrap();
    assert!(matches!(session(&home.context, &alice.signed_in.session).await, Err(AccountError::NotSignedIn)));
    let owner = home.login(&alice.address, PASSPHRASE, visitor("192.0.2.1")).await;
    assert!(matches!(owner, Err(AccountError::Disabled)));
    let stranger = home.login(&alice.address, "a wrong guess", visitor("192.0.2.1")).await;
    assert!(matches!(stranger, Err(AccountError::WrongCredentials)));
    let listed = list(&home.context).await.unwrap();
    assert_eq!(listed.iter().filter(|account| account.disabled_at.is_some()).count(), 1);
    set_disabled(&home.context, &alice.address, false).await.unwrap();
    home.login(&alice.address, PASSPHRASE, visitor("192.0.2.1")).await.unwrap();
}

#[tokio::test]
async fn mail_for_the_box_itself_is_the_first_accounts() {
    let mut home = Home::new();
    let (alice, bob) = (alice(&mut home).await, home.register("bob", PASSPHRASE).await.unwrap());
    let numbers: Vec<_> = list(&home.context).await.unwrap().into_iter().map(|record| record.number).collect();
    let whose = |text: &str| {
        let address: EmailAddress = text.parse().unwrap();
        let domain: Domain = home.context.domain.clone();
        home.context.store.read(move |tx| recipient(tx, &domain, &address))
    };
    assert_eq!(whose("ALICE@home.test").await.unwrap(), Some(numbers[0]));
    assert_eq!(whose(bob.address.as_str()).await.unwrap(), Some(numbers[1]));
    assert_eq!(whose("Bob+Shop@home.test").await.unwrap(), Some(numbers[1]));
    assert_eq!(whose("Postmaster@home.test").await.unwrap(), Some(numbers[0]));
    assert_eq!(whose("carol@home.test").await.unwrap(), None);
    assert_eq!(whose(&alice.address.as_str().replace("home", "other")).await.unwrap(), None);
}

#[tokio::test]
async fn what_would_not_make_a_working_account_is_refused() {
    let mut home = Home::new();
    let token = first_invitation(&home.context).await.unwrap().unwrap().token;
    let new = access::NewAccount {
        invitation: token,
        address: "alice@home.test".parse().unwrap(),
        display_name: String::new(),
        language: Language::Fr,
    };
    let passphrase = Passphrase::new(PASSPHRASE).unwrap();
    let (registration, request) = access::register_start(new, passphrase, &mut home.rng).unwrap();
    let response = register_start(&home.context, request, visitor("192.0.2.1")).await.unwrap();
    let good = registration.finish(&response, home.now(), &mut home.rng).unwrap().request;
    let breaks: [fn(&mut RegisterFinishRequest); 9] = [
        |request| request.account_id.0 = [0; 16],
        |request| request.opaque_record = Base64(vec![1; 20]),
        |request| request.passphrase_wrap = Base64::default(),
        |request| request.recovery_wrap = Base64(vec![1; 5000]),
        |request| request.recovery_proof = Base64(vec![1; 31]),
        |request| request.certificate = Base64(b"not a certificate".to_vec()),
        |request| request.sealed_secret_key = Base64::default(),
        |request| request.display_name = "a\nb".into(),
        |request| request.display_name = "a".repeat(101),
    ];
    for break_it in breaks {
        let mut bad = good.clone();
        break_it(&mut bad);
        let refused = register_finish(&home.context, bad, visitor("192.0.2.1")).await;
        assert!(matches!(refused, Err(AccountError::Malformed)));
    }
    let mut other = good.clone();
    other.address = "bob@home.test".parse().unwrap();
    let refused = register_finish(&home.context, other, visitor("192.0.2.1")).await;
    assert!(matches!(refused, Err(AccountError::Malformed)), "the certificate names another address");
    register_finish(&home.context, good, visitor("192.0.2.1")).await.unwrap();
}
