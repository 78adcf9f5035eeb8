//! Invitations: one-time links for new accounts, known by the hash of their token only.

use rusqlite::{OptionalExtension, Row, named_params};
use shared::api::{EmailAddress, Timestamp};

use super::accounts::address_column;
use super::{AccountNo, ReadTx, StoreError, Tx};

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRecord {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// The address that it was made out for; `None`: the guest chooses.
    pub address: Option<EmailAddress>,
    /// After this it is worth nothing.
    pub expires_at: Timestamp,
    /// Whether an account was made with it.
    pub used: bool,
}

fn record(row: &Row<'_>) -> rusqlite::Result<InvitationRecord> {
    let address = match row.get_ref(1)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(address_column(row, 1)?),
    };
    Ok(InvitationRecord {
        token_hash: row.get(0)?,
        address,
        expires_at: Timestamp(row.get(2)?),
        used: row.get::<_, Option<i64>>(3)?.is_some(),
    })
}

/// Stores an invitation.
///
/// # Errors
/// Where the store fails.
pub fn create(
    tx: &Tx<'_>,
    token_hash: [u8; 32],
    address: Option<&EmailAddress>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO invitation (token_hash, address, created_at, expires_at) \
             VALUES (:token_hash, :address, :now, :expires_at)",
        )?
        .execute(named_params! {
            ":token_hash": token_hash,
            ":address": address.map(EmailAddress::as_str),
            ":now": now.0,
            ":expires_at": expires_at.0,
        })?;
    Ok(())
}

/// The invitation of this token, used and expired ones too.
///
/// # Errors
/// Where the store fails.
pub fn find(tx: &ReadTx<'_>, token_hash: [u8; 32]) -> Result<Option<InvitationRecord>, StoreError> {
    let sql = "SELECT token_hash, address, expires_at, used_by FROM invitation WHERE token_hash = :token_hash";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":token_hash": token_hash}, record).optional()?)
}

/// Marks an invitation as used.
///
/// # Errors
/// [`StoreError::NotFound`] where it was used before, or never was one.
pub fn use_up(tx: &Tx<'_>, token_hash: [u8; 32], by: AccountNo) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached("UPDATE invitation SET used_by = :by WHERE token_hash = :token_hash AND used_by IS NULL")?
        .execute(named_params! {":by": by.0, ":token_hash": token_hash})?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Removes invitations that expired before `limit`; says how many.
///
/// # Errors
/// Where the store fails.
pub fn remove_expired(tx: &Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let sql = "DELETE FROM invitation WHERE expires_at < :limit";
    Ok(tx.sql().prepare_cached(sql)?.execute(named_params! {":limit": limit.0})?)
}
