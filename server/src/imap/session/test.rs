//! What SEARCH asks of one message, and what it can see (RFC 9051 §6.4.4).
//!
//! Seen are flags, dates, sizes, UIDs and the header as it is stored and served: of sealed mail that is
//! [`READABLE`](shared::mime::readable::READABLE), and `[...]` in the place of the Subject. Bodies are ciphertext: BODY finds
//! nothing, and TEXT what stands in the header. (An empty string is in every body.)

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use shared::mime::header::{Ending, Header};

use super::refusal::Refusal;
use super::view::View;
use crate::imap::wire::date::Day;
use crate::imap::wire::search::{DateOf, Key, Order};
use crate::store::flags::FlagBits;
use crate::store::messages::{self, MessageRecord};
use crate::store::{ReadTx, StoreError};

/// Most octets of a header that are searched.
const HEADER_BYTES: usize = 64 * 1024;

/// A search key with its sets looked up in the client's view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Test {
    All,
    And(Vec<Test>),
    Date {
        of: DateOf,
        is: Order,
        day: Day,
    },
    Flag {
        bits: FlagBits,
        set: bool,
    },
    /// A field of this name holds the text, in lower case.
    Header {
        name: String,
        holds: String,
    },
    Keyword {
        name: String,
        set: bool,
    },
    Never,
    Not(Box<Test>),
    Or(Box<Test>, Box<Test>),
    Size {
        is: Order,
        octets: u64,
    },
    /// Any field holds the text, in lower case.
    Text(String),
    /// One of these UIDs, which rise.
    Uids(Vec<u32>),
}

impl Test {
    /// Looks up what the key names.
    ///
    /// # Errors
    /// Where it names a sequence number that no message has.
    pub(super) fn of(key: &Key, view: &View) -> Result<Self, Refusal> {
        Ok(match key {
            Key::All => Self::All,
            Key::And(keys) => Self::And(keys.iter().map(|key| Self::of(key, view)).collect::<Result<_, _>>()?),
            Key::Body(text) => {
                if text.is_empty() {
                    Self::All
                } else {
                    Self::Never
                }
            }
            Key::Date { of, is, day } => Self::Date { of: *of, is: *is, day: *day },
            Key::Flag { bits, set } => Self::Flag { bits: *bits, set: *set },
            Key::Header { name, holds } => Self::Header { name: name.clone(), holds: holds.to_lowercase() },
            Key::Keyword { name, set } => Self::Keyword { name: name.clone(), set: *set },
            Key::Messages(set) => Self::Uids(view.named(set, false)?),
            Key::Never => Self::Never,
            Key::Not(key) => Self::Not(Box::new(Self::of(key, view)?)),
            Key::Or(one, other) => Self::Or(Box::new(Self::of(one, view)?), Box::new(Self::of(other, view)?)),
            Key::Size { is, octets } => Self::Size { is: *is, octets: *octets },
            Key::Text(text) => {
                if text.is_empty() {
                    Self::All
                } else {
                    Self::Text(text.to_lowercase())
                }
            }
            Key::Uids(set) => Self::Uids(view.named(set, true)?),
        })
    }

    /// Whether only messages without `\Seen` can pass.
    pub(super) fn requires_unseen(&self) -> bool {
        self.requires(&Self::Flag { bits: FlagBits::SEEN, set: false })
    }

    /// Whether only messages with `\Deleted` can pass.
    pub(super) fn requires_deleted(&self) -> bool {
        self.requires(&Self::Flag { bits: FlagBits::DELETED, set: true })
    }

    fn requires(&self, other: &Self) -> bool {
        match self {
            Self::And(tests) => tests.iter().any(|test| test.requires(other)),
            test => test == other,
        }
    }

    /// Whether a message of this UID can pass, as far as that can be said without looking at it.
    pub(super) fn may_be(&self, uid: u32) -> bool {
        match self {
            Self::And(tests) => tests.iter().all(|test| test.may_be(uid)),
            Self::Uids(uids) => uids.binary_search(&uid).is_ok(),
            Self::Never => false,
            _ => true,
        }
    }

    /// Whether nothing else decides.
    pub(super) fn is_decided_by_uid(&self) -> bool {
        match self {
            Self::And(tests) => tests.iter().all(Self::is_decided_by_uid),
            Self::All | Self::Never | Self::Uids(_) => true,
            _ => false,
        }
    }

