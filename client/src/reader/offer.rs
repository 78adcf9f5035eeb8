//! The offer of a key, so that the next letter needs no link. What follows a press on it is another piece of the program.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use super::dom::{attribute, element, fill, on_press, text};
use super::letter::Letter;
use super::{envelope, piece};

/// The offer; nothing where nothing can be sent to the letter's sender.
pub(super) fn section(letter: &Rc<Letter>) -> Option<Element> {
    let manifest = letter.manifest()?;
    if manifest.replies.is_none() || letter.opened.reply_as.is_none() {
        return None;
    }
    let words = letter.words;
    let (around, note) = (element("section", "keyed no-print"), element("p", "note bad"));
    let begin = text("button", "button", words.key_begin);
    attribute(&begin, "type", "button");
    attribute(&note, "role", "alert");
    attribute(&note, "hidden", "");
    let what = (words.key_what)(envelope::name(&manifest.from));
    fill(&around, &[&text("h2", "", words.key_title), &text("p", "", &what), &note, &begin]);
    let (letter, into, busy) = (Rc::clone(letter), around.clone(), Rc::new(Cell::new(false)));
    on_press(&begin, move || {
        if busy.replace(true) {
            return;
        }
        let (letter, into, note, busy) = (Rc::clone(&letter), into.clone(), note.clone(), Rc::clone(&busy));
        attribute(&note, "hidden", "");
        spawn_local(async move {
            match piece::key_room().await {
                Ok(room) => (room.offer)(&letter, &into),
                Err(piece::Missing) => {
                    note.set_text_content(Some(letter.words.offline));
                    let _ = note.remove_attribute("hidden");
                }
            }
            busy.set(false);
        });
    });
    Some(around)
}
