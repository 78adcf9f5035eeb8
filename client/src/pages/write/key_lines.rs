//! What there is to say of the keys of those whom a letter is for, before it leaves.

use leptos::prelude::*;

use crate::pages::check::{KeyHeld, KeyNews, Subject, is_news};
use crate::platform::time;
use crate::state::drafts::Draft;
use crate::state::sending::{Way, use_sending};

/// Whose keys changed, and what to do.
#[component]
pub(super) fn KeyLines(
    /// The letter.
    draft: Draft,
    /// Whose key is to be checked.
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let sending = use_sending();
    let ways = sending.ways(draft);
    let line = move |(typed, way): (String, Way)| {
        let person = sending.person(draft, &typed);
        match way {
            Way::Ask(doubt, standing) => Some(view! { <KeyHeld person doubt standing checking /> }.into_any()),
            Way::Sealed(standing) if is_news(&standing, time::now()) => {
                Some(view! { <KeyNews person standing checking /> }.into_any())
            }
            _ => None,
        }
    };
    move || ways.get().into_iter().filter_map(line).collect_view()
}
