//! Keys, sealing and opening as stories, with what an attacker would send. rPGP itself is used to make what we never make.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use pgp::composed::{MessageBuilder, SignedPublicKey, SubpacketConfig};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{Subpacket, SubpacketData};
use pgp::types::{KeyDetails, Password};
use proptest::prelude::*;
use shared::api::Timestamp;
use shared::mime::read;
use shared::pgp::{
    Certificate, CertificateError, EndToEnd, KeyError, LIFE_SECONDS, OpenError, Purpose, SealError, SecretKey,
    SignatureVerdict, Unusable, message_recipients, open, open_message, open_summary, seal, seal_incoming,
    seal_outgoing, seal_own, seal_summary, usable_keys, verify_detached,
};
use support::{NOW, encrypt, person, raw, rng};

#[test]
fn a_made_key_is_what_others_expect() {
    let alice = person("Alice <alice@home.test>");
    let certificate = alice.certificate();
    assert_eq!(certificate.fingerprint().as_bytes().len(), 20);
    assert_eq!(certificate.key_ids().len(), 2);
    assert_eq!(certificate.user_ids(NOW), ["Alice <alice@home.test>"]);
    assert_eq!(certificate.addresses(NOW), ["alice@home.test".parse().unwrap()]);
    for purpose in [Purpose::Seal, Purpose::Sign] {
        let keys = usable_keys(certificate, purpose, NOW).unwrap();
        let end = certificate.created_at().plus(LIFE_SECONDS);
        assert!(matches!(&keys[..], [key] if key.expires_at == Some(end)), "{keys:?}");
    }
    assert_eq!(usable_keys(certificate, Purpose::Seal, NOW.plus(-10 * 86_400)), Err(Unusable::NotYetValid));
    assert!(matches!(SecretKey::make("x", Timestamp(-1), &mut rng()), Err(KeyError::Time)));
    assert!(!format!("{alice:?} {:?}", alice.to_bytes()).contains("primary_key"));
}

#[test]
fn keys_and_certificates_come_back() {
    let alice = person("Alice <alice@home.test>");
    let certificate = alice.certificate();
    assert_eq!(&Certificate::parse(&certificate.to_bytes()).unwrap(), certificate);
    assert_eq!(&Certificate::parse(certificate.armored().as_bytes()).unwrap(), certificate);
    let ring = [certificate.to_bytes(), person("Bob <bob@else.test>").certificate().to_bytes()].concat();
    assert_eq!(Certificate::parse_all(&ring).unwrap().len(), 2);
    assert_eq!(SecretKey::parse(alice.to_bytes().expose()).unwrap().certificate(), certificate);
    let exported = alice.export("pass phrase", &mut rng()).unwrap();
    assert_eq!(
        SecretKey::import(exported.as_bytes(), "pass phrase").unwrap().to_bytes().expose(),
        alice.to_bytes().expose()
    );
    assert!(matches!(SecretKey::import(exported.as_bytes(), "other"), Err(KeyError::WrongPassphrase)));
    assert!(matches!(SecretKey::parse(exported.as_bytes()), Err(KeyError::WrongPassphrase)));
    assert!(matches!(Certificate::parse(alice.to_bytes().expose()), Err(CertificateError::SecretKey)));
    assert!(matches!(Certificate::parse(exported.as_bytes()), Err(CertificateError::SecretKey)));
    assert!(matches!(Certificate::parse(b""), Err(CertificateError::NotACertificate(_))));
    assert!(matches!(Certificate::parse(b"hello"), Err(CertificateError::NotACertificate(_))));
    assert!(matches!(Certificate::parse(&vec![0xc6; 10_000_000]), Err(CertificateError::TooLarge)));
}

