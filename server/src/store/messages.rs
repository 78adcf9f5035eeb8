//! Messages: their place in a mailbox (UID, MODSEQ, flags) and the sealed bytes that they share with their copies.

use rusqlite::{CachedStatement, OptionalExtension, Row, named_params};
use shared::api::Timestamp;
use shared::api::mailbox::{Came, MailboxId, MessageId, Place};

use super::flags::{FlagBits, Keywords};
use super::mailboxes::{owner, take_modseq, take_uid};
use super::{AccountNo, Change, ReadTx, StoreError, Tx};

pub use super::indexed::{IndexedBytes, Structure};

/// The stored bytes of a message; copies of it share them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BodyId(pub i64);

/// What is sealed already and goes into a mailbox.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Readable header fields, then OpenPGP.
    pub bytes: IndexedBytes,
    /// Sealed summary; empty: none.
    pub sealed_summary: Vec<u8>,
    /// Sealed original header of mail that came end-to-end encrypted; empty: none.
    pub sealed_header: Vec<u8>,
    /// Flags.
    pub flags: FlagBits,
    /// Other keywords.
    pub keywords: Keywords,
    /// INTERNALDATE.
    pub received_at: Timestamp,
    /// Now: when it came into its mailbox (RFC 8514).
    pub saved_at: Timestamp,
    /// How it came; `None` for what its account files.
    pub came: Option<Came>,
}

/// A message's place in its mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageRecord {
    /// Its id.
    pub id: MessageId,
    /// The mailbox it lies in.
    pub mailbox: MailboxId,
    /// Unique identifier (RFC 9051 §2.3.1.1).
    pub uid: u32,
    /// When it last changed (RFC 7162).
    pub modseq: u64,
    /// Its bytes.
    pub body: BodyId,
    /// Octets of the bytes.
    pub size: u64,
    /// Flags.
    pub flags: FlagBits,
    /// Other keywords.
    pub keywords: Keywords,
    /// INTERNALDATE.
    pub received_at: Timestamp,
    /// When it came into this mailbox (RFC 8514).
    pub saved_at: Timestamp,
    /// How it came to the box.
    pub came: Option<Came>,
}

pub(super) const COLUMNS: &str =
    "message.id, message.mailbox_id, uid, modseq, body_id, body.size, flags, keywords, received_at, saved_at, came";
pub(super) const FROM: &str = "message JOIN body ON body.id = body_id JOIN mailbox ON mailbox.id = message.mailbox_id";

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<MessageRecord> {
    Ok(MessageRecord {
        id: MessageId(row.get(0)?),
        mailbox: MailboxId(row.get(1)?),
        uid: row.get(2)?,
        modseq: row.get::<_, i64>(3)?.cast_unsigned(),
        body: BodyId(row.get(4)?),
        size: row.get::<_, i64>(5)?.cast_unsigned(),
        flags: FlagBits(row.get(6)?),
        keywords: Keywords::from_names([row.get_ref(7)?.as_str()?]),
        received_at: Timestamp(row.get(8)?),
        saved_at: Timestamp(row.get(9)?),
        came: came(row.get_ref(10)?.as_str_or_null()?),
    })
}

/// Files a message at the end of a mailbox.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such mailbox.
pub fn append(
    tx: &Tx<'_>,
    account: AccountNo,
    mailbox: MailboxId,
    new: &NewMessage,
) -> Result<MessageRecord, StoreError> {
    owned(tx, account, mailbox)?;
    tx.sql().prepare_cached("INSERT INTO body (size, came) VALUES (:size, :came)")?.execute(named_params! {
        ":size": i64::try_from(new.bytes.len()).unwrap_or(i64::MAX), ":came": new.came.map(came_text),
    })?;
    let body = BodyId(tx.sql().last_insert_rowid());
    tx.sql()
        .prepare_cached("INSERT INTO body_sealed (body_id, summary, header) VALUES (:body, :summary, :header)")?
        .execute(named_params! {":body": body.0, ":summary": new.sealed_summary, ":header": new.sealed_header})?;
    tx.sql()
        .prepare_cached("INSERT INTO body_bytes (body_id, bytes) VALUES (:body, :bytes)")?
        .execute(named_params! {":body": body.0, ":bytes": &*new.bytes})?;
    if let Some(bytes) = new.bytes.header() {
        tx.sql()
            .prepare_cached("INSERT INTO body_header (body_id, bytes) VALUES (:body, :bytes)")?
            .execute(named_params! {":body": body.0, ":bytes": bytes})?;
    }
    if let Some(Structure { plain, extended }) = new.bytes.structure() {
        tx.sql()
            .prepare_cached("INSERT INTO body_structure (body_id, plain, extended) VALUES (:body, :plain, :extended)")?
            .execute(named_params! {":body": body.0, ":plain": plain, ":extended": extended})?;
    }
    if let Some(bytes) = new.bytes.envelope() {
        tx.sql()
            .prepare_cached("INSERT INTO body_envelope (body_id, bytes) VALUES (:body, :bytes)")?
            .execute(named_params! {":body": body.0, ":bytes": bytes})?;
    }
    let marks =
        Marks { flags: new.flags, keywords: &new.keywords, received_at: new.received_at, saved_at: new.saved_at };
    place(tx, account, mailbox, body, &marks)
}

