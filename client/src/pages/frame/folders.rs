//! Making, renaming and removing folders.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::Mailbox;

use super::{INBOX, use_acts, use_address};
use crate::pages::place::Place;
use crate::state::mailboxes::use_mailboxes;
use crate::state::messages::use_messages;
use crate::state::undo::{Notice, use_undo};
use crate::ui::{Dialog, Field, say, use_words};

/// What is being done to a folder.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Doing {
    /// Making one.
    Making,
    /// Giving one another name.
    Renaming(Mailbox),
    /// Removing one.
    Removing(Mailbox),
}

/// The dialog about a folder, open while something is being done to one.
#[component]
pub(super) fn FolderDialog(doing: RwSignal<Option<Doing>>) -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let open = Signal::derive(move || doing.with(Option::is_some));
    let close = Callback::new(move |()| doing.set(None));
    let title = Signal::derive(move || match doing.get() {
        None | Some(Doing::Making) => text.folder_new.to_owned(),
        Some(Doing::Renaming(_)) => text.folder_rename.to_owned(),
        Some(Doing::Removing(mailbox)) => (text.folder_remove_sure)(&mailbox.name),
    });
    view! {
        <Dialog open on_close=close title>
            {move || match doing.get_untracked() {
                None => ().into_any(),
                Some(Doing::Making) => view! { <Named folder=None close /> }.into_any(),
                Some(Doing::Renaming(mailbox)) => view! { <Named folder=Some(mailbox) close /> }.into_any(),
                Some(Doing::Removing(mailbox)) => view! { <Removed folder=mailbox close /> }.into_any(),
            }}
        </Dialog>
    }
}

/// The form for a folder's name.
#[component]
fn Named(folder: Option<Mailbox>, close: Callback<()>) -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let mailboxes = use_mailboxes();
    let undo = use_undo();
    let is_new = folder.is_none();
    let name = RwSignal::new(folder.as_ref().map(|folder| folder.name.clone()).unwrap_or_default());
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let before = folder.map(|folder| (folder.id, folder.name));
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // Spaces beside a slash would belong to the names on both sides of it.
        let typed = name.get_untracked();
        let levels = typed.split('/').map(str::trim).filter(|level| !level.is_empty());
        let typed = levels.collect::<Vec<_>>().join("/");
        if typed.is_empty() {
            return error.set(Some(text.folder_name_missing.to_owned()));
        }
        busy.set(true);
        let before = before.clone();
        spawn_local(async move {
            let answer = match &before {
                Some((id, _)) => mailboxes.rename(*id, typed.clone()).await,
                None => mailboxes.create(typed.clone()).await,
            };
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    if let Some((_, from)) = before.filter(|(_, from)| *from != typed) {
                        undo.tell(Notice::FolderRenamed { from, to: typed });
                    }
                    close.run(());
                }
                Err(failure) => {
                    error.try_set(Some(say::failure(words, &failure)));
                }
            }
        });
    };
    view! {
        <form on:submit=on_submit novalidate=true>
            <Field
                id="folder-name"
                label=text.folder_name
                hint=text.folder_name_hint
                value=name
                error=error
                focused=true
            />
            <div class="buttons end" style="margin-top:var(--s-5)">
                <button type="button" class="button" on:click=move |_| close.run(())>
                    {words.general.cancel}
                </button>
                <button class="button main" prop:disabled=move || busy.get()>
                    {if is_new { text.folder_make } else { text.folder_rename }}
                </button>
            </div>
        </form>
    }
}

/// The question before a folder goes: what goes with it, and where to.
#[component]
fn Removed(folder: Mailbox, close: Callback<()>) -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let messages = use_messages();
    let acts = use_acts();
    let address = use_address();
    let beginning = format!("{}/", folder.name);
    let (below, ids, total) = use_mailboxes().list().with_untracked(|all| {
        let below: Vec<&Mailbox> = all.iter().filter(|other| other.name.starts_with(&beginning)).collect();
        let name = |other: &&Mailbox| (words.general.quoted)(other.name.trim_start_matches(&beginning));
        let ids: Vec<_> = below.iter().map(|other| other.id).chain([folder.id]).collect();
        let total = below.iter().map(|other| other.total).sum::<u32>().saturating_add(folder.total);
        (below.iter().map(name).collect::<Vec<_>>(), ids, usize::try_from(total).unwrap_or(usize::MAX))
    });
    let remove = move |_| {
        if matches!(address.place.get_untracked(), Some(Place::Folder(open)) if ids.contains(&open)) {
            acts.go_instead(&INBOX.path());
        }
        messages.remove_folder(&folder);
        close.run(());
    };
    view! {
        {(!below.is_empty()).then(|| view! { <p>{(text.folder_remove_below)(&say::and(words, &below), below.len())}</p> })}
        {(total > 0).then(|| view! { <p>{text.folder_remove_what.say(words.language, total)}</p> })}
        <div class="buttons end">
            <button type="button" class="button" autofocus=true on:click=move |_| close.run(())>
                {words.general.cancel}
            </button>
            <button type="button" class="button danger" on:click=remove>
                {text.folder_remove}
            </button>
        </div>
    }
}
