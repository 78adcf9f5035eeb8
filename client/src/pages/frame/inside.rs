//! Who is let in.

use leptos::prelude::*;

use crate::pages::door::Unlock;
use crate::pages::piece::{Missed, use_pieces};
use crate::pages::place::SIGN_IN;
use crate::pages::route::Redirect;
use crate::state::session::{Phase, use_session};
use crate::ui::{Glyph, Icon, Note, RowBones, Tone, dom, say, use_words};

/// Lets in whom the mailbox is open for; the others are sent to the door.
#[component]
pub fn Inside() -> impl IntoView {
    /// What decides about the door; an account whose name changes is still the same.
    #[derive(Clone, PartialEq)]
    enum Door {
        Waiting,
        Out,
        Locked,
        Open,
    }
    let session = use_session();
    let mail = use_pieces().mail;
    let door = Memo::new(move |_| match session.phase().get() {
        Phase::Starting => Door::Waiting,
        Phase::SignedOut => Door::Out,
        Phase::Locked(_) => Door::Locked,
        Phase::Open(_) => Door::Open,
    });
    move || match door.get() {
        Door::Waiting => view! { <Waiting /> }.into_any(),
        Door::Out => view! { <Redirect to=SIGN_IN /> }.into_any(),
        Door::Locked => match session.account().get_untracked() {
            Some(account) => view! { <Unlock account /> }.into_any(),
            None => view! { <Redirect to=SIGN_IN /> }.into_any(),
        },
        Door::Open => match mail.here() {
            Some(mail) => (mail.frame)(),
            None => view! { <Waiting /> }.into_any(),
        },
    }
}

/// The frame's bones, until it is known who is there and what stands behind the door is here.
#[component]
fn Waiting() -> impl IntoView {
    let words = use_words();
    let trouble = use_session().trouble();
    let said = move || trouble.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> });
    let mail = use_pieces().mail;
    let missed = move || {
        mail.is_missed().then(|| {
            view! {
                <Note tone=Tone::Bad>
                    <Missed />
                </Note>
            }
        })
    };
    view! {
        <div class="app">
            <header class="top">
                <span class="brand">
                    <Icon glyph=Glyph::Box />
                    <span>{words.general.product}</span>
                </span>
            </header>
            <nav class="nav" />
            <main class="list">
                <div class="bar" />
                {said}
                {missed}
                <RowBones row=4.5 * dom::rem() label=words.general.loading />
            </main>
            <section class="read" />
        </div>
    }
}
