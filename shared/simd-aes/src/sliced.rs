//! Eight blocks as their bits: the steps of AES on them, each the same whatever the key.
//!
//! The bits of eight blocks lie side by side in eight registers of 128 bits, as Käsper and Schwabe have them ("Faster and
//! Timing-Attack Resistant AES-GCM", 2009). The S-box is the circuit of Boyar and Peralta ("A depth-16 circuit for the AES S-box", 2011),
//! the rest are permutations of octets.
//!
//! The constant of the S-box is left out here, and added to the keys of the rounds (see `wide`): mixing columns leaves it as it is.

#![expect(clippy::indexing_slicing, reason = "all arrays have a fixed length, and indices count up to it")]

use std::array;

use super::BLOCK_BYTES;
use super::lanes::Lanes;

/// Eight blocks: bit `b` of octet `o` of block `n` is bit `n` of octet `o` of register `b`.
pub(super) type State = [Lanes; 8];

/// A key of a round added (FIPS 197 §5.1.4).
#[inline(always)]
pub(super) fn added(state: State, key: &State) -> State {
    array::from_fn(|bit| state[bit].xor(key[bit]))
}

/// The columns mixed (FIPS 197 §5.1.3).
#[inline(always)]
pub(super) fn mixed(a: State) -> State {
    let b = a.map(Lanes::below);
    let c: State = array::from_fn(|bit| a[bit].xor(b[bit]));
    let d = c.map(Lanes::second_below);
    let sum = |bit: usize| b[bit].xor(d[bit]);
    [
        sum(0).xor(c[7]),
        sum(1).xor(c[0]).xor(c[7]),
        sum(2).xor(c[1]),
        sum(3).xor(c[2]).xor(c[7]),
        sum(4).xor(c[3]).xor(c[7]),
        sum(5).xor(c[4]),
        sum(6).xor(c[5]),
        sum(7).xor(c[6]),
    ]
}

/// What [`mixed`] makes of it is what was (FIPS 197 §5.3.3).
#[inline(always)]
pub(super) fn unmixed(a: State) -> State {
    // The inverse matrix is that of mixing, after one that adds four times an octet and the second below it.
    let sum: State = array::from_fn(|bit| a[bit].xor(a[bit].second_below()));
    let carried = sum[7].xor(sum[6]);
    mixed([
        a[0].xor(sum[6]),
        a[1].xor(carried),
        a[2].xor(sum[0]).xor(sum[7]),
        a[3].xor(sum[1]).xor(sum[6]),
        a[4].xor(sum[2]).xor(carried),
        a[5].xor(sum[3]).xor(sum[7]),
        a[6].xor(sum[4]),
        a[7].xor(sum[5]),
    ])
}

/// Bit `b` of octet `o` of register `n` changes its place with bit `n` of octet `o` of register `b`.
#[inline(always)]
pub(super) fn transposed(mut state: State) -> State {
    for (shift, mask) in [(1, 0x55), (2, 0x33), (4, 0x0f)] {
        let mask = Lanes::new([mask; BLOCK_BYTES]);
        for low in 0..8_usize {
            let high = low ^ shift;
            if low < high {
                let differs = state[low].right(shift).xor(state[high]).and(mask);
                state[high] = state[high].xor(differs);
                state[low] = state[low].xor(differs.left(shift));
            }
        }
    }
    state
}

/// What [`substituted`] makes of it, but for the constant on both sides, is what was (FIPS 197 §5.3.2).
#[inline(always)]
pub(super) fn unsubstituted(state: State) -> State {
    // The S-box inverts, then transforms; its inverse transforms back, and inverts. So it is the S-box between two transformations back.
    let back =
        |a: State| -> State { array::from_fn(|bit| a[(bit + 2) % 8].xor(a[(bit + 5) % 8]).xor(a[(bit + 7) % 8])) };
    back(substituted(back(state)))
}

