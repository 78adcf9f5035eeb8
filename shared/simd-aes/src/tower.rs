//! The field of AES, written over a smaller one: octets as `k + iτ`, with `k` and `i` of the field of sixteen (see `chained`).
//!
//! All of it is computed from the one multiplication of AES, once; none of it depends on a key.

/// Octets of the field of AES, and how they are written: `i` in the upper half and `k` in the lower.
pub(super) struct Tower {
    /// The trace of τ, and its norm: `τ² + aτ + a = 0`.
    pub(super) a: u8,
    octets: [u8; 256],
    written: [u8; 256],
}

impl Tower {
    /// `None` is for the compiler: the field has what is looked for.
    pub(super) fn new() -> Option<Self> {
        let is_small = |octet: &u8| power(*octet, 16) == *octet;
        // Of the field of sixteen, whose powers from 0 to 3 write all of it.
        let generator = (2..=255).filter(is_small).find(|octet| power(*octet, 4) ^ octet ^ 1 == 0)?;
        let tau = (1..=255_u8).filter(|octet| !is_small(octet)).find(|octet| {
            let conjugate = power(*octet, 16);
            conjugate ^ octet == times(conjugate, *octet)
        })?;
        let small =
            |half: u8| (0..4).filter(|bit| half >> bit & 1 == 1).fold(0, |sum, bit| sum ^ power(generator, bit));
        let (mut octets, mut written) = ([0; 256], [0; 256]);
        for (form, octet) in (0..=255_u8).zip(&mut octets) {
            *octet = small(form & 0x0f) ^ times(small(form >> 4), tau);
            *written.get_mut(usize::from(*octet))? = form;
        }
        let a = *written.get(usize::from(power(tau, 17)))?;
        Some(Self { a, octets, written })
    }

    /// How an octet is written.
    pub(super) fn written(&self, octet: u8) -> u8 {
        self.written.get(usize::from(octet)).copied().unwrap_or_default()
    }

    /// The octet `k + iτ`.
    pub(super) fn octet(&self, k: u8, i: u8) -> u8 {
        self.octets.get(usize::from(i << 4 | k)).copied().unwrap_or_default()
    }

    /// The product of two elements of the field of sixteen.
    pub(super) fn times(&self, one: u8, other: u8) -> u8 {
        self.written(times(self.octet(one, 0), self.octet(other, 0)))
    }

    /// The inverse of an element of the field of sixteen; zero for zero.
    pub(super) fn inverse(&self, element: u8) -> u8 {
        self.written(inverse(self.octet(element, 0)))
    }
}

/// The inverse in the field of AES; zero for zero.
pub(super) fn inverse(octet: u8) -> u8 {
    power(octet, 254)
}

/// Twice an octet in the field of AES (FIPS 197 §4.2.1).
pub(super) fn doubled(octet: u8) -> u8 {
    (octet << 1) ^ ((octet >> 7) * 0x1b)
}

/// The product in the field of AES (FIPS 197 §4.2).
fn times(one: u8, other: u8) -> u8 {
    let (_, product) = (0..8)
        .fold((one, 0), |(power, sum), bit| (doubled(power), sum ^ if other >> bit & 1 == 1 { power } else { 0 }));
    product
}

fn power(octet: u8, exponent: u32) -> u8 {
    (0..exponent).fold(1, |product, _| times(product, octet))
}
