//! What stands in place of the rows: bones, a word about the emptiness, or what went wrong.

use leptos::prelude::*;
use shared::api::mailbox::MailboxRole;

use crate::pages::frame::{use_address, use_frame};
use crate::pages::place::{Place, role_glyph};
use crate::state::Failure;
use crate::state::mailboxes::use_mailboxes;
use crate::state::messages::{Progress, use_messages};
use crate::ui::{Empty, Glyph, Icon, say, use_words};

/// A mailbox with nothing in it, and what it is for.
#[component]
pub(super) fn EmptyPlace() -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let frame = use_frame();
    let place = use_address().place;
    let write = move || {
        view! {
            <button
                type="button"
                class="button main write-first"
                on:click=move |_| frame.windows.begin(Vec::new())
            >
                <Icon glyph=Glyph::Pen />
                {text.write}
            </button>
        }
    };
    move || {
        let Some(Place::Role(role)) = place.get() else {
            return view! { <Empty glyph=Glyph::Folder title=text.empty_folder text=text.empty_folder_what /> }
                .into_any();
        };
        let (title, what) = match role {
            MailboxRole::Inbox => (text.empty_inbox, text.empty_inbox_what),
            MailboxRole::Drafts => (text.empty_drafts, text.empty_drafts_what),
            MailboxRole::Sent => (text.empty_sent, text.empty_sent_what),
            MailboxRole::Archive => (text.empty_archive, text.empty_archive_what),
            MailboxRole::Junk => (text.empty_junk, text.empty_junk_what),
            MailboxRole::Trash => (text.empty_trash_place, text.empty_trash_what),
        };
        let glyph = role_glyph(role);
        match role {
            MailboxRole::Inbox | MailboxRole::Drafts | MailboxRole::Sent => {
                view! { <Empty glyph title text=what>{write()}</Empty> }.into_any()
            }
            _ => view! { <Empty glyph title text=what /> }.into_any(),
        }
    }
}

/// Nothing is left by the search or the filters.
#[component]
pub(super) fn NothingFound() -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let frame = use_frame();
    let messages = use_messages();
    let title = move || {
        let sought = frame.shown.search.with(|search| search.trim().to_owned());
        if sought.is_empty() { text.filter_none.to_owned() } else { (text.search_none)(&sought) }
    };
    let can_look_further = move || messages.progress().get() == (Progress::Loaded { more: true });
    move || {
        view! {
            <Empty glyph=Glyph::Find title=title() text=text.search_none_what>
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| frame.shown.widen()>
                        {text.filter_off}
                    </button>
                    {move || {
                        can_look_further()
                            .then(|| {
                                view! {
                                    <button type="button" class="button main" on:click=move |_| messages.load_more()>
                                        {text.look_further}
                                    </button>
                                }
                            })
                    }}
                </div>
            </Empty>
        }
    }
}

/// The list could not be fetched.
#[component]
pub(super) fn Unreachable(failure: Failure) -> impl IntoView {
    let words = use_words();
    let (messages, mailboxes) = (use_messages(), use_mailboxes());
    let again = move |_| {
        mailboxes.load_soon();
        messages.reload();
    };
    view! {
        <Empty glyph=Glyph::Warning title=words.list.failed text=say::failure(words, &failure)>
            <button type="button" class="button main" on:click=again>
                <Icon glyph=Glyph::Retry />
                {words.general.retry}
            </button>
        </Empty>
    }
}
