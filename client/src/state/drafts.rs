//! The letters being written: saved sealed a few seconds after the last change.

use leptos::prelude::*;
use shared::api::Timestamp;
use shared::api::mailbox::MessageId;
use shared::api::submit::Answered;

use super::Failure;
use crate::worker::protocol::reading::{MessageView, Person};
use crate::worker::protocol::writing::Enclosure;

/// Which of the open letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftKey(pub u32);

/// How far a letter is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saved {
    /// Nothing was written yet.
    #[default]
    Empty,
    /// There are changes that are not saved yet.
    Changed,
    /// It is being saved.
    Saving,
    /// All of it is saved since then.
    At(Timestamp),
    /// It could not be saved; it is tried again after the next change.
    Failed(Failure),
}

/// A letter being written. Fields that the page binds to are signals; changing one starts the clock of the autosave.
#[derive(Clone, Copy)]
pub struct Draft {
    /// Which.
    pub key: DraftKey,
    /// Recipients; addresses may be anything that was typed.
    pub to: RwSignal<Vec<Person>>,
    /// Those who get a copy.
    pub cc: RwSignal<Vec<Person>>,
    /// Those who get a copy unseen.
    pub bcc: RwSignal<Vec<Person>>,
    /// The subject.
    pub subject: RwSignal<String>,
    /// The text.
    pub text: RwSignal<String>,
    /// What is enclosed.
    pub enclosures: RwSignal<Vec<Enclosure>>,
    /// How far it is saved.
    pub saved: RwSignal<Saved>,
    /// What it answers or passes on.
    pub answers: RwSignal<Option<Answered>>,
    /// The Message-ID that it answers.
    pub in_reply_to: RwSignal<Option<String>>,
    /// The conversation before.
    pub references: RwSignal<Vec<String>>,
    /// The draft on the box that it is saved as.
    pub message: RwSignal<Option<MessageId>>,
}

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

/// The letters being written.
#[derive(Clone, Copy)]
pub struct Drafts {
    open: RwSignal<Vec<Draft>>,
}

/// Provides the letters.
pub fn provide_drafts() {
    provide_context(Drafts { open: RwSignal::default() });
}

/// The letters being written.
#[must_use]
pub fn use_drafts() -> Drafts {
    expect_context()
}

impl Drafts {
    /// Those that are open, oldest first.
    #[must_use]
    pub fn open(&self) -> Signal<Vec<Draft>> {
        self.open.into()
    }

    /// Begins a new one.
    pub fn begin(&self, to: Vec<Person>) -> Draft {
        todo!("{to:?}")
    }

    /// Begins an answer. `quote` is the text that it begins with (the page writes it: who wrote when, in the person's
    /// language, and the quoted lines), `subject` its subject ("Re: …").
    pub fn answer(
        &self,
        message: MessageId,
        view: &MessageView,
        kind: Answer,
        subject: String,
        quote: String,
    ) -> Draft {
        todo!("{message} {view:?} {kind:?} {subject} {quote}")
    }

    /// Goes on with a draft that lies in the mailbox of drafts.
    pub fn resume(&self, message: MessageId, view: &MessageView) -> Draft {
        todo!("{message} {view:?}")
    }

    /// Saves now, and closes it here; it stays in the mailbox of drafts.
    pub fn close(&self, key: DraftKey) {
        todo!("{key:?}")
    }

    /// Throws it away; can be undone.
    pub fn discard(&self, key: DraftKey) {
        todo!("{key:?}")
    }

    /// Saves now.
    pub fn save(&self, key: DraftKey) {
        todo!("{key:?}")
    }
}
