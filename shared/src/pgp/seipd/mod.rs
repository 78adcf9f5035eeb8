//! Symmetrically encrypted and integrity protected data (RFC 9580 §5.13) with AES, in the ways that mail is sealed in.
//!
//! rPGP does that too, block by block and through several buffers. Here all of it is encrypted or decrypted in one go and in place, and in a
//! browser with its registers of 128 bits.
//!
//! Invariant: nothing is given out before all of it has passed its integrity check, and all that is wrong looks the same.

use pgp::composed::PlainSessionKey;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use rand::{CryptoRng, RngCore};

use super::packets;

mod aes;
mod chunks;
mod gnupg;
mod version_1;
mod version_2;

/// What was encrypted was altered, or the key is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Altered;

/// The packets that were encrypted, from the body of the packet that encrypts them; `None` where it is encrypted in a way that is not known
/// here, or that its session key is not for.
pub(super) fn decrypted(session_key: &PlainSessionKey, packet: u8, body: Vec<u8>) -> Result<Option<Vec<u8>>, Altered> {
    match (packet, session_key) {
        (packets::SEIPD, PlainSessionKey::V3_4 { sym_alg, key })
            if body.first() == Some(&1) && is_aes(*sym_alg, key.len()) =>
        {
            version_1::decrypted(key.as_ref(), body).ok_or(Altered).map(Some)
        }
        (packets::SEIPD, PlainSessionKey::V6 { key }) => {
            match version_2::Header::read(&body).filter(|header| header.is_for(key.len())) {
                Some(header) => header.decrypted(key.as_ref(), body).ok_or(Altered).map(Some),
                None => Ok(None),
            }
        }
        (packets::GNUPG_AEAD, PlainSessionKey::V3_4 { sym_alg, key }) if is_aes(*sym_alg, key.len()) => {
            gnupg::decrypted(*sym_alg, key.as_ref(), body).ok_or(Altered)
        }
        _ => Ok(None),
    }
}

/// A way that is written in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    /// CFB mode and a hash: everybody reads it.
    One,
    /// OCB, in chunks.
    Two,
}

impl Version {
    /// Octets of the body that encrypts so many octets of packets.
    pub(super) fn encrypted_octets(self, packets: usize) -> usize {
        match self {
            Self::One => version_1::encrypted_octets(packets),
            Self::Two => version_2::encrypted_octets(packets),
        }
    }

    /// Appends the body of the packet that encrypts packets, which come in parts, with a key of AES-256; `None` for a key that is none.
    pub(super) fn encrypt(
        self,
        session_key: &[u8],
        packets: &[&[u8]],
        rng: &mut (impl RngCore + CryptoRng),
        into: &mut Vec<u8>,
    ) -> Option<()> {
        match self {
            Self::One => version_1::encrypt(session_key, packets, rng, into),
            Self::Two => version_2::encrypt(session_key, packets, rng, into),
        }
    }
}

/// Whether a cipher is AES, with a key of so many octets.
pub(super) fn is_aes(cipher: SymmetricKeyAlgorithm, key: usize) -> bool {
    use SymmetricKeyAlgorithm::{AES128, AES192, AES256};
    matches!(cipher, AES128 | AES192 | AES256) && cipher.key_size() == key
}

#[cfg(test)]
mod tests {
    /// Whether anything but the whole opens: with an octet altered from this one on, or cut off.
    pub(super) fn assert_nothing_else_opens(whole: &[u8], from: usize, open: impl Fn(Vec<u8>) -> Option<Vec<u8>>) {
        for at in from..whole.len() {
            let mut altered = whole.to_vec();
            altered[at] ^= 0x10;
            assert_eq!(open(altered), None, "octet {at}");
            assert_eq!(open(whole[..at].to_vec()), None, "cut to {at}");
        }
    }
}
