//! The one place that judges keys and signatures: what may be used now, and for what (RFC 9580 §5.2, §10, §12–13).
//!
//! Invariants: a key counts only through a self-signature that verifies, is made with a strong hash and is in force; a
//! revocation counts whatever its hash; nothing here trusts a certificate's own order. Clocks differ: what claims to be made
//! up to [`CLOCK_SKEW_SECONDS`] in the future is taken as made now.
//!
//! Known gaps: designated revokers and third-party certifications are not looked at.

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{KeyFlags, PublicKey, RevocationCode, Signature, SignatureType, SubpacketData, UserId};
use pgp::ser::Serialize;
use pgp::types::{
    EcdhPublicParams, Fingerprint as PgpFingerprint, KeyDetails, KeyVersion, PublicParams, SignedUser, Tag,
};

use super::error::Unusable;
use crate::api::Timestamp;

/// How far ahead another's clock may be, seconds.
pub(super) const CLOCK_SKEW_SECONDS: i64 = 24 * 60 * 60;
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

/// A usable key with what rPGP needs of it.
#[derive(Clone, Copy)]
pub(super) struct Component<'a> {
    pub(super) key: ComponentKey<'a>,
    /// When it, or its certificate, expires, in seconds of Unix time.
    pub(super) expires_at: Option<i64>,
}

/// A primary key or a subkey.
#[derive(Clone, Copy)]
pub(super) enum ComponentKey<'a> {
    Primary(&'a PublicKey),
    Subkey(&'a SignedPublicSubKey),
}

impl ComponentKey<'_> {
    fn details(&self) -> &dyn KeyDetails {
        match self {
            Self::Primary(key) => *key,
            Self::Subkey(key) => &key.key,
        }
    }

    pub(super) fn fingerprint(&self) -> PgpFingerprint {
        self.details().fingerprint()
    }

    pub(super) fn key_id(&self) -> pgp::types::KeyId {
        self.details().legacy_key_id()
    }
}

/// The keys of a certificate that may be used for a purpose at a point in time, the newest first.
///
/// # Errors
/// [`Unusable`] says why there is none.
pub(super) fn usable_components(
    cert: &SignedPublicKey,
    purpose: Purpose,
    at: Timestamp,
) -> Result<Vec<Component<'_>>, Unusable> {
    let primary = judge_primary(cert, at)?;
    let mut found = Vec::new();
    let mut refused = Unusable::NoSuchKey;
    for subkey in &cert.public_subkeys {
        match judge_subkey(cert, subkey, purpose, at) {
            Ok(component) => found.push(component),
            Err(Unusable::NoSuchKey) => {}
            Err(reason) => refused = reason,
        }
    }
    if fits(primary.flags.as_ref(), cert.primary_key.public_params(), purpose, true) {
        found.push(Component { key: ComponentKey::Primary(&cert.primary_key), expires_at: primary.expires_at });
    }
    if found.is_empty() {
        return Err(refused);
    }
    for component in &mut found {
        component.expires_at = [component.expires_at, primary.expires_at].into_iter().flatten().min();
    }
    found.sort_by_key(|component| std::cmp::Reverse(component.key.details().created_at()));
    Ok(found)
}

/// Whether the certificate says that its owner reads SEIPDv2 (RFC 9580 §5.2.3.32).
pub(super) fn reads_seipd_v2(cert: &SignedPublicKey, at: Timestamp) -> bool {
    judge_primary(cert, at).is_ok_and(|primary| primary.seipd_v2)
}

/// The user ids that the certificate itself binds and has not revoked.
pub(super) fn bound_users(cert: &SignedPublicKey, at: Timestamp) -> Vec<&UserId> {
    user_bindings(cert, at).into_iter().map(|(id, _)| id).collect()
}

/// What holds for a whole certificate.
struct Primary {
    expires_at: Option<i64>,
    flags: Option<KeyFlags>,
    seipd_v2: bool,
}

