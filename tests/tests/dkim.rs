//! What leaves the box is signed so that somebody else can verify it: letters, whoever hands them in and whatever is in them, and what
//! brings a link. The verifier is dkimpy, with the records that the box prints.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::process::Output;

use tests::elsewhere::Elsewhere;
use tests::foreign::curl_submit;
use tests::home::{DOMAIN, Home};
use tests::names::{NameServer, Signature, signatures, zone};
use tests::person::{Person, done, refused};

const TO: &str = "yves@elsewhere.test";

fn a_box() -> (Elsewhere, Home) {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    (elsewhere, home)
}

/// That both signatures of a message are good, and by these keys of the box.
fn assert_signed(found: &[Signature], keys: &str) {
    let told: Vec<_> = found.iter().map(|one| (one.good, one.algorithm.as_str(), one.selector.clone())).collect();
    let expected = ["rsa", "ed25519"].map(|kind| (true, format!("{kind}-sha256"), format!("{keys}-{kind}")));
    let expected: Vec<_> = expected.iter().map(|(good, kind, keys)| (*good, kind.as_str(), keys.clone())).collect();
    assert_eq!(told, expected, "{found:?}");
    assert!(found.iter().all(|one| one.domain == DOMAIN), "{found:?}");
}

/// The names of the keys in a zone, in their order.
fn keys_in(zone: &str) -> Vec<String> {
    zone.lines().filter_map(|line| line.split_once("-rsa._domainkey.")).map(|(name, _)| name.to_owned()).collect()
}

fn replaced(message: &[u8], what: &str, with: &str) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains(what), "{what:?} is not in {text}");
    text.replacen(what, with, 1).into_bytes()
}

#[test]
fn a_letter_is_signed_with_both_algorithms_and_nothing_of_it_can_be_changed() {
    let (elsewhere, home) = a_box();
    let alice = Person::register(&home, "alice");
    let send = ["send", "--to", TO, "--subject", "Reunion", "--open"];
    done(&alice.client_reading(b"At three o'clock.\nBring the papers.\n", &send));
    let message = elsewhere.message_for(TO).message;
    let (zone, keys) = (zone(&home, &[]), keys_in(&zone(&home, &[])));
    assert_eq!(keys.len(), 1);
    assert_signed(&signatures(&home, &zone, &message), &keys[0]);

    // White space that a server changes on its way counts for nothing.
    assert_signed(&signatures(&home, &zone, &replaced(&message, "Subject: ", "SUBJECT:\r\n \t")), &keys[0]);
    for (what, with) in [
        ("three", "threE"),
        ("Subject: Reunion", "Subject: Reunion!"),
        ("From: ", "X-From: "),
        // Another one, above or below the one that is signed.
        ("Subject: ", "Subject: Something else\r\nSubject: "),
        ("\r\n\r\n", "\r\nSubject: Something else\r\n\r\n"),
        ("\r\n\r\n", "\r\nReply-To: eve@elsewhere.test\r\n\r\n"),
        ("\r\n\r\n", "\r\nFrom: eve@elsewhere.test\r\n\r\n"),
    ] {
        let found = signatures(&home, &zone, &replaced(&message, what, with));
        assert!(found.len() == 2 && found.iter().all(|one| !one.good), "{what:?} {with:?}: {found:?}");
    }
    // Nobody finds the keys: it is as if it had not been signed, and it has arrived.
    let without = zone.lines().filter(|line| !line.contains("_domainkey")).collect::<Vec<_>>().join("\n");
    assert!(signatures(&home, &without, &message).iter().all(|one| !one.good));
}

#[test]
fn whatever_a_mail_program_hands_in_is_signed_as_it_leaves() {
    let (elsewhere, home) = a_box();
    let alice = Person::register(&home, "alice");
    let device = alice.device();
    let head = "From: Alice <alice@home.test>\r\nTo: yves@elsewhere.test\r\nSubject: hard\r\n";
    let long = "long line ".repeat(98);
    let typed = format!(
        "{head}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    );
    let base64 = ("QUJD".repeat(19) + "\r\n").repeat(20 * 1024 * 1024 / 78);
    let letters = [
        format!("{typed}\r\nÀ midi, chez Mamie.\r\n"),
        format!("{head}\r\n{long}\r\n{long}.\r\n"),
        format!("{head}\r\nspaces behind   \r\n\t\r\n and before\ttabs \t between\r\n\r\n \r\n\r\n\r\n"),
        format!("{head}\r\n"),
        head.to_owned(),
        format!("{head}\r\n\r\n\r\n"),
        format!("{head}\r\n.\r\n..dots\r\n.\r\nno line end behind"),
        format!(
            "{head}To: zoe@elsewhere.test\r\nX-Folded: a\r\n b\r\nReferences: <a@b.test>\r\n\t<c@d.test>\r\n\r\nfields\r\n"
        ),
        // What somebody else has signed before is not touched.
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=else.test; s=x; h=from; bh=AA==; b=AA==\r\n{head}\r\nforwarded\r\n"
        ),
        format!("{typed}\r\n{base64}"),
    ];
    let (zone, keys) = (zone(&home, &[]), keys_in(&zone(&home, &[])));
    for (place, letter) in letters.iter().enumerate() {
        let handed = curl_submit(&home, &device, &[TO], letter.as_bytes());
        assert!(handed.status.success(), "{place}: {}", String::from_utf8_lossy(&handed.stderr));
        let received = elsewhere.nth_message_for(TO, place).message;
        let found = signatures(&home, &zone, &received);
        let known = letter.starts_with("DKIM-Signature");
        assert_eq!(found.len(), if known { 3 } else { 2 }, "{place}");
        assert_signed(&found[..2], &keys[0]);
        assert_eq!(String::from_utf8_lossy(&received).contains("d=else.test; s=x;"), known);
    }
    let forged = letters[1].replace("<alice@", "<bob@");
    assert!(!curl_submit(&home, &device, &[TO], forged.as_bytes()).status.success());
}

