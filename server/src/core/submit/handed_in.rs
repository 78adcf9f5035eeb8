//! What the page hands in, taken apart and looked at: nothing of it is stored yet.
//!
//! Invariants: a private key leaves in no form that others can read; Bcc stands in none; what is called sealed is.

use std::collections::BTreeSet;

use shared::api::submit::{Class, OutgoingCopy, SubmitRequest};
use shared::api::{EmailAddress, Timestamp, limits};
use shared::mime::header;
use shared::pgp::pgpmime::{self, Layer};

use super::SubmitError;
use crate::core::mail::{self, MailError};
use crate::core::outgoing;
use crate::store::flags::FlagBits;
use crate::store::messages::NewMessage;

/// Largest notice, octets: some pages of the sender's words, twice.
const NOTICE_BYTES: usize = 512 * 1024;

/// One form of a message on its way into the queue.
#[derive(Debug)]
pub(in crate::core) struct Form {
    pub(in crate::core) message: Vec<u8>,
    pub(in crate::core) recipients: Vec<(EmailAddress, Class)>,
}

/// A request and the bytes that followed it.
#[derive(Debug)]
pub(super) struct HandedIn {
    /// The forms in which it leaves.
    pub(super) forms: Vec<Form>,
    /// The letters that bring links, in the order of the request.
    pub(super) notices: Vec<Vec<u8>>,
    /// The copy for Sent.
    pub(super) sent: NewMessage,
}

/// Takes a request apart; the summary of the copy for Sent is taken out of it.
pub(super) fn take_apart(request: &mut SubmitRequest, parts: &[u8], now: Timestamp) -> Result<HandedIn, SubmitError> {
    let open = request.copies.iter().filter(|copy| copy.class == Class::Open).count();
    if (request.copies.is_empty() && request.linked.is_none()) || open > 1 {
        return Err(SubmitError::Malformed);
    }
    let mut rest = parts;
    let mut next = |length| {
        let (bytes, more) = rest.split_at_checked(length).ok_or(SubmitError::Malformed)?;
        rest = more;
        Ok::<_, SubmitError>(bytes)
    };
    let forms = request.copies.iter().map(|copy| form(copy, next(copy.length)?)).collect::<Result<_, _>>()?;
    let notices = request.linked.iter().flat_map(|linked| &linked.notices);
    let notices = notices.map(|part| notice(next(part.length)?)).collect::<Result<_, _>>()?;
    if rest.len() != request.sent.length {
        return Err(SubmitError::Malformed);
    }
    let summary = std::mem::take(&mut request.sent.summary.0);
    Ok(HandedIn { forms, notices, sent: mail::sealed(rest.to_vec(), summary, FlagBits::SEEN, now)? })
}

fn form(copy: &OutgoingCopy, bytes: &[u8]) -> Result<Form, SubmitError> {
    if copy.recipients.is_empty() {
        return Err(SubmitError::RecipientCount);
    }
    if bytes.len() > limits::SEALED_MESSAGE_BYTES {
        return Err(MailError::TooLarge.into());
    }
    match copy.class {
        Class::Sealed if !matches!(pgpmime::detect(bytes), Layer::Encrypted(_)) => {
            return Err(MailError::NotSealed.into());
        }
        Class::Open => outgoing::no_private_key(bytes)?,
        Class::Sealed => {}
    }
    let unique: BTreeSet<_> = copy.recipients.iter().cloned().collect();
    let recipients = unique.into_iter().map(|address| (address, copy.class)).collect();
    Ok(Form { message: without_bcc(bytes), recipients })
}

fn notice(bytes: &[u8]) -> Result<Vec<u8>, SubmitError> {
    if bytes.len() > NOTICE_BYTES {
        return Err(MailError::TooLarge.into());
    }
    outgoing::no_private_key(bytes)?;
    Ok(without_bcc(bytes))
}

fn without_bcc(bytes: &[u8]) -> Vec<u8> {
    header::remove(bytes, |field| field.is("Bcc"))
}