fn came_text(came: Came) -> &'static str {
    match came {
        Came::Outside => "outside",
        Came::Here => "here",
        Came::Box => "box",
        Came::Link => "link",
    }
}

fn came(text: Option<&str>) -> Option<Came> {
    text.and_then(|text| {
        [Came::Outside, Came::Here, Came::Box, Came::Link].into_iter().find(|came| came_text(*came) == text)
    })
}

/// What is known of a message beside its bytes.
struct Marks<'m> {
    flags: FlagBits,
    keywords: &'m Keywords,
    received_at: Timestamp,
    saved_at: Timestamp,
}

/// Gives stored bytes a place at the end of a mailbox.
fn place(
    tx: &Tx<'_>,
    account: AccountNo,
    mailbox: MailboxId,
    body: BodyId,
    marks: &Marks<'_>,
) -> Result<MessageRecord, StoreError> {
    let (uid, modseq) = (take_uid(tx, mailbox)?, take_modseq(tx, mailbox)?);
    tx.sql()
        .prepare_cached(
            "INSERT INTO message (mailbox_id, uid, modseq, body_id, flags, keywords, received_at, saved_at) \
             VALUES (:mailbox, :uid, :modseq, :body, :flags, :keywords, :received_at, :saved_at)",
        )?
        .execute(named_params! {
            ":mailbox": mailbox.0, ":uid": uid, ":modseq": modseq, ":body": body.0,
            ":flags": marks.flags.0, ":keywords": marks.keywords.as_str(), ":received_at": marks.received_at.0,
            ":saved_at": marks.saved_at.0,
        })?;
    let id = MessageId(tx.sql().last_insert_rowid());
    tx.publish(account, Change::Arrived { mailbox, message: id });
    get(tx, account, id)
}

/// One message of the account.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has none of this id.
pub fn get(tx: &ReadTx<'_>, account: AccountNo, id: MessageId) -> Result<MessageRecord, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE message.id = :id AND account_id = :account");
    Ok(tx.sql().prepare_cached(&sql)?.query_row(named_params! {":id": id.0, ":account": account.0}, record)?)
}

