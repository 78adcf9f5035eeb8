//! One pair of keys that a box signs with, and what others look them up by.
//!
//! Two, because each has its readers: RSA is verified everywhere, Ed25519 (RFC 8463) not yet, and breaks less easily.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use shared::vault::Secret;
use zeroize::Zeroizing;

use crate::core::Random;

/// Bits of the RSA key: what RFC 8301 §3.2 asks for, and all that is verified everywhere and fits into DNS well.
const RSA_BITS: usize = 2048;
/// What stands before the 32 octets of an Ed25519 key in its PKCS #8 form (RFC 8410 §7).
const ED25519_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// Characters of a line of PEM (RFC 7468 §2).
const PEM_LINE: usize = 64;

/// How a message is signed; both hash with SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Algorithm {
    /// RSA with PKCS #1 v1.5.
    Rsa,
    /// Ed25519 (RFC 8463).
    Ed25519,
}

impl Algorithm {
    /// In the order in which the signatures stand in a message: what everybody verifies comes first.
    pub(super) const ALL: [Self; 2] = [Self::Rsa, Self::Ed25519];

    /// Its name in a record, and in the selector.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The selector of its key among the keys of this name.
    pub(super) fn selector(self, keys: &str) -> String {
        format!("{keys}-{}", self.name())
    }
}

/// The file does not hold a pair of keys.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a file of keys for DKIM does not hold an RSA key and an Ed25519 key")]
pub struct NotKeys;

/// The two keys.
#[derive(Debug)]
pub struct Pair {
    name: String,
    rsa: RsaKeyPair,
    ed25519: Ed25519KeyPair,
    public: [Vec<u8>; 2],
}

impl Pair {
    /// Makes a pair, as the text of its file: both private keys in PKCS #8 (RFC 5958), as PEM. Takes some tenths of a second.
    pub(super) fn make(random: &mut Random) -> Secret<Vec<u8>> {
        let seed = Zeroizing::new(random.bytes::<32>());
        let ed25519 = Zeroizing::new([&ED25519_HEAD[..], &*seed].concat());
        let rsa = RsaPrivateKey::new(random, RSA_BITS).and_then(|key| Ok(key.to_pkcs8_der()?));
        // Only a size that is none, or one that cannot be written, is refused.
        let rsa = rsa.expect("an RSA key of 2048 bits");
        let mut text = Zeroizing::new(String::with_capacity(4096));
        for der in [rsa.as_bytes(), &ed25519] {
            text.push_str("-----BEGIN PRIVATE KEY-----\n");
            let encoded = Zeroizing::new(STANDARD.encode(der));
            for (place, character) in encoded.chars().enumerate() {
                if place > 0 && place % PEM_LINE == 0 {
                    text.push('\n');
                }
                text.push(character);
            }
            text.push_str("\n-----END PRIVATE KEY-----\n");
        }
        Secret::new(std::mem::take(&mut *text).into_bytes())
    }

    /// Reads the text of a file, whose name is what stands before the algorithm in the selectors.
    pub(super) fn read(name: &str, text: &Secret<Vec<u8>>) -> Result<Self, NotKeys> {
        let keys = PrivatePkcs8KeyDer::pem_slice_iter(text.expose()).collect::<Result<Vec<_>, _>>();
        let keys = keys.map_err(|_| NotKeys)?;
        let [rsa, ed25519] = keys.as_slice() else { return Err(NotKeys) };
        let [rsa_der, ed25519_der] = [rsa, ed25519].map(PrivatePkcs8KeyDer::secret_pkcs8_der);
        let public = RsaPrivateKey::from_pkcs8_der(rsa_der).map_err(|_| NotKeys)?.to_public_key();
        let public = public.to_public_key_der().map_err(|_| NotKeys)?.into_vec();
        let rsa = RsaKeyPair::from_pkcs8(rsa_der).map_err(|_| NotKeys)?;
        let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(ed25519_der).map_err(|_| NotKeys)?;
        let point = ring::signature::KeyPair::public_key(&ed25519).as_ref().to_vec();
        Ok(Self { name: name.to_owned(), rsa, ed25519, public: [public, point] })
    }

