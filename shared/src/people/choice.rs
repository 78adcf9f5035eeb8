//! Which certificate a letter to somebody is sealed to.
//!
//! In this order: the one that was checked; what a directory gives, or was chosen through a link; what letters brought; what a key server
//! has. Where a checked one would change, and where the last comparison failed, nobody decides but the account's owner.
//!
//! A key server stands last: who can pass its check, by mail, can read the mail of the address in any case, and who cannot gains nothing
//! from letters that are sealed to a false key; so its check protects little. But what it has may be years old, while a letter shows the
//! key that its author's program uses now.

use super::book::{Book, Check, KnownKey, Origin, Person, Standing};
use crate::api::{EmailAddress, Timestamp};
use crate::pgp::{Certificate, Purpose, Unusable, usable_keys};

/// For how long somebody may write without the Autocrypt header before it counts as given up, seconds (Level 1 §2.4: 35 days).
pub(super) const GIVEN_UP_SECONDS: i64 = 35 * 24 * 60 * 60;

/// Whether a letter to an address can be sealed, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It can.
    Seal(Box<Certificate>, Standing),
    /// The account's owner has to decide first.
    Ask(Doubt, Standing),
    /// What is kept cannot be used.
    Unusable(Unusable),
    /// It came in letters only, and the person's letters have long been coming without.
    GivenUp,
    /// Nothing is known.
    None,
}

/// Why the account's owner has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The certificate was checked, and the address has another one now.
    OtherKey,
    /// It was compared, and differed.
    Differs,
}

impl Book {
    /// Decides for an address, with what was found for it just now, if that can be sealed to; takes note of what is new.
    pub fn choose(&mut self, address: &EmailAddress, found: Option<(&Certificate, Origin)>, now: Timestamp) -> Choice {
        match (self.people.get_mut(address.canonical().as_str()), found) {
            (None, None) => Choice::None,
            (None, Some((certificate, origin))) => {
                let person = self.put(address, KnownKey::new(certificate, origin, address, now));
                Choice::Seal(Box::new(certificate.clone()), person.standing())
            }
            (Some(person), Some((found, Origin::KeyServer))) => person.choose_with_key_server(address, found, now),
            (Some(person), Some(found)) => person.choose_with(address, found, now),
            (Some(person), None) => {
                // The key server took it back.
                person.other.take_if(|other| other.origin == Origin::KeyServer);
                person.choose_alone(now)
            }
        }
    }

    /// Decides for an address whose directory could not be asked just now: by what is used, never by another that a letter brought.
    #[must_use]
    pub fn choose_unasked(&self, address: &EmailAddress, now: Timestamp) -> Choice {
        self.person(address).map_or(Choice::None, |person| match person.by_own_key(now) {
            Choice::Unusable(_) => Choice::None,
            own => own,
        })
    }
}

impl Person {
    fn choose_with(
        &mut self,
        address: &EmailAddress,
        (found, origin): (&Certificate, Origin),
        now: Timestamp,
    ) -> Choice {
        let fingerprint = found.fingerprint();
        if fingerprint == self.key.fingerprint {
            self.key.refresh(found, address, now);
            if self.key.origin == Origin::KeyServer {
                self.key.origin = origin;
            }
            // The directory took it back.
            self.other.take_if(|other| other.origin.is_published());
            if matches!(self.key.check, Check::Differs(_)) {
                return Choice::Ask(Doubt::Differs, self.standing());
            }
            // What is kept knows of a withdrawal that an old copy in the directory does not.
            return match usable(&self.key, now) {
                Some(Ok(own)) => Choice::Seal(Box::new(own), self.standing()),
                Some(Err(Unusable::Revoked)) => Choice::Unusable(Unusable::Revoked),
                _ => Choice::Seal(Box::new(found.clone()), self.standing()),
            };
        }
        if self.key.check == Check::No && !self.refuses(&fingerprint) {
            self.replace(KnownKey::new(found, origin, address, now), now);
            return Choice::Seal(Box::new(found.clone()), self.standing());
        }
        match &mut self.other {
            // What a letter had brought before is what the directory says now.
            Some(other) if other.fingerprint == fingerprint => {
                other.origin = if other.origin.is_published() { other.origin } else { origin };
                other.refresh(found, address, now);
            }
            _ => self.other = Some(KnownKey::new(found, origin, address, now)),
        }
        match usable(&self.key, now) {
            Some(Ok(own)) if self.refuses(&fingerprint) && !matches!(self.key.check, Check::Differs(_)) => {
                Choice::Seal(Box::new(own), self.standing())
            }
            _ => Choice::Ask(Doubt::OtherKey, self.standing()),
        }
    }