/// Every place in the account where these bytes lie.
///
/// # Errors
/// Where the store fails.
pub fn with_body(tx: &ReadTx<'_>, account: AccountNo, body: BodyId) -> Result<Vec<MessageId>, StoreError> {
    let sql =
        format!("SELECT message.id FROM {FROM} WHERE body_id = :body AND account_id = :account ORDER BY message.id");
    let mut statement = tx.sql().prepare_cached(&sql)?;
    let rows =
        statement.query_map(named_params! {":body": body.0, ":account": account.0}, |row| row.get(0).map(MessageId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest messages of a mailbox below a place, newest first.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such mailbox.
pub fn newest(
    tx: &ReadTx<'_>,
    account: AccountNo,
    mailbox: MailboxId,
    before: Option<Place>,
    limit: u32,
) -> Result<Vec<MessageRecord>, StoreError> {
    owned(tx, account, mailbox)?;
    let mut statement = tx.sql().prepare_cached(&newest_sql())?;
    let end = Place { received_at: Timestamp(i64::MAX), stored: i64::MAX, id: MessageId(i64::MAX) };
    let Place { received_at, stored, id } = before.unwrap_or(end);
    let params = named_params! {
        ":mailbox": mailbox.0, ":received_at": received_at.0, ":stored": stored, ":id": id.0, ":limit": limit,
    };
    let rows = statement.query_map(params, record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn newest_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE message.mailbox_id = :mailbox \
         AND (received_at, body_id, message.id) < (:received_at, :stored, :id) \
         ORDER BY received_at DESC, body_id DESC, message.id DESC LIMIT :limit"
    )
}

/// The sealed summary of a message; empty where it has none.
///
/// # Errors
/// [`StoreError::NotFound`] where the body is gone.
pub fn sealed_summary(tx: &ReadTx<'_>, body: BodyId) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT summary FROM body_sealed WHERE body_id = :body";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":body": body.0}, |row| row.get(0))?)
}

/// Puts another sealed summary in the place of a message's; its copies have it too.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such message.
pub fn replace_summary(tx: &Tx<'_>, account: AccountNo, id: MessageId, sealed: &[u8]) -> Result<(), StoreError> {
    let body = get(tx, account, id)?.body;
    tx.sql()
        .prepare_cached("UPDATE body_sealed SET summary = :summary WHERE body_id = :body")?
        .execute(named_params! {":summary": sealed, ":body": body.0})?;
    Ok(())
}

/// The sealed original header of a message that came end-to-end encrypted; empty where it has none.
///
/// # Errors
/// [`StoreError::NotFound`] where the body is gone.
pub fn sealed_header(tx: &ReadTx<'_>, body: BodyId) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT header FROM body_sealed WHERE body_id = :body";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":body": body.0}, |row| row.get(0))?)
}

/// The header of a message with its empty line, read without touching the rest; `None` where it is not kept apart, because it
/// does not end or is very long, or where the body is gone.
///
/// # Errors
/// Where the store fails.
pub fn header(tx: &ReadTx<'_>, body: BodyId) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT bytes FROM body_header WHERE body_id = :body";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":body": body.0}, |row| row.get(0)).optional()?)
}

/// The structure of a message, read without touching its bytes; `None` where it is not kept, or the body is gone.
///
/// # Errors
/// Where the store fails.
pub fn structure(tx: &ReadTx<'_>, body: BodyId) -> Result<Option<Structure>, StoreError> {
    let sql = "SELECT plain, extended FROM body_structure WHERE body_id = :body";
    let read = |row: &Row<'_>| Ok(Structure { plain: row.get(0)?, extended: row.get(1)? });
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":body": body.0}, read).optional()?)
}

/// The envelopes of messages, one after the other.
pub struct Envelopes<'t>(CachedStatement<'t>);

impl<'t> Envelopes<'t> {
    /// Those of this snapshot.
    ///
    /// # Errors
    /// Where the store fails.
    pub fn of(tx: &ReadTx<'t>) -> Result<Self, StoreError> {
        Ok(Self(tx.sql().prepare_cached("SELECT bytes FROM body_envelope WHERE body_id = :body")?))
    }

    /// ENVELOPE of a message, read without touching its header; `None` where it is not kept, or the body is gone.
    ///
    /// # Errors
    /// Where the store fails.
    pub fn get(&mut self, body: BodyId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.query_row(named_params! {":body": body.0}, |row| row.get(0)).optional()?)
    }
}

/// All bytes of a message.
///
/// # Errors
/// [`StoreError::NotFound`] where the body is gone.
pub fn bytes(tx: &ReadTx<'_>, body: BodyId) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT bytes FROM body_bytes WHERE body_id = :body";
    Ok(tx.sql().prepare_cached(sql)?.query_row(named_params! {":body": body.0}, |row| row.get(0))?)
}

/// Up to `length` bytes of a message from `offset` on, read without touching the rest; fewer where it ends before.
///
/// # Errors
/// [`StoreError::NotFound`] where the body is gone.
pub fn bytes_at(tx: &ReadTx<'_>, body: BodyId, offset: usize, length: usize) -> Result<Vec<u8>, StoreError> {
    let blob =
        tx.sql().blob_open("main", "body_bytes", "bytes", body.0, true).optional()?.ok_or(StoreError::NotFound)?;
    let length = length.min(blob.len().saturating_sub(offset));
    let mut part = vec![0; length];
    blob.read_at_exact(&mut part, offset)?;
    Ok(part)
}

/// How flags change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FlagChange {
    /// Set these too.
    Add(FlagBits, Keywords),
    /// Take these away.
    Remove(FlagBits, Keywords),
    /// Have exactly these.
    Replace(FlagBits, Keywords),
}

