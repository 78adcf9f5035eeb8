//! Errors, as far as people can act on them. What rPGP says of the cause stands in the source.

use super::ids::{Fingerprint, KeyId};

/// The bytes cannot be taken as a certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// They are no OpenPGP certificate.
    #[error("not an OpenPGP certificate")]
    NotACertificate(#[source] Cause),
    /// They hold a secret key, which belongs nowhere near a certificate.
    #[error("a secret key where a certificate belongs")]
    SecretKey,
    /// They are over [`crate::api::limits::FLOODED_CERTIFICATE_BYTES`], what its owner says of it is over
    /// [`crate::api::limits::CERTIFICATE_BYTES`], or there is more in it than is looked at.
    #[error("certificate too large")]
    TooLarge,
    /// It is not a copy of the certificate that it should be one of.
    #[error("another certificate")]
    OtherKey,
}

/// Why a certificate cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// Its owner has revoked it.
    #[error("revoked")]
    Revoked,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// It says that it will be made in the future.
    #[error("not valid yet")]
    NotYetValid,
    /// It is bound by no valid signature of its own.
    #[error("no valid self-signature")]
    NotBound,
    /// It, or its only self-signature, uses an algorithm that is broken or too weak.
    #[error("broken or weak algorithm")]
    Weak,
    /// It holds no key for this purpose.
    #[error("no key for this purpose")]
    NoSuchKey,
}

/// A secret key cannot be made, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The bytes are no OpenPGP secret key.
    #[error("not an OpenPGP secret key")]
    NotASecretKey(#[source] Cause),
    /// They are a certificate, the half of a key that everybody may have.
    #[error("a certificate where a secret key belongs")]
    OnlyPublic,
    /// They are over twice [`crate::api::limits::CERTIFICATE_BYTES`].
    #[error("secret key too large")]
    TooLarge,
    /// The key is protected by a passphrase, and it was not this one.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The time is outside of what OpenPGP can write (1970 to 2106).
    #[error("time outside of 1970 to 2106")]
    Time,
    /// The primary key, which alone can say this, lies elsewhere.
    #[error("the primary key is not here")]
    NoPrimary,
    /// rPGP could not make or write it.
    #[error("the key could not be made")]
    Failed(#[source] Cause),
}

/// A message cannot be sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// There is nobody to seal it for.
    #[error("no recipients")]
    NoRecipients,
    /// A recipient's certificate cannot be used.
    #[error("certificate {fingerprint} cannot be used")]
    UnusableCertificate {
        /// Whose.
        fingerprint: Fingerprint,
        /// Why.
        #[source]
        reason: Unusable,
    },
    /// The signing key cannot be used.
    #[error("the signing key cannot be used")]
    UnusableSigner(#[source] Unusable),
    /// The time is outside of what OpenPGP can write (1970 to 2106).
    #[error("time outside of 1970 to 2106")]
    Time,
    /// rPGP could not seal.
    #[error("sealing failed")]
    Failed(#[source] Cause),
}

/// A sealed message cannot be opened.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not for any of the keys that were tried.
    #[error("sealed for other keys")]
    NotForOurKeys {
        /// The keys that the message names.
        recipients: Vec<KeyId>,
    },
    /// Its integrity check failed, or it ends too early: altered or damaged.
    #[error("altered or damaged")]
    Damaged(#[source] Cause),
    /// It is not an OpenPGP message, or of a kind that offers no integrity.
    #[error("not an OpenPGP message that can be opened safely")]
    NotOpenPgp(#[source] Cause),
    /// It is, or expands to, more than the limit.
    #[error("too large")]
    TooLarge,
    /// Its layers are nested deeper, or it has more signatures, recipients or pieces, than is sensible.
    #[error("too many layers, signatures, recipients or pieces")]
    TooManyLayers,
}

/// What rPGP said, as text: its error type does not leave this module.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    pub(super) fn new(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}
