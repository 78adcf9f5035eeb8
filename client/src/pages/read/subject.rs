//! The subject of a letter: the first lines of one that is endless, and the rest behind a press.

use leptos::prelude::*;

use crate::ui::{say, use_words};

/// More characters than this are not shown at once: some four lines.
const LONG: usize = 240;

/// The subject.
#[component]
pub(super) fn Subject(
    /// As it came.
    subject: String,
) -> impl IntoView {
    let words = use_words();
    let text = &words.read;
    let subject = say::subject(words, &subject);
    let is_long = subject.chars().nth(LONG).is_some();
    let whole = RwSignal::new(!is_long);
    view! {
        <h2 class="subject" dir="auto" class:short=move || !whole.get() tabindex="-1">
            {subject}
        </h2>
        {is_long
            .then(|| {
                view! {
                    <button
                        type="button"
                        class="chip no-print rest"
                        aria-expanded=move || whole.get().to_string()
                        on:click=move |_| whole.update(|whole| *whole = !*whole)
                    >
                        {move || if whole.get() { text.subject_less } else { text.subject_more }}
                    </button>
                }
            })}
    }
}
