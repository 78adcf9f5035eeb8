//! Opening a letter as it comes: sealed chunks go in one after the other, pieces of its parts come out.

use zeroize::Zeroizing;

use super::manifest::{Manifest, Part};
use super::payload::{Payload, PayloadError};

/// Opens the payload of one letter from its first chunk to its last.
#[derive(Debug)]
pub struct Unpacker {
    payload: Payload,
    place: u32,
    /// After the first chunk: the manifest, and the parts that are still to come with the octets of each.
    begun: Option<(Manifest, Vec<(Part, u64)>)>,
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
        self.begun.as_ref().map(|(manifest, _)| manifest)
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
            // The next part is the last of the list.
            let parts: Vec<_> = manifest.parts().collect();
            self.begun = Some((manifest, parts.into_iter().rev().collect()));
            rest = rest.get(start..).unwrap_or_default();
        }
        self.place += 1;
        let mut pieces = Vec::new();
        let Some((_, parts)) = &mut self.begun else { return Ok(pieces) };
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