/// Changes the flags of messages; answers all that still exist, as they are now. A message whose flags were so already keeps
/// its MODSEQ.
///
/// # Errors
/// Where the store fails; messages that are gone are passed over.
pub fn set_flags(
    tx: &Tx<'_>,
    account: AccountNo,
    ids: &[MessageId],
    change: &FlagChange,
) -> Result<Vec<MessageRecord>, StoreError> {
    let mut changed = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(mut message) = existing(tx, account, *id)? else { continue };
        let (flags, keywords) = match change {
            FlagChange::Add(bits, words) => (message.flags.with(*bits), message.keywords.with(words)),
            FlagChange::Remove(bits, words) => (message.flags.without(*bits), message.keywords.without(words)),
            FlagChange::Replace(bits, words) => (*bits, words.clone()),
        };
        if (flags, &keywords) != (message.flags, &message.keywords) {
            let modseq = take_modseq(tx, message.mailbox)?;
            tx.sql()
                .prepare_cached(
                    "UPDATE message SET flags = :flags, keywords = :keywords, modseq = :modseq WHERE id = :id",
                )?
                .execute(named_params! {
                    ":flags": flags.0, ":keywords": keywords.as_str(), ":modseq": modseq, ":id": id.0,
                })?;
            tx.publish(account, Change::Flags { mailbox: message.mailbox, message: *id });
            (message.flags, message.keywords, message.modseq) = (flags, keywords, modseq.cast_unsigned());
        }
        changed.push(message);
    }
    Ok(changed)
}

/// Copies messages to the end of a mailbox, in the order given; answers each with its copy.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such mailbox; messages that are gone are passed over.
pub fn copy(
    tx: &Tx<'_>,
    account: AccountNo,
    ids: &[MessageId],
    to: MailboxId,
    now: Timestamp,
) -> Result<Vec<(MessageRecord, MessageRecord)>, StoreError> {
    owned(tx, account, to)?;
    let mut copies = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(message) = existing(tx, account, *id)? else { continue };
        let MessageRecord { body, flags, keywords, received_at, .. } = &message;
        let marks = Marks { flags: *flags, keywords, received_at: *received_at, saved_at: now };
        let copied = place(tx, account, to, *body, &marks)?;
        copies.push((message, copied));
    }
    Ok(copies)
}

/// Moves messages to the end of another mailbox; answers each with what it is there. Those that lie there already stay.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such mailbox; messages that are gone are passed over.
pub fn move_to(
    tx: &Tx<'_>,
    account: AccountNo,
    ids: &[MessageId],
    to: MailboxId,
    now: Timestamp,
) -> Result<Vec<(MessageRecord, MessageRecord)>, StoreError> {
    let mut away = Vec::with_capacity(ids.len());
    for id in ids {
        away.extend(existing(tx, account, *id)?.filter(|message| message.mailbox != to).map(|message| message.id));
    }
    let moved = copy(tx, account, &away, to, now)?;
    expunge(tx, account, &away)?;
    Ok(moved)
}

/// Removes messages for ever; answers those that were there.
///
/// # Errors
/// Where the store fails; messages that are gone are passed over.
pub fn expunge(tx: &Tx<'_>, account: AccountNo, ids: &[MessageId]) -> Result<Vec<MessageRecord>, StoreError> {
    let mut gone: Vec<MessageRecord> = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(message) = existing(tx, account, *id)? else { continue };
        let modseq = take_modseq(tx, message.mailbox)?;
        tx.sql().prepare_cached("DELETE FROM message WHERE id = :id")?.execute(named_params! {":id": id.0})?;
        tx.sql()
            .prepare_cached("INSERT INTO expunged (mailbox_id, uid, modseq) VALUES (:mailbox, :uid, :modseq)")?
            .execute(named_params! {":mailbox": message.mailbox.0, ":uid": message.uid, ":modseq": modseq})?;
        gone.push(message);
    }
    for run in gone.chunk_by(|one, next| one.mailbox == next.mailbox) {
        let messages = run.iter().map(|message| message.id).collect();
        if let Some(first) = run.first() {
            tx.publish(account, Change::Gone { mailbox: first.mailbox, messages });
        }
    }
    Ok(gone)
}

fn existing(tx: &ReadTx<'_>, account: AccountNo, id: MessageId) -> Result<Option<MessageRecord>, StoreError> {
    match get(tx, account, id) {
        Ok(message) => Ok(Some(message)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn owned(tx: &ReadTx<'_>, account: AccountNo, mailbox: MailboxId) -> Result<(), StoreError> {
    if owner(tx, mailbox)? == account { Ok(()) } else { Err(StoreError::NotFound) }
}
