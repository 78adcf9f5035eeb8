//! "Reload without asking": a page that is loaded again opens the account without the passphrase.
//!
//! The tab keeps a random secret in its session storage, the box another in the session's row; the account key is wrapped
//! under both together, so that it is gone with either.

use std::str::FromStr;

use rand::{CryptoRng, RngCore};

use super::derive::join;
use super::secret::{Key, Secret};
use crate::api::Base64;

/// The tab's half.
#[derive(Clone, Debug)]
pub struct TabSecret(Key);

/// The text is not a tab's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a tab's secret")]
pub struct InvalidTabSecret;

impl TabSecret {
    /// Makes one.
    #[must_use]
    pub fn make(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret::random(rng))
    }

    /// Its form for the tab's session storage.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(Base64(self.0.expose().to_vec()).to_string())
    }

    pub(super) fn join(&self, share: &[u8]) -> Secret<Vec<u8>> {
        join(&[self.0.expose(), share])
    }
}

impl FromStr for TabSecret {
    type Err = InvalidTabSecret;

    fn from_str(text: &str) -> Result<Self, InvalidTabSecret> {
        let bytes: Base64 = text.parse().map_err(|_| InvalidTabSecret)?;
        Secret::from_slice(&bytes.0).map(Self).ok_or(InvalidTabSecret)
    }
}
