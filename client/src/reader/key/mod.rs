//! Keys of people without an account: made or brought along (`ways`, `made`, `have`, all in one place: `offer`), sent to who wrote (`send`), kept in this browser
//! (`store`), and what is sealed for them opened (`room`, with the `keys` that are here). `form`: fields and buttons.
//!
//! Invariants: a secret key leaves the browser in its file alone, which the person saves; what was to be sent is checked before it is
//! sealed; a key that is not saved yet is not left without a question.

mod form;
mod have;
mod keys;
mod made;
mod offer;
mod room;
mod send;
mod store;
mod ways;

use shared::link::Person;

use super::piece::KeyRoom;
use crate::keeper::{CannotKeep, Flaw};
use crate::lang::reader::Reader;
use crate::lang::reader_key::ReaderKey;

/// All of this, for who fetches it.
#[must_use]
pub fn key_room() -> KeyRoom {
    KeyRoom { offer: ways::offer, room: |page, language| Box::pin(room::room(page, language)) }
}

/// Why something does not work, for people; `address` is whose certificate was wanted.
fn said(words: &ReaderKey, reader: &Reader, address: &str, error: CannotKeep) -> String {
    let CannotKeep::Flaw(flaw) = error else { return reader.offline.to_owned() };
    match flaw {
        Flaw::Secret => words.secret,
        Flaw::NoCertificate => words.no_certificate,
        Flaw::OtherAddress if !address.is_empty() => return (words.other_address)(address),
        Flaw::OtherAddress | Flaw::NoKey => words.no_key,
        Flaw::Unusable => words.unusable,
        Flaw::WrongPassphrase => words.wrong_passphrase,
        Flaw::NotSealed => words.not_sealed,
        Flaw::OtherKeys => words.other_keys,
        Flaw::Damaged => words.damaged,
        Flaw::TooLarge => words.too_large,
        Flaw::Internal => words.internal,
    }
    .to_owned()
}

/// What somebody is called where a letter names them.
fn named(people: &[Person], address: &str) -> String {
    let found = people.iter().find(|person| person.address.eq_ignore_ascii_case(address));
    match found.map(|person| person.name.trim()) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => String::new(),
    }
}
