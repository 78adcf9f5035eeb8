//! Flags: system flags and keywords as a client writes them (RFC 9051 §2.3.2), and as they are printed.

use super::scan::{Cursor, Malformed, Parsed};
use crate::store::flags::{FlagBits, Keywords};

/// Longest keyword, octets.
const KEYWORD_BYTES: usize = 100;
/// Most flags that one command names.
const FLAGS: usize = 100;

/// Flags as a client names them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::imap) struct FlagList {
    /// Those that have a bit.
    pub(in crate::imap) bits: FlagBits,
    /// Other keywords.
    pub(in crate::imap) keywords: Keywords,
}

/// `flag-list`; with `bare`, also flags without parentheses, as STORE takes them.
pub(super) fn parse(cursor: &mut Cursor<'_>, bare: bool) -> Parsed<FlagList> {
    let names = if bare && cursor.peek() != Some(b'(') {
        let mut names = vec![name(cursor)?];
        while cursor.eat(b' ') {
            names.push(name(cursor)?);
        }
        names
    } else {
        cursor.list(name)?
    };
    if names.len() > FLAGS {
        return Err(Malformed("too many flags"));
    }
    let bits = names.iter().filter_map(|name| FlagBits::named(name)).fold(FlagBits::default(), FlagBits::with);
    Ok(FlagList { bits, keywords: Keywords::from_names(names.iter().map(String::as_str)) })
}

/// One flag's name.
fn name(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let system = cursor.eat(b'\\');
    let word = cursor.atom()?;
    if !system {
        return if word.len() <= KEYWORD_BYTES { Ok(word.to_owned()) } else { Err(Malformed("a keyword is too long")) };
    }
    let name = format!("\\{word}");
    if FlagBits::named(&name).is_some() { Ok(name) } else { Err(Malformed("there is no such system flag")) }
}

/// Appends `(\Seen work)`.
pub(in crate::imap) fn print(out: &mut Vec<u8>, bits: FlagBits, keywords: &Keywords) {
    out.push(b'(');
    if bits.has(FlagBits::RECENT) {
        out.extend_from_slice(b"\\Recent ");
    }
    for name in bits.names() {
        out.extend_from_slice(name.as_bytes());
        out.push(b' ');
    }
    for name in keywords.names() {
        out.extend_from_slice(name.as_bytes());
        out.push(b' ');
    }
    if out.ends_with(b" ") {
        out.pop();
    }
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed<String> {
        let list = parse(&mut Cursor::new(text.as_bytes()), true)?;
        let mut out = Vec::new();
        print(&mut out, list.bits, &list.keywords);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn flags_come_with_and_without_parentheses() {
        assert_eq!(read("(\\seen work $Forwarded)").unwrap(), "(\\Seen $Forwarded work)");
        assert_eq!(read("\\Deleted \\Flagged").unwrap(), "(\\Flagged \\Deleted)");
        assert_eq!(read("()").unwrap(), "()");
    }

    #[test]
    fn a_client_cannot_set_what_is_no_flag() {
        for text in ["(\\Recent)", "(\\Foo)", "(\\*)", "(a b", "a]", &"x".repeat(101)] {
            let whole = parse(&mut Cursor::new(text.as_bytes()), true).is_ok_and(|_| text != "a]");
            assert!(!whole, "{text}");
        }
    }
}
