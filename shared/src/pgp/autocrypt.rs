//! Autocrypt Level 1: certificates that travel in the header of ordinary mail (Autocrypt 1.1 §2). What is remembered of them is
//! in [`crate::people`].
//!
//! Invariants: a header that is not wholly understood is none; one that does not speak for the author is none; two are none. Autocrypt proves nothing of who somebody is: whoever can write in a
//! person's name can write such a header.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::certificate::Certificate;
use crate::api::{EmailAddress, Timestamp};
use crate::mime::address::parse_mailboxes;
use crate::mime::entity::Entity;
use crate::mime::header::{self, Header};

/// Largest field that is looked at, octets: certificates of a post-quantum key are ten times as large as the 10 KiB that
/// Level 1 expects.
const FIELD_BYTES: usize = 64 * 1024;
/// Most Autocrypt fields of one message that are looked at.
const FIELDS: usize = 10;
/// Most attributes of one field; three are known.
const ATTRIBUTES: usize = 20;
/// Octets of key data on a line.
const LINE_BYTES: usize = 76;
/// Largest field that is written, octets (§2.1: 10 KiB); a certificate that does not fit is not told so.
const WRITTEN_BYTES: usize = 10 * 1024;

/// What an Autocrypt field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutocryptHeader {
    /// Whose certificate it is.
    pub address: EmailAddress,
    /// Whether its owner asks for sealed mail from everybody who asks for it too.
    pub mutual: bool,
    /// The certificate.
    pub certificate: Certificate,
}

impl AutocryptHeader {
    /// Reads the value of a field. `None` for what Level 1 calls invalid: an attribute missing, twice or unknown (those that
    /// begin with `_` aside), key data that is no certificate or not the last attribute, more than 64 KiB.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value.get(..FIELD_BYTES + 1).unwrap_or(value)).ok()?;
        if text.len() > FIELD_BYTES {
            return None;
        }
        let (mut address, mut mutual, mut keydata) = (None, None, None);
        for (at, attribute) in text.split(';').map(str::trim).enumerate() {
            let (name, value) = match attribute.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                // A semicolon may end the field.
                None if attribute.is_empty() && at > 0 => continue,
                None => return None,
            };
            if at >= ATTRIBUTES || keydata.is_some() {
                return None;
            }
            match name {
                "addr" if address.is_none() => address = Some(value.parse().ok()?),
                // Whatever else is said here means: no preference.
                "prefer-encrypt" if mutual.is_none() => mutual = Some(value == "mutual"),
                "keydata" => keydata = Some(value),
                _ if name.starts_with('_') => {}
                _ => return None,
            }
        }
        let keydata: String = keydata?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let certificate = Certificate::parse(&STANDARD.decode(keydata).ok()?).ok()?;
        Some(Self { address: address?, mutual: mutual.unwrap_or(false), certificate })
    }

    /// What a message says of its author: the one valid field for the one address in `From`. `None` where there is none or
    /// more than one, and for reports, which machines write.
    #[must_use]
    pub fn of_message(message: &[u8]) -> Option<Self> {
        if Entity::of(message, "text/plain").media_type() == "multipart/report" {
            return None;
        }
        let header = Header::of(message);
        let mut from = header.searched_fields().filter(|field| field.is("From"));
        let (Some(from), None) = (from.next(), from.next()) else { return None };
        let authors = parse_mailboxes(from.value);
        let [author] = authors.as_slice() else { return None };
        let author: EmailAddress = author.address.parse().ok()?;
        let fields = header.searched_fields().filter(|field| field.is("Autocrypt")).take(FIELDS);
        let valid = fields.filter_map(|field| Self::parse(field.value));
        let mut valid = valid.filter(|one| one.address.canonical() == author.canonical());
        match (valid.next(), valid.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }
}

/// A message that leaves, with the field that tells its author's certificate in front; as it is where the certificate's small form
/// is none, or over 10 KiB. Whoever gets sealed mail here always wants it so: `prefer-encrypt=mutual`.
#[must_use]
pub fn told_in(message: Vec<u8>, certificate: &Certificate, author: &EmailAddress, now: Timestamp) -> Vec<u8> {
    let Some(certificate) = certificate.for_autocrypt(author, now) else { return message };
    let field = format!("Autocrypt: {}\r\n", AutocryptHeader { address: author.clone(), mutual: true, certificate });
    if field.len() > WRITTEN_BYTES { message } else { header::prepend(&message, field.as_bytes()) }
}

impl fmt::Display for AutocryptHeader {
    /// Writes the value of the field, folded with CRLF; the certificate goes out as it is, see [`Certificate::for_autocrypt`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let preference = if self.mutual { " prefer-encrypt=mutual;" } else { "" };
        write!(f, "addr={};{preference} keydata=", self.address)?;
        let data = STANDARD.encode(self.certificate.to_bytes());
        data.as_bytes().chunks(LINE_BYTES).try_for_each(|line| write!(f, "\r\n {}", String::from_utf8_lossy(line)))
    }
}
