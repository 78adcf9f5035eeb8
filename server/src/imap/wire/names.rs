//! The names of mailboxes in commands (RFC 9051 §5.1, §6.3).

use super::scan::{Cursor, Malformed, Parsed};
use super::{Dialect, utf7};

/// What stands for a name that is not encoded as it must be: no mailbox can be called that.
const NO_NAME: &str = "\0";

/// ` mailbox`, as text. Whether there can be such a mailbox is for the rules to say.
pub(super) fn name(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<String> {
    cursor.space()?;
    let name = decoded(&cursor.astring()?, dialect);
    if name.is_empty() { Err(Malformed("a mailbox name is missing")) } else { Ok(name) }
}

/// A name or pattern in the dialect's encoding, as text.
pub(super) fn decoded(bytes: &[u8], dialect: Dialect) -> String {
    let text = match dialect {
        Dialect::Rev1 => utf7::decode(bytes),
        Dialect::Utf8 | Dialect::Rev2 => std::str::from_utf8(bytes).ok().map(str::to_owned),
    };
    text.unwrap_or_else(|| NO_NAME.to_owned())
}

/// What CREATE asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Create {
    pub(in crate::imap) name: String,
    /// What it shall be for (RFC 6154 §3).
    pub(in crate::imap) uses: Vec<String>,
}

/// CREATE.
pub(super) fn create(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Create> {
    let name = created(cursor, dialect)?;
    let mut uses = Vec::new();
    if cursor.eat(b' ') && !cursor.at_end() {
        cursor.list(|cursor| {
            if cursor.word()? != "USE" {
                return Err(Malformed("there is no such parameter of CREATE"));
            }
            cursor.space()?;
            uses.extend(cursor.list(|cursor| {
                cursor.expect(b'\\', "a special use begins with a backslash")?;
                cursor.atom().map(str::to_ascii_lowercase)
            })?);
            Ok(())
        })?;
    }
    Ok(Create { name, uses })
}

/// ` mailbox` of CREATE: a separator at its end only says that there will be others below it (RFC 9051 §6.3.4).
pub(super) fn created(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<String> {
    let name = name(cursor, dialect)?;
    Ok(name.strip_suffix(super::pattern::SEPARATOR).unwrap_or(&name).to_owned())
}
