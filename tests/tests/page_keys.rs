//! The own key through the page: it cannot be sent, it stays good by itself, is withdrawn when it was stolen, and one from GnuPG
//! comes in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use shared::api::Timestamp;
use shared::pgp::{Certificate, Purpose, SecretKey, usable_keys};
use tests::browser::Look;
use tests::elsewhere::published;
use tests::foreign::curl_in;
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done, refused};
use tests::program::run;
use tests::talk::Talk;
use tests::visitor::Visitor;

const ALICE: &str = "alice@home.test";
const YEAR: i64 = 365 * 24 * 60 * 60;

fn brings(home: &Home, subject: &str, text: &str) {
    let message = format!(
        "From: Zoe <zoe@elsewhere.test>\r\nTo: {ALICE}\r\nSubject: {subject}\r\n\r\n{}\r\n",
        text.replace('\n', "\r\n")
    );
    let sent = curl_in(home, "zoe@elsewhere.test", &[ALICE], message.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_secs()).unwrap())
}

/// Drops a file on the window of a letter.
async fn drops(alice: &Visitor, name: &str, bytes: &[u8]) {
    let drop = "
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(arguments[1]), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], arguments[0]));
        const window = document.querySelector('.writing');
        for (const kind of ['dragover', 'drop'])
            window.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));";
    alice.execute(drop, vec![json!(name), json!(STANDARD.encode(bytes))]).await.unwrap();
}

/// Has the browser's own dialog answer with this file, the next time that it is asked for one.
async fn will_choose(alice: &Visitor, name: &str, bytes: &[u8]) {
    let choose = "
        const [name, coded] = arguments;
        const click = HTMLInputElement.prototype.click;
        HTMLInputElement.prototype.click = function () {
            HTMLInputElement.prototype.click = click;
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0))], name));
            this.files = transfer.files;
            this.dispatchEvent(new Event('change'));
        };";
    alice.execute(choose, vec![json!(name), json!(STANDARD.encode(bytes))]).await.unwrap();
}

#[tokio::test]
async fn a_secret_key_leaves_by_no_door() {
    let home = Home::new();
    let (person, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let armored = person.exported_key("a phrase for the file");
    let binary = SecretKey::import(armored.as_bytes(), "a phrase for the file").unwrap().to_bytes().expose().clone();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("key-stays", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.strikes("c").await;
        alice.find(".writing .people input").await.send_keys("bob@home.test,").await.unwrap();
        alice.find(".writing .person.seal").await;
        alice.fills(".writing input[id^=subject]", "My key").await;
        for (name, bytes) in [("secret.asc", armored.as_bytes()), ("secret.gpg", &binary)] {
            drops(&alice, name, bytes).await;
            alice.see(".writing .note.bad", &format!("“{name}” is a secret key and was not attached")).await;
        }
        alice.screenshot("keys/not-attached").await;
        assert!(!alice.has(".writing .file").await);
        // Her certificate is no secret.
        let certificate = Certificate::parse(&published(&home, ALICE)).unwrap();
        drops(&alice, "public.asc", certificate.armored().as_bytes()).await;
        alice.see(".writing .file", "public.asc").await;
        alice.sees_no(".writing .note.bad", "").await;
        // In the text it is found when the letter is to leave, sealed or not; the letter stays as it is.
        let quoted: String = armored.lines().map(|line| format!("> {line}\n")).collect();
        alice.fills(".writing textarea", &quoted).await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note.bad", "A secret key is in the message").await;
        alice.screenshot("keys/not-sent").await;
        assert_eq!(alice.reads(".writing input[id^=subject]").await, "My key");
        // Words about it may leave.
        alice.fills(".writing textarea", "Never send -----BEGIN PGP PRIVATE KEY BLOCK-----").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        alice.has_no_complaint().await;
    });
    told.await;
    let letter = format!("From: {ALICE}\r\nTo: bob@home.test\r\nSubject: key\r\n\r\n{armored}");
    let device = person.device();
    let mut program = Talk::submission(&home);
    assert!(program.smtp_login(&device, &device.password).starts_with("235"));
    let answer = program.smtp_sends(ALICE, "bob@home.test", letter.as_bytes());
    assert!(answer.starts_with("550 5.7.1") && answer.contains("private key"), "{answer}");
    let sent = person.client_reading(armored.as_bytes(), &["send", "--to", "bob@home.test"]);
    assert!(refused(&sent).contains("secret key"));
    assert_eq!(done(&person.client(&["list", "--mailbox", "Sent"])).lines().count(), 1);
    assert!(!done(&bob.client(&["list"])).contains("\tkey"));
}

