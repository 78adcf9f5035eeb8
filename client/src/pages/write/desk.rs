//! The desk: where the letters being written lie.

use leptos::prelude::*;

use super::codes::Codes;
use super::dropping::Dropping;
use super::window::Window;
use super::windows::Windows;
use crate::state::drafts::{Draft, Saved, use_drafts};
use crate::ui::{Keyed, each};

/// The desk with its windows.
#[component]
pub fn Desk(
    /// How they stand.
    windows: Windows,
) -> impl IntoView {
    let drafts = use_drafts();
    let open = drafts.open();
    // The browser asks before a page with something unsaved is left.
    let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
        let is_safe = |draft: &Draft| {
            draft.coming.with_untracked(Vec::is_empty)
                && matches!(draft.saved.get_untracked(), Saved::Empty | Saved::At(_))
        };
        if !open.with_untracked(|open| open.iter().all(is_safe)) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
    let letters = move || {
        let one = |draft: Draft| Keyed::new(draft.key.0, move || view! { <Window draft windows /> });
        open.get().into_iter().map(one).collect()
    };
    view! {
        <div class="desk">
            {each(letters)}
        </div>
        <Dropping windows />
        <Codes />
    }
}