fn judge_primary(cert: &SignedPublicKey, at: Timestamp) -> Result<Primary, Unusable> {
    let key = &cert.primary_key;
    if !strong_key(key.public_params()) {
        return Err(Unusable::Weak);
    }
    let created = i64::from(key.created_at().as_secs());
    if created > at.0.saturating_add(CLOCK_SKEW_SECONDS) {
        return Err(Unusable::NotYetValid);
    }
    let revoked = |sig: &&Signature| is_in_force_revocation(sig, at) && sig.verify_key(key).is_ok();
    if cert.details.revocation_signatures.iter().any(|sig| revoked(&sig)) {
        return Err(Unusable::Revoked);
    }
    let direct =
        newest(cert.details.direct_signatures.iter().filter(|sig| {
            sig.typ() == Some(SignatureType::Key) && is_in_force(sig, at) && sig.verify_key(key).is_ok()
        }));
    let users = user_bindings(cert, at);
    let main_user = newest(users.iter().map(|(_, sig)| *sig).filter(|sig| sig.is_primary()))
        .or_else(|| newest(users.iter().map(|(_, sig)| *sig)));
    let sig = match key.version() {
        KeyVersion::V6 => direct,
        // The newer of the two speaks, because that is where an owner last changed expiry or flags.
        _ => newest(main_user.into_iter().chain(direct)),
    };
    let Some(sig) = sig else { return Err(why_not_bound(cert)) };
    let expires_at = expiry(created, sig);
    if expires_at.is_some_and(|end| end <= at.0) {
        return Err(Unusable::Expired);
    }
    let seipd_v2 = sig.features().is_some_and(pgp::packet::Features::seipd_v2);
    Ok(Primary { expires_at, flags: key_flags(sig), seipd_v2 })
}

fn judge_subkey<'a>(
    cert: &'a SignedPublicKey,
    subkey: &'a SignedPublicSubKey,
    purpose: Purpose,
    at: Timestamp,
) -> Result<Component<'a>, Unusable> {
    let params = subkey.key.public_params();
    let created = i64::from(subkey.key.created_at().as_secs());
    if !can(params, purpose) {
        return Err(Unusable::NoSuchKey);
    }
    if created > at.0.saturating_add(CLOCK_SKEW_SECONDS) {
        return Err(Unusable::NotYetValid);
    }
    let verifies = |sig: &Signature| sig.verify_subkey_binding(&cert.primary_key, &subkey.key).is_ok();
    let of_type = |kind| subkey.signatures.iter().filter(move |sig| sig.typ() == Some(kind));
    if of_type(SignatureType::SubkeyRevocation).any(|sig| is_in_force_revocation(sig, at) && verifies(sig)) {
        return Err(Unusable::Revoked);
    }
    let binding = newest(of_type(SignatureType::SubkeyBinding).filter(|sig| is_in_force(sig, at) && verifies(sig)));
    let Some(sig) = binding else {
        let weak = of_type(SignatureType::SubkeyBinding).any(|sig| !strong_hash(sig) && verifies(sig));
        return Err(if weak { Unusable::Weak } else { Unusable::NotBound });
    };
    if !fits(key_flags(sig).as_ref(), params, purpose, false) {
        return Err(Unusable::NoSuchKey);
    }
    if !strong_key(params) {
        return Err(Unusable::Weak);
    }
    if purpose == Purpose::Sign && !has_back_signature(cert, subkey, sig, at) {
        return Err(Unusable::NotBound);
    }
    let expires_at = expiry(created, sig);
    if expires_at.is_some_and(|end| end <= at.0) {
        return Err(Unusable::Expired);
    }
    Ok(Component { key: ComponentKey::Subkey(subkey), expires_at })
}

/// A subkey that signs must have agreed to belong to this primary key (RFC 9580 §5.2.1.9).
fn has_back_signature(cert: &SignedPublicKey, subkey: &SignedPublicSubKey, binding: &Signature, at: Timestamp) -> bool {
    binding.embedded_signature().is_some_and(|back| {
        is_in_force(back, at) && back.verify_primary_key_binding(&subkey.key, &cert.primary_key).is_ok()
    })
}

/// Each user id with its newest certification, where no revocation follows it.
fn user_bindings(cert: &SignedPublicKey, at: Timestamp) -> Vec<(&UserId, &Signature)> {
    cert.details.users.iter().filter_map(|user| user_binding(cert, user, at).map(|sig| (&user.id, sig))).collect()
}

fn user_binding<'a>(cert: &SignedPublicKey, user: &'a SignedUser, at: Timestamp) -> Option<&'a Signature> {
    let verifies = |sig: &Signature| sig.verify_certification(&cert.primary_key, Tag::UserId, &user.id).is_ok();
    let is_revocation = |sig: &Signature| sig.typ() == Some(SignatureType::CertRevocation);
    let (revocations, certifications): (Vec<_>, Vec<_>) = user.signatures.iter().partition(|sig| is_revocation(sig));
    let good = certifications.into_iter().filter(|sig| is_in_force(sig, at) && verifies(sig));
    let best = newest(good)?;
    let ends_it = |sig: &Signature| sig.created() >= best.created() && is_in_force_revocation(sig, at) && verifies(sig);
    (!revocations.into_iter().any(ends_it)).then_some(best)
}

