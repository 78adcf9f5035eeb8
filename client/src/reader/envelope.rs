//! What is said of a letter before it is opened, what is asked, and opening it with the answer.

use shared::api::account::Language;
use shared::link::{Fragment, LockKind, Person};

use super::dom;
use super::open::{self, Found, Opened, Trouble};
use super::page::{Asks, Envelope, Form};
use crate::lang::format::{self, DateStyle};
use crate::lang::reader::Reader;

/// What somebody is called.
pub(super) fn name(person: &Person) -> &str {
    if person.name.trim().is_empty() { person.address.trim() } else { person.name.trim() }
}

/// Who wrote, until when it opens, and what is asked.
pub(super) fn of(words: &Reader, language: Language, fragment: &Fragment, found: &Found) -> Envelope {
    let from = found.cover.from.clone();
    let until = (words.until)(&format::date(language, found.expires_at, DateStyle::Full));
    let mut facts = vec![(dom::EYE, words.what.to_owned()), (dom::CLOCK, until)];
    facts.extend(limits(words, found));
    let heading = (words.wrote)(name(&from));
    Envelope { heading, from, facts, asks: asks(words, found), link: fragment.name() }
}

/// What there is to know of a letter that does not open as often as one likes.
pub(super) fn limits(words: &Reader, found: &Found) -> Vec<(&'static str, String)> {
    let openings = match found.openings_left {
        None => None,
        Some(1) => Some((dom::FILE, words.once.to_owned())),
        Some(times) => Some((dom::FILE, (words.times)(times))),
    };
    openings.into_iter().chain(found.first_browser.then(|| (dom::BROWSER, words.here_only.to_owned()))).collect()
}

/// What is asked before a letter opens.
pub(super) fn asks(words: &Reader, found: &Found) -> Option<Asks> {
    Some(match &found.cover.lock.as_ref()?.kind {
        LockKind::Question(question) => {
            Asks { question: question.clone(), label: words.answer, hint: words.answer_hint, is_code: false }
        }
        LockKind::Code => {
            let question = (words.code)(name(&found.cover.from));
            Asks { question, label: words.code_label, hint: "", is_code: true }
        }
    })
}

/// Opens a letter as soon as the form is answered rightly; `None` where it has gone.
pub(super) async fn opened(form: &Form, words: &Reader, fragment: &Fragment, found: &Found) -> Option<Opened> {
    let kind = found.cover.lock.as_ref().map(|lock| &lock.kind);
    loop {
        let answer = form.answered().await;
        form.busy(words.one_moment).await;
        match open::open(fragment, &found.cover, &answer).await {
            Ok(opened) => return Some(opened),
            Err(Trouble::Gone) => return None,
            Err(trouble) => form.wrong(&match (trouble, kind) {
                (Trouble::WrongAnswer, Some(LockKind::Code)) => words.wrong_code.to_owned(),
                (Trouble::NoAnswer, Some(LockKind::Code)) => words.no_code.to_owned(),
                _ => trouble.said(words),
            }),
        }
    }
}