#[test]
fn only_recipients_open() {
    let (alice, bob, eve) =
        (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"), person("Eve <eve@else.test>"));
    let sealed = seal(b"secret", &[alice.certificate(), bob.certificate()], Some(&eve), NOW, &mut rng()).unwrap();
    assert_eq!(message_recipients(&sealed).len(), 2);
    assert!(alice.certificate().key_ids().contains(&message_recipients(&sealed)[0]));
    for keys in [&[&alice][..], &[&bob], &[&eve, &bob]] {
        let opened = open(&sealed, keys, &[eve.certificate().clone()], NOW).unwrap();
        assert_eq!(opened.plaintext, b"secret");
        assert_eq!(opened.signatures, [SignatureVerdict::Good { certificate: eve.fingerprint(), made_at: NOW }]);
    }
    assert!(
        matches!(open(&sealed, &[&eve], &[], NOW), Err(OpenError::NotForOurKeys { recipients }) if recipients.len() == 2)
    );
    assert!(matches!(open(&sealed, &[], &[], NOW), Err(OpenError::NotForOurKeys { .. })));
    assert!(matches!(seal(b"x", &[], None, NOW, &mut rng()), Err(SealError::NoRecipients)));
}

#[test]
fn what_is_no_sealed_message_is_refused() {
    let alice = person("Alice <alice@home.test>");
    let literal = MessageBuilder::from_bytes("", "open").to_vec(rng()).unwrap();
    let twice = encrypt(encrypt(b"x".to_vec(), &alice, false), &alice, false);
    for bytes in [
        &b""[..],
        b"\x80",
        b"hello",
        b"-----BEGIN PGP MESSAGE-----\n\n=\n",
        &literal,
        alice.certificate().armored().as_bytes(),
    ] {
        assert!(matches!(open(bytes, &[&alice], &[], NOW), Err(OpenError::NotOpenPgp(_))), "{bytes:?}");
        assert!(message_recipients(bytes).is_empty());
    }
    // A message inside of a literal packet is content, not a layer.
    assert_eq!(
        open(&open(&twice, &[&alice], &[], NOW).unwrap().plaintext, &[&alice], &[], NOW).unwrap().plaintext,
        b"x"
    );
}

#[test]
fn a_bomb_does_not_go_off() {
    let alice = person("Alice <alice@home.test>");
    let bomb = encrypt(vec![0; 100 * 1024 * 1024], &alice, true);
    assert!(bomb.len() < 1024 * 1024);
    assert!(matches!(open(&bomb, &[&alice], &[], NOW), Err(OpenError::TooLarge)));
    assert_eq!(
        open(&encrypt(vec![7; 100_000], &alice, true), &[&alice], &[], NOW).unwrap().plaintext,
        vec![7; 100_000]
    );
}

#[test]
fn many_signatures_are_not_all_computed() {
    let alice = person("Alice <alice@home.test>");
    let key = raw(&alice);
    let mut builder = MessageBuilder::from_bytes("", vec![0; 1000]).seipd_v1(rng(), SymmetricKeyAlgorithm::AES256);
    builder.encrypt_to_key(rng(), &SignedPublicKey::from(raw(&alice)).public_subkeys[0]).unwrap();
    for _ in 0..100 {
        builder.sign(&key.primary_key, Password::empty(), HashAlgorithm::Sha256);
    }
    let sealed = builder.to_vec(rng()).unwrap();
    assert!(matches!(open(&sealed, &[&alice], &[], NOW), Err(OpenError::TooManyLayers)));
}

#[test]
fn a_signature_is_worth_what_its_key_is_worth() {
    let (alice, bob, carol) =
        (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"), person("Carol <carol@else.test>"));
    let for_carol = seal(b"I owe you", &[carol.certificate()], Some(&bob), NOW, &mut rng()).unwrap();
    let bobs = [bob.certificate().clone()];
    let judge = |keys: &[&SecretKey], signers: &[Certificate]| open(&for_carol, keys, signers, NOW).unwrap().signatures;
    assert_eq!(judge(&[&carol], &bobs), [SignatureVerdict::Good { certificate: bob.fingerprint(), made_at: NOW }]);
    let unknown = judge(&[&carol], &[alice.certificate().clone()]);
    let [SignatureVerdict::UnknownKey { key_ids }] = &unknown[..] else { panic!("{unknown:?}") };
    assert_eq!(key_ids, &bob.certificate().key_ids()[..1]);

    // Carol passes Bob's signed words on to Alice in an envelope of her own, as if he had written to Alice.
    let key = raw(&bob);
    let said = [
        SubpacketData::SignatureCreationTime(pgp::types::Timestamp::from_secs(1_767_225_600)),
        SubpacketData::IssuerFingerprint(key.primary_key.fingerprint()),
        SubpacketData::IntendedRecipientFingerprint(raw(&carol).primary_key.fingerprint()),
    ];
    let hashed = said.into_iter().map(|data| Subpacket::regular(data).unwrap()).collect();
    let mut builder = MessageBuilder::from_bytes("", "I owe you").seipd_v1(rng(), SymmetricKeyAlgorithm::AES256);
    builder.encrypt_to_key(rng(), &SignedPublicKey::from(raw(&alice)).public_subkeys[0]).unwrap();
    let subpackets = SubpacketConfig::UserDefined { hashed, unhashed: vec![] };
    builder.sign_with_subpackets(&key.primary_key, Password::empty(), HashAlgorithm::Sha256, subpackets);
    let for_alice = builder.to_vec(rng()).unwrap();
    let verdicts = open(&for_alice, &[&alice], &bobs, NOW).unwrap().signatures;
    assert_eq!(verdicts, [SignatureVerdict::ForOthers { certificate: bob.fingerprint(), made_at: NOW }]);
}

#[test]
fn a_detached_signature_fits_its_content_only() {
    let bob = person("Bob <bob@else.test>");
    let key = raw(&bob);
    let signature = pgp::composed::DetachedSignature::sign_binary_data(
        rng(),
        &key.primary_key,
        &Password::empty(),
        HashAlgorithm::Sha256,
        &b"content\r\n"[..],
    )
    .unwrap();
    let bytes = pgp::ser::Serialize::to_bytes(&signature).unwrap();
    let bobs = [bob.certificate().clone()];
    let later = Timestamp(i64::from(u32::MAX));
    assert!(matches!(verify_detached(b"content\r\n", &bytes, &bobs, later)[..], [SignatureVerdict::Good { .. }]));
    assert!(matches!(verify_detached(b"content\n", &bytes, &bobs, later)[..], [SignatureVerdict::Bad { .. }]));
    assert!(matches!(verify_detached(b"content\r\n", &bytes, &[], later)[..], [SignatureVerdict::UnknownKey { .. }]));
    for junk in [&b""[..], b"\x80", b"junk", &bytes[..20]] {
        assert!(matches!(verify_detached(b"content\r\n", junk, &bobs, later)[..], [SignatureVerdict::Bad { .. }]));
    }
    // From the future: by a clock that nobody has.
    assert!(matches!(verify_detached(b"content\r\n", &bytes, &bobs, Timestamp(0))[..], [SignatureVerdict::Bad { .. }]));

    let signed = |content: &str| {
        let armored = base64_lines(&bytes);
        format!(
            "From: bob@else.test\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n\
             --b\r\n{content}\r\n--b\r\nContent-Type: application/pgp-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n{armored}\r\n--b--\r\n"
        )
    };
    let opened = open_message(signed("content\r\n").as_bytes(), None, &[], &bobs, later).unwrap();
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
    assert!(!opened.sealed_end_to_end());
    let opened = open_message(signed("other\r\n").as_bytes(), None, &[], &bobs, later).unwrap();
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Bad { .. }]));
}

