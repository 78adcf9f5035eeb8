//! What reads OpenPGP from outside, as targets: the mutations of `main.rs` and libFuzzer (`shared/fuzz`) feed them.

#![allow(unreachable_pub, clippy::unwrap_used)]

use pgp::composed::{KeyType, MessageBuilder};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::SignatureType;
use pgp::types::{CompressionAlgorithm, KeyVersion, Password};
use shared::mime::{self, Summary};
use shared::pgp::autocrypt::AutocryptHeader;
use shared::pgp::{
    Certificate, LIFE_SECONDS, Purpose, SecretKey, Withdrawal, holds_secret_key, message_holds_secret_key,
    message_recipients, open, open_message, pgpmime, seal, seal_outgoing, usable_keys, verify_detached,
};

use crate::support::forge::{Owner, read, signature_bytes, statement};
use crate::support::{NOW, armored, encrypt, given, person, raw, rng, seal_packets};

/// Feeds a target; panics where a rule is broken.
pub type Feed = Box<dyn Fn(&[u8])>;

/// Something that takes octets from outside.
pub struct Target {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// Good input, to begin with.
    pub seeds: Vec<Vec<u8>>,
    /// What feeds it.
    pub run: Feed,
}

/// Certificates and secret keys: what was read is worth the same when it is read again, and everything can be done with it.
pub fn certificate() -> Target {
    let alice = person("Alice <alice@home.test>");
    let six = Owner::of(KeyType::Ed25519, KeyVersion::V6, 1);
    let rest = SecretKey::make_for_rest(NOW, &mut rng()).unwrap();
    let seeds = vec![
        alice.certificate().to_bytes(),
        alice.certificate().armored().into_bytes(),
        alice.to_bytes().expose().clone(),
        rest.certificate().to_bytes(),
        rest.to_bytes().expose().clone(),
        read(&Owner::new(1).whole()).to_bytes(),
        read(&six.whole()).to_bytes(),
        include_bytes!("../vectors/alice.cert.asc").to_vec(),
    ];
    Target { name: "certificate", seeds, run: Box::new(reads_certificates) }
}

fn reads_certificates(bytes: &[u8]) {
    let _ = holds_secret_key(bytes);
    if let Ok(key) = SecretKey::parse(bytes)
        && let Ok(revocation) = key.revocation(Withdrawal::Unsaid, NOW, &mut rng())
    {
        let _ = key.certificate().withdrawn_by(&revocation);
        let later = key.extended(NOW.plus(LIFE_SECONDS), NOW, &mut rng());
        let _ = later.map(|later| key.updated(&later).unwrap().good_until(NOW));
    }
    let Ok(all) = Certificate::parse_all(bytes) else { return };
    for certificate in all {
        for purpose in [Purpose::Seal, Purpose::Sign] {
            let _ = usable_keys(&certificate, purpose, NOW);
        }
        let address = "bob@else.test".parse().unwrap();
        let small = certificate.for_directory(&address, NOW);
        let _ = small.map(|small| certificate.merged(&small).unwrap());
        let _ = certificate.for_autocrypt(&address, NOW);
        let _ = certificate.last_good(NOW);
        let again = Certificate::parse(&certificate.to_bytes()).expect("what was read can be read again");
        assert_worth_the_same(&again, &certificate);
        let _ = seal(b"x", &[&certificate], None, NOW, &mut rng());
    }
}

/// Not always the same to the byte: rPGP writes lengths anew, and keys of unknown curves as it understood them.
fn assert_worth_the_same(one: &Certificate, other: &Certificate) {
    assert_eq!(one.fingerprint(), other.fingerprint());
    for purpose in [Purpose::Seal, Purpose::Sign] {
        assert_eq!(usable_keys(one, purpose, NOW), usable_keys(other, purpose, NOW));
    }
}

/// Sealed messages, whole: their armor, their frame, their session keys and the seal.
pub fn message() -> Target {
    let alice = person("Alice <alice@home.test>");
    let sealed = seal(b"text", &[alice.certificate()], Some(&alice), NOW, &mut rng()).unwrap();
    // SEIPDv2 with OCB, to a key of version 6.
    let six = &given::packets(include_str!("../vectors/rfc9580.json"), "A.4 secret key");
    let six = SecretKey::parse(six).unwrap();
    let newer = seal(b"text", &[six.certificate()], Some(&six), NOW, &mut rng()).unwrap();
    let rest = SecretKey::make_for_rest(NOW, &mut rng()).unwrap();
    let at_rest = seal(b"text", &[rest.certificate()], None, NOW, &mut rng()).unwrap();
    let armored = armored("MESSAGE", &sealed).into_bytes();
    let seeds = vec![armored, encrypt(vec![7; 3000], &alice, true), sealed, newer, at_rest];
    let signers = [alice.certificate().clone(), six.certificate().clone()];
    let run = move |bytes: &[u8]| {
        let _ = message_recipients(bytes);
        let _ = open(bytes, &[&alice, &six, &rest], &signers, NOW);
    };
    Target { name: "message", seeds, run: Box::new(run) }
}

