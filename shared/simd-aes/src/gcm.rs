//! AES in GCM mode (NIST SP 800-38D), with nonces of twelve octets and tags of sixteen.

use std::array;

use super::BLOCK_BYTES;
use super::ghash::Ghash;
use super::lanes::Lanes;
use super::wide::{BLOCKS, WIDE_BYTES, WideAes, add_stream, blocks};

/// Octets of a nonce.
const NONCE_BYTES: usize = 12;

/// A key, expanded, and that of its hash.
pub struct Gcm {
    aes: WideAes,
    hash: Ghash,
}

impl Gcm {
    /// Takes a key of 16, 24 or 32 octets; `None` for any other.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        let aes = WideAes::new(key)?;
        let hash = Ghash::new(aes.encrypt_one(Lanes::zero()).bytes());
        Some(Self { aes, hash })
    }

    /// Encrypts in place; the tag.
    #[must_use]
    pub fn seal(&self, nonce: &[u8; NONCE_BYTES], associated: &[u8], data: &mut [u8]) -> [u8; BLOCK_BYTES] {
        self.encrypt(nonce, data);
        self.tag(nonce, associated, data)
    }

    /// Decrypts in place; the tag that it has if it was not altered, which is for the caller to compare.
    #[must_use]
    pub fn open(&self, nonce: &[u8; NONCE_BYTES], associated: &[u8], data: &mut [u8]) -> [u8; BLOCK_BYTES] {
        let tag = self.tag(nonce, associated, data);
        self.encrypt(nonce, data);
        tag
    }

    /// Adds the stream that counting makes.
    fn encrypt(&self, nonce: &[u8; NONCE_BYTES], data: &mut [u8]) {
        let mut next = 2_u32;
        for part in data.chunks_mut(WIDE_BYTES) {
            let counted: [Lanes; BLOCKS] = array::from_fn(|at| counter(nonce, next.wrapping_add(at as u32)));
            next = next.wrapping_add(BLOCKS as u32);
            add_stream(part, blocks(part), self.aes.encrypt(counted));
        }
    }

    fn tag(&self, nonce: &[u8; NONCE_BYTES], associated: &[u8], sealed: &[u8]) -> [u8; BLOCK_BYTES] {
        self.hash.of(associated, sealed).xor(self.aes.encrypt_one(counter(nonce, 1))).bytes()
    }
}

#[inline(always)]
fn counter(nonce: &[u8; NONCE_BYTES], count: u32) -> Lanes {
    let mut block = [0; BLOCK_BYTES];
    let (begin, end) = block.split_at_mut(NONCE_BYTES);
    begin.copy_from_slice(nonce);
    end.copy_from_slice(&count.to_be_bytes());
    Lanes::new(block)
}
