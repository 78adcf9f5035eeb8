//! Fields to type into.

use leptos::prelude::*;

use super::{Glyph, Icon, Tool, dom, use_words};

/// A field with its label, a hint and what is wrong with it.
#[component]
pub fn Field(
    /// Its id, unique in the document.
    id: &'static str,
    /// What it is for.
    label: &'static str,
    /// What helps to fill it.
    #[prop(optional, into)]
    hint: String,
    /// The text.
    value: RwSignal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The kind of keyboard that a phone shows: `text` or `email`.
    #[prop(default = "text")]
    mode: &'static str,
    /// What browsers may fill in (HTML `autocomplete`).
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// What follows the text and cannot be changed, as `@home.test`.
    #[prop(optional, into)]
    suffix: String,
    /// Whether it has the focus from the start.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    let described = format!("{id}-hint {id}-error");
    if focused {
        dom::begin_at(id);
    }
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {(!hint.is_empty()).then(|| view! { <small id=format!("{id}-hint")>{hint}</small> })}
            <div class="joined">
                <input
                    class="input"
                    id=id
                    type="text"
                    inputmode=mode
                    autocomplete=autocomplete
                    autocapitalize=if mode == "email" { "none" } else { "sentences" }
                    spellcheck=if mode == "email" { "false" } else { "true" }
                    aria-describedby=described
                    aria-invalid=move || error.get().is_some().then_some("true")
                    bind:value=value
                />
                {(!suffix.is_empty()).then(|| view! { <span class="suffix">{suffix}</span> })}
            </div>
            <Wrong id error />
        </div>
    }
}

/// A field for a secret, with a button that shows what was typed.
#[component]
pub fn Secret(
    /// Its id, unique in the document.
    id: &'static str,
    /// What it is for.
    label: &'static str,
    /// What helps to fill it.
    #[prop(optional, into)]
    hint: String,
    /// The text.
    value: RwSignal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// `current-password` or `new-password`, for the browser's own keeper of passwords.
    autocomplete: &'static str,
    /// Whether it has the focus from the start.
    #[prop(optional)]
    focused: bool,
    /// What stands under it, as a meter.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let words = &use_words().general;
    let seen = RwSignal::new(false);
    let described = format!("{id}-hint {id}-error");
    if focused {
        dom::begin_at(id);
    }
    let toggle = Signal::derive(move || if seen.get() { words.hide_typed } else { words.show_typed }.to_owned());
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {(!hint.is_empty()).then(|| view! { <small id=format!("{id}-hint")>{hint}</small> })}
            <div class="joined">
                <input
                    class="input"
                    id=id
                    type=move || if seen.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=described
                    aria-invalid=move || error.get().is_some().then_some("true")
                    bind:value=value
                />
                {move || {
                    let glyph = if seen.get() { Glyph::EyeOff } else { Glyph::Eye };
                    view! { <Tool glyph label=toggle on_press=move |_| seen.update(|seen| *seen = !*seen) /> }
                }}
            </div>
            {children.map(|children| children())}
            <Wrong id error />
        </div>
    }
}

/// What is wrong with a field; the place is always there, so that it is read aloud when something comes into it.
#[component]
fn Wrong(id: &'static str, error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <div class="error" id=format!("{id}-error") aria-live="polite">
            {move || error.get().map(|error| view! { <Icon glyph=Glyph::Warning /> <span>{error}</span> })}
        </div>
    }
}
