//! Thunderbird, as README.md tells people to set it up: letters come and open in it, what it writes arrives, what it keeps
//! is sealed on the box, and another Thunderbird of the same person takes it up again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use serde_json::json;
use tests::browser::PATIENCE;
use tests::foreign::{curl_imap, curl_in};
use tests::home::Home;
use tests::person::{Person, done};
use tests::program::eventually;
use tests::thunderbird::{Attached, Thunderbird};

/// HTML with an image in it, a file whose name is not ASCII, and the address that answers go to.
const CAKE: &str = "From: =?utf-8?q?Zo=C3=A9?= <zoe@elsewhere.test>\r\nReply-To: Le club <club@elsewhere.test>\r\n\
    To: alice@home.test\r\nSubject: =?utf-8?q?G=C3=A2teau_dimanche?=\r\nDate: Mon, 23 Nov 2026 12:00:00 +0100\r\n\
    Message-ID: <gateau@elsewhere.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\
    Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
    <p>Voilà <b>le gâteau</b> : <img src=\"cid:cake\"></p>\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <cake>\r\n\
    Content-Transfer-Encoding: base64\r\n\r\n\
    iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n--b--\r\n--a\r\n\
    Content-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\n\
    Content-Disposition: attachment; filename*=utf-8''recette%20d%E2%80%99%C3%A9t%C3%A9.csv\r\n\r\n/wBhO2INCg==\r\n--a--\r\n";
const BREAD: &str = "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: Et du pain\r\n\
    Message-ID: <pain@elsewhere.test>\r\n\r\nPrends du pain.\r\n";

fn bring(home: &Home, message: &str) {
    let brought = curl_in(home, "zoe@elsewhere.test", &["alice@home.test"], message.as_bytes());
    assert!(brought.status.success(), "{}", String::from_utf8_lossy(&brought.stderr));
}

/// What the command line shows of the letter with this subject, as soon as it is there.
fn read(person: &Person<'_>, mailbox: &str, subject: &str) -> String {
    let line = eventually(subject, PATIENCE, || {
        let listed = done(&person.client(&["list", "--mailbox", mailbox]));
        listed.lines().find(|line| line.ends_with(subject)).map(str::to_owned)
    });
    done(&person.client(&["read", line.split_whitespace().next().unwrap()]))
}

/// What the box keeps of the only letter in a mailbox.
fn stored(home: &Home, person: &Person<'_>, mailbox: &str) -> String {
    done(&curl_imap(home, &person.device(), &format!("{mailbox};UID=1"), None))
}

#[test]
fn letters_come_open_and_are_answered_where_their_author_wants_it() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    // With the first password for a program that opens mail itself what comes is sealed so that it can.
    _ = alice.device();
    bring(&home, BREAD);
    let mut thunderbird = Thunderbird::of(&home, &alice);
    let bread = thunderbird.open("INBOX", 1);
    assert_eq!((bread.subject.as_str(), bread.text.as_str()), ("Et du pain", "Prends du pain."));
    assert_eq!(thunderbird.answer("INBOX").to, ["zoe@elsewhere.test"]);

    // It looks by itself every ten minutes; sooner it is the box that tells it, for as long as the folder stands open.
    bring(&home, CAKE);
    let cake = thunderbird.open("INBOX", 2);
    thunderbird.screenshot("thunderbird.png");
    assert_eq!((cake.subject.as_str(), cake.listed.as_str()), ("Gâteau dimanche", "Gâteau dimanche"));
    assert_eq!((cake.text.as_str(), &cake.bold[..]), ("Voilà le gâteau :", &["le gâteau".to_owned()][..]));
    assert_eq!(cake.images, [1], "the image is shown");
    let recipe = Attached {
        name: "recette d’été.csv".to_owned(),
        media_type: "text/csv".to_owned(),
        bytes: b"\xff\x00a;b\r\n".to_vec(),
    };
    assert_eq!(cake.attachments, [recipe]);
    assert!(cake.encrypted.as_deref().is_some_and(|icon| icon.contains("encrypted-ok")), "{cake:?}");
    let answer = thunderbird.answer("INBOX");
    assert_eq!(
        (answer.to, answer.subject.as_str()),
        (vec!["Le club <club@elsewhere.test>".to_owned()], "Re: Gâteau dimanche")
    );
    assert!(answer.body.contains("> Voilà le gâteau"), "{}", answer.body);
}

