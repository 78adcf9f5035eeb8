//! Letters behind links, as their sender sees them. What a reader does stands in `reading` and `replies`, what joins
//! letters to one person in `conversation`, the chunks in `payloads`.
//!
//! What opens and finds a link stands in a table of its own and goes, overwritten, when the link ends: an expired link, a
//! revoked one and one that never was are the same to whoever asks.

pub mod conversation;
pub mod payloads;
pub mod reading;
pub mod replies;

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, named_params};
use shared::api::link::{LetterState, LinkEnd, LinkId, LinkState, LinkedLetterId};
use shared::api::mailbox::MessageId;
use shared::api::{EmailAddress, Timestamp};

use super::accounts::address_column;
use super::messages::{self, BodyId};
use super::{AccountNo, Change, ReadTx, StoreError, Tx};

/// A link that is stored with its letter.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// SHA-256 of its name.
    pub name_hash: [u8; 32],
    /// For whom it is.
    pub recipient: EmailAddress,
    /// The box's share of its key.
    pub share: Vec<u8>,
    /// What opens the payload, wrapped.
    pub wrapped: Vec<u8>,
    /// What a reader sees first, sealed.
    pub cover: Vec<u8>,
    /// SHA-256 of the answer's proof.
    pub answer_hash: Option<[u8; 32]>,
    /// SHA-256 of the proof that somebody has opened it.
    pub opened_hash: [u8; 32],
    /// After this it cannot be opened.
    pub expires_at: Timestamp,
    /// How often it can be opened.
    pub openings: Option<u32>,
    /// Only the browser that opens it first can open it again.
    pub first_browser: bool,
    /// How often it can be answered.
    pub replies: u32,
    /// What it tells of earlier letters, sealed.
    pub earlier: Vec<u8>,
    /// What its sender keeps of it, sealed.
    pub note: Vec<u8>,
}

/// What is known of a letter beside its links.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LetterRecord {
    /// Its id.
    pub id: LinkedLetterId,
    /// Octets of the payload before sealing.
    pub octets: u64,
    /// Chunks that are on the disk.
    pub received: u32,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was complete.
    pub sent_at: Option<Timestamp>,
    /// The copy in Sent.
    pub sent_body: Option<BodyId>,
    /// Whether its chunks are gone.
    pub is_wiped: bool,
}

/// How much of an account's letters has chunks on the disk, or will.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// How many letters.
    pub letters: usize,
    /// Their octets before sealing.
    pub octets: u64,
}

const LETTER: &str = "id, octets, received, created_at, sent_at, sent_body, wiped_at IS NOT NULL";

fn record(row: &Row<'_>) -> rusqlite::Result<LetterRecord> {
    Ok(LetterRecord {
        id: LinkedLetterId(row.get(0)?),
        octets: row.get::<_, i64>(1)?.cast_unsigned(),
        received: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
        sent_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        sent_body: row.get::<_, Option<i64>>(5)?.map(BodyId),
        is_wiped: row.get(6)?,
    })
}

/// Stores a letter whose chunks will come, with its links.
///
/// # Errors
/// [`StoreError::Exists`] where there is a link of one of the names.
pub fn create(
    tx: &Tx<'_>,
    account: AccountNo,
    octets: u64,
    links: &[NewLink],
    now: Timestamp,
) -> Result<LinkedLetterId, StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO linked_letter (account_id, octets, received, created_at) VALUES (:account, :octets, 0, :now)",
        )?
        .execute(named_params! {":account": account.0, ":octets": octets.cast_signed(), ":now": now.0})?;
    let letter = LinkedLetterId(tx.sql().last_insert_rowid());
    for link in links {
        tx.sql()
            .prepare_cached(
                "INSERT INTO link (letter_id, recipient, person, expires_at, openings_left, opened, wrong_answers, replies_left) \
                 VALUES (:letter, :recipient, :person, :expires_at, :openings, 0, 0, :replies)",
            )?
            .execute(named_params! {
                ":letter": letter.0, ":recipient": link.recipient.as_str(), ":person": link.recipient.canonical().as_str(),
                ":expires_at": link.expires_at.0, ":openings": link.openings, ":replies": link.replies,
            })?;
        let id = tx.sql().last_insert_rowid();
        tx.sql()
            .prepare_cached(
                "INSERT INTO link_secret (link_id, name_hash, share, wrapped, cover, answer_hash, opened_hash, first_browser, \
                 earlier, note) \
                 VALUES (:link, :name, :share, :wrapped, :cover, :answer, :opened, :first_browser, :earlier, :note)",
            )?
            .execute(named_params! {
                ":link": id, ":name": link.name_hash, ":share": link.share, ":wrapped": link.wrapped,
                ":cover": link.cover, ":answer": link.answer_hash, ":opened": link.opened_hash,
                ":first_browser": link.first_browser, ":earlier": link.earlier, ":note": link.note,
            })?;
    }
    Ok(letter)
}

