//! All attachments of a letter as one file: of many files that are saved at once browsers drop some.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::Timestamp;

use crate::platform::{files, time};
use crate::state::Failure;
use crate::state::reading::use_reading;
use crate::ui::{Note, Progress, Tone, say, use_words};
use crate::worker::protocol::packing::PackFiles;
use crate::worker::protocol::writing::Enclosure;

/// Longest name of the file, characters, without its ending; what a name may not hold the browser takes out.
const NAME_CHARS: usize = 100;

/// What saves all attachments of a letter that has this subject and this date; pressed again, it saves nothing.
pub(super) fn save_all(attachments: Vec<Enclosure>, subject: &str, at: Timestamp) -> AnyView {
    let words = use_words();
    let text = &words.read;
    let reading = use_reading();
    let title = if subject.trim().is_empty() { text.attachments_unnamed } else { subject };
    let title = title.chars().take(NAME_CHARS).collect::<String>();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let press = move |_| {
        failure.set(None);
        busy.update(|busy| *busy = !*busy);
        if !busy.get_untracked() {
            return;
        }
        let ask = PackFiles { files: attachments.clone(), at: time::local(at) };
        let title = format!("{title}.zip");
        spawn_local(async move {
            let packed = reading.pack(ask).await;
            // Pressed again, or the letter is not shown any more.
            if busy.try_get_untracked() != Some(true) {
                return;
            }
            busy.set(false);
            match packed {
                Ok(packed) => files::save(&title, "application/zip", &packed),
                Err(why) => failure.set(Some(why)),
            }
        });
    };
    view! {
        <button type="button" class="chip no-print" on:click=press>
            {move || if busy.get() { words.general.cancel } else { text.attachment_all }}
        </button>
        {move || busy.get().then(|| view! { <Progress value=Signal::stored(None) label=text.attachments_packing /> })}
        {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
    }
    .into_any()
}
