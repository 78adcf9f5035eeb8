//! Mailboxes as they stand in address fields (RFC 5322 §3.4, RFC 2047, RFC 6532).

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};
use serde::{Deserialize, Serialize};

use super::charset::utf8_or_western;
use super::words::{one_line, words_in_utf8};

/// Longest address field that is taken apart, octets: 500 recipients with names, and room. What is longer is cut.
const ADDRESS_FIELD_BYTES: usize = 256 * 1024;

/// A person or a list in an address field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name, decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address as written; whether it is one is for [`crate::api::EmailAddress`] to say.
    pub address: String,
}

/// The mailboxes of an address field's raw value; groups are taken apart, a name without an address stands in `address`.
pub(crate) fn parse_mailboxes(value: &[u8]) -> Vec<Mailbox> {
    let value = value.get(..ADDRESS_FIELD_BYTES).unwrap_or(value);
    let line = terminated(&words_in_utf8(value));
    let HeaderValue::Address(parsed) = MessageStream::new(&line).parse_address() else { return Vec::new() };
    match parsed {
        Address::List(list) => list.into_iter().filter_map(mailbox).collect(),
        Address::Group(groups) => groups.into_iter().flat_map(|group| group.addresses).filter_map(mailbox).collect(),
    }
}

/// The value as UTF-8, with the line end that mail-parser's field parsers stop at.
pub(crate) fn terminated(value: &[u8]) -> Vec<u8> {
    let mut line = utf8_or_western(value).into_bytes();
    line.push(b'\n');
    line
}

fn mailbox(parsed: Addr<'_>) -> Option<Mailbox> {
    let clean = |text: std::borrow::Cow<'_, str>| Some(one_line(&text)).filter(|text| !text.is_empty());
    let name = parsed.name.and_then(clean);
    match parsed.address.and_then(clean) {
        Some(address) => Some(Mailbox { name, address }),
        None => name.map(|address| Mailbox { name: None, address }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_large_charset_is_decoded() {
        let people = parse_mailboxes(b"=?GB2312?B?xOO6ww==?= <a@b.test>");
        assert_eq!(people.first().and_then(|one| one.name.as_deref()), Some("\u{4f60}\u{597d}"));
    }
}
