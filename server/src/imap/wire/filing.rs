//! Commands that place and mark messages: COPY, MOVE, STORE (RFC 9051 §6.4.6–6.4.8; RFC 7162 §3.1.3).

use super::Dialect;
use super::flags::{self, FlagList};
use super::names::name;
use super::scan::{Cursor, Malformed, Parsed};
use super::sequence::SequenceSet;

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

    #[test]
    fn store_in_all_its_forms() {
        let read = |text: &str| store(&mut Cursor::new(text.as_bytes()), true);
        let change = read(" 1:2 +flags.silent \\Seen work").unwrap();
        assert!(change.silent && change.change == Change::Add && change.flags.bits == FlagBits::SEEN);
        assert_eq!(read(" 1 FLAGS ()").unwrap().change, Change::Replace);
        assert_eq!(read(" $ -FLAGS (a)").unwrap().set, SequenceSet::Saved);
        assert_eq!(read(" 1 (UNCHANGEDSINCE 0) FLAGS ()").unwrap().unchanged_since, Some(0));
        for text in [
            " 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS ()",
            " 1 (FOO 1) FLAGS ()",
            " 1 () FLAGS ()",
            " 1 (UNCHANGEDSINCE) FLAGS ()",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        for text in [" 1 FLAGS", " 1 +FLAGZ ()", " 1 ++FLAGS ()", " FLAGS ()"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
