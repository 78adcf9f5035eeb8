//! The answer for one message, item by item (RFC 9051 §7.5.2, RFC 3516): what is small stands in it, what is large is a place
//! to stream from.
//!
//! Invariants: sections of one message stand in its answer up to [`INLINE_BYTES`] together; a part is decoded once, however often
//! it is asked for; what an answer holds beyond [`WHOLE_BYTES`] has room.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use shared::mime::header::Header;
use shared::mime::{self, Summary};
use zeroize::Zeroizing;

use crate::imap::limits::{INLINE_BYTES, PIECE_BYTES, WHOLE_BYTES};
use crate::imap::opening::Opened;
use crate::imap::wire::date::date_time;
use crate::imap::wire::fetch::Item;
use crate::imap::wire::flags;
use crate::imap::wire::print::{put, string};
use crate::imap::wire::section::{Of, Partial, Section};
use crate::store::messages::{self, BodyId, MessageRecord, Structure};
use crate::store::{ReadTx, StoreError};
use crate::structure::{Part, print_bodystructure, print_envelope};

/// Octets that the answer for one message of a list takes, as a rule.
const ANSWER_BYTES: usize = 512;

/// A part without its encoding.
pub(super) type Decoded = Arc<Zeroizing<Vec<u8>>>;

/// The answer for one message.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) uid: u32,
    /// What stands between the parentheses.
    pub(super) pieces: Vec<Piece>,
    /// A part was asked for without its transfer encoding, which cannot be taken away.
    pub(super) undecodable: bool,
    /// Octets that it holds itself.
    pub(super) held: usize,
}

/// A piece of an answer.
pub(super) enum Piece {
    /// May hold opened mail.
    Text(Zeroizing<Vec<u8>>),
    /// Octets of a stored message.
    Stored { body: BodyId, from: usize, length: usize },
    /// Octets of an opened message, which stays in memory until they are told.
    Opened { message: Arc<Opened>, range: Range<usize> },
    /// Octets of a part without its encoding, which does too.
    Decoded { part: Decoded, range: Range<usize> },
}

impl Answer {
    /// Octets that it holds itself.
    pub(super) fn octets_here(&self) -> usize {
        self.held
    }
}

/// Octets that were asked for.
enum Octets {
    /// Those that stand here in the message.
    Stored(Range<usize>),
    /// Those of a part without its encoding.
    Decoded(Decoded),
    /// Those that were computed.
    Made(Vec<u8>),
}

/// Where octets come from that were not needed before.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Stored(&'a ReadTx<'a>),
    Opened(&'a Arc<Opened>),
}

/// A message as far as it is in memory.
#[derive(Clone, Copy)]
pub(super) struct Whole<'a> {
    /// Octets of the message as it is served.
    pub(super) size: usize,
    /// As much of it as was needed.
    pub(super) bytes: &'a [u8],
    pub(super) part: Option<&'a Part>,
}

/// Octets that an answer and its message may take in memory.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) now: usize,
    pub(super) ever: usize,
}

/// Why an answer was not written.
pub(super) enum Unwritten {
    /// It takes so many octets, the message included, more than there is room for.
    Larger(usize),
    /// It takes more than there ever is.
    TooMuch,
    Store(StoreError),
}

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Writes the answer for one message.
pub(super) struct Writer<'a> {
    source: Source<'a>,
    row: &'a MessageRecord,
    whole: Whole<'a>,
    /// What is kept of a stored message's structure.
    structure: Option<&'a Structure>,
    /// What is kept of its envelope.
    envelope: Option<&'a [u8]>,
    room: Room,
    /// Octets of sections that stand in the answer.
    inline: usize,
    /// Parts without their encoding, those that cannot be had included.
    decoded: BTreeMap<Vec<u32>, Option<Decoded>>,
    /// Which pieces of the message hold a NUL, by their number, as far as that is known.
    nuls: BTreeMap<usize, bool>,
    out: Zeroizing<Vec<u8>>,
    answer: Answer,
}

impl<'a> Writer<'a> {
    pub(super) fn new(source: Source<'a>, row: &'a MessageRecord, whole: Whole<'a>, room: Room) -> Self {
        Self {
            source,
            row,
            whole,
            structure: None,
            envelope: None,
            room,
            inline: 0,
            decoded: BTreeMap::new(),
            nuls: BTreeMap::new(),
            out: Zeroizing::new(Vec::with_capacity(ANSWER_BYTES)),
            answer: Answer::default(),
        }
    }

    /// With what is kept beside a stored message.
    pub(super) fn with_kept(self, structure: Option<&'a Structure>, envelope: Option<&'a [u8]>) -> Self {
        Self { structure, envelope, ..self }
    }

