//! Opening a mailbox that is locked on this device: somebody is known, only the passphrase is missing.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::failure::{is_wrong, said};
use super::farewell::Farewell;
use super::sheet::Sheet;
use crate::pages::place::RECOVER;
use crate::state::Failure;
use crate::state::session::{Account, use_session};
use crate::ui::{Avatar, Note, Secret, Tone, dom, use_words};
use crate::worker::protocol::access::SecretText;

/// Asks for the passphrase of who is known.
#[component]
pub fn Unlock(
    /// Who.
    account: Account,
) -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let session = use_session();
    let passphrase = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let address = StoredValue::new(account.address.clone());
    let called = match account.display_name.split_whitespace().next() {
        Some(first) => first.to_owned(),
        None => account.address.local_part().to_owned(),
    };

    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if passphrase.read_untracked().is_empty() {
            error.set(Some(text.passphrase_missing.to_owned()));
            return dom::focus_id("passphrase");
        }
        error.set(None);
        failure.set(None);
        busy.set(true);
        let secret = SecretText::from(passphrase.get_untracked());
        spawn_local(async move {
            let answer = session.sign_in(address.get_value(), secret).await;
            busy.try_set(false);
            if let Err(why) = answer {
                if is_wrong(&why) {
                    // It stays, so that one letter can be corrected.
                    error.try_set(Some(text.locked_wrong.to_owned()));
                    dom::select_id("passphrase");
                    return;
                }
                failure.try_set(Some(why));
            }
        });
    };
    view! {
        <Sheet title=(text.locked)(&called)>
            <p>{text.locked_what}</p>
            <Farewell />
            <form on:submit=on_submit novalidate=true>
                <div class="head">
                    <Avatar
                        name=account.display_name.clone()
                        address=account.address.to_string()
                    />
                    <div class="names">
                        <div class="name">{account.display_name.clone()}</div>
                        <div class="address">{account.address.to_string()}</div>
                    </div>
                </div>
                {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{said(&why)}</Note> })}
                // Keepers of passwords want to know whose it is.
                <input type="text" hidden=true autocomplete="username" value=account.address.to_string() readonly=true />
                <Secret
                    id="passphrase"
                    label=text.passphrase
                    value=passphrase
                    error=error
                    autocomplete="current-password"
                    focused=true
                />
                <button class="button main wide" prop:disabled=move || busy.get()>
                    {move || if busy.get() { text.opening } else { text.open }}
                </button>
            </form>
            <div class="aside">
                <a href=RECOVER>{text.forgotten}</a>
                <button type="button" class="language" on:click=move |_| session.sign_out()>
                    {text.other_account}
                </button>
            </div>
        </Sheet>
    }
}
