//! What is on the screen: one sheet of paper after the other.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use shared::api::account::Language;
use shared::api::link::LinkName;
use shared::link::Person;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

use super::dom::{attribute, drawing, element, fill, here, on_press, sign, text};
use super::open::Trouble;
use super::report;
use crate::lang::initials::{initials, tone};
use crate::lang::reader::Reader;
use crate::platform::page as document;
use crate::platform::time;

/// The flap of an envelope, as wide as its sheet.
const FLAP: &str = "M0 0L50 24L100 0";

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

/// A field.
struct Field {
    field: Element,
    label: &'static str,
    hint: &'static str,
}

/// What an envelope shows.
pub(super) struct Envelope {
    pub(super) heading: String,
    pub(super) from: Person,
    /// What is to be known before, each with its sign.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) asks: Option<Asks>,
    pub(super) link: LinkName,
}

/// What an envelope asks for.
pub(super) struct Asks {
    pub(super) question: String,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    /// A code of digits, not words.
    pub(super) is_code: bool,
}

impl Page {
    pub(super) fn new(language: Language, words: &'static Reader) -> Self {
        document::set_root_attribute("lang", crate::lang::tag(language));
        let main = here().get_element_by_id("reader").expect("the document of this page");
        if let Ok(Some(footer)) = here().query_selector("footer") {
            footer.set_text_content(Some(words.footer));
        }
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
        let sheet = self.sheet(self.words.title, "letterhead waiting");
        let bar = element("div", "progress unknown");
        fill(&bar, &[&element("i", "")]);
        fill(&sheet, &[&text("p", "", self.words.one_moment), &bar]);
    }

    /// Says what is wrong, and waits until the person wants to try again.
    pub(super) async fn trouble(&self, trouble: &Trouble) {
        if *trouble == Trouble::Gone {
            return self.gone().await;
        }
        let sheet = self.sheet(self.words.title, "letterhead");
        let form = Form::new(&sheet, "", None, self.words.retry);
        form.wrong(&trouble.said(self.words));
        form.answered().await;
    }

    /// Says that there is no such letter. Nothing follows but loading the page anew.
    pub(super) async fn gone(&self) {
        let sheet = self.sheet(self.words.gone_title, "letterhead");
        let note = text("p", "gone", self.words.gone);
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
        Form::new(&sheet, "", Some(Field { field, label: self.words.words_label, hint: "" }), self.words.open)
    }

    /// Offers something else below what is asked; comes when it is pressed.
    pub(super) fn aside(&self, says: &str) -> oneshot::Receiver<()> {
        let (pressed, comes) = oneshot::channel();
        let button = text("button", "button aside", says);
        attribute(&button, "type", "button");
        let mut pressed = Some(pressed);
        on_press(&button, move || {
            if let Some(pressed) = pressed.take() {
                // Nobody waits any more where the words were typed.
                let _ = pressed.send(());
            }
        });
        if let Some(sheet) = self.main.first_element_child() {
            fill(&sheet, &[&button]);
        }
        comes
    }

    /// Shows who wrote, and asks whether to open.
    pub(super) fn envelope(&self, envelope: &Envelope) -> Form {
        let sheet = self.sheet(&envelope.heading, "letterhead cover");
        let flap = drawing("0 0 100 25", "flap", FLAP);
        for (name, value) in [("preserveAspectRatio", "none"), ("aria-hidden", "true")] {
            attribute(&flap, name, value);
        }
        let _ = sheet.prepend_with_node_2(&flap, &face(&envelope.from, "avatar large"));
        fill(&sheet, &[&text("p", "address", &envelope.from.address)]);
        let form = Form::asking(&sheet, &envelope.facts, envelope.asks.as_ref(), "", self.words.open);
        fill(&sheet, &[&report::section(self.words, envelope.link)]);
        form
    }
}

/// The face of somebody.
pub(super) fn face(person: &Person, class: &str) -> Element {
    let face = text("span", class, &initials(&person.name, &person.address));
    attribute(&face, "data-tone", &tone(&person.address).to_string());
    attribute(&face, "aria-hidden", "true");
    face
}

impl Form {
    /// Says what is to be known before a letter is opened, and asks what is asked. `prefix` keeps the forms of one document apart.
    pub(super) fn asking(
        into: &Element,
        known: &[(&str, String)],
        asks: Option<&Asks>,
        prefix: &str,
        says: &str,
    ) -> Self {
        let facts = element("ul", "facts");
        for (glyph, fact) in known {
            let row = element("li", "");
            fill(&row, &[&sign(glyph), &text("span", "", fact)]);
            fill(&facts, &[&row]);
        }
        fill(into, &[&facts]);
        let field = asks.map(|asks| {
            fill(into, &[&text("p", "question", &asks.question)]);
            let field = element("input", if asks.is_code { "input code" } else { "input" });
            let keys = if asks.is_code { "numeric" } else { "text" };
            for (name, value) in
                [("type", "text"), ("inputmode", keys), ("autocomplete", "off"), ("autocapitalize", "none")]
            {
                attribute(&field, name, value);
            }
            Field { field, label: asks.label, hint: asks.hint }
        });
        Self::new(into, prefix, field, says)
    }

    fn new(sheet: &Element, prefix: &str, field: Option<Field>, says: &str) -> Self {
        let id = |name: &str| format!("{prefix}{name}");
        let form = element("form", "");
        attribute(&form, "novalidate", "");
        let field = field.map(|Field { field, label, hint }| {
            let around = element("div", "field");
            let label = text("label", "", label);
            attribute(&label, "for", &id("answer"));
            attribute(&field, "id", &id("answer"));
            attribute(&field, "aria-describedby", &format!("{} {}", id("hint"), id("wrong")));
            let hint = text("small", "", hint);
            attribute(&hint, "id", &id("hint"));
            fill(&around, &[&label, &field, &hint]);
            fill(&form, &[&around]);
            field
        });
        let note = element("p", "note bad");
        for (name, value) in [("role", "alert"), ("id", &*id("wrong")), ("hidden", "")] {
            attribute(&note, name, value);
        }
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
        let Some(field) = &self.field else { return };
        attribute(field, "aria-invalid", "true");
        if let Some(field) = field.dyn_ref::<HtmlElement>() {
            let _ = field.focus();
        }
        if let Some(field) = field.dyn_ref::<HtmlInputElement>() {
            field.select();
        }
    }
}