fn base64_lines(bytes: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\r\n")
}

#[test]
fn a_summary_is_sealed_and_opened() {
    let alice = person("Alice <alice@home.test>");
    let summary = shared::mime::Summary::of(&read(b"From: bob@else.test\r\nSubject: lunch?\r\n\r\nAt noon."));
    let sealed = seal_summary(&summary, alice.certificate(), NOW, &mut rng()).unwrap();
    assert_eq!(open_summary(&sealed, &[&alice], NOW).unwrap(), summary);
    let other = seal(b"no summary", &[alice.certificate()], None, NOW, &mut rng()).unwrap();
    assert!(matches!(open_summary(&other, &[&alice], NOW), Err(OpenError::Damaged(_))));
}

#[test]
fn what_cannot_be_opened_inside_leaves_the_original() {
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    let letter = b"From: bob@else.test\r\nSubject: x\r\n\r\nhello\r\n";
    let for_bob = seal_outgoing(letter, &[bob.certificate()], None, NOW, &mut rng()).unwrap();
    let stored = seal_incoming(&for_bob, alice.certificate(), NOW, &mut rng()).unwrap();
    let opened = open_message(&stored.bytes, stored.header.as_deref(), &[&alice], &[], NOW).unwrap();
    assert_eq!(opened.original, for_bob);
    assert_eq!(opened.shown(), for_bob);
    assert!(matches!(opened.end_to_end, EndToEnd::Closed(OpenError::NotForOurKeys { .. })));
    let other = seal_own(letter, bob.certificate(), NOW, &mut rng()).unwrap();
    assert!(matches!(open_message(&other, None, &[&alice], &[], NOW), Err(OpenError::NotForOurKeys { .. })));
}

