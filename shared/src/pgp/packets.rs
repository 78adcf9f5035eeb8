//! The frame of OpenPGP packets: their types and lengths, without looking inside (RFC 9580 §4.2).

/// Public-key encrypted session key.
pub(super) const PKESK: u8 = 1;
/// Symmetric-key encrypted session key.
pub(super) const SKESK: u8 = 3;
/// Marker: to be ignored.
const MARKER: u8 = 10;
/// Symmetrically encrypted and integrity protected data.
const SEIPD: u8 = 18;
/// GnuPG's own authenticated encryption.
const GNUPG_AEAD: u8 = 20;
/// Padding: to be ignored.
const PADDING: u8 = 21;

/// Whether the bytes are nothing but an encrypted message (binary): session keys for at least one public key, then one packet
/// with integrity protection that ends with the bytes. Whether it opens, nobody knows who has no key.
#[must_use]
pub fn is_encrypted_message(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut for_a_key = false;
    let mut sealed = false;
    while !rest.is_empty() {
        let Some((kind, after)) = skip_packet(rest) else { return false };
        rest = after;
        match kind {
            MARKER | PADDING => {}
            PKESK if !sealed => for_a_key = true,
            SKESK if !sealed => {}
            SEIPD | GNUPG_AEAD if !sealed => sealed = true,
            _ => return false,
        }
    }
    sealed && for_a_key
}

/// The type of the first packet, and what follows it; `None` where it is cut or of no definite length.
fn skip_packet(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x80 == 0 {
        return None;
    }
    if tag & 0x40 == 0 {
        let (length, rest) = match tag & 3 {
            0 => take_number(rest, 1)?,
            1 => take_number(rest, 2)?,
            2 => take_number(rest, 4)?,
            _ => return None,
        };
        return Some((tag >> 2 & 0x0f, rest.get(length..)?));
    }
    let mut rest = rest;
    loop {
        let (&first, after) = rest.split_first()?;
        let (length, last, after) = match first {
            0..=191 => (usize::from(first), true, after),
            192..=223 => {
                let (&second, after) = after.split_first()?;
                ((usize::from(first) - 192) * 256 + usize::from(second) + 192, true, after)
            }
            224..=254 => (1 << (first & 0x1f), false, after),
            255 => {
                let (length, after) = take_number(after, 4)?;
                (length, true, after)
            }
        };
        rest = after.get(length..)?;
        if last {
            return Some((tag & 0x3f, rest));
        }
    }
}

fn take_number(bytes: &[u8], octets: usize) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_at_checked(octets)?;
    Some((number.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)), rest))
}
