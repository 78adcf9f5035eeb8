//! Header protection (RFC 9788): a message becomes a payload for encryption that carries its whole header, says so
//! (`hp="cipher"`), and says what the outer header shows (`HP-Outer`). Today's Thunderbird looks for the draft's
//! `protected-headers="v1"` instead, so both stand there.
//!
//! Sealing at rest must lose nothing. [`protect`] only inserts bytes, and the payload's first line, [`MARKER`], lists where;
//! [`restore`] deletes them. The line reads `Own-Mailbox-Original: 1; length=L; added=O+N,O+N…`: `L` octets of original,
//! and the insertions as offset and length in what follows the line.
//!
//! Invariants: `restore(protect(x)) == x` for any bytes; a payload without a marker that fits is given back as it is.

use crate::mime::entity::Entity;
use crate::mime::header::{Ending, Header, line_end, without_line_end};
use crate::mime::readable::{Kind, OuterField, outer_fields};

/// Name of the line that lists the insertions.
const MARKER: &str = "Own-Mailbox-Original";
/// Longest marker line that is believed, octets; [`protect`] makes four insertions at most.
const MARKER_BYTES: usize = 512;
/// What tells readers that the header inside is the real one.
const PARAMETERS: &str = "hp=\"cipher\"; protected-headers=\"v1\"";
/// Fields that are shown, copied up where the original becomes a part.
const SHOWN: [&str; 9] = ["From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"];

/// The payload for sealing a message at rest: restorable to the byte.
#[must_use]
pub fn protect(original: &[u8]) -> Vec<u8> {
    protect_as(original, Kind::Letter)
}

/// The same; the kind decides which fields stand outside.
pub(super) fn protect_as(original: &[u8], kind: Kind) -> Vec<u8> {
    let insertions = insertions(original, kind);
    let mut shift = 0;
    let added: Vec<String> = insertions
        .iter()
        .map(|(at, text)| {
            let range = format!("{}+{}", at + shift, text.len());
            shift += text.len();
            range
        })
        .collect();
    let marker = format!("{MARKER}: 1; length={}; added={}{}", original.len(), added.join(","), line_end(original));
    let mut out = Vec::with_capacity(marker.len() + shift + original.len());
    out.extend_from_slice(marker.as_bytes());
    insert(&mut out, original, &insertions);
    out
}

/// The payload for a message to others: the same without the marker.
pub(super) fn protect_outgoing(letter: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(letter.len() + 1024);
    insert(&mut out, letter, &insertions(letter, Kind::Letter));
    out
}

/// The original that [`protect`] made a payload of; any other payload is given back as it is.
#[must_use]
pub fn restore(payload: Vec<u8>) -> Vec<u8> {
    restored(&payload).unwrap_or(payload)
}

/// The original, `None` where the payload has no marker that fits.
pub(super) fn restored(payload: &[u8]) -> Option<Vec<u8>> {
    let head = payload.get(..MARKER_BYTES).unwrap_or(payload);
    let line_length = head.iter().position(|&byte| byte == b'\n')? + 1;
    let line = std::str::from_utf8(without_line_end(payload.get(..line_length)?)).ok()?;
    let rest = payload.get(line_length..)?;
    let (length, added) = line.strip_prefix(MARKER)?.strip_prefix(": 1; length=")?.split_once("; added=")?;
    let length: usize = length.parse().ok()?;
    let mut out = Vec::with_capacity(length.min(rest.len()));
    let mut kept = 0;
    for range in added.split(',') {
        let (start, span) = range.split_once('+')?;
        let (start, span): (usize, usize) = (start.parse().ok()?, span.parse().ok()?);
        out.extend_from_slice(rest.get(kept..start)?);
        kept = start.checked_add(span)?;
    }
    out.extend_from_slice(rest.get(kept..)?);
    (out.len() == length).then_some(out)
}

/// Whether a payload's header is the real one, by RFC 9788 or by the draft before it.
pub(super) fn has_protected_header(payload: &[u8]) -> Option<Protection> {
    let entity = Entity::of(payload, "text/plain");
    if entity.content_type.get("hp").is_some() {
        return Some(Protection::Rfc9788);
    }
    (entity.content_type.get("protected-headers") == Some("v1")).then_some(Protection::Draft)
}

/// How a payload says that its header is the real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// All fields of the message stand in it.
    Rfc9788,
    /// Some do; the others stand outside.
    Draft,
}

/// Offsets into the original, ascending, and what goes in there.
type Insertions = Vec<(usize, String)>;

fn insert(out: &mut Vec<u8>, original: &[u8], insertions: &Insertions) {
    let mut kept = 0;
    for (at, text) in insertions {
        out.extend_from_slice(original.get(kept..*at).unwrap_or_default());
        out.extend_from_slice(text.as_bytes());
        kept = *at;
    }
    out.extend_from_slice(original.get(kept..).unwrap_or_default());
}

