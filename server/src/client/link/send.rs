//! Putting a letter behind links: sealed here chunk by chunk, each file read once and never held whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rand::rngs::OsRng;
use shared::access::Unlocked;
use shared::api::link::{
    CreateLetterRequest, CreateLetterResponse, EarlierRequest, EarlierResponse, Linked, LinkedLetterId, NewLink,
    Notice as NoticePart,
};
use shared::api::submit::{SentCopy, SubmitRequest, SubmitResponse};
use shared::api::{EmailAddress, Timestamp, limits, paths};
use shared::link::{self, Answer, Link, Lock, LockKind, Manifest, Offer, Packer, Person, SealedChunk};
use shared::mime::{self, Asks, Attachment, BccField, Letter, Mailbox, NotedFile, NotedLink, Notice};
use shared::pgp;
use shared::vault::Secret;

use crate::client::access::open;
use crate::client::api::Api;
use crate::client::args::Place;
use crate::client::args::link::{LockArgs, NoticeArgs, SendArgs};
use crate::client::letter::{attachment, letter_id, message_id, name_of, own_copy_of, own_mailbox, people, text_of};
use crate::client::people::choose;
use crate::client::sending::sealable;
use crate::client::{ClientError, now, print, secrets, tell};

const DAY: i64 = 24 * 60 * 60;
/// What a file is called whose content nobody has looked at.
const MEDIA_TYPE: &str = "application/octet-stream";
/// Octets that are read of a file at once.
const READ_BYTES: usize = 256 * 1024;

/// A link that is being made.
struct Made {
    link: Link,
    recipient: EmailAddress,
    new: NewLink,
    /// Written out, to be given by telephone.
    code: Option<Secret<String>>,
}

impl Made {
    /// As the copy in Sent keeps it.
    fn noted(&self) -> NotedLink {
        NotedLink {
            recipient: self.recipient.clone(),
            address: self.link.to_text().expose().clone(),
            code: self.code.as_ref().map(|code| code.expose().clone()),
        }
    }
}

