//! The keys of the list: up and down in it, to its ends, and selecting.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::pages::frame::{is_for_the_page, use_acts, use_frame};
use crate::state::messages::{Progress, use_messages};
use crate::ui::dom;

/// Where a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leap {
    By(isize),
    First,
    Last,
}

/// Listens as long as the list is shown; `page` answers how many rows can be seen at once.
pub(super) fn listen(page: impl Fn() -> usize + 'static) {
    let frame = use_frame();
    let acts = use_acts();
    let messages = use_messages();
    let is_whole = move || untrack(|| !frame.shown.is_narrowed());
    // Somebody wants the end of the list, of which not all is here.
    let to_end = RwSignal::new(false);
    Effect::new(move || {
        let (progress, order) = (messages.progress().get(), frame.shown.order());
        // Whoever has gone elsewhere meanwhile stays there.
        if !to_end.get() || !(dom::is_focus_lost() || acts.at().is_some()) {
            return;
        }
        if let Some(last) = order.last() {
            acts.go_to_row(*last);
        }
        match progress {
            Progress::Loaded { more: true } if is_whole() => messages.load_more(),
            _ => to_end.set(false),
        }
    });
    let leap = move |leap: Leap, select: bool| {
        let order = frame.shown.order_untracked();
        let at = acts.at();
        let place = at.and_then(|at| order.iter().position(|id| *id == at));
        let Some(to) = landing(leap, place, order.len()) else { return acts.enter_list() };
        to_end.set(leap == Leap::Last && !select);
        let Some(to) = order.get(to).copied() else { return };
        if select {
            frame.selection.extend_to(to, at, &order);
        }
        acts.go_to_row(to);
    };
    let on_key = move |event: KeyboardEvent| {
        // Beside the letter, keys scroll the letter and select its text.
        if !is_for_the_page(&event) || event.alt_key() || dom::is_within(&event, ".read") {
            return;
        }
        let control = event.ctrl_key() || event.meta_key();
        if event.key() == "a" && control && !event.shift_key() {
            event.prevent_default();
            frame.selection.set(&frame.shown.order_untracked());
            return;
        }
        let rows = isize::try_from(page()).unwrap_or(isize::MAX);
        let to = match event.key().as_str() {
            "ArrowDown" => Leap::By(1),
            "ArrowUp" => Leap::By(-1),
            "PageDown" => Leap::By(rows),
            "PageUp" => Leap::By(-rows),
            "Home" => Leap::First,
            "End" => Leap::Last,
            _ => return,
        };
        if dom::is_focus_lost() || dom::is_within(&event, "#list") {
            event.prevent_default();
            leap(to, event.shift_key());
        }
    };
    let handle = window_event_listener(leptos::ev::keydown, on_key);
    on_cleanup(move || handle.remove());
}

/// Where a leap from a place leads to in a list of so many rows; `None` where it begins nowhere, and so enters the list.
fn landing(leap: Leap, place: Option<usize>, rows: usize) -> Option<usize> {
    let last = rows.saturating_sub(1);
    match leap {
        Leap::By(by) => Some(place?.saturating_add_signed(by).min(last)),
        Leap::First => Some(0),
        Leap::Last => Some(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_at_the_ends_and_need_a_beginning() {
        assert_eq!(landing(Leap::By(1), Some(2), 10), Some(3));
        assert_eq!(landing(Leap::By(-5), Some(2), 10), Some(0));
        assert_eq!(landing(Leap::By(20), Some(2), 10), Some(9));
        assert_eq!(landing(Leap::By(1), None, 10), None);
        assert_eq!((landing(Leap::First, None, 10), landing(Leap::Last, None, 10)), (Some(0), Some(9)));
    }
}
