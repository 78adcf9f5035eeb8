//! The sheet of an open letter: what it says, answering it, the letters before it, and how long it is there.

use std::rc::Rc;

use shared::api::account::Language;

use super::content::{self, Begun};
use super::dom::{attribute, element, fill, on_press, text};
use super::letter::{Letter, Unfinished};
use super::open::{Found, Opened};
use super::page::Page;
use super::{conversation, offer, reply, report};
use crate::lang::format::{self, DateStyle};
use crate::lang::reader::Reader;
use crate::platform::page as document;

/// Shows a letter that was behind a link.
pub(super) async fn show(page: &Page, words: &'static Reader, language: Language, found: &Found, opened: Opened) {
    show_any(page, words, language, Whence::Link(found), opened).await;
}

/// Shows a letter that came sealed; `proof` says what is known of its author.
pub(super) async fn show_here(page: &Page, words: &'static Reader, language: Language, proof: &str, opened: Opened) {
    show_any(page, words, language, Whence::Here { proof }, opened).await;
}

/// From where a letter is.
#[derive(Clone, Copy)]
enum Whence<'w> {
    Link(&'w Found),
    Here { proof: &'w str },
}

async fn show_any(page: &Page, words: &'static Reader, language: Language, whence: Whence<'_>, opened: Opened) {
    let begun = loop {
        page.waiting();
        match content::begin(&opened).await {
            Ok(begun) => break begun,
            Err(trouble) => page.trouble(&trouble).await,
        }
    };
    let unfinished = Rc::<Unfinished>::default();
    unfinished.last.set(matches!(whence, Whence::Link(found) if found.openings_left == Some(1)));
    let Begun { unpacker, text, html } = begun;
    let letter = Rc::new(Letter { words, language, unpacker, opened, unfinished: Rc::clone(&unfinished) });
    draw(page, &letter, whence, &text, &html);
    // Who leaves now loses a file that is on its way, what was written, or a letter that does not open again.
    let _guard = document::on_leaving(move || unfinished.is_any());
    std::future::pending::<()>().await;
}

fn draw(page: &Page, letter: &Rc<Letter>, whence: Whence<'_>, body: &str, html: &str) {
    let (words, Some(manifest)) = (letter.words, letter.manifest()) else { return };
    let subject = match manifest.subject.trim() {
        "" => words.no_subject,
        subject => subject,
    };
    let sheet = page.sheet(subject, "letterhead open");
    if let Some(later) = conversation::later(letter) {
        fill(&sheet, &[&later]);
    }
    if let Whence::Here { proof } = whence {
        fill(&sheet, &[&text("p", "proof", proof)]);
    }
    content::show(&sheet, letter, body, html);
    fill(&sheet, &[&reply::section(letter).unwrap_or_else(|| reply::kept(letter))]);
    if let Some(offer) = offer::section(letter) {
        fill(&sheet, &[&offer]);
    }
    if let Some(earlier) = conversation::section(letter) {
        fill(&sheet, &[&earlier]);
    }
    let print = text("button", "button", words.print);
    attribute(&print, "type", "button");
    on_press(&print, || {
        let _ = web_sys::window().map(|window| window.print());
    });
    let end = element("div", "end no-print");
    fill(&end, &[&print]);
    if let Whence::Link(found) = whence {
        let keep = (words.keep)(&format::date(letter.language, found.expires_at, DateStyle::Full));
        fill(&end, &[&text("p", "", if found.openings_left == Some(1) { words.keep_now } else { &keep })]);
    }
    fill(&sheet, &[&end]);
    if let Some(link) = letter.opened.link() {
        fill(&sheet, &[&report::section(words, link)]);
    }
}
