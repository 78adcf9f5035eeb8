//! What goes wrong in the hands of people and programs: wrong passwords, letters too large, invitations that are gone,
//! mailboxes that do not exist, guessing. Each comes in through its own door, is told clearly, and costs nobody any mail.
//! Letters that are broken inside have their stories in `broken_mail.rs`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use shared::api::limits::{MESSAGE_BYTES, SEALED_MESSAGE_BYTES};
use tests::foreign::{Device, curl_append, curl_in};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::program::{eventually, run, try_run};
use tests::relay::Relay;
use tests::talk::Talk;

/// Well-formed, and no device of anybody's.
const WRONG_PASSWORD: &str = "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa";
const LETTER: &[u8] = b"From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: kept\r\n\r\nThis one counts.\r\n";

/// What a command that was refused said.
fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    said
}

/// Subjects of what lies in a mailbox, the newest first.
fn subjects(person: &Person<'_>, mailbox: &str) -> Vec<String> {
    let listed = done(&person.client(&["list", "--mailbox", mailbox]));
    listed.lines().map(|line| line.rsplit('\t').next().unwrap().to_owned()).collect()
}

fn login(device: &Device, password: &str) -> String {
    format!("LOGIN {} {password}", device.address)
}

#[test]
fn a_wrong_passphrase_or_password_is_told_and_the_right_one_still_opens() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], LETTER).status.success());
    let device = alice.device();

    let log_in = ["login", "--address", "alice@home.test"];
    let said = refused(&alice.with_passphrase("incorrect horse battery staple", &log_in));
    assert!(said.contains("address or passphrase is wrong"), "{said}");
    // The mistake has not cost her the session that she had.
    assert_eq!(subjects(&alice, "INBOX"), ["kept"]);
    done(&alice.with_passphrase(PASSPHRASE, &log_in));

    let mut imap = Talk::imap(&home);
    let told = "t NO [AUTHENTICATIONFAILED] address or device password is wrong";
    assert_eq!(imap.imap_ends(&login(&device, WRONG_PASSWORD)), told);
    assert_eq!(imap.imap_ends(&login(&device, PASSPHRASE.split(' ').next().unwrap())), told);
    assert!(imap.imap_ends("SELECT INBOX").starts_with("t BAD "), "a mailbox opened without a login");
    assert!(imap.imap_ends(&login(&device, &device.password)).starts_with("t OK "));
    assert!(imap.imap_says("SELECT INBOX").contains(&"* 1 EXISTS".to_owned()));

    let mut smtp = Talk::submission(&home);
    assert_eq!(smtp.smtp_login(&device, WRONG_PASSWORD), "535 5.7.8 Address or device password are wrong");
    assert_eq!(smtp.smtp_says("MAIL FROM:<alice@home.test>"), "530 5.7.0 AUTH first");
    assert!(smtp.smtp_login(&device, &device.password).starts_with("235 "));
    assert!(smtp.smtp_says("MAIL FROM:<alice@home.test>").starts_with("250 "));
}

#[test]
fn a_letter_that_is_too_large_is_refused_at_every_door_and_the_next_one_is_taken() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let device = alice.device();
    let large = [
        LETTER,
        &b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n".repeat(MESSAGE_BYTES / 66 + 1),
    ]
    .concat();
    assert!(large.len() > MESSAGE_BYTES && large.len() < SEALED_MESSAGE_BYTES);

    // Another mail server says so beforehand, or does not.
    let mut smtp = Talk::smtp(&home);
    let announced = smtp.smtp_says(&format!("MAIL FROM:<zoe@elsewhere.test> SIZE={}", MESSAGE_BYTES + 1));
    assert_eq!(announced, "552 5.3.4 The message is too large");
    let mut bring = |message: &[u8]| smtp.smtp_sends("zoe@elsewhere.test", "alice@home.test", message);
    assert_eq!(bring(&large), "552 5.3.4 The message is too large");
    assert!(bring(LETTER).starts_with("250 "), "the connection is spoilt");

    // A mail program hands in, and files.
    let mut submission = Talk::submission(&home);
    assert!(submission.smtp_login(&device, &device.password).starts_with("235 "));
    let announced = submission.smtp_says(&format!("MAIL FROM:<alice@home.test> SIZE={}", MESSAGE_BYTES + 1));
    assert_eq!(announced, "552 5.3.4 The message is too large");
    let mut imap = Talk::imap(&home);
    assert!(imap.imap_ends(&login(&device, &device.password)).starts_with("t OK "));
    let told = "t NO [TOOBIG] the message is too large";
    assert_eq!(imap.imap_ends(&format!("APPEND INBOX {{{}}}", SEALED_MESSAGE_BYTES + 1)), told);
    assert!(imap.imap_ends(&format!("APPEND INBOX {{{}}}", large.len())).starts_with('+'));
    imap.send(&[&large[..], b"\r\n"].concat());
    assert_eq!(imap.imap_reply(), [told]);
    assert!(imap.imap_says("STATUS INBOX (MESSAGES)")[0].ends_with("(MESSAGES 1)"), "the refused one was filed");
    done(&curl_append(&home, &device, "INBOX", &LETTER.to_ascii_uppercase()));

    // The page's moves: one file that is too large, and two that are so together.
    let attach = |name: &str, octets: usize| {
        let file = home.scratch(name);
        fs::write(&file, vec![b'a'; octets]).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let send = ["send", "--to", "alice@home.test", "--subject", "too large", "--attach"];
    let one = attach("one", MESSAGE_BYTES + 1);
    assert!(refused(&alice.client_reading(b"", &[&send[..], &[&one]].concat())).contains("too large for a message"));
    let half = attach("half", MESSAGE_BYTES / 2);
    let both = [&send[..], &[&half, "--attach", &half]].concat();
    assert!(refused(&alice.client_reading(b"", &both)).contains("too large"));

    assert_eq!(subjects(&alice, "INBOX"), ["KEPT", "kept"]);
    assert_eq!(subjects(&alice, "Sent"), Vec::<String>::new());
    assert!(done(&alice.client(&["read", "1"])).contains("This one counts."));
}

