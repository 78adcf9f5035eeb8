//! The mailboxes of an account: their names, roles and counters.

use rusqlite::{OptionalExtension, Row, named_params};
use shared::api::mailbox::{MailboxId, MailboxRole};

use super::{AccountNo, Change, ReadTx, StoreError, Tx, subscriptions};

/// A mailbox with what IMAP and the page list of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailboxRecord {
    /// Its id.
    pub id: MailboxId,
    /// Full name, `/` between levels.
    pub name: String,
    /// What it is for.
    pub role: Option<MailboxRole>,
    /// Whether its name is in the short list of IMAP clients.
    pub subscribed: bool,
    /// RFC 9051 §2.3.1.1.
    pub uid_validity: u32,
    /// The UID that the next message will get.
    pub uid_next: u32,
    /// RFC 7162 §3.1.2.1.
    pub highest_modseq: u64,
    /// Messages in it.
    pub total: u32,
    /// Messages in it without `\Seen`.
    pub unseen: u32,
}

/// What [`named`] reads.
const COLUMNS: &str = "mailbox.id, name, role, \
     EXISTS (SELECT 1 FROM subscription AS listed WHERE listed.account_id = mailbox.account_id AND listed.name = mailbox.name), \
     uid_validity, uid_next, highest_modseq";
/// What [`record`] reads behind that.
const COUNTS: &str = "(SELECT count(*) FROM message WHERE mailbox_id = mailbox.id), \
     (SELECT count(*) FROM message WHERE mailbox_id = mailbox.id AND flags & 1 = 0)";

fn record(row: &Row<'_>) -> rusqlite::Result<MailboxRecord> {
    let role: Option<String> = row.get(2)?;
    Ok(MailboxRecord {
        id: MailboxId(row.get(0)?),
        name: row.get(1)?,
        role: role.as_deref().and_then(role_of),
        subscribed: row.get(3)?,
        uid_validity: row.get(4)?,
        uid_next: row.get(5)?,
        highest_modseq: row.get::<_, i64>(6)?.cast_unsigned(),
        total: row.get(7)?,
        unseen: row.get(8)?,
    })
}

fn role_of(text: &str) -> Option<MailboxRole> {
    MailboxRole::ALL.into_iter().find(|role| role_text(*role) == text)
}

fn role_text(role: MailboxRole) -> &'static str {
    match role {
        MailboxRole::Inbox => "inbox",
        MailboxRole::Drafts => "drafts",
        MailboxRole::Sent => "sent",
        MailboxRole::Archive => "archive",
        MailboxRole::Junk => "junk",
        MailboxRole::Trash => "trash",
    }
}

/// All mailboxes: those with a role first, in its order, then by name.
///
/// # Errors
/// Where the store fails.
pub fn list(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<MailboxRecord>, StoreError> {
    let mut statement = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}, {COUNTS} FROM mailbox WHERE account_id = :account ORDER BY name"
    ))?;
    let rows = statement.query_map(named_params! {":account": account.0}, record)?;
    let mut found = rows.collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|mailbox| (mailbox.role.is_none(), mailbox.role));
    Ok(found)
}

/// A mailbox without its counters, which take time in proportion to what is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedMailbox {
    /// Its id.
    pub id: MailboxId,
    /// Full name, `/` between levels.
    pub name: String,
    /// What it is for.
    pub role: Option<MailboxRole>,
    /// Whether its name is in the short list of IMAP clients.
    pub subscribed: bool,
    /// RFC 9051 §2.3.1.1.
    pub uid_validity: u32,
    /// The UID that the next message will get.
    pub uid_next: u32,
    /// RFC 7162 §3.1.2.1.
    pub highest_modseq: u64,
}

fn named(row: &Row<'_>) -> rusqlite::Result<NamedMailbox> {
    let role: Option<String> = row.get(2)?;
    Ok(NamedMailbox {
        id: MailboxId(row.get(0)?),
        name: row.get(1)?,
        role: role.as_deref().and_then(role_of),
        subscribed: row.get(3)?,
        uid_validity: row.get(4)?,
        uid_next: row.get(5)?,
        highest_modseq: row.get::<_, i64>(6)?.cast_unsigned(),
    })
}

/// All mailboxes by name, without the counting that [`list`] does.
///
/// # Errors
/// Where the store fails.
pub fn names(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<NamedMailbox>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mailbox WHERE account_id = :account ORDER BY name");
    let mut statement = tx.sql().prepare_cached(&sql)?;
    let rows = statement.query_map(named_params! {":account": account.0}, named)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One mailbox of the account, counted.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has none of this id.
pub fn counted(tx: &ReadTx<'_>, account: AccountNo, id: MailboxId) -> Result<MailboxRecord, StoreError> {
    let sql = format!("SELECT {COLUMNS}, {COUNTS} FROM mailbox WHERE account_id = :account AND id = :id");
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":account": account.0, ":id": id.0}, record)?)
}

/// One mailbox of the account.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has none of this id.
pub fn get(tx: &ReadTx<'_>, account: AccountNo, id: MailboxId) -> Result<NamedMailbox, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mailbox WHERE account_id = :account AND id = :id");
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":account": account.0, ":id": id.0}, named)?)
}

