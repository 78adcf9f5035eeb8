//! The bar above the list: the filters, and when something is selected what can be done to it.

use leptos::prelude::*;
use shared::api::mailbox::MailboxRole;

use super::Filter;
use crate::lang::format;
use crate::pages::frame::{use_acts, use_address, use_frame};
use crate::state::messages::{Progress, use_messages};
use crate::ui::{Glyph, Item, Menu, Tool, say, use_words};

/// The bar above the list.
#[component]
pub(super) fn Bar() -> impl IntoView {
    let (frame, acts) = (use_frame(), use_acts());
    let is_choosing = Memo::new(move |_| frame.selection.is_some());
    // One bar takes the place of the other, and what was pressed in it goes away with the focus.
    Effect::watch(move || is_choosing.get(), move |_, _, _| acts.back_to_list(), false);
    move || if is_choosing.get() { view! { <Choosing /> }.into_any() } else { view! { <Filters /> }.into_any() }
}

#[component]
fn Filters() -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let frame = use_frame();
    let address = use_address();
    let shown = frame.shown;
    let one = move |filter: Filter| {
        let name = match filter {
            Filter::Unread => text.filter_unread,
            Filter::Starred => text.filter_starred,
            Filter::Attachment => text.filter_attachment,
            Filter::Sealed => text.filter_sealed,
        };
        let is_on = move || shown.filters.with(|filters| filters.contains(&filter));
        let toggle = move |_| {
            shown.filters.update(|filters| {
                if !filters.remove(&filter) {
                    filters.insert(filter);
                }
            });
        };
        view! {
            <button type="button" class="filter" aria-pressed=move || is_on().to_string() on:click=toggle>
                {name}
            </button>
        }
    };
    let has_rows = move || !shown.order().is_empty();
    let in_trash = move || address.place.get().is_some_and(|place| place.is(MailboxRole::Trash)) && has_rows();
    view! {
        <div class="bar" role="toolbar" aria-label=text.filters>
            <div class="filters grow">{Filter::ALL.into_iter().map(one).collect_view()}</div>
            {move || {
                in_trash()
                    .then(|| {
                        view! {
                            <Tool
                                glyph=Glyph::Trash
                                label=text.empty_trash.to_owned()
                                on_press=move |_| {
                                    shown.widen();
                                    frame.selection.empty(&shown.order_untracked());
                                }
                            />
                        }
                    })
            }}
            <Tool
                glyph=Glyph::Check
                label=text.select_all.to_owned()
                disabled=Signal::derive(move || !has_rows())
                on_press=move |_| frame.selection.set(&shown.order_untracked())
            />
        </div>
    }
}

/// What can be done to what is selected.
#[component]
fn Choosing() -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let frame = use_frame();
    let acts = use_acts();
    let place = use_address().place;
    let selection = frame.selection;
    let is_in = move |role: MailboxRole| place.get().is_some_and(|place| place.is(role));
    let count = move || text.selected.say(words.language, selection.count());
    let trash =
        Signal::derive(move || if is_in(MailboxRole::Trash) { text.do_delete } else { text.do_trash }.to_owned());
    view! {
        <div class="bar" role="toolbar" aria-label=count>
            <Tool glyph=Glyph::Close label=text.select_none.to_owned() on_press=move |_| selection.clear() />
            <span class="count grow" role="status">
                <span class="short" aria-hidden="true">
                    {move || selection.count()}
                </span>
                <span class="long">{count}</span>
            </span>
            {move || {
                (!is_in(MailboxRole::Archive))
                    .then(|| {
                        view! {
                            <Tool
                                glyph=Glyph::Archive
                                label=text.do_archive.to_owned()
                                key="e"
                                on_press=move |_| acts.archive(acts.targets())
                            />
                        }
                    })
            }}
            <Tool glyph=Glyph::Trash label=trash key="#" on_press=move |_| acts.trash(acts.targets()) />
            <Tool
                glyph=Glyph::EnvelopeOpen
                label=text.do_read.to_owned()
                on_press=move |_| acts.mark_read(acts.targets(), true)
            />
            <Tool
                glyph=Glyph::FolderMove
                label=text.do_move.to_owned()
                key="v"
                on_press=move |_| acts.ask_where(acts.targets())
            />
            <Menu glyph=Glyph::More label=text.more.to_owned()>
                <Item
                    glyph=Glyph::Envelope
                    label=text.do_unread
                    on_choose=move |()| acts.mark_read(acts.targets(), false)
                />
                <Item glyph=Glyph::Star label=text.do_star key="s" on_choose=move |()| acts.star(acts.targets()) />
                {move || {
                    (!is_in(MailboxRole::Inbox))
                        .then(|| {
                            view! {
                                <Item
                                    glyph=Glyph::Inbox
                                    label=text.do_inbox
                                    on_choose=move |()| acts.inbox(acts.targets())
                                />
                            }
                        })
                }}
                {move || {
                    let label = if is_in(MailboxRole::Junk) { text.do_not_junk } else { text.do_junk };
                    view! { <Item glyph=Glyph::Junk label key="!" on_choose=move |()| acts.junk(acts.targets()) /> }
                }}
            </Menu>
        </div>
        <Whole />
    }
}

/// Where all rows that are there are selected but the mailbox holds more: the rest can be selected too.
#[component]
fn Whole() -> impl IntoView {
    let words = use_words();
    let text = &words.list;
    let frame = use_frame();
    let messages = use_messages();
    let acts = use_acts();
    let mailbox = use_address().mailbox;
    let selection = frame.selection;
    let whole = selection.whole();
    let progress = messages.progress();
    let has_more = move || progress.get() == (Progress::Loaded { more: true });
    let total = move || mailbox.with(|mailbox| mailbox.as_ref().map_or(0, |mailbox| mailbox.total));
    let total = move || usize::try_from(total()).unwrap_or(usize::MAX);
    let number = |count| format::number(use_words().language, count);
    // As long as the whole mailbox is meant, rows are fetched until there are no more, and selected as they come.
    Effect::new(move || {
        if whole.get() {
            selection.set(&frame.shown.order());
            match progress.get() {
                Progress::Loaded { more: true } => messages.load_more(),
                Progress::Loaded { more: false } if selection.is_emptied() => acts.trash(acts.targets()),
                _ => {}
            }
        }
    });
    let has_all_shown = move || selection.count() == frame.shown.order().len();
    let said = move || match progress.get() {
        Progress::Loaded { more: false } => text.whole_selected.say(words.language, selection.count()).into_any(),
        Progress::Failed(failure) => view! {
            {say::failure(words, &failure)}
            " "
            <button type="button" on:click=move |_| messages.load_more()>
                {words.general.retry}
            </button>
        }
        .into_any(),
        _ => (text.whole_selecting)(&number(selection.count()), &number(total())).into_any(),
    };
    move || {
        if whole.get() {
            return view! { <div class="select-all" role="status">{said}</div> }.into_any();
        }
        let offered = has_all_shown() && has_more() && !frame.shown.is_narrowed();
        offered
            .then(|| {
                view! {
                    <div class="select-all">
                        <button type="button" on:click=move |_| whole.set(true)>
                            {text.select_whole.say(words.language, total())}
                        </button>
                    </div>
                }
            })
            .into_any()
    }
}
