//! Subscriptions: the names that an account's mail programs show (RFC 9051 §6.3.7). A name stays subscribed without a mailbox.

use std::collections::BTreeSet;

use rusqlite::named_params;

use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// All names that are subscribed.
///
/// # Errors
/// Where the store fails.
pub fn names(tx: &ReadTx<'_>, account: AccountNo) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = tx.sql().prepare_cached("SELECT name FROM subscription WHERE account_id = :account")?;
    let rows = statement.query_map(named_params! {":account": account.0}, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Subscribes a name.
///
/// # Errors
/// Where the store fails.
pub fn add(tx: &Tx<'_>, account: AccountNo, name: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO subscription (account_id, name) VALUES (:account, :name) ON CONFLICT DO NOTHING";
    if tx.sql().prepare_cached(sql)?.execute(named_params! {":account": account.0, ":name": name})? > 0 {
        tx.publish(account, Change::Mailboxes);
    }
    Ok(())
}

/// Takes a name out; answers whether it was in.
///
/// # Errors
/// Where the store fails.
pub fn remove(tx: &Tx<'_>, account: AccountNo, name: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM subscription WHERE account_id = :account AND name = :name";
    let was_in = tx.sql().prepare_cached(sql)?.execute(named_params! {":account": account.0, ":name": name})? > 0;
    if was_in {
        tx.publish(account, Change::Mailboxes);
    }
    Ok(was_in)
}
