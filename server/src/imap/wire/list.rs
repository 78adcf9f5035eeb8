//! LIST with its extensions, LSUB, STATUS (RFC 9051 §6.3.9, §6.3.11; RFC 5258; RFC 5819; RFC 6154; RFC 3501 §6.3.9).

use super::Dialect;
use super::names::decoded;
use super::scan::{Cursor, Malformed, Parsed};

/// Most patterns of one LIST.
const PATTERNS: usize = 50;

/// What LIST or LSUB asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct Listing {
    /// LSUB: the older question for what is subscribed.
    pub(in crate::imap) lsub: bool,
    /// Which mailboxes are wanted.
    pub(in crate::imap) select: Selection,
    /// The patterns with the reference before each; a single empty one asks for the separator only.
    pub(in crate::imap) patterns: Vec<String>,
    /// What is wanted of each.
    pub(in crate::imap) with: Wanted,
}

/// Selection options.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct Selection {
    /// Only those that are subscribed.
    pub(in crate::imap) subscribed: bool,
    /// Only those that have a role.
    pub(in crate::imap) special_use: bool,
    /// Also those of which a child would be selected.
    pub(in crate::imap) recursive: bool,
}

/// Return options. Roles and children are told in any case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct Wanted {
    /// Whether each is subscribed.
    pub(in crate::imap) subscribed: bool,
    /// A STATUS response for each.
    pub(in crate::imap) status: Vec<StatusItem>,
}

/// What STATUS can say of a mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum StatusItem {
    AppendLimit,
    Deleted,
    DeletedStorage,
    HighestModSeq,
    MailboxId,
    Messages,
    Recent,
    Size,
    UidNext,
    UidValidity,
    Unseen,
}

impl StatusItem {
    const NAMES: [(Self, &'static str); 11] = [
        (Self::AppendLimit, "APPENDLIMIT"),
        (Self::Deleted, "DELETED"),
        (Self::DeletedStorage, "DELETED-STORAGE"),
        (Self::HighestModSeq, "HIGHESTMODSEQ"),
        (Self::MailboxId, "MAILBOXID"),
        (Self::Messages, "MESSAGES"),
        (Self::Recent, "RECENT"),
        (Self::Size, "SIZE"),
        (Self::UidNext, "UIDNEXT"),
        (Self::UidValidity, "UIDVALIDITY"),
        (Self::Unseen, "UNSEEN"),
    ];

    /// Its name on the wire.
    pub(in crate::imap) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(item, _)| *item == self).map_or("", |(_, name)| name)
    }

    fn parse(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        let word = cursor.word()?;
        let found = Self::NAMES.iter().find(|(_, name)| *name == word).map(|(item, _)| *item);
        found.ok_or(Malformed("there is no such status item"))
    }
}

/// LIST.
pub(super) fn list(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Listing> {
    cursor.space()?;
    let mut select = Selection::default();
    if cursor.peek() == Some(b'(') {
        for option in cursor.list(Cursor::word)? {
            match option.as_str() {
                "SUBSCRIBED" => select.subscribed = true,
                "SPECIAL-USE" => select.special_use = true,
                "RECURSIVEMATCH" => select.recursive = true,
                // There is nothing on other servers to be told of.
                "REMOTE" => {}
                _ => return Err(Malformed("there is no such selection option")),
            }
        }
        if select.recursive && !select.subscribed && !select.special_use {
            return Err(Malformed("RECURSIVEMATCH needs something to match"));
        }
        cursor.space()?;
    }
    let patterns = patterns(cursor, dialect)?;
    let mut with = Wanted { subscribed: select.subscribed, status: Vec::new() };
    if cursor.eat(b' ') {
        if cursor.word()? != "RETURN" {
            return Err(Malformed("RETURN is missing"));
        }
        cursor.space()?;
        cursor.list(|cursor| {
            match cursor.word()?.as_str() {
                "SUBSCRIBED" => with.subscribed = true,
                "STATUS" => {
                    cursor.space()?;
                    with.status = cursor.list(StatusItem::parse)?;
                }
                "CHILDREN" | "SPECIAL-USE" => {}
                _ => return Err(Malformed("there is no such return option")),
            }
            Ok(())
        })?;
    }
    Ok(Listing { lsub: false, select, patterns, with })
}

/// LSUB.
pub(super) fn lsub(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Listing> {
    cursor.space()?;
    let patterns = patterns(cursor, dialect)?;
    let select = Selection { subscribed: true, ..Selection::default() };
    Ok(Listing { lsub: true, select, patterns, with: Wanted::default() })
}

/// `reference pattern` or `reference (pattern…)`.
fn patterns(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Vec<String>> {
    let reference = cursor.astring()?;
    cursor.space()?;
    let found = if cursor.peek() == Some(b'(') { cursor.list(pattern)? } else { vec![pattern(cursor)?] };
    if found.is_empty() || found.len() > PATTERNS {
        return Err(Malformed("no pattern, or too many"));
    }
    let reference = decoded(&reference, dialect);
    let whole = |bytes: &Vec<u8>| {
        let pattern = decoded(bytes, dialect);
        // An empty pattern asks for the separator, whatever the reference.
        if pattern.is_empty() { pattern } else { format!("{reference}{pattern}") }
    };
    Ok(found.iter().map(whole).collect())
}

/// `list-mailbox`: an astring that may hold wildcards.
fn pattern(cursor: &mut Cursor<'_>) -> Parsed<Vec<u8>> {
    if matches!(cursor.peek(), Some(b'"' | b'{')) {
        return cursor.string().map(std::borrow::Cow::into_owned);
    }
    let good = |byte: u8| byte > b' ' && byte != 0x7f && !matches!(byte, b'(' | b')' | b'{' | b'"' | b'\\');
    match cursor.run(good) {
        b"" => Err(Malformed("a pattern is missing")),
        bytes => Ok(bytes.to_vec()),
    }
}

/// ` (item…)` of STATUS.
pub(super) fn status_items(cursor: &mut Cursor<'_>) -> Parsed<Vec<StatusItem>> {
    cursor.space()?;
    let items = cursor.list(StatusItem::parse)?;
    if items.is_empty() { Err(Malformed("a status item is missing")) } else { Ok(items) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed<Listing> {
        let mut cursor = Cursor::new(text.as_bytes());
        let listing = list(&mut cursor, Dialect::Rev1)?;
        cursor.end().map(|()| listing)
    }

    #[test]
    fn list_in_its_plain_form() {
        assert_eq!(read(" \"\" *").unwrap().patterns, ["*"]);
        assert_eq!(read(" a/ %").unwrap().patterns, ["a/%"]);
        assert_eq!(read(" a \"\"").unwrap().patterns, [""]);
        assert_eq!(read(" \"\" \"&AOk-*\"").unwrap().patterns, ["é*"]);
    }

    #[test]
    fn list_with_its_extensions() {
        let listing =
            read(" (SUBSCRIBED RECURSIVEMATCH) \"\" (\"INBOX\" a/%) RETURN (CHILDREN STATUS (MESSAGES UNSEEN))")
                .unwrap();
        assert!(listing.select.subscribed && listing.select.recursive && listing.with.subscribed);
        assert_eq!(listing.patterns, ["INBOX", "a/%"]);
        assert_eq!(listing.with.status, [StatusItem::Messages, StatusItem::Unseen]);
        for text in [" (RECURSIVEMATCH) \"\" *", " (FOO) \"\" *", " \"\" () ", " \"\" * RETURN (FOO)", " \"\" * RETURN"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
