//! People who guess, and people who only mistype.

use shared::api::account::InvitationAddressRequest;
use shared::api::{Base64, EmailAddress};

use crate::core::accounts::{self, AccountError};
use crate::core::testing::{Home, visitor};
use crate::core::throttle::{Attempt, Door, FORGOTTEN_AFTER_SECONDS, Visitor, charge};

const PASSPHRASE: &str = "correct horse battery";

/// Guesses until the box makes the guesser wait; says how many were heard and how long the wait is.
async fn guess(home: &mut Home, address: &EmailAddress, who: &Visitor) -> (u32, u32) {
    let mut heard = 0;
    loop {
        match home.guess(address, who.clone()).await {
            Ok(()) => heard += 1,
            Err(AccountError::Wait(seconds)) => return (heard, seconds),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn guesses_at_one_account_from_everywhere_wait_longer_and_longer() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    let mut waits = Vec::new();
    for network in 0..12 {
        let (_, seconds) = guess(&mut home, &alice.address, &visitor(&format!("198.51.{network}.1"))).await;
        waits.push(seconds);
        home.pass(i64::from(seconds));
    }
    assert_eq!(waits, [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);

    // Nobody knows from the waiting whether an address exists.
    let nobody: EmailAddress = "nobody@home.test".parse().unwrap();
    assert_eq!(guess(&mut home, &nobody, &visitor("198.51.200.1")).await, (6, 4));
}

#[tokio::test]
async fn a_restart_forgives_nothing() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    let stranger = visitor("198.51.100.1");
    let (_, seconds) = guess(&mut home, &alice.address, &stranger).await;
    let mut home = home.restarted();
    assert_eq!(guess(&mut home, &alice.address, &stranger).await, (0, seconds));
    home.pass(i64::from(seconds));
    assert_eq!(guess(&mut home, &alice.address, &stranger).await, (1, seconds * 2));
}

#[tokio::test]
async fn strangers_never_lock_a_known_place_out() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    for network in 0..60 {
        guess(&mut home, &alice.address, &visitor(&format!("198.51.{network}.1"))).await;
    }
    let stranger = home.login(&alice.address, PASSPHRASE, visitor("203.0.113.1")).await;
    assert!(matches!(stranger, Err(AccountError::Wait(_))));
    // The browser that she registered with, in another network; and another browser in her network.
    home.login(&alice.address, PASSPHRASE, alice.browser("203.0.113.1")).await.unwrap();
    home.login(&alice.address, PASSPHRASE, visitor("192.0.2.77")).await.unwrap();
    let mut home = home.restarted();
    home.login(&alice.address, PASSPHRASE, alice.browser("203.0.113.1")).await.unwrap();
}

#[tokio::test]
async fn somebody_with_the_known_browser_is_bounded_all_the_same() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    let thief = alice.browser("203.0.113.1");
    assert_eq!(guess(&mut home, &alice.address, &thief).await, (11, 2));
    // The network that she is in counts apart.
    home.login(&alice.address, PASSPHRASE, visitor("192.0.2.1")).await.unwrap();
    // A made-up cookie is nobody's.
    let made_up = Visitor { browser: Some(Base64(vec![7; 32])), ..visitor("198.51.100.1") };
    assert_eq!(guess(&mut home, &alice.address, &made_up).await, (6, 4));
}

#[tokio::test]
async fn one_network_is_bounded_over_all_accounts_and_cannot_clear_itself() {
    let mut home = Home::new();
    let mallory = home.register("mallory", PASSPHRASE).await.unwrap();
    let network = visitor("198.51.100.1");
    let mut heard = 0;
    for nobody in 0..40 {
        let address = format!("nobody{nobody}@home.test").parse().unwrap();
        heard += u32::from(home.guess(&address, network.clone()).await.is_ok());
    }
    // Twenty are free, the next one begins the waiting.
    assert_eq!(heard, 21);
    // Another host of the network waits too, another network does not.
    let fresh: EmailAddress = "fresh@home.test".parse().unwrap();
    assert!(home.guess(&fresh, visitor("198.51.100.200")).await.is_err());
    home.guess(&fresh, visitor("198.51.101.1")).await.unwrap();
    // Signing in to one's own account takes back that one try.
    home.pass(2);
    home.login(&mallory.address, PASSPHRASE, network.clone()).await.unwrap();
    home.guess(&fresh, network.clone()).await.unwrap();
    assert!(matches!(home.guess(&fresh, network).await, Err(AccountError::Wait(4))));
}