    /// Writes these items, and those besides.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub(super) fn write(mut self, items: &[Item], besides: &[Item]) -> Result<Answer, Unwritten> {
        self.answer.uid = self.row.uid;
        for (at, item) in items.iter().chain(besides).enumerate() {
            if at > 0 {
                self.out.push(b' ');
            }
            self.item(item)?;
            self.has_room()?;
        }
        self.end_text();
        Ok(self.answer)
    }

    /// Whether what is held has room. Asked after each item, none of which is larger than its message.
    fn has_room(&self) -> Result<(), Unwritten> {
        let (message, held) = (self.whole.bytes.len(), self.answer.held + self.out.len());
        if held <= WHOLE_BYTES || message + held <= self.room.now.min(self.room.ever) {
            return Ok(());
        }
        if message + held > self.room.ever {
            return Err(Unwritten::TooMuch);
        }
        // So that this is not found out again for every item.
        Err(Unwritten::Larger((message + 2 * held).min(self.room.ever)))
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
            Item::Size => put!(self.out, "{}", self.whole.size),
            Item::Uid => put!(self.out, "{}", self.row.uid),
            Item::Envelope => match self.envelope {
                Some(kept) => self.out.extend_from_slice(kept),
                None => print_envelope(&mut self.out, self.whole.bytes),
            },
            Item::BodyStructure { extended } => match (self.structure, self.whole.part) {
                (Some(kept), _) => {
                    self.out.extend_from_slice(if *extended { &kept.extended } else { &kept.plain });
                }
                (None, Some(part)) => print_bodystructure(&mut self.out, self.whole.bytes, part, *extended),
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
                    Some(Octets::Decoded(bytes)) => bytes.len(),
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
        let size = self.whole.size;
        if section.part.is_empty() {
            if section.of == Of::Everything {
                return Some(Octets::Stored(0..size));
            }
            let body = Header::of(self.whole.bytes).body_start();
            return self.of_message(&section.of, 0..body, body..size);
        }
        let part = self.whole.part?.find(&section.part)?;
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
                Some(Octets::Made(fields(self.whole.bytes.get(header).unwrap_or_default(), names, *not)))
            }
            Of::Everything | Of::Mime => None,
        }
    }

    /// A part without its transfer encoding.
    fn binary(&mut self, number: &[u32]) -> Option<Octets> {
        if number.is_empty() {
            return Some(Octets::Stored(0..self.whole.size));
        }
        if let Some(known) = self.decoded.get(number) {
            return known.clone().map(Octets::Decoded);
        }
        let part = self.whole.part?.find(number)?;
        let body = self.whole.bytes.get(part.body.clone()).unwrap_or_default();
        let decoded = match part.encoding(self.whole.bytes).as_slice() {
            b"7bit" | b"8bit" | b"binary" => return Some(Octets::Stored(part.body.clone())),
            b"base64" => base64_decode(body),
            b"quoted-printable" => quoted_printable_decode(body),
            _ => None,
        };
        let decoded = decoded.map(|bytes| Arc::new(Zeroizing::new(bytes)));
        self.answer.undecodable |= decoded.is_none();
        self.answer.held += decoded.as_ref().map_or(0, |bytes| bytes.len());
        self.decoded.insert(number.to_vec(), decoded.clone());
        decoded.map(Octets::Decoded)
    }

    /// Writes octets as a string, or NIL.
    fn octets(&mut self, octets: Option<Octets>, partial: Option<Partial>, binary: bool) -> Result<(), StoreError> {
        match octets {
            None => self.out.extend_from_slice(b"NIL"),
            Some(Octets::Made(bytes)) => {
                let range = cut(0..bytes.len(), partial);
                self.literal(bytes.get(range).unwrap_or_default(), binary);
            }
            Some(Octets::Decoded(part)) => {
                let range = cut(0..part.len(), partial);
                let bytes = part.get(range.clone()).unwrap_or_default();
                if self.is_inline(&range) {
                    self.literal(bytes, binary);
                } else {
                    self.place(&range, binary && bytes.contains(&0), |range| Piece::Decoded {
                        part: Arc::clone(&part),
                        range,
                    });
                }
            }
            Some(Octets::Stored(range)) => {
                let range = cut(range, partial);
                if self.is_inline(&range) {
                    let bytes = self.stored(range)?;
                    self.literal(&bytes, binary);
                } else {
                    let has_nul = binary && self.has_nul(&range)?;
                    let (source, body) = (self.source, self.row.body);
                    self.place(&range, has_nul, |range| match source {
                        Source::Stored(_) => Piece::Stored { body, from: range.start, length: range.len() },
                        Source::Opened(opened) => Piece::Opened { message: Arc::clone(opened), range },
                    });
                }
            }
        }
        Ok(())
    }

    /// Whether so much more stands in the answer itself.
    fn is_inline(&mut self, range: &Range<usize>) -> bool {
        let fits = self.inline + range.len() <= INLINE_BYTES;
        if fits {
            self.inline += range.len();
        }
        fits
    }

    /// Writes a literal whose octets come from where they are.
    fn place(&mut self, range: &Range<usize>, has_nul: bool, piece: impl FnOnce(Range<usize>) -> Piece) {
        // A literal with NUL has another beginning.
        if has_nul {
            self.out.push(b'~');
        }
        put!(self.out, "{{{}}}\r\n", range.len());
        self.end_text();
        self.answer.pieces.push(piece(range.clone()));
    }

    /// Whether there is a NUL among these octets, which are looked at piece by piece. Of a piece that was looked at whole it is known.
    fn has_nul(&mut self, range: &Range<usize>) -> Result<bool, StoreError> {
        let mut from = range.start;
        while from < range.end {
            let number = from / PIECE_BYTES;
            let piece = number * PIECE_BYTES..self.whole.size.min((number + 1) * PIECE_BYTES);
            let here = from..range.end.min(piece.end);
            let found = match self.nuls.get(&number) {
                Some(false) => false,
                Some(true) if here == piece => true,
                _ => self.stored(here.clone())?.contains(&0),
            };
            if here == piece {
                self.nuls.insert(number, found);
            }
            if found {
                return Ok(true);
            }
            from = here.end;
        }
        Ok(false)
    }

    fn stored(&self, range: Range<usize>) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match (self.whole.bytes.get(range.clone()), self.source) {
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
            self.answer.held += self.out.len();
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
