//! Charsets to Unicode.
//!
//! The tables of the charsets with thousands of characters weigh as much as a third of the page's worker. A browser has them
//! already, for its own pages: there its decoder does it (WHATWG Encoding, whose tables mail-parser has elsewhere, too).
//! mail-parser decodes some fields by itself and does not know that, so those come to it in UTF-8 (`words_in_utf8`,
//! `extended_in_utf8`).

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

/// The charsets with large tables, each by the name that a browser has for it, and all of their names, in lower case and with `_`
/// for `-`.
const LARGE: [(&str, &[&str]); 12] = [
    ("big5", &["big5", "big5_hkscs", "cn_big5", "csbig5", "x_x_big5"]),
    ("euc-jp", &["cseucpkdfmtjapanese", "euc_jp", "extended_unix_code_packed_format_for_japanese", "x_euc_jp"]),
    (
        "euc-kr",
        &[
            "cseuckr",
            "csksc56011987",
            "euc_kr",
            "iso_ir_149",
            "korean",
            "ks_c_5601_1987",
            "ks_c_5601_1989",
            "ksc5601",
            "ksc_5601",
            "windows_949",
        ],
    ),
    ("gb18030", &["csgb18030", "gb18030", "gb2312"]),
    (
        "gbk",
        &[
            "chinese",
            "cp936",
            "csgb2312",
            "csgbk",
            "csiso58gb231280",
            "gb_2312",
            "gb_2312_80",
            "gbk",
            "iso_ir_58",
            "ms936",
            "windows_936",
            "x_gbk",
        ],
    ),
    ("ibm866", &["866", "cp866", "csibm866", "ibm866"]),
    ("iso-2022-jp", &["csiso2022jp", "iso_2022_jp"]),
    ("shift_jis", &["csshiftjis", "ms932", "ms_kanji", "shift_jis", "sjis", "windows_31j", "x_sjis"]),
    ("windows-874", &["cswindows874", "dos_874", "windows_874"]),
    ("x-mac-cyrillic", &["x_mac_cyrillic", "x_mac_ukrainian"]),
    ("x-user-defined", &["x_user_defined"]),
    // Not decoded anywhere, because what looks harmless in them need not be (WHATWG Encoding §2).
    ("replacement", &["csiso2022kr", "hz_gb_2312", "iso_2022_cn", "iso_2022_cn_ext", "iso_2022_kr", "replacement"]),
];

/// Text of some charset as Unicode, and whether the charset was known. Without a charset: UTF-8 where it is, else
/// Windows-1252, which is what unlabelled western mail was written in.
#[must_use]
pub fn decode_charset(bytes: &[u8], charset: Option<&str>) -> (String, bool) {
    let charset = charset.map(|name| {
        let name = name.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        name.strip_prefix("charset=").map(str::to_owned).unwrap_or(name)
    });
    match charset.as_deref() {
        None | Some("" | "us-ascii" | "ascii" | "utf-8" | "utf8" | "unknown-8bit" | "x-unknown" | "default") => {
            (utf8_or_western(bytes), true)
        }
        Some("unicode-1-1-utf-7") => decode_charset(bytes, Some("utf-7")),
        Some(name) => match (large(name), charset_decoder(name.as_bytes())) {
            (Some(charset), _) => (decode_large(bytes, charset), true),
            (None, Some(decode)) => (decode(bytes), true),
            (None, None) => (utf8_or_western(bytes), false),
        },
    }
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

/// What a browser calls this charset, if it is one with large tables.
pub(super) fn large(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    LARGE.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(charset, _)| *charset)
}

#[cfg(not(target_arch = "wasm32"))]
fn decode_large(bytes: &[u8], charset: &str) -> String {
    charset_decoder(charset.as_bytes()).map(|decode| decode(bytes)).unwrap_or_default()
}

#[cfg(target_arch = "wasm32")]
fn decode_large(bytes: &[u8], charset: &str) -> String {
    // The one that a browser has no decoder for is `replacement`: one sign for all of it, if there is anything.
    let unreadable = || if bytes.is_empty() { String::new() } else { char::REPLACEMENT_CHARACTER.to_string() };
    let decoded = web_sys::TextDecoder::new_with_label(charset).and_then(|decoder| decoder.decode_with_u8_array(bytes));
    decoded.unwrap_or_else(|_| unreadable())
}

