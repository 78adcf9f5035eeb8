//! The parts of a message as ranges over its bytes (RFC 2046 §5.1, RFC 9051 §6.4.5.1).

use std::ops::Range;

use memchr::memchr;
use shared::mime::header::Header;

use super::media::{Parameterised, boundary};
use super::{NESTING, PARTS};

/// Longest boundary, octets (RFC 2046 §5.1.1 allows 70; some write more).
const BOUNDARY_BYTES: usize = 256;

/// A part, or the message itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    /// Its header, the empty line included.
    pub(crate) header: Range<usize>,
    /// Its body.
    pub(crate) body: Range<usize>,
    /// Its Content-Type; the default where it names none that can be read.
    pub(super) media: Parameterised,
    /// What it holds.
    pub(super) content: Content,
}

/// What a part holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Content {
    /// Something that has no parts.
    Leaf,
    /// A message.
    Message(Box<Part>),
    /// At least one part.
    Multipart(Vec<Part>),
}

impl Part {
    /// Takes a whole message apart.
    pub(crate) fn of_message(message: &[u8]) -> Self {
        Reader { message, parts: 0 }.entity(0..message.len(), "text/plain", 0)
    }

    /// The part of this number (RFC 9051 §6.4.5.1); of an empty one, the message itself.
    pub(crate) fn find(&self, number: &[u32]) -> Option<&Self> {
        let Some((&first, rest)) = number.split_first() else { return Some(self) };
        let at = usize::try_from(first).ok()?.checked_sub(1)?;
        match &self.content {
            Content::Multipart(parts) => parts.get(at)?.find_below(rest),
            // The only part of what is no multipart is its body.
            Content::Leaf | Content::Message(_) => (at == 0).then_some(self)?.find_below(rest),
        }
    }

    fn find_below(&self, number: &[u32]) -> Option<&Self> {
        match &self.content {
            _ if number.is_empty() => Some(self),
            Content::Message(inner) => inner.find(number),
            Content::Multipart(_) => self.find(number),
            Content::Leaf => None,
        }
    }

    /// The message that this part holds.
    pub(crate) fn message(&self) -> Option<&Self> {
        match &self.content {
            Content::Message(inner) => Some(inner),
            Content::Leaf | Content::Multipart(_) => None,
        }
    }

    /// Its transfer encoding in lower case, `7bit` where it names none (RFC 2045 §6.1).
    pub(crate) fn encoding(&self, message: &[u8]) -> Vec<u8> {
        let header = Header::of(message.get(self.header.clone()).unwrap_or_default());
        let named = header.first("Content-Transfer-Encoding").map(|field| Parameterised::parse(field.value).value);
        named.filter(|name| !name.is_empty()).unwrap_or_else(|| b"7bit".to_vec()).to_ascii_lowercase()
    }

    /// Type and subtype.
    pub(super) fn media_type(&self) -> (&[u8], &[u8]) {
        self.media.media_type().unwrap_or((b"text", b"plain"))
    }
}

struct Reader<'a> {
    message: &'a [u8],
    parts: usize,
}

impl Reader<'_> {
    fn entity(&mut self, range: Range<usize>, default_type: &'static str, depth: usize) -> Part {
        self.parts += 1;
        let message = self.message;
        let bytes = message.get(range.clone()).unwrap_or_default();
        let header = Header::of(bytes);
        let body = range.start + header.body_start()..range.end;
        let field = header.first("Content-Type").map(|field| field.value).unwrap_or_default();
        let mut media = Parameterised::parse(field);
        if media.media_type().is_none() {
            media.value = default_type.as_bytes().to_vec();
        }
        let content = if depth >= NESTING { Content::Leaf } else { self.content(&media, field, body.clone(), depth) };
        if content == Content::Leaf && media.media_type().is_some_and(|(media, _)| is(media, "multipart")) {
            // What should have parts and has none is text for who wants to look at it.
            media = Parameterised { value: b"text/plain".to_vec(), parameters: Vec::new() };
        }
        if content == Content::Leaf && is_message(&media) {
            media = Parameterised { value: b"application/octet-stream".to_vec(), parameters: Vec::new() };
        }
        Part { header: range.start..body.start, body, media, content }
    }

    fn content(&mut self, media: &Parameterised, field: &[u8], body: Range<usize>, depth: usize) -> Content {
        let Some((kind, subtype)) = media.media_type() else { return Content::Leaf };
        if is_message(media) && self.parts < PARTS {
            return Content::Message(Box::new(self.entity(body, "text/plain", depth + 1)));
        }
        if !is(kind, "multipart") {
            return Content::Leaf;
        }
        let default_type = if is(subtype, "digest") { "message/rfc822" } else { "text/plain" };
        let Some(boundary) = boundary(field).filter(|found| (1..=BOUNDARY_BYTES).contains(&found.len())) else {
            return Content::Leaf;
        };
        let most = PARTS.saturating_sub(self.parts);
        let ranges = split(self.message, body, boundary.as_bytes(), most);
        let parts: Vec<Part> = ranges.into_iter().map(|range| self.entity(range, default_type, depth + 1)).collect();
        if parts.is_empty() { Content::Leaf } else { Content::Multipart(parts) }
    }
}