pub(super) async fn send(place: Place, args: SendArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let letter = letter(&args, &unlocked)?;
    // Before anything is uploaded: whose key was checked and is another now, that is asked first.
    let sealed_for = if args.notice.no_notice {
        Vec::new()
    } else {
        sealable(choose(&mut connected, &unlocked, args.to.clone()).await?)
    };
    let files = args.attach.iter().map(|path| file(path, &letter)).collect::<Result<Vec<_>, _>>()?;
    let files_described = files.iter().map(|(described, _)| described.clone()).collect();
    let replies = (!args.no_answers).then(|| unlocked.replies());
    let manifest = manifest(&letter, files_described, replies);
    let mut packer = Packer::begin(&manifest, &mut OsRng).map_err(|error| ClientError::Refused(error.to_string()))?;
    let until = now().plus(args.days * DAY);
    let mut made = Vec::new();
    let asked = EarlierRequest { recipients: args.to.clone() };
    let earlier: EarlierResponse = connected.api.post(paths::LETTERS_EARLIER, &asked).await?;
    let offer = Offer {
        account: unlocked.account_key(),
        manifest: &manifest,
        payload: packer.payload(),
        earlier: &earlier.links,
        expires_at: until,
        openings: args.openings,
        first_browser: args.first_browser,
    };
    for recipient in &args.to {
        let (lock, code) = lock(&args.lock)?;
        let new = offer.make(recipient.clone(), lock, &mut OsRng);
        let (fragment, new) = new.map_err(|error| failed(&error.to_string()))?;
        let link = Link { origin: connected.url().to_owned(), fragment };
        made.push(Made { link, recipient: recipient.clone(), new, code });
    }

    let links = made.iter().map(|made| made.new.clone()).collect();
    let request = CreateLetterRequest { octets: packer.payload().octets(), links };
    let CreateLetterResponse { letter: id } = connected.api.post(paths::LETTERS, &request).await?;
    let texts = [letter.text.as_bytes(), letter.html.as_deref().unwrap_or_default().as_bytes()];
    for text in texts {
        pack(&mut connected.api, id, &mut packer, text).await?;
    }
    for (_, mut file) in files {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = file.read(&mut buffer).map_err(|error| failed(&format!("cannot read a file: {error}")))?;
            let Some(octets) = buffer.get(..read).filter(|octets| !octets.is_empty()) else { break };
            pack(&mut connected.api, id, &mut packer, octets).await?;
        }
    }
    while let Some(chunk) = packer.rest().map_err(|error| failed(&error.to_string()))? {
        upload(&mut connected.api, id, chunk).await?;
    }

    let (mut notices, mut parts) = (Vec::new(), Vec::new());
    if !args.notice.no_notice {
        for made in &made {
            let mut bytes = notice(made, &args.notice, &unlocked, until)?;
            if let Some((_, certificate)) = sealed_for.iter().find(|(address, _)| *address == made.recipient) {
                bytes = pgp::seal_outgoing(&bytes, &[certificate], Some(unlocked.current_key()), now(), &mut OsRng)
                    .map_err(|error| failed(&format!("the mail that brings the link cannot be sealed: {error}")))?;
            }
            notices.push(NoticePart { link: made.new.name, length: bytes.len() });
            parts.push(bytes);
        }
    }
    let (letter, left_out) = with_files(letter, &args.attach)?;
    let noted: Vec<_> = made.iter().map(Made::noted).collect();
    let kept = mime::note_links(&noted, &left_out, &mime::build(&letter, BccField::Kept));
    let (sent, summary) = own_copy_of(&kept, &unlocked)?;
    let sent_copy = SentCopy { summary: summary.into(), length: sent.len() };
    parts.push(sent);
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let request = SubmitRequest {
        letter: letter_id(),
        attempt: 1,
        from: unlocked.address().clone(),
        copies: Vec::new(),
        linked: Some(Linked { letter: id, notices }),
        sent: sent_copy,
        draft: None,
        answers: None,
        hold_seconds: 0,
    };
    // Shown before the box takes it: were the answer lost on its way, there would be links that nobody knows.
    tell(&format!("Letter {id} is not sent yet. Once it is, it opens with:"))?;
    for Made { link, recipient, code, .. } in made {
        let code = code.map(|code| format!("\t{}", code.expose())).unwrap_or_default();
        print(&format!("{recipient}\t{}{code}\n", link.to_text().expose()))?;
    }
    let taken: Result<SubmitResponse, _> = connected.api.hand_in(paths::SUBMIT, &request, &parts).await;
    match taken {
        Ok(SubmitResponse { sent, .. }) => {
            tell(&format!("It is sent: letter {id} is behind its links, and the copy in Sent is message {sent}."))
        }
        Err(unanswered @ ClientError::Unanswered(_)) => {
            tell(&format!(
                "Nobody knows whether it was sent. If `own-mailbox client link list` shows letter {id} with a message in Sent, it was, \
                 and what stands above opens it; otherwise it opens nothing."
            ))?;
            Err(unanswered)
        }
        Err(error) => {
            tell("It was not sent; what stands above opens nothing.")?;
            Err(error)
        }
    }
}

/// The letter as it is filed in Sent, its files left out.
fn letter(args: &SendArgs, unlocked: &Unlocked) -> Result<Letter, ClientError> {
    Ok(Letter {
        from: own_mailbox(unlocked),
        to: people(&args.to),
        subject: args.subject.clone(),
        text: text_of(&args.body_file)?,
        html: args.html_file.as_deref().map(text_of).transpose()?,
        message_id: message_id(unlocked),
        date: now(),
        ..Letter::default()
    })
}

fn manifest(letter: &Letter, files: Vec<link::File>, replies: Option<link::Replies>) -> Manifest {
    Manifest {
        from: person(&letter.from),
        to: letter.to.iter().map(person).collect(),
        subject: letter.subject.clone(),
        date: letter.date,
        message_id: letter.message_id.clone(),
        text: letter.text.len() as u64,
        html: letter.html.as_ref().map_or(0, String::len) as u64,
        files,
        replies,
    }
}

fn person(mailbox: &Mailbox) -> Person {
    Person { name: mailbox.name.clone().unwrap_or_default(), address: mailbox.address.clone() }
}

/// A file to attach, open, as the manifest describes it.
fn file(path: &Path, letter: &Letter) -> Result<(link::File, File), ClientError> {
    let unreadable = |error| failed(&format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(failed(&format!("{} is not a file", path.display())));
    }
    let name = name_of(path);
    let content_id = content_id(&name, letter).unwrap_or_default();
    let described = link::File { name, media_type: MEDIA_TYPE.into(), octets: about.len(), content_id };
    Ok((described, file))
}

