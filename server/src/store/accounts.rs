//! Accounts and their addresses.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, named_params};
use shared::api::account::{AccountId, Language};
use shared::api::{EmailAddress, Timestamp};

use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// What a new account is stored with.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its public name.
    pub public_id: AccountId,
    /// Its first address, canonical.
    pub address: EmailAddress,
    /// The person's name; may be empty.
    pub display_name: String,
    /// The person's language.
    pub language: Language,
    /// What opens it.
    pub credentials: Credentials,
    /// Now.
    pub created_at: Timestamp,
}

/// What opens an account; all of it is useless without the passphrase or the recovery code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// OPAQUE's registration record, as `shared::vault::opaque::Record` writes it.
    pub opaque_record: Vec<u8>,
    /// The account key under the passphrase's key.
    pub passphrase_wrap: Vec<u8>,
    /// The account key under the recovery code's key.
    pub recovery_wrap: Vec<u8>,
    /// SHA-256 of what a recovery must show.
    pub recovery_proof_hash: [u8; 32],
}

/// An account as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// The box's own number for it.
    pub number: AccountNo,
    /// Its public name.
    pub public_id: AccountId,
    /// Its first address, canonical.
    pub address: EmailAddress,
    /// The person's name; may be empty.
    pub display_name: String,
    /// The person's language.
    pub language: Language,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it may not sign in.
    pub disabled_at: Option<Timestamp>,
}

const COLUMNS: &str = "account.id, public_id, address, display_name, language, created_at, disabled_at";
const FROM: &str = "account JOIN address ON address.account_id = account.id AND is_primary = 1";

fn record(row: &Row<'_>) -> rusqlite::Result<AccountRecord> {
    let language: String = row.get(4)?;
    Ok(AccountRecord {
        number: AccountNo(row.get(0)?),
        public_id: AccountId(row.get(1)?),
        address: address_column(row, 2)?,
        display_name: row.get(3)?,
        language: if language == "en" { Language::En } else { Language::Fr },
        created_at: Timestamp(row.get(5)?),
        disabled_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
    })
}

/// An address as it was stored; the store holds no other.
pub(super) fn address_column(row: &Row<'_>, index: usize) -> rusqlite::Result<EmailAddress> {
    let text: String = row.get(index)?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error)))
}

/// Makes an account with its first address.
///
/// # Errors
/// [`StoreError::Exists`] where the address or the public id is taken.
pub fn create(tx: &Tx<'_>, new: &NewAccount) -> Result<AccountNo, StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO account (public_id, display_name, language, opaque_record, passphrase_wrap, recovery_wrap, \
             recovery_proof_hash, created_at) VALUES (:public_id, :display_name, :language, :opaque_record, \
             :passphrase_wrap, :recovery_wrap, :recovery_proof_hash, :created_at)",
        )?
        .execute(named_params! {
            ":public_id": new.public_id.0,
            ":display_name": new.display_name,
            ":language": language_text(new.language),
            ":opaque_record": new.credentials.opaque_record,
            ":passphrase_wrap": new.credentials.passphrase_wrap,
            ":recovery_wrap": new.credentials.recovery_wrap,
            ":recovery_proof_hash": new.credentials.recovery_proof_hash,
            ":created_at": new.created_at.0,
        })?;
    let account = AccountNo(tx.sql().last_insert_rowid());
    tx.sql()
        .prepare_cached("INSERT INTO address (address, account_id, is_primary) VALUES (:address, :account, 1)")?
        .execute(named_params! {":address": new.address.as_str(), ":account": account.0})?;
    Ok(account)
}

fn language_text(language: Language) -> &'static str {
    match language {
        Language::Fr => "fr",
        Language::En => "en",
    }
}

/// One account.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none of this number.
pub fn get(tx: &ReadTx<'_>, account: AccountNo) -> Result<AccountRecord, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE account.id = :account");
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":account": account.0}, record)?)
}

/// The account that has this address, given in its canonical form.
///
/// # Errors
/// Where the store fails.
pub fn by_address(tx: &ReadTx<'_>, address: &EmailAddress) -> Result<Option<AccountNo>, StoreError> {
    let sql = "SELECT account_id FROM address WHERE address = :address";
    let params = named_params! {":address": address.as_str()};
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, |row| row.get(0).map(AccountNo)).optional()?)
}

