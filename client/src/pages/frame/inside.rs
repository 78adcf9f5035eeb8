//! The frame itself: who is let in, and what stands around the mail and the settings.

use leptos::prelude::*;

use super::deeds::Deeds;
use super::dialogs::{DeleteDialog, MoveDialog};
use super::places::Places;
use super::sheet::KeySheet;
use super::top::Top;
use super::{keyboard, provide_frame, use_address};
use crate::pages::door::Unlock;
use crate::pages::mail::Mail;
use crate::pages::place::{HOME, SETTINGS, SIGN_IN};
use crate::pages::route::{Redirect, Route, use_router};
use crate::pages::settings::Settings;
use crate::pages::write::Desk;
use crate::state::live::use_live;
use crate::state::session::{Phase, use_session};
use crate::state::settings::{Density, use_settings};
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
        Door::Open => view! { <Framed /> }.into_any(),
    }
}

/// The frame's bones, until it is known who is there.
#[component]
fn Waiting() -> impl IntoView {
    let words = use_words();
    let trouble = use_session().trouble();
    let said = move || trouble.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> });
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
                <RowBones row=4.5 * dom::rem() label=words.general.loading />
            </main>
            <section class="read" />
        </div>
    }
}

#[component]
fn Framed() -> impl IntoView {
    let words = use_words();
    let settings = use_settings();
    let (frame, address) = (provide_frame(), use_address());
    keyboard::listen();

    let router = use_router();
    let is_settings = Memo::new(move |_| router.route().get() == Route::Settings);
    let page =
        move || if is_settings.get() { view! { <Settings /> }.into_any() } else { view! { <Mail /> }.into_any() };
    let reading = move || address.message.get().is_some().then_some("");
    let choosing = move || frame.selection.is_some().then_some("");
    let open_search = move |_| dom::focus_id("search");
    view! {
        <div
            class="app"
            data-reading=reading
            data-choosing=choosing
            data-places=move || frame.places_open.get().then_some("")
            data-density=move || if settings.density().get() == Density::Compact { "compact" } else { "comfortable" }
        >
            <a class="skip" href="#list">
                {words.general.skip_to_list}
            </a>
            <Top />
            <Away />
            <Places />
            <button
                type="button"
                class="veil"
                aria-label=words.general.close
                tabindex="-1"
                on:click=move |_| frame.places_open.set(false)
            />
            {page}
            <nav class="tabs" aria-label=words.list.menu>
                <a href=HOME aria-current=router.is_at("/mail")>
                    <Icon glyph=Glyph::Inbox />
                    {words.list.mail}
                </a>
                <button type="button" on:click=open_search>
                    <Icon glyph=Glyph::Find />
                    {words.shortcuts.search}
                </button>
                <button
                    type="button"
                    aria-expanded=move || frame.places_open.get().to_string()
                    on:click=move |_| frame.places_open.update(|open| *open = !*open)
                >
                    <Icon glyph=Glyph::Folder />
                    {words.list.places}
                </button>
                <a href=SETTINGS aria-current=router.is_at(SETTINGS)>
                    <Icon glyph=Glyph::Gear />
                    {words.list.settings}
                </a>
            </nav>
            <button type="button" class="compose fab" on:click=move |_| frame.windows.begin(Vec::new())>
                <Icon glyph=Glyph::Pen />
                {words.list.write}
            </button>
        </div>
        <Desk windows=frame.windows />
        <MoveDialog />
        <DeleteDialog />
        <KeySheet open=frame.keys_open />
        <Deeds />
    }
}

/// Says that the box does not answer, while that lasts. What is written is kept in the page meanwhile.
#[component]
fn Away() -> impl IntoView {
    let words = use_words();
    let connected = use_live().connected();
    move || {
        (!connected.get()).then(|| {
            view! {
                <p class="away" role="status">
                    <Icon glyph=Glyph::Retry />
                    {words.general.away}
                </p>
            }
        })
    }
}
