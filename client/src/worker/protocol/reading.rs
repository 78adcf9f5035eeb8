//! Opening what lies sealed on the box: the summaries of a list, and whole messages.

use serde::{Deserialize, Serialize};
use shared::api::keys::{PeopleRequest, PeopleResponse};
use shared::api::mailbox::{Came, MessageId};
use shared::api::submit::Answered;
use shared::api::{Base64, Timestamp};
use shared::people::Standing;

use super::AskError;
use super::linking::{LargeFile, Unsealed};
use crate::platform::buffer::Buffer;
use crate::platform::carried::Carried;

/// Opens the summaries of some rows of a list, at most [`SUMMARIES`] at once so that other asks are not held up.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenSummaries {
    /// The rows' summaries.
    pub sealed: Vec<(MessageId, Base64)>,
    /// The time now.
    pub now: Timestamp,
}

/// Most summaries of one [`OpenSummaries`]: some 20 ms of work on a slow core, and what a large screen shows in one ask or two.
pub const SUMMARIES: usize = 32;

/// One row's summary, opened.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenedSummary {
    /// Whose.
    pub id: MessageId,
    /// What it says, or why it cannot be told.
    pub summary: Result<SummaryView, AskError>,
}

/// What a list shows of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryView {
    /// The author, where the message names one.
    pub from: Option<Person>,
    /// Those it was written to, Cc included.
    pub to: Vec<Person>,
    /// The real subject; empty where there is none.
    pub subject: String,
    /// When its author says that it was written.
    pub date: Option<Timestamp>,
    /// The beginning of its text.
    pub snippet: String,
    /// The names of its attachments.
    pub attachments: Vec<String>,
    /// How it travelled.
    pub sealing: Sealing,
    /// What the box found out about the sender's domain when the message arrived.
    pub sender: SenderCheck,
    /// Whether its author's address is one of the box's own domain.
    pub bears_own_domain: bool,
    /// Whether it came from elsewhere, as far as the box knows; what the account's own programs filed did not.
    pub came: bool,
    /// Its maker could not look into the message; who opens it makes a better one.
    pub is_closed: bool,
    /// [`Summarise`] may make a better one: nobody with the account's keys has tried.
    pub wants_a_look: bool,
}

/// Makes the summary of a message that the box could not look into; answers with a [`BetterSummary`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Summarise {
    /// The frame in which the box answered with the message.
    pub message: Buffer,
    /// Its sealed summary so far.
    pub closed: Base64,
    /// The time now.
    pub now: Timestamp,
}

/// What the box could not tell of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BetterSummary {
    /// For the list.
    pub view: SummaryView,
    /// Sealed, for the box to keep.
    pub sealed: Base64,
}

/// A name and an address as they stand in a message; neither is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The name; empty where there is none.
    pub name: String,
    /// The address; may be anything that a message holds.
    pub address: String,
}

/// Since when a message is sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sealing {
    /// Its sender sealed it: nobody on the way could read it.
    EndToEnd,
    /// It came open like a postcard; the box sealed it on arrival.
    #[default]
    OnArrival,
    /// It is not sealed at all.
    Open,
}

/// Whether a message came from where it says (DMARC, RFC 7489).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SenderCheck {
    /// The domain of the author vouches for it.
    Passed,
    /// The domain of the author says that it is not from there.
    Failed,
    /// Nothing is known.
    #[default]
    Unknown,
}

/// Opens a message.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenMessage {
    /// The frame in which the box answered with the message.
    pub message: Buffer,
    /// Certificates that signatures may be checked with, beside the account's own.
    pub certificates: Vec<Base64>,
    /// Its sealed summary, where the box could not look into it and a better one is wanted.
    pub closed: Option<Base64>,
    /// What is remembered of people's certificates, where that is at hand.
    pub people: Option<PeopleResponse>,
    /// Whether what it brings may be remembered: not of what lies with the unwanted.
    pub learn: bool,
    /// The time at which certificates are judged.
    pub now: Timestamp,
}

