//! The page of a mailbox: the list, and the letter beside it.

use leptos::prelude::*;
use shared::api::mailbox::{MailboxId, MailboxRole};

use super::bar::Bar;
use super::empty::{EmptyPlace, NothingFound, Unreachable};
use super::list::Rows;
use crate::pages::frame::{SheetReminder, use_address, use_frame};
use crate::pages::lost::Lost;
use crate::pages::piece::use_pieces;
use crate::pages::place::{Place, mailbox_name};
use crate::platform::page;
use crate::state::mailboxes::use_mailboxes;
use crate::state::messages::{Progress, use_messages};
use crate::state::reading::{Page, use_reading};
use crate::ui::{LetterBones, RowBones, dom, use_words};

/// What the list shows in place of its rows, or the rows.
#[derive(Clone, Debug, PartialEq)]
enum Body {
    Bones,
    Rows(MailboxId),
    Empty,
    NothingFound,
    Failed(crate::state::Failure),
}

/// The page of a mailbox.
#[component]
pub fn Mail() -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let address = use_address();
    let messages = use_messages();
    let mailboxes = use_mailboxes();
    let reading = use_reading();
    let mailbox = Memo::new(move |_| address.mailbox.with(|mailbox| mailbox.as_ref().map(|mailbox| mailbox.id)));
    let name = Memo::new(move |_| {
        address.mailbox.with(|mailbox| mailbox.as_ref().map(|mailbox| mailbox_name(words, mailbox))).unwrap_or_default()
    });

    // Another mailbox: other rows, nothing selected, no filter.
    Effect::new(move |before: Option<Option<_>>| {
        let mailbox = mailbox.get();
        if let Some(id) = mailbox {
            if before.flatten().is_some_and(|before| before != id) {
                frame.selection.clear();
                frame.shown.widen();
                frame.cursor.set(None);
            }
            messages.show(id);
        }
        mailbox
    });
    Effect::new(move || {
        let unseen = address.mailbox.with(|mailbox| mailbox.as_ref().map_or(0, |mailbox| mailbox.unseen));
        let title = format!("{} · {}", name.get(), words.general.product);
        page::set_title(&if unseen > 0 { format!("({unseen}) {title}") } else { title });
    });

    let body = Memo::new(move |_| {
        let is_empty = frame.shown.order().is_empty();
        let here = mailbox.get();
        let is_this = messages.mailbox().get() == here;
        if let Some(id) = here.filter(|_| is_this && !is_empty) {
            return Body::Rows(id);
        }
        if let Some(failure) = mailboxes.failure().get().filter(|_| here.is_none()) {
            return Body::Failed(failure);
        }
        match messages.progress().get() {
            Progress::Failed(failure) if is_empty => Body::Failed(failure),
            Progress::Loaded { .. } if is_this && frame.shown.is_narrowed() => Body::NothingFound,
            Progress::Loaded { more: true } if is_this => Body::Bones,
            Progress::Loaded { .. } if is_this => Body::Empty,
            _ => Body::Bones,
        }
    });
    // What was shown is all gone, archived at once perhaps, but the mailbox holds more. Or a letter is open that lies further
    // down than what was fetched, because its address was opened: its neighbours are wanted.
    Effect::new(move || {
        let is_this = messages.mailbox().get() == mailbox.get();
        let has_more = messages.progress().get() == Progress::Loaded { more: true };
        let is_empty = frame.shown.order().is_empty() && !frame.shown.is_narrowed();
        match reading.page().get() {
            _ if !is_this || !has_more => {}
            _ if is_empty => messages.load_more(),
            Page::Open(open, _) => messages.reach(open),
            _ => {}
        }
    });
    let row_height = 4.5 * dom::rem();
    let later = use_pieces().later;
    let bones = move || {
        let letter = move || address.message.get().map(|_| view! { <LetterBones label=words.general.loading /> });
        view! { <section class="read">{letter}</section> }.into_any()
    };
    // A folder may have been removed since its address was kept.
    let is_lost = Memo::new(move |_| {
        let is_nowhere = |place: Place| mailboxes.list().with(|all| !all.is_empty() && place.find(all).is_none());
        address.place.get().is_none_or(is_nowhere)
    });
    let unread = move || {
        let place = address.place.get();
        let counts = place.is_some_and(|place| !place.holds_own() && !place.is(MailboxRole::Trash));
        let unseen = address.mailbox.with(|mailbox| mailbox.as_ref().map_or(0, |mailbox| mailbox.unseen));
        let unseen = usize::try_from(unseen).unwrap_or(usize::MAX);
        (counts && unseen > 0).then(|| words.list.unread.say(words.language, unseen))
    };
    let label = Signal::derive(move || (words.list.list_label)(&name.get()));
    let inner = move || match body.get() {
        Body::Rows(mailbox) => view! { <Rows mailbox label /> }.into_any(),
        Body::Bones => view! { <RowBones row=row_height label=words.general.loading /> }.into_any(),
        Body::Empty => view! { <EmptyPlace /> }.into_any(),
        Body::NothingFound => view! { <NothingFound /> }.into_any(),
        Body::Failed(failure) => view! { <Unreachable failure /> }.into_any(),
    };
    move || {
        if is_lost.get() {
            return view! { <Lost /> }.into_any();
        }
        view! {
            <main class="list" id="list" tabindex="-1">
                <h1 class="aloud here">
                    <span>{move || name.get()}</span>
                    <small>{unread}</small>
                </h1>
                <SheetReminder />
                <Bar />
                {inner}
            </main>
            {later.shown(|later| later.pane, bones)}
        }
        .into_any()
    }
}
