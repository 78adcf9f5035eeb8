//! The questions about messages: where to move them, and whether to delete them for ever.

use leptos::prelude::*;
use shared::api::mailbox::{Mailbox, MailboxRole};

use super::{use_acts, use_address, use_frame};
use crate::lang::fold;
use crate::pages::place::{mailbox_glyph, mailbox_name};
use crate::state::mailboxes::use_mailboxes;
use crate::ui::{Dialog, Icon, dom, use_words};

/// Where to?
#[component]
pub(super) fn MoveDialog() -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let open = Signal::derive(move || frame.moving.with(|moving| !moving.is_empty()));
    view! {
        <Dialog open on_close=move |()| frame.moving.set(Vec::new()) title=words.list.move_where.to_owned()>
            <MoveList />
        </Dialog>
    }
}

#[component]
fn MoveList() -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let acts = use_acts();
    let here = use_address().mailbox;
    let mailboxes = use_mailboxes();
    let sought = RwSignal::new(String::new());
    let found = move || {
        let sought = fold(&sought.get());
        let here = here.get_untracked().map(|mailbox| mailbox.id);
        let fits = |mailbox: &&Mailbox| {
            let can_hold = !matches!(mailbox.role, Some(MailboxRole::Drafts | MailboxRole::Sent));
            can_hold && Some(mailbox.id) != here && fold(&mailbox_name(words, mailbox)).contains(&sought)
        };
        mailboxes.list().with(|all| all.iter().filter(fits).cloned().collect::<Vec<_>>())
    };
    let choose = move |mailbox: &Mailbox| {
        acts.move_to(frame.moving.get_untracked(), mailbox.id);
        frame.moving.set(Vec::new());
    };
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(first) = found().first() {
            choose(first);
        }
    };
    let list = NodeRef::<leptos::html::Div>::new();
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if let Some(list) = list.get_untracked()
            && matches!(event.key().as_str(), "ArrowDown" | "ArrowUp")
        {
            dom::roam(&event, &list, "button");
        }
    };
    let one = move |mailbox: Mailbox| {
        let (glyph, name) = (mailbox_glyph(&mailbox), mailbox_name(words, &mailbox));
        view! {
            <button type="button" class="item" on:click=move |_| choose(&mailbox)>
                <Icon glyph />
                {name}
            </button>
        }
    };
    view! {
        <form on:submit=on_submit on:keydown=on_key>
            <input
                class="input"
                type="search"
                autofocus=true
                aria-label=words.list.move_find
                placeholder=words.list.move_find
                bind:value=sought
            />
            <div node_ref=list style="margin-top:var(--s-2)">
                {move || found().into_iter().map(one).collect_view()}
            </div>
        </form>
    }
}

/// Delete for ever?
#[component]
pub(super) fn DeleteDialog() -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let acts = use_acts();
    let open = Signal::derive(move || frame.deleting.with(|deleting| !deleting.is_empty()));
    let close = move || frame.deleting.set(Vec::new());
    let title = Signal::derive(move || words.list.delete_sure.say(words.language, frame.deleting.with(Vec::len)));
    let delete = move |_| {
        let messages = frame.deleting.get_untracked();
        close();
        acts.delete(messages);
    };
    view! {
        <Dialog open on_close=move |()| close() title>
            <p>{words.list.delete_what}</p>
            <div class="buttons end">
                <button type="button" class="button" autofocus=true on:click=move |_| close()>
                    {words.general.cancel}
                </button>
                <button type="button" class="button danger" on:click=delete>
                    {words.list.delete_go}
                </button>
            </div>
        </Dialog>
    }
}
