//! Sealing small objects: XChaCha20-Poly1305 with a random nonce, the context as associated data, a commitment to the key.
//!
//! Version 1 is `version (1) ‖ generation (8, big endian) ‖ key commitment (32) ‖ nonce (24) ‖ ciphertext ‖ tag (16)`. The
//! plaintext is padded (Padmé). An AEAD key is not committed by its ciphertext: two keys could open one object to two
//! meanings. The commitment rules that out, and tells a wrong key from an altered object.

use chacha20poly1305::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use rand::{CryptoRng, RngCore};

use super::derive::{Purpose, derive, join};
use super::padme;
use super::secret::{Key, Secret};
use crate::api::account::AccountId;

/// The one version that there is.
const VERSION: u8 = 1;
const COMMITMENT_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const GENERATION_BYTES: usize = 8;
/// What stands before the ciphertext.
const HEAD_BYTES: usize = 1 + GENERATION_BYTES + COMMITMENT_BYTES + NONCE_BYTES;

/// What an object is. An object opens in its own context only: the box cannot put one in the place of another.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is.
    pub account: AccountId,
    /// Which one of its kind; empty where there is only one.
    pub object: &'a [u8],
}

/// An opened object.
#[derive(Debug)]
pub struct Opened {
    /// The counter that the object was sealed with.
    pub generation: u64,
    /// Its content.
    pub content: Secret<Vec<u8>>,
}

/// Why an object does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is cut short, or not a sealed object at all.
    #[error("the object is cut short or not a sealed one")]
    Malformed,
    /// It was sealed by a newer program.
    #[error("the object is of version {0}, which this program does not know")]
    UnknownVersion(u8),
    /// It was sealed under another key.
    #[error("the key is not the object's")]
    WrongKey,
    /// It was altered, or belongs to another account, object or purpose.
    #[error("the object was altered or belongs elsewhere")]
    Altered,
    /// It is older than one that was seen before.
    #[error("the object is of generation {found}, but {expected} was seen before")]
    Older {
        /// Its generation.
        found: u64,
        /// The one that was seen.
        expected: u64,
    },
}

/// Seals `content` under `key` for its context. `generation` counts up with each change of an object that has a history and
/// is 0 for others.
#[must_use]
pub fn seal(
    key: &Key,
    context: &Context<'_>,
    generation: u64,
    content: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let mut sealed = Vec::with_capacity(HEAD_BYTES + padme::padded(content.len() + 1) + TAG_BYTES);
    sealed.push(VERSION);
    sealed.extend_from_slice(&generation.to_be_bytes());
    sealed.extend_from_slice(commit(key).expose());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(content);
    padme::pad(&mut sealed, HEAD_BYTES);
    let (_, plaintext) = sealed.split_at_mut(HEAD_BYTES);
    let tag = cipher(key)
        .encrypt_in_place_detached(XNonce::from_slice(&nonce), &associated_data(context, generation), plaintext)
        .expect("a small object is far below the cipher's limit of 256 GiB");
    sealed.extend_from_slice(&tag);
    sealed
}

/// Opens what [`seal`] made under the same key and context, and of generation `at_least` or later.
///
/// # Errors
/// [`OpenError`] says which check failed; nothing of the content is given out then.
pub fn open(key: &Key, context: &Context<'_>, at_least: u64, sealed: &[u8]) -> Result<Opened, OpenError> {
    let (&version, rest) = sealed.split_first().ok_or(OpenError::Malformed)?;
    if version != VERSION {
        return Err(OpenError::UnknownVersion(version));
    }
    let (generation, rest) = rest.split_first_chunk::<GENERATION_BYTES>().ok_or(OpenError::Malformed)?;
    let generation = u64::from_be_bytes(*generation);
    let (commitment, rest) = rest.split_first_chunk::<COMMITMENT_BYTES>().ok_or(OpenError::Malformed)?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Malformed)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(OpenError::Malformed)?;
    if !commit(key).equals(commitment) {
        return Err(OpenError::WrongKey);
    }

    let mut plaintext = zeroize::Zeroizing::new(ciphertext.to_vec());
    cipher(key)
        .decrypt_in_place_detached(
            XNonce::from_slice(nonce),
            &associated_data(context, generation),
            &mut plaintext,
            Tag::from_slice(tag),
        )
        .map_err(|_| OpenError::Altered)?;
    let length = padme::content_length(&plaintext).ok_or(OpenError::Malformed)?;
    plaintext.truncate(length);
    if generation < at_least {
        return Err(OpenError::Older { found: generation, expected: at_least });
    }
    Ok(Opened { generation, content: Secret::new(std::mem::take(&mut *plaintext)) })
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

fn commit(key: &Key) -> Key {
    derive(key.expose(), Purpose::Commit, &[])
}

fn associated_data(context: &Context<'_>, generation: u64) -> Vec<u8> {
    let purpose = context.purpose.name().as_bytes();
    join(&[&[VERSION], purpose, &context.account.0, context.object, &generation.to_be_bytes()]).expose().clone()
}
