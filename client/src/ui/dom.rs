//! Small dealings with the document that components share.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

/// Moves the focus to the element of an id, once what is being shown now is there.
pub fn focus_id(id: &'static str) {
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(id) {
            focus(&element);
        }
    });
}

/// Moves the focus to the field of an id that is being shown for the first time, unless somebody was quicker and writes into
/// another: a first frame can be late, and what is typed then must not go where it can be read.
pub fn begin_at(id: &'static str) {
    request_animation_frame(move || {
        let is_writing = document().active_element().is_some_and(|now| is_field(&now));
        if let Some(field) = document().get_element_by_id(id).filter(|_| !is_writing) {
            focus(&field);
        }
    });
}

/// Moves the focus to the field of an id and selects what was typed, so that it can be typed anew or corrected.
pub fn select_id(id: &'static str) {
    request_animation_frame(move || {
        if let Some(field) =
            document().get_element_by_id(id).and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
        {
            let _ = field.focus();
            field.select();
        }
    });
}

/// Moves the focus to the first element that a selector finds, once what is being shown now is there.
pub fn focus_first(selector: &'static str) {
    request_animation_frame(move || {
        if let Ok(Some(element)) = document().query_selector(selector) {
            focus(&element);
        }
    });
}

/// How many frames a focus waits for what shall have it: some have to be drawn first, or lie under a dialog that is closing.
const FRAMES: u32 = 12;

/// Moves the focus to the first element that a selector finds, now or as soon as it is there and can have it; where it does not
/// come, to `otherwise`, unless the focus is somewhere.
pub fn pass_focus(to: String, otherwise: &'static str) {
    pass(to, otherwise, false, FRAMES);
}

/// The same for what takes itself away, a button that is pressed once: only if the focus is lost with it.
pub fn save_focus(to: String, otherwise: &'static str) {
    request_animation_frame(move || pass(to, otherwise, true, FRAMES));
}

fn pass(to: String, otherwise: &'static str, only_lost: bool, frames: u32) {
    if (only_lost && !is_focus_lost()) || !take_focus(&to) {
        if frames > 0 {
            request_animation_frame(move || pass(to, otherwise, only_lost, frames - 1));
        } else if is_focus_lost() {
            take_focus(otherwise);
        }
    }
}

/// Moves the focus to the first element that a selector finds; says whether it is there now.
pub fn take_focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(found) = &found {
        focus(found);
    }
    found.is_some() && document().active_element() == found
}

/// Whether nothing has the focus: what had it is gone, or somebody pressed where nothing is.
#[must_use]
pub fn is_focus_lost() -> bool {
    document().active_element().is_none_or(|now| now.tag_name() == "BODY")
}

/// Whether the middle of an element can be seen in what scrolls it, as a selector finds that.
#[must_use]
pub fn is_in_view(element: &Element, scroller: &str) -> bool {
    let Ok(Some(scroller)) = element.closest(scroller) else { return false };
    let (of, window) = (element.get_bounding_client_rect(), scroller.get_bounding_client_rect());
    (window.top()..window.bottom()).contains(&((of.top() + of.bottom()) / 2.0))
}

/// Whether what an event was meant for stands within what a selector finds.
#[must_use]
pub fn is_within(event: &web_sys::Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// Brings the first element that a selector finds into view, once what is being shown now is there.
pub fn show_first(selector: &'static str) {
    request_animation_frame(move || {
        if let Ok(Some(element)) = document().query_selector(selector) {
            element.scroll_into_view_with_bool(false);
        }
    });
}

/// Scrolls what a selector finds to its beginning.
pub fn scroll_to_top(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        element.set_scroll_top(0);
    }
}

/// Moves the focus; elements that cannot have it are passed over.
pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // Only fails for elements that are no longer in the document.
        let _ = element.focus();
    }
}

/// Moves the focus without scrolling anything.
pub fn focus_in_place(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        // Only fails as in `focus`.
        let _ = element.focus_with_options(&options);
    }
}

/// What has the focus now, to give it back later.
#[must_use]
pub fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// Whether what got the focus got it by a key, as browsers show it.
#[must_use]
pub fn is_focus_visible(event: &web_sys::FocusEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.matches(":focus-visible").unwrap_or(true))
}

/// Whether a key belongs to what is being typed: the focus is in a field, or an input method is composing.
#[must_use]
pub fn is_typing(event: &KeyboardEvent) -> bool {
    /// The key code that browsers give while an input method works, where `isComposing` is not yet set.
    const COMPOSING: u32 = 229;
    if event.is_composing() || event.key_code() == COMPOSING {
        return true;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| is_field(&element))
}

/// Whether an element is one that is typed into or chosen from, or stands in one.
fn is_field(element: &Element) -> bool {
    let field = "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])";
    element.closest(field).ok().flatten().is_some()
}

/// Moves the focus among the items of a group with the arrow keys, Home and End; says whether the key was one of these.
pub fn roam(event: &KeyboardEvent, group: &Element, items: &str) -> bool {
    let Ok(found) = group.query_selector_all(items) else { return false };
    let all: Vec<Element> = (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect();
    let now = document().active_element();
    let place = all.iter().position(|element| Some(element) == now.as_ref());
    let last = all.len().saturating_sub(1);
    let next = match event.key().as_str() {
        "ArrowDown" | "ArrowRight" => place.map_or(0, |place| if place >= last { 0 } else { place + 1 }),
        "ArrowUp" | "ArrowLeft" => place.map_or(last, |place| if place == 0 { last } else { place - 1 }),
        "Home" => 0,
        "End" => last,
        _ => return false,
    };
    event.prevent_default();
    if let Some(element) = all.get(next) {
        focus(element);
    }
    true
}

/// How many CSS pixels one `rem` is: people who enlarge the text make it larger.
#[must_use]
pub fn rem() -> f64 {
    const USUAL: f64 = 16.0;
    let size = || {
        let root = document().document_element()?;
        let style = window().get_computed_style(&root).ok()??;
        style.get_property_value("font-size").ok()?.trim_end_matches("px").parse().ok()
    };
    size().unwrap_or(USUAL)
}

/// Whether a media query holds now.
#[must_use]
pub fn matches_media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Whether the window is as narrow as a phone.
#[must_use]
pub fn is_phone() -> bool {
    matches_media("(max-width: 760px)")
}

/// Whether there is likely to be a keyboard: where one points with a finger alone, there is none.
#[must_use]
pub fn has_keyboard() -> bool {
    matches_media("(any-pointer: fine)")
}

/// The file-like name of this page's origin, `https://box.example`.
#[must_use]
pub fn origin() -> String {
    location().origin().unwrap_or_default()
}
