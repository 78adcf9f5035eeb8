//! Version 2 (RFC 9580 §5.13.2): chunks, each with its tag, in OCB or GCM. What lies at rest for an account that has a key for it is sealed so.

use hkdf::Hkdf;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use rand::{CryptoRng, RngCore};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::aes::{self, Aead, Mode, TAG_BYTES};
use super::is_aes;

/// Octets of random data that the key is derived with.
const SALT_BYTES: usize = 32;
/// Version, cipher, mode and size of chunks, in front of the salt.
const FIELDS: usize = 4;
/// The cipher, mode and size of chunks that we write: 64 KiB, as GnuPG and Sequoia read them without a second thought.
const WRITTEN: Header = Header { cipher: SymmetricKeyAlgorithm::AES256, mode: Mode::Ocb, chunk: 10 };
/// The largest exponent of a chunk's size that there may be.
const LARGEST_CHUNK: u8 = 16;

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
        let mode = match mode {
            2 => Mode::Ocb,
            3 => Mode::Gcm,
            _ => return None,
        };
        (chunk <= LARGEST_CHUNK).then(|| Self { cipher: cipher.into(), mode, chunk })
    }

    /// Whether the cipher is AES, with keys of so many octets.
    pub(super) fn is_for(self, key: usize) -> bool {
        is_aes(self.cipher, key)
    }

    /// What was encrypted, from the body of the packet; `None` where anything was altered.
    pub(super) fn decrypted(self, session_key: &[u8], mut body: Vec<u8>) -> Option<Vec<u8>> {
        let (salt, data) = body.get_mut(FIELDS..)?.split_at_mut_checked(SALT_BYTES)?;
        let mut cipher = Chunks::new(self, session_key, salt)?;
        let (chunks, last_tag) = data.split_last_chunk_mut::<TAG_BYTES>()?;
        let begin = FIELDS + SALT_BYTES;
        let mut opened = 0;
        for chunk in chunks.chunks_mut(self.chunk_bytes() + TAG_BYTES) {
            let (data, tag) = chunk.split_last_chunk_mut::<TAG_BYTES>()?;
            cipher.open(data, tag)?;
            opened += data.len();
        }
        cipher.open_end(opened, last_tag)?;
        // What was encrypted moves together, to the beginning.
        for at in 0..opened.div_ceil(self.chunk_bytes()) {
            let to = at * self.chunk_bytes();
            let from = begin + to + at * TAG_BYTES;
            body.copy_within(from..from + self.chunk_bytes().min(opened - to), to);
        }
        body.truncate(opened);
        Some(body)
    }

    fn chunk_bytes(self) -> usize {
        1 << (self.chunk + 6)
    }

    /// What is authenticated with every chunk, and the key derived with.
    fn info(self) -> [u8; 5] {
        let mode = match self.mode {
            Mode::Ocb => 2,
            Mode::Gcm => 3,
        };
        // In front the header of the packet, in the new form, without its length.
        [0xd2, 2, self.cipher.into(), mode, self.chunk]
    }
}

/// Octets of the body that encrypts so many octets of packets.
pub(super) fn encrypted_octets(packets: usize) -> usize {
    FIELDS + SALT_BYTES + packets + (packets.div_ceil(WRITTEN.chunk_bytes()) + 1) * TAG_BYTES
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
    let mut cipher = Chunks::new(WRITTEN, session_key, &salt)?;
    let total = packets.iter().map(|part| part.len()).sum();
    let mut begin = into.len();
    for part in packets {
        let mut part = *part;
        while !part.is_empty() {
            let room = begin + WRITTEN.chunk_bytes() - into.len();
            let (now, later) = part.split_at(room.min(part.len()));
            into.extend_from_slice(now);
            part = later;
            if now.len() == room {
                begin = cipher.seal(into, begin)?;
            }
        }
    }
    if into.len() > begin {
        cipher.seal(into, begin)?;
    }
    into.extend_from_slice(&cipher.end(total)?);
    Some(())
}

/// The key of the chunks, and which comes next.
struct Chunks {
    cipher: Box<dyn Aead>,
    info: [u8; 5],
    /// What is the same in all nonces, and the number of the chunk.
    nonce: Vec<u8>,
    number: u64,
}

impl Chunks {
    fn new(header: Header, session_key: &[u8], salt: &[u8]) -> Option<Self> {
        let info = header.info();
        let (key_bytes, nonce_bytes) = (header.cipher.key_size(), header.mode.nonce_bytes());
        let fixed = nonce_bytes - size_of::<u64>();
        let mut derived = Zeroizing::new(vec![0; key_bytes + fixed]);
        Hkdf::<Sha256>::new(Some(salt), session_key).expand(&info, &mut derived).ok()?;
        let (key, nonce) = derived.split_at_checked(key_bytes)?;
        Some(Self { cipher: aes::aead(header.mode, key)?, info, nonce: nonce.to_vec(), number: 0 })
    }

    /// The nonce of the next chunk.
    fn next(&mut self) -> Vec<u8> {
        let nonce = [&self.nonce[..], &self.number.to_be_bytes()].concat();
        self.number += 1;
        nonce
    }

    fn open(&mut self, data: &mut [u8], tag: &[u8; TAG_BYTES]) -> Option<()> {
        let nonce = self.next();
        self.cipher.open(&nonce, &self.info, data, tag)
    }

    /// Checks what follows the last chunk: that it was the last.
    fn open_end(&mut self, total: usize, tag: &[u8; TAG_BYTES]) -> Option<()> {
        let nonce = self.next();
        self.cipher.open(&nonce, &self.of_end(total), &mut [], tag)
    }

    /// Encrypts what stands at the end, and appends its tag; where the next begins.
    fn seal(&mut self, into: &mut Vec<u8>, begin: usize) -> Option<usize> {
        let nonce = self.next();
        let tag = self.cipher.seal(&nonce, &self.info, into.get_mut(begin..)?)?;
        into.extend_from_slice(&tag);
        Some(into.len())
    }

    /// What follows the last chunk.
    fn end(&mut self, total: usize) -> Option<[u8; TAG_BYTES]> {
        let nonce = self.next();
        self.cipher.seal(&nonce, &self.of_end(total), &mut [])
    }

    fn of_end(&self, total: usize) -> Vec<u8> {
        [&self.info[..], &(total as u64).to_be_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

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
        let chunk = WRITTEN.chunk_bytes();
        for length in [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 7] {
            let data: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let (first, rest) = data.split_at(length / 3);
            assert_eq!(decrypted(&KEY, encrypted(&[first, rest])).unwrap(), data, "{length}");
        }
        let whole = encrypted(&[b"packets"]);
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 0x10;
            assert_eq!(decrypted(&KEY, altered), None, "octet {at}");
            assert_eq!(decrypted(&KEY, whole[..at].to_vec()), None, "cut to {at}");
        }
        assert_eq!(decrypted(&[8; 32], whole.clone()), None);
        assert_eq!(decrypted(&KEY[..16], whole), None);
    }

    #[test]
    fn chunks_keep_their_order_and_their_end() {
        let (chunk, begin) = (WRITTEN.chunk_bytes() + TAG_BYTES, FIELDS + SALT_BYTES);
        let whole = encrypted(&[&vec![5; 3 * WRITTEN.chunk_bytes()]]);
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
