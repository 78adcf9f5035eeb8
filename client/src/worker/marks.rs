//! What the page notes in its own drafts, as a field of their sealed header:
//! `X-Own-Mailbox-Draft: after-sealed; answers=12; unsealed=…` (base64url of JSON).
//!
//! Invariants: it stands in drafts only, never in what leaves nor in the copy in Sent; whoever forges it has a letter asked about once
//! more or a message marked as answered.

use shared::api::Base64;
use shared::api::mailbox::MessageId;
use shared::api::submit::Answered;
use shared::mime::header::Header;

use super::protocol::linking::Unsealed;
use super::protocol::reading::DraftMarks;

const FIELD: &str = "X-Own-Mailbox-Draft";
/// Octets of a line in which a long mark is written.
const LINE: usize = 900;

/// A draft with its marks.
pub(super) fn write(marks: &DraftMarks, draft: &[u8]) -> Vec<u8> {
    let after_sealed = marks.after_sealed.then(|| "after-sealed".to_owned());
    let answers = marks
        .answers
        .map(|Answered { message, forward }| format!("{}={message}", if forward { "forwards" } else { "answers" }));
    let unsealed = Some(&marks.unsealed).filter(|unsealed| **unsealed != Unsealed::Undecided);
    let unsealed = unsealed.and_then(|unsealed| serde_json::to_vec(unsealed).ok());
    let unsealed = unsealed.map(|json| format!("unsealed={}", folded(&Base64(json).to_string())));
    let all: Vec<String> = after_sealed.into_iter().chain(answers).chain(unsealed).collect();
    if all.is_empty() {
        return draft.to_vec();
    }
    [format!("{FIELD}: {}\r\n", all.join("; ")).as_bytes(), draft].concat()
}

/// A long word in lines of a length that mail can have (RFC 5322 §2.1.1).
fn folded(word: &str) -> String {
    let lines: Vec<_> = word.as_bytes().chunks(LINE).map(String::from_utf8_lossy).collect();
    lines.join("\r\n ")
}

/// The marks of a message; none where it has none, and those are passed over that are not understood.
pub(super) fn read(message: &[u8]) -> DraftMarks {
    let mut marks = DraftMarks::default();
    let header = Header::of(message);
    let value = header.first(FIELD).and_then(|field| std::str::from_utf8(field.value).ok()).unwrap_or_default();
    for mark in value.split(';').map(str::trim) {
        let number = |text: &str| text.parse().ok().map(MessageId);
        match mark.split_once('=') {
            None => marks.after_sealed |= mark == "after-sealed",
            Some(("answers", text)) => {
                marks.answers = number(text).map(|message| Answered { message, forward: false });
            }
            Some(("forwards", text)) => {
                marks.answers = number(text).map(|message| Answered { message, forward: true });
            }
            Some(("unsealed", text)) => {
                let whole: String = text.split_ascii_whitespace().collect();
                let json = whole.parse::<Base64>().ok();
                marks.unsealed = json.and_then(|json| serde_json::from_slice(&json.0).ok()).unwrap_or_default();
            }
            Some(_) => {}
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use shared::api::account::Language;

    use super::*;
    use crate::worker::protocol::linking::{LinkLock, LinkTerms};

    #[test]
    fn marks_come_back_as_they_were_written_and_without_them_nothing_is_changed() {
        let draft = b"Subject: a\r\n\r\nb\r\n";
        assert_eq!(write(&DraftMarks::default(), draft), draft);
        let lock = LinkLock::Question { question: "Où ?".into(), answer: "à Brest; là=bas".into() };
        let terms = LinkTerms { lock, words: "Voilà.\n".repeat(500), ..LinkTerms::usual(Language::Fr) };
        for after_sealed in [false, true] {
            for forward in [None, Some(false), Some(true)] {
                for unsealed in [Unsealed::Undecided, Unsealed::Open, Unsealed::Link(terms.clone())] {
                    let answers = forward.map(|forward| Answered { message: MessageId(12), forward });
                    let marks = DraftMarks { after_sealed, answers, unsealed };
                    let written = write(&marks, draft);
                    assert_eq!(read(&written), marks);
                    assert!(written.ends_with(draft));
                    assert!(written.split(|&byte| byte == b'\n').all(|line| line.len() < 998));
                }
            }
        }
        for odd in ["", "answers=x", "later", "=;;=", "answers", "unsealed=x", "unsealed=e30"] {
            assert_eq!(read(format!("{FIELD}: {odd}\r\n\r\n").as_bytes()), DraftMarks::default(), "{odd}");
        }
    }
}
