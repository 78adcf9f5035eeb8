//! What a message must be, for SEARCH and its kin to find it (RFC 9051 §6.4.4, RFC 5032, RFC 7162 §3.1.5, RFC 8474 §6, RFC 8514).

use super::date::Day;
use super::scan::{Cursor, Malformed, Parsed};
use super::sequence::SequenceSet;
use crate::store::flags::FlagBits;

/// Deepest nesting of NOT, OR and parentheses.
const DEPTH: usize = 30;
/// Most keys of one search.
const KEYS: usize = 500;

/// What a message must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Key {
    /// It came at most so many seconds ago; or, not `younger`, at least.
    Age {
        younger: bool,
        seconds: u32,
    },
    All,
    And(Vec<Key>),
    /// The text stands in the body.
    Body(String),
    Date {
        of: DateOf,
        is: Order,
        day: Day,
    },
    /// Its content has this name.
    EmailId(String),
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
    /// The session was the first that was told of it.
    Recent,
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
    /// When it came into its mailbox.
    Saved,
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

/// Search keys up to the command's end; all of them must hold.
pub(super) fn keys(cursor: &mut Cursor<'_>) -> Parsed<Key> {
    let mut reader = Reader { cursor, keys: 0 };
    let mut keys = Vec::new();
    loop {
        keys.push(reader.key(0)?);
        if reader.cursor.at_end() {
            return Ok(joined(keys));
        }
        reader.cursor.space()?;
    }
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

struct Reader<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    keys: usize,
}

impl Reader<'_, '_> {
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
            "ALL" => Ok(Key::All),
            "ANSWERED" => flag(FlagBits::ANSWERED, true),
            "BCC" | "CC" | "FROM" | "SUBJECT" | "TO" => Ok(Key::Header { name: word.to_owned(), holds: self.text()? }),
            "BEFORE" => self.date(DateOf::Internal, Order::Before),
            "BODY" => self.text().map(Key::Body),
            "DELETED" => flag(FlagBits::DELETED, true),
            "DRAFT" => flag(FlagBits::DRAFT, true),
            "EMAILID" => self.object_id().map(Key::EmailId),
            "FLAGGED" => flag(FlagBits::FLAGGED, true),
            "HEADER" => Ok(Key::Header { name: self.text()?, holds: self.text()? }),
            "KEYWORD" => self.keyword(true),
            "LARGER" => self.size(Order::Since),
            "MODSEQ" => self.modseq(),
            "NEW" => Ok(Key::And(vec![Key::Recent, Key::Flag { bits: FlagBits::SEEN, set: false }])),
            "NOT" => {
                self.cursor.space()?;
                Ok(Key::Not(Box::new(self.key(depth + 1)?)))
            }
            "OLD" => Ok(Key::Not(Box::new(Key::Recent))),
            "OLDER" => self.age(false),
            "ON" => self.date(DateOf::Internal, Order::On),
            "OR" => {
                self.cursor.space()?;
                let one = self.key(depth + 1)?;
                self.cursor.space()?;
                Ok(Key::Or(Box::new(one), Box::new(self.key(depth + 1)?)))
            }
            "RECENT" => Ok(Key::Recent),
            "SAVEDATESUPPORTED" => Ok(Key::All),
            "SAVEDBEFORE" => self.date(DateOf::Saved, Order::Before),
            "SAVEDON" => self.date(DateOf::Saved, Order::On),
            "SAVEDSINCE" => self.date(DateOf::Saved, Order::Since),
            "SEEN" => flag(FlagBits::SEEN, true),
            "SENTBEFORE" => self.date(DateOf::Sent, Order::Before),
            "SENTON" => self.date(DateOf::Sent, Order::On),
            "SENTSINCE" => self.date(DateOf::Sent, Order::Since),
            "SINCE" => self.date(DateOf::Internal, Order::Since),
            "SMALLER" => self.size(Order::Before),
            "TEXT" => self.text().map(Key::Text),
            // No message is known to belong to a thread (RFC 8474 §5.2).
            "THREADID" => self.object_id().map(|_| Key::Never),
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
            "YOUNGER" => self.age(true),
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

    fn age(&mut self, younger: bool) -> Parsed<Key> {
        self.cursor.space()?;
        Ok(Key::Age { younger, seconds: self.cursor.nz_number()? })
    }

    fn object_id(&mut self) -> Parsed<String> {
        self.cursor.space()?;
        self.cursor.atom().map(str::to_owned)
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

    fn read(text: &str) -> Parsed<Key> {
        let mut cursor = Cursor::new(text.as_bytes());
        let key = keys(&mut cursor)?;
        cursor.end().map(|()| key)
    }

    #[test]
    fn keys_combine() {
        let key = read("1:3 OR SEEN (NOT DELETED FROM marie) LARGER 10").unwrap();
        let Key::And(keys) = key else { panic!("{key:?}") };
        assert_eq!(keys.len(), 3);
        assert!(matches!(&keys[1], Key::Or(_, both) if matches!(**both, Key::And(_))));
        assert_eq!(read("ALL"), Ok(Key::All));
        assert_eq!(read("KEYWORD $Forwarded"), Ok(Key::Flag { bits: FlagBits::FORWARDED, set: true }));
        assert_eq!(read("MODSEQ \"/flags/\\\\draft\" all 620162338"), Ok(Key::ModSeq(620_162_338)));
        assert!(read("OR NOT MODSEQ 720162338 LARGER 50000").unwrap().asks_modseq());
        assert_eq!(read("YOUNGER 259200"), Ok(Key::Age { younger: true, seconds: 259_200 }));
        assert_eq!(read("SAVEDATESUPPORTED"), Ok(Key::All));
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
            "SAVEDON",
            "LARGER x",
            "OLDER 0",
            "FROM",
            "EMAILID",
            "MODSEQ",
            "MODSEQ \"/mailboxes/a\" all 1",
            "HEADER a",
            "UID",
            "ALL ",
            &deep,
            &wide,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
