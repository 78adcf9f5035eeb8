//! Autocrypt Level 1: certificates that travel in the header of ordinary mail, and what is known of a correspondent from them
//! (Autocrypt 1.1 §2).
//!
//! Invariants: a header that is not wholly understood is none; one that does not speak for the author is none; two are none;
//! an older message never overrules a newer one. Autocrypt proves nothing of who somebody is: whoever can write in a
//! person's name can write such a header.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::certificate::Certificate;
use crate::api::{EmailAddress, Timestamp};
use crate::mime::address::parse_mailboxes;
use crate::mime::entity::Entity;
use crate::mime::header::Header;

/// Largest field that is looked at, octets: certificates of a post-quantum key are ten times as large as the 10 KiB that
/// Level 1 expects.
const FIELD_BYTES: usize = 64 * 1024;
/// Most Autocrypt fields of one message that are looked at.
const FIELDS: usize = 10;
/// Most attributes of one field; three are known.
const ATTRIBUTES: usize = 20;
/// Octets of key data on a line.
const LINE_BYTES: usize = 76;
/// For how long somebody may write without the header before it counts as given up, seconds (§2.4: 35 days).
const GIVEN_UP_SECONDS: i64 = 35 * 24 * 60 * 60;

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

impl fmt::Display for AutocryptHeader {
    /// Writes the value of the field, folded with CRLF; the certificate goes out as it is, see [`Certificate::for_autocrypt`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let preference = if self.mutual { " prefer-encrypt=mutual;" } else { "" };
        write!(f, "addr={};{preference} keydata=", self.address)?;
        let data = STANDARD.encode(self.certificate.to_bytes());
        data.as_bytes().chunks(LINE_BYTES).try_for_each(|line| write!(f, "\r\n {}", String::from_utf8_lossy(line)))
    }
}

/// What is known of a correspondent from the messages that came from them (§2.2).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Peer {
    /// The latest date of a message from them.
    pub last_seen: Option<Timestamp>,
    /// The latest date of a message with a valid header.
    pub autocrypt_at: Option<Timestamp>,
    /// The certificate in it.
    pub certificate: Option<Certificate>,
    /// Whether it asked for sealed mail.
    pub mutual: bool,
}

/// Whether to seal a letter to a correspondent (§2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    /// It cannot be.
    Disable,
    /// It can be, but perhaps they cannot read it any more.
    Discourage,
    /// It can be, if the writer wants it.
    Available,
    /// Both sides want it.
    Encrypt,
}

impl Peer {
    /// Takes note of a message from them: its date as it says, when it came, and what [`AutocryptHeader::of_message`] found.
    pub fn saw(&mut self, dated: Timestamp, now: Timestamp, header: Option<&AutocryptHeader>) {
        // A date in the future would overrule all that comes.
        let dated = dated.min(now);
        if self.autocrypt_at.is_some_and(|known| dated < known) {
            return;
        }
        self.last_seen = self.last_seen.max(Some(dated));
        if let Some(header) = header {
            self.autocrypt_at = Some(dated);
            self.mutual = header.mutual;
            // Another copy of the same certificate may know less: of a revocation, say.
            let merged = self.certificate.as_ref().and_then(|known| known.merged(&header.certificate).ok());
            self.certificate = Some(merged.unwrap_or_else(|| header.certificate.clone()));
        }
    }

    /// What Level 1 advises for a letter: `wish` is whether its writer asks for sealed mail (`prefer-encrypt=mutual`),
    /// `answers_sealed` whether it answers a sealed message.
    #[must_use]
    pub fn advice(&self, wish: bool, answers_sealed: bool, now: Timestamp) -> Advice {
        let usable = |certificate: &Certificate| {
            super::certificate::usable_keys(certificate, super::strength::Purpose::Seal, now).is_ok()
        };
        if !self.certificate.as_ref().is_some_and(usable) {
            return Advice::Disable;
        }
        let given_up = match (self.last_seen, self.autocrypt_at) {
            (Some(seen), Some(said)) => seen.0.saturating_sub(said.0) > GIVEN_UP_SECONDS,
            _ => false,
        };
        match (answers_sealed, given_up) {
            (true, _) => Advice::Encrypt,
            (false, true) => Advice::Discourage,
            (false, false) if wish && self.mutual => Advice::Encrypt,
            (false, false) => Advice::Available,
        }
    }
}
