//! The frame of OpenPGP packets: their types and lengths, without looking inside (RFC 9580 §4.2), and which orders of packets
//! are a message (§10.3). rPGP is given only what has passed here, so that its memory and time are bounded by these limits.
//!
//! Invariants: nothing is copied but what [`body`] puts together; time is linear in the bytes; a packet that says that it is longer than what is there is none.

use std::ops::Range;

/// Public-key encrypted session key.
pub(super) const PKESK: u8 = 1;
/// Signature.
pub(super) const SIGNATURE: u8 = 2;
/// Symmetric-key encrypted session key.
const SKESK: u8 = 3;
/// Announces a signature that follows the data.
const ONE_PASS_SIGNATURE: u8 = 4;
/// Secret primary key.
pub(super) const SECRET_KEY: u8 = 5;
/// Public primary key.
pub(super) const PUBLIC_KEY: u8 = 6;
/// Secret subkey.
pub(super) const SECRET_SUBKEY: u8 = 7;
/// Compressed data: packets again.
const COMPRESSED: u8 = 8;
/// Encrypted data without integrity protection: refused.
const UNPROTECTED: u8 = 9;
/// Marker: to be ignored.
const MARKER: u8 = 10;
/// Literal data: the content.
const LITERAL: u8 = 11;
/// What a key ring notes for itself.
pub(super) const TRUST: u8 = 12;
/// User id.
pub(super) const USER_ID: u8 = 13;
/// Public subkey.
pub(super) const PUBLIC_SUBKEY: u8 = 14;
/// Symmetrically encrypted and integrity protected data.
pub(super) const SEIPD: u8 = 18;
/// GnuPG's own authenticated encryption.
pub(super) const GNUPG_AEAD: u8 = 20;
/// Padding: to be ignored.
const PADDING: u8 = 21;
/// Types from here on may be ignored where they are unknown (RFC 9580 §4.3).
const NON_CRITICAL: u8 = 40;

/// Most session keys of one message, and packets to be ignored: the 500 recipients of a letter with some devices each.
const SESSION_KEYS: usize = 2000;
/// Most packets of a signed or literal message, those to be ignored included; there are three for each signature.
const PACKETS: usize = 100;
/// Most signatures of one message; each is a hash over the whole of it.
pub(super) const SIGNATURES: usize = 8;
/// Fewest octets of a first partial length (RFC 9580 §4.2.1.4); the parts that follow may be smaller, but not all of them.
const PARTIAL_BYTES: usize = 512;
/// Parts of partial lengths that may be smaller than they need be.
const SMALL_PARTS: usize = 64;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    /// Its type.
    pub(super) kind: u8,
    /// Where it stands, header included.
    pub(super) range: Range<usize>,
    /// Its header says how long it is, or it is in parts that do.
    pub(super) definite: bool,
}

/// Why a sequence of packets is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// A header that is none.
    #[error("no sequence of OpenPGP packets")]
    Malformed,
    /// A packet that goes on beyond the end.
    #[error("the end is missing")]
    Cut,
    /// Lengths in more parts than anybody writes.
    #[error("a packet in too many parts")]
    TooManyParts,
    /// More packets than a message of this kind has.
    #[error("too many packets")]
    TooManyPackets,
    /// Encryption without integrity protection.
    #[error("encrypted without integrity protection")]
    Unprotected,
    /// Packets in an order that means nothing, or several messages in one.
    #[error("packets in an order that is no message")]
    NotAMessage,
}

/// The packets of a sequence; ends with the first error.
pub(super) fn packets(bytes: &[u8]) -> impl Iterator<Item = Result<Packet, Refused>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let packet = first_packet(rest, |_| {}).map(|(kind, length, definite)| {
            let range = at..at + length;
            at = range.end;
            Packet { kind, range, definite }
        });
        if packet.is_err() {
            at = bytes.len();
        }
        Some(packet)
    })
}