/// Every octet substituted (FIPS 197 §5.1.1) but for the constant, by a circuit of 32 and-gates and 81 others.
#[inline(always)]
#[rustfmt::skip]
pub(super) fn substituted([u7, u6, u5, u4, u3, u2, u1, u0]: State) -> State {
    let y14 = u3.xor(u5); let y13 = u0.xor(u6); let y12 = y13.xor(y14); let t1 = u4.xor(y12); let y15 = t1.xor(u5);
    let t2 = y12.and(y15); let y6 = y15.xor(u7); let y20 = t1.xor(u1); let y9 = u0.xor(u3); let y11 = y20.xor(y9);
    let t12 = y9.and(y11); let y7 = u7.xor(y11); let y8 = u0.xor(u5); let t0 = u1.xor(u2); let y10 = y15.xor(t0);
    let y17 = y10.xor(y11); let t13 = y14.and(y17); let t14 = t13.xor(t12); let y19 = y10.xor(y8); let t15 = y8.and(y10);
    let t16 = t15.xor(t12); let y16 = t0.xor(y11); let y21 = y13.xor(y16); let t7 = y13.and(y16); let y18 = u0.xor(y16);
    let y1 = t0.xor(u7); let y4 = y1.xor(u3); let t5 = y4.and(u7); let t6 = t5.xor(t2); let t18 = t6.xor(t16);
    let t22 = t18.xor(y19); let y2 = y1.xor(u0); let t10 = y2.and(y7); let t11 = t10.xor(t7); let t20 = t11.xor(t16);
    let t24 = t20.xor(y18); let y5 = y1.xor(u6); let t8 = y5.and(y1); let t9 = t8.xor(t7); let t19 = t9.xor(t14);
    let t23 = t19.xor(y21); let y3 = y5.xor(y8); let t3 = y3.and(y6); let t4 = t3.xor(t2); let t17 = t4.xor(y20);
    let t21 = t17.xor(t14); let t26 = t21.and(t23); let t27 = t24.xor(t26); let t31 = t22.xor(t26); let t25 = t21.xor(t22);
    let t28 = t25.and(t27); let t29 = t28.xor(t22); let z14 = t29.and(y2); let z5 = t29.and(y7); let t30 = t23.xor(t24);
    let t32 = t31.and(t30); let t33 = t32.xor(t24); let t35 = t27.xor(t33); let t36 = t24.and(t35); let t38 = t27.xor(t36);
    let t39 = t29.and(t38); let t40 = t25.xor(t39); let t43 = t29.xor(t40); let z3 = t43.and(y16); let tc12 = z3.xor(z5);
    let z12 = t43.and(y13); let z13 = t40.and(y5); let z4 = t40.and(y1); let tc6 = z3.xor(z4); let t34 = t23.xor(t33);
    let t37 = t36.xor(t34); let t41 = t40.xor(t37); let z8 = t41.and(y10); let z17 = t41.and(y8); let t44 = t33.xor(t37);
    let z0 = t44.and(y15); let z9 = t44.and(y12); let z10 = t37.and(y3); let z1 = t37.and(y6); let tc5 = z1.xor(z0);
    let tc11 = tc6.xor(tc5); let z11 = t33.and(y4); let t42 = t29.xor(t33); let t45 = t42.xor(t41); let z7 = t45.and(y17);
    let tc8 = z7.xor(tc6); let z16 = t45.and(y14); let z6 = t42.and(y11); let tc16 = z6.xor(tc8); let z15 = t42.and(y9);
    let tc20 = z15.xor(tc16); let tc1 = z15.xor(z16); let tc2 = z10.xor(tc1); let tc21 = tc2.xor(z11); let tc3 = z9.xor(tc2);
    let s0 = tc3.xor(tc16); let s3 = tc3.xor(tc11); let s1 = s3.xor(tc16); let tc13 = z13.xor(tc1); let z2 = t33.and(u7);
    let tc4 = z0.xor(z2); let tc7 = z12.xor(tc4); let tc9 = z8.xor(tc7); let tc10 = tc8.xor(tc9); let tc17 = z14.xor(tc10);
    let s5 = tc21.xor(tc17); let tc26 = tc17.xor(tc20); let s2 = tc26.xor(z17); let tc14 = tc4.xor(tc12);
    let tc18 = tc13.xor(tc14); let s6 = tc10.xor(tc18); let s7 = z12.xor(tc18); let s4 = tc14.xor(s3);
    [s7, s6, s5, s4, s3, s2, s1, s0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_goes_back() {
        let octets: [[u8; BLOCK_BYTES]; 8] = array::from_fn(|block| array::from_fn(|at| (block * 53 + at * 7) as u8));
        let state = octets.map(Lanes::new);
        let bytes = |state: State| state.map(Lanes::bytes);
        assert_eq!(bytes(transposed(transposed(state))), octets);
        assert_eq!(bytes(unmixed(mixed(state))), octets);
        assert_eq!(bytes(unsubstituted(substituted(state))), octets);
        assert_eq!(bytes(state.map(Lanes::shifted).map(Lanes::unshifted)), octets);
    }
}
