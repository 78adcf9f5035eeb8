//! What FETCH answers for one message, computed within a snapshot of the store: small things as bytes, large ones as the
//! place where they are stored (RFC 9051 §7.5.2, RFC 3516).
//!
//! Only as much of a message is read as its items need: nothing, its header, its structure, or, to find parts, all of it; the latter in
//! room that was had for it, but for small ones. For a device that mail is opened for, whatever tells of the content is answered from
//! the opened message, which is there whole.

use std::slice;
use std::sync::Arc;

use shared::mime::header::{Ending, Header};

use super::need::{Need, need, takes, tells_content};
use super::writer::{Answer, Room, Source, Unwritten, Whole, Writer};
use crate::imap::limits::{BATCH_BYTES, WHOLE_BYTES};
use crate::imap::opening::Opened;
use crate::imap::wire::fetch::Item;
use crate::store::messages::{self, Envelopes, MessageRecord};
use crate::store::{ReadTx, StoreError};
use crate::structure::Part;

/// A header is looked for in this many octets first: most end before.
const HEADER_BYTES: usize = 16 * 1024;

/// What came of one go.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) answers: Vec<Answer>,
    /// How many messages were looked at.
    pub(super) taken: usize,
    /// Of one of them only what is not its content is told: that takes more than there is room for at all.
    pub(super) too_much: bool,
    /// The next one takes so many octets, more than there is room for. Where none was looked at, room is to be had first.
    pub(super) larger: Option<usize>,
}

/// The answers for as many messages as are good in one go, in room for so many octets. Those with one of the UIDs of `besides` tell
/// its items too.
pub(super) fn batch(
    tx: &ReadTx<'_>,
    rows: &[MessageRecord],
    items: &[Item],
    besides: (&[u32], &[Item]),
    room: Room,
) -> Result<Batch, StoreError> {
    let need = items.iter().map(need).max().unwrap_or(Need::Nothing);
    let mut envelopes = items.contains(&Item::Envelope).then(|| Envelopes::of(tx)).transpose()?;
    let (mut batch, mut octets) = (Batch::default(), 0);
    for row in rows {
        let besides = if besides.0.contains(&row.uid) { besides.1 } else { &[] };
        match answer(tx, row, envelopes.as_mut(), (items, need), besides, room) {
            Ok(Told::Answer(answer)) => {
                octets += answer.octets_here();
                batch.answers.push(answer);
            }
            Ok(Told::Larger(octets)) => {
                batch.larger = Some(octets);
                break;
            }
            Ok(Told::TooMuch(answer)) => {
                batch.too_much = true;
                batch.answers.push(answer);
            }
            // It went between two snapshots; that is told as an expunge.
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        batch.taken += 1;
        if octets >= BATCH_BYTES {
            break;
        }
    }
    Ok(batch)
}

/// The answer for a message that is open, in room for so many octets, the message included.
pub(super) fn of_opened(
    row: &MessageRecord,
    opened: &Arc<Opened>,
    items: &[Item],
    besides: (&[u32], &[Item]),
    room: Room,
) -> Result<Told, StoreError> {
    let besides = if besides.0.contains(&row.uid) { besides.1 } else { &[] };
    let whole = Whole { size: opened.bytes().len(), bytes: opened.bytes(), part: Some(opened.part()) };
    told(|| Writer::new(Source::Opened(opened), row, whole, room), items, besides)
}

/// What is told of one message.
pub(super) enum Told {
    Answer(Answer),
    /// It takes so many octets, more than there is room for.
    Larger(usize),
    /// What is told of its content takes more than there is room for at all; the answer is without that.
    TooMuch(Answer),
}

/// Has the answer written, or as much of it as can be.
fn told<'w>(writer: impl Fn() -> Writer<'w>, items: &[Item], besides: &[Item]) -> Result<Told, StoreError> {
    match writer().write(items, besides) {
        Ok(answer) => Ok(Told::Answer(answer)),
        Err(Unwritten::Larger(octets)) => Ok(Told::Larger(octets)),
        Err(Unwritten::Store(error)) => Err(error),
        Err(Unwritten::TooMuch) => {
            let small: Vec<_> = items.iter().filter(|item| !tells_content(slice::from_ref(item))).cloned().collect();
            match writer().write(&small, besides) {
                Ok(answer) => Ok(Told::TooMuch(answer)),
                Err(Unwritten::Store(error)) => Err(error),
                Err(Unwritten::Larger(_) | Unwritten::TooMuch) => Ok(Told::TooMuch(Answer::default())),
            }
        }
    }
}

fn answer(
    tx: &ReadTx<'_>,
    row: &MessageRecord,
    envelopes: Option<&mut Envelopes<'_>>,
    (items, need): (&[Item], Need),
    besides: &[Item],
    room: Room,
) -> Result<Told, StoreError> {
    let asks_envelope = envelopes.is_some();
    let envelope = envelopes.map(|envelopes| envelopes.get(row.body)).transpose()?.flatten();
    let need = if asks_envelope && envelope.is_none() { need.max(Need::Header) } else { need };
    let asks_structure = items.iter().any(|item| matches!(item, Item::BodyStructure { .. }));
    let structure = if asks_structure { messages::structure(tx, row.body)? } else { None };
    let need = if asks_structure && structure.is_none() { Need::Everything } else { need };
    let beginning = match need {
        Need::Nothing => Some(Vec::new()),
        Need::Header => header(tx, row)?,
        Need::Everything => None,
    };
    let bytes = match beginning {
        Some(bytes) => bytes,
        None => {
            let takes = takes(row, items);
            if takes > room.now.max(WHOLE_BYTES) {
                return Ok(Told::Larger(takes));
            }
            messages::bytes(tx, row.body)?
        }
    };
    let part = (need == Need::Everything).then(|| Part::of_message(&bytes));
    let size = usize::try_from(row.size).unwrap_or(usize::MAX);
    let writer = || {
        let whole = Whole { size, bytes: &bytes, part: part.as_ref() };
        Writer::new(Source::Stored(tx), row, whole, room).with_kept(structure.as_ref(), envelope.as_deref())
    };
    told(writer, items, besides)
}

/// The beginning of a message, with the whole header in it; `None` where that may be all of the message.
fn header(tx: &ReadTx<'_>, row: &MessageRecord) -> Result<Option<Vec<u8>>, StoreError> {
    if let Some(header) = messages::header(tx, row.body)? {
        return Ok(Some(header));
    }
    let beginning = messages::bytes_at(tx, row.body, 0, HEADER_BYTES)?;
    let whole = beginning.len() < HEADER_BYTES || Header::of(&beginning).ending() == Ending::EmptyLine;
    Ok(whole.then_some(beginning))
}
