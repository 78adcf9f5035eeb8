//! What FETCH asks for (RFC 9051 §6.4.5, §6.4.5.1; RFC 3501 §6.4.5; RFC 3516).

use super::print::{put, string};
use super::scan::{Cursor, Malformed, Parsed};
use super::sequence::SequenceSet;

/// Most items of one FETCH.
const ITEMS: usize = 100;
/// Deepest part that can be named.
const PART_DEPTH: usize = 50;
/// Most header fields that one item names.
const FIELDS: usize = 100;

/// What FETCH asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Fetch {
    pub(in crate::imap) set: SequenceSet,
    pub(in crate::imap) items: Vec<Item>,
    pub(in crate::imap) uid: bool,
}

/// One thing that is wanted of each message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Item {
    Binary { part: Vec<u32>, peek: bool, partial: Option<Partial> },
    BinarySize { part: Vec<u32> },
    Body { section: Section, peek: bool, partial: Option<Partial> },
    BodyStructure { extended: bool },
    Envelope,
    Flags,
    InternalDate,
    Size,
    Uid,
}

/// Which bytes of the message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Section {
    /// The part's number; empty: the message itself.
    pub(in crate::imap) part: Vec<u32>,
    pub(in crate::imap) of: Of,
    /// An item of RFC 3501 that asks for the same under a name of its own.
    older_name: Option<&'static str>,
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

impl Item {
    /// Whether asking for it means that the message was read.
    pub(in crate::imap) fn marks_seen(&self) -> bool {
        matches!(self, Self::Body { peek: false, .. } | Self::Binary { peek: false, .. })
    }

    fn body(part: Vec<u32>, of: Of, peek: bool, older_name: &'static str) -> Self {
        Self::Body { section: Section { part, of, older_name: Some(older_name) }, peek, partial: None }
    }

    /// Appends the name under which the answer gives it.
    pub(in crate::imap) fn print_name(&self, out: &mut Vec<u8>) {
        let offset = |out: &mut Vec<u8>, partial: &Option<Partial>| {
            if let Some(partial) = partial {
                put!(out, "<{}>", partial.offset);
            }
        };
        match self {
            Self::Binary { part, partial, .. } => {
                put!(out, "BINARY[{}]", dotted(part));
                offset(out, partial);
            }
            Self::BinarySize { part } => put!(out, "BINARY.SIZE[{}]", dotted(part)),
            Self::Body { section, partial, .. } => {
                section.print(out);
                offset(out, partial);
            }
            Self::BodyStructure { extended: true } => put!(out, "BODYSTRUCTURE"),
            Self::BodyStructure { extended: false } => put!(out, "BODY"),
            Self::Envelope => put!(out, "ENVELOPE"),
            Self::Flags => put!(out, "FLAGS"),
            Self::InternalDate => put!(out, "INTERNALDATE"),
            Self::Size => put!(out, "RFC822.SIZE"),
            Self::Uid => put!(out, "UID"),
        }
    }
}

