//! The names of mailboxes in commands (RFC 9051 §5.1, §6.3).

use super::scan::{Cursor, Malformed, Parsed};
use super::{Dialect, utf7};

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
