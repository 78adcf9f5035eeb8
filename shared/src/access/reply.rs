//! Answering a letter behind a link: the one move of somebody without an account. The page's own program for it and the
//! command-line client make the same.

use rand::{CryptoRng, RngCore};

use crate::api::{EmailAddress, Timestamp, limits};
use crate::link::Manifest;
use crate::mime::{self, Attachment, BccField, Letter, Mailbox};
use crate::pgp::{self, Certificate, CertificateError, SealError};

/// What stands before the subject of an answer.
const PREFIX: &str = "Re: ";

/// An answer to a letter behind a link.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Who answers: whom the link is for, as the box says.
    pub from: EmailAddress,
    /// The text.
    pub text: String,
    /// Files.
    pub files: Vec<Attachment>,
}

/// Why a letter cannot be answered so.
#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    /// The letter does not say what an answer is sealed to.
    #[error("the letter takes no answers")]
    NotWanted,
    /// What it says is no certificate that this program can use.
    #[error("the letter's certificate cannot be read")]
    Certificate(#[from] CertificateError),
    /// The certificate cannot be sealed to.
    #[error("the letter's certificate cannot be used")]
    Seal(#[from] SealError),
    /// Text and files are over [`limits::LINK_REPLY_BYTES`], or there are more than [`limits::LINK_REPLY_FILES`].
    #[error("the answer is too large")]
    TooLarge,
}

impl Reply {
    /// Writes and seals it for the letter's sender and nobody else; unsigned, for its author has no key. It stands in the letter's
    /// conversation. The result is the message that the box takes.
    ///
    /// # Errors
    /// [`ReplyError`].
    pub fn seal(
        self,
        letter: &Manifest,
        now: Timestamp,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Vec<u8>, ReplyError> {
        let replies = letter.replies.as_ref().ok_or(ReplyError::NotWanted)?;
        let octets = self.files.iter().fold(self.text.len(), |sum, file| sum.saturating_add(file.bytes.len()));
        if octets > limits::LINK_REPLY_BYTES || self.files.len() > limits::LINK_REPLY_FILES {
            return Err(ReplyError::TooLarge);
        }
        let certificate = Certificate::parse(&replies.certificate.0)?;
        let message = mime::build(&self.written(letter, now, rng), BccField::Left);
        // The certificate stays as it was when the letter was written, and clocks of strangers' machines are what they are.
        let now = now.max(letter.date);
        let at = certificate.last_good(now).unwrap_or(now);
        let sealed = pgp::seal_outgoing(&message, &[&certificate], None, at, rng)?;
        if sealed.len() > limits::MESSAGE_BYTES { Err(ReplyError::TooLarge) } else { Ok(sealed) }
    }

    fn written(self, letter: &Manifest, now: Timestamp, rng: &mut impl RngCore) -> Letter {
        let mut random = [0; 16];
        rng.fill_bytes(&mut random);
        let is_own = |address: &str| {
            address.parse::<EmailAddress>().is_ok_and(|address| address.canonical() == self.from.canonical())
        };
        let own = letter.to.iter().find(|person| is_own(&person.address));
        let named = |name: &str| Some(name.to_owned()).filter(|name| !name.trim().is_empty());
        let subject = letter.subject.trim();
        let is_answer = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
        Letter {
            from: Mailbox { name: own.and_then(|own| named(&own.name)), address: self.from.to_string() },
            to: vec![Mailbox { name: named(&letter.from.name), address: letter.from.address.clone() }],
            subject: if is_answer { subject.to_owned() } else { format!("{PREFIX}{subject}") },
            text: self.text,
            attachments: self.files,
            in_reply_to: Some(letter.message_id.clone()),
            references: vec![letter.message_id.clone()],
            message_id: mime::message_id(&random, self.from.domain()),
            date: now,
            ..Letter::default()
        }
    }
}