/// Checks that bytes are an encrypted message and nothing else: session keys, then one packet with integrity protection.
///
/// # Errors
/// [`Refused`] says what else they are.
pub(super) fn check_encrypted(bytes: &[u8]) -> Result<(), Refused> {
    let mut sealed = false;
    for (at, packet) in packets(bytes).enumerate() {
        if at > SESSION_KEYS {
            return Err(Refused::TooManyPackets);
        }
        match packet?.kind {
            kind if is_ignored(kind) => {}
            PKESK | SKESK if !sealed => {}
            SEIPD | GNUPG_AEAD if !sealed => sealed = true,
            UNPROTECTED if !sealed => return Err(Refused::Unprotected),
            _ => return Err(Refused::NotAMessage),
        }
    }
    if sealed { Ok(()) } else { Err(Refused::NotAMessage) }
}

/// What a message holds that is not encrypted (any more).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Content, perhaps signed, in the packet that stands here.
    Literal {
        /// Where it stands, header included.
        range: Range<usize>,
        /// There are signatures beside it.
        signed: bool,
    },
    /// More packets, compressed, in the packet that stands here.
    Compressed(Range<usize>),
}

/// Checks that bytes are one message that is not encrypted: signatures, one packet of content, signatures.
///
/// # Errors
/// [`Refused`] says what else they are.
pub(super) fn check_opened(bytes: &[u8]) -> Result<Content, Refused> {
    let mut content = None;
    let mut signatures = [0, 0];
    for (at, packet) in packets(bytes).enumerate() {
        if at >= PACKETS {
            return Err(Refused::TooManyPackets);
        }
        let packet = packet?;
        match packet.kind {
            kind if is_ignored(kind) => {}
            SIGNATURE | ONE_PASS_SIGNATURE if content.is_none() => signatures[0] += 1,
            SIGNATURE => signatures[1] += 1,
            LITERAL if content.is_none() => content = Some(Content::Literal { range: packet.range, signed: false }),
            COMPRESSED if content.is_none() => content = Some(Content::Compressed(packet.range)),
            _ => return Err(Refused::NotAMessage),
        }
    }
    if signatures.into_iter().any(|count| count > SIGNATURES) {
        return Err(Refused::TooManyPackets);
    }
    match content.ok_or(Refused::NotAMessage)? {
        Content::Literal { range, .. } => Ok(Content::Literal { range, signed: signatures != [0, 0] }),
        compressed @ Content::Compressed(_) => Ok(compressed),
    }
}

/// Whether the bytes are nothing but an encrypted message (binary): session keys for at least one public key, then one packet
/// with integrity protection that ends with the bytes. Whether it opens, nobody knows who has no key.
#[must_use]
pub fn is_encrypted_message(bytes: &[u8]) -> bool {
    let whole = |packet: Result<Packet, Refused>| {
        packet.is_ok_and(|packet| {
            packet.definite && matches!(packet.kind, MARKER | PADDING | PKESK | SKESK | SEIPD | GNUPG_AEAD)
        })
    };
    let for_a_key = packets(bytes).any(|packet| packet.is_ok_and(|packet| packet.kind == PKESK));
    for_a_key && packets(bytes).all(whole) && check_encrypted(bytes).is_ok()
}

fn is_ignored(kind: u8) -> bool {
    matches!(kind, MARKER | PADDING) || kind >= NON_CRITICAL
}

/// The body of the one packet that the bytes are, its parts put together.
pub(super) fn body(packet: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut body = Vec::with_capacity(packet.len());
    first_packet(packet, |part| body.extend_from_slice(part))?;
    Ok(body)
}

/// Octets of the body of the one packet that the bytes are, where it stands at their end in one part.
pub(super) fn octets_in_one_part(packet: &[u8]) -> Option<usize> {
    let (mut parts, mut octets) = (0, 0);
    let (_, whole, _) = first_packet(packet, |part| (parts, octets) = (parts + 1, part.len())).ok()?;
    (parts == 1 && whole == packet.len()).then_some(octets)
}

