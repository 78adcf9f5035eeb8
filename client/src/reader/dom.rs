//! Elements, made and joined by hand: this page is small, and so is what it needs of the browser.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, Event, Node};

/// The namespace of drawings.
const SVG: &str = "http://www.w3.org/2000/svg";

/// Signs, drawn on a grid of 24 with one line.
pub(super) const FILE: &str = "M6 3h8l4 4v14H6zM14 3v4h4";
pub(super) const CLIP: &str = "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l7-7";
pub(super) const CLOSE: &str = "M6 6l12 12M18 6L6 18";
pub(super) const REPLY: &str = "M10 7l-6 5 6 5v-3c6 0 8 1 10 4-1-6-4-8-10-8z";
pub(super) const CLOCK: &str = "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4l3 2";
pub(super) const EYE: &str = "M2 12c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.5 7-10 7s-7-2-10-7M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6";
pub(super) const BROWSER: &str = "M3 5h18v14H3zM3 9h18M6 7h.01";

/// Makes an element.
pub(super) fn element(name: &str, class: &str) -> Element {
    let made = here().create_element(name).expect("a name of HTML");
    if !class.is_empty() {
        made.set_class_name(class);
    }
    made
}

/// Makes an element with a text.
pub(super) fn text(name: &str, class: &str, text: &str) -> Element {
    let made = element(name, class);
    made.set_text_content(Some(text));
    made
}

/// Puts elements into another one, at its end.
pub(super) fn fill(into: &Element, parts: &[&Node]) {
    for part in parts {
        // An element takes another one.
        let _ = into.append_child(part);
    }
}

/// Sets an attribute.
pub(super) fn attribute(element: &Element, name: &str, value: &str) {
    // Names of attributes are known to be such.
    let _ = element.set_attribute(name, value);
}

/// Does something each time that an element is pressed.
pub(super) fn on_press(element: &Element, act: impl FnMut() + 'static) {
    let act = RefCell::new(act);
    let closure = Closure::<dyn Fn(Event)>::new(move |_: Event| {
        if let Ok(mut act) = act.try_borrow_mut() {
            act();
        }
    });
    let _ = element.add_event_listener_with_callback("click", closure.as_ref().unchecked_ref());
    // Elements of this page live as long as it does.
    closure.forget();
}

pub(super) fn here() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a program in a document")
}

/// Makes a sign, which says nothing by itself.
pub(super) fn sign(path: &str) -> Element {
    let made = drawing("0 0 24 24", "icon", path);
    attribute(&made, "aria-hidden", "true");
    made
}

/// Makes a drawing of one line.
pub(super) fn drawing(grid: &str, class: &str, path: &str) -> Element {
    let make = |name| here().create_element_ns(Some(SVG), name).expect("a name of SVG");
    let (made, line) = (make("svg"), make("path"));
    for (element, name, value) in [(&made, "viewBox", grid), (&made, "class", class), (&line, "d", path)] {
        attribute(element, name, value);
    }
    fill(&made, &[&line]);
    made
}

/// Text without an element of its own.
pub(super) fn loose(text: &str) -> Node {
    here().create_text_node(text).unchecked_into()
}
