//! Files that are dropped on the page. The browser would show them in place of it; here they go into the letter that is being written,
//! or begin one.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element};

use super::windows::Windows;
use crate::platform::files;
use crate::state::drafts::DraftKey;
use crate::ui::use_words;

/// Listens as long as the desk lives; says what would happen where that cannot be seen at a letter.
#[component]
pub(super) fn Dropping(windows: Windows) -> impl IntoView {
    let text = &use_words().write;
    // What is dragged from the page itself (a letter of the list, a picture) is no file of the person's.
    let is_own = StoredValue::new(false);
    let is_over = RwSignal::new(false);
    let leave = move || {
        is_over.set(false);
        windows.over.set(None);
    };
    let begun = window_event_listener(leptos::ev::dragstart, move |_| is_own.set_value(true));
    let ended = window_event_listener(leptos::ev::dragend, move |_| is_own.set_value(false));
    let over = window_event_listener(leptos::ev::dragover, move |event| {
        if !has_files(&event) || is_for_a_field(&event) {
            return;
        }
        event.prevent_default();
        if !is_own.get_value() {
            is_over.set(true);
            windows.over.set(windows.under(letter_at(&event)));
        }
    });
    let left = window_event_listener(leptos::ev::dragleave, move |event| {
        // To nowhere: out of the window.
        if event.related_target().is_none() {
            leave();
        }
    });
    let dropped = window_event_listener(leptos::ev::drop, move |event| {
        leave();
        // What was dragged from here may be gone before it can say that the dragging has ended.
        let was_own = is_own.get_value();
        is_own.set_value(false);
        if !has_files(&event) || is_for_a_field(&event) {
            return;
        }
        event.prevent_default();
        if was_own {
            return;
        }
        let files = event.data_transfer().map(|transfer| files::of_transfer(&transfer)).unwrap_or_default();
        if !files.is_empty() {
            windows.drop(letter_at(&event), files);
        }
    });
    on_cleanup(move || {
        begun.remove();
        ended.remove();
        over.remove();
        left.remove();
        dropped.remove();
    });
    move || {
        is_over.get().then(|| {
            let said = windows.over.get().is_none().then_some(text.drop_begins);
            view! {
                <p class="dropping" role="status">
                    {said}
                </p>
            }
        })
    }
}

fn has_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}

/// Whether it is over a field for files, which takes them itself.
fn is_for_a_field(event: &DragEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.matches("input[type=file]").unwrap_or(false))
}

/// The letter over whose window it is.
fn letter_at(event: &DragEvent) -> Option<DraftKey> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let id = target.closest(".writing").ok()??.id();
    id.strip_prefix("writing-")?.parse().ok().map(DraftKey)
}
