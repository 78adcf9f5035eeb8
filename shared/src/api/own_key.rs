//! The OpenPGP keys of an account: one is its key now, the others open old mail.
//!
//! A secret key is stored once and never overwritten; what changes about a key (a later end, a withdrawal) are statements that
//! the key itself has signed, and stands in its certificate.

use serde::{Deserialize, Serialize};

use super::Base64;

/// One OpenPGP key of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnKey {
    /// The certificate (binary transferable public key).
    pub certificate: Base64,
    /// The transferable secret key, sealed under the account key.
    pub sealed_secret_key: Base64,
    /// The signature that withdraws the key, sealed under the account key; `None` where none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_revocation: Option<Base64>,
}

/// A key that the account's mail is sealed to where it lies, as soon as every device of the account can open that. Nobody else
/// is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestKey {
    /// The certificate (binary transferable public key): version 6, ML-KEM-768 with X25519.
    pub certificate: Base64,
    /// The transferable secret key, sealed under the account key.
    pub sealed_secret_key: Base64,
    /// The signature (binary) by which the account's own key says that this one is for its mail: a stolen session must not choose
    /// who can read what comes.
    pub vouched: Base64,
}

/// What is new about a key that the account has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyNewsRequest {
    /// The certificate with what it says now. The box adds it to what it knows: nothing that the key has said is lost.
    pub certificate: Base64,
    /// As [`OwnKey::sealed_revocation`], for a key that has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_revocation: Option<Base64>,
}

/// What becomes of a key that the account gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPlace {
    /// It is the account's key from now on; the one before opens old mail.
    Current,
    /// It opens old mail.
    Retired,
}

/// Gives the account a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKeyRequest {
    /// As [`super::account::ConfirmResponse`] gave it: a stolen session must not choose who can read the mail that comes.
    pub confirmation: Base64,
    /// The key. One that the account has already changes its place and keeps what is stored.
    pub key: OwnKey,
    /// What becomes of it.
    pub place: KeyPlace,
    /// The certificate of the account's present key, withdrawn, where it is to be; only with [`KeyPlace::Current`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Base64>,
}
