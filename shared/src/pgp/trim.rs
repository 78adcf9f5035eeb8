//! Certificates as they come from elsewhere, reduced to what their owners say themselves and what verifies (RFC 9580 §10.1).
//!
//! Anybody can add signatures to somebody's certificate, and thousands have been added to some to make them unusable
//! ("flooding"). Dropped are: certifications by others, photos, trust and unknown packets, signatures that do not verify or
//! stand there twice, unsigned remarks in signatures, user ids and subkeys without a self-signature.
//!
//! Invariants: what is left verifies, so nobody needs to verify it again, except back-signatures, which may be part of what
//! is signed; time and memory are bounded by [`FLOODED_BYTES`], [`VERIFICATIONS`] and [`limits::CERTIFICATE_BYTES`].

use pgp::composed::{Deserializable, SignedPublicKey};
use pgp::packet::{Packet, PacketParser, PublicKey, PublicSubkey, Signature, SignatureType, Subpacket, SubpacketType};
use pgp::ser::Serialize;
use pgp::types::Tag;

use super::error::{Cause, CertificateError};
use super::packets::{self, PUBLIC_KEY, PUBLIC_SUBKEY, SECRET_KEY, SECRET_SUBKEY, SIGNATURE, USER_ID};
use super::strength::may_be_by;
use crate::api::limits;

/// Largest bytes that are looked at, octets.
pub(super) const FLOODED_BYTES: usize = limits::FLOODED_CERTIFICATE_BYTES;
/// Most signatures that are verified in one key ring. A key of twenty years with ten names, renewed each year, has some hundred.
const VERIFICATIONS: usize = 1000;
/// Most certificates of one key ring.
const CERTIFICATES: usize = 100;

/// Reads all certificates in binary bytes.
///
/// # Errors
/// [`CertificateError`] where there is a secret key in it, something broken, or more than is looked at.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<SignedPublicKey>, CertificateError> {
    if bytes.len() > FLOODED_BYTES {
        return Err(CertificateError::TooLarge);
    }
    let packets = own_packets(bytes)?;
    let mut verifications = VERIFICATIONS;
    let certificates = SignedPublicKey::from_packets(packets.into_iter().map(Ok::<_, pgp::errors::Error>).peekable());
    certificates.map(|certificate| trimmed(certificate.map_err(not_one)?, &mut verifications)).collect()
}

/// One certificate without what does not verify.
///
/// # Errors
/// [`CertificateError::TooLarge`] where there is more to verify, or more that verifies, than is sensible.
pub(super) fn trimmed(
    mut certificate: SignedPublicKey,
    verifications: &mut usize,
) -> Result<SignedPublicKey, CertificateError> {
    let primary = &certificate.primary_key;
    let details = &mut certificate.details;
    details.user_attributes.clear();
    let mut keep = |sigs: &mut Vec<Signature>, verifies: &dyn Fn(&Signature) -> bool| {
        keep_own(sigs, primary, verifications, verifies)
    };
    keep(&mut details.revocation_signatures, &|sig| sig.verify_key(primary).is_ok())?;
    keep(&mut details.direct_signatures, &|sig| {
        sig.typ() == Some(SignatureType::Key) && sig.verify_key(primary).is_ok()
    })?;
    for user in &mut details.users {
        let id = &user.id;
        keep(&mut user.signatures, &|sig| sig.verify_certification(primary, Tag::UserId, id).is_ok())?;
    }
    details.users.retain(|user| !user.signatures.is_empty());
    for subkey in &mut certificate.public_subkeys {
        let key = &subkey.key;
        keep(&mut subkey.signatures, &|sig| sig.verify_subkey_binding(primary, key).is_ok())?;
        subkey.signatures.iter_mut().for_each(|sig| mend(sig, primary, key));
    }
    certificate.public_subkeys.retain(|subkey| !subkey.signatures.is_empty());
    if certificate.write_len() > limits::CERTIFICATE_BYTES { Err(CertificateError::TooLarge) } else { Ok(certificate) }
}

/// As [`trimmed`], for one certificate alone.
///
/// # Errors
/// As there.
pub(super) fn trimmed_alone(certificate: SignedPublicKey) -> Result<SignedPublicKey, CertificateError> {
    trimmed(certificate, &mut { VERIFICATIONS })
}

