//! A key instead of links: made or brought along by who reads a letter behind a link, used by who wrote it, and what is sealed for it opened in
//! the browser that keeps it, in another one, and by GnuPG.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use shared::pgp::Certificate;
use tests::browser::Look;
use tests::elsewhere::{Elsewhere, Received};
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::markers::{assert_hidden, holds};
use tests::person::{PASSPHRASE, Person, done};
use tests::program::{eventually, run};
use tests::visitor::Visitor;

const INES: &str = "ines@elsewhere.test";
const KEY_PASSPHRASE: &str = "marker-reader-passphrase";
const TEXT: &str = "The key is under the mat.";

/// A fingerprint as people read it.
fn grouped(fingerprint: &str) -> String {
    let digits: Vec<char> = fingerprint.to_uppercase().chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Sends a letter behind a link from the command line; gives the link.
fn send_link(alice: &Person<'_>) -> String {
    let to = ["link", "send", "--to", INES, "--subject", "Plans for June", "--no-notice"];
    let printed = done(&alice.client_reading(b"Are you coming?", &to));
    printed.trim_end().split('\t').nth(1).unwrap().to_owned()
}

/// Opens the letter behind a link, and asks how to do without one.
async fn asks_for_a_key(ines: &Visitor, link: &str) {
    ines.goto("about:blank").await.unwrap();
    ines.goto(link).await.unwrap();
    ines.presses("button.main").await;
    ines.see(".body", "Are you coming?").await;
    ines.presses(".keyed button").await;
}

/// Has the next file that the page asks for be this one.
async fn chooses(visitor: &Visitor, css: &str, says: &str, path: &Path) {
    visitor.devtools("Page.setInterceptFileChooserDialog", json!({ "enabled": true })).await;
    visitor.presses_where(css, says).await;
    visitor.find("body > input[type=file]").await.send_keys(path.to_str().unwrap()).await.unwrap();
}

/// Puts a text into a field at once, as a paste does.
async fn pastes(visitor: &Visitor, css: &str, text: &str) {
    let paste = "document.querySelector(arguments[0]).value = arguments[1]";
    visitor.execute(paste, vec![json!(css), json!(text)]).await.unwrap();
}

/// Writes a letter in the page and sends it.
async fn writes(alice: &Visitor, subject: &str) {
    alice.strikes("c").await;
    alice.find(".writing .people input").await.send_keys(&format!("{INES},")).await.unwrap();
    alice.fills(".writing input[id^=subject]", subject).await;
    alice.fills(".writing textarea", TEXT).await;
    let drop = "
        const transfer = new DataTransfer();
        transfer.items.add(new File(['a plan'], 'plan.txt', { type: 'text/plain' }));
        const window = document.querySelector('.writing');
        for (const kind of ['dragover', 'drop'])
            window.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));";
    alice.execute(drop, vec![]).await.unwrap();
    alice.see(".writing .file", "plan.txt").await;
}

/// How many of the files that a browser has loaded have such a name.
async fn loaded(visitor: &Visitor, name: &str) -> Value {
    let count =
        "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes(arguments[0])).length";
    visitor.execute(count, vec![json!(name)]).await.unwrap()
}

/// The letter that arrived so many letters in.
fn arrived(elsewhere: &Elsewhere, place: usize) -> Received {
    eventually("the letter", Duration::from_secs(30), || elsewhere.received().get(place).cloned())
}

/// The sealed part of a message, as a webmail saves it.
fn encrypted_asc(message: &[u8]) -> String {
    let text = String::from_utf8(message.to_vec()).unwrap();
    let end = "-----END PGP MESSAGE-----";
    text[text.find("-----BEGIN PGP MESSAGE-----").unwrap()..text.find(end).unwrap() + end.len()].to_owned()
}

/// Has GnuPG know by whom letters are signed.
fn knows(gnupg: &GnuPg, alice: &Person<'_>) {
    gnupg.import(alice.exported_key("for the program").as_bytes(), Some("for the program"));
}

/// The octets of the secret of the primary key: what stands before the checksum of the first packet (RFC 9580 §5.5.3).
fn secret_octets(key: &[u8]) -> &[u8] {
    let end = 2 + usize::from(key[1]);
    &key[end - 2 - 30..end - 2]
}

