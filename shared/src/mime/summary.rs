//! The small sealed object beside each message: what a list shows, so that a list needs no message to be opened.
//!
//! It is versioned JSON, padded with spaces (which JSON allows at its end) to lengths of Padmé, so that the size of its
//! seal tells little. The box makes it on arrival and seals it; the page makes it for what it files itself.

use serde::{Deserialize, Serialize};

use super::address::Mailbox;
use super::read::Message;
use super::text::{html_to_text, snippet};
use crate::api::Timestamp;
use crate::vault::padme;

/// The one version that there is.
const VERSION: u8 = 1;
/// Characters of the text that a list shows.
const SNIPPET_CHARS: usize = 200;
/// Characters of subject, name or address that are kept.
const TEXT_CHARS: usize = 500;
/// Recipients that are kept; a list shows the first few.
const RECIPIENTS: usize = 20;
/// Attachments that are named.
const ATTACHMENTS: usize = 50;
/// Characters of an attachment's name that are kept.
const NAME_CHARS: usize = 150;
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
            (Some(text), _) if !text.trim().is_empty() => snippet(text, SNIPPET_CHARS),
            (_, Some(html)) => snippet(&html_to_text(html), SNIPPET_CHARS),
            _ => String::new(),
        };
        let attachments = message.attachments.iter().filter(|file| !(file.inline && file.content_id.is_some()));
        Self {
            v: VERSION,
            from: message.from.first().map(short_mailbox),
            to: message.to.iter().chain(&message.cc).take(RECIPIENTS).map(short_mailbox).collect(),
            subject: message.subject.as_deref().map(|subject| first_chars(subject, TEXT_CHARS)),
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
        }
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
        address: first_chars(&mailbox.address, TEXT_CHARS),
    }
}

fn first_chars(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
