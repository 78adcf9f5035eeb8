//! Keys of people without an account: made and brought along, what is sent of them, and reading what comes sealed for them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use shared::access::{OpenFlaw, SealedLetter, SendFlaw, key_file, make_reader_key, to_be_sent};
use shared::api::EmailAddress;
use shared::link::{Part, Unpacker};
use shared::mime::{self, Attachment, BccField, Letter, Mailbox};
use shared::pgp::{self, KeyError, LIFE_SECONDS, SecretKey};
use support::{NOW, person, rng};

fn ines() -> EmailAddress {
    "ines@elsewhere.test".parse().unwrap()
}

fn key() -> SecretKey {
    make_reader_key("Inès <x>", &ines(), NOW, &mut rng()).unwrap()
}

/// A letter from Zoé, sealed for whom this is and signed by her.
fn sealed(zoe: &SecretKey, to: &SecretKey) -> Vec<u8> {
    let file = Attachment {
        name: Some("plan é.png".into()),
        media_type: "image/png".into(),
        content_id: None,
        inline: false,
        bytes: vec![7; 2_000_000],
    };
    let letter = Letter {
        from: Mailbox { name: Some("Zoé".into()), address: "zoe@home.test".into() },
        to: vec![Mailbox { name: None, address: "ines@elsewhere.test".into() }],
        subject: "Déjeuner".into(),
        text: "À midi ?".into(),
        attachments: vec![file],
        message_id: "1@home.test".into(),
        date: NOW,
        ..Letter::default()
    };
    let message = mime::build(&letter, BccField::Left);
    pgp::seal_outgoing(&message, &[to.certificate()], Some(zoe), NOW, &mut rng()).unwrap()
}

fn open(bytes: &[u8], key: &SecretKey, zoe: &SecretKey) -> Result<SealedLetter, OpenFlaw> {
    SealedLetter::open(bytes, &[key], &[zoe.certificate().clone()], NOW, &mut rng())
}

/// What stands in the armor of a message, armor included.
fn armor(message: &[u8]) -> String {
    let text = String::from_utf8(message.to_vec()).unwrap();
    let (from, to) = (text.find("-----BEGIN").unwrap(), text.find("-----END PGP MESSAGE-----").unwrap());
    text[from..to + "-----END PGP MESSAGE-----".len()].to_owned()
}