#[test]
fn an_invitation_is_good_once_and_for_a_week() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let data = home.data().to_str().unwrap().to_owned();
    let invite = || done(&home.command(&["user", "invite", "--data", &data]).output().unwrap()).trim().to_owned();
    let register = |link: &str, name: &str| {
        let session = home.scratch(&format!("{name}.json")).to_str().unwrap().to_owned();
        let file = home.scratch("guest.passphrase");
        fs::write(&file, PASSPHRASE).unwrap();
        let address = format!("{name}@home.test");
        let guest =
            ["register", "--invitation", link, "--address", &address, "--session", &session, "--passphrase-file"];
        home.client(&[&guest[..], &[file.to_str().unwrap()]].concat()).output().unwrap()
    };
    let gone = "the invitation is unknown, used or expired";

    let used = invite();
    done(&register(&used, "bob"));
    assert!(refused(&register(&used, "carol")).contains(gone));

    // A week goes by for the next one: its time is set back beside the running box, as its clock would have moved on.
    let expired = invite();
    let age = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
               print(db.execute('UPDATE invitation SET expires_at = expires_at - 604801 WHERE used_by IS NULL').rowcount); db.commit()";
    let aged = run(Command::new("python3").args(["-c", age]).arg(home.data().join("mail.sqlite3")));
    assert_ne!(String::from_utf8(aged).unwrap().trim(), "0");
    assert!(refused(&register(&expired, "dave")).contains(gone));
    assert!(refused(&register(&used.replace(|c: char| c.is_ascii_digit(), "A"), "eve")).contains(gone));

    done(&register(&invite(), "dave"));
    let people = done(&home.command(&["user", "list", "--data", &data]).output().unwrap());
    let people: Vec<_> = people.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(people, ["alice@home.test", "bob@home.test", "dave@home.test"]);
    assert_eq!(subjects(&alice, "INBOX"), Vec::<String>::new());
}

#[test]
fn a_mailbox_that_nobody_has_is_told_at_every_door() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let device = alice.device();
    let said = refused(&alice.client(&["list", "--mailbox", "Nowhere"]));
    assert!(said.contains("there is no mailbox Nowhere"), "{said}");
    assert!(refused(&alice.client(&["read", "4711"])).contains("there is no message 4711"));

    let mut imap = Talk::imap(&home);
    assert!(imap.imap_ends(&login(&device, &device.password)).starts_with("t OK "));
    assert_eq!(imap.imap_ends("SELECT Nowhere"), "t NO [NONEXISTENT] there is no such mailbox");
    assert!(imap.imap_ends("APPEND Nowhere {5+}\r\nhello").starts_with("t NO [TRYCREATE]"));
    assert_eq!(imap.imap_ends("DELETE INBOX"), "t NO [CANNOT] every account has this mailbox");

    let mut smtp = Talk::smtp(&home);
    assert!(smtp.smtp_says("MAIL FROM:<zoe@elsewhere.test>").starts_with("250 "));
    assert_eq!(smtp.smtp_says("RCPT TO:<nobody@home.test>"), "550 5.1.1 No such mailbox");
    assert_eq!(smtp.smtp_says("RCPT TO:<zoe@elsewhere.test>"), "550 5.7.1 This host does not relay");
    assert_eq!(smtp.smtp_says("DATA"), "503 5.5.1 Not at this point");
    // The one that exists gets its letter in the same transaction.
    assert!(smtp.smtp_says("RCPT TO:<alice@home.test>").starts_with("250 "));
    assert!(smtp.smtp_says("DATA").starts_with("354 "));
    smtp.send(&[LETTER, b".\r\n"].concat());
    assert!(smtp.smtp_reply().starts_with("250 "));
    assert_eq!(subjects(&alice, "INBOX"), ["kept"]);

    let send = ["send", "--to", "nobody@home.test", "--open"];
    assert!(refused(&alice.client_reading(b"x", &send)).contains("address cannot be valid"));
    assert_eq!(subjects(&alice, "Sent"), Vec::<String>::new());
}

