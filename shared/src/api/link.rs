//! Letters behind links, for people who do not encrypt: what the sender's page and the reader's page say to the box.
//!
//! The box holds the sealed payload, and for each recipient a share of its key that it gives out when somebody asks to open the
//! link. What stands in a link behind `#` is in no request.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::mailbox::{MessageId, row_id};
use super::{Base64, EmailAddress, Timestamp, crockford, limits};

/// The name of a link: what stands in its path, and what a reader asks for. It follows from the link's secret, which does not
/// follow from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkName(pub [u8; Self::BYTES]);

/// The text is not the name of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a link")]
pub struct InvalidLinkName;

impl LinkName {
    /// Octets: enough that nobody finds one by trying.
    pub const BYTES: usize = 10;
    /// Letters and digits of its form for people.
    pub const LETTERS: usize = Self::BYTES * 8 / 5;
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::encode(&self.0, usize::MAX))
    }
}

impl fmt::Debug for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkName(…)")
    }
}

impl FromStr for LinkName {
    type Err = InvalidLinkName;

    fn from_str(text: &str) -> Result<Self, InvalidLinkName> {
        crockford::decode(text).map(|bytes| Self(*bytes)).ok_or(InvalidLinkName)
    }
}

impl Serialize for LinkName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LinkName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

row_id! {
    /// One letter behind links; never reused.
    LinkedLetterId
}
row_id! {
    /// One link to a letter, for one recipient; never reused. Only the sender knows it by this.
    LinkId
}

/// Begins a letter behind links. Its chunks follow, then [`super::submit::SubmitRequest`], which completes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateLetterRequest {
    /// Octets of the payload before sealing; at most [`super::limits::LINK_PAYLOAD_BYTES`].
    pub octets: u64,
    /// One for each recipient; at least one, at most [`super::limits::RECIPIENTS`].
    pub links: Vec<NewLink>,
}

/// A link to be. What is called a hash is a SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLink {
    /// Its name.
    pub name: LinkName,
    /// For whom it is.
    pub recipient: EmailAddress,
    /// The box's share of its key, 32 octets.
    pub share: Base64,
    /// What opens the payload, wrapped under the link's key.
    pub wrapped: Base64,
    /// What a reader sees before it is opened, sealed under the link's secret; at most [`super::limits::LINK_COVER_BYTES`].
    pub cover: Base64,
    /// Of the proof that somebody knows the answer; `None` where nothing is asked.
    pub answer_hash: Option<Base64>,
    /// Of the proof that somebody has opened it.
    pub opened_hash: Base64,
    /// After this it cannot be opened; at most [`super::limits::LINK_DAYS_MAX`] days from now.
    pub expires_at: Timestamp,
    /// How often it can be opened; `None`: as often as one likes.
    pub openings: Option<u32>,
    /// Only the browser that opens it first can open it again.
    pub first_browser: bool,
    /// Who has opened it can answer from there; at most [`super::limits::LINK_REPLIES`] times.
    #[serde(default)]
    pub replies: bool,
    /// What it tells of earlier letters to the same person, sealed under the link's key; at most
    /// [`super::limits::LINK_EARLIER_BYTES`], and empty where there are none.
    #[serde(default)]
    pub earlier: Base64,
    /// What its sender keeps of it, sealed for the account; at most [`super::limits::LINK_NOTE_BYTES`]. Later letters do not tell
    /// of a link without one.
    #[serde(default)]
    pub note: Base64,
}

/// Asks for the links that can be opened of earlier letters to these people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRequest {
    /// The people; at most [`super::limits::RECIPIENTS`].
    pub recipients: Vec<EmailAddress>,
}

/// The links of earlier letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierResponse {
    /// Newest first; at most [`earlier_each`] for each of the people.
    pub links: Vec<EarlierLink>,
}

/// Of how many earlier letters each of so many people is told.
#[must_use]
pub fn earlier_each(people: usize) -> usize {
    (limits::LINK_EARLIER_ALL / people.max(1)).clamp(1, limits::LINK_EARLIER)
}

/// A link of an earlier letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierLink {
    /// For whom it is.
    pub recipient: EmailAddress,
    /// As [`NewLink::note`].
    pub note: Base64,
}

/// The letter that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateLetterResponse {
    /// Its id.
    pub letter: LinkedLetterId,
}

/// The letter that a message is behind links as: complete with it, and from then on to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// Which, all of whose chunks the box has.
    pub letter: LinkedLetterId,
    /// Ordinary letters that bring the links to their recipients. Who gets none is given the link in another way.
    pub notices: Vec<Notice>,
}

/// A letter that brings a link to its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which link.
    pub link: LinkName,
    /// Octets of this part in the frame.
    pub length: usize,
}

/// All letters of the account that are being sent or have links that are not forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LettersResponse {
    /// Newest first.
    pub letters: Vec<LetterState>,
}

