//! Free text of header fields: folds, encoded words (RFC 2047), stray 8-bit bytes.
//!
//! Encoded words are decoded here and not by mail-parser, because many writers split a character over two of them: bytes of
//! neighbours with one charset are joined before they become text.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::decoders::base64::base64_decode;

use super::charset::{decode_charset, large, utf8_or_western};

/// Longest value that is decoded, octets. What is longer is cut.
const VALUE_BYTES: usize = 64 * 1024;

/// Longest name of a charset with its language, octets.
const CHARSET_BYTES: usize = 64;
/// Longest encoded word that is decoded, octets; the limit of RFC 2047 is 75, but some put a whole subject into one.
const WORD_BYTES: usize = 4096;

/// Decodes a raw field value to one line without control characters.
pub(crate) fn decode_text(raw: &[u8]) -> String {
    let raw = raw.get(..VALUE_BYTES).unwrap_or(raw);
    let line: Vec<u8> = raw.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let mut out = String::new();
    let mut word: Option<Word<'_>> = None;
    let mut at = 0;
    let mut literal_start = 0;
    while let Some(step) = line.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'=')) {
        at += step;
        let Some((next, length)) = line.get(at..).and_then(encoded_word) else {
            at += 1;
            continue;
        };
        let literal = line.get(literal_start..at).unwrap_or_default();
        at += length;
        literal_start = at;
        match &mut word {
            Some(before) if literal.trim_ascii().is_empty() && before.joins(&next) => before.bytes.extend(next.bytes),
            _ => {
                let between = word.is_some() && literal.trim_ascii().is_empty();
                out.push_str(&word.take().map(|word| word.text()).unwrap_or_default());
                if !between {
                    out.push_str(&utf8_or_western(literal));
                }
                word = Some(next);
            }
        }
    }
    out.push_str(&word.map(|word| word.text()).unwrap_or_default());
    out.push_str(&utf8_or_western(line.get(literal_start..).unwrap_or_default()));
    one_line(&out)
}

/// A raw field value with the encoded words that are in a charset with large tables in UTF-8: see `charset`.
pub(super) fn words_in_utf8(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(step) = raw.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'=')) {
        at += step;
        match raw.get(at..).and_then(encoded_word) {
            Some((word, length)) if std::str::from_utf8(word.charset).is_ok_and(|name| large(name).is_some()) => {
                out.extend_from_slice(raw.get(kept..at).unwrap_or_default());
                out.extend_from_slice(format!("=?utf-8?B?{}?=", STANDARD.encode(word.text())).as_bytes());
                at += length;
                kept = at;
            }
            Some((_, length)) => at += length,
            None => at += 1,
        }
    }
    if kept == 0 {
        return Cow::Borrowed(raw);
    }
    out.extend_from_slice(raw.get(kept..).unwrap_or_default());
    Cow::Owned(out)
}

/// Control characters become spaces, and there are none at the ends. Those that turn the direction of writing around are
/// left out (Unicode UAX #9 §2): with them `exe.jpg` can be what a file called `gpj.exe` seems to be.
pub(crate) fn one_line(text: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().filter(|c| !turns(c)).map(plain).collect::<String>().trim().to_owned()
}

struct Word<'a> {
    charset: &'a [u8],
    bytes: Vec<u8>,
}

impl Word<'_> {
    /// Charsets with shift states begin anew in each word, and must not be joined.
    fn joins(&self, next: &Self) -> bool {
        let shifts = self.charset.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"iso-2022"));
        self.charset.eq_ignore_ascii_case(next.charset) && !shifts
    }

    fn text(&self) -> String {
        decode_charset(&self.bytes, std::str::from_utf8(self.charset).ok()).0
    }
}

