//! Two people compare their keys: by the same words on both screens, or by fingerprints and a code.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::account::Language;
use shared::people::Decision;

use super::Subject;
use crate::lang;
use crate::state::Failure;
use crate::state::correspondents::use_correspondents;
use crate::ui::{Dialog, Note, QrCode, Tone, say, use_words};
use crate::worker::protocol::people::Compared;

/// The panel.
#[component]
pub(in crate::pages) fn CheckKey(
    /// Whose key; `None` while it is closed.
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let words = use_words();
    let correspondents = use_correspondents();
    let close = move |()| {
        checking.set(None);
        correspondents.judge_anew();
    };
    let open = Memo::new(move |_| checking.with(Option::is_some));
    let title = Signal::derive(move || {
        checking.with(|who| who.as_ref().map(|who| (words.trust.title)(&who.name)).unwrap_or_default())
    });
    view! {
        <Dialog open on_close=close title class="checks">
            {move || checking.get_untracked().map(|subject| view! { <Comparing subject /> })}
        </Dialog>
    }
}

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// The person compares.
    Comparing,
    /// What was said is being noted.
    Noting,
    Noted(Decision),
    Failed(Failure),
}

#[component]
fn Comparing(subject: Subject) -> impl IntoView {
    let words = use_words();
    let text = &words.trust;
    let correspondents = use_correspondents();
    let Subject { name, address, fingerprint, known } = subject;
    let compared = RwSignal::new(None::<Result<Compared, Failure>>);
    let state = RwSignal::new(State::Comparing);
    let asked = fingerprint.clone();
    spawn_local(async move {
        // The panel may have been closed meanwhile.
        compared.try_set(Some(correspondents.compare(asked).await));
    });
    let key = StoredValue::new((address, fingerprint.clone()));
    let decide = move |decision: Decision| {
        if state.get_untracked() == State::Noting {
            return;
        }
        state.set(State::Noting);
        spawn_local(async move {
            let (address, fingerprint) = key.get_value();
            let told = correspondents.decide(&address, &fingerprint, decision).await;
            state.try_set(told.map_or_else(State::Failed, |()| State::Noted(decision)));
        });
    };
    let (what, same_done, differ_done) =
        ((text.compare_what)(&name), (text.same_done)(&name), (text.differ_done)(&name));
    let other_what = (text.other_program_what)(&name);
    let theirs = (text.their_mark)(&name, &grouped(&fingerprint));
    let told = move || {
        let (tone, said) = match state.get() {
            State::Comparing | State::Noting => return None,
            State::Noted(Decision::Same) => (Tone::Good, same_done.clone()),
            State::Noted(_) => (Tone::Bad, differ_done.clone()),
            State::Failed(failure) => (Tone::Bad, say::failure(words, &failure)),
        };
        Some(view! { <Note tone>{said}</Note> })
    };
    let act = move || {
        let is_over = matches!(state.get(), State::Noted(_));
        (!is_over).then(|| {
            let busy = move || (state.get() == State::Noting).to_string();
            view! {
                <div class="buttons">
                    <button
                        type="button"
                        class="button main"
                        aria-disabled=busy
                        on:click=move |_| decide(Decision::Same)
                    >
                        {text.same}
                    </button>
                    <button type="button" class="button" aria-disabled=busy on:click=move |_| decide(Decision::Differs)>
                        {text.differ}
                    </button>
                </div>
            }
        })
    };
    let shown = move || match compared.get() {
        None => ().into_any(),
        Some(Err(failure)) => view! { <Note tone=Tone::Bad>{say::failure(words, &failure)}</Note> }.into_any(),
        Some(Ok(compared)) => {
            let (theirs, own) = (theirs.clone(), (text.own_mark)(&grouped(&compared.own)));
            view! {
                <Words compared=compared.clone() />
                {act}
                <details>
                    <summary>{text.other_program}</summary>
                    <p>{other_what.clone()}</p>
                    <p class="mark">{theirs}</p>
                    <p class="mark">{own}</p>
                    <QrCode text=compared.code.clone() label=text.code_label />
                </details>
            }
            .into_any()
        }
    };
    view! {
        <p>{what}</p>
        <p class="known">{known}</p>
        {shown}
        <div role="status">{told}</div>
    }
}

/// The words, in the page's language, or the other's: both must read the same.
#[component]
fn Words(compared: Compared) -> impl IntoView {
    let words = use_words();
    let text = &words.trust;
    let language = RwSignal::new(words.language);
    let other = move || match language.get() {
        Language::Fr => Language::En,
        Language::En => Language::Fr,
    };
    let list = move || {
        let language = language.get();
        let found = compared.words.iter().find(|(of, _)| *of == language).map(|(_, words)| words.clone());
        found.unwrap_or_default().into_iter().map(|word| view! { <li>{word}</li> }).collect_view()
    };
    view! {
        <ol class="compared" aria-label=text.words_label lang=move || lang::tag(language.get())>
            {list}
        </ol>
        <button type="button" class="button plain" on:click=move |_| language.set(other())>
            {move || match other() {
                Language::Fr => text.in_french,
                Language::En => text.in_english,
            }}
        </button>
    }
}

/// In groups that can be read to somebody on the telephone.
fn grouped(mark: &str) -> String {
    let digits: Vec<char> = mark.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
