//! A value that must not be seen.

use std::fmt;

use rand::{CryptoRng, RngCore};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A 256-bit symmetric key, or a secret of that form.
pub type Key = Secret<[u8; 32]>;

/// Holds a secret: nothing prints it, and its memory is wiped when it is dropped. [`Secret::expose`] is the only way to it.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes a secret into keeping.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The secret itself; every use of it can be found by this name.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<const N: usize> Secret<[u8; N]> {
    /// Makes a random secret.
    #[must_use]
    pub fn random(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut secret = Self([0; N]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// Copies a secret of exactly this length; `None` for any other length.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Compares in constant time.
    #[must_use]
    pub fn equals(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("passphrase".to_owned())), "Secret(…)");
        assert_eq!(format!("{:?}", Some(Key::new([7; 32]))), "Some(Secret(…))");
    }

    #[test]
    fn a_secret_compares_by_value_and_length() {
        let key = Key::new([7; 32]);
        assert!(key.equals(&[7; 32]));
        assert!(!key.equals(&[8; 32]));
        assert!(!key.equals(&[7; 31]));
        assert!(Key::from_slice(&[7; 33]).is_none());
    }
}
