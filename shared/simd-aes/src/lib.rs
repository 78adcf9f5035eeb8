//! AES in the modes of OpenPGP (FIPS 197; RFC 9580 §5.13), for WebAssembly.
//!
//! WebAssembly knows no AES instructions, and a table of values would tell its key by the time that looking them up takes. What
//! is here takes the same time whatever key and data are: [`WideAes`] encrypts and decrypts eight blocks at a time, by which [`Ocb`],
//! [`Gcm`] and the opening of CFB live; [`ChainedAes`] encrypts one after the other, for to seal with CFB each needs the one before.
//!
//! Floors, from the bottom: `lanes` → `sliced` → { `tower`, `wide`, `ghash` } → { `chained`, `ocb`, `gcm` }.
//!
//! A package of its own, so that the page can have it optimised for speed while all else there is small. Elsewhere than in a browser
//! the processor's own instructions are used; this is compiled there too, for its tests.

mod chained;
mod gcm;
mod ghash;
mod lanes;
mod ocb;
mod sliced;
mod tower;
mod wide;

pub use chained::ChainedAes;
pub use gcm::Gcm;
pub use ocb::Ocb;
pub use wide::WideAes;

/// Octets of a block.
const BLOCK_BYTES: usize = 16;
/// What the S-box adds in the end (FIPS 197 §5.1.1).
const CONSTANT: u8 = 0x63;

#[cfg(test)]
mod tests {
    use aes::{Aes128, Aes192, Aes256};
    use aes_gcm::AesGcm;
    use aes_gcm::aead::consts::{U12, U15};
    use aes_gcm::aead::{AeadInPlace, KeyInit};
    use cfb_mode::Encryptor;
    use cfb_mode::cipher::{AsyncStreamCipher, KeyIvInit};
    use ocb3::Ocb3;
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
    /// Compares one mode, both ways, with what others have it like.
    fn compare<const NONCE: usize>(
        key: &[u8],
        theirs: &impl AeadInPlace,
        seal: impl Fn(&[u8; NONCE], &[u8], &mut [u8]) -> [u8; BLOCK_BYTES],
        open: impl Fn(&[u8; NONCE], &[u8], &mut [u8]) -> [u8; BLOCK_BYTES],
    ) {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let lengths = (0..34).chain([112, 127, 128, 129, 144, 239, 240, 241, 255, 256, 257, 5003]);
        for (length, associated) in lengths.flat_map(|length| [0, 5, 13, 16, 40].map(|associated| (length, associated)))
        {
            let (mut nonce, mut associated, mut data) = ([0; NONCE], vec![0; associated], vec![0; length]);
            rng.fill_bytes(&mut nonce);
            rng.fill_bytes(&mut associated);
            rng.fill_bytes(&mut data);
            let mut ours = data.clone();
            let tag = seal(&nonce, &associated, &mut ours);
            let mut sealed = data.clone();
            let expected = theirs.encrypt_in_place_detached(nonce.as_slice().into(), &associated, &mut sealed).unwrap();
            let of = format!("{length} octets, {} beside them, key of {}", associated.len(), key.len());
            assert_eq!((ours.as_slice(), tag.as_slice()), (sealed.as_slice(), expected.as_slice()), "{of}");
            assert_eq!((open(&nonce, &associated, &mut ours), ours), (tag, data), "{of}");
        }
    }

    #[test]
    fn it_is_ocb_and_gcm_as_others_have_them_both_ways() {
        let key: Vec<u8> = (0..32).collect();
        for key in [&key[..16], &key[..24], &key[..]] {
            let (ocb, gcm) = (Ocb::new(key).unwrap(), Gcm::new(key).unwrap());
            let (seal_ocb, open_ocb) =
                (|n: &_, a: &_, d: &mut _| ocb.seal(n, a, d), |n: &_, a: &_, d: &mut _| ocb.open(n, a, d));
            let (seal_gcm, open_gcm) =
                (|n: &_, a: &_, d: &mut _| gcm.seal(n, a, d), |n: &_, a: &_, d: &mut _| gcm.open(n, a, d));
            match key.len() {
                16 => {
                    compare(key, &Ocb3::<Aes128, U15>::new(key.into()), seal_ocb, open_ocb);
                    compare(key, &AesGcm::<Aes128, U12>::new(key.into()), seal_gcm, open_gcm);
                }
                24 => {
                    compare(key, &Ocb3::<Aes192, U15>::new(key.into()), seal_ocb, open_ocb);
                    compare(key, &AesGcm::<Aes192, U12>::new(key.into()), seal_gcm, open_gcm);
                }
                _ => {
                    compare(key, &Ocb3::<Aes256, U15>::new(key.into()), seal_ocb, open_ocb);
                    compare(key, &AesGcm::<Aes256, U12>::new(key.into()), seal_gcm, open_gcm);
                }
            }
        }
        assert!(Ocb::new(&[0; 20]).is_none() && Gcm::new(&[0; 20]).is_none());
    }
}
