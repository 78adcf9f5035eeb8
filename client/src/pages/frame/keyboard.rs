//! The keyboard: from a key to what it does.

use leptos::prelude::*;
use shared::api::Timestamp;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::command::{Command, Stroke, command};
use super::{use_acts, use_address, use_frame};
use crate::pages::read::answer;
use crate::platform::time;
use crate::state::drafts::Answer;
use crate::state::undo::use_undo;
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

    let run = move |wanted: Command| match wanted {
        Command::Next => acts.step(1),
        Command::Previous => acts.step(-1),
        Command::Open => {
            if let Some(cursor) = frame.cursor.get_untracked() {
                acts.open(cursor);
            }
        }
        Command::Back => {
            if frame.places_open.get_untracked() {
                frame.places_open.set(false);
            } else if frame.selection.is_some_untracked() {
                frame.selection.clear();
            } else if address.message.get_untracked().is_some() {
                acts.close();
            }
        }
        Command::Select => {
            let one = frame.cursor.get_untracked().or_else(|| address.message.get_untracked());
            if let Some(one) = one {
                frame.selection.toggle(one);
            }
        }
        Command::Star => acts.star(acts.targets()),
        Command::Archive => acts.archive(acts.targets()),
        Command::Trash => acts.trash(acts.targets()),
        Command::Junk => acts.junk(acts.targets()),
        Command::ToggleRead => acts.toggle_read(acts.targets()),
        Command::Move => acts.ask_where(acts.targets()),
        Command::Undo => undo.undo_last(),
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
        if event.default_prevented() || dom::is_typing(&event) || is_above_open() || is_in_a_letter(&event) {
            return;
        }
        let key = event.key();
        if matches!(key.as_str(), "Enter" | " ") && presses_something(&event) {
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

/// Whether a dialog or a menu is open, to which the keys belong.
fn is_above_open() -> bool {
    document().query_selector("dialog[open], [role=menu]").ok().flatten().is_some()
}

/// Whether the focus is in the window of a letter being written: what is typed there is meant for the letter, though it be
/// beside a field.
fn is_in_a_letter(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest(".writing").ok().flatten().is_some())
}

/// Whether the key presses a button or follows a link, as it does everywhere.
fn presses_something(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.matches("button, a, summary, input, [role=menuitem]").unwrap_or(false))
}
