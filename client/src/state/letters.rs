//! What a new letter begins with: an answer, a letter passed on, a draft to go on with. Pure.

use shared::api::{EmailAddress, limits};

use crate::worker::protocol::linking::{LinkTerms, Unsealed};
use crate::worker::protocol::reading::{AttachmentView, MessageView, Person, Sealing};
use crate::worker::protocol::writing::{Enclosure, Letter};

/// Message-IDs of a conversation that a letter names at most; the oldest stays, it is what threads hang on.
const REFERENCES: usize = 50;

/// Most octets of enclosures: what fits into a message when each three octets become four characters, in lines of 76 with
/// their ends, and some room is left for the text.
pub const ENCLOSED_BYTES: u64 = limits::MESSAGE_BYTES as u64 / 100 * 72;

/// What an answer is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To the author.
    Author,
    /// To the author and all others.
    All,
    /// Passed on to somebody else.
    Forward,
}

/// A letter as far as the box takes it, with the enclosures that fit, in their order; and the names of those that do not.
pub(super) fn that_fits(mut letter: Letter) -> (Letter, Vec<String>) {
    let (mut octets, mut left_out) = (0_u64, Vec::new());
    letter.enclosures.retain(|enclosure| {
        let with_it = octets.saturating_add(u64::try_from(enclosure.bytes.len()).unwrap_or(u64::MAX));
        let fits = with_it <= ENCLOSED_BYTES;
        if fits {
            octets = with_it;
        } else {
            left_out.push(enclosure.name.clone());
        }
        fits
    });
    (letter, left_out)
}

/// The beginning of an answer to a message, or of passing it on, by the account that has this address.
pub(super) fn answer(view: &MessageView, kind: Answer, own: &EmailAddress, subject: String, text: String) -> Letter {
    let after_sealed = view.sealing == Sealing::EndToEnd && kind != Answer::Forward;
    let mut letter = Letter { subject, text, references: references(view), after_sealed, ..Letter::default() };
    match kind {
        Answer::Forward => letter.enclosures = view.attachments.iter().map(enclosure).collect(),
        Answer::Author => letter.to = authors(view, own),
        Answer::All => {
            letter.to = authors(view, own);
            let mut taken: Vec<Person> = letter.to.clone();
            for person in view.to.iter().chain(&view.cc) {
                if !is(person, own) && !taken.iter().any(|other| same(other, person)) {
                    taken.push(person.clone());
                    letter.cc.push(person.clone());
                }
            }
        }
    }
    if kind != Answer::Forward {
        letter.in_reply_to.clone_from(&view.message_id);
    }
    letter
}

/// A draft as it was saved.
pub(super) fn resume(view: &MessageView) -> Letter {
    Letter {
        to: view.to.clone(),
        cc: view.cc.clone(),
        bcc: view.bcc.clone(),
        subject: view.subject.clone(),
        text: view.text.clone(),
        enclosures: view.attachments.iter().map(enclosure).collect(),
        in_reply_to: view.in_reply_to.clone(),
        references: view.references.clone(),
        after_sealed: view.draft.after_sealed,
        unsealed: view.draft.unsealed.clone(),
    }
}

/// A letter that was sent behind a link, once more for one of its readers; with another link, that is.
pub(super) fn again(view: &MessageView, recipient: &EmailAddress, terms: LinkTerms) -> Letter {
    let name = |person: &&Person| is(person, recipient);
    let known = view.to.iter().chain(&view.cc).chain(&view.bcc).find(name).cloned();
    let to = known.unwrap_or_else(|| Person { name: String::new(), address: recipient.to_string() });
    Letter { to: vec![to], cc: Vec::new(), bcc: Vec::new(), unsealed: Unsealed::Link(terms), ..resume(view) }
}

/// Everybody that a letter goes to, each once, in the order To, Cc, Bcc.
pub(super) fn recipients(to: &[Person], cc: &[Person], bcc: &[Person]) -> Vec<String> {
    let mut all: Vec<&Person> = Vec::new();
    for person in to.iter().chain(cc).chain(bcc) {
        if !all.iter().any(|other| same(other, person)) {
            all.push(person);
        }
    }
    all.into_iter().map(|person| person.address.clone()).collect()
}

/// Whether there is nothing in a letter that somebody would miss.
pub(super) fn is_empty(letter: &Letter) -> bool {
    letter.to.is_empty()
        && letter.cc.is_empty()
        && letter.bcc.is_empty()
        && letter.subject.trim().is_empty()
        && letter.text.trim().is_empty()
        && letter.enclosures.is_empty()
}

/// Whom an answer goes to: where the author wants it; for an own letter, to whom that went.
fn authors(view: &MessageView, own: &EmailAddress) -> Vec<Person> {
    let authors = if view.reply_to.is_empty() { &view.from } else { &view.reply_to };
    let all_own = authors.iter().all(|person| is(person, own));
    if all_own && !view.to.is_empty() { view.to.clone() } else { authors.clone() }
}

fn references(view: &MessageView) -> Vec<String> {
    let mut references = view.references.clone();
    references.extend(view.message_id.clone());
    let over = references.len().saturating_sub(REFERENCES);
    references.drain(1.min(references.len())..(1 + over).min(references.len()));
    references
}

fn enclosure(attachment: &AttachmentView) -> Enclosure {
    let AttachmentView { name, media_type, bytes, .. } = attachment.clone();
    Enclosure { name, media_type, bytes }
}

