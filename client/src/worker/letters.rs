//! What a worker does with letters: reading, writing, and making their HTML harmless; and with the account's own keys.
//!
//! It is a piece of the worker's program of its own, fetched when the rest runs already: a list of summaries does not need it, nor
//! does signing in. `client/src/bin/worker.rs` cuts it, which works as long as nothing else of the worker names [`answer`] or what only that leads
//! to.

use rand::{CryptoRng, RngCore};
use serde::Serialize;
use shared::access::Unlocked;

use super::parcel::Parcel;
use super::protocol::{AnyAsk, AskError};
use super::{judge, keys, linked, open, pack, people, source, write};

/// How a [`Desk`](super::desk::Desk) reaches it: [`answer`], once it is there.
pub type Letters<R> = fn(Option<&Unlocked>, &mut R, AnyAsk) -> Parcel;

/// Whether an ask is for here.
pub(super) fn are_asked(ask: &AnyAsk) -> bool {
    matches!(
        ask,
        AnyAsk::Summarise(_)
            | AnyAsk::OpenMessage(_)
            | AnyAsk::OpenSource(_)
            | AnyAsk::PackFiles(_)
            | AnyAsk::JudgeCertificates(_)
            | AnyAsk::CompareKeys(_)
            | AnyAsk::DecideKey(_)
            | AnyAsk::SealDraft(_)
            | AnyAsk::BeginLinks(_)
            | AnyAsk::SealLetter(_)
            | AnyAsk::TendKeys(_)
            | AnyAsk::ListKeys(_)
            | AnyAsk::WithdrawalFile(_)
            | AnyAsk::AnotherKey(_)
            | AnyAsk::CheckKeys(_)
            | AnyAsk::ImportKeys(_)
    )
}

/// Answers an ask for here.
#[must_use]
pub fn answer<R: RngCore + CryptoRng>(account: Option<&Unlocked>, rng: &mut R, ask: AnyAsk) -> Parcel {
    let open = account.ok_or(AskError::Locked);
    match ask {
        AnyAsk::Summarise(ask) => packed(open.and_then(|account| open::summary(account, &ask, rng))),
        AnyAsk::OpenMessage(ask) => packed(open.and_then(|account| open::message(account, &ask, rng))),
        AnyAsk::OpenSource(ask) => packed(open.and_then(|account| source::open(account, &ask))),
        AnyAsk::PackFiles(ask) => packed(pack::files(&ask)),
        AnyAsk::JudgeCertificates(ask) => packed(open.and_then(|account| judge::certificates(account, &ask, rng))),
        AnyAsk::CompareKeys(ask) => packed(open.and_then(|account| people::compare(account, &ask))),
        AnyAsk::DecideKey(ask) => packed(open.and_then(|account| people::decide(account, &ask, rng))),
        AnyAsk::SealDraft(ask) => packed(open.and_then(|account| write::draft(account, ask, rng))),
        AnyAsk::BeginLinks(ask) => packed(open.and_then(|account| linked::begin(account, ask, rng))),
        AnyAsk::SealLetter(ask) => packed(open.and_then(|account| write::letter(account, ask, rng))),
        AnyAsk::TendKeys(ask) => packed(open.and_then(|account| keys::tasks(account, ask.now, rng))),
        AnyAsk::ListKeys(ask) => packed(open.map(|account| keys::list(account, ask.now))),
        AnyAsk::WithdrawalFile(ask) => packed(open.and_then(|account| keys::withdrawal_file(account, ask.now, rng))),
        AnyAsk::AnotherKey(ask) => packed(open.and_then(|account| keys::another(account, &ask, rng))),
        AnyAsk::CheckKeys(ask) => packed(open.and_then(|account| keys::check(account, &ask))),
        AnyAsk::ImportKeys(ask) => packed(open.and_then(|account| keys::import(account, &ask, rng))),
        _ => packed(Err::<(), _>(AskError::Unexpected)),
    }
}

/// An answer as it crosses.
pub(super) fn packed<T: Serialize>(answer: Result<T, AskError>) -> Parcel {
    // Answers are structures of texts, numbers and buffers, all of which have a form; a parcel without any is refused.
    Parcel::pack(&answer).unwrap_or_default()
}
