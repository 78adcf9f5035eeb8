//! Sealing loses nothing: what is opened is what came in, byte for byte, for real mail and for anything else.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use proptest::prelude::*;
use shared::pgp::{EndToEnd, OpenError, open_message, protect, restore, seal_incoming};
use support::{NOW, corpus, person, rng};

/// Seals for alice, opens as alice, and compares.
fn survives(original: &[u8]) -> Result<(), String> {
    let alice = person("Alice <alice@home.test>");
    let sealed = seal_incoming(original, alice.certificate(), NOW, &mut rng()).map_err(|error| error.to_string())?;
    let opened = open_message(&sealed.bytes, sealed.header.as_deref(), &[&alice], &[], NOW);
    let opened = opened.map_err(|error| error.to_string())?;
    let header_end = sealed.bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no header end")?;
    let header = sealed.bytes.get(..header_end).unwrap_or_default();
    if !header.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')) {
        return Err("the outer header is not plain".to_owned());
    }
    if header.split(|byte| *byte == b'\n').any(|line| line.len() > 999) {
        return Err("the outer header has a line that is too long".to_owned());
    }
    if opened.original == original { Ok(()) } else { Err("not what came in".to_owned()) }
}

#[test]
fn every_message_of_the_corpus_survives() {
    let mut kept = 0;
    let corpus = corpus();
    for (path, original) in &corpus {
        survives(original).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let alice = person("Alice <alice@home.test>");
        kept += usize::from(seal_incoming(original, alice.certificate(), NOW, &mut rng()).unwrap().header.is_some());
    }
    println!("{} messages, {kept} of them kept as their senders had encrypted them", corpus.len());
}

#[test]
fn odd_messages_survive() {
    let odd: &[&[u8]] = &[
        b"",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"no header at all",
        b"Subject: only a header",
        b"Subject: only a header\r\n",
        b"Subject: bare LF\n\nbody\n",
        b"Subject: a\r\nthis is no field\r\nand a body without an empty line",
        b"From someone Thu Jan  1 00:00:00 1970\nSubject: mbox\n\nbody",
        b"Content-Type: text/plain;\r\n\r\nends with a semicolon",
        b"Content-Type:\r\n\r\nempty type",
        b"Content-Type: text/plain; hp=\"clear\"\r\n\r\nsays hp already",
        b"Content-Type: text/plain; protected-headers=\"v1\"\r\nHP-Outer: Subject: x\r\n\r\nprotected already",
        b"Own-Mailbox-Original: 1; length=3; added=0+1\r\nSubject: x\r\n\r\nour own marker",
        b"Own-Mailbox-Original: 1; length=0; added=0+0\r\n",
        b"Content-Type: multipart/signed; boundary=\"=_own-mailbox\"; protocol=\"application/pgp-signature\"\r\n\r\n--=_own-mailbox\r\n\r\nx",
        b"Content-Type: multipart/signed; boundary=b\nSubject: bare LF, signed\n\n--b\n\nx\n--b\n\ny\n--b--\n",
        b"From: \xff\xfe <a@b.test>\r\nTo: \xc3\xa9\r\nSubject: \xe9\r\n\r\n\xff",
        b"From: a@b.test\r\n\tfolded\r\n \r\nTo: b@b.test\r\n\r\nbody",
        b"\x00\x01\x02\r\n\x80",
        b"a:\r\nb:\n c:\n\r\n",
        b"Subject: x\r\rSubject: bare CR\r\n\r\nbody",
    ];
    for original in odd {
        survives(original).unwrap_or_else(|error| panic!("{:?}: {error}", String::from_utf8_lossy(original)));
    }
    let long = format!("References: {}\r\nTo: {}\r\n\r\nbody", "<a@b.test> ".repeat(5000), "x".repeat(5000));
    survives(long.as_bytes()).unwrap();
}

#[test]
fn a_payload_without_a_marker_that_fits_stays_as_it_is() {
    for payload in [
        &b"Own-Mailbox-Original: 1; length=9999; added=0+1\r\nSubject: x\r\n\r\n"[..],
        b"Own-Mailbox-Original: 1; length=1; added=9+1\r\nabc",
        b"Own-Mailbox-Original: 1; length=1; added=0+99999999999999999999\r\nabc",
        b"Own-Mailbox-Original: 1; length=3; added=2+1,0+1\r\nabcde",
        b"Own-Mailbox-Original: 2; length=3; added=0+0\r\nabc",
        b"Subject: x\r\n\r\nbody",
        b"",
    ] {
        assert_eq!(restore(payload.to_vec()), payload);
    }
}

