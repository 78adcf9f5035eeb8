//! Which bytes of a message an item names: sections and partials (RFC 9051 §6.4.5, §6.4.5.1; RFC 3516).

use super::print::{put, string};
use super::scan::{Cursor, Malformed, Parsed};

/// Deepest part that can be named.
const PART_DEPTH: usize = 50;
/// Most header fields that one item names.
const FIELDS: usize = 100;

/// Which bytes of the message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Section {
    /// The part's number; empty: the message itself.
    pub(in crate::imap) part: Vec<u32>,
    pub(in crate::imap) of: Of,
    /// An item of RFC 3501 that asks for the same under a name of its own.
    pub(super) older_name: Option<&'static str>,
}

/// What of a part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Of {
    /// All of it; of a part without its MIME header.
    Everything,
    /// The header of a message.
    Header,
    /// Some fields of a message's header; or, with `not`, all others.
    Fields { names: Vec<String>, not: bool },
    /// The MIME header of a part.
    Mime,
    /// The body of a message.
    Text,
}

/// A run of octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Partial {
    pub(in crate::imap) offset: u64,
    pub(in crate::imap) length: u64,
}

impl Section {
    pub(super) fn print(&self, out: &mut Vec<u8>) {
        if let Some(name) = self.older_name {
            out.extend_from_slice(name.as_bytes());
            return;
        }
        let dot = if self.part.is_empty() || self.of == Of::Everything { "" } else { "." };
        put!(out, "BODY[{}{dot}", dotted(&self.part));
        match &self.of {
            Of::Everything => {}
            Of::Header => put!(out, "HEADER"),
            Of::Mime => put!(out, "MIME"),
            Of::Text => put!(out, "TEXT"),
            Of::Fields { names, not } => {
                put!(out, "HEADER.FIELDS{} (", if *not { ".NOT" } else { "" });
                for (at, name) in names.iter().enumerate() {
                    put!(out, "{}", if at > 0 { " " } else { "" });
                    print_field_name(out, name);
                }
                out.push(b')');
            }
        }
        out.push(b']');
    }
}

fn print_field_name(out: &mut Vec<u8>, name: &str) {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        out.extend_from_slice(name.as_bytes());
    } else {
        string(out, name.as_bytes());
    }
}

/// `1.2.3`.
pub(super) fn dotted(part: &[u32]) -> String {
    part.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// Part numbers with dots between; leaves a dot that a word follows.
fn part_numbers(cursor: &mut Cursor<'_>) -> Parsed<Vec<u32>> {
    let mut part = Vec::new();
    while cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        part.push(cursor.nz_number()?);
        if part.len() > PART_DEPTH {
            return Err(Malformed("a part lies too deep"));
        }
        if !cursor.eat(b'.') {
            break;
        }
    }
    Ok(part)
}

/// `[1.2]`.
pub(super) fn bracketed_part(cursor: &mut Cursor<'_>) -> Parsed<Vec<u32>> {
    cursor.expect(b'[', "a section is missing")?;
    let part = part_numbers(cursor)?;
    cursor.expect(b']', "a section does not end")?;
    Ok(part)
}

/// `[section]`.
pub(super) fn section(cursor: &mut Cursor<'_>) -> Parsed<Section> {
    cursor.expect(b'[', "a section is missing")?;
    let part = part_numbers(cursor)?;
    let of = match cursor.item_word().as_str() {
        "" => Of::Everything,
        "HEADER" => Of::Header,
        "TEXT" => Of::Text,
        "MIME" if !part.is_empty() => Of::Mime,
        "HEADER.FIELDS" => Of::Fields { names: field_names(cursor)?, not: false },
        "HEADER.FIELDS.NOT" => Of::Fields { names: field_names(cursor)?, not: true },
        _ => return Err(Malformed("there is no such section")),
    };
    cursor.expect(b']', "a section does not end")?;
    Ok(Section { part, of, older_name: None })
}

fn field_names(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    cursor.space()?;
    let names = cursor.list(Cursor::text)?;
    let printable = |name: &String| !name.is_empty() && name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if names.is_empty() || names.len() > FIELDS || !names.iter().all(printable) {
        return Err(Malformed("no header field, too many, or none that can exist"));
    }
    Ok(names)
}

/// `<offset.length>`.
pub(super) fn partial(cursor: &mut Cursor<'_>) -> Parsed<Option<Partial>> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let offset = cursor.number64()?;
    cursor.expect(b'.', "a partial's length is missing")?;
    let length = cursor.number64()?;
    cursor.expect(b'>', "a partial does not end")?;
    if length == 0 { Err(Malformed("a partial of nothing")) } else { Ok(Some(Partial { offset, length })) }
}
