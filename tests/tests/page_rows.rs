//! What rows and letters say in a real browser: sealed text, one time for both, files that cannot be shown, letters as they came.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::browser::{Look, PATIENCE};
use tests::elsewhere::published;
use tests::foreign::curl_in;
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person};
use tests::repository::root;
use tests::visitor::Visitor;

fn comes(home: &Home, message: impl AsRef<[u8]>) {
    let sent = curl_in(home, "zoe@elsewhere.test", &["alice@home.test"], message.as_ref());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

async fn run(alice: &Visitor, script: &str) -> Value {
    alice.execute(script, vec![]).await.unwrap()
}

/// PGP/MIME around what is sealed (RFC 3156 §4).
fn in_mime(sealed: &[u8]) -> String {
    format!(
        "From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: ...\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n{}\r\n--b--\r\n",
        std::str::from_utf8(sealed).unwrap().replace('\n', "\r\n"),
    )
}

/// Zoe, who can seal to Alice.
fn zoe(home: &Home) -> GnuPg {
    let zoe = GnuPg::with_key_of("Zoe <zoe@elsewhere.test>");
    zoe.import(&published(home, "alice@home.test"), None);
    zoe
}

/// Octets that nothing makes shorter.
fn noise(octets: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    (0..octets).map(|_| next()).collect()
}

#[tokio::test]
async fn a_row_shows_what_was_written_or_that_it_is_sealed_and_never_armor() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let zoe = zoe(&home);
    let plain = |subject: &str, text: &str| {
        format!("From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\n\r\n{text}")
    };
    let inline = String::from_utf8(zoe.seal(b"The key lies under the mat.\n", "alice@home.test", None)).unwrap();
    comes(&home, plain("In the text", &inline.replace('\n', "\r\n")));
    let signed = "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA512\r\n\r\nDear all, it is me.\r\n\
        -----BEGIN PGP SIGNATURE-----\r\n\r\naGVsbG8=\r\n-----END PGP SIGNATURE-----\r\n";
    comes(&home, plain("Signed in clear", signed));
    // What these say nobody here finds out: one is for another key, the other so large that only who reads it fetches it.
    comes(&home, in_mime(&zoe.seal(b"Content-Type: text/plain\r\n\r\nNot for her.\r\n", "zoe@elsewhere.test", None)));
    comes(&home, in_mime(&zoe.seal(&noise(13_000_000), "alice@home.test", None)));

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("rows-of-sealed", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        let row = alice.see(".row", "The key lies under the mat.").await;
        assert!(row.text().await.unwrap().contains("In the text"));
        alice.see(".row", "Dear all, it is me.").await;
        let closed =
            "return [...document.querySelectorAll('.row')].map((row) => row.querySelector('.what').textContent)
            .filter((what) => what.includes('open to see'))";
        let began = Instant::now();
        let said = loop {
            let said = run(&alice, closed).await;
            if said.as_array().unwrap().len() == 2 {
                break said;
            }
            assert!(began.elapsed() < PATIENCE, "{said}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        let said = said.to_string();
        assert!(said.contains("Sealed message — 18\u{a0}MB: open to see"), "{said}");
        assert!(!alice.texts(".row").await.join("\n").contains("BEGIN PGP"));
        // Sealed by their senders: all but the one that is only signed.
        assert_eq!(alice.texts(".row [title='Sealed end to end']").await.len(), 3);
        alice.screenshot("list/sealed").await;
        alice.has_no_complaint().await;
    });
    told.await;
    let phone = Visitor::open(&home, Look::PHONE).await;
    let told = phone.tell("rows-of-sealed-phone", async {
        phone.signs_in("alice@home.test", PASSPHRASE).await;
        phone.see(".row", "Lettre scellée — 18 Mo : ouvrez-la pour la lire").await;
        phone.screenshot("list/sealed-phone").await;
    });
    told.await;
}

/// A picture of one colour that says it is so large (PNG, RFC 2083): its data is not there.
fn enormous() -> Vec<u8> {
    let mut png = std::fs::read(root().join("public/icon-192.png")).unwrap();
    png.splice(16..24, [30_000_u32.to_be_bytes(), 20_000_u32.to_be_bytes()].concat());
    png
}

#[tokio::test]
async fn a_letter_has_the_time_of_its_row_and_says_what_it_cannot_show() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let others: String = (1..=80).map(|n| format!(" Person {n} <p{n}@elsewhere.test>,\r\n")).collect();
    let mut letter = format!(
        "From: Zoe <zoe@elsewhere.test>\r\nTo:\r\n{others} alice@home.test\r\nSubject: Old\r\n\
         Date: Thu, 8 Oct 2026 09:30:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n\
         --a\r\nContent-Type: text/html\r\n\r\n<p><a id=\"good\" href=\"https://shop.example/\">Shop</a>\
         <a id=\"bad\" href=\"https://evil.example/\">https://bank.example/</a></p>\r\n"
    );
    let broken = b"\x89PNG\r\n\x1a\nthis is none".to_vec();
    for (name, kind, bytes) in [
        ("huge.png", "image/png", enormous()),
        ("broken.png", "image/png", broken),
        ("one.bin", "application/x-one", vec![7]),
    ] {
        letter += &format!(
            "--a\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
        );
        for line in STANDARD.encode(bytes).as_bytes().chunks(76) {
            letter += &format!("{}\r\n", String::from_utf8_lossy(line));
        }
    }
    comes(&home, letter + "--a--\r\n");

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("one-time", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        let row = alice.see(".row", "Old").await.text().await.unwrap();
        alice.opens("Old").await;
        let told = alice.find("article .head time").await.text().await.unwrap();
        let clock = told.strip_prefix("today, ").unwrap_or_else(|| panic!("{told}"));
        assert!(row.contains(clock), "{told}: {row}");
        // Who reads it is the first of many.
        let to = alice.find("article .head .to").await.text().await.unwrap();
        assert!(to.starts_with("to you, Person 1, Person 2 and 78 others"), "{to}");
        // What its author claims stands beside when it came.
        alice.presses("article .head .to").await;
        alice.see("article .details", "Thursday").await;
        let details = alice.find("article .details").await.text().await.unwrap();
        assert!(details.contains("8 October 2026") && details.contains("Received"), "{details}");
        assert_eq!(details.matches("2026").count(), 2, "{details}");

        // No browser is asked to show what would take all its memory; what is none says so.
        for name in ["huge.png", "broken.png"] {
            alice.presses_where(".file .whole", name).await;
            alice.see("dialog .note", "This picture cannot be shown here.").await;
            assert!(!alice.has("dialog img").await);
            alice.screenshot(&format!("reading/not-shown-{name}")).await;
            alice.presses("dialog header .tool").await;
            alice.sees_no("dialog", "").await;
        }
        assert!(!alice.has(".file img").await, "no broken sign beside its name");
        let one = alice.see(".file", "one.bin").await.text().await.unwrap();
        assert!(one.ends_with("1 byte"), "{one}");

        alice.find("iframe").await.enter_frame().await.unwrap();
        alice.find("#bad").await;
        let colours = "return ['good', 'bad'].map((id) => getComputedStyle(document.getElementById(id)).color)";
        assert_eq!(run(&alice, colours).await, json!(["rgb(31, 95, 139)", "rgb(31, 95, 139)"]));
        alice.enter_parent_frame().await.unwrap();
        alice.has_no_complaint().await;
    });
    told.await;

    // On a small computer: all three beside each other, nothing cut off, nothing above the rows.
    let told = alice.tell("small-computer", async {
        alice.look(Look { size: (1024, 768), ..Look::DESKTOP }).await;
        alice.see(".nav .place", "Inbox").await;
        let seen = "
            const room = document.querySelector('.filters').getBoundingClientRect();
            const all = [...document.querySelectorAll('.filter')].map((one) => one.getBoundingClientRect());
            return [getComputedStyle(document.querySelector('.fab')).display, getComputedStyle(document.querySelector('.menu-button')).display,
                    all.length, all.every((one) => one.left >= room.left && one.right <= room.right),
                    document.querySelector('.read').getBoundingClientRect().width > 450,
                    document.documentElement.scrollWidth <= innerWidth]";
        assert_eq!(run(&alice, seen).await, json!(["none", "none", 4, true, true, true]));
        alice.screenshot("list/1024").await;
        alice.look(Look { size: (1920, 1080), ..Look::DESKTOP }).await;
        assert!(run(&alice, "return document.querySelector('.list').clientWidth > 520").await == json!(true));
        alice.screenshot("list/1920").await;
    });
    told.await;
    let phone = Visitor::open(&home, Look::PHONE).await;
    let told = phone.tell("french-row", async {
        phone.signs_in("alice@home.test", PASSPHRASE).await;
        phone.opens("Old").await;
        phone.see(".file", "1 octet").await;
        phone.presses_where(".file .whole", "broken.png").await;
        phone.see("dialog .note", "Cette image ne peut pas être montrée ici.").await;
        // A small computer in French, whose words are longer.
        phone.presses("dialog header .tool").await;
        phone.look(Look { size: (1024, 768), ..Look::PHONE }).await;
        let seen = "
            const room = document.querySelector('.filters').getBoundingClientRect();
            return [...document.querySelectorAll('.filter')].map((one) => one.getBoundingClientRect().right - room.right).filter((over) => over > 0)";
        assert_eq!(run(&phone, seen).await, json!([]));
        phone.screenshot("list/1024-french").await;
    });
    told.await;
}

