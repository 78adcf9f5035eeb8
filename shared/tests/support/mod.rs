//! What several tests of `shared` need: people with keys, a repeatable source of randomness, the corpus of real messages.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

pub mod forge;
pub mod given;
pub mod gnupg;

use std::path::{Path, PathBuf};

use pgp::composed::{Deserializable, MessageBuilder, RawSessionKey, SignedPublicKey, SignedSecretKey};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use pgp::types::CompressionAlgorithm;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use shared::api::{EmailAddress, Timestamp};
use shared::pgp::SecretKey;

/// When the tests take place: 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp(1_767_225_600);

/// Whom the tests of correspondents are about.
pub fn bob() -> EmailAddress {
    "Bob@else.test".parse().unwrap()
}

/// A key of his; the seed is in the name only, the address is the same.
pub fn bobs(seed: &str) -> SecretKey {
    person(&format!("Bob {seed} <bob@else.test>"))
}

pub fn days(days: i64) -> Timestamp {
    NOW.plus(days * 86_400)
}

pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

pub fn person(user_id: &str) -> SecretKey {
    let seed = user_id.bytes().fold(1, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    SecretKey::make(user_id, NOW.plus(-86_400), &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

/// rPGP's form of a key.
pub fn raw(key: &SecretKey) -> SignedSecretKey {
    SignedSecretKey::from_bytes(key.to_bytes().expose().as_slice()).unwrap()
}

/// Encrypts content to a key, by rPGP.
pub fn encrypt(content: Vec<u8>, to: &SecretKey, compress: bool) -> Vec<u8> {
    let mut builder = MessageBuilder::from_bytes("", content).seipd_v1(rng(), SymmetricKeyAlgorithm::AES256);
    builder.encrypt_to_key(rng(), &SignedPublicKey::from(raw(to)).public_subkeys[0]).unwrap();
    if compress {
        builder.compression(CompressionAlgorithm::ZLIB);
    }
    builder.to_vec(rng()).unwrap()
}

/// Packets whose data are these, as a definite length.
pub fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&[0xc0 | kind, 255][..], &length.to_be_bytes(), body].concat()
}

/// Seals packets as they are, whatever they mean: rPGP's builder takes them for the content of a literal packet, so the
/// session key is taken from it and the data encrypted apart.
pub fn seal_packets(packets: &[u8], to: &SecretKey) -> Vec<u8> {
    let key = RawSessionKey::from(vec![7; 32]);
    let aes = SymmetricKeyAlgorithm::AES256;
    let recipient = &SignedPublicKey::from(raw(to)).public_subkeys[0];
    let session = PublicKeyEncryptedSessionKey::from_session_key_v3(rng(), &key, aes, recipient).unwrap();
    let mut out = Vec::new();
    session.to_writer_with_header(&mut out).unwrap();
    let data = SymEncryptedProtectedData::encrypt_seipdv1(rng(), aes, key.as_ref(), packets).unwrap();
    data.to_writer_with_header(&mut out).unwrap();
    out
}

/// An armored block: `MESSAGE`, `SIGNATURE`.
pub fn armored(title: &str, bytes: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: String =
        text.as_bytes().chunks(64).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    format!("-----BEGIN PGP {title}-----\r\n\r\n{lines}-----END PGP {title}-----\r\n")
}

/// The messages of the corpus that `MAIL_CORPUS` names, with their paths; nothing, and a line that says so, where it is absent.
pub fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let Some(folder) = std::env::var_os("MAIL_CORPUS").map(PathBuf::from).filter(|folder| folder.is_dir()) else {
        println!("skipped: MAIL_CORPUS does not name a folder of messages");
        return Vec::new();
    };
    let mut files = Vec::new();
    gather(&folder, &mut files);
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            files.push(path);
        }
    }
}
