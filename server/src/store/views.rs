//! A mailbox as an IMAP session looks at it: UIDs in their order, messages by UID, and what SELECT and STATUS tell.

use rusqlite::{Connection, named_params};
use shared::api::mailbox::MailboxId;

use super::flags::{FlagBits, Keywords};
use super::messages::{COLUMNS, MessageRecord, record};
use super::{AccountNo, ReadTx, StoreError};

/// All UIDs of a mailbox, rising. Empty where there is no such mailbox: who asks has looked that up.
///
/// # Errors
/// Where the store fails.
pub fn uids(tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<Vec<u32>, StoreError> {
    column(tx.sql(), "SELECT uid FROM message WHERE mailbox_id = :mailbox ORDER BY uid", mailbox)
}

/// The messages of a mailbox that have these UIDs, which must rise; in the same order. Those that are gone are passed over.
///
/// # Errors
/// Where the store fails.
pub fn by_uids(tx: &ReadTx<'_>, mailbox: MailboxId, uids: &[u32]) -> Result<Vec<MessageRecord>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM message JOIN body ON body.id = body_id \
         WHERE message.mailbox_id = :mailbox AND uid BETWEEN :first AND :last ORDER BY uid"
    );
    let mut statement = tx.sql().prepare_cached(&sql)?;
    let mut found = Vec::with_capacity(uids.len());
    for run in uids.chunk_by(|one, next| one.checked_add(1) == Some(*next)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let params = named_params! {":mailbox": mailbox.0, ":first": first, ":last": last};
        for message in statement.query_map(params, record)? {
            found.push(message?);
        }
    }
    Ok(found)
}

/// The UID of the first message without `\Seen`.
///
/// # Errors
/// Where the store fails.
pub fn first_unseen(tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<Option<u32>, StoreError> {
    let sql = "SELECT min(uid) FROM message WHERE mailbox_id = :mailbox AND flags & 1 = 0";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":mailbox": mailbox.0}, |row| row.get(0))?)
}

/// The UIDs of the messages without `\Seen`, rising.
///
/// # Errors
/// Where the store fails.
pub fn unseen(tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<Vec<u32>, StoreError> {
    column(tx.sql(), "SELECT uid FROM message WHERE mailbox_id = :mailbox AND flags & 1 = 0 ORDER BY uid", mailbox)
}

/// How many messages have this UID or a higher one.
///
/// # Errors
/// Where the store fails.
pub fn count_from(tx: &ReadTx<'_>, mailbox: MailboxId, first: u32) -> Result<u32, StoreError> {
    let sql = "SELECT count(*) FROM message WHERE mailbox_id = :mailbox AND uid >= :first";
    let params = named_params! {":mailbox": mailbox.0, ":first": first};
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
}

/// The UIDs of the messages with `\Deleted`, rising.
///
/// # Errors
/// Where the store fails.
pub fn deleted(tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<Vec<u32>, StoreError> {
    const { assert!(FlagBits::DELETED.0 == 8, "the schema's index of deleted messages counts on this bit") };
    column(tx.sql(), "SELECT uid FROM message WHERE mailbox_id = :mailbox AND flags & 8 <> 0 ORDER BY uid", mailbox)
}

/// The UIDs of the messages that came or changed after `modseq`, rising.
///
/// # Errors
/// Where the store fails.
pub fn changed_since(tx: &ReadTx<'_>, mailbox: MailboxId, modseq: u64) -> Result<Vec<u32>, StoreError> {
    since(tx, "SELECT uid FROM message WHERE mailbox_id = :mailbox AND modseq > :modseq ORDER BY uid", mailbox, modseq)
}

/// The UIDs that left after `modseq`, rising. They are remembered for as long as there is the mailbox.
///
/// # Errors
/// Where the store fails.
pub fn gone_since(tx: &ReadTx<'_>, mailbox: MailboxId, modseq: u64) -> Result<Vec<u32>, StoreError> {
    since(tx, "SELECT uid FROM expunged WHERE mailbox_id = :mailbox AND modseq > :modseq ORDER BY uid", mailbox, modseq)
}

fn since(tx: &ReadTx<'_>, query: &str, mailbox: MailboxId, modseq: u64) -> Result<Vec<u32>, StoreError> {
    let mut statement = tx.sql().prepare_cached(query)?;
    let params = named_params! {":mailbox": mailbox.0, ":modseq": modseq.cast_signed()};
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The highest MODSEQ of the messages with these UIDs, which must rise; `None` where there are none such.
///
/// # Errors
/// Where the store fails.
pub fn highest_modseq(tx: &ReadTx<'_>, mailbox: MailboxId, uids: &[u32]) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT max(modseq) FROM message WHERE mailbox_id = :mailbox AND uid BETWEEN :first AND :last";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let mut highest: Option<i64> = None;
    for run in uids.chunk_by(|one, next| one.checked_add(1) == Some(*next)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let params = named_params! {":mailbox": mailbox.0, ":first": first, ":last": last};
        highest = highest.max(statement.query_row(params, |row| row.get(0))?);
    }
    Ok(highest.map(i64::cast_unsigned))
}

/// The keywords that messages of the mailbox have.
///
/// # Errors
/// Where the store fails.
pub fn keywords(tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<Keywords, StoreError> {
    let sql = "SELECT DISTINCT keywords FROM message WHERE mailbox_id = :mailbox AND keywords <> ''";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let mut rows = statement.query(named_params! {":mailbox": mailbox.0})?;
    let mut all = Keywords::default();
    while let Some(row) = rows.next()? {
        all = all.with(&Keywords::from_names([row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?]));
    }
    Ok(all)
}

/// Octets of all messages of the mailbox together.
///
/// # Errors
/// Where the store fails.
pub fn octets(tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(sum(size), 0) FROM message JOIN body ON body.id = body_id WHERE mailbox_id = :mailbox";
    let octets: i64 =
        tx.sql().prepare_cached(sql)?.query_row(named_params! {":mailbox": mailbox.0}, |row| row.get(0))?;
    Ok(octets.cast_unsigned())
}

/// Octets of the messages of the mailbox that have `\Deleted`, together.
///
/// # Errors
/// Where the store fails.
pub fn octets_deleted(tx: &ReadTx<'_>, mailbox: MailboxId) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(sum(size), 0) FROM message JOIN body ON body.id = body_id \
               WHERE mailbox_id = :mailbox AND flags & 8 <> 0";
    let octets: i64 =
        tx.sql().prepare_cached(sql)?.query_row(named_params! {":mailbox": mailbox.0}, |row| row.get(0))?;
    Ok(octets.cast_unsigned())
}

/// Octets of all messages of the account together; those that share their bytes count once.
///
/// # Errors
/// Where the store fails.
pub fn octets_of_account(tx: &ReadTx<'_>, account: AccountNo) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(sum(size), 0) FROM body WHERE id IN (SELECT body_id FROM message \
               JOIN mailbox ON mailbox.id = mailbox_id WHERE account_id = :account)";
    let octets: i64 =
        tx.sql().prepare_cached(sql)?.query_row(named_params! {":account": account.0}, |row| row.get(0))?;
    Ok(octets.cast_unsigned())
}

fn column(sql: &Connection, query: &str, mailbox: MailboxId) -> Result<Vec<u32>, StoreError> {
    let mut statement = sql.prepare_cached(query)?;
    let rows = statement.query_map(named_params! {":mailbox": mailbox.0}, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
