//! The files of a letter: saved one by one, in pieces that are fetched once, and pictures looked at where they stand.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::link::File;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlElement};

use super::dom::{FILE, attribute, element, fill, on_press, sign, text};
use super::frame;
use super::letter::Letter;
use super::open::Trouble;
use super::sink::Sink;
use crate::lang::format;

/// Pictures up to so many octets are shown: what a camera makes, and not what stops a phone.
const SHOWN_BYTES: u64 = 50_000_000;
/// Endings of the names of pictures that every browser shows, and in which nothing runs.
const PICTURES: [&str; 7] = ["png", "jpg", "jpeg", "gif", "webp", "avif", "bmp"];

/// What a file is fetched for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Save,
    Look,
}

/// How fetching it ended.
enum Ended {
    Saved,
    Shown,
    /// The person wanted it so.
    Stopped,
    /// The browser takes no more of it.
    Refused,
    Failed(Trouble),
}

/// A file that can be saved.
struct Row {
    letter: Rc<Letter>,
    file: usize,
    /// What has come of it, when nothing is on its way.
    come: RefCell<Option<Sink>>,
    /// Nobody has said that it shall stop.
    wanted: Cell<bool>,
    button: Element,
    /// Shows it, where it is a picture.
    look: Option<Element>,
    /// Where it is shown.
    picture: Element,
    state: Element,
    bar: Element,
}

/// Whether a file is a picture that can be shown. Names say it more often than media types, which programs leave out.
fn is_picture(file: &File) -> bool {
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    file.octets <= SHOWN_BYTES && ending.is_some_and(|ending| PICTURES.contains(&ending.as_str()))
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
    let picture = element("div", "picture");
    fill(&what, &[&text("span", "name", &about.name), &below, &bar, &picture]);
    fill(&row, &[&sign(FILE), &what]);
    let look = is_picture(about).then(|| text("button", "button no-print", letter.words.look));
    if let Some(look) = &look {
        for (name, value) in [("type", "button"), ("aria-expanded", "false")] {
            attribute(look, name, value);
        }
        attribute(look, "aria-label", &(letter.words.look_at)(&about.name));
        fill(&row, &[look]);
    }
    fill(&row, &[&button]);
    let (letter, come) = (Rc::clone(letter), RefCell::new(Some(Sink::default())));
    let wanted = Cell::new(false);
    let kept = Rc::new(Row { letter, file, come, wanted, button: button.clone(), look, picture, state, bar });
    if let Some(look) = &kept.look {
        let kept = Rc::clone(&kept);
        on_press(look, move || kept.looks());
    }
    on_press(&button, move || match kept.come.borrow_mut().take() {
        Some(come) => spawn_local(Rc::clone(&kept).fetch(come, Wish::Save)),
        None => kept.wanted.set(false),
    });
    row
}

impl Row {
    /// Shows the picture, or takes it away again.
    fn looks(self: &Rc<Self>) {
        if self.picture.has_child_nodes() {
            return self.shows_picture(None);
        }
        if let Some(come) = self.come.borrow_mut().take() {
            spawn_local(Rc::clone(self).fetch(come, Wish::Look));
        }
    }

    fn shows_picture(&self, picture: Option<&Element>) {
        self.picture.set_text_content(None);
        if let Some(picture) = picture {
            fill(&self.picture, &[picture]);
        }
        if let Some(look) = &self.look {
            let words = self.letter.words;
            look.set_text_content(Some(if picture.is_some() { words.look_no_more } else { words.look }));
            attribute(look, "aria-expanded", if picture.is_some() { "true" } else { "false" });
        }
    }

    /// The picture that has come.
    fn picture(self: &Rc<Self>, address: &str, name: &str) -> Option<Element> {
        let picture = element("img", "");
        attribute(&picture, "alt", name);
        let row = Rc::clone(self);
        let on_error = Closure::once_into_js(move |_: Event| {
            row.shows_picture(None);
            row.state.set_text_content(Some(row.letter.words.no_picture));
        });
        picture.add_event_listener_with_callback("error", on_error.unchecked_ref()).ok()?;
        attribute(&picture, "src", address);
        Some(picture)
    }

    /// Fetches what is missing, and does with the whole what was wished.
    async fn fetch(self: Rc<Self>, come: Sink, wish: Wish) {
        let (letter, words) = (&self.letter, self.letter.words);
        let Some(about) = letter.manifest().and_then(|manifest| manifest.files.get(self.file)) else { return };
        let all = letter.pieces(self.file);
        self.wanted.set(true);
        letter.unfinished.coming.set(letter.unfinished.coming.get() + 1);
        self.says(words.stop, &(words.stop_saving)(&about.name));
        self.shows(come.pieces(), all);
        let mut come = match wish {
            Wish::Save => come.for_saving(about).await,
            Wish::Look => come,
        };
        let mut is_taken = true;
        let told = letter.fetch(self.file, come.pieces(), async |piece: &[u8]| {
            is_taken = come.take(piece).await;
            self.shows(come.pieces(), all);
            is_taken && self.wanted.get()
        });
        let told = told.await;
        letter.unfinished.coming.set(letter.unfinished.coming.get() - 1);
        let is_whole = come.pieces() == all;
        let (come, ended) = match told {
            Err(trouble) => (come.after(trouble), Ended::Failed(trouble)),
            Ok(()) if !is_taken => (Sink::default(), Ended::Refused),
            Ok(()) if !is_whole => (come, Ended::Stopped),
            Ok(()) if wish == Wish::Save => match come.save(about).await {
                Some(come) => (come, Ended::Saved),
                None => (Sink::default(), Ended::Refused),
            },
            Ok(()) => {
                self.shows_picture(come.address().and_then(|address| self.picture(&address, &about.name)).as_ref());
                (come, Ended::Shown)
            }
        };
        attribute(&self.bar, "hidden", "");
        let (button, aloud) = match come.pieces() {
            some if some > 0 && some < all => (words.go_on, words.go_on_saving),
            _ => (words.save_short, words.save),
        };
        self.says(button, &aloud(&about.name));
        self.state.set_text_content(Some(&match ended {
            Ended::Failed(trouble) => trouble.said(words),
            Ended::Refused => words.broken_off.to_owned(),
            Ended::Stopped => words.stopped.to_owned(),
            Ended::Saved => words.saved.to_owned(),
            Ended::Shown => String::new(),
        }));
        *self.come.borrow_mut() = Some(come);
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
