//! The key for mail at rest: what the box seals mail to that comes or is filed in clear, where every device of the account can
//! open it, and what the account's own clients seal to it then ([`pgp::SecretKey::make_for_rest`](crate::pgp::SecretKey::make_for_rest)).
//!
//! Invariants: of several the newest counts that opens under the account key and that the account's present key vouches for; so
//! neither the box nor whoever took a session can bring in one of their own, and a key that was replaced because it was stolen
//! takes its own with it.

use rand::{CryptoRng, RngCore};

use super::{AccessError, Unlocked};
use crate::api::Timestamp;
use crate::api::own_key::RestKey;
use crate::pgp::{Certificate, SecretKey};
use crate::vault::{AccountKey, Drawer};

impl Unlocked {
    /// Every key that opens mail: the account's own, the current one first, then those for mail at rest.
    #[must_use]
    pub fn openers(&self) -> Vec<&SecretKey> {
        self.keys().iter().chain(&self.rest).collect()
    }

    /// The certificate that the account's clients seal to what they keep for it: that of the key for mail at rest where every
    /// device of the account can open it, else the account's own.
    #[must_use]
    pub fn at_rest(&self) -> &Certificate {
        match self.rest_key() {
            Some(key) if self.rest_in_use => key.certificate(),
            _ => self.certificate(),
        }
    }

    /// The key for mail at rest, as long as the account has one that counts.
    #[must_use]
    pub fn rest_key(&self) -> Option<&SecretKey> {
        self.rest_counting.and_then(|at| self.rest.get(at))
    }

    /// A key for mail at rest for the box to take, where the account has none yet that counts.
    ///
    /// # Errors
    /// [`AccessError::Key`] where rPGP cannot make it.
    pub fn tend_rest_key(
        &self,
        now: Timestamp,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Option<RestKey>, AccessError> {
        let is_wanted = self.rest_key().is_none() && self.current_key().has_primary();
        is_wanted.then(|| made(self.account_key(), self.current_key(), now, rng)).transpose()
    }
}

/// A key for mail at rest as the box keeps it, vouched for by the account's own.
pub(super) fn made(
    account_key: &AccountKey,
    own: &SecretKey,
    now: Timestamp,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<RestKey, AccessError> {
    let secret = SecretKey::make_for_rest(now, rng)?;
    let content = secret.to_bytes();
    let name = secret.fingerprint();
    Ok(RestKey {
        certificate: secret.certificate().to_bytes().into(),
        sealed_secret_key: account_key.seal(Drawer::OpenPgp, name.as_bytes(), 0, content.expose(), rng).into(),
        vouched: own.vouch_for(secret.certificate(), now, rng)?.into(),
    })
}
