//! The recovery code: 128 random bits as twelve words, in the words of the person's language.

use rand::{CryptoRng, RngCore};

use super::derive::{Purpose, derive};
use super::secret::{Key, Secret};
use super::words::{self, InvalidWords};
use crate::api::account::Language;

/// The code that opens the account when the passphrase is forgotten.
#[derive(Clone, Debug)]
pub struct RecoveryCode(Secret<[u8; words::BYTES]>);

impl RecoveryCode {
    /// Makes one.
    #[must_use]
    pub fn make(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret::random(rng))
    }

    /// Its twelve words, in lower case.
    #[must_use]
    pub fn words(&self, language: Language) -> Secret<Vec<String>> {
        words::spell(&self.0, language)
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`InvalidWords`] says which word is wrong, where one can be named.
    pub fn parse(text: &str) -> Result<Self, InvalidWords> {
        words::read(text).map(Self)
    }

    /// What shows the box that somebody holds the code: HKDF(code, "recovery/proof"). It says nothing about the key.
    #[must_use]
    pub fn proof(&self) -> Key {
        derive(self.0.expose(), Purpose::RecoveryProof, &[])
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}
