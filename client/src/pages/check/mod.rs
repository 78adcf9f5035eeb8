//! Whose key is it: the panel in which two people compare their keys, and the notes about keys that changed. Shown beside a letter that
//! is read and one that is written.

mod changed;
mod panel;

use leptos::prelude::*;
use shared::api::{EmailAddress, Timestamp};
use shared::people::{Check, Origin, Standing};

use crate::lang::Words;
use crate::lang::format::{self, DateStyle};
use crate::platform::time;
use crate::ui::{say, use_words};
use crate::worker::protocol::reading::Person;

pub(super) use changed::{KeyHeld, KeyNews, is_news};
pub(super) use panel::CheckKey;

/// Whose key is checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subject {
    /// How its owner is called.
    pub(super) name: String,
    /// Their address.
    pub(super) address: EmailAddress,
    /// Which key: its fingerprint, upper-case hexadecimal.
    pub(super) fingerprint: String,
    /// What is known of it, in words; empty where that is nothing.
    pub(super) known: String,
}

impl Subject {
    /// The key that is used for somebody.
    pub(super) fn of(words: &Words, person: &Person, standing: &Standing) -> Option<Self> {
        let address = person.address.parse().ok()?;
        let (name, fingerprint) = (say::person(words, person), standing.fingerprint.clone());
        Some(Self { name, address, fingerprint, known: known(words, standing) })
    }

    /// The other one that was seen, if there is one.
    pub(super) fn other_of(words: &Words, person: &Person, standing: &Standing) -> Option<Self> {
        let other = standing.other.as_ref()?;
        let known = (words.trust.known)(&day(words, other.since), way(words, other.origin));
        let fingerprint = other.fingerprint.clone();
        Some(Self { fingerprint, known, ..Self::of(words, person, standing)? })
    }
}

/// What is known of a key, in words.
pub(super) fn known(words: &Words, standing: &Standing) -> String {
    let text = &words.trust;
    let check = match standing.check {
        Check::No => text.unchecked.to_owned(),
        Check::Same(at) => (text.checked)(&day(words, at)),
        Check::Differs(at) => (text.differed)(&day(words, at)),
    };
    format!("{} {check}", (text.known)(&day(words, standing.since), way(words, standing.origin)))
}

/// A button that opens the panel.
#[component]
pub(super) fn CheckButton(
    /// Whose key.
    subject: Subject,
    /// Where the panel looks for it.
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let text = &use_words().trust;
    view! {
        <button type="button" class="button" on:click=move |_| checking.set(Some(subject.clone()))>
            {text.check}
        </button>
    }
}

fn way(words: &Words, origin: Origin) -> &'static str {
    let text = &words.trust;
    match origin {
        Origin::Here => text.by_here,
        Origin::Directory => text.by_directory,
        Origin::Link => text.by_link,
        Origin::Autocrypt => text.by_autocrypt,
        Origin::Attached => text.by_attached,
        Origin::KeyServer => text.by_server,
    }
}

/// A day as one says it after "since": today, yesterday, a day of the last week, a date.
pub(super) fn day(words: &Words, at: Timestamp) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let text = &words.trust;
    let now = time::now();
    let is_on = |other: Timestamp| {
        let (a, b) = (time::local(at), time::local(other));
        (a.year, a.month, a.day) == (b.year, b.month, b.day)
    };
    if is_on(now) {
        text.today.to_owned()
    } else if is_on(now.plus(-DAY)) {
        text.yesterday.to_owned()
    } else if (2..=6).any(|days| is_on(now.plus(-days * DAY))) {
        format::date(words.language, at, DateStyle::Weekday)
    } else {
        (text.on_date)(&format::date(words.language, at, DateStyle::DayAndYear))
    }
}
