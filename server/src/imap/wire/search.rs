//! What SEARCH asks for (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 7162 §3.1.5).

use super::date::Day;
use super::scan::{Cursor, Malformed, Parsed};
use super::sequence::SequenceSet;
use crate::store::flags::FlagBits;

/// Deepest nesting of NOT, OR and parentheses.
const DEPTH: usize = 30;
/// Most keys of one search.
const KEYS: usize = 500;

/// What SEARCH asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Search {
    pub(in crate::imap) key: Key,
    /// What is wanted of the result; `None` where the command does not say.
    pub(in crate::imap) wanted: Option<Wanted>,
    /// The charset is one that is read here.
    pub(in crate::imap) charset_known: bool,
    pub(in crate::imap) uid: bool,
}

/// Result options.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct Wanted {
    pub(in crate::imap) min: bool,
    pub(in crate::imap) max: bool,
    pub(in crate::imap) all: bool,
    pub(in crate::imap) count: bool,
    pub(in crate::imap) save: bool,
}

/// What a message must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Key {
    All,
    And(Vec<Key>),
    /// The text stands in the body.
    Body(String),
    Date {
        of: DateOf,
        is: Order,
        day: Day,
    },
    /// All these bits are set, or none of them.
    Flag {
        bits: FlagBits,
        set: bool,
    },
    /// A field of this name holds the text.
    Header {
        name: String,
        holds: String,
    },
    Keyword {
        name: String,
        set: bool,
    },
    Messages(SequenceSet),
    /// It has this MODSEQ or a higher one.
    ModSeq(u64),
    /// Nothing is so.
    Never,
    Not(Box<Key>),
    Or(Box<Key>, Box<Key>),
    Size {
        is: Order,
        octets: u64,
    },
    /// The text stands in the header or in the body.
    Text(String),
    Uids(SequenceSet),
}

impl Key {
    /// Whether it names messages by their numbers.
    pub(in crate::imap) fn names_numbers(&self) -> bool {
        self.any(&|key| matches!(key, Self::Messages(SequenceSet::Ranges(_))))
    }

    /// Whether it asks for MODSEQs: then the answer holds the highest of them.
    pub(in crate::imap) fn asks_modseq(&self) -> bool {
        self.any(&|key| matches!(key, Self::ModSeq(_)))
    }

    fn any(&self, holds: &impl Fn(&Self) -> bool) -> bool {
        match self {
            Self::And(keys) => keys.iter().any(|key| key.any(holds)),
            Self::Not(key) => key.any(holds),
            Self::Or(one, other) => one.any(holds) || other.any(holds),
            key => holds(key),
        }
    }
}

/// Which date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum DateOf {
    /// When the box received the message.
    Internal,
    /// What its Date field says.
    Sent,
}

/// How it compares; `Since` for a size: larger.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Order {
    Before,
    On,
    Since,
}

/// SEARCH.
pub(super) fn search(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Search> {
    cursor.space()?;
    let mut reader = Reader { cursor, keys: 0 };
    let mut wanted = None;
    let mut charset_known = true;
    let mut keys = Vec::new();
    if reader.next_word_is("RETURN") {
        reader.cursor.word()?;
        reader.cursor.space()?;
        wanted = Some(returned(reader.cursor)?);
        reader.cursor.space()?;
    }
    if reader.next_word_is("CHARSET") {
        reader.cursor.word()?;
        reader.cursor.space()?;
        let name = reader.cursor.text()?;
        charset_known = ["UTF-8", "US-ASCII"].iter().any(|known| name.eq_ignore_ascii_case(known));
        reader.cursor.space()?;
    }
    loop {
        keys.push(reader.key(0)?);
        if reader.cursor.at_end() {
            break;
        }
        reader.cursor.space()?;
    }
    Ok(Search { key: joined(keys), wanted, charset_known, uid })
}

fn joined(mut keys: Vec<Key>) -> Key {
    match keys.pop() {
        Some(only) if keys.is_empty() => only,
        Some(last) => {
            keys.push(last);
            Key::And(keys)
        }
        None => Key::All,
    }
}

fn returned(cursor: &mut Cursor<'_>) -> Parsed<Wanted> {
    let mut wanted = Wanted::default();
    let options = cursor.list(Cursor::word)?;
    // Nothing named means ALL (RFC 4731 §3.1).
    wanted.all = options.is_empty();
    for option in options {
        match option.as_str() {
            "MIN" => wanted.min = true,
            "MAX" => wanted.max = true,
            "ALL" => wanted.all = true,
            "COUNT" => wanted.count = true,
            "SAVE" => wanted.save = true,
            _ => return Err(Malformed("there is no such result option")),
        }
    }
    Ok(wanted)
}

struct Reader<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    keys: usize,
}

