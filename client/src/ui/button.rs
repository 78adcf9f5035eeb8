//! A button that is only a sign.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::{Glyph, Icon};

/// A button that is only a sign; its label is read aloud and shown when the pointer rests on it.
#[component]
pub fn Tool(
    /// The sign.
    glyph: Glyph,
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// The key that does the same, for the hint.
    #[prop(optional)]
    key: &'static str,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// Whether it is pressed in, for a button that stays so.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Whether its menu is open, for a button that has one.
    #[prop(optional, into)]
    menu: Option<Signal<bool>>,
    /// Whether it cannot be used now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Whether the tabulator passes it over, because a group has one stop for all.
    #[prop(optional)]
    unreached: bool,
    /// What happens.
    #[prop(into)]
    on_press: Callback<MouseEvent>,
) -> impl IntoView {
    let hint = move || if key.is_empty() { label.get() } else { format!("{} ({key})", label.get()) };
    view! {
        <button
            type="button"
            class=format!("tool {class}")
            aria-label=move || label.get()
            title=hint
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            aria-haspopup=menu.map(|_| "menu")
            aria-expanded=move || menu.map(|open| open.get().to_string())
            prop:disabled=move || disabled.get()
            tabindex=unreached.then_some("-1")
            on:click=move |event| on_press.run(event)
        >
            <Icon glyph />
        </button>
    }
}