#[test]
fn a_guesser_is_locked_out_of_both_doors_and_the_owner_of_none() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], LETTER).status.success());
    let device = alice.device();
    let locked_out = (0..40).find(|_| {
        let said = Talk::imap(&home).imap_ends(&login(&device, WRONG_PASSWORD));
        assert!(said.starts_with("t NO ["), "{said}");
        said == "t NO [UNAVAILABLE] too many tries; wait before the next"
    });
    assert!(locked_out.is_some_and(|tries| tries >= 5), "locked out after {locked_out:?} tries");
    let mut smtp = Talk::submission(&home);
    assert_eq!(smtp.smtp_login(&device, WRONG_PASSWORD), "454 4.7.0 Too many wrong passwords, try later");

    assert!(smtp.smtp_login(&device, &device.password).starts_with("235 "));
    let mut imap = Talk::imap(&home);
    assert!(imap.imap_ends(&login(&device, &device.password)).starts_with("t OK "));
    assert!(imap.imap_says("SELECT INBOX").contains(&"* 1 EXISTS".to_owned()));
    done(&alice.with_passphrase(PASSPHRASE, &["login", "--address", "alice@home.test"]));
}

#[test]
fn a_letter_whose_answer_is_lost_on_the_way_is_handed_in_once() {
    let home = Home::new();
    let (_alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let relay = Relay::before(home.ports().https, 100_000);
    let url = format!("https://localhost:{}", relay.port());
    let (session, passphrase, photo) =
        (home.scratch("relay.json"), home.scratch("relay.passphrase"), home.scratch("photo"));
    fs::write(&passphrase, PASSPHRASE).unwrap();
    // What is like nothing else does not become smaller.
    let mut state = 1_u32;
    let octets = (0..200_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    fs::write(&photo, octets.collect::<Vec<u8>>()).unwrap();
    let client = |arguments: &[&str]| {
        let mut command = home.command(&["client"]);
        command.args(arguments).args(["--url", &url, "--ca"]).arg(home.authority()).arg("--session").arg(&session);
        try_run(&mut command, b"Here it is.")
    };
    let [passphrase, photo] = [&passphrase, &photo].map(|path| path.to_string_lossy());
    done(&client(&["login", "--address", "alice@home.test", "--passphrase-file", &passphrase]));
    let listed = |mailbox: &str| done(&client(&["list", "--mailbox", mailbox])).lines().count();

    relay.lose(2);
    let sent = client(&["send", "--to", "bob@home.test", "--subject", "photo", "--attach", &photo]);
    assert!(String::from_utf8_lossy(&sent.stderr).contains("The box has it"), "{sent:?}");
    assert_eq!((relay.left(), listed("Sent")), (0, 1));
    relay.lose(2);
    done(&client(&["draft", "--subject", "photo", "--attach", &photo]));
    assert_eq!((relay.left(), listed("Drafts")), (0, 1));

    // Where no answer comes at all it claims nothing.
    relay.lose(100);
    let lost = client(&["send", "--to", "bob@home.test", "--subject", "again", "--attach", &photo]);
    assert_eq!(lost.status.code(), Some(4), "{lost:?}");
    assert!(String::from_utf8_lossy(&lost.stderr).contains("look in Sent"), "{lost:?}");
    assert!(relay.left() < 99, "it was not tried again");
    relay.lose(0);
    assert_eq!(listed("Sent"), 2);
    let arrived = eventually("both letters", Duration::from_secs(30), || {
        let arrived = subjects(&bob, "INBOX");
        (arrived.len() >= 2).then_some(arrived)
    });
    assert_eq!(arrived, ["again", "photo"]);
}