/// How much an account's letters hold.
///
/// # Errors
/// Where the store fails.
pub fn held(tx: &ReadTx<'_>, account: AccountNo) -> Result<Held, StoreError> {
    let sql =
        "SELECT count(*), coalesce(sum(octets), 0) FROM linked_letter WHERE account_id = :account AND wiped_at IS NULL";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":account": account.0}, |row| {
        let octets = row.get::<_, i64>(1)?.cast_unsigned();
        Ok(Held { letters: usize::try_from(row.get::<_, i64>(0)?).unwrap_or(usize::MAX), octets })
    })?)
}

/// One letter of the account.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has none of this id.
pub fn letter(tx: &ReadTx<'_>, account: AccountNo, id: LinkedLetterId) -> Result<LetterRecord, StoreError> {
    let sql = format!("SELECT {LETTER} FROM linked_letter WHERE id = :id AND account_id = :account");
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":id": id.0, ":account": account.0}, record)?)
}

/// The letter whose copy in Sent has these bytes, if there is one.
///
/// # Errors
/// Where the store fails.
pub fn of_sent(tx: &ReadTx<'_>, account: AccountNo, sent: BodyId) -> Result<Option<LetterRecord>, StoreError> {
    let sql = format!("SELECT {LETTER} FROM linked_letter WHERE sent_body = :sent AND account_id = :account");
    let params = named_params! {":sent": sent.0, ":account": account.0};
    Ok(tx.sql().prepare_cached(&sql)?.query_row(params, record).optional()?)
}

