//! The small sealed object beside each message: what a list shows, so that a list needs no message to be opened.
//!
//! It is versioned JSON, padded with spaces (which JSON allows at its end) to lengths of Padmé, so that the size of its
//! seal tells little. The box makes it on arrival and seals it; who holds the account's keys makes it for what it files itself,
//! and once for what the box could not look into.

use serde::{Deserialize, Serialize};

use super::address::Mailbox;
use super::read::Message;
use super::text::{html_to_text, snippet, without_armor};
use crate::api::Timestamp;
use crate::vault::padme;

/// The one version that there is.
const VERSION: u8 = 1;
/// Characters of the text that a list shows.
const SNIPPET_CHARS: usize = 200;
/// Characters of the subject that are kept.
const SUBJECT_CHARS: usize = 500;
/// Characters of an address that are kept (RFC 5321 §4.5.3.1.3 allows no longer ones).
const ADDRESS_CHARS: usize = 254;
/// Characters of a name or a media type that are kept.
const NAME_CHARS: usize = 100;
/// Recipients that are kept; a list shows the first few.
const RECIPIENTS: usize = 10;
/// Attachments that are named. With the limits above a sealed summary stays under [`crate::api::limits::SUMMARY_BYTES`].
const ATTACHMENTS: usize = 20;
/// Shortest padded form, octets: most summaries are shorter, and so all of one size.
const SHORTEST_BYTES: usize = 1024;

/// What a list shows of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this form.
    v: u8,
    /// The first author.
    pub from: Option<Mailbox>,
    /// The first recipients.
    pub to: Vec<Mailbox>,
    /// The real subject.
    pub subject: Option<String>,
    /// When the author says that it was written.
    pub date: Option<Timestamp>,
    /// The beginning of the text on one line.
    pub snippet: String,
    /// The attachments that are not part of the text.
    pub attachments: Vec<AttachmentName>,
    /// What the box judged on arrival; `None` for what did not arrive from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Its author sealed it, for everybody: nobody on the way could read it. Whoever makes the summary knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_to_end: bool,
    /// Its maker had the account's keys: where it is closed all the same, they do not open the message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tried: bool,
}

/// An attachment's name and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentName {
    /// File name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Media type.
    pub media_type: String,
    /// Octets.
    pub size: u64,
}

/// What the box judged on arrival, when it could still see the message's connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the From domain stands behind the message.
    pub sender: SenderProof,
    /// Why the message belongs into Junk; `None` where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub junk: Option<JunkReason>,
}

/// Whether the domain of From stands behind a message (SPF, DKIM, DMARC: RFC 7208, 6376, 7489).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderProof {
    /// It does: an aligned signature or an aligned sending host.
    Proven,
    /// It says nothing about it.
    Unproven,
    /// It says that such a message is not from it.
    Denied,
}

/// Why a message went to Junk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JunkReason {
    /// The domain of From says that the message is not from it.
    SenderDenied,
    /// The sending host is on a list of hosts that send junk.
    ListedHost,
    /// A domain named in the message is on such a list.
    ListedDomain,
    /// The owner of this mailbox has said so of the sender.
    BlockedSender,
}

/// The bytes are not a summary that this program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a summary")]
pub struct InvalidSummary;

impl Summary {
    /// The summary of a message, without a verdict.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let text = match (&message.text, &message.html) {
            (Some(text), _) if !text.trim().is_empty() => snippet(&without_armor(text), SNIPPET_CHARS),
            (_, Some(html)) => snippet(&html_to_text(html), SNIPPET_CHARS),
            _ => String::new(),
        };
        let attachments = message.attachments.iter().filter(|file| !(file.inline && file.content_id.is_some()));
        Self {
            v: VERSION,
            from: message.from.first().map(short_mailbox),
            to: message.to.iter().chain(&message.cc).take(RECIPIENTS).map(short_mailbox).collect(),
            subject: message.subject.as_deref().map(|subject| first_chars(subject, SUBJECT_CHARS)),
            date: message.date,
            snippet: text,
            attachments: attachments
                .take(ATTACHMENTS)
                .map(|file| AttachmentName {
                    name: file.name.as_deref().map(|name| first_chars(name, NAME_CHARS)),
                    media_type: first_chars(&file.media_type, NAME_CHARS),
                    size: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
                })
                .collect(),
            verdict: None,
            end_to_end: false,
            tried: false,
        }
    }

    /// Takes away what would tell of the content: whoever cannot open what its sender sealed sees the wrapping only.
    pub fn close(&mut self) {
        self.snippet.clear();
        self.attachments.clear();
        self.end_to_end = true;
    }

    /// Whether its maker could not look into the message, as far as can be seen: one that is empty looks the same. It takes an
    /// opened message to make a better one.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.end_to_end && self.snippet.is_empty() && self.attachments.is_empty()
    }

    /// Whether it is worth while to fetch the message only for a better one.
    #[must_use]
    pub fn wants_a_look(&self) -> bool {
        self.is_closed() && !self.tried
    }

    /// The summary as padded bytes, for sealing.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.resize(padme::padded(bytes.len().max(SHORTEST_BYTES)), b' ');
        bytes
    }

    /// Reads what [`Summary::encode`] wrote.
    ///
    /// # Errors
    /// [`InvalidSummary`] where the bytes are something else, or of a newer version.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidSummary> {
        let summary: Self = serde_json::from_slice(bytes).map_err(|_| InvalidSummary)?;
        if summary.v == VERSION { Ok(summary) } else { Err(InvalidSummary) }
    }
}

