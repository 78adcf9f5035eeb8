//! What is remembered of people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::keys::Source;
use crate::api::{Base64, EmailAddress, Timestamp};
use crate::pgp::{Certificate, Fingerprint, Purpose, Unusable, usable_keys};

/// What an account remembers of the certificates of others, by canonical address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    pub(super) people: BTreeMap<String, Person>,
}

/// What is remembered of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    /// The certificate that letters go to, and that signatures are expected by.
    pub(super) key: KnownKey,
    /// The one before it, and since when it is not used any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<(Fingerprint, Timestamp)>,
    /// Another one that was seen and is not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) other: Option<KnownKey>,
    /// A certificate that the account's owner does not want.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<Fingerprint>,
    /// What their letters say by Autocrypt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) autocrypt: Option<Habit>,
}

/// A certificate that was seen for an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownKey {
    /// Its name.
    pub fingerprint: Fingerprint,
    /// When it was first seen.
    pub since: Timestamp,
    /// By what way it was first seen.
    pub origin: Origin,
    /// Whether the account's owner compared it with its own.
    pub check: Check,
    /// The latest date of a letter that brought it, as far as that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dated: Option<Timestamp>,
    /// The certificate itself, where letters may be sealed to it though nobody publishes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<Base64>,
}

/// By what way a certificate was first seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It is of an account of this box.
    Here,
    /// The directory of the address's domain.
    Directory,
    /// It was sent through a link, and the account's owner chose to use it.
    Link,
    /// It stood in the header of a letter.
    Autocrypt,
    /// It was attached to a letter.
    Attached,
    /// A key server, where the directory of the address's domain had none.
    KeyServer,
}

/// Whether the account's owner compared a certificate with its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Never.
    #[default]
    No,
    /// They were the same, at this time.
    Same(Timestamp),
    /// They differed.
    Differs(Timestamp),
}

/// What a person's letters say by Autocrypt (Level 1 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Habit {
    /// The latest date of a letter with the header.
    pub(super) said_at: Timestamp,
    /// The latest date of any letter.
    pub(super) seen_at: Timestamp,
    /// Whether sealed mail is asked for (`prefer-encrypt=mutual`).
    pub(super) mutual: bool,
}

/// What is known of a certificate and its owner, for people to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
    /// When it was first seen.
    pub since: Timestamp,
    /// By what way.
    pub origin: Origin,
    /// Whether it was checked.
    pub check: Check,
    /// Since when it stands in the place of another one; `None` where there was none before.
    pub new_since: Option<Timestamp>,
    /// Another certificate that was seen for the address and is not used.
    pub other: Option<OtherKey>,
}

/// A certificate that was seen for an address and is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherKey {
    /// Its fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
    /// When it was first seen.
    pub since: Timestamp,
    /// By what way.
    pub origin: Origin,
    /// Whether the account's owner said that it is not to be used.
    pub refused: bool,
}

/// What the account's owner decides about a certificate of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// It was compared and is the same: letters go to it.
    Same,
    /// It was compared and differs: nothing is sealed to it.
    Differs,
    /// Letters go to it, though nobody compared it.
    Use,
    /// Letters go on to the one that is used, not to this.
    Refuse,
}

impl Origin {
    /// Whether the box gives it at each look-up, for as long as it is the one, and it goes before what letters bring.
    pub(super) fn is_published(self) -> bool {
        matches!(self, Self::Here | Self::Directory | Self::Link)
    }
}

impl From<Source> for Origin {
    fn from(source: Source) -> Self {
        match source {
            Source::Local => Self::Here,
            Source::Wkd => Self::Directory,
            Source::Kept => Self::Link,
            Source::KeyServer => Self::KeyServer,
        }
    }
}

impl Check {
    /// Whether it was compared and was the same.
    #[must_use]
    pub fn is_same(self) -> bool {
        matches!(self, Self::Same(_))
    }
}

impl Book {
    /// What is known of the certificate that is used for an address.
    #[must_use]
    pub fn standing(&self, address: &EmailAddress) -> Option<Standing> {
        self.person(address).map(Person::standing)
    }

    /// The certificates that are kept for an address, the one that is used first.
    #[must_use]
    pub fn certificates(&self, address: &EmailAddress) -> Vec<Certificate> {
        let Some(person) = self.person(address) else { return Vec::new() };
        std::iter::once(&person.key).chain(&person.other).filter_map(KnownKey::certificate).collect()
    }

    /// Takes note of what the account's owner decided about a certificate of an address; answers whether it could. `certificate` is
    /// that one, where it is at hand: what was compared and is the same is kept, so that letters are sealed to it whatever others say
    /// later, and without it cannot count as compared. Nor is anything noted of one that nobody has seen.
    pub fn decide(
        &mut self,
        address: &EmailAddress,
        fingerprint: &Fingerprint,
        certificate: Option<(&Certificate, Origin)>,
        decision: Decision,
        now: Timestamp,
    ) -> bool {
        let certificate = certificate.filter(|(one, _)| one.fingerprint() == *fingerprint);
        if self.person(address).is_none() {
            let Some((certificate, origin)) = certificate else { return false };
            self.put(address, KnownKey::new(certificate, origin, address, now));
        }
        let Some(person) = self.people.get_mut(address.canonical().as_str()) else { return false };
        person.decide(address, fingerprint, certificate, decision, now)
    }

    /// Takes note of what other copies of the certificates that are kept for an address say: a withdrawal, a later end.
    pub fn hear_copies(&mut self, address: &EmailAddress, copies: &[Certificate], now: Timestamp) {
        if let Some(person) = self.people.get_mut(address.canonical().as_str()) {
            copies.iter().for_each(|copy| person.hear_copy(address, copy, now));
        }
    }

