//! Answering the letter that is open, and passing it on.

use leptos::prelude::*;
use shared::api::Timestamp;

use crate::lang::Words;
use crate::lang::format::{self, DateStyle};
use crate::pages::frame::{Frame, use_frame};
use crate::state::drafts::{Answer, Drafts, use_drafts};
use crate::state::messages::{Messages, use_messages};
use crate::state::reading::{Page, Reading, use_reading};
use crate::ui::{say, use_words};
use crate::worker::protocol::reading::{MessageView, Person};

/// Answers to the letter that is open.
#[derive(Clone, Copy)]
pub struct Answers {
    frame: Frame,
    reading: Reading,
    drafts: Drafts,
    messages: Messages,
    words: &'static Words,
}

/// Answers to the letter that is open.
#[must_use]
pub fn use_answers() -> Answers {
    Answers {
        frame: use_frame(),
        reading: use_reading(),
        drafts: use_drafts(),
        messages: use_messages(),
        words: use_words(),
    }
}

impl Answers {
    /// Begins an answer; nothing happens where no letter is open.
    pub fn begin(&self, kind: Answer) {
        let Page::Open(id, view) = self.reading.page().get_untracked() else { return };
        // A message that bears no date was written when it came.
        let received = self.messages.row(id).map(|row| row.with_untracked(|row| row.received_at));
        let date = view.date.or(received);
        let (prefix, text) = match kind {
            Answer::Author | Answer::All => (self.words.read.reply_prefix, quote(self.words, &view, date)),
            Answer::Forward => (self.words.read.forward_prefix, passed_on(self.words, &view, date)),
        };
        let draft = self.drafts.answer(id, &view, kind, subject(prefix, &view.subject), text);
        self.frame.windows.opened(draft);
    }
}

/// What subjects of answers begin with, in small letters, in the languages that write to us most.
const REPLIES: [&str; 5] = ["re:", "re :", "aw:", "sv:", "rép :"];
/// What subjects of letters that are passed on begin with.
const FORWARDS: [&str; 5] = ["fwd:", "fw:", "tr:", "tr :", "wg:"];

/// The subject of an answer: what it had before, marked once.
fn subject(prefix: &str, subject: &str) -> String {
    let small = subject.trim_start().to_lowercase();
    let marks = if prefix.to_lowercase().starts_with("re") { REPLIES } else { FORWARDS };
    if marks.iter().any(|mark| small.starts_with(mark)) {
        return subject.trim_start().to_owned();
    }
    format!("{prefix}{}", subject.trim_start())
}

fn author(words: &Words, view: &MessageView) -> String {
    view.from.first().map_or_else(|| words.general.somebody.to_owned(), |author| say::person(words, author))
}

fn when(words: &Words, date: Option<Timestamp>) -> String {
    date.map(|at| format::date(words.language, at, DateStyle::Full)).unwrap_or_default()
}

/// The text of an answer: room to write, and below it what is answered, each line marked.
fn quote(words: &Words, view: &MessageView, date: Option<Timestamp>) -> String {
    let introduction = (words.read.wrote)(&when(words, date), &author(words, view));
    format!("\n\n{introduction}\n{}\n", marked(without_signature(&view.text)))
}

/// The text before the line that begins a signature (RFC 3676 §4.3): nobody answers to a telephone number.
fn without_signature(text: &str) -> &str {
    text.find("\n-- \n").and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Each line with a mark of quoting before it.
fn marked(text: &str) -> String {
    let mark = |line: &str| match line.trim_end() {
        "" => ">".to_owned(),
        line if line.starts_with('>') => format!(">{line}"),
        line => format!("> {line}"),
    };
    text.trim_end().lines().map(mark).collect::<Vec<_>>().join("\n")
}

/// The text of a letter that is passed on: its head and its text, not marked, for it is what is sent.
fn passed_on(words: &Words, view: &MessageView, date: Option<Timestamp>) -> String {
    let text = &words.read;
    let people = |people: &[Person]| {
        let one = |person: &Person| match person.name.trim() {
            "" => person.address.clone(),
            name => format!("{name} <{}>", person.address),
        };
        people.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let lines = [
        (text.from, people(&view.from)),
        (text.date, when(words, date)),
        (text.subject, view.subject.clone()),
        (text.to, people(&view.to)),
        (text.cc, people(&view.cc)),
    ];
    let head: String = lines
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{}\n", (text.forwarded_line)(name, &value)))
        .collect();
    format!("\n\n{}\n{head}\n{}\n", text.forwarded, view.text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_marked_once() {
        assert_eq!(subject("Re: ", "Dimanche"), "Re: Dimanche");
        assert_eq!(subject("Re: ", "RE: Dimanche"), "RE: Dimanche");
        assert_eq!(subject("Re: ", "Aw: Sonntag"), "Aw: Sonntag");
        assert_eq!(subject("Tr: ", "Fwd: Devis"), "Fwd: Devis");
        assert_eq!(subject("Tr: ", "Re: Devis"), "Tr: Re: Devis");
        assert_eq!(subject("Re: ", ""), "Re: ");
    }

    #[test]
    fn a_signature_is_not_quoted() {
        assert_eq!(without_signature("Bonjour\n\n-- \nZoé\n06 12 34"), "Bonjour\n");
        assert_eq!(without_signature("a -- b\n--\nc"), "a -- b\n--\nc");
    }

    #[test]
    fn every_line_is_marked_and_marks_pile_up() {
        assert_eq!(marked("Bonjour\n\n> avant\nÀ bientôt  \n\n"), "> Bonjour\n>\n>> avant\n> À bientôt");
    }
}
