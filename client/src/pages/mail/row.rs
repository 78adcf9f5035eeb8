//! One row of the list.

use leptos::prelude::*;
use shared::api::limits::SUMMARISED_IDLE_BYTES;
use shared::api::mailbox::{MailboxRole, MessageId};

use crate::lang::{Words, format};
use crate::pages::frame::{use_acts, use_address, use_frame};
use crate::pages::place::Place;
use crate::platform::time;
use crate::state::messages::{Row, Summary};
use crate::state::session::use_session;
use crate::ui::{Avatar, Glyph, Icon, LockState, Tool, say, use_words};
use crate::worker::protocol::reading::{Person, SummaryView};

/// One row of the list. It is drawn from its own signal.
#[component]
pub(super) fn RowLine(
    /// The row.
    row: ArcRwSignal<Row>,
    /// Its place among all rows, the first being 1.
    #[prop(into)]
    index: Signal<usize>,
    /// Where it stands, CSS pixels from the top.
    #[prop(into)]
    top: Signal<f64>,
    /// How high it is, CSS pixels.
    #[prop(into)]
    height: Signal<f64>,
    /// The row that the tabulator reaches.
    stop: Memo<Option<MessageId>>,
) -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let acts = use_acts();
    let address = use_address();
    let id = row.with_untracked(|row| row.id);
    let row = RwSignal::from(row);
    let place = address.place.get_untracked().unwrap_or(Place::Role(MailboxRole::Inbox));
    let seen = Memo::new(move |_| row.with(|row| row.flags.seen));
    let starred = Memo::new(move |_| row.with(|row| row.flags.flagged));
    let is_open = move || address.message.get() == Some(id);
    let is_selected = move || frame.selection.contains(id);
    let is_stop = move || stop.get() == Some(id);

    let extend = move || {
        frame.selection.extend_to(id, frame.cursor.get_untracked(), &frame.shown.order_untracked());
    };
    let on_press = move |event: leptos::ev::MouseEvent| {
        if event.shift_key() {
            event.prevent_default();
            extend();
        } else if event.ctrl_key() || event.meta_key() {
            event.prevent_default();
            frame.selection.toggle(id);
        } else if event.button() == 0 {
            event.prevent_default();
            event.stop_propagation();
            acts.open(id);
        }
    };
    let on_face = move |event: leptos::ev::MouseEvent| {
        event.stop_propagation();
        if event.shift_key() {
            extend();
        } else {
            frame.selection.toggle(id);
        }
        frame.cursor.set(Some(id));
    };
    let on_drag = move |event: leptos::ev::DragEvent| {
        let selected = frame.selection.ids_untracked();
        let dragged = if selected.contains(&id) { selected.into_iter().collect() } else { vec![id] };
        frame.dragged.set(dragged);
        if let Some(transfer) = event.data_transfer() {
            // Firefox drags nothing that carries no data; nothing of the mail is in it.
            let _ = transfer.set_data("text/plain", "");
        }
    };
    let account = StoredValue::new(use_session().account().get_untracked());
    let is_own = move |row: &Row| {
        place.holds_own() || account.with_value(|account| account.as_ref().is_some_and(|own| row.is_own(&own.address)))
    };
    let label = move || row.with(|row| aloud(words, row, is_own(row)));
    let read_label =
        Signal::derive(move || if seen.get() { words.list.do_unread } else { words.list.do_read }.to_owned());
    let is_in_archive = place.is(MailboxRole::Archive);
    let trash_label = if place.is(MailboxRole::Trash) { words.list.do_delete } else { words.list.do_trash };
    view! {
        <div
            class="row"
            role="row"
            aria-rowindex=move || index.get().to_string()
            aria-selected=move || is_selected().to_string()
            aria-label=label
            data-unread=move || (!seen.get()).then_some("")
            data-current=move || is_open().then_some("")
            data-message=id.to_string()
            tabindex=move || if is_stop() { "0" } else { "-1" }
            style:top=move || format!("{}px", top.get())
            style:height=move || format!("{}px", height.get())
            draggable="true"
            on:focusin=move |_| frame.cursor.set(Some(id))
            on:dragstart=on_drag
            on:dragend=move |_| frame.dragged.set(Vec::new())
        >
            <div role="gridcell">
                <a class="cover" href=place.message_path(id) tabindex="-1" aria-hidden="true" draggable="false" on:click=on_press />
                <button
                    type="button"
                    class="face"
                    role="checkbox"
                    tabindex="-1"
                    aria-label=words.list.select
                    aria-checked=move || is_selected().to_string()
                    on:click=on_face
                >
                    {move || row.with(|row| face(words, row, is_own(row)))}
                    <span class="tick">
                        <Icon glyph=Glyph::Check />
                    </span>
                </button>
                <div class="about">
                    {move || row.with(|row| about(words, row, is_own(row)))}
                </div>
                <div class="meta">{move || row.with(|row| meta(words, row, is_own(row)))}</div>
                <div class="quick">
                    {(!is_in_archive)
                        .then(|| {
                            view! {
                                <Tool
                                    glyph=Glyph::Archive
                                    label=words.list.do_archive.to_owned()
                                    unreached=true
                                    on_press=move |_| acts.archive(vec![id])
                                />
                            }
                        })}
                    <Tool
                        glyph=Glyph::Trash
                        label=trash_label.to_owned()
                        unreached=true
                        on_press=move |_| acts.trash(vec![id])
                    />
                    {move || {
                        let glyph = if seen.get() { Glyph::Envelope } else { Glyph::EnvelopeOpen };
                        let read = !seen.get();
                        view! {
                            <Tool
                                glyph
                                label=read_label
                                unreached=true
                                on_press=move |_| acts.mark_read(vec![id], read)
                            />
                        }
                    }}
                    <Tool
                        glyph=Glyph::Star
                        class="star"
                        label=words.list.do_star.to_owned()
                        pressed=Signal::from(starred)
                        unreached=true
                        on_press=move |_| acts.star(vec![id])
                    />
                </div>
            </div>
        </div>
    }
}