/// The encoded word that the bytes begin with, and its length (RFC 2047 §2, RFC 2231 §5 for the language).
fn encoded_word(bytes: &[u8]) -> Option<(Word<'_>, usize)> {
    let rest = bytes.strip_prefix(b"=?")?;
    let (charset, rest) = split_once(rest, b"?", CHARSET_BYTES)?;
    let charset = charset.split(|&byte| byte == b'*').next().unwrap_or_default();
    if !charset.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let (encoding, rest) = split_once(rest, b"?", 1)?;
    let (payload, rest) = split_once(rest, b"?=", WORD_BYTES)?;
    let decoded = match encoding {
        b"B" | b"b" => base64_decode(payload)?,
        b"Q" | b"q" => decode_q(payload),
        _ => return None,
    };
    Some((Word { charset, bytes: decoded }, bytes.len() - rest.len()))
}

/// What stands before a separator, at most `most` octets, and what stands after it.
fn split_once<'a>(bytes: &'a [u8], by: &[u8], most: usize) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(by.len()).take(most + 1).position(|window| window == by)?;
    Some((bytes.get(..at)?, bytes.get(at + by.len()..)?))
}

/// The "Q" encoding (RFC 2047 §4.2); an `=` that begins no code stands for itself.
fn decode_q(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len());
    let mut rest = payload;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let hex = |at: usize| tail.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        match (byte, hex(0), hex(1)) {
            (b'=', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'_', ..) => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_become_text() {
        for (raw, text) in [
            ("=?utf-8?Q?caf=C3=A9_cr=C3=A8me?=", "café crème"),
            ("=?UTF-8?B?Y2Fmw6k=?=", "café"),
            ("=?iso-8859-1?q?caf=E9?= and =?utf-8?q?th=C3=A9?=", "café and thé"),
            ("Re: =?utf-8?q?caf=C3=A9?=\r\n =?utf-8?q?_cr=C3=A8me?=", "Re: café crème"),
            ("=?utf-8*fr?q?caf=C3=A9?=", "café"),
            ("=?utf-8?b?5Lit?=. Mail", "中. Mail"),
            ("=?utf-8?Q?what??=", "what?"),
            ("=?utf-8?Q?=3D?=", "="),
            ("=??Q?caf=E9?=", "café"),
            ("=?utf-8?X?nothing?= =?", "=?utf-8?X?nothing?= =?"),
            ("plain", "plain"),
            ("a\tb\x07c", "a b c"),
            ("", ""),
        ] {
            assert_eq!(decode_text(raw.as_bytes()), text, "{raw:?}");
        }
    }

    #[test]
    fn a_character_split_over_two_words_is_put_together() {
        assert_eq!(decode_text(b"=?utf-8?Q?caf=C3?= =?UTF-8?Q?=A9?="), "café");
        assert_eq!(decode_text(b"=?utf-8?B?5Lg=?=\r\n =?utf-8?B?rQ==?="), "中");
        let shifting = b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=";
        assert_eq!(decode_text(shifting), "日本語");
    }

    #[test]
    fn words_of_large_charsets_come_in_utf8_and_others_as_they_are() {
        let raw = b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-8859-1?q?caf=E9?= <a@b.test>";
        assert_eq!(&*words_in_utf8(raw), b"=?utf-8?B?5pel5pys?= =?iso-8859-1?q?caf=E9?= <a@b.test>");
        assert_eq!(&*words_in_utf8(b"=?big5?X?a?= ="), b"=?big5?X?a?= =");
    }

    #[test]
    fn stray_bytes_are_taken_as_utf8_or_western() {
        assert_eq!(decode_text(b"caf\xc3\xa9"), "café");
        assert_eq!(decode_text(b"caf\xe9 =?utf-8?q?th=C3=A9?="), "café thé");
    }

    #[test]
    fn a_name_cannot_turn_its_own_end_around() {
        assert_eq!(one_line("photo \u{202e}gpj.exe"), "photo gpj.exe");
        assert_eq!(one_line("\u{2066}a\u{2069}\r\nb"), "a  b");
        // Marks that a name in Hebrew or Arabic may need stay.
        assert_eq!(one_line("\u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd}"), "\u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd}");
    }
}
