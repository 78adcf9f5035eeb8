//! The lexical layer: atoms, strings, numbers, lists (RFC 9051 §4, §9).

use std::borrow::Cow;

/// What was expected where something else stands; goes to the client as the text of BAD.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Malformed(pub(in crate::imap) &'static str);

/// What parsing answers.
pub(in crate::imap) type Parsed<T> = Result<T, Malformed>;

/// A place in a whole command.
#[derive(Clone, Debug)]
pub(in crate::imap) struct Cursor<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(in crate::imap) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    /// Takes this byte if it comes next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Parsed<()> {
        if self.eat(byte) { Ok(()) } else { Err(Malformed(what)) }
    }

    pub(super) fn space(&mut self) -> Parsed<()> {
        self.expect(b' ', "a space is missing")
    }

    /// The command's end: one line end and nothing after it.
    pub(super) fn end(&mut self) -> Parsed<()> {
        // Some clients leave white space there.
        while self.eat(b' ') {}
        match self.rest() {
            b"" | b"\r\n" | b"\n" => Ok(()),
            _ => Err(Malformed("more than the command takes")),
        }
    }

    /// Whether nothing but the line end is left.
    pub(super) fn at_end(&self) -> bool {
        matches!(self.rest(), b"" | b"\r\n" | b"\n")
    }

    /// The longest run of bytes that `good` takes.
    pub(super) fn run(&mut self, good: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !good(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn text_run(&mut self, good: impl Fn(u8) -> bool, what: &'static str) -> Parsed<&'a str> {
        let start = self.at;
        match std::str::from_utf8(self.run(good)) {
            Ok(text) if !text.is_empty() => Ok(text),
            _ => {
                self.at = start;
                Err(Malformed(what))
            }
        }
    }

    /// `atom`.
    pub(super) fn atom(&mut self) -> Parsed<&'a str> {
        self.text_run(is_atom_char, "a word is missing")
    }

    /// A word made of letters, digits and what names of items hold; the case of letters does not count.
    pub(super) fn word(&mut self) -> Parsed<String> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'=');
        Ok(self.text_run(good, "a word is missing")?.to_ascii_uppercase())
    }

    /// The name of an item to fetch or of a section: letters, digits and dots; the case of letters does not count.
    pub(super) fn item_word(&mut self) -> String {
        let bytes = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        String::from_utf8_lossy(bytes).to_ascii_uppercase()
    }

    /// Whether this word comes next.
    pub(super) fn next_word_is(&self, word: &str) -> bool {
        self.clone().word().is_ok_and(|next| next == word)
    }

    /// `tag`: an astring without `+`.
    pub(super) fn tag(&mut self) -> Parsed<&'a str> {
        self.text_run(|byte| is_astring_char(byte) && byte != b'+', "a tag is missing")
    }

    /// `number64`, as far as a signed 64-bit integer goes.
    pub(super) fn number64(&mut self) -> Parsed<u64> {
        let digits = self.text_run(|byte| byte.is_ascii_digit(), "a number is missing")?;
        let number = digits.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok());
        number.ok_or(Malformed("the number is too large"))
    }

    /// `number`.
    pub(super) fn number(&mut self) -> Parsed<u32> {
        u32::try_from(self.number64()?).map_err(|_| Malformed("the number is too large"))
    }

    /// `nz-number`.
    pub(super) fn nz_number(&mut self) -> Parsed<u32> {
        match self.number()? {
            0 => Err(Malformed("the number may not be zero")),
            number => Ok(number),
        }
    }

    /// `mod-sequence-value` (RFC 7162 §7).
    pub(super) fn nz_number64(&mut self) -> Parsed<u64> {
        match self.number64()? {
            0 => Err(Malformed("the number may not be zero")),
            number => Ok(number),
        }
    }

    /// `quoted`.
    fn quoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        self.expect(b'"', "a string is missing")?;
        let plain = self.run(|byte| !matches!(byte, b'"' | b'\\' | b'\r' | b'\n' | 0));
        if self.eat(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_vec();
        loop {
            match self.peek() {
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(byte @ (b'"' | b'\\')) => text.push(byte),
                        _ => return Err(Malformed("a backslash before a character that needs none")),
                    }
                    self.at += 1;
                }
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                _ => return Err(Malformed("a quoted string does not end")),
            }
            text.extend_from_slice(self.run(|byte| !matches!(byte, b'"' | b'\\' | b'\r' | b'\n' | 0)));
        }
    }

    /// `literal` and `literal8`; answers where its bytes stand.
    pub(super) fn literal(&mut self) -> Parsed<std::ops::Range<usize>> {
        self.eat(b'~');
        self.expect(b'{', "a literal is missing")?;
        let octets = self.number64()?;
        self.eat(b'+');
        self.expect(b'}', "a literal is broken")?;
        self.eat(b'\r');
        self.expect(b'\n', "a literal is broken")?;
        let end = usize::try_from(octets).ok().and_then(|octets| self.at.checked_add(octets));
        let end = end.filter(|&end| end <= self.input.len()).ok_or(Malformed("a literal is cut short"))?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    /// `string`: quoted or literal.
    pub(super) fn string(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'{' | b'~') => {
                let range = self.literal()?;
                Ok(Cow::Borrowed(self.input.get(range).unwrap_or_default()))
            }
            _ => self.quoted(),
        }
    }

    /// `astring`, and what is no atom but sent as one by some clients: 8-bit characters.
    pub(super) fn astring(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => match self.run(|byte| is_astring_char(byte) || byte >= 0x80) {
                b"" => Err(Malformed("a string is missing")),
                bytes => Ok(Cow::Borrowed(bytes)),
            },
        }
    }

    /// `nstring`; `None` for NIL.
    pub(super) fn nstring(&mut self) -> Parsed<Option<Cow<'a, [u8]>>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string().map(Some),
            _ if self.atom()?.eq_ignore_ascii_case("NIL") => Ok(None),
            _ => Err(Malformed("a string or NIL is missing")),
        }
    }

    /// An astring that is text.
    pub(super) fn text(&mut self) -> Parsed<String> {
        let bytes = self.astring()?;
        String::from_utf8(bytes.into_owned()).map_err(|_| Malformed("a string is not UTF-8"))
    }

    /// `(` items, one space between, `)`; may be empty.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect(b'(', "a parenthesis is missing")?;
        let mut items = Vec::new();
        if self.eat(b')') {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(b')') {
                return Ok(items);
            }
            self.space()?;
        }
    }
}