#[test]
fn a_message_that_its_sender_encrypted_is_not_sealed_again() {
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    let letter = b"From: Bob <bob@else.test>\r\nTo: alice@home.test\r\nSubject: the secret\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nContent-Type: text/plain\r\n\r\nhello\r\n";
    let certificates = [alice.certificate()];
    let sent = shared::pgp::seal_outgoing(letter, &certificates, Some(&bob), NOW, &mut rng()).unwrap();
    let mut arrived = b"Received: from bob by home\r\nX-Secret-Field: very secret\r\n".to_vec();
    arrived.extend_from_slice(&sent);
    let sealed = seal_incoming(&arrived, alice.certificate(), NOW, &mut rng()).unwrap();
    let header = sealed.header.as_deref().expect("its header is sealed apart");
    let text = String::from_utf8_lossy(&sealed.bytes);
    assert!(!text.contains("X-Secret-Field") && !text.contains("Received"), "{text}");
    assert!(text.contains("Subject: [...]\r\n"));
    assert_eq!(text.matches("BEGIN PGP MESSAGE").count(), 1);

    let signers = [bob.certificate().clone()];
    let opened = open_message(&sealed.bytes, Some(header), &[&alice], &signers, NOW).unwrap();
    assert_eq!(opened.original, arrived);
    assert!(opened.sealed_end_to_end());
    let EndToEnd::Opened { message } = &opened.end_to_end else { panic!("{:?}", opened.end_to_end) };
    assert!(!opened.sender_differs() && !opened.outside);
    assert!(String::from_utf8_lossy(message).contains("Subject: the secret\r\n"));
    assert_eq!(shared::mime::read(opened.shown()).subject.as_deref(), Some("the secret"));
    assert!(matches!(opened.signatures[..], [shared::pgp::SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
}

#[test]
fn what_only_looks_encrypted_is_sealed_whole() {
    let alice = person("Alice <alice@home.test>");
    let letter = b"From: bob@else.test\r\n\r\nhello\r\n";
    let sent = shared::pgp::seal_outgoing(letter, &[alice.certificate()], None, NOW, &mut rng()).unwrap();
    let sent = String::from_utf8(sent).unwrap();
    let boundary = sent.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let good = |message: &str| {
        seal_incoming(message.as_bytes(), alice.certificate(), NOW, &mut rng()).unwrap().header.is_some()
    };
    assert!(good(&sent));
    let preamble = |text: &str| {
        sent.replacen(&format!("\r\n\r\n--{boundary}\r\n"), &format!("\r\n\r\n{text}\r\n--{boundary}\r\n"), 1)
    };
    assert!(good(&preamble("This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)")));
    assert!(!good(&preamble("psst: the plan is …")));
    assert!(!good(&format!("{sent}an epilogue\r\n")));
    assert!(!good(&sent.replace("Version: 1", "Version: 1\r\nthe plan")));
    assert!(!good(&sent.replace("-----BEGIN", "the plan\r\n-----BEGIN")));
    assert!(!good(
        &sent.replace(&format!("--{boundary}--"), &format!("--{boundary}\r\n\r\nthe plan\r\n--{boundary}--"))
    ));
    assert!(!good(&sent.replace("multipart/encrypted", "multipart/mixed")));
    let told = sent.replace("protocol=", "comment=\"the plan\"; protocol=");
    let sealed = seal_incoming(told.as_bytes(), alice.certificate(), NOW, &mut rng()).unwrap();
    assert!(sealed.header.is_some() && !String::from_utf8_lossy(&sealed.bytes).contains("the plan"));
    survives(told.as_bytes()).unwrap();
    for fake in [preamble("psst"), sent.replace("Version: 1", "Version: 1\r\nthe plan")] {
        survives(fake.as_bytes()).unwrap();
    }
}

#[test]
fn what_was_encrypted_and_cut_survives_and_is_known_to_stay_closed() {
    let alice = person("Alice <alice@home.test>");
    let letter = b"From: bob@else.test\r\n\r\nhello\r\n";
    let sent = shared::pgp::seal_outgoing(letter, &[alice.certificate()], None, NOW, &mut rng()).unwrap();
    let sent = String::from_utf8(sent).unwrap();
    let middle = sent.find("-----BEGIN PGP MESSAGE-----").unwrap() + 150;
    let (begin, end) = sent.split_at(middle);
    let without_a_line = format!("{begin}{}", end.split_once("\r\n").unwrap().1);
    for cut in [begin.to_owned(), format!("{begin}{{{end}"), without_a_line] {
        survives(cut.as_bytes()).unwrap();
        let sealed = seal_incoming(cut.as_bytes(), alice.certificate(), NOW, &mut rng()).unwrap();
        let opened = open_message(&sealed.bytes, sealed.header.as_deref(), &[&alice], &[], NOW).unwrap();
        assert!(matches!(opened.end_to_end, EndToEnd::Closed(OpenError::Damaged(_))), "{:?}\n{cut}", opened.end_to_end);
        assert_eq!(opened.shown(), cut.as_bytes());
    }
    // Where nothing of the kind ever began, there is nothing to open.
    let never = sent.replace("PGP MESSAGE", "ELEPHANT");
    let sealed = seal_incoming(never.as_bytes(), alice.certificate(), NOW, &mut rng()).unwrap();
    let opened = open_message(&sealed.bytes, sealed.header.as_deref(), &[&alice], &[], NOW).unwrap();
    assert!(matches!(opened.end_to_end, EndToEnd::No));
}

/// Text that looks like parts of messages, in any order.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b" ".to_vec()),
        Just(b"Content-Type: ".to_vec()),
        Just(b"text/plain; charset=utf-8".to_vec()),
        Just(b"multipart/signed; boundary=b".to_vec()),
        Just(b"multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b".to_vec()),
        Just(b"--b".to_vec()),
        Just(b"--".to_vec()),
        Just(b"hp=\"cipher\"".to_vec()),
        Just(b"HP-Outer: ".to_vec()),
        Just(b"Own-Mailbox-Original: 1; length=5; added=0+2".to_vec()),
        Just(b"Subject: ".to_vec()),
        Just(b"From: a <a@b.test>".to_vec()),
        Just(b"-----BEGIN PGP MESSAGE-----".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_fragments_survive_protection(original in fragments()) {
        prop_assert_eq!(restore(protect(&original)), original.clone());
        let twice = protect(&protect(&original));
        prop_assert_eq!(restore(restore(twice)), original);
    }

    #[test]
    fn any_bytes_survive_protection(original in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(restore(protect(&original)), original);
    }

    #[test]
    fn restoring_never_panics(payload in fragments()) {
        let _ = restore(payload);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_fragments_survive_sealing(original in fragments()) {
        prop_assert_eq!(survives(&original), Ok(()));
    }
}
