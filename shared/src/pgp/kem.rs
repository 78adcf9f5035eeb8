//! ML-KEM-768 with X25519 (RFC 9980 §4): keys that a computer of the time after cannot open either, as long as one of the two
//! holds. For keys of version 6.
//!
//! rPGP has it behind a switch that brings ML-DSA and SLH-DSA into everything too. Without the switch it carries the octets of keys
//! and session keys of this algorithm without looking into them, so this is all that is missing.
//!
//! Invariant: secrets are wiped.

use std::fmt;

use ml_kem_768::CIPHERTEXT_BYTES;
use pgp::composed::PlainSessionKey;
use pgp::crypto::aes_kw;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PublicSubkey, SecretSubkey};
use pgp::types::{
    DecryptionKey, EncryptionKey, EskType, Fingerprint, KeyDetails, KeyId, KeyVersion, Password, PkeskBytes,
    PlainSecretParams, PublicParams, SecretParams, Timestamp,
};
use rand::{CryptoRng, Rng, RngCore};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::seipd::is_aes;

/// Its number (RFC 9980 §9.1).
const NUMBER: u8 = 35;
/// Its name in rPGP.
pub(super) const ALGORITHM: PublicKeyAlgorithm = PublicKeyAlgorithm::Unknown(NUMBER);
/// Octets of a key or a share of X25519, and of a seed or a share of ML-KEM.
const SHARE: usize = 32;
/// Separates this use of SHA3-256 from others (RFC 9980 §4.2.1).
const DOMAIN: &[u8] = b"OpenPGPCompositeKDFv1";
/// Octets of the checksum that rPGP puts behind a session key for an algorithm that it does not know.
const CHECKSUM: usize = 2;

/// Both public keys.
struct Public {
    x25519: PublicKey,
    ml_kem: ml_kem_768::PublicKey,
}

impl Public {
    fn of(params: &PublicParams) -> Option<Self> {
        let PublicParams::Unknown { data } = params else { return None };
        let (x25519, encoded) = data.split_first_chunk::<SHARE>()?;
        let ml_kem = ml_kem_768::PublicKey::read(encoded.try_into().ok()?)?;
        Some(Self { x25519: PublicKey::from(*x25519), ml_kem })
    }
}

/// Whether a key is one of these, well-formed.
pub(super) fn is_one(key: &(impl KeyDetails + ?Sized)) -> bool {
    key.algorithm() == ALGORITHM && key.version() == KeyVersion::V6 && Public::of(key.public_params()).is_some()
}

/// Makes the material of a key: X25519's, then the two seeds of ML-KEM (RFC 9980 §4.2.2, §4.3.2).
pub(super) fn make(rng: &mut (impl RngCore + CryptoRng)) -> (PublicParams, SecretParams) {
    let mut secret = Zeroizing::new(vec![0; 3 * SHARE]);
    rng.fill_bytes(&mut secret);
    let (x25519, ml_kem) = expanded(&secret).expect("as long as three shares");
    let mut public = PublicKey::from(&x25519).to_bytes().to_vec();
    public.extend_from_slice(&ml_kem.public().octets());
    let secret = PlainSecretParams::Unknown { alg: ALGORITHM, data: secret, pub_params: public.clone().into() };
    (PublicParams::Unknown { data: public.into() }, SecretParams::Plain(secret))
}

fn expanded(secret: &[u8]) -> Option<(StaticSecret, ml_kem_768::SecretKey)> {
    let (x25519, seeds) = secret.split_first_chunk::<SHARE>()?;
    let (first, second) = seeds.split_first_chunk::<SHARE>()?;
    let ml_kem = ml_kem_768::SecretKey::of_seeds(first, second.try_into().ok()?);
    Some((StaticSecret::from(*x25519), ml_kem))
}

/// A secret key, ready to open.
#[derive(Clone)]
pub(super) struct Secret {
    named: PublicSubkey,
    x25519: StaticSecret,
    /// The public half of that one.
    public: PublicKey,
    ml_kem: ml_kem_768::SecretKey,
}

impl Secret {
    /// That of a subkey; `None` where it is none of these, or does not belong to its public half.
    pub(super) fn of(subkey: &SecretSubkey) -> Option<Self> {
        if !is_one(subkey) {
            return None;
        }
        let SecretParams::Plain(PlainSecretParams::Unknown { data, .. }) = subkey.secret_params() else { return None };
        let (x25519, ml_kem) = expanded(data)?;
        let public = Public::of(subkey.public_params())?;
        let belongs = public.x25519 == PublicKey::from(&x25519) && public.ml_kem == ml_kem.public();
        belongs.then(|| Self { named: subkey.public_key().clone(), x25519, public: public.x25519, ml_kem })
    }

    /// The session key (RFC 9980 §4.2.4); as it was wrapped, with an algorithm beside it where the packet is of version 3.
    fn opened(&self, values: &PkeskBytes, kind: EskType) -> Option<PlainSessionKey> {
        let PkeskBytes::Other { key } = values else { return None };
        let (ephemeral, rest) = key.split_first_chunk::<SHARE>()?;
        let (ciphertext, rest) = rest.split_first_chunk::<CIPHERTEXT_BYTES>()?;
        let (length, mut wrapped) = rest.split_first()?;
        if wrapped.len() != usize::from(*length) {
            return None;
        }
        let mut algorithm = None;
        if matches!(kind, EskType::V3_4) {
            let (number, key) = wrapped.split_first()?;
            (algorithm, wrapped) = (Some(SymmetricKeyAlgorithm::from(*number)), key);
        }
        let of_ml_kem = self.ml_kem.decapsulate(ciphertext)?;
        let of_x25519 = self.x25519.diffie_hellman(&PublicKey::from(*ephemeral));
        let under = combined(&*of_ml_kem, of_x25519.as_bytes(), ephemeral, &self.public)?;
        let key = aes_kw::unwrap(&under, wrapped).ok()?;
        match algorithm {
            None => Some(PlainSessionKey::V6 { key: key.into() }),
            // With a packet of version 3 it is AES or nothing (RFC 9980 §4.3.1).
            Some(sym_alg) if is_aes(sym_alg, key.len()) => Some(PlainSessionKey::V3_4 { sym_alg, key: key.into() }),
            Some(_) => None,
        }
    }
}

