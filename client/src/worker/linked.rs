//! Puts a letter behind links: makes them, the description of what is behind them, and the mails that bring them. The chunks are sealed by the
//! page, with what is answered here.
//!
//! Invariants: each recipient has a link, a share and a code of their own; who stands in Bcc stands in nothing that is behind a link; a
//! link tells of earlier letters to the same person and of nobody else's; what the box is given opens nothing; links and codes are kept
//! in the sealed copy in Sent, the links also in a sealed note of each, and nowhere else.

use rand::{CryptoRng, RngCore};
use shared::access::Unlocked;
use shared::api::link::{CreateLetterRequest, Linked, Notice as NoticePart};
use shared::api::{EmailAddress, Timestamp, paths};
use shared::link::{Answer, File, InvalidManifest, Link, Lock, LockKind, Manifest, Offer, Payload, Person, Replies};
use shared::mime::{self, Asks, BccField, Mailbox, NotedFile, NotedLink, Notice};
use shared::vault::Secret;

use super::protocol::AskError;
use super::protocol::linking::{LargeFile, LinkLock, LinkedLetter, MadeLink, MadeLinks};
use super::protocol::reading::SentLink;
use super::protocol::writing::{BeginLinks, BegunLetter};
use super::written;
use crate::platform::carried::Carried;

const DAY: i64 = 24 * 60 * 60;

