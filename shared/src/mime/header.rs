//! The header of a message as bytes: where each field stands, and adding and removing fields (RFC 5322 §2.2, §3.5).
//!
//! Real mail is not always well-formed, so: lines end with CRLF or a bare LF; the header ends with the first empty line, or
//! where no field follows any more; lines that are no field are passed over as long as a field follows before the empty line
//! (an mbox `From ` line, a fold without its white space).
//!
//! Invariants: nothing is copied or changed but by [`prepend`] and [`remove`]; every byte of the message belongs either to
//! the header or to the body; time is linear, memory constant, whatever comes in.

use std::ops::Range;

use memchr::memchr;

/// How far into a header a field is searched, octets. Real headers stay under a tenth of this; one of fifty million octets
/// must not be gone through for each field that somebody asks for.
pub const SEARCHED_BYTES: usize = 1024 * 1024;

/// How the header of a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With an empty line, as it must.
    EmptyLine,
    /// The body follows without an empty line, or there is no header at all.
    Missing,
    /// The message ends with its header.
    EndOfMessage,
}

/// The header of a message: what stands before the body.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    message: &'a [u8],
    fields_end: usize,
    body_start: usize,
    ending: Ending,
}

/// One field as it stands in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as written, without white space.
    pub name: &'a str,
    /// What stands between the colon and the line end, folds included, not decoded.
    pub value: &'a [u8],
    /// Where the field stands in the message, its line end included.
    pub range: Range<usize>,
}

impl Field<'_> {
    /// Whether the field has this name (RFC 5322 §1.2.2: upper and lower case are the same).
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl<'a> Header<'a> {
    /// Finds the header of a message.
    #[must_use]
    pub fn of(message: &'a [u8]) -> Self {
        let mut fields_end = 0;
        let mut inside_field = false;
        for line in Lines::new(message, 0) {
            let bytes = message.get(line.clone()).unwrap_or_default();
            if is_empty_line(bytes) {
                if fields_end == line.start {
                    return Self { message, fields_end, body_start: line.end, ending: Ending::EmptyLine };
                }
                break;
            }
            if inside_field && starts_with_space(bytes) || field_name(bytes).is_some() {
                inside_field = true;
                fields_end = line.end;
            } else {
                inside_field = false;
            }
        }
        let ending = if fields_end > 0 && fields_end == message.len() { Ending::EndOfMessage } else { Ending::Missing };
        Self { message, fields_end, body_start: fields_end, ending }
    }

    /// How the header ends.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// The header's bytes, its empty line included.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.message.get(..self.body_start).unwrap_or_default()
    }

    /// Where the last field ends.
    #[must_use]
    pub fn fields_end(&self) -> usize {
        self.fields_end
    }

    /// Where the body begins.
    #[must_use]
    pub fn body_start(&self) -> usize {
        self.body_start
    }

    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.message.get(self.body_start..).unwrap_or_default()
    }

    /// All fields in their order.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields { message: self.message, lines: Lines::new(self.message.get(..self.fields_end).unwrap_or_default(), 0) }
    }

    /// The first field of this name, within the first [`SEARCHED_BYTES`].
    #[must_use]
    pub fn first(&self, name: &str) -> Option<Field<'a>> {
        self.searched_fields().find(|field| field.is(name))
    }

    /// The fields that searches look at.
    pub(crate) fn searched_fields(&self) -> impl Iterator<Item = Field<'a>> {
        self.fields().take_while(|field| field.range.start < SEARCHED_BYTES)
    }

    /// The line end that the message uses: that of its first line, CRLF where it has none.
    #[must_use]
    pub fn line_end(&self) -> &'static str {
        line_end(self.message)
    }
}

/// Iterates over the fields of a header.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    message: &'a [u8],
    lines: Lines<'a>,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            let line = self.lines.next()?;
            let Some(name) = self.message.get(line.clone()).and_then(field_name) else { continue };
            let mut end = line.end;
            while let Some(next) = self.lines.clone().next() {
                if !self.message.get(next.clone()).is_some_and(starts_with_space) {
                    break;
                }
                end = next.end;
                self.lines.next();
            }
            let whole = self.message.get(line.start..end).unwrap_or_default();
            let value = memchr(b':', whole).and_then(|colon| whole.get(colon + 1..));
            return Some(Field { name, value: without_line_end(value.unwrap_or_default()), range: line.start..end });
        }
    }
}