#[tokio::test]
async fn guesses_from_everywhere_at_everybody_are_bounded() {
    let mut home = Home::new();
    let mut heard = 0;
    for n in 0..230_u32 {
        let address = format!("nobody{n}@home.test").parse().unwrap();
        let who = visitor(&format!("2001:db8:{n:x}::1"));
        heard += u32::from(home.guess(&address, who).await.is_ok());
    }
    assert_eq!(heard, 201);
}

#[tokio::test]
async fn tries_side_by_side_do_not_slip_through_together() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    let tries = (0..50).map(|_| {
        let context = home.context.clone();
        let attempt =
            Attempt { door: Door::Passphrase, address: Some(alice.address.clone()), visitor: visitor("198.51.100.1") };
        let now = home.now();
        async move { context.store.write(move |tx| charge(tx, &attempt, None, now).map(drop)).await }
    });
    let heard = futures_util::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(heard, 6);
}

#[tokio::test]
async fn a_day_of_peace_and_the_counters_start_anew() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    let stranger = visitor("198.51.100.1");
    for _ in 0..4 {
        let (_, seconds) = guess(&mut home, &alice.address, &stranger).await;
        home.pass(i64::from(seconds));
    }
    home.pass(FORGOTTEN_AFTER_SECONDS + 1);
    accounts::tidy(&home.context).await.unwrap();
    assert_eq!(guess(&mut home, &alice.address, &stranger).await, (6, 4));
}

#[tokio::test]
async fn a_clock_that_was_set_back_locks_nobody_out() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    let stranger = visitor("198.51.100.1");
    guess(&mut home, &alice.address, &stranger).await;
    home.pass(-365 * 24 * 3600);
    home.login(&alice.address, PASSPHRASE, stranger).await.unwrap();
}

#[tokio::test]
async fn invitations_cannot_be_guessed_and_the_right_one_always_opens() {
    let mut home = Home::new();
    let invited = accounts::first_invitation(&home.context).await.unwrap().unwrap();
    let stranger = visitor("198.51.100.1");
    let mut answers = Vec::new();
    for n in 0..30 {
        let guess = Base64(vec![n; 32]);
        answers.push(accounts::invitation(&home.context, &guess, stranger.clone()).await.unwrap_err());
    }
    assert!(matches!(answers.first(), Some(AccountError::InvitationGone)));
    assert!(matches!(answers.last(), Some(AccountError::Wait(_))));
    home.register_with(&invited.token, "alice", PASSPHRASE).await.unwrap();
    // Each door counts apart.
    home.guess(&"alice@home.test".parse().unwrap(), stranger).await.unwrap();
}

#[tokio::test]
async fn a_guest_asks_for_a_free_address_but_cannot_try_a_list() {
    let mut home = Home::new();
    let alice = home.register("alice", PASSPHRASE).await.unwrap();
    let invited = accounts::invite(&home.context, None).await.unwrap();
    let other = accounts::invite(&home.context, None).await.unwrap();
    let guest = visitor("198.51.100.1");
    let ask = |token: &Base64, address: &str| {
        let request = InvitationAddressRequest { token: token.clone(), address: address.parse().unwrap() };
        accounts::invitation_address(&home.context, request, guest.clone())
    };
    // Without an invitation nothing is told.
    let stranger = ask(&Base64(vec![9; 32]), "alice@home.test").await;
    assert!(matches!(stranger, Err(AccountError::InvitationGone)));
    for n in 0..50 {
        ask(&invited.token, &format!("free{n}@home.test")).await.unwrap();
    }
    assert!(matches!(ask(&invited.token, "abuse@home.test").await, Err(AccountError::AddressNotHere)));
    let mut told = 0;
    while matches!(ask(&invited.token, "Alice@home.test").await, Err(AccountError::AddressTaken)) {
        told += 1;
    }
    assert_eq!(told, 21);
    // What he is not told here he is not told by beginning to register either.
    assert!(matches!(ask(&invited.token, "free@home.test").await, Err(AccountError::Wait(4))));
    let refused = home.register_with(&invited.token, "alice", PASSPHRASE).await;
    assert!(matches!(refused, Err(AccountError::Wait(_))));
    // Other guests notice nothing, and he makes his account a little later.
    home.register_with(&other.token, "bob", PASSPHRASE).await.unwrap();
    home.pass(4);
    home.register_with(&invited.token, "carol", PASSPHRASE).await.unwrap();
    assert_eq!(alice.address.as_str(), "alice@home.test");
}