#[tokio::test]
async fn a_stolen_key_is_withdrawn_and_replaced_while_other_tabs_go_on() {
    let home = Home::new();
    let person = Person::register(&home, "alice");
    brings(&home, "Before", "sealed to the old key");
    let zoe = GnuPg::new();
    zoe.import(&published(&home, ALICE), None);
    let old = Certificate::parse(&published(&home, ALICE)).unwrap();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("key-stolen", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.see(".row", "Before").await;
        let list = alice.opens_tab("/settings").await;
        alice.see("#keys li", "Present key").await;
        alice.see("#keys li", "renews itself before").await;
        alice.presses_where("#keys .setting button", "Save…").await;
        let kept = alice.download("withdrawal-alice@home.test.asc").await;
        let kept = Certificate::parse(&kept).unwrap();
        assert!(kept.fingerprint() == old.fingerprint() && kept.is_withdrawn(now()));
        alice.presses_where("#keys .setting button", "Withdraw the key…").await;
        alice.screenshot("keys/withdraw").await;
        alice.fills("#present", "a wrong passphrase").await;
        alice.presses("dialog .button.main").await;
        alice.see("#present-error", "This is not your passphrase").await;
        alice.fills("#present", PASSPHRASE).await;
        alice.presses("dialog .button.main").await;
        alice.see("#keys-done", "Your key is withdrawn, a new one is in place").await;
        alice.see("#keys li", "withdrawn before everybody").await;
        assert_eq!(alice.texts("#keys li").await.len(), 2);
        alice.screenshot("keys/withdrawn").await;
        alice.look(Look { dark: true, ..Look::PHONE }).await;
        alice.execute("document.querySelector('#keys').scrollIntoView()", vec![]).await.unwrap();
        alice.screenshot("keys/withdrawn-phone-dark").await;
        alice.look(Look::DESKTOP).await;
        // The other tab has heard of it.
        brings(&home, "After", "sealed to the new key");
        alice.switch_to_window(list).await.unwrap();
        alice.see(".row", "After").await;
        alice.opens("After").await;
        alice.see("article .body", "sealed to the new key").await;
        alice.opens("Before").await;
        alice.see("article .body", "sealed to the old key").await;

        // Who looks her up seals to the new key, and learns that the old one is withdrawn.
        let found = Certificate::parse_all(&published(&home, ALICE)).unwrap();
        let usable: Vec<_> = found.iter().map(|one| usable_keys(one, Purpose::Seal, now()).is_ok()).collect();
        assert_eq!((usable, &found[1].fingerprint()), (vec![true, false], &old.fingerprint()));
        zoe.import(&published(&home, ALICE), None);
        let sealed = String::from_utf8(zoe.seal(b"from zoe", ALICE, None)).unwrap();
        brings(&home, "From GnuPG", &sealed);
        alice.opens("From GnuPG").await;
        alice.see("article .body", "from zoe").await;
        alice.has_no_complaint().await;
    });
    told.await;
    let listed = done(&person.client(&["keys"]));
    let standings: Vec<_> = listed.lines().filter_map(|line| line.split('\t').nth(1)).collect();
    assert_eq!(standings, ["current", "withdrawn", "at-rest"], "{listed}");
    // A mail program gets both, and opens what lies sealed to either.
    let exported = SecretKey::import_all(person.exported_key("for thunderbird").as_bytes(), "for thunderbird").unwrap();
    assert_eq!(exported.len(), 2);
    assert!(exported[1].certificate().is_withdrawn(now()));
}

