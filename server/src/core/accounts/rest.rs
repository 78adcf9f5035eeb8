//! The keys for accounts' mail at rest.
//!
//! What mail is sealed to decides who can read it, so the account's own key must vouch for it: a session that was stolen cannot
//! bring in another. The box checks that once; the account's clients check it anew, and take the certificate that they seal to
//! from the secret key that opens under the account key.

use shared::api::Timestamp;
use shared::api::limits;
use shared::api::own_key::RestKey;
use shared::pgp::{Certificate, Purpose, usable_keys};

use super::keys::parsed;
use super::{AccountError, Session};
use crate::core::Context;
use crate::store::own_keys;
use crate::store::rest_keys::{self, RestKeyRecord};

/// Largest signature that vouches for a key, octets: one by RSA of 16384 bits, and room.
const VOUCHED_BYTES: usize = 8 * 1024;

/// Takes a key for the account's mail at rest.
///
/// # Errors
/// [`AccountError::Malformed`] where it is none, or the account's key does not vouch for it; [`AccountError::TooManyKeys`].
pub async fn rest_key(context: &Context, session: Session, request: RestKey) -> Result<(), AccountError> {
    let (account, now) = (session.account, context.clock.now());
    context
        .store
        .write(move |tx| {
            let current = parsed(&own_keys::certificate(tx, account)?)?;
            let record = record(&current, request, now)?;
            let all = rest_keys::list(tx, account)?;
            // Said twice is said once: an answer may be lost.
            if all.iter().any(|one| one.fingerprint == record.fingerprint && one.vouched_by == record.vouched_by) {
                return Ok(());
            }
            if all.len() >= limits::REST_KEYS {
                return Err(AccountError::TooManyKeys);
            }
            Ok(rest_keys::add(tx, account, &record, now)?)
        })
        .await
}

impl From<RestKeyRecord> for RestKey {
    fn from(stored: RestKeyRecord) -> Self {
        let RestKeyRecord { certificate, sealed_secret_key, vouched, .. } = stored;
        Self { certificate: certificate.into(), sealed_secret_key: sealed_secret_key.into(), vouched: vouched.into() }
    }
}

/// A key for mail at rest as it is stored.
pub(super) fn record(current: &Certificate, key: RestKey, now: Timestamp) -> Result<RestKeyRecord, AccountError> {
    let RestKey { certificate, sealed_secret_key, vouched } = key;
    let is_fitting = !sealed_secret_key.0.is_empty()
        && sealed_secret_key.0.len() <= limits::CERTIFICATE_BYTES
        && vouched.0.len() <= VOUCHED_BYTES;
    let certificate = parsed(&certificate.0)?;
    let is_good = is_fitting
        && certificate.is_for_rest()
        && usable_keys(&certificate, Purpose::Seal, now).is_ok()
        && current.vouches_for(&certificate, &vouched.0);
    if !is_good {
        return Err(AccountError::Malformed);
    }
    Ok(RestKeyRecord {
        fingerprint: certificate.fingerprint().as_bytes().to_vec(),
        certificate: certificate.to_bytes(),
        sealed_secret_key: sealed_secret_key.0,
        vouched: vouched.0,
        vouched_by: current.fingerprint().as_bytes().to_vec(),
    })
}
