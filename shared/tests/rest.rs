//! Keys for mail at rest: ML-KEM-768 with X25519, as RFC 9980 has published it and as we make it ourselves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use shared::mime::Summary;
use shared::pgp::{
    Certificate, KeyError, OpenError, Purpose, SealError, SecretKey, SignatureVerdict, Withdrawal, message_recipients,
    open, open_message, open_summary, seal, seal_incoming, seal_outgoing, seal_summary, usable_keys,
};
use support::{NOW, packet, person, rng};

fn sample(name: &str) -> Vec<u8> {
    let vectors: Value = serde_json::from_str(include_str!("vectors/rfc9980.json")).unwrap();
    STANDARD.decode(vectors[name].as_str().unwrap()).unwrap()
}

fn rest_key() -> SecretKey {
    SecretKey::make_for_rest(NOW.plus(-60), &mut rng()).unwrap()
}

#[test]
fn the_published_sample_opens_and_is_sealed_to() {
    let key = SecretKey::parse(&sample("A.1.1 secret key")).unwrap();
    let certificate = Certificate::parse(&sample("A.1.2 certificate")).unwrap();
    assert_eq!(key.certificate(), &certificate);
    let name = "C789E17D9DBDCA7B3C833A3C063FEB0353F80AD911FE27868FB0645DF803E947";
    assert_eq!(certificate.fingerprint().to_string(), name);
    let subkey = "DAFE0EEBB2675ECFCDC20A23FE89CA5D12E83F527DFA354B6DCF662131A48B9D";
    let seals = usable_keys(&certificate, Purpose::Seal, NOW).unwrap();
    assert_eq!(seals.iter().map(|key| key.fingerprint.to_string()).collect::<Vec<_>>(), [subkey]);
    let opened = open(&sample("A.1.3 message"), &[&key], std::slice::from_ref(&certificate), NOW).unwrap();
    assert_eq!(opened.plaintext, b"Testing\n");
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
    let ours = seal(b"and back", &[&certificate], Some(&key), NOW, &mut rng()).unwrap();
    assert_eq!(open(&ours, &[&key], &[certificate], NOW).unwrap().plaintext, b"and back");
}

#[test]
fn every_octet_of_the_published_message_is_protected() {
    let (key, message) = (SecretKey::parse(&sample("A.1.1 secret key")).unwrap(), sample("A.1.3 message"));
    for at in 0..message.len() {
        let mut altered = message.clone();
        altered[at] ^= 0x40;
        assert!(open(&altered, &[&key], &[], NOW).is_err(), "octet {at}");
    }
}

#[test]
fn what_is_made_for_rest_is_of_version_6_names_nobody_and_has_no_end() {
    let key = rest_key();
    let certificate = key.certificate();
    assert_eq!(certificate.to_bytes()[2..4], [6, u8::try_from((NOW.0 - 60) >> 24).unwrap()]);
    assert_eq!(certificate.fingerprint().as_bytes().len(), 32);
    assert!(certificate.is_for_rest());
    assert!(usable_keys(certificate, Purpose::Seal, NOW.plus(30 * 365 * 86_400)).is_ok());
    assert!(certificate.user_ids(NOW).is_empty());
    assert!(usable_keys(certificate, Purpose::Sign, NOW).is_err(), "it signs nothing");
    assert_eq!(usable_keys(certificate, Purpose::Seal, NOW).unwrap()[0].expires_at, None);
    assert!(key.can_open() && key.has_primary());
    assert!(!person("Alice <alice@home.test>").certificate().is_for_rest());
    let again = SecretKey::parse(key.to_bytes().expose()).unwrap();
    assert_eq!(again.certificate(), certificate);
    assert_eq!(again.to_bytes().expose(), key.to_bytes().expose());
    let other = SecretKey::make_for_rest(NOW.plus(-60), &mut support_rng(8)).unwrap();
    assert_ne!(other.fingerprint(), key.fingerprint());
}

fn support_rng(seed: u64) -> rand_chacha::ChaCha20Rng {
    rand_chacha::rand_core::SeedableRng::seed_from_u64(seed)
}

#[test]
fn mail_at_rest_is_sealed_with_it_and_the_old_key_does_not_open_it() {
    let (alice, rest) = (person("Alice <alice@home.test>"), rest_key());
    let letter = b"From: bob@else.test\r\nTo: alice@home.test\r\nSubject: trip\r\n\r\nat noon\r\n";
    let sealed = seal_incoming(letter, rest.certificate(), NOW, &mut rng()).unwrap();
    for keys in [&[&rest][..], &[&alice, &rest], &[&rest, &alice]] {
        assert_eq!(open_message(&sealed.bytes, None, keys, &[], NOW).unwrap().original, letter);
    }
    let refused = open_message(&sealed.bytes, None, &[&alice], &[], NOW);
    assert!(matches!(refused, Err(OpenError::NotForOurKeys { .. })), "{refused:?}");
    let summary = Summary::of(&shared::mime::read(letter));
    let sealed = seal_summary(&summary, rest.certificate(), NOW, &mut rng()).unwrap();
    assert_eq!(open_summary(&sealed, &[&alice, &rest], NOW).unwrap(), summary);
    // The packet of its session key: of version 6, for this algorithm.
    let name = usable_keys(rest.certificate(), Purpose::Seal, NOW).unwrap()[0].clone();
    assert_eq!(message_recipients(&sealed), [name.key_id]);
    let body = &sealed[3..];
    assert_eq!((&body[..3], &body[3..35], body[35]), (&[6, 33, 6][..], name.fingerprint.as_bytes(), 35));
    // What its sender had sealed keeps that seal; its header is sealed to the key at rest.
    let from_bob = seal_outgoing(letter, &[alice.certificate()], None, NOW, &mut rng()).unwrap();
    let kept = seal_incoming(&from_bob, rest.certificate(), NOW, &mut rng()).unwrap();
    let opened = open_message(&kept.bytes, kept.header.as_deref(), &[&alice, &rest], &[], NOW).unwrap();
    assert_eq!(opened.original, from_bob);
    assert!(opened.sealed_end_to_end());
    assert!(open_message(&kept.bytes, kept.header.as_deref(), &[&alice], &[], NOW).is_err());
}