impl Reader<'_, '_> {
    fn next_word_is(&self, word: &str) -> bool {
        self.cursor.clone().word().is_ok_and(|next| next == word)
    }

    fn key(&mut self, depth: usize) -> Parsed<Key> {
        self.keys += 1;
        if depth > DEPTH || self.keys > KEYS {
            return Err(Malformed("the search is too large"));
        }
        match self.cursor.peek() {
            Some(b'(') => {
                let mut keys = Vec::new();
                self.cursor.eat(b'(');
                loop {
                    keys.push(self.key(depth + 1)?);
                    if self.cursor.eat(b')') {
                        return Ok(joined(keys));
                    }
                    self.cursor.space()?;
                }
            }
            Some(b'0'..=b'9' | b'*' | b'$') => SequenceSet::parse(self.cursor).map(Key::Messages),
            _ => {
                let word = self.cursor.word()?;
                self.named(&word, depth)
            }
        }
    }

    fn named(&mut self, word: &str, depth: usize) -> Parsed<Key> {
        let flag = |bits, set| Ok(Key::Flag { bits, set });
        match word {
            "ALL" | "OLD" => Ok(Key::All),
            "ANSWERED" => flag(FlagBits::ANSWERED, true),
            "BCC" | "CC" | "FROM" | "SUBJECT" | "TO" => Ok(Key::Header { name: word.to_owned(), holds: self.text()? }),
            "BEFORE" => self.date(DateOf::Internal, Order::Before),
            "BODY" => self.text().map(Key::Body),
            "DELETED" => flag(FlagBits::DELETED, true),
            "DRAFT" => flag(FlagBits::DRAFT, true),
            "FLAGGED" => flag(FlagBits::FLAGGED, true),
            "HEADER" => Ok(Key::Header { name: self.text()?, holds: self.text()? }),
            "KEYWORD" => self.keyword(true),
            "LARGER" => self.size(Order::Since),
            "MODSEQ" => self.modseq(),
            // Whether a message is new to a session is not kept (RFC 9051 has no \Recent), so none is.
            "NEW" | "RECENT" => Ok(Key::Never),
            "NOT" => {
                self.cursor.space()?;
                Ok(Key::Not(Box::new(self.key(depth + 1)?)))
            }
            "ON" => self.date(DateOf::Internal, Order::On),
            "OR" => {
                self.cursor.space()?;
                let one = self.key(depth + 1)?;
                self.cursor.space()?;
                Ok(Key::Or(Box::new(one), Box::new(self.key(depth + 1)?)))
            }
            "SEEN" => flag(FlagBits::SEEN, true),
            "SENTBEFORE" => self.date(DateOf::Sent, Order::Before),
            "SENTON" => self.date(DateOf::Sent, Order::On),
            "SENTSINCE" => self.date(DateOf::Sent, Order::Since),
            "SINCE" => self.date(DateOf::Internal, Order::Since),
            "SMALLER" => self.size(Order::Before),
            "TEXT" => self.text().map(Key::Text),
            "UID" => {
                self.cursor.space()?;
                SequenceSet::parse(self.cursor).map(Key::Uids)
            }
            "UNANSWERED" => flag(FlagBits::ANSWERED, false),
            "UNDELETED" => flag(FlagBits::DELETED, false),
            "UNDRAFT" => flag(FlagBits::DRAFT, false),
            "UNFLAGGED" => flag(FlagBits::FLAGGED, false),
            "UNKEYWORD" => self.keyword(false),
            "UNSEEN" => flag(FlagBits::SEEN, false),
            _ => Err(Malformed("there is no such search key")),
        }
    }