fn is(word: &[u8], name: &str) -> bool {
    word.eq_ignore_ascii_case(name.as_bytes())
}

/// Whether the type is that of a message within a message.
fn is_message(media: &Parameterised) -> bool {
    media
        .media_type()
        .is_some_and(|(kind, subtype)| is(kind, "message") && (is(subtype, "rfc822") || is(subtype, "global")))
}

/// The parts between delimiter lines, at most `most`; the line end before a delimiter belongs to it.
fn split(message: &[u8], body: Range<usize>, boundary: &[u8], most: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = body.start;
    while let Some(rest) = message.get(at..body.end).filter(|rest| !rest.is_empty()) {
        let length = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..length).unwrap_or_default();
        if let Some(closing) = delimiter(line, boundary) {
            if let Some(start) = open.take() {
                parts.push(start..before_line_end(message, start, at));
            }
            if closing || parts.len() >= most {
                return parts;
            }
            open = Some(at + length);
        }
        at += length;
    }
    // A multipart that is cut off ends with what there is.
    parts.extend(open.map(|start| start..body.end));
    parts
}

/// Whether a line is a delimiter, and if so, whether it is the closing one.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    match line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end() {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// `end` without the line end that stands before it, but not before `start`.
fn before_line_end(message: &[u8], start: usize, end: usize) -> usize {
    let bytes = message.get(start..end).unwrap_or_default();
    let bytes = bytes.strip_suffix(b"\n").map_or(bytes, |cut| cut.strip_suffix(b"\r").unwrap_or(cut));
    start + bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &[u8] = b"Content-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n--a\r\n\r\none\r\n--a\r\n\
        Content-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
        --b\r\n\r\ntext\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n\r\n--a--\r\nafter";

    fn body<'m>(message: &'m [u8], number: &[u32]) -> Option<&'m [u8]> {
        Part::of_message(message).find(number).map(|part| &message[part.body.clone()])
    }

    #[test]
    fn parts_are_found_by_their_numbers() {
        assert_eq!(body(NESTED, &[1]), Some(&b"one"[..]));
        assert_eq!(body(NESTED, &[2, 1]), Some(&b"text"[..]));
        assert_eq!(body(NESTED, &[2, 2]), Some(&b"<p>"[..]));
        assert!(body(NESTED, &[2]).unwrap().starts_with(b"Subject: in"));
        for number in [&[3][..], &[1, 1], &[2, 3], &[2, 1, 1], &[0]] {
            assert_eq!(body(NESTED, number), None, "{number:?}");
        }
        let inner =
            Part::of_message(NESTED).find(&[2]).and_then(Part::message).map(|inner| inner.header.clone()).unwrap();
        assert!(NESTED[inner].starts_with(b"Subject: in"));
    }

    #[test]
    fn a_message_without_parts_is_its_own_first_part() {
        let message = b"Subject: x\r\n\r\nbody";
        assert_eq!(body(message, &[1]), Some(&b"body"[..]));
        assert_eq!(body(message, &[2]), None);
        assert_eq!(body(message, &[1, 1]), None);
    }

    #[test]
    fn what_is_broken_stays_readable() {
        for message in [
            &b"Content-Type: multipart/mixed\r\n\r\nno boundary"[..],
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts",
            b"Content-Type: nonsense\r\n\r\ntext",
        ] {
            let part = Part::of_message(message);
            assert_eq!((part.media_type(), &part.content), ((&b"text"[..], &b"plain"[..]), &Content::Leaf));
        }
        let cut = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ncut of";
        assert_eq!(body(cut, &[1]), Some(&b"cut of"[..]));
    }

    #[test]
    fn nesting_and_number_of_parts_have_an_end() {
        let deep = b"Content-Type: message/rfc822\r\n\r\n".repeat(5000);
        Part::of_message(&deep);
        let mut wide = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n".to_vec();
        wide.extend_from_slice(&b"--x\r\n\r\n\r\n".repeat(5000));
        assert!(body(&wide, &[900]).is_some());
        assert!(body(&wide, &[2000]).is_none());
    }
}
