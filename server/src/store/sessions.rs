//! Sessions of browsers, known by the hash of their token only.

use rusqlite::{OptionalExtension, named_params};
use shared::api::Timestamp;

use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Whose.
    pub account: AccountNo,
    /// The box's half of "reload without asking".
    pub tab_share: Vec<u8>,
    /// When it was last used, as far as it was noted.
    pub last_used_at: Timestamp,
    /// Whether the account may not sign in any more.
    pub disabled: bool,
}

/// What a new session is stored with.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// The box's half of "reload without asking".
    pub tab_share: [u8; 32],
    /// What the browser calls itself.
    pub user_agent: String,
    /// Now.
    pub created_at: Timestamp,
}

/// Stores a session.
///
/// # Errors
/// Where the store fails.
pub fn create(tx: &Tx<'_>, account: AccountNo, new: &NewSession) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO session (token_hash, account_id, tab_share, user_agent, created_at, last_used_at) \
             VALUES (:token_hash, :account, :tab_share, :user_agent, :now, :now)",
        )?
        .execute(named_params! {
            ":token_hash": new.token_hash,
            ":account": account.0,
            ":tab_share": new.tab_share,
            ":user_agent": new.user_agent,
            ":now": new.created_at.0,
        })?;
    Ok(())
}

/// The session of this token, if it was used since `alive_since`.
///
/// # Errors
/// Where the store fails.
pub fn find(
    tx: &ReadTx<'_>,
    token_hash: [u8; 32],
    alive_since: Timestamp,
) -> Result<Option<SessionRecord>, StoreError> {
    let sql = "SELECT account_id, tab_share, last_used_at, disabled_at FROM session \
               JOIN account ON account.id = account_id \
               WHERE token_hash = :token_hash AND last_used_at >= :alive_since";
    let params = named_params! {":token_hash": token_hash, ":alive_since": alive_since.0};
    let found = tx.sql().prepare_cached(sql)?.query_row(params, |row| {
        Ok(SessionRecord {
            account: AccountNo(row.get(0)?),
            tab_share: row.get(1)?,
            last_used_at: Timestamp(row.get(2)?),
            disabled: row.get::<_, Option<i64>>(3)?.is_some(),
        })
    });
    Ok(found.optional()?)
}

/// Notes that a session is being used.
///
/// # Errors
/// Where the store fails.
pub fn touch(tx: &Tx<'_>, token_hash: [u8; 32], now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("UPDATE session SET last_used_at = :now WHERE token_hash = :token_hash")?
        .execute(named_params! {":now": now.0, ":token_hash": token_hash})?;
    Ok(())
}

/// Ends a session, if it exists.
///
/// # Errors
/// Where the store fails.
pub fn end(tx: &Tx<'_>, token_hash: [u8; 32]) -> Result<(), StoreError> {
    let sql = "DELETE FROM session WHERE token_hash = :token_hash RETURNING account_id";
    let params = named_params! {":token_hash": token_hash};
    let ended = tx.sql().prepare_cached(sql)?.query_row(params, |row| row.get(0).map(AccountNo)).optional()?;
    if let Some(account) = ended {
        tx.publish(account, Change::Access);
    }
    Ok(())
}

/// Ends all sessions of an account.
///
/// # Errors
/// Where the store fails.
pub fn end_all(tx: &Tx<'_>, account: AccountNo) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("DELETE FROM session WHERE account_id = :account")?
        .execute(named_params! {":account": account.0})?;
    tx.publish(account, Change::Access);
    Ok(())
}

/// Ends all sessions of an account but this one.
///
/// # Errors
/// Where the store fails.
pub fn end_others(tx: &Tx<'_>, account: AccountNo, token_hash: [u8; 32]) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("DELETE FROM session WHERE account_id = :account AND token_hash <> :token_hash")?
        .execute(named_params! {":account": account.0, ":token_hash": token_hash})?;
    tx.publish(account, Change::Access);
    Ok(())
}

/// Removes sessions that were last used before `limit`; says how many.
///
/// # Errors
/// Where the store fails.
pub fn remove_unused(tx: &Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let sql = "DELETE FROM session WHERE last_used_at < :limit";
    Ok(tx.sql().prepare_cached(sql)?.execute(named_params! {":limit": limit.0})?)
}