#[test]
fn what_brings_a_link_is_signed() {
    let (elsewhere, home) = a_box();
    let alice = Person::register(&home, "alice");
    done(&alice.client_reading(b"The letter.", &["link", "send", "--to", TO, "--subject", "S", "--language", "fr"]));
    let zone = zone(&home, &[]);
    assert_signed(&signatures(&home, &zone, &elsewhere.message_for(TO).message), &keys_in(&zone)[0]);
}

#[test]
fn other_keys_are_used_when_they_are_published_and_the_old_ones_still_verify() {
    let (elsewhere, home) = a_box();
    let alice = Person::register(&home, "alice");
    let send = |place: usize| {
        done(&alice.client_reading(b"Hello.\n", &["send", "--to", TO, "--subject", "S", "--open"]));
        elsewhere.nth_message_for(TO, place).message
    };
    let rotate = || -> Output {
        let mut command = home.command(&["dkim", "rotate", "--data"]);
        command.arg(home.data()).output().unwrap()
    };
    let before = send(0);
    let first = keys_in(&zone(&home, &[]));
    let printed = done(&rotate());
    let second = keys_in(&printed);
    assert!(second.len() == 1 && first != second && printed.contains("Keys that wait"), "{printed}");
    let again = rotate();
    assert_eq!(again.status.code(), Some(3));
    assert!(refused(&again).contains("wait for their DNS records already"));

    // A local box has its records published at once.
    let after = send(1);
    let printed = zone(&home, &[]);
    assert_eq!(keys_in(&printed), [first[0].clone(), second[0].clone()]);
    assert!(printed.contains("; Old keys: what they signed may be on its way until 20"), "{printed}");
    assert_signed(&signatures(&home, &printed, &before), &first[0]);
    assert_signed(&signatures(&home, &printed, &after), &second[0]);
    // No other process shows the keys to anybody, and none is in the log.
    for keys in [&first[0], &second[0]] {
        let text = std::fs::read_to_string(home.data().join(format!("dkim-{keys}.key"))).unwrap();
        let secret = text.lines().nth(3).unwrap();
        assert!(!home.log().contains(secret) && !printed.contains(secret));
    }
}

#[test]
fn what_dns_says_is_compared_with_what_it_should() {
    let home = Home::new();
    let zone = zone(&home, &["9.9.9.9"]);
    let check = |server: &str| {
        let mut command = home.command(&["dns", "--check", "--address", "9.9.9.9", "--server", server, "--data"]);
        let output = command.arg(home.data()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let whole = NameServer::new(&home, &zone);
    let (code, told, why) = check(&whole.address().to_string());
    assert_eq!(code, Some(0), "{told}{why}");
    assert!(told.lines().count() == 10 && told.lines().all(|line| line.starts_with("ok ")), "{told}");

    let half: Vec<_> = zone.lines().filter(|line| !line.contains("_dmarc")).collect();
    let half = half.join("\n").replace("IN MX 10 home.test.", "IN MX 10 mx.provider.test.").replace("p=MII", "p=MIJ");
    let other = NameServer::new(&home, &half);
    let (code, told, why) = check(&other.address().to_string());
    assert_eq!(code, Some(1), "{told}{why}");
    for line in [
        "other      MX      home.test: mx.provider.test",
        "missing    TXT     _dmarc.home.test",
        "-rsa._domainkey.home.test: another key, or a part of it",
        "ok         SRV     _imaps._tcp.home.test",
    ] {
        assert!(told.contains(line), "{line:?} is missing: {told}");
    }
    assert!(why.contains("3 of 10 records are not as"), "{why}");

    let gone = whole.address().to_string();
    drop(whole);
    let (code, told, why) = check(&gone);
    assert_eq!(code, Some(4), "{told}{why}");
    assert!(told.lines().all(|line| line.starts_with("not known")), "{told}");

    let nowhere = home.command(&["dns", "--data", "/nowhere"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no box in /nowhere"));
}