    /// Whether it holds for a message.
    ///
    /// # Errors
    /// Where the store fails; [`StoreError::NotFound`] never.
    pub(super) fn holds(&self, tx: &ReadTx<'_>, row: &MessageRecord) -> Result<bool, StoreError> {
        self.check(&mut Seen { tx, row, header: None })
    }

    fn check(&self, seen: &mut Seen<'_>) -> Result<bool, StoreError> {
        let row = seen.row;
        Ok(match self {
            Self::All => true,
            Self::And(tests) => {
                for test in tests {
                    if !test.check(seen)? {
                        return Ok(false);
                    }
                }
                true
            }
            Self::Date { of: DateOf::Internal, is, day } => compare(Day::of(row.received_at), *is, *day),
            Self::Date { of: DateOf::Sent, is, day } => {
                let written = seen.fields("Date")?.first().and_then(|date| Day::written(date));
                written.is_some_and(|written| compare(written, *is, *day))
            }
            Self::Flag { bits, set } => row.flags.has(*bits) == *set,
            Self::Header { name, holds } => {
                seen.fields(name)?.iter().any(|value| value.to_lowercase().contains(holds.as_str()))
            }
            Self::Keyword { name, set } => row.keywords.names().any(|known| known.eq_ignore_ascii_case(name)) == *set,
            Self::Never => false,
            Self::Not(test) => !test.check(seen)?,
            Self::Or(one, other) => one.check(seen)? || other.check(seen)?,
            Self::Size { is, octets } => match is {
                Order::Before => row.size < *octets,
                Order::On => row.size == *octets,
                Order::Since => row.size > *octets,
            },
            Self::Text(text) => seen.all_fields()?.iter().any(|value| value.to_lowercase().contains(text.as_str())),
            Self::Uids(uids) => uids.binary_search(&row.uid).is_ok(),
        })
    }
}

fn compare(day: Day, is: Order, than: Day) -> bool {
    match is {
        Order::Before => day < than,
        Order::On => day == than,
        Order::Since => day >= than,
    }
}

/// A message, its header read when it is first asked for.
struct Seen<'a> {
    tx: &'a ReadTx<'a>,
    row: &'a MessageRecord,
    header: Option<Vec<u8>>,
}

impl Seen<'_> {
    fn header(&mut self) -> Result<Header<'_>, StoreError> {
        if self.header.is_none() {
            let mut bytes = Vec::new();
            for limit in [HEADER_BYTES / 16, HEADER_BYTES] {
                bytes = match messages::bytes_at(self.tx, self.row.body, 0, limit) {
                    // It went with the last message that had it, between two looks.
                    Err(StoreError::NotFound) => Vec::new(),
                    read => read?,
                };
                if bytes.len() < limit || Header::of(&bytes).ending() == Ending::EmptyLine {
                    break;
                }
            }
            self.header = Some(bytes);
        }
        Ok(Header::of(self.header.as_deref().unwrap_or_default()))
    }

    /// The decoded values of all fields of a name.
    fn fields(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.header()?.fields().filter(|field| field.is(name)).map(|field| decoded(field.value)).collect())
    }

    /// The decoded values of all fields, with their names.
    fn all_fields(&mut self) -> Result<Vec<String>, StoreError> {
        let header = self.header()?;
        Ok(header.fields().map(|field| format!("{}: {}", field.name, decoded(field.value))).collect())
    }
}

/// A field's value as text: folds and encoded words taken out.
fn decoded(value: &[u8]) -> String {
    let line = [value, b"\n"].concat();
    match MessageStream::new(&line).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_searched_decoded() {
        assert_eq!(decoded(b" =?utf-8?q?=C3=89t=C3=A9?=\r\n 2024"), "Été 2024");
        assert_eq!(decoded(b""), "");
    }

    #[test]
    fn what_a_search_requires_is_found_within_it() {
        let unseen = Test::Flag { bits: FlagBits::SEEN, set: false };
        let both = Test::And(vec![Test::Uids(vec![2, 4]), Test::And(vec![unseen.clone()])]);
        assert!(both.requires_unseen() && both.may_be(4) && !both.may_be(3) && !both.is_decided_by_uid());
        assert!(!Test::Or(Box::new(unseen), Box::new(Test::All)).requires_unseen());
    }
}