    /// Decides where the directory has none, with what a key server has.
    fn choose_with_key_server(&mut self, address: &EmailAddress, found: &Certificate, now: Timestamp) -> Choice {
        let fingerprint = found.fingerprint();
        if fingerprint == self.key.fingerprint {
            self.key.learn(found, address, now);
            self.other.take_if(|other| other.origin == Origin::KeyServer);
            return self.by_own_key(now);
        }
        let chosen = self.choose_alone(now);
        if self.refuses(&fingerprint) {
            return chosen;
        }
        let new = KnownKey::new(found, Origin::KeyServer, address, now);
        let goes_before = matches!(chosen, Choice::Seal(..)) || self.key.check != Check::No;
        if !goes_before {
            self.replace(new, now);
            return Choice::Seal(Box::new(found.clone()), self.standing());
        }
        // Told beside it, unless a letter or a directory has named another.
        match &mut self.other {
            Some(other) if other.fingerprint == fingerprint => other.learn(found, address, now),
            Some(other) if other.origin != Origin::KeyServer => {}
            other => *other = Some(new),
        }
        let is_told = self.other.as_ref().is_some_and(|other| other.fingerprint == fingerprint);
        match chosen {
            Choice::Seal(certificate, _) => Choice::Seal(certificate, self.standing()),
            Choice::Ask(_, _) if is_told => Choice::Ask(Doubt::OtherKey, self.standing()),
            chosen => chosen,
        }
    }

    fn choose_alone(&mut self, now: Timestamp) -> Choice {
        // What the key server alone has named is not there any more.
        let own = if self.key.is_of_key_server_alone() { Choice::None } else { self.by_own_key(now) };
        if !matches!(own, Choice::None | Choice::Unusable(_)) || self.key.check != Check::No {
            return own;
        }
        // The directory had one, has none any more, and a letter brought another.
        let is_brought = |other: &KnownKey| other.origin != Origin::KeyServer;
        let other = self.other.take_if(|other| is_brought(other) && self.refused.as_ref() != Some(&other.fingerprint));
        match other.map(|other| (usable(&other, now), other)) {
            Some((Some(Ok(certificate)), other)) => {
                self.replace(other, now);
                Choice::Seal(Box::new(certificate), self.standing())
            }
            Some((_, other)) => {
                self.other = Some(other);
                own
            }
            None => own,
        }
    }

    /// What follows from the certificate that is used, as it is kept.
    fn by_own_key(&self, now: Timestamp) -> Choice {
        if matches!(self.key.check, Check::Differs(_)) {
            return Choice::Ask(Doubt::Differs, self.standing());
        }
        let is_given_up = self.key.origin == Origin::Autocrypt && !self.key.check.is_same() && self.has_given_up();
        match usable(&self.key, now) {
            Some(Ok(_)) if is_given_up => Choice::GivenUp,
            Some(Ok(own)) => Choice::Seal(Box::new(own), self.standing()),
            Some(Err(why)) => Choice::Unusable(why),
            None => Choice::None,
        }
    }

    fn has_given_up(&self) -> bool {
        let over = |habit: &super::book::Habit| habit.seen_at.0.saturating_sub(habit.said_at.0) > GIVEN_UP_SECONDS;
        self.autocrypt.as_ref().is_some_and(over)
    }
}

/// What is kept of a certificate, where something is.
fn usable(key: &KnownKey, now: Timestamp) -> Option<Result<Certificate, Unusable>> {
    let certificate = key.certificate()?;
    Some(usable_keys(&certificate, Purpose::Seal, now).map(|_| certificate))
}