/// All addresses of an account, its first one first.
///
/// # Errors
/// Where the store fails.
pub fn addresses(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<EmailAddress>, StoreError> {
    let sql = "SELECT address FROM address WHERE account_id = :account ORDER BY is_primary DESC, address";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let rows = statement.query_map(named_params! {":account": account.0}, |row| address_column(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All accounts in the order in which they were made.
///
/// # Errors
/// Where the store fails.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<AccountRecord>, StoreError> {
    let mut statement = tx.sql().prepare_cached(&format!("SELECT {COLUMNS} FROM {FROM} ORDER BY account.id"))?;
    let rows = statement.query_map([], record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The account that was made first, the box's owner's; `None` on a new box.
///
/// # Errors
/// Where the store fails.
pub fn first(tx: &ReadTx<'_>) -> Result<Option<AccountNo>, StoreError> {
    let sql = "SELECT min(id) FROM account";
    let found: Option<i64> = tx.sql().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(found.map(AccountNo))
}

/// Lets an account sign in or not; who listens for it is told to look again.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn set_disabled(tx: &Tx<'_>, account: AccountNo, since: Option<Timestamp>) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached("UPDATE account SET disabled_at = :since WHERE id = :account")?
        .execute(named_params! {":since": since.map(|since| since.0), ":account": account.0})?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    tx.publish(account, Change::Access);
    Ok(())
}

/// Chooses the language of an account.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn set_language(tx: &Tx<'_>, account: AccountNo, language: Language) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached("UPDATE account SET language = :language WHERE id = :account")?
        .execute(named_params! {":language": language_text(language), ":account": account.0})?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Gives the owner of an account another name; the mailboxes that are open hear of it.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn set_display_name(tx: &Tx<'_>, account: AccountNo, name: &str) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached("UPDATE account SET display_name = :name WHERE id = :account")?
        .execute(named_params! {":name": name, ":account": account.0})?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    tx.publish(account, Change::Keys);
    Ok(())
}

/// The host of the key server that the owner of an account agreed to have asked; `None` where they agreed to none.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn key_server(tx: &ReadTx<'_>, account: AccountNo) -> Result<Option<String>, StoreError> {
    let sql = "SELECT key_server FROM account WHERE id = :account";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":account": account.0}, |row| row.get(0))?)
}

/// Notes which key server the owner of an account agrees to have asked, by its host; the mailboxes that are open hear of it.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn set_key_server(tx: &Tx<'_>, account: AccountNo, host: Option<&str>) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached("UPDATE account SET key_server = :host WHERE id = :account")?
        .execute(named_params! {":host": host, ":account": account.0})?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    tx.publish(account, Change::Keys);
    Ok(())
}

/// What opens the account.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn credentials(tx: &ReadTx<'_>, account: AccountNo) -> Result<Credentials, StoreError> {
    let sql = "SELECT opaque_record, passphrase_wrap, recovery_wrap, recovery_proof_hash FROM account WHERE id = :id";
    let read = |row: &Row<'_>| {
        Ok(Credentials {
            opaque_record: row.get(0)?,
            passphrase_wrap: row.get(1)?,
            recovery_wrap: row.get(2)?,
            recovery_proof_hash: row.get(3)?,
        })
    };
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":id": account.0}, read)?)
}

/// Puts another passphrase in the place of an account's: its record, and the account key under its key.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn replace_passphrase(tx: &Tx<'_>, account: AccountNo, record: &[u8], wrap: &[u8]) -> Result<(), StoreError> {
    let sql = "UPDATE account SET opaque_record = :record, passphrase_wrap = :wrap WHERE id = :account";
    let params = named_params! {":record": record, ":wrap": wrap, ":account": account.0};
    let changed = tx.sql().prepare_cached(sql)?.execute(params)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Puts another recovery code in the place of an account's: the account key under its key, and the hash of its proof.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub fn replace_recovery_code(
    tx: &Tx<'_>,
    account: AccountNo,
    wrap: &[u8],
    proof_hash: &[u8; 32],
) -> Result<(), StoreError> {
    let sql = "UPDATE account SET recovery_wrap = :wrap, recovery_proof_hash = :proof_hash WHERE id = :account";
    let params = named_params! {":wrap": wrap, ":proof_hash": proof_hash, ":account": account.0};
    let changed = tx.sql().prepare_cached(sql)?.execute(params)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
