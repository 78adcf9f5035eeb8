//! Sending and drafting: the letter is written, signed and sealed here; the box gets bytes and an envelope.

use std::collections::BTreeSet;

use rand::rngs::OsRng;
use shared::access::Unlocked;
use shared::api::mailbox::{AppendRequest, AppendResponse, Flags, MailboxRole, MailboxesResponse};
use shared::api::submit::{Class, OutgoingCopy, SentCopy, SubmitRequest, SubmitResponse};
use shared::api::{ApiError, EmailAddress, ErrorCode, paths};
use shared::mime::{self, BccField, Letter};
use shared::pgp::autocrypt::told_in;
use shared::pgp::{self, Certificate};

use super::access::open;
use super::args::{DraftArgs, LetterArgs, Place, SendArgs};
use super::letter::{attachment, letter_id, message_id, own_copy, own_mailbox, people, text_of};
use super::people::choose;
use super::{ClientError, now, tell};

pub(super) async fn send(place: Place, args: SendArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let letter = letter(&args.to, &args.letter, &unlocked)?;
    if pgp::message_holds_secret_key(&mime::build(&letter, BccField::Left)) {
        return Err(ApiError::new(ErrorCode::SecretKey).into());
    }
    let seen = [args.to.as_slice(), &args.letter.cc].concat();
    let hidden: Vec<_> = args.letter.bcc.iter().filter(|address| !seen.contains(address)).cloned().collect();
    let everybody: BTreeSet<_> = seen.into_iter().chain(hidden.iter().cloned()).collect();
    let found = choose(&mut connected, &unlocked, everybody.into_iter().collect()).await?;
    let (sealed, open) = classes(found, args.open)?;
    for address in &open {
        tell(&format!("{address} has no certificate: sent readably, like a postcard."))?;
    }

    let copies = copies(&letter, sealed, open, &hidden, &unlocked)?;
    let (sent, summary) = own_copy(&letter, &unlocked)?;
    let request = SubmitRequest {
        linked: None,
        letter: letter_id(),
        attempt: 1,
        from: unlocked.address().clone(),
        copies: copies.iter().map(|(copy, _)| copy.clone()).collect(),
        sent: SentCopy { summary: summary.into(), length: sent.len() },
        draft: None,
        answers: None,
        hold_seconds: 0,
    };
    let mut parts: Vec<&[u8]> = copies.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    parts.push(&sent);
    let response: SubmitResponse = connected.api.hand_in(paths::SUBMIT, &request, &parts).await?;
    tell(&format!("The box has it; the copy in Sent is message {}.", response.sent))
}

pub(super) async fn draft(place: Place, args: DraftArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let (draft, summary) = own_copy(&letter(&args.to, &args.letter, &unlocked)?, &unlocked)?;
    let MailboxesResponse { mailboxes } = connected.api.get(paths::MAILBOXES).await?;
    let drafts = mailboxes.iter().find(|mailbox| mailbox.role == Some(MailboxRole::Drafts));
    let drafts = drafts.ok_or_else(|| ClientError::Refused("there is no mailbox for drafts".into()))?;
    let flags = Flags { seen: true, draft: true, ..Flags::default() };
    let request = AppendRequest { summary: summary.into(), flags, replaces: None, letter: Some(letter_id()) };
    let path = paths::mailbox_messages(drafts.id);
    let kept: AppendResponse = connected.api.hand_in(&path, &request, &[&draft]).await?;
    tell(&format!("Kept in Drafts as message {}.", kept.id))
}

fn letter(to: &[EmailAddress], args: &LetterArgs, unlocked: &Unlocked) -> Result<Letter, ClientError> {
    Ok(Letter {
        from: own_mailbox(unlocked),
        to: people(to),
        cc: people(&args.cc),
        bcc: people(&args.bcc),
        subject: args.subject.clone(),
        text: text_of(&args.body_file)?,
        attachments: args.attach.iter().map(|path| attachment(path)).collect::<Result<_, _>>()?,
        message_id: message_id(unlocked),
        date: now(),
        ..Letter::default()
    })
}

pub(super) type Sealed = Vec<(EmailAddress, Certificate)>;

/// Those for whom something can be sealed, each with the certificate that it is sealed to.
pub(super) fn sealable(found: Vec<(EmailAddress, Option<Certificate>)>) -> Sealed {
    found.into_iter().filter_map(|(address, certificate)| Some((address, certificate?))).collect()
}

/// Who gets the letter sealed and who readably.
fn classes(
    found: Vec<(EmailAddress, Option<Certificate>)>,
    open_allowed: bool,
) -> Result<(Sealed, Vec<EmailAddress>), ClientError> {
    let everybody: Vec<_> = found.iter().map(|(address, _)| address.clone()).collect();
    let sealed = sealable(found);
    let is_sealed = |address: &EmailAddress| sealed.iter().any(|(to, _)| to == address);
    let open: Vec<_> = everybody.into_iter().filter(|address| !is_sealed(address)).collect();
    if !open.is_empty() && !open_allowed {
        let names: Vec<_> = open.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        return Err(ClientError::Refused(format!(
            "no certificate for {names}; --open sends readably, like a postcard"
        )));
    }
    Ok((sealed, open))
}

/// The forms in which the letter leaves. Who is hidden from the others gets a form of his own: a sealed message names the keys
/// that it is for.
fn copies(
    letter: &Letter,
    sealed: Sealed,
    open: Vec<EmailAddress>,
    hidden: &[EmailAddress],
    unlocked: &Unlocked,
) -> Result<Vec<(OutgoingCopy, Vec<u8>)>, ClientError> {
    let bytes = mime::build(letter, BccField::Left);
    let (apart, together): (Sealed, Sealed) = sealed.into_iter().partition(|(address, _)| hidden.contains(address));
    let groups = std::iter::once(together).chain(apart.into_iter().map(|one| vec![one]));
    let mut copies = Vec::new();
    for group in groups.filter(|group| !group.is_empty()) {
        let certificates: Vec<&Certificate> = group.iter().map(|(_, certificate)| certificate).collect();
        let out = pgp::seal_outgoing(&bytes, &certificates, Some(unlocked.current_key()), now(), &mut OsRng)
            .map_err(|error| ClientError::Failed(format!("the letter cannot be sealed: {error}")))?;
        let out = told_in(out, unlocked.certificate(), unlocked.address(), now());
        let recipients = group.into_iter().map(|(address, _)| address).collect();
        copies.push((OutgoingCopy { class: Class::Sealed, recipients, length: out.len() }, out));
    }
    if !open.is_empty() {
        copies.push((OutgoingCopy { class: Class::Open, recipients: open, length: bytes.len() }, bytes));
    }
    Ok(copies)
}