/// The mailbox of this exact name.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub fn by_name(tx: &ReadTx<'_>, account: AccountNo, name: &str) -> Result<NamedMailbox, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mailbox WHERE account_id = :account AND name = :name");
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":account": account.0, ":name": name}, named)?)
}

/// The mailbox that has this role; every account has one.
///
/// # Errors
/// [`StoreError::NotFound`] where the account does not exist.
pub fn by_role(tx: &ReadTx<'_>, account: AccountNo, role: MailboxRole) -> Result<NamedMailbox, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mailbox WHERE account_id = :account AND role = :role");
    let params = named_params! {":account": account.0, ":role": role_text(role)};
    Ok(tx.sql().prepare_cached(&sql)?.query_row(params, named)?)
}

/// Makes a mailbox. UIDVALIDITY is the row's id, which is never given twice.
///
/// # Errors
/// [`StoreError::Exists`] where the account has one of this name or role.
pub fn create(tx: &Tx<'_>, account: AccountNo, name: &str, role: Option<MailboxRole>) -> Result<MailboxId, StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO mailbox (account_id, name, role, uid_validity, uid_next, highest_modseq) \
             VALUES (:account, :name, :role, 0, 1, 1)",
        )?
        .execute(named_params! {":account": account.0, ":name": name, ":role": role.map(role_text)})?;
    let id = tx.sql().last_insert_rowid();
    tx.sql()
        .prepare_cached("UPDATE mailbox SET uid_validity = id WHERE id = :id")?
        .execute(named_params! {":id": id})?;
    tx.publish(account, Change::Mailboxes);
    Ok(MailboxId(id))
}

/// Gives an account the mailboxes that everybody has, and that every mail program shows.
///
/// # Errors
/// [`StoreError::Exists`] where it has them already.
pub fn create_all_roles(tx: &Tx<'_>, account: AccountNo) -> Result<(), StoreError> {
    MailboxRole::ALL.into_iter().try_for_each(|role| {
        create(tx, account, role.name(), Some(role))?;
        subscriptions::add(tx, account, role.name())
    })
}

/// Gives a mailbox another name.
///
/// # Errors
/// [`StoreError::Exists`] where the name is taken, [`StoreError::NotFound`] where there is no such mailbox.
pub fn rename(tx: &Tx<'_>, account: AccountNo, id: MailboxId, name: &str) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached("UPDATE mailbox SET name = :name WHERE account_id = :account AND id = :id")?
        .execute(named_params! {":name": name, ":account": account.0, ":id": id.0})?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    tx.publish(account, Change::Mailboxes);
    Ok(())
}

/// Removes a mailbox and every message in it.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such mailbox.
pub fn delete(tx: &Tx<'_>, account: AccountNo, id: MailboxId) -> Result<(), StoreError> {
    get(tx, account, id)?;
    tx.sql().prepare_cached("DELETE FROM message WHERE mailbox_id = :id")?.execute(named_params! {":id": id.0})?;
    tx.sql().prepare_cached("DELETE FROM mailbox WHERE id = :id")?.execute(named_params! {":id": id.0})?;
    tx.publish(account, Change::Mailboxes);
    Ok(())
}

/// How far a mailbox has come: the UID that comes next, and the highest MODSEQ.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has none of this id.
pub fn mark(tx: &ReadTx<'_>, account: AccountNo, id: MailboxId) -> Result<(u32, u64), StoreError> {
    let sql = "SELECT uid_next, highest_modseq FROM mailbox WHERE account_id = :account AND id = :id";
    let params = named_params! {":account": account.0, ":id": id.0};
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()));
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, read)?)
}

/// The UID from which on messages are `\Recent`, as far as that has come to the disk ([`super::RecentMarks`]).
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such mailbox.
pub fn recent_uid(tx: &ReadTx<'_>, id: MailboxId) -> Result<u32, StoreError> {
    let sql = "SELECT recent_uid FROM mailbox WHERE id = :id";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":id": id.0}, |row| row.get(0))?)
}

/// Whose mailbox this is.
pub(super) fn owner(tx: &ReadTx<'_>, id: MailboxId) -> Result<AccountNo, StoreError> {
    let found = tx
        .sql()
        .prepare_cached("SELECT account_id FROM mailbox WHERE id = :id")?
        .query_row(named_params! {":id": id.0}, |row| row.get(0))
        .optional()?;
    found.map(AccountNo).ok_or(StoreError::NotFound)
}

/// The next UID of the mailbox, taken; and kept, what sessions were told of until now.
pub(super) fn take_uid(tx: &Tx<'_>, id: MailboxId) -> Result<u32, StoreError> {
    let sql = "UPDATE mailbox SET uid_next = uid_next + 1, recent_uid = max(recent_uid, :told) WHERE id = :id \
               RETURNING uid_next - 1";
    let params = named_params! {":id": id.0, ":told": tx.recent().first(id, 0)};
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// The next MODSEQ of the mailbox, taken.
pub(super) fn take_modseq(tx: &Tx<'_>, id: MailboxId) -> Result<i64, StoreError> {
    let sql = "UPDATE mailbox SET highest_modseq = highest_modseq + 1 WHERE id = :id RETURNING highest_modseq";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":id": id.0}, |row| row.get(0))?)
}
