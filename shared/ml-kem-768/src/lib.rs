//! ML-KEM-768 (FIPS 203) by its octets, over the crate `ml-kem`.
//!
//! That crate is generic, so it is compiled where it is used. This is a package of its own, so that the page can have it optimised for
//! speed while all else there is small: it is computed for every message at rest.
//!
//! Invariants: a public key whose numbers are not written as they should be is none (§7.2); secrets are wiped.

use std::fmt;

use ml_kem::array::Array;
use ml_kem::kem::{Decapsulate, DecapsulationKey, EncapsulationKey};
use ml_kem::{EncapsulateDeterministic, EncodedSizeUser, KemCore, MlKem768, MlKem768Params, SharedKey};
use zeroize::{Zeroize, Zeroizing};

/// Octets of a seed, of the randomness of one encapsulation, and of what both sides have in the end.
pub const SHARE_BYTES: usize = 32;
/// Octets of a public key.
pub const KEY_BYTES: usize = 1184;
/// Octets of what is sent.
pub const CIPHERTEXT_BYTES: usize = 1088;

/// What both sides have in the end.
pub type Share = Zeroizing<[u8; SHARE_BYTES]>;

/// A public key.
#[derive(Clone, PartialEq)]
pub struct PublicKey(Box<EncapsulationKey<MlKem768Params>>);

impl PublicKey {
    /// Reads one; `None` where a number is not less than the modulus (FIPS 203 §7.2).
    #[must_use]
    pub fn read(octets: &[u8; KEY_BYTES]) -> Option<Self> {
        let octets = Array::from(*octets);
        let key = Box::new(EncapsulationKey::from_bytes(&octets));
        (key.as_bytes() == octets).then_some(Self(key))
    }

    /// How it is written.
    #[must_use]
    pub fn octets(&self) -> [u8; KEY_BYTES] {
        self.0.as_bytes().into()
    }

    /// Encapsulates with fresh randomness: what is to be sent, and the share. `None` is for the compiler: it does not fail.
    #[must_use]
    pub fn encapsulate(&self, randomness: &Share) -> Option<([u8; CIPHERTEXT_BYTES], Share)> {
        let mut randomness = Array::from(**randomness);
        let done = self.0.encapsulate_deterministic(&randomness);
        randomness.zeroize();
        done.ok().map(|(ciphertext, share)| (ciphertext.into(), wiped(share)))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey")
    }
}

/// A secret key.
#[derive(Clone)]
pub struct SecretKey(Box<DecapsulationKey<MlKem768Params>>);

impl SecretKey {
    /// That of two seeds, `d` and `z` (FIPS 203 §7.1).
    #[must_use]
    pub fn of_seeds(first: &[u8; SHARE_BYTES], second: &[u8; SHARE_BYTES]) -> Self {
        let (mut first, mut second) = (Array::from(*first), Array::from(*second));
        let (key, _) = MlKem768::generate_deterministic(&first, &second);
        first.zeroize();
        second.zeroize();
        Self(Box::new(key))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(Box::new(self.0.encapsulation_key().clone()))
    }

    /// The share of what was sent; another one, that nobody else has, where that was altered. `None` is for the compiler: it does not fail.
    #[must_use]
    pub fn decapsulate(&self, ciphertext: &[u8; CIPHERTEXT_BYTES]) -> Option<Share> {
        self.0.decapsulate(&Array::from(*ciphertext)).ok().map(wiped)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// A share, kept so that nothing of it stays behind.
fn wiped(mut share: SharedKey<MlKem768>) -> Share {
    let kept = Zeroizing::new(share.into());
    share.zeroize();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_have_the_same_share_and_nobody_else() {
        let secret = SecretKey::of_seeds(&[1; SHARE_BYTES], &[2; SHARE_BYTES]);
        let public = PublicKey::read(&secret.public().octets()).unwrap();
        assert_eq!(public, secret.public());
        let (sent, share) = public.encapsulate(&Zeroizing::new([3; SHARE_BYTES])).unwrap();
        assert_eq!(secret.decapsulate(&sent).unwrap(), share);
        let other = SecretKey::of_seeds(&[1; SHARE_BYTES], &[3; SHARE_BYTES]);
        assert_eq!(other.decapsulate(&sent).unwrap(), share, "the second seed counts for what was altered alone");
        assert_ne!(SecretKey::of_seeds(&[4; SHARE_BYTES], &[2; SHARE_BYTES]).decapsulate(&sent).unwrap(), share);
        let mut altered = sent;
        altered[700] ^= 1;
        assert_ne!(secret.decapsulate(&altered).unwrap(), share);
        assert_ne!(secret.decapsulate(&altered), other.decapsulate(&altered));
    }

    #[test]
    fn numbers_over_the_modulus_make_no_key() {
        let octets = SecretKey::of_seeds(&[1; SHARE_BYTES], &[2; SHARE_BYTES]).public().octets();
        // The first number takes twelve bits: 3328 is the largest that there is.
        for (number, is_good) in [(0_u16, true), (3328, true), (3329, false), (4095, false)] {
            let mut octets = octets;
            octets[0] = number.to_le_bytes()[0];
            octets[1] = (octets[1] & 0xf0) | number.to_le_bytes()[1];
            assert_eq!(PublicKey::read(&octets).is_some(), is_good, "{number}");
        }
    }
}