/// The packets of certificates, as far as rPGP reads them, without those that nobody needs.
fn own_packets(bytes: &[u8]) -> Result<Vec<Packet>, CertificateError> {
    let mut kept = Vec::new();
    let mut primary: Option<PublicKey> = None;
    let mut certificates = 0;
    // What a packet that is dropped was signed with is dropped too.
    let mut is_kept = false;
    for packet in packets::packets(bytes) {
        let packet = packet.map_err(not_one)?;
        let body = bytes.get(packet.range).unwrap_or_default();
        match packet.kind {
            SECRET_KEY | SECRET_SUBKEY => return Err(CertificateError::SecretKey),
            PUBLIC_KEY => {
                certificates += 1;
                if certificates > CERTIFICATES {
                    return Err(CertificateError::TooLarge);
                }
                let Some(Packet::PublicKey(key)) = parsed(body) else {
                    return Err(not_one("a primary key that cannot be read"));
                };
                kept.push(Packet::PublicKey(key.clone()));
                (primary, is_kept) = (Some(key), true);
            }
            USER_ID | PUBLIC_SUBKEY => {
                let packet = parsed(body).filter(|_| primary.is_some());
                is_kept = packet.is_some();
                kept.extend(packet);
            }
            SIGNATURE if is_kept => {
                let by_owner = |sig: &Signature| primary.as_ref().is_some_and(|key| may_be_by(sig, key));
                kept.extend(parsed(body).filter(|one| matches!(one, Packet::Signature(sig) if by_owner(sig))));
            }
            SIGNATURE => {}
            // Trust packets stand between signatures and what they are about; all others begin something.
            packets::TRUST => {}
            _ => is_kept = false,
        }
    }
    if primary.is_none() { Err(not_one("no certificate in it")) } else { Ok(kept) }
}

fn parsed(packet: &[u8]) -> Option<Packet> {
    PacketParser::new(packet).next()?.ok()
}

fn keep_own(
    sigs: &mut Vec<Signature>,
    primary: &PublicKey,
    verifications: &mut usize,
    verifies: &dyn Fn(&Signature) -> bool,
) -> Result<(), CertificateError> {
    let mut unique = Vec::new();
    for mut sig in std::mem::take(sigs) {
        strip(&mut sig);
        if may_be_by(&sig, primary) && add(&mut unique, sig) {
            *verifications = verifications.checked_sub(1).ok_or(CertificateError::TooLarge)?;
        }
    }
    unique.retain(verifies);
    *sigs = unique;
    Ok(())
}

/// Adds a signature that is not there yet, and says whether it was not. Copies may differ in what is not signed.
pub(super) fn add(known: &mut Vec<Signature>, sig: Signature) -> bool {
    match known.iter_mut().find(|one| one.typ() == sig.typ() && one.signature() == sig.signature()) {
        None => {
            known.push(sig);
            true
        }
        Some(one) => {
            if one.embedded_signature().is_none() {
                *one = sig;
            }
            false
        }
    }
}

/// Takes away a back-signature that does not verify, so that a copy with the right one can bring it.
fn mend(binding: &mut Signature, primary: &PublicKey, subkey: &PublicSubkey) {
    let is_good = |back: &Signature| back.verify_primary_key_binding(subkey, primary).is_ok();
    if binding.embedded_signature().is_none_or(is_good) {
        return;
    }
    let Some(config) = binding.config() else { return };
    let is_back = |packet: &Subpacket| packet.typ() == SubpacketType::EmbeddedSignature;
    let at = config.unhashed_subpackets().position(is_back);
    if let Some(at) = at {
        let _ = binding.unhashed_subpacket_remove(at);
    }
}

/// Takes away what stands in a signature unsigned, but for who made it and the signature of a subkey in it.
fn strip(sig: &mut Signature) {
    let Some(config) = sig.config() else { return };
    let useful = |kind| {
        matches!(kind, SubpacketType::IssuerKeyId | SubpacketType::IssuerFingerprint | SubpacketType::EmbeddedSignature)
    };
    let mut seen = Vec::new();
    let mut is_kept = |kind| {
        let first = useful(kind) && !seen.contains(&kind);
        seen.extend(first.then_some(kind));
        first
    };
    let kept: Vec<bool> = config.unhashed_subpackets().map(|packet| is_kept(packet.typ())).collect();
    for (at, is_kept) in kept.into_iter().enumerate().rev() {
        if !is_kept {
            // Fails where the packet came without a definite length; such a signature stays as it is.
            let _ = sig.unhashed_subpacket_remove(at);
        }
    }
}

fn not_one(cause: impl std::fmt::Display) -> CertificateError {
    CertificateError::NotACertificate(Cause::new(cause))
}
