//! The one place that judges keys: what may be used at a point in time, and for what (RFC 9580 §5.2, §10).
//!
//! Invariants: a key counts only through a self-signature that verifies (see `trim`), is strong (see `strength`) and is in
//! force (see `moment`); a revocation counts whatever its hash; nothing here trusts a certificate's own order.
//!
//! Known gaps: designated revokers and third-party certifications are not looked at.

use std::cmp::Reverse;

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{KeyFlags, PublicKey, Signature, SignatureType, SubpacketData, UserId};
use pgp::types::{Fingerprint as PgpFingerprint, KeyDetails, KeyVersion, SignedUser};

use super::error::Unusable;
use super::moment::{Moment, is_in_force_revocation, is_left, speaking, why_none};
use super::strength::{Purpose, can, is_strong_key};

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
    pub(super) fn details(&self) -> &dyn KeyDetails {
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

/// The keys of a certificate that may be used for a purpose, the newest first.
///
/// # Errors
/// [`Unusable`] says why there is none.
pub(super) fn usable_components(
    cert: &SignedPublicKey,
    purpose: Purpose,
    when: Moment,
) -> Result<Vec<Component<'_>>, Unusable> {
    let primary = judge_primary(cert, when)?;
    let mut found = Vec::new();
    let mut refused = Unusable::NoSuchKey;
    for key in components(cert) {
        match judge_component(cert, &primary, key, purpose, when) {
            Ok(component) => found.push(component),
            Err(Unusable::NoSuchKey) => {}
            Err(reason) => refused = reason,
        }
    }
    if found.is_empty() {
        return Err(refused);
    }
    found.sort_by_key(|component| Reverse(component.key.details().created_at()));
    Ok(found)
}

/// Whether one key of a certificate may, or might, be used for a purpose.
///
/// # Errors
/// [`Unusable`] says why not.
pub(super) fn judge<'a>(
    cert: &'a SignedPublicKey,
    key: ComponentKey<'a>,
    purpose: Purpose,
    when: Moment,
) -> Result<Component<'a>, Unusable> {
    judge_component(cert, &judge_primary(cert, when)?, key, purpose, when)
}

/// All keys of a certificate.
pub(super) fn components(cert: &SignedPublicKey) -> impl Iterator<Item = ComponentKey<'_>> + Clone {
    std::iter::once(ComponentKey::Primary(&cert.primary_key))
        .chain(cert.public_subkeys.iter().map(ComponentKey::Subkey))
}

/// Whether the certificate says that its owner reads SEIPDv2 (RFC 9580 §5.2.3.32).
pub(super) fn reads_seipd_v2(cert: &SignedPublicKey, when: Moment) -> bool {
    judge_primary(cert, when).is_ok_and(|primary| primary.seipd_v2)
}

/// The user ids that the certificate itself binds and has not revoked, with the signature that does: the primary one first,
/// then those that were bound last.
pub(super) fn bound_users(cert: &SignedPublicKey, when: Moment) -> Vec<(&UserId, &Signature)> {
    let bound = cert.details.users.iter().filter_map(|user| user_binding(user, when).map(|sig| (&user.id, sig)));
    let mut bound: Vec<_> = bound.collect();
    bound.sort_by_key(|(_, sig)| Reverse((sig.is_primary(), sig.created())));
    bound
}

/// What speaks for a whole certificate.
struct Primary {
    expires_at: Option<i64>,
    flags: Option<KeyFlags>,
    seipd_v2: bool,
}

fn judge_primary(cert: &SignedPublicKey, when: Moment) -> Result<Primary, Unusable> {
    let key = &cert.primary_key;
    if !is_strong_key(key) {
        return Err(Unusable::Weak);
    }
    let created = i64::from(key.created_at().as_secs());
    if !when.is_past(created) {
        return Err(Unusable::NotYetValid);
    }
    if cert.details.revocation_signatures.iter().any(|sig| is_in_force_revocation(sig, when)) {
        return Err(Unusable::Revoked);
    }
    let direct = direct_signature(cert, when);
    let main_user = bound_users(cert, when).first().map(|(_, sig)| *sig);
    // The newer one speaks first, because that is where an owner last changed expiry or flags; where it says nothing of
    // them, the other does. Version 6 binds by direct signatures only (RFC 9580 §10.1.1).
    let mut speakers: Vec<&Signature> = match key.version() {
        KeyVersion::V6 => direct.into_iter().collect(),
        _ => main_user.into_iter().chain(direct).collect(),
    };
    speakers.sort_by_key(|sig| Reverse(sig.created()));
    if speakers.is_empty() {
        let users = cert.details.users.iter().flat_map(|user| &user.signatures);
        return Err(why_none(cert.details.direct_signatures.iter().chain(users), when));
    }
    let expires_at = expiry(created, speakers.iter().find_map(|sig| sig.key_expiration_time()));
    if expires_at.is_some_and(|end| end <= when.at) {
        return Err(Unusable::Expired);
    }
    let seipd_v2 = speakers.iter().find_map(|sig| sig.features()).is_some_and(pgp::packet::Features::seipd_v2);
    Ok(Primary { expires_at, flags: speakers.into_iter().find_map(key_flags), seipd_v2 })
}

