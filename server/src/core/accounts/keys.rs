//! The OpenPGP keys of an account: another one, and what is new about those that it has.
//!
//! Which key mail is sealed to decides who can read it. So another one takes the passphrase, shown as for a change of what opens
//! the account; a session that was stolen is not enough. News about a key that the account has takes the session only: they are
//! signed by that key, and what the box has of it is added to, never replaced.

use shared::api::Timestamp;
use shared::api::limits;
use shared::api::own_key::{KeyNewsRequest, KeyPlace, NewKeyRequest, OwnKey};
use shared::pgp::{Certificate, Purpose, usable_keys};

use super::session::confirmed;
use super::{AccountError, Session};
use crate::core::Context;
use crate::store::own_keys::{self, KeyRecord};
use crate::store::{AccountNo, ReadTx, Tx, accounts};

/// Largest sealed signature that withdraws a key, octets: one by RSA of 16384 bits, and room.
const REVOCATION_BYTES: usize = 8 * 1024;

/// Gives an account a key, as its own from now on or to open old mail.
///
/// # Errors
/// [`AccountError::NotConfirmed`]; [`AccountError::Malformed`] where the key would not do, or a withdrawal is none;
/// [`AccountError::TooManyKeys`].
pub async fn new_key(context: &Context, session: Session, request: NewKeyRequest) -> Result<(), AccountError> {
    let NewKeyRequest { confirmation, key, place, withdrawn } = request;
    confirmed(context, session, &confirmation)?;
    let (account, now) = (session.account, context.clock.now());
    let certificate = parsed(&key.certificate.0)?;
    let record = record(&certificate, key)?;
    let withdrawn = withdrawn.map(|bytes| parsed(&bytes.0)).transpose()?;
    if withdrawn.is_some() && place != KeyPlace::Current {
        return Err(AccountError::Malformed);
    }
    context
        .store
        .write(move |tx| {
            let all = own_keys::list(tx, account)?;
            let place_of = |name: &[u8]| all.iter().position(|one| one.fingerprint == name);
            let known = place_of(&record.fingerprint);
            if let Some(withdrawn) = withdrawn {
                // The present key; or the one before, where all this is said again because the answer was lost.
                let at = place_of(withdrawn.fingerprint().as_bytes()).filter(|at| (*at == 0) != (known == Some(0)));
                let before = at.and_then(|at| all.get(at)).ok_or(AccountError::Malformed)?;
                if !add_to(tx, account, before, &withdrawn)?.is_withdrawn(now) {
                    return Err(AccountError::Malformed);
                }
            }
            let certificate = match known.and_then(|at| all.get(at)) {
                Some(known) => add_to(tx, account, known, &certificate)?,
                None => certificate,
            };
            // Judged with all that is known of it: it may have been withdrawn here.
            if place == KeyPlace::Current || known == Some(0) {
                carries_mail(tx, account, &certificate, now)?;
            }
            match (known, place) {
                (Some(0), _) | (Some(_), KeyPlace::Retired) => Ok(()),
                (Some(_), KeyPlace::Current) => Ok(own_keys::make_current(tx, account, &record.fingerprint, now)?),
                (None, _) if all.len() >= limits::OWN_KEYS => Err(AccountError::TooManyKeys),
                (None, place) => Ok(own_keys::add(tx, account, &record, place == KeyPlace::Retired, now)?),
            }
        })
        .await
}

/// Takes what is new about a key that the account has.
///
/// # Errors
/// [`AccountError::Malformed`] where it is none of the account's keys, not well-formed, or withdraws the present one: that takes
/// another key in its place.
pub async fn key_news(context: &Context, session: Session, request: KeyNewsRequest) -> Result<(), AccountError> {
    let (account, now) = (session.account, context.clock.now());
    let certificate = parsed(&request.certificate.0)?;
    let revocation = request.sealed_revocation.map(|sealed| fitting(sealed.0)).transpose()?;
    context
        .store
        .write(move |tx| {
            let fingerprint = certificate.fingerprint();
            let all = own_keys::list(tx, account)?;
            let at = all.iter().position(|one| one.fingerprint == fingerprint.as_bytes());
            let known = at.and_then(|at| all.get(at)).ok_or(AccountError::Malformed)?;
            // Who found a withdrawal file and a session would else keep all mail out.
            if add_to(tx, account, known, &certificate)?.is_withdrawn(now) && at == Some(0) {
                return Err(AccountError::Malformed);
            }
            if let Some(revocation) = revocation {
                own_keys::keep_revocation(tx, account, fingerprint.as_bytes(), &revocation)?;
            }
            Ok(())
        })
        .await
}

/// A key as it is stored, checked as far as the box can: forms and sizes.
pub(super) fn record(certificate: &Certificate, key: OwnKey) -> Result<KeyRecord, AccountError> {
    let OwnKey { certificate: bytes, sealed_secret_key, sealed_revocation } = key;
    let sizes = [&bytes, &sealed_secret_key];
    if sizes.into_iter().any(|part| part.0.is_empty() || part.0.len() > limits::CERTIFICATE_BYTES) {
        return Err(AccountError::Malformed);
    }
    Ok(KeyRecord {
        fingerprint: certificate.fingerprint().as_bytes().to_vec(),
        certificate: certificate.to_bytes(),
        sealed_secret_key: sealed_secret_key.0,
        sealed_revocation: sealed_revocation.map(|sealed| fitting(sealed.0)).transpose()?,
    })
}

/// A certificate as a client sends it.
pub(super) fn parsed(bytes: &[u8]) -> Result<Certificate, AccountError> {
    if bytes.len() > limits::CERTIFICATE_BYTES {
        return Err(AccountError::Malformed);
    }
    Certificate::parse(bytes).map_err(|_| AccountError::Malformed)
}

fn fitting(sealed: Vec<u8>) -> Result<Vec<u8>, AccountError> {
    if (1..=REVOCATION_BYTES).contains(&sealed.len()) { Ok(sealed) } else { Err(AccountError::Malformed) }
}

/// That mail for an account can be sealed to a certificate, and others find it under the account's address.
fn carries_mail(
    tx: &ReadTx<'_>,
    account: AccountNo,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<(), AccountError> {
    usable_keys(certificate, Purpose::Seal, now).map_err(|_| AccountError::Malformed)?;
    let address = accounts::get(tx, account)?.address;
    let is_named = certificate.addresses(now).iter().any(|named| named.canonical() == address);
    if is_named { Ok(()) } else { Err(AccountError::Malformed) }
}

/// Adds what a copy of a certificate knows to what is stored; answers with both together.
fn add_to(tx: &Tx<'_>, account: AccountNo, known: &KeyRecord, copy: &Certificate) -> Result<Certificate, AccountError> {
    let before = parsed(&known.certificate)?;
    let merged = before.merged(copy).map_err(|_| AccountError::Malformed)?;
    if merged != before {
        own_keys::set_certificate(tx, account, &known.fingerprint, &merged.to_bytes())?;
    }
    Ok(merged)
}
