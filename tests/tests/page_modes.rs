//! Letters of programs that seal in other ways than we do, read in the page: there another AES opens them than elsewhere.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ocb3::Ocb3;
use ocb3::aead::consts::U15;
use ocb3::aead::{Aead, KeyInit, Payload};
use pgp::composed::{ArmorOptions, Deserializable, MessageBuilder, RawSessionKey, SignedPublicKey};
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait, PublicKeyEncryptedSessionKey};
use rand::rngs::OsRng;
use tests::browser::Look;
use tests::elsewhere::published;
use tests::foreign::{curl_in, in_mime};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person};
use tests::visitor::Visitor;

/// What another program makes of a letter for whoever a certificate is of, in a mode that authenticates.
fn sealed_in(mode: AeadAlgorithm, cipher: SymmetricKeyAlgorithm, certificate: &[u8], content: &str) -> Vec<u8> {
    let certificate = SignedPublicKey::from_bytes(certificate).unwrap();
    let builder = MessageBuilder::from_bytes("", content.as_bytes().to_vec());
    let mut builder = builder.seipd_v2(OsRng, cipher, mode, ChunkSize::C4KiB);
    builder.encrypt_to_key(OsRng, &certificate.public_subkeys[0].key).unwrap();
    in_mime(builder.to_armored_string(OsRng, ArmorOptions::default()).unwrap().into_bytes())
}

/// What GnuPG 2.3 and later make of it (draft-ietf-openpgp-rfc4880bis-10 §5.16): chunks of 4 MiB at most, here one.
fn sealed_by_gnupg(certificate: &[u8], content: &str) -> Vec<u8> {
    let certificate = SignedPublicKey::from_bytes(certificate).unwrap();
    let cipher = SymmetricKeyAlgorithm::AES256;
    let key: RawSessionKey = cipher.new_session_key(OsRng);
    let to = &certificate.public_subkeys[0].key;
    let mut sealed = Vec::new();
    let packet = PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, &key, cipher, to).unwrap();
    packet.to_writer_with_header(&mut sealed).unwrap();
    // A literal packet without name and date; in front of lengths of four octets stands 255.
    let literal =
        [&[0xcb, 255], &(content.len() as u32 + 6).to_be_bytes()[..], b"b\0\0\0\0\0", content.as_bytes()].concat();
    let ocb = Ocb3::<aes::Aes256, U15>::new_from_slice(key.as_ref()).unwrap();
    let crypt = |number: u8, associated: &[u8], data: &[u8]| {
        let (mut nonce, info) = ([7; 15], [0xd4, 1, 9, 2, 16, 0, 0, 0, 0, 0, 0, 0, number]);
        nonce[14] ^= number;
        ocb.encrypt(&nonce.into(), Payload { msg: data, aad: &[&info, associated].concat() }).unwrap()
    };
    let total = (literal.len() as u64).to_be_bytes();
    let body = [&[1, 9, 2, 16][..], &[7; 15], &crypt(0, &[], &literal), &crypt(1, &total, &[])].concat();
    sealed.extend([&[0xd4, 255][..], &(body.len() as u32).to_be_bytes(), &body].concat());
    let text = STANDARD.encode(sealed);
    let lines: Vec<_> = text.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
    in_mime(format!("-----BEGIN PGP MESSAGE-----\n\n{}\n-----END PGP MESSAGE-----\n", lines.join("\n")).into_bytes())
}

#[tokio::test]
async fn a_letter_opens_in_whichever_mode_it_was_sealed() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let certificate = published(&home, "alice@home.test");
    // Long enough for several chunks; and for one of more than a mebioctet.
    let lines = |count: usize| "La pluie n'a pas cessé depuis lundi.\r\n".repeat(count);
    let letter = |name: &str, lines: String| {
        format!(
            "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: En {name}\r\n\
             Content-Type: text/plain; charset=utf-8; protected-headers=\"v1\"\r\n\r\n{lines}C'est tout pour {name}.\r\n"
        )
    };
    let in_mode = |name, mode, cipher| (name, sealed_in(mode, cipher, &certificate, &letter(name, lines(500))));
    let letters = [
        in_mode("OCB", AeadAlgorithm::Ocb, SymmetricKeyAlgorithm::AES256),
        in_mode("GCM", AeadAlgorithm::Gcm, SymmetricKeyAlgorithm::AES128),
        in_mode("EAX", AeadAlgorithm::Eax, SymmetricKeyAlgorithm::AES256),
        ("GnuPG", sealed_by_gnupg(&certificate, &letter("GnuPG", lines(30_000)))),
    ];
    for (_, sealed) in &letters {
        let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], sealed);
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    }
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("modes", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        for (name, _) in &letters {
            alice.opens(&format!("En {name}")).await;
            alice.see("article .body", &format!("C'est tout pour {name}.")).await;
        }
        alice.has_no_complaint().await;
    });
    told.await;
}
