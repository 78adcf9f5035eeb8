//! A letter: its head, what is known about it, its content, what is attached.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::mailbox::MessageId;
use shared::api::{EmailAddress, Timestamp};

use super::answer::use_answers;
use super::deliveries::Deliveries;
use super::details::Details;
use super::draft::is_draft;
use super::files::Files;
use super::frame_html::{HtmlFrame, Shade};
use super::link::{LinkQuestion, provide_asking};
use super::seals::Seals;
use super::sent_key::KeyThatCame;
use super::subject::Subject;
use super::text::Text;
use crate::pages::frame::{use_address, use_frame};
use crate::pages::place::Place;
use crate::platform::time;
use crate::state::drafts::Answer;
use crate::state::messages::{Row, use_messages};
use crate::state::session::use_session;
use crate::state::settings::use_settings;
use crate::ui::{Avatar, Glyph, Icon, Note, Tone, say, use_words};
use crate::worker::protocol::reading::{MessageView, Person};

/// Most names that are shown before the rest is only counted.
const NAMES: usize = 3;

/// A letter.
#[component]
pub(super) fn Letter(
    /// Which.
    id: MessageId,
    /// What it says.
    message: Arc<MessageView>,
) -> impl IntoView {
    let words = use_words();
    let messages = use_messages();
    let asking = provide_asking();
    let row = messages.row(id);
    let account = use_session().account().get_untracked();
    let wrote_it = |row: &Row| account.as_ref().is_some_and(|account| row.is_own(&account.address));
    let is_own = use_address().place.get_untracked().is_some_and(Place::holds_own)
        || row.is_some_and(|row| row.with_untracked(wrote_it));
    // The row may come after the letter.
    let received = Memo::new(move |_| {
        messages.order().with(|_| ());
        messages.row(id).map(|row| row.with(|row| row.received_at))
    });
    let written = message.date;
    let at = Signal::derive(move || received.get().or(written));
    let problems = message.problems.iter().map(|problem| say::problem(words, *problem)).collect::<Vec<_>>();
    let notes = (!problems.is_empty()).then(|| {
        let one = |problem: &'static str| view! { <Note tone=Tone::Warn>{problem}</Note> };
        view! { <div class="notes">{problems.into_iter().map(one).collect_view()}</div> }
    });
    view! {
        <article>
            <Subject subject=message.subject.clone() />
            <div class="letter">
                <Head message=message.clone() received at />
                {(!is_own).then(|| view! { <Seals message=message.clone() /> })}
                {notes}
                {message
                    .sent_key
                    .clone()
                    .map(|key| view! { <KeyThatCame key author=message.from.first().cloned().unwrap_or_default() /> })}
                <Deliveries message=message.clone() />
                <Content message=message.clone() />
                <Files message=message.clone() at=written.or(received.get_untracked()).unwrap_or_else(time::now) />
            </div>
            <AnswerBar id message is_own />
            <LinkQuestion asking />
        </article>
    }
}

/// Who wrote it to whom and when; the addresses behind a press, and on paper.
#[component]
fn Head(
    message: Arc<MessageView>,
    /// When the box received it, or took it to send it.
    #[prop(into)]
    received: Signal<Option<Timestamp>>,
    /// The time that is told of it: the one that the list tells too, and orders by. What its author claims stands in the details.
    #[prop(into)]
    at: Signal<Option<Timestamp>>,
) -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let open = RwSignal::new(false);
    let author = message.from.first().cloned().unwrap_or_default();
    let name = say::person(words, &author);
    let when = move || at.get().map(|at| say::near_time(words, at, time::now()));
    let write_to = author.clone();
    let hint = (words.read.write_to)(&name);
    let own = use_session().account().get_untracked().map(|account| account.address.canonical());
    let is_own = |person: &Person| person.address.parse().ok().map(|address: EmailAddress| address.canonical()) == own;
    let call = |person: &Person| if is_own(person) { words.general.you.to_owned() } else { say::person(words, person) };
    let mut people: Vec<&Person> = message.to.iter().chain(&message.cc).chain(&message.bcc).collect();
    if people.len() > NAMES {
        // Who reads it is not one of many others.
        people.sort_by_key(|person| !is_own(person));
    }
    let everybody: Vec<String> = people.into_iter().map(call).collect();
    let some: Vec<String> = everybody.iter().take(NAMES).cloned().collect();
    let to = match everybody.len().saturating_sub(NAMES) {
        0 if everybody.is_empty() => None,
        0 => Some((words.read.to_whom)(&say::and(words, &some))),
        more => Some((words.read.to_whom_more)(&some.join(", "), more)),
    };
    view! {
        <div class="head no-print">
            <Avatar name=name.clone() address=author.address.clone() />
            <div class="names">
                <div class="name-line">
                    <button
                        type="button"
                        class="name"
                        title=hint
                        on:click=move |_| frame.windows.begin(vec![write_to.clone()])
                    >
                        {name}
                    </button>
                    {(!author.name.trim().is_empty())
                        .then(|| view! { <span class="address">{author.address.clone()}</span> })}
                </div>
                <button
                    type="button"
                    class="to"
                    title=words.read.details
                    aria-expanded=move || open.get().to_string()
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    {to.unwrap_or_else(|| words.read.details.to_owned())}
                    {move || view! { <Icon glyph=if open.get() { Glyph::Up } else { Glyph::Down } /> }}
                </button>
            </div>
            <time>{when}</time>
        </div>
        <div class=move || if open.get() { "" } else { "paper-only" }>
            <Details message received />
        </div>
    }
}

