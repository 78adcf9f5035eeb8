//! Answering an open letter, as often as one likes. What was sent stands above what is written, as long as the page is open.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::api::account::Language;
use shared::api::limits::{LINK_REPLY_BYTES, LINK_REPLY_FILES};
use shared::link::KeptReply;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, File, HtmlElement, HtmlTextAreaElement};

use super::answer::{Failed, Outbox, Step, Written};
use super::dom::{CLIP, CLOSE, FILE, REPLY, attribute, element, fill, on_press, sign, text};
use super::envelope;
use super::letter::Letter;
use crate::lang::format::{self, DateStyle};
use crate::platform::{files, time};

/// Where an answer is written.
struct Desk {
    letter: Rc<Letter>,
    outbox: Outbox,
    /// The files that go with it.
    files: RefCell<Vec<File>>,
    /// Something is on its way.
    busy: Cell<bool>,
    sent: Element,
    form: Element,
    field: Element,
    chosen: Element,
    attach: Element,
    send: Element,
    state: Element,
    bar: Element,
    note: Element,
}

/// Where the letter is answered; nothing where its sender wants no answers.
pub(super) fn section(letter: &Rc<Letter>) -> Option<Element> {
    letter.manifest()?.replies.as_ref()?;
    let outbox = Outbox::new(letter.opened.reply_as.clone()?);
    let (around, begin) = (element("section", "reply"), element("button", "button main begin no-print"));
    attribute(&begin, "type", "button");
    fill(&begin, &[&sign(REPLY), &text("span", "", letter.words.reply)]);
    let desk = Rc::new(Desk::new(letter, outbox));
    fill(&around, &[&desk.sent, &begin, &desk.form]);
    desk.listen();
    let pressed = begin.clone();
    on_press(&begin, move || {
        pressed.remove();
        let _ = desk.form.remove_attribute("hidden");
        desk.outbox.prepare();
        desk.focus();
    });
    Some(around)
}

/// An answer that has left: when, what it says, and its files.
pub(super) fn sent(letter: &Letter, reply: &KeptReply, style: DateStyle) -> Element {
    let (words, language) = (letter.words, letter.language);
    let (sent, around) = (element("li", ""), element("ul", "enclosed"));
    let at = (words.replied)(&format::date(language, reply.date, style));
    fill(&sent, &[&text("b", "", &at), &text("div", "body", &reply.text)]);
    for (name, octets) in &reply.files {
        fill(&around, &[&row(language, name, *octets)]);
    }
    fill(&sent, &[&around]);
    if !reply.is_whole {
        fill(&sent, &[&text("small", "", words.reply_cut)]);
    }
    sent
}

/// What was kept of answers to a letter, oldest first.
pub(super) fn kept(letter: &Letter) -> Element {
    let list = element("ol", "replies");
    for reply in letter.opened.replies.iter().rev() {
        fill(&list, &[&sent(letter, reply, DateStyle::Full)]);
    }
    list
}

fn row(language: Language, name: &str, octets: u64) -> Element {
    let (row, what) = (element("li", ""), element("div", "what"));
    let size = text("span", "size", &format::size(language, octets));
    fill(&what, &[&text("span", "name", name), &size]);
    fill(&row, &[&sign(FILE), &what]);
    row
}

impl Desk {
    fn new(letter: &Rc<Letter>, outbox: Outbox) -> Self {
        let (words, to) =
            (letter.words, letter.manifest().map(|manifest| envelope::name(&manifest.from)).unwrap_or_default());
        let form = element("form", "no-print");
        attribute(&form, "novalidate", "");
        attribute(&form, "hidden", "");
        let (around, field) = (element("div", "field"), element("textarea", "input"));
        let label = text("label", "", &(words.reply_label)(to));
        attribute(&label, "for", "reply");
        for (name, value) in [("id", "reply"), ("rows", "7"), ("aria-describedby", "reply-what reply-note")] {
            attribute(&field, name, value);
        }
        let most = format::size(letter.language, LINK_REPLY_BYTES as u64);
        let what = text("small", "", &(words.reply_what)(to, &most));
        attribute(&what, "id", "reply-what");
        fill(&around, &[&label, &field, &what]);
        let (attach, send) = (element("button", "button"), text("button", "button main", words.send));
        attribute(&attach, "type", "button");
        fill(&attach, &[&sign(CLIP), &text("span", "", words.attach)]);
        let (state, bar, note) = (element("span", "state"), element("div", "progress"), element("p", "note bad"));
        attribute(&state, "role", "status");
        attribute(&bar, "hidden", "");
        fill(&bar, &[&element("i", "")]);
        for (name, value) in [("role", "alert"), ("id", "reply-note"), ("hidden", "")] {
            attribute(&note, name, value);
        }
        let (chosen, buttons) = (element("ul", "enclosed"), element("div", "buttons"));
        fill(&buttons, &[&send, &attach, &state]);
        fill(&form, &[&around, &chosen, &note, &bar, &buttons]);
        Self {
            letter: Rc::clone(letter),
            outbox,
            files: RefCell::default(),
            busy: Cell::new(false),
            sent: kept(letter),
            form,
            field,
            chosen,
            attach,
            send,
            state,
            bar,
            note,
        }
    }

