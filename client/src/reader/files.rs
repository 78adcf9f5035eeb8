//! The files of a letter: saved one by one, in pieces that are fetched once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::link::File;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement};

use super::dom::{FILE, attribute, element, fill, on_press, sign, text};
use super::frame;
use super::letter::Letter;
use crate::lang::format;
use crate::platform::files::Gathered;

/// A file that can be saved.
struct Row {
    letter: Rc<Letter>,
    file: usize,
    /// What has come of it, when nothing is on its way.
    gathered: RefCell<Option<Gathered>>,
    /// Nobody has said that it shall stop.
    wanted: Cell<bool>,
    button: Element,
    state: Element,
    bar: Element,
}

/// The files that the layout does not show; nothing where there are none.
pub(super) fn list(letter: &Rc<Letter>, html: &str) -> Option<Element> {
    let files = letter.manifest()?.files.iter().enumerate();
    let shown: Vec<_> = files.filter(|(_, file)| !frame::shows(html, file)).collect();
    if shown.is_empty() {
        return None;
    }
    let (around, list) = (element("section", "linked-files"), element("ul", ""));
    for (place, file) in shown {
        fill(&list, &[&row(letter, place, file)]);
    }
    fill(&around, &[&text("h2", "", letter.words.files), &list]);
    Some(around)
}

fn row(letter: &Rc<Letter>, file: usize, about: &File) -> Element {
    let row = element("li", "");
    let button = text("button", "button no-print", letter.words.save_short);
    for (name, value) in [("type", "button"), ("aria-label", &(letter.words.save)(&about.name))] {
        attribute(&button, name, value);
    }
    let (state, bar) = (element("span", "state no-print"), element("div", "progress"));
    attribute(&state, "role", "status");
    attribute(&bar, "hidden", "");
    fill(&bar, &[&element("i", "")]);
    let size = text("span", "size", &format::size(letter.language, about.octets));
    let (what, below) = (element("div", "what"), element("div", "below"));
    fill(&below, &[&size, &state]);
    fill(&what, &[&text("span", "name", &about.name), &below, &bar]);
    fill(&row, &[&sign(FILE), &what, &button]);
    let (letter, gathered) = (Rc::clone(letter), RefCell::new(Some(Gathered::default())));
    let kept = Rc::new(Row { letter, file, gathered, wanted: Cell::new(false), button: button.clone(), state, bar });
    on_press(&button, move || match kept.gathered.borrow_mut().take() {
        Some(gathered) => spawn_local(Rc::clone(&kept).save(gathered)),
        None => kept.wanted.set(false),
    });
    row
}

impl Row {
    /// Fetches what is missing, and saves the whole.
    async fn save(self: Rc<Self>, mut gathered: Gathered) {
        let (letter, words) = (&self.letter, self.letter.words);
        let Some(about) = letter.manifest().and_then(|manifest| manifest.files.get(self.file)) else { return };
        let all = letter.pieces(self.file);
        self.wanted.set(true);
        letter.unfinished.coming.set(letter.unfinished.coming.get() + 1);
        self.says(words.stop, &(words.stop_saving)(&about.name));
        self.shows(gathered.pieces(), all);
        let goes_on = |done| {
            self.shows(done, all);
            self.wanted.get()
        };
        let told = letter.gather(self.file, &mut gathered, goes_on).await;
        letter.unfinished.coming.set(letter.unfinished.coming.get() - 1);
        let is_whole = gathered.pieces() == all;
        if is_whole {
            gathered.save(&about.name, &about.media_type);
        }
        attribute(&self.bar, "hidden", "");
        let (button, state) = match told {
            Err(trouble) => (words.go_on, trouble.said(words)),
            Ok(()) if is_whole => (words.save_short, words.saved.to_owned()),
            Ok(()) => (words.go_on, words.stopped.to_owned()),
        };
        let aloud = if is_whole { words.save } else { words.go_on_saving };
        self.says(button, &aloud(&about.name));
        self.state.set_text_content(Some(&state));
        *self.gathered.borrow_mut() = Some(gathered);
    }

    fn says(&self, button: &str, aloud: &str) {
        self.button.set_text_content(Some(button));
        attribute(&self.button, "aria-label", aloud);
    }

    fn shows(&self, done: usize, all: usize) {
        let percent = done * 100 / all.max(1);
        self.state.set_text_content(Some(&(self.letter.words.saving)(percent)));
        let _ = self.bar.remove_attribute("hidden");
        let inner = self.bar.first_element_child();
        if let Some(inner) = inner.as_ref().and_then(|inner| inner.dyn_ref::<HtmlElement>()) {
            let _ = inner.style().set_property("width", &format!("{percent}%"));
        }
    }
}
