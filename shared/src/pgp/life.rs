//! The life of an own key: its end is put off, it is withdrawn, and what it has said elsewhere comes back to it
//! (RFC 9580 §5.2.3.13, §5.2.3.31, §5.2.1.11).
//!
//! Invariants: the secret stays what it is, everything here is said in signatures beside it; the primary key alone can say it; a
//! copy of the certificate counts only as far as the key itself has signed it.

use pgp::composed::{SignedPublicSubKey, SignedSecretSubKey};
use pgp::packet::{Packet, PacketParser, RevocationCode, Signature, SignatureConfig, SignatureType, SubpacketData};
use pgp::types::{Duration, KeyDetails, KeyVersion, Password, Tag, Timestamp as PgpTime};
use rand::{CryptoRng, RngCore};

use super::certificate::{Certificate, usable_keys};
use super::error::{Cause, CertificateError, KeyError, Unusable};
use super::key::{SecretKey, pgp_time, self_signature, statement};
use super::moment::Moment;
use super::policy;
use super::strength::Purpose;
use crate::api::Timestamp;

/// Why a key is withdrawn, as its certificate says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// Nothing is said; counts for all time. For what is made before there is a reason.
    Unsaid,
    /// Somebody else may have it; counts for all time.
    Stolen,
}

impl SecretKey {
    /// The key with what a copy of its certificate knows: later ends, a withdrawal. Of the copy counts only what the key has
    /// signed itself.
    ///
    /// # Errors
    /// As [`Certificate::merged`].
    pub fn updated(&self, copy: &Certificate) -> Result<Self, CertificateError> {
        Ok(self.with(self.certificate().merged(copy)?))
    }

    /// Until when it can seal and sign, as others see it; `None` for ever.
    ///
    /// # Errors
    /// [`Unusable`] where it cannot now.
    pub fn good_until(&self, at: Timestamp) -> Result<Option<Timestamp>, Unusable> {
        let mut ends = Vec::new();
        for purpose in [Purpose::Seal, Purpose::Sign] {
            let keys = usable_keys(self.certificate(), purpose, at)?;
            let last = keys.iter().map(|key| key.expires_at.map_or(i64::MAX, |end| end.0)).max();
            ends.extend(last);
        }
        Ok(ends.into_iter().min().filter(|end| *end < i64::MAX).map(Timestamp))
    }

