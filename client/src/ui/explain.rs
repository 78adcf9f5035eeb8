//! A chip that explains itself when it is pressed.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

use super::{Glyph, Icon};

/// A chip with an explanation behind it; closed by Escape, by leaving it and by a press elsewhere.
#[component]
pub fn Explain(
    /// The chip's class: `seal`, `link`, `open`, `warn`, `bad` or nothing.
    #[prop(into)]
    class: Signal<&'static str>,
    /// Its sign.
    #[prop(into)]
    glyph: Signal<Glyph>,
    /// Its words.
    #[prop(into)]
    label: Signal<String>,
    /// Whether the explanation opens upwards.
    #[prop(optional)]
    up: bool,
    /// The explanation.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let holder = NodeRef::<html::Span>::new();
    let children = StoredValue::new(children);
    let on_leave = move |event: leptos::ev::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        // The focus also leaves when all of this is taken out of the document, and its signals are gone.
        let holder = holder.try_get_untracked().flatten();
        let inside = holder.is_some_and(|holder| to.is_some() && holder.contains(to.as_ref()));
        if !inside {
            open.try_set(false);
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
        }
    };
    // Safari gives no focus to a button that is pressed; without it, leaving could not be noticed.
    let on_press = move |event: leptos::ev::MouseEvent| {
        open.update(|open| *open = !*open);
        if let Some(button) = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
            let _ = button.focus();
        }
    };
    view! {
        <span class="chip-holder" node_ref=holder on:focusout=on_leave on:keydown=on_key>
            <button
                type="button"
                class=move || format!("chip {}", class.get())
                aria-expanded=move || open.get().to_string()
                on:click=on_press
            >
                {move || view! { <Icon glyph=glyph.get() /> }}
                <span>{move || label.get()}</span>
            </button>
            {move || {
                open.get()
                    .then(|| {
                        view! {
                            <div class="explains" class:up=up role="note" tabindex="-1">
                                {children.with_value(|children| children())}
                            </div>
                        }
                    })
            }}
        </span>
    }
}
