//! Version 2 (RFC 9580 §5.13.2): chunks, each with its tag, in OCB or GCM. What lies at rest for an account that has a key for it is sealed so.

use hkdf::Hkdf;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use rand::{CryptoRng, RngCore};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::aes::{self, Mode, TAG_BYTES};
use super::chunks::{self, Chunks, Numbers};
use super::is_aes;

/// Octets of random data that the key is derived with.
const SALT_BYTES: usize = 32;
/// Version, cipher, mode and size of chunks, in front of the salt.
const FIELDS: usize = 4;
/// The cipher, mode and size of chunks that we write: 64 KiB.
const WRITTEN: Header = Header { cipher: SymmetricKeyAlgorithm::AES256, mode: Mode::Ocb, chunk: 10 };

/// How it is encrypted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    cipher: SymmetricKeyAlgorithm,
    mode: Mode,
    chunk: u8,
}

impl Header {
    /// Reads the beginning of the packet's body; `None` for another version, a mode or a size of chunks that is not known.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let [2, cipher, mode, chunk, ..] = *body else { return None };
        let mode = Mode::of(mode)?;
        (chunk <= chunks::LARGEST).then(|| Self { cipher: cipher.into(), mode, chunk })
    }

    /// Whether the cipher is AES, with keys of so many octets.
    pub(super) fn is_for(self, key: usize) -> bool {
        is_aes(self.cipher, key)
    }

    /// What was encrypted, from the body of the packet; `None` where anything was altered.
    pub(super) fn decrypted(self, session_key: &[u8], mut body: Vec<u8>) -> Option<Vec<u8>> {
        let (salt, _) = body.get(FIELDS..)?.split_first_chunk::<SALT_BYTES>()?;
        let mut chunks = self.chunks(session_key, salt)?;
        let opened = chunks.open(body.get_mut(FIELDS + SALT_BYTES..)?)?;
        body.copy_within(FIELDS + SALT_BYTES..FIELDS + SALT_BYTES + opened, 0);
        body.truncate(opened);
        Some(body)
    }

    fn chunks(self, session_key: &[u8], salt: &[u8]) -> Option<Chunks> {
        let info = self.info();
        let fixed = self.mode.nonce_bytes() - size_of::<u64>();
        let mut derived = Zeroizing::new(vec![0; self.cipher.key_size() + fixed]);
        Hkdf::<Sha256>::new(Some(salt), session_key).expand(&info, &mut derived).ok()?;
        let (key, fixed) = derived.split_at_checked(self.cipher.key_size())?;
        let nonce = [fixed, &[0; size_of::<u64>()]].concat();
        Some(Chunks::new(aes::aead(self.mode, key)?, nonce, info, Numbers::InNonces, self.chunk))
    }

    /// What is authenticated with every chunk, and the key derived with.
    fn info(self) -> [u8; 5] {
        // In front the header of the packet, in the new form, without its length.
        [0xd2, 2, self.cipher.into(), self.mode.number(), self.chunk]
    }
}

/// Octets of the body that encrypts so many octets of packets.
pub(super) fn encrypted_octets(packets: usize) -> usize {
    FIELDS + SALT_BYTES + packets + (packets.div_ceil(chunks::octets(WRITTEN.chunk)) + 1) * TAG_BYTES
}

/// Appends the body of the packet that encrypts packets, which come in parts, with a key of AES-256; `None` for a key that is none.
pub(super) fn encrypt(
    session_key: &[u8],
    packets: &[&[u8]],
    rng: &mut (impl RngCore + CryptoRng),
    into: &mut Vec<u8>,
) -> Option<()> {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let [_, fields @ ..] = WRITTEN.info();
    into.extend_from_slice(&fields);
    into.extend_from_slice(&salt);
    WRITTEN.is_for(session_key.len()).then_some(())?;
    WRITTEN.chunks(session_key, &salt)?.seal(packets, into)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::super::tests::assert_nothing_else_opens;
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn encrypted(parts: &[&[u8]]) -> Vec<u8> {
        let mut body = Vec::new();
        encrypt(&KEY, parts, &mut ChaCha20Rng::seed_from_u64(2), &mut body).unwrap();
        assert_eq!(body.len(), encrypted_octets(parts.iter().map(|part| part.len()).sum()));
        body
    }

    fn decrypted(key: &[u8], body: Vec<u8>) -> Option<Vec<u8>> {
        Header::read(&body).filter(|header| header.is_for(key.len()))?.decrypted(key, body)
    }

    #[test]
    fn what_is_whole_comes_out_and_nothing_else() {
        let chunk = chunks::octets(WRITTEN.chunk);
        for length in [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 7] {
            let data: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let (first, rest) = data.split_at(length / 3);
            assert_eq!(decrypted(&KEY, encrypted(&[first, rest])).unwrap(), data, "{length}");
        }
        let whole = encrypted(&[b"packets"]);
        assert_nothing_else_opens(&whole, 0, |altered| decrypted(&KEY, altered));
        assert_eq!(decrypted(&[8; 32], whole.clone()), None);
        assert_eq!(decrypted(&KEY[..16], whole), None);
    }

    #[test]
    fn chunks_keep_their_order_and_their_end() {
        let (chunk, begin) = (chunks::octets(WRITTEN.chunk) + TAG_BYTES, FIELDS + SALT_BYTES);
        let whole = encrypted(&[&vec![5; 3 * chunks::octets(WRITTEN.chunk)]]);
        let (header, chunks) = whole.split_at(begin);
        let piece = |at: usize| &chunks[at * chunk..(at + 1) * chunk];
        let end = &chunks[3 * chunk..];
        let of = |pieces: &[&[u8]]| decrypted(&KEY, [&[header], pieces].concat().concat());
        assert!(of(&[piece(0), piece(1), piece(2), end]).is_some());
        for wrong in [
            &[piece(1), piece(0), piece(2), end][..],
            &[piece(0), piece(1), end],
            &[piece(0), piece(1), piece(2), piece(2), end],
            &[piece(0), piece(1), piece(2)],
            &[end],
        ] {
            assert_eq!(of(wrong), None);
        }
    }
}
