//! The key of a link, what it wraps, and the cover that the fragment alone opens.

use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};

use super::fragment::Fragment;
use super::lock::{AnswerKey, Lock};
use super::manifest::Person;
use super::payload::{InvalidPayload, Payload};
use crate::api::account::AccountId;
use crate::api::link::LinkName;
use crate::vault::{self, Context, Key, OpenError, Purpose, Secret, derive, join};

/// The box's half of a link's key: 32 random octets that the sender makes and the box deletes at the link's end.
#[derive(Clone, Debug)]
pub struct Share(Key);

/// The key of a link: HKDF(join(fragment, share, answer key), "link", name).
#[derive(Clone, Debug)]
pub struct LinkKey {
    key: Key,
    name: LinkName,
}

/// What a reader is shown before anything is opened. Sealed under the fragment, so that only who has the link reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Who wrote.
    pub from: Person,
    /// What is asked for, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
}

/// Why a cover, or what opens a payload, does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoverError {
    /// It was altered, or another link, share or answer belongs to it.
    #[error("it was altered, or does not belong to this link")]
    Sealed(#[from] OpenError),
    /// It opened, and makes no sense to this program.
    #[error(transparent)]
    Content(#[from] InvalidPayload),
}

impl Share {
    /// Makes one.
    #[must_use]
    pub fn make(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret::random(rng))
    }

    /// As the box gave it; `None` for what cannot be one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Secret::from_slice(bytes).map(Self)
    }

    /// For the box.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.expose().to_vec()
    }
}

impl LinkKey {
    /// The key of a link from its three parts.
    #[must_use]
    pub fn new(fragment: &Fragment, share: &Share, answer: &AnswerKey) -> Self {
        let name = fragment.name();
        let parts = join(&[fragment.expose(), share.0.expose(), answer.expose()]);
        Self { key: derive(parts.expose(), Purpose::Link, &name.0), name }
    }

    /// Wraps what opens a payload.
    #[must_use]
    pub fn wrap(&self, payload: &Payload, rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
        vault::seal(&self.key, &context(Purpose::Link, &self.name), 0, payload.describe().expose(), rng)
    }

    /// Unwraps it.
    ///
    /// # Errors
    /// [`CoverError::Sealed`] with [`OpenError::WrongKey`] where fragment, share or answer are not the link's.
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<Payload, CoverError> {
        let opened = vault::open(&self.key, &context(Purpose::Link, &self.name), 0, wrapped)?;
        Ok(Payload::read(opened.content.expose())?)
    }

    /// Seals something else for who opens the link.
    pub(super) fn seal(&self, purpose: Purpose, content: &[u8], rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
        vault::seal(&self.derive(purpose), &context(purpose, &self.name), 0, content, rng)
    }

    /// Opens what was sealed so.
    pub(super) fn open(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let opened = vault::open(&self.derive(purpose), &context(purpose, &self.name), 0, sealed)?;
        Ok(opened.content.expose().clone())
    }

    fn derive(&self, purpose: Purpose) -> Key {
        derive(self.key.expose(), purpose, &self.name.0)
    }
}

/// Seals a link's cover.
#[must_use]
pub fn seal_cover(cover: &Cover, fragment: &Fragment, rng: &mut (impl CryptoRng + RngCore)) -> Vec<u8> {
    let name = fragment.name();
    let json = serde_json::to_vec(cover).expect("texts and numbers are JSON");
    let key = fragment.derive(Purpose::LinkCover, &name.0);
    vault::seal(&key, &context(Purpose::LinkCover, &name), 0, &json, rng)
}

/// Opens a link's cover.
///
/// # Errors
/// [`CoverError`].
pub fn open_cover(sealed: &[u8], fragment: &Fragment) -> Result<Cover, CoverError> {
    let name = fragment.name();
    let key = fragment.derive(Purpose::LinkCover, &name.0);
    let opened = vault::open(&key, &context(Purpose::LinkCover, &name), 0, sealed)?;
    serde_json::from_slice(opened.content.expose()).map_err(|_| InvalidPayload::Malformed.into())
}

/// A link belongs to who has it, not to an account: the account's field stays empty.
fn context(purpose: Purpose, name: &LinkName) -> Context<'_> {
    Context { purpose, account: AccountId([0; 16]), object: &name.0 }
}
