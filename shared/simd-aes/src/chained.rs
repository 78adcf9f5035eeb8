//! AES, one block after the other: in CFB mode nothing can be encrypted before the block in front of it.
//!
//! Here it pays to have the sixteen octets of one block in one register, and to look values up in registers of sixteen, which takes the
//! same time whatever the index, as Hamburg has it ("Accelerating AES with Vector Permute Instructions", 2009). An octet is too much for
//! that and half of one is not: octets are written as `k + iτ`, with `k` and `i` of the field of sixteen and τ a root of `τ² + aτ + a`.
//! The inverse of that, of which the S-box is made, is `(k + ai)/N + (i/N)τ` with `N = k² + aik + ai²`. Two quotients give both parts:
//!
//! `1/(1/i + a/k) + j = N/(k + ai)` and `1/(1/j + a/k) + i = N/(k + aj)`, where `j = i + k`,
//!
//! so the S-box is the sum of a table of the first and one of the second, whatever linear follows it included. Where a quotient has no value its
//! table says [`NONE`], which stays no index whatever is added to it, and at which every table has zero.
//!
//! Blocks stay written so from round to round; the keys of the rounds are, too.

use std::sync::LazyLock;

use zeroize::Zeroize;

use super::lanes::Lanes;
use super::tower::{Tower, doubled, inverse};
use super::{BLOCK_BYTES, CONSTANT, wide};

/// No element of the field of sixteen, and no index of a table.
const NONE: u8 = 0x80;

/// A key, expanded, that encrypts.
pub struct ChainedAes {
    first: Lanes,
    inner: Vec<Lanes>,
    last: Lanes,
    tables: &'static Tables,
}

impl ChainedAes {
    /// Takes a key of 16, 24 or 32 octets; `None` for any other.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        let tables = COMPUTED.as_ref()?;
        let mut rounds = wide::round_keys(key)?;
        let (last, others) = rounds.split_last_mut()?;
        for (at, key) in others.iter_mut().enumerate() {
            // The constant of the S-box before: mixing columns leaves it as it is.
            let constant = if at == 0 { 0 } else { CONSTANT };
            let halves = Lanes::new(key.map(|octet| octet ^ constant)).halves();
            *key = tables.written.of(halves).bytes();
        }
        *last = last.map(|octet| octet ^ CONSTANT);
        let (first, inner) = others.split_first()?;
        let expanded = Self {
            first: Lanes::new(*first),
            inner: inner.iter().map(|key| Lanes::new(*key)).collect(),
            last: Lanes::new(*last),
            tables,
        };
        rounds.zeroize();
        Some(expanded)
    }

    /// Encrypts in CFB mode with an initialisation vector of zeros, in place.
    pub fn encrypt_cfb(&self, data: &mut [u8]) {
        let mut before = Lanes::new([0; BLOCK_BYTES]);
        let (blocks, rest) = data.as_chunks_mut::<BLOCK_BYTES>();
        for block in blocks {
            before = self.encrypt(before).xor(Lanes::new(*block));
            *block = before.bytes();
        }
        let stream = self.encrypt(before).bytes();
        rest.iter_mut().zip(stream).for_each(|(octet, key)| *octet ^= key);
    }

    #[inline(always)]
    fn encrypt(&self, block: Lanes) -> Lanes {
        let tables = self.tables;
        let mut state = tables.written.of(block.halves()).xor(self.first);
        for key in &self.inner {
            let quotients = tables.quotients(state.shifted());
            let (once, twice) = (tables.once.of(quotients), tables.twice.of(quotients));
            // The columns mixed (FIPS 197 §5.1.3): twice the octet, three times the one below, and the two below that.
            let thrice = once.xor(twice).below();
            state = twice.xor(*key).xor(thrice).xor(once.xor(once.below()).second_below());
        }
        tables.last.of(tables.quotients(state.shifted())).xor(self.last)
    }
}

impl Drop for ChainedAes {
    fn drop(&mut self) {
        let nothing = Lanes::new([0; BLOCK_BYTES]);
        self.inner.iter_mut().chain([&mut self.first, &mut self.last]).for_each(|round| *round = nothing);
        std::hint::black_box((&self.inner, self.first, self.last));
    }
}

/// A linear function of two values of the field of sixteen.
#[derive(Clone, Copy)]
struct Linear(Lanes, Lanes);