/// What the letter's HTML calls a file by, where it shows it as a picture: its name, behind `cid:` (RFC 2392).
fn content_id(name: &str, letter: &Letter) -> Option<String> {
    let html = letter.html.as_ref()?;
    html.contains(&format!("cid:{name}")).then(|| name.to_owned())
}

/// The letter with its files, where a letter of ordinary size can have them, and those that are left out of it.
fn with_files(letter: Letter, paths: &[std::path::PathBuf]) -> Result<(Letter, Vec<NotedFile>), ClientError> {
    let octets = |path: &std::path::PathBuf| std::fs::metadata(path).map_or(u64::MAX, |about| about.len());
    // In base64, with room for the text.
    let fits =
        paths.iter().map(octets).fold(0_u64, u64::saturating_add).saturating_mul(2) <= limits::MESSAGE_BYTES as u64;
    if !fits {
        tell("The copy in Sent names the files and is without them: they are too large for it.")?;
        let left_out = |path: &std::path::PathBuf| NotedFile {
            name: name_of(path),
            media_type: MEDIA_TYPE.to_owned(),
            octets: octets(path),
        };
        return Ok((letter, paths.iter().map(left_out).collect()));
    }
    let attach = |path: &std::path::PathBuf| {
        let content_id = content_id(&name_of(path), &letter);
        Ok(Attachment { inline: content_id.is_some(), content_id, ..attachment(path)? })
    };
    let attachments = paths.iter().map(attach).collect::<Result<_, ClientError>>()?;
    Ok((Letter { attachments, ..letter }, Vec::new()))
}

/// What is asked for, the answer, and how a code is written.
type Locked = (Option<(Lock, Answer)>, Option<Secret<String>>);

fn lock(args: &LockArgs) -> Result<Locked, ClientError> {
    if args.code {
        let (answer, code) = Answer::make_code(&mut OsRng);
        return Ok((Some((Lock::new(LockKind::Code), answer)), Some(code)));
    }
    let Some(question) = &args.question else { return Ok((None, None)) };
    if question.chars().count() > limits::LINK_QUESTION_CHARS {
        return Err(ClientError::Usage(format!(
            "--question: it has more than {} letters",
            limits::LINK_QUESTION_CHARS
        )));
    }
    let answer = secrets::answer(args.answer_file.as_deref())?;
    Ok((Some((Lock::new(LockKind::Question(question.clone())), answer)), None))
}

/// Seals content and uploads the chunks that became full.
async fn pack(api: &mut Api, id: LinkedLetterId, packer: &mut Packer, mut content: &[u8]) -> Result<(), ClientError> {
    while !content.is_empty() {
        let (taken, chunk) = packer.take(content).map_err(|error| failed(&error.to_string()))?;
        content = content.get(taken..).unwrap_or_default();
        if let Some(chunk) = chunk {
            upload(api, id, chunk).await?;
        }
    }
    Ok(())
}

async fn upload(api: &mut Api, id: LinkedLetterId, chunk: SealedChunk) -> Result<(), ClientError> {
    let (path, bytes) = (paths::letter_chunk(id, chunk.place), hyper::body::Bytes::from(chunk.bytes));
    api.persist(async |api| api.put_octets(&path, bytes.clone()).await).await
}

/// The notice for one recipient, as a message.
fn notice(made: &Made, args: &NoticeArgs, unlocked: &Unlocked, until: Timestamp) -> Result<Vec<u8>, ClientError> {
    let link = made.link.to_text();
    let notice = Notice {
        from: own_mailbox(unlocked),
        to: Mailbox { name: None, address: made.recipient.to_string() },
        subject: &args.notice_subject,
        words: &args.notice_file.as_deref().map(text_of).transpose()?.unwrap_or_default(),
        link: link.expose(),
        typing_page: &format!("{}{}", made.link.origin, paths::LINK_TYPING_PAGE),
        link_words: &made.link.fragment.words(args.language.into()),
        until,
        asks: match (&made.code, &made.new.answer_hash) {
            (Some(_), _) => Asks::Code,
            (None, Some(_)) => Asks::Answer,
            (None, None) => Asks::Nothing,
        },
        language: args.language.into(),
        message_id: message_id(unlocked),
        date: now(),
    };
    Ok(mime::build(&notice.letter(), BccField::Left))
}

fn failed(why: &str) -> ClientError {
    ClientError::Failed(why.to_owned())
}
