//! What a letter tells of its author's certificate: an Autocrypt header (Level 1 §2.3), or a certificate attached to it (RFC 3156 §7).
//!
//! Autocrypt is opportunistic: any letter counts, whether it is sealed or signed or neither. So what it brings is a key that somebody
//! who wrote in this name can open mail with, and not more.

use super::book::{Book, Check, Habit, KnownKey, Origin, Person, small};
use super::choice::GIVEN_UP_SECONDS;
use crate::api::{EmailAddress, Timestamp};
use crate::mime::header::{Header, unfold};
use crate::pgp::autocrypt::AutocryptHeader;
use crate::pgp::{Certificate, Purpose, Unusable, usable_keys};

/// Fields of mail that went to a list.
const LISTS: [&str; 3] = ["List-Id", "List-Post", "List-Unsubscribe"];
/// The date of a letter is noted anew only when it is so much later: opening mail should not write each time. Seconds: a week.
const NOTED_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Octets of what is kept of a certificate that a letter brings; RSA of 4096 bits with some subkeys has half of it. Autocrypt allows 10 KiB.
const CERTIFICATE_BYTES: usize = 16 * 1024;

/// A certificate that a letter brought for its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Whose: the author's address.
    pub address: EmailAddress,
    /// The certificate; it carries the address and can be sealed to, or was withdrawn.
    pub certificate: Certificate,
    /// How it came.
    pub origin: Origin,
    /// Whether its owner asks for sealed mail.
    pub mutual: bool,
}

/// Who alone wrote a message, and what it brings: `message` as its reader is shown it, the seal opened, `attached` the files in it that
/// say that they are certificates. Nothing of what does not [count](counts), and nothing that is too large to be kept.
#[must_use]
pub fn brought_by<'a>(
    message: &[u8],
    author: &EmailAddress,
    mut attached: impl Iterator<Item = &'a [u8]>,
    now: Timestamp,
) -> Option<Brought> {
    if !counts(message) {
        return None;
    }
    let fits = |certificate: &Certificate| {
        let is_named = certificate.addresses(now).iter().any(|found| found.canonical() == author.canonical());
        if small(certificate, author, now).0.len() > CERTIFICATE_BYTES {
            return false;
        }
        match usable_keys(certificate, Purpose::Seal, now) {
            Ok(_) => is_named,
            // One that was withdrawn carries no name any more; it counts for somebody who is known by it.
            Err(why) => why == Unusable::Revoked,
        }
    };
    let header = AutocryptHeader::of_message(message);
    let header = header.filter(|header| header.address.canonical() == author.canonical() && fits(&header.certificate));
    if let Some(AutocryptHeader { certificate, mutual, .. }) = header {
        return Some(Brought { address: author.clone(), certificate, origin: Origin::Autocrypt, mutual });
    }
    let certificate = attached.find_map(|file| Certificate::parse_all(file).ok()?.into_iter().find(&fits))?;
    Some(Brought { address: author.clone(), certificate, origin: Origin::Attached, mutual: false })
}

/// Whether a message tells of its author's habits at all: what went to a list was passed on by others, and reports are written by
/// programs (Level 1 §2.3).
#[must_use]
pub fn counts(message: &[u8]) -> bool {
    let header = Header::of(message);
    let is_report = header.first("Content-Type").is_some_and(|field| {
        unfold(field.value).trim_start().get(..16).is_some_and(|start| start.eq_ignore_ascii_case("multipart/report"))
    });
    !is_report && !header.searched_fields().any(|field| LISTS.iter().any(|name| field.is(name)))
}

impl Book {
    /// Takes note of a letter from an address, dated as it says, and of what [`brought_by`] found in it.
    pub fn saw_letter(
        &mut self,
        address: &EmailAddress,
        brought: Option<&Brought>,
        dated: Option<Timestamp>,
        now: Timestamp,
    ) {
        let is_dated = dated.is_some();
        // A date in the future would overrule all that comes.
        let dated = dated.unwrap_or(now).min(now);
        let Some(brought) = brought else {
            if let Some(person) = self.people.get_mut(address.canonical().as_str()) {
                person.saw_without(dated);
            }
            return;
        };
        let key = KnownKey { dated: Some(dated), ..KnownKey::new(&brought.certificate, brought.origin, address, now) };
        let habit = (brought.origin == Origin::Autocrypt).then_some(Habit {
            said_at: dated,
            seen_at: dated,
            mutual: brought.mutual,
        });
        let is_usable = usable_keys(&brought.certificate, Purpose::Seal, now).is_ok();
        match self.people.get_mut(address.canonical().as_str()) {
            None if is_usable => self.put(address, key).autocrypt = habit,
            None => {}
            Some(person) if !is_usable => person.hear_copy(address, &brought.certificate, now),
            // What says no date is older than all that does.
            Some(person) if !is_dated && person.key.fingerprint != key.fingerprint => {}
            Some(person) => person.saw_with(address, brought, key, habit, now),
        }
    }
}

impl Person {
    fn saw_without(&mut self, dated: Timestamp) {
        let Some(habit) = &mut self.autocrypt else { return };
        let over = |until: Timestamp| until.0.saturating_sub(habit.said_at.0) > GIVEN_UP_SECONDS;
        if over(dated) && !over(habit.seen_at) {
            habit.seen_at = dated;
        }
    }

    fn saw_with(
        &mut self,
        address: &EmailAddress,
        brought: &Brought,
        key: KnownKey,
        habit: Option<Habit>,
        now: Timestamp,
    ) {
        if let Some(habit) = habit {
            let known = self.autocrypt.as_ref();
            // An older message never overrules a newer one (§2.3).
            if known.is_some_and(|known| habit.said_at < known.said_at) {
                return;
            }
            let is_news = |known: &Habit| {
                known.mutual != habit.mutual
                    || habit.said_at.0.saturating_sub(known.said_at.0) > NOTED_SECONDS
                    || known.seen_at.0.saturating_sub(known.said_at.0) > GIVEN_UP_SECONDS
                    || key.fingerprint != self.key.fingerprint
            };
            if known.is_none_or(is_news) {
                self.autocrypt = Some(habit);
            }
        }
        let copy = &brought.certificate;
        if key.fingerprint == self.key.fingerprint {
            let is_later = |known: Timestamp| key.dated.is_some_and(|dated| dated.0 - known.0 > NOTED_SECONDS);
            if self.key.dated.is_none_or(is_later) {
                self.key.dated = key.dated;
            }
            // Kept from now on: the directory may not always have it.
            return self.key.learn(copy, address, now);
        }
        if let Some(other) = self.other.as_mut().filter(|other| other.fingerprint == key.fingerprint) {
            return other.learn(copy, address, now);
        }
        if self.refuses(&key.fingerprint) {
            return;
        }
        // What its author wrote with so long ago says nothing against what a key server has now.
        let is_past = |dated: Timestamp| now.0.saturating_sub(dated.0) > GIVEN_UP_SECONDS;
        let is_outlived = self.key.is_of_key_server_alone() && key.dated.is_some_and(is_past);
        if self.key.check == Check::No && !self.key.origin.is_published() && !is_outlived {
            // An old letter is opened long after a newer one has brought another.
            if self.key.dated <= key.dated {
                self.replace(key, now);
            }
        } else if self.other.as_ref().is_none_or(|other| !other.origin.is_published()) {
            // The one that a directory named, if there is one, is the one that is decided about.
            self.other = Some(key);
        }
    }
}
