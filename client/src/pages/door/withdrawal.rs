//! The file that withdraws the account's key, to be kept beside the recovery sheet.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::platform::files;
use crate::state::session::use_session;
use crate::ui::{Glyph, Icon, Note, Tone, say, use_words};

/// The media type of an armored key (RFC 3156 §7).
const KEY_TYPE: &str = "application/pgp-keys";

/// Saves the file.
#[component]
pub fn WithdrawalButton(
    /// What stands on it.
    label: &'static str,
) -> impl IntoView {
    let words = use_words();
    let session = use_session();
    let failure = RwSignal::new(None);
    let save = move |_| {
        failure.set(None);
        let address = session.account().get_untracked().map(|account| account.address.to_string()).unwrap_or_default();
        spawn_local(async move {
            match session.withdrawal_file().await {
                Ok(file) => files::save(&(words.door.withdrawal_file)(&address), KEY_TYPE, &file),
                Err(why) => {
                    failure.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <button type="button" class="button" on:click=save>
            <Icon glyph=Glyph::Download />
            {label}
        </button>
        {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
    }
}
