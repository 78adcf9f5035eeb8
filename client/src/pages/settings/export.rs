//! The key file for Thunderbird, protected by a phrase of its own.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::limits::PASSPHRASE_MIN_CHARS;

use crate::platform::files;
use crate::state::Failure;
use crate::state::devices::use_devices;
use crate::state::session::use_session;
use crate::ui::meter::{Meter, judge};
use crate::ui::{Dialog, Glyph, Icon, Note, Secret, Tone, say, use_words};
use crate::worker::protocol::access::SecretText;

/// The media type of an armored key (RFC 3156 §7).
const KEY_TYPE: &str = "application/pgp-keys";

/// The key file.
#[component]
pub(super) fn ExportChapter() -> impl IntoView {
    let text = &use_words().settings;
    let open = RwSignal::new(false);
    let done = RwSignal::new(false);
    let begin = move |_| {
        done.set(false);
        open.set(true);
    };
    view! {
        <section class="chapter" id="export">
            <h2>
                <Icon glyph=Glyph::Lock />
                {text.export}
            </h2>
            <p>{text.export_what}</p>
            <p>{text.export_how}</p>
            {move || done.get().then(|| view! { <Note tone=Tone::Good>{text.exported}</Note> })}
            <button type="button" class="button" on:click=begin>
                <Icon glyph=Glyph::Download />
                {text.export_go}
            </button>
        </section>
        <Dialog open on_close=move |()| open.set(false) title=text.export_dialog.to_owned()>
            <ExportForm open done />
        </Dialog>
    }
}

#[component]
fn ExportForm(open: RwSignal<bool>, done: RwSignal<bool>) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let devices = use_devices();
    let account = use_session().account().get_untracked();
    let address = account.map(|account| account.address.to_string()).unwrap_or_default();
    let known = StoredValue::new(address.clone());
    let phrase = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let strength = Memo::new(move |_| {
        let known = known.get_value();
        phrase.with(|typed| (!typed.is_empty()).then(|| judge(typed, &[&known])))
    });
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = phrase.get_untracked();
        if typed.chars().count() < PASSPHRASE_MIN_CHARS {
            return error.set(Some((words.failure.passphrase_too_short)(PASSPHRASE_MIN_CHARS)));
        }
        error.set(None);
        failure.set(None);
        busy.set(true);
        let address = address.clone();
        spawn_local(async move {
            let answer = devices.export_key(SecretText::from(typed)).await;
            busy.try_set(false);
            match answer {
                Ok(file) => {
                    files::save(&(text.export_file)(&address), KEY_TYPE, &file);
                    phrase.try_set(String::new());
                    done.try_set(true);
                    open.try_set(false);
                }
                Err(why) => {
                    failure.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <p>{text.export_dialog_what}</p>
        <form on:submit=on_submit novalidate=true>
            <Secret
                id="export-phrase"
                label=text.export_passphrase
                hint=(words.door.passphrase_hint)(PASSPHRASE_MIN_CHARS)
                value=phrase
                error=error
                autocomplete="new-password"
                focused=true
            >
                <Meter strength />
            </Secret>
            {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
            <div class="buttons end" style="margin-top:var(--s-5)">
                <button class="button main" prop:disabled=move || busy.get()>
                    {move || if busy.get() { text.exporting } else { text.export_save }}
                </button>
            </div>
        </form>
    }
}
