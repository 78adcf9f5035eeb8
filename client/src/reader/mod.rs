//! The reader's page: opens a letter behind a link for somebody without an account. A small program of its own.
//!
//! `dom`: elements. `page`: what is on the screen. `open`: the moves towards the box. `envelope`: what is said and asked before a letter
//! is open. `letter`: an open letter. `sheet`: all that is shown of it; `content`: what it says, with its layout (`frame`), the
//! `addresses` in its text, and its `files`, which go into a `sink`. `conversation`: the letters before it. `reply`: answering it; `answer`: what is written and handed in. `report`: telling
//! the owner of the box. `offer`: a key instead of links; `piece`: how the rest of that comes, which is `key`.
//!
//! Invariants: nothing is asked of the box but what the link is, and nothing is kept in the browser, before the person asks for the
//! letter; no cookie, no session; what stands behind `#` is in no request. Nothing decrypted is kept but what the person saves, and
//! no key but one that the person has made or brought in. An
//! answer is sealed before it leaves, and what was written stays in its field until the box has it.

mod addresses;
mod answer;
mod content;
mod conversation;
mod dom;
mod envelope;
mod files;
mod frame;
mod key;
mod letter;
mod offer;
mod open;
mod page;
mod piece;
mod reply;
mod report;
mod sheet;
mod sink;

pub use key::key_room;
pub use piece::{KeyRoom, Loads, Missing};

use futures_util::future::{Either, select};
use shared::api::account::Language;
use shared::link::{Broken, Fragment, InvalidLink, Link};
use shared::vault::words::InvalidWords;
use wasm_bindgen_futures::spawn_local;

use crate::lang::reader::{Reader, words};
use crate::platform::{history, page as document};
use open::Trouble;
use page::{Form, Page};

/// Starts the page; `loads` fetches the piece of it that makes and uses keys.
pub fn start(loads: Loads) {
    console_error_panic_hook::set_once();
    piece::come_from(loads);
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
        Err(error) => {
            // Who has a key here, and came without a link, came for a letter that is sealed for it.
            if error == InvalidLink::NoLink && piece::has_keys() {
                show_keys(&page, language).await;
            }
            ask_for_words(&page, words, language, &error).await
        }
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
    let form = page.envelope(&envelope::of(words, language, &fragment, &found));
    match envelope::opened(&form, words, &fragment, &found).await {
        Some(opened) => sheet::show(&page, words, language, &found, opened).await,
        None => page.gone().await,
    }
}

/// Asks for the words of a link that is not whole until they are right. Who has no link at all may have a letter that is sealed.
async fn ask_for_words(page: &Page, words: &'static Reader, language: Language, error: &InvalidLink) -> Fragment {
    let broken = error.broken();
    loop {
        let form = page.words_form(if broken.is_some() { words.words_cut } else { words.words_whole });
        if broken.is_some() {
            return right_words(&form, words, broken).await;
        }
        match select(Box::pin(right_words(&form, words, broken)), page.aside(words.sealed_here)).await {
            Either::Left((fragment, _)) => return fragment,
            Either::Right(_) => show_keys(page, language).await,
        }
    }
}

async fn right_words(form: &Form, words: &'static Reader, broken: Option<&Broken>) -> Fragment {
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

/// Shows the keys that are here, and opens what is sealed for them, until the person wants to type words.
async fn show_keys(page: &Page, language: Language) {
    let room = loop {
        page.waiting();
        match piece::key_room().await {
            Ok(room) => break room,
            Err(Missing) => page.trouble(&Trouble::Offline).await,
        }
    };
    (room.room)(page, language).await;
}
