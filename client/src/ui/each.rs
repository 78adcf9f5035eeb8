//! Lists whose entries stay in the document while others come and go.

use leptos::prelude::*;

/// An entry: what makes it another one, and what shows it, called only when it is new.
pub struct Keyed {
    key: String,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Keyed {
    /// An entry with this key.
    pub fn new<V: IntoView + 'static>(key: impl ToString, view: impl FnOnce() -> V + Send + 'static) -> Self {
        Self { key: key.to_string(), view: Box::new(move || view().into_any()) }
    }
}

/// Shows the entries in their order. One list for all kinds of entries: each kind of its own would cost 5 kB of the page.
pub fn each(entries: impl Fn() -> Vec<Keyed> + Send + Sync + 'static) -> AnyView {
    of_any(Box::new(entries))
}

fn of_any(entries: Box<dyn Fn() -> Vec<Keyed> + Send + Sync>) -> AnyView {
    view! { <For each=entries key=|entry| entry.key.clone() children=|entry: Keyed| (entry.view)() /> }.into_any()
}
