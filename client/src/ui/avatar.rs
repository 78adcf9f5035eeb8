//! A face: the initials of somebody on a quiet tone that stays the same for the same person.

use leptos::prelude::*;

use crate::lang::initials::{initials, tone};

/// A face.
#[component]
pub fn Avatar(
    /// The person's name; may be empty.
    name: String,
    /// The person's address.
    address: String,
) -> impl IntoView {
    view! {
        <span class="avatar" data-tone=tone(&address).to_string() aria-hidden="true">
            {initials(&name, &address)}
        </span>
    }
}
