//! Certificates: the public half of a key, with the identities bound to it (RFC 9580 §10.1), and which of its keys may be
//! used. `policy` judges; this is what others see of it.

use std::fmt;

use pgp::composed::SignedPublicKey;
use pgp::ser::Serialize;
use pgp::types::KeyDetails;

use super::armor::{self, Block};
use super::error::{Cause, CertificateError, Unusable};
use super::ids::{Fingerprint, KeyId};
use super::moment::Moment;
use super::policy::{self, Component};
use super::strength::Purpose;
use super::trim;
use crate::api::{EmailAddress, Timestamp};

/// A certificate ("public key"), reduced to what its owner says and what verifies. That it could be read says nothing of
/// whether it may be used: see [`usable_keys`].
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(pub(super) SignedPublicKey);

impl Certificate {
    /// Reads a certificate, binary or armored; of several the first.
    ///
    /// # Errors
    /// [`CertificateError`] where there is none, or it is too large.
    pub fn parse(bytes: &[u8]) -> Result<Self, CertificateError> {
        Self::parse_all(bytes)?.into_iter().next().ok_or_else(|| not_one("no certificate in it"))
    }

    /// Reads all certificates of a key ring, binary or armored.
    ///
    /// # Errors
    /// [`CertificateError`] where there is too much, even when what others have added is left out, where one of them is broken,
    /// or where there is a secret key among them.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, CertificateError> {
        if bytes.len() > trim::FLOODED_BYTES * 2 {
            return Err(CertificateError::TooLarge);
        }
        let binary =
            armor::binary(Block::PublicKey, bytes).ok_or_else(|| match armor::decode(Block::PrivateKey, bytes) {
                Some(_) => CertificateError::SecretKey,
                None => not_one("no armored certificate in it"),
            })?;
        Ok(trim::read(&binary)?.into_iter().map(Self).collect())
    }

    /// The certificate in its binary form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().unwrap_or_default()
    }

    /// The certificate in its armored form.
    #[must_use]
    pub fn armored(&self) -> String {
        armor::encode(Block::PublicKey, &self.to_bytes())
    }

    /// The fingerprint of its primary key, which is the certificate's name.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.primary_key.fingerprint().into()
    }

    /// The key ids of its primary key and its subkeys.
    #[must_use]
    pub fn key_ids(&self) -> Vec<KeyId> {
        let primary = std::iter::once(self.0.primary_key.legacy_key_id());
        primary.chain(self.0.public_subkeys.iter().map(KeyDetails::legacy_key_id)).map(KeyId::from).collect()
    }

    /// When its primary key was made, as it says.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        Timestamp(i64::from(self.0.primary_key.created_at().as_secs()))
    }

    /// The user ids that are bound to it at a point in time, by its own valid signature and not revoked; the primary one
    /// first. Such a binding says that the key's owner claims the name, not that it is theirs.
    #[must_use]
    pub fn user_ids(&self, at: Timestamp) -> Vec<String> {
        let bound = policy::bound_users(&self.0, Moment::now(at));
        bound.into_iter().map(|(id, _)| String::from_utf8_lossy(id.id()).into_owned()).collect()
    }

    /// The mail addresses in [`Certificate::user_ids`].
    #[must_use]
    pub fn addresses(&self, at: Timestamp) -> Vec<EmailAddress> {
        self.user_ids(at).iter().filter_map(|id| address_in(id)).collect()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

/// A key of a certificate that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableKey {
    /// The key's fingerprint; for a subkey not that of the certificate.
    pub fingerprint: Fingerprint,
    /// The key's short name.
    pub key_id: KeyId,
    /// When it, or its certificate, expires.
    pub expires_at: Option<Timestamp>,
}

impl UsableKey {
    fn of(component: &Component<'_>) -> Self {
        Self {
            fingerprint: component.key.fingerprint().into(),
            key_id: component.key.key_id().into(),
            expires_at: component.expires_at.map(Timestamp),
        }
    }
}

/// The keys of a certificate that may be used for a purpose at a point in time, the newest first.
///
/// # Errors
/// [`Unusable`] says why there is none.
pub fn usable_keys(certificate: &Certificate, purpose: Purpose, at: Timestamp) -> Result<Vec<UsableKey>, Unusable> {
    let usable = policy::usable_components(&certificate.0, purpose, Moment::now(at))?;
    Ok(usable.iter().map(UsableKey::of).collect())
}

/// The address in a user id: between angle brackets, or all of it (draft-dkg-openpgp-userid-conventions).
pub(super) fn address_in(user_id: &str) -> Option<EmailAddress> {
    let inside = user_id.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address);
    inside.unwrap_or(user_id).parse().ok()
}

fn not_one(cause: impl fmt::Display) -> CertificateError {
    CertificateError::NotACertificate(Cause::new(cause))
}
