//! Choosing a passphrase: typed twice, judged in plain words, nothing but its length demanded.

use leptos::prelude::*;
use shared::api::limits::{PASSPHRASE_MAX_BYTES, PASSPHRASE_MIN_CHARS};

use crate::ui::meter::{Meter, judge};
use crate::ui::{Secret, dom, use_words};

/// The two fields and what is wrong with them.
#[derive(Clone, Copy, Default)]
pub struct Chosen {
    first: RwSignal<String>,
    second: RwSignal<String>,
    first_error: RwSignal<Option<String>>,
    second_error: RwSignal<Option<String>>,
}

impl Chosen {
    /// The passphrase, if both fields hold the same good one; else the fields say what is wrong.
    #[must_use]
    pub fn take(self) -> Option<String> {
        let words = use_words();
        let first = self.first.get_untracked();
        let error = if first.chars().count() < PASSPHRASE_MIN_CHARS {
            Some((words.failure.passphrase_too_short)(PASSPHRASE_MIN_CHARS))
        } else if first.len() > PASSPHRASE_MAX_BYTES {
            Some(words.failure.passphrase_too_long.to_owned())
        } else {
            None
        };
        let is_good = error.is_none();
        self.first_error.set(error);
        let is_same = self.second.with_untracked(|second| *second == first);
        self.second_error.set((is_good && !is_same).then(|| words.door.passphrases_differ.to_owned()));
        if !is_good {
            dom::focus_id("new-passphrase");
        } else if !is_same {
            dom::focus_id("passphrase-again");
        }
        (is_good && is_same).then_some(first)
    }

    /// Forgets what was typed.
    pub fn clear(self) {
        self.first.try_set(String::new());
        self.second.try_set(String::new());
    }
}

/// The two fields.
#[component]
pub fn ChoosePassphrase(
    /// What is typed.
    chosen: Chosen,
    /// The label of the first field.
    label: &'static str,
    /// What anybody knows of the person: name, address.
    #[prop(into)]
    known: Signal<Vec<String>>,
    /// Whether the first field has the focus from the start.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    let words = &use_words().door;
    let strength = Memo::new(move |_| {
        chosen.first.with(|typed| {
            let known = known.get();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            (!typed.is_empty()).then(|| judge(typed, &known))
        })
    });
    view! {
        <Secret
            id="new-passphrase"
            label=label
            hint=(words.passphrase_hint)(PASSPHRASE_MIN_CHARS)
            value=chosen.first
            error=chosen.first_error
            autocomplete="new-password"
            focused=focused
        >
            <Meter strength />
        </Secret>
        <Secret
            id="passphrase-again"
            label=words.passphrase_again
            value=chosen.second
            error=chosen.second_error
            autocomplete="new-password"
        />
    }
}
