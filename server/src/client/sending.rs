//! Sending and drafting: the letter is written, signed and sealed here; the box gets bytes and an envelope.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use rand::RngCore;
use rand::rngs::OsRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::access::Unlocked;
use shared::api::letter::{LETTER_ID_BYTES, LetterId};
use shared::api::mailbox::{AppendRequest, AppendResponse, Flags, MailboxRole, MailboxesResponse};
use shared::api::submit::{Class, OutgoingCopy, SentCopy, SubmitRequest, SubmitResponse};
use shared::api::{ApiError, EmailAddress, ErrorCode, limits, paths};
use shared::mime::{self, Attachment, BccField, Letter, Mailbox, Summary};
use shared::pgp::{self, Certificate, Purpose};

use super::access::{Connected, open};
use super::args::{DraftArgs, LetterArgs, Place, SendArgs};
use super::reading::certificates;
use super::{ClientError, now, tell};

/// How often a letter is handed in whose answer does not come.
const TRIES: usize = 3;

pub(super) async fn send(place: Place, args: SendArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let letter = letter(&args.to, &args.letter, &unlocked)?;
    if pgp::message_holds_secret_key(&mime::build(&letter, BccField::Left)) {
        return Err(ApiError::new(ErrorCode::SecretKey).into());
    }
    let seen = [args.to.as_slice(), &args.letter.cc].concat();
    let hidden: Vec<_> = args.letter.bcc.iter().filter(|address| !seen.contains(address)).cloned().collect();
    let everybody: BTreeSet<_> = seen.into_iter().chain(hidden.iter().cloned()).collect();
    let found = certificates(&mut connected, everybody.into_iter().collect()).await?;
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
    let response: SubmitResponse = hand_in(&mut connected, paths::SUBMIT, &request, &parts).await?;
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
    let kept: AppendResponse = hand_in(&mut connected, &path, &request, &[&draft]).await?;
    tell(&format!("Kept in Drafts as message {}.", kept.id))
}

/// Hands a letter in, and again where the connection broke before the answer: the box knows it by its id and takes it once.
async fn hand_in<T: DeserializeOwned>(
    connected: &mut Connected,
    path: &str,
    request: &impl Serialize,
    parts: &[&[u8]],
) -> Result<T, ClientError> {
    let mut tries = 1;
    loop {
        let broken = match connected.api.post_frame(path, request, parts).await {
            Err(ClientError::Unreachable(error)) => error,
            answered => return answered,
        };
        if tries == TRIES || connected.reconnect().await.is_err() {
            return Err(ClientError::Unanswered(broken));
        }
        tries += 1;
    }
}

fn letter_id() -> LetterId {
    let mut id = [0; LETTER_ID_BYTES];
    OsRng.fill_bytes(&mut id);
    LetterId(id)
}

/// The letter and its summary, sealed to the account itself: for Sent or Drafts.
pub(super) fn own_copy(letter: &Letter, unlocked: &Unlocked) -> Result<(Vec<u8>, Vec<u8>), ClientError> {
    let (kept, own) = (mime::build(letter, BccField::Kept), unlocked.certificate());
    let failed = |error: pgp::SealError| ClientError::Failed(format!("the letter cannot be sealed: {error}"));
    let sealed = pgp::seal_own(&kept, own, now(), &mut OsRng).map_err(failed)?;
    let summary = pgp::seal_summary(&Summary::of(&mime::read(&kept)), own, now(), &mut OsRng).map_err(failed)?;
    Ok((sealed, summary))
}

fn letter(to: &[EmailAddress], args: &LetterArgs, unlocked: &Unlocked) -> Result<Letter, ClientError> {
    let mut random = [0; 16];
    OsRng.fill_bytes(&mut random);
    let people = |addresses: &[EmailAddress]| {
        addresses.iter().map(|address| Mailbox { name: None, address: address.to_string() }).collect()
    };
    let name = Some(unlocked.display_name().to_owned()).filter(|name| !name.is_empty());
    Ok(Letter {
        from: Mailbox { name, address: unlocked.address().to_string() },
        to: people(to),
        cc: people(&args.cc),
        bcc: people(&args.bcc),
        subject: args.subject.clone(),
        text: text_of(&args.body_file)?,
        attachments: args.attach.iter().map(|path| attachment(path)).collect::<Result<_, _>>()?,
        message_id: mime::message_id(&random, unlocked.address().domain()),
        date: now(),
        ..Letter::default()
    })
}

fn attachment(path: &Path) -> Result<Attachment, ClientError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Attachment {
        name,
        media_type: "application/octet-stream".into(),
        content_id: None,
        inline: false,
        bytes: bytes_of(path)?,
    })
}

pub(super) fn text_of(path: &Path) -> Result<String, ClientError> {
    let text = String::from_utf8(bytes_of(path)?);
    text.map_err(|_| ClientError::Failed(format!("{} is not text in UTF-8", path.display())))
}

pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, ClientError> {
    let failed = |error| ClientError::Failed(format!("cannot read {}: {error}", path.display()));
    let limit = u64::try_from(limits::MESSAGE_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() > limits::MESSAGE_BYTES {
        return Err(ClientError::Refused(format!("{} is too large for a message", path.display())));
    }
    Ok(bytes)
}

type Sealed = Vec<(EmailAddress, Certificate)>;

/// Who gets the letter sealed and who readably.
fn classes(
    found: Vec<(EmailAddress, Vec<Certificate>)>,
    open_allowed: bool,
) -> Result<(Sealed, Vec<EmailAddress>), ClientError> {
    let (mut sealed, mut open) = (Sealed::new(), Vec::new());
    for (address, certificates) in found {
        let usable = |certificate: &Certificate| pgp::usable_keys(certificate, Purpose::Seal, now()).is_ok();
        match certificates.into_iter().find(usable) {
            Some(certificate) => sealed.push((address, certificate)),
            None => open.push(address),
        }
    }
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
        let recipients = group.into_iter().map(|(address, _)| address).collect();
        copies.push((OutgoingCopy { class: Class::Sealed, recipients, length: out.len() }, out));
    }
    if !open.is_empty() {
        copies.push((OutgoingCopy { class: Class::Open, recipients: open, length: bytes.len() }, bytes));
    }
    Ok(copies)
}
