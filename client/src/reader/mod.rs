//! The reader's page: opens a letter behind a link for somebody without an account. A small program of its own.
//!
//! `page`: what is on the screen. `open`: the moves towards the box. `letter`: what is shown of an open letter.
//!
//! Invariants: nothing is asked of the box but what the link is, and nothing is kept in the browser, before the person asks for the
//! letter; no cookie, no session; what stands behind `#` is in no request. Nothing decrypted is kept but what the person saves.

mod letter;
mod open;
mod page;

use shared::api::account::Language;
use shared::link::{Cover, Fragment, InvalidLink, Link, LockKind};
use shared::vault::words::InvalidWords;
use wasm_bindgen_futures::spawn_local;

use crate::lang::format::{self, DateStyle};
use crate::lang::reader::{Reader, words};
use crate::platform::{history, page as document};
use open::{Found, Trouble};
use page::Page;

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
    letter::show(&page, words, language, opened).await;
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
    let name = name_of(&found.cover);
    let until = (words.until)(&format::date(language, found.expires_at, DateStyle::Full));
    let asks = match found.cover.lock.as_ref().map(|lock| &lock.kind) {
        None => None,
        Some(LockKind::Question(question)) => Some((question.clone(), words.answer, words.answer_hint)),
        Some(LockKind::Code) => Some(((words.code)(&name), words.code_label, "")),
    };
    let form = page.cover_form(&(words.wrote)(&name), &found.cover.from.address, &until, asks);
    loop {
        let answer = form.answered().await;
        form.busy(words.one_moment).await;
        match open::open(fragment, &found.cover, &answer).await {
            Ok(opened) => return opened,
            Err(Trouble::Gone) => page.gone().await,
            Err(trouble) => form.wrong(&trouble.said(words)),
        }
    }
}

fn name_of(cover: &Cover) -> String {
    let name = if cover.from.name.trim().is_empty() { &cover.from.address } else { &cover.from.name };
    name.trim().to_owned()
}
