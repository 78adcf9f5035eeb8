//! Whether the box may ask a key server about the people one writes to. Shown where the box's owner has let it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::account::KeyServerUse;

use crate::state::Failure;
use crate::state::correspondents::use_correspondents;
use crate::state::session::use_session;
use crate::ui::{Choice, Glyph, Icon, Note, Tone, say, use_words};

/// What is asked, of whom, what that one learns, and the choice.
#[component]
pub(super) fn ServerChapter() -> impl IntoView {
    let account = use_session().account();
    let host = Memo::new(move |_| account.with(|account| Some(account.as_ref()?.key_server.as_ref()?.host.clone())));
    move || host.get().map(|host| view! { <Chapter host /> })
}

#[component]
fn Chapter(host: String) -> impl IntoView {
    let words = use_words();
    let text = &words.trust;
    let (account, correspondents) = (use_session().account(), use_correspondents());
    let failure = RwSignal::new(None::<Failure>);
    // What was chosen holds here while the box is told; where that fails, what was before shows again.
    let telling = RwSignal::new(None::<bool>);
    let agreed = move || account.with(|account| Some(account.as_ref()?.key_server.as_ref()?.is_agreed));
    let chosen = Signal::derive(move || telling.get().or_else(agreed).unwrap_or_default());
    let (what, learn) = ((text.servers_what)(&host), (text.servers_learn)(&host));
    let choose = move |is_agreed: bool| {
        telling.set(Some(is_agreed));
        failure.set(None);
        let server = KeyServerUse { host: host.clone(), is_agreed };
        spawn_local(async move {
            let told = correspondents.agree(server).await.err();
            telling.try_set(None);
            failure.try_set(told);
        });
    };
    view! {
        <section class="chapter" id="key-server-chapter">
            <h2>
                <Icon glyph=Glyph::People />
                {text.servers}
            </h2>
            <p>{what}</p>
            <p>{learn}</p>
            {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
            <div class="setting">
                <div>{text.servers_choice} <small>{text.servers_worth}</small></div>
                <Choice
                    name="key-server"
                    label=text.servers_choice
                    options=vec![(false, text.servers_do_not.to_owned()), (true, text.servers_ask.to_owned())]
                    value=chosen
                    on_choose=choose
                />
            </div>
        </section>
    }
}