fn insertions(original: &[u8], kind: Kind) -> Insertions {
    let entity = Entity::of(original, "text/plain");
    let header = &entity.header;
    let eol = header.line_end();
    let mut top = hp_outer(original, kind, eol);
    if entity.media_type() == "multipart/signed" && header.ending() == Ending::EmptyLine {
        return as_part(original, top, eol);
    }
    let mut out = Insertions::new();
    match header.first("Content-Type") {
        Some(field) => {
            let line = original.get(field.range.clone()).unwrap_or_default();
            let value_end = field.range.start + without_line_end(line).len();
            let value = field.value.trim_ascii();
            let link = match value.last() {
                None => format!("text/plain;{eol} "),
                Some(b';') => format!("{eol} "),
                Some(_) => format!(";{eol} "),
            };
            // A message that says it already (a signed one) is not told twice.
            let said = ["hp", "protected-headers"].map(|name| entity.content_type.get(name).is_some());
            let parameters = match said {
                [false, false] => PARAMETERS,
                [true, false] => "protected-headers=\"v1\"",
                [false, true] => "hp=\"cipher\"",
                [true, true] => "",
            };
            if !parameters.is_empty() {
                out.push((value_end, format!("{link}{parameters}")));
            }
        }
        None => {
            let charset = if std::str::from_utf8(original).is_ok() { "utf-8" } else { "windows-1252" };
            top.push_str(&format!("Content-Type: text/plain; charset={charset};{eol} {PARAMETERS}{eol}"));
        }
    }
    match header.ending() {
        Ending::EmptyLine => {}
        _ if header.fields_end() == 0 => top.push_str(eol),
        _ => {
            let fields = original.get(..header.fields_end()).unwrap_or_default();
            let open = if fields.ends_with(b"\n") { "" } else { eol };
            out.push((header.fields_end(), format!("{open}{eol}")));
        }
    }
    out.insert(0, (0, top));
    out
}

/// A message signed in clear cannot carry the parameters: readers look for them at the signed part, which must not change.
/// It becomes the only part of a multipart that carries them.
fn as_part(original: &[u8], mut top: String, eol: &str) -> Insertions {
    let mut boundary = "=_own-mailbox".to_owned();
    while original.windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
        boundary.push('_');
    }
    let header = Header::of(original);
    for name in SHOWN {
        if let Some(value) = header.first(name).and_then(|field| std::str::from_utf8(field.value).ok()) {
            top.push_str(&format!("{name}:{value}{eol}"));
        }
    }
    top.push_str(&format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\";{eol} {PARAMETERS}{eol}{eol}--{boundary}{eol}"
    ));
    vec![(0, top), (original.len(), format!("{eol}--{boundary}--{eol}"))]
}

fn hp_outer(original: &[u8], kind: Kind, eol: &str) -> String {
    let field = |OuterField { name, value }: OuterField| format!("HP-Outer: {name}: {value}{eol}").replace("\r\n", eol);
    outer_fields(original, kind).into_iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_says_what_readers_look_for() {
        let original = b"Received: x\r\nFrom: Bob <bob@else.test>\r\nSubject: secret\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n\r\n--b--\r\n";
        let payload = String::from_utf8(protect(original)).unwrap();
        let expected = "HP-Outer: From: Bob <bob@else.test>\r\nHP-Outer: Subject: [...]\r\nReceived: x\r\nFrom: Bob <bob@else.test>\r\n\
            Subject: secret\r\nContent-Type: multipart/mixed;\r\n boundary=b;\r\n hp=\"cipher\"; protected-headers=\"v1\"\r\n\r\n--b--\r\n";
        let (marker, rest) = payload.split_once("\r\n").unwrap();
        assert_eq!(rest, expected);
        assert!(marker.starts_with("Own-Mailbox-Original: 1; length=1"), "{marker}");
        let entity = Entity::of(payload.as_bytes(), "");
        assert_eq!((entity.content_type.get("hp"), entity.content_type.get("boundary")), (Some("cipher"), Some("b")));
        assert_eq!(entity.content_type.get("protected-headers"), Some("v1"));
        assert_eq!(has_protected_header(payload.as_bytes()), Some(Protection::Rfc9788));
        assert_eq!(protect_outgoing(original), expected.as_bytes());
    }

    #[test]
    fn line_ends_are_those_of_the_original() {
        let payload = String::from_utf8(protect(b"From: a@b.test,\n c@b.test\nSubject: x\n\nbody\n")).unwrap();
        assert!(!payload.contains('\r'), "{payload:?}");
        assert!(payload.contains("HP-Outer: From: a@b.test,\n c@b.test\n"), "{payload:?}");
    }

    #[test]
    fn text_without_a_type_gets_one_that_fits() {
        for (original, charset) in
            [("Subject: x\r\n\r\ncafé".as_bytes(), "utf-8"), (b"caf\xe9", "windows-1252"), (b"", "utf-8")]
        {
            let payload = protect(original);
            let entity = Entity::of(&payload, "");
            assert_eq!((entity.media_type(), entity.content_type.get("charset")), ("text/plain", Some(charset)));
            assert_eq!(entity.header.ending(), Ending::EmptyLine);
        }
    }

    #[test]
    fn a_signed_message_becomes_a_part_and_stays_as_it_was_signed() {
        let original = b"From: bob@else.test\r\nSubject: signed\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\";\r\n boundary=s\r\n\r\n--s\r\n\r\nhello\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n";
        let payload = protect(original);
        let entity = Entity::of(&payload, "");
        assert_eq!(
            (entity.media_type(), entity.content_type.get("protected-headers")),
            ("multipart/mixed", Some("v1"))
        );
        assert_eq!(entity.header.first("Subject").unwrap().value, b" signed");
        let split = entity.split(3).unwrap();
        assert_eq!(split.parts, [&original[..]]);
        assert_eq!(crate::mime::read(&payload).text.as_deref(), Some("hello"));
    }
}