/// The text, or the layout in its frame.
#[component]
fn Content(message: Arc<MessageView>) -> impl IntoView {
    let words = use_words();
    let text = &words.read;
    let plain = RwSignal::new(message.html.is_none());
    let Some(html) = message.html.clone() else {
        return view! { <Text text=message.text.clone() /> }.into_any();
    };
    let settings = use_settings();
    let blocked = usize::try_from(html.blocked_images).unwrap_or(usize::MAX);
    let colours = html.colours;
    let shade = Memo::new(move |_| Shade::of(colours, settings.dark().get(), settings.dark_letters().get()));
    let is_turned = move || shade.get() == Shade::Turned;
    let only_text = message.text.clone();
    view! {
        {(blocked > 0)
            .then(|| {
                view! {
                    <div class="notes">
                        <Note glyph=Glyph::Image>{text.images_left_out.say(words.language, blocked)}</Note>
                    </div>
                }
            })}
        {move || {
            if plain.get() {
                view! { <Text text=only_text.clone() /> }.into_any()
            } else {
                view! { <HtmlFrame html=html.clone() shade /> }.into_any()
            }
        }}
        <p class="layout no-print">
            <button type="button" class="chip" on:click=move |_| plain.update(|plain| *plain = !*plain)>
                {move || if plain.get() { text.show_html } else { text.show_text }}
            </button>
            {move || {
                let can_turn = !plain.get() && matches!(shade.get(), Shade::Paper | Shade::Turned);
                can_turn
                    .then(|| {
                        view! {
                            " "
                            <button
                                type="button"
                                class="chip shade"
                                on:click=move |_| settings.set_dark_letters(!untrack(is_turned))
                            >
                                {move || if is_turned() { text.show_light } else { text.show_dark }}
                            </button>
                        }
                    })
            }}
        </p>
    }
    .into_any()
}

/// The ways to answer, under the letter; under a draft, the way to go on.
#[component]
fn AnswerBar(
    id: MessageId,
    message: Arc<MessageView>,
    /// Whether it is an own letter: an answer to it goes to its recipients.
    is_own: bool,
) -> impl IntoView {
    let words = use_words();
    let text = &words.read;
    let answers = use_answers();
    let frame = use_frame();
    let is_draft = is_draft(id);
    let to = if is_own {
        &message.to
    } else if message.reply_to.is_empty() {
        &message.from
    } else {
        &message.reply_to
    };
    let names: Vec<String> = to.iter().map(|person| say::person(words, person)).collect();
    let to = say::and(words, &names);
    let has_others = message.to.len() + message.cc.len() > 1;
    let ways = move || {
        view! {
            <button type="button" class="reply" on:click=move |_| answers.begin(Answer::Author)>
                <Icon glyph=Glyph::Reply />
                {(text.reply_to_name)(&to)}
            </button>
            {has_others
                .then(|| {
                    view! {
                        <button type="button" class="button" on:click=move |_| answers.begin(Answer::All)>
                            <Icon glyph=Glyph::ReplyAll />
                            {text.reply_all}
                        </button>
                    }
                })}
            <button type="button" class="button" on:click=move |_| answers.begin(Answer::Forward)>
                <Icon glyph=Glyph::Forward />
                {text.forward}
            </button>
        }
    };
    let go_on = move || {
        let message = message.clone();
        view! {
            <button type="button" class="button main" on:click=move |_| frame.windows.resume(id, &message)>
                <Icon glyph=Glyph::Pen />
                {text.go_on_writing}
            </button>
        }
    };
    view! { <div class="answer">{move || if is_draft.get() { go_on().into_any() } else { ways().into_any() }}</div> }
}
