//! The person's name, as others see it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::limits::DISPLAY_NAME_CHARS;

use crate::state::session::use_session;
use crate::ui::{Dialog, Field, say, use_words};

/// The line with the name, and the dialog that changes it.
#[component]
pub(super) fn NameLine(
    /// Told what was done.
    done: RwSignal<Option<&'static str>>,
) -> impl IntoView {
    let text = &use_words().settings;
    let account = use_session().account();
    let changing = RwSignal::new(false);
    let name = move || account.get().map(|account| account.display_name).unwrap_or_default();
    let shown = move || match name() {
        empty if empty.is_empty() => text.name_none.to_owned(),
        name => name,
    };
    view! {
        <div class="setting">
            <div>{text.name} <small>{shown}</small></div>
            <button type="button" class="button" on:click=move |_| changing.set(true)>
                {text.name_change}
            </button>
        </div>
        <Dialog open=changing on_close=move |()| changing.set(false) title=text.name_dialog.to_owned()>
            <NameForm changing done />
        </Dialog>
    }
}

#[component]
fn NameForm(changing: RwSignal<bool>, done: RwSignal<Option<&'static str>>) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let session = use_session();
    let before = session.account().get_untracked().map(|account| account.display_name).unwrap_or_default();
    let name = RwSignal::new(before);
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked().trim().to_owned();
        if busy.get_untracked() {
            return;
        }
        if typed.chars().count() > DISPLAY_NAME_CHARS {
            return error.set(Some((text.name_too_long)(DISPLAY_NAME_CHARS)));
        }
        error.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = session.rename(typed).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    done.try_set(Some(text.name_changed));
                    changing.try_set(false);
                }
                Err(why) => {
                    error.try_set(Some(say::failure(words, &why)));
                }
            }
        });
    };
    view! {
        <form on:submit=on_submit novalidate=true>
            <Field
                id="display-name"
                label=text.name
                hint=text.name_what
                value=name
                error=error
                autocomplete="name"
                focused=true
            />
            <div class="buttons end" style="margin-top:var(--s-5)">
                <button type="button" class="button" on:click=move |_| changing.set(false)>
                    {words.general.cancel}
                </button>
                <button class="button main" prop:disabled=move || busy.get()>
                    {text.name_go}
                </button>
            </div>
        </form>
    }
}
