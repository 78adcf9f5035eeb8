//! Commands that name a mailbox (RFC 9051 §6.3): its name, and SELECT, EXAMINE, RENAME around it.

use super::scan::{Cursor, Malformed, Parsed};
use super::{Command, Dialect, utf7};

/// ` mailbox`, as text. Whether there can be such a mailbox is for the rules to say.
pub(super) fn name(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<String> {
    cursor.space()?;
    let bytes = cursor.astring()?;
    decoded(&bytes, dialect)
        .filter(|name| !name.is_empty())
        .ok_or(Malformed("a mailbox name is not encoded as it must be"))
}

/// A name or pattern in the dialect's encoding, as text.
pub(super) fn decoded(bytes: &[u8], dialect: Dialect) -> Option<String> {
    match dialect {
        Dialect::Rev1 => utf7::decode(bytes),
        Dialect::Rev2 => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}

/// ` mailbox` of CREATE: a separator at its end only says that there will be others below it (RFC 9051 §6.3.4).
pub(super) fn created(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<String> {
    let name = name(cursor, dialect)?;
    Ok(name.strip_suffix(super::pattern::SEPARATOR).unwrap_or(&name).to_owned())
}

/// SELECT and EXAMINE.
pub(super) fn select(cursor: &mut Cursor<'_>, dialect: Dialect, read_only: bool) -> Parsed<Command> {
    Ok(Command::Select { name: name(cursor, dialect)?, read_only })
}

/// RENAME.
pub(super) fn rename(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Command> {
    let from = name(cursor, dialect)?;
    Ok(Command::Rename { from, to: created(cursor, dialect)? })
}
