//! PGP/MIME (RFC 3156): the outer message around an OpenPGP message, and finding such layers in messages.

use std::borrow::Cow;

use rand::{CryptoRng, RngCore};

use super::armor::{self, Block};
use super::packets::is_encrypted_message;
use crate::mime::entity::Entity;
use crate::mime::header::without_line_end;

/// Most parts of a multipart that are looked at for a layer.
const PARTS: usize = 20;
/// Largest header of a part that stays readable where a sealed message is kept as it came, octets.
const PART_HEADER_BYTES: usize = 1024;
/// Longest boundary that is kept, octets (RFC 2046 §5.1.1).
const BOUNDARY_BYTES: usize = 70;
/// What Thunderbird and others write before the first part.
const PREAMBLE: &str = "This is an OpenPGP/MIME encrypted message";

/// The cryptographic layer that a message comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer<'a> {
    /// It is encrypted: the OpenPGP message, binary.
    Encrypted(Vec<u8>),
    /// It is signed in clear.
    Signed {
        /// The part that is signed, with its header, line ends as CRLF.
        content: Cow<'a, [u8]>,
        /// The detached signature, armored or binary.
        signature: Vec<u8>,
    },
    /// It was encrypted, and what it holds of the OpenPGP message is cut off or broken: it can never be opened.
    Broken,
    /// Neither.
    None,
}

/// Puts an OpenPGP message (binary) into a PGP/MIME message under these header fields (each with its line end, ASCII).
#[must_use]
pub fn wrap(fields: &[u8], sealed: &[u8], rng: &mut (impl RngCore + CryptoRng)) -> Vec<u8> {
    let mut random = [0; 16];
    rng.fill_bytes(&mut random);
    let boundary: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut body = String::with_capacity(fields.len() + armor::encoded_length(sealed.len()) + 1024);
    body.push_str(&String::from_utf8_lossy(fields));
    body.push_str(&content_fields(&boundary));
    body.push_str(&format!(
        "\r\n\
         --{boundary}\r\n\
         Content-Type: application/pgp-encrypted\r\n\
         Content-Description: PGP/MIME version identification\r\n\
         \r\n\
         Version: 1\r\n\
         \r\n\
         --{boundary}\r\n\
         Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\
         Content-Description: OpenPGP encrypted message\r\n\
         Content-Disposition: inline; filename=\"encrypted.asc\"\r\n\
         \r\n"
    ));
    armor::encode_to(&mut body, Block::Message, sealed);
    body.push_str(&format!("\r\n--{boundary}--\r\n"));
    body.into_bytes()
}

/// The fields by which a PGP/MIME message is known (RFC 3156 §4), each with its line end.
pub(super) fn content_fields(boundary: &str) -> String {
    format!(
        "MIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"{boundary}\"\r\n"
    )
}

/// Finds the outermost layer of a message. Tolerant: what servers on the way made of PGP/MIME (Exchange turns it into
/// multipart/mixed) is found too.
#[must_use]
pub fn detect(message: &[u8]) -> Layer<'_> {
    match Outline::of(message) {
        Outline::Signed { content, signature } => {
            Layer::Signed { content: with_crlf(content), signature: signature.decoded().0 }
        }
        Outline::Encrypted(begun) if !begun.is_empty() => {
            let binary = |bytes: &Vec<u8>| Some(armor::binary(Block::Message, bytes)?.into_owned());
            let sealed = begun.iter().filter_map(binary).find(|binary| !binary.is_empty());
            sealed.map_or(Layer::Broken, Layer::Encrypted)
        }
        Outline::Encrypted(_) | Outline::None => Layer::None,
    }
}

/// What a message is by its structure, before anything of OpenPGP is read.
pub(super) enum Outline<'a> {
    /// It is marked as encrypted; the parts in which an OpenPGP message begins, without their transfer encoding.
    Encrypted(Vec<Vec<u8>>),
    /// It is signed in clear.
    Signed { content: &'a [u8], signature: Entity<'a> },
    /// Neither.
    None,
}

