//! Sixteen octets side by side, of WebAssembly's registers of 128 bits; elsewhere of a number, for tests.

pub(super) use registers::Lanes;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod registers {
    use core::arch::wasm32::*;

    use super::super::BLOCK_BYTES;

    /// Sixteen octets in a register.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Lanes(v128);

    impl Lanes {
        #[inline(always)]
        pub(in super::super) fn new(bytes: [u8; BLOCK_BYTES]) -> Self {
            let number = u128::from_le_bytes(bytes);
            Self(u64x2(number as u64, (number >> 64) as u64))
        }

        #[inline(always)]
        pub(in super::super) fn zero() -> Self {
            Self(u64x2_splat(0))
        }

        #[inline(always)]
        pub(in super::super) fn bytes(self) -> [u8; BLOCK_BYTES] {
            let (low, high) = (u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0));
            (u128::from(low) | u128::from(high) << 64).to_le_bytes()
        }

        #[inline(always)]
        pub(in super::super) fn xor(self, other: Self) -> Self {
            Self(v128_xor(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        /// What crosses from one octet to another is for the caller to mask.
        #[inline(always)]
        pub(in super::super) fn right(self, bits: usize) -> Self {
            Self(u64x2_shr(self.0, bits as u32))
        }

        /// As [`Self::right`].
        #[inline(always)]
        pub(in super::super) fn left(self, bits: usize) -> Self {
            Self(u64x2_shl(self.0, bits as u32))
        }

        /// The lower and the upper half of each octet.
        #[inline(always)]
        pub(in super::super) fn halves(self) -> (Self, Self) {
            let half = u8x16_splat(0x0f);
            (Self(v128_and(self.0, half)), Self(v128_and(u16x8_shr(self.0, 4), half)))
        }

        /// The values that stand at these indices; 0 for an index of 16 and more.
        #[inline(always)]
        pub(in super::super) fn at(self, indices: Self) -> Self {
            Self(u8x16_swizzle(self.0, indices.0))
        }

        /// The rows shifted.
        #[inline(always)]
        pub(in super::super) fn shifted(self) -> Self {
            Self(u8x16_shuffle::<0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11>(self.0, self.0))
        }

        /// The rows shifted back.
        #[inline(always)]
        pub(in super::super) fn unshifted(self) -> Self {
            Self(u8x16_shuffle::<0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3>(self.0, self.0))
        }

        /// In the place of each octet the one below it in its column.
        #[inline(always)]
        pub(in super::super) fn below(self) -> Self {
            Self(u8x16_shuffle::<1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12>(self.0, self.0))
        }

        /// In the place of each octet the second below it.
        #[inline(always)]
        pub(in super::super) fn second_below(self) -> Self {
            Self(u8x16_shuffle::<2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13>(self.0, self.0))
        }

        /// The first halves of two, an octet of the one and an octet of the other by turns, and the second halves.
        #[inline(always)]
        pub(in super::super) fn interleaved(self, other: Self) -> (Self, Self) {
            (
                Self(u8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, other.0)),
                Self(u8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(self.0, other.0)),
            )
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod registers {
    use super::super::BLOCK_BYTES;

    /// Sixteen octets in a number.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Lanes(u128);

    impl Lanes {
        pub(in super::super) fn new(bytes: [u8; BLOCK_BYTES]) -> Self {
            Self(u128::from_le_bytes(bytes))
        }

        pub(in super::super) fn zero() -> Self {
            Self(0)
        }

        pub(in super::super) fn bytes(self) -> [u8; BLOCK_BYTES] {
            self.0.to_le_bytes()
        }

        pub(in super::super) fn xor(self, other: Self) -> Self {
            Self(self.0 ^ other.0)
        }

        pub(in super::super) fn and(self, other: Self) -> Self {
            Self(self.0 & other.0)
        }

        /// What crosses from one octet to another is for the caller to mask.
        pub(in super::super) fn right(self, bits: usize) -> Self {
            Self(self.0 >> bits)
        }

        /// As [`Self::right`].
        pub(in super::super) fn left(self, bits: usize) -> Self {
            Self(self.0 << bits)
        }

        /// The lower and the upper half of each octet.
        pub(in super::super) fn halves(self) -> (Self, Self) {
            let bytes = self.bytes();
            (Self::new(bytes.map(|octet| octet & 0x0f)), Self::new(bytes.map(|octet| octet >> 4)))
        }

        /// The values that stand at these indices; 0 for an index of 16 and more.
        pub(in super::super) fn at(self, indices: Self) -> Self {
            let values = self.bytes();
            Self::new(indices.bytes().map(|index| values.get(usize::from(index)).copied().unwrap_or(0)))
        }

        /// The rows shifted (FIPS 197 §5.1.2).
        pub(in super::super) fn shifted(self) -> Self {
            self.ordered([0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11])
        }

        /// The rows shifted back (FIPS 197 §5.3.1).
        pub(in super::super) fn unshifted(self) -> Self {
            self.ordered([0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3])
        }

        /// In the place of each octet the one below it in its column.
        pub(in super::super) fn below(self) -> Self {
            self.ordered([1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12])
        }

        /// In the place of each octet the second below it.
        pub(in super::super) fn second_below(self) -> Self {
            self.ordered([2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13])
        }

        /// The first halves of two, an octet of the one and an octet of the other by turns, and the second halves.
        pub(in super::super) fn interleaved(self, other: Self) -> (Self, Self) {
            let both = [self.bytes(), other.bytes()];
            let octet = |at: usize| both.get(at % 2).and_then(|one| one.get(at / 2)).copied().unwrap_or_default();
            let half = |begin: usize| Self::new(std::array::from_fn(|at| octet(begin + at)));
            (half(0), half(BLOCK_BYTES))
        }

        fn ordered(self, places: [usize; BLOCK_BYTES]) -> Self {
            let bytes = self.bytes();
            Self::new(places.map(|place| bytes.get(place).copied().unwrap_or_default()))
        }
    }
}