/// All letters of the account, newest first.
///
/// # Errors
/// Where the store fails.
pub fn letters(tx: &ReadTx<'_>, account: AccountNo) -> Result<Vec<LetterRecord>, StoreError> {
    let sql = format!("SELECT {LETTER} FROM linked_letter WHERE account_id = :account ORDER BY id DESC");
    let mut statement = tx.sql().prepare_cached(&sql)?;
    let rows = statement.query_map(named_params! {":account": account.0}, record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A letter with its links, as its sender is shown it.
///
/// # Errors
/// Where the store fails.
pub fn state(tx: &ReadTx<'_>, account: AccountNo, letter: LetterRecord) -> Result<LetterState, StoreError> {
    let sent = match letter.sent_body {
        Some(body) => messages::with_body(tx, account, body)?.first().copied(),
        None => None,
    };
    let LetterRecord { id, octets, received, created_at, sent_at, .. } = letter;
    Ok(LetterState { id, octets, received, created_at, sent_at, sent, links: links(tx, id)? })
}

fn links(tx: &ReadTx<'_>, letter: LinkedLetterId) -> Result<Vec<LinkState>, StoreError> {
    let sql = "SELECT id, recipient, expires_at, openings_left, opened, first_opened_at, last_opened_at, wrong_answers, \
               ended, replied, last_replied_at FROM link WHERE letter_id = :letter ORDER BY id";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let rows = statement.query_map(named_params! {":letter": letter.0}, |row| {
        Ok(LinkState {
            id: LinkId(row.get(0)?),
            recipient: address_column(row, 1)?,
            expires_at: Timestamp(row.get(2)?),
            openings_left: row.get(3)?,
            opened: row.get(4)?,
            first_opened_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
            last_opened_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
            wrong_answers: row.get(7)?,
            ended: row.get::<_, Option<String>>(8)?.as_deref().map(end_of_name).transpose()?,
            replied: row.get(9)?,
            last_replied_at: row.get::<_, Option<i64>>(10)?.map(Timestamp),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// For whom a link of this name is, if it is one of the letter's and has not ended.
///
/// # Errors
/// Where the store fails.
pub fn recipient_of(
    tx: &ReadTx<'_>,
    letter: LinkedLetterId,
    name_hash: [u8; 32],
) -> Result<Option<EmailAddress>, StoreError> {
    let sql =
        "SELECT recipient FROM link JOIN link_secret ON link_id = id WHERE name_hash = :name AND letter_id = :letter";
    let params = named_params! {":name": name_hash, ":letter": letter.0};
    Ok(tx.sql().prepare_cached(sql)?.query_row(params, |row| address_column(row, 0)).optional()?)
}

/// The hash of a link's name, if it has not ended.
///
/// # Errors
/// Where the store fails.
pub fn name_hash(tx: &ReadTx<'_>, link: LinkId) -> Result<Option<[u8; 32]>, StoreError> {
    let sql = "SELECT name_hash FROM link_secret WHERE link_id = :link";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":link": link.0}, |row| row.get(0)).optional()?)
}

/// Notes that the chunk at `place` is on the disk, where it is the one that was missing.
///
/// # Errors
/// Where the store fails.
pub fn note_chunk(tx: &Tx<'_>, letter: LinkedLetterId, place: u32) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached("UPDATE linked_letter SET received = received + 1 WHERE id = :letter AND received = :place")?
        .execute(named_params! {":letter": letter.0, ":place": place})?;
    Ok(())
}

/// Notes that a letter is complete.
///
/// # Errors
/// [`StoreError::Exists`] where it was so before.
pub fn complete(tx: &Tx<'_>, letter: LinkedLetterId, sent: BodyId, now: Timestamp) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached(
            "UPDATE linked_letter SET sent_at = :now, sent_body = :sent WHERE id = :letter AND sent_at IS NULL",
        )?
        .execute(named_params! {":now": now.0, ":sent": sent.0, ":letter": letter.0})?;
    if changed == 0 { Err(StoreError::Exists) } else { Ok(()) }
}

/// Gives a link that has not ended another end, and forgets its wrong answers where asked to.
///
/// # Errors
/// [`StoreError::NotFound`] where the letter has no such link, or it has ended.
pub fn change(
    tx: &Tx<'_>,
    letter: LinkedLetterId,
    link: LinkId,
    expires_at: Option<Timestamp>,
    forgive: bool,
) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached(
            "UPDATE link SET expires_at = coalesce(:expires_at, expires_at), \
             wrong_answers = CASE WHEN :forgive THEN 0 ELSE wrong_answers END \
             WHERE id = :link AND letter_id = :letter AND ended IS NULL",
        )?
        .execute(named_params! {
            ":expires_at": expires_at.map(|at| at.0), ":forgive": forgive, ":link": link.0, ":letter": letter.0,
        })?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    publish(tx, link)
}

/// Ends a link for good, if it has not ended: what opens it and finds it is overwritten.
///
/// # Errors
/// [`StoreError::NotFound`] where the letter has no such link.
pub fn end(tx: &Tx<'_>, letter: LinkedLetterId, link: LinkId, why: LinkEnd) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .prepare_cached("UPDATE link SET ended = coalesce(ended, :why) WHERE id = :link AND letter_id = :letter")?
        .execute(named_params! {":why": name_of_end(why), ":link": link.0, ":letter": letter.0})?;
    if changed == 0 {
        return Err(StoreError::NotFound);
    }
    let sql = "DELETE FROM link_secret WHERE link_id = :link";
    tx.sql().prepare_cached(sql)?.execute(named_params! {":link": link.0})?;
    publish(tx, link)
}

/// Tells the sender's listeners, about every place where the copy in Sent lies, that something has become of a link.
fn publish(tx: &Tx<'_>, link: LinkId) -> Result<(), StoreError> {
    let mut statement = tx.sql().prepare_cached(
        "SELECT linked_letter.account_id, message.id FROM link JOIN linked_letter ON linked_letter.id = letter_id \
         JOIN message ON body_id = sent_body WHERE link.id = :link",
    )?;
    let read = |row: &Row<'_>| Ok((AccountNo(row.get(0)?), MessageId(row.get(1)?)));
    for found in statement.query_map(named_params! {":link": link.0}, read)? {
        let (account, message) = found?;
        tx.publish(account, Change::Deliveries { message });
    }
    Ok(())
}

/// Links that have not ended, but should have: expired ones, used-up ones that nobody has opened since `fetched`, and those of
/// letters that were begun before `abandoned` and are not complete; a number of them.
///
/// # Errors
/// Where the store fails.
pub fn overdue(
    tx: &ReadTx<'_>,
    now: Timestamp,
    fetched: Timestamp,
    abandoned: Timestamp,
) -> Result<Vec<(LinkedLetterId, LinkId, LinkEnd)>, StoreError> {
    /// In one go: each is some hundred octets to overwrite.
    const LIMIT: u32 = 1000;
    let sql = "SELECT letter_id, link.id, CASE WHEN openings_left = 0 THEN 'used_up' ELSE 'expired' END FROM link \
               JOIN linked_letter ON linked_letter.id = letter_id WHERE ended IS NULL AND (expires_at <= :now \
               OR (openings_left = 0 AND last_opened_at <= :fetched) OR (sent_at IS NULL AND created_at <= :abandoned)) \
               LIMIT :limit";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let params = named_params! {":now": now.0, ":fetched": fetched.0, ":abandoned": abandoned.0, ":limit": LIMIT};
    let rows = statement.query_map(params, |row| {
        Ok((LinkedLetterId(row.get(0)?), LinkId(row.get(1)?), end_of_name(row.get_ref(2)?.as_str()?)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Letters that still have files, and no link any more that leads to them.
///
/// # Errors
/// Where the store fails.
pub fn unreachable(tx: &ReadTx<'_>) -> Result<Vec<LinkedLetterId>, StoreError> {
    let sql = "SELECT id FROM linked_letter WHERE wiped_at IS NULL AND NOT EXISTS \
               (SELECT 1 FROM link WHERE letter_id = linked_letter.id AND ended IS NULL)";
    let mut statement = tx.sql().prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0).map(LinkedLetterId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes that the files of a letter are gone.
///
/// # Errors
/// Where the store fails.
pub fn note_wiped(tx: &Tx<'_>, letter: LinkedLetterId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE linked_letter SET wiped_at = :now WHERE id = :letter AND wiped_at IS NULL";
    tx.sql().prepare_cached(sql)?.execute(named_params! {":now": now.0, ":letter": letter.0})?;
    Ok(())
}

/// Forgets letters that were wiped before `limit`; says how many.
///
/// # Errors
/// Where the store fails.
pub fn forget(tx: &Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    let params = named_params! {":limit": limit.0};
    let links = "DELETE FROM link WHERE letter_id IN (SELECT id FROM linked_letter WHERE wiped_at < :limit)";
    tx.sql().prepare_cached(links)?.execute(params)?;
    Ok(tx.sql().prepare_cached("DELETE FROM linked_letter WHERE wiped_at < :limit")?.execute(params)?)
}

fn name_of_end(end: LinkEnd) -> &'static str {
    match end {
        LinkEnd::Expired => "expired",
        LinkEnd::Revoked => "revoked",
        LinkEnd::UsedUp => "used_up",
    }
}

fn end_of_name(name: &str) -> rusqlite::Result<LinkEnd> {
    match name {
        "expired" => Ok(LinkEnd::Expired),
        "revoked" => Ok(LinkEnd::Revoked),
        "used_up" => Ok(LinkEnd::UsedUp),
        other => Err(rusqlite::Error::FromSqlConversionFailure(0, Type::Text, format!("no end {other:?}").into())),
    }
}
