//! What the page notes in its own drafts, as a field of their sealed header: `X-Own-Mailbox-Draft: after-sealed; answers=12`.
//!
//! Invariants: it stands in drafts only, never in what leaves nor in the copy in Sent; whoever forges it has a letter asked about once
//! more or a message marked as answered.

use shared::api::mailbox::MessageId;
use shared::api::submit::Answered;
use shared::mime::header::Header;

use super::protocol::reading::DraftMarks;

const FIELD: &str = "X-Own-Mailbox-Draft";

/// A draft with its marks.
pub(super) fn write(marks: DraftMarks, draft: &[u8]) -> Vec<u8> {
    let after_sealed = marks.after_sealed.then(|| "after-sealed".to_owned());
    let answers = marks
        .answers
        .map(|Answered { message, forward }| format!("{}={message}", if forward { "forwards" } else { "answers" }));
    let all: Vec<String> = after_sealed.into_iter().chain(answers).collect();
    if all.is_empty() {
        return draft.to_vec();
    }
    [format!("{FIELD}: {}\r\n", all.join("; ")).as_bytes(), draft].concat()
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
            Some(_) => {}
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_back_as_they_were_written_and_without_them_nothing_is_changed() {
        let draft = b"Subject: a\r\n\r\nb\r\n";
        assert_eq!(write(DraftMarks::default(), draft), draft);
        for after_sealed in [false, true] {
            for forward in [None, Some(false), Some(true)] {
                let answers = forward.map(|forward| Answered { message: MessageId(12), forward });
                let marks = DraftMarks { after_sealed, answers };
                let written = write(marks, draft);
                assert_eq!(read(&written), marks);
                assert!(written.ends_with(draft));
            }
        }
        for odd in ["", "answers=x", "later", "=;;=", "answers"] {
            assert_eq!(read(format!("{FIELD}: {odd}\r\n\r\n").as_bytes()), DraftMarks::default(), "{odd}");
        }
    }
}
