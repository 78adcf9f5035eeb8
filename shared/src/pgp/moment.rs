//! Which signatures of a certificate count at a point in time (RFC 9580 §5.2.3.18, §5.2.3.31).
//!
//! Clocks differ: what claims to be made up to [`CLOCK_SKEW_SECONDS`] in the future is taken as made now.
//!
//! A hard revocation ("compromised", or no reason) counts for all time, because whoever has the key can date back. A soft one
//! ("superseded", "retired", "user id no longer valid") counts from when it was made, so that what was signed before stays
//! good. Neither is undone by a later binding of the same key.
//!
//! What was signed in the past is judged by what the certificate said then. Copies are passed on without their past (by key
//! directories, and by us): where nothing is left from then, the oldest that is left speaks.

use pgp::packet::{RevocationCode, Signature};

use super::error::Unusable;
use super::strength::{has_unknown_critical, is_strong_signature};
use crate::api::Timestamp;

/// How far ahead another's clock may be, seconds.
const CLOCK_SKEW_SECONDS: i64 = 24 * 60 * 60;

/// When something is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) at: i64,
    /// When it is asked.
    now: i64,
    /// Soft revocations made up to here count.
    revoked_until: i64,
}

impl Moment {
    /// For use now: a revocation by a clock that is ahead counts already.
    pub(super) fn now(at: Timestamp) -> Self {
        Self { at: at.0, now: at.0, revoked_until: at.0.saturating_add(CLOCK_SKEW_SECONDS) }
    }

    /// When something was signed: what was revoked later could still sign.
    pub(super) fn of_signing(at: Timestamp, now: Timestamp) -> Self {
        Self { at: at.0, now: now.0, revoked_until: at.0 }
    }

    pub(super) fn is_past(self, time: i64) -> bool {
        time <= self.at.saturating_add(CLOCK_SKEW_SECONDS)
    }

    fn is_known(self, time: i64) -> bool {
        time <= self.now.saturating_add(CLOCK_SKEW_SECONDS)
    }
}

/// Whether a signature is strong, made by then and not expired, and says nothing critical that is not understood.
pub(super) fn is_in_force(sig: &Signature, when: Moment) -> bool {
    counts(sig) && made_at(sig).is_some_and(|made| when.is_past(made)) && !is_over(sig, when)
}

/// Whether a signature's own time is over (RFC 9580 §5.2.3.18).
pub(super) fn is_over(sig: &Signature, when: Moment) -> bool {
    let span = sig.signature_expiration_time().map(|span| i64::from(span.as_secs())).filter(|span| *span > 0);
    let Some((made, span)) = made_at(sig).zip(span) else { return false };
    made.saturating_add(span) <= when.at
}

fn counts(sig: &Signature) -> bool {
    is_strong_signature(sig) && !has_unknown_critical(sig)
}

fn made_at(sig: &Signature) -> Option<i64> {
    sig.created().map(|time| i64::from(time.as_secs()))
}

/// Whether a revocation counts.
pub(super) fn is_in_force_revocation(sig: &Signature, when: Moment) -> bool {
    let soft = matches!(
        sig.revocation_reason_code(),
        Some(RevocationCode::KeySuperseded | RevocationCode::KeyRetired | RevocationCode::CertUserIdInvalid)
    );
    !soft || made_at(sig).is_none_or(|made| made <= when.revoked_until)
}

/// Why none of these verified signatures binds.
pub(super) fn why_none<'a>(sigs: impl Iterator<Item = &'a Signature> + Clone, when: Moment) -> Unusable {
    let strong = sigs.clone().filter(|sig| counts(sig));
    if strong.clone().any(|sig| is_over(sig, when)) {
        Unusable::Expired
    } else if strong.clone().any(|sig| made_at(sig).is_some_and(|made| !when.is_past(made))) {
        Unusable::NotYetValid
    } else if sigs.clone().any(|sig| !counts(sig)) {
        Unusable::Weak
    } else {
        Unusable::NotBound
    }
}

/// The newest signature that was in force then, else the oldest that was made since.
pub(super) fn speaking<'a>(sigs: impl Iterator<Item = &'a Signature> + Clone, when: Moment) -> Option<&'a Signature> {
    let newest = sigs.clone().filter(|sig| is_in_force(sig, when)).max_by_key(|sig| sig.created());
    newest.or_else(|| sigs.filter(|sig| is_left(sig, when)).min_by_key(|sig| sig.created()))
}

/// As [`is_in_force`], but it may have been made since.
pub(super) fn is_left(sig: &Signature, when: Moment) -> bool {
    counts(sig) && made_at(sig).is_some_and(|made| when.is_known(made)) && !is_over(sig, when)
}
