//! The pane that shows the letter that is open, and what can be done to it.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::mailbox::{MailboxRole, MessageId};

use super::answer::use_answers;
use super::draft::is_draft;
use super::letter::Letter;
use super::source::{Header, use_source};
use crate::pages::frame::{use_acts, use_address, use_frame};
use crate::state::Failure;
use crate::state::drafts::Answer;
use crate::state::messages::use_messages;
use crate::state::reading::{Page, use_reading};
use crate::ui::{Empty, Glyph, Icon, Item, LetterBones, Menu, Separator, Tool, dom, say, use_words};
use crate::worker::protocol::reading::MessageView;

/// What the pane shows. Opening the same message again draws nothing anew.
#[derive(Clone, PartialEq)]
enum Body {
    Nothing,
    Opening,
    Open(MessageId, Arc<MessageView>),
    Failed(MessageId, Failure),
}

/// The pane.
#[component]
pub fn Pane() -> impl IntoView {
    let words = use_words();
    let text = &words.read;
    let address = use_address();
    let acts = use_acts();
    let reading = use_reading();

    Effect::new(move || match address.message.get() {
        Some(message) => reading.open(message),
        None => reading.close(),
    });
    // What may be opened next is fetched ahead, once this one is there.
    Effect::new(move || {
        if let Page::Open(message, _) = reading.page().get()
            && let (_, Some(next)) = untrack(|| acts.neighbours(message))
        {
            reading.expect(next);
        }
    });
    let body = Memo::new(move |_| match reading.page().get() {
        Page::Nothing => Body::Nothing,
        Page::Opening(_) => Body::Opening,
        Page::Open(id, view) => Body::Open(id, view),
        Page::Failed(id, failure) => Body::Failed(id, failure),
    });
    let shown = move || match body.get() {
        Body::Nothing => {
            let what = if dom::has_keyboard() { text.nothing_what } else { text.nothing_what_touch };
            view! { <Empty glyph=Glyph::EnvelopeOpen title=text.nothing text=what /> }.into_any()
        }
        Body::Opening => view! { <LetterBones label=text.opening /> }.into_any(),
        Body::Open(id, message) => view! { <Letter id message /> }.into_any(),
        Body::Failed(id, failure) => view! {
            <Empty glyph=Glyph::Lock title=text.failed text=say::failure(words, &failure)>
                <button type="button" class="button main" on:click=move |_| reading.open(id)>
                    <Icon glyph=Glyph::Retry />
                    {words.general.retry}
                </button>
            </Empty>
        }
        .into_any(),
    };
    view! {
        <section class="read" aria-label=text.reading_pane>
            {move || address.message.get().map(|id| view! { <Toolbar id /> })}
            <div class="scroller" tabindex="-1">
                {shown}
            </div>
            {move || address.message.get().map(|id| view! { <PhoneBar id /> })}
        </section>
    }
}

