//! Certificates that an account's owner chose to use for people elsewhere, one for an address.

use rusqlite::{OptionalExtension, named_params};
use shared::api::{EmailAddress, Timestamp};

use super::{AccountNo, ReadTx, StoreError, Tx};

/// A certificate that was chosen for an address.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Binary transferable public key.
    pub certificate: Vec<u8>,
    /// When.
    pub kept_at: Timestamp,
}

/// What was chosen for an address (canonical); `None` where nothing was.
///
/// # Errors
/// Where the store fails.
pub fn of(tx: &ReadTx<'_>, account: AccountNo, address: &EmailAddress) -> Result<Option<Chosen>, StoreError> {
    let sql = "SELECT certificate, kept_at FROM correspondent WHERE account_id = :account AND address = :address";
    let params = named_params! {":account": account.0, ":address": address.as_str()};
    let chosen = tx
        .sql()
        .prepare_cached(sql)?
        .query_row(params, |row| Ok(Chosen { certificate: row.get(0)?, kept_at: Timestamp(row.get(1)?) }));
    Ok(chosen.optional()?)
}

/// For how many addresses one was chosen.
///
/// # Errors
/// Where the store fails.
pub fn count(tx: &ReadTx<'_>, account: AccountNo) -> Result<usize, StoreError> {
    let sql = "SELECT count(*) FROM correspondent WHERE account_id = :account";
    let count: i64 =
        tx.sql().prepare_cached(sql)?.query_row(named_params! {":account": account.0}, |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Keeps a certificate for an address (canonical), in the place of the one before.
///
/// # Errors
/// Where the store fails.
pub fn keep(
    tx: &Tx<'_>,
    account: AccountNo,
    address: &EmailAddress,
    certificate: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO correspondent (account_id, address, certificate, kept_at) \
               VALUES (:account, :address, :certificate, :now) \
               ON CONFLICT DO UPDATE SET certificate = excluded.certificate, kept_at = excluded.kept_at";
    tx.sql().prepare_cached(sql)?.execute(named_params! {
        ":account": account.0, ":address": address.as_str(), ":certificate": certificate, ":now": now.0,
    })?;
    Ok(())
}

/// Forgets the certificate of an address (canonical), if there is one.
///
/// # Errors
/// Where the store fails.
pub fn forget(tx: &Tx<'_>, account: AccountNo, address: &EmailAddress) -> Result<(), StoreError> {
    let sql = "DELETE FROM correspondent WHERE account_id = :account AND address = :address";
    tx.sql().prepare_cached(sql)?.execute(named_params! {":account": account.0, ":address": address.as_str()})?;
    Ok(())
}
