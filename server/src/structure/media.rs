//! Content-Type and its like, undecoded: a value and its parameters as they stand (RFC 2045 §5.1).

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

/// Longest value that is taken apart, octets; what is longer is cut.
const VALUE_BYTES: usize = 64 * 1024;
/// Most parameters that are told.
const PARAMETERS: usize = 100;

/// A value with parameters: `text/plain; charset=utf-8`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Parameterised {
    /// What stands before the first semicolon.
    pub(super) value: Vec<u8>,
    /// Names and values, quotes and comments taken away.
    pub(super) parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Parameterised {
    /// Takes a raw field value apart.
    pub(super) fn parse(raw: &[u8]) -> Self {
        let mut pieces = pieces(raw.get(..VALUE_BYTES).unwrap_or(raw)).into_iter();
        let value = pieces.next().map(|piece| piece.text).unwrap_or_default();
        let parameters = pieces
            .filter_map(|piece| {
                let equals = piece.equals?;
                let name = piece.text.get(..equals)?.trim_ascii();
                let value = piece.text.get(equals..)?;
                (!name.is_empty()).then(|| (name.to_vec(), value.trim_ascii().to_vec()))
            })
            .take(PARAMETERS)
            .collect();
        Self { value, parameters }
    }

    /// The first parameter of this name.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| value.as_slice())
    }

    /// Type and subtype; `None` where the value is not of that form.
    pub(super) fn media_type(&self) -> Option<(&[u8], &[u8])> {
        let slash = self.value.iter().position(|&byte| byte == b'/')?;
        let (media, subtype) = (self.value.get(..slash)?.trim_ascii(), self.value.get(slash + 1..)?.trim_ascii_start());
        // What follows the first word is a parameter whose semicolon is missing, or worse.
        let end = subtype.iter().position(|byte| !byte.is_ascii_graphic() || *byte == b',').unwrap_or(subtype.len());
        let subtype = subtype.get(..end)?;
        (!media.is_empty() && !subtype.is_empty()).then_some((media, subtype))
    }
}

/// The boundary that a Content-Type names, decoded: it may be written as RFC 2231 has it.
pub(super) fn boundary(raw: &[u8]) -> Option<String> {
    let line = [raw.get(..VALUE_BYTES).unwrap_or(raw), b"\n"].concat();
    let HeaderValue::ContentType(parsed) = MessageStream::new(&line).parse_content_type() else { return None };
    parsed.attribute("boundary").map(|boundary| boundary.trim_end().to_owned())
}

/// What stands between semicolons.
#[derive(Default)]
struct Piece {
    text: Vec<u8>,
    /// Where in the text the value after the first equals sign begins.
    equals: Option<usize>,
}

fn pieces(raw: &[u8]) -> Vec<Piece> {
    let mut done = Vec::new();
    let mut piece = Piece::default();
    let mut bytes = raw.iter().copied();
    let mut comments = 0_usize;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {}
            b'(' => comments += 1,
            b')' if comments > 0 => comments -= 1,
            b'\\' if comments > 0 => drop(bytes.next()),
            _ if comments > 0 => {}
            b';' => done.push(trimmed(std::mem::take(&mut piece))),
            b'=' if piece.equals.is_none() => piece.equals = Some(piece.text.len()),
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => piece.text.extend(bytes.next()),
                        b'\r' | b'\n' => {}
                        _ => piece.text.push(byte),
                    }
                }
            }
            _ => piece.text.push(byte),
        }
    }
    done.push(trimmed(piece));
    done
}

/// The first piece has no equals sign of its own: white space around it goes.
fn trimmed(mut piece: Piece) -> Piece {
    if piece.equals.is_none() {
        piece.text = piece.text.trim_ascii().to_vec();
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_and_its_parameters_stay_as_they_are() {
        let parsed = Parameterised::parse(
            b" Text/Plain; charset=\"utf-8\" (a; comment);\r\n name*=utf-8''%c3%a9.txt; x = \"a;\\\"b\" ; empty; =y",
        );
        assert_eq!(parsed.media_type(), Some((&b"Text"[..], &b"Plain"[..])));
        assert_eq!(parsed.get("CHARSET"), Some(&b"utf-8"[..]));
        assert_eq!(parsed.get("name*"), Some(&b"utf-8''%c3%a9.txt"[..]));
        assert_eq!(parsed.get("x"), Some(&b"a;\"b"[..]));
        assert_eq!(parsed.parameters.len(), 3);
    }

    #[test]
    fn a_boundary_is_found_however_it_is_written() {
        for raw in [
            " multipart/mixed; boundary=a'b",
            " multipart/mixed;\r\n\tBoundary=\"a'b\"",
            " m/m; boundary*=us-ascii''a%27b",
        ] {
            assert_eq!(boundary(raw.as_bytes()).as_deref(), Some("a'b"), "{raw}");
        }
        assert_eq!(boundary(b"text/plain"), None);
    }

    #[test]
    fn what_is_no_media_type_is_none() {
        assert_eq!(
            Parameterised::parse(b"application/pdf name=x").media_type(),
            Some((&b"application"[..], &b"pdf"[..]))
        );
        for raw in [&b""[..], b"text", b"/plain", b"text/", b";", b"\"", b"("] {
            assert_eq!(Parameterised::parse(raw).media_type(), None, "{raw:?}");
        }
    }
}
