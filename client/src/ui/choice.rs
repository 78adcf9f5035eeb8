//! One of a few.

use leptos::prelude::*;

/// One of a few, all of them seen: radio buttons beside each other.
#[component]
pub fn Choice<T>(
    /// The name of the group, unique in the document.
    name: &'static str,
    /// What is chosen between, read aloud.
    label: &'static str,
    /// The values and their words.
    options: Vec<(T, String)>,
    /// The value that holds.
    #[prop(into)]
    value: Signal<T>,
    /// What happens when another is chosen.
    #[prop(into)]
    on_choose: Callback<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let one = move |(index, (option, words)): (usize, (T, String))| {
        view! {
            <label>
                <input
                    type="radio"
                    name=name
                    id=format!("{name}-{index}")
                    prop:checked=move || value.get() == option
                    on:change=move |_| on_choose.run(option)
                />
                {words}
            </label>
        }
    };
    view! {
        <div class="choice" role="radiogroup" aria-label=label>
            {options.into_iter().enumerate().map(one).collect_view()}
        </div>
    }
}
