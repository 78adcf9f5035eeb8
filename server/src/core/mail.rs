//! What the page does with the mail of its account: list, read, file, mark, move, delete, organise.
//!
//! Everything here is ciphertext; the rules are about places, names and numbers.

use shared::api::Timestamp;
use shared::api::limits;
use shared::api::mailbox::{
    AppendRequest, Came, FlagsRequest, ListQuery, Mailbox, MailboxId, MessageId, MessageRow, MessagesResponse,
    SummaryRequest,
};
use shared::pgp;

use super::budget::Held;
use super::{removal, room};
use crate::store::flags::{FlagBits, Keywords};
use crate::store::letters;
use crate::store::mailboxes::{self, MailboxRecord};
use crate::store::messages::{self, FlagChange, MessageRecord, NewMessage};
use crate::store::{AccountNo, ReadTx, Store, StoreError};

/// Why something was not done with the mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// More than one request may name.
    #[error("too many in one request")]
    TooMany,
    /// A part is over its limit.
    #[error("too large")]
    TooLarge,
    /// What was to be filed is not ciphertext.
    #[error("not sealed")]
    NotSealed,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// A sealed message as the page gets it to open.
#[derive(Clone, Debug)]
pub struct SealedMessage {
    /// Readable header fields, then OpenPGP.
    pub bytes: Vec<u8>,
    /// The sealed original header, where mail came end-to-end encrypted; else empty.
    pub sealed_header: Vec<u8>,
    /// How it came.
    pub came: Option<Came>,
}

/// All mailboxes of the account.
///
/// # Errors
/// Where the store fails.
pub async fn mailboxes(store: &Store, account: AccountNo) -> Result<Vec<Mailbox>, MailError> {
    let found = store.read(move |tx| mailboxes::list(tx, account)).await?;
    Ok(found.into_iter().map(mailbox_shown).collect())
}

/// A part of a mailbox, newest first.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such mailbox.
pub async fn list(
    store: &Store,
    account: AccountNo,
    mailbox: MailboxId,
    query: ListQuery,
) -> Result<MessagesResponse, MailError> {
    let limit = query.limit.unwrap_or(limits::LIST_PAGE).clamp(1, limits::LIST_PAGE);
    store
        .read(move |tx| {
            // One more than asked for tells whether there are more.
            let mut found = messages::newest(tx, account, mailbox, query.before, limit + 1)?;
            let more = found.len() > limit as usize;
            found.truncate(limit as usize);
            let messages = found.into_iter().map(|message| row(tx, message)).collect::<Result<_, _>>()?;
            Ok(MessagesResponse { messages, more })
        })
        .await
}

/// One message as lists show it.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such message.
pub async fn message_row(store: &Store, account: AccountNo, id: MessageId) -> Result<MessageRow, MailError> {
    store.read(move |tx| Ok(row(tx, messages::get(tx, account, id)?)?)).await
}

/// The ciphertext of one message.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such message.
pub async fn read(store: &Store, account: AccountNo, id: MessageId) -> Result<SealedMessage, MailError> {
    store
        .read(move |tx| {
            let message = messages::get(tx, account, id)?;
            let sealed_header = messages::sealed_header(tx, message.body)?;
            Ok(SealedMessage { bytes: messages::bytes(tx, message.body)?, sealed_header, came: message.came })
        })
        .await
}

/// Keeps a summary that a client made and sealed where the box could not.
///
/// # Errors
/// [`MailError::TooLarge`], [`MailError::NotSealed`]; [`StoreError::NotFound`] where the account has no such message.
pub async fn set_summary(
    store: &Store,
    account: AccountNo,
    id: MessageId,
    request: SummaryRequest,
) -> Result<(), MailError> {
    let sealed = checked_summary(request.summary.0)?;
    store.write(move |tx| Ok(messages::replace_summary(tx, account, id, &sealed)?)).await
}

/// A guard against a client's mistake, as [`looks_sealed`].
fn checked_summary(sealed: Vec<u8>) -> Result<Vec<u8>, MailError> {
    if sealed.len() > limits::SUMMARY_BYTES {
        return Err(MailError::TooLarge);
    }
    if !pgp::is_encrypted_message(&sealed) {
        return Err(MailError::NotSealed);
    }
    Ok(sealed)
}