/// Whether a signature is strong, made by now and not expired, and says nothing critical that is not understood.
pub(super) fn is_in_force(sig: &Signature, at: Timestamp) -> bool {
    let Some(created) = sig.created().map(|time| i64::from(time.as_secs())) else { return false };
    let ends = sig.signature_expiration_time().map(|span| i64::from(span.as_secs())).filter(|span| *span > 0);
    strong_hash(sig)
        && created <= at.0.saturating_add(CLOCK_SKEW_SECONDS)
        && ends.is_none_or(|span| created.saturating_add(span) > at.0)
        && !has_unknown_critical(sig)
}

/// A hard revocation counts for all time, a soft one ("superseded", "retired", "user id no longer valid") from when it was
/// made (RFC 9580 §5.2.3.31).
fn is_in_force_revocation(sig: &Signature, at: Timestamp) -> bool {
    let soft = matches!(
        sig.revocation_reason_code(),
        Some(RevocationCode::KeySuperseded | RevocationCode::KeyRetired | RevocationCode::CertUserIdInvalid)
    );
    !soft || sig.created().is_none_or(|time| i64::from(time.as_secs()) <= at.0.saturating_add(CLOCK_SKEW_SECONDS))
}

fn why_not_bound(cert: &SignedPublicKey) -> Unusable {
    let key = &cert.primary_key;
    let users = cert.details.users.iter();
    let mut certifications = users.flat_map(|user| user.signatures.iter().map(move |sig| (user, sig)));
    let weak = cert.details.direct_signatures.iter().any(|sig| !strong_hash(sig) && sig.verify_key(key).is_ok())
        || certifications
            .any(|(user, sig)| !strong_hash(sig) && sig.verify_certification(key, Tag::UserId, &user.id).is_ok());
    if weak { Unusable::Weak } else { Unusable::NotBound }
}

fn newest<'a>(sigs: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    sigs.max_by_key(|sig| sig.created())
}

fn expiry(created: i64, sig: &Signature) -> Option<i64> {
    let span = sig.key_expiration_time().map(|span| i64::from(span.as_secs())).filter(|span| *span > 0)?;
    Some(created.saturating_add(span))
}

/// The key flags, `None` where the signature has none.
fn key_flags(sig: &Signature) -> Option<KeyFlags> {
    sig.config()?.hashed_subpackets().find_map(|packet| match &packet.data {
        SubpacketData::KeyFlags(flags) => Some(flags.clone()),
        _ => None,
    })
}

/// Whether flags and algorithm allow the purpose. Old keys have no flags: then the algorithm decides, and a primary key is
/// for signing.
fn fits(flags: Option<&KeyFlags>, params: &PublicParams, purpose: Purpose, primary: bool) -> bool {
    let flagged = match (flags, purpose) {
        (Some(flags), Purpose::Seal) => flags.encrypt_comms() || flags.encrypt_storage(),
        (Some(flags), Purpose::Sign) => flags.sign(),
        (None, Purpose::Seal) => !primary,
        (None, Purpose::Sign) => primary,
    };
    flagged && can(params, purpose)
}

fn can(params: &PublicParams, purpose: Purpose) -> bool {
    match purpose {
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

/// RSA from 2048 bits and the elliptic curves; no DSA, no Elgamal, nothing unknown (RFC 9580 §12.4–12.6).
fn strong_key(params: &PublicParams) -> bool {
    match params {
        PublicParams::RSA(rsa) => modulus_bits(rsa) >= RSA_BITS,
        PublicParams::DSA(_) | PublicParams::Elgamal(_) | PublicParams::Unknown { .. } => false,
        _ => true,
    }
}

/// The length of the modulus as it stands in front of it (RFC 9580 §3.2).
fn modulus_bits(params: &impl Serialize) -> u16 {
    let bytes = params.to_bytes().unwrap_or_default();
    bytes.first_chunk::<2>().map_or(0, |length| u16::from_be_bytes(*length))
}

fn strong_hash(sig: &Signature) -> bool {
    matches!(
        sig.hash_alg(),
        Some(
            HashAlgorithm::Sha256
                | HashAlgorithm::Sha384
                | HashAlgorithm::Sha512
                | HashAlgorithm::Sha224
                | HashAlgorithm::Sha3_256
                | HashAlgorithm::Sha3_512
        )
    )
}

fn has_unknown_critical(sig: &Signature) -> bool {
    sig.config().is_some_and(|config| {
        config.hashed_subpackets().any(|packet| {
            packet.is_critical && matches!(packet.data, SubpacketData::Experimental(..) | SubpacketData::Other(..))
        })
    })
}
