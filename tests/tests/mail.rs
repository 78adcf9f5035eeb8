//! The main job, from outside in: a mail written by a foreign program arrives over SMTP, rests as ciphertext, is read on the
//! command line, comes out over IMAPS, and opens in GnuPG to the very bytes that went in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::time::Duration;

use tests::foreign::{curl_imap, curl_in, curl_submit, maildir_messages, mbsync, swaks};
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done, refused};
use tests::program::eventually;

/// HTML with an inline image, a PDF, and names that are not ASCII.
const MULTIPART: &str = "From: =?utf-8?q?Zo=C3=A9?= <zoe@elsewhere.test>\r\nTo: alice@home.test\r\n\
    Subject: =?utf-8?q?D=C3=A9jeuner_dimanche=2C_marqueur-objet?=\r\nDate: Mon, 23 Nov 2026 12:00:00 +0100\r\n\
    Message-ID: <dejeuner@elsewhere.test>\r\nX-Odd:   spaces   kept  \r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\n--a\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
    Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    <p>On vient tous dimanche, =E0 midi. <img src=3D\"cid:photo\"></p>\r\n--b\r\nContent-Type: image/png\r\n\
    Content-ID: <photo>\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline; filename=\"=?utf-8?q?=C3=A9t=C3=A9.png?=\"\r\n\r\n\
    iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n--b--\r\n--a\r\n\
    Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
    Content-Disposition: attachment; filename*=utf-8''plan%20d%E2%80%99acc%C3%A8s.pdf\r\n\r\nJVBERi0xLjQKJcOkw7zDtsOfCg==\r\n--a--\r\n";

#[test]
fn a_message_from_elsewhere_opens_in_gnupg_to_the_bytes_that_were_sent() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let device = alice.device();
    let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], MULTIPART.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));

    let listed = done(&alice.client(&["list"]));
    assert!(
        listed.contains("Zoé <zoe@elsewhere.test>") && listed.contains("Déjeuner dimanche, marqueur-objet"),
        "{listed}"
    );
    let read = done(&alice.client(&["read", "1"]));
    assert!(read.contains("On vient tous dimanche, à midi."), "{read}");

    let maildir = mbsync(&home, &device);
    let stored = maildir_messages(&maildir, "INBOX");
    let [stored] = &stored[..] else { panic!("{} messages", stored.len()) };
    let text = String::from_utf8_lossy(stored);
    assert!(text.contains("Subject: [...]") && !text.contains("marqueur-objet"), "{text}");

    let gnupg = GnuPg::new();
    gnupg.import(alice.exported_key("for mbsync").as_bytes(), Some("for mbsync"));
    let opened = gnupg.open(stored, Some("for mbsync"));
    assert!(opened.status.iter().any(|line| line == "DECRYPTION_OKAY"), "{:?}", opened.status);
    let original = shared::pgp::restore(opened.data);
    assert!(original.ends_with(MULTIPART.as_bytes()), "{}", String::from_utf8_lossy(&original));
    let added = &original[..original.len() - MULTIPART.len()];
    assert!(added.starts_with(b"Return-Path: <zoe@elsewhere.test>\r\n"), "{}", String::from_utf8_lossy(added));
}

#[test]
fn every_line_comes_in_as_it_was_whichever_program_brings_it() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let message =
        b"From: zoe@elsewhere.test\r\nSubject: dots\r\n\r\n.\r\n..\r\n.one\r\nFrom here on\r\n%BODY% \\n\r\n \r\n\r\n";
    for bring in [curl_in, swaks] {
        let sent = bring(&home, "zoe@elsewhere.test", &["alice@home.test"], message);
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stdout));
    }
    for number in ["1", "2"] {
        let original = alice.client(&["read", number, "--raw"]).stdout;
        assert!(original.ends_with(message), "{}", String::from_utf8_lossy(&original));
    }
}

