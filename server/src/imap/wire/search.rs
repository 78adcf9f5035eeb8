//! What SEARCH asks for (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 7162 §3.1.5).

use super::key::{Key, keys};
use super::scan::{Cursor, Malformed, Parsed};

/// What SEARCH asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Search {
    pub(in crate::imap) key: Key,
    /// What is wanted of the result; `None` where the command does not say.
    pub(in crate::imap) wanted: Option<Wanted>,
    /// The command names a charset.
    pub(in crate::imap) charset_named: bool,
    /// It is one that is read here.
    pub(in crate::imap) charset_known: bool,
    pub(in crate::imap) uid: bool,
}

/// Result options.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct Wanted {
    pub(in crate::imap) min: bool,
    pub(in crate::imap) max: bool,
    pub(in crate::imap) all: bool,
    pub(in crate::imap) count: bool,
    pub(in crate::imap) save: bool,
}

/// SEARCH.
pub(super) fn search(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Search> {
    cursor.space()?;
    let mut wanted = None;
    if cursor.next_word_is("RETURN") {
        cursor.word()?;
        cursor.space()?;
        wanted = Some(returned(cursor)?);
        cursor.space()?;
    }
    let charset_named = cursor.next_word_is("CHARSET");
    if charset_named {
        cursor.word()?;
        cursor.space()?;
        let charset_known = charset(cursor)?;
        cursor.space()?;
        if !charset_known {
            // What follows is in an encoding that is not read here.
            cursor.run(|_| true);
            return Ok(Search { key: Key::Never, wanted, charset_named, charset_known, uid });
        }
    }
    Ok(Search { key: keys(cursor)?, wanted, charset_named, charset_known: true, uid })
}

/// The name of a charset; answers whether it is one that is read here.
pub(super) fn charset(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    let name = cursor.text()?;
    Ok(["UTF-8", "US-ASCII"].iter().any(|known| name.eq_ignore_ascii_case(known)))
}

fn returned(cursor: &mut Cursor<'_>) -> Parsed<Wanted> {
    let mut wanted = Wanted::default();
    let options = cursor.list(Cursor::word)?;
    // Nothing named means ALL (RFC 4731 §3.1).
    wanted.all = options.is_empty();
    for option in options {
        match option.as_str() {
            "MIN" => wanted.min = true,
            "MAX" => wanted.max = true,
            "ALL" => wanted.all = true,
            "COUNT" => wanted.count = true,
            "SAVE" => wanted.save = true,
            _ => return Err(Malformed("there is no such result option")),
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed<Search> {
        let text = format!(" {text}");
        let mut cursor = Cursor::new(text.as_bytes());
        let search = search(&mut cursor, false)?;
        cursor.end().map(|()| search)
    }

    #[test]
    fn results_and_charsets_are_chosen() {
        let search = read("RETURN (MIN COUNT SAVE) CHARSET UTF-8 TEXT \"é\"").unwrap();
        assert_eq!(search.wanted, Some(Wanted { min: true, count: true, save: true, ..Wanted::default() }));
        assert!(read("RETURN () ALL").unwrap().wanted.unwrap().all);
        assert_eq!(read("ALL").unwrap().wanted, None);
        assert!(read("RETURN (FOO) ALL").is_err() && read("RETURN (MIN)").is_err());
        let mut cursor = Cursor::new(b" CHARSET KOI8-R TEXT {3+}\r\n\xd4\xc5\xd3\r\n");
        assert!(!super::search(&mut cursor, false).unwrap().charset_known);
    }
}