#[test]
fn one_message_is_for_keys_of_both_kinds() {
    let (alice, rest) = (person("Alice <alice@home.test>"), rest_key());
    // The certificate of version 4 asks for SEIPDv1, so all get that.
    let sealed = seal(b"x", &[alice.certificate(), rest.certificate()], Some(&alice), NOW, &mut rng()).unwrap();
    for key in [&alice, &rest] {
        let opened = open(&sealed, &[key], &[alice.certificate().clone()], NOW).unwrap();
        assert_eq!(opened.plaintext, b"x");
    }
    let refused = seal(b"x", &[rest.certificate()], Some(&rest), NOW, &mut rng());
    assert!(matches!(refused, Err(SealError::UnusableSigner(_))), "it signs nothing");
}

#[test]
fn what_is_altered_on_its_way_does_not_open() {
    let rest = rest_key();
    let sealed = seal(b"content", &[rest.certificate()], None, NOW, &mut rng()).unwrap();
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(open(&altered, &[&rest], &[], NOW).is_err(), "octet {at}");
    }
    for end in 0..sealed.len() {
        assert!(open(&sealed[..end], &[&rest], &[], NOW).is_err(), "cut at {end}");
    }
    // Session keys that are too short, too long, or say so.
    let name = usable_keys(rest.certificate(), Purpose::Seal, NOW).unwrap()[0].fingerprint.as_bytes().to_vec();
    for wrapped in [&[][..], &[0], &[255, 1, 2, 3], &[8, 1, 2, 3, 4, 5, 6, 7, 8], &[41; 42]] {
        let session = packet(1, &[&[6, 33, 6][..], &name, &[35], &[9; 32 + 1088], wrapped].concat());
        let whole = [&session[..], &sealed[3 + 36 + 32 + 1088 + 41..]].concat();
        assert!(open(&whole, &[&rest], &[], NOW).is_err(), "{wrapped:?}");
    }
}

#[test]
fn a_secret_that_does_not_belong_to_its_public_half_opens_nothing() {
    let rest = rest_key();
    let sealed = seal(b"x", &[rest.certificate()], None, NOW, &mut rng()).unwrap();
    let secret = rest.to_bytes();
    let at = secret.expose().windows(4).rposition(|four| four == [0, 0, 0x04, 0xc0]).unwrap() + 4;
    for octet in [at + 1216 + 1, at + 1216 + 1 + 40, at + 40] {
        let mut altered = secret.expose().clone();
        // The lowest bits of X25519's secret count for nothing.
        altered[octet] ^= 0x40;
        assert!(SecretKey::parse(&altered).is_ok_and(|key| open(&sealed, &[&key], &[], NOW).is_err()), "{octet}");
    }
    assert!(open(&sealed, &[&rest], &[], NOW).is_ok());
}

#[test]
fn it_goes_through_a_file_with_a_passphrase() {
    let (alice, rest) = (person("Alice <alice@home.test>"), rest_key());
    let file = SecretKey::export_all(&[&alice, &rest], "a passphrase", &mut rng()).unwrap();
    assert!(matches!(SecretKey::import_all(file.as_bytes(), "another"), Err(KeyError::WrongPassphrase)));
    let [_, back] = SecretKey::import_all(file.as_bytes(), "a passphrase").unwrap().try_into().unwrap();
    assert_eq!(back.to_bytes().expose(), rest.to_bytes().expose());
    let sealed = seal(b"x", &[rest.certificate()], None, NOW, &mut rng()).unwrap();
    assert_eq!(open(&sealed, &[&back], &[], NOW).unwrap().plaintext, b"x");
}

#[test]
fn the_accounts_own_key_vouches_for_it_and_nothing_else_does() {
    let (alice, bob, rest) = (person("Alice <alice@home.test>"), person("Bob <bob@home.test>"), rest_key());
    let said = alice.vouch_for(rest.certificate(), NOW, &mut rng()).unwrap();
    assert!(alice.certificate().vouches_for(rest.certificate(), &said));
    assert!(!bob.certificate().vouches_for(rest.certificate(), &said));
    let other = SecretKey::make_for_rest(NOW, &mut support_rng(9)).unwrap();
    assert!(!alice.certificate().vouches_for(other.certificate(), &said));
    for at in 0..said.len() {
        let mut altered = said.clone();
        altered[at] ^= 0x40;
        // What stands unsigned in it, for finding the key, is not part of what is said.
        if alice.certificate().vouches_for(rest.certificate(), &altered) {
            assert!((37..50).contains(&at), "octet {at}");
        }
    }
    for said in [&[][..], b"x", &alice.revocation(Withdrawal::Unsaid, NOW, &mut rng()).unwrap()] {
        assert!(!alice.certificate().vouches_for(rest.certificate(), said));
        assert!(!alice.certificate().vouches_for(alice.certificate(), said));
    }
    // A signature of the key about itself is none about another.
    let own = rest.vouch_for(rest.certificate(), NOW, &mut rng()).unwrap();
    assert!(!alice.certificate().vouches_for(rest.certificate(), &own));
}