#[test]
fn people_of_one_box_write_to_each_other_sealed() {
    let home = Home::new();
    let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let send = ["send", "--to", "bob@home.test", "--subject", "Secret plan"];
    done(&alice.client_reading("À midi, chez Mamie.".as_bytes(), &send));

    let listed = eventually("bob's mail", Duration::from_secs(30), || {
        let listed = done(&bob.client(&["list"]));
        (!listed.is_empty()).then_some(listed)
    });
    // The box could not look inside; whoever has the key can.
    assert!(listed.contains("alice@home.test") && listed.contains("Secret plan"), "{listed}");
    let number = listed.split_whitespace().next().unwrap();
    let read = done(&bob.client(&["read", number]));
    assert!(
        read.contains("Sealed by its sender: yes")
            && read.contains("Subject: Secret plan")
            && read.contains("À midi, chez Mamie."),
        "{read}"
    );

    // What a mail program of Bob's sees is what Alice sealed: his key opens it, and her signature is good.
    let gnupg = GnuPg::new();
    gnupg.import(bob.exported_key(PASSPHRASE).as_bytes(), Some(PASSPHRASE));
    gnupg.import(alice.exported_key(PASSPHRASE).as_bytes(), Some(PASSPHRASE));
    let stored = curl_imap(&home, &bob.device(), "INBOX;UID=1", None).stdout;
    let opened = gnupg.open(&stored, Some(PASSPHRASE));
    assert!(opened.is_signed_by("alice@home.test"), "{:?}", opened.status);
    assert!(String::from_utf8_lossy(&opened.data).contains("Subject: Secret plan"));
}

#[test]
fn somebody_without_a_key_gets_no_letter_unless_it_may_go_open() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let send = ["send", "--to", "ok@fail.home.test", "--subject", "Postcard"];
    refused(&alice.client_reading(b"Hello", &send));
    done(&alice.client_reading(b"Hello", &[&send[..], &["--open"]].concat()));
}

#[test]
fn what_cannot_be_delivered_comes_back_and_says_why() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let send = ["send", "--to", "refuse@fail.home.test", "--subject", "Refused", "--open"];
    let mut reports = Vec::new();
    // In the language in which the account was made, then in the one that its owner chose.
    for (language, subject, sentence, quoted) in [
        (
            "en",
            "Message not delivered to refuse@fail.home.test: “Refused”",
            "Your message “Refused” could not be delivered to this address:",
            "said, in its own words: “550 ",
        ),
        (
            "fr",
            "Lettre non remise à refuse@fail.home.test : « Refused »",
            "Votre lettre « Refused » n’a pas pu être remise à cette adresse :",
            "telle quelle : « 550 ",
        ),
    ] {
        done(&alice.client(&["language", language]));
        assert_eq!(done(&alice.client(&["language"])).trim(), language);
        done(&alice.client_reading(b"Hello", &send));
        let listed = eventually("the bounce", Duration::from_secs(30), || {
            let listed = done(&alice.client(&["list"]));
            listed.lines().next().filter(|_| listed.lines().count() > reports.len()).map(str::to_owned)
        });
        assert!(listed.ends_with(subject), "{listed}");
        let number = listed.split_whitespace().next().unwrap();
        let read = done(&alice.client(&["read", number]));
        assert!(read.contains(sentence) && read.contains("refuse@fail.home.test"), "{read}");
        assert!(read.contains(quoted) && read.contains("Attachment: (report for programs)"), "{read}");
        reports.push(done(&alice.client(&["read", "--raw", number])));
    }
    // What mail programs read of it is the same in every language.
    let for_programs = |report: &String| {
        let (_, part) = report.split_once("Content-Type: message/delivery-status").unwrap();
        let (_, rest) = part.split_once("\r\n\r\n").unwrap();
        rest.split_once("\r\n--=_").unwrap().0.to_owned()
    };
    let [english, french] = &reports[..] else { panic!("{reports:?}") };
    assert!(for_programs(english).contains("\r\nAction: failed\r\n"), "{english}");
    assert_eq!(for_programs(english), for_programs(french));
}

