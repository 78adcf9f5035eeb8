//! What joins the letters of one sender to one person.

use rusqlite::{OptionalExtension, named_params};
use shared::api::link::LinkId;
use shared::api::{EmailAddress, Timestamp, limits};

use super::super::{AccountNo, ReadTx, StoreError};

/// The notes of links to a person that can be opened, of complete letters, newest first; at most `most`.
///
/// # Errors
/// Where the store fails.
pub fn notes(
    tx: &ReadTx<'_>,
    account: AccountNo,
    person: &EmailAddress,
    most: usize,
    now: Timestamp,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT note FROM link JOIN linked_letter ON linked_letter.id = letter_id JOIN link_secret ON link_id = link.id \
               WHERE person = :person AND ended IS NULL AND account_id = :account AND sent_at IS NOT NULL \
               AND expires_at > :now AND (openings_left IS NULL OR openings_left > 0) AND note <> x'' \
               ORDER BY sent_at DESC, link.id DESC LIMIT :limit";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let (person, limit) = (person.canonical(), most as i64);
    let params = named_params! {":person": person.as_str(), ":account": account.0, ":now": now.0, ":limit": limit};
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When the newest letter from the same sender to the same person was sent that is later than the one of this link, and can be opened.
///
/// # Errors
/// Where the store fails.
pub fn later(tx: &ReadTx<'_>, link: LinkId, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT max(theirs.sent_at) FROM link AS this JOIN linked_letter AS mine ON mine.id = this.letter_id \
               JOIN link AS other ON other.person = this.person AND other.ended IS NULL AND other.expires_at > :now \
               AND (other.openings_left IS NULL OR other.openings_left > 0) \
               JOIN linked_letter AS theirs ON theirs.id = other.letter_id AND theirs.account_id = mine.account_id \
               AND theirs.id > mine.id AND theirs.sent_at IS NOT NULL WHERE this.id = :link";
    let later = tx.sql().prepare_cached(sql)?.query_row(named_params! {":link": link.0, ":now": now.0}, |row| {
        Ok(row.get::<_, Option<i64>>(0)?.map(Timestamp))
    });
    Ok(later.optional()?.flatten())
}

/// What was kept of answers through a link, newest first; together at most [`limits::LINK_REPLY_COPIES_BYTES`].
///
/// # Errors
/// Where the store fails.
pub fn copies(tx: &ReadTx<'_>, link: LinkId) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT copy FROM link_reply WHERE link_id = :link AND copy <> x'' ORDER BY replied_at DESC, reply_hash";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let mut rows = statement.query(named_params! {":link": link.0})?;
    let (mut copies, mut octets) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let copy: Vec<u8> = row.get(0)?;
        octets += copy.len();
        if octets > limits::LINK_REPLY_COPIES_BYTES {
            break;
        }
        copies.push(copy);
    }
    Ok(copies)
}
