//! Certificates over time: what a newer copy adds, and the small form that is passed on (RFC 9580 §10.1,
//! draft-koch-openpgp-webkey-service §3, Autocrypt Level 1 §2.1.1).
//!
//! Invariants: merging never loses a revocation and never takes anything from a certificate of another name; what is made
//! here consists of signatures that verify, because both sides did.

use pgp::composed::SignedPublicKey;
use pgp::packet::{Signature, SignatureType};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, SignedUser};

use super::certificate::{Certificate, address_in};
use super::error::{CertificateError, Unusable};
use super::moment::Moment;
use super::policy::{self, ComponentKey};
use super::strength::Purpose;
use super::trim;
use crate::api::{EmailAddress, Timestamp, limits};

/// What a newer copy of a certificate changes for those who write to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Nothing that matters to them.
    None,
    /// It can be used, or used longer, than before.
    Renewed,
    /// It is for other keys than before.
    OtherKeys,
    /// It cannot be used any more.
    Ended(Unusable),
}

impl Certificate {
    /// This certificate with all that another copy of it knows.
    ///
    /// # Errors
    /// [`CertificateError::OtherKey`] where it is not a copy of this one, [`CertificateError::TooLarge`] where both together
    /// are over [`limits::CERTIFICATE_BYTES`].
    pub fn merged(&self, other: &Self) -> Result<Self, CertificateError> {
        if self.fingerprint() != other.fingerprint() {
            return Err(CertificateError::OtherKey);
        }
        let mut whole = self.0.clone();
        let add = |known: &mut Vec<Signature>, more: &[Signature]| {
            for sig in more {
                trim::add(known, sig.clone());
            }
        };
        let (known, more) = (&mut whole.details, &other.0.details);
        add(&mut known.revocation_signatures, &more.revocation_signatures);
        add(&mut known.direct_signatures, &more.direct_signatures);
        for user in &more.users {
            match known.users.iter_mut().find(|one| one.id.id() == user.id.id()) {
                Some(one) => add(&mut one.signatures, &user.signatures),
                None => known.users.push(user.clone()),
            }
        }
        for subkey in &other.0.public_subkeys {
            match whole.public_subkeys.iter_mut().find(|one| one.fingerprint() == subkey.fingerprint()) {
                Some(one) => add(&mut one.signatures, &subkey.signatures),
                None => whole.public_subkeys.push(subkey.clone()),
            }
        }
        if whole.write_len() > limits::CERTIFICATE_BYTES { Err(CertificateError::TooLarge) } else { Ok(Self(whole)) }
    }

    /// What a newer copy (see [`Certificate::merged`]) changes for those who seal to its owner.
    #[must_use]
    pub fn change_to(&self, newer: &Self, at: Timestamp) -> Change {
        let keys = |certificate: &Self| {
            policy::usable_components(&certificate.0, Purpose::Seal, Moment::now(at))
                .map(|keys| keys.iter().map(|key| (key.key.fingerprint(), key.expires_at)).collect::<Vec<_>>())
        };
        let (before, after) = match (keys(self), keys(newer)) {
            (Ok(_), Err(why)) => return Change::Ended(why),
            (Err(_), Err(_)) => return Change::None,
            (Err(_), Ok(_)) => return Change::Renewed,
            (Ok(before), Ok(after)) => (before, after),
        };
        let until = |keys: &[(_, Option<i64>)]| keys.iter().map(|(_, end)| end.unwrap_or(i64::MAX)).max();
        if !before.iter().map(|(name, _)| name).eq(after.iter().map(|(name, _)| name)) {
            Change::OtherKeys
        } else if until(&before) < until(&after) {
            Change::Renewed
        } else {
            Change::None
        }
    }

    /// The form that a key directory serves for an address (WKD): the user ids of that address alone, the newest
    /// self-signature of each kind, the keys that can be used now or could sign once, and all revocations. `None` where the
    /// certificate does not carry the address.
    #[must_use]
    pub fn for_directory(&self, address: &EmailAddress, at: Timestamp) -> Option<Self> {
        let now = Moment::now(at);
        let mut small = self.with_names_of(address, now)?;
        small.public_subkeys = self.0.public_subkeys.clone();
        for subkey in &mut small.public_subkeys {
            let binding = policy::subkey_binding(subkey, now).cloned();
            let is_revocation = |sig: &Signature| sig.typ() == Some(SignatureType::SubkeyRevocation);
            subkey.signatures.retain(|sig| is_revocation(sig) || Some(sig) == binding.as_ref());
        }
        let cert = &self.0;
        small.public_subkeys.retain(|small| {
            let whole = cert.public_subkeys.iter().find(|whole| whole.fingerprint() == small.fingerprint());
            let judge = |purpose| whole.map(|key| policy::judge(cert, ComponentKey::Subkey(key), purpose, now));
            let is_key_of_old = matches!(judge(Purpose::Sign), Some(Err(Unusable::Expired | Unusable::Revoked)));
            let is_ended = matches!(judge(Purpose::Seal), Some(Err(Unusable::Revoked)));
            let is_usable =
                [Purpose::Seal, Purpose::Sign].into_iter().any(|purpose| matches!(judge(purpose), Some(Ok(_))));
            !small.signatures.is_empty() && (is_usable || is_ended || is_key_of_old)
        });
        Some(Self(small))
    }

    /// The form that an Autocrypt header carries: one user id, the key to seal to, and a signature for each; the primary key
    /// verifies. `None` where the certificate does not carry the address or cannot be sealed to.
    #[must_use]
    pub fn for_autocrypt(&self, address: &EmailAddress, at: Timestamp) -> Option<Self> {
        let now = Moment::now(at);
        let mut small = self.with_names_of(address, now)?;
        small.details.users.truncate(1);
        let usable = policy::usable_components(&self.0, Purpose::Seal, now).ok()?;
        if let ComponentKey::Subkey(key) = usable.first()?.key {
            let mut key = key.clone();
            let binding = policy::subkey_binding(&key, now).cloned();
            key.signatures = binding.into_iter().collect();
            small.public_subkeys = vec![key];
        }
        Some(Self(small))
    }

    /// Primary key, revocations, direct signature and the names of an address, the primary one first; no subkeys.
    fn with_names_of(&self, address: &EmailAddress, when: Moment) -> Option<SignedPublicKey> {
        let cert = &self.0;
        let wanted = address.canonical();
        let is_wanted =
            |id: &[u8]| address_in(&String::from_utf8_lossy(id)).is_some_and(|address| address.canonical() == wanted);
        let users: Vec<SignedUser> = policy::bound_users(cert, when)
            .into_iter()
            .filter(|(id, _)| is_wanted(id.id()))
            .map(|(id, sig)| SignedUser::new(id.clone(), vec![sig.clone()]))
            .collect();
        if users.is_empty() {
            return None;
        }
        let mut small = cert.clone();
        small.details.direct_signatures = policy::direct_signature(cert, when).cloned().into_iter().collect();
        small.details.users = users;
        small.public_subkeys.clear();
        Some(small)
    }
}
