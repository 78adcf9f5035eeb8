//! Opening a letter as it comes: sealed chunks go in one after the other, pieces of its parts come out.

use std::ops::Range;

use zeroize::Zeroizing;

use super::manifest::{Manifest, Part};
use super::payload::{Payload, PayloadError};
use crate::api::limits::LINK_CHUNK_BYTES;

/// Opens the payload of one letter from its first chunk to its last.
#[derive(Debug)]
pub struct Unpacker {
    payload: Payload,
    place: u32,
    begun: Option<Begun>,
}

/// What is known after the first chunk.
#[derive(Debug)]
struct Begun {
    manifest: Manifest,
    /// Where the first part begins in the payload.
    start: u64,
    /// The parts that are still to come with the octets of each, the next one last.
    parts: Vec<(Part, u64)>,
}

/// Some octets of a chunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slice {
    /// The chunk's place.
    pub place: u32,
    /// Which of its octets.
    pub octets: Range<usize>,
}

/// A piece of a part. A part without octets has one piece, an empty one.
#[derive(Debug)]
pub struct Piece {
    /// Which part it belongs to.
    pub part: Part,
    /// Its octets.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether the part ends with it.
    pub is_last: bool,
}

impl Unpacker {
    /// Begins.
    #[must_use]
    pub fn new(payload: Payload) -> Self {
        Self { payload, place: 0, begun: None }
    }

    /// The place of the chunk that is needed next; `None` when all are there.
    #[must_use]
    pub fn next_place(&self) -> Option<u32> {
        (self.place < self.payload.chunks()).then_some(self.place)
    }

    /// What the letter says of itself, once its first chunk is open.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        self.begun.as_ref().map(|begun| &begun.manifest)
    }

    /// Where in which chunks a part lies, so that it can be fetched without those before it. Nowhere, where it has no octets or the
    /// first chunk is not open yet.
    #[must_use]
    pub fn slices_of(&self, part: Part) -> Vec<Slice> {
        let Some(begun) = &self.begun else { return Vec::new() };
        let mut start = begun.start;
        for (found, octets) in begun.manifest.parts() {
            if found == part {
                return slices(start, octets);
            }
            start = start.saturating_add(octets);
        }
        Vec::new()
    }

    /// Opens the chunk of [`Unpacker::next_place`]; answers the pieces that it holds, in the order of [`Manifest::parts`].
    ///
    /// # Errors
    /// [`PayloadError`]; the chunk can be fetched and opened again then.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Vec<Piece>, PayloadError> {
        let content = Zeroizing::new(self.payload.open(self.place, sealed)?);
        let mut rest = content.as_slice();
        if self.begun.is_none() {
            let read = Manifest::read(rest, self.payload.octets());
            let (manifest, start) = read.ok_or(PayloadError::Manifest)?;
            let mut parts: Vec<_> = manifest.parts().collect();
            parts.reverse();
            self.begun = Some(Begun { manifest, start: start as u64, parts });
            rest = rest.get(start..).unwrap_or_default();
        }
        self.place += 1;
        let mut pieces = Vec::new();
        let Some(Begun { parts, .. }) = &mut self.begun else { return Ok(pieces) };
        // A part that is over goes; what is behind the last one is padding.
        while let Some((part, left)) = parts.last_mut() {
            let length = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
            if length == 0 && *left > 0 {
                break;
            }
            let (bytes, more) = rest.split_at(length);
            rest = more;
            *left -= length as u64;
            let is_last = *left == 0;
            pieces.push(Piece { part: *part, bytes: Zeroizing::new(bytes.to_vec()), is_last });
            if is_last {
                parts.pop();
            }
        }
        Ok(pieces)
    }

    /// Says that no more chunks come.
    ///
    /// # Errors
    /// [`PayloadError::Truncated`] where the letter is not whole.
    pub fn finish(self) -> Result<(), PayloadError> {
        self.next_place().map_or(Ok(()), |place| Err(PayloadError::Truncated(place)))
    }
}

/// So many octets of a payload from `start` on, chunk by chunk.
fn slices(start: u64, octets: u64) -> Vec<Slice> {
    let (mut slices, mut at, end) = (Vec::new(), start, start.saturating_add(octets));
    while at < end {
        let place = at / LINK_CHUNK_BYTES as u64;
        let begins = place * LINK_CHUNK_BYTES as u64;
        let until = end.min(begins + LINK_CHUNK_BYTES as u64);
        let within = |octet: u64| usize::try_from(octet - begins).unwrap_or(usize::MAX);
        slices.push(Slice { place: u32::try_from(place).unwrap_or(u32::MAX), octets: within(at)..within(until) });
        at = until;
    }
    slices
}
