//! Chunks, each with its tag, and a last tag that says how much there was (RFC 9580 §5.13.2).

use super::aes::{Aead, TAG_BYTES};

/// The largest exponent of a chunk's size that there may be: 4 MiB.
pub(super) const LARGEST: u8 = 16;

/// Octets of a chunk, by its exponent.
pub(super) fn octets(exponent: u8) -> usize {
    1 << (exponent.min(LARGEST) + 6)
}

/// Where the number of a chunk counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// In its nonce.
    InNonces,
    /// In what is authenticated with it, too.
    InBoth,
}

/// The key of the chunks, and which comes next.
pub(super) struct Chunks {
    cipher: Box<dyn Aead>,
    /// To which the number of a chunk is added.
    nonce: Vec<u8>,
    info: [u8; 5],
    numbers: Numbers,
    chunk: usize,
    number: u64,
}

impl Chunks {
    /// `exponent` is that of the size of a chunk.
    pub(super) fn new(cipher: Box<dyn Aead>, nonce: Vec<u8>, info: [u8; 5], numbers: Numbers, exponent: u8) -> Self {
        Self { cipher, nonce, info, numbers, chunk: octets(exponent), number: 0 }
    }

    /// Decrypts all of them in place, and puts what was encrypted at the beginning: how much that is. `None` where anything was altered.
    pub(super) fn open(&mut self, data: &mut [u8]) -> Option<usize> {
        let (chunks, last_tag) = data.split_last_chunk_mut::<TAG_BYTES>()?;
        let mut opened = 0;
        for chunk in chunks.chunks_mut(self.chunk + TAG_BYTES) {
            let (data, tag) = chunk.split_last_chunk_mut::<TAG_BYTES>()?;
            let (nonce, associated) = self.next(None);
            self.cipher.open(&nonce, &associated, data, tag)?;
            opened += data.len();
        }
        let (nonce, associated) = self.next(Some(opened));
        self.cipher.open(&nonce, &associated, &mut [], last_tag)?;
        for at in 1..opened.div_ceil(self.chunk) {
            let to = at * self.chunk;
            let from = to + at * TAG_BYTES;
            data.copy_within(from..from + self.chunk.min(opened - to), to);
        }
        Some(opened)
    }

    /// Appends what comes in parts, encrypted.
    pub(super) fn seal(&mut self, parts: &[&[u8]], into: &mut Vec<u8>) -> Option<()> {
        let mut begin = into.len();
        for part in parts {
            let mut part = *part;
            while !part.is_empty() {
                let room = begin + self.chunk - into.len();
                let (now, later) = part.split_at(room.min(part.len()));
                into.extend_from_slice(now);
                part = later;
                if now.len() == room {
                    begin = self.seal_last(into, begin)?;
                }
            }
        }
        if into.len() > begin {
            self.seal_last(into, begin)?;
        }
        let (nonce, associated) = self.next(Some(parts.iter().map(|part| part.len()).sum()));
        into.extend_from_slice(&self.cipher.seal(&nonce, &associated, &mut [])?);
        Some(())
    }

    /// Encrypts what stands at the end, and appends its tag; where the next begins.
    fn seal_last(&mut self, into: &mut Vec<u8>, begin: usize) -> Option<usize> {
        let (nonce, associated) = self.next(None);
        let tag = self.cipher.seal(&nonce, &associated, into.get_mut(begin..)?)?;
        into.extend_from_slice(&tag);
        Some(into.len())
    }

    /// The nonce of the next chunk, and what is authenticated with it; after the last one, with how much there was.
    fn next(&mut self, total: Option<usize>) -> (Vec<u8>, Vec<u8>) {
        let number = self.number.to_be_bytes();
        self.number += 1;
        let mut nonce = self.nonce.clone();
        nonce.iter_mut().rev().zip(number.iter().rev()).for_each(|(octet, number)| *octet ^= number);
        let mut associated = self.info.to_vec();
        if self.numbers == Numbers::InBoth {
            associated.extend_from_slice(&number);
        }
        if let Some(total) = total {
            associated.extend_from_slice(&(total as u64).to_be_bytes());
        }
        (nonce, associated)
    }
}