/// A message, opened and made harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// The authors.
    pub from: Vec<Person>,
    /// Where the author wants answers to go; empty for `from`.
    pub reply_to: Vec<Person>,
    /// The recipients.
    pub to: Vec<Person>,
    /// Those who got a copy.
    pub cc: Vec<Person>,
    /// Those who got a copy unseen; only in the account's own letters.
    pub bcc: Vec<Person>,
    /// The real subject; empty where there is none.
    pub subject: String,
    /// When its author says that it was written.
    pub date: Option<Timestamp>,
    /// Its Message-ID, without the angle brackets.
    pub message_id: Option<String>,
    /// The Message-ID of what it answers, without the angle brackets.
    pub in_reply_to: Option<String>,
    /// The Message-IDs of the conversation before it, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// Its text; where it came as HTML only, the text of that.
    pub text: String,
    /// Its HTML, where it has some.
    pub html: Option<HtmlView>,
    /// What is attached, images that the HTML shows left out.
    pub attachments: Vec<AttachmentView>,
    /// Since when it is sealed.
    pub sealing: Sealing,
    /// What is known of its sender's domain; the worker does not know it, the summary does.
    pub sender: SenderCheck,
    /// How it came to the box.
    pub came: Option<Came>,
    /// Whether it says that it is from the own box, though it came from outside and nobody of here signed it.
    pub is_posing: bool,
    /// The verdict on each of its signatures.
    pub signatures: Vec<SignatureView>,
    /// What is wrong with it, each once.
    pub problems: Vec<Problem>,
    /// Its summary, where that was wanted.
    pub summary: Option<BetterSummary>,
    /// What the page notes in its own drafts.
    pub draft: DraftMarks,
    /// The links that it is behind, in the account's own copy of what it sent.
    pub links: Vec<SentLink>,
    /// The files that are behind them only, likewise.
    pub linked_files: Vec<LargeFile>,
    /// The key that its author sent along, to be written to with.
    pub sent_key: Option<SentKey>,
    /// What is known of its author's certificate.
    pub standing: Option<Standing>,
    /// What is remembered of people's certificates now, where this letter changed it.
    pub people: Option<PeopleRequest>,
}

/// A certificate that came through a link from whom the link is for, and that letters to its author can be sealed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentKey {
    /// Whose it says that it is: the author's address.
    pub address: shared::api::EmailAddress,
    /// The certificate.
    pub certificate: Base64,
    /// Its fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
}

/// A link to a letter that the account sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentLink {
    /// For whom it is.
    pub recipient: shared::api::EmailAddress,
    /// All of it.
    pub address: String,
    /// The code that it asks for.
    pub code: Option<String>,
}

/// What the page notes in a draft so that whoever goes on with it knows; it never leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftMarks {
    /// It answers a letter that came sealed.
    pub after_sealed: bool,
    /// What it answers or passes on.
    pub answers: Option<Answered>,
    /// How it reaches those whom it cannot be sealed for.
    pub unsealed: Unsealed,
}

/// Opens a message for what it is before anybody makes something readable of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenSource {
    /// The frame in which the box answered with the message.
    pub message: Buffer,
    /// What the file is called where the message has no subject.
    pub untitled: String,
    /// The time now.
    pub now: Timestamp,
}

/// A message as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// A name for its file, from its subject, that every usual system can write; ends in `.eml`.
    pub name: String,
    /// It, as it came, byte for byte; what its sender sealed, opened.
    pub bytes: Buffer,
    /// The header as it came.
    pub header: String,
    /// The header inside the seal, where its sender sealed it.
    pub inside: Option<String>,
    /// The end of a header is left out, for its length.
    pub is_cut: bool,
}

/// HTML that can do no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtmlView {
    /// A whole document for the `srcdoc` of a sandboxed frame. It runs nothing and fetches nothing.
    pub document: String,
    /// How many images of other hosts were left out.
    pub blocked_images: u32,
    /// What colours it has of its own.
    pub colours: Colours,
    /// The links that say another address than where they go; each stands in the document as an `a` without an address, with its
    /// place in this list as `data-ask`.
    pub doubtful: Vec<Doubtful>,
}

/// What colours HTML has of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Colours {
    /// None, or only those that everything has: dark text on white.
    #[default]
    None,
    /// Colours of text, on white.
    Text,
    /// Colours under the text too: somebody made a design.
    Layout,
}

/// A link of which the text says another address than where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubtful {
    /// The address that it says.
    pub says: String,
    /// The host that it goes to, where needed in both forms: `bücher.example (xn--bcher-kva.example)`.
    pub host: String,
    /// Where it goes.
    pub address: String,
}