/// `ATOM-CHAR`.
fn is_atom_char(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

/// `ASTRING-CHAR`.
fn is_astring_char(byte: u8) -> bool {
    is_atom_char(byte) || byte == b']'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_has_three_forms() {
        for input in [&b"abc"[..], b"\"abc\"", b"{3}\r\nabc", b"{3+}\r\nabc"] {
            assert_eq!(*Cursor::new(input).astring().unwrap(), *b"abc");
        }
        assert_eq!(*Cursor::new(br#""a\"b\\c""#).astring().unwrap(), *br#"a"b\c"#);
    }

    #[test]
    fn what_is_no_string_is_refused() {
        for input in [
            &b""[..],
            b"\"abc",
            b"\"a\\bc\"",
            b"\"a\r\nb\"",
            b"{4}\r\nabc",
            b"{99999999999999999999}\r\n",
            b"{3}abc",
            b"(",
        ] {
            assert!(Cursor::new(input).astring().is_err(), "{input:?}");
        }
    }

    #[test]
    fn numbers_stay_within_their_kind() {
        assert_eq!(Cursor::new(b"4294967295").number(), Ok(u32::MAX));
        assert!(Cursor::new(b"4294967296").number().is_err());
        assert!(Cursor::new(b"9223372036854775808").number64().is_err());
        assert!(Cursor::new(b"0").nz_number().is_err());
    }

    #[test]
    fn lists_nest_nothing_and_may_be_empty() {
        let read = |input| Cursor::new(input).list(|cursor| cursor.atom().map(str::to_owned));
        assert_eq!(read(b"()").unwrap(), Vec::<String>::new());
        assert_eq!(read(b"(a b)").unwrap(), ["a", "b"]);
        assert!(read(b"(a  b)").is_err());
        assert!(read(b"(a").is_err());
    }
}
