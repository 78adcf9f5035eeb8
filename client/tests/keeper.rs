//! What the keeper is asked and answers, and that a mailbox knows the key that a reader has sent.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on may stop")]

mod support;

use client::keeper::{Answer, Ask, Flaw, work};
use client::worker::protocol::reading::{MessageView, Problem};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use shared::access::Reply;
use shared::api::EmailAddress;
use shared::api::mailbox::Came;
use shared::link::{Manifest, Payload, Person as Named, Replies, Unpacker};
use shared::mime::{self, Attachment, BccField, Letter, Mailbox};
use shared::pgp::{self, Certificate};

use support::{NOW, Person};

const KEY_TYPE: &str = "application/pgp-keys";

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

fn asks(ask: Ask, bytes: &[&[u8]]) -> Result<(Answer, Vec<Vec<u8>>), Flaw> {
    let bytes: Vec<_> = bytes.iter().map(|bytes| bytes.to_vec()).collect();
    work(ask, &bytes, &mut rng())
}

fn ines() -> EmailAddress {
    "ines@elsewhere.test".parse().unwrap()
}

/// A key of hers: secret and certificate.
fn made() -> (Vec<u8>, Vec<u8>) {
    let (answer, mut bytes) = asks(Ask::Make { name: "Inès".into(), address: ines(), now: NOW }, &[]).unwrap();
    assert!(matches!(answer, Answer::Key { address, .. } if address == ines()));
    (bytes.remove(0), bytes.remove(0))
}

#[test]
fn a_key_is_made_written_read_and_opens_what_is_sealed_for_it() {
    let (secret, certificate) = made();
    let export =
        |passphrase: &str| asks(Ask::Export { passphrase: passphrase.into() }, &[&secret]).unwrap().1.remove(0);
    let import = |file: &[u8], passphrase: &str| asks(Ask::Import { passphrase: passphrase.into(), now: NOW }, &[file]);
    for passphrase in ["", "correct horse battery"] {
        let (answer, bytes) = import(&export(passphrase), passphrase).unwrap();
        assert!(matches!(answer, Answer::Key { address, .. } if address == ines()));
        assert_eq!(bytes, [secret.clone(), certificate.clone()]);
    }
    assert_eq!(import(&export("correct horse battery"), "wrong"), Err(Flaw::WrongPassphrase));
    assert_eq!(import(&certificate, ""), Err(Flaw::NoKey));
    assert_eq!(import(b"not a key", ""), Err(Flaw::NoKey));

    let letter = Letter {
        from: Mailbox { name: None, address: "zoe@home.test".into() },
        to: vec![Mailbox { name: None, address: ines().to_string() }],
        subject: "Déjeuner".into(),
        text: "À midi ?".into(),
        message_id: "1@home.test".into(),
        date: NOW,
        ..Letter::default()
    };
    let to = Certificate::parse(&certificate).unwrap();
    let sealed = pgp::seal_outgoing(&mime::build(&letter, BccField::Left), &[&to], None, NOW, &mut rng()).unwrap();
    let open = |parts: &[&[u8]]| asks(Ask::Open { signers: Vec::new(), now: NOW }, parts);
    let (answer, chunks) = open(&[&sealed, b"no key", &secret]).unwrap();
    let Answer::Letter { payload, signed_by: None } = answer else { panic!("{answer:?}") };
    let mut unpacker = Unpacker::new(Payload::read(&payload.0).unwrap());
    for chunk in &chunks {
        unpacker.open(chunk).unwrap();
    }
    assert_eq!(unpacker.manifest().unwrap().subject, "Déjeuner");
    assert_eq!(open(&[&sealed]), Err(Flaw::OtherKeys));
    assert_eq!(open(&[b"Hello.", &secret]), Err(Flaw::NotSealed));
}

#[test]
fn what_must_not_be_sent_is_said() {
    let (secret, certificate) = made();
    let check =
        |bytes: &[u8], address: &str| asks(Ask::Check { address: address.parse().unwrap(), now: NOW }, &[bytes]);
    assert_eq!(check(&certificate, ines().as_str()).unwrap().1, std::slice::from_ref(&certificate));
    assert_eq!(check(&secret, ines().as_str()), Err(Flaw::Secret));
    assert_eq!(check(&certificate, "leo@elsewhere.test"), Err(Flaw::OtherAddress));
    assert_eq!(check(b"", ines().as_str()), Err(Flaw::NoCertificate));
}

/// What alice's page shows of an answer with this file, that came so.
fn shown_from(outside: &str, file: &[u8], media_type: &str, came: Option<Came>) -> MessageView {
    let mut alice = Person::named("alice", 1);
    let manifest = Manifest {
        from: Named { name: "Alice".into(), address: "alice@home.test".into() },
        to: vec![Named { name: "Inès".into(), address: ines().to_string() }],
        subject: "Lunch".into(),
        date: NOW,
        message_id: "1@home.test".into(),
        text: 0,
        html: 0,
        files: Vec::new(),
        replies: Some(Replies { certificate: alice.certificate() }),
    };
    let file = Attachment {
        name: Some("ines.asc".into()),
        media_type: media_type.into(),
        content_id: None,
        inline: false,
        bytes: file.to_vec(),
    };
    let reply = Reply { from: ines(), text: "My key.".into(), files: vec![file] };
    let sealed = reply.seal(&manifest, NOW, &mut rng()).unwrap();
    let sealed = String::from_utf8(sealed).unwrap().replacen("<ines@elsewhere.test>", &format!("<{outside}>"), 1);
    assert!(sealed.contains(&format!("<{outside}>\r\nTo: ")), "{sealed}");
    let stored = alice.sealed_as(sealed.as_bytes(), came);
    alice.read(stored, Vec::new()).unwrap()
}

fn shown(file: &[u8], media_type: &str, came: Option<Came>) -> MessageView {
    shown_from("ines@elsewhere.test", file, media_type, came)
}

#[test]
fn a_key_for_an_address_that_the_link_is_not_for_is_not_offered() {
    let (_, certificate) = made();
    let view = shown_from("eve@elsewhere.test", &certificate, KEY_TYPE, Some(Came::Link));
    assert!(view.problems.contains(&Problem::OtherAuthor));
    assert_eq!(view.sent_key, None);
}

#[test]
fn the_key_in_an_answer_through_a_link_is_known_and_in_no_other_mail() {
    let (_, certificate) = made();
    let armored = Certificate::parse(&certificate).unwrap().armored();
    for file in [certificate.as_slice(), armored.as_bytes()] {
        let key = shown(file, KEY_TYPE, Some(Came::Link)).sent_key.unwrap();
        assert_eq!((&key.address, &key.certificate.0), (&ines(), &certificate));
    }
    let (_, of_leo) = {
        let address = "leo@elsewhere.test".parse().unwrap();
        let (_, mut bytes) = asks(Ask::Make { name: String::new(), address, now: NOW }, &[]).unwrap();
        (bytes.remove(0), bytes.remove(0))
    };
    for (file, media_type, came) in [
        (certificate.as_slice(), KEY_TYPE, Some(Came::Outside)),
        (&certificate, KEY_TYPE, None),
        (&certificate, "application/octet-stream", Some(Came::Link)),
        (&of_leo, KEY_TYPE, Some(Came::Link)),
        (b"no certificate", KEY_TYPE, Some(Came::Link)),
    ] {
        assert_eq!(shown(file, media_type, came).sent_key, None, "{media_type} {came:?}");
    }
}
