//! AES in CFB mode with an initialisation vector of zeros (FIPS 197; RFC 9580 §5.13.1), for WebAssembly.
//!
//! WebAssembly knows no AES instructions, and a table of values would tell its key by the time that looking them up takes. What
//! is here takes the same time whatever key and data are: [`WideAes`] decrypts eight blocks at a time, [`ChainedAes`] encrypts one after
//! the other, for in this mode each needs the one before.
//!
//! Floors, from the bottom: `lanes` → { `tower`, `wide` } → `chained`.
//!
//! A package of its own, so that the page can have it optimised for speed while all else there is small. Elsewhere than in a browser
//! the processor's own instructions are used; this is compiled there too, for its tests.

mod chained;
mod lanes;
mod tower;
mod wide;

pub use chained::ChainedAes;
pub use wide::WideAes;

/// Octets of a block.
const BLOCK_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use aes::{Aes128, Aes192, Aes256};
    use cfb_mode::Encryptor;
    use cfb_mode::cipher::{AsyncStreamCipher, KeyIvInit};
    use rand::{RngCore, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn it_is_cfb_as_others_have_it_both_ways() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for length in [0, 1, 15, 16, 17, 112, 127, 128, 129, 144, 1000, 5003] {
            for key_bytes in [16, 24, 32] {
                let (mut key, mut data) = (vec![0; key_bytes], vec![0; length]);
                rng.fill_bytes(&mut key);
                rng.fill_bytes(&mut data);
                let (clear, mut ours) = (data.clone(), data.clone());
                let iv = [0; BLOCK_BYTES];
                match key_bytes {
                    16 => Encryptor::<Aes128>::new_from_slices(&key, &iv).unwrap().encrypt(&mut data),
                    24 => Encryptor::<Aes192>::new_from_slices(&key, &iv).unwrap().encrypt(&mut data),
                    _ => Encryptor::<Aes256>::new_from_slices(&key, &iv).unwrap().encrypt(&mut data),
                }
                ChainedAes::new(&key).unwrap().encrypt_cfb(&mut ours);
                assert_eq!(ours, data, "{length} octets, key of {key_bytes}");
                WideAes::new(&key).unwrap().decrypt_cfb(&mut ours);
                assert_eq!(ours, clear, "{length} octets, key of {key_bytes}");
            }
        }
    }
}
