//! Accounts through the page: made by an invitation, opened in another browser, locked, recovered by the sheet.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use tests::browser::{Look, PATIENCE};
use tests::foreign::curl_in;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;
use tests::visitor::Visitor;

const LETTER: &[u8] = b"From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: Sunday lunch\r\n\r\nAt noon?\r\n";

fn brings(home: &Home, message: &[u8]) {
    let sent = curl_in(home, "zoe@elsewhere.test", &["alice@home.test"], message);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

#[tokio::test]
async fn an_account_made_in_one_browser_opens_in_another_with_its_old_mail() {
    let home = Home::new();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("registration", async {
        let words = alice.registers(home.invitation(), "Alice Martin", "alice", PASSPHRASE).await;
        assert_eq!(words.len(), 12);
        alice.see(".list", "All read, all tidy").await;
        alice.screenshot("accounts/empty-inbox").await;
        brings(&home, LETTER);
        alice.see(".row", "Sunday lunch").await;
        alice.has_no_complaint().await;
    });
    told.await;

    let elsewhere = Visitor::open(&home, Look::PHONE).await;
    let told = elsewhere.tell("another-browser", async {
        elsewhere.goes_to("/").await;
        elsewhere.tries_to_sign_in("alice@home.test", "a wrong passphrase").await;
        elsewhere.see(".note", "phrase secrète n’est pas la bonne").await;
        elsewhere.screenshot("accounts/wrong-passphrase-phone").await;
        elsewhere.tries_to_sign_in("nobody@home.test", PASSPHRASE).await;
        elsewhere.see(".note", "phrase secrète n’est pas la bonne").await;
        elsewhere.tries_to_sign_in("Alice@HOME.test", PASSPHRASE).await;
        elsewhere.opens("Sunday lunch").await;
        elsewhere.see("article .body", "At noon?").await;
        // A reload asks nothing.
        elsewhere.refresh().await.unwrap();
        elsewhere.see("article .body", "At noon?").await;
        elsewhere.has_no_complaint().await;

        // What the box writes to Alice is in the language in which she has the page: French here, until she chooses.
        let terminal = Person::new(&home, "alice");
        done(&terminal.login("alice@home.test", PASSPHRASE));
        let in_language = |language: &str| {
            eventually("the box knows the language", PATIENCE, || {
                (done(&terminal.client(&["language"])).trim() == language).then_some(())
            });
        };
        in_language("fr");
        elsewhere.goes_to("/settings").await;
        elsewhere.presses_where(".choice label", "English").await;
        elsewhere.see("h1", "Settings").await;
        in_language("en");
    });
    told.await;
}

#[tokio::test]
async fn locking_asks_for_the_passphrase_and_signing_out_for_both() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("locking", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.presses(".me .face-button").await;
        alice.presses_where("[role=menuitem]", "Close the mailbox").await;
        alice.see("h1", "Hello").await;
        assert!(!alice.has(".app").await);
        alice.screenshot("accounts/locked").await;
        alice.fills("#passphrase", "a wrong passphrase").await;
        alice.presses("button.main").await;
        alice.see(".note", "passphrase").await;
        alice.fills("#passphrase", PASSPHRASE).await;
        alice.presses("button.main").await;
        alice.find(".app .tabs").await;
        alice.presses(".me .face-button").await;
        alice.presses_where("[role=menuitem]", "Sign out").await;
        alice.find("#address").await;
        alice.refresh().await.unwrap();
        alice.find("#address").await;
    });
    told.await;
}

#[tokio::test]
async fn the_recovery_sheet_opens_the_mailbox_when_the_passphrase_is_forgotten() {
    let home = Home::new();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("recovery", async {
        let words = alice.registers(home.invitation(), "Alice Martin", "alice", PASSPHRASE).await;
        brings(&home, LETTER);
        alice.see(".row", "Sunday lunch").await;
        words
    });
    let words = told.await;

    let later = Visitor::open(&home, Look { language: "fr", ..Look::DESKTOP }).await;
    let told = later.tell("recovery-later", async {
        later.goes_to("/recover").await;
        later.fills("#address", "alice@home.test").await;
        later.fills("#new-passphrase", "une toute autre phrase").await;
        later.fills("#passphrase-again", "une toute autre phrase").await;
        // One word is not that of the sheet.
        let wrong = [&words[1..], &words[..1]].concat().join(" ");
        later.fills("#words", &wrong).await;
        later.presses("button.main").await;
        later.find(".note").await;
        later.fills("#words", &words.join(" ").to_uppercase()).await;
        later.presses("button.main").await;
        later.find("ol.words").await;
        assert_ne!(later.texts("ol.words li").await, words);
        later.screenshot("accounts/recovered").await;
        later.presses("#sheet-kept").await;
        later.presses("button.main").await;
        later.opens("Sunday lunch").await;
        later.see("article .body", "At noon?").await;
    });
    told.await;
}

#[tokio::test]
async fn an_invitation_that_is_used_or_incomplete_says_so() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let guest = Visitor::open(&home, Look::PHONE).await;
    let told = guest.tell("invitations", async {
        guest.goes_to(home.invitation()).await;
        guest.see("h1", "Cette invitation ne sert plus").await;
        guest.see(".note", "invitation").await;
        guest.screenshot("accounts/invitation-used-phone").await;
        guest.goes_to("/invitation").await;
        guest.see("h1", "Il manque l’invitation").await;
        let data = home.data();
        let invite = ["user", "invite", "bob@home.test", "--data", data.to_str().unwrap()];
        let good = done(&home.command(&invite).output().unwrap()).trim().to_owned();
        // An address that the invitation names is not asked for.
        let words = guest.registers(&good, "Bob", "unused", PASSPHRASE).await;
        assert_eq!(words.len(), 12);
        guest.presses(".me .face-button").await;
        guest.see(".menu", "bob@home.test").await;
    });
    told.await;
}