/// Files a sealed message; with `replaces` in the place of another one, with `letter` in the place of what was filed last for that
/// letter, in one step.
///
/// # Errors
/// [`MailError::NotSealed`] where the bytes are readable, [`StoreError::NotFound`] where there is no such mailbox.
pub async fn append(
    store: &Store,
    account: AccountNo,
    mailbox: MailboxId,
    request: AppendRequest,
    message: impl Into<Held>,
    now: Timestamp,
) -> Result<MessageId, MailError> {
    let Held { bytes, room: held } = message.into();
    let (summary, flags) = (request.summary.0, FlagBits::from(request.flags));
    let checked = tokio::task::spawn_blocking(move || (sealed(bytes, summary, flags, now), held));
    let (new, held) = checked.await.map_err(|_| StoreError::Closed)?;
    let new = new?;
    store
        .write(move |tx| {
            room::claim(tx, new.bytes.len())?;
            let filed = messages::append(tx, account, mailbox, &new)?;
            messages::expunge(tx, account, request.replaces.as_slice())?;
            if let Some(letter) = request.letter {
                messages::expunge(tx, account, letters::draft(tx, account, letter)?.as_slice())?;
                letters::set_draft(tx, account, letter, Some(filed.id), now)?;
            }
            drop((new, held));
            Ok(filed.id)
        })
        .await
}

/// Takes bytes that a client sealed for what they must be: within the limits, and an OpenPGP message (RFC 3156 §4). Looks
/// through all of them: for large ones not for async threads.
///
/// # Errors
/// [`MailError::TooLarge`], [`MailError::NotSealed`].
pub fn sealed(
    bytes: Vec<u8>,
    sealed_summary: Vec<u8>,
    flags: FlagBits,
    received_at: Timestamp,
) -> Result<NewMessage, MailError> {
    if bytes.len() > limits::SEALED_MESSAGE_BYTES {
        return Err(MailError::TooLarge);
    }
    let sealed_summary = if sealed_summary.is_empty() { sealed_summary } else { checked_summary(sealed_summary)? };
    if !looks_sealed(&bytes) {
        return Err(MailError::NotSealed);
    }
    Ok(NewMessage {
        bytes: bytes.into(),
        sealed_summary,
        sealed_header: Vec::new(),
        flags,
        keywords: Keywords::default(),
        received_at,
        saved_at: received_at,
        came: None,
    })
}

/// A guard against a client's mistake, not against malice: nobody but the account itself loses by filing open mail.
fn looks_sealed(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"-----BEGIN PGP MESSAGE-----";
    bytes.windows(MARK.len()).any(|window| window == MARK)
}

/// Sets and takes away flags.
///
/// # Errors
/// [`MailError::TooMany`]; messages that are gone are passed over.
pub async fn set_flags(store: &Store, account: AccountNo, request: FlagsRequest) -> Result<(), MailError> {
    bounded(&request.messages)?;
    store
        .write(move |tx| {
            let none = Keywords::default();
            let (add, remove) = (FlagBits::from(request.add), FlagBits::from(request.remove));
            messages::set_flags(tx, account, &request.messages, &FlagChange::Add(add, none.clone()))?;
            messages::set_flags(tx, account, &request.messages, &FlagChange::Remove(remove, none))?;
            Ok(())
        })
        .await
}

/// Moves messages; answers old and new ids.
///
/// # Errors
/// [`MailError::TooMany`]; [`StoreError::NotFound`] where there is no such mailbox.
pub async fn move_to(
    store: &Store,
    account: AccountNo,
    ids: Vec<MessageId>,
    to: MailboxId,
    now: Timestamp,
) -> Result<Vec<(MessageId, MessageId)>, MailError> {
    bounded(&ids)?;
    let moved = store.write(move |tx| messages::move_to(tx, account, &ids, to, now)).await?;
    Ok(moved.into_iter().map(|(old, new)| (old.id, new.id)).collect())
}

/// Deletes messages for ever.
///
/// # Errors
/// [`MailError::TooMany`]; messages that are gone are passed over.
pub async fn delete(store: &Store, account: AccountNo, ids: Vec<MessageId>) -> Result<(), MailError> {
    bounded(&ids)?;
    Ok(removal::remove(store, account, ids, FlagBits::default()).await?)
}

fn bounded(ids: &[MessageId]) -> Result<(), MailError> {
    if ids.len() > limits::BATCH { Err(MailError::TooMany) } else { Ok(()) }
}

fn mailbox_shown(record: MailboxRecord) -> Mailbox {
    Mailbox { id: record.id, name: record.name, role: record.role, total: record.total, unseen: record.unseen }
}

fn row(tx: &ReadTx<'_>, message: MessageRecord) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        id: message.id,
        mailbox: message.mailbox,
        uid: message.uid,
        flags: message.flags.into(),
        received_at: message.received_at,
        stored: message.body.0,
        size: message.size,
        came: message.came,
        summary: messages::sealed_summary(tx, message.body)?.into(),
    })
}
