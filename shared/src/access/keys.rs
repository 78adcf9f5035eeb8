//! The account's keys over the years: their ends are put off, one is withdrawn or replaced, one from elsewhere comes in.
//!
//! Invariants: a secret key is sealed once and never changed; retired keys stay; nothing here is in force before the box has
//! taken it.

use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};

use super::{AccessError, Unlocked};
use crate::api::account::ConfirmResponse;
use crate::api::own_key::{KeyNewsRequest, KeyPlace, NewKeyRequest, OwnKey};
use crate::api::{Base64, EmailAddress, Timestamp};
use crate::pgp::{
    Certificate, Fingerprint, KeyError, LIFE_SECONDS, Purpose, SecretKey, Unusable, Withdrawal, usable_keys,
};
use crate::vault::{AccountKey, Drawer};

/// The end of the account's key is put off when less than this is left, seconds: a year, so that whoever comes once a year, and
/// mail programs that hold a copy of the certificate, never meet it.
const RENEWED_SECONDS: i64 = 365 * 24 * 60 * 60;

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the account's key.
    Current,
    /// It opens old mail.
    Retired,
    /// It opens old mail, and everybody is told that it is withdrawn.
    Withdrawn,
}

/// One key of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// Its name.
    pub fingerprint: Fingerprint,
    /// When it was made.
    pub created_at: Timestamp,
    /// What became of it.
    pub standing: Standing,
    /// When its end has to be put off; `None` for never, and for one that is no longer used.
    pub good_until: Option<Timestamp>,
}

/// Why a key from elsewhere cannot be what it should become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum KeyFlaw {
    /// The file holds no secret key.
    #[error("there is no secret key in the file")]
    NoKey,
    /// The file holds the public half only.
    #[error("the file holds only the public half of a key")]
    OnlyPublic,
    /// The file is too large for a key.
    #[error("the file is too large for a key")]
    TooLarge,
    /// The file's passphrase is missing or wrong.
    #[error("the passphrase of the file is missing or wrong")]
    Passphrase,
    /// It opens nothing.
    #[error("no key in the file opens mail")]
    OpensNothing,
    /// Its primary key is not in the file.
    #[error("the primary key is not in the file, so the key can only open old mail")]
    NoPrimary,
    /// It is for another address.
    #[error("the key is for another address, so it can only open old mail")]
    OtherAddress,
    /// Its time is over.
    #[error("the key is out of date, so it can only open old mail")]
    Expired,
    /// Its owner has withdrawn it.
    #[error("the key was withdrawn, so it can only open old mail")]
    Withdrawn,
    /// It is too weak for today.
    #[error("the key is too weak for today, so it can only open old mail")]
    Weak,
    /// It cannot seal or cannot sign.
    #[error("the key cannot both seal and sign, so it can only open old mail")]
    Incomplete,
}

