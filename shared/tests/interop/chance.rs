//! Messages that chance puts together: of every structure that the grammar of OpenPGP allows (RFC 9580 §10.3), some of them damaged.

use std::fmt;
use std::io::Write;

use base64::Engine;
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use pgp::composed::{RawSessionKey, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    PublicKeyEncryptedSessionKey, Signature, SignatureType, Subpacket, SubpacketData, SymEncryptedProtectedData,
};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, Password, SigningKey};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;

use crate::support::forge::{signature_bytes, statement};

/// The keys of which GnuPG 2.2 knows the kind: the last one of these is nobody's here, and signs and receives all the same.
pub const KINDS: [&str; 4] = ["4, Curve25519, old form", "4, NIST P-256", "4, RSA 2048", "4, NIST P-384"];

/// What somebody made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The content; `None` where it does not open.
    pub content: Option<Vec<u8>>,
    /// What each signature is worth, in no order: `good`, `bad`, `unknown`.
    pub signatures: Vec<&'static str>,
}

/// What is wrong with a message, where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    None,
    /// A bit of the encrypted data.
    Flipped,
    /// The end of the encrypted data is missing.
    Cut,
    /// It is for others only.
    ForOthers,
    /// Something else was signed.
    OtherContent,
}

/// How a message is put together.
pub struct Plan {
    content: Vec<u8>,
    mode: u8,
    name: String,
    /// Places among the keys.
    pub signers: Vec<usize>,
    text_signature: bool,
    /// One-pass packets before, or signatures as they were written before those (RFC 9580 §10.3).
    pub one_pass: bool,
    compression: Option<u8>,
    /// What is signed is compressed, instead of what is compressed signed.
    compressed_within: bool,
    recipients: Vec<usize>,
    hidden: bool,
    cipher: SymmetricKeyAlgorithm,
    marker: bool,
    armored: bool,
    damage: Damage,
}

