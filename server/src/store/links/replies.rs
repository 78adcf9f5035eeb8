//! Answers to letters behind links, by who has opened them, and whose letter it is.

use rusqlite::{OptionalExtension, named_params};
use shared::api::link::LinkId;
use shared::api::{EmailAddress, Timestamp};

use super::super::accounts::address_column;
use super::super::{AccountNo, ReadTx, StoreError, Tx};

/// A link through which somebody answers who has opened it.
#[derive(Clone, Debug)]
pub struct Answerable {
    /// Which.
    pub link: LinkId,
    /// For whom it is.
    pub recipient: EmailAddress,
    /// Whose letter it is.
    pub account: AccountNo,
    /// How often it can still be answered.
    pub replies_left: u32,
}

/// The link that was opened so; `None` where that was before `since`, or it cannot be found any more.
///
/// # Errors
/// Where the store fails.
pub fn of_opening(
    tx: &ReadTx<'_>,
    opening_hash: [u8; 32],
    since: Timestamp,
    now: Timestamp,
) -> Result<Option<Answerable>, StoreError> {
    let sql = "SELECT link.id, recipient, account_id, replies_left FROM link_opening JOIN link ON link.id = link_id \
               JOIN linked_letter ON linked_letter.id = letter_id \
               WHERE opening_hash = :opening AND opened_at > :since AND expires_at > :now";
    let params = named_params! {":opening": opening_hash, ":since": since.0, ":now": now.0};
    let found = tx.sql().prepare_cached(sql)?.query_row(params, |row| {
        Ok(Answerable {
            link: LinkId(row.get(0)?),
            recipient: address_column(row, 1)?,
            account: AccountNo(row.get(2)?),
            replies_left: row.get(3)?,
        })
    });
    Ok(found.optional()?)
}

/// Whose letter a link leads to.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such link.
pub fn sender(tx: &ReadTx<'_>, link: LinkId) -> Result<AccountNo, StoreError> {
    let sql = "SELECT account_id FROM link JOIN linked_letter ON linked_letter.id = letter_id WHERE link.id = :link";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":link": link.0}, |row| row.get(0).map(AccountNo))?)
}

/// How often the link of an answer that was delivered can still be answered; `None` where it was not, or its link has ended.
///
/// # Errors
/// Where the store fails.
pub fn left_after(tx: &ReadTx<'_>, reply_hash: [u8; 32]) -> Result<Option<u32>, StoreError> {
    let sql = "SELECT replies_left FROM link_reply JOIN link ON link.id = link_id WHERE reply_hash = :reply";
    let left = tx.sql().prepare_cached(sql)?.query_row(named_params! {":reply": reply_hash}, |row| row.get(0));
    Ok(left.optional()?)
}

/// Counts an answer, and keeps what its author finds again of it.
///
/// # Errors
/// [`StoreError::Exists`] where there is an answer of this hash.
pub fn count(tx: &Tx<'_>, link: LinkId, reply_hash: [u8; 32], copy: &[u8], now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO link_reply (reply_hash, link_id, replied_at, copy) VALUES (:reply, :link, :now, :copy)",
        )?
        .execute(named_params! {":reply": reply_hash, ":link": link.0, ":now": now.0, ":copy": copy})?;
    tx.sql()
        .prepare_cached(
            "UPDATE link SET replies_left = replies_left - 1, replied = replied + 1, last_replied_at = :now \
             WHERE id = :link",
        )?
        .execute(named_params! {":now": now.0, ":link": link.0})?;
    super::publish(tx, link)
}