#[test]
fn a_letter_in_a_neighbours_name_from_outside_is_told_apart_from_his_own() {
    let home = Home::new();
    let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let letter = |from: &str, subject: &str| {
        format!("From: {from}\r\nTo: alice@home.test\r\nSubject: {subject}\r\n\r\nhi\r\n").into_bytes()
    };
    for (from, subject) in [
        ("Bob <bob@home.test>", "forged"),
        ("Zoe <zoe@elsewhere.test>", "a stranger's"),
        ("\"bob@home.test\" <evil@evil.test>", "named so"),
    ] {
        let brought = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &letter(from, subject));
        assert!(brought.status.success(), "{}", String::from_utf8_lossy(&brought.stderr));
    }
    let handed = curl_submit(&home, &bob.device(), &["alice@home.test"], &letter("Bob <bob@home.test>", "his own"));
    assert!(handed.status.success(), "{}", String::from_utf8_lossy(&handed.stderr));
    done(&alice.client_reading(b"x", &["send", "--to", "refuse@fail.home.test", "--subject", "x", "--open"]));
    let listed = eventually("all letters", Duration::from_secs(30), || {
        let listed = done(&alice.client(&["list"]));
        (listed.lines().count() == 5).then_some(listed)
    });
    let line =
        |subject: &str| listed.lines().find(|line| line.contains(subject)).unwrap().split('\t').collect::<Vec<_>>();
    let (outside, here) = ("Came: from another server", "Came: from somebody of this box");
    for (subject, from, came, warned) in [
        ("forged", "Bob <bob@home.test>", outside, true),
        ("a stranger's", "Zoe <zoe@elsewhere.test>", outside, false),
        ("named so", "evil@evil.test", outside, false),
        ("his own", "Bob <bob@home.test>", here, false),
        ("not delivered", "Own-Mailbox <mailer-daemon@home.test>", "Came: from the box itself", false),
    ] {
        let line = line(subject);
        assert_eq!((line[3], line[2].contains('!')), (from, warned), "{subject}");
        let read = done(&alice.client(&["read", line[0]]));
        assert!(read.contains(came), "{subject}: {read}");
        assert_eq!(read.contains("somebody may be pretending"), warned, "{subject}: {read}");
    }
    // It is known in whatever folder the letter lies.
    let moved = curl_imap(&home, &alice.device(), "INBOX", Some("MOVE 1 Archive"));
    assert!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stderr));
    let archived = done(&alice.client(&["list", "--mailbox", "Archive", "--json"]));
    assert!(archived.contains("forged") && archived.contains("\"came\":\"outside\""), "{archived}");
}

#[test]
fn a_mail_program_hands_in_and_the_copy_for_a_neighbour_is_sealed() {
    let home = Home::new();
    let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let message =
        b"From: alice@home.test\r\nTo: bob@home.test\r\nSubject: from a program\r\n\r\nin clear to the box\r\n";
    let handed = curl_submit(&home, &alice.device(), &["bob@home.test"], message);
    assert!(handed.status.success(), "{}", String::from_utf8_lossy(&handed.stderr));
    let stored = eventually("bob's mail", Duration::from_secs(30), || {
        let stored = curl_imap(&home, &bob.device(), "INBOX;UID=1", None).stdout;
        (!stored.is_empty()).then_some(stored)
    });
    let text = String::from_utf8_lossy(&stored);
    assert!(text.contains("BEGIN PGP MESSAGE") && !text.contains("in clear to the box"), "{text}");
    let listed = done(&bob.client(&["list"]));
    let number = listed.split_whitespace().next().unwrap();
    assert!(done(&bob.client(&["read", number])).contains("in clear to the box"));
}

#[test]
fn an_unknown_recipient_and_a_foreign_one_are_refused_at_the_door() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    for to in ["nobody@home.test", "somebody@elsewhere.test"] {
        let refused = curl_in(&home, "zoe@elsewhere.test", &[to], MULTIPART.as_bytes());
        assert_eq!(refused.status.code(), Some(55), "{}", String::from_utf8_lossy(&refused.stderr));
    }
}
