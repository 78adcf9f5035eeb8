//! The reader's page: opens a letter behind a link for somebody without an account. A small program of its own.
//!
//! `dom`: elements. `page`: what is on the screen. `open`: the moves towards the box. `letter`: an open letter. `sheet`: what is shown
//! of it, with its layout (`frame`), the `addresses` in its text, and its `files`. `reply`: answering it; `answer`: what is written and
//! handed in. `report`: telling the owner of the box.
//!
//! Invariants: nothing is asked of the box but what the link is, and nothing is kept in the browser, before the person asks for the
//! letter; no cookie, no session; what stands behind `#` is in no request. Nothing decrypted is kept but what the person saves. An
//! answer is sealed before it leaves, and what was written stays in its field until the box has it.

mod addresses;
mod answer;
mod dom;
mod files;
mod frame;
mod letter;
mod open;
mod page;
mod reply;
mod report;
mod sheet;

use shared::api::account::Language;
use shared::link::{Fragment, InvalidLink, Link, LockKind};
use shared::vault::words::InvalidWords;
use wasm_bindgen_futures::spawn_local;

use crate::lang::format::{self, DateStyle};
use crate::lang::reader::{Reader, words};
use crate::platform::{history, page as document};
use open::{Found, Trouble};
use page::{Asks, Envelope, Page};

/// Starts the page.
pub fn start() {
    console_error_panic_hook::set_once();
    let language = match document::languages().first() {
        Some(tag) if !tag.starts_with("fr") => Language::En,
        _ => Language::Fr,
    };
    spawn_local(run(language));
}

async fn run(language: Language) {
    let words = words(language);
    let page = Page::new(language, words);
    let fragment = match Link::parse(&history::address()) {
        Ok(link) => link.fragment,
        Err(error) => ask_for_words(&page, words, &error).await,
    };
    // Whatever a gateway made of it, the address is right from now on, and its secret behind `#` again.
    let link = Link { origin: String::new(), fragment };
    history::go(link.to_text().expose(), true);
    let fragment = link.fragment;
    let found = loop {
        page.waiting();
        match open::look(&fragment).await {
            Ok(found) => break found,
            Err(trouble) => page.trouble(&trouble).await,
        }
    };
    let opened = ask_to_open(&page, words, language, &fragment, &found).await;
    sheet::show(&page, words, language, &found, opened).await;
}

/// Asks for the words of a link that is not whole until they are right.
async fn ask_for_words(page: &Page, words: &'static Reader, error: &InvalidLink) -> Fragment {
    let broken = error.broken();
    let form = page.words_form(if broken.is_some() { words.words_cut } else { words.words_whole });
    loop {
        match Fragment::from_words(&form.answered().await) {
            Ok(fragment) if broken.is_none_or(|broken| broken.name == fragment.name()) => return fragment,
            Ok(_) => form.wrong(words.words_other),
            Err(InvalidWords::WordCount(count)) => form.wrong(&(words.words_count)(count)),
            Err(InvalidWords::UnknownWord(place)) => form.wrong(&(words.words_unknown)(place)),
            Err(InvalidWords::Checksum) => form.wrong(words.words_checksum),
        }
    }
}

/// Shows who wrote and until when, and opens the letter when the person asks for it.
async fn ask_to_open(
    page: &Page,
    words: &'static Reader,
    language: Language,
    fragment: &Fragment,
    found: &Found,
) -> open::Opened {
    let from = &found.cover.from;
    let name = if from.name.trim().is_empty() { from.address.trim() } else { from.name.trim() };
    let kind = found.cover.lock.as_ref().map(|lock| &lock.kind);
    let asks = kind.map(|kind| match kind {
        LockKind::Question(question) => {
            Asks { question: question.clone(), label: words.answer, hint: words.answer_hint, is_code: false }
        }
        LockKind::Code => Asks { question: (words.code)(name), label: words.code_label, hint: "", is_code: true },
    });
    let mut facts = vec![
        (dom::EYE, words.what.to_owned()),
        (dom::CLOCK, (words.until)(&format::date(language, found.expires_at, DateStyle::Full))),
    ];
    match found.openings_left {
        None => {}
        Some(1) => facts.push((dom::FILE, words.once.to_owned())),
        Some(times) => facts.push((dom::FILE, (words.times)(times))),
    }
    if found.first_browser {
        facts.push((dom::BROWSER, words.here_only.to_owned()));
    }
    let link = fragment.name();
    let form = page.envelope(&Envelope { heading: (words.wrote)(name), from: from.clone(), facts, asks, link });
    loop {
        let answer = form.answered().await;
        form.busy(words.one_moment).await;
        match open::open(fragment, &found.cover, &answer).await {
            Ok(opened) => return opened,
            Err(Trouble::Gone) => page.gone().await,
            Err(trouble) => form.wrong(&match (trouble, kind) {
                (Trouble::WrongAnswer, Some(LockKind::Code)) => words.wrong_code.to_owned(),
                (Trouble::NoAnswer, Some(LockKind::Code)) => words.no_code.to_owned(),
                _ => trouble.said(words),
            }),
        }
    }
}
