//! Secret keys in what is about to leave: a letter and its files are looked through before they go, because people mistake one
//! file for the other.
//!
//! Invariants: armor counts only if the packet of a secret key stands in it, whole or cut off, so words about such blocks may be
//! written; binary bytes only if all of them are packets; nothing is unlocked or computed, time is linear in the bytes. What was hidden on purpose (in an archive, by
//! another encoding) is not found.

use base64::Engine;
use memchr::memmem;

use super::armor::{self, Block};
use super::packets::{self, SECRET_KEY, SECRET_SUBKEY};
use crate::mime;

/// Octets behind the beginning of a block in which its data must begin: armor headers and marks of quotation stand there.
const HEADERS_BYTES: usize = 4096;
/// Characters of base64 that are enough to see what a packet is: its header, version, time and algorithm.
const HEAD_CHARS: usize = 20;
/// Most packets of a file that are looked at.
const PACKETS: usize = 10_000;
/// Deepest messages in messages that are looked at.
const NESTING: usize = 4;

/// Whether a text or a file holds a secret key: in armor anywhere, quoted too, or in binary form as the whole of it.
#[must_use]
pub fn holds_secret_key(bytes: &[u8]) -> bool {
    match bytes {
        // Text of two octets a character, as Windows writes what a terminal prints into a file.
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] => {
            let narrow: Vec<u8> = rest.iter().copied().filter(|&byte| byte != 0).collect();
            has_armored(&narrow)
        }
        _ => is_binary(bytes) || has_armored(bytes),
    }
}

/// Whether a message holds a secret key: in its subject, in a text, in a file, or in a message within it.
#[must_use]
pub fn message_holds_secret_key(message: &[u8]) -> bool {
    holds(message, 0)
}

fn holds(message: &[u8], depth: usize) -> bool {
    let read = mime::read(message);
    let as_text = read.html.as_deref().map(mime::html_to_text);
    let texts = [&read.subject, &read.text, &read.html, &as_text].into_iter().flatten().map(String::as_bytes);
    // The whole of it too, for what stands between its parts.
    texts.chain([message]).any(holds_secret_key)
        || read.attachments.iter().any(|file| {
            let is_message = file.media_type == "message/rfc822" && depth < NESTING;
            holds_secret_key(&file.bytes) || (is_message && holds(&file.bytes, depth + 1))
        })
}

/// Whether there are packets and nothing else, and among them a secret key.
fn is_binary(bytes: &[u8]) -> bool {
    let mut found = false;
    for packet in packets::packets(bytes).take(PACKETS) {
        let Ok(packet) = packet else { return false };
        let is_one = matches!(packet.kind, SECRET_KEY | SECRET_SUBKEY);
        found |= is_one && bytes.get(packet.range).is_some_and(begins_secret_key);
    }
    found
}

fn has_armored(text: &[u8]) -> bool {
    let begin = armor::begin_line(Block::PrivateKey);
    let mut rest = text;
    while let Some(at) = memmem::find(rest, begin.as_bytes()) {
        rest = rest.get(at + begin.len()..).unwrap_or_default();
        if has_head(rest) {
            return true;
        }
    }
    false
}

/// Whether the beginning of a secret key stands behind the line that begins a block. Marks of quotation, lost line ends, tags of
/// HTML and a missing end make no difference.
fn has_head(behind: &[u8]) -> bool {
    let behind = behind.get(..behind.len().min(HEADERS_BYTES)).unwrap_or_default();
    let is_other = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    behind.split(is_other).filter_map(|run| run.get(..HEAD_CHARS)).any(|head| {
        let decoded = base64::engine::general_purpose::STANDARD_NO_PAD.decode(head);
        decoded.is_ok_and(|bytes| begins_secret_key(&bytes))
    })
}

/// Whether these are the first octets of the packet of a secret key: type 5 or 7, then a version and an algorithm that there are
/// (RFC 9580 §4.2, §5.5.2, §9.1; RFC 9980 §4).
fn begins_secret_key(packet: &[u8]) -> bool {
    let Some((&tag, rest)) = packet.split_first() else { return false };
    let (kind, length_octets) = match (tag & 0xC0, rest.first()) {
        (0xC0, Some(0..=191)) => (tag & 0x3F, 1),
        (0xC0, Some(192..=223)) => (tag & 0x3F, 2),
        (0xC0, Some(255)) => (tag & 0x3F, 5),
        (0x80, _) => (tag >> 2 & 0x0F, [1, 2, 4].get(usize::from(tag & 3)).copied().unwrap_or(0)),
        _ => return false,
    };
    let body = rest.get(length_octets..).unwrap_or_default();
    let algorithm = match body.first() {
        Some(2 | 3) => body.get(7),
        Some(4..=6) => body.get(5),
        _ => None,
    };
    matches!(kind, SECRET_KEY | SECRET_SUBKEY) && matches!(algorithm, Some(1..=3 | 16..=36 | 100..=110))
}