impl Plan {
    /// One of all there are.
    pub fn of(rng: &mut ChaCha20Rng) -> Self {
        let octets = match rng.gen_range(0..10) {
            0 => 0,
            1..=5 => rng.gen_range(1..400),
            6..=8 => rng.gen_range(400..20_000),
            _ => rng.gen_range(20_000..200_000),
        };
        let is_text = rng.gen_bool(0.5);
        let mut content: Vec<u8> = if is_text {
            (0..octets).map(|_| *b"abc xyz\n".choose(rng).unwrap()).collect()
        } else {
            (0..octets).map(|_| rng.r#gen()).collect()
        };
        if is_text {
            content.extend("é\n".as_bytes());
        }
        // What is signed as a text has the ends of lines of the network; GnuPG does not put them there to verify.
        let text_signature = is_text && rng.gen_bool(0.4);
        if text_signature {
            content = String::from_utf8(content).unwrap().replace('\n', "\r\n").into_bytes();
        }
        let mode = if is_text && !text_signature { *b"btu".choose(rng).unwrap() } else { b'b' };
        let all: Vec<usize> = (0..KINDS.len()).collect();
        let several = |most, rng: &mut ChaCha20Rng| {
            let count = rng.gen_range(0..=most);
            all.choose_multiple(rng, count).copied().collect::<Vec<_>>()
        };
        let damages = [Damage::Flipped, Damage::Cut, Damage::ForOthers, Damage::OtherContent];
        let damage = if rng.gen_bool(0.4) { *damages.choose(rng).unwrap() } else { Damage::None };
        let signers = several(2, rng);
        let mut recipients = several(3, rng);
        if damage == Damage::ForOthers {
            recipients = vec![KINDS.len() - 1];
        } else if recipients.iter().all(|place| *place == KINDS.len() - 1) {
            recipients.push(rng.gen_range(0..KINDS.len() - 1));
        }
        Self {
            content,
            mode,
            name: ["", "letter.txt", "_CONSOLE", "é"].choose(rng).unwrap().to_string(),
            signers,
            text_signature,
            one_pass: rng.gen_bool(0.8),
            compression: [None, Some(1), Some(2)].choose(rng).copied().flatten(),
            compressed_within: rng.gen_bool(0.2),
            recipients,
            hidden: rng.gen_bool(0.15),
            cipher: *[SymmetricKeyAlgorithm::AES128, SymmetricKeyAlgorithm::AES192, SymmetricKeyAlgorithm::AES256]
                .choose(rng)
                .unwrap(),
            marker: rng.gen_bool(0.1),
            armored: rng.gen_bool(0.3),
            damage,
        }
    }

    /// The message.
    pub fn build(&self, keys: &[SignedSecretKey], rng: &mut ChaCha20Rng) -> Vec<u8> {
        let literal = [&[self.mode, self.name.len() as u8], self.name.as_bytes(), &[0; 4], &self.content].concat();
        let mut packets = framed(11, &literal, true, rng);
        let compressed = |packets: Vec<u8>, rng: &mut ChaCha20Rng| match self.compression {
            None => packets,
            Some(kind) => framed(8, &[vec![kind], deflated(kind, &packets)].concat(), true, rng),
        };
        if self.compressed_within {
            packets = compressed(packets, rng);
        }
        packets = self.signed(packets, keys, rng);
        if !self.compressed_within {
            packets = compressed(packets, rng);
        }
        let key = RawSessionKey::from((0..self.cipher.key_size()).map(|_| rng.r#gen()).collect::<Vec<u8>>());
        let mut message = if self.marker { framed(10, b"PGP", false, rng) } else { Vec::new() };
        for recipient in &self.recipients {
            let subkey = keys[*recipient].secret_subkeys[0].key.public_key();
            let esk = PublicKeyEncryptedSessionKey::from_session_key_v3(&mut *rng, &key, self.cipher, &subkey).unwrap();
            let mut body = esk.to_bytes().unwrap();
            if self.hidden {
                body[1..9].fill(0);
            }
            message.extend(framed(1, &body, false, rng));
        }
        let data = SymEncryptedProtectedData::encrypt_seipdv1(&mut *rng, self.cipher, key.as_ref(), &packets).unwrap();
        let mut data = data.to_bytes().unwrap();
        match self.damage {
            Damage::Flipped => {
                let place = rng.gen_range(1..data.len());
                data[place] ^= 1 << rng.gen_range(0..8);
            }
            Damage::Cut => data.truncate(rng.gen_range(1..data.len())),
            _ => {}
        }
        message.extend(framed(18, &data, true, rng));
        if self.armored { armored(&message) } else { message }
    }

    /// The packets with their signatures around them, or before them.
    fn signed(&self, packets: Vec<u8>, keys: &[SignedSecretKey], rng: &mut ChaCha20Rng) -> Vec<u8> {
        let kind = if self.text_signature { SignatureType::Text } else { SignatureType::Binary };
        let mut content = self.content.clone();
        if self.damage == Damage::OtherContent {
            content.push(b'x');
        }
        let mut all = packets;
        for (place, signer) in self.signers.iter().enumerate() {
            let key = &keys[*signer].primary_key;
            let mut says = statement(key, kind, vec![], 0);
            says.hash_alg = *[HashAlgorithm::Sha384, HashAlgorithm::Sha512].choose(rng).unwrap();
            let issuer = SubpacketData::IssuerKeyId(key.legacy_key_id());
            says.unhashed_subpackets = vec![Subpacket::regular(issuer).unwrap()];
            let signature = says.sign(key, &Password::empty(), content.as_slice()).unwrap();
            let bytes = signature_bytes(&signature);
            all = match self.one_pass {
                true => [framed(4, &one_pass(&signature, key, place == 0), false, rng), all, bytes].concat(),
                false => [bytes, all].concat(),
            };
        }
        all
    }
}

/// A one-pass signature, version 3 (RFC 9580 §5.4). The innermost says that no other follows.
fn one_pass(signature: &Signature, key: &impl SigningKey, innermost: bool) -> Vec<u8> {
    let config = signature.config().unwrap();
    let head = [3, u8::from(config.typ()), u8::from(config.hash_alg), u8::from(key.algorithm())];
    [&head[..], key.legacy_key_id().as_ref(), &[u8::from(innermost)]].concat()
}

/// With its checksum, without which GnuPG 2.2 reads the last line for content.
fn armored(message: &[u8]) -> Vec<u8> {
    let sum = message.iter().fold(0x00b7_04ce_u32, |sum, octet| {
        (0..8).fold(sum ^ u32::from(*octet) << 16, |sum, _| {
            let next = sum << 1;
            if next & 0x0100_0000 == 0 { next } else { next ^ 0x0186_4cfb }
        }) & 0x00ff_ffff
    });
    let sum = base64::engine::general_purpose::STANDARD.encode(&sum.to_be_bytes()[1..]);
    let armored = crate::support::armored("MESSAGE", message);
    armored.replace("-----END", &format!("={sum}\r\n-----END")).into_bytes()
}

fn deflated(kind: u8, bytes: &[u8]) -> Vec<u8> {
    if kind == 1 {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    } else {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}

/// A packet, its length written in one of the ways there are (RFC 9580 §4.2); in pieces only where that is allowed.
fn framed(kind: u8, body: &[u8], in_pieces: bool, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    match rng.gen_range(0..4) {
        0 if kind < 16 => {
            let tag = 0x80 | kind << 2;
            match body.len() {
                0..=255 => [&[tag, length as u8], body].concat(),
                256..=65_535 => [&[tag | 1][..], &(length as u16).to_be_bytes(), body].concat(),
                _ => [&[tag | 2][..], &length.to_be_bytes(), body].concat(),
            }
        }
        1 if in_pieces && body.len() >= 512 => {
            let (mut out, mut rest) = (vec![0xc0 | kind], body);
            let power = rng.gen_range(9..=13);
            while rest.len() > 1 << power {
                let (piece, more) = rest.split_at(1 << power);
                out.push(224 + power as u8);
                out.extend(piece);
                rest = more;
            }
            out.extend(length_of(rest.len()));
            [out, rest.to_vec()].concat()
        }
        2 => [&[0xc0 | kind, 255][..], &length.to_be_bytes(), body].concat(),
        _ => [vec![0xc0 | kind], length_of(body.len()), body.to_vec()].concat(),
    }
}

fn length_of(octets: usize) -> Vec<u8> {
    match octets {
        0..=191 => vec![octets as u8],
        192..=8383 => {
            let rest = octets - 192;
            vec![(rest >> 8) as u8 + 192, rest as u8]
        }
        _ => [&[255][..], &(octets as u32).to_be_bytes()].concat(),
    }
}

impl Plan {
    /// What it is to mean.
    pub fn verdict(&self) -> Verdict {
        if matches!(self.damage, Damage::Flipped | Damage::Cut | Damage::ForOthers) {
            return Verdict { content: None, signatures: Vec::new() };
        }
        let worth = |signer: &usize| match (*signer == KINDS.len() - 1, self.damage) {
            (true, _) => "unknown",
            (false, Damage::OtherContent) => "bad",
            (false, _) => "good",
        };
        let mut signatures: Vec<_> = self.signers.iter().map(worth).collect();
        signatures.sort_unstable();
        Verdict { content: Some(self.content.clone()), signatures }
    }

    /// Whether signatures stand around a compressed packet, which neither of the others makes something of.
    pub fn signs_what_is_compressed(&self) -> bool {
        !self.signers.is_empty() && self.compressed_within && self.compression.is_some()
    }

    /// Whether Sequoia 1.12 verifies its signatures: it knows none in the old form. GnuPG sees one of several of those.
    pub fn is_plain_to_sequoia(&self) -> bool {
        self.signers.is_empty() || self.one_pass && !self.signs_what_is_compressed()
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { content, mode, signers, text_signature, one_pass, recipients, hidden, cipher, damage, .. } = self;
        let compression = (self.compression, self.compressed_within);
        write!(
            f,
            "{} octets ({}), signers {signers:?} (text {text_signature}, one pass {one_pass}), compression {compression:?}, \
             recipients {recipients:?} (hidden {hidden}), {cipher:?}, marker {}, armored {}, {damage:?}",
            content.len(),
            char::from(*mode),
            self.marker,
            self.armored
        )
    }
}
