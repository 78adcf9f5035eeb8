//! A letter as it came: saved as a file, and all of its header.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::MessageId;

use crate::platform::files;
use crate::state::reading::{Reading, use_reading};
use crate::state::undo::{Notice, Undo, use_undo};
use crate::ui::{Dialog, Note, Tone, use_words};
use crate::worker::protocol::reading::SourceView;

/// What can be done with a letter as it came.
#[derive(Clone, Copy)]
pub(super) struct Source {
    reading: Reading,
    undo: Undo,
    untitled: &'static str,
    /// Whose header is shown.
    shown: RwSignal<Option<SourceView>>,
}

/// What can be done with letters as they came.
pub(super) fn use_source() -> Source {
    let untitled = use_words().read.attachments_unnamed;
    Source { reading: use_reading(), undo: use_undo(), untitled, shown: RwSignal::new(None) }
}

impl Source {
    /// Saves it as a file.
    pub(super) fn save(self, message: MessageId) {
        // Whatever the letter says, what is saved is never taken for a page by the browser.
        self.fetch(message, |source| files::save(&source.name, "application/octet-stream", &source.bytes));
    }

    /// Shows its header.
    pub(super) fn show_header(self, message: MessageId) {
        let shown = self.shown;
        // The pane may be gone.
        self.fetch(message, move |source| drop(shown.try_set(Some(source))));
    }

    fn fetch(self, message: MessageId, done: impl FnOnce(SourceView) + 'static) {
        spawn_local(async move {
            match self.reading.source(message, self.untitled).await {
                Ok(source) => done(source),
                Err(failure) => self.undo.hint(Notice::Failed(failure)),
            }
        });
    }
}

/// The header, over the page.
#[component]
pub(super) fn Header(source: Source) -> impl IntoView {
    let words = use_words();
    let text = &words.read;
    let shown = source.shown;
    let open = Signal::derive(move || shown.with(Option::is_some));
    let header = move || {
        shown.get().map(|source| {
            view! {
                <pre class="header" tabindex="0">
                    {source.header}
                </pre>
                {source
                    .inside
                    .map(|inside| {
                        view! {
                            <h3>{text.headers_inside}</h3>
                            <pre class="header" tabindex="0">
                                {inside}
                            </pre>
                        }
                    })}
                {source.is_cut.then(|| view! { <Note tone=Tone::Warn>{text.headers_cut}</Note> })}
            }
        })
    };
    view! {
        <Dialog open on_close=move |()| shown.set(None) title=text.headers.to_owned() class="wide">
            {header}
        </Dialog>
    }
}