fn judge_component<'a>(
    cert: &'a SignedPublicKey,
    primary: &Primary,
    key: ComponentKey<'a>,
    purpose: Purpose,
    when: Moment,
) -> Result<Component<'a>, Unusable> {
    match key {
        ComponentKey::Primary(public) if fits(primary.flags.as_ref(), public, purpose, true) => {
            Ok(Component { key, expires_at: primary.expires_at })
        }
        ComponentKey::Primary(_) => Err(Unusable::NoSuchKey),
        ComponentKey::Subkey(subkey) => {
            let own = judge_subkey(cert, subkey, purpose, when)?;
            Ok(Component { key, expires_at: [own, primary.expires_at].into_iter().flatten().min() })
        }
    }
}

/// When a subkey expires by its own binding.
fn judge_subkey(
    cert: &SignedPublicKey,
    subkey: &SignedPublicSubKey,
    purpose: Purpose,
    when: Moment,
) -> Result<Option<i64>, Unusable> {
    let created = i64::from(subkey.key.created_at().as_secs());
    if !can(&subkey.key, purpose) {
        return Err(Unusable::NoSuchKey);
    }
    if !when.is_past(created) {
        return Err(Unusable::NotYetValid);
    }
    let of_type = |kind| subkey.signatures.iter().filter(move |sig| sig.typ() == Some(kind));
    if of_type(SignatureType::SubkeyRevocation).any(|sig| is_in_force_revocation(sig, when)) {
        return Err(Unusable::Revoked);
    }
    let Some(sig) = subkey_binding(subkey, when) else {
        return Err(why_none(of_type(SignatureType::SubkeyBinding), when));
    };
    if !fits(key_flags(sig).as_ref(), &subkey.key, purpose, false) {
        return Err(Unusable::NoSuchKey);
    }
    if !is_strong_key(&subkey.key) {
        return Err(Unusable::Weak);
    }
    if purpose == Purpose::Sign && !has_back_signature(cert, subkey, sig, when) {
        return Err(Unusable::NotBound);
    }
    let expires_at = expiry(created, sig.key_expiration_time());
    if expires_at.is_some_and(|end| end <= when.at) { Err(Unusable::Expired) } else { Ok(expires_at) }
}

/// A subkey that signs must have agreed to belong to this primary key (RFC 9580 §5.2.1.9).
fn has_back_signature(cert: &SignedPublicKey, subkey: &SignedPublicSubKey, binding: &Signature, when: Moment) -> bool {
    binding.embedded_signature().is_some_and(|back| {
        is_left(back, when) && back.verify_primary_key_binding(&subkey.key, &cert.primary_key).is_ok()
    })
}

/// The direct signature that speaks for a certificate.
pub(super) fn direct_signature(cert: &SignedPublicKey, when: Moment) -> Option<&Signature> {
    speaking(cert.details.direct_signatures.iter(), when)
}

/// The binding that speaks for a subkey.
pub(super) fn subkey_binding(subkey: &SignedPublicSubKey, when: Moment) -> Option<&Signature> {
    let bindings = subkey.signatures.iter().filter(|sig| sig.typ() == Some(SignatureType::SubkeyBinding));
    speaking(bindings, when)
}

/// The newest certification of a user id, where no revocation follows it.
fn user_binding(user: &SignedUser, when: Moment) -> Option<&Signature> {
    let is_revocation = |sig: &&Signature| sig.typ() == Some(SignatureType::CertRevocation);
    let (revocations, certifications): (Vec<_>, Vec<_>) = user.signatures.iter().partition(is_revocation);
    let best = speaking(certifications.into_iter(), when)?;
    let ends_it = |sig: &Signature| sig.created() >= best.created() && is_in_force_revocation(sig, when);
    (!revocations.into_iter().any(ends_it)).then_some(best)
}

fn expiry(created: i64, span: Option<pgp::types::Duration>) -> Option<i64> {
    let span = span.map(|span| i64::from(span.as_secs())).filter(|span| *span > 0)?;
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
fn fits(flags: Option<&KeyFlags>, key: &impl KeyDetails, purpose: Purpose, primary: bool) -> bool {
    let flagged = match (flags, purpose) {
        (Some(flags), Purpose::Seal) => flags.encrypt_comms() || flags.encrypt_storage(),
        (Some(flags), Purpose::Sign) => flags.sign(),
        (None, Purpose::Seal) => !primary,
        (None, Purpose::Sign) => primary,
    };
    flagged && can(key, purpose)
}
