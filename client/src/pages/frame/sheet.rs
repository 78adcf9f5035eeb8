//! The keyboard sheet.

use leptos::prelude::*;
use shared::api::mailbox::MailboxRole;

use super::ROLES;
use crate::pages::place::role_name;
use crate::ui::{Dialog, use_words};

/// All keys and what they do.
#[component]
pub fn KeySheet(
    /// Whether they are shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open on_close=move |()| open.set(false) title=use_words().shortcuts.title.to_owned() class="wide">
            <Keys />
        </Dialog>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let words = use_words();
    let text = &words.shortcuts;
    let one = |(what, keys): (&'static str, Vec<&'static str>)| {
        view! {
            <dt>{what}</dt>
            <dd>{keys.into_iter().map(|key| view! { <kbd>{key}</kbd> }).collect_view()}</dd>
        }
    };
    let chapter = move |title: &'static str, keys: Vec<(&'static str, Vec<&'static str>)>| {
        view! {
            <section>
                <h3>{title}</h3>
                <dl>{keys.into_iter().map(one).collect_view()}</dl>
            </section>
        }
    };
    let places = ROLES.map(|role| (role_name(words, role), vec!["g", key_of(role)]));
    view! {
        <div class="keys">
            {chapter(
                text.moving,
                vec![
                    (text.next, vec!["j"]),
                    (text.previous, vec!["k"]),
                    (text.open, vec!["o", text.enter]),
                    (text.close, vec!["u", text.escape]),
                    (text.search, vec!["/"]),
                ],
            )} {chapter(text.go, places.to_vec())}
            {chapter(
                text.doing,
                vec![
                    (text.select, vec!["x"]),
                    (text.star, vec!["s"]),
                    (text.archive, vec!["e"]),
                    (text.trash, vec!["#"]),
                    (text.junk, vec!["!"]),
                    (text.read, vec![text.shift, "u"]),
                    (text.move_, vec!["v"]),
                    (text.undo, vec!["z"]),
                ],
            )}
            {chapter(
                text.writing,
                vec![
                    (text.compose, vec!["c"]),
                    (text.reply, vec!["r"]),
                    (text.reply_all, vec!["a"]),
                    (text.forward, vec!["f"]),
                    (text.send, vec![text.control, text.enter]),
                    (text.save, vec![text.control, "s"]),
                    (text.sheet, vec!["?"]),
                ],
            )}
        </div>
    }
}

fn key_of(role: MailboxRole) -> &'static str {
    match role {
        MailboxRole::Inbox => "i",
        MailboxRole::Drafts => "d",
        MailboxRole::Sent => "s",
        MailboxRole::Archive => "a",
        MailboxRole::Junk => "!",
        MailboxRole::Trash => "#",
    }
}