#[test]
fn a_letter_opens_in_whatever_form_a_mail_program_gives_it_out() {
    let (zoe, ines) = (person("Zoé <zoe@home.test>"), key());
    let message = sealed(&zoe, &ines);
    let block = armor(&message);
    let beside = format!(
        "From: zoe@home.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\
         A gateway's text.\r\n--b\r\nContent-Type: text/plain; name=encrypted.asc\r\n\
         Content-Disposition: attachment; filename=encrypted.asc\r\n\r\n{block}\r\n--b--\r\n"
    );
    let quoted = format!("\u{feff}Hello,\n\n{}\n-- \nfooter", block.replace('\r', ""));
    for form in [&message[..], block.as_bytes(), beside.as_bytes(), quoted.as_bytes()] {
        let letter = open(form, &ines, &zoe).unwrap();
        let about = &letter.manifest;
        assert_eq!((about.subject.as_str(), about.from.name.as_str()), ("Déjeuner", "Zoé"));
        assert!(letter.is_signed && about.replies.is_none() && about.to[0].address == "ines@elsewhere.test");
        let (payload, chunks) = letter.packed(&mut rng()).unwrap();
        let mut unpacker = Unpacker::new(payload);
        let (mut text, mut file) = (Vec::new(), Vec::new());
        for chunk in &chunks {
            for piece in unpacker.open(chunk).unwrap() {
                match piece.part {
                    Part::Text => text.extend_from_slice(&piece.bytes),
                    Part::File(0) => file.extend_from_slice(&piece.bytes),
                    Part::Html => assert!(piece.bytes.is_empty()),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(unpacker.manifest().unwrap().files[0].name, "plan é.png");
        assert_eq!((String::from_utf8(text).unwrap().trim(), file), ("À midi ?", vec![7; 2_000_000]));
        unpacker.finish().unwrap();
    }
}

#[test]
fn a_sealed_text_opens_as_text_and_a_binary_file_as_well() {
    let (zoe, ines) = (person("Zoé <zoe@home.test>"), key());
    let binary = pgp::seal("Juste ça.".as_bytes(), &[ines.certificate()], None, NOW, &mut rng()).unwrap();
    let block = armor(&pgp::pgpmime::wrap(b"", &binary, &mut rng()));
    for form in [binary.as_slice(), block.as_bytes(), format!("From: zoe@home.test\r\n\r\n{block}").as_bytes()] {
        let letter = open(form, &ines, &zoe).unwrap();
        assert!(!letter.is_signed, "nobody has signed it");
        assert_eq!(letter.manifest.text, "Juste ça.".len() as u64);
    }
}

#[test]
fn who_signed_counts_only_under_an_own_address() {
    let (zoe, eve, ines) = (person("Zoé <zoe@home.test>"), person("Eve <eve@home.test>"), key());
    let message = sealed(&eve, &ines);
    let letter = SealedLetter::open(&message, &[&ines], &[eve.certificate().clone()], NOW, &mut rng()).unwrap();
    assert!(!letter.is_signed, "it bears Zoé's address");
    assert!(!open(&message, &ines, &zoe).unwrap().is_signed, "nobody knows who signed");
}

#[test]
fn what_does_not_open_says_why() {
    let (zoe, ines, other) = (person("Zoé <zoe@home.test>"), key(), person("Léo <léo@elsewhere.test>"));
    let message = sealed(&zoe, &ines);
    let block = armor(&message);
    let mut altered = block.clone().into_bytes();
    let at = altered.len() / 2;
    altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
    let cases: [(&[u8], &SecretKey, OpenFlaw); 7] = [
        (&message, &other, OpenFlaw::OtherKeys),
        (block.as_bytes(), &other, OpenFlaw::OtherKeys),
        (&altered, &ines, OpenFlaw::Damaged),
        (&block.as_bytes()[..block.len() / 2], &ines, OpenFlaw::Damaged),
        (b"", &ines, OpenFlaw::NotSealed),
        (b"From: zoe@home.test\r\n\r\nHello.\r\n", &ines, OpenFlaw::NotSealed),
        (b"Nothing of this kind.", &ines, OpenFlaw::NotSealed),
    ];
    for (place, (bytes, key, flaw)) in cases.into_iter().enumerate() {
        assert_eq!(open(bytes, key, &zoe).map(|_| ()), Err(flaw), "{place}");
    }
}

#[test]
fn the_file_of_a_key_brings_it_back() {
    let key = key();
    assert_eq!(key.certificate().addresses(NOW), [ines()]);
    assert_eq!(key.certificate().user_ids(NOW), ["Inès x <ines@elsewhere.test>"]);
    let protected = key_file(&key, "a passphrase", &mut rng()).unwrap();
    assert!(matches!(SecretKey::parse(protected.expose().as_bytes()), Err(KeyError::WrongPassphrase)));
    let back = SecretKey::import(protected.expose().as_bytes(), "a passphrase").unwrap();
    assert_eq!(back.to_bytes().expose(), key.to_bytes().expose());
    let open = key_file(&key, "", &mut rng()).unwrap();
    assert_eq!(SecretKey::parse(open.expose().as_bytes()).unwrap().to_bytes().expose(), key.to_bytes().expose());
}

#[test]
fn only_a_certificate_that_can_be_used_for_the_address_is_sent() {
    let (key, other) = (key(), person("Léo <leo@elsewhere.test>"));
    let sent = |bytes: &[u8], now| to_be_sent(bytes, &ines(), now).map(|certificate| certificate.fingerprint());
    let armored = key.certificate().armored();
    assert_eq!(sent(armored.as_bytes(), NOW), Ok(key.fingerprint()));
    let ring = [other.certificate().to_bytes(), key.certificate().to_bytes()].concat();
    assert_eq!(sent(&ring, NOW), Ok(key.fingerprint()));
    let secret = key_file(&key, "a passphrase", &mut rng()).unwrap();
    for bytes in
        [secret.expose().as_bytes(), key.to_bytes().expose(), format!("{armored}\n{}", secret.expose()).as_bytes()]
    {
        assert_eq!(sent(bytes, NOW), Err(SendFlaw::Secret));
    }
    assert_eq!(sent(other.certificate().armored().as_bytes(), NOW), Err(SendFlaw::OtherAddress));
    assert_eq!(sent(armored.as_bytes(), NOW.plus(LIFE_SECONDS + 86_400)), Err(SendFlaw::Unusable));
    for none in ["", "key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n"] {
        assert_eq!(sent(none.as_bytes(), NOW), Err(SendFlaw::NoCertificate), "{none}");
    }
}
