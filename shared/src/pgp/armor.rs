//! ASCII armor (RFC 9580 §6.2), with CRLF line ends, because it stands in mail.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem::find;

use crate::mime::header::Lines;

/// Octets on a line of armor.
const LINE_BYTES: usize = 64;
/// Start value and polynomial of the checksum (RFC 9580 §6.1).
const CRC24_INIT: u32 = 0x00B7_04CE;
const CRC24_POLY: u32 = 0x0186_4CFB;

/// Either padding or none: both are in the wild.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Kinds of armored blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Message,
    PublicKey,
    PrivateKey,
    Signature,
}

impl Block {
    fn title(self) -> &'static str {
        match self {
            Self::Message => "PGP MESSAGE",
            Self::PublicKey => "PGP PUBLIC KEY BLOCK",
            Self::PrivateKey => "PGP PRIVATE KEY BLOCK",
            Self::Signature => "PGP SIGNATURE",
        }
    }
}

/// Writes a block.
pub(super) fn encode(block: Block, bytes: &[u8]) -> String {
    let mut out = String::with_capacity(encoded_length(bytes.len()));
    encode_to(&mut out, block, bytes);
    out
}

/// Octets that a block takes at most.
pub(super) fn encoded_length(bytes: usize) -> usize {
    bytes / 3 * 4 + bytes / 24 + 128
}

/// Writes a block behind what is there. The checksum is written because some older readers want it.
pub(super) fn encode_to(out: &mut String, block: Block, bytes: &[u8]) {
    let title = block.title();
    out.push_str(&format!("-----BEGIN {title}-----\r\n\r\n"));
    for line in bytes.chunks(LINE_BYTES / 4 * 3) {
        ENGINE.encode_string(line, out);
        out.push_str("\r\n");
    }
    let checksum = crc24(bytes).to_be_bytes();
    out.push('=');
    ENGINE.encode_string(checksum.get(1..).unwrap_or_default(), out);
    out.push_str(&format!("\r\n-----END {title}-----\r\n"));
}

/// The content of the first block of this kind, and what stands before and after it; `None` where there is none, or where
/// it is broken. The checksum is not checked (RFC 9580 §6.1 asks for this; what is inside checks itself).
pub(super) fn decode(block: Block, text: &[u8]) -> Option<Decoded<'_>> {
    let begin = begin_line(block);
    let end = format!("-----END {}-----", block.title());
    let start = find(text, begin.as_bytes())?;
    let before = text.get(..start)?;
    let rest = text.get(start + begin.len()..)?;
    let stop = find(rest, end.as_bytes())?;
    let after = rest.get(stop + end.len()..)?;
    let inside = rest.get(..stop)?;
    let mut data = Vec::with_capacity(inside.len());
    let lines = Lines::new(inside, 0).filter_map(|line| inside.get(line));
    let mut lines = lines.map(<[u8]>::trim_ascii).skip(1).peekable();
    // Armor headers go up to an empty line; some writers leave them and the line out.
    while lines.next_if(|line| line.contains(&b':')).is_some() {}
    for line in lines {
        if line.starts_with(b"=") {
            break;
        }
        data.extend_from_slice(line);
    }
    let bytes = ENGINE.decode(data).ok()?;
    Some(Decoded { bytes, before, after })
}

/// Whether a block of this kind begins in the text, whole or not.
pub(super) fn begins(block: Block, text: &[u8]) -> bool {
    find(text, begin_line(block).as_bytes()).is_some()
}

/// The same, or whether the bytes look like binary packets (as [`binary`] sees it).
pub(super) fn begins_or_is_binary(block: Block, bytes: &[u8]) -> bool {
    is_binary(bytes) || begins(block, bytes)
}

/// The line that a block of this kind begins with.
pub(super) fn begin_line(block: Block) -> String {
    format!("-----BEGIN {}-----", block.title())
}

/// What [`decode`] found.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub(super) bytes: Vec<u8>,
    pub(super) before: &'a [u8],
    pub(super) after: &'a [u8],
}

/// OpenPGP bytes that may come armored or binary.
pub(super) fn binary(block: Block, bytes: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    if is_binary(bytes) {
        return Some(bytes.into());
    }
    decode(block, bytes).map(|decoded| decoded.bytes.into())
}

/// Packets always begin with a set high bit (RFC 9580 §4.2).
fn is_binary(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & 0x80 != 0)
}

fn crc24(bytes: &[u8]) -> u32 {
    bytes.iter().fold(CRC24_INIT, |crc, &byte| {
        let [_, top, ..] = crc.to_be_bytes();
        let step = CRC24_TABLE.get(usize::from(top ^ byte)).copied().unwrap_or_default();
        (crc << 8 ^ step) & 0x00ff_ffff
    })
}

/// What each value of the top octet adds.
static CRC24_TABLE: [u32; 256] = crc24_table();

#[expect(clippy::indexing_slicing, reason = "const code, bounded by the loop")]
const fn crc24_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < table.len() {
        let mut crc = (at as u32) << 16;
        let mut bit = 0;
        while bit < 8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= CRC24_POLY;
            }
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back() {
        for length in [0, 1, 2, 47, 48, 49, 1000] {
            let bytes: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let text = encode(Block::Message, &bytes);
            assert!(text.len() <= encoded_length(length) && text.lines().all(|line| line.len() <= LINE_BYTES));
            let decoded = decode(Block::Message, text.as_bytes()).unwrap();
            assert_eq!((decoded.bytes, decoded.before, decoded.after), (bytes, &b""[..], &b"\r\n"[..]));
            assert!(decode(Block::Signature, text.as_bytes()).is_none());
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc24(b""), CRC24_INIT);
        assert_eq!(crc24(b"123456789"), 0x0021_CF02);
    }

    #[test]
    fn blocks_are_read_as_others_write_them() {
        for text in [
            "-----BEGIN PGP MESSAGE-----\nVersion: X\nComment: a: b\n\naGVs\nbG8=\n=abcd\n-----END PGP MESSAGE-----",
            "-----BEGIN PGP MESSAGE-----\r\n\r\naGVsbG8\r\n-----END PGP MESSAGE-----\r\n",
            "before\n-----BEGIN PGP MESSAGE-----\n\n  aGVsbG8=  \n-----END PGP MESSAGE-----\nafter",
            "-----BEGIN PGP MESSAGE-----\naGVsbG8=\n-----END PGP MESSAGE-----",
        ] {
            assert_eq!(decode(Block::Message, text.as_bytes()).unwrap().bytes, b"hello", "{text}");
        }
        for text in
            ["", "-----BEGIN PGP MESSAGE-----\n\naGVs", "-----BEGIN PGP MESSAGE-----\n\n!!\n-----END PGP MESSAGE-----"]
        {
            assert!(decode(Block::Message, text.as_bytes()).is_none(), "{text}");
        }
    }
}