#[test]
fn old_mail_without_protected_header_shows_the_outer_one() {
    let alice = person("Alice <alice@home.test>");
    let payload = b"Content-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n";
    let arrived = pgp_mime(b"From: Bob <bob@else.test>\r\nSubject: outside\r\nX-Old: 1\r\n", payload, &alice);
    let stored = seal_incoming(&arrived, alice.certificate(), NOW, &mut rng()).unwrap();
    let opened = open_message(&stored.bytes, stored.header.as_deref(), &[&alice], &[], NOW).unwrap();
    assert_eq!(opened.original, arrived);
    let shown = read(opened.shown());
    assert_eq!((shown.subject.as_deref(), shown.text.as_deref()), (Some("outside"), Some("hello\n")));
    assert_eq!(shown.problems, []);

    // The draft before RFC 9788: some fields inside, the others outside.
    let payload = b"Content-Type: text/plain; protected-headers=\"v1\"\r\nSubject: inside\r\n\r\nhello\r\n";
    let arrived = pgp_mime(b"From: Bob <bob@else.test>\r\nSubject: ...\r\n", payload, &alice);
    let opened = open_message(&arrived, None, &[&alice], &[], NOW).unwrap();
    let shown = read(opened.shown());
    assert_eq!((shown.subject.as_deref(), shown.from[0].address.as_str()), (Some("inside"), "bob@else.test"));
    assert!(matches!(opened.end_to_end, EndToEnd::Opened { .. }) && !opened.sender_differs());

    let payload = b"From: Your Bank <bank@bank.test>\r\nContent-Type: text/plain; hp=\"cipher\"\r\n\r\npay\r\n";
    let arrived = pgp_mime(b"From: Bob <bob@else.test>\r\nSubject: ...\r\n", payload, &alice);
    let opened = open_message(&arrived, None, &[&alice], &[], NOW).unwrap();
    assert!(matches!(opened.end_to_end, EndToEnd::Opened { .. }) && opened.sender_differs());
}

/// A PGP/MIME message as GnuPG's friends write it.
fn pgp_mime(fields: &[u8], payload: &[u8], to: &SecretKey) -> Vec<u8> {
    let sealed = seal(payload, &[to.certificate()], None, NOW, &mut rng()).unwrap();
    shared::pgp::pgpmime::wrap(fields, &sealed, &mut rng())
}

