//! The desk: where the letters being written lie.

use leptos::prelude::*;

use super::codes::Codes;
use super::dropping::Dropping;
use super::window::Window;
use super::windows::Windows;
use crate::state::drafts::{Draft, use_drafts};
use crate::state::session::use_session;
use crate::ui::{Keyed, each};

/// The desk with its windows.
#[component]
pub fn Desk(
    /// How they stand.
    windows: Windows,
) -> impl IntoView {
    let drafts = use_drafts();
    let open = drafts.open();
    let closing = use_session().closing();
    // The browser asks before a page with something unsaved is left.
    let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
        if drafts.would_lose() {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
    let letters = move || {
        let one = |draft: Draft| Keyed::new(draft.key.0, move || view! { <Window draft windows /> });
        open.get().into_iter().map(one).collect()
    };
    view! {
        // What is typed while the mailbox closes would be in nothing that is saved.
        <div class="desk" inert=move || closing.get()>
            {each(letters)}
        </div>
        <Dropping windows />
        <Codes />
    }
}
