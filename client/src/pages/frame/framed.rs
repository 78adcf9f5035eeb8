//! The frame itself: what stands around the mail and the settings.

use leptos::prelude::*;
use shared::api::mailbox::MailboxRole;

use super::acts::{LIST, TAB_STOP};
use super::deeds::Deeds;
use super::dialogs::{DeleteDialog, MoveDialog};
use super::places::Places;
use super::top::Top;
use super::{keyboard, provide_frame, use_address};
use crate::pages::mail::Mail;
use crate::pages::piece::{Missed, use_pieces};
use crate::pages::place::{HOME, SETTINGS};
use crate::pages::route::{Route, use_router};
use crate::state::live::use_live;
use crate::state::mailboxes::use_mailboxes;
use crate::state::session::use_session;
use crate::state::settings::{Density, use_settings};
use crate::ui::layers::closes_on_back;
use crate::ui::{Glyph, Icon, LetterBones, dom, use_words};

/// The frame with what stands at the address.
#[component]
pub fn Framed() -> impl IntoView {
    let words = use_words();
    let settings = use_settings();
    let (frame, address) = (provide_frame(), use_address());
    keyboard::listen();
    closes_on_back(frame.places_open.into(), move || {
        frame.places_open.set(false);
        true
    });

    // The door had the focus, and is gone.
    if use_session().take_entered() {
        dom::focus_id("list");
    }
    let router = use_router();
    if let Some(link) = router.take_mail_link() {
        frame.windows.begin_from(&link);
    }
    let is_settings = Memo::new(move |_| router.route().get() == Route::Settings);
    let later = use_pieces().later;
    let bones = move || {
        view! {
            <main class="settings" id="list" tabindex="-1">
                <LetterBones label=words.general.loading />
            </main>
        }
        .into_any()
    };
    let page = move || {
        if is_settings.get() {
            later.shown(|later| later.settings, bones).into_any()
        } else {
            view! { <Mail /> }.into_any()
        }
    };
    // The address stays as it is.
    let skip = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        if !dom::take_focus(TAB_STOP) {
            dom::take_focus(LIST);
        }
    };
    let reading = move || address.message.get().is_some().then_some("");
    let choosing = move || frame.selection.is_some().then_some("");
    let open_search = move |_| dom::focus_id("search");
    let (is_mail, is_home) = (router.is_at("/mail"), router.is_at(HOME));
    // Who is there already wants to see what is new.
    let to_top = move |_| {
        if is_home().is_some() {
            dom::scroll_to_top(".list > .scroller");
        }
    };
    let inbox = use_mailboxes().with_role(MailboxRole::Inbox);
    let unseen = move || {
        let unseen = inbox.with(|inbox| inbox.as_ref().map_or(0, |inbox| inbox.unseen));
        let aloud = words.list.unread.say(words.language, usize::try_from(unseen).unwrap_or(usize::MAX));
        (unseen > 0).then(|| {
            view! {
                <b aria-hidden="true">{if unseen > 99 { "99+".to_owned() } else { unseen.to_string() }}</b>
                <span class="aloud">{aloud}</span>
            }
        })
    };
    view! {
        <div
            class="app"
            data-reading=reading
            data-choosing=choosing
            data-places=move || frame.places_open.get().then_some("")
            data-density=move || if settings.density().get() == Density::Compact { "compact" } else { "comfortable" }
        >
            <a class="skip" href=LIST on:click=skip>
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
                <a href=HOME aria-current=router.is_at(HOME) on:click=to_top>
                    <Icon glyph=Glyph::Inbox />
                    <span>{words.list.mail}</span>
                    {unseen}
                </a>
                <button type="button" on:click=open_search>
                    <Icon glyph=Glyph::Find />
                    <span>{words.shortcuts.search}</span>
                </button>
                <button
                    type="button"
                    aria-current=move || (is_mail().is_some() && is_home().is_none()).then_some("true")
                    aria-expanded=move || frame.places_open.get().to_string()
                    on:click=move |_| frame.places_open.update(|open| *open = !*open)
                >
                    <Icon glyph=Glyph::Folder />
                    <span>{words.list.places}</span>
                </button>
                <a href=SETTINGS aria-current=router.is_at(SETTINGS)>
                    <Icon glyph=Glyph::Gear />
                    <span>{words.list.settings}</span>
                </a>
            </nav>
            <button type="button" class="compose fab" on:click=move |_| frame.windows.begin(Vec::new())>
                <Icon glyph=Glyph::Pen />
                {words.list.write}
            </button>
        </div>
        {later.shown(|later| later.desk, || ().into_any())}
        <MoveDialog />
        <DeleteDialog />
        {later.shown(|later| later.keys, || ().into_any())}
        <Deeds />
    }
}

/// Says that the box does not answer, or that a part of the page does not come, while that lasts. What is written is kept in
/// the page meanwhile.
#[component]
fn Away() -> impl IntoView {
    let words = use_words();
    let connected = use_live().connected();
    let later = use_pieces().later;
    let glyph = || view! { <Icon glyph=Glyph::Retry /> };
    move || {
        if !connected.get() {
            view! {
                <p class="away" role="status">
                    {glyph()}
                    {words.general.away}
                </p>
            }
            .into_any()
        } else if later.is_missed() {
            view! {
                <div class="away" role="status">
                    {glyph()}
                    <Missed />
                </div>
            }
            .into_any()
        } else {
            ().into_any()
        }
    }
}
