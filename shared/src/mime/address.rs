//! Mailboxes as they stand in address fields (RFC 5322 §3.4, RFC 2047, RFC 6532).

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};
use serde::{Deserialize, Serialize};

use super::charset::utf8_or_western;
use super::words::{one_line, words_in_utf8};
use crate::api::EmailAddress;
use crate::api::mailbox::Came;

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

impl Mailbox {
    /// The display name, where it does not claim to be another address than the one behind it.
    #[must_use]
    pub fn honest_name(&self) -> Option<&str> {
        let name = self.name.as_deref()?.trim();
        // Also as Chinese and Japanese write it.
        let plain = name.replace(['\u{ff20}', '\u{fe6b}'], "@");
        let around =
            |c: char| c.is_whitespace() || "()<>[]{}\"'\u{2018}\u{2019}\u{201c}\u{201d}\u{ab}\u{bb},;:|/".contains(c);
        let is_other = |word: &str| word.parse().is_ok_and(|address: EmailAddress| !self.is(&address));
        (!name.is_empty() && !plain.split(around).any(is_other)).then_some(name)
    }

    fn is(&self, other: &EmailAddress) -> bool {
        self.address.parse().is_ok_and(|address: EmailAddress| address.canonical() == other.canonical())
    }

    /// Whether the address stands under this domain (lower case, A-labels), or looks as if it did where it is none that one could
    /// write to.
    #[must_use]
    pub fn is_at(&self, domain: &str) -> bool {
        match self.address.parse::<EmailAddress>() {
            Ok(address) => address.domain() == domain,
            Err(_) => {
                let end = self.address.rsplit_once('@').map_or("", |(_, end)| end);
                end.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(domain)
            }
        }
    }
}

/// Whether a message bears an address of the box's own domain, though it came from outside, where nobody had signed in: somebody may
/// be pretending.
#[must_use]
pub fn is_posing(came: Option<Came>, from: &[Mailbox], own_domain: &str) -> bool {
    came == Some(Came::Outside) && from.iter().any(|author| author.is_at(own_domain))
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

    fn from(name: &str, address: &str) -> Mailbox {
        Mailbox { name: Some(name.to_owned()).filter(|name| !name.is_empty()), address: address.into() }
    }

    #[test]
    fn a_name_that_is_another_address_is_none() {
        for name in [
            "alice@home.test",
            " Alice@Home.Test ",
            "<alice@home.test>",
            "Alice (alice@home.test)",
            "'alice@home.test' via list",
            "\u{201c}alice@home.test\u{201d}",
            "alice\u{ff20}home.test",
        ] {
            assert_eq!(from(name, "evil@evil.test").honest_name(), None, "{name}");
        }
        for name in ["Alice", "Alice @ home", "evil@evil.test", "Evil (EVIL@evil.test)", "5 @ 3 pm"] {
            assert_eq!(from(name, "evil@evil.test").honest_name(), Some(name), "{name}");
        }
        assert_eq!(from("", "evil@evil.test").honest_name(), None);
    }

    #[test]
    fn who_bears_an_address_of_the_box_and_comes_from_outside_poses() {
        let poses = |came, address: &str| is_posing(came, &[from("", address)], "xn--bcher-kva.example");
        for address in [
            "alice@xn--bcher-kva.example",
            "alice@b\u{fc}cher.example",
            "Alice@B\u{dc}CHER.example",
            "alice b@xn--bcher-kva.example",
            "alice@xn--bcher-kva.example.",
        ] {
            assert!(poses(Some(Came::Outside), address), "{address}");
            for came in [None, Some(Came::Here), Some(Came::Box)] {
                assert!(!poses(came, address), "{address}");
            }
        }
        for address in ["alice@example", "alice@mail.xn--bcher-kva.example", "xn--bcher-kva.example", ""] {
            assert!(!poses(Some(Came::Outside), address), "{address}");
        }
        let both = [from("", "zoe@elsewhere.test"), from("", "alice@home.test")];
        assert!(is_posing(Some(Came::Outside), &both, "home.test"));
    }

    #[test]
    fn a_name_in_a_large_charset_is_decoded() {
        let people = parse_mailboxes(b"=?GB2312?B?xOO6ww==?= <a@b.test>");
        assert_eq!(people.first().and_then(|one| one.name.as_deref()), Some("\u{4f60}\u{597d}"));
    }
}
