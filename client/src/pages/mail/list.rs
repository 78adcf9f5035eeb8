//! The rows of the list, of which only those that can be seen are in the document.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use shared::api::mailbox::{MailboxId, MessageId};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, ResizeObserver};

use super::groups;
use super::keys;
use super::layout::{Entry, Heights, Layout, Placed, row_of};
use super::row::RowLine;
use crate::pages::frame::{use_acts, use_address, use_frame};
use crate::platform::time;
use crate::state::messages::{Progress, use_messages};
use crate::state::settings::{Density, use_settings};
use crate::ui::{Keyed, dom, each, say, use_words};

/// How much is drawn above and below what can be seen, in heights of the window.
const BEYOND: f64 = 0.6;
/// Older rows are fetched when the end is so near, in heights of the window.
const NEAR_END: f64 = 2.0;
/// A list that is scrolled less than this, CSS pixels, counts as being at its beginning.
const AT_TOP: f64 = 8.0;
/// Room below the last row, rem: for the word that there is no more, and for the round button on a phone.
const FOOT_REM: f64 = 7.0;

/// The rows.
#[component]
pub(super) fn Rows(
    /// Of which mailbox.
    mailbox: MailboxId,
    /// What the list is called, read aloud.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let messages = use_messages();
    let settings = use_settings();
    let scroller = NodeRef::<html::Div>::new();
    let scrolled = RwSignal::new(0.0_f64);
    let room = RwSignal::new(0.0_f64);
    let rem = dom::rem();

    let heights = Memo::new(move |_| Heights {
        row: rem * if settings.density().get() == Density::Compact { 2.75 } else { 4.5 },
        day: rem * 2.25,
    });
    let layout = Memo::new(move |_| {
        let today = time::local(time::now());
        let order = frame.shown.order();
        let dated = order.iter().filter_map(|id| Some((*id, messages.row(*id)?.with_untracked(|row| row.received_at))));
        let grouped = dated.map(|(id, at)| (id, at, groups::group(time::local(at), today)));
        let heading = |group, at| groups::heading(words, group, at, today.year);
        Arc::new(Layout::new(grouped, heading, heights.get()))
    });
    let visible = Memo::new(move |_| {
        let (from, room) = (scrolled.get(), room.get());
        layout.with(|layout| layout.window(from - BEYOND * room..from + (1.0 + BEYOND) * room).to_vec())
    });

    // The list begins where it was left.
    let left_at = frame.places_scrolled.with_value(|places| places.get(&mailbox).copied());
    scroller.on_load(move |scroller| {
        if let Some(left_at) = left_at {
            request_animation_frame(move || scroller.set_scroll_top(left_at.round() as i32));
        }
    });
    keep_place(layout, scroller, scrolled);
    reveal_on_ask(layout, scroller, room);
    observe_height(scroller, room);

    // The summaries of what is on the screen are opened first, and older rows fetched before the end is reached.
    Effect::new(move || {
        let rows: Vec<MessageId> = visible.with(|visible| visible.iter().filter_map(row_of).collect());
        messages.on_screen(&rows);
    });
    Effect::new(move || {
        let near = layout.with(|layout| layout.height) - scrolled.get() < (1.0 + NEAR_END) * room.get();
        if near && !frame.shown.is_narrowed() && messages.progress().get() == (Progress::Loaded { more: true }) {
            messages.load_more();
        }
    });
    // The list has one stop for the tabulator, wherever it is scrolled to.
    let stop = Memo::new(move |_| layout.with(|layout| layout.stop(frame.cursor.get(), scrolled.get(), room.get())));
    Effect::new(move || {
        let order = frame.shown.order();
        if frame.cursor.get().is_some_and(|cursor| !order.contains(&cursor)) {
            frame.cursor.set(None);
        }
        frame.selection.keep(&order);
    });
    keys::listen(move || (room.get_untracked() / heights.get_untracked().row) as usize);

    let on_scroll = move |_| {
        if let Some(scroller) = scroller.get_untracked() {
            let now = f64::from(scroller.scroll_top());
            scrolled.set(now);
            frame.places_scrolled.update_value(|places| {
                places.insert(mailbox, now);
            });
        }
    };
    let one = move |placed: Placed| match placed.entry {
        Entry::Day(_, heading) => view! {
            <div
                class="day"
                role="presentation"
                style=format!("top:{}px;height:{}px", placed.top, placed.height)
            >
                {heading}
            </div>
        }
        .into_any(),
        Entry::Row(id, index) => {
            let top = Memo::new(move |before: Option<&f64>| {
                layout.with(|layout| layout.find(id).map(|placed| placed.top)).or(before.copied()).unwrap_or(placed.top)
            });
            let index = Memo::new(move |_| {
                layout.with(|layout| match layout.find(id).map(|placed| &placed.entry) {
                    Some(Entry::Row(_, index)) => *index,
                    _ => index,
                })
            });
            let height = Signal::derive(move || heights.get().row);
            messages.row(id).map(|row| view! { <RowLine row index top height stop /> }).into_any()
        }
    };
    let entries =
        move || visible.get().into_iter().map(|placed| Keyed::new(key(&placed), move || one(placed))).collect();
    let foot = move || {
        let said = match (messages.progress().get(), frame.shown.is_narrowed()) {
            (Progress::Loaded { more: false }, false) => words.list.end.into_any(),
            (Progress::Loaded { more: true }, false) => words.list.loading_more.into_any(),
            (Progress::Loaded { more: true }, true) => view! {
                <button type="button" class="button" on:click=move |_| messages.load_more()>
                    {words.list.look_further}
                </button>
            }
            .into_any(),
            (Progress::Failed(failure), _) => view! {
                <span class="failed" role="alert">
                    {say::failure(words, &failure)}
                    " "
                    <button type="button" class="button" on:click=move |_| messages.load_more()>
                        {words.general.retry}
                    </button>
                </span>
            }
            .into_any(),
            _ => ().into_any(),
        };
        let top = layout.with(|layout| layout.height);
        view! { <div class="more-line" style=format!("top:{top}px;height:{}px", FOOT_REM * rem)>{said}</div> }
    };
    let all_height = move || format!("{}px", layout.with(|layout| layout.height) + FOOT_REM * rem);
    view! {
        <Arrived mailbox layout scrolled scroller />
        <div class="scroller" node_ref=scroller on:scroll=on_scroll tabindex="-1">
            <div
                class="rows"
                class:choosing=move || frame.selection.is_some()
                role="grid"
                aria-label=move || label.get()
                aria-multiselectable="true"
                aria-rowcount=move || frame.shown.order().len().to_string()
                style:height=all_height
            >
                {each(entries)}
                {foot}
            </div>
        </div>
    }
}