    /// What stands before the algorithm in the selectors.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs octets; `None` where the random numbers fail that hide what the processor does.
    pub(super) fn sign(&self, algorithm: Algorithm, octets: &[u8]) -> Option<Vec<u8>> {
        match algorithm {
            Algorithm::Rsa => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463 §3: what is signed is the hash.
            Algorithm::Ed25519 => {
                let hash = ring::digest::digest(&ring::digest::SHA256, octets);
                Some(self.ed25519.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }

    /// The records that others verify with: selector and text of each (RFC 6376 §3.6.1).
    #[must_use]
    pub fn records(&self) -> [(String, String); 2] {
        let [rsa, ed25519] = &self.public;
        [(Algorithm::Rsa, rsa), (Algorithm::Ed25519, ed25519)].map(|(algorithm, public)| {
            let text = format!("v=DKIM1; k={}; p={}", algorithm.name(), STANDARD.encode(public));
            (algorithm.selector(&self.name), text)
        })
    }
}

/// Whether a record that was found holds the key of one that should be there: DNS managers break it, and add to it.
#[must_use]
pub fn holds_key_of(found: &str, record: &str) -> bool {
    let value = |text: &str, name: &str| {
        let mut tags = text.split(';').filter_map(|tag| tag.split_once('='));
        let tag = tags.find(|(tag, _)| tag.trim() == name);
        tag.map(|(_, value)| value.split_ascii_whitespace().collect::<String>())
    };
    let kind = |text| value(text, "k").unwrap_or_else(|| "rsa".to_owned());
    value(found, "p").is_some_and(|key| !key.is_empty() && Some(key) == value(record, "p"))
        && kind(found) == kind(record)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_pair_is_read_as_it_was_made_and_signs() {
        let text = Pair::make(&mut Random::system());
        let pair = Pair::read("20261127", &text).unwrap();
        let [rsa, ed25519] = pair.records();
        assert_eq!((rsa.0.as_str(), ed25519.0.as_str()), ("20261127-rsa", "20261127-ed25519"));
        // The head that every RSA key of 2048 bits has in a record.
        assert!(rsa.1.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"), "{}", rsa.1);
        let decoded = STANDARD.decode(ed25519.1.rsplit("p=").next().unwrap()).unwrap();
        let signature = pair.sign(Algorithm::Ed25519, b"octets").unwrap();
        let hash = ring::digest::digest(&ring::digest::SHA256, b"octets");
        UnparsedPublicKey::new(&ED25519, &decoded).verify(hash.as_ref(), &signature).unwrap();
        let signature = pair.sign(Algorithm::Rsa, b"octets").unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.rsa.public());
        key.verify(b"octets", &signature).unwrap();
        assert!(key.verify(b"octett", &signature).is_err());
    }

    #[test]
    fn what_is_no_pair_is_none() {
        let text = Pair::make(&mut Random::system()).expose().clone();
        let first = text.windows(5).rposition(|window| window == b"BEGIN").unwrap() - 5;
        for wrong in [&b""[..], b"no key", &text[..first], &text[first..], &[&text[..], &text[..]].concat()] {
            assert!(Pair::read("x", &Secret::new(wrong.to_vec())).is_err());
        }
    }

    #[test]
    fn a_record_is_known_again_however_it_was_broken() {
        let ours = "v=DKIM1; k=rsa; p=MIIBabc";
        for same in [ours, "k=rsa;p=MIIB abc;", "v=DKIM1; h=sha256; p=MIIBabc", "v=DKIM1;p=MI IB\tabc ; t=s"] {
            assert!(holds_key_of(same, ours), "{same}");
        }
        for other in ["", "v=DKIM1; k=rsa; p=", "v=DKIM1; p=MIIBabd", "v=DKIM1; k=ed25519; p=MIIBabc", "v=spf1 mx -all"]
        {
            assert!(!holds_key_of(other, ours), "{other}");
        }
    }
}
