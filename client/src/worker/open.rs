//! Opens what lies sealed on the box, and turns it into what the page shows.

use std::collections::BTreeSet;

use rand::{CryptoRng, RngCore};
use shared::access::Unlocked;
use shared::api::mailbox::{Came, MessageResponse};
use shared::api::{Base64, Timestamp, frame};
use shared::mime::{self, Mailbox, Message, SenderProof, Summary};
use shared::pgp::{self, Certificate, EndToEnd, OpenError, OpenedMessage, SecretKey, SignatureVerdict};

use super::html::{self, Harmless, Image};
use super::people::{self, Remembered};
use super::protocol::AskError;
use super::protocol::reading::{
    AttachmentView, BetterSummary, HtmlView, MessageView, OpenMessage, OpenSummaries, OpenedSummary, Person, Problem,
    Sealing, SenderCheck, SignatureView, Summarise, SummaryView, Verdict,
};
use super::{linked, marks, sent_key};

/// Longest text that is shown, octets; the rest is left out. A book has a tenth of it.
const TEXT_BYTES: usize = 4 * 1024 * 1024;

/// Opens the summaries of some rows.
pub(super) fn summaries(account: &Unlocked, ask: &OpenSummaries) -> Vec<OpenedSummary> {
    let keys = keys(account);
    let open = |sealed: &[u8]| {
        pgp::open_summary(sealed, &keys, ask.now).map(|s| summary_view(account, s)).map_err(|e| closed(&e))
    };
    ask.sealed.iter().map(|(id, sealed)| OpenedSummary { id: *id, summary: open(&sealed.0) }).collect()
}

