//! A key server through the page: off until its owner agrees in the settings, told as what it is, and behind what letters bring.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;
use shared::pgp::Certificate;
use tests::browser::Look;
use tests::correspondent::{brings, brings_key, header};
use tests::elsewhere::{Elsewhere, published};
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person, done};
use tests::visitor::Visitor;

const ALICE: &str = "alice@home.test";
const ZOE: &str = "zoe@elsewhere.test";
const CHAPTER: &str = "#key-server-chapter";
const ASKED: &str = "/vks/v1/by-email/zoe%40elsewhere.test";

fn armored(gnupg: &GnuPg) -> String {
    Certificate::parse(&gnupg.certificate(ZOE)).unwrap().armored()
}

/// A signed letter of Zoe's comes, sealed.
fn signs(home: &Home, key: &GnuPg, subject: &str) {
    key.import(&published(home, ALICE), None);
    let sealed = key.seal(b"Content-Type: text/plain\r\n\r\nIt is me.\r\n", ALICE, Some(ZOE));
    let sealed = String::from_utf8(sealed).unwrap().replace('\n', "\r\n");
    let letter = format!(
        "{}MIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n{sealed}\r\n--b--\r\n",
        header(&format!("Zoe <{ZOE}>"), ALICE, subject)
    );
    brings(home, ZOE, ALICE, letter.as_bytes());
}

/// What the lock says of Zoe.
async fn lock_says(alice: &Visitor, words: &str) {
    alice.presses(".writing footer .chip").await;
    alice.see(".writing .explains li", words).await;
    alice.strikes_here("\u{e00c}").await;
}

/// What stands at a place, in every dress.
async fn looks(alice: &Visitor, name: &str, place: &str) {
    for (look, dress) in [
        (Look::PHONE, "phone"),
        (Look { dark: true, ..Look::PHONE }, "phone-dark"),
        (Look { dark: true, ..Look::DESKTOP }, "desktop-dark"),
        (Look::DESKTOP, "desktop"),
    ] {
        alice.look(look).await;
        let show = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
        alice.execute(show, vec![json!(place)]).await.unwrap();
        alice.screenshot(&format!("key-server/{name}-{dress}")).await;
    }
}

#[tokio::test]
async fn its_owner_agrees_and_a_letter_is_sealed_to_what_the_server_has() {
    let (elsewhere, keys) = (Elsewhere::new("elsewhere.test"), Elsewhere::new("keys.test"));
    let (old, new) = (GnuPg::with_key_of("Zoe <zoe@elsewhere.test>"), GnuPg::with_key_of("Zoe <zoe@elsewhere.test>"));
    keys.has_key(&armored(&old), ZOE);
    let mut home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour(), keys.as_neighbour()]);
    // While the box names none, the settings say nothing of it.
    drop(Person::register(&home, "alice"));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("key-server-none", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.goes_to("/settings").await;
        alice.find("#keys").await;
        assert!(!alice.has(CHAPTER).await);
        alice.has_no_complaint().await;
    });
    told.await;
    drop(alice);
    home.names_key_server("keys.test", true);
    let person = Person::new(&home, "alice");
    signs(&home, &old, "Signed by Zoe");

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("key-server", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.begins_letter(ZOE, "Not asked", "See you on Sunday.").await;
        alice.find(".writing .person.open").await;
        lock_says(&alice, "open").await;
        alice.see(".writing .state", "Saved").await;
        alice.presses(".writing [aria-label='Save and close']").await;
        assert_eq!(keys.asked(), Vec::<String>::new());
        alice.goes_to("/settings").await;
        alice.see(CHAPTER, "keys.test then learns which addresses are written to from your box").await;
        looks(&alice, "settings", CHAPTER).await;
        assert!(alice.has(&format!("{CHAPTER} #key-server-0:checked")).await);
        alice.presses_where(&format!("{CHAPTER} .choice label"), "Ask").await;
        alice.find(&format!("{CHAPTER} #key-server-1:checked")).await;
        alice.presses_where(".choice label", "Français").await;
        alice.see(CHAPTER, "apprend alors à quelles adresses on écrit depuis votre boîte").await;
        looks(&alice, "settings-french", CHAPTER).await;
        alice.presses_where(".choice label", "English").await;
        // It is kept on the box, not here.
        alice.goes_to("/settings").await;
        alice.find(&format!("{CHAPTER} #key-server-1:checked")).await;
        assert_eq!(keys.asked(), Vec::<String>::new());

        // Opening a letter asks nobody; who wants to know who signed is told who hears of that.
        alice.goes_to("/").await;
        alice.opens("Signed by Zoe").await;
        alice.see("article .seals .chip", "Unknown signature").await;
        assert_eq!(keys.asked(), Vec::<String>::new());
        alice.presses_where("article .seals .chip", "Unknown signature").await;
        alice.see("article .seals .explains", "it will ask keys.test, which then learns it too").await;
        alice.presses_where("article .seals .explains .button", "Look up who signed").await;
        alice.see("article .seals .chip", "Signed, key not checked").await;
        assert_eq!(keys.asked(), [ASKED]);
        alice.presses_where("article .seals .chip", "Signed, key not checked").await;
        alice.see("article .seals .explains", "the key that a key server gives for Zoe").await;
        alice.see("article .seals .explains", "Key known since today, given by a key server").await;
        looks(&alice, "signed", "article .seals .explains").await;

        alice.begins_letter(ZOE, "Sealed", "See you on Sunday.").await;
        alice.find(".writing .person.seal").await;
        lock_says(&alice, "sealed, with the key that a key server gives").await;
        alice.sends_letter().await;
        alice.has_no_complaint().await;
    });
    told.await;
    assert!(old.open(&elsewhere.message_for(ZOE).message, None).is_signed_by(ALICE));
    assert_eq!(keys.asked(), [ASKED]);

    // She writes with another key: letters go to that one, and the server's is told beside it.
    brings_key(&home, ZOE, ALICE, &new, "With my new key");
    let told = alice.tell("key-server-letter", async {
        alice.opens("With my new key").await;
        alice.see("article .note", "zoe@elsewhere.test has a new key since today").await;
        alice.begins_letter(ZOE, "To the new one", "See you on Sunday.").await;
        alice.find(".writing .person.seal").await;
        alice.see(".writing .note", "A key server gives another key for").await;
        lock_says(&alice, "sealed, with the key that came with a letter").await;
        looks(&alice, "beside", ".writing .note").await;
        // What its owner decides, lasts.
        alice.presses_where(".writing .note .button", "Keep the one I know").await;
        alice.sees_no(".writing .note", "A key server gives another key for").await;
        alice.find(".writing .person.seal").await;
        alice.sends_letter().await;
        alice.has_no_complaint().await;
    });
    told.await;
    new.import(&published(&home, ALICE), None);
    assert!(new.open(&elsewhere.nth_message_for(ZOE, 1).message, None).is_signed_by(ALICE));
    // The command line decides as the page did.
    done(&person.login(ALICE, PASSPHRASE));
    done(&person.client_reading(b"And on Monday.", &["send", "--to", ZOE, "--subject", "Monday"]));
    assert!(new.open(&elsewhere.nth_message_for(ZOE, 2).message, None).is_signed_by(ALICE));
}
