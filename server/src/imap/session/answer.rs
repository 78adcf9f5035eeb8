//! What FETCH answers for one message, computed within a snapshot of the store: small things as bytes, large ones as the
//! place where they are stored (RFC 9051 §7.5.2, RFC 3516).
//!
//! Only as much of a message is read as its items need: nothing, its header, its structure, or, to find parts, all of it; the latter in
//! room that was had for it, but for small ones. For a device that mail is opened for, whatever tells of the content is answered from
//! the opened message, which is there whole.

use std::ops::Range;
use std::sync::Arc;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use shared::mime::header::{Ending, Header};
use shared::mime::{self, Summary};
use zeroize::Zeroizing;

use super::need::{Need, need, takes};
use crate::imap::limits::{BATCH_BYTES, INLINE_BYTES, PIECE_BYTES, WHOLE_BYTES};
use crate::imap::opening::Opened;
use crate::imap::wire::date::date_time;
use crate::imap::wire::fetch::Item;
use crate::imap::wire::flags;
use crate::imap::wire::print::{put, string};
use crate::imap::wire::section::{Of, Partial, Section};
use crate::store::messages::{self, BodyId, Envelopes, MessageRecord, Structure};
use crate::store::{ReadTx, StoreError};
use crate::structure::{Part, print_bodystructure, print_envelope};

/// A header is looked for in this many octets first: most end before.
const HEADER_BYTES: usize = 16 * 1024;
/// Octets that the answer for one message of a list takes, as a rule.
const ANSWER_BYTES: usize = 512;

/// The answer for one message.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) uid: u32,
    /// What stands between the parentheses.
    pub(super) pieces: Vec<Piece>,
    /// A part was asked for without its transfer encoding, which cannot be taken away.
    pub(super) undecodable: bool,
}

/// A piece of an answer.
pub(super) enum Piece {
    /// May hold opened mail.
    Text(Zeroizing<Vec<u8>>),
    /// Octets of a stored message.
    Stored { body: BodyId, from: usize, length: usize },
    /// Octets of an opened message, which stays in memory until they are told.
    Opened { message: Arc<Opened>, range: Range<usize> },
}

/// What came of one go.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) answers: Vec<Answer>,
    /// How many messages were looked at.
    pub(super) taken: usize,
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
    room: usize,
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

impl Answer {
    /// Octets that it holds itself.
    pub(super) fn octets_here(&self) -> usize {
        self.pieces.iter().map(Piece::octets_here).sum()
    }
}

impl Piece {
    fn octets_here(&self) -> usize {
        match self {
            Self::Text(bytes) => bytes.len(),
            Self::Stored { .. } | Self::Opened { .. } => 0,
        }
    }
}

/// The answer for a message that is open.
///
/// # Errors
/// None: all of it is there.
pub(super) fn of_opened(
    row: &MessageRecord,
    opened: &Arc<Opened>,
    items: &[Item],
    besides: (&[u32], &[Item]),
) -> Result<Answer, StoreError> {
    let writer = Writer {
        source: Source::Opened(opened),
        row,
        size: opened.bytes().len(),
        bytes: opened.bytes(),
        part: Some(opened.part()),
        structure: None,
        envelope: None,
        out: Zeroizing::default(),
        answer: Answer::default(),
    };
    writer.write(items, if besides.0.contains(&row.uid) { besides.1 } else { &[] })
}

/// What is told of one message.
enum Told {
    Answer(Answer),
    /// It takes so many octets, more than there is room for.
    Larger(usize),
}

fn answer(
    tx: &ReadTx<'_>,
    row: &MessageRecord,
    envelopes: Option<&mut Envelopes<'_>>,
    (items, need): (&[Item], Need),
    besides: &[Item],
    room: usize,
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
            if takes > room.max(WHOLE_BYTES) {
                return Ok(Told::Larger(takes));
            }
            messages::bytes(tx, row.body)?
        }
    };
    let part = (need == Need::Everything).then(|| Part::of_message(&bytes));
    let writer = Writer {
        source: Source::Stored(tx),
        row,
        size: usize::try_from(row.size).unwrap_or(usize::MAX),
        bytes: &bytes,
        part: part.as_ref(),
        structure,
        envelope,
        out: Zeroizing::new(Vec::with_capacity(ANSWER_BYTES)),
        answer: Answer::default(),
    };
    writer.write(items, besides).map(Told::Answer)
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

/// Octets that were asked for.
enum Octets {
    /// Those that stand here in the stored message.
    Stored(Range<usize>),
    /// Those that were computed.
    Made(Vec<u8>),
}

/// Where octets come from that were not needed before.
#[derive(Clone, Copy)]
enum Source<'a> {
    Stored(&'a ReadTx<'a>),
    Opened(&'a Arc<Opened>),
}

