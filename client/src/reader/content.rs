//! What an open letter says: who wrote what, and its files; fetched, and put where it belongs.

use std::rc::Rc;

use shared::link::{Manifest, Part, Person, Unpacker};
use web_sys::Element;

use super::dom::{attribute, element, fill, loose, text};
use super::letter::Letter;
use super::open::{Opened, Trouble};
use super::page::face;
use super::{addresses, files, frame};
use crate::lang::format::{self, DateStyle};

/// What stands before the files of a letter.
pub(super) struct Begun {
    pub(super) unpacker: Unpacker,
    pub(super) text: String,
    pub(super) html: String,
}

/// Fetches and opens what stands before the files.
pub(super) async fn begin(opened: &Opened) -> Result<Begun, Trouble> {
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

/// Who wrote what, and its files.
pub(super) fn show(into: &Element, letter: &Rc<Letter>, body: &str, html: &str) {
    let Some(manifest) = letter.manifest() else { return };
    fill(into, &[&head(manifest, letter)]);
    if html.is_empty() {
        fill(into, &[&plain(body)]);
    } else {
        fill(into, &[&frame::layout(letter, html)]);
    }
    if let Some(list) = files::list(letter, html) {
        fill(into, &[&list]);
    }
}

fn head(manifest: &Manifest, letter: &Letter) -> Element {
    let said = |person: &Person| match person.name.trim() {
        "" => person.address.clone(),
        name => format!("{name} <{}>", person.address),
    };
    let (from, who) = (&manifest.from, element("div", "who"));
    match from.name.trim() {
        "" => fill(&who, &[&text("b", "", &from.address)]),
        name => fill(&who, &[&text("b", "", name), &loose(" "), &text("span", "address", &from.address)]),
    }
    let to: Vec<_> = manifest.to.iter().map(said).collect();
    if !to.is_empty() {
        fill(&who, &[&text("span", "to", &(letter.words.to)(&to.join(", ")))]);
    }
    fill(&who, &[&text("span", "date", &format::date(letter.language, manifest.date, DateStyle::Full))]);
    let head = element("div", "sender");
    fill(&head, &[&face(from, "avatar"), &who]);
    head
}

/// A text, with the addresses of pages in it to be followed.
fn plain(body: &str) -> Element {
    let shown = element("div", "body");
    for piece in addresses::pieces(body) {
        if !piece.is_address {
            fill(&shown, &[&loose(piece.text)]);
            continue;
        }
        let link = text("a", "", piece.text);
        for (name, value) in [("href", piece.text), ("target", "_blank"), ("rel", "noopener noreferrer")] {
            attribute(&link, name, value);
        }
        fill(&shown, &[&link]);
    }
    shown
}
