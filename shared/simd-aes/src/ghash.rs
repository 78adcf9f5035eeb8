//! GHASH (NIST SP 800-38D §6.4), sixteen blocks at a time.
//!
//! To multiply by a key is linear, so each octet of the product is a sum of what the halves of the octets contribute. That is looked up in
//! registers, for sixteen blocks beside each other, in the same time whatever is looked up: each of them is summed up with the
//! sixteenth power of the key, and what comes of it with the powers that it lacks.

#![expect(clippy::indexing_slicing, reason = "all arrays have a fixed length, and indices count up to it")]

use std::array;

use super::BLOCK_BYTES;
use super::lanes::Lanes;

/// How many blocks are multiplied at once: there are as many as each has octets.
const BLOCKS: usize = BLOCK_BYTES;
/// Their octets.
const SQUARE_BYTES: usize = BLOCKS * BLOCK_BYTES;
/// The bits of an element of the field.
const BITS: usize = 8 * BLOCK_BYTES;
/// `1 + x + x² + x⁷`, the highest bit first: what `x¹²⁸` is.
const REDUCED: u128 = 0xe1 << 120;

/// Blocks one after the other; or of all of them the first octets, the second octets and so on.
type Square = [Lanes; BLOCKS];

/// A key, and what multiplies by it.
pub(super) struct Ghash {
    /// The key, by x, by x² and so on.
    multiples: [u128; BITS],
    /// For each half of an octet, the upper one first, and each octet of the product: what each value contributes to a product with the
    /// sixteenth power of the key.
    tables: Vec<Square>,
}

impl Ghash {
    pub(super) fn new(key: [u8; BLOCK_BYTES]) -> Self {
        let multiples = multiples(u128::from_be_bytes(key));
        // Squared four times.
        let power = (0..4).fold(multiples, |power, _| self::multiples(product(power[0], &power)));
        let (halves, _) = power.as_chunks::<4>();
        let tables = halves.iter().map(|[eight, four, two, one]| {
            let of = |value: u128| {
                let parts = [(eight, value >> 3), (four, value >> 2), (two, value >> 1), (one, value)];
                parts.into_iter().fold(0, |sum, (multiple, bits)| sum ^ where_set(bits, *multiple))
            };
            transposed(array::from_fn(|value| Lanes::new(of(value as u128).to_be_bytes())))
        });
        Self { multiples, tables: tables.collect() }
    }

    /// The hash of what is authenticated, of what is encrypted, and of their lengths.
    pub(super) fn of(&self, associated: &[u8], data: &[u8]) -> Lanes {
        let bits = |octets: &[u8]| (octets.len() as u128) << 3;
        let lengths = (bits(associated) << 64) | bits(data);
        // Squares are whole at the end: most of them lie in what is encrypted as it is, before its last fifteen blocks.
        let begin_of_last = data.len().div_ceil(BLOCK_BYTES).saturating_sub(BLOCKS - 1) * BLOCK_BYTES;
        let (before, last) = data.split_at(begin_of_last);
        let (head, middle) = before.split_at(before.len() % SQUARE_BYTES);
        let (mut first, mut end) = (padded(associated), padded(last));
        first.extend_from_slice(head);
        end.extend_from_slice(&lengths.to_be_bytes());
        if before.is_empty() {
            end.splice(..0, first.drain(..));
        }
        // Zeros in front of everything count for nothing.
        let in_front = |octets: &[u8]| octets.len().next_multiple_of(SQUARE_BYTES) - octets.len();
        let is_one = first.is_empty() && end.len() <= SQUARE_BYTES;
        let unused = if is_one { in_front(&end) / BLOCK_BYTES } else { 0 };
        for part in [&mut first, &mut end] {
            part.splice(..0, std::iter::repeat_n(0, in_front(part)));
        }
        let mut sums = [Lanes::zero(); BLOCKS];
        for square in [&first, middle, &end].into_iter().flat_map(|part| part.as_chunks::<SQUARE_BYTES>().0) {
            let (blocks, _) = square.as_chunks::<BLOCK_BYTES>();
            let added = transposed(array::from_fn(|at| Lanes::new(blocks[at])));
            let multiplied = self.multiplied(sums);
            sums = array::from_fn(|at| multiplied[at].xor(added[at]));
        }
        let rows = transposed(sums).into_iter().skip(unused);
        let sum = rows.fold(0, |sum, row| product(sum ^ u128::from_be_bytes(row.bytes()), &self.multiples));
        Lanes::new(sum.to_be_bytes())
    }

    /// Sixteen blocks, by their octets, by the sixteenth power of the key.
    #[inline(always)]
    fn multiplied(&self, blocks: Square) -> Square {
        let mut product = [Lanes::zero(); BLOCKS];
        let (tables, _) = self.tables.as_chunks::<2>();
        for ([upper, lower], octets) in tables.iter().zip(blocks) {
            let (low, high) = octets.halves();
            product = array::from_fn(|at| product[at].xor(upper[at].at(high)).xor(lower[at].at(low)));
        }
        product
    }
}

impl Drop for Ghash {
    fn drop(&mut self) {
        self.multiples = [0; BITS];
        self.tables.iter_mut().for_each(|table| *table = [Lanes::zero(); BLOCKS]);
        std::hint::black_box((&self.multiples, &self.tables));
    }
}

/// Octets, and zeros up to whole blocks.
fn padded(octets: &[u8]) -> Vec<u8> {
    let mut padded = octets.to_vec();
    padded.resize(octets.len().next_multiple_of(BLOCK_BYTES), 0);
    padded
}

/// Octet `o` of block `b` changes its place with octet `b` of block `o`.
#[inline(always)]
fn transposed(blocks: Square) -> Square {
    (0..4).fold(blocks, |blocks, _| {
        let mut next = [Lanes::zero(); BLOCKS];
        for at in 0..BLOCKS / 2 {
            (next[2 * at], next[2 * at + 1]) = blocks[at].interleaved(blocks[at + BLOCKS / 2]);
        }
        next
    })
}

/// An element of the field, by x, by x² and so on: the highest bit is that of x⁰.
fn multiples(element: u128) -> [u128; BITS] {
    let mut next = element;
    array::from_fn(|_| {
        let multiple = next;
        next = (next >> 1) ^ where_set(next, REDUCED);
        multiple
    })
}

/// The product with an element whose multiples these are.
fn product(element: u128, multiples: &[u128; BITS]) -> u128 {
    let parts = multiples.iter().enumerate().map(|(at, multiple)| where_set(element >> (BITS - 1 - at), *multiple));
    parts.fold(0, |sum, part| sum ^ part)
}

/// A value where the lowest bit is set, and zero where it is not, in the same time.
#[inline(always)]
fn where_set(bits: u128, value: u128) -> u128 {
    value & 0_u128.wrapping_sub(bits & 1)
}