    /// Its certificate with the end put off until then: all that was to last as long as the key itself goes on with it.
    ///
    /// # Errors
    /// [`KeyError::NoPrimary`]; [`KeyError::Time`] where that is not after the key was made, or too far away.
    pub fn extended(
        &self,
        until: Timestamp,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Certificate, KeyError> {
        if !self.has_primary() {
            return Err(KeyError::NoPrimary);
        }
        let made_at = pgp_time(now).ok_or(KeyError::Time)?;
        self.prolonged(until, made_at, Moment::now(now), rng)
    }

    fn prolonged(
        &self,
        until: Timestamp,
        made_at: PgpTime,
        when: Moment,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Certificate, KeyError> {
        let failed = |cause| KeyError::Failed(Cause::new(cause));
        let (none, primary) = (Password::empty(), &self.inner().primary_key);
        let old = &self.certificate().0;
        let mut new = old.clone();
        let bound = policy::bound_users(old, when);
        let direct = policy::direct_signature(old, when).filter(|_| primary.version() == KeyVersion::V6);
        let said = bound.first().map(|(_, sig)| *sig).into_iter().chain(direct);
        let own_end = said.filter_map(Signature::key_expiration_time).map(|span| span.as_secs());
        let own_end = own_end.filter(|span| *span > 0).min();
        let primary_end = span_until(primary, until)?;
        // One that is good for ever stays so; perhaps only a subkey ends.
        let users = new.details.users.iter_mut().filter(|_| own_end.is_some());
        for user in users {
            let Some((_, sig)) = bound.iter().find(|(id, _)| id.id() == user.id.id()) else { continue };
            let kind = sig.typ().unwrap_or(SignatureType::CertPositive);
            let config = self_signature(primary, kind, said_again(sig, primary_end), made_at, rng).map_err(failed)?;
            let renewed = config.sign_certification(primary, primary.public_key(), &none, Tag::UserId, &user.id);
            user.signatures.push(renewed.map_err(failed)?);
        }
        if let Some(sig) = direct.filter(|_| own_end.is_some()) {
            let said = said_again(sig, primary_end);
            let config = self_signature(primary, SignatureType::Key, said, made_at, rng).map_err(failed)?;
            new.details.direct_signatures.push(config.sign_key(primary, &none, primary.public_key()).map_err(failed)?);
        }
        for subkey in &mut new.public_subkeys {
            let secret =
                self.inner().secret_subkeys.iter().find(|one| one.key.fingerprint() == subkey.key.fingerprint());
            let (Some(secret), Some(binding)) = (secret, policy::subkey_binding(subkey, when)) else { continue };
            let ends = |span: Duration| i64::from(subkey.key.created_at().as_secs()) + i64::from(span.as_secs());
            let own = binding.key_expiration_time().filter(|span| span.as_secs() > 0).map(ends);
            let key_end = own_end.map(|span| i64::from(primary.created_at().as_secs()) + i64::from(span));
            // What was to end before the key itself was meant to; what has no end of its own needs nothing.
            if own.is_none_or(|own| key_end.is_some_and(|end| own < end)) {
                continue;
            }
            let renewed = self.rebound(subkey, secret, binding, until, made_at, rng)?;
            subkey.signatures.push(renewed);
        }
        Ok(Certificate(new))
    }

    /// Another binding of a subkey, with a later end.
    fn rebound(
        &self,
        subkey: &SignedPublicSubKey,
        secret: &SignedSecretSubKey,
        binding: &Signature,
        until: Timestamp,
        made_at: PgpTime,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Signature, KeyError> {
        let failed = |cause| KeyError::Failed(Cause::new(cause));
        let (none, primary) = (Password::empty(), &self.inner().primary_key);
        let mut said = said_again(binding, span_until(&subkey.key, until)?);
        if binding.embedded_signature().is_some() {
            let config =
                SignatureConfig::from_key(&mut *rng, &secret.key, SignatureType::KeyBinding).map_err(failed)?;
            let config = statement(config, &secret.key, vec![], made_at).map_err(failed)?;
            let back = config
                .sign_primary_key_binding(&secret.key, &subkey.key, &none, primary.public_key())
                .map_err(failed)?;
            said.push(SubpacketData::EmbeddedSignature(Box::new(back)));
        }
        let config = self_signature(primary, SignatureType::SubkeyBinding, said, made_at, rng).map_err(failed)?;
        config.sign_subkey_binding(primary, primary.public_key(), &none, &subkey.key).map_err(failed)
    }

    /// The signature that withdraws the key (binary); see [`Certificate::withdrawn_by`].
    ///
    /// # Errors
    /// [`KeyError::NoPrimary`], [`KeyError::Time`].
    pub fn revocation(
        &self,
        why: Withdrawal,
        at: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, KeyError> {
        let code = match why {
            Withdrawal::Unsaid => RevocationCode::NoReason,
            Withdrawal::Stolen => RevocationCode::KeyCompromised,
        };
        let said = vec![SubpacketData::RevocationReason(code, Vec::new().into())];
        self.says_of(&self.certificate().0.primary_key, SignatureType::KeyRevocation, said, at, rng)
    }
}

impl Certificate {
    /// This certificate, withdrawn by a signature of its own key.
    ///
    /// # Errors
    /// [`CertificateError::NotACertificate`] where the bytes are no such signature, or not by this key.
    pub fn withdrawn_by(&self, revocation: &[u8]) -> Result<Self, CertificateError> {
        let refused = |cause: &str| CertificateError::NotACertificate(Cause::new(cause));
        let Some(Ok(Packet::Signature(signature))) = PacketParser::new(revocation).next() else {
            return Err(refused("no signature"));
        };
        let is_one = signature.typ() == Some(SignatureType::KeyRevocation);
        if !is_one || signature.verify_key(&self.0.primary_key).is_err() {
            return Err(refused("no revocation by this key"));
        }
        let mut withdrawn = self.0.clone();
        withdrawn.details.revocation_signatures.push(signature);
        Ok(Self(withdrawn))
    }

    /// Whether its owner has withdrawn it.
    #[must_use]
    pub fn is_withdrawn(&self, at: Timestamp) -> bool {
        usable_keys(self, Purpose::Seal, at) == Err(Unusable::Revoked)
    }

    /// When it could last be sealed to, where that is over only because nobody has put its end off; now where it is not over.
    /// For mail of the own account, which would else be lost or lie in clear.
    ///
    /// # Errors
    /// [`Unusable`] where it cannot be sealed to for another reason.
    pub fn last_good(&self, now: Timestamp) -> Result<Timestamp, Unusable> {
        match usable_keys(self, Purpose::Seal, now) {
            Ok(_) => Ok(now),
            Err(Unusable::Expired) => {
                let mut ends = self.ends();
                ends.retain(|end| *end <= now.0);
                ends.sort_unstable();
                let moments = ends.into_iter().rev().map(|end| Timestamp(end - 1));
                moments.into_iter().find(|at| usable_keys(self, Purpose::Seal, *at).is_ok()).ok_or(Unusable::Expired)
            }
            Err(why) => Err(why),
        }
    }

    /// All ends that its signatures speak of, seconds of Unix time.
    fn ends(&self) -> Vec<i64> {
        let cert = &self.0;
        let primary =
            cert.details.direct_signatures.iter().chain(cert.details.users.iter().flat_map(|user| &user.signatures));
        let primary = primary.map(|sig| (cert.primary_key.created_at(), sig));
        let subkeys = cert.public_subkeys.iter();
        let subkeys = subkeys.flat_map(|key| key.signatures.iter().map(move |sig| (key.key.created_at(), sig)));
        let end = |(created, sig): (PgpTime, &Signature)| {
            Some(i64::from(created.as_secs()) + i64::from(sig.key_expiration_time()?.as_secs()))
        };
        primary.chain(subkeys).filter_map(end).collect()
    }
}

/// What a signature said, but for its time, who made it and the end, which is this now.
fn said_again(sig: &Signature, end: Duration) -> Vec<SubpacketData> {
    let before = sig.config().into_iter().flat_map(SignatureConfig::hashed_subpackets);
    let kept = before.filter(|packet| {
        !matches!(
            packet.data,
            SubpacketData::SignatureCreationTime(_)
                | SubpacketData::SignatureExpirationTime(_)
                | SubpacketData::KeyExpirationTime(_)
                | SubpacketData::IssuerFingerprint(_)
                | SubpacketData::IssuerKeyId(_)
                | SubpacketData::EmbeddedSignature(_)
        )
    });
    kept.map(|packet| packet.data.clone()).chain([SubpacketData::KeyExpirationTime(end)]).collect()
}

/// The time from when a key was made.
fn span_until(key: &impl KeyDetails, until: Timestamp) -> Result<Duration, KeyError> {
    let span = until.0.saturating_sub(i64::from(key.created_at().as_secs()));
    let span = u32::try_from(span).ok().filter(|span| *span > 0).ok_or(KeyError::Time)?;
    Ok(Duration::from_secs(span))
}
