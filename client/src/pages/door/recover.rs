//! The forgotten passphrase: the words of the recovery sheet open the mailbox and a new passphrase is chosen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::EmailAddress;

use super::passphrase::{ChoosePassphrase, Chosen};
use super::recovery_sheet::RecoverySheet;
use super::sheet::Sheet;
use super::whole::whole;
use crate::pages::place::{HOME, SIGN_IN};
use crate::pages::route::use_router;
use crate::state::Failure;
use crate::state::session::use_session;
use crate::state::sheets::use_sheets;
use crate::ui::{Field, Note, Tone, dom, say, use_words};
use crate::worker::protocol::AskError;
use crate::worker::protocol::access::SecretText;

/// The forgotten passphrase.
#[component]
pub fn Recover() -> impl IntoView {
    let text = &use_words().door;
    let router = use_router();
    let opened = RwSignal::new(None::<(String, Vec<String>)>);
    let sheets = use_sheets();
    let on_kept = Callback::new(move |()| {
        if let Some((address, _)) = opened.get_untracked() {
            sheets.kept(&address);
        }
        router.go_instead(HOME);
    });
    move || match opened.get() {
        None => view! { <Form opened /> }.into_any(),
        Some((address, recovery_words)) => view! {
            <Sheet title=text.recovered wide=true>
                <p class="no-print">{text.recovered_what}</p>
                <RecoverySheet recovery_words address on_kept go=text.sheet_go />
            </Sheet>
        }
        .into_any(),
    }
}

/// Whether it is the words that are to be corrected.
fn is_about_words(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Worker(AskError::RecoveryWordCount(_) | AskError::RecoveryWord(_) | AskError::RecoveryChecksum)
    )
}

#[component]
fn Form(opened: RwSignal<Option<(String, Vec<String>)>>) -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let session = use_session();
    let sheets = use_sheets();
    // Where somebody is known, who is asking is known.
    let known = session.account().get_untracked().map(|account| account.address.to_string());
    let address = RwSignal::new(known.unwrap_or_default());
    let address_error = RwSignal::new(None::<String>);
    let typed = RwSignal::new(String::new());
    let typed_error = RwSignal::new(None::<String>);
    let chosen = Chosen::default();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);

    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let parsed = whole(&address.read_untracked()).parse::<EmailAddress>();
        address_error.set(parsed.is_err().then(|| text.address_wrong.to_owned()));
        let is_empty = typed.read_untracked().trim().is_empty();
        typed_error.set(is_empty.then(|| text.recover_words_missing.to_owned()));
        let Ok(parsed) = parsed else { return dom::focus_id("address") };
        if is_empty {
            return dom::focus_id("words");
        }
        let Some(passphrase) = chosen.take() else { return };
        failure.set(None);
        busy.set(true);
        let recovery = SecretText::from(typed.get_untracked());
        spawn_local(async move {
            let whose = parsed.to_string();
            let answer = session.recover(parsed, recovery, SecretText::from(passphrase), words.language).await;
            busy.try_set(false);
            match answer {
                Ok(new_words) => {
                    sheets.shown(&whose);
                    typed.try_set(String::new());
                    chosen.clear();
                    opened.try_set(Some((whose, new_words)));
                }
                Err(why) if is_about_words(&why) => {
                    typed_error.try_set(Some(say::failure(words, &why)));
                    dom::focus_id("words");
                }
                Err(why) => {
                    failure.try_set(Some(why));
                    dom::show_first(".note.bad");
                }
            }
        });
    };
    view! {
        <Sheet title=text.recover>
            <p>{text.recover_what}</p>
            <form on:submit=on_submit novalidate=true>
                <Field
                    id="address"
                    label=text.address
                    value=address
                    error=address_error
                    mode="email"
                    autocomplete="username"
                    focused=true
                />
                <div class="field">
                    <label for="words">{text.recover_words}</label>
                    <small id="words-hint">{text.recover_words_hint}</small>
                    <textarea
                        class="input"
                        id="words"
                        rows="3"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-describedby="words-hint words-error"
                        aria-invalid=move || typed_error.get().is_some().then_some("true")
                        bind:value=typed
                    />
                    <div class="error" id="words-error" aria-live="polite">
                        {move || typed_error.get()}
                    </div>
                </div>
                <ChoosePassphrase
                    chosen
                    label=text.recover_new
                    known=Signal::derive(move || vec![address.get()])
                />
                {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
                <button class="button main wide" prop:disabled=move || busy.get()>
                    {move || if busy.get() { text.recovering } else { text.recover_go }}
                </button>
            </form>
            <div class="aside">
                <a href=SIGN_IN>{text.remembered}</a>
            </div>
        </Sheet>
    }
}