#[test]
fn a_sent_copy_keeps_what_the_others_do_not_see() {
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    let letter =
        b"From: alice@home.test\r\nTo: bob@else.test\r\nBcc: carol@else.test\r\nSubject: plan\r\n\r\nhello\r\n";
    let sent = seal_outgoing(letter, &[bob.certificate()], Some(&alice), NOW, &mut rng()).unwrap();
    let opened = open_message(&sent, None, &[&bob], &[alice.certificate().clone()], NOW).unwrap();
    assert!(!String::from_utf8_lossy(opened.shown()).contains("carol"));
    assert_eq!(read(opened.shown()).subject.as_deref(), Some("plan"));
    let copy = seal_own(letter, alice.certificate(), NOW, &mut rng()).unwrap();
    assert!(!String::from_utf8_lossy(&copy).contains("carol"));
    let opened = open_message(&copy, None, &[&alice], &[], NOW).unwrap();
    assert_eq!(opened.original, letter);
    assert!(!opened.sealed_end_to_end());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn altered_ciphertext_gives_nothing(at in any::<prop::sample::Index>(), bit in 0..8u8, cut in any::<bool>()) {
        let alice = person("Alice <alice@home.test>");
        let mut sealed = seal(b"the content of the message", &[alice.certificate()], None, NOW, &mut rng()).unwrap();
        let at = at.index(sealed.len());
        if cut {
            sealed.truncate(at);
        } else {
            sealed[at] ^= 1 << bit;
        }
        if let Ok(opened) = open(&sealed, &[&alice], &[], NOW) {
            // Only bits that carry no meaning (the packet's own framing) may change unnoticed.
            prop_assert_eq!(opened.plaintext, b"the content of the message");
        }
    }

    #[test]
    fn random_bytes_are_parsed_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let alice = person("Alice <alice@home.test>");
        let _ = open(&bytes, &[&alice], &[], NOW);
        let _ = Certificate::parse(&bytes);
        let _ = SecretKey::parse(&bytes);
        let _ = verify_detached(b"x", &bytes, &[alice.certificate().clone()], NOW);
        let _ = open_message(&bytes, Some(&bytes), &[&alice], &[], NOW);
    }

    #[test]
    fn mutated_certificates_are_judged_without_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = person("Alice <alice@home.test>").certificate().to_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(certificate) = Certificate::parse(&bytes) {
            let _ = usable_keys(&certificate, Purpose::Sign, NOW);
            let _ = seal(b"x", &[&certificate], None, NOW, &mut rng());
            let _ = certificate.addresses(NOW);
        }
    }
}

/// Messages of the draft that became RFC 9788 open with the keys that were published for them (draft-bre-openpgp-samples).
#[test]
fn the_messages_of_the_draft_open() {
    let bob = SecretKey::parse(include_bytes!("vectors/bob.secret.asc")).unwrap();
    let alice = Certificate::parse(include_bytes!("vectors/alice.cert.asc")).unwrap();
    let corpus = support::corpus();
    let mut opened_of_the_draft = 0;
    let of_the_draft = corpus.iter().filter(|(path, _)| {
        let path = path.to_string_lossy();
        path.contains("protected-headers/") && !path.contains(".inner") && !path.contains("smime")
    });
    for (path, message) in of_the_draft {
        let is_sealed = !path.ends_with("pgpmime-signed.eml");
        let is_signed = !path.ends_with("pgpmime-enc+legacy-disp.eml");
        let opened = open_message(message, None, &[&bob], std::slice::from_ref(&alice), NOW).unwrap();
        assert_eq!(opened.sealed_end_to_end(), is_sealed, "{}", path.display());
        let good = matches!(&opened.signatures[..], [SignatureVerdict::Good { certificate, .. }] if *certificate == alice.fingerprint());
        assert_eq!(good, is_signed, "{}: {:?}", path.display(), opened.signatures);
        let shown = read(opened.shown());
        let subject = if is_sealed { "BarCorp contract signed, let's go!" } else { "The FooCorp contract" };
        assert_eq!(shown.subject.as_deref(), Some(subject), "{}", path.display());
        assert_eq!(shown.from[0].address, "alice@openpgp.example");
        assert!(
            shown.text.is_some_and(|text| text.starts_with(if is_sealed { "Hi Bob!\n" } else { "Bob, we" })),
            "{}",
            path.display()
        );
        opened_of_the_draft += 1;
    }
    assert_eq!(opened_of_the_draft == 0, corpus.is_empty(), "the messages of the draft are not where they were");
}
