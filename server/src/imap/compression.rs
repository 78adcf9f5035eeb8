//! The layer between a connection and its stream once the client asked for it: DEFLATE without a header (RFC 4978, RFC 1951).
//!
//! Invariants: a piece that is sent can be read whole as it arrives; of what comes in, no more is unpacked at once than the
//! caller has room for, however much it stands for.

use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use zeroize::Zeroizing;

/// Room that is made for packed bytes at least, octets.
const PACKED_BYTES: usize = 4 * 1024;

/// Both directions of a compressed connection.
pub(super) struct Deflated {
    packer: Compress,
    unpacker: Decompress,
    /// What was read and not unpacked.
    packed: Vec<u8>,
    /// The unpacker filled all the room it had, and may have more.
    holds_more: bool,
}

impl Deflated {
    pub(super) fn new() -> Self {
        // What is sent is mostly ciphertext in armor; quick is as good as thorough there.
        Self {
            packer: Compress::new(Compression::fast(), false),
            unpacker: Decompress::new(false),
            packed: Vec::new(),
            holds_more: false,
        }
    }

    /// Takes what was read.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.packed.extend_from_slice(bytes);
    }

    /// Unpacks what fits into `room`; answers how much that is. Zero: more must be read first.
    ///
    /// # Errors
    /// Where the bytes stand for nothing.
    pub(super) fn unpack(&mut self, room: &mut Zeroizing<Vec<u8>>) -> io::Result<usize> {
        if self.packed.is_empty() && !self.holds_more {
            return Ok(0);
        }
        let (used, made) = (self.unpacker.total_in(), self.unpacker.total_out());
        let status = self.unpacker.decompress(&self.packed, room, FlushDecompress::Sync).map_err(broken)?;
        let used = usize::try_from(self.unpacker.total_in() - used).unwrap_or_default();
        let made = usize::try_from(self.unpacker.total_out() - made).unwrap_or_default();
        self.packed.drain(..used.min(self.packed.len()));
        if status == Status::StreamEnd && !self.packed.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "more after the end of what is compressed"));
        }
        self.holds_more = made == room.len();
        if used == 0 && made == 0 && !self.packed.is_empty() {
            // Nothing more can be made of it, and it cannot become less.
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(made)
    }

    /// Packs bytes so that all of them can be read from what is answered.
    ///
    /// # Errors
    /// Never in practice.
    pub(super) fn pack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(bytes.len() / 2 + PACKED_BYTES);
        let start = self.packer.total_in();
        loop {
            let used = usize::try_from(self.packer.total_in() - start).unwrap_or_default();
            let rest = bytes.get(used..).unwrap_or_default();
            self.packer.compress_vec(rest, &mut out, FlushCompress::Sync).map_err(broken)?;
            let all = self.packer.total_in() - start == bytes.len() as u64;
            if all && out.len() < out.capacity() {
                return Ok(out);
            }
            out.reserve(PACKED_BYTES);
        }
    }
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unpacked(layer: &mut Deflated, room: usize) -> Vec<u8> {
        let (mut out, mut room) = (Vec::new(), Zeroizing::new(vec![0; room]));
        loop {
            match layer.unpack(&mut room).unwrap() {
                0 => return out,
                made => out.extend_from_slice(&room[..made]),
            }
        }
    }

    proptest! {
        #[test]
        fn every_piece_is_read_as_it_arrives(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..3000), 1..10), room in 1_usize..500,
        ) {
            let (mut here, mut there) = (Deflated::new(), Deflated::new());
            for piece in pieces {
                let packed = here.pack(&piece).unwrap();
                let (one, other) = packed.split_at(packed.len() / 2);
                there.push(one);
                let mut came = unpacked(&mut there, room);
                there.push(other);
                came.extend(unpacked(&mut there, room));
                prop_assert_eq!(came, piece);
            }
        }

        #[test]
        fn noise_ends_it_and_takes_no_memory(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut layer = Deflated::new();
            layer.push(&bytes);
            let mut room = Zeroizing::new(vec![0; 100]);
            for _ in 0..10_000 {
                match layer.unpack(&mut room) {
                    Ok(0) | Err(_) => return Ok(()),
                    Ok(_) => {}
                }
            }
        }
    }

    #[test]
    fn what_stands_for_very_much_is_unpacked_piece_by_piece() {
        let packed = Deflated::new().pack(&vec![b'x'; 10_000_000]).unwrap();
        assert!(packed.len() < 100_000);
        let mut layer = Deflated::new();
        layer.push(&packed);
        let mut room = Zeroizing::new(vec![0; 1000]);
        assert_eq!(layer.unpack(&mut room).unwrap(), 1000);
        assert_eq!(unpacked(&mut layer, 1000).len(), 9_999_000);
    }
}
