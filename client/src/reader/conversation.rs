//! The conversation that an open letter belongs to: the earlier letters from its sender, each opened where it stands when somebody asks
//! for it, and that there is a later one.
//!
//! Invariants: nothing is asked of the box about an earlier letter before somebody presses on it; one that is locked, or does not open
//! as often as one likes, says so first.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::link::EarlierLetter;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use super::content::Begun;
use super::dom::{CLOCK, attribute, element, fill, on_press, sign, text};
use super::letter::Letter;
use super::open::{self, Found, Opened, Trouble};
use super::page::Form;
use super::{content, envelope, reply};
use crate::lang::format::{self, DateStyle};

/// An earlier letter in the list.
struct Row {
    beside: Rc<Letter>,
    letter: EarlierLetter,
    button: Element,
    /// What it says, once it is open.
    inside: Element,
    note: Element,
    step: Cell<Step>,
    /// It has been opened, and what it says did not come yet: it may not open again.
    pending: RefCell<Option<(Found, Opened)>>,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Closed,
    /// On its way.
    Opening,
    /// It asks, or is open.
    Unfolded,
}

/// That its sender has written since.
pub(super) fn later(letter: &Letter) -> Option<Element> {
    let (at, manifest) = (letter.opened.later?, letter.manifest()?);
    let day = format::date(letter.language, at, DateStyle::Full);
    let note = element("p", "note later no-print");
    fill(&note, &[&sign(CLOCK), &text("span", "", &(letter.words.later)(envelope::name(&manifest.from), &day))]);
    Some(note)
}

/// The earlier letters; nothing where there are none.
pub(super) fn section(letter: &Rc<Letter>) -> Option<Element> {
    let earlier = &letter.opened.earlier;
    let title = (letter.words.earlier)(envelope::name(&letter.manifest()?.from));
    if earlier.is_empty() {
        return None;
    }
    let (around, list) = (element("section", "earlier"), element("ol", ""));
    for letter_before in earlier {
        fill(&list, &[&row(letter, letter_before)]);
    }
    fill(&around, &[&text("h2", "", &title), &list]);
    Some(around)
}

fn row(beside: &Rc<Letter>, letter: &EarlierLetter) -> Element {
    let (row, inside) = (element("li", ""), element("div", "inside"));
    let (button, note) = (element("button", "unfold"), element("p", "note bad"));
    let subject = if letter.subject.trim().is_empty() { beside.words.no_subject } else { letter.subject.trim() };
    let date = format::date(beside.language, letter.date, DateStyle::Full);
    fill(&button, &[&text("b", "", subject), &text("span", "date", &date)]);
    for (name, value) in [("type", "button"), ("aria-expanded", "false")] {
        attribute(&button, name, value);
    }
    attribute(&note, "role", "alert");
    attribute(&note, "hidden", "");
    attribute(&inside, "hidden", "");
    fill(&row, &[&button, &note, &inside]);
    let (beside, letter, step) = (Rc::clone(beside), letter.clone(), Cell::new(Step::Closed));
    let pending = RefCell::default();
    let kept = Rc::new(Row { beside, letter, button: button.clone(), inside, note, step, pending });
    on_press(&button, move || match kept.step.get() {
        Step::Closed => spawn_local(Rc::clone(&kept).open()),
        Step::Opening => {}
        Step::Unfolded => kept.unfold(kept.inside.has_attribute("hidden")),
    });
    row
}

impl Row {
    async fn open(self: Rc<Self>) {
        self.step.set(Step::Opening);
        attribute(&self.note, "hidden", "");
        attribute(&self.button, "aria-busy", "true");
        let opened = self.try_open().await;
        let _ = self.button.remove_attribute("aria-busy");
        match opened {
            Ok(()) => self.step.set(Step::Unfolded),
            Err(trouble) => {
                self.unfold(false);
                self.inside.set_text_content(None);
                self.note.set_text_content(Some(&trouble.said(self.beside.words)));
                let _ = self.note.remove_attribute("hidden");
                self.step.set(Step::Closed);
            }
        }
    }

    async fn try_open(&self) -> Result<(), Trouble> {
        let before = self.pending.take();
        let (found, opened) = match before {
            Some(before) => before,
            None => self.opened().await?,
        };
        let unfinished = &self.beside.unfinished;
        unfinished.last.set(unfinished.last.get() || found.openings_left == Some(1));
        self.inside.set_text_content(None);
        match content::begin(&opened).await {
            Ok(begun) => self.show(begun, opened),
            Err(trouble) => {
                self.pending.replace(Some((found, opened)));
                return Err(trouble);
            }
        }
        self.unfold(true);
        Ok(())
    }

    /// Opens it, having asked what it asks for.
    async fn opened(&self) -> Result<(Found, Opened), Trouble> {
        let (words, fragment) = (self.beside.words, &self.letter.fragment);
        let found = open::look(fragment).await?;
        let (limits, asks) = (envelope::limits(words, &found), envelope::asks(words, &found));
        let opened = if limits.is_empty() && asks.is_none() {
            open::open(fragment, &found.cover, "").await?
        } else {
            let form = Form::asking(&self.inside, &limits, asks.as_ref(), &format!("{}-", fragment.name()), words.open);
            self.unfold(true);
            let _ = self.button.remove_attribute("aria-busy");
            self.step.set(Step::Unfolded);
            envelope::opened(&form, words, fragment, &found).await.ok_or(Trouble::Gone)?
        };
        Ok((found, opened))
    }

    /// Shows what it says where it stands.
    fn show(&self, begun: Begun, opened: Opened) {
        let Begun { unpacker, text, html } = begun;
        let Letter { words, language, unfinished, .. } = &*self.beside;
        let (words, language, unfinished) = (*words, *language, Rc::clone(unfinished));
        let letter = Rc::new(Letter { words, language, unpacker, opened, unfinished });
        content::show(&self.inside, &letter, &text, &html);
        fill(&self.inside, &[&reply::kept(&letter)]);
    }

    fn unfold(&self, open: bool) {
        let _ = if open { self.inside.remove_attribute("hidden") } else { self.inside.set_attribute("hidden", "") };
        attribute(&self.button, "aria-expanded", if open { "true" } else { "false" });
    }
}