impl Section {
    fn print(&self, out: &mut Vec<u8>) {
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

fn dotted(part: &[u32]) -> String {
    part.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// FETCH.
pub(super) fn fetch(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Fetch> {
    cursor.space()?;
    let set = SequenceSet::parse(cursor)?;
    cursor.space()?;
    let mut items = if cursor.peek() == Some(b'(') {
        cursor.list(|cursor| item(&word(cursor), cursor))?
    } else {
        match word(cursor).as_str() {
            "FAST" => vec![Item::Flags, Item::InternalDate, Item::Size],
            "ALL" => vec![Item::Flags, Item::InternalDate, Item::Size, Item::Envelope],
            "FULL" => {
                vec![
                    Item::Flags,
                    Item::InternalDate,
                    Item::Size,
                    Item::Envelope,
                    Item::BodyStructure { extended: false },
                ]
            }
            single => vec![item(single, cursor)?],
        }
    };
    if items.is_empty() || items.len() > ITEMS {
        return Err(Malformed("nothing to fetch, or too much"));
    }
    if uid && !items.contains(&Item::Uid) {
        items.insert(0, Item::Uid);
    }
    Ok(Fetch { set, items, uid })
}

fn word(cursor: &mut Cursor<'_>) -> String {
    let bytes = cursor.run(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    String::from_utf8_lossy(bytes).to_ascii_uppercase()
}

fn item(word: &str, cursor: &mut Cursor<'_>) -> Parsed<Item> {
    Ok(match word {
        "BINARY" | "BINARY.PEEK" => {
            Item::Binary { part: bracketed_part(cursor)?, peek: word == "BINARY.PEEK", partial: partial(cursor)? }
        }
        "BINARY.SIZE" => Item::BinarySize { part: bracketed_part(cursor)? },
        "BODY" if cursor.peek() != Some(b'[') => Item::BodyStructure { extended: false },
        "BODY" | "BODY.PEEK" => {
            Item::Body { section: section(cursor)?, peek: word == "BODY.PEEK", partial: partial(cursor)? }
        }
        "BODYSTRUCTURE" => Item::BodyStructure { extended: true },
        "ENVELOPE" => Item::Envelope,
        "FLAGS" => Item::Flags,
        "INTERNALDATE" => Item::InternalDate,
        "RFC822" => Item::body(Vec::new(), Of::Everything, false, "RFC822"),
        "RFC822.HEADER" => Item::body(Vec::new(), Of::Header, true, "RFC822.HEADER"),
        "RFC822.SIZE" => Item::Size,
        "RFC822.TEXT" => Item::body(Vec::new(), Of::Text, false, "RFC822.TEXT"),
        "UID" => Item::Uid,
        _ => return Err(Malformed("there is no such item to fetch")),
    })
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

fn bracketed_part(cursor: &mut Cursor<'_>) -> Parsed<Vec<u32>> {
    cursor.expect(b'[', "a section is missing")?;
    let part = part_numbers(cursor)?;
    cursor.expect(b']', "a section does not end")?;
    Ok(part)
}

fn section(cursor: &mut Cursor<'_>) -> Parsed<Section> {
    cursor.expect(b'[', "a section is missing")?;
    let part = part_numbers(cursor)?;
    let of = match word(cursor).as_str() {
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
fn partial(cursor: &mut Cursor<'_>) -> Parsed<Option<Partial>> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let offset = cursor.number64()?;
    cursor.expect(b'.', "a partial's length is missing")?;
    let length = cursor.number64()?;
    cursor.expect(b'>', "a partial does not end")?;
    if length == 0 { Err(Malformed("a partial of nothing")) } else { Ok(Some(Partial { offset, length })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed<Vec<Item>> {
        let text = format!(" 1 {text}");
        let mut cursor = Cursor::new(text.as_bytes());
        let fetch = fetch(&mut cursor, false)?;
        cursor.end().map(|()| fetch.items)
    }

    fn name(text: &str) -> String {
        let mut out = Vec::new();
        read(text).unwrap()[0].print_name(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_answer_has_the_name_of_its_question() {
        for text in [
            "BODY[]",
            "BODY[HEADER]",
            "BODY[1.2]",
            "BODY[1.2.MIME]",
            "BODY[TEXT]",
            "BODY[4.HEADER.FIELDS (From X-y)]",
            "BODY[HEADER.FIELDS.NOT (\"a b\")]",
            "BODY",
            "BODYSTRUCTURE",
            "RFC822",
            "RFC822.HEADER",
            "RFC822.TEXT",
            "RFC822.SIZE",
            "BINARY[1]",
            "BINARY.SIZE[2.1]",
            "ENVELOPE",
            "FLAGS",
            "INTERNALDATE",
            "UID",
        ] {
            assert_eq!(name(text), text);
        }
        assert_eq!(name("body.peek[1]<10.20>"), "BODY[1]<10>");
        assert_eq!(name("BINARY.PEEK[]<0.1>"), "BINARY[]<0>");
    }

    #[test]
    fn what_marks_a_message_seen() {
        for (text, expected) in [
            ("BODY[]", true),
            ("RFC822", true),
            ("RFC822.TEXT", true),
            ("BINARY[1]", true),
            ("BODY.PEEK[]", false),
            ("RFC822.HEADER", false),
            ("BODY", false),
        ] {
            assert_eq!(read(text).unwrap()[0].marks_seen(), expected, "{text}");
        }
    }

    #[test]
    fn macros_stand_for_items() {
        assert_eq!(read("ALL").unwrap().len(), 4);
        assert_eq!(read("(FLAGS UID)").unwrap().len(), 2);
        assert!(read("(ALL)").is_err());
    }

    #[test]
    fn what_cannot_be_fetched_is_refused() {
        for text in [
            "",
            "()",
            "FOO",
            "BODY[",
            "BODY[]<",
            "BODY[]<0>",
            "BODY[]<0.0>",
            "BODY[0]",
            "BODY[MIME]",
            "BODY[1.FOO]",
            "BODY[HEADER.FIELDS ()]",
            "BODY[HEADER.FIELDS]",
            "BINARY[HEADER]",
            "BINARY",
            "BODY[1",
            "(FLAGS",
            "FLAGS UID",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
