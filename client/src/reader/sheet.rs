//! What is shown of an open letter: who wrote what, then its files.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::account::Language;
use shared::link::{Manifest, Part, Person, Unpacker};
use web_sys::Element;

use super::dom::{attribute, element, fill, loose, on_press, text};
use super::letter::Letter;
use super::open::{Found, Opened, Trouble};
use super::page::{Page, face};
use super::{addresses, files, frame, reply, report};
use crate::lang::format::{self, DateStyle};
use crate::lang::reader::Reader;
use crate::platform::page as document;

/// Shows a letter.
pub(super) async fn show(page: &Page, words: &'static Reader, language: Language, found: &Found, opened: Opened) {
    let begun = loop {
        page.waiting();
        match begin(&opened).await {
            Ok(begun) => break begun,
            Err(trouble) => page.trouble(&trouble).await,
        }
    };
    let letter = Rc::new(Letter {
        words,
        language,
        unpacker: begun.unpacker,
        opened,
        coming: Cell::new(0),
        unsent: Cell::new(false),
    });
    draw(page, &letter, found, &begun.text, &begun.html);
    // Who leaves now loses a file that is on its way, what was written, or a letter that does not open again.
    let (last, leaving) = (found.openings_left == Some(1), Rc::clone(&letter));
    let _guard = document::on_leaving(move || last || leaving.coming.get() > 0 || leaving.unsent.get());
    std::future::pending::<()>().await;
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

fn draw(page: &Page, letter: &Rc<Letter>, found: &Found, body: &str, html: &str) {
    let (words, Some(manifest)) = (letter.words, letter.manifest()) else { return };
    let subject = match manifest.subject.trim() {
        "" => words.no_subject,
        subject => subject,
    };
    let sheet = page.sheet(subject, "letterhead open");
    fill(&sheet, &[&head(manifest, letter)]);
    if html.is_empty() {
        fill(&sheet, &[&plain(body)]);
    } else {
        fill(&sheet, &[&frame::layout(letter, html)]);
    }
    if let Some(list) = files::list(letter, html) {
        fill(&sheet, &[&list]);
    }
    if let Some(answering) = reply::section(letter) {
        fill(&sheet, &[&answering]);
    }
    let print = text("button", "button", words.print);
    attribute(&print, "type", "button");
    on_press(&print, || {
        let _ = web_sys::window().map(|window| window.print());
    });
    let end = element("div", "end no-print");
    let keep = (words.keep)(&format::date(letter.language, found.expires_at, DateStyle::Full));
    fill(&end, &[&print, &text("p", "", if found.openings_left == Some(1) { words.keep_now } else { &keep })]);
    fill(&sheet, &[&end, &report::section(words, letter.opened.link())]);
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
