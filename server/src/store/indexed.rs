//! The bytes of a message that is to be stored, and what is kept beside them so that listing touches none of them.

use std::ops::Deref;

use shared::mime::header::{Ending, Header};

use crate::structure::{Part, print_bodystructure, print_envelope};

/// Longest header that is kept beside its message, octets: real ones stay under a quarter of it.
const HEADER_BYTES: usize = 64 * 1024;
/// Longest structure that is kept beside its message, octets: that of sealed mail is well under one thousand.
const STRUCTURE_BYTES: usize = 16 * 1024;

/// Longest envelope that is kept beside its message, octets: that of a letter to twenty people is a quarter of it.
const ENVELOPE_BYTES: usize = 8 * 1024;

/// The bytes of a message that is to be stored, with what is kept beside them so that listing touches none of them. Making
/// it takes a message apart: for large ones not for async threads.
#[derive(Clone, Debug)]
pub struct IndexedBytes {
    bytes: Vec<u8>,
    /// Octets of the header with its empty line; `None` where it does not end, or is very long.
    header: Option<usize>,
    structure: Option<Structure>,
    envelope: Option<Vec<u8>>,
}

/// How IMAP tells the structure of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Structure {
    /// BODY.
    pub plain: Vec<u8>,
    /// BODYSTRUCTURE.
    pub extended: Vec<u8>,
}

impl IndexedBytes {
    /// The header with its empty line, where that is kept.
    pub(super) fn header(&self) -> Option<&[u8]> {
        self.header.and_then(|length| self.bytes.get(..length))
    }

    /// ENVELOPE, where that is kept.
    pub(super) fn envelope(&self) -> Option<&[u8]> {
        self.envelope.as_deref()
    }

    /// The structure, where that is kept.
    pub(super) fn structure(&self) -> Option<&Structure> {
        self.structure.as_ref()
    }
}

impl From<Vec<u8>> for IndexedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        let header = Header::of(&bytes);
        let whole = header.ending() == Ending::EmptyLine && header.body_start() <= HEADER_BYTES;
        let header = whole.then(|| header.body_start());
        let structure = Some(Structure::of(&bytes)).filter(|structure| structure.extended.len() <= STRUCTURE_BYTES);
        let mut envelope = Vec::new();
        if let Some(header) = header.and_then(|length| bytes.get(..length)) {
            print_envelope(&mut envelope, header);
        }
        let envelope = Some(envelope).filter(|envelope| !envelope.is_empty() && envelope.len() <= ENVELOPE_BYTES);
        Self { bytes, header, structure, envelope }
    }
}

impl Deref for IndexedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Structure {
    fn of(message: &[u8]) -> Self {
        let part = Part::of_message(message);
        let printed = |extended| {
            let mut out = Vec::new();
            print_bodystructure(&mut out, message, &part, extended);
            out
        };
        Self { plain: printed(false), extended: printed(true) }
    }
}
