//! What SEARCH asks of one message, and what it can see (RFC 9051 §6.4.4).
//!
//! Seen are flags, dates, sizes, UIDs and the header as it is stored and served: of sealed mail that is
//! [`READABLE`](shared::mime::readable::READABLE), and `[...]` in the place of the Subject. Bodies are ciphertext: BODY finds
//! nothing, and TEXT what stands in the header. (An empty string is in every body.) For a device that mail is opened for all of
//! that is seen of the opened message; what can be said of it closed is said so.

use shared::api::Timestamp;

use super::seen::{NotSeen, Seen};
use super::view::View;
use crate::imap::wire::date::Day;
use crate::imap::wire::key::{DateOf, Key, Order};
use crate::store::flags::FlagBits;
use crate::store::messages::BodyId;

/// A search key with its sets looked up in the client's view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Test {
    All,
    And(Vec<Test>),
    /// It has these bytes.
    Body(BodyId),
    /// Its body holds the text, in lower case.
    BodyText(String),
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
    /// It changed at this MODSEQ or later.
    ModSeq(u64),
    Never,
    Not(Box<Test>),
    Or(Box<Test>, Box<Test>),
    /// It came then or later, seconds since 1970; or, where that shall not hold, then or before.
    Received {
        after: i64,
        holds: bool,
    },
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
    /// Looks up what the key names; `opens`: bodies can be seen.
    pub(super) fn of(key: &Key, view: &View, opens: bool, now: Timestamp) -> Self {
        let of = |key: &Key| Self::of(key, view, opens, now);
        match key {
            Key::Age { younger, seconds } => {
                Self::Received { after: now.0.saturating_sub((*seconds).into()), holds: *younger }
            }
            Key::All => Self::All,
            Key::And(keys) => Self::And(keys.iter().map(of).collect()),
            Key::Body(text) => {
                if text.is_empty() {
                    Self::All
                } else if opens {
                    Self::BodyText(text.to_lowercase())
                } else {
                    Self::Never
                }
            }
            Key::Date { of, is, day } => Self::Date { of: *of, is: *is, day: *day },
            Key::EmailId(id) => match id.strip_prefix('M').and_then(|number| number.parse().ok()) {
                // Zeros before it would make another name of the same number.
                Some(number) if format!("M{number}") == *id => Self::Body(BodyId(number)),
                _ => Self::Never,
            },
            Key::Flag { bits, set } => Self::Flag { bits: *bits, set: *set },
            Key::Header { name, holds } => Self::Header { name: name.clone(), holds: holds.to_lowercase() },
            Key::Keyword { name, set } => Self::Keyword { name: name.clone(), set: *set },
            Key::Messages(set) => Self::Uids(view.found(set, false)),
            Key::ModSeq(modseq) => Self::ModSeq(*modseq),
            Key::Never => Self::Never,
            Key::Not(key) => Self::Not(Box::new(of(key))),
            Key::Or(one, other) => Self::Or(Box::new(of(one)), Box::new(of(other))),
            Key::Recent => Self::Uids(view.recent()),
            Key::Size { is, octets } => Self::Size { is: *is, octets: *octets },
            Key::Text(text) => {
                if text.is_empty() {
                    Self::All
                } else {
                    Self::Text(text.to_lowercase())
                }
            }
            Key::Uids(set) => Self::Uids(view.found(set, true)),
        }
    }

    /// Whether only messages without `\Seen` can pass.
    pub(super) fn requires_unseen(&self) -> bool {
        self.requires(&Self::Flag { bits: FlagBits::SEEN, set: false })
    }

    /// Whether only messages with `\Deleted` can pass.
    pub(super) fn requires_deleted(&self) -> bool {
        self.requires(&Self::Flag { bits: FlagBits::DELETED, set: true })
    }

    /// The MODSEQ that only messages that changed then or later can pass.
    pub(super) fn requires_modseq(&self) -> Option<u64> {
        match self {
            Self::And(tests) => tests.iter().find_map(Self::requires_modseq),
            Self::ModSeq(modseq) => Some(*modseq),
            _ => None,
        }
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
    /// [`NotSeen::Closed`] where that cannot be said before the message is open.
    pub(super) fn holds(&self, seen: &mut Seen<'_>) -> Result<bool, NotSeen> {
        let row = seen.row;
        Ok(match self {
            Self::All => true,
            Self::And(tests) => return first_to_say(false, tests.iter(), seen),
            Self::Body(body) => row.body == *body,
            Self::BodyText(text) => seen.body_holds(text)?,
            Self::Date { of: DateOf::Saved, is, day } => compare(Day::of(row.saved_at), *is, *day),
            Self::Date { of: DateOf::Internal, is, day } => compare(Day::of(row.received_at), *is, *day),
            Self::Date { of: DateOf::Sent, is, day } => {
                let written = seen.fields("Date")?.first().and_then(|date| Day::written(date));
                written.is_some_and(|written| compare(written, *is, *day))
            }
            Self::Flag { bits, set } => row.flags.has(*bits) == *set,
            Self::Header { name, holds } => {
                let holds = |value: &String| value.to_lowercase().contains(holds.as_str());
                seen.fields(name)?.iter().any(holds) || seen.addresses(name)?.iter().any(holds)
            }
            Self::Keyword { name, set } => row.keywords.names().any(|known| known.eq_ignore_ascii_case(name)) == *set,
            Self::ModSeq(modseq) => row.modseq >= *modseq,
            Self::Never => false,
            Self::Not(test) => !test.holds(seen)?,
            Self::Or(one, other) => return first_to_say(true, [one.as_ref(), other.as_ref()].into_iter(), seen),
            Self::Received { after, holds: true } => row.received_at.0 >= *after,
            Self::Received { after, holds: false } => row.received_at.0 <= *after,
            Self::Size { is, octets } => match is {
                Order::Before => seen.size()? < *octets,
                Order::On => seen.size()? == *octets,
                Order::Since => seen.size()? > *octets,
            },
            Self::Text(text) => {
                let in_header = seen.all_fields()?.iter().any(|value| value.to_lowercase().contains(text.as_str()));
                in_header || seen.body_holds(text)?
            }
            Self::Uids(uids) => uids.binary_search(&row.uid).is_ok(),
        })
    }
}

/// Whether one of the tests says this, which decides: all of them hold unless one does not, one of them holds if any does. One
/// that decides without opening the message makes up for another that could not.
fn first_to_say<'t>(
    decides: bool,
    tests: impl Iterator<Item = &'t Test>,
    seen: &mut Seen<'_>,
) -> Result<bool, NotSeen> {
    let mut closed = false;
    for test in tests {
        match test.holds(seen) {
            Ok(holds) if holds == decides => return Ok(decides),
            Ok(_) => {}
            Err(NotSeen::Closed) => closed = true,
            Err(error) => return Err(error),
        }
    }
    if closed { Err(NotSeen::Closed) } else { Ok(!decides) }
}

fn compare(day: Day, is: Order, than: Day) -> bool {
    match is {
        Order::Before => day < than,
        Order::On => day == than,
        Order::Since => day >= than,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_search_requires_is_found_within_it() {
        let unseen = Test::Flag { bits: FlagBits::SEEN, set: false };
        let both = Test::And(vec![Test::Uids(vec![2, 4]), Test::And(vec![unseen.clone()])]);
        assert!(both.requires_unseen() && both.may_be(4) && !both.may_be(3) && !both.is_decided_by_uid());
        assert!(!Test::Or(Box::new(unseen), Box::new(Test::All)).requires_unseen());
    }
}
