//! What a reader finds and does.

use rusqlite::{OptionalExtension, named_params};
use shared::api::link::{LinkId, LinkedLetterId};
use shared::api::{EmailAddress, Timestamp};

use super::super::accounts::address_column;
use super::super::{ReadTx, StoreError, Tx};

/// A link that can be found: its letter is complete, and its time not over.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which.
    pub link: LinkId,
    /// After this it cannot be opened.
    pub expires_at: Timestamp,
    /// How often it can still be opened.
    pub openings_left: Option<u32>,
    /// Wrong answers so far.
    pub wrong_answers: u32,
    /// The box's share of its key; empty once it was opened as often as it could be.
    pub share: Vec<u8>,
    /// What opens the payload, wrapped; empty likewise.
    pub wrapped: Vec<u8>,
    /// What it tells of earlier letters, sealed; empty likewise.
    pub earlier: Vec<u8>,
    /// What a reader sees first, sealed.
    pub cover: Vec<u8>,
    /// SHA-256 of the answer's proof; `None`: nothing is asked.
    pub answer_hash: Option<[u8; 32]>,
    /// SHA-256 of the proof that somebody has opened it.
    pub opened_hash: [u8; 32],
    /// Only the browser that opens it first can open it again.
    pub first_browser: bool,
    /// SHA-256 of the token of that browser.
    pub browser_hash: Option<[u8; 32]>,
    /// For whom it is.
    pub recipient: EmailAddress,
    /// How often it can still be answered.
    pub replies_left: u32,
}

/// The link whose name has this hash, if it can be found at this time.
///
/// # Errors
/// Where the store fails.
pub fn find(tx: &ReadTx<'_>, name_hash: [u8; 32], now: Timestamp) -> Result<Option<Found>, StoreError> {
    let sql = "SELECT link.id, expires_at, openings_left, wrong_answers, share, wrapped, cover, answer_hash, opened_hash, \
               first_browser, browser_hash, recipient, replies_left, earlier FROM link_secret JOIN link ON link.id = link_id \
               JOIN linked_letter ON linked_letter.id = letter_id \
               WHERE name_hash = :name AND expires_at > :now AND sent_at IS NOT NULL";
    let params = named_params! {":name": name_hash, ":now": now.0};
    let found = tx.sql().prepare_cached(sql)?.query_row(params, |row| {
        Ok(Found {
            link: LinkId(row.get(0)?),
            expires_at: Timestamp(row.get(1)?),
            openings_left: row.get(2)?,
            wrong_answers: row.get(3)?,
            share: row.get(4)?,
            wrapped: row.get(5)?,
            cover: row.get(6)?,
            answer_hash: row.get(7)?,
            opened_hash: row.get(8)?,
            first_browser: row.get(9)?,
            browser_hash: row.get(10)?,
            recipient: address_column(row, 11)?,
            replies_left: row.get(12)?,
            earlier: row.get(13)?,
        })
    });
    Ok(found.optional()?)
}

/// Counts a wrong answer.
///
/// # Errors
/// Where the store fails.
pub fn count_wrong_answer(tx: &Tx<'_>, link: LinkId) -> Result<(), StoreError> {
    let sql = "UPDATE link SET wrong_answers = wrong_answers + 1 WHERE id = :link";
    tx.sql().prepare_cached(sql)?.execute(named_params! {":link": link.0})?;
    super::publish(tx, link)
}

/// When an opening was counted, if it was.
///
/// # Errors
/// Where the store fails.
pub fn opened_at(tx: &ReadTx<'_>, link: LinkId, opening_hash: [u8; 32]) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT opened_at FROM link_opening WHERE opening_hash = :opening AND link_id = :link";
    let params = named_params! {":opening": opening_hash, ":link": link.0};
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, |row| row.get(0).map(Timestamp)).optional()?)
}

/// Counts an opening, by a browser whose token has this hash. With the last one of a link that can be opened so often only, the
/// box's share of the key goes.
///
/// # Errors
/// [`StoreError::Exists`] where there is an opening of this hash.
pub fn count_opening(
    tx: &Tx<'_>,
    link: LinkId,
    opening_hash: [u8; 32],
    browser_hash: [u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("INSERT INTO link_opening (opening_hash, link_id, opened_at) VALUES (:opening, :link, :now)")?
        .execute(named_params! {":opening": opening_hash, ":link": link.0, ":now": now.0})?;
    tx.sql()
        .prepare_cached(
            "UPDATE link SET opened = opened + 1, openings_left = openings_left - 1, \
             first_opened_at = coalesce(first_opened_at, :now), last_opened_at = :now WHERE id = :link",
        )?
        .execute(named_params! {":now": now.0, ":link": link.0})?;
    tx.sql()
        .prepare_cached("UPDATE link_secret SET browser_hash = :browser WHERE link_id = :link AND first_browser = 1 AND browser_hash IS NULL")?
        .execute(named_params! {":browser": browser_hash, ":link": link.0})?;
    tx.sql()
        .prepare_cached(
            "UPDATE link_secret SET share = x'', wrapped = x'', earlier = x'' \
             WHERE link_id = :link AND (SELECT openings_left FROM link WHERE id = :link) = 0",
        )?
        .execute(named_params! {":link": link.0})?;
    super::publish(tx, link)
}

/// The letter that an opening leads to, and the octets of its payload; `None` where the opening was before `since`, or its link
/// cannot be found any more.
///
/// # Errors
/// Where the store fails.
pub fn letter_of_opening(
    tx: &ReadTx<'_>,
    opening_hash: [u8; 32],
    since: Timestamp,
    now: Timestamp,
) -> Result<Option<(LinkedLetterId, u64)>, StoreError> {
    let sql = "SELECT linked_letter.id, octets FROM link_opening JOIN link ON link.id = link_id \
               JOIN linked_letter ON linked_letter.id = letter_id \
               WHERE opening_hash = :opening AND opened_at > :since AND expires_at > :now";
    let params = named_params! {":opening": opening_hash, ":since": since.0, ":now": now.0};
    let found = tx
        .sql()
        .prepare_cached(sql)?
        .query_row(params, |row| Ok((LinkedLetterId(row.get(0)?), row.get::<_, i64>(1)?.cast_unsigned())));
    Ok(found.optional()?)
}