pub(super) fn is(person: &Person, own: &EmailAddress) -> bool {
    person.address.parse::<EmailAddress>().is_ok_and(|address| address.canonical() == own.canonical())
}

fn same(one: &Person, other: &Person) -> bool {
    one.address.trim().eq_ignore_ascii_case(other.address.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::buffer::Buffer;
    use crate::worker::protocol::reading::DraftMarks;

    fn person(address: &str) -> Person {
        Person { name: String::new(), address: address.to_owned() }
    }

    fn people(addresses: &[&str]) -> Vec<Person> {
        addresses.iter().map(|address| person(address)).collect()
    }

    fn alice() -> EmailAddress {
        "alice@home.test".parse().unwrap()
    }

    fn from_bob() -> MessageView {
        MessageView {
            from: people(&["bob@home.test"]),
            to: people(&["Alice@home.test", "carol@home.test"]),
            cc: people(&["dave@home.test", "CAROL@home.test", "bob@home.test"]),
            message_id: Some("2@home.test".to_owned()),
            references: vec!["1@home.test".to_owned()],
            ..MessageView::default()
        }
    }

    #[test]
    fn an_answer_goes_to_the_author_and_names_the_conversation() {
        let letter = answer(&from_bob(), Answer::Author, &alice(), "Re: x".to_owned(), String::new());
        assert_eq!((letter.to, letter.cc), (people(&["bob@home.test"]), vec![]));
        assert_eq!(letter.in_reply_to.as_deref(), Some("2@home.test"));
        assert_eq!(letter.references, ["1@home.test", "2@home.test"]);
    }

    #[test]
    fn an_answer_to_all_names_everybody_once_and_not_the_writer() {
        let letter = answer(&from_bob(), Answer::All, &alice(), String::new(), String::new());
        assert_eq!(letter.to, people(&["bob@home.test"]));
        assert_eq!(letter.cc, people(&["carol@home.test", "dave@home.test"]));
    }

    #[test]
    fn an_answer_goes_where_the_author_wants_it() {
        let view = MessageView { reply_to: people(&["list@home.test"]), ..from_bob() };
        assert_eq!(
            answer(&view, Answer::Author, &alice(), String::new(), String::new()).to,
            people(&["list@home.test"])
        );
    }

    #[test]
    fn an_answer_to_an_own_letter_goes_to_whom_that_went() {
        let view = MessageView { from: people(&["alice@home.test"]), to: people(&["bob@home.test"]), ..from_bob() };
        assert_eq!(
            answer(&view, Answer::Author, &alice(), String::new(), String::new()).to,
            people(&["bob@home.test"])
        );
    }

    #[test]
    fn a_letter_passed_on_takes_its_attachments_along() {
        let attachment = AttachmentView {
            name: "a.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: vec![1].into(),
            shown: false,
        };
        let picture = AttachmentView { shown: true, ..attachment.clone() };
        let view = MessageView { attachments: vec![attachment, picture], ..from_bob() };
        assert_eq!(resume(&view).enclosures.len(), 2);
        let letter = answer(&view, Answer::Forward, &alice(), String::new(), String::new());
        assert_eq!((letter.enclosures.len(), letter.to.len(), letter.in_reply_to), (2, 0, None));
    }

    #[test]
    fn that_a_letter_answers_a_sealed_one_is_known_also_when_its_draft_is_gone_on_with() {
        for (sealing, after_sealed) in [(Sealing::EndToEnd, true), (Sealing::OnArrival, false)] {
            let view = MessageView { sealing, ..from_bob() };
            let after = |kind| answer(&view, kind, &alice(), String::new(), String::new()).after_sealed;
            assert_eq!([Answer::Author, Answer::All].map(after), [after_sealed; 2]);
            assert!(!after(Answer::Forward));
            let draft = DraftMarks { after_sealed, ..DraftMarks::default() };
            assert_eq!(resume(&MessageView { draft, ..MessageView::default() }).after_sealed, after_sealed);
        }
    }

    #[test]
    fn long_conversations_keep_their_beginning_and_their_end() {
        let view = MessageView { references: (0..80).map(|n| format!("{n}@x")).collect(), ..from_bob() };
        let references = references(&view);
        assert_eq!(references.len(), REFERENCES);
        assert_eq!((references[0].as_str(), references[REFERENCES - 1].as_str()), ("0@x", "2@home.test"));
    }

    #[test]
    fn recipients_are_everybody_once() {
        let all =
            recipients(&people(&["a@x.test"]), &people(&["b@x.test", "A@x.test"]), &people(&["b@x.test", "c@x.test"]));
        assert_eq!(all, ["a@x.test", "b@x.test", "c@x.test"]);
    }

    #[test]
    fn of_too_many_files_those_are_saved_that_fit() {
        let file = |name: &str, octets: u64| Enclosure {
            name: name.to_owned(),
            media_type: "video/mp4".to_owned(),
            bytes: Buffer::from(vec![0; usize::try_from(octets).unwrap()]),
        };
        let text = "Three films".to_owned();
        let films = vec![file("one", ENCLOSED_BYTES - 10), file("two", 11), file("three", 10)];
        let (kept, left_out) = that_fits(Letter { text: text.clone(), enclosures: films, ..Letter::default() });
        let names: Vec<_> = kept.enclosures.iter().map(|enclosure| enclosure.name.as_str()).collect();
        assert_eq!((names, kept.text, left_out), (vec!["one", "three"], text, vec!["two".to_owned()]));
    }
}