/// Whom a row is about: the author, or in the own letters the recipients.
fn people(summary: &SummaryView, is_own: bool) -> Vec<&Person> {
    if is_own { summary.to.iter().collect() } else { summary.from.iter().collect() }
}

fn names(words: &Words, summary: &SummaryView, is_own: bool) -> String {
    let names: Vec<String> = people(summary, is_own).into_iter().map(|person| say::person(words, person)).collect();
    match (names.is_empty(), is_own) {
        (true, true) => words.write.new.to_owned(),
        (true, false) => words.general.somebody.to_owned(),
        (false, true) => (words.list.row_to)(&names.join(", ")),
        (false, false) => names.join(", "),
    }
}

/// The subject, and how it begins. Of what could not be looked into it is said that it is sealed, and how large it is; nothing, as long
/// as that is about to change.
fn says(words: &Words, row: &Row, summary: &SummaryView) -> (String, String) {
    if !summary.is_closed {
        return (say::subject(words, &summary.subject), summary.snippet.clone());
    }
    let sealed = words.list.row_sealed;
    let is_coming = summary.wants_a_look && row.size <= SUMMARISED_IDLE_BYTES;
    let closed =
        if is_coming { String::new() } else { (words.list.row_closed)(&format::size(words.language, row.size)) };
    match (is_stand_in(&summary.subject), closed.is_empty()) {
        (true, _) => (sealed.to_owned(), closed),
        (false, true) => (summary.subject.clone(), closed),
        (false, false) => (summary.subject.clone(), format!("{sealed}, {closed}")),
    }
}

/// Whether it is what mail programs write in the place of a subject that is sealed (RFC 9788 §2.2 and those before it).
fn is_stand_in(subject: &str) -> bool {
    matches!(subject.trim(), "" | "..." | "[...]" | "Encrypted Message" | "p≡p")
}

fn face(words: &Words, row: &Row, is_own: bool) -> AnyView {
    match &row.summary {
        Summary::Open(summary) => {
            let person = people(summary, is_own).first().map(|person| (*person).clone()).unwrap_or_default();
            view! { <Avatar name=say::person(words, &person) address=person.address /> }.into_any()
        }
        Summary::Sealed => view! { <i class="bone round avatar" /> }.into_any(),
        Summary::Failed(_) | Summary::Missing => view! {
            <span class="avatar">
                <Icon glyph=Glyph::Lock />
            </span>
        }
        .into_any(),
    }
}

