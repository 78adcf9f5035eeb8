//! How far something is.

use leptos::prelude::*;

/// A line that fills; from 0 to 1, or `None` while nobody can know.
#[component]
pub fn Progress(
    /// How far.
    #[prop(into)]
    value: Signal<Option<f64>>,
    /// What goes on, read aloud.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let percent = move || value.get().map(|value| (value.clamp(0.0, 1.0) * 100.0).round());
    view! {
        <div
            class="progress"
            class:unknown=move || value.get().is_none()
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || percent().map(|percent| percent.to_string())
        >
            <i style:width=move || percent().map(|percent| format!("{percent}%")) />
        </div>
    }
}
