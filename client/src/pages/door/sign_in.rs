//! Signing in.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::EmailAddress;

use super::failure::{is_wrong, said};
use super::farewell::Farewell;
use super::sheet::Sheet;
use super::unlock::Unlock;
use super::whole::{remember, whole};
use crate::pages::place::{HOME, RECOVER};
use crate::pages::route::use_router;
use crate::state::Failure;
use crate::state::session::{Phase, use_session};
use crate::ui::{Field, Note, Secret, Tone, dom, use_words};
use crate::worker::protocol::access::SecretText;

/// Signing in; leads on to the mailbox as soon as it is open, and asks for the passphrase only where somebody is known.
#[component]
pub fn SignIn() -> impl IntoView {
    let session = use_session();
    let router = use_router();
    Effect::new(move || {
        if matches!(session.phase().get(), Phase::Open(_)) {
            router.go_instead(HOME);
        }
    });
    let locked = Memo::new(move |_| match session.phase().get() {
        Phase::Locked(account) => Some(account),
        _ => None,
    });
    move || match locked.get() {
        Some(account) => view! { <Unlock account /> }.into_any(),
        None => view! { <Form /> }.into_any(),
    }
}

#[component]
fn Form() -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let session = use_session();
    let address = RwSignal::new(String::new());
    let passphrase = RwSignal::new(String::new());
    let address_error = RwSignal::new(None::<String>);
    let passphrase_error = RwSignal::new(None::<String>);
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);

    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        failure.set(None);
        let typed = address.get_untracked();
        let is_missing = typed.trim().is_empty();
        address_error.set(is_missing.then(|| text.address_missing.to_owned()));
        let is_empty = passphrase.read_untracked().is_empty();
        passphrase_error.set(is_empty.then(|| text.passphrase_missing.to_owned()));
        if is_missing {
            return dom::focus_id("address");
        }
        if is_empty {
            return dom::focus_id("passphrase");
        }
        busy.set(true);
        let secret = SecretText::from(passphrase.get_untracked());
        spawn_local(async move {
            let Ok(parsed) = whole(session, &typed).await.parse::<EmailAddress>() else {
                busy.try_set(false);
                address_error.try_set(Some(text.address_wrong.to_owned()));
                return dom::focus_id("address");
            };
            let answer = session.sign_in(parsed.clone(), secret).await;
            // The page may have moved on to the mailbox, and the form be gone.
            busy.try_set(false);
            if answer.is_ok() {
                remember(&parsed);
            }
            if let Err(why) = answer {
                if is_wrong(&why) {
                    // It stays, so that one letter can be corrected.
                    dom::select_id("passphrase");
                }
                failure.try_set(Some(why));
            }
        });
    };
    view! {
        <Sheet title=text.sign_in>
            <p>{text.sign_in_what}</p>
            <Farewell />
            <form on:submit=on_submit novalidate=true>
                {move || {
                    failure
                        .get()
                        .map(|why| view! { <Note tone=Tone::Bad>{said(&why)}</Note> })
                }}
                <Field
                    id="address"
                    label=text.address
                    hint=text.address_hint
                    value=address
                    error=address_error
                    mode="email"
                    autocomplete="username"
                    focused=true
                />
                <Secret
                    id="passphrase"
                    label=text.passphrase
                    value=passphrase
                    error=passphrase_error
                    autocomplete="current-password"
                />
                <button class="button main wide" prop:disabled=move || busy.get()>
                    {move || if busy.get() { text.opening } else { text.open }}
                </button>
            </form>
            <div class="aside">
                <a href=RECOVER>{text.forgotten}</a>
                <p>{text.no_account}</p>
            </div>
        </Sheet>
    }
}
