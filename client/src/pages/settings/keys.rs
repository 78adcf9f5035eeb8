//! The account's own keys: which there are, the file that withdraws the current one, a stolen one replaced, one brought in.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::own_key::KeyPlace;

use super::access::{Go, Present, PresentField, Trouble};
use crate::lang::format::{self, DateStyle};
use crate::pages::door::WithdrawalButton;
use crate::platform::files::{self, NamedFile};
use crate::state::Failure;
use crate::state::own_keys::use_own_keys;
use crate::ui::{Choice, Dialog, Glyph, Icon, Note, Secret, Tone, dom, say, use_words};
use crate::worker::protocol::AskError;
use crate::worker::protocol::access::SecretText;
use crate::worker::protocol::keys::{KeyFile, KeyStanding, KeyView};

/// What the file dialog of the browser offers first.
const KEY_FILES: &str = ".asc,.gpg,.pgp,.key";
/// Characters of a fingerprint that stand together.
const GROUP: usize = 4;

/// The account's own keys.
#[component]
pub(super) fn KeysChapter() -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let keys = use_own_keys();
    let failure = RwSignal::new(None::<Failure>);
    let (withdrawing, importing) = (RwSignal::new(false), RwSignal::new(false));
    let done = RwSignal::new(None::<&'static str>);
    spawn_local(async move {
        if let Err(why) = keys.load().await {
            failure.try_set(Some(why));
        }
    });
    let begin = move |open: RwSignal<bool>| {
        done.set(None);
        open.set(true);
    };
    let said = move || {
        done.get().map(|done| {
            dom::focus_id("keys-done");
            view! {
                <div id="keys-done" tabindex="-1">
                    <Note tone=Tone::Good>{done}</Note>
                </div>
            }
        })
    };
    let list = keys.list();
    let all = move || list.get().unwrap_or_default().into_iter().map(|key| view! { <KeyLine key /> }).collect_view();
    view! {
        <section class="chapter" id="keys">
            <h2>
                <Icon glyph=Glyph::Seal />
                {text.own_keys}
            </h2>
            <p>{text.own_keys_what}</p>
            {said}
            {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
            <ul class="devices">{all}</ul>
            <div class="setting">
                <div>{text.withdrawal} <small>{text.withdrawal_what}</small></div>
                <WithdrawalButton label=text.withdrawal_save />
            </div>
            <div class="setting">
                <div>{text.stolen} <small>{text.stolen_what}</small></div>
                <button type="button" class="button" on:click=move |_| begin(withdrawing)>
                    {text.stolen_go}
                </button>
            </div>
            <div class="setting">
                <div>{text.import} <small>{text.import_what}</small></div>
                <button type="button" class="button" on:click=move |_| begin(importing)>
                    {text.import_go}
                </button>
            </div>
        </section>
        <Dialog open=withdrawing on_close=move |()| withdrawing.set(false) title=text.stolen_dialog.to_owned()>
            <WithdrawForm open=withdrawing done />
        </Dialog>
        <Dialog open=importing on_close=move |()| importing.set(false) title=text.import_dialog.to_owned()>
            <ImportForm open=importing done />
        </Dialog>
    }
}

#[component]
fn KeyLine(key: KeyView) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let date = |at| format::date(words.language, at, DateStyle::DayAndYear);
    let what = match (key.standing, key.good_until) {
        (KeyStanding::Current, Some(end)) => (text.key_renewed)(&date(end)),
        (KeyStanding::Current, None) => text.key_endless.to_owned(),
        (KeyStanding::Retired, _) => text.key_retired.to_owned(),
        (KeyStanding::Withdrawn, _) => text.key_withdrawn.to_owned(),
    };
    let name = match key.standing {
        KeyStanding::Current => (text.key_current)(&date(key.created_at)),
        KeyStanding::Retired | KeyStanding::Withdrawn => (text.key_old)(&date(key.created_at)),
    };
    let glyph = if key.standing == KeyStanding::Current { Glyph::Seal } else { Glyph::Archive };
    view! {
        <li>
            <Icon glyph />
            <div>
                {name}
                <small>{what}</small>
                <small translate="no">{grouped(&key.fingerprint)}</small>
            </div>
        </li>
    }
}

