//! Whose key is it, through the page: a letter brings a key; two people compare theirs; a key that changes is told, and one that was
//! checked does not change without its owner's friend.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use shared::api::account::Language;
use shared::people::compared_words;
use shared::pgp::Certificate;
use shared::pgp::autocrypt::AutocryptHeader;
use tests::browser::Look;
use tests::camera::scan;
use tests::correspondent::brings_key;
use tests::elsewhere::{Elsewhere, published, understood};
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person, done, refused};
use tests::visitor::Visitor;

const ALICE: &str = "alice@home.test";
const ZOE: &str = "zoe@elsewhere.test";
const SEND: &str = ".writing footer .button.main";

fn certificate(gnupg: &GnuPg) -> Certificate {
    Certificate::parse(&gnupg.certificate(ZOE)).unwrap()
}

/// The panel in every dress, and what is in it.
async fn looks(alice: &Visitor, name: &str) {
    for (look, dress) in [
        (Look::PHONE, "phone"),
        (Look { dark: true, ..Look::PHONE }, "phone-dark"),
        (Look { dark: true, ..Look::DESKTOP }, "desktop-dark"),
        (Look::DESKTOP, "desktop"),
    ] {
        alice.look(look).await;
        alice.screenshot(&format!("trust/{name}-{dress}")).await;
    }
}

#[tokio::test]
async fn a_letter_brings_a_key_and_the_answer_is_sealed_to_it() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let zoe = GnuPg::with_key_of("Zoe <zoe@elsewhere.test>");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let person = Person::register(&home, "alice");
    brings_key(&home, ZOE, ALICE, &zoe, "With my key");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("trust-brought", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.opens("With my key").await;
        alice.see("article", "Hello").await;
        alice.begins_letter(ZOE, "Sunday", "See you on Sunday.").await;
        alice.find(".writing .person.seal").await;
        alice.presses(".writing footer .chip").await;
        alice.see(".writing .explains li", "sealed, with the key that came with a letter").await;
        looks(&alice, "lock").await;
        alice.strikes_here("\u{e00c}").await;
        alice.sends_letter().await;
        alice.has_no_complaint().await;
    });
    told.await;
    let received = elsewhere.message_for(ZOE);
    // It tells her certificate, as the directory of her box does, and Zoe's program needs no other to know her.
    let own = Certificate::parse(&published(&home, ALICE)).unwrap().fingerprint();
    let header = AutocryptHeader::of_message(&received.message).unwrap();
    assert_eq!((header.certificate.fingerprint(), header.mutual), (own, true));
    zoe.import(&header.certificate.to_bytes(), None);
    let opened = zoe.open(&received.message, None);
    assert!(opened.is_signed_by(ALICE), "{:?}", opened.status);
    assert_eq!(understood(&opened.data).fields["subject"], "Sunday");
    // The box keeps whose key it is, and cannot read it.
    let store = std::fs::read(home.data().join("mail.sqlite3")).unwrap();
    let key = certificate(&zoe);
    let name = key.fingerprint();
    assert!(!store.windows(name.as_bytes().len()).any(|part| part == name.as_bytes()));
    drop(person);
}