/// What can be done to the letter.
#[component]
fn Toolbar(id: MessageId) -> impl IntoView {
    let words = use_words();
    let (text, list) = (&words.read, &words.list);
    let acts = use_acts();
    let address = use_address();
    let answers = use_answers();
    let reading = use_reading();
    let messages = use_messages();
    let is_in = move |role: MailboxRole| address.place.get().is_some_and(|place| place.is(role));
    let starred = Signal::derive(move || {
        // The row may come after the letter.
        messages.order().with(|_| ());
        messages.row(id).is_some_and(|row| row.with(|row| row.flags.flagged))
    });
    let neighbours = Memo::new(move |_| acts.neighbours(id));
    let step = move |to: Option<MessageId>| {
        if let Some(to) = to {
            acts.open(to);
        }
    };
    let trash =
        Signal::derive(move || if is_in(MailboxRole::Trash) { list.do_delete } else { list.do_trash }.to_owned());
    let is_open = move || matches!(reading.page().get(), Page::Open(..));
    let closed = Signal::derive(move || !is_open());
    let source = use_source();
    view! {
        <div class="bar" role="toolbar" aria-label=text.reading_pane>
            <Tool
                glyph=Glyph::ArrowLeft
                class="back"
                label=words.general.back.to_owned()
                on_press=move |_| acts.close()
            />
            {move || {
                if is_in(MailboxRole::Archive) || is_in(MailboxRole::Trash) || is_in(MailboxRole::Junk) {
                    view! {
                        <Tool
                            glyph=Glyph::Inbox
                            label=list.do_inbox.to_owned()
                            on_press=move |_| acts.inbox(vec![id])
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <Tool
                            glyph=Glyph::Archive
                            label=list.do_archive.to_owned()
                            key="e"
                            on_press=move |_| acts.archive(vec![id])
                        />
                    }
                        .into_any()
                }
            }}
            <Tool glyph=Glyph::Trash label=trash key="#" on_press=move |_| acts.trash(vec![id]) />
            <Tool
                glyph=Glyph::Envelope
                label=list.do_unread.to_owned()
                on_press=move |_| acts.mark_read(vec![id], false)
            />
            <Tool
                glyph=Glyph::FolderMove
                label=list.do_move.to_owned()
                key="v"
                on_press=move |_| acts.ask_where(vec![id])
            />
            <Tool
                glyph=Glyph::Star
                class="star"
                label=list.do_star.to_owned()
                key="s"
                pressed=starred
                on_press=move |_| acts.star(vec![id])
            />
            <span class="grow" />
            <Tool
                glyph=Glyph::Reply
                class="wide-only"
                label=text.reply.to_owned()
                key="r"
                disabled=closed
                on_press=move |_| answers.begin(Answer::Author)
            />
            <Tool
                glyph=Glyph::Up
                class="wide-only"
                label=text.previous.to_owned()
                key="k"
                disabled=Signal::derive(move || neighbours.get().0.is_none())
                on_press=move |_| step(neighbours.get_untracked().0)
            />
            <Tool
                glyph=Glyph::Down
                class="wide-only"
                label=text.next.to_owned()
                key="j"
                disabled=Signal::derive(move || neighbours.get().1.is_none())
                on_press=move |_| step(neighbours.get_untracked().1)
            />
            <Menu glyph=Glyph::More label=list.more.to_owned()>
                <Item
                    glyph=Glyph::ReplyAll
                    label=text.reply_all
                    key="a"
                    on_choose=move |()| answers.begin(Answer::All)
                />
                <Item
                    glyph=Glyph::Forward
                    label=text.forward
                    key="f"
                    on_choose=move |()| answers.begin(Answer::Forward)
                />
                <Separator />
                <Item glyph=Glyph::Print label=text.print on_choose=move |()| print() />
                <Item glyph=Glyph::Download label=text.save_whole on_choose=move |()| source.save(id) />
                <Item glyph=Glyph::File label=text.headers on_choose=move |()| source.show_header(id) />
                <Separator />
                {move || {
                    let label = if is_in(MailboxRole::Junk) { list.do_not_junk } else { list.do_junk };
                    view! { <Item glyph=Glyph::Junk label key="!" on_choose=move |()| acts.junk(vec![id]) /> }
                }}
            </Menu>
        </div>
        <Header source />
    }
}

/// The same within the thumb's reach, on a phone.
#[component]
fn PhoneBar(id: MessageId) -> impl IntoView {
    let words = use_words();
    let acts = use_acts();
    let answers = use_answers();
    let frame = use_frame();
    let reading = use_reading();
    let is_draft = is_draft(id);
    let resume = move |_| {
        if let Page::Open(open, message) = reading.page().get_untracked()
            && open == id
        {
            frame.windows.resume(id, &message);
        }
    };
    let draft = move || {
        view! {
            <button type="button" on:click=resume>
                <Icon glyph=Glyph::Pen />
                {words.read.go_on_writing}
            </button>
            <button type="button" on:click=move |_| acts.trash(vec![id])>
                <Icon glyph=Glyph::Trash />
                {words.list.do_trash}
            </button>
        }
    };
    let letter = move || {
        view! {
            <button type="button" on:click=move |_| answers.begin(Answer::Author)>
                <Icon glyph=Glyph::Reply />
                {words.read.reply}
            </button>
            <button type="button" on:click=move |_| answers.begin(Answer::All)>
                <Icon glyph=Glyph::ReplyAll />
                {words.read.reply_all_short}
            </button>
            <button type="button" on:click=move |_| answers.begin(Answer::Forward)>
                <Icon glyph=Glyph::Forward />
                {words.read.forward}
            </button>
            <button type="button" on:click=move |_| acts.archive(vec![id])>
                <Icon glyph=Glyph::Archive />
                {words.list.do_archive}
            </button>
        }
    };
    view! {
        <div class="phone-bar" role="toolbar" aria-label=words.read.reading_pane>
            {move || if is_draft.get() { draft().into_any() } else { letter().into_any() }}
        </div>
    }
}

fn print() {
    // Browsers without a printing dialog say so themselves.
    let _ = window().print();
}