    pub(super) fn person(&self, address: &EmailAddress) -> Option<&Person> {
        self.people.get(address.canonical().as_str())
    }

    /// Begins to remember an address.
    pub(super) fn put(&mut self, address: &EmailAddress, key: KnownKey) -> &mut Person {
        let new = Person { key, before: None, other: None, refused: None, autocrypt: None };
        self.people.entry(address.canonical().as_str().to_owned()).insert_entry(new).into_mut()
    }
}

impl Person {
    fn decide(
        &mut self,
        address: &EmailAddress,
        fingerprint: &Fingerprint,
        certificate: Option<(&Certificate, Origin)>,
        decision: Decision,
        now: Timestamp,
    ) -> bool {
        let is_used = self.key.fingerprint == *fingerprint;
        if !is_used && self.other.as_ref().is_none_or(|other| other.fingerprint != *fingerprint) {
            let Some((certificate, origin)) = certificate else { return false };
            self.other = Some(KnownKey::new(certificate, origin, address, now));
        }
        let one = if is_used { Some(&mut self.key) } else { self.other.as_mut() };
        let Some(one) = one else { return false };
        if let Some((certificate, _)) = certificate {
            one.learn(certificate, address, now);
        }
        match decision {
            Decision::Same if one.certificate.is_none() => return false,
            Decision::Same => one.check = Check::Same(now),
            Decision::Differs => one.check = Check::Differs(now),
            Decision::Use => one.check = Check::No,
            Decision::Refuse => {}
        }
        if matches!(decision, Decision::Same | Decision::Use) {
            self.refused.take_if(|refused| refused == fingerprint);
            if let Some(other) = self.other.take_if(|_| !is_used) {
                // Else the next letter would put the other one back.
                let goes_on = decision == Decision::Use && other.origin == Origin::KeyServer;
                let before = goes_on.then(|| self.key.fingerprint.clone());
                self.replace(other, now);
                self.refused = before.or(self.refused.take());
            }
        } else if !is_used || decision == Decision::Differs {
            self.refused = Some(fingerprint.clone());
        }
        true
    }

    /// Another certificate is used from now on.
    pub(super) fn replace(&mut self, key: KnownKey, now: Timestamp) {
        let before = std::mem::replace(&mut self.key, key);
        self.before = Some((before.fingerprint, now));
        self.other.take_if(|other| other.fingerprint == self.key.fingerprint);
    }

    pub(super) fn hear_copy(&mut self, address: &EmailAddress, copy: &Certificate, now: Timestamp) {
        // A withdrawal is kept also of one that is not: the directory may go on with an old copy.
        let is_withdrawn = usable_keys(copy, Purpose::Seal, now) == Err(Unusable::Revoked);
        let all = std::iter::once(&mut self.key).chain(&mut self.other);
        for one in all.filter(|one| one.fingerprint == copy.fingerprint()) {
            if is_withdrawn { one.learn(copy, address, now) } else { one.refresh(copy, address, now) }
        }
    }

    pub(super) fn refuses(&self, fingerprint: &Fingerprint) -> bool {
        self.refused.as_ref() == Some(fingerprint)
    }

    pub(super) fn standing(&self) -> Standing {
        let KnownKey { fingerprint, since, origin, check, .. } = &self.key;
        Standing {
            fingerprint: fingerprint.to_string(),
            since: *since,
            origin: *origin,
            check: *check,
            new_since: self.before.as_ref().map(|(_, at)| *at),
            other: self.other.as_ref().map(|other| OtherKey {
                fingerprint: other.fingerprint.to_string(),
                since: other.since,
                origin: other.origin,
                refused: self.refuses(&other.fingerprint),
            }),
        }
    }
}

impl KnownKey {
    /// A certificate that is seen for the first time; one that came with a letter, or from a key server, is kept, as small as it can be.
    pub(super) fn new(certificate: &Certificate, origin: Origin, address: &EmailAddress, now: Timestamp) -> Self {
        let kept = (!origin.is_published()).then(|| small(certificate, address, now));
        let fingerprint = certificate.fingerprint();
        Self { fingerprint, since: now, origin, check: Check::No, dated: None, certificate: kept }
    }

    /// Whether a key server alone has named it: it serves for as long as that does.
    pub(super) fn is_of_key_server_alone(&self) -> bool {
        self.origin == Origin::KeyServer && self.dated.is_none() && self.check == Check::No
    }

    pub(super) fn certificate(&self) -> Option<Certificate> {
        Certificate::parse(&self.certificate.as_ref()?.0).ok()
    }

    /// Keeps another copy of the certificate, with what was known before.
    pub(super) fn learn(&mut self, copy: &Certificate, address: &EmailAddress, now: Timestamp) {
        let merged = self.certificate().and_then(|known| known.merged(copy).ok());
        self.certificate = Some(small(merged.as_ref().unwrap_or(copy), address, now));
    }

    /// As [`Self::learn`], where one is kept already.
    pub(super) fn refresh(&mut self, copy: &Certificate, address: &EmailAddress, now: Timestamp) {
        if self.certificate.is_some() {
            self.learn(copy, address, now);
        }
    }
}

/// Of a certificate what letters to an address need.
pub(super) fn small(certificate: &Certificate, address: &EmailAddress, now: Timestamp) -> Base64 {
    certificate.for_directory(address, now).as_ref().unwrap_or(certificate).to_bytes().into()
}
