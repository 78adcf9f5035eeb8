//! The secret of a link: what stands behind its `#`, or is typed as words.

use std::str::FromStr;

use rand::{CryptoRng, RngCore};

use crate::api::Base64;
use crate::api::account::Language;
use crate::api::link::LinkName;
use crate::vault::words::{self, InvalidWords};
use crate::vault::{Key, Purpose, Secret, derive};

/// Octets of a fragment.
const BYTES: usize = 16;
/// Letters of its form in a link: unpadded base64url.
pub(super) const LETTERS: usize = 22;

/// The secret of a link: 128 random bits. Its form in a link is unpadded base64url, that for people twelve words.
#[derive(Clone, Debug)]
pub struct Fragment(Secret<[u8; BYTES]>);

/// The text is not a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the secret of a link")]
pub struct InvalidFragment;

impl Fragment {
    /// Makes one.
    #[must_use]
    pub fn make(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret::random(rng))
    }

    /// The name of the link that it is the secret of: the first octets of HKDF(fragment, "link/name").
    #[must_use]
    pub fn name(&self) -> LinkName {
        let derived = self.derive(Purpose::LinkName, &[]);
        let mut name = [0; LinkName::BYTES];
        name.iter_mut().zip(derived.expose()).for_each(|(to, from)| *to = *from);
        LinkName(name)
    }

    /// Its form in a link.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(Base64(self.0.expose().to_vec()).to_string())
    }

    /// Its twelve words, in lower case.
    #[must_use]
    pub fn words(&self, language: Language) -> Secret<Vec<String>> {
        words::spell(&self.0, language)
    }

    /// Reads its words, in either language.
    ///
    /// # Errors
    /// [`InvalidWords`] says which word is wrong, where one can be named.
    pub fn from_words(text: &str) -> Result<Self, InvalidWords> {
        words::read(text).map(Self)
    }

    pub(super) fn derive(&self, purpose: Purpose, id: &[u8]) -> Key {
        derive(self.0.expose(), purpose, id)
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl FromStr for Fragment {
    type Err = InvalidFragment;

    fn from_str(text: &str) -> Result<Self, InvalidFragment> {
        let bytes: Base64 = text.parse().map_err(|_| InvalidFragment)?;
        Secret::from_slice(&bytes.0).map(Self).ok_or(InvalidFragment)
    }
}
