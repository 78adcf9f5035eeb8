//! What is on the screen: one sheet of paper after the other.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use shared::api::account::Language;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

use super::open::Trouble;
use crate::lang::reader::Reader;
use crate::platform::page as document;
use crate::platform::time;

/// The page.
pub(super) struct Page {
    words: &'static Reader,
    main: Element,
}

/// A form with one field at most, which can be answered again and again.
pub(super) struct Form {
    form: Element,
    field: Option<Element>,
    button: Element,
    note: Element,
    says: String,
}

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
pub(super) fn fill(into: &Element, parts: &[&Element]) {
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

fn here() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a program in a document")
}

impl Page {
    pub(super) fn new(language: Language, words: &'static Reader) -> Self {
        let root = here().document_element().expect("a document");
        attribute(&root, "lang", crate::lang::tag(language));
        let main = here().get_element_by_id("reader").expect("the document of this page");
        Self { words, main }
    }

    /// An empty sheet with a heading, in the place of what was there. The heading has the focus, so that it is read out.
    pub(super) fn sheet(&self, heading: &str, class: &str) -> Element {
        document::set_title(heading);
        self.main.set_text_content(None);
        let sheet = element("div", class);
        let title = text("h1", "subject", heading);
        attribute(&title, "tabindex", "-1");
        fill(&sheet, &[&title]);
        fill(&self.main, &[&sheet]);
        if let Some(title) = title.dyn_ref::<HtmlElement>() {
            let _ = title.focus();
        }
        sheet
    }

    /// Says that something is on its way.
    pub(super) fn waiting(&self) {
        let sheet = self.sheet(self.words.title, "letterhead");
        fill(&sheet, &[&text("p", "", self.words.one_moment)]);
    }

    /// Says what is wrong, and waits until the person wants to try again.
    pub(super) async fn trouble(&self, trouble: &Trouble) {
        if *trouble == Trouble::Gone {
            return self.gone().await;
        }
        let sheet = self.sheet(self.words.title, "letterhead");
        let form = Form::new(&sheet, None, self.words.retry);
        form.wrong(&trouble.said(self.words));
        form.answered().await;
    }

    /// Says that there is no such letter. Nothing follows but loading the page anew.
    pub(super) async fn gone(&self) {
        let sheet = self.sheet(self.words.gone_title, "letterhead");
        let note = text("p", "note gone", self.words.gone);
        attribute(&note, "role", "alert");
        fill(&sheet, &[&note]);
        std::future::pending::<()>().await;
    }

    /// Asks for the words of a link.
    pub(super) fn words_form(&self, why: &str) -> Form {
        let sheet = self.sheet(self.words.words_title, "letterhead");
        fill(&sheet, &[&text("p", "intro", why)]);
        let field = element("textarea", "input");
        for (name, value) in
            [("rows", "3"), ("autocapitalize", "none"), ("spellcheck", "false"), ("autocomplete", "off")]
        {
            attribute(&field, name, value);
        }
        Form::new(&sheet, Some((field, self.words.words_label, "")), self.words.open)
    }

    /// Shows who wrote, and asks whether to open; `asks` is a question, the label of its field, and a hint.
    pub(super) fn cover_form(
        &self,
        heading: &str,
        address: &str,
        until: &str,
        asks: Option<(String, &str, &str)>,
    ) -> Form {
        let sheet = self.sheet(heading, "letterhead cover");
        fill(&sheet, &[&text("p", "address", address), &text("p", "until", until), &text("p", "", self.words.what)]);
        let field = asks.map(|(question, label, hint)| {
            fill(&sheet, &[&text("p", "question", &question)]);
            let field = element("input", "input");
            for (name, value) in [("type", "text"), ("autocomplete", "off"), ("autocapitalize", "none")] {
                attribute(&field, name, value);
            }
            (field, label, hint)
        });
        Form::new(&sheet, field, self.words.open)
    }
}

impl Form {
    fn new(sheet: &Element, field: Option<(Element, &str, &str)>, says: &str) -> Self {
        let form = element("form", "");
        attribute(&form, "novalidate", "");
        let field = field.map(|(field, label, hint)| {
            let around = element("div", "field");
            let label = text("label", "", label);
            attribute(&label, "for", "answer");
            attribute(&field, "id", "answer");
            fill(&around, &[&label, &field]);
            if !hint.is_empty() {
                let hint = text("small", "", hint);
                attribute(&hint, "id", "hint");
                attribute(&field, "aria-describedby", "hint");
                fill(&around, &[&hint]);
            }
            fill(&form, &[&around]);
            field
        });
        let note = element("p", "note bad");
        attribute(&note, "role", "alert");
        attribute(&note, "hidden", "");
        let button = text("button", "button main wide", says);
        fill(&form, &[&note, &button]);
        fill(sheet, &[&form]);
        Self { form, field, button, note, says: says.to_owned() }
    }

    /// Waits until the person has answered; gives what stands in the field.
    pub(super) async fn answered(&self) -> String {
        let (sent, comes) = oneshot::channel();
        let sent = Rc::new(RefCell::new(Some(sent)));
        let heard = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            event.prevent_default();
            if let Some(sent) = sent.borrow_mut().take() {
                let _ = sent.send(());
            }
        });
        let listener = heard.as_ref().unchecked_ref();
        let _ = self.form.add_event_listener_with_callback("submit", listener);
        let _ = comes.await;
        let _ = self.form.remove_event_listener_with_callback("submit", listener);
        // Until it is asked again a second press does nothing, and the browser does not send the form anywhere.
        let ignored = Closure::<dyn Fn(Event)>::new(|event: Event| event.prevent_default());
        let _ = self.form.add_event_listener_with_callback("submit", ignored.as_ref().unchecked_ref());
        ignored.forget();
        let value = self.field.as_ref().and_then(|field| {
            let input = field.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value);
            input.or_else(|| field.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value))
        });
        value.unwrap_or_default()
    }

    /// Says that it takes a moment, and lets the browser paint that.
    pub(super) async fn busy(&self, says: &str) {
        attribute(&self.note, "hidden", "");
        attribute(&self.button, "disabled", "");
        self.button.set_text_content(Some(says));
        document::after_paint().await;
        time::sleep(0).await;
    }

    /// Says what is wrong with the answer.
    pub(super) fn wrong(&self, why: &str) {
        let _ = self.note.remove_attribute("hidden");
        self.note.set_text_content(Some(why));
        let _ = self.button.remove_attribute("disabled");
        self.button.set_text_content(Some(&self.says));
        if let Some(field) = self.field.as_ref().and_then(|field| field.dyn_ref::<HtmlElement>()) {
            let _ = field.focus();
        }
    }
}