/// Puts fields in front of a message. `fields` are whole fields, each with its line end.
///
/// A message without a header gets an empty line between them and its body.
#[must_use]
pub fn prepend(message: &[u8], fields: &[u8]) -> Vec<u8> {
    let header = Header::of(message);
    let mut out = Vec::with_capacity(fields.len() + 2 + message.len());
    out.extend_from_slice(fields);
    if header.ending() == Ending::Missing && header.fields_end() == 0 {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(message);
    out
}

/// The message without the fields for which `unwanted` says so; every other byte stays.
#[must_use]
pub fn remove(message: &[u8], mut unwanted: impl FnMut(&Field<'_>) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut kept = 0;
    for field in Header::of(message).fields().filter(|field| unwanted(field)) {
        out.extend_from_slice(message.get(kept..field.range.start).unwrap_or_default());
        kept = field.range.end;
    }
    out.extend_from_slice(message.get(kept..).unwrap_or_default());
    out
}

/// The value of a field on one line: folds taken out, white space around it gone, bytes that are not UTF-8 replaced.
#[must_use]
pub fn unfold(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect::<String>().trim().to_owned()
}

/// The line end of the first line, CRLF where there is none.
pub(crate) fn line_end(bytes: &[u8]) -> &'static str {
    match memchr(b'\n', bytes) {
        Some(at) if at == 0 || bytes.get(at - 1) != Some(&b'\r') => "\n",
        _ => "\r\n",
    }
}

/// Bytes without one line end at their end.
pub(crate) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Iterates over lines as ranges, line ends included; the last may have none.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let start = self.at;
        self.at += length;
        Some(start..self.at)
    }
}

fn is_empty_line(line: &[u8]) -> bool {
    without_line_end(line).is_empty() && line.ends_with(b"\n")
}

fn starts_with_space(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// The name of the field that begins on this line (RFC 5322 §2.2, with the white space before the colon of §4.5).
fn field_name(line: &[u8]) -> Option<&str> {
    let colon = memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    let good = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    good.then(|| std::str::from_utf8(name).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(message: &str) -> Vec<String> {
        Header::of(message.as_bytes()).fields().map(|field| field.name.to_owned()).collect()
    }

    #[test]
    fn fields_stand_where_they_say() {
        let message = b"From: a@b.test\r\nSubject: one\r\n two\r\n\tthree\r\nX :y\r\n\r\nbody: no field\r\n";
        let header = Header::of(message);
        assert_eq!(header.ending(), Ending::EmptyLine);
        assert_eq!(header.body(), b"body: no field\r\n");
        let fields: Vec<_> = header.fields().collect();
        assert_eq!(fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["From", "Subject", "X"]);
        assert_eq!(fields[1].value, b" one\r\n two\r\n\tthree");
        assert_eq!(&message[fields[1].range.clone()], b"Subject: one\r\n two\r\n\tthree\r\n");
        assert_eq!(header.first("SUBJECT").as_ref(), Some(&fields[1]));
        assert_eq!(unfold(fields[1].value), "one two\tthree");
    }

    #[test]
    fn headers_end_as_real_mail_ends_them() {
        for (message, ending, body) in [
            ("A: b\n\nbody", Ending::EmptyLine, "body"),
            ("A: b\r\n", Ending::EndOfMessage, ""),
            ("A: b", Ending::EndOfMessage, ""),
            ("A: b\nno field\nbody", Ending::Missing, "no field\nbody"),
            ("A: b\nno field\n\nbody", Ending::Missing, "no field\n\nbody"),
            ("A: b\nno field\nC: d\n\nbody", Ending::EmptyLine, "body"),
            ("From x Thu Jan  1 00:00:00 1970\nA: b\n\nbody", Ending::EmptyLine, "body"),
            ("no header", Ending::Missing, "no header"),
            ("\r\nbody", Ending::EmptyLine, "body"),
            ("", Ending::Missing, ""),
        ] {
            let header = Header::of(message.as_bytes());
            assert_eq!((header.ending(), header.body()), (ending, body.as_bytes()), "{message:?}");
            assert_eq!([header.bytes(), header.body()].concat(), message.as_bytes());
        }
        assert_eq!(names("A: b\nno field\n fold of nothing\nC: d\n\n"), ["A", "C"]);
    }

    #[test]
    fn fields_are_put_in_front_and_taken_away() {
        let message = b"A: 1\r\nB: 2\r\n more\r\nA: 3\r\n\r\nbody";
        assert_eq!(prepend(message, b"X: 0\r\n"), [&b"X: 0\r\n"[..], message].concat());
        assert_eq!(remove(message, |field| field.is("a")), b"B: 2\r\n more\r\n\r\nbody");
        assert_eq!(remove(message, |_| false), message);
        assert_eq!(prepend(b"text only", b"X: 0\r\n"), b"X: 0\r\n\r\ntext only");
        assert_eq!(prepend(b"\r\ntext", b"X: 0\r\n"), b"X: 0\r\n\r\ntext");
    }
}
