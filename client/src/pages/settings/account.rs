//! Whose mailbox it is, and the ways out.

use leptos::prelude::*;

use crate::state::session::use_session;
use crate::ui::{Glyph, Icon, use_words};

/// Whose mailbox it is, and the ways out.
#[component]
pub(super) fn AccountChapter() -> impl IntoView {
    let text = &use_words().settings;
    let session = use_session();
    let account = session.account();
    let who = move || account.get().map(|account| (text.account_is)(account.address.as_str()));
    view! {
        <section class="chapter">
            <h2>
                <Icon glyph=Glyph::Box />
                {text.account}
            </h2>
            <p>{who}</p>
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
