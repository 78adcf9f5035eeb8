//! Seals what the account writes: drafts for itself, letters for others and for Sent.
//!
//! Invariants: Bcc stands only in what is sealed for the account itself; somebody in Bcc gets a sealed copy of their own, because a
//! seal names the keys that open it; no secret key leaves, sealed or not; nobody gets an open copy who was to get a sealed one: a certificate that fails is an error.

use rand::{CryptoRng, RngCore};
use shared::access::Unlocked;
use shared::api::mailbox::{AppendRequest, Flags};
use shared::api::submit::{Class, OutgoingCopy, SentCopy, SubmitRequest};
use shared::api::{EmailAddress, Timestamp, frame, limits};
use shared::mime::{self, BccField, Summary};
use shared::pgp::autocrypt::told_in;
use shared::pgp::{self, Certificate, SealError};

use super::protocol::AskError;
use super::protocol::reading::DraftMarks;
use super::protocol::writing::{Recipient, SealDraft, SealLetter, SealedDraft, SealedLetter};
use super::{linked, marks, written};
use crate::platform::buffer::Buffer;

/// Seals a draft.
pub(super) fn draft(
    account: &Unlocked,
    ask: SealDraft,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<SealedDraft, AskError> {
    let SealDraft { letter, now, id, answers, replaces } = ask;
    let marks = DraftMarks { after_sealed: letter.after_sealed, answers, unsealed: letter.unsealed.clone() };
    let message = marks::write(&marks, &mime::build(&written::message(account, letter, now, rng), BccField::Kept));
    let filed = Filed::seal(account, &message, false, now, rng)?;
    let flags = Flags { seen: true, draft: true, ..Flags::default() };
    let head = AppendRequest { summary: filed.summary.into(), flags, replaces, letter: Some(id) };
    Ok(SealedDraft { frame: framed(&head, &[&filed.message])? })
}

/// Seals a letter.
pub(super) fn letter(
    account: &Unlocked,
    ask: SealLetter,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<SealedLetter, AskError> {
    let SealLetter { letter, id, attempt, recipients, linked, sealed_notices, now, draft, answers, hold_seconds } = ask;
    written::no_secret_key(&letter)?;
    let hidden: Vec<EmailAddress> = letter.bcc.iter().filter_map(|person| person.address.parse().ok()).collect();
    let seen: Vec<EmailAddress> =
        letter.to.iter().chain(&letter.cc).filter_map(|person| person.address.parse().ok()).collect();
    let answers_sealed = letter.after_sealed;
    let mut letter = written::message(account, letter, now, rng);
    if let Some(linked) = &linked {
        letter.message_id.clone_from(&linked.made.message_id);
    }
    let leaving = mime::build(&letter, BccField::Left);
    if leaving.len() > limits::MESSAGE_BYTES {
        return Err(AskError::TooLarge);
    }
    let is_hidden = |address: &EmailAddress| hidden.contains(address) && !seen.contains(address);
    let groups = Group::of(&recipients, 0, is_hidden)?;
    let readers = Group::of(&sealed_notices, recipients.len(), |_| true)?;
    if groups.is_empty() && linked.is_none() {
        return Err(AskError::Letter);
    }
    let mut copies = Vec::new();
    let mut parts = Vec::new();
    for group in groups {
        let part = group.seal(account, &leaving, now, rng)?;
        // Those who do not use OpenPGP get nothing of it.
        let is_told = group.class() == Class::Sealed || answers_sealed;
        let part = if is_told { told_in(part, account.certificate(), account.address(), now) } else { part };
        copies.push(OutgoingCopy { class: group.class(), recipients: group.addresses, length: part.len() });
        parts.push(part);
    }
    let is_sealed = linked.is_none() && copies.iter().all(|copy| copy.class == Class::Sealed);
    let mut own = mime::build(&letter, BccField::Kept);
    let seal = |reader: &EmailAddress, notice: Vec<u8>, rng: &mut _| {
        let group = readers.iter().find(|group| group.addresses.contains(reader));
        group.map_or(Ok(notice.clone()), |group| group.seal(account, &notice, now, rng))
    };
    let linked = match linked {
        None => None,
        Some(linked) => {
            own = linked::noted(&linked.made, &linked.files, &own);
            let (linked, notices) = linked::notices(account, &linked, now, rng, seal)?;
            parts.extend(notices);
            Some(linked)
        }
    };
    let filed = Filed::seal(account, &own, is_sealed, now, rng)?;
    let sent = SentCopy { summary: filed.summary.into(), length: filed.message.len() };
    parts.push(filed.message);
    let from = account.address().clone();
    let head = SubmitRequest { letter: id, attempt, from, copies, linked, sent, draft, answers, hold_seconds };
    Ok(SealedLetter { frame: framed(&head, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())? })
}

/// Those who get the same bytes.
#[derive(Default)]
struct Group {
    addresses: Vec<EmailAddress>,
    certificates: Vec<Certificate>,
    /// The place of each certificate's owner among all recipients.
    places: Vec<usize>,
}

impl Group {
    /// Places count from `first`. One group of all that are seen and get it sealed, one for each that is not seen, one of all that get it open.
    fn of(
        recipients: &[Recipient],
        first: usize,
        is_hidden: impl Fn(&EmailAddress) -> bool,
    ) -> Result<Vec<Self>, AskError> {
        let (mut seen, mut open) = (Self::default(), Self::default());
        let mut groups = Vec::new();
        for (place, Recipient { address, certificate }) in (first..).zip(recipients) {
            let Some(certificate) = certificate else {
                open.addresses.push(address.clone());
                continue;
            };
            let certificate = Certificate::parse(&certificate.0).map_err(|_| AskError::Certificate(place))?;
            if is_hidden(address) {
                let (addresses, certificates, places) = (vec![address.clone()], vec![certificate], vec![place]);
                groups.push(Self { addresses, certificates, places });
            } else {
                seen.addresses.push(address.clone());
                seen.certificates.push(certificate);
                seen.places.push(place);
            }
        }
        groups.insert(0, seen);
        groups.push(open);
        groups.retain(|group| !group.addresses.is_empty());
        Ok(groups)
    }

    fn class(&self) -> Class {
        if self.certificates.is_empty() { Class::Open } else { Class::Sealed }
    }

    fn seal(
        &self,
        account: &Unlocked,
        leaving: &[u8],
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, AskError> {
        if self.certificates.is_empty() {
            return Ok(leaving.to_vec());
        }
        let certificates: Vec<&Certificate> = self.certificates.iter().collect();
        let sealed = pgp::seal_outgoing(leaving, &certificates, Some(account.current_key()), now, rng);
        sealed.map_err(|error| match error {
            SealError::UnusableCertificate { fingerprint, .. } => {
                let among = self.certificates.iter().position(|one| one.fingerprint() == fingerprint);
                let place = among.and_then(|among| self.places.get(among));
                place.map_or(AskError::Internal, |place| AskError::Certificate(*place))
            }
            _ => AskError::Internal,
        })
    }
}

/// What is filed for the account itself.
struct Filed {
    message: Vec<u8>,
    summary: Vec<u8>,
}

impl Filed {
    fn seal(
        account: &Unlocked,
        message: &[u8],
        end_to_end: bool,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, AskError> {
        let mut summary = Summary::of(&mime::read(message));
        (summary.end_to_end, summary.tried) = (end_to_end, true);
        let failed = |_| AskError::Internal;
        Ok(Self {
            message: pgp::seal_own(message, account.at_rest(), now, rng).map_err(failed)?,
            summary: pgp::seal_summary(&summary, account.at_rest(), now, rng).map_err(failed)?,
        })
    }
}

fn framed(head: &impl serde::Serialize, parts: &[&[u8]]) -> Result<Buffer, AskError> {
    // The head is over its limit only with more recipients, or a longer summary, than the box takes.
    frame::encode(head, parts).map(Buffer::from).map_err(|_| AskError::TooLarge)
}