fn short_mailbox(mailbox: &Mailbox) -> Mailbox {
    Mailbox {
        name: mailbox.name.as_deref().map(|name| first_chars(name, NAME_CHARS)),
        address: first_chars(&mailbox.address, ADDRESS_CHARS),
    }
}

/// The first characters; control characters, which JSON writes at length, become spaces.
fn first_chars(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::read::{Attachment, read};
    use super::*;

    #[test]
    fn a_list_needs_no_more_than_its_summary() {
        let message = read(
            "From: Bob <bob@else.test>\r\nTo: alice@home.test\r\nSubject: caf\u{e9}\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n\
             one\r\n\r\n  two\tthree"
                .as_bytes(),
        );
        let summary = Summary::of(&message);
        assert_eq!(summary.snippet, "one two three");
        assert_eq!((summary.subject.as_deref(), summary.date), (Some("café"), Some(Timestamp(1_767_225_600))));
        assert_eq!(Summary::decode(&summary.encode()), Ok(summary));
    }

    #[test]
    fn what_cannot_be_looked_into_is_closed() {
        let mut summary = Summary::of(&read(b"Subject: [...]\r\n\r\nVersion: 1"));
        assert!(!summary.is_closed());
        summary.close();
        assert!(summary.is_closed() && summary.subject.as_deref() == Some("[...]"));
        assert!(summary.wants_a_look());
        // Who has the keys and could not open it either does not try again and again.
        summary.tried = true;
        let again = Summary::decode(&summary.encode()).unwrap();
        assert!(again.is_closed() && !again.wants_a_look());
    }

    #[test]
    fn html_alone_gives_a_snippet_too() {
        let message =
            read(b"Content-Type: text/html\r\n\r\n<style>p{}</style><p>Hello&nbsp;<b>you</b></p><p>there</p>");
        assert_eq!(Summary::of(&message).snippet, "Hello you there");
    }

    #[test]
    fn sizes_say_little_and_stay_small() {
        let short = Summary::of(&read(b"Subject: a\r\n\r\nhi")).encode().len();
        assert_eq!(Summary::of(&read(b"Subject: a longer one\r\n\r\nhello there")).encode().len(), short);
        let file = Attachment {
            name: Some("\u{1f4e7}".repeat(5000)),
            media_type: "\u{1f4e7}".repeat(500),
            ..Attachment::default()
        };
        let long = Message {
            subject: Some("\u{1f4e7}".repeat(100_000)),
            to: vec![Mailbox { name: Some("\u{1f4e7}".repeat(9000)), address: "\u{1f4e7}".repeat(9000) }; 1000],
            text: Some("\u{1f4e7}".repeat(100_000)),
            attachments: vec![file; 1000],
            ..Message::default()
        };
        let encoded = Summary::of(&long).encode();
        assert!(encoded.len() + 1024 <= crate::api::limits::SUMMARY_BYTES, "{}", encoded.len());
    }

    #[test]
    fn other_bytes_and_newer_versions_are_refused() {
        for bytes in [
            &b""[..],
            b"{}",
            b"\xff",
            br#"{"v":2,"from":null,"to":[],"subject":null,"date":null,"snippet":"","attachments":[]}"#,
        ] {
            assert_eq!(Summary::decode(bytes), Err(InvalidSummary));
        }
    }
}
