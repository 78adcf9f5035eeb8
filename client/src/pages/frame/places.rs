//! The places: the mailboxes that every account has, and the person's own folders.

use leptos::prelude::*;
use shared::api::mailbox::{Mailbox, MailboxRole};

use super::folders::{Doing, FolderDialog};
use super::{ROLES, use_acts, use_address, use_frame};
use crate::lang::format;
use crate::pages::place::{Place, SETTINGS, role_glyph, role_name};
use crate::pages::route::use_router;
use crate::state::mailboxes::use_mailboxes;
use crate::ui::{Glyph, Icon, Item, Keyed, Menu, Tool, each, use_words};

/// The places, beside the list or, on narrow windows, as a drawer.
#[component]
pub(super) fn Places() -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let mailboxes = use_mailboxes();
    let doing = RwSignal::new(None::<Doing>);
    let own = move || {
        mailboxes.list().with(|all| all.iter().filter(|mailbox| mailbox.role.is_none()).cloned().collect::<Vec<_>>())
    };
    let role = move |role: MailboxRole| {
        let mailbox = mailboxes.with_role(role);
        view! {
            <PlaceLink
                place=Place::Role(role)
                glyph=role_glyph(role)
                name=role_name(words, role).to_owned()
                mailbox
            />
        }
    };
    // A folder that is renamed or whose counts change is drawn anew.
    let folders = move || {
        let key = |folder: &Mailbox| format!("{} {} {} {}", folder.id, folder.name, folder.total, folder.unseen);
        own()
            .into_iter()
            .map(|folder| Keyed::new(key(&folder), move || view! { <FolderLine folder doing /> }))
            .collect()
    };
    let write = move |_| {
        frame.places_open.set(false);
        frame.windows.begin(Vec::new());
    };
    view! {
        <nav class="nav" aria-label=words.list.places>
            <button type="button" class="compose" on:click=write>
                <Icon glyph=Glyph::Pen />
                {words.list.write}
            </button>
            {ROLES.into_iter().map(role).collect_view()}
            <h2>
                {words.list.folders}
                <Tool
                    glyph=Glyph::Plus
                    label=words.list.folder_new.to_owned()
                    on_press=move |_| doing.set(Some(Doing::Making))
                />
            </h2>
            {move || own().is_empty().then(|| view! { <p class="hint">{words.list.folder_none}</p> })}
            {each(folders)}
            <div class="foot">
                <a href=SETTINGS class="place" aria-current=use_router().is_at(SETTINGS)>
                    <Icon glyph=Glyph::Gear />
                    <span>{words.list.settings}</span>
                </a>
            </div>
        </nav>
        <FolderDialog doing />
    }
}

/// The link to a place, which messages can be dropped on.
#[component]
fn PlaceLink(
    place: Place,
    glyph: Glyph,
    name: String,
    mailbox: Memo<Option<Mailbox>>,
    /// How deep a folder lies in others.
    #[prop(optional)]
    depth: usize,
) -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let acts = use_acts();
    let address = use_address();
    let over = RwSignal::new(false);
    // Drafts and Sent say how many there are to finish, the others how many are not read.
    let count = Memo::new(move |_| {
        mailbox.with(|mailbox| {
            mailbox.as_ref().map_or(0, |mailbox| match mailbox.role {
                Some(MailboxRole::Drafts) => mailbox.total,
                Some(MailboxRole::Sent | MailboxRole::Trash | MailboxRole::Archive) => 0,
                _ => mailbox.unseen,
            })
        })
    });
    let can_take = move || !frame.dragged.with(Vec::is_empty) && address.place.get() != Some(place);
    let on_over = move |event: leptos::ev::DragEvent| {
        if can_take() {
            event.prevent_default();
            over.set(true);
        }
    };
    let on_drop = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        let messages = frame.dragged.get_untracked();
        frame.dragged.set(Vec::new());
        if let Some(mailbox) = mailbox.get_untracked() {
            acts.move_to(messages, mailbox.id);
        }
    };
    let current = move || (address.place.get() == Some(place)).then_some("page");
    let count = move || usize::try_from(count.get()).unwrap_or(usize::MAX);
    let aloud = move || {
        let count = count();
        (count > 0 && !place.is(MailboxRole::Drafts)).then(|| words.list.unread.say(words.language, count))
    };
    view! {
        <a
            class="place"
            class:over=move || over.get()
            href=place.path()
            aria-current=current
            style:padding-left=(depth > 0).then(|| format!("{}rem", 0.75 + depth as f64))
            on:click=move |_| frame.places_open.set(false)
            on:dragover=on_over
            on:dragleave=move |_| over.set(false)
            on:drop=on_drop
        >
            <Icon glyph />
            <span>{name}</span>
            {move || {
                (count() > 0).then(|| view! { <b aria-hidden="true">{format::number(words.language, count())}</b> })
            }}
            <span class="aloud">{aloud}</span>
        </a>
    }
}

/// A folder of the person's own, with its menu.
#[component]
fn FolderLine(folder: Mailbox, doing: RwSignal<Option<Doing>>) -> impl IntoView {
    let text = &use_words().list;
    let mailboxes = use_mailboxes();
    let (id, full) = (folder.id, folder.name.clone());
    let depth = full.matches('/').count();
    let name = full.rsplit('/').next().unwrap_or_default().to_owned();
    let mailbox = Memo::new(move |_| mailboxes.list().with(|all| Place::Folder(id).find(all).cloned()));
    let folder = StoredValue::new(folder);
    view! {
        <div class="place-line">
            <PlaceLink place=Place::Folder(id) glyph=Glyph::Folder name mailbox depth />
            <Menu glyph=Glyph::More label=(text.folder_menu)(&full)>
                <Item
                    glyph=Glyph::Pen
                    label=text.folder_rename
                    on_choose=move |()| doing.set(Some(Doing::Renaming(folder.get_value())))
                />
                <Item
                    glyph=Glyph::Trash
                    label=text.folder_remove
                    bad=true
                    on_choose=move |()| doing.set(Some(Doing::Removing(folder.get_value())))
                />
            </Menu>
        </div>
    }
}