#[tokio::test]
async fn who_compared_a_key_is_asked_before_another_takes_its_place() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let (old, new) = (GnuPg::with_key_of("Zoe <zoe@elsewhere.test>"), GnuPg::with_key_of("Zoe <zoe@elsewhere.test>"));
    elsewhere.publish(&old, ZOE);
    let mut home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _person = Person::register(&home, "alice");
    let own = Certificate::parse(&published(&home, ALICE)).unwrap().fingerprint();
    let (before, after) = (certificate(&old).fingerprint(), certificate(&new).fingerprint());
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("trust-compared", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.begins_letter(ZOE, "Compared", "See you on Sunday.").await;
        alice.find(".writing .person.seal").await;
        alice.presses(".writing footer .chip").await;
        alice.see(".writing .explains li", "sealed; their mail provider says how").await;
        // By the keyboard.
        alice.find(".writing .explains li .button").await;
        let focus = "document.querySelector('.writing .explains li .button').focus()";
        alice.execute(focus, Vec::new()).await.unwrap();
        alice.strikes_here("\u{e007}").await;
        alice.see(".dialog.checks h2", "Check the key of").await;
        alice.see(".dialog.checks .known", "Key known since today, given by their mail provider").await;
        alice.find(".dialog.checks .compared li").await;
        assert_eq!(alice.texts(".dialog.checks .compared li").await, compared_words(&own, &before, Language::En));
        looks(&alice, "panel").await;
        alice.presses_where(".dialog.checks .button", "In French").await;
        alice.see(".dialog.checks .button", "In English").await;
        assert_eq!(alice.texts(".dialog.checks .compared li").await, compared_words(&before, &own, Language::Fr));
        alice.presses(".dialog.checks summary").await;
        assert_eq!(scan(&alice, ".dialog.checks .qr").await, format!("OPENPGP4FPR:{own}"));
        looks(&alice, "panel-other").await;
        alice.presses_where(".dialog.checks .button", "They are the same").await;
        alice.see(".dialog.checks .note.good", "is checked").await;
        looks(&alice, "checked").await;
        alice.presses(".dialog.checks header button").await;
        alice.find(".writing .person.seal").await;
        alice.sends_letter().await;
        alice.has_no_complaint().await;
    });
    told.await;
    old.import(&published(&home, ALICE), None);
    assert!(old.open(&elsewhere.message_for(ZOE).message, None).is_signed_by(ALICE));
    drop(alice);

    // Her directory gives another one. The box remembers what it found for an hour, but not when it starts anew.
    elsewhere.publish(&new, ZOE);
    home.stop();
    home.start();
    let person = Person::new(&home, "alice");
    done(&person.login(ALICE, PASSPHRASE));
    let sent = refused(&person.client_reading(b"hello", &["send", "--to", ZOE, "--subject", "no"]));
    assert!(sent.contains("another key than the one that you checked") && sent.contains(&after.to_string()), "{sent}");

    // Another browser knows what was compared.
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("trust-changed", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.begins_letter(ZOE, "Held", "See you on Sunday.").await;
        alice.see(".writing .note.bad", "has a new key since today, and you had checked the one before").await;
        alice.find(".writing .person.bad").await;
        looks(&alice, "held").await;
        alice.presses(SEND).await;
        alice.see(".writing .note.bad", "Decide about the key of").await;
        alice.presses_where(".writing .note .button", "Compare with").await;
        alice.find(".dialog.checks .compared li").await;
        assert_eq!(alice.texts(".dialog.checks .compared li").await, compared_words(&own, &after, Language::En));
        alice.presses(".dialog.checks header button").await;
        alice.presses_where(".writing .note .button", "Keep the old one").await;
        alice.find(".writing .person.seal").await;
        alice.sees_no(".writing .note.bad", "has a new key").await;
        alice.presses(".writing footer .chip").await;
        alice.see(".writing .explains li", "sealed, with the key that you checked").await;
        alice.strikes_here("\u{e00c}").await;
        alice.sends_letter().await;
        alice.has_no_complaint().await;
    });
    told.await;
    let kept = elsewhere.nth_message_for(ZOE, 1);
    assert!(old.open(&kept.message, None).is_signed_by(ALICE));
}

#[tokio::test]
async fn a_new_key_that_nobody_had_checked_is_told_in_plain_words() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let (old, new) = (GnuPg::with_key_of("Zoe <zoe@elsewhere.test>"), GnuPg::with_key_of("Zoe <zoe@elsewhere.test>"));
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _person = Person::register(&home, "alice");
    brings_key(&home, ZOE, ALICE, &old, "The first");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("trust-new", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.opens("The first").await;
        alice.see("article", "Hello").await;
        alice.sees_no("article .note", "new key").await;
        brings_key(&home, ZOE, ALICE, &new, "The second");
        alice.opens("The second").await;
        alice.see("article .note", "zoe@elsewhere.test has a new key since today.").await;
        looks(&alice, "new").await;
        alice.begins_letter(ZOE, "To the new one", "See you on Sunday.").await;
        alice.see(".writing .note", "has a new key since today.").await;
        alice.find(".writing .person.seal").await;
        alice.sends_letter().await;
        alice.has_no_complaint().await;
    });
    told.await;
    new.import(&published(&home, ALICE), None);
    assert!(new.open(&elsewhere.message_for(ZOE).message, None).is_signed_by(ALICE));
}
