//! The toasts: what was just done, and the way back.

use leptos::prelude::*;
use shared::api::mailbox::MailboxRole;

use super::use_acts;
use crate::lang::{Words, format};
use crate::pages::place::mailbox_name;
use crate::state::mailboxes::{Mailboxes, use_mailboxes};
use crate::state::undo::{Act, Deed, Notice, use_undo};
use crate::ui::{Keyed, Toast, Toasts, each, say, use_words};

/// What was just done.
#[component]
pub(super) fn Deeds() -> impl IntoView {
    let words = use_words();
    let (acts, undo) = (use_acts(), use_undo());
    let mailboxes = use_mailboxes();
    let one = move |act: Act| {
        let id = act.id;
        // The button that is pressed goes away, and the focus with it.
        let on_undo = (!matches!(act.deed, Deed::Told(_) | Deed::UnderWay { .. })).then(|| {
            Callback::new(move |()| {
                undo.undo(id);
                acts.back_to_list();
            })
        });
        let on_dismiss = move |()| {
            undo.dismiss(id);
            acts.back_to_list();
        };
        let bad = matches!(act.deed, Deed::Told(Notice::Failed(_) | Notice::TooLate | Notice::PerhapsTakenBack));
        // What is under way changes its words.
        let text = Signal::derive(move || {
            let said =
                |acts: &Vec<Act>| acts.iter().find(|act| act.id == id).map(|act| told(words, mailboxes, &act.deed));
            undo.acts().with(said).unwrap_or_default()
        });
        view! { <Toast text bad on_undo on_dismiss /> }
    };
    view! {
        <Toasts label=words.list.deeds_label on_hold=move |held| undo.hold(held)>
            {each(move || undo.acts().get().into_iter().map(|act| Keyed::new(act.id.0, move || one(act))).collect())}
        </Toasts>
    }
}

fn told(words: &Words, mailboxes: Mailboxes, deed: &Deed) -> String {
    let list = &words.list;
    match deed {
        // A folder may get another name meanwhile.
        Deed::Moved { count, to } => mailboxes.list().with(|all| {
            let mailbox = all.iter().find(|mailbox| mailbox.id == *to);
            match mailbox.and_then(|mailbox| mailbox.role) {
                Some(MailboxRole::Archive) => list.deeds_archived.say(words.language, *count),
                Some(MailboxRole::Trash) => list.deeds_trashed.say(words.language, *count),
                Some(MailboxRole::Junk) => list.deeds_junked.say(words.language, *count),
                _ => {
                    let moved = list.deeds_moved.say(words.language, *count);
                    match mailbox {
                        Some(mailbox) => (list.deeds_moved_to)(&moved, &mailbox_name(words, mailbox)),
                        None => moved,
                    }
                }
            }
        }),
        Deed::UnderWay { done, total } => {
            let number = |count| format::number(words.language, count);
            (list.deeds_under_way)(&number(*done), &number(*total))
        }
        Deed::FolderRemoved { name, count } => {
            let removed = (list.deeds_folder_removed)(name);
            match count {
                0 => removed,
                _ => format!("{removed} {}", list.deeds_folder_emptied.say(words.language, *count)),
            }
        }
        Deed::Sent { subject } if subject.is_empty() => list.deeds_sent.to_owned(),
        Deed::Sent { subject } => (list.deeds_sent_about)(subject),
        Deed::Discarded => list.deeds_discarded.to_owned(),
        Deed::Told(Notice::Failed(failure)) => say::failure(words, failure),
        Deed::Told(Notice::PerhapsTakenBack) => list.deeds_perhaps_taken_back.to_owned(),
        Deed::Told(Notice::TooLate) => list.deeds_too_late.to_owned(),
        Deed::Told(Notice::InDrafts { count }) => list.deeds_in_drafts.say(words.language, *count),
        Deed::Told(Notice::NothingKept) => list.deeds_nothing_kept.to_owned(),
        Deed::Told(Notice::FolderRenamed { from, to }) => (list.deeds_folder_renamed)(from, to),
        Deed::Told(Notice::ChooseFirst) => list.deeds_choose_first.to_owned(),
        Deed::Told(Notice::NothingToUndo) => list.deeds_nothing_to_undo.to_owned(),
        Deed::Told(Notice::Deleted { count }) => list.deeds_deleted.say(words.language, *count),
    }
}