/// Type, length with its header and whether that is definite, of the first packet; `part` is given its body.
fn first_packet(bytes: &[u8], mut part: impl FnMut(&[u8])) -> Result<(u8, usize, bool), Refused> {
    let (&tag, rest) = bytes.split_first().ok_or(Refused::Malformed)?;
    if tag & 0x80 == 0 {
        return Err(Refused::Malformed);
    }
    if tag & 0x40 == 0 {
        let kind = tag >> 2 & 0x0f;
        let octets = match tag & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            // Up to the end: old writers did so for data (RFC 9580 §4.2.2).
            _ if matches!(kind, COMPRESSED | LITERAL | UNPROTECTED) => {
                part(rest);
                return Ok((kind, bytes.len(), false));
            }
            _ => return Err(Refused::Malformed),
        };
        let (length, rest) = take_number(rest, octets).ok_or(Refused::Malformed)?;
        let (body, rest) = rest.split_at_checked(length).ok_or(Refused::Cut)?;
        part(body);
        return Ok((kind, bytes.len() - rest.len(), true));
    }
    let kind = tag & 0x3f;
    let mut rest = rest;
    let mut parts = 0;
    loop {
        let (&first, after) = rest.split_first().ok_or(Refused::Malformed)?;
        let (length, last, after) = match first {
            0..=191 => (usize::from(first), true, after),
            192..=223 => {
                let (&second, after) = after.split_first().ok_or(Refused::Malformed)?;
                ((usize::from(first) - 192) * 256 + usize::from(second) + 192, true, after)
            }
            224..=254 => (1 << (first & 0x1f), false, after),
            255 => {
                let (length, after) = take_number(after, 4).ok_or(Refused::Malformed)?;
                (length, true, after)
            }
        };
        let (body, after) = after.split_at_checked(length).ok_or(Refused::Cut)?;
        part(body);
        rest = after;
        if last {
            return Ok((kind, bytes.len() - rest.len(), true));
        }
        parts += 1;
        let is_data = matches!(kind, COMPRESSED | LITERAL | UNPROTECTED | SEIPD | GNUPG_AEAD);
        if !is_data || (parts == 1 && length < PARTIAL_BYTES) {
            return Err(Refused::Malformed);
        }
        if parts > SMALL_PARTS + (bytes.len() - rest.len()) / PARTIAL_BYTES {
            return Err(Refused::TooManyParts);
        }
    }
}

