//! AES, eight blocks at a time, both ways. The crate `aes` does the same with two blocks in registers of 32 bits, and is ten times slower
//! in WebAssembly.

#![expect(clippy::indexing_slicing, reason = "all arrays have a fixed length, and indices count up to it")]

use std::array;

use zeroize::Zeroize;

use super::lanes::Lanes;
use super::sliced::{State, added, mixed, substituted, transposed, unmixed, unsubstituted};
use super::{BLOCK_BYTES, CONSTANT};

/// How many blocks are encrypted or decrypted at once.
pub(super) const BLOCKS: usize = 8;
/// Their octets.
pub(super) const WIDE_BYTES: usize = BLOCKS * BLOCK_BYTES;

/// Eight blocks beside each other.
pub(super) type Blocks = [Lanes; BLOCKS];

/// A key, expanded.
pub struct WideAes {
    /// The keys of the rounds; all but the first with the constant of the S-box.
    rounds: Vec<State>,
}

impl WideAes {
    /// Takes a key of 16, 24 or 32 octets; `None` for any other.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        let mut keys = round_keys(key)?;
        let rounds = keys.iter().enumerate().map(|(round, key)| {
            let constant = if round == 0 { 0 } else { CONSTANT };
            // Every block gets the same key.
            let register = |bit| Lanes::new(key.map(|octet| if (octet ^ constant) >> bit & 1 == 1 { 0xff } else { 0 }));
            array::from_fn(register)
        });
        let expanded = Self { rounds: rounds.collect() };
        keys.zeroize();
        Some(expanded)
    }

    /// Encrypts eight blocks.
    #[inline]
    pub(super) fn encrypt(&self, blocks: Blocks) -> Blocks {
        let [first, inner @ .., last] = self.rounds.as_slice() else { return blocks };
        let mut state = added(transposed(blocks), first);
        for key in inner {
            state = added(mixed(substituted(state).map(Lanes::shifted)), key);
        }
        transposed(added(substituted(state).map(Lanes::shifted), last))
    }

    /// Decrypts eight blocks.
    #[inline]
    pub(super) fn decrypt(&self, blocks: Blocks) -> Blocks {
        let [first, inner @ .., last] = self.rounds.as_slice() else { return blocks };
        let mut state = added(transposed(blocks), last);
        for key in inner.iter().rev() {
            state = unmixed(added(unsubstituted(state.map(Lanes::unshifted)), key));
        }
        transposed(added(unsubstituted(state.map(Lanes::unshifted)), first))
    }

    /// Encrypts one block.
    pub(super) fn encrypt_one(&self, block: Lanes) -> Lanes {
        self.encrypt([block; BLOCKS])[0]
    }

    /// Decrypts what was encrypted in CFB mode with an initialisation vector of zeros (RFC 9580 §5.13.1), in place.
    pub fn decrypt_cfb(&self, data: &mut [u8]) {
        let mut before = Lanes::new([0; BLOCK_BYTES]);
        for part in data.chunks_mut(WIDE_BYTES) {
            let sealed = blocks(part);
            let stream = self.encrypt(array::from_fn(|at| if at == 0 { before } else { sealed[at - 1] }));
            before = sealed[BLOCKS - 1];
            add_stream(part, sealed, stream);
        }
    }
}

impl Drop for WideAes {
    fn drop(&mut self) {
        self.rounds.iter_mut().for_each(|round| *round = [Lanes::new([0; BLOCK_BYTES]); 8]);
        std::hint::black_box(&self.rounds);
    }
}

/// Eight blocks out of 128 octets, or of fewer, which zeros follow.
#[inline(always)]
pub(super) fn blocks(part: &[u8]) -> Blocks {
    if let Some(whole) = part.first_chunk::<WIDE_BYTES>() {
        return of_octets(whole);
    }
    let mut octets = [0; WIDE_BYTES];
    octets.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
    of_octets(&octets)
}

