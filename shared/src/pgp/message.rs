//! What the box and the page call: sealing messages at rest and for others, and opening them.
//!
//! | message | at rest | what opens |
//! |---|---|---|
//! | ordinary | sealed whole: [`protect`](super::protect())ed payload in a PGP/MIME message under the readable header | `original` |
//! | PGP/MIME-encrypted by its sender | body as it came under the readable header and a Content-Type that fits; its complete header sealed apart | `original` from sealed header and body; inside it what the sender encrypted |
//!
//! Three things must not be mixed up. The *stored* message lies on the box. The *original* is what arrived, byte for byte:
//! what an export or a device that sees opened mail gets. What is *shown* is the original, or, where its sender encrypted it,
//! the message in it under its protected header.

use rand::{CryptoRng, RngCore};

use super::certificate::Certificate;
use super::error::{Cause, OpenError, SealError};
use super::inline::{self, Inline};
use super::key::SecretKey;
use super::open::{Opened, open};
use super::pgpmime::{self, Layer, Outline};
use super::protect::{Protection, has_protected_header, protect_as, protect_outgoing, restored};
use super::seal::{seal, seal_bytes};
use super::verify::{SignatureVerdict, verify_detached};
use crate::api::Timestamp;
use crate::mime::address::parse_mailboxes;
use crate::mime::header::{self, Header};
use crate::mime::readable::{self, Kind};
use crate::mime::{self, SenderProof, Summary};

/// A message as the box stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMessage {
    /// The outer RFC 5322 message, CRLF line ends in its header.
    pub bytes: Vec<u8>,
    /// The complete original header as an OpenPGP message, where the sender had encrypted the body.
    pub header: Option<Vec<u8>>,
}

/// A stored message, opened.
#[derive(Clone, Debug)]
pub struct OpenedMessage {
    /// The message as it arrived, byte for byte.
    pub original: Vec<u8>,
    /// Whether its sender had encrypted it, and what was inside.
    pub end_to_end: EndToEnd,
    /// What the sender's signatures are worth, inside of encryption or in clear; empty where there are none.
    pub signatures: Vec<SignatureVerdict>,
    /// What was signed in clear, as a message of its own, where that is not the original as it stands.
    pub signed: Option<Vec<u8>>,
    /// There is more in the original, outside of encryption or signature. It is not shown as if it belonged to what is.
    pub outside: bool,
}

/// Whether the sender of a message had encrypted it.
#[derive(Clone, Debug)]
pub enum EndToEnd {
    /// No: it came as it is, signed perhaps.
    No,
    /// Yes, and this is what was inside.
    Opened {
        /// A message, its header the protected one as far as there is one.
        message: Vec<u8>,
    },
    /// Yes, and it cannot be opened.
    Closed(OpenError),
}

impl OpenedMessage {
    /// The message to show.
    #[must_use]
    pub fn shown(&self) -> &[u8] {
        match &self.end_to_end {
            EndToEnd::Opened { message } => message,
            EndToEnd::No => self.signed.as_ref().unwrap_or(&self.original),
            EndToEnd::Closed(_) => &self.original,
        }
    }

    /// The message as a mail program gets it that cannot open anything: what was inside in the place of what its sender
    /// encrypted, and any other message as it arrived, byte for byte.
    #[must_use]
    pub fn into_opened(self) -> Vec<u8> {
        match self.end_to_end {
            EndToEnd::Opened { message } => message,
            EndToEnd::No | EndToEnd::Closed(_) => self.original,
        }
    }

    /// Whether the author named inside of encryption or signature is not the one named outside, to whom alone the box's
    /// judgement applies.
    #[must_use]
    pub fn sender_differs(&self) -> bool {
        let sender = |message: &[u8]| {
            let field = Header::of(message).first("From")?;
            parse_mailboxes(field.value).into_iter().next().map(|one| one.address.to_ascii_lowercase())
        };
        sender(self.shown()) != sender(&self.original)
    }

    /// What a list shows of it, in the place of `before`, whose maker could not look into it. The verdict of before stays, but
    /// not on the sender, where the author whom it is about is not the one who is shown now.
    #[must_use]
    pub fn summary(&self, before: &Summary) -> Summary {
        let mut summary = Summary::of(&mime::read(self.shown()));
        summary.verdict.clone_from(&before.verdict);
        summary.tried = true;
        match &self.end_to_end {
            EndToEnd::No => {}
            EndToEnd::Closed(_) => summary.close(),
            EndToEnd::Opened { .. } => summary.end_to_end = true,
        }
        if let Some(verdict) = summary.verdict.as_mut().filter(|_| self.sender_differs()) {
            verdict.sender = SenderProof::Unproven;
        }
        summary
    }

