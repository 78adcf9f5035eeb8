//! Sealing a letter as it is read: content goes in piece by piece, sealed chunks come out one by one and in order. No more than
//! one chunk is in memory.

use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::manifest::{InvalidManifest, Manifest};
use super::payload::Payload;

/// Seals the payload of one letter. Each place is sealed once: what has to be sent again is the same chunk.
#[derive(Debug)]
pub struct Packer {
    payload: Payload,
    /// The chunk that is being filled.
    chunk: Zeroizing<Vec<u8>>,
    place: u32,
    /// Octets of content that are still to come.
    left: u64,
}

/// A chunk for the box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedChunk {
    /// Its place.
    pub place: u32,
    /// What is uploaded.
    pub bytes: Vec<u8>,
}

/// Why content could not be packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// More came than the manifest says.
    #[error("a file has grown while it was being sent")]
    TooMuch,
    /// Less came than the manifest says.
    #[error("a file has shrunk while it was being sent")]
    TooLittle,
}

impl Packer {
    /// Begins a payload.
    ///
    /// # Errors
    /// [`InvalidManifest`].
    pub fn begin(manifest: &Manifest, rng: &mut (impl CryptoRng + RngCore)) -> Result<Self, InvalidManifest> {
        let (head, octets) = manifest.begin()?;
        let payload = Payload::make(octets, rng).ok_or(InvalidManifest::PayloadTooLarge)?;
        Ok(Self { payload, chunk: Zeroizing::new(head), place: 0, left: manifest.octets() })
    }

    /// What opens the payload, to be wrapped for each link.
    #[must_use]
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Takes content, part after part as [`Manifest::parts`] says: answers how many octets it took, and a chunk where one became
    /// full. Whoever has octets left calls again.
    ///
    /// # Errors
    /// [`PackError::TooMuch`].
    pub fn take(&mut self, content: &[u8]) -> Result<(usize, Option<SealedChunk>), PackError> {
        if content.len() as u64 > self.left {
            return Err(PackError::TooMuch);
        }
        let taken = content.len().min(self.space());
        self.chunk.extend(content.iter().take(taken));
        self.left -= taken as u64;
        Ok((taken, self.full()))
    }

    /// After all content: one chunk after the other that is left, `None` when there is none any more.
    ///
    /// # Errors
    /// [`PackError::TooLittle`].
    pub fn rest(&mut self) -> Result<Option<SealedChunk>, PackError> {
        if self.left > 0 {
            return Err(PackError::TooLittle);
        }
        let padded = self.chunk.len() + self.space();
        self.chunk.resize(padded, 0);
        Ok(self.full())
    }

    /// Octets that the chunk at hand still takes.
    fn space(&self) -> usize {
        self.payload.chunk_octets(self.place).unwrap_or_default().saturating_sub(self.chunk.len())
    }

    /// The chunk at hand, if it is full.
    fn full(&mut self) -> Option<SealedChunk> {
        let place = self.place;
        let bytes = self.payload.seal(place, &self.chunk).ok()?;
        self.place += 1;
        self.chunk.clear();
        Some(SealedChunk { place, bytes })
    }
}
