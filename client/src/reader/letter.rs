//! An open letter: its text at once, its files as they are asked for.
//!
//! The layout of a letter stands in a frame where nothing runs and, by the page's own content policy, nothing is fetched.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::account::Language;
use shared::link::{File, Manifest, Part, Person, Unpacker};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlIFrameElement};

use super::open::{Opened, Trouble};
use super::page::{Page, attribute, element, fill, on_press, text};
use crate::lang::format::{self, DateStyle};
use crate::lang::reader::Reader;
use crate::platform::files::Gathered;

/// What the frame may do: be measured, and open links in new tabs that are free of it. Nothing in it runs.
const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// Before the layout of a letter: links open in tabs of their own, and the text reads on light paper.
const FRAME_HEAD: &str = "<!doctype html><meta charset=utf-8><base target=_blank>\
    <style>body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#1f1d1a;overflow-wrap:break-word}img{max-width:100%}</style>";

/// Shows a letter.
pub(super) async fn show(page: &Page, words: &'static Reader, language: Language, opened: Opened) {
    loop {
        page.waiting();
        match begin(&opened).await {
            Ok(begun) => {
                let letter = Rc::new(Letter { words, opened, unpacker: begun.unpacker });
                return draw(page, &letter, language, &begun.text, &begun.html);
            }
            Err(trouble) => page.trouble(&trouble).await,
        }
    }
}

struct Letter {
    words: &'static Reader,
    opened: Opened,
    unpacker: Unpacker,
}

struct Begun {
    unpacker: Unpacker,
    text: String,
    html: String,
}

/// Fetches and opens what stands before the files.
async fn begin(opened: &Opened) -> Result<Begun, Trouble> {
    let mut unpacker = Unpacker::new(opened.payload.clone());
    let (mut text, mut html, mut whole) = (Vec::new(), Vec::new(), false);
    while let Some(place) = unpacker.next_place().filter(|_| !whole) {
        for piece in unpacker.open(&opened.chunk(place).await?)? {
            match piece.part {
                Part::Text => text.extend_from_slice(&piece.bytes),
                Part::Html => {
                    html.extend_from_slice(&piece.bytes);
                    whole |= piece.is_last;
                }
                Part::File(_) => {}
            }
        }
    }
    let read = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Begun { unpacker, text: read(text), html: read(html) })
}

fn draw(page: &Page, letter: &Rc<Letter>, language: Language, body: &str, html: &str) {
    let (words, Some(manifest)) = (letter.words, letter.unpacker.manifest()) else { return };
    let subject = match manifest.subject.trim() {
        "" => words.no_subject,
        subject => subject,
    };
    let sheet = page.sheet(subject, "letterhead open");
    fill(&sheet, &[&head(manifest, words, language)]);
    if html.is_empty() {
        fill(&sheet, &[&text("div", "body", body)]);
    } else {
        fill(&sheet, &[&layout(html, words)]);
    }
    if !manifest.files.is_empty() {
        let list = element("ul", "linked-files");
        for (place, file) in manifest.files.iter().enumerate() {
            fill(&list, &[&row(letter, place, file, language)]);
        }
        fill(&sheet, &[&text("h2", "", words.files), &list]);
    }
    let print = text("button", "button no-print", words.print);
    attribute(&print, "type", "button");
    on_press(&print, || {
        let _ = web_sys::window().map(|window| window.print());
    });
    fill(&sheet, &[&print]);
}

fn head(manifest: &Manifest, words: &Reader, language: Language) -> Element {
    let person = |person: &Person| match person.name.trim() {
        "" => person.address.clone(),
        name => format!("{name} <{}>", person.address),
    };
    let list = element("dl", "who");
    let to: Vec<_> = manifest.to.iter().map(person).collect();
    for (name, value) in [(words.from, person(&manifest.from)), (words.to, to.join(", "))] {
        if !value.is_empty() {
            fill(&list, &[&text("dt", "", name), &text("dd", "", &value)]);
        }
    }
    fill(&list, &[&text("dd", "date", &format::date(language, manifest.date, DateStyle::Full))]);
    list
}

/// The layout in a frame as high as it is.
fn layout(html: &str, words: &Reader) -> Element {
    let frame = element("iframe", "layout");
    for (name, value) in [("sandbox", SANDBOX), ("referrerpolicy", "no-referrer"), ("title", words.frame)] {
        attribute(&frame, name, value);
    }
    if let Some(frame) = frame.dyn_ref::<HtmlIFrameElement>() {
        let measured = frame.clone();
        let loaded = Closure::<dyn Fn(Event)>::new(move |_: Event| {
            let root = measured.content_document().and_then(|document| document.document_element());
            if let Some(root) = root {
                let _ = measured.style().set_property("height", &format!("{}px", root.scroll_height()));
            }
        });
        let _ = frame.add_event_listener_with_callback("load", loaded.as_ref().unchecked_ref());
        loaded.forget();
        frame.set_srcdoc(&format!("{FRAME_HEAD}{html}"));
    }
    frame
}

/// A file with what saves it.
fn row(letter: &Rc<Letter>, place: usize, file: &File, language: Language) -> Element {
    let words = letter.words;
    let row = element("li", "");
    let button = text("button", "button", words.save_short);
    attribute(&button, "type", "button");
    attribute(&button, "aria-label", &(words.save)(&file.name));
    let state = element("span", "state");
    attribute(&state, "role", "status");
    let size = text("span", "size", &format::size(language, file.octets));
    fill(&row, &[&text("span", "name", &file.name), &size, &state, &button]);
    let (letter, busy) = (Rc::clone(letter), Rc::new(Cell::new(false)));
    on_press(&button, move || {
        if busy.replace(true) {
            return;
        }
        let (letter, state, busy) = (Rc::clone(&letter), state.clone(), Rc::clone(&busy));
        spawn_local(async move {
            let told = match save(&letter, place, &state).await {
                Ok(()) => letter.words.saved.to_owned(),
                Err(trouble) => trouble.said(letter.words),
            };
            state.set_text_content(Some(&told));
            busy.set(false);
        });
    });
    row
}

/// Fetches, opens and saves one file; what is open of it lies with the browser, which puts large ones on its disk.
async fn save(letter: &Letter, place: usize, state: &Element) -> Result<(), Trouble> {
    let (unpacker, payload) = (&letter.unpacker, &letter.opened.payload);
    let file = unpacker.manifest().and_then(|manifest| manifest.files.get(place)).ok_or(Trouble::Damaged)?;
    let mut gathered = Gathered::default();
    for slice in unpacker.slices_of(Part::File(place)) {
        let done = gathered.octets() * 100 / file.octets.max(1);
        state.set_text_content(Some(&(letter.words.saving)(done)));
        let content = payload.open(slice.place, &letter.opened.chunk(slice.place).await?)?;
        gathered.add(content.get(slice.octets).ok_or(Trouble::Damaged)?);
    }
    gathered.save(&file.name, &file.media_type);
    Ok(())
}
