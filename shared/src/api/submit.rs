//! Sending: what the page hands to the box, and what the box says became of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::letter::LetterId;
use super::link::{LetterState, Linked};
use super::mailbox::{MessageId, row_id};
use super::{Base64, EmailAddress, Timestamp};

row_id! {
    /// One submission; never reused.
    SubmissionId
}

/// A message on its way out. The frame's parts are, in order: the bytes of each [`OutgoingCopy`], those of each notice of
/// [`Linked`], then the sealed copy for Sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitRequest {
    /// The letter that this is. What is submitted twice as the same attempt leaves once, and is answered as it was the first time.
    pub letter: LetterId,
    /// Another number where anything was changed since the letter was submitted before. The former attempt is taken back then, in the
    /// same step; where it has left, the new one is refused with [`super::ErrorCode::AlreadySent`].
    pub attempt: u32,
    /// The envelope's sender; one of the account's own addresses.
    pub from: EmailAddress,
    /// The forms in which the message leaves: at most one open, and as many sealed ones as there are groups that shall not
    /// see each other's keys (who stands in Bcc gets one of their own). Nobody is in two of them.
    pub copies: Vec<OutgoingCopy>,
    /// What of it is behind links, for those who get no copy; where it is taken back, so are they.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
    /// What is filed in Sent.
    pub sent: SentCopy,
    /// The draft that this was, removed in the same step, and with it what was filed last for the same letter.
    pub draft: Option<MessageId>,
    /// The message that this answers or passes on, whose flag is set in the same step.
    pub answers: Option<Answered>,
    /// Seconds for which the box holds the message back, so that it can be taken back; at most
    /// [`super::limits::UNDO_SECONDS_MAX`].
    pub hold_seconds: u32,
}

/// One form of the message and who gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingCopy {
    /// Whether the bytes are an OpenPGP message or readable.
    pub class: Class,
    /// The envelope's recipients of this form.
    pub recipients: Vec<EmailAddress>,
    /// Octets of this part in the frame.
    pub length: usize,
}

/// How a letter travels to one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Encrypted to the recipient's certificate.
    Sealed,
    /// Open like a postcard.
    Open,
}

/// The account's own copy of what it sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCopy {
    /// Its sealed summary.
    pub summary: Base64,
    /// Octets of this part in the frame.
    pub length: usize,
}

/// The message that a submission answers or passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Which message.
    pub message: MessageId,
    /// Passed on rather than answered.
    pub forward: bool,
}

/// The message is safe with the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitResponse {
    /// For taking it back.
    pub submission: SubmissionId,
    /// The copy in Sent.
    pub sent: MessageId,
    /// When the box will begin to send.
    pub leaves_at: Timestamp,
}

/// What became of a sent message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveriesResponse {
    /// One for each recipient; of a notice for who got a link.
    pub deliveries: Vec<Delivery>,
    /// What became of its links, where it has any.
    pub letter: Option<LetterState>,
}

/// What became of a message for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The recipient.
    pub recipient: EmailAddress,
    /// How it travelled.
    pub class: Class,
    /// What became of it.
    pub state: DeliveryState,
    /// Since when.
    pub at: Timestamp,
}

/// The states of one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Held back, can still be taken back.
    Held,
    /// Waiting for its first try or on its way.
    Waiting,
    /// The other side could not take it yet.
    Retrying {
        /// When it is tried again.
        next_try: Timestamp,
        /// Why it did not go, for people.
        reason: FailureReason,
    },
    /// The other side has it.
    Delivered,
    /// It will not arrive; the sender got a message that says so.
    Failed {
        /// Why, for people.
        reason: FailureReason,
    },
}

/// Why a delivery failed, in as many kinds as people can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// Nobody has this address there.
    NoSuchRecipient,
    /// The domain does not exist or takes no mail.
    NoSuchDomain,
    /// The other side could not be reached.
    Unreachable,
    /// The other side is busy or asks to come back later.
    TryLater,
    /// The recipient's mailbox is full.
    MailboxFull,
    /// The message is too large for the other side.
    TooLarge,
    /// The other side refuses the message.
    Refused,
    /// The other side could not be reached or satisfied within the time that the box keeps trying.
    GaveUp,
}