/// The raw value of a field with the extended parameters (RFC 2231 §4) that are in a charset with large tables in UTF-8.
pub(super) fn extended_in_utf8(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(step) = raw.get(at..).and_then(|rest| rest.windows(2).position(|two| two == b"*=")) {
        at += step + 2;
        let Some((length, value)) = raw.get(at..).and_then(extended_value) else { continue };
        out.extend_from_slice(raw.get(kept..at).unwrap_or_default());
        out.extend_from_slice(value.as_bytes());
        at += length;
        kept = at;
    }
    if kept == 0 {
        return Cow::Borrowed(raw);
    }
    out.extend_from_slice(raw.get(kept..).unwrap_or_default());
    Cow::Owned(out)
}

/// The length of the extended value that this begins with, and the same value in UTF-8; `None` for one in another charset.
fn extended_value(bytes: &[u8]) -> Option<(usize, String)> {
    let quote = usize::from(bytes.first() == Some(&b'"'));
    let end = bytes.iter().skip(quote).position(|byte| matches!(byte, b';' | b'"' | b' ' | b'\t' | b'\r' | b'\n'));
    let length = end.map_or(bytes.len(), |end| quote + end);
    let value = std::str::from_utf8(bytes.get(quote..length)?).ok()?;
    let mut parts = value.splitn(3, '\'');
    let (charset, language, text) = (parts.next()?, parts.next()?, parts.next()?);
    large(charset)?;
    let (text, _) = decode_charset(&percent_decoded(text)?, Some(charset));
    let text: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    Some((length, format!("{}utf-8'{language}'{text}", if quote == 1 { "\"" } else { "" })))
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('%');
    let mut out = parts.next()?.as_bytes().to_vec();
    for part in parts {
        out.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        out.extend_from_slice(part.get(2..)?.as_bytes());
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_become_unicode() {
        assert_eq!(decode_charset(b"caf\xe9", Some("iso-8859-1")), ("café".to_owned(), true));
        assert_eq!(decode_charset(b"caf\xe9", None), ("café".to_owned(), true));
        assert_eq!(decode_charset("café".as_bytes(), Some("us-ascii")), ("café".to_owned(), true));
        assert_eq!(decode_charset(b"\x93\xfa\x96{", Some("Shift_JIS")), ("日本".to_owned(), true));
        assert_eq!(decode_charset(b"+AOk-", Some("unicode-1-1-utf-7")), ("é".to_owned(), true));
        assert_eq!(decode_charset(b"x", Some("klingon")), ("x".to_owned(), false));
        assert_eq!(decode_charset(b"\x1b$)Cabcd", Some("iso-2022-kr")), ("\u{fffd}".to_owned(), true));
    }

    /// What stands in the table under one name is decoded as mail-parser decodes each of them.
    #[test]
    fn the_names_of_a_large_charset_mean_the_same() {
        // Bytes that no two of the charsets read alike.
        let sample = b"\xb5\xe7\xa1\xa1\x93\xfa\x1b$B8l\x1b(B";
        for (charset, names) in LARGE {
            for name in names {
                let decode = charset_decoder(name.as_bytes()).unwrap_or_else(|| panic!("{name} is not known"));
                assert_eq!(decode_large(sample, charset), decode(sample), "{name}");
            }
        }
    }

    #[test]
    fn extended_parameters_come_in_utf8() {
        let in_utf8 = |raw: &[u8]| String::from_utf8(extended_in_utf8(raw).into_owned()).unwrap();
        assert_eq!(
            in_utf8(b"attachment; filename*=Shift_JIS'ja'%93%FA%96%7B.txt; size=1"),
            "attachment; filename*=utf-8'ja'%E6%97%A5%E6%9C%AC%2E%74%78%74; size=1"
        );
        assert_eq!(in_utf8(b"x; name*=\"big5''%A7A\""), "x; name*=\"utf-8''%E4%BD%A0\"");
        for kept in ["x; name*=iso-8859-1''%E9", "x; name*=big5''%A", "x; name*=", "x; a=\"*=big5\""] {
            assert_eq!(in_utf8(kept.as_bytes()), kept);
        }
    }
}
