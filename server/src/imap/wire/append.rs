//! Commands that bring messages: APPEND, of several too, and REPLACE (RFC 9051 §6.3.12, RFC 3502, RFC 6855 §4, RFC 8508).

use std::ops::Range;

use shared::api::Timestamp;
use zeroize::{Zeroize, Zeroizing};

use super::Dialect;
use super::date::parse_date_time;
use super::flags::{self, FlagList};
use super::names::name;
use super::scan::{Cursor, Malformed, Parsed};
use super::sequence::SequenceSet;

/// Most messages of one APPEND.
const MESSAGES: usize = 1000;

/// What APPEND files.
#[derive(Debug)]
pub(in crate::imap) struct Append {
    pub(in crate::imap) mailbox: String,
    /// At least one.
    messages: Vec<Appended>,
    command: Zeroizing<Vec<u8>>,
}

/// One message of APPEND.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Appended {
    pub(in crate::imap) flags: FlagList,
    pub(in crate::imap) received_at: Option<Timestamp>,
    bytes: Range<usize>,
}

impl Append {
    /// Takes the command in whose midst the messages lie, so that they are not copied before they are needed.
    pub(super) fn take(&mut self, command: Zeroizing<Vec<u8>>) {
        self.command = command;
    }

    /// Whether one of the messages is empty, which is how a client gives it up (RFC 3502 §6.3.11).
    pub(in crate::imap) fn is_given_up(&self) -> bool {
        self.messages.iter().any(|message| message.bytes.is_empty())
    }

    /// Octets of the command.
    pub(in crate::imap) fn octets(&self) -> usize {
        self.command.len()
    }

    /// Octets that [`Self::into_messages`] takes beside the command, at most: the largest of the messages that it copies.
    pub(in crate::imap) fn copied_octets(&self) -> usize {
        self.messages.iter().skip(1).map(|message| message.bytes.len()).max().unwrap_or_default()
    }

    /// The messages in their order; wiped when they are dropped. The command gives up each message that is copied, from the last one
    /// on, so that they take no more than it did; the first, mostly the only one, stays where it is.
    pub(in crate::imap) fn into_messages(self) -> Vec<(Appended, Zeroizing<Vec<u8>>)> {
        let Self { mut messages, mut command, .. } = self;
        let mut taken = Vec::with_capacity(messages.len());
        while let Some(message) = messages.pop() {
            let start = message.bytes.start.min(command.len());
            command.truncate(message.bytes.end);
            if messages.is_empty() {
                command.drain(..start);
                taken.push((message, std::mem::take(&mut command)));
                break;
            }
            let rest = command.get_mut(start..).unwrap_or_default();
            let bytes = Zeroizing::new(rest.to_vec());
            rest.zeroize();
            command.truncate(start);
            command.shrink_to_fit();
            taken.push((message, bytes));
        }
        taken.reverse();
        taken
    }
}

/// APPEND.
pub(super) fn append(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Append> {
    let mailbox = name(cursor, dialect)?;
    let mut messages = vec![message(cursor, dialect)?];
    while !cursor.at_end() {
        if messages.len() >= MESSAGES {
            return Err(Malformed("too many messages in one command"));
        }
        messages.push(message(cursor, dialect)?);
    }
    Ok(Append { mailbox, messages, command: Zeroizing::default() })
}

/// What REPLACE files, and in whose place.
#[derive(Debug)]
pub(in crate::imap) struct Replace {
    /// One message.
    pub(in crate::imap) old: SequenceSet,
    /// One message.
    pub(in crate::imap) new: Append,
    pub(in crate::imap) uid: bool,
}

/// REPLACE.
pub(super) fn replace(cursor: &mut Cursor<'_>, dialect: Dialect, uid: bool) -> Parsed<Replace> {
    cursor.space()?;
    let old = SequenceSet::single(cursor)?;
    let mailbox = name(cursor, dialect)?;
    let messages = vec![message(cursor, dialect)?];
    Ok(Replace { old, new: Append { mailbox, messages, command: Zeroizing::default() }, uid })
}

/// ` [flags] [date-time] literal`.
fn message(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Appended> {
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
        // Only who speaks UTF-8 may mark a message as such.
        if dialect == Dialect::Rev1 {
            return Err(Malformed("UTF8 needs ENABLE UTF8=ACCEPT"));
        }
        cursor.word()?;
        cursor.space()?;
        cursor.expect(b'(', "a parenthesis is missing")?;
    }
    let bytes = cursor.literal()?;
    if utf8 {
        cursor.expect(b')', "a parenthesis is missing")?;
    }
    Ok(Appended { flags, received_at, bytes })
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

    fn bytes(append: Append) -> Vec<Vec<u8>> {
        append.into_messages().into_iter().map(|(_, bytes)| bytes.to_vec()).collect()
    }

    #[test]
    fn append_in_all_its_forms() {
        let append = appended(" Sent (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5}\r\nA: b\n\r\n").unwrap();
        assert_eq!((append.mailbox.as_str(), append.messages[0].received_at), ("Sent", Some(Timestamp(837_596_665))));
        assert!(append.messages[0].flags.bits.has(FlagBits::SEEN));
        assert_eq!(bytes(append), [b"A: b\n"]);
        assert_eq!(bytes(appended(" {4+}\r\nSent {1+}\r\nx\r\n").unwrap()), [b"x"]);
        assert!(appended(" Sent {0}\r\n\r\n").unwrap().is_given_up());
        for text in [" Sent\r\n", " Sent {1}\r\nx y\r\n", " Sent () () {1}\r\nx\r\n", " Sent {1}\r\nx ()\r\n"] {
            assert!(appended(text).is_none(), "{text}");
        }
    }

    #[test]
    fn several_messages_come_in_their_order() {
        let append = appended(" Sent (a) {1}\r\nx (b) {3+}\r\nyyy {2}\r\nzz\r\n").unwrap();
        assert!(!append.is_given_up() && append.messages.len() == 3);
        assert_eq!(append.copied_octets(), 3);
        assert_eq!(append.messages[1].flags.keywords.as_str(), "b");
        assert_eq!(bytes(append), [&b"x"[..], b"yyy", b"zz"]);
    }

    #[test]
    fn one_message_takes_the_place_of_one() {
        let read = |text: &str| replace(&mut Cursor::new(text.as_bytes()), Dialect::Rev1, false);
        assert!(read(" 4 Drafts (\\Seen) {1}\r\nx").is_ok() && read(" * Drafts {1}\r\nx").is_ok());
        for text in
            [" 4:5 Drafts {1}\r\nx", " $ Drafts {1}\r\nx", " 4,5 Drafts {1}\r\nx", " Drafts {1}\r\nx", " 0 a {1}\r\nx"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
