//! The keyboard: from a key to what it does.

use leptos::prelude::*;
use shared::api::Timestamp;
use shared::api::mailbox::MessageId;
use web_sys::KeyboardEvent;

use super::command::{Command, Stroke, command};
use super::{Acts, use_acts, use_address, use_frame};
use crate::pages::read::answer;
use crate::platform::time;
use crate::state::drafts::Answer;
use crate::state::undo::{Notice, use_undo};
use crate::ui::dom;

/// How long `g` waits for its second key, seconds.
const WAIT_SECONDS: i64 = 2;

/// Listens to the keyboard as long as the frame lives.
pub(super) fn listen() {
    let frame = use_frame();
    let acts = use_acts();
    let address = use_address();
    let undo = use_undo();
    let answers = answer::use_answers();
    let waiting = StoredValue::new(None::<Timestamp>);

    let choose_first = move || {
        if address.place.get_untracked().is_some() {
            undo.hint(Notice::ChooseFirst);
        }
    };
    // Where no letter is seen to be chosen, none is done anything to.
    let chosen = move |act: fn(&Acts, Vec<MessageId>)| match acts.targets() {
        // All of the mailbox is selected, and not all of it is here yet: the bar says so.
        targets if targets.is_empty() && frame.selection.is_some_untracked() => {}
        targets if targets.is_empty() => choose_first(),
        targets => act(&acts, targets),
    };
    let run = move |wanted: Command| match wanted {
        Command::Next => acts.step(1),
        Command::Previous => acts.step(-1),
        Command::Open => match acts.at() {
            Some(row) => acts.open(row),
            None if address.message.get_untracked().is_some() => {}
            None => choose_first(),
        },
        Command::Back => {
            if frame.places_open.get_untracked() {
                frame.places_open.set(false);
            } else if frame.selection.is_some_untracked() {
                frame.selection.clear();
            } else if address.message.get_untracked().is_some() {
                acts.close();
            }
        }
        Command::Select => match acts.at().or_else(|| address.message.get_untracked()) {
            Some(one) => frame.selection.toggle(one),
            None => choose_first(),
        },
        Command::Star => chosen(Acts::star),
        Command::Archive => chosen(Acts::archive),
        Command::Trash => chosen(Acts::trash),
        Command::Junk => chosen(Acts::junk),
        Command::ToggleRead => chosen(Acts::toggle_read),
        Command::Move => chosen(Acts::ask_where),
        Command::Undo => {
            if !undo.undo_last() {
                undo.hint(Notice::NothingToUndo);
            }
        }
        Command::Compose => frame.windows.begin(Vec::new()),
        Command::Reply => answers.begin(Answer::Author),
        Command::ReplyAll => answers.begin(Answer::All),
        Command::Forward => answers.begin(Answer::Forward),
        Command::Search => dom::focus_id("search"),
        Command::Sheet => frame.keys_open.set(true),
        Command::Go(role) => acts.go_to(role),
        Command::Wait => {}
    };
    let on_key = move |event: KeyboardEvent| {
        let key = event.key();
        if !is_for_the_page(&event) || matches!(key.as_str(), "Enter" | " ") && presses_something(&event) {
            return;
        }
        let stroke = Stroke {
            key: &key,
            control: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            shift: event.shift_key(),
        };
        let is_waiting = waiting.get_value().is_some_and(|since| time::now() <= since.plus(WAIT_SECONDS));
        waiting.set_value(None);
        let Some(wanted) = command(stroke, is_waiting) else { return };
        if wanted == Command::Wait {
            waiting.set_value(Some(time::now()));
        }
        event.prevent_default();
        run(wanted);
    };
    let handle = window_event_listener(leptos::ev::keydown, on_key);
    on_cleanup(move || handle.remove());
}

/// Whether a key is meant for the page: nobody types, and nothing lies above it.
#[must_use]
pub fn is_for_the_page(event: &KeyboardEvent) -> bool {
    // What is typed in the window of a letter is meant for the letter, though it be beside a field.
    let is_elsewhere = dom::is_typing(event) || is_above_open() || dom::is_within(event, ".writing");
    !event.default_prevented() && !is_elsewhere
}

/// Whether a dialog or a menu is open, to which the keys belong.
fn is_above_open() -> bool {
    document().query_selector("dialog[open], [role=menu]").ok().flatten().is_some()
}

/// Whether the key presses a button or follows a link, as it does everywhere.
fn presses_something(event: &KeyboardEvent) -> bool {
    dom::is_within(event, "button, a, summary, input, [role=menuitem]")
}
