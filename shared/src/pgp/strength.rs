//! What is too weak to count: algorithms, sizes, old forms of signatures, and what a signature says that is not understood
//! (RFC 9580 §5.2.3.7, §9.5, §12).
//!
//! Invariants: judged as of now, whatever a signature says of its age, because who can forge one can date it back; what is
//! not known to be good is weak.

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{Signature, SignatureType, SignatureVersion, SubpacketData};
use pgp::ser::Serialize;
use pgp::types::{EcdhPublicParams, EcdsaPublicParams, KeyDetails, KeyVersion, PublicParams};

use super::kem;

/// Smallest RSA modulus, bits.
const RSA_BITS: u16 = 2048;

/// What a key is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sealing a message for its owner.
    Seal,
    /// Signing, and verifying what it signed.
    Sign,
}

/// Whether a key is strong: versions 4 and 6 (the name of an older one can be forged), RSA from 2048 bits and the elliptic
/// curves, alone or with ML-KEM; no DSA, no Elgamal, nothing unknown.
pub(super) fn is_strong_key(key: &(impl KeyDetails + ?Sized)) -> bool {
    if !matches!(key.version(), KeyVersion::V4 | KeyVersion::V6) {
        return false;
    }
    match key.public_params() {
        PublicParams::RSA(rsa) => modulus_bits(rsa) >= RSA_BITS,
        PublicParams::DSA(_) | PublicParams::Elgamal(_) => false,
        PublicParams::Unknown { .. } => kem::is_one(key),
        PublicParams::ECDSA(EcdsaPublicParams::Unsupported { .. }) => false,
        // How the session key is wrapped is the certificate's choice, too (RFC 9580 §11.5).
        PublicParams::ECDH(
            EcdhPublicParams::Curve25519Legacy { hash, alg_sym, .. }
            | EcdhPublicParams::P256 { hash, alg_sym, .. }
            | EcdhPublicParams::P384 { hash, alg_sym, .. }
            | EcdhPublicParams::P521 { hash, alg_sym, .. },
        ) => {
            use SymmetricKeyAlgorithm::{AES128, AES192, AES256};
            is_strong_hash(*hash) && matches!(alg_sym, AES128 | AES192 | AES256)
        }
        _ => true,
    }
}

/// The length of the modulus as it stands in front of it (RFC 9580 §3.2).
fn modulus_bits(params: &impl Serialize) -> u16 {
    let bytes = params.to_bytes().unwrap_or_default();
    bytes.first_chunk::<2>().map_or(0, |length| u16::from_be_bytes(*length))
}

/// Whether the algorithm of a key can do what it is wanted for.
pub(super) fn can(key: &(impl KeyDetails + ?Sized), purpose: Purpose) -> bool {
    let params = key.public_params();
    match purpose {
        Purpose::Seal if matches!(params, PublicParams::Unknown { .. }) => kem::is_one(key),
        Purpose::Seal => matches!(
            params,
            PublicParams::RSA(_)
                | PublicParams::X25519(_)
                | PublicParams::X448(_)
                | PublicParams::Elgamal(_)
                | PublicParams::ECDH(
                    EcdhPublicParams::Curve25519Legacy { .. }
                        | EcdhPublicParams::P256 { .. }
                        | EcdhPublicParams::P384 { .. }
                        | EcdhPublicParams::P521 { .. }
                )
        ),
        Purpose::Sign => matches!(
            params,
            PublicParams::RSA(_)
                | PublicParams::ECDSA(_)
                | PublicParams::EdDSALegacy(_)
                | PublicParams::Ed25519(_)
                | PublicParams::Ed448(_)
                | PublicParams::DSA(_)
        ),
    }
}

/// Whether a signature's own form is strong: version 4 or 6, and a hash without known collisions. SHA-1 counts nowhere, not
/// even where a collision would have to be prepared: nobody has needed it for ten years.
pub(super) fn is_strong_signature(sig: &Signature) -> bool {
    matches!(sig.version(), SignatureVersion::V4 | SignatureVersion::V6) && sig.hash_alg().is_some_and(is_strong_hash)
}

fn is_strong_hash(hash: HashAlgorithm) -> bool {
    use HashAlgorithm::{Sha3_256, Sha3_512, Sha224, Sha256, Sha384, Sha512};
    matches!(hash, Sha256 | Sha384 | Sha512 | Sha224 | Sha3_256 | Sha3_512)
}

/// Whether a signature is one over content; all others are statements about keys and prove nothing of a message.
pub(super) fn is_over_content(sig: &Signature) -> bool {
    matches!(sig.typ(), Some(SignatureType::Binary | SignatureType::Text))
}

/// Whether a signature says something critical that is not understood: then it does not count (RFC 9580 §5.2.3.7). No
/// notation is understood here.
pub(super) fn has_unknown_critical(sig: &Signature) -> bool {
    sig.config().is_some_and(|config| {
        config.hashed_subpackets().any(|packet| {
            packet.is_critical
                && matches!(
                    packet.data,
                    SubpacketData::Experimental(..) | SubpacketData::Other(..) | SubpacketData::Notation(_)
                )
        })
    })
}

/// Whether a signature says that this key made it, or does not say who did.
pub(super) fn may_be_by(sig: &Signature, key: &(impl KeyDetails + ?Sized)) -> bool {
    (sig.issuer_key_id().is_empty() && sig.issuer_fingerprint().is_empty()) || names(sig, key)
}

/// Whether a signature says that this key made it. Anybody can say so: only verifying tells.
pub(super) fn names(sig: &Signature, key: &(impl KeyDetails + ?Sized)) -> bool {
    let (ids, fingerprints) = (sig.issuer_key_id(), sig.issuer_fingerprint());
    fingerprints.iter().any(|fingerprint| **fingerprint == key.fingerprint())
        || ids.iter().any(|id| **id == key.legacy_key_id())
}
