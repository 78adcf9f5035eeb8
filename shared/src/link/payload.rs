//! What is behind a link, in chunks: AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that
//! a chunk opens in its own place of its own payload only, and the last one only as the last.
//!
//! - Nonce: prefix (7 random octets) ‖ place (4, big endian) ‖ 1 for the last chunk, else 0.
//! - Associated data: `join(0x01, payload's id)`.
//! - All chunks hold [`crate::api::limits::LINK_CHUNK_BYTES`] but the last.
//!
//! How long a payload is stands beside its key, so neither the box nor the network can shorten or lengthen it.

use aes_gcm::aead::{Aead, KeyInit, Payload as Sealing};
use aes_gcm::{Aes256Gcm, Nonce};
use rand::{CryptoRng, RngCore};
use sha2::{Digest, Sha256};

use super::fragment::Fragment;
use crate::api::limits::{LINK_CHUNK_BYTES, LINK_PAYLOAD_BYTES, LINK_TAG_BYTES};
use crate::vault::{Key, Purpose, Secret, derive, join};

/// The one version that there is.
const VERSION: u8 = 1;
const ID_BYTES: usize = 16;
const PREFIX_BYTES: usize = 7;
const NONCE_BYTES: usize = PREFIX_BYTES + 5;
/// Version, id, key, prefix, length.
const DESCRIPTION_BYTES: usize = 1 + ID_BYTES + 32 + PREFIX_BYTES + 8;

/// What opens the chunks of one payload.
#[derive(Clone, Debug)]
pub struct Payload {
    id: [u8; ID_BYTES],
    key: Key,
    prefix: [u8; PREFIX_BYTES],
    octets: u64,
}

/// What was wrapped does not describe a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPayload {
    /// It is cut short, or of an impossible length.
    #[error("what opens the letter is not well-formed")]
    Malformed,
    /// It was made by a newer program.
    #[error("the letter is of version {0}, which this program does not know")]
    UnknownVersion(u8),
}

/// Why a chunk does not open. Places are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// There is no such place.
    #[error("the letter has no part {0}")]
    NoSuchPlace(u32),
    /// It is longer or shorter than what belongs there.
    #[error("part {0} of the letter was cut or lengthened")]
    Length(u32),
    /// It was altered, or belongs to another place or to another letter.
    #[error("part {0} of the letter was altered or does not belong there")]
    Altered(u32),
    /// The first chunk opened, but what it says of the letter makes no sense.
    #[error("what the letter says of itself makes no sense")]
    Manifest,
    /// The chunks ended before the letter did.
    #[error("the letter ends before its part {0}")]
    Truncated(u32),
}

impl Payload {
    /// Makes the keys of a payload of so many octets; `None` for more than [`LINK_PAYLOAD_BYTES`], or none at all.
    #[must_use]
    pub fn make(octets: u64, rng: &mut (impl CryptoRng + RngCore)) -> Option<Self> {
        if octets == 0 || octets > LINK_PAYLOAD_BYTES {
            return None;
        }
        let (mut id, mut prefix) = ([0; ID_BYTES], [0; PREFIX_BYTES]);
        rng.fill_bytes(&mut id);
        let key = Secret::random(rng);
        rng.fill_bytes(&mut prefix);
        Some(Self { id, key, prefix, octets })
    }

