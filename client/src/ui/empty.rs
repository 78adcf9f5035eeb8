//! A place with nothing in it, and what it is for.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// A place with nothing in it.
#[component]
pub fn Empty(
    /// Its sign.
    glyph: Glyph,
    /// That it is empty, in a friendly way.
    #[prop(into)]
    title: String,
    /// What would be here, and how.
    #[prop(into)]
    text: String,
    /// What can be done now.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon glyph />
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}