#[tokio::test]
async fn a_key_of_gnupg_opens_old_mail_and_becomes_the_own_one() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let before = GnuPg::new();
    let make = [
        "--passphrase",
        "the old phrase",
        "--quick-generate-key",
        "Alice <alice@home.test>",
        "default",
        "default",
        "2y",
    ];
    run(before.command().args(make));
    let sealed = String::from_utf8(before.seal(b"written years ago", ALICE, None)).unwrap();
    brings(&home, "Years ago", &sealed);
    let mut export = before.command();
    export.args(["--passphrase", "the old phrase", "--armor", "--export-secret-keys", ALICE]);
    let file = run(&mut export);
    let name = Certificate::parse(&before.certificate(ALICE)).unwrap().fingerprint();
    let work = GnuPg::with_key_of("Alice <alice@work.test>");
    let other = run(work.command().args(["--export-secret-keys", "alice@work.test"]));

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("key-imported", async {
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.opens("Years ago").await;
        assert!(!alice.texts("article .body").await.concat().contains("written years ago"));
        assert!(!alice.texts(".row").await.concat().contains("written years ago"));
        let list = alice.opens_tab("/settings").await;
        let brings_in = async |bytes: &[u8], phrase: &str, place: &str| {
            will_choose(&alice, "secret.asc", bytes).await;
            alice.presses("#key-file").await;
            alice.see("#key-file-name", "secret.asc").await;
            alice.fills("#key-phrase", phrase).await;
            alice.presses_where("dialog .choice label", place).await;
            alice.fills("#present", PASSPHRASE).await;
            alice.presses("dialog .button.main").await;
        };
        alice.presses_where("#keys .setting button", "Bring in a key").await;
        brings_in(&file, "another phrase", "Old mail").await;
        alice.see("#key-phrase-error", "This is not the phrase of this file").await;
        brings_in(&before.certificate(ALICE), "", "Old mail").await;
        alice.see("dialog .note.bad", "only the public half").await;
        brings_in(&other, "", "My key").await;
        alice.see("dialog .note.bad", "for another address").await;
        alice.screenshot("keys/import").await;
        alice.look(Look { language: "en", ..Look::PHONE }).await;
        alice.screenshot("keys/import-phone").await;
        alice.look(Look::DESKTOP).await;
        brings_in(&file, "the old phrase", "Old mail").await;
        alice.see("#keys-done", "messages that are sealed for it open now").await;
        alice.see("#keys li", "opens your old messages").await;
        // The list in the other tab has heard of it, and tells what is inside before anybody opens it.
        alice.switch_to_window(list).await.unwrap();
        alice.see(".row", "written years ago").await;
        alice.screenshot("keys/row-opens").await;
        alice.goes_to("/").await;
        alice.opens("Years ago").await;
        alice.see("article .body", "written years ago").await;
        assert_ne!(Certificate::parse(&published(&home, ALICE)).unwrap().fingerprint(), name);

        alice.goes_to("/settings").await;
        alice.presses_where("#keys .setting button", "Bring in a key").await;
        brings_in(&file, "the old phrase", "My key").await;
        alice.see("#keys-done", "This key is yours now").await;
        alice.has_no_complaint().await;
    });
    told.await;
    // From now on mail for her is sealed to the key that she had all along, and GnuPG opens what a program fetches.
    assert_eq!(Certificate::parse(&published(&home, ALICE)).unwrap().fingerprint(), name);
    brings(&home, "Now", "sealed to GnuPG’s key");
    let told = alice.tell("key-imported-later", async {
        alice.goes_to("/").await;
        alice.opens("Now").await;
        alice.see("article .body", "sealed to GnuPG’s key").await;
    });
    told.await;
}

#[tokio::test]
async fn the_page_puts_the_end_of_the_key_off_without_a_word() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let end = || {
        usable_keys(&Certificate::parse(&published(&home, ALICE)).unwrap(), Purpose::Seal, now()).unwrap()[0].expires_at
    };
    assert!(end().is_some_and(|end| (end.0 - now().0 - 3 * YEAR).abs() < 60 * 60));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("key-renewed", async {
        let ahead = format!(
            "const ahead = {}; const now = Date.now; Date.now = () => now() + ahead;",
            (2 * YEAR + YEAR / 2) * 1000
        );
        alice.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": ahead })).await;
        alice.signs_in(ALICE, PASSPHRASE).await;
        alice.goes_to("/settings").await;
        // As she sees it two and a half years from now.
        let end = (now().0 + 2 * YEAR + YEAR / 2 + 3 * YEAR) * 1000;
        let year = alice.execute("return new Date(arguments[0]).getFullYear()", vec![json!(end)]).await.unwrap();
        alice.see("#keys li", &format!("{year}")).await;
        assert_eq!(alice.texts("#keys li").await.len(), 1);
        alice.has_no_complaint().await;
    });
    told.await;
}