fn take_number(bytes: &[u8], octets: usize) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_at_checked(octets)?;
    Some((number.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet in the format of today with a length of one or five octets.
    fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![0xc0 | kind];
        match u8::try_from(body.len()) {
            Ok(length @ 0..=191) => out.push(length),
            _ => {
                out.push(255);
                out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
            }
        }
        out.extend_from_slice(body);
        out
    }

    /// A packet in parts of these sizes (powers of two) and a last one of three octets.
    fn in_parts(kind: u8, parts: &[u32]) -> Vec<u8> {
        let mut out = vec![0xc0 | kind];
        for part in parts {
            out.push(224 + u8::try_from(part.ilog2()).unwrap());
            out.extend(std::iter::repeat_n(7, usize::try_from(*part).unwrap()));
        }
        out.extend([3, 1, 2, 3]);
        out
    }

    #[test]
    fn packets_are_found_in_every_format_of_length() {
        let bytes = [
            packet(MARKER, b"PGP"),
            packet(PKESK, &[1; 300]),
            vec![0xc0 | PKESK, 192, 8],
            vec![5; 200],
            vec![0x80 | PKESK << 2, 2, 9, 9],
            vec![0x81 | PKESK << 2, 0, 2, 9, 9],
            vec![0x82 | PKESK << 2, 0, 0, 0, 2, 9, 9],
            in_parts(SEIPD, &[512, 1, 2]),
        ]
        .concat();
        let found: Vec<_> = packets(&bytes).map(Result::unwrap).collect();
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [10, 1, 1, 1, 1, 1, 18]);
        assert_eq!(found.last().unwrap().range.end, bytes.len());
        assert!(is_encrypted_message(&bytes));
        for cut in 1..bytes.len() {
            assert!(!is_encrypted_message(&bytes[..cut]), "{cut}");
        }
    }

    #[test]
    fn a_body_is_put_together() {
        assert_eq!(body(&packet(SEIPD, &[7; 300])).unwrap(), [7; 300]);
        assert_eq!(body(&in_parts(SEIPD, &[512, 2])).unwrap(), [&[7; 514][..], &[1, 2, 3]].concat());
        assert_eq!(body(&[0xaf, 1, 2, 3]).unwrap(), [1, 2, 3]);
        assert_eq!(body(&[0xc0 | SEIPD, 4, 1]), Err(Refused::Cut));
    }

    #[test]
    fn lengths_without_end_are_refused() {
        let endless = in_parts(SEIPD, &[&[512][..], &[1; 1000]].concat());
        assert_eq!(check_encrypted(&[packet(PKESK, b""), endless].concat()), Err(Refused::TooManyParts));
        assert_eq!(check_encrypted(&in_parts(SEIPD, &[256])), Err(Refused::Malformed));
        assert_eq!(check_encrypted(&in_parts(PKESK, &[512])), Err(Refused::Malformed));
        assert_eq!(check_encrypted(&in_parts(SEIPD, &[512; 10_000])), Ok(()));
        assert_eq!(check_encrypted(&[0xc0 | SEIPD, 254]), Err(Refused::Cut));
    }

    #[test]
    fn an_encrypted_message_is_that_and_nothing_else() {
        let (key, data) = (packet(PKESK, b"k"), packet(SEIPD, b"d"));
        assert_eq!(check_encrypted(&[&key[..], &key, &data].concat()), Ok(()));
        assert_eq!(check_encrypted(&data), Ok(()));
        assert!(!is_encrypted_message(&data));
        let refused = |parts: &[&[u8]], why| assert_eq!(check_encrypted(&parts.concat()), Err(why), "{parts:?}");
        refused(&[], Refused::NotAMessage);
        refused(&[&key], Refused::NotAMessage);
        refused(&[&key, &data, &data], Refused::NotAMessage);
        refused(&[&key, &data, &key], Refused::NotAMessage);
        refused(&[&key, &data, &packet(LITERAL, b"")], Refused::NotAMessage);
        refused(&[&packet(LITERAL, b""), &key, &data], Refused::NotAMessage);
        refused(&[&key, &packet(UNPROTECTED, b"d")], Refused::Unprotected);
        refused(&[&key, b"\x01"], Refused::Malformed);
        let many = |count| [&key.repeat(count)[..], &data].concat();
        assert_eq!(check_encrypted(&many(SESSION_KEYS)), Ok(()));
        assert_eq!(check_encrypted(&many(SESSION_KEYS + 1)), Err(Refused::TooManyPackets));
    }

    #[test]
    fn an_opened_message_is_one_message() {
        let (one_pass, text, signature) = (packet(4, b""), packet(LITERAL, b"t"), packet(SIGNATURE, b""));
        let of = |parts: &[&[u8]]| check_opened(&parts.concat());
        let literal = |range, signed| Ok(Content::Literal { range, signed });
        assert_eq!(of(&[&text]), literal(0..3, false));
        assert_eq!(of(&[&one_pass, &text, &signature]), literal(2..5, true));
        assert_eq!(of(&[&packet(60, b"x"), &text]), literal(3..6, false));
        assert_eq!(of(&[&signature, &packet(60, b"x"), &text]), literal(5..8, true));
        assert_eq!(of(&[&one_pass, &packet(COMPRESSED, b"z"), &signature]), Ok(Content::Compressed(2..5)));
        assert_eq!(of(&[&[0xa3, 1, 2, 3]]), Ok(Content::Compressed(0..4)));
        // Two contents in one message: which of them is signed?
        assert_eq!(of(&[&text, &text]), Err(Refused::NotAMessage));
        assert_eq!(of(&[&text, &one_pass, &text, &signature]), Err(Refused::NotAMessage));
        assert_eq!(of(&[&packet(SEIPD, b"")]), Err(Refused::NotAMessage));
        assert_eq!(of(&[&one_pass]), Err(Refused::NotAMessage));
        assert_eq!(of(&[&one_pass.repeat(SIGNATURES + 1), &text]), Err(Refused::TooManyPackets));
        assert_eq!(of(&[&packet(MARKER, b"PGP").repeat(PACKETS), &text]), Err(Refused::TooManyPackets));
    }
}
