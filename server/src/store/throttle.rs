//! Counters of failed tries, and the places from which accounts signed in before. What follows from them is decided in
//! `core::throttle`.

use rusqlite::{OptionalExtension, named_params};
use shared::api::Timestamp;

use super::{AccountNo, ReadTx, StoreError, Tx};

/// One counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counter {
    /// Failed tries.
    pub failures: u32,
    /// When the last of them was.
    pub last_at: Timestamp,
    /// Until when no further try is heard.
    pub blocked_until: Timestamp,
}

/// The counter of a subject; zeros where there is none.
///
/// # Errors
/// Where the store fails.
pub fn counter(tx: &ReadTx<'_>, scope: &str, subject: &str) -> Result<Counter, StoreError> {
    let sql = "SELECT failures, last_at, blocked_until FROM throttle WHERE scope = :scope AND subject = :subject";
    let found = tx.sql().prepare_cached(sql)?.query_row(named_params! {":scope": scope, ":subject": subject}, |row| {
        Ok(Counter { failures: row.get(0)?, last_at: Timestamp(row.get(1)?), blocked_until: Timestamp(row.get(2)?) })
    });
    Ok(found.optional()?.unwrap_or_default())
}

/// Sets the counter of a subject.
///
/// # Errors
/// Where the store fails.
pub fn set_counter(tx: &Tx<'_>, scope: &str, subject: &str, counter: Counter) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO throttle (scope, subject, failures, last_at, blocked_until) \
             VALUES (:scope, :subject, :failures, :last_at, :blocked_until) ON CONFLICT (scope, subject) DO UPDATE \
             SET failures = excluded.failures, last_at = excluded.last_at, blocked_until = excluded.blocked_until",
        )?
        .execute(named_params! {
            ":scope": scope,
            ":subject": subject,
            ":failures": counter.failures,
            ":last_at": counter.last_at.0,
            ":blocked_until": counter.blocked_until.0,
        })?;
    Ok(())
}

/// Forgets the counter of a subject.
///
/// # Errors
/// Where the store fails.
pub fn forget_counter(tx: &Tx<'_>, scope: &str, subject: &str) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("DELETE FROM throttle WHERE scope = :scope AND subject = :subject")?
        .execute(named_params! {":scope": scope, ":subject": subject})?;
    Ok(())
}

/// Whether the account signed in from this place since `since`.
///
/// # Errors
/// Where the store fails.
pub fn is_known(
    tx: &ReadTx<'_>,
    account: AccountNo,
    place_hash: [u8; 32],
    since: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM known_place \
               WHERE account_id = :account AND place_hash = :place AND last_at >= :since)";
    let params = named_params! {":account": account.0, ":place": place_hash, ":since": since.0};
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// Notes that the account signed in from this place.
///
/// # Errors
/// Where the store fails.
pub fn remember(tx: &Tx<'_>, account: AccountNo, place_hash: [u8; 32], now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO known_place (account_id, place_hash, last_at) VALUES (:account, :place, :now) \
             ON CONFLICT (account_id, place_hash) DO UPDATE SET last_at = excluded.last_at",
        )?
        .execute(named_params! {":account": account.0, ":place": place_hash, ":now": now.0})?;
    Ok(())
}

/// Forgets all places of an account.
///
/// # Errors
/// Where the store fails.
pub fn forget_places(tx: &Tx<'_>, account: AccountNo) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("DELETE FROM known_place WHERE account_id = :account")?
        .execute(named_params! {":account": account.0})?;
    Ok(())
}

/// Removes counters that were last raised before `counters`, unless they still block, and places last seen before `places`.
///
/// # Errors
/// Where the store fails.
pub fn remove_old(tx: &Tx<'_>, counters: Timestamp, places: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("DELETE FROM throttle WHERE last_at < :limit AND blocked_until < :limit")?
        .execute(named_params! {":limit": counters.0})?;
    tx.sql()
        .prepare_cached("DELETE FROM known_place WHERE last_at < :limit")?
        .execute(named_params! {":limit": places.0})?;
    Ok(())
}
