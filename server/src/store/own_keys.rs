//! The OpenPGP keys of accounts.
//!
//! Invariants: a sealed secret key and what withdraws it are written once and never changed or removed; an account has one key
//! that is published and sealed to.

use rusqlite::named_params;
use shared::api::Timestamp;

use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// An OpenPGP key that belongs to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The fingerprint of its primary key.
    pub fingerprint: Vec<u8>,
    /// The certificate (binary transferable public key).
    pub certificate: Vec<u8>,
    /// The secret key, sealed under the account key.
    pub sealed_secret_key: Vec<u8>,
    /// The signature that withdraws it, sealed under the account key; `None` where none was made.
    pub sealed_revocation: Option<Vec<u8>>,
}

/// Gives an account a key that it did not have. One that is not retired becomes the one that is published and sealed to; the one
/// before is retired and stays able to open.
///
/// # Errors
/// Where the store fails.
pub fn add(tx: &Tx<'_>, account: AccountNo, key: &KeyRecord, retired: bool, now: Timestamp) -> Result<(), StoreError> {
    if !retired {
        retire_current(tx, account, now)?;
    }
    tx.sql()
        .prepare_cached(
            "INSERT INTO openpgp_key (account_id, fingerprint, certificate, sealed_secret_key, sealed_revocation, created_at, \
             retired_at) VALUES (:account, :fingerprint, :certificate, :sealed_secret_key, :sealed_revocation, :now, :retired)",
        )?
        .execute(named_params! {
            ":account": account.0,
            ":fingerprint": key.fingerprint,
            ":certificate": key.certificate,
            ":sealed_secret_key": key.sealed_secret_key,
            ":sealed_revocation": key.sealed_revocation,
            ":now": now.0,
            ":retired": retired.then_some(now.0),
        })?;
    tx.publish(account, Change::Keys);
    Ok(())
}

/// Makes a key that an account has the one that is published and sealed to.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such key.
pub fn make_current(tx: &Tx<'_>, account: AccountNo, fingerprint: &[u8], now: Timestamp) -> Result<(), StoreError> {
    retire_current(tx, account, now)?;
    let sql = "UPDATE openpgp_key SET retired_at = NULL WHERE account_id = :account AND fingerprint = :fingerprint";
    let params = named_params! {":account": account.0, ":fingerprint": fingerprint};
    one(tx.sql().prepare_cached(sql)?.execute(params)?)?;
    tx.publish(account, Change::Keys);
    Ok(())
}

/// Writes down what the certificate of a key says now.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such key.
pub fn set_certificate(
    tx: &Tx<'_>,
    account: AccountNo,
    fingerprint: &[u8],
    certificate: &[u8],
) -> Result<(), StoreError> {
    let sql =
        "UPDATE openpgp_key SET certificate = :certificate WHERE account_id = :account AND fingerprint = :fingerprint";
    let params = named_params! {":account": account.0, ":fingerprint": fingerprint, ":certificate": certificate};
    one(tx.sql().prepare_cached(sql)?.execute(params)?)?;
    tx.publish(account, Change::Keys);
    Ok(())
}

/// Keeps what withdraws a key, where there is none yet.
///
/// # Errors
/// Where the store fails.
pub fn keep_revocation(tx: &Tx<'_>, account: AccountNo, fingerprint: &[u8], sealed: &[u8]) -> Result<(), StoreError> {
    let sql = "UPDATE openpgp_key SET sealed_revocation = :sealed \
               WHERE account_id = :account AND fingerprint = :fingerprint AND sealed_revocation IS NULL";
    let params = named_params! {":account": account.0, ":fingerprint": fingerprint, ":sealed": sealed};
    if tx.sql().prepare_cached(sql)?.execute(params)? > 0 {
        tx.publish(account, Change::Keys);
    }
    Ok(())
}

/// The keys of an account, the one that is published and sealed to first, then the retired ones, newest first.
///
/// # Errors
/// Where the store fails.
pub fn list(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<KeyRecord>, StoreError> {
    let sql = "SELECT fingerprint, certificate, sealed_secret_key, sealed_revocation FROM openpgp_key \
               WHERE account_id = :account ORDER BY retired_at IS NOT NULL, id DESC";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let rows = statement.query_map(named_params! {":account": account.0}, |row| {
        Ok(KeyRecord {
            fingerprint: row.get(0)?,
            certificate: row.get(1)?,
            sealed_secret_key: row.get(2)?,
            sealed_revocation: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The certificate that is published for an account and that mail for it is sealed to.
///
/// # Errors
/// [`StoreError::NotFound`] where the account does not exist.
pub fn certificate(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT certificate FROM openpgp_key WHERE account_id = :account AND retired_at IS NULL";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":account": account.0}, |row| row.get(0))?)
}

fn retire_current(tx: &Tx<'_>, account: AccountNo, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("UPDATE openpgp_key SET retired_at = :now WHERE account_id = :account AND retired_at IS NULL")?
        .execute(named_params! {":now": now.0, ":account": account.0})?;
    Ok(())
}

fn one(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
