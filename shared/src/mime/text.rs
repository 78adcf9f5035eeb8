//! Text for people: charsets to Unicode, HTML to plain text, snippets.

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html;

/// Most HTML that is turned into text, octets; a summary or a search needs no more.
const HTML_TEXT_BYTES: usize = 1024 * 1024;

/// Text of some charset as Unicode, and whether the charset was known. Without a charset: UTF-8 where it is, else
/// Windows-1252, which is what unlabelled western mail was written in.
pub(crate) fn decode_charset(bytes: &[u8], charset: Option<&str>) -> (String, bool) {
    let charset = charset.map(|name| {
        let name = name.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        name.strip_prefix("charset=").map(str::to_owned).unwrap_or(name)
    });
    match charset.as_deref() {
        None | Some("" | "us-ascii" | "ascii" | "utf-8" | "utf8" | "unknown-8bit" | "x-unknown" | "default") => {
            (utf8_or_western(bytes), true)
        }
        Some("unicode-1-1-utf-7") => decode_charset(bytes, Some("utf-7")),
        Some(name) => match charset_decoder(name.as_bytes()) {
            Some(decode) => (decode(bytes), true),
            None => (utf8_or_western(bytes), false),
        },
    }
}

/// Plain text of an HTML body: tags gone, blocks on lines of their own, entities decoded. Not made for showing as HTML.
#[must_use]
pub fn html_to_text(source: &str) -> String {
    html::html_to_text(cut(source, HTML_TEXT_BYTES))
}

/// The first `characters` characters with all white space collapsed to single spaces.
#[must_use]
pub fn snippet(text: &str, characters: usize) -> String {
    let mut out = String::new();
    let mut left = characters;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}') {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() && left > 0 {
            out.push(' ');
            left -= 1;
        }
        let before = out.len();
        out.extend(word.chars().take(left));
        left -= out.get(before..).unwrap_or_default().chars().count();
        if left == 0 {
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The longest beginning of at most `bytes` octets that ends between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// UTF-8 where the bytes are that, else Windows-1252.
pub(crate) fn utf8_or_western(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => match charset_decoder(b"windows-1252") {
            Some(decode) => decode(bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        },
    }
}