/// A fingerprint as it is read aloud and compared.
fn grouped(fingerprint: &str) -> String {
    let letters: Vec<char> = fingerprint.chars().collect();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[component]
fn WithdrawForm(open: RwSignal<bool>, done: RwSignal<Option<&'static str>>) -> impl IntoView {
    let text = &use_words().settings;
    let keys = use_own_keys();
    let present = Present::default();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(typed) = present.take().filter(|_| !present.busy.get_untracked()) else { return };
        present.failure.set(None);
        present.busy.set(true);
        spawn_local(async move {
            let answer = keys.withdraw(typed).await;
            present.busy.try_set(false);
            match answer {
                Ok(()) => {
                    done.try_set(Some(text.stolen_done));
                    open.try_set(false);
                }
                Err(why) => present.refused(why, text.present_wrong),
            }
        });
    };
    view! {
        <p>{text.stolen_sure}</p>
        <p>{text.stolen_programs}</p>
        <form on:submit=on_submit novalidate=true>
            <PresentField present />
            <Trouble failure=present.failure perhaps=Signal::derive(|| false) />
            <Go busy=present.busy label=Signal::derive(move || text.stolen_withdraw) />
        </form>
    }
}

#[component]
fn ImportForm(open: RwSignal<bool>, done: RwSignal<Option<&'static str>>) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let keys = use_own_keys();
    let present = Present::default();
    let file = RwSignal::new(None::<NamedFile>);
    let (phrase, phrase_error) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let file_error = RwSignal::new(None::<String>);
    let place = RwSignal::new(KeyPlace::Retired);
    let choose = move |_| {
        spawn_local(async move {
            let Some(chosen) = files::pick(KEY_FILES).await.into_iter().next() else { return };
            match files::read(&chosen).await {
                Ok(read) => {
                    file_error.try_set(None);
                    file.try_set(Some(read));
                }
                Err(unreadable) => {
                    file_error.try_set(Some((words.write.attach_unreadable)(&unreadable.name)));
                }
            }
        });
    };
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if present.busy.get_untracked() {
            return;
        }
        let Some(NamedFile { bytes, .. }) = file.get_untracked() else {
            return file_error.set(Some(text.import_file_missing.to_owned()));
        };
        let Some(typed) = present.take() else { return };
        phrase_error.set(None);
        present.failure.set(None);
        present.busy.set(true);
        let key = KeyFile { bytes, passphrase: SecretText::from(phrase.get_untracked()), place: place.get_untracked() };
        spawn_local(async move {
            let becomes_mine = key.place == KeyPlace::Current;
            let answer = keys.import(key, typed).await;
            present.busy.try_set(false);
            match answer {
                Ok(()) => {
                    done.try_set(Some(if becomes_mine { text.import_done_current } else { text.import_done_retired }));
                    open.try_set(false);
                }
                Err(why @ Failure::Worker(AskError::Key(shared::access::KeyFlaw::Passphrase))) => {
                    phrase_error.try_set(Some(say::failure(words, &why)));
                    dom::focus_id("key-phrase");
                }
                Err(why) => present.refused(why, text.present_wrong),
            }
        });
    };
    let places =
        vec![(KeyPlace::Retired, text.import_retired.to_owned()), (KeyPlace::Current, text.import_current.to_owned())];
    let chosen = move || file.get().map_or_else(|| text.import_no_file.to_owned(), |file| file.name);
    view! {
        <form on:submit=on_submit novalidate=true>
            <div class="field">
                <div class="buttons">
                    <button type="button" class="button" id="key-file" aria-describedby="key-file-name" on:click=choose>
                        <Icon glyph=Glyph::File />
                        {text.import_choose}
                    </button>
                    <span id="key-file-name" role="status">
                        {chosen}
                    </span>
                </div>
                <div class="error" aria-live="polite">
                    {move || file_error.get().map(|why| view! { <Icon glyph=Glyph::Warning /> <span>{why}</span> })}
                </div>
            </div>
            <Secret
                id="key-phrase"
                label=text.import_phrase
                hint=text.import_phrase_hint
                value=phrase
                error=phrase_error
                autocomplete="off"
            />
            <div class="field">
                <strong aria-hidden="true">{text.import_place}</strong>
                <Choice
                    name="key-place"
                    label=text.import_place
                    options=places
                    value=place
                    on_choose=move |chosen| place.set(chosen)
                />
                <small>
                    {move || match place.get() {
                        KeyPlace::Retired => text.import_retired_what,
                        KeyPlace::Current => text.import_current_what,
                    }}
                </small>
            </div>
            <PresentField present />
            <Trouble failure=present.failure perhaps=Signal::derive(|| false) />
            <Go busy=present.busy label=Signal::derive(move || text.import_take) />
        </form>
    }
}
