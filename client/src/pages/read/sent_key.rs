//! The key that came in an answer through a link, and whether letters to its author are sealed with it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::keys::KeptCertificate;

use super::seals::grouped;
use crate::lang::format::{self, DateStyle};
use crate::state::Failure;
use crate::state::correspondents::use_correspondents;
use crate::ui::{Glyph, Note, Tone, say, use_words};
use crate::worker::protocol::reading::{Person, SentKey};

/// What the box says of the key.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// It is asked.
    Asking,
    Unused,
    /// Another one is used.
    Other(KeptCertificate),
    Used,
    Failed(Failure),
}

/// The key, and the press that has it used.
#[component]
pub(super) fn KeyThatCame(
    /// The key.
    key: SentKey,
    /// Who sent it.
    author: Person,
) -> impl IntoView {
    let words = use_words();
    let text = &words.link;
    let (name, address) = (say::person(words, &author), key.address.to_string());
    let correspondents = use_correspondents();
    let state = RwSignal::new(State::Asking);
    let told = move |answer: Result<State, Failure>| {
        // The letter may have been closed meanwhile.
        state.try_set(answer.unwrap_or_else(State::Failed));
    };
    let asked = key.clone();
    spawn_local(async move {
        let chosen = correspondents.chosen(&asked.address).await;
        told(chosen.map(|chosen| match chosen {
            Some(chosen) if chosen.fingerprint == asked.fingerprint => State::Used,
            Some(chosen) => State::Other(chosen),
            None => State::Unused,
        }));
    });
    let key = StoredValue::new(key);
    let keep = move |_| {
        spawn_local(async move { told(correspondents.keep(&key.get_value()).await.map(|()| State::Used)) });
    };
    let leave = move |_| {
        let address = key.with_value(|key| key.address.clone());
        spawn_local(async move { told(correspondents.forget(&address).await.map(|()| State::Unused)) });
    };
    let mark = (words.read.mark)(&key.with_value(|key| grouped(&key.fingerprint)));
    let (used, what, doubt) = ((text.key_used)(&address), (text.key_what)(&address), (text.key_doubt)(&name));
    let (sent, use_it) = ((text.key_sent)(&name), (text.key_use)(&name));
    let other = move |chosen: &KeptCertificate| {
        let since = format::date(words.language, chosen.kept_at, DateStyle::DayAndYear);
        (text.key_other)(&address, &since, &grouped(&chosen.fingerprint))
    };
    let about = move || match state.get() {
        State::Used => used.clone(),
        State::Failed(failure) => say::failure(words, &failure),
        State::Asking | State::Unused => format!("{what} {doubt}"),
        State::Other(chosen) => format!("{} {doubt}", other(&chosen)),
    };
    let act = move || match state.get() {
        State::Asking => ().into_any(),
        State::Used => view! {
            <button type="button" class="button" on:click=leave>
                {text.key_leave}
            </button>
        }
        .into_any(),
        // A person says which of two it is; the press that suits does not come first.
        State::Other(_) => view! {
            <button type="button" class="button" on:click=keep>
                {text.key_replace}
            </button>
        }
        .into_any(),
        State::Unused | State::Failed(_) => view! {
            <button type="button" class="button main" on:click=keep>
                {use_it.clone()}
            </button>
        }
        .into_any(),
    };
    view! {
        <div class="notes sent-key no-print">
            <Note tone=Tone::Plain glyph=Glyph::Seal>
                <p>
                    <b>{sent}</b>
                </p>
                <p role="status">{about}</p>
                <p>
                    <small>{mark}</small>
                </p>
                <div class="buttons">{act}</div>
            </Note>
        </div>
    }
}
