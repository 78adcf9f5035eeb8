//! The forgotten passphrase: the words of the recovery sheet open the mailbox and a new passphrase is chosen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::EmailAddress;

use super::begun::{Last, Recovering, forgets_elsewhere, use_begun};
use super::failure::Failed;
use super::passphrase::ChoosePassphrase;
use super::recovery_sheet::RecoverySheet;
use super::sheet::Sheet;
use super::whole::whole;
use crate::pages::place::{HOME, SIGN_IN};
use crate::pages::route::{Route, use_router};
use crate::state::Failure;
use crate::state::session::{NotEnrolled, Perhaps, use_session};
use crate::state::sheets::use_sheets;
use crate::ui::{Field, dom, say, use_words};
use crate::worker::protocol::AskError;
use crate::worker::protocol::access::SecretText;

/// The forgotten passphrase.
#[component]
pub fn Recover() -> impl IntoView {
    let text = &use_words().door;
    let router = use_router();
    let recovering = use_begun().recovering;
    let opened = recovering.opened;
    let sheets = use_sheets();
    forgets_elsewhere(recovering.last, Route::Recover);
    let on_kept = Callback::new(move |()| {
        if let Some((address, _)) = opened.get_untracked() {
            sheets.kept(&address);
        }
        router.go_instead(HOME);
        recovering.forget();
    });
    move || match opened.get() {
        None => view! { <Form recovering /> }.into_any(),
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
fn Form(recovering: Recovering) -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let session = use_session();
    let sheets = use_sheets();
    let router = use_router();
    let Recovering { address, typed, last, opened } = recovering;
    let Last { chosen, busy, failure, perhaps } = last;
    // Where somebody is known, who is asking is known.
    if let Some(known) = session.account().get_untracked().filter(|_| address.read_untracked().is_empty()) {
        address.set(known.address.to_string());
    }
    let address_error = RwSignal::new(None::<String>);
    let typed_error = RwSignal::new(None::<String>);

    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let whose = address.get_untracked();
        let is_missing = whose.trim().is_empty();
        address_error.set(is_missing.then(|| text.address_missing.to_owned()));
        let is_empty = typed.read_untracked().trim().is_empty();
        typed_error.set(is_empty.then(|| text.recover_words_missing.to_owned()));
        if is_missing {
            return dom::focus_id("address");
        }
        if is_empty {
            return dom::focus_id("words");
        }
        let Some(passphrase) = chosen.take() else { return };
        failure.set(None);
        busy.set(true);
        let recovery = SecretText::from(typed.get_untracked());
        spawn_local(async move {
            let Ok(parsed) = whole(session, &whose).await.parse::<EmailAddress>() else {
                busy.set(false);
                address_error.try_set(Some(text.address_wrong.to_owned()));
                return dom::focus_id("address");
            };
            let whose = parsed.to_string();
            let passphrase = SecretText::from(passphrase);
            let maybe = Perhaps { address: parsed.clone(), passphrase: passphrase.clone(), language: words.language };
            // The page may end before the new words are shown, and the old ones are worth nothing then.
            let is_news = sheets.shown(&whose);
            let answer = session.recover(parsed, recovery, passphrase, words.language, perhaps.get_value()).await;
            busy.set(false);
            match answer {
                Ok(new_words) => {
                    perhaps.set_value(None);
                    typed.set(String::new());
                    chosen.clear();
                    match new_words {
                        Some(new_words) => opened.set(Some((whose, new_words))),
                        // There are none to show; the mailbox goes on reminding of that.
                        None => router.go_instead(HOME),
                    }
                }
                Err(not) => {
                    if not.perhaps {
                        perhaps.set_value(Some(maybe));
                    } else if is_news {
                        sheets.kept(&whose);
                    }
                    if is_about_words(&not.why) {
                        typed_error.try_set(Some(say::failure(words, &not.why)));
                        dom::focus_id("words");
                    } else {
                        failure.set(Some(not));
                        dom::show_first(".note.bad");
                    }
                }
            }
        });
    };
    view! {
        <Sheet title=text.recover>
            <p>{text.recover_what}</p>
            <form on:submit=on_submit novalidate=true>
                <div class="still" inert=move || failure.with(NotEnrolled::is_perhaps)>
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
                </div>
                <Failed failure perhaps=text.perhaps_recovered />
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