#[inline(always)]
fn of_octets(octets: &[u8; WIDE_BYTES]) -> Blocks {
    let (blocks, _) = octets.as_chunks::<BLOCK_BYTES>();
    array::from_fn(|at| Lanes::new(blocks[at]))
}

/// Puts blocks in the place of 128 octets, or the beginning of them in the place of fewer.
#[inline(always)]
pub(super) fn put(part: &mut [u8], blocks: Blocks) {
    let (whole, rest) = part.as_chunks_mut::<BLOCK_BYTES>();
    whole.iter_mut().zip(blocks).for_each(|(to, block)| *to = block.bytes());
    let next = blocks.get(whole.len()).map(|block| block.bytes()).unwrap_or_default();
    rest.iter_mut().zip(next).for_each(|(to, octet)| *to = octet);
}

/// Puts the sum of a part, which its blocks say again, and a stream in its place.
#[inline(always)]
pub(super) fn add_stream(part: &mut [u8], blocks: Blocks, stream: Blocks) {
    put(part, array::from_fn(|at| blocks[at].xor(stream[at])));
}

/// The keys of all rounds (FIPS 197 §5.2); `None` where a key has not 16, 24 or 32 octets.
pub(super) fn round_keys(key: &[u8]) -> Option<Vec<[u8; BLOCK_BYTES]>> {
    if !matches!(key.len(), 16 | 24 | 32) {
        return None;
    }
    let words = key.len() / 4;
    // Of its full length from the beginning: what grows leaves copies.
    let mut expanded: Vec<[u8; 4]> = Vec::with_capacity(4 * (words + 7));
    expanded.extend_from_slice(key.as_chunks().0);
    let mut constant = 1_u8;
    for at in words..4 * (words + 7) {
        let mut word = *expanded.get(at - 1)?;
        if at % words == 0 {
            word.rotate_left(1);
            word = octets_substituted(word);
            word[0] ^= constant;
            constant = (constant << 1) ^ ((constant >> 7) * 0x1b);
        } else if words > 6 && at % words == 4 {
            word = octets_substituted(word);
        }
        let before = *expanded.get(at - words)?;
        expanded.push(array::from_fn(|octet| word[octet] ^ before[octet]));
    }
    let rounds = expanded.as_flattened().as_chunks().0.to_vec();
    expanded.zeroize();
    Some(rounds)
}

/// Some octets substituted, 16 at most.
pub(super) fn octets_substituted<const N: usize>(octets: [u8; N]) -> [u8; N] {
    let mut block = [0; BLOCK_BYTES];
    block[..N].copy_from_slice(&octets);
    let [substituted, ..] = transposed(substituted(transposed([Lanes::new(block); BLOCKS])));
    let substituted = substituted.bytes();
    array::from_fn(|at| substituted[at] ^ CONSTANT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_aes_both_ways() {
        // FIPS 197 appendix C: the key is 00 01 02 …, the plaintext 00 11 22 …
        let clear: [u8; BLOCK_BYTES] = array::from_fn(|at| (at * 0x11) as u8);
        for (key_bytes, expected) in [
            (16, 0x69c4_e0d8_6a7b_0430_d8cd_b780_70b4_c55a_u128),
            (24, 0xdda9_7ca4_864c_dfe0_6eaf_70a0_ec0d_7191),
            (32, 0x8ea2_b7ca_5167_45bf_eafc_4990_4b49_6089),
        ] {
            let key: Vec<u8> = (0..key_bytes).collect();
            let aes = WideAes::new(&key).unwrap();
            let sealed = aes.encrypt([Lanes::new(clear); BLOCKS]);
            assert_eq!(sealed.map(Lanes::bytes), [expected.to_be_bytes(); BLOCKS]);
            assert_eq!(aes.decrypt(sealed).map(Lanes::bytes), [clear; BLOCKS]);
        }
        assert!(WideAes::new(&[0; 20]).is_none());
    }
}
