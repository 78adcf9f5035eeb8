//! What is behind links, and what those are like: for those whom a letter cannot be sealed for.

use serde::{Deserialize, Serialize};
use shared::api::account::Language;
use shared::api::limits;
use shared::api::link::{LinkName, LinkedLetterId};
use shared::api::{EmailAddress, Timestamp};

/// How a letter reaches those whom it cannot be sealed for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unsealed {
    /// Nobody chose: as it fits what was written before.
    #[default]
    Undecided,
    /// Open like a postcard.
    Open,
    /// Behind a link.
    Link(LinkTerms),
}

/// What the links of a letter are to be like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkTerms {
    /// Days for which they open; at most [`limits::LINK_DAYS_MAX`].
    pub days: u16,
    /// Whether each opens once only.
    pub once: bool,
    /// Whether only the browser that opens one first can open it again.
    pub first_browser: bool,
    /// Whether who has opened it can answer from there.
    pub replies: bool,
    /// What is asked for beside the link.
    pub lock: LinkLock,
    /// The language of the mail that brings it.
    pub language: Language,
    /// The subject of that mail; empty for one that names the sender.
    pub subject: String,
    /// What the sender says in that mail; empty for a greeting.
    pub words: String,
}

/// What is asked for beside a link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkLock {
    /// Nothing.
    #[default]
    None,
    /// The answer to a question that both know.
    Question {
        /// The question.
        question: String,
        /// Its answer.
        answer: String,
    },
    /// A code of six digits that the sender gives by telephone.
    Code,
}

impl LinkTerms {
    /// What is usual, with the mail in this language.
    #[must_use]
    pub fn usual(language: Language) -> Self {
        Self {
            days: u16::try_from(limits::LINK_DAYS).unwrap_or_default(),
            once: false,
            first_browser: false,
            replies: true,
            lock: LinkLock::None,
            language,
            subject: String::new(),
            words: String::new(),
        }
    }
}

/// A file of which only the page has the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargeFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Octets.
    pub octets: u64,
}

/// The links of a letter, for the notices and for Sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeLinks {
    /// The Message-ID that the letter has behind them, without angle brackets.
    pub message_id: String,
    /// Until when they open.
    pub until: Timestamp,
    /// One for each recipient.
    pub links: Vec<MadeLink>,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeLink {
    /// Its name.
    pub name: LinkName,
    /// For whom it is.
    pub recipient: EmailAddress,
    /// All of it.
    pub address: String,
    /// Its words, in the language of the notice.
    pub words: Vec<String>,
    /// The code that it asks for, as it is said.
    pub code: Option<String>,
}

/// A letter whose chunks the box has, on its way with the message that it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedLetter {
    /// Which.
    pub letter: LinkedLetterId,
    /// What its links are like.
    pub terms: LinkTerms,
    /// Its links.
    pub made: MadeLinks,
    /// Files that are only behind them.
    pub files: Vec<LargeFile>,
}