struct Writer<'a> {
    source: Source<'a>,
    row: &'a MessageRecord,
    /// Octets of the message as it is served.
    size: usize,
    /// As much of the message as was needed.
    bytes: &'a [u8],
    part: Option<&'a Part>,
    /// What is kept of a stored message's structure.
    structure: Option<Structure>,
    /// What is kept of its envelope.
    envelope: Option<Vec<u8>>,
    out: Zeroizing<Vec<u8>>,
    answer: Answer,
}

impl Writer<'_> {
    fn write(mut self, items: &[Item], besides: &[Item]) -> Result<Answer, StoreError> {
        self.answer.uid = self.row.uid;
        for (at, item) in items.iter().chain(besides).enumerate() {
            if at > 0 {
                self.out.push(b' ');
            }
            self.item(item)?;
        }
        self.end_text();
        Ok(self.answer)
    }

    fn item(&mut self, item: &Item) -> Result<(), StoreError> {
        item.print_name(&mut self.out);
        self.out.push(b' ');
        match item {
            Item::Flags => flags::print(&mut self.out, self.row.flags, &self.row.keywords),
            Item::InternalDate => put!(self.out, "\"{}\"", date_time(self.row.received_at)),
            Item::EmailId => put!(self.out, "(M{})", self.row.body.0),
            Item::Preview => self.preview(),
            Item::SaveDate => put!(self.out, "\"{}\"", date_time(self.row.saved_at)),
            Item::ThreadId => put!(self.out, "NIL"),
            Item::ModSeq => put!(self.out, "({})", self.row.modseq),
            Item::Size => put!(self.out, "{}", self.size),
            Item::Uid => put!(self.out, "{}", self.row.uid),
            Item::Envelope => match &self.envelope {
                Some(kept) => self.out.extend_from_slice(kept),
                None => print_envelope(&mut self.out, self.bytes),
            },
            Item::BodyStructure { extended } => match (&self.structure, self.part) {
                (Some(kept), _) => {
                    self.out.extend_from_slice(if *extended { &kept.extended } else { &kept.plain });
                }
                (None, Some(part)) => print_bodystructure(&mut self.out, self.bytes, part, *extended),
                (None, None) => {}
            },
            Item::Body { section, partial, .. } => {
                let octets = self.section(section);
                self.octets(octets, *partial, false)?;
            }
            Item::Binary { part, partial, .. } => {
                let octets = self.binary(part);
                self.octets(octets, *partial, true)?;
            }
            Item::BinarySize { part } => {
                let size = match self.binary(part) {
                    Some(Octets::Stored(range)) => range.len(),
                    Some(Octets::Made(bytes)) => bytes.len(),
                    None => 0,
                };
                put!(self.out, "{size}");
            }
        }
        Ok(())
    }

    /// The beginning of the text; of what is sealed nothing can be shown (RFC 8970 §3.2).
    fn preview(&mut self) {
        match self.source {
            Source::Stored(_) => put!(self.out, "\"\""),
            Source::Opened(opened) => {
                let summary = Summary::of(&mime::read(opened.bytes()));
                string(&mut self.out, summary.snippet.as_bytes());
            }
        }
    }

    /// Where a section stands; `None` where there is no such part.
    fn section(&self, section: &Section) -> Option<Octets> {
        let size = self.size;
        if section.part.is_empty() {
            if section.of == Of::Everything {
                return Some(Octets::Stored(0..size));
            }
            let body = Header::of(self.bytes).body_start();
            return self.of_message(&section.of, 0..body, body..size);
        }
        let part = self.part?.find(&section.part)?;
        match &section.of {
            Of::Everything => Some(Octets::Stored(part.body.clone())),
            Of::Mime => Some(Octets::Stored(part.header.clone())),
            of => {
                let message = part.message()?;
                self.of_message(of, message.header.clone(), message.body.clone())
            }
        }
    }

    fn of_message(&self, of: &Of, header: Range<usize>, body: Range<usize>) -> Option<Octets> {
        match of {
            Of::Header => Some(Octets::Stored(header)),
            Of::Text => Some(Octets::Stored(body)),
            Of::Fields { names, not } => {
                Some(Octets::Made(fields(self.bytes.get(header).unwrap_or_default(), names, *not)))
            }
            Of::Everything | Of::Mime => None,
        }
    }

    /// A part without its transfer encoding.
    fn binary(&mut self, number: &[u32]) -> Option<Octets> {
        if number.is_empty() {
            return Some(Octets::Stored(0..self.size));
        }
        let part = self.part?.find(number)?;
        let body = self.bytes.get(part.body.clone()).unwrap_or_default();
        let decoded = match part.encoding(self.bytes).as_slice() {
            b"7bit" | b"8bit" | b"binary" => return Some(Octets::Stored(part.body.clone())),
            b"base64" => base64_decode(body),
            b"quoted-printable" => quoted_printable_decode(body),
            _ => None,
        };
        self.answer.undecodable |= decoded.is_none();
        decoded.map(Octets::Made)
    }

    /// Writes octets as a string, or NIL.
    fn octets(&mut self, octets: Option<Octets>, partial: Option<Partial>, binary: bool) -> Result<(), StoreError> {
        match octets {
            None => self.out.extend_from_slice(b"NIL"),
            Some(Octets::Made(bytes)) => {
                let range = cut(0..bytes.len(), partial);
                self.literal(bytes.get(range).unwrap_or_default(), binary);
            }
            Some(Octets::Stored(range)) => {
                let range = cut(range, partial);
                if range.len() <= INLINE_BYTES {
                    let bytes = self.stored(range)?;
                    self.literal(&bytes, binary);
                } else {
                    // A literal with NUL has another beginning.
                    if binary && self.has_nul(&range)? {
                        self.out.push(b'~');
                    }
                    put!(self.out, "{{{}}}\r\n", range.len());
                    self.end_text();
                    self.answer.pieces.push(match self.source {
                        Source::Stored(_) => {
                            Piece::Stored { body: self.row.body, from: range.start, length: range.len() }
                        }
                        Source::Opened(opened) => Piece::Opened { message: Arc::clone(opened), range },
                    });
                }
            }
        }
        Ok(())
    }

    /// Whether there is a NUL among these octets, which are looked at piece by piece.
    fn has_nul(&self, range: &Range<usize>) -> Result<bool, StoreError> {
        if let Source::Opened(opened) = self.source {
            return Ok(opened.bytes().get(range.clone()).unwrap_or_default().contains(&0));
        }
        for from in range.clone().step_by(PIECE_BYTES) {
            if self.stored(from..range.end.min(from + PIECE_BYTES))?.contains(&0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn stored(&self, range: Range<usize>) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match (self.bytes.get(range.clone()), self.source) {
            (Some(bytes), _) => Ok(Zeroizing::new(bytes.to_vec())),
            (None, Source::Stored(tx)) => {
                let bytes = messages::bytes_at(tx, self.row.body, range.start, range.len())?;
                if bytes.len() == range.len() { Ok(Zeroizing::new(bytes)) } else { Err(StoreError::NotFound) }
            }
            (None, Source::Opened(_)) => Err(StoreError::NotFound),
        }
    }

    fn literal(&mut self, bytes: &[u8], binary: bool) {
        if bytes.is_empty() {
            self.out.extend_from_slice(b"\"\"");
            return;
        }
        if binary && bytes.contains(&0) {
            self.out.push(b'~');
        }
        put!(self.out, "{{{}}}\r\n", bytes.len());
        self.out.extend_from_slice(bytes);
    }

    fn end_text(&mut self) {
        if !self.out.is_empty() {
            self.answer.pieces.push(Piece::Text(std::mem::take(&mut self.out)));
        }
    }
}

/// The octets of a range that a partial names; none where it begins after their end.
fn cut(range: Range<usize>, partial: Option<Partial>) -> Range<usize> {
    let Some(Partial { offset, length }) = partial else { return range };
    let clamp = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let start = range.start.saturating_add(clamp(offset)).min(range.end);
    start..start.saturating_add(clamp(length)).min(range.end)
}

/// The fields of a header that are named, or all others, and the empty line that ends them (RFC 9051 §6.4.5.1).
fn fields(header: &[u8], names: &[String], not: bool) -> Vec<u8> {
    let parsed = Header::of(header);
    let mut out = Vec::new();
    for field in parsed.fields() {
        if names.iter().any(|name| field.is(name)) != not {
            out.extend_from_slice(header.get(field.range).unwrap_or_default());
        }
    }
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_chosen_with_their_folds() {
        let header = b"From: a\r\nX-Long: one\r\n two\r\nTo: b\r\n\r\n";
        let names = ["x-long".to_owned(), "FROM".to_owned()];
        assert_eq!(fields(header, &names, false), b"From: a\r\nX-Long: one\r\n two\r\n\r\n");
        assert_eq!(fields(header, &names, true), b"To: b\r\n\r\n");
        assert_eq!(fields(b"", &names, false), b"\r\n");
    }

    proptest! {
        #[test]
        fn a_partial_lies_within_what_it_is_of(
            start in 0_usize..1000, length in 0_usize..1000, offset in any::<u64>(), wanted in 1_u64..,
        ) {
            let whole = start..start + length;
            let part = cut(whole.clone(), Some(Partial { offset, length: wanted }));
            prop_assert!(part.start <= part.end && whole.start <= part.start && part.end <= whole.end);
            let expected = (length as u64).saturating_sub(offset).min(wanted);
            prop_assert_eq!(part.len() as u64, expected);
        }
    }
}
