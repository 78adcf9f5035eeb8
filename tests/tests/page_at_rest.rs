//! How the page keeps mail: sealed so that no machine of the time after opens it, as long as every device can open that; and what it says of it.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shared::api::Timestamp;
use shared::pgp::{OpenError, SecretKey, open_message};
use tests::browser::Look;
use tests::foreign::{Device, curl_imap, curl_in};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;
use tests::visitor::Visitor;

const ALICE: &str = "alice@home.test";
const PHRASE: &str = "for the program";

fn brings(home: &Home, subject: &str) {
    let letter = format!("From: zoe@elsewhere.test\r\nTo: {ALICE}\r\nSubject: {subject}\r\n\r\nAt noon?\r\n");
    let sent = curl_in(home, "zoe@elsewhere.test", &[ALICE], letter.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

fn now() -> Timestamp {
    Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap())
}

/// Adds a program in the settings, of the kind that is chosen there; answers with its password.
async fn adds(alice: &Visitor, name: &str) -> Device {
    alice.fills("#device-name", name).await;
    alice.presses("dialog .button.main").await;
    let password = alice.find("dialog .password").await.text().await.unwrap();
    alice.presses_where("dialog .button.main", "Done").await;
    Device { address: ALICE.into(), password }
}

async fn removes(alice: &Visitor, name: &str) {
    alice.presses(&format!("#devices li button[aria-label='Remove {name}']")).await;
    alice.presses_where("dialog .button.danger", "Remove").await;
    alice.sees_no("#devices li", name).await;
}

/// Whether a program with the key file opens the message with this number.
fn is_open_to_programs(home: &Home, person: &Person<'_>, device: &Device, mailbox: &str) -> bool {
    let file = person.exported_key(PHRASE);
    let keys = SecretKey::import_all(file.as_bytes(), PHRASE).unwrap();
    let stored = curl_imap(home, device, mailbox, None).stdout;
    match open_message(&stored, None, &keys.iter().collect::<Vec<_>>(), &[], now()) {
        Ok(_) => true,
        Err(OpenError::NotForOurKeys { recipients }) => {
            assert_eq!(recipients.len(), 1, "{recipients:?}");
            false
        }
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&stored)),
    }
}

#[tokio::test]
async fn mail_is_kept_under_the_newest_protection_until_a_program_stands_against_it() {
    let home = Home::new();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let person = Person::new(&home, "alice");
    let told = alice.tell("at-rest", async {
        alice.registers(home.invitation(), "Alice Martin", "alice", PASSPHRASE).await;
        brings(&home, "Before");
        alice.opens("Before").await;
        alice.see("article .body", "At noon?").await;
        // What is written here is kept so too.
        alice.strikes("c").await;
        alice.fills(".writing input[id^=subject]", "A draft of before").await;
        alice.fills(".writing textarea", "not yet done").await;
        done(&person.login(ALICE, PASSPHRASE));
        let draft = |subject: &str| {
            eventually("the draft", Duration::from_secs(30), || {
                done(&person.client(&["list", "--mailbox", "Drafts"])).contains(subject).then_some(())
            });
        };
        draft("A draft of before");
        assert!(done(&person.client(&["read", "1"])).contains("At noon?"), "a terminal opens it too");

        alice.goes_to("/settings").await;
        alice.see("#at-rest", "newest protection").await;
        alice.presses_where("#devices .button.main", "Add a device").await;
        alice.see("dialog .note", "will not be able to open the messages that the box has kept until now").await;
        alice.screenshot("at-rest/before-a-program").await;
        // A program that the box opens mail for stands against nothing.
        alice.presses_where(".kinds label", "Opened while it is connected").await;
        alice.sees_no("dialog .note", "will not be able").await;
        let opened = adds(&alice, "Phone").await;
        alice.see("#at-rest", "newest protection").await;
        let read = String::from_utf8(curl_imap(&home, &opened, "INBOX;UID=1", None).stdout).unwrap();
        assert!(read.contains("At noon?"), "{read}");

        alice.presses_where("#devices .button.main", "Add a device").await;
        let sealed = adds(&alice, "Thunderbird").await;
        alice.see("#at-rest", "there are some here: Thunderbird.").await;
        alice.screenshot("at-rest/a-program").await;
        brings(&home, "With a program");
        assert!(!is_open_to_programs(&home, &person, &sealed, "INBOX;UID=1"));
        assert!(!is_open_to_programs(&home, &person, &sealed, "Drafts;UID=1"));
        assert!(is_open_to_programs(&home, &person, &sealed, "INBOX;UID=2"));
        // The page has heard of it: what it seals now, the program opens.
        alice.goes_to("/").await;
        alice.opens("Before").await;
        alice.see("article .body", "At noon?").await;
        alice.opens("With a program").await;
        alice.see("article .body", "At noon?").await;
        alice.strikes("c").await;
        alice.fills(".writing input[id^=subject]", "A draft of then").await;
        alice.fills(".writing textarea", "not yet done").await;
        draft("A draft of then");
        assert!(is_open_to_programs(&home, &person, &sealed, "Drafts;UID=*"));

        alice.goes_to("/settings").await;
        removes(&alice, "Thunderbird").await;
        alice.see("#at-rest", "newest protection").await;
        brings(&home, "Without it");
        alice.look(Look { dark: true, ..Look::PHONE }).await;
        alice.presses_where("#devices .button.main", "Add a device").await;
        alice.screenshot("at-rest/before-a-program-phone-dark").await;
        let later = adds(&alice, "Another one").await;
        assert!(is_open_to_programs(&home, &person, &later, "INBOX;UID=2"));
        assert!(!is_open_to_programs(&home, &person, &later, "INBOX;UID=3"));
        alice.look(Look::DESKTOP).await;
        alice.goes_to("/").await;
        alice.opens("Without it").await;
        alice.see("article .body", "At noon?").await;
        alice.has_no_complaint().await;
    });
    told.await;
}