    fn text(&mut self) -> Parsed<String> {
        self.cursor.space()?;
        self.cursor.text()
    }

    fn date(&mut self, of: DateOf, is: Order) -> Parsed<Key> {
        self.cursor.space()?;
        Ok(Key::Date { of, is, day: Day::parse(self.cursor)? })
    }

    fn size(&mut self, is: Order) -> Parsed<Key> {
        self.cursor.space()?;
        Ok(Key::Size { is, octets: self.cursor.number64()? })
    }

    /// One MODSEQ is kept for all flags of a message, so which flag is meant does not matter (RFC 7162 §3.1.5).
    fn modseq(&mut self) -> Parsed<Key> {
        self.cursor.space()?;
        if self.cursor.peek() == Some(b'"') {
            let entry = self.cursor.string()?;
            self.cursor.space()?;
            let kind = self.cursor.word()?;
            if !entry.starts_with(b"/flags/") || !["PRIV", "SHARED", "ALL"].contains(&kind.as_str()) {
                return Err(Malformed("there is no such metadata item"));
            }
            self.cursor.space()?;
        }
        self.cursor.number64().map(Key::ModSeq)
    }

    fn keyword(&mut self, set: bool) -> Parsed<Key> {
        self.cursor.space()?;
        let name = self.cursor.atom()?;
        Ok(match FlagBits::named(name) {
            Some(bits) => Key::Flag { bits, set },
            None => Key::Keyword { name: name.to_owned(), set },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed<Search> {
        let text = format!(" {text}");
        let mut cursor = Cursor::new(text.as_bytes());
        let search = search(&mut cursor, false)?;
        cursor.end().map(|()| search)
    }

    #[test]
    fn keys_combine() {
        let key = read("1:3 OR SEEN (NOT DELETED FROM marie) LARGER 10").unwrap().key;
        let Key::And(keys) = key else { panic!("{key:?}") };
        assert_eq!(keys.len(), 3);
        assert!(matches!(&keys[1], Key::Or(_, both) if matches!(**both, Key::And(_))));
        assert_eq!(read("ALL").unwrap().key, Key::All);
        assert_eq!(read("MODSEQ \"/flags/\\\\draft\" all 620162338").unwrap().key, Key::ModSeq(620_162_338));
        assert!(read("OR NOT MODSEQ 720162338 LARGER 50000").unwrap().key.asks_modseq());
        assert_eq!(read("KEYWORD $Forwarded").unwrap().key, Key::Flag { bits: FlagBits::FORWARDED, set: true });
    }

    #[test]
    fn results_and_charsets_are_chosen() {
        let search = read("RETURN (MIN COUNT SAVE) CHARSET UTF-8 TEXT \"é\"").unwrap();
        assert_eq!(search.wanted, Some(Wanted { min: true, count: true, save: true, ..Wanted::default() }));
        assert!(read("RETURN () ALL").unwrap().wanted.unwrap().all);
        assert!(!read("CHARSET KOI8-R ALL").unwrap().charset_known);
        assert_eq!(read("ALL").unwrap().wanted, None);
    }

    #[test]
    fn what_is_no_search_is_refused() {
        let deep = "NOT ".repeat(10_000) + "ALL";
        let wide = "ALL ".repeat(501) + "ALL";
        for text in [
            "",
            "FOO",
            "()",
            "(ALL",
            "NOT",
            "OR ALL",
            "SINCE yesterday",
            "LARGER x",
            "FROM",
            "MODSEQ",
            "MODSEQ \"/mailboxes/a\" all 1",
            "HEADER a",
            "UID",
            "RETURN (FOO) ALL",
            "ALL ",
            &deep,
            &wide,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
