//! Passwords of mail programs, known by a hash of what is derived from them.

use rusqlite::{Row, named_params};
use shared::api::Timestamp;
use shared::api::device::{Device, DeviceId};

use super::{AccountNo, Change, ReadTx, StoreError, Tx, rest_keys};

const COLUMNS: &str = "id, name, created_at, last_used_at, open_wrap IS NOT NULL";

fn record(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: DeviceId(row.get(0)?),
        name: row.get(1)?,
        created_at: Timestamp(row.get(2)?),
        last_used_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
        opened: row.get(4)?,
    })
}

/// What is kept of a new device's password.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// The name that its owner gave it.
    pub name: String,
    /// SHA-256 of what signs it in.
    pub auth_hash: [u8; 32],
    /// The key of the OpenPGP secret keys, wrapped with it; `None`: mail stays sealed for it.
    pub open_wrap: Option<Vec<u8>>,
}

/// Stores a device.
///
/// # Errors
/// Where the store fails.
pub fn create(tx: &Tx<'_>, account: AccountNo, new: &NewDevice, now: Timestamp) -> Result<Device, StoreError> {
    let sql = format!(
        "INSERT INTO device (account_id, name, auth_hash, created_at, open_wrap) \
         VALUES (:account, :name, :auth_hash, :now, :open_wrap) RETURNING {COLUMNS}"
    );
    let params = named_params! {
        ":account": account.0, ":name": new.name, ":auth_hash": new.auth_hash, ":now": now.0, ":open_wrap": new.open_wrap,
    };
    let before = rest_keys::all_can_open(tx, account)?;
    let device = tx.sql().prepare_cached(&sql)?.query_row(params, record)?;
    tell_if_changed(tx, account, before)?;
    Ok(device)
}

/// Tells who seals for an account where that has become another key.
fn tell_if_changed(tx: &Tx<'_>, account: AccountNo, before: bool) -> Result<(), StoreError> {
    if rest_keys::all_can_open(tx, account)? != before {
        tx.publish(account, Change::AtRest);
    }
    Ok(())
}

/// The devices that may sign in, newest first.
///
/// # Errors
/// Where the store fails.
pub fn list(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<Device>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM device WHERE account_id = :account AND revoked_at IS NULL ORDER BY id DESC");
    let mut statement = tx.sql().prepare_cached(&sql)?;
    let rows = statement.query_map(named_params! {":account": account.0}, record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The devices that may sign in, with the hash that a password must give.
///
/// # Errors
/// Where the store fails.
pub fn auth_hashes(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<(Device, [u8; 32])>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, auth_hash FROM device WHERE account_id = :account AND revoked_at IS NULL");
    let mut statement = tx.sql().prepare_cached(&sql)?;
    let rows = statement.query_map(named_params! {":account": account.0}, |row| Ok((record(row)?, row.get(5)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a device left wrapped with its password; `None` where mail stays sealed for it.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such device.
pub fn open_wrap(tx: &ReadTx<'_>, id: DeviceId) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT open_wrap FROM device WHERE id = :id";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":id": id.0}, |row| row.get(0))?)
}

/// Whether a device may still sign in: what its connections ask when access has changed, and when it hands mail in.
///
/// # Errors
/// Where the store fails.
pub fn is_good(tx: &ReadTx<'_>, account: AccountNo, id: DeviceId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM device JOIN account ON account.id = account_id \
               WHERE device.id = :id AND account_id = :account AND revoked_at IS NULL AND disabled_at IS NULL)";
    let params = named_params! {":id": id.0, ":account": account.0};
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// Notes that a device signed in.
///
/// # Errors
/// Where the store fails.
pub fn touch(tx: &Tx<'_>, id: DeviceId, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("UPDATE device SET last_used_at = :now WHERE id = :id")?
        .execute(named_params! {":now": now.0, ":id": id.0})?;
    Ok(())
}

/// Revokes a device's password, and overwrites what was wrapped with it; who listens for the account is told to look again.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such device.
pub fn revoke(tx: &Tx<'_>, account: AccountNo, id: DeviceId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE device SET revoked_at = :now, open_wrap = NULL \
               WHERE id = :id AND account_id = :account AND revoked_at IS NULL";
    let before = rest_keys::all_can_open(tx, account)?;
    let changed =
        tx.sql().prepare_cached(sql)?.execute(named_params! {":now": now.0, ":id": id.0, ":account": account.0})?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    tx.publish(account, Change::Access);
    tell_if_changed(tx, account, before)
}
