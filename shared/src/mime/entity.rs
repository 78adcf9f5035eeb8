//! One MIME entity: header, body, and the parts of a multipart, as ranges over the message (RFC 2045, RFC 2046 §5.1).
//!
//! Invariants: linear in the message for each level of nesting, at most [`NESTING`] levels and [`PARTS`] parts; whatever
//! lies deeper or comes later stays in the part that holds it, as bytes.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use super::header::{Header, Lines, without_line_end};
use super::params::Parameterised;

/// Deepest nesting of multiparts that is taken apart. Real mail stays under ten.
pub(crate) const NESTING: usize = 20;
/// Most parts of one message that are taken apart. Real mail stays under a few hundred.
pub(crate) const PARTS: usize = 1000;
/// Longest boundary, octets (RFC 2046 §5.1.1 allows 70; some write more).
const BOUNDARY_BYTES: usize = 256;

/// A MIME entity.
#[derive(Clone, Debug)]
pub(crate) struct Entity<'a> {
    pub(crate) header: Header<'a>,
    pub(crate) content_type: Parameterised,
    pub(crate) disposition: Parameterised,
}

/// The transfer encodings that there are (RFC 2045 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
    Unknown,
}

/// What splitting a multipart gave.
#[derive(Debug, Default)]
pub(crate) struct Split<'a> {
    pub(crate) parts: Vec<&'a [u8]>,
    /// The closing delimiter was there.
    pub(crate) closed: bool,
    /// There were more parts than were asked for.
    pub(crate) cut: bool,
    /// What stands before the first delimiter.
    pub(crate) preamble: &'a [u8],
    /// What stands after the closing delimiter.
    pub(crate) epilogue: &'a [u8],
}

impl<'a> Entity<'a> {
    /// Reads the header of an entity; `default_type` is what it is where it does not say (RFC 2045 §5.2, RFC 2046 §5.1.5).
    pub(crate) fn of(bytes: &'a [u8], default_type: &str) -> Self {
        let header = Header::of(bytes);
        let mut content_type =
            header.first("Content-Type").map(|field| Parameterised::parse(field.value)).unwrap_or_default();
        if !content_type.value.contains('/') {
            content_type.value = match content_type.value.as_str() {
                "text" => "text/plain".to_owned(),
                _ => default_type.to_owned(),
            };
        }
        let disposition =
            header.first("Content-Disposition").map(|field| Parameterised::parse(field.value)).unwrap_or_default();
        Self { header, content_type, disposition }
    }

    /// The media type in lower case.
    pub(crate) fn media_type(&self) -> &str {
        &self.content_type.value
    }

    /// The transfer encoding that the entity names.
    pub(crate) fn encoding(&self) -> Encoding {
        let Some(field) = self.header.first("Content-Transfer-Encoding") else { return Encoding::Identity };
        let name = String::from_utf8_lossy(field.value).to_ascii_lowercase();
        match name.split(['(', ';']).next().unwrap_or_default().trim().trim_matches('"') {
            "7bit" | "8bit" | "binary" | "" | "7-bit" | "8-bit" | "7bits" | "8bits" | "none" | "plain" => {
                Encoding::Identity
            }
            "base64" => Encoding::Base64,
            "quoted-printable" | "quoted printable" => Encoding::QuotedPrintable,
            _ => Encoding::Unknown,
        }
    }

    /// The body without its transfer encoding, and whether that went without loss.
    pub(crate) fn decoded(&self) -> (Vec<u8>, bool) {
        let body = self.header.body();
        match self.encoding() {
            Encoding::Identity => (body.to_vec(), true),
            Encoding::Unknown => (body.to_vec(), false),
            Encoding::Base64 => match base64_decode(body) {
                Some(bytes) => (bytes, true),
                None => (lenient_base64(body), false),
            },
            Encoding::QuotedPrintable => match quoted_printable_decode(body) {
                Some(bytes) => (bytes, true),
                None => (lenient_quoted_printable(body), false),
            },
        }
    }

    /// The parts of a multipart, at most `most`; `None` where the entity is no multipart with a usable boundary.
    pub(crate) fn split(&self, most: usize) -> Option<Split<'a>> {
        if !self.media_type().starts_with("multipart/") {
            return None;
        }
        let boundary = self.content_type.get("boundary")?.trim_end();
        if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES {
            return None;
        }
        Some(split(self.header.body(), boundary.as_bytes(), most))
    }
}

fn split<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Split<'a> {
    let mut out = Split { preamble: body, ..Split::default() };
    let mut part_start: Option<usize> = None;
    for line in Lines::new(body, 0) {
        let Some(delimiter) = body.get(line.clone()).and_then(|text| delimiter(text, boundary)) else { continue };
        match part_start.take() {
            Some(start) => out.parts.push(without_line_end(body.get(start..line.start).unwrap_or_default())),
            None => out.preamble = body.get(..line.start).unwrap_or_default(),
        }
        if delimiter == Delimiter::Closing {
            out.closed = true;
            out.epilogue = body.get(line.end..).unwrap_or_default();
            return out;
        }
        if out.parts.len() >= most {
            out.cut = true;
            return out;
        }
        part_start = Some(line.end);
    }
    if let Some(start) = part_start {
        out.parts.push(body.get(start..).unwrap_or_default());
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Delimiter {
    Opening,
    Closing,
}

/// Whether a line is a delimiter: `--` boundary, `--` where it closes, white space (RFC 2046 §5.1.1).
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<Delimiter> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(Delimiter::Opening),
        b"--" => Some(Delimiter::Closing),
        _ => None,
    }
}

/// What can be had from base64 with foreign characters in it: these are passed over, a broken last group is dropped.
fn lenient_base64(body: &[u8]) -> Vec<u8> {
    let good = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut text: Vec<u8> = body.iter().copied().take_while(|&byte| byte != b'=').filter(good).collect();
    if text.len() % 4 == 1 {
        text.pop();
    }
    base64_decode(&text).unwrap_or_default()
}

/// What can be had from broken quoted-printable: an `=` that begins no code stands for itself.
fn lenient_quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        let hex = |at: usize| tail.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        if let (Some(high), Some(low)) = (hex(0), hex(1)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            rest = tail.get(2..).unwrap_or_default();
        } else if let Some(after) = tail.strip_prefix(b"\r\n").or_else(|| tail.strip_prefix(b"\n")) {
            rest = after;
        } else {
            out.push(b'=');
        }
    }
    out
}
