//! What a signature is worth, as data for its reader (RFC 9580 §5.2).

use pgp::composed::{Deserializable, DetachedSignature, Message};
use pgp::packet::{Signature, SignatureVersion, SubpacketData};
use pgp::types::KeyVersion;
use serde::{Deserialize, Serialize};

use super::armor::{self, Block};
use super::certificate::Certificate;
use super::error::Unusable;
use super::ids::{Fingerprint, KeyId};
use super::key::SecretKey;
use super::moment::{Moment, is_in_force, is_over};
use super::policy::{self, ComponentKey};
use super::strength::{Purpose, is_over_content, names};
use crate::api::Timestamp;

/// Most signatures of one detached block that are looked at.
const SIGNATURES: usize = 8;

/// What one signature is worth. `certificate` is always the fingerprint of the signer's certificate, never of a subkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignatureVerdict {
    /// It fits the content, and the key could be used when it was made.
    Good {
        /// Whose.
        certificate: Fingerprint,
        /// When it was made, as it says.
        made_at: Timestamp,
    },
    /// It fits, but the key had expired when it was made, or its own time is over.
    KeyExpired {
        /// Whose.
        certificate: Fingerprint,
        /// When it was made, as it says.
        made_at: Timestamp,
    },
    /// It fits, but the key has been revoked: before it was made, or because others may have the key.
    KeyRevoked {
        /// Whose.
        certificate: Fingerprint,
        /// When it was made, as it says.
        made_at: Timestamp,
    },
    /// It fits, but the key must not be relied on: weak, or not bound to its certificate.
    KeyUnusable {
        /// Whose.
        certificate: Fingerprint,
        /// When it was made, as it says.
        made_at: Timestamp,
    },
    /// It fits, but says that it was made for others: somebody passed it on.
    ForOthers {
        /// Whose.
        certificate: Fingerprint,
        /// When it was made, as it says.
        made_at: Timestamp,
    },
    /// None of the certificates at hand could have made it.
    UnknownKey {
        /// The keys that it names.
        key_ids: Vec<KeyId>,
    },
    /// It does not fit the content, or is of a kind that proves nothing.
    Bad {
        /// Whose it says it is.
        certificate: Option<Fingerprint>,
    },
}

/// Judges detached signatures, armored or binary, over content (RFC 3156 §5).
#[must_use]
pub fn verify_detached(
    content: &[u8],
    signature: &[u8],
    signers: &[Certificate],
    at: Timestamp,
) -> Vec<SignatureVerdict> {
    let bad = || vec![SignatureVerdict::Bad { certificate: None }];
    let Some(binary) = armor::binary(Block::Signature, signature) else { return bad() };
    let Ok(all) = DetachedSignature::from_bytes_many(binary.as_ref()) else { return bad() };
    let judged: Vec<_> = all
        .take(SIGNATURES)
        .map(|one| match one {
            Ok(DetachedSignature { signature }) => judge(&signature, signers, None, at, |key| match key {
                ComponentKey::Primary(key) => signature.verify(key, content).is_ok(),
                ComponentKey::Subkey(key) => signature.verify(&key.key, content).is_ok(),
            }),
            Err(_) => SignatureVerdict::Bad { certificate: None },
        })
        .collect();
    if judged.is_empty() { bad() } else { judged }
}

/// Judges the signatures of a message that has been read to its end.
pub(super) fn verify_message(
    message: &Message<'_>,
    signers: &[Certificate],
    keys: &[&SecretKey],
    at: Timestamp,
) -> Vec<SignatureVerdict> {
    let Message::Signed { reader, .. } = message else { return Vec::new() };
    (0..reader.num_signatures())
        .map(|index| match reader.signature(index) {
            Some(signature) => judge(signature, signers, Some(keys), at, |key| match key {
                ComponentKey::Primary(key) => message.verify_nested_explicit(index, key).is_ok(),
                ComponentKey::Subkey(key) => message.verify_nested_explicit(index, &key.key).is_ok(),
            }),
            None => SignatureVerdict::Bad { certificate: None },
        })
        .collect()
}

fn judge(
    signature: &Signature,
    signers: &[Certificate],
    keys: Option<&[&SecretKey]>,
    at: Timestamp,
    fits: impl Fn(ComponentKey<'_>) -> bool,
) -> SignatureVerdict {
    // One that names nobody is nobody's: trying all keys would be a hash over the content for each.
    let candidates = || signers.iter().flat_map(|cert| policy::components(&cert.0).map(move |key| (cert, key)));
    let named = candidates().filter(|(_, key)| names(signature, key.details()));
    let Some((cert, _)) = named.clone().next() else { return unknown(signature) };
    if !is_over_content(signature) {
        return SignatureVerdict::Bad { certificate: Some(cert.fingerprint()) };
    }
    let Some((cert, key)) = named.clone().find(|(_, key)| is_of_version(signature, *key) && fits(*key)) else {
        return SignatureVerdict::Bad { certificate: Some(cert.fingerprint()) };
    };
    let certificate = cert.fingerprint();
    let Some(created) = signature.created() else { return SignatureVerdict::Bad { certificate: Some(certificate) } };
    let (made_at, now) = (Timestamp(i64::from(created.as_secs())), Moment::now(at));
    if is_over(signature, now) {
        return SignatureVerdict::KeyExpired { certificate, made_at };
    }
    if !is_in_force(signature, now) {
        return SignatureVerdict::Bad { certificate: Some(certificate) };
    }
    // Expiry and soft revocation are judged as of the signature; hard revocation and algorithms count for all time.
    match policy::judge(&cert.0, key, Purpose::Sign, Moment::of_signing(made_at, at)) {
        Ok(_) if meant_for_others(signature, keys) => SignatureVerdict::ForOthers { certificate, made_at },
        Ok(_) => SignatureVerdict::Good { certificate, made_at },
        Err(Unusable::Revoked) => SignatureVerdict::KeyRevoked { certificate, made_at },
        Err(Unusable::Expired) => SignatureVerdict::KeyExpired { certificate, made_at },
        Err(_) => SignatureVerdict::KeyUnusable { certificate, made_at },
    }
}

/// Whether the versions of a signature and a key go together: six with six only (RFC 9580 §5.2).
fn is_of_version(signature: &Signature, key: ComponentKey<'_>) -> bool {
    (signature.version() == SignatureVersion::V6) == (key.details().version() == KeyVersion::V6)
}

/// Whether a signature names its intended recipients and we are none of them.
fn meant_for_others(signature: &Signature, keys: Option<&[&SecretKey]>) -> bool {
    let (Some(keys), Some(config)) = (keys, signature.config()) else { return false };
    let intended: Vec<Fingerprint> = config
        .hashed_subpackets()
        .filter_map(|packet| match &packet.data {
            SubpacketData::IntendedRecipientFingerprint(to) => Some(to.clone().into()),
            _ => None,
        })
        .collect();
    !intended.is_empty() && !keys.iter().any(|key| intended.contains(&key.fingerprint()))
}

fn unknown(signature: &Signature) -> SignatureVerdict {
    let fingerprints = signature.issuer_fingerprint().into_iter();
    let mut key_ids: Vec<KeyId> = signature.issuer_key_id().into_iter().map(|id| KeyId::from(*id)).collect();
    if key_ids.is_empty() {
        key_ids = fingerprints.filter_map(|fingerprint| KeyId::of_fingerprint(fingerprint.as_bytes())).collect();
    }
    SignatureVerdict::UnknownKey { key_ids }
}