/// Begins to put a letter behind links.
pub(super) fn begin(
    account: &Unlocked,
    ask: BeginLinks,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<BegunLetter, AskError> {
    let BeginLinks { letter, files, recipients, terms, earlier, origin, now } = ask;
    written::no_secret_key(&letter)?;
    let letter = written::message(account, letter, now, rng);
    let replies = terms.replies.then(|| account.replies());
    let manifest = manifest(&letter, &files, replies);
    let (mut head, octets) = manifest.begin().map_err(|error| match error {
        InvalidManifest::TooLarge => AskError::Letter,
        InvalidManifest::PayloadTooLarge => AskError::TooLarge,
    })?;
    head.extend_from_slice(letter.text.as_bytes());
    let payload = Payload::make(octets, rng).ok_or(AskError::TooLarge)?;
    let until = now.plus(i64::from(terms.days) * DAY);
    let (mut made, mut new) = (Vec::new(), Vec::new());
    let offer = Offer {
        account: account.account_key(),
        manifest: &manifest,
        payload: &payload,
        earlier: &earlier,
        expires_at: until,
        openings: terms.once.then_some(1),
        first_browser: terms.first_browser,
    };
    for recipient in recipients {
        let (lock, code) = lock(&terms.lock, rng)?;
        let (fragment, request) = offer.make(recipient, lock, rng).map_err(|_| AskError::Internal)?;
        made.push(MadeLink {
            name: request.name,
            recipient: request.recipient.clone(),
            words: fragment.words(terms.language).expose().clone(),
            address: Link { origin: origin.clone(), fragment }.to_text().expose().clone(),
            code,
        });
        new.push(request);
    }
    Ok(BegunLetter {
        request: Carried::write(&CreateLetterRequest { octets, links: new })?,
        payload: payload.describe().expose().clone().into(),
        head: head.into(),
        made: MadeLinks { message_id: letter.message_id, until, links: made },
    })
}

fn manifest(letter: &mime::Letter, files: &[LargeFile], replies: Option<Replies>) -> Manifest {
    let enclosed = letter.attachments.iter().map(|file| File {
        name: file.name.clone().unwrap_or_default(),
        media_type: file.media_type.clone(),
        octets: file.bytes.len() as u64,
        content_id: String::new(),
    });
    let large = files.iter().map(|file| File {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        octets: file.octets,
        content_id: String::new(),
    });
    Manifest {
        from: person(&letter.from),
        to: letter.to.iter().chain(&letter.cc).map(person).collect(),
        subject: letter.subject.clone(),
        date: letter.date,
        message_id: letter.message_id.clone(),
        text: letter.text.len() as u64,
        html: 0,
        files: enclosed.chain(large).collect(),
        replies,
    }
}

fn person(mailbox: &Mailbox) -> Person {
    Person { name: mailbox.name.clone().unwrap_or_default(), address: mailbox.address.clone() }
}

/// What is asked for beside a link, with its answer, and the code where it is one.
type Locked = (Option<(Lock, Answer)>, Option<String>);

fn lock(asked: &LinkLock, rng: &mut (impl RngCore + CryptoRng)) -> Result<Locked, AskError> {
    Ok(match asked {
        LinkLock::None => (None, None),
        LinkLock::Question { question, answer } => {
            let answer = Answer::new(answer).map_err(|_| AskError::Letter)?;
            (Some((Lock::new(LockKind::Question(question.clone())), answer)), None)
        }
        LinkLock::Code => {
            let (answer, code) = Answer::make_code(rng);
            (Some((Lock::new(LockKind::Code), answer)), Some(code.expose().clone()))
        }
    })
}

/// The mails that bring the links, each to its recipient, and what the box is told of them. `seal` seals one for who has a certificate.
pub(super) fn notices<R: RngCore + CryptoRng>(
    account: &Unlocked,
    linked: &LinkedLetter,
    now: Timestamp,
    rng: &mut R,
    seal: impl Fn(&EmailAddress, Vec<u8>, &mut R) -> Result<Vec<u8>, AskError>,
) -> Result<(Linked, Vec<Vec<u8>>), AskError> {
    let (mut parts, mut notices) = (Vec::new(), Vec::new());
    for link in &linked.made.links {
        let bytes = notice(account, link, linked, now, rng);
        let bytes = seal(&link.recipient, bytes, rng)?;
        notices.push(NoticePart { link: link.name, length: bytes.len() });
        parts.push(bytes);
    }
    Ok((Linked { letter: linked.letter, notices }, parts))
}

fn notice(
    account: &Unlocked,
    link: &MadeLink,
    LinkedLetter { terms, made, .. }: &LinkedLetter,
    now: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<u8> {
    let origin = link.address.split_once(paths::LINK_PAGE).map_or("", |(origin, _)| origin);
    let notice = Notice {
        from: written::author(account),
        to: Mailbox { name: None, address: link.recipient.to_string() },
        subject: &terms.subject,
        words: &terms.words,
        link: &link.address,
        typing_page: &format!("{origin}{}", paths::LINK_TYPING_PAGE),
        link_words: &Secret::new(link.words.clone()),
        until: made.until,
        asks: match &terms.lock {
            LinkLock::None => Asks::Nothing,
            LinkLock::Question { .. } => Asks::Answer,
            LinkLock::Code => Asks::Code,
        },
        language: terms.language,
        message_id: written::message_id(account, rng),
        date: now,
    };
    mime::build(&notice.letter(), BccField::Left)
}

/// The copy for Sent with its links, so that they can be given once more.
pub(super) fn noted(made: &MadeLinks, files: &[LargeFile], message: &[u8]) -> Vec<u8> {
    let files: Vec<_> = files
        .iter()
        .map(|LargeFile { name, media_type, octets }| NotedFile {
            name: name.clone(),
            media_type: media_type.clone(),
            octets: *octets,
        })
        .collect();
    let links = made.links.iter().map(|MadeLink { recipient, address, code, .. }| NotedLink {
        recipient: recipient.clone(),
        address: address.clone(),
        code: code.clone(),
    });
    mime::note_links(&links.collect::<Vec<_>>(), &files, message)
}

/// The files that a copy in Sent says to be behind its links only.
pub(super) fn files(message: &[u8]) -> Vec<LargeFile> {
    let files = mime::noted_files(message).into_iter();
    files.map(|NotedFile { name, media_type, octets }| LargeFile { name, media_type, octets }).collect()
}

/// The links that a copy in Sent has.
pub(super) fn read(message: &[u8]) -> Vec<SentLink> {
    let links = mime::noted_links(message).into_iter();
    links.map(|NotedLink { recipient, address, code }| SentLink { recipient, address, code }).collect()
}

#[cfg(test)]
mod tests {
    use shared::api::link::LinkName;

    use super::*;

    #[test]
    fn links_are_noted_in_the_copy_in_sent_and_found_there() {
        let message = b"From: zoe@home.test\r\n\r\nX-Own-Mailbox-Link: no header\r\n";
        let link = |recipient: &str, code: Option<&str>| MadeLink {
            name: LinkName([1; LinkName::BYTES]),
            recipient: recipient.parse().unwrap(),
            address: format!("https://home.test:8443/l/nx6jrhq1v4jgvr4q#{}", "F".repeat(22)),
            words: Vec::new(),
            code: code.map(str::to_owned),
        };
        let links = vec![link("ines@elsewhere.test", None), link("\"o d\"@elsewhere.test", Some("012345"))];
        let made = MadeLinks { message_id: "1@home.test".into(), until: Timestamp(5), links: links.clone() };
        let film =
            LargeFile { name: "film d’été.mp4".into(), media_type: "video/mp4".into(), octets: 5_000_000_000 };
        let noted = noted(&made, std::slice::from_ref(&film), message);
        assert!(noted.ends_with(message));
        assert_eq!((files(&noted), files(message)), (vec![film], vec![]));
        let expected = links.into_iter().map(|link| {
            let MadeLink { recipient, address, code, .. } = link;
            SentLink { recipient, address, code }
        });
        assert_eq!(read(&noted), expected.collect::<Vec<_>>());
        assert_eq!(read(message), []);
        assert_eq!(read(b"X-Own-Mailbox-Link: https://home.test - nobody\r\n\r\n"), []);
    }
}