impl<'a> Outline<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        let entity = Entity::of(message, "text/plain");
        let Some(split) = entity.split(PARTS) else { return Self::None };
        let mut parts: Vec<_> = split.parts.iter().map(|part| (*part, Entity::of(part, "text/plain"))).collect();
        if entity.media_type() == "multipart/signed" {
            // A third part would be shown and is not signed.
            return match (parts.pop(), parts.pop(), parts.pop()) {
                (Some((_, signature)), Some((content, _)), None)
                    if signature.media_type() == "application/pgp-signature" =>
                {
                    Self::Signed { content, signature }
                }
                _ => Self::None,
            };
        }
        let is_marked = entity.media_type() == "multipart/encrypted"
            || parts.iter().any(|(_, part)| part.media_type() == "application/pgp-encrypted");
        if !is_marked {
            return Self::None;
        }
        let decoded = parts.iter().map(|(_, part)| part.decoded().0);
        Self::Encrypted(decoded.filter(|bytes| armor::begins_or_is_binary(Block::Message, bytes)).collect())
    }
}

/// Whether something that is shown by itself stands beside the encrypted part of a message: a list's footer, or what an
/// attacker put there.
pub(super) fn has_more_than_sealed(message: &[u8]) -> bool {
    let Some(split) = Entity::of(message, "text/plain").split(PARTS) else { return false };
    let mut sealed = 0;
    let stands_beside = |part: &&[u8]| {
        let part = Entity::of(part, "text/plain");
        let (bytes, _) = part.decoded();
        let is_sealed = armor::binary(Block::Message, &bytes).is_some();
        sealed += usize::from(is_sealed);
        part.media_type() != "application/pgp-encrypted" && !is_sealed && !bytes.trim_ascii().is_empty()
    };
    split.parts.iter().any(stands_beside) || sealed > 1
}

/// Whether nothing of the body is readable, so that the message may be kept as it came: exactly the two parts of RFC 3156
/// §4, nothing around them, and in the second nothing but an encrypted OpenPGP message.
#[must_use]
pub fn is_sealed_throughout(message: &[u8]) -> bool {
    boundary_of_sealed(message).is_some()
}

/// The boundary of a message that [`is_sealed_throughout`].
pub(super) fn boundary_of_sealed(message: &[u8]) -> Option<String> {
    let entity = Entity::of(message, "text/plain");
    let protocol = entity.content_type.get("protocol").unwrap_or_default().to_ascii_lowercase();
    if entity.media_type() != "multipart/encrypted" || protocol != "application/pgp-encrypted" {
        return None;
    }
    let boundary = entity.content_type.get("boundary")?.trim_end();
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    let kept = boundary.len() <= BOUNDARY_BYTES && boundary.bytes().all(plain) && has_sealed_parts_only(&entity);
    kept.then(|| boundary.to_owned())
}

fn has_sealed_parts_only(entity: &Entity<'_>) -> bool {
    let Some(split) = entity.split(3) else { return false };
    let [version, sealed] = split.parts.as_slice() else { return false };
    if !split.closed || !is_harmless(split.preamble) || !split.epilogue.trim_ascii().is_empty() {
        return false;
    }
    let (version, sealed) = (Entity::of(version, ""), Entity::of(sealed, ""));
    let small = |part: &Entity<'_>| part.header.bytes().len() <= PART_HEADER_BYTES;
    if !small(&version) || !small(&sealed) {
        return false;
    }
    if version.media_type() != "application/pgp-encrypted"
        || !version.header.body().trim_ascii().eq_ignore_ascii_case(b"version: 1")
    {
        return false;
    }
    let (bytes, whole) = sealed.decoded();
    let Some(decoded) = armor::decode(Block::Message, &bytes) else { return false };
    let bare = decoded.before.trim_ascii().is_empty() && decoded.after.trim_ascii().is_empty();
    // Armor headers and what stands behind the checksum are readable: no room for more than a program's name.
    let room = decoded.bytes.len() / 3 * 4 + decoded.bytes.len() / 16 + PART_HEADER_BYTES;
    whole && bare && bytes.len() <= room && is_encrypted_message(&decoded.bytes)
}

fn is_harmless(preamble: &[u8]) -> bool {
    let text = preamble.trim_ascii();
    text.is_empty() || (text.starts_with(PREAMBLE.as_bytes()) && text.len() <= 100 && !text.contains(&b'\n'))
}

/// Line ends as they were signed (RFC 3156 §5).
fn with_crlf(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bare = |(at, byte): (usize, &u8)| *byte == b'\n' && (at == 0 || bytes.get(at - 1) != Some(&b'\r'));
    if !bytes.iter().enumerate().any(bare) {
        return bytes.into();
    }
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        out.extend_from_slice(without_line_end(line));
        if line.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    out.into()
}