impl Linear {
    fn new(one: impl FnMut(u8) -> u8, other: impl FnMut(u8) -> u8) -> Self {
        Self(table(one), table(other))
    }

    #[inline(always)]
    fn of(&self, (one, other): (Lanes, Lanes)) -> Lanes {
        self.0.at(one).xor(self.1.at(other))
    }
}

/// What is the same for every key, computed once.
static COMPUTED: LazyLock<Option<Tables>> = LazyLock::new(|| Some(Tables::of(&Tower::new()?)));

/// What is looked up.
struct Tables {
    /// `1/x`.
    inverse: Lanes,
    /// `a/x`.
    a_over: Lanes,
    /// An octet, by its halves.
    written: Linear,
    /// The S-box without its constant, by the two quotients, written.
    once: Linear,
    /// The same twice (FIPS 197 §4.2.1).
    twice: Linear,
    /// The same, as octets are elsewhere.
    last: Linear,
}

impl Tables {
    fn of(field: &Tower) -> Self {
        let over = |value: u8, x: u8| if x == 0 { NONE } else { field.times(value, field.inverse(x)) };
        // What the S-box makes of `k + iτ`, of which 1/x is the first quotient, or the second.
        let substituted = |first: u8, second: u8| {
            let k = field.times(first ^ second, field.inverse(field.a));
            // The inverse is (k + ai)/N + (i/N)τ.
            let i = field.times(first ^ k, field.inverse(field.a));
            let [substituted] = wide::octets_substituted([inverse(field.octet(first, i))]);
            substituted ^ CONSTANT
        };
        let of_first = |x: u8| substituted(field.inverse(x), 0);
        let of_second = |x: u8| substituted(0, field.inverse(x));
        Self {
            inverse: table(|x| over(1, x)),
            a_over: table(|x| over(field.a, x)),
            written: Linear::new(|low| field.written(low), |high| field.written(high << 4)),
            once: Linear::new(|x| field.written(of_first(x)), |x| field.written(of_second(x))),
            twice: Linear::new(|x| field.written(doubled(of_first(x))), |x| field.written(doubled(of_second(x)))),
            last: Linear::new(of_first, of_second),
        }
    }

    /// The two quotients of every octet.
    #[inline(always)]
    fn quotients(&self, state: Lanes) -> (Lanes, Lanes) {
        let (k, i) = state.halves();
        let j = i.xor(k);
        let a_over_k = self.a_over.at(k);
        let of = |x: Lanes| self.inverse.at(self.inverse.at(x).xor(a_over_k));
        (of(i).xor(j), of(j).xor(i))
    }
}

fn table(value: impl FnMut(u8) -> u8) -> Lanes {
    let mut index = 0..16;
    Lanes::new([(); BLOCK_BYTES].map(|()| index.next().unwrap_or_default()).map(value))
}

#[cfg(test)]
mod tests {
    use std::array;

    use super::*;

    #[test]
    fn it_is_aes() {
        // FIPS 197 appendix C: the key is 00 01 02 …, the plaintext 00 11 22 …
        let block = Lanes::new(array::from_fn(|at| (at * 0x11) as u8));
        for (key_bytes, expected) in [
            (16, 0x69c4_e0d8_6a7b_0430_d8cd_b780_70b4_c55a_u128),
            (24, 0xdda9_7ca4_864c_dfe0_6eaf_70a0_ec0d_7191),
            (32, 0x8ea2_b7ca_5167_45bf_eafc_4990_4b49_6089),
        ] {
            let key: Vec<u8> = (0..key_bytes).collect();
            let encrypted = ChainedAes::new(&key).unwrap().encrypt(block);
            assert_eq!(encrypted.bytes(), expected.to_be_bytes(), "{key_bytes}");
        }
        assert!(ChainedAes::new(&[0; 20]).is_none());
    }

    #[test]
    fn every_octet_is_substituted_rightly() {
        let tables = Tables::of(&Tower::new().unwrap());
        for octet in 0..=255 {
            let state = tables.written.of(Lanes::new([octet; BLOCK_BYTES]).halves());
            let ours = tables.last.of(tables.quotients(state)).bytes();
            assert_eq!(
                ours.map(|octet| octet ^ CONSTANT),
                wide::octets_substituted([octet; BLOCK_BYTES]),
                "{octet:02x}"
            );
        }
    }
}
