//! All addresses and dates of a letter.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::Timestamp;

use crate::lang::format::{self, DateStyle};
use crate::ui::use_words;
use crate::worker::protocol::reading::{MessageView, Person};

/// All addresses and dates of a letter, as they stand in it.
#[component]
pub(super) fn Details(message: Arc<MessageView>, received: Signal<Option<Timestamp>>) -> impl IntoView {
    let words = use_words();
    let text = &words.read;
    let full = |at: Timestamp| format::date(words.language, at, DateStyle::Full);
    let people = |label: &'static str, people: &[Person]| {
        (!people.is_empty()).then(|| {
            let lines = people.iter().map(|person| view! { <div>{written(person)}</div> }).collect_view();
            view! {
                <dt>{label}</dt>
                <dd>{lines}</dd>
            }
        })
    };
    let line = |label: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{label}</dt>
                <dd>{value}</dd>
            }
        })
    };
    view! {
        <dl class="details">
            {people(text.from, &message.from)} {people(text.reply_to, &message.reply_to)}
            {people(text.to, &message.to)} {people(text.cc, &message.cc)} {people(text.bcc, &message.bcc)}
            {line(text.date, message.date.map(full))} {move || line(text.received, received.get().map(full))}
        </dl>
    }
}

/// A person as letters write them: name and address.
fn written(person: &Person) -> String {
    match (person.name.trim(), person.address.trim()) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}