/// A letter behind links, as its sender sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterState {
    /// Its id.
    pub id: LinkedLetterId,
    /// Octets of the payload before sealing.
    pub octets: u64,
    /// Chunks that the box has; the next one belongs to the place of this number.
    pub received: u32,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was complete.
    pub sent_at: Option<Timestamp>,
    /// The copy in Sent, while it is somewhere.
    pub sent: Option<MessageId>,
    /// One for each recipient.
    pub links: Vec<LinkState>,
}

/// What has become of one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    /// Its id.
    pub id: LinkId,
    /// For whom it is.
    pub recipient: EmailAddress,
    /// After this it cannot be opened.
    pub expires_at: Timestamp,
    /// How often it can still be opened; `None`: as often as one likes.
    pub openings_left: Option<u32>,
    /// How often it was opened.
    pub opened: u32,
    /// When it was opened first and last.
    pub first_opened_at: Option<Timestamp>,
    /// As above.
    pub last_opened_at: Option<Timestamp>,
    /// How often it was answered from the page that opened it.
    #[serde(default)]
    pub replied: u32,
    /// When it was answered last.
    #[serde(default)]
    pub last_replied_at: Option<Timestamp>,
    /// Wrong answers since its sender last allowed some; at [`super::limits::LINK_WRONG_ANSWERS`] it is closed.
    pub wrong_answers: u32,
    /// Why it cannot be opened any more, for good.
    pub ended: Option<LinkEnd>,
}

/// Why a link cannot be opened any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkEnd {
    /// Its time was over.
    Expired,
    /// Its sender took it back.
    Revoked,
    /// It was opened as often as it could be.
    UsedUp,
}

/// Changes a link that can still be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLinkRequest {
    /// Another end; as [`NewLink::expires_at`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Forgets the wrong answers, so that a closed link can be tried again.
    #[serde(default)]
    pub forgive: bool,
}

/// A reader asks what a link is. Counts nothing and gives out nothing that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookRequest {
    /// The link.
    pub link: LinkName,
}

/// What a link is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookResponse {
    /// As [`NewLink::cover`].
    pub cover: Base64,
    /// After this it cannot be opened.
    pub expires_at: Timestamp,
    /// How often it can still be opened; `None`: as often as one likes.
    pub openings_left: Option<u32>,
    /// Whether only the browser that opens it first can open it again.
    pub first_browser: bool,
}

/// A person asks to open a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// The link.
    pub link: LinkName,
    /// The proof that somebody knows the answer, where one is asked for.
    pub answer_proof: Option<Base64>,
    /// 32 random octets that this browser keeps and shows for this link each time.
    pub browser: Base64,
}

/// What, together with the link's secret and the answer, opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenResponse {
    /// As [`NewLink::share`].
    pub share: Base64,
    /// As [`NewLink::wrapped`].
    pub wrapped: Base64,
    /// As [`NewLink::earlier`].
    #[serde(default)]
    pub earlier: Base64,
}

/// Somebody has unwrapped what opens the payload. This is what counts as an opening, and chunks are given out for nothing less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedRequest {
    /// The link.
    pub link: LinkName,
    /// The proof of it.
    pub proof: Base64,
    /// As [`OpenRequest::browser`].
    pub browser: Base64,
    /// 32 random octets that name this opening: the same request again, because the answer was lost, counts once.
    pub opening: Base64,
}

/// The opening has been counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedResponse {
    /// Until then its chunks can be fetched, and it can be answered.
    pub until: Timestamp,
    /// For whom the link is, and so who answers; `None` where its sender wants no answers, or no more.
    #[serde(default)]
    pub reply_as: Option<EmailAddress>,
    /// What was kept of answers through this link, newest first, as [`ReplyRequest::copy`]; together at most
    /// [`super::limits::LINK_REPLY_COPIES_BYTES`].
    #[serde(default)]
    pub replies: Vec<Base64>,
    /// When the same sender's newest later letter to the same person was sent, which has a link of its own.
    #[serde(default)]
    pub later: Option<Timestamp>,
}

/// Fetches one chunk; the answer is its octets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRequest {
    /// As [`OpenedRequest::opening`].
    pub opening: Base64,
    /// Its place.
    pub place: u32,
}

/// Answers a letter that was opened. What follows in the frame is the answer: a PGP/MIME message (RFC 3156) from the address in
/// [`OpenedResponse::reply_as`], of which nothing but its header is readable; at most [`super::limits::MESSAGE_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyRequest {
    /// As [`OpenedRequest::opening`].
    pub opening: Base64,
    /// 32 random octets that name this answer: the same request again, because it is not known what became of it, delivers it once.
    pub reply: Base64,
    /// What its author finds again of it, sealed under the link's key; at most [`super::limits::LINK_REPLY_COPY_BYTES`], and empty where
    /// nothing is to be kept.
    #[serde(default)]
    pub copy: Base64,
}

/// The answer is with the letter's sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyResponse {
    /// How often the letter can still be answered through this link.
    pub replies_left: u32,
}

/// Tells the owner of the box that a letter is not what it should be. Who has the link can, opened or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequest {
    /// The link.
    pub link: LinkName,
    /// What is wrong, in the words of who tells it; at most [`super::limits::LINK_REPORT_BYTES`], and may be empty.
    pub words: String,
}
