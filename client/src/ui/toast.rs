//! Toasts: what was just done, and the way back.

use leptos::prelude::*;

use super::{Glyph, Icon, dom, use_words};

/// The place where toasts appear; they are read aloud politely.
#[component]
pub fn Toasts(
    /// What the place is for, read aloud.
    label: &'static str,
    /// Told when somebody's pointer or focus is on a toast, and when it leaves.
    #[prop(into)]
    on_hold: Callback<bool>,
    /// The toasts.
    children: Children,
) -> impl IntoView {
    view! {
        <div
            class="toasts"
            role="status"
            aria-live="polite"
            aria-label=label
            // A finger leaves no place, so nothing would ever say that it did.
            on:pointerenter=move |event| {
                if event.pointer_type() == "mouse" {
                    on_hold.run(true);
                }
            }
            on:pointerleave=move |_| on_hold.run(false)
            on:focusin=move |event| {
                if dom::is_focus_visible(&event) {
                    on_hold.run(true);
                }
            }
            on:focusout=move |_| on_hold.run(false)
        >
            {children()}
        </div>
    }
}

/// One toast.
#[component]
pub fn Toast(
    /// What was done.
    #[prop(into)]
    text: Signal<String>,
    /// Whether it did not work.
    #[prop(optional)]
    bad: bool,
    /// The way back, where there is one.
    on_undo: Option<Callback<()>>,
    /// Takes the toast away.
    #[prop(into)]
    on_dismiss: Callback<()>,
) -> impl IntoView {
    let words = &use_words().general;
    let undo = on_undo.map(|undo| {
        view! {
            <button type="button" class="undo" on:click=move |_| undo.run(())>
                {words.undo}
            </button>
        }
    });
    view! {
        <div class="toast" class:bad=bad>
            <span>{text}</span>
            {undo}
            <button type="button" aria-label=words.close title=words.close on:click=move |_| on_dismiss.run(())>
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
}
