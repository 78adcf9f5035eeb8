//! Commands that place and mark messages: APPEND, COPY, MOVE, STORE (RFC 9051 §6.3.12, §6.4.6–6.4.8; RFC 7162 §3.1.3).

use std::ops::Range;

use shared::api::Timestamp;
use zeroize::Zeroizing;

use super::Dialect;
use super::date::parse_date_time;
use super::flags::{self, FlagList};
use super::names::name;
use super::scan::{Cursor, Malformed, Parsed};
use super::sequence::SequenceSet;

/// What APPEND files.
#[derive(Debug)]
pub(in crate::imap) struct Append {
    pub(in crate::imap) mailbox: String,
    pub(in crate::imap) flags: FlagList,
    pub(in crate::imap) received_at: Option<Timestamp>,
    command: Zeroizing<Vec<u8>>,
    message: Range<usize>,
}

impl Append {
    /// Takes the command in whose midst the message lies, so that it is not copied.
    pub(super) fn take(&mut self, command: Zeroizing<Vec<u8>>) {
        self.command = command;
    }

    /// The message; wiped when it is dropped.
    pub(in crate::imap) fn into_message(mut self) -> Zeroizing<Vec<u8>> {
        self.command.truncate(self.message.end);
        self.command.drain(..self.message.start.min(self.message.end));
        self.command
    }
}

/// APPEND of one message.
pub(super) fn append(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Append> {
    let mailbox = name(cursor, dialect)?;
    cursor.space()?;
    let mut flags = FlagList::default();
    if cursor.peek() == Some(b'(') {
        flags = flags::parse(cursor, false)?;
        cursor.space()?;
    }
    let mut received_at = None;
    if cursor.peek() == Some(b'"') {
        received_at = Some(parse_date_time(cursor)?);
        cursor.space()?;
    }
    let utf8 = cursor.next_word_is("UTF8");
    if utf8 {
        // Only who speaks UTF-8 may mark a message as such (RFC 6855 §4).
        if dialect == Dialect::Rev1 {
            return Err(Malformed("UTF8 needs ENABLE UTF8=ACCEPT"));
        }
        cursor.word()?;
        cursor.space()?;
        cursor.expect(b'(', "a parenthesis is missing")?;
    }
    let message = cursor.literal()?;
    if utf8 {
        cursor.expect(b')', "a parenthesis is missing")?;
    }
    if message.is_empty() {
        return Err(Malformed("an empty message is none"));
    }
    Ok(Append { mailbox, flags, received_at, command: Zeroizing::default(), message })
}

/// What COPY or MOVE asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct CopyTo {
    pub(in crate::imap) set: SequenceSet,
    pub(in crate::imap) to: String,
    /// MOVE: the messages leave where they were.
    pub(in crate::imap) away: bool,
    pub(in crate::imap) uid: bool,
}

/// COPY and MOVE.
pub(super) fn copy(cursor: &mut Cursor<'_>, dialect: Dialect, away: bool, uid: bool) -> Parsed<CopyTo> {
    cursor.space()?;
    let set = SequenceSet::parse(cursor)?;
    Ok(CopyTo { set, to: name(cursor, dialect)?, away, uid })
}

/// How STORE changes flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Change {
    Add,
    Remove,
    Replace,
}

/// What STORE asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Store {
    pub(in crate::imap) set: SequenceSet,
    pub(in crate::imap) change: Change,
    pub(in crate::imap) flags: FlagList,
    /// The client does not want to be told what it became.
    pub(in crate::imap) silent: bool,
    /// Only where nothing changed after this MODSEQ.
    pub(in crate::imap) unchanged_since: Option<u64>,
    pub(in crate::imap) uid: bool,
}

/// STORE.
pub(super) fn store(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Store> {
    cursor.space()?;
    let set = SequenceSet::parse(cursor)?;
    cursor.space()?;
    let mut unchanged_since = None;
    if cursor.peek() == Some(b'(') {
        cursor.list(|cursor| {
            if unchanged_since.is_some() || cursor.word()? != "UNCHANGEDSINCE" {
                return Err(Malformed("there is no such modifier of STORE"));
            }
            cursor.space()?;
            unchanged_since = Some(cursor.number64()?);
            Ok(())
        })?;
        if unchanged_since.is_none() {
            return Err(Malformed("UNCHANGEDSINCE is missing"));
        }
        cursor.space()?;
    }
    let change = if cursor.eat(b'+') {
        Change::Add
    } else if cursor.eat(b'-') {
        Change::Remove
    } else {
        Change::Replace
    };
    let silent = match cursor.word()?.as_str() {
        "FLAGS" => false,
        "FLAGS.SILENT" => true,
        _ => return Err(Malformed("only FLAGS can be stored")),
    };
    cursor.space()?;
    Ok(Store { set, change, flags: flags::parse(cursor, true)?, silent, unchanged_since, uid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::flags::FlagBits;

    /// Reads what follows the word APPEND.
    fn appended(text: &str) -> Option<Append> {
        let mut cursor = Cursor::new(text.as_bytes());
        let mut append = append(&mut cursor, Dialect::Rev1).ok()?;
        cursor.end().ok()?;
        append.take(Zeroizing::new(text.as_bytes().to_vec()));
        Some(append)
    }

    #[test]
    fn append_in_all_its_forms() {
        let append = appended(" Sent (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5}\r\nA: b\n\r\n").unwrap();
        assert_eq!((append.mailbox.as_str(), append.received_at), ("Sent", Some(Timestamp(837_596_665))));
        assert!(append.flags.bits.has(FlagBits::SEEN));
        assert_eq!(*append.into_message(), *b"A: b\n");
        assert_eq!(*appended(" {4+}\r\nSent {1+}\r\nx\r\n").unwrap().into_message(), *b"x");
        for text in [" Sent\r\n", " Sent {0}\r\n\r\n", " Sent {1}\r\nx y\r\n", " Sent () () {1}\r\nx\r\n"] {
            assert!(appended(text).is_none(), "{text}");
        }
    }

    #[test]
    fn store_in_all_its_forms() {
        let read = |text: &str| store(&mut Cursor::new(text.as_bytes()), true);
        let change = read(" 1:2 +flags.silent \\Seen work").unwrap();
        assert!(change.silent && change.change == Change::Add && change.flags.bits == FlagBits::SEEN);
        assert_eq!(read(" 1 FLAGS ()").unwrap().change, Change::Replace);
        assert_eq!(read(" $ -FLAGS (a)").unwrap().set, SequenceSet::Saved);
        assert_eq!(read(" 1 (UNCHANGEDSINCE 0) FLAGS ()").unwrap().unchanged_since, Some(0));
        for text in [" 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS ()", " 1 (FOO 1) FLAGS ()", " 1 () FLAGS ()", " 1 (UNCHANGEDSINCE) FLAGS ()"] {
            assert!(read(text).is_err(), "{text}");
        }
        for text in [" 1 FLAGS", " 1 +FLAGZ ()", " 1 ++FLAGS ()", " FLAGS ()"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