    /// Whether the sender had encrypted the message.
    #[must_use]
    pub fn sealed_end_to_end(&self) -> bool {
        !matches!(self.end_to_end, EndToEnd::No)
    }
}

/// Whether a message looks as if its sender had encrypted it, in its structure or in its text. Only who has the keys finds out
/// whether that is so.
#[must_use]
pub fn looks_sealed(message: &[u8]) -> bool {
    match Outline::of(message) {
        Outline::Encrypted(begun) if !begun.is_empty() => true,
        Outline::Signed { .. } => false,
        Outline::Encrypted(_) | Outline::None => inline::begins_sealed(message),
    }
}

/// Seals a message that arrives (or is filed by a mail program) for the account that it is for.
///
/// # Errors
/// [`SealError`] where the certificate cannot be used.
pub fn seal_incoming(
    original: &[u8],
    recipient: &Certificate,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<SealedMessage, SealError> {
    seal_at_rest(original, Kind::Letter, recipient, at, rng)
}

/// Seals a draft that a mail program files, whose Bcc stays readable: the program goes on writing from what stands outside.
///
/// # Errors
/// [`SealError`] where the certificate cannot be used.
pub fn seal_draft(
    original: &[u8],
    owner: &Certificate,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<SealedMessage, SealError> {
    seal_at_rest(original, Kind::Draft, owner, at, rng)
}

fn seal_at_rest(
    original: &[u8],
    kind: Kind,
    owner: &Certificate,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<SealedMessage, SealError> {
    let Some(boundary) = pgpmime::boundary_of_sealed(original) else {
        return Ok(SealedMessage { bytes: seal_whole(original, kind, owner, at, rng)?, header: None });
    };
    let parsed = Header::of(original);
    let mut bytes = readable::outer_header(original, kind);
    bytes.extend_from_slice(pgpmime::content_fields(&boundary).as_bytes());
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(parsed.body());
    let header = seal(parsed.bytes(), &[owner], None, at, rng)?;
    Ok(SealedMessage { bytes, header: Some(header) })
}

/// Seals what the account wrote itself (drafts, sent copies) whole; its Bcc goes inside.
///
/// # Errors
/// [`SealError`] where the certificate cannot be used.
pub fn seal_own(
    original: &[u8],
    owner: &Certificate,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    seal_whole(original, Kind::Letter, owner, at, rng)
}

fn seal_whole(
    original: &[u8],
    kind: Kind,
    owner: &Certificate,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    let sealed = seal_bytes(protect_as(original, kind).into(), &[owner], None, at, rng)?;
    Ok(pgpmime::wrap(&readable::outer_header(original, kind), &sealed, rng))
}

/// Seals a letter for its recipients, and for nobody else: signed where a signer is given, its header protected, Bcc left
/// out. The result is the message that leaves.
///
/// # Errors
/// [`SealError`] where a certificate or the signer cannot be used.
pub fn seal_outgoing(
    letter: &[u8],
    recipients: &[&Certificate],
    signer: Option<&SecretKey>,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    let letter = header::remove(letter, |field| field.is("Bcc"));
    let sealed = seal_bytes(protect_outgoing(&letter).into(), recipients, signer, at, rng)?;
    Ok(pgpmime::wrap(&readable::outer_header(&letter, Kind::Letter), &sealed, rng))
}

/// Seals a summary for the account that it is for. The result is binary.
///
/// # Errors
/// [`SealError`] where the certificate cannot be used.
pub fn seal_summary(
    summary: &Summary,
    owner: &Certificate,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    seal(&summary.encode(), &[owner], None, at, rng)
}

/// Opens a sealed summary.
///
/// # Errors
/// [`OpenError`], also [`OpenError::Damaged`] where the content is no summary.
pub fn open_summary(sealed: &[u8], keys: &[&SecretKey], at: Timestamp) -> Result<Summary, OpenError> {
    let opened = open(sealed, keys, &[], at)?;
    Summary::decode(&opened.plaintext).map_err(|cause| OpenError::Damaged(Cause::new(cause)))
}

/// Opens a stored message: `stored` and `header` as [`SealedMessage`] has them, `signers` the certificates of those who may
/// have written it.
///
/// # Errors
/// [`OpenError`] where the seal of the box cannot be opened. Where that of the sender cannot, see [`EndToEnd::Closed`].
pub fn open_message(
    stored: &[u8],
    header: Option<&[u8]>,
    keys: &[&SecretKey],
    signers: &[Certificate],
    at: Timestamp,
) -> Result<OpenedMessage, OpenError> {
    if let Some(header) = header {
        let mut original = open(header, keys, &[], at)?.plaintext;
        original.extend_from_slice(Header::of(stored).body());
        return Ok(open_original(original, keys, signers, at));
    }
    let Layer::Encrypted(sealed) = pgpmime::detect(stored) else {
        return Ok(open_original(stored.to_vec(), keys, signers, at));
    };
    let opened = open(&sealed, keys, signers, at)?;
    match restored(&opened.plaintext) {
        Some(original) => Ok(open_original(original, keys, signers, at)),
        // Sealed by its sender, and filed here without its header kept apart: it is its own original.
        None => Ok(unwrap_payload(stored.to_vec(), opened.plaintext, opened.signatures, signers, at)),
    }
}

/// Looks for what the sender did to the original: encryption, a signature, or neither.
fn open_original(original: Vec<u8>, keys: &[&SecretKey], signers: &[Certificate], at: Timestamp) -> OpenedMessage {
    match pgpmime::detect(&original) {
        Layer::None => open_inline(original, keys, signers, at),
        Layer::Signed { content, signature } => {
            let signatures = verify_detached(&content, &signature, signers, at);
            let is_good = signatures.iter().any(|one| matches!(one, SignatureVerdict::Good { .. }));
            let is_protected = is_good && has_protected_header(&content).is_some();
            let signed = is_protected.then(|| under_header(&original, content.into_owned()));
            OpenedMessage { signatures, signed, ..plain(original) }
        }
        Layer::Encrypted(sealed) => match open(&sealed, keys, signers, at) {
            Ok(opened) => unwrap_payload(original, opened.plaintext, opened.signatures, signers, at),
            Err(error) => closed(original, error),
        },
        Layer::Broken => closed(original, cut_off()),
    }
}

/// Looks into the text of a message that has no layer by its structure.
fn open_inline(original: Vec<u8>, keys: &[&SecretKey], signers: &[Certificate], at: Timestamp) -> OpenedMessage {
    let Some(found) = inline::find(&original) else { return plain(original) };
    let outside = found.outside;
    match &found.block {
        Inline::Encrypted(sealed) => match open(sealed, keys, signers, at) {
            Ok(Opened { plaintext, signatures }) => {
                let message = found.message_with(&original, &plaintext);
                OpenedMessage { end_to_end: EndToEnd::Opened { message }, signatures, outside, ..plain(original) }
            }
            // A text that shows somebody else's sealed message is not sealed.
            Err(OpenError::NotForOurKeys { .. }) if outside => plain(original),
            Err(error) => closed(original, error),
        },
        Inline::Signed { text, content, signature } => {
            let signatures = verify_detached(content, signature, signers, at);
            let signed = Some(found.message_with(&original, text));
            OpenedMessage { signatures, signed, outside, ..plain(original) }
        }
        Inline::Broken if outside => plain(original),
        Inline::Broken => closed(original, cut_off()),
    }
}

fn plain(original: Vec<u8>) -> OpenedMessage {
    OpenedMessage { original, end_to_end: EndToEnd::No, signatures: Vec::new(), signed: None, outside: false }
}

fn closed(original: Vec<u8>, error: OpenError) -> OpenedMessage {
    OpenedMessage { end_to_end: EndToEnd::Closed(error), ..plain(original) }
}

fn cut_off() -> OpenError {
    OpenError::Damaged(Cause::new("the armor is cut off or broken"))
}

/// Puts together what is shown of a message that its sender encrypted.
fn unwrap_payload(
    original: Vec<u8>,
    mut payload: Vec<u8>,
    mut signatures: Vec<SignatureVerdict>,
    signers: &[Certificate],
    at: Timestamp,
) -> OpenedMessage {
    // Signed first and encrypted then, in two layers (RFC 3156 §6.1): what is signed carries the protected header.
    if let Layer::Signed { content, signature } = pgpmime::detect(&payload) {
        signatures.extend(verify_detached(&content, &signature, signers, at));
        payload = content.into_owned();
    }
    let outside = pgpmime::has_more_than_sealed(&original);
    let message = under_header(&original, payload);
    OpenedMessage { end_to_end: EndToEnd::Opened { message }, signatures, outside, ..plain(original) }
}

/// A payload as a message: under its own header as far as that is a protected one, else under the original's.
fn under_header(original: &[u8], payload: Vec<u8>) -> Vec<u8> {
    let protection = match has_protected_header(&payload) {
        Some(Protection::Rfc9788) => return payload,
        protection => protection,
    };
    let inside = Header::of(&payload);
    let hidden = |name: &str| protection.is_some() && inside.first(name).is_some();
    let outer = inline::fields_without_content(original);
    let outer = header::remove(&outer, |field| hidden(field.name));
    header::prepend(&payload, &outer)
}
