//! Whose mailbox it is, what opens it, and the ways out.

use leptos::prelude::*;

use super::access::{Access, AccessLines};
use super::name::NameLine;
use crate::state::session::use_session;
use crate::ui::{Glyph, Icon, Note, Tone, dom, use_words};

/// Whose mailbox it is, what opens it, and the ways out.
#[component]
pub(super) fn AccountChapter(access: Access) -> impl IntoView {
    let text = &use_words().settings;
    let session = use_session();
    let account = session.account();
    let done = move || {
        access.done.get().map(|done| {
            dom::focus_id("access-done");
            view! {
                <div id="access-done" tabindex="-1">
                    <Note tone=Tone::Good>{done}</Note>
                </div>
            }
        })
    };
    let who = move || account.get().map(|account| (text.account_is)(account.address.as_str()));
    view! {
        <section class="chapter">
            <h2>
                <Icon glyph=Glyph::Box />
                {text.account}
            </h2>
            <p>{who}</p>
            {done}
            <NameLine done=access.done />
            <AccessLines access />
            <div class="setting">
                <div>{text.lock} <small>{text.lock_what}</small></div>
                <button type="button" class="button" on:click=move |_| session.lock()>
                    <Icon glyph=Glyph::Lock />
                    {text.lock}
                </button>
            </div>
            <div class="setting">
                <div>{text.sign_out} <small>{text.sign_out_what}</small></div>
                <button type="button" class="button" on:click=move |_| session.sign_out()>
                    <Icon glyph=Glyph::Leave />
                    {text.sign_out}
                </button>
            </div>
        </section>
    }
}
