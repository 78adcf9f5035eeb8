//! What FETCH asks for (RFC 9051 §6.4.5; RFC 3501 §6.4.5; RFC 3516; RFC 7162 §3.1.4, §3.2.6).

use super::print::put;
use super::scan::{Cursor, Malformed, Parsed};
use super::section::{Of, Partial, Section, bracketed_part, dotted, partial, section};
use super::sequence::SequenceSet;

/// Most items of one FETCH.
const ITEMS: usize = 100;

/// What FETCH asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Fetch {
    pub(in crate::imap) set: SequenceSet,
    pub(in crate::imap) items: Vec<Item>,
    /// Only of messages that changed after this MODSEQ.
    pub(in crate::imap) changed_since: Option<u64>,
    /// Tell also which UIDs of the set have left since then.
    pub(in crate::imap) vanished: bool,
    pub(in crate::imap) uid: bool,
}

/// One thing that is wanted of each message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Item {
    Binary { part: Vec<u32>, peek: bool, partial: Option<Partial> },
    BinarySize { part: Vec<u32> },
    Body { section: Section, peek: bool, partial: Option<Partial> },
    BodyStructure { extended: bool },
    EmailId,
    Envelope,
    Flags,
    InternalDate,
    ModSeq,
    Preview,
    SaveDate,
    Size,
    ThreadId,
    Uid,
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
            Self::EmailId => put!(out, "EMAILID"),
            Self::Envelope => put!(out, "ENVELOPE"),
            Self::Flags => put!(out, "FLAGS"),
            Self::InternalDate => put!(out, "INTERNALDATE"),
            Self::ModSeq => put!(out, "MODSEQ"),
            Self::Preview => put!(out, "PREVIEW"),
            Self::SaveDate => put!(out, "SAVEDATE"),
            Self::Size => put!(out, "RFC822.SIZE"),
            Self::ThreadId => put!(out, "THREADID"),
            Self::Uid => put!(out, "UID"),
        }
    }
}

/// FETCH.
pub(super) fn fetch(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Fetch> {
    cursor.space()?;
    let set = SequenceSet::parse(cursor)?;
    cursor.space()?;
    let mut items = if cursor.peek() == Some(b'(') {
        cursor.list(|cursor| item(&cursor.item_word(), cursor))?
    } else {
        match cursor.item_word().as_str() {
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
    let mut fetch = Fetch { set, items: Vec::new(), changed_since: None, vanished: false, uid };
    if cursor.eat(b' ') && !cursor.at_end() {
        modifiers(cursor, &mut fetch)?;
    }
    if uid && !items.contains(&Item::Uid) {
        items.insert(0, Item::Uid);
    }
    if fetch.changed_since.is_some() && !items.contains(&Item::ModSeq) {
        items.push(Item::ModSeq);
    }
    // What is asked for twice is told once.
    let mut once: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    Ok(Fetch { items: once, ..fetch })
}

/// `(CHANGEDSINCE modseq [VANISHED])` (RFC 7162 §7).
fn modifiers(cursor: &mut Cursor<'_>, fetch: &mut Fetch) -> Parsed<()> {
    cursor.list(|cursor| {
        match cursor.word()?.as_str() {
            "CHANGEDSINCE" if fetch.changed_since.is_none() => {
                cursor.space()?;
                fetch.changed_since = Some(cursor.nz_number64()?);
            }
            "VANISHED" if fetch.uid && !fetch.vanished => fetch.vanished = true,
            _ => return Err(Malformed("there is no such modifier of FETCH")),
        }
        Ok(())
    })?;
    match fetch.changed_since {
        Some(_) => Ok(()),
        None => Err(Malformed("CHANGEDSINCE is missing")),
    }
}

/// Items alone, as NOTIFY names them.
pub(super) fn items(cursor: &mut Cursor<'_>) -> Parsed<Vec<Item>> {
    let items = cursor.list(|cursor| item(&cursor.item_word(), cursor))?;
    if items.is_empty() || items.len() > ITEMS { Err(Malformed("nothing to fetch, or too much")) } else { Ok(items) }
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
        "EMAILID" => Item::EmailId,
        "ENVELOPE" => Item::Envelope,
        "FLAGS" => Item::Flags,
        "INTERNALDATE" => Item::InternalDate,
        "MODSEQ" => Item::ModSeq,
        "PREVIEW" => preview(cursor)?,
        "RFC822" => Item::body(Vec::new(), Of::Everything, false, "RFC822"),
        "RFC822.HEADER" => Item::body(Vec::new(), Of::Header, true, "RFC822.HEADER"),
        "RFC822.SIZE" => Item::Size,
        "RFC822.TEXT" => Item::body(Vec::new(), Of::Text, false, "RFC822.TEXT"),
        "SAVEDATE" => Item::SaveDate,
        "THREADID" => Item::ThreadId,
        "UID" => Item::Uid,
        _ => return Err(Malformed("there is no such item to fetch")),
    })
}

/// `PREVIEW [(LAZY)]`; it takes no time here, so who can wait is answered like who cannot (RFC 8970 §4.1).
fn preview(cursor: &mut Cursor<'_>) -> Parsed<Item> {
    let mut ahead = cursor.clone();
    if ahead.eat(b' ') && ahead.peek() == Some(b'(') {
        // What else may stand there are the modifiers of FETCH.
        let lazy = ahead.list(Cursor::word).is_ok_and(|words| words == ["LAZY"]);
        if lazy {
            *cursor = ahead;
        }
    }
    Ok(Item::Preview)
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
    fn what_is_asked_for_twice_is_told_once() {
        let items = read("(BINARY.PEEK[1] UID BINARY.PEEK[1] BINARY.PEEK[1]<0.5> UID)").unwrap();
        assert_eq!(items.len(), 3, "{items:?}");
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
            "MODSEQ",
            "PREVIEW",
            "SAVEDATE",
            "EMAILID",
            "THREADID",
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
        assert_eq!(read("(PREVIEW (LAZY) UID)").unwrap(), [Item::Preview, Item::Uid]);
        assert_eq!(read("PREVIEW (CHANGEDSINCE 1)").unwrap(), [Item::Preview, Item::ModSeq]);
    }

    #[test]
    fn modifiers_limit_what_is_answered() {
        let read = |text: &str, uid| {
            let mut cursor = Cursor::new(text.as_bytes());
            let fetch = fetch(&mut cursor, uid)?;
            cursor.end().map(|()| fetch)
        };
        let changed = read(" 1:* (FLAGS) (CHANGEDSINCE 12345 VANISHED)", true).unwrap();
        assert_eq!((changed.changed_since, changed.vanished), (Some(12345), true));
        assert_eq!(changed.items, [Item::Uid, Item::Flags, Item::ModSeq]);
        assert!(read(" 1:* FLAGS (CHANGEDSINCE 1)", false).unwrap().changed_since.is_some());
        for (text, uid) in [
            (" 1 FLAGS (CHANGEDSINCE 1 VANISHED)", false),
            (" 1 FLAGS (VANISHED)", true),
            (" 1 FLAGS (CHANGEDSINCE 0)", true),
            (" 1 FLAGS (CHANGEDSINCE 9223372036854775808)", true),
            (" 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 2)", true),
            (" 1 FLAGS ()", true),
        ] {
            assert!(read(text, uid).is_err(), "{text}");
        }
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
