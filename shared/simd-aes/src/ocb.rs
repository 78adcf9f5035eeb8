//! AES in OCB mode (RFC 7253), with nonces of fifteen octets and tags of sixteen.

#![expect(clippy::indexing_slicing, reason = "all arrays have a fixed length, and indices count up to it")]

use std::array;

use super::BLOCK_BYTES;
use super::lanes::Lanes;
use super::wide::{BLOCKS, Blocks, WIDE_BYTES, WideAes, blocks, put};

/// Octets of a nonce.
const NONCE_BYTES: usize = 15;
/// How many times the mask is doubled at most: once for each bit of the number of a block.
const DOUBLINGS: usize = 40;

/// A key, expanded, and its masks.
pub struct Ocb {
    aes: WideAes,
    /// L_*: for what is no whole block.
    star: Lanes,
    /// L_$: for the tag.
    dollar: Lanes,
    /// L_0 and what follows.
    doubled: [Lanes; DOUBLINGS],
}

impl Ocb {
    /// Takes a key of 16, 24 or 32 octets; `None` for any other.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        let aes = WideAes::new(key)?;
        let star = aes.encrypt_one(Lanes::zero());
        let dollar = doubled(star);
        let mut next = dollar;
        let doubled = array::from_fn(|_| {
            next = doubled(next);
            next
        });
        Some(Self { aes, star, dollar, doubled })
    }

    /// Encrypts in place; the tag.
    #[must_use]
    pub fn seal(&self, nonce: &[u8; NONCE_BYTES], associated: &[u8], data: &mut [u8]) -> [u8; BLOCK_BYTES] {
        self.run(nonce, associated, data, |masked| self.aes.encrypt(masked), |before, _| before)
    }

    /// Decrypts in place; the tag that it has if it was not altered, which is for the caller to compare.
    #[must_use]
    pub fn open(&self, nonce: &[u8; NONCE_BYTES], associated: &[u8], data: &mut [u8]) -> [u8; BLOCK_BYTES] {
        self.run(nonce, associated, data, |masked| self.aes.decrypt(masked), |_, after| after)
    }

    /// `crypt` is AES in one direction or the other, `clear` chooses what is in clear from what was and what comes of it.
    #[inline(always)]
    fn run(
        &self,
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        data: &mut [u8],
        crypt: impl Fn(Blocks) -> Blocks,
        clear: impl Fn(Lanes, Lanes) -> Lanes,
    ) -> [u8; BLOCK_BYTES] {
        let mut offset = self.first_offset(nonce);
        let mut checksum = Lanes::zero();
        let mut number = 0_usize;
        let (whole, rest) = data.split_at_mut(data.len() - data.len() % BLOCK_BYTES);
        for part in whole.chunks_mut(WIDE_BYTES) {
            let count = part.len() / BLOCK_BYTES;
            let offsets: Blocks = array::from_fn(|at| {
                if at < count {
                    number += 1;
                    offset = offset.xor(self.mask(number));
                }
                offset
            });
            let before = blocks(part);
            let crypted = crypt(array::from_fn(|at| before[at].xor(offsets[at])));
            let after: Blocks = array::from_fn(|at| crypted[at].xor(offsets[at]));
            let summed = before.into_iter().zip(after).take(count);
            checksum = summed.fold(checksum, |sum, (before, after)| sum.xor(clear(before, after)));
            put(part, after);
        }
        if !rest.is_empty() {
            offset = offset.xor(self.star);
            let [before, ..] = blocks(rest);
            let after = before.xor(self.aes.encrypt_one(offset));
            put(rest, [after; BLOCKS]);
            let mut last = clear(before, after).bytes();
            last[rest.len()..].fill(0);
            last[rest.len()] = 0x80;
            checksum = checksum.xor(Lanes::new(last));
        }
        let tag = self.aes.encrypt_one(checksum.xor(offset).xor(self.dollar));
        tag.xor(self.hash(associated)).bytes()
    }

    /// The mask of a block, the first of which is 1.
    #[inline(always)]
    fn mask(&self, number: usize) -> Lanes {
        let doublings = number.trailing_zeros() as usize;
        self.doubled[doublings.min(DOUBLINGS - 1)]
    }

    /// RFC 7253 §4.2, "nonce-dependent and per-encryption variables".
    fn first_offset(&self, nonce: &[u8; NONCE_BYTES]) -> Lanes {
        let mut block = [1; BLOCK_BYTES];
        block[1..].copy_from_slice(nonce);
        let bottom = u32::from(block[BLOCK_BYTES - 1] & 0x3f);
        block[BLOCK_BYTES - 1] &= 0xc0;
        let top = u128::from_be_bytes(self.aes.encrypt_one(Lanes::new(block)).bytes());
        let stretch = (top ^ (top << 8)) >> 64;
        let offset = (top << bottom) | (stretch >> (64 - bottom));
        Lanes::new(offset.to_be_bytes())
    }

    /// RFC 7253 §4.1.
    fn hash(&self, associated: &[u8]) -> Lanes {
        let (whole, rest) = associated.as_chunks::<BLOCK_BYTES>();
        let (mut offset, mut sum) = (Lanes::zero(), Lanes::zero());
        for (number, block) in (1..).zip(whole) {
            offset = offset.xor(self.mask(number));
            sum = sum.xor(self.aes.encrypt_one(Lanes::new(*block).xor(offset)));
        }
        if !rest.is_empty() {
            let mut last = [0; BLOCK_BYTES];
            last[..rest.len()].copy_from_slice(rest);
            last[rest.len()] = 0x80;
            sum = sum.xor(self.aes.encrypt_one(Lanes::new(last).xor(offset).xor(self.star)));
        }
        sum
    }
}

impl Drop for Ocb {
    fn drop(&mut self) {
        (self.star, self.dollar, self.doubled) = (Lanes::zero(), Lanes::zero(), [Lanes::zero(); DOUBLINGS]);
        std::hint::black_box((self.star, self.dollar, &self.doubled));
    }
}

/// Twice an element of the field of 2¹²⁸ (RFC 7253 §2).
fn doubled(block: Lanes) -> Lanes {
    let number = u128::from_be_bytes(block.bytes());
    let carried = 0x87 & 0_u128.wrapping_sub(number >> 127);
    Lanes::new(((number << 1) ^ carried).to_be_bytes())
}