    /// Its name, under which its chunks are uploaded.
    #[must_use]
    pub fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Its length before sealing.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// How many chunks it has.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        chunks(self.octets)
    }

    /// Octets of the chunk at this place before sealing; `None` where there is none.
    #[must_use]
    pub fn chunk_octets(&self, place: u32) -> Option<usize> {
        chunk_octets(self.octets, place)
    }

    /// What WebCrypto or another AES-GCM is given for the chunk at this place.
    #[must_use]
    pub fn nonce(&self, place: u32) -> [u8; NONCE_BYTES] {
        let mut nonce = [0; NONCE_BYTES];
        let last = u8::from(place + 1 == self.chunks());
        let octets = self.prefix.iter().copied().chain(place.to_be_bytes()).chain([last]);
        nonce.iter_mut().zip(octets).for_each(|(to, from)| *to = from);
        nonce
    }

    /// As [`Payload::nonce`]: the associated data of every chunk.
    #[must_use]
    pub fn associated_data(&self) -> Vec<u8> {
        join(&[&[VERSION], &self.id]).expose().clone()
    }

    /// Seals the chunk at this place. Not public: [`super::Packer`] sees to it that no place is sealed twice.
    pub(super) fn seal(&self, place: u32, content: &[u8]) -> Result<Vec<u8>, PayloadError> {
        let octets = self.chunk_octets(place).ok_or(PayloadError::NoSuchPlace(place))?;
        if content.len() != octets {
            return Err(PayloadError::Length(place));
        }
        let sealing = Sealing { msg: content, aad: &self.associated_data() };
        let sealed = self.cipher().encrypt(Nonce::from_slice(&self.nonce(place)), sealing);
        Ok(sealed.expect("a chunk is far below the cipher's limit of 64 GiB"))
    }

    /// Opens the chunk at this place.
    ///
    /// # Errors
    /// [`PayloadError`]; nothing of the content is given out then.
    pub fn open(&self, place: u32, sealed: &[u8]) -> Result<Vec<u8>, PayloadError> {
        let octets = self.chunk_octets(place).ok_or(PayloadError::NoSuchPlace(place))?;
        if sealed.len() != octets + LINK_TAG_BYTES {
            return Err(PayloadError::Length(place));
        }
        let sealing = Sealing { msg: sealed, aad: &self.associated_data() };
        let opened = self.cipher().decrypt(Nonce::from_slice(&self.nonce(place)), sealing);
        opened.map_err(|_| PayloadError::Altered(place))
    }

    /// What shows the box that somebody has opened the link, of which it keeps the SHA-256: HKDF(content key, "link/opened").
    #[must_use]
    pub fn opened_proof(&self, fragment: &Fragment) -> Key {
        derive(self.key.expose(), Purpose::LinkOpened, &fragment.name().0)
    }

    /// The content key, for WebCrypto or another AES-GCM. Who seals with it seals no place twice, unless with the same content.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// All of it, to be wrapped: version ‖ id ‖ key ‖ prefix ‖ length (8, big endian).
    #[must_use]
    pub fn describe(&self) -> Secret<Vec<u8>> {
        let mut description = Vec::with_capacity(DESCRIPTION_BYTES);
        description.push(VERSION);
        description.extend_from_slice(&self.id);
        description.extend_from_slice(self.key.expose());
        description.extend_from_slice(&self.prefix);
        description.extend_from_slice(&self.octets.to_be_bytes());
        Secret::new(description)
    }

    /// Reads what [`Payload::describe`] wrote.
    ///
    /// # Errors
    /// [`InvalidPayload`].
    pub fn read(description: &[u8]) -> Result<Self, InvalidPayload> {
        let (&version, rest) = description.split_first().ok_or(InvalidPayload::Malformed)?;
        if version != VERSION {
            return Err(InvalidPayload::UnknownVersion(version));
        }
        let (id, rest) = rest.split_first_chunk().ok_or(InvalidPayload::Malformed)?;
        let (key, rest) = rest.split_first_chunk::<32>().ok_or(InvalidPayload::Malformed)?;
        let (prefix, rest) = rest.split_first_chunk().ok_or(InvalidPayload::Malformed)?;
        let octets = u64::from_be_bytes(rest.try_into().map_err(|_| InvalidPayload::Malformed)?);
        if octets == 0 || octets > LINK_PAYLOAD_BYTES {
            return Err(InvalidPayload::Malformed);
        }
        Ok(Self { id: *id, key: Secret::new(*key), prefix: *prefix, octets })
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.key.expose().into())
    }
}

/// How many chunks a payload of so many octets has.
#[must_use]
pub fn chunks(octets: u64) -> u32 {
    u32::try_from(octets.div_ceil(LINK_CHUNK_BYTES as u64)).unwrap_or(u32::MAX)
}

/// Octets of one chunk of a payload of so many, before sealing; `None` where it has no such chunk.
#[must_use]
pub fn chunk_octets(octets: u64, place: u32) -> Option<usize> {
    let left = octets.checked_sub(u64::from(place) * LINK_CHUNK_BYTES as u64).filter(|&left| left > 0)?;
    Some(usize::try_from(left).unwrap_or(usize::MAX).min(LINK_CHUNK_BYTES))
}

/// The SHA-256 of a proof, which is what the box keeps of it.
#[must_use]
pub fn hash_of(proof: &[u8]) -> [u8; 32] {
    Sha256::digest(proof).into()
}