    /// Elements of this page live as long as it does, and so does what listens to them.
    fn listen(self: &Rc<Self>) {
        let desk = Rc::clone(self);
        let on_submit = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            event.prevent_default();
            if !desk.busy.replace(true) {
                spawn_local(Rc::clone(&desk).leave());
            }
        });
        let desk = Rc::clone(self);
        let on_input = Closure::<dyn Fn(Event)>::new(move |_: Event| desk.changed());
        let _ = self.form.add_event_listener_with_callback("submit", on_submit.as_ref().unchecked_ref());
        let _ = self.field.add_event_listener_with_callback("input", on_input.as_ref().unchecked_ref());
        on_submit.forget();
        on_input.forget();
        let desk = Rc::clone(self);
        on_press(&self.attach, move || {
            let desk = Rc::clone(&desk);
            spawn_local(async move {
                let picked = files::pick("").await;
                desk.add(picked);
            });
        });
    }

    fn field(&self) -> Option<&HtmlTextAreaElement> {
        self.field.dyn_ref()
    }

    fn text(&self) -> String {
        self.field().map(HtmlTextAreaElement::value).unwrap_or_default()
    }

    fn focus(&self) {
        if let Some(field) = self.field.dyn_ref::<HtmlElement>() {
            let _ = field.focus();
        }
    }

    /// Notes that something else stands there now.
    fn changed(&self) {
        attribute(&self.note, "hidden", "");
        self.state.set_text_content(None);
        let is_empty = self.text().trim().is_empty() && self.files.borrow().is_empty();
        self.letter.unfinished.unsent.set(!is_empty);
    }

    /// Takes files that fit.
    fn add(self: &Rc<Self>, picked: Vec<File>) {
        // They were chosen before it left.
        if picked.is_empty() || self.busy.get() {
            return;
        }
        let files = [self.files.borrow().clone(), picked].concat();
        let octets = files.iter().fold(self.text().len() as f64, |sum, file| sum + file.size());
        self.changed();
        if octets > LINK_REPLY_BYTES as f64 || files.len() > LINK_REPLY_FILES {
            return self.says(&Failed::TooLarge);
        }
        self.files.replace(files);
        self.changed();
        self.lists();
    }

    /// Shows the files that go with it.
    fn lists(self: &Rc<Self>) {
        self.chosen.set_text_content(None);
        for (place, file) in self.files.borrow().iter().enumerate() {
            // A size is a whole number, below 2^53.
            let row = row(self.letter.language, &file.name(), file.size() as u64);
            let remove = element("button", "tool");
            attribute(&remove, "type", "button");
            attribute(&remove, "aria-label", &(self.letter.words.remove)(&file.name()));
            fill(&remove, &[&sign(CLOSE)]);
            fill(&row, &[&remove]);
            fill(&self.chosen, &[&row]);
            let desk = Rc::clone(self);
            on_press(&remove, move || {
                if desk.busy.get() {
                    return;
                }
                desk.files.borrow_mut().remove(place);
                desk.changed();
                desk.lists();
                desk.focus();
            });
        }
    }

    /// Sends what stands there.
    async fn leave(self: Rc<Self>) {
        let written = Written { text: self.text(), files: self.files.borrow().clone() };
        self.changed();
        if !self.letter.unfinished.unsent.get() {
            self.note(self.letter.words.reply_empty);
            self.focus();
            self.busy.set(false);
            return;
        }
        self.is_busy(true);
        let shown = Rc::clone(&self);
        let left = self.outbox.send(&self.letter, &written, move |step| shown.shows(step)).await;
        self.is_busy(false);
        match left {
            Ok(left) => self.has_left(&written, left),
            Err(failed) => self.says(&failed),
        }
    }

    /// Shows what was sent, and leaves room for more.
    fn has_left(self: &Rc<Self>, written: &Written, left: u32) {
        let words = self.letter.words;
        let files = written.files.iter().map(|file| (file.name(), file.size() as u64)).collect();
        let reply = KeptReply { date: time::now(), text: written.text.clone(), files, is_whole: true };
        fill(&self.sent, &[&sent(&self.letter, &reply, DateStyle::Time)]);
        if let Some(field) = self.field() {
            field.set_value("");
        }
        self.files.borrow_mut().clear();
        self.lists();
        self.changed();
        self.state.set_text_content(Some(words.reply_arrived));
        if left == 0 {
            self.note(words.reply_refused);
        }
        self.focus();
    }

    fn is_busy(&self, busy: bool) {
        self.busy.set(busy);
        for (element, name) in [(&self.field, "readonly"), (&self.attach, "disabled"), (&self.send, "disabled")] {
            let _ = if busy { element.set_attribute(name, "") } else { element.remove_attribute(name) };
        }
        attribute(&self.bar, "hidden", "");
        self.state.set_text_content(None);
    }

    fn shows(&self, step: Step) {
        let words = self.letter.words;
        let (said, percent) = match step {
            Step::Sealing => (words.sealing.to_owned(), 0),
            Step::Sending(percent) => ((words.sending)(percent), percent),
        };
        self.state.set_text_content(Some(&said));
        let _ = self.bar.remove_attribute("hidden");
        let inner = self.bar.first_element_child();
        if let Some(inner) = inner.as_ref().and_then(|inner| inner.dyn_ref::<HtmlElement>()) {
            let _ = inner.style().set_property("width", &format!("{percent}%"));
        }
    }

    fn says(&self, failed: &Failed) {
        let words = self.letter.words;
        let most = || format::size(self.letter.language, LINK_REPLY_BYTES as u64);
        self.note(&match failed {
            Failed::Offline => words.reply_offline.to_owned(),
            Failed::Gone => words.reply_gone.to_owned(),
            Failed::PerhapsArrived => words.reply_perhaps.to_owned(),
            Failed::Refused => words.reply_refused.to_owned(),
            Failed::Wait(seconds) => (words.reply_wait)(*seconds),
            Failed::TooLarge => (words.reply_too_large)(&most()),
            Failed::Unsealable => words.reply_unsealable.to_owned(),
            Failed::Unreadable(name) => (words.unreadable)(name),
        });
    }

    fn note(&self, why: &str) {
        self.note.set_text_content(Some(why));
        let _ = self.note.remove_attribute("hidden");
    }
}
