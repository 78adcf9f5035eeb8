//! What surrounds everything behind the door: the bar with the search, the places, the keyboard, the toasts, the letters
//! being written.
//!
//! Invariants: behind this frame the account is open, in front of it nothing of the mail is shown; keys that act never fire
//! while somebody types or a dialog is open.

mod acts;
mod address;
mod command;
mod deeds;
mod dialogs;
mod folders;
mod keyboard;
mod places;
mod sheet;
mod top;

pub use acts::{Acts, use_acts};
pub use address::{Address, use_address};

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::api::mailbox::{MailboxId, MailboxRole, MessageId};

use super::door::Unlock;
use super::mail::{Mail, Selection, Shown};
use super::place::{HOME, Place, SETTINGS, SIGN_IN};
use super::route::{Redirect, Route, use_router};
use super::settings::Settings;
use super::write::{Desk, Windows};
use crate::state::session::{Phase, use_session};
use crate::state::settings::{Density, use_settings};
use crate::ui::{Glyph, Icon, RowBones, dom, use_words};

/// What the parts of the frame and the pages in it share.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Whether the places are open as a drawer, on narrow windows.
    pub places_open: RwSignal<bool>,
    /// Whether the keyboard sheet is open.
    pub keys_open: RwSignal<bool>,
    /// The messages that the dialog "move to" is open for.
    pub moving: RwSignal<Vec<MessageId>>,
    /// The messages that the question "delete for ever?" is open for.
    pub deleting: RwSignal<Vec<MessageId>>,
    /// The messages that are being dragged.
    pub dragged: RwSignal<Vec<MessageId>>,
    /// The row that the keyboard is at.
    pub cursor: RwSignal<Option<MessageId>>,
    /// Where the list of each mailbox was left, CSS pixels from its beginning.
    pub places_scrolled: StoredValue<BTreeMap<MailboxId, f64>>,
    /// What is selected.
    pub selection: Selection,
    /// What the list shows.
    pub shown: Shown,
    /// The windows of the letters being written.
    pub windows: Windows,
}

/// What the parts of the frame share.
#[must_use]
pub fn use_frame() -> Frame {
    expect_context()
}

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
    let selection = Selection::new();
    let address = address::provide_address();
    let frame = Frame {
        places_open: RwSignal::new(false),
        keys_open: RwSignal::new(false),
        moving: RwSignal::default(),
        deleting: RwSignal::default(),
        dragged: RwSignal::default(),
        cursor: RwSignal::default(),
        places_scrolled: StoredValue::default(),
        selection,
        shown: Shown::new(address.message),
        windows: Windows::new(),
    };
    provide_context(frame);
    acts::provide_acts(frame, address);
    keyboard::listen();

    let router = use_router();
    let is_settings = Memo::new(move |_| router.route().get() == Route::Settings);
    let page =
        move || if is_settings.get() { view! { <Settings /> }.into_any() } else { view! { <Mail /> }.into_any() };
    let reading = move || address.message.get().is_some().then_some("");
    let choosing = move || selection.is_some().then_some("");
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
            <top::Top />
            <places::Places />
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
        <Desk />
        <dialogs::MoveDialog />
        <dialogs::DeleteDialog />
        <sheet::KeySheet open=frame.keys_open />
        <deeds::Deeds />
    }
}

/// The places in the order in which they are shown, as far as every account has them.
pub(super) const ROLES: [MailboxRole; 6] = [
    MailboxRole::Inbox,
    MailboxRole::Drafts,
    MailboxRole::Sent,
    MailboxRole::Archive,
    MailboxRole::Junk,
    MailboxRole::Trash,
];

/// The inbox.
pub(super) const INBOX: Place = Place::Role(MailboxRole::Inbox);
