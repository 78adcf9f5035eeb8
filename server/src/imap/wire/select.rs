//! What SELECT and EXAMINE ask for (RFC 9051 §6.3.2; RFC 7162 §3.1.8, §3.2.5).

use super::Dialect;
use super::names::name;
use super::scan::{Cursor, Malformed, Parsed};
use super::sequence::SequenceSet;

/// What SELECT or EXAMINE asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Select {
    pub(in crate::imap) name: String,
    /// EXAMINE.
    pub(in crate::imap) read_only: bool,
    /// The client wants to be told MODSEQs from now on.
    pub(in crate::imap) condstore: bool,
    /// What the client knows already.
    pub(in crate::imap) resync: Option<Resync>,
}

/// What a client knows of a mailbox that it had selected before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Resync {
    pub(in crate::imap) uid_validity: u32,
    /// It knows all changes up to here.
    pub(in crate::imap) modseq: u64,
    /// The UIDs that it wants to hear of; `None`: all.
    pub(in crate::imap) known: Option<SequenceSet>,
}

/// SELECT and EXAMINE.
pub(super) fn select(cursor: &mut Cursor<'_>, dialect: Dialect, read_only: bool) -> Parsed<Select> {
    let mut select = Select { name: name(cursor, dialect)?, read_only, condstore: false, resync: None };
    if cursor.eat(b' ') && !cursor.at_end() {
        let given = cursor.list(|cursor| {
            match cursor.word()?.as_str() {
                "CONDSTORE" if !select.condstore => select.condstore = true,
                "QRESYNC" if select.resync.is_none() => {
                    cursor.space()?;
                    select.resync = Some(resync(cursor)?);
                }
                _ => return Err(Malformed("there is no such parameter of SELECT")),
            }
            Ok(())
        })?;
        if given.is_empty() {
            return Err(Malformed("a parameter of SELECT is missing"));
        }
    }
    Ok(select)
}

/// `(uidvalidity modseq [known-uids] [(numbers uids)])`. The last says up to where the client knows what left; here that is
/// known back to the mailbox's beginning, so it is read and not needed (RFC 7162 §5.3).
fn resync(cursor: &mut Cursor<'_>) -> Parsed<Resync> {
    cursor.expect(b'(', "what the client knows is missing")?;
    let uid_validity = cursor.nz_number()?;
    cursor.space()?;
    let modseq = cursor.nz_number64()?;
    let mut known = None;
    let mut more = cursor.eat(b' ');
    if more && cursor.peek() != Some(b'(') {
        known = Some(plain_set(cursor)?);
        more = cursor.eat(b' ');
    }
    if more {
        cursor.expect(b'(', "a parenthesis is missing")?;
        let numbers = plain_set(cursor)?;
        cursor.space()?;
        let uids = plain_set(cursor)?;
        cursor.expect(b')', "a parenthesis is missing")?;
        if numbers.count() != uids.count() {
            return Err(Malformed("as many UIDs as message numbers must be named"));
        }
    }
    cursor.expect(b')', "a parenthesis is missing")?;
    Ok(Resync { uid_validity, modseq, known })
}

/// A set in which every number is said.
fn plain_set(cursor: &mut Cursor<'_>) -> Parsed<SequenceSet> {
    let set = SequenceSet::parse(cursor)?;
    if set.count().is_some() { Ok(set) } else { Err(Malformed("here every number must be said")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed<Select> {
        let mut cursor = Cursor::new(text.as_bytes());
        let select = select(&mut cursor, Dialect::Rev1, false)?;
        cursor.end().map(|()| select)
    }

    #[test]
    fn a_client_says_what_it_knows() {
        assert!(read(" INBOX").unwrap().resync.is_none());
        assert!(read(" INBOX (CONDSTORE)").unwrap().condstore);
        let resync = |text: &str| read(&format!(" INBOX (QRESYNC {text})")).unwrap().resync.unwrap();
        assert_eq!(resync("(67890007 20050715194045000)").modseq, 20_050_715_194_045_000);
        assert_eq!(resync("(67890007 5 41,43:211)").known.unwrap().numbers(0), Some(vec![(41, 41), (43, 211)]));
        assert!(resync("(67890007 5 (5,7:9 15,22,27,29))").known.is_none());
        assert!(resync("(67890007 5 1:29997 (5000,7500 15000,22500))").known.is_some());
    }

    #[test]
    fn what_it_cannot_know_is_refused() {
        for text in [
            "()",
            "(FOO)",
            "(CONDSTORE CONDSTORE)",
            "(QRESYNC)",
            "(QRESYNC (1))",
            "(QRESYNC (0 1))",
            "(QRESYNC (1 0))",
            "(QRESYNC (1 1 *))",
            "(QRESYNC (1 1 1:*))",
            "(QRESYNC (1 1 $))",
            "(QRESYNC (1 1 1:5 (1:2 7)))",
            "(QRESYNC (1 1 (1:2 7) 1:5))",
            "(QRESYNC (1 1) QRESYNC (1 1))",
        ] {
            assert!(read(&format!(" INBOX {text}")).is_err(), "{text}");
        }
    }
}
