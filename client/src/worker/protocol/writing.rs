//! Sealing what the account writes: drafts for its own mailbox, letters for others, letters behind links.

use serde::{Deserialize, Serialize};
use shared::api::letter::LetterId;
use shared::api::link::{CreateLetterRequest, EarlierLink};
use shared::api::mailbox::MessageId;
use shared::api::submit::Answered;
use shared::api::{Base64, EmailAddress, Timestamp};

use super::linking::{LargeFile, LinkTerms, LinkedLetter, MadeLinks, Unsealed};
use super::reading::Person;
use crate::platform::buffer::Buffer;
use crate::platform::carried::Carried;

/// A letter as it is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Recipients.
    pub to: Vec<Person>,
    /// Those who get a copy.
    pub cc: Vec<Person>,
    /// Those who get a copy unseen by the others.
    pub bcc: Vec<Person>,
    /// The subject.
    pub subject: String,
    /// The text, lines ended by `\n`.
    pub text: String,
    /// What is enclosed.
    pub enclosures: Vec<Enclosure>,
    /// The Message-ID of the letter that this one answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// The Message-IDs of the conversation before, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// It answers a letter that came sealed; kept with its drafts only.
    pub after_sealed: bool,
    /// How it reaches those whom it cannot be sealed for; kept with its drafts only.
    pub unsealed: Unsealed,
}

/// A file in a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Buffer,
}

/// Seals a draft to the account itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct SealDraft {
    /// The letter so far; recipients may be anything that was typed.
    pub letter: Letter,
    /// The date that it bears.
    pub now: Timestamp,
    /// The name under which the box knows it.
    pub id: LetterId,
    /// The message that it answers or passes on; kept with the draft.
    pub answers: Option<Answered>,
    /// The draft that it takes the place of.
    pub replaces: Option<MessageId>,
}

/// A sealed draft.
#[derive(Debug, Serialize, Deserialize)]
pub struct SealedDraft {
    /// A frame to post to the messages of the mailbox of drafts.
    pub frame: Buffer,
}

/// Begins to put a letter behind links; answers with [`BegunLetter`].
#[derive(Debug, Serialize, Deserialize)]
pub struct BeginLinks {
    /// The letter.
    pub letter: Letter,
    /// Files that follow its enclosures and are too large to be among them.
    pub files: Vec<LargeFile>,
    /// Who gets a link.
    pub recipients: Vec<EmailAddress>,
    /// What the links are to be like.
    pub terms: LinkTerms,
    /// The links of earlier letters to them that the box knows of.
    pub earlier: Vec<EarlierLink>,
    /// The box, as links name it: `https://host`.
    pub origin: String,
    /// The date that it bears.
    pub now: Timestamp,
}

/// A letter that is to be uploaded: `head`, then the bytes of its enclosures and files, then zeros, cut into chunks.
#[derive(Debug, Serialize, Deserialize)]
pub struct BegunLetter {
    /// What begins it at the box.
    pub request: Carried<CreateLetterRequest>,
    /// What its chunks are sealed with, as `shared::link::Payload` describes itself.
    pub payload: Base64,
    /// What stands before the enclosures.
    pub head: Buffer,
    /// Its links.
    pub made: MadeLinks,
}

/// Seals a letter for its recipients and for Sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct SealLetter {
    /// The letter.
    pub letter: Letter,
    /// The name under which the box knows it.
    pub id: LetterId,
    /// Which form of it, as in `SubmitRequest`.
    pub attempt: u32,
    /// Everybody in To, Cc and Bcc of the letter who gets it by mail, once, and how it travels to each.
    pub recipients: Vec<Recipient>,
    /// What of it is behind links, for all the others.
    pub linked: Option<LinkedLetter>,
    /// Those of the others who have a certificate: the mail that brings their link is sealed.
    pub sealed_notices: Vec<Recipient>,
    /// The date that it bears.
    pub now: Timestamp,
    /// The draft that this was.
    pub draft: Option<MessageId>,
    /// The message that it answers or passes on.
    pub answers: Option<Answered>,
    /// Seconds for which the box holds it back.
    pub hold_seconds: u32,
}

/// One recipient of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The envelope's address.
    pub address: EmailAddress,
    /// The certificate to seal to; without one the letter goes open.
    pub certificate: Option<Base64>,
}

/// A letter that is ready to go.
#[derive(Debug, Serialize, Deserialize)]
pub struct SealedLetter {
    /// A frame to post to `SUBMIT`.
    pub frame: Buffer,
}