#[tokio::test]
async fn a_letter_is_saved_as_it_came_and_all_of_its_header_can_be_seen() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let open = "From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: =?utf-8?q?Caf=C3=A9=3A_Sunday/Monday?=\r\n\
        X-Odd: kept  as   it is\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    let open = [open.as_bytes(), b"Un caf\xe9 \r\n.\r\n  trailing  \r\n"].concat();
    comes(&home, &open);
    // All fields of a letter stand inside of its seal (RFC 9788).
    let inside = "From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: Under seal\r\nX-Secret: yes\r\n\
        Content-Type: text/plain; charset=utf-8; hp=\"cipher\"\r\n\r\nThe key lies under the mat.\r\n";
    comes(&home, in_mime(&zoe(&home).seal(inside.as_bytes(), "alice@home.test", None)));

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("as-it-came", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Café").await;
        alice.presses(".read > .bar .menu-holder > .tool").await;
        alice.presses_where("[role=menuitem]", "Save as a file (.eml)").await;
        let saved = alice.download("Café_ Sunday_Monday.eml").await;
        let trace = saved.strip_suffix(open.as_slice()).expect("byte for byte what was sent");
        assert!(
            trace.starts_with(b"Return-Path:") || trace.starts_with(b"Received:"),
            "{}",
            String::from_utf8_lossy(trace)
        );

        alice.presses(".read > .bar .menu-holder > .tool").await;
        alice.presses_where("[role=menuitem]", "All headers").await;
        let header = alice.see("dialog .header", "X-Odd: kept  as   it is").await.text().await.unwrap();
        assert!(header.contains("Received:") && !header.contains("Un caf"), "{header}");
        assert_eq!(alice.texts("dialog .header").await.len(), 1);
        alice.screenshot("reading/all-headers").await;
        alice.presses("dialog > .sheet > header .tool").await;
        alice.sees_no("dialog", "").await;

        alice.opens("Under seal").await;
        alice.presses(".read > .bar .menu-holder > .tool").await;
        alice.presses_where("[role=menuitem]", "Save as a file (.eml)").await;
        assert_eq!(String::from_utf8(alice.download("Under seal.eml").await).unwrap(), inside);
        alice.presses(".read > .bar .menu-holder > .tool").await;
        alice.presses_where("[role=menuitem]", "All headers").await;
        alice.see("dialog .header", "Subject: ...").await;
        alice.see("dialog .header", "X-Secret: yes").await;
        alice.see("dialog h3", "Inside the seal").await;
        alice.has_no_complaint().await;
        alice.look(Look { dark: true, ..Look::PHONE }).await;
        alice.screenshot("reading/all-headers-phone").await;
    });
    told.await;
}
