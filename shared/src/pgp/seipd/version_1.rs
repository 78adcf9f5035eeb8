//! Version 1 (RFC 9580 §5.13.1): CFB mode and a hash, which is how nearly all mail is sealed that comes.

use rand::{CryptoRng, RngCore};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use super::aes::{decrypt_cfb, encrypt_cfb};

/// Octets of random data in front, of which two are repeated.
const PREFIX_BYTES: usize = 18;
/// The packet that ends it, with the hash of all before (RFC 9580 §5.13.1).
const MDC_HEADER: [u8; 2] = [0xd3, 0x14];
/// Octets of that packet.
const MDC_BYTES: usize = 22;

/// What was encrypted with AES, from the body of the packet; `None` where it was altered, the key is none of AES, or the packet
/// of another version.
pub(super) fn decrypted(key: &[u8], mut body: Vec<u8>) -> Option<Vec<u8>> {
    let (version, data) = body.split_first_mut()?;
    if *version != 1 || data.len() < PREFIX_BYTES + MDC_BYTES {
        return None;
    }
    decrypt_cfb(key, data)?;
    let (hashed, hash) = data.split_at_checked(data.len() - (MDC_BYTES - MDC_HEADER.len()))?;
    let is_whole = Sha1::digest(hashed).ct_eq(hash) & hashed.get(hashed.len() - MDC_HEADER.len()..)?.ct_eq(&MDC_HEADER);
    if !bool::from(is_whole) {
        return None;
    }
    body.truncate(body.len() - MDC_BYTES);
    body.drain(..1 + PREFIX_BYTES);
    Some(body)
}

/// Octets of the body that encrypts so many octets of packets.
pub(super) fn encrypted_octets(packets: usize) -> usize {
    1 + PREFIX_BYTES + packets + MDC_BYTES
}

/// Appends the body of the packet that encrypts packets, which come in parts, with a key of AES-256; `None` for a key that is none.
pub(super) fn encrypt(
    key: &[u8],
    packets: &[&[u8]],
    rng: &mut (impl RngCore + CryptoRng),
    into: &mut Vec<u8>,
) -> Option<()> {
    into.push(1);
    let begin = into.len();
    let mut random = [0; PREFIX_BYTES - 2];
    rng.fill_bytes(&mut random);
    into.extend_from_slice(&random);
    into.extend_from_slice(random.last_chunk::<2>()?);
    packets.iter().for_each(|part| into.extend_from_slice(part));
    into.extend_from_slice(&MDC_HEADER);
    let hash = Sha1::digest(into.get(begin..)?);
    into.extend_from_slice(&hash);
    encrypt_cfb(key, into.get_mut(begin..)?)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::super::tests::assert_nothing_else_opens;
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn encrypted(data: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        encrypt(&KEY, &[data, &[]], &mut ChaCha20Rng::seed_from_u64(2), &mut body).unwrap();
        assert_eq!(body.len(), encrypted_octets(data.len()));
        body
    }

    fn sealed(mut body: Vec<u8>) -> Vec<u8> {
        encrypt_cfb(&KEY, &mut body).unwrap();
        [&[1][..], &body].concat()
    }

    #[test]
    fn what_is_whole_comes_out_and_nothing_else() {
        for data in [&b""[..], b"packets", &[5; 4000]] {
            assert_eq!(decrypted(&KEY, encrypted(data)).unwrap(), data);
        }
        let whole = encrypted(b"packets");
        assert_nothing_else_opens(&whole, 0, |altered| decrypted(&KEY, altered));
        assert_eq!(decrypted(&[8; 32], whole.clone()), None);
        assert_eq!(decrypted(&KEY[..20], whole), None);
        // The right hash behind a header that is none.
        let mut body = [&[9; PREFIX_BYTES][..], b"packets", &[0xd3, 0x13]].concat();
        body.extend(Sha1::digest(&body));
        assert_eq!(decrypted(&KEY, sealed(body)), None);
    }
}