/// Opens a message for its summary.
pub(super) fn summary(
    account: &Unlocked,
    ask: &Summarise,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<BetterSummary, AskError> {
    let opened = unsealed(account, &ask.message.to_vec(), &[], ask.now)?;
    better(account, &opened, &ask.closed, ask.now, rng)
}

/// The summary of an opened message in the place of one whose maker could not look into it.
fn better(
    account: &Unlocked,
    opened: &OpenedMessage,
    closed_summary: &Base64,
    now: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<BetterSummary, AskError> {
    let before = pgp::open_summary(&closed_summary.0, &keys(account), now).map_err(|error| closed(&error))?;
    let summary = opened.summary(&before);
    let sealed = pgp::seal_summary(&summary, account.at_rest(), now, rng).map_err(|_| AskError::Internal)?;
    Ok(BetterSummary { view: summary_view(account, summary), sealed: sealed.into() })
}

/// Opens a message.
pub(super) fn message(
    account: &Unlocked,
    ask: &OpenMessage,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<MessageView, AskError> {
    let mut signers: Vec<Certificate> = account.keys().iter().map(|key| key.certificate().clone()).collect();
    signers.extend(ask.certificates.iter().filter_map(|bytes| Certificate::parse_all(&bytes.0).ok()).flatten());
    let published: Vec<String> = signers.iter().map(|signer| signer.fingerprint().to_string()).collect();
    let answer = ask.message.to_vec();
    let mut opened = unsealed(account, &answer, &signers, ask.now)?;
    let came = frame::decode::<MessageResponse>(&answer).ok().and_then(|(head, _)| head.came);
    // Without a better summary the message can be read all the same.
    let summary = ask.closed.as_ref().and_then(|closed| better(account, &opened, closed, ask.now, rng).ok());
    let mut view = MessageView { came, ..message_view(&opened, &signers, ask.now) };
    // Without what is remembered the message can be read all the same.
    let people = ask.people.as_ref().and_then(|people| Remembered::open(account, people).ok());
    if let (Some(mut people), Some(author)) = (people, people::author(account, &view)) {
        let brought = people::brought(account, &opened, &view, &author, ask.now).filter(|_| ask.learn);
        let kept = people.book.certificates(&author).into_iter();
        signers.extend(kept.chain(brought.as_ref().map(|brought| brought.certificate.clone())));
        if view.signatures.iter().any(|signature| signature.verdict == Verdict::UnknownSigner) {
            opened = unsealed(account, &answer, &signers, ask.now)?;
            view = MessageView { came, ..message_view(&opened, &signers, ask.now) };
        }
        if ask.learn && came == Some(Came::Outside) && shared::people::counts(&opened.original) {
            people.book.saw_letter(&author, brought.as_ref(), view.date, ask.now);
        }
        view.standing = people.book.standing(&author);
        view.people = people.news(account, rng).unwrap_or_default();
    }
    view.summary = summary;
    for signature in &mut view.signatures {
        signature.is_published = published.contains(&signature.signer);
    }
    let from: Vec<Mailbox> =
        view.from.iter().map(|person| Mailbox { name: None, address: person.address.clone() }).collect();
    // A good signature is the first author's.
    let is_signed = from.len() == 1 && view.signatures.iter().any(|signature| signature.verdict == Verdict::Good);
    if came.is_none() {
        // The account filed it itself.
        view.links = linked::read(opened.shown());
        view.linked_files = linked::files(opened.shown());
    }
    view.sent_key = sent_key::of(&view, ask.now);
    view.is_posing = !is_signed && mime::is_posing(came, &from, account.address().domain());
    Ok(view)
}

/// Opens the message in the box's answer.
pub(super) fn unsealed(
    account: &Unlocked,
    answer: &[u8],
    signers: &[Certificate],
    now: Timestamp,
) -> Result<OpenedMessage, AskError> {
    let (head, stored): (MessageResponse, _) = frame::decode(answer).map_err(|_| AskError::MessageDamaged)?;
    let header = Some(head.sealed_header.0).filter(|header| !header.is_empty());
    pgp::open_message(stored, header.as_deref(), &keys(account), signers, now).map_err(|error| closed(&error))
}

fn keys(account: &Unlocked) -> Vec<&SecretKey> {
    account.openers()
}

fn closed(error: &OpenError) -> AskError {
    match error {
        OpenError::NotForOurKeys { .. } => AskError::NotForUs,
        OpenError::TooLarge | OpenError::TooManyLayers => AskError::TooLarge,
        _ => AskError::MessageDamaged,
    }
}

fn summary_view(account: &Unlocked, summary: Summary) -> SummaryView {
    let sender = summary.verdict.as_ref().map_or(SenderCheck::Unknown, |verdict| match verdict.sender {
        SenderProof::Proven => SenderCheck::Passed,
        SenderProof::Denied => SenderCheck::Failed,
        SenderProof::Unproven => SenderCheck::Unknown,
    });
    SummaryView {
        is_closed: summary.is_closed(),
        wants_a_look: summary.wants_a_look(),
        bears_own_domain: summary.from.as_ref().is_some_and(|author| author.is_at(account.address().domain())),
        came: summary.verdict.is_some(),
        from: summary.from.map(person),
        to: summary.to.into_iter().map(person).collect(),
        subject: summary.subject.unwrap_or_default(),
        date: summary.date,
        snippet: summary.snippet,
        attachments: summary.attachments.into_iter().map(|file| file.name.unwrap_or_default()).collect(),
        sealing: if summary.end_to_end { Sealing::EndToEnd } else { Sealing::OnArrival },
        sender,
    }
}

fn message_view(opened: &OpenedMessage, signers: &[Certificate], now: Timestamp) -> MessageView {
    let message = mime::read(opened.shown());
    let mut problems: BTreeSet<Problem> = message.problems.iter().map(problem).collect();
    match &opened.end_to_end {
        EndToEnd::Closed(OpenError::NotForOurKeys { .. }) => drop(problems.insert(Problem::SealedForOthers)),
        EndToEnd::Closed(_) => drop(problems.insert(Problem::BrokenSeal)),
        EndToEnd::Opened { .. } | EndToEnd::No => {}
    }
    problems.extend(opened.sender_differs().then_some(Problem::OtherAuthor));
    problems.extend(opened.outside.then_some(Problem::PartsOutside));
    let author = message.from.first().map(|author| author.address.clone()).unwrap_or_default();
    let html = message.html.as_deref().map(|html| html::harmless(html, &images(&message)));
    let (text, text_is_cut) = text_of(&message);
    if text_is_cut || html.as_ref().is_some_and(|html| html.cut) {
        problems.insert(Problem::TooLong);
    }
    let shown = html.as_ref().map(|html| html.shown.clone()).unwrap_or_default();
    let is_shown = |id: &Option<String>| id.as_ref().is_some_and(|id| shown.contains(id));
    let attachments = message.attachments.into_iter().map(|file| {
        let shown = is_shown(&file.content_id);
        attachment(file, shown)
    });
    MessageView {
        from: people(message.from),
        reply_to: people(message.reply_to),
        to: people(message.to),
        cc: people(message.cc),
        bcc: people(message.bcc),
        subject: message.subject.unwrap_or_default(),
        date: message.date,
        message_id: message.message_id,
        in_reply_to: message.in_reply_to.into_iter().next(),
        references: message.references,
        text,
        html: html.map(|Harmless { document, blocked_images, colours, doubtful, .. }| HtmlView {
            document,
            blocked_images,
            colours,
            doubtful,
        }),
        attachments: attachments.collect(),
        sealing: if opened.sealed_end_to_end() { Sealing::EndToEnd } else { Sealing::OnArrival },
        sender: SenderCheck::Unknown,
        came: None,
        is_posing: false,
        signatures: opened.signatures.iter().map(|one| signature(one, signers, &author, now)).collect(),
        problems: problems.into_iter().collect(),
        summary: None,
        draft: marks::read(opened.shown()),
        links: Vec::new(),
        linked_files: Vec::new(),
        sent_key: None,
        standing: None,
        people: None,
    }
}

fn images(message: &Message) -> Vec<Image<'_>> {
    message.attachments.iter().filter_map(image).collect()
}

fn image(file: &mime::Attachment) -> Option<Image<'_>> {
    let content_id = file.content_id.as_deref()?;
    Some(Image { content_id, media_type: &file.media_type, bytes: &file.bytes })
}

/// The text to show, and whether its end is missing.
fn text_of(message: &Message) -> (String, bool) {
    let whole = match (&message.text, &message.html) {
        (Some(text), _) => text.clone(),
        (None, Some(html)) => mime::html_to_text(html),
        (None, None) => String::new(),
    };
    if whole.len() <= TEXT_BYTES {
        return (whole, false);
    }
    let end = (0..=TEXT_BYTES).rev().find(|&at| whole.is_char_boundary(at)).unwrap_or(0);
    (whole.get(..end).unwrap_or_default().to_owned(), true)
}

fn attachment(file: mime::Attachment, shown: bool) -> AttachmentView {
    AttachmentView { name: file.name.unwrap_or_default(), media_type: file.media_type, bytes: file.bytes.into(), shown }
}

fn people(mailboxes: Vec<Mailbox>) -> Vec<Person> {
    mailboxes.into_iter().map(person).collect()
}

/// A name that claims to be another address is left out.
fn person(mailbox: Mailbox) -> Person {
    Person { name: mailbox.honest_name().unwrap_or_default().to_owned(), address: mailbox.address }
}

fn problem(problem: &mime::Problem) -> Problem {
    match problem {
        mime::Problem::NoHeader | mime::Problem::NoHeaderEnd => Problem::NoHeader,
        mime::Problem::RepeatedField(_) => Problem::RepeatedField,
        mime::Problem::UnknownCharset(_) => Problem::UnknownCharset,
        mime::Problem::UnknownEncoding(_) | mime::Problem::BrokenEncoding => Problem::BrokenEncoding,
        mime::Problem::TooManyParts | mime::Problem::TooDeep => Problem::TooManyParts,
        _ => Problem::BrokenStructure,
    }
}

fn signature(verdict: &SignatureVerdict, signers: &[Certificate], author: &str, now: Timestamp) -> SignatureView {
    let by = |fingerprint: &pgp::Fingerprint| signers.iter().find(|signer| signer.fingerprint() == *fingerprint);
    let (verdict, certificate, made_at) = match verdict {
        SignatureVerdict::Good { certificate, made_at } => {
            let carries = by(certificate).is_some_and(|signer| carries(signer, author, now));
            (if carries { Verdict::Good } else { Verdict::OtherAddress }, Some(certificate), Some(*made_at))
        }
        SignatureVerdict::KeyRevoked { certificate, made_at } => (Verdict::Revoked, Some(certificate), Some(*made_at)),
        SignatureVerdict::KeyExpired { certificate, made_at }
        | SignatureVerdict::KeyUnusable { certificate, made_at } => {
            (Verdict::BadCertificate, Some(certificate), Some(*made_at))
        }
        SignatureVerdict::ForOthers { certificate, made_at } => (Verdict::ForOthers, Some(certificate), Some(*made_at)),
        SignatureVerdict::UnknownKey { key_ids } => {
            let signer = key_ids.first().map(|id| id.to_string().to_uppercase()).unwrap_or_default();
            let verdict = Verdict::UnknownSigner;
            return SignatureView { verdict, signer, addresses: Vec::new(), made_at: None, is_published: false };
        }
        SignatureVerdict::Bad { certificate } => (Verdict::Broken, certificate.as_ref(), None),
        _ => (Verdict::Broken, None, None),
    };
    let addresses = certificate.and_then(by).map(|signer| signer.addresses(now)).unwrap_or_default();
    SignatureView {
        verdict,
        signer: certificate.map(|fingerprint| fingerprint.to_string().to_uppercase()).unwrap_or_default(),
        addresses: addresses.iter().map(ToString::to_string).collect(),
        made_at,
        is_published: false,
    }
}

/// Whether a certificate carries an author's address.
fn carries(certificate: &Certificate, author: &str, now: Timestamp) -> bool {
    let Ok(author) = author.parse::<shared::api::EmailAddress>() else { return false };
    certificate.addresses(now).iter().any(|address| address.canonical() == author.canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_withdrawn_is_not_told_as_one_that_is_out_of_date() {
        let certificate: pgp::Fingerprint = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
        let made_at = Timestamp(5);
        for (told, expected) in [
            (SignatureVerdict::KeyRevoked { certificate: certificate.clone(), made_at }, Verdict::Revoked),
            (SignatureVerdict::KeyExpired { certificate: certificate.clone(), made_at }, Verdict::BadCertificate),
            (SignatureVerdict::KeyUnusable { certificate: certificate.clone(), made_at }, Verdict::BadCertificate),
        ] {
            let view = signature(&told, &[], "zoe@out.test", made_at);
            assert_eq!((view.verdict, view.made_at), (expected, Some(made_at)));
        }
    }
}
