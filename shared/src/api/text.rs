//! The small value types that many messages share: bytes as base64, addresses that are valid, points in time.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{domain, limits};

/// Bytes that travel inside JSON as unpadded base64url (RFC 4648 §5).
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct Base64(pub Vec<u8>);

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Base64 {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl FromStr for Base64 {
    type Err = base64::DecodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        URL_SAFE_NO_PAD.decode(text).map(Self)
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted (as Unix counts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The point in time `seconds` later.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// A mail address `local-part@domain` (RFC 5321 §4.1.2, RFC 6531), without display name, comments or source route.
///
/// The domain is kept in lower case, an internationalised one as A-labels; the local part as written, because only its own
/// host may say what it means. [`EmailAddress::canonical`] is what the box compares for its own users.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress {
    text: String,
    at: usize,
}

/// The text is not a mail address: no `@`, an empty or over-long part, or a character that no address holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAddress;

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a mail address")
    }
}

impl std::error::Error for InvalidAddress {}

impl EmailAddress {
    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the last `@`, as written.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// What stands after the last `@`, in lower case, as A-labels.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// The form under which the box files its own users: the local part in lower case too.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self { text: self.text.to_lowercase(), at: self.local_part().to_lowercase().len() }
    }
}

impl EmailAddress {
    /// Reads an address whose domain becomes what `domain_of` makes of it; `None` for what is no domain.
    fn read(text: &str, domain_of: fn(&str) -> Option<String>) -> Result<Self, InvalidAddress> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(InvalidAddress)?;
        let bad_unquoted = |c: char| c.is_whitespace() || "()<>[]:;,\\\"@".contains(c);
        let good_local = is_quoted_string(local) || !local.contains(bad_unquoted);
        if local.is_empty() || local.len() > limits::LOCAL_PART_BYTES || local.contains(char::is_control) || !good_local
        {
            return Err(InvalidAddress);
        }
        let domain = if let Some(literal) = domain.strip_prefix('[') {
            // An address in place of a name (RFC 5321 §4.1.3).
            let inner = literal.strip_suffix(']').ok_or(InvalidAddress)?;
            if inner.is_empty() || !inner.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-".contains(&b)) {
                return Err(InvalidAddress);
            }
            domain.to_ascii_lowercase()
        } else {
            domain_of(domain).ok_or(InvalidAddress)?
        };
        if domain.len() > limits::DOMAIN_BYTES {
            return Err(InvalidAddress);
        }
        Ok(Self { text: format!("{local}@{domain}"), at: local.len() })
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        Self::read(text, domain::to_ascii)
    }
}

/// Whether a local part is one quoted string, of which no quote or backslash stands alone (RFC 5321 §4.1.2).
fn is_quoted_string(local: &str) -> bool {
    let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == '"' || (c == '\\' && chars.next().is_none()) {
            return false;
        }
    }
    local.len() >= 2
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::read(&text, domain::kept_or_mapped).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_local_part_and_lower_their_domain() {
        let address: EmailAddress = "Marie.Dupuis@Home.TEST".parse().unwrap();
        assert_eq!(address.as_str(), "Marie.Dupuis@home.test");
        assert_eq!((address.local_part(), address.domain()), ("Marie.Dupuis", "home.test"));
        assert_eq!(address.canonical().as_str(), "marie.dupuis@home.test");
    }

    #[test]
    fn an_internationalised_domain_becomes_a_labels() {
        let address: EmailAddress = "josé@bücher.example".parse().unwrap();
        assert_eq!(address.domain(), "xn--bcher-kva.example");
        assert_eq!(address.local_part(), "josé");
    }

    #[test]
    fn rare_forms_are_addresses_too() {
        for text in ["\"a b\"@b.test", "\"a\\\"b\"@b.test", "a@[192.0.2.1]", "a@[ipv6:2001:db8::1]"] {
            assert_eq!(text.parse::<EmailAddress>().map(|address| address.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "marie",
            "@home.test",
            "marie@",
            "a b@home.test",
            "a\r\nb@home.test",
            "a@b..test",
            "a@@b",
            "<a@b.test>",
            "a@[192.0.2.1",
            "a@[192.0.2.1\r\nRCPT TO:<b@c.test>]",
            "\"a\"> SIZE=1 <\"@b.test",
            "\"a\\\"@b.test",
            "\"@b.test",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(InvalidAddress), "{text:?}");
        }
    }

    #[test]
    fn base64_is_the_url_alphabet_without_padding() {
        let bytes = Base64(vec![0xfb, 0xff, 0x00, 0x01]);
        assert_eq!(bytes.to_string(), "-_8AAQ");
        assert_eq!("-_8AAQ".parse::<Base64>().unwrap(), bytes);
        assert!("-_8A=Q".parse::<Base64>().is_err());
    }
}
