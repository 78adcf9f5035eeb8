//! What an account remembers of the certificates of others: one sealed object.

use rusqlite::{OptionalExtension, named_params};

use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// The generation of the object and the object itself; `None` where there is none yet.
///
/// # Errors
/// Where the store fails.
pub fn get(tx: &ReadTx<'_>, account: AccountNo) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    let sql = "SELECT generation, sealed FROM people WHERE account_id = :account";
    let params = named_params! {":account": account.0};
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
    let found = tx.sql().prepare_cached(sql)?.query_row(params, row).optional()?;
    Ok(found.map(|(generation, sealed)| (u64::try_from(generation).unwrap_or(0), sealed)))
}

/// Puts an object of a generation in the place of the one before.
///
/// # Errors
/// Where the store fails.
pub fn put(tx: &Tx<'_>, account: AccountNo, generation: u64, sealed: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO people (account_id, generation, sealed) VALUES (:account, :generation, :sealed) \
               ON CONFLICT DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed";
    let number = i64::try_from(generation).unwrap_or(i64::MAX);
    let params = named_params! {":account": account.0, ":generation": number, ":sealed": sealed};
    tx.sql().prepare_cached(sql)?.execute(params)?;
    tx.publish(account, Change::People { generation });
    Ok(())
}
