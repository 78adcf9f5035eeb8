//! Fields, buttons and notes.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

use super::super::dom::{attribute, element, fill, on_press, text};

/// A button that does not send a form.
pub(super) fn button(class: &str, says: &str) -> Element {
    let made = text("button", class, says);
    attribute(&made, "type", "button");
    made
}

/// A form that the browser neither checks nor sends.
pub(super) fn form() -> Element {
    let made = element("form", "");
    attribute(&made, "novalidate", "");
    made
}

/// A field of a form: what is around it, and it.
pub(super) fn field(id: &str, input: Element, label: &str, hint: &str) -> (Element, Element) {
    let around = element("div", "field");
    let (label, hint_id) = (text("label", "", label), format!("{id}-hint"));
    attribute(&label, "for", id);
    attribute(&input, "id", id);
    attribute(&input, "aria-describedby", &hint_id);
    let hint = text("small", "", hint);
    attribute(&hint, "id", &hint_id);
    fill(&around, &[&label, &input, &hint]);
    (around, input)
}

/// An input of one line.
pub(super) fn line(kind: &str, complete: &str) -> Element {
    let input = element("input", "input");
    for (name, value) in [("type", kind), ("autocomplete", complete), ("spellcheck", "false")] {
        attribute(&input, name, value);
    }
    input
}

/// An input for a block of armor.
pub(super) fn block() -> Element {
    let input = element("textarea", "input armor");
    for (name, value) in [("rows", "4"), ("autocomplete", "off"), ("autocapitalize", "none"), ("spellcheck", "false")] {
        attribute(&input, name, value);
    }
    input
}

/// What stands in a field.
pub(super) fn value(field: &Element) -> String {
    let line = field.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value);
    line.or_else(|| field.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value)).unwrap_or_default()
}

/// Has this stand in a field.
pub(super) fn set_value(field: &Element, text: &str) {
    if let Some(field) = field.dyn_ref::<HtmlInputElement>() {
        field.set_value(text);
    }
    if let Some(field) = field.dyn_ref::<HtmlTextAreaElement>() {
        field.set_value(text);
    }
}

/// Gives something the focus.
pub(super) fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// A place for what is said while something is done, and of what came of it.
#[derive(Clone)]
pub(super) struct Note(pub(super) Element);

impl Note {
    pub(super) fn new() -> Self {
        let note = element("p", "note");
        attribute(&note, "role", "status");
        attribute(&note, "hidden", "");
        Self(note)
    }

    pub(super) fn says(&self, text: &str) {
        attribute(&self.0, "role", "status");
        self.shows("note", text);
    }

    pub(super) fn good(&self, text: &str) {
        self.shows("note good", text);
    }

    pub(super) fn bad(&self, text: &str) {
        attribute(&self.0, "role", "alert");
        self.shows("note bad", text);
    }

    pub(super) fn hide(&self) {
        attribute(&self.0, "hidden", "");
    }

    fn shows(&self, class: &str, text: &str) {
        self.0.set_class_name(class);
        self.0.set_text_content(Some(text));
        let _ = self.0.remove_attribute("hidden");
    }
}

/// Does something each time that a form is sent, once at a time.
pub(super) fn on_submit<F: Future<Output = ()> + 'static>(form: &Element, act: impl Fn() -> F + 'static) {
    let once = once_at_a_time(act);
    let closure = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        event.prevent_default();
        once();
    });
    let _ = form.add_event_listener_with_callback("submit", closure.as_ref().unchecked_ref());
    // Elements of this page live as long as it does.
    closure.forget();
}

/// Does something each time that a button is pressed, once at a time.
pub(super) fn on_act<F: Future<Output = ()> + 'static>(button: &Element, act: impl Fn() -> F + 'static) {
    on_press(button, once_at_a_time(act));
}

fn once_at_a_time<F: Future<Output = ()> + 'static>(act: impl Fn() -> F + 'static) -> impl Fn() + 'static {
    let busy = Rc::new(Cell::new(false));
    move || {
        if busy.replace(true) {
            return;
        }
        let (work, busy) = (act(), Rc::clone(&busy));
        spawn_local(async move {
            work.await;
            busy.set(false);
        });
    }
}
