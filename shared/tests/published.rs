//! What others have published to be read: the samples of RFC 9580, appendix A, and a message with a recipient of RFC 9980.
//! (The messages of the draft that became RFC 9788 are read in `openpgp.rs`.)

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use shared::mime::read;
use shared::pgp::{
    Certificate, OpenError, Purpose, SecretKey, SignatureVerdict, Unusable, message_recipients, open, open_message,
    seal, usable_keys, verify_detached,
};
use support::{NOW, armored, packet, person, rng, seal_packets};

const SHOPPING: &str = "What we need from the grocery store:\n\n- tofu\n- vegetables\n- noodles\n";

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/rfc9580.json")).unwrap()
}

fn bytes(vector: &Value) -> Vec<u8> {
    STANDARD.decode(vector.as_str().unwrap()).unwrap()
}

fn certificate() -> Certificate {
    Certificate::parse(&bytes(&vectors()["A.3 certificate"])).unwrap()
}

#[test]
fn a_key_without_a_statement_of_its_own_signs_nothing_that_is_believed() {
    let vectors = vectors();
    let bare = Certificate::parse(&bytes(&vectors["A.1 certificate"])).unwrap();
    assert_eq!(bare.fingerprint().to_string(), "C959BDBAFA32A2F89A153B678CFDE12197965A9A");
    assert_eq!(usable_keys(&bare, Purpose::Sign, NOW), Err(Unusable::NotBound));
    let verdict = |text: &[u8]| {
        let signature = bytes(&vectors["A.2 signature over OpenPGP"]);
        verify_detached(text, &signature, std::slice::from_ref(&bare), NOW)
    };
    assert!(matches!(verdict(b"OpenPGP")[..], [SignatureVerdict::KeyUnusable { .. }]), "{:?}", verdict(b"OpenPGP"));
    assert!(matches!(verdict(b"OpenPGp")[..], [SignatureVerdict::Bad { .. }]), "{:?}", verdict(b"OpenPGp"));
}

#[test]
fn the_certificate_of_version_6_is_read_and_sealed_to() {
    let certificate = certificate();
    let fingerprint = "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9";
    assert_eq!(certificate.fingerprint().to_string(), fingerprint);
    let seals = usable_keys(&certificate, Purpose::Seal, NOW).unwrap();
    let subkey = "12C83F1E706F6308FE151A417743A1F033790E93E9978488D1DB378DA9930885";
    assert_eq!(seals.iter().map(|key| key.fingerprint.to_string()).collect::<Vec<_>>(), [subkey]);
    assert!(certificate.addresses(NOW).is_empty(), "it names nobody");
    let key = SecretKey::parse(&bytes(&vectors()["A.4 secret key"])).unwrap();
    assert_eq!(key.certificate(), &certificate);
    let sealed = seal(b"and back", &[&certificate], Some(&key), NOW, &mut rng()).unwrap();
    let opened = open(&sealed, &[&key], &[certificate], NOW).unwrap();
    assert_eq!(opened.plaintext, b"and back");
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]));
}

#[test]
fn the_signed_messages_are_good() {
    let (vectors, certificate) = (vectors(), certificate());
    let dashed = SHOPPING.replace("\n- ", "\n- - ");
    // The signature is over the line end before the empty line, so that line is of the text.
    let clear = format!(
        "From: alice@else.test\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\n\n{dashed}\n{}",
        armored("SIGNATURE", &bytes(&vectors["A.6 signature"]))
    );
    let opened = open_message(clear.as_bytes(), None, &[], std::slice::from_ref(&certificate), NOW).unwrap();
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
    assert_eq!(read(opened.shown()).text.as_deref().map(str::trim_end), Some(SHOPPING.trim_end()));

    // Signed and not sealed: in mail that is `multipart/signed`, so as a message by itself it is refused. Sealed, it is good.
    let signed = bytes(&vectors["A.7 signed message"]);
    let key = SecretKey::parse(&bytes(&vectors["A.4 secret key"])).unwrap();
    assert!(matches!(open(&signed, &[&key], &[], NOW), Err(OpenError::NotOpenPgp(_))));
    let alice = person("Alice <alice@home.test>");
    let opened = open(&seal_packets(&signed, &alice), &[&alice], &[certificate], NOW).unwrap();
    assert_eq!(String::from_utf8(opened.plaintext).unwrap(), SHOPPING);
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
}

#[test]
fn the_sealed_message_opens_and_those_with_passwords_are_for_no_key() {
    let vectors = vectors();
    let key = SecretKey::parse(&bytes(&vectors["A.4 secret key"])).unwrap();
    let sealed = bytes(&vectors["A.8 sealed message"]);
    assert_eq!(open(&sealed, &[&key], &[], NOW).unwrap().plaintext, b"Hello, world!");
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 0x40;
        let opened = open(&altered, &[&key], &[], NOW);
        assert!(opened.is_err(), "octet {at} is not protected: {opened:?}");
    }
    for (name, message) in vectors["with passwords"].as_object().unwrap() {
        let opened = open(&bytes(message), &[&key], &[], NOW);
        let is_refused = matches!(&opened, Err(OpenError::NotForOurKeys { recipients }) if recipients.is_empty());
        assert!(is_refused, "{name}: {opened:?}");
    }
}

#[test]
fn a_recipient_of_the_time_after_is_passed_over() {
    let vectors = vectors();
    let message = bytes(&vectors["post-quantum"]["message"]);
    let key = SecretKey::parse(&bytes(&vectors["A.4 secret key"])).unwrap();
    let named = message_recipients(&message);
    let refused = open(&message, &[&key], &[], NOW);
    assert!(
        matches!(&refused, Err(OpenError::NotForOurKeys { recipients }) if !recipients.is_empty() && *recipients == named),
        "{refused:?}"
    );
    // A session key for ML-KEM-768 with X25519 (algorithm 35) before the one that is ours.
    let for_other = packet(1, &[&[6, 33, 6][..], &[7; 32], &[35], &[9; 32 + 1088], &[40], &[1; 40]].concat());
    let both = [&for_other[..], &bytes(&vectors["A.8 sealed message"])].concat();
    assert_eq!(open(&both, &[&key], &[], NOW).unwrap().plaintext, b"Hello, world!");
    assert_eq!(message_recipients(&both).len(), 2);
}