fn about(words: &Words, row: &Row, is_own: bool) -> AnyView {
    let list = &words.list;
    let flags = row.flags;
    let closed = |what: &'static str| {
        view! {
            <div class="who">
                <span>{list.row_sealed}</span>
            </div>
            <div class="what closed">{what}</div>
        }
        .into_any()
    };
    match &row.summary {
        Summary::Open(summary) => {
            let (subject, beginning) = says(words, row, summary);
            let separator = if beginning.is_empty() { "" } else { " — " };
            let mark = |glyph: Glyph, what: &'static str| {
                view! {
                    <span title=what>
                        <Icon glyph />
                    </span>
                }
            };
            view! {
                <div class="who">
                    <span dir="auto">{names(words, summary, is_own)}</span>
                    {row.is_posing().then(|| view! { <span class="chip bad">{list.row_posing}</span> })}
                    {flags.draft.then(|| view! { <span class="chip warn">{list.row_draft}</span> })}
                    {flags.answered.then(|| mark(Glyph::Reply, list.row_answered))}
                    {flags.forwarded.then(|| mark(Glyph::Forward, list.row_forwarded))}
                </div>
                <div class="what" dir="auto">
                    <em>{subject}</em>
                    {separator}
                    <bdi>{beginning}</bdi>
                </div>
            }
            .into_any()
        }
        Summary::Sealed => view! {
            <i class="bone" style="width:38%" />
            <i class="bone" style="width:80%" />
        }
        .into_any(),
        Summary::Failed(_) => closed(list.row_failed),
        Summary::Missing => closed(list.row_missing),
    }
}

fn meta(words: &Words, row: &Row, is_own: bool) -> impl IntoView + use<> {
    let when = say::short_time(words, row.received_at, time::now());
    let summary = match &row.summary {
        Summary::Open(summary) => Some(summary),
        _ => None,
    };
    let files = summary.map_or(0, |summary| summary.attachments.len());
    // How an own letter travelled is told recipient by recipient, where it is open.
    let lock = summary.filter(|_| !is_own).map(|summary| LockState::of(summary.sealing, row.came));
    view! {
        <time>{when}</time>
        <span>
            {row.flags.flagged.then(|| view! { <Icon glyph=Glyph::Star class="star filled" /> })}
            {(files > 0).then(|| view! { <Icon glyph=Glyph::Clip /> })}
            {lock
                .map(|lock| {
                    view! {
                        <span title=lock.label()>
                            <Icon glyph=lock.glyph() class=lock.class() />
                        </span>
                    }
                })}
        </span>
    }
}

/// The row as it is read aloud: not read, who, what, attachments, lock, when.
fn aloud(words: &Words, row: &Row, is_own: bool) -> String {
    let mut parts = Vec::new();
    if !row.flags.seen {
        parts.push(words.list.row_unread.to_owned());
    }
    match &row.summary {
        Summary::Open(summary) => {
            parts.push(names(words, summary, is_own));
            parts.extend(row.is_posing().then(|| words.list.row_posing.to_owned()));
            let (subject, beginning) = says(words, row, summary);
            parts.push(subject);
            if summary.is_closed && !beginning.is_empty() {
                parts.push(beginning);
            }
            if !summary.attachments.is_empty() {
                parts.push(words.general.attachments.say(words.language, summary.attachments.len()));
            }
            if !is_own {
                parts.push(LockState::of(summary.sealing, row.came).label().to_owned());
            }
        }
        Summary::Sealed => parts.push(words.list.row_opening.to_owned()),
        Summary::Failed(_) => parts.push(words.list.row_failed.to_owned()),
        Summary::Missing => parts.push(words.list.row_missing.to_owned()),
    }
    if row.flags.flagged {
        parts.push(words.list.row_starred.to_owned());
    }
    parts.push(say::short_time(words, row.received_at, time::now()));
    parts.join(", ")
}