#[tokio::test]
async fn a_reader_makes_a_key_and_the_next_letter_comes_sealed_without_a_link() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let person = Person::register(&home, "alice");
    let link = send_link(&person);
    let look = Look { dark: true, ..Look::PHONE };
    let (ines, alice) = (Visitor::open(&home, look).await, Visitor::open(&home, Look::DESKTOP).await);
    let told = ines.tell("reader-key", async {
        asks_for_a_key(&ines, &link).await;
        assert_eq!(loaded(&ines, "/keeper-").await, 0, "what makes keys is fetched before it is needed");
        ines.screenshot("reader-key/ways-phone-dark").await;
        ines.presses_where(".way", "Faire une clé ici").await;
        assert_eq!(ines.reads("#key-name").await, "ines");
        ines.fills("#key-name", "Inès").await;
        ines.fills("#key-passphrase", "short").await;
        ines.presses(".keyed button.main").await;
        ines.see(".keyed .note.bad", "10 caractères").await;
        ines.fills("#key-passphrase", KEY_PASSPHRASE).await;
        ines.presses(".keyed button.main").await;
        ines.see(".keyed .note.bad", "pas les mêmes").await;
        ines.screenshot("reader-key/make-phone-dark").await;
        ines.fills("#key-again", KEY_PASSPHRASE).await;
        ines.presses(".keyed button.main").await;
        ines.see(".keyed b", "Votre clé est faite.").await;
        assert!(ines.is_asked_before_leaving().await, "the key is not saved");
        assert!(!ines.has(".keyed .buttons button:nth-child(2)").await, "it is sent before it is saved");
        // Who leaves, and comes back, has to save it all the same.
        asks_for_a_key(&ines, &link).await;
        ines.see(".keyed", "Ce navigateur a déjà une clé pour ines@elsewhere.test.").await;
        assert!(!ines.texts(".keyed button").await.iter().any(|says| says.contains("Envoyer")), "it is sent unsaved");
        ines.fills(".keyed input[id^=passphrase]", KEY_PASSPHRASE).await;
        ines.fills(".keyed input[id^=again]", KEY_PASSPHRASE).await;
        ines.screenshot("reader-key/unsaved-phone-dark").await;
        ines.presses_where(".keyed button", "Enregistrer le fichier de la clé").await;
        let file = ines.download("cle-ines@elsewhere.test.asc").await;
        ines.see(".keyed .note", "Gardez ce fichier").await;
        assert!(!ines.is_asked_before_leaving().await);
        ines.presses_where(".keyed button", "Envoyer ma clé à alice").await;
        ines.see(".keyed .note", "alice a votre clé").await;
        let address = ines.find(".keyed a.address").await.attr("href").await.unwrap().unwrap();
        assert_eq!(address, format!("{}/l/", home.url()));
        ines.screenshot("reader-key/sent-phone-dark").await;

        // The sender uses it, in the page and from there on in the command line.
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Re: Plans for June").await;
        alice.see(".sent-key", "ines@elsewhere.test has sent you their key.").await;
        alice.see(".sent-key", "if nobody else had that link").await;
        alice.screenshot("reader-key/came-desktop").await;
        alice.presses_where(".sent-key button", "Use it for ines@elsewhere.test from now on").await;
        alice.see(".sent-key", "are sealed with this key").await;
        writes(&alice, "The stone").await;
        alice.find(".writing .person.seal").await;
        assert!(alice.texts(".writing .note").await.iter().all(|note| !note.contains("link")), "a link is offered");
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        let message = arrived(&elsewhere, 0).message;
        let outside = String::from_utf8(message.clone()).unwrap();
        assert!(outside.contains("multipart/encrypted") && !outside.contains("/l/"), "{outside}");
        assert!(!outside.contains("stone") && !outside.contains("mat."), "{outside}");
        done(&person.client_reading(b"From the terminal.", &["send", "--to", INES, "--subject", "Second"]));
        assert!(String::from_utf8(arrived(&elsewhere, 1).message).unwrap().contains("multipart/encrypted"));

        // She opens it where her key is: all of the letter as it came.
        let (eml, asc) = (home.scratch("letter.eml"), encrypted_asc(&message));
        fs::write(&eml, &message).unwrap();
        ines.goto(&address).await.unwrap();
        ines.see("h1", "Vos lettres scellées").await;
        ines.see(".kept-keys b", INES).await;
        ines.screenshot("reader-key/room-phone-dark").await;
        pastes(&ines, "#sealed", "Bonjour").await;
        ines.presses_where(".opener button", "Ouvrir").await;
        ines.see(".opener .note.bad", "Rien n’y est scellé").await;
        chooses(&ines, ".opener button", "Choisir un fichier", &eml).await;
        ines.see(".open h1", "The stone").await;
        ines.see(".body", TEXT).await;
        ines.see(".proof", "Signée par alice@home.test").await;
        ines.presses(".linked-files button").await;
        assert_eq!(ines.download("plan.txt").await, b"a plan");
        assert!(!ines.has(".reply").await && !ines.has(".report").await);
        ines.screenshot("reader-key/opened-phone-dark").await;

        // GnuPG opens it with her file.
        let gnupg = GnuPg::new();
        gnupg.import(&file, Some(KEY_PASSPHRASE));
        knows(&gnupg, &person);
        let opened = gnupg.open(asc.as_bytes(), Some(KEY_PASSPHRASE));
        assert!(String::from_utf8_lossy(&opened.data).contains(TEXT));

        // And another browser of hers, which has only the file.
        let other = Visitor::open(&home, Look::DESKTOP).await;
        let key_file = home.scratch("ines.asc");
        fs::write(&key_file, &file).unwrap();
        other.goto(&address).await.unwrap();
        other.presses_where("button.aside", "sealed for my key").await;
        other.see("h1", "Your sealed letters").await;
        pastes(&other, "#sealed", &format!("See below.\n\n{asc}\n")).await;
        other.presses_where(".opener button", "Open").await;
        other.see(".opener .note.bad", "There is no key in this browser.").await;
        other.fills("#import-passphrase", "another passphrase").await;
        chooses(&other, ".import button", "Choose a file", &key_file).await;
        other.see(".import .note.bad", "not the right passphrase").await;
        other.screenshot("reader-key/import-desktop").await;
        other.fills("#import-passphrase", KEY_PASSPHRASE).await;
        chooses(&other, ".import button", "Choose a file", &key_file).await;
        other.see(".import .note.good", "The key of ines@elsewhere.test is here.").await;
        other.presses_where(".opener button", "Open").await;
        other.see(".open h1", "The stone").await;
        other.see(".body", TEXT).await;
        other.see(".proof", "Nothing shows who wrote this letter.").await;
        other.screenshot("reader-key/opened-desktop").await;
        other.goto(&address).await.unwrap();
        other.presses_where(".kept-keys button", "Forget it").await;
        other.presses_where(".kept-keys button", "Forget the key").await;
        other.see(".kept-keys .none", "There are none.").await;
        let kept = other.execute("return localStorage.getItem('reader-keys')", vec![]).await.unwrap();
        assert_eq!(kept, Value::Null);
        other.has_no_complaint().await;

        // Neither key nor passphrase has ever been with the box.
        let kept = ines.execute("return localStorage.getItem('reader-keys')", vec![]).await.unwrap();
        let kept: Value = serde_json::from_str(kept.as_str().unwrap()).unwrap();
        let encoded = kept[0]["secret"].as_str().unwrap();
        let secret = URL_SAFE_NO_PAD.decode(encoded).unwrap();
        assert!(secret.windows(30).any(|window| window == secret_octets(&secret)));
        assert!(!holds(&home, secret_octets(&secret)) && !holds(&home, &encoded.as_bytes()[..100]));
        let certificate = URL_SAFE_NO_PAD.decode(kept[0]["certificate"].as_str().unwrap()).unwrap();
        assert!(holds(&home, &certificate), "not the places that were meant: its certificate is there");
        assert_hidden(&home, &[KEY_PASSPHRASE.to_owned()], INES);

        // The sender thinks better of it.
        alice.presses_where(".sent-key button", "Do not use it any more").await;
        alice.see(".sent-key", "Use it, and your messages").await;
        writes(&alice, "Open again").await;
        // She had a link before, and is offered one again.
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test").await;
        alice.has_no_complaint().await;
        ines.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_looked_at_before_it_is_sent_and_a_key_that_no_browser_keeps_says_so() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let person = Person::register(&home, "alice");
    let link = send_link(&person);
    let (gnupg, other) =
        (GnuPg::with_key_of(&format!("Inès <{INES}>")), GnuPg::with_key_of("Léo <leo@elsewhere.test>"));
    let armored = |gnupg: &GnuPg, what: &str| String::from_utf8(run(gnupg.command().args(["--armor", what]))).unwrap();
    let (ines, alice) = (Visitor::open(&home, Look::DESKTOP).await, Visitor::open(&home, Look::DESKTOP).await);
    let told = ines.tell("reader-certificate", async {
        asks_for_a_key(&ines, &link).await;
        ines.presses_where(".way", "I have one already").await;
        for (pasted, why) in [
            (armored(&gnupg, "--export-secret-keys"), "This is a secret key."),
            (armored(&other, "--export"), "This certificate is not for ines@elsewhere.test."),
            ("ssh-ed25519 AAAA".to_owned(), "This is not an OpenPGP certificate."),
        ] {
            pastes(&ines, "#certificate", &pasted).await;
            ines.presses(".keyed button.main").await;
            ines.see(".keyed .note.bad", why).await;
            if why.contains("secret") {
                assert_eq!(ines.reads("#certificate").await, "", "it stays on the screen");
                ines.screenshot("reader-key/secret-desktop").await;
            }
        }
        assert_eq!(done(&person.client(&["list"])), "", "something was sent");
        let file = home.scratch("ines-public.asc");
        fs::write(&file, armored(&gnupg, "--export")).unwrap();
        chooses(&ines, ".keyed button", "Choose a file", &file).await;
        ines.see(".keyed .name", "ines-public.asc").await;
        ines.presses(".keyed button.main").await;
        ines.see(".keyed .note", "alice has your certificate").await;

        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Re: Plans for June").await;
        alice.presses_where(".sent-key button", "from now on").await;
        alice.see(".sent-key", "are sealed with this key").await;
        writes(&alice, "The stone").await;
        alice.find(".writing .person.seal").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        knows(&gnupg, &person);
        let opened = gnupg.open(encrypted_asc(&arrived(&elsewhere, 0).message).as_bytes(), None);
        assert!(opened.is_signed_by("alice@home.test"));
        assert!(String::from_utf8_lossy(&opened.data).contains(TEXT));

        // A browser that keeps nothing.
        asks_for_a_key(&ines, &link).await;
        ines.execute("Storage.prototype.setItem = () => { throw new Error('no room') }", vec![]).await.unwrap();
        ines.presses_where(".way", "Make a key here").await;
        ines.presses(".keyed button.main").await;
        ines.see(".keyed p", "This browser keeps nothing").await;
        assert!(ines.is_asked_before_leaving().await);
        ines.presses_where(".keyed button", "Save the file of the key").await;
        ines.see(".keyed .note", "Saved, without a passphrase.").await;
        let file = ines.download("key-ines@elsewhere.test.asc").await;
        let without = GnuPg::new();
        without.import(&file, None);
        assert!(without.certificate(INES).len() > 100);

        // The second does not take the place of the first without a word.
        ines.presses_where(".keyed button", "Send my key to alice").await;
        ines.see(".keyed .note", "alice has your key").await;
        alice.goes_to("/").await;
        alice.see(".row:nth-of-type(2)", "Re: Plans for June").await;
        alice.presses(".row").await;
        alice.see(".sent-key", "have been sealed with another key").await;
        let of_gnupg = Certificate::parse(&gnupg.certificate(INES)).unwrap().fingerprint();
        let of_gnupg = grouped(&of_gnupg.to_string());
        assert!(alice.texts(".sent-key").await[0].contains(&of_gnupg), "{of_gnupg}");
        alice.screenshot("reader-key/another-desktop").await;
        alice.presses_where(".sent-key button", "Use this one instead of the other").await;
        alice.see(".sent-key", "are sealed with this key").await;
        ines.has_no_complaint().await;
    });
    told.await;
}