#[test]
fn what_thunderbird_sends_arrives_and_its_copies_are_sealed_and_open_in_it() {
    let home = Home::new();
    let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let mut thunderbird = Thunderbird::of(&home, &alice);
    thunderbird.write(json!({ "to": "bob@home.test", "subject": "Ouvert, marqueur", "body": "À midi, chez Mamie." }));
    let read_by_bob = read(&bob, "INBOX", "Ouvert, marqueur");
    assert!(
        read_by_bob.contains("Sealed by its sender: no") && read_by_bob.contains("À midi, chez Mamie."),
        "{read_by_bob}"
    );
    let copy = thunderbird.open("Sent", 1);
    assert_eq!((copy.subject.as_str(), copy.text.as_str()), ("Ouvert, marqueur", "À midi, chez Mamie."));
    for kept in [stored(&home, &alice, "Sent"), stored(&home, &bob, "INBOX")] {
        assert!(kept.contains("BEGIN PGP MESSAGE") && !kept.contains("Mamie") && !kept.contains("marqueur"), "{kept}");
    }

    // Sealed by Thunderbird itself, to the certificate that the box hands out.
    assert_eq!(thunderbird.discover("bob@home.test"), ["wkd"]);
    for (subject, sign) in [("Scellé, sans signature", false), ("Scellé et signé", true)] {
        let text = format!("{subject} : à midi.");
        thunderbird
            .write(json!({ "to": "bob@home.test", "subject": subject, "body": text, "encrypt": true, "sign": sign }));
        let read_by_bob = read(&bob, "INBOX", subject);
        assert!(read_by_bob.contains("Sealed by its sender: yes") && read_by_bob.contains(&text), "{read_by_bob}");
        assert_eq!(read_by_bob.contains("Signature: good, by "), sign, "{read_by_bob}");
        assert!(!read_by_bob.contains("Problem"), "{read_by_bob}");
    }
    let copy = thunderbird.open("Sent", 3);
    assert_eq!((copy.subject.as_str(), copy.text.as_str()), ("Scellé et signé", "Scellé et signé : à midi."));
    assert!(copy.signed.as_deref().is_some_and(|icon| icon.contains("signed-ok")), "{copy:?}");
}

#[test]
fn a_draft_goes_on_in_another_thunderbird_with_all_its_recipients() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let mut thunderbird = Thunderbird::of(&home, &alice);
    thunderbird.write(json!({
        "to": "bob@home.test", "bcc": "carol@home.test", "replyTo": "club@home.test",
        "subject": "Surprise, marqueur", "body": "Pas encore fini.", "draft": true,
    }));
    assert!(read(&alice, "Drafts", "Surprise, marqueur").contains("Bcc: carol@home.test\n"));
    drop(thunderbird);
    let kept = stored(&home, &alice, "Drafts");
    assert!(
        kept.contains("\r\nBcc: carol@home.test\r\n") && kept.contains("\r\nReply-To: club@home.test\r\n"),
        "{kept}"
    );
    assert!(kept.contains("BEGIN PGP MESSAGE") && !kept.contains("marqueur") && !kept.contains("fini"), "{kept}");

    let mut thunderbird = Thunderbird::of(&home, &alice);
    assert_eq!(thunderbird.open("Drafts", 1).text, "Pas encore fini.");
    let draft = thunderbird.go_on();
    assert_eq!((&draft.to[..], &draft.cc[..]), (&["bob@home.test".to_owned()][..], &[][..]));
    assert_eq!((draft.bcc, draft.reply_to), (vec!["carol@home.test".to_owned()], vec!["club@home.test".to_owned()]));
    assert_eq!((draft.subject.as_str(), draft.body.trim()), ("Surprise, marqueur", "Pas encore fini."));
}