/// What was inside of a seal: literal and compressed data, signatures.
pub fn inside() -> Target {
    let (alice, key) = (person("Alice <alice@home.test>"), raw(&person("Bob <bob@else.test>")));
    let mut builder = MessageBuilder::from_bytes("", "text");
    builder.sign(&key.primary_key, Password::empty(), HashAlgorithm::Sha256);
    let signed = builder.to_vec(rng()).unwrap();
    let mut builder = MessageBuilder::from_bytes("", vec![7; 3000]);
    builder.compression(CompressionAlgorithm::ZLIB);
    let compressed = builder.to_vec(rng()).unwrap();
    let config = statement(&key.primary_key, SignatureType::Binary, vec![], 0);
    let signature = config.sign(&key.primary_key, &Password::empty(), &b"text"[..]).unwrap();
    let prefixed = [&signature_bytes(&signature)[..], b"\xcb\x0ab\0\0\0\0\0text"].concat();
    let signers = [person("Bob <bob@else.test>").certificate().clone()];
    let run = move |packets: &[u8]| {
        let _ = open(&seal_packets(packets, &alice), &[&alice], &signers, NOW);
    };
    Target { name: "inside", seeds: vec![signed, compressed, prefixed], run: Box::new(run) }
}

/// Signatures beside what they sign: each has a verdict.
pub fn signature() -> Target {
    let signers = [read(&Owner::new(1).whole())];
    let run = move |bytes: &[u8]| assert!(!verify_detached(b"words", bytes, &signers, NOW).is_empty());
    Target { name: "signature", seeds: signatures(), run: Box::new(run) }
}

fn signatures() -> Vec<Vec<u8>> {
    let owner = Owner::new(1);
    vec![owner.signs(b"words", -1), armored("SIGNATURE", &owner.signs(b"words", -1)).into_bytes()]
}

/// Armor, around nothing that could be opened: what is in it, and for whom.
pub fn armor() -> Target {
    let alice = person("Alice <alice@home.test>");
    let sealed = seal(b"text", &[alice.certificate()], None, NOW, &mut rng()).unwrap();
    let message = armored("MESSAGE", &sealed);
    let seeds = vec![
        message.replace("MESSAGE-----\n\n", "MESSAGE-----\nVersion: 1\nComment: two\n\n").into_bytes(),
        format!("Before it.\r\n> quoted\r\n{}", message.replace('\n', "\r\n")).into_bytes(),
        format!("{}{}", alice.certificate().armored(), alice.certificate().armored()).into_bytes(),
        armored("PRIVATE KEY BLOCK", alice.to_bytes().expose()).into_bytes(),
    ];
    let run = |bytes: &[u8]| {
        let _ = message_recipients(bytes);
        let _ = holds_secret_key(bytes);
        let _ = Certificate::parse_all(bytes);
        let _ = open(bytes, &[], &[], NOW);
    };
    Target { name: "armor", seeds, run: Box::new(run) }
}

/// Messages with OpenPGP in them: PGP/MIME, inline, header protection.
pub fn structure() -> Target {
    let alice = person("Alice <alice@home.test>");
    let letter = b"From: bob@else.test\r\nSubject: x\r\n\r\nhello\r\n";
    let sealed = seal_outgoing(letter, &[alice.certificate()], Some(&alice), NOW, &mut rng()).unwrap();
    let text = armored("MESSAGE", &seal(b"text", &[alice.certificate()], None, NOW, &mut rng()).unwrap());
    let signature = String::from_utf8(signatures().remove(1)).unwrap();
    let seeds = [
        String::from_utf8(sealed).unwrap(),
        format!("From: a@b.test\r\n\r\n{text}"),
        format!("From: a@b.test\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nwords\r\n{signature}"),
        format!(
            "From: a@b.test\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\nwords\r\n--b\r\n\
             Content-Type: application/pgp-signature\r\n\r\n{signature}\r\n--b--\r\n"
        ),
        format!(
            "From: a@b.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text}\r\n--b\r\n\
             Content-Type: image/png; name=a.png\r\n\r\nx\r\n--b--\r\n"
        ),
    ];
    let signers = [read(&Owner::new(1).whole()), alice.certificate().clone()];
    let run = move |bytes: &[u8]| {
        let _ = pgpmime::is_sealed_throughout(bytes);
        let _ = message_holds_secret_key(bytes);
        if let Ok(opened) = open_message(bytes, None, &[&alice], &signers, NOW) {
            let _ = opened.summary(&Summary::of(&mime::read(b"")));
            let _ = opened.sender_differs();
        }
    };
    Target { name: "structure", seeds: seeds.map(String::into_bytes).into(), run: Box::new(run) }
}

/// The value of an Autocrypt field: what is understood is written so that it is understood the same.
pub fn autocrypt() -> Target {
    let address: shared::api::EmailAddress = "bob@else.test".parse().unwrap();
    let certificate = read(&Owner::new(1).whole()).for_autocrypt(&address, NOW).unwrap();
    let header = AutocryptHeader { address, mutual: true, certificate }.to_string();
    let seeds = vec![header.into_bytes(), b"addr=a@b.test; _x=y; keydata=aGVsbG8=".to_vec()];
    let run = |bytes: &[u8]| {
        if let Some(header) = AutocryptHeader::parse(bytes) {
            let again = AutocryptHeader::parse(header.to_string().as_bytes()).expect("what was read can be read again");
            // To the octet, though rPGP may hold what it does not know in another form.
            assert_eq!(again.to_string(), header.to_string());
            assert_worth_the_same(&again.certificate, &header.certificate);
        }
    };
    Target { name: "autocrypt", seeds, run: Box::new(run) }
}