/// Reads the keys of a file for what they shall become: all of it to open old mail, the one for the address to be the account's.
///
/// # Errors
/// [`KeyFlaw`].
pub fn read_keys(
    file: &[u8],
    passphrase: &str,
    place: KeyPlace,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<Vec<SecretKey>, KeyFlaw> {
    let mut keys = SecretKey::import_all(file, passphrase).map_err(|error| match error {
        KeyError::WrongPassphrase => KeyFlaw::Passphrase,
        KeyError::OnlyPublic => KeyFlaw::OnlyPublic,
        KeyError::TooLarge => KeyFlaw::TooLarge,
        _ => KeyFlaw::NoKey,
    })?;
    if keys.is_empty() {
        return Err(KeyFlaw::NoKey);
    }
    keys.retain(SecretKey::can_open);
    let first = keys.first().ok_or(KeyFlaw::OpensNothing)?;
    if place == KeyPlace::Retired {
        return Ok(keys);
    }
    let fitting = keys.iter().find(|key| flaw(key, address, now).is_none());
    match (fitting, flaw(first, address, now)) {
        (Some(key), _) => Ok(vec![key.clone()]),
        (None, why) => Err(why.unwrap_or(KeyFlaw::Incomplete)),
    }
}

/// Why a key cannot be that of an account.
fn flaw(key: &SecretKey, address: &EmailAddress, now: Timestamp) -> Option<KeyFlaw> {
    if !key.has_primary() {
        return Some(KeyFlaw::NoPrimary);
    }
    let why = [Purpose::Seal, Purpose::Sign]
        .into_iter()
        .find_map(|purpose| usable_keys(key.certificate(), purpose, now).err());
    match why {
        Some(Unusable::Expired | Unusable::NotYetValid) => return Some(KeyFlaw::Expired),
        Some(Unusable::Revoked) => return Some(KeyFlaw::Withdrawn),
        Some(Unusable::Weak | Unusable::NotBound) => return Some(KeyFlaw::Weak),
        Some(Unusable::NoSuchKey) => return Some(KeyFlaw::Incomplete),
        None => {}
    }
    let is_named = key.certificate().addresses(now).iter().any(|named| named.canonical() == address.canonical());
    (!is_named).then_some(KeyFlaw::OtherAddress)
}

impl Unlocked {
    /// The account's keys, the current one first.
    #[must_use]
    pub fn key_states(&self, now: Timestamp) -> Vec<KeyState> {
        let state = |(place, key): (usize, &SecretKey)| {
            let standing = match place {
                0 => Standing::Current,
                _ if key.certificate().is_withdrawn(now) => Standing::Withdrawn,
                _ => Standing::Retired,
            };
            KeyState {
                fingerprint: key.fingerprint(),
                created_at: key.certificate().created_at(),
                standing,
                good_until: key.good_until(now).ok().flatten().filter(|_| place == 0),
            }
        };
        self.keys().iter().enumerate().map(state).collect()
    }

    /// What the box is to be told so that the keys stay good: a later end of the current one where it comes near, and what
    /// withdraws a key where that was not made yet. Empty most of the time.
    ///
    /// # Errors
    /// [`AccessError::Key`] where rPGP cannot sign.
    pub fn tend_keys(
        &self,
        now: Timestamp,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Vec<KeyNewsRequest>, AccessError> {
        let mut news = Vec::new();
        for (place, key) in self.keys().iter().enumerate().filter(|(_, key)| key.has_primary()) {
            let ends = match key.good_until(now) {
                Ok(end) => end.is_some_and(|end| end.0 - now.0 < RENEWED_SECONDS),
                Err(why) => why == Unusable::Expired,
            };
            let later = (place == 0 && ends).then(|| key.extended(now.plus(LIFE_SECONDS), now, rng)).transpose()?;
            let is_bare = self.revocation_of(key).is_none();
            let revocation = is_bare.then(|| sealed_revocation(self.account_key(), key, now, rng)).transpose()?;
            if later.is_some() || revocation.is_some() {
                let certificate = later.as_ref().unwrap_or(key.certificate()).to_bytes().into();
                news.push(KeyNewsRequest { certificate, sealed_revocation: revocation });
            }
        }
        Ok(news)
    }

    /// The current key's certificate, withdrawn, ASCII-armored: what its owner keeps for the day on which the key is stolen. The
    /// signature is the one that was made with the key, where there is one.
    ///
    /// # Errors
    /// [`AccessError::Key`].
    pub fn withdrawal_file(&self, now: Timestamp, rng: &mut (impl CryptoRng + RngCore)) -> Result<String, AccessError> {
        let key = self.current_key();
        let kept = self.revocation_of(key).and_then(|revocation| key.certificate().withdrawn_by(&revocation).ok());
        match kept {
            Some(withdrawn) => Ok(withdrawn.armored()),
            None => Ok(withdrawn(key, Withdrawal::Unsaid, now, rng)?.armored()),
        }
    }

    /// Makes another key for the account. The present one opens old mail from then on; where `stolen`, everybody is told that
    /// it is withdrawn.
    ///
    /// # Errors
    /// [`AccessError::Key`].
    pub fn another_key(
        &self,
        confirmed: ConfirmResponse,
        stolen: bool,
        now: Timestamp,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<NewKeyRequest, AccessError> {
        let secret = SecretKey::make(&user_id(self.display_name(), self.address()), now, rng)?;
        let present = self.current_key();
        let withdrawn = stolen.then(|| withdrawn(present, Withdrawal::Stolen, now, rng)).transpose()?;
        let mut request = self.new_key(confirmed, &secret, KeyPlace::Current, now, rng)?;
        request.withdrawn = withdrawn.map(|certificate| certificate.to_bytes().into());
        Ok(request)
    }

    /// Brings a key in, one that [`read_keys`] gave.
    ///
    /// # Errors
    /// [`AccessError::Key`].
    pub fn new_key(
        &self,
        confirmed: ConfirmResponse,
        secret: &SecretKey,
        place: KeyPlace,
        now: Timestamp,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<NewKeyRequest, AccessError> {
        let key = sealed(self.account_key(), secret, now, rng)?;
        Ok(NewKeyRequest { confirmation: confirmed.confirmation, key, place, withdrawn: None })
    }

    /// The signature that withdraws a key, where one was made and opens.
    fn revocation_of(&self, key: &SecretKey) -> Option<Vec<u8>> {
        let fingerprint = key.fingerprint();
        let (_, sealed) = self.revocations.iter().find(|(name, _)| *name == fingerprint)?;
        let opened = self.account_key().open(Drawer::Revocation, fingerprint.as_bytes(), 0, &sealed.0).ok()?;
        Some(opened.content.expose().clone())
    }
}

/// A key as the box keeps it, with what withdraws it.
pub(super) fn sealed(
    account_key: &AccountKey,
    secret: &SecretKey,
    now: Timestamp,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<OwnKey, AccessError> {
    let fingerprint = secret.fingerprint();
    let content = secret.to_bytes();
    let revocation = secret.has_primary().then(|| sealed_revocation(account_key, secret, now, rng)).transpose()?;
    Ok(OwnKey {
        certificate: secret.certificate().to_bytes().into(),
        sealed_secret_key: account_key.seal(Drawer::OpenPgp, fingerprint.as_bytes(), 0, content.expose(), rng).into(),
        sealed_revocation: revocation,
    })
}

fn sealed_revocation(
    account_key: &AccountKey,
    secret: &SecretKey,
    now: Timestamp,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Base64, AccessError> {
    let revocation = secret.revocation(Withdrawal::Unsaid, now, rng)?;
    Ok(account_key.seal(Drawer::Revocation, secret.fingerprint().as_bytes(), 0, &revocation, rng).into())
}

fn withdrawn(
    key: &SecretKey,
    why: Withdrawal,
    now: Timestamp,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Certificate, AccessError> {
    let revocation = key.revocation(why, now, rng)?;
    key.certificate().withdrawn_by(&revocation).map_err(|_| AccessError::KeysDamaged)
}

/// The user id of a new key: `Name <address>`, or the address alone (draft-dkg-openpgp-userid-conventions).
pub(super) fn user_id(name: &str, address: &EmailAddress) -> String {
    let name: String = name.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    match name.trim() {
        "" => format!("<{address}>"),
        name => format!("{name} <{address}>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_add_an_address() {
        let address = "alice@home.test".parse().unwrap();
        assert_eq!(user_id("Alice", &address), "Alice <alice@home.test>");
        assert_eq!(user_id(" ", &address), "<alice@home.test>");
        assert_eq!(user_id("Eve <bob@home.test>\n", &address), "Eve bob@home.test <alice@home.test>");
    }
}
