//! Where somebody writes in a letter: it is found again when something came between, and what is typed on never becomes
//! commands to the page behind.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlInputElement, HtmlTextAreaElement};

use crate::state::drafts::{Draft, Spot};
use crate::ui::dom;

/// The window of the letter.
type Section = NodeRef<html::Section>;

/// Notes which field of the letter has the focus.
pub(super) fn note(draft: Draft, event: &FocusEvent) {
    let field = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(field) = field.filter(|field| field.matches("input, textarea").unwrap_or(false)) {
        draft.spot.set_value(Some(Spot { field: field.id(), selection: None }));
    }
}

/// Notes where in the field it is, before the window goes: it comes back when the letter could not be saved.
pub(super) fn remember(draft: Draft) {
    draft.spot.update_value(|spot| {
        if let Some(spot) = spot {
            spot.selection = document().get_element_by_id(&spot.field).and_then(|field| selection(&field));
        }
    });
}

/// Where one begins: where one was, else with the recipient, or where there is one with the text.
pub(super) fn start(draft: Draft, section: Section) {
    Effect::new(move || {
        let Some(section) = section.get() else { return };
        let has_people = draft.to.with_untracked(|to| !to.is_empty());
        let field = if has_people { "textarea" } else { ".people input" };
        request_animation_frame(move || {
            if let Some(field) = spot(draft) {
                return dom::focus(&field);
            }
            if let Ok(Some(field)) = section.query_selector(field) {
                // Before it has the focus: browsers bring into view where the writing goes on, and that is its beginning.
                if has_people {
                    select(&field, (0, 0));
                }
                dom::focus_in_place(&field);
                let scrollers =
                    [Some(section.clone().into()), section.query_selector(".inner").ok().flatten(), Some(field)];
                scrollers.into_iter().flatten().for_each(|scroller: Element| scroller.set_scroll_top(0));
            }
        });
    });
}

/// Keeps the focus in the letter while it is on its way, when nothing of it can have one; brings it back to where it was when the
/// letter did not leave.
pub(super) fn stay(leaving: Memo<bool>, draft: Draft, section: Section) {
    Effect::new(move |was: Option<bool>| {
        let is = leaving.get();
        if let Some(section) = section.get_untracked() {
            if is {
                dom::focus(&section);
            } else if was == Some(true) {
                // After the fields can have it again.
                request_animation_frame(move || {
                    let focused = dom::focused().map(Element::from);
                    if !is_lost() && focused.as_ref() != Some(section.as_ref()) {
                        // The person is elsewhere by now.
                        return;
                    }
                    // On a phone the keyboard would come up over what is said.
                    match spot(draft).filter(|_| !dom::is_phone()) {
                        Some(field) => dom::focus(&field),
                        None => dom::focus(&section),
                    }
                });
            }
        }
        is
    });
}

/// What had the focus may have gone with what was pressed; it stays in the letter.
pub(super) fn keep(section: Section) {
    request_animation_frame(move || {
        if is_lost()
            && let Some(section) = section.try_get_untracked().flatten()
        {
            dom::focus_in_place(&section);
        }
    });
}

/// Whether nothing has the focus.
fn is_lost() -> bool {
    dom::focused().is_none_or(|focused| focused.tag_name() == "BODY")
}

/// The field in which somebody wrote last, with what was selected in it.
fn spot(draft: Draft) -> Option<Element> {
    let spot = draft.spot.get_value()?;
    let field = document().get_element_by_id(&spot.field)?;
    if let Some(selection) = spot.selection {
        select(&field, selection);
    }
    Some(field)
}

fn selection(field: &Element) -> Option<(u32, u32)> {
    let (from, to) = match (field.dyn_ref::<HtmlTextAreaElement>(), field.dyn_ref::<HtmlInputElement>()) {
        (Some(area), _) => (area.selection_start(), area.selection_end()),
        (_, Some(input)) => (input.selection_start(), input.selection_end()),
        _ => return None,
    };
    from.ok().flatten().zip(to.ok().flatten())
}

fn select(field: &Element, (from, to): (u32, u32)) {
    // Only fails for kinds of fields that have no selection.
    let _ = match (field.dyn_ref::<HtmlTextAreaElement>(), field.dyn_ref::<HtmlInputElement>()) {
        (Some(area), _) => area.set_selection_range(from, to),
        (_, Some(input)) => input.set_selection_range(from, to),
        _ => Ok(()),
    };
}
