//! That somebody's key changed, and what to do about it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::Timestamp;
use shared::people::{Check, Decision, Origin, Standing};

use super::{Subject, day};
use crate::platform::time;
use crate::state::Failure;
use crate::state::correspondents::use_correspondents;
use crate::ui::{Glyph, Note, Tone, say, use_words};
use crate::worker::protocol::reading::{KeyDoubt, Person};

/// For how long a new key is told of, seconds: a month. Who has not written for so long looks at the lock.
const NEW_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Whether there is something to say of a key that letters go to.
pub(in crate::pages) fn is_news(standing: &Standing, now: Timestamp) -> bool {
    is_new(standing, now) || standing.other.as_ref().is_some_and(|other| !other.refused)
}

fn is_new(standing: &Standing, now: Timestamp) -> bool {
    let is_recent = standing.new_since.is_some_and(|since| now < since.plus(NEW_SECONDS));
    is_recent && standing.check == Check::No
}

/// That letters go to a new key, or that another was seen.
#[component]
pub(in crate::pages) fn KeyNews(
    person: Person,
    standing: Standing,
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let words = use_words();
    let text = &words.trust;
    let name = say::person(words, &person);
    let other = standing.other.as_ref().filter(|other| !other.refused);
    if let Some(other) = other {
        let seen = if other.origin == Origin::KeyServer { text.other_on_server } else { text.other_seen };
        let what = seen(&name, &day(words, other.since));
        let subject = Subject::other_of(words, &person, &standing);
        // What a server has need not be new.
        let [take, keep] = match other.origin {
            Origin::KeyServer => [text.use_server, text.keep_known],
            _ => [text.use_new, text.keep_old],
        };
        let acts = vec![(take, Decision::Use), (keep, Decision::Refuse)];
        return view! {
            <Note tone=Tone::Warn glyph=Glyph::Seal>
                <p>{what}</p>
                <Acts name subject acts checking />
            </Note>
        }
        .into_any();
    }
    let Some(since) = standing.new_since.filter(|_| is_new(&standing, time::now())) else { return ().into_any() };
    let what = (text.new_key)(&name, &day(words, since));
    let then = match standing.origin {
        Origin::Here | Origin::Directory => text.new_directory,
        Origin::Link | Origin::Autocrypt | Origin::Attached => text.new_letter,
        Origin::KeyServer => text.new_server,
    };
    let subject = Subject::of(words, &person, &standing);
    view! {
        <Note glyph=Glyph::Seal>
            <p>
                <b>{what}</b>
                " "
                {then}
            </p>
            <Acts name subject acts=Vec::new() checking />
        </Note>
    }
    .into_any()
}

/// That nothing leaves before the person has decided.
#[component]
pub(in crate::pages) fn KeyHeld(
    person: Person,
    doubt: KeyDoubt,
    standing: Standing,
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let words = use_words();
    let text = &words.trust;
    let name = say::person(words, &person);
    let (what, subject, acts) = match (doubt, &standing.other) {
        (KeyDoubt::OtherKey, Some(other)) => (
            (text.held_other)(&name, &day(words, other.since)),
            Subject::other_of(words, &person, &standing),
            vec![(text.use_new, Decision::Use), (text.keep_old, Decision::Refuse)],
        ),
        _ => {
            ((text.held_differs)(&name), Subject::of(words, &person, &standing), vec![(text.use_anyway, Decision::Use)])
        }
    };
    view! {
        <Note tone=Tone::Bad>
            <p>{what}</p>
            <Acts name subject acts checking />
        </Note>
    }
}

/// Comparing, and what can be decided without.
#[component]
fn Acts(
    name: String,
    /// The key that is decided about.
    subject: Option<Subject>,
    acts: Vec<(&'static str, Decision)>,
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let words = use_words();
    let correspondents = use_correspondents();
    let failed = RwSignal::new(None::<Failure>);
    let compare = (words.trust.compare)(&name);
    let subject = StoredValue::new(subject);
    let act = move |(label, decision): (&'static str, Decision)| {
        let decide = move |_| {
            let Some(Subject { address, fingerprint, .. }) = subject.get_value() else { return };
            spawn_local(async move {
                let told = correspondents.decide(&address, &fingerprint, decision).await;
                if told.is_ok() {
                    correspondents.judge_anew();
                }
                // The note is gone where it was decided.
                failed.try_set(told.err());
            });
        };
        view! {
            <button type="button" class="button" on:click=decide>
                {label}
            </button>
        }
    };
    view! {
        <div class="buttons">
            <button type="button" class="button" on:click=move |_| checking.set(subject.get_value())>
                {compare}
            </button>
            {acts.into_iter().map(act).collect_view()}
        </div>
        <span role="status">{move || failed.get().map(|failure| say::failure(words, &failure))}</span>
    }
}
