//! The keys that accounts' mail is sealed to where it lies.
//!
//! Invariants: written once and never changed or removed, because mail lies sealed to them; one is in use only while the key that
//! vouched for it is the account's, and while no device of the account opens mail itself, for no such program knows them.

use rusqlite::named_params;
use shared::api::Timestamp;

use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// Of the row `k` of a present key: whether no device is in the way.
const IN_USE: &str = "NOT EXISTS (SELECT 1 FROM device AS d \
     WHERE d.account_id = k.account_id AND d.revoked_at IS NULL AND d.open_wrap IS NULL)";

/// A key for the mail at rest of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestKeyRecord {
    /// The fingerprint of its primary key.
    pub fingerprint: Vec<u8>,
    /// The certificate (binary transferable public key).
    pub certificate: Vec<u8>,
    /// The secret key, sealed under the account key.
    pub sealed_secret_key: Vec<u8>,
    /// The signature by which the account's key vouched for it.
    pub vouched: Vec<u8>,
    /// The fingerprint of the primary key of that one.
    pub vouched_by: Vec<u8>,
}

/// Gives an account a key for its mail at rest.
///
/// # Errors
/// Where the store fails.
pub fn add(tx: &Tx<'_>, account: AccountNo, key: &RestKeyRecord, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO rest_key (account_id, fingerprint, certificate, sealed_secret_key, vouched, vouched_by, created_at) \
             VALUES (:account, :fingerprint, :certificate, :sealed_secret_key, :vouched, :vouched_by, :now)",
        )?
        .execute(named_params! {
            ":account": account.0,
            ":fingerprint": key.fingerprint,
            ":certificate": key.certificate,
            ":sealed_secret_key": key.sealed_secret_key,
            ":vouched": key.vouched,
            ":vouched_by": key.vouched_by,
            ":now": now.0,
        })?;
    tx.publish(account, Change::Keys);
    Ok(())
}

/// The keys for an account's mail at rest, newest first.
///
/// # Errors
/// Where the store fails.
pub fn list(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<RestKeyRecord>, StoreError> {
    let sql = "SELECT fingerprint, certificate, sealed_secret_key, vouched, vouched_by FROM rest_key \
               WHERE account_id = :account ORDER BY id DESC";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let rows = statement.query_map(named_params! {":account": account.0}, |row| {
        Ok(RestKeyRecord {
            fingerprint: row.get(0)?,
            certificate: row.get(1)?,
            sealed_secret_key: row.get(2)?,
            vouched: row.get(3)?,
            vouched_by: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The certificate that mail of an account is sealed to when it comes: that of the newest key for it that the present one vouched
/// for, while every device can open it, else that of the present key itself.
///
/// # Errors
/// [`StoreError::NotFound`] where the account does not exist.
pub fn certificate(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<u8>, StoreError> {
    let sql = format!(
        "SELECT coalesce((SELECT r.certificate FROM rest_key AS r WHERE r.account_id = k.account_id \
             AND r.vouched_by = k.fingerprint AND {IN_USE} ORDER BY r.id DESC LIMIT 1), k.certificate) \
         FROM openpgp_key AS k WHERE k.account_id = :account AND k.retired_at IS NULL"
    );
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":account": account.0}, |row| row.get(0))?)
}

/// Whether the present key of an account vouched for one.
///
/// # Errors
/// Where the store fails.
pub fn exists(tx: &ReadTx<'_>, account: AccountNo) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rest_key AS r JOIN openpgp_key AS k \
               ON k.account_id = r.account_id AND k.fingerprint = r.vouched_by \
               WHERE r.account_id = :account AND k.retired_at IS NULL)";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":account": account.0}, |row| row.get(0))?)
}

/// Whether every device of an account can open what is sealed to such a key.
///
/// # Errors
/// Where the store fails.
pub fn all_can_open(tx: &ReadTx<'_>, account: AccountNo) -> Result<bool, StoreError> {
    let sql = format!("SELECT {IN_USE} FROM (SELECT :account AS account_id) AS k");
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":account": account.0}, |row| row.get(0))?)
}