/// What makes a drawn entry another one: a heading also by where it stands, for it is drawn once.
fn key(placed: &Placed) -> String {
    match &placed.entry {
        Entry::Row(id, _) => id.to_string(),
        Entry::Day(_, heading) => format!("{heading} {}", placed.top as i64),
    }
}

/// Keeps what is seen in its place when something comes or goes above it.
fn keep_place(layout: Memo<Arc<Layout>>, scroller: NodeRef<html::Div>, scrolled: RwSignal<f64>) {
    Effect::watch(
        move || layout.get(),
        move |now, before, _| {
            let (Some(before), Some(scroller)) = (before, scroller.get_untracked()) else { return };
            let from = scrolled.get_untracked();
            if from <= AT_TOP {
                return;
            }
            let place = before.anchor(from).and_then(|(id, below)| Some(now.find(id)?.top - below));
            if let Some(place) = place
                && (place - from).abs() >= 1.0
            {
                scroller.set_scroll_top(place.round() as i32);
                scrolled.set(place);
            }
        },
        false,
    );
}

/// Brings a message into view when somebody asks for it, and the one that is open at first.
fn reveal_on_ask(layout: Memo<Arc<Layout>>, scroller: NodeRef<html::Div>, room: RwSignal<f64>) {
    let frame = use_frame();
    let open = use_address().message;
    let bring = move |id: MessageId| {
        let Some(scroller) = scroller.get_untracked() else { return };
        let from = f64::from(scroller.scroll_top());
        let to = layout.with_untracked(|layout| layout.reveal(id, from, room.get_untracked()));
        if let Some(to) = to {
            scroller.set_scroll_top(to.round() as i32);
        }
    };
    Effect::watch(
        move || frame.shown.revealed().get(),
        move |id, _, _| {
            if let Some(id) = id {
                bring(*id);
            }
        },
        false,
    );
    // One that is opened by its address may come into the list long after that.
    let there = Memo::new(move |_| open.get().filter(|id| layout.with(|layout| layout.find(*id).is_some())));
    Effect::new(move || {
        if let Some(id) = there.get()
            && room.get() > 0.0
        {
            bring(id);
            frame.cursor.set(Some(id));
        }
    });
}

/// Tells the height of the scrolling window now and whenever it changes.
fn observe_height(scroller: NodeRef<html::Div>, room: RwSignal<f64>) {
    Effect::new(move || {
        let Some(element) = scroller.get() else { return };
        let element: HtmlElement = element.unchecked_into();
        room.set(f64::from(element.client_height()));
        let watched = element.clone();
        let callback = Closure::<dyn FnMut()>::new(move || {
            room.try_set(f64::from(watched.client_height()));
        });
        let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        // The callback lives as long as what it is called by.
        let kept = StoredValue::new_local((observer, callback));
        on_cleanup(move || {
            let _ = kept.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
}

/// Says that messages came while the reader is further down, and leads to them.
#[component]
fn Arrived(
    mailbox: MailboxId,
    layout: Memo<Arc<Layout>>,
    scrolled: RwSignal<f64>,
    scroller: NodeRef<html::Div>,
) -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let acts = use_acts();
    let messages = use_messages();
    // The list is brought to where it was left only after it is drawn.
    let left_at = frame.places_scrolled.with_value(|places| places.get(&mailbox).copied()).unwrap_or_default();
    // How many are above the one that was first when the reader left the beginning.
    let count = Memo::new(move |before: Option<&(Option<MessageId>, usize)>| {
        let order = frame.shown.order();
        let first = order.first().copied();
        if frame.shown.is_narrowed() || messages.mailbox().get().is_none() {
            return (None, 0);
        }
        let before = before.and_then(|(known, _)| *known);
        let is_at_top = scrolled.get() <= AT_TOP && (before.is_some() || left_at <= AT_TOP);
        let left = || frame.places_known.with_value(|places| places.get(&mailbox).copied());
        let known = if is_at_top { first } else { before.or_else(left).or(first) };
        let above = known.and_then(|known| order.iter().position(|id| *id == known));
        let known = if above.is_some() { known } else { first };
        if let Some(known) = known {
            frame.places_known.update_value(|places| {
                places.insert(mailbox, known);
            });
        }
        (known, above.unwrap_or(0))
    });
    let to_top = move |_| {
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
        if let Some((first, _)) = layout.with_untracked(|layout| layout.anchor(0.0)) {
            acts.go_to_row(first);
        }
    };
    move || {
        let (_, count) = count.get();
        (count > 0).then(|| {
            view! {
                <button type="button" class="arrived" on:click=to_top>
                    {words.list.arrived.say(words.language, count)}
                </button>
            }
        })
    }
}