/// The key that the session key is wrapped under (RFC 9980 §4.2.1).
fn combined(
    of_ml_kem: &[u8],
    of_x25519: &[u8],
    ephemeral: &[u8; SHARE],
    public: &PublicKey,
) -> Option<Zeroizing<Vec<u8>>> {
    let length = u8::try_from(DOMAIN.len()).ok()?;
    let parts = [of_ml_kem, of_x25519, ephemeral, public.as_bytes(), &[NUMBER], DOMAIN, &[length]];
    let whole = Zeroizing::new(parts.concat());
    HashAlgorithm::Sha3_256.digest(&whole).ok().map(Zeroizing::new)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.named.fingerprint())
    }
}

impl DecryptionKey for Secret {
    fn decrypt(
        &self,
        _: &Password,
        values: &PkeskBytes,
        kind: EskType,
    ) -> pgp::errors::Result<pgp::errors::Result<PlainSessionKey>> {
        let failed = || pgp::errors::Error::from("the session key does not open".to_owned());
        Ok(self.opened(values, kind).ok_or_else(failed))
    }
}

/// A key that a message is sealed for.
#[derive(Debug)]
pub(super) struct Recipient<'a>(pub(super) &'a PublicSubkey);

impl Recipient<'_> {
    /// What the packet of a session key holds (RFC 9980 §4.2.3, §4.3.1).
    fn sealed(&self, session_key: &[u8], algorithm: Option<u8>, mut rng: impl CryptoRng + Rng) -> Option<Vec<u8>> {
        let public = Public::of(self.0.public_params())?;
        let mut secret = Zeroizing::new([0; SHARE]);
        rng.fill_bytes(&mut *secret);
        let secret = StaticSecret::from(*secret);
        let ephemeral = PublicKey::from(&secret).to_bytes();
        let of_x25519 = secret.diffie_hellman(&public.x25519);
        let mut randomness = Zeroizing::new([0; SHARE]);
        rng.fill_bytes(&mut *randomness);
        let (ciphertext, of_ml_kem) = public.ml_kem.encapsulate(&randomness)?;
        let under = combined(&*of_ml_kem, of_x25519.as_bytes(), &ephemeral, &public.x25519)?;
        let wrapped = aes_kw::wrap(&under, session_key).ok()?;
        let algorithm: Vec<u8> = algorithm.into_iter().collect();
        let length = u8::try_from(algorithm.len() + wrapped.len()).ok()?;
        Some([&ephemeral[..], &ciphertext, &[length], &algorithm, &wrapped].concat())
    }
}

impl EncryptionKey for Recipient<'_> {
    fn encrypt<R: CryptoRng + Rng>(&self, rng: R, plain: &[u8], kind: EskType) -> pgp::errors::Result<PkeskBytes> {
        let failed = || pgp::errors::Error::from("the session key cannot be sealed".to_owned());
        let (plain, _) = plain.split_at_checked(plain.len().saturating_sub(CHECKSUM)).ok_or_else(failed)?;
        let (algorithm, session_key) = match kind {
            EskType::V6 => (None, plain),
            EskType::V3_4 => plain.split_first().map(|(number, key)| (Some(*number), key)).ok_or_else(failed)?,
        };
        let key = self.sealed(session_key, algorithm, rng).ok_or_else(failed)?;
        Ok(PkeskBytes::Other { key: key.into() })
    }
}

/// What a key is called is what its packet says.
macro_rules! named_by {
    ($kind:ty, $packet:tt) => {
        impl KeyDetails for $kind {
            fn version(&self) -> KeyVersion {
                self.$packet.version()
            }

            fn fingerprint(&self) -> Fingerprint {
                self.$packet.fingerprint()
            }

            fn legacy_key_id(&self) -> KeyId {
                self.$packet.legacy_key_id()
            }

            fn algorithm(&self) -> PublicKeyAlgorithm {
                self.$packet.algorithm()
            }

            fn created_at(&self) -> Timestamp {
                self.$packet.created_at()
            }

            fn legacy_v3_expiration_days(&self) -> Option<u16> {
                self.$packet.legacy_v3_expiration_days()
            }

            fn public_params(&self) -> &PublicParams {
                self.$packet.public_params()
            }
        }
    };
}

named_by!(Secret, named);
named_by!(Recipient<'_>, 0);

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn numbers_over_the_modulus_make_no_key() {
        let (PublicParams::Unknown { data }, _) = make(&mut ChaCha20Rng::seed_from_u64(1)) else { panic!() };
        let is_key = |octets: Vec<u8>| Public::of(&PublicParams::Unknown { data: octets.into() }).is_some();
        assert!(is_key(data.to_vec()));
        assert!(!is_key(data[1..].to_vec()) && !is_key([&data[..], b"x"].concat()));
        // The first number takes twelve bits behind the key of X25519; 3329 is the modulus (FIPS 203 §7.2).
        let mut octets = data.to_vec();
        octets[SHARE] = 0x01;
        octets[SHARE + 1] = (octets[SHARE + 1] & 0xf0) | 0x0d;
        assert!(!is_key(octets));
    }
}