/// Something attached to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentView {
    /// Its name, safe for a file; empty where it has none.
    pub name: String,
    /// Its media type as the message says, in lower case, without parameters.
    pub media_type: String,
    /// Its bytes, transfer encoding undone.
    pub bytes: Buffer,
    /// Whether it is a picture that stands in the message, and so in no list of what is attached.
    pub shown: bool,
}

/// What one signature says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureView {
    /// The verdict.
    pub verdict: Verdict,
    /// The signer's fingerprint or key id in upper-case hexadecimal; empty where the signature does not say.
    pub signer: String,
    /// The addresses that the signer's certificate carries.
    pub addresses: Vec<String>,
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// Whether the box, or a directory, gave the signer's certificate, and not a letter.
    pub is_published: bool,
}

/// The verdict on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It is good, and the signer's certificate carries the author's address.
    Good,
    /// It is good, but its certificate does not carry the author's address.
    OtherAddress,
    /// No certificate of its signer is known.
    UnknownSigner,
    /// The signer's certificate could not be used any more or was too weak.
    BadCertificate,
    /// The signer's key was withdrawn by its owner, before the signature was made or because others may have it.
    Revoked,
    /// It is good, but says that it was made for others: somebody passed the letter on.
    ForOthers,
    /// It does not belong to this text: the message was altered, or the signature is broken.
    Broken,
}

/// Something about a message that its reader should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Problem {
    /// It has no header, or the header has no end.
    NoHeader,
    /// A part is in a character set that is not known; letters may be wrong.
    UnknownCharset,
    /// A part's transfer encoding is broken; bytes may be missing.
    BrokenEncoding,
    /// Its parts are not put together as they should be; something may be missing.
    BrokenStructure,
    /// More parts or deeper nesting than is shown.
    TooManyParts,
    /// A field of the header stands there twice, which is how a message shows two faces; the first is shown.
    RepeatedField,
    /// It is so long that only its beginning is shown.
    TooLong,
    /// The author named inside of its seal is not the one named outside, whom alone the box could judge.
    OtherAuthor,
    /// There is more in it, outside of its seal or signature, that is not shown as a part of it.
    PartsOutside,
    /// Its sender sealed it for other keys than this account's.
    SealedForOthers,
    /// Its sender sealed it, and it was cut or altered since: it does not open.
    BrokenSeal,
}

/// Judges the certificates that a look-up found.
#[derive(Debug, Serialize, Deserialize)]
pub struct JudgeCertificates {
    /// What the box found.
    pub found: Carried<shared::api::keys::LookupResponse>,
    /// What is remembered.
    pub people: PeopleResponse,
    /// The time at which they are judged.
    pub now: Timestamp,
}

/// What they are worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// For each address.
    pub addresses: Vec<JudgedAddress>,
    /// What is remembered of people's certificates now, where this changed it.
    pub people: Option<PeopleRequest>,
}

/// What is known about one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedAddress {
    /// The address.
    pub address: shared::api::EmailAddress,
    /// The judgement.
    pub judgement: Judgement,
}

/// Whether a letter to an address can be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Judgement {
    /// Yes.
    Usable {
        /// The certificate to seal to.
        certificate: Base64,
        /// All that were found just now: old letters are signed by those of the past. Empty where only letters brought it, or a key server.
        signers: Base64,
        /// What is known of it.
        standing: Standing,
    },
    /// Not before the account's owner has decided whose certificate it is.
    Ask {
        /// Why.
        doubt: KeyDoubt,
        /// What is known of the one that was used.
        standing: Standing,
        /// What was found just now; empty where nothing was, or on a key server.
        found: Base64,
    },
    /// There is a certificate, but it cannot be used.
    Unusable(CertificateFlaw),
    /// There is none.
    None,
    /// The other side could not be asked now.
    Unreachable,
}

/// Why the account's owner has to decide about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyDoubt {
    /// It was checked, and there is another one for the address now.
    OtherKey,
    /// It was compared, and differed.
    Differs,
}

/// Why a certificate cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificateFlaw {
    /// It is not a certificate, or damaged.
    Damaged,
    /// It is not made for this address.
    OtherAddress,
    /// It has expired, or is not valid yet.
    Expired,
    /// Its owner revoked it.
    Revoked,
    /// It holds no key that seals, or only weak ones.
    NoUsableKey,
    /// It came in letters only, and its owner has long been writing without it.
    GivenUp,
}
