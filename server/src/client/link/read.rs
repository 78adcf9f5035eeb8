//! Opening a letter behind a link, as somebody without an account.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use shared::api::link::{
    ChunkRequest, LinkName, LookRequest, LookResponse, OpenRequest, OpenResponse, OpenedRequest, OpenedResponse,
};
use shared::api::{Base64, EmailAddress, limits, paths};
use shared::link::{
    AnswerKey, Cover, Fragment, InvalidLink, Link, LinkKey, LockKind, Manifest, Part, Payload, Piece, Share, Unpacker,
    open_cover,
};
use shared::mime;
use tokio::signal::unix::{SignalKind, signal};

use super::conversation::Conversation;
use crate::client::api::Api;
use crate::client::args::Place;
use crate::client::args::link::{ReadArgs, WhichArgs};
use crate::client::files::{Arriving, Folder};
use crate::client::letter::random;
use crate::client::reading::date;
use crate::client::session::{self, Saved};
use crate::client::terminal::clean;
use crate::client::{ClientError, print, secrets, tell};

pub(super) async fn read(place: Place, args: ReadArgs) -> Result<(), ClientError> {
    let found = look(&place, &args.which).await?;
    if args.look {
        return tell(&asks(&found.cover));
    }
    // Before an opening is counted that may be the only one.
    let folder = args.attachments.as_deref().map(Folder::ready).transpose()?;
    let mut opened = found.open(&args.which).await?;
    tokio::select! {
        shown = show(&mut opened, folder.as_ref()) => shown.and_then(|()| print(&opened.conversation.to_text())),
        () = stopped() => Err(ClientError::Failed("stopped; a file that was not whole is not kept".into())),
    }
}

/// Somebody wants this to end: what is not whole goes first.
async fn stopped() {
    let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = signals else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// A letter that can be opened.
pub(super) struct Found {
    api: Api,
    origin: String,
    fragment: Fragment,
    cover: Cover,
}

/// A letter that is open.
pub(super) struct Opened {
    pub(super) api: Api,
    pub(super) payload: Payload,
    pub(super) opening: Base64,
    /// Who can answer it, if that is wanted.
    pub(super) reply_as: Option<EmailAddress>,
    pub(super) key: LinkKey,
    pub(super) conversation: Conversation,
}

/// Asks the box what a link is, and says who wrote.
pub(super) async fn look(place: &Place, which: &WhichArgs) -> Result<Found, ClientError> {
    let Link { origin, fragment } = link(which, place.url.as_deref())?;
    let mut api = connect(place, &origin).await?;
    let link = fragment.name();
    let LookResponse { cover, expires_at, .. } = api.post(paths::LINK_LOOK, &LookRequest { link }).await?;
    let cover = open_cover(&cover.0, &fragment).map_err(|error| ClientError::Refused(error.to_string()))?;
    tell(&format!("{} wrote a letter, which can be read until {}.", who(&cover), date(expires_at)))?;
    Ok(Found { api, origin, fragment, cover })
}

/// The link that is meant: whole, or put together from what is left of it and its words.
fn link(args: &WhichArgs, url: Option<&str>) -> Result<Link, ClientError> {
    let words = args.words_file.as_deref().map(secrets::link_words).transpose()?;
    let origin_or = |origin: String| match (origin.is_empty(), url) {
        (true, Some(url)) => Ok(url.trim_end_matches('/').to_owned()),
        (true, None) => Err(ClientError::Usage("which box? use --url".into())),
        (false, _) => Ok(origin),
    };
    let Some(text) = &args.link else {
        let fragment =
            words.ok_or_else(|| ClientError::Usage("which letter? give its link, or --words-file".into()))?;
        return Ok(Link { origin: origin_or(String::new())?, fragment });
    };
    let text = if text == "-" { secrets::link_text()? } else { shared::vault::Secret::new(text.clone()) };
    match (Link::parse(text.expose()), words) {
        (Ok(link), _) => Ok(Link { origin: origin_or(link.origin)?, fragment: link.fragment }),
        (Err(error), words) => {
            let Some(broken) = error.broken() else { return Err(ClientError::Usage(error.to_string())) };
            match words {
                Some(fragment) if fragment.name() == broken.name => {
                    Ok(Link { origin: origin_or(broken.origin.clone())?, fragment })
                }
                Some(_) => Err(ClientError::Refused("the words belong to another letter".into())),
                None => Err(incomplete(&error)),
            }
        }
    }
}

fn incomplete(error: &InvalidLink) -> ClientError {
    ClientError::Refused(format!("{error}; use --words-file with the twelve words that came with it"))
}

/// Connects without a session. The authority of the saved session vouches for its own box only.
async fn connect(place: &Place, origin: &str) -> Result<Api, ClientError> {
    let saved = Saved::read(&session::path(place)?)?;
    let ca = place.ca.clone().or(saved.ca.filter(|_| saved.url == origin));
    Api::connect(origin, ca.as_deref(), Vec::new()).await
}

fn who(cover: &Cover) -> String {
    match cover.from.name.trim() {
        "" => clean(&cover.from.address),
        name => clean(&format!("{name} <{}>", cover.from.address)),
    }
}

fn asks(cover: &Cover) -> String {
    match cover.lock.as_ref().map(|lock| &lock.kind) {
        None => "Nothing is asked for.".into(),
        Some(LockKind::Question(question)) => clean(question),
        Some(LockKind::Code) => "A code is asked for, which the sender gives you.".into(),
    }
}

fn answer(cover: &Cover, fragment: &Fragment, file: Option<&Path>) -> Result<Option<AnswerKey>, ClientError> {
    let Some(lock) = &cover.lock else { return Ok(None) };
    if file.is_none() {
        tell(&asks(cover))?;
    }
    let key = lock.answer_key(&secrets::answer(file)?, fragment);
    let key = key.map_err(|error| ClientError::Failed(error.to_string()))?;
    key.map(Some).map_err(|error| ClientError::Failed(error.to_string()))
}

impl Found {
    /// Asks for the answer where one is asked for and for the box's share, unwraps what opens the payload, and shows the box that it
    /// is open.
    pub(super) async fn open(self, which: &WhichArgs) -> Result<Opened, ClientError> {
        let Self { mut api, origin, fragment, cover } = self;
        let answer = answer(&cover, &fragment, which.answer_file.as_deref())?;
        let (link, browser): (LinkName, _) = (fragment.name(), browser(which.browser_file.as_deref())?);
        let answer_proof = answer.as_ref().map(|key| key.proof(&fragment).expose().to_vec().into());
        let request = OpenRequest { link, answer_proof, browser: browser.clone() };
        let OpenResponse { share, wrapped, earlier } = api.post(paths::LINK_OPEN, &request).await?;
        let nonsense = || ClientError::Refused(format!("the letter of {} does not open", who(&cover)));
        let share = Share::from_bytes(&share.0).ok_or_else(nonsense)?;
        let key = LinkKey::new(&fragment, &share, &answer.unwrap_or_else(AnswerKey::none));
        let payload = key.unwrap(&wrapped.0).map_err(|error| ClientError::Refused(error.to_string()))?;
        // The letter is whole without what it tells of others.
        let earlier = key.open_earlier(&earlier.0).unwrap_or_default();
        let proof = payload.opened_proof(&fragment).expose().to_vec().into();
        let opening = token();
        let request = OpenedRequest { link, proof, browser, opening: opening.clone() };
        let OpenedResponse { reply_as, replies, later, .. } =
            api.persist(async |api| api.post(paths::LINK_OPENED, &request).await).await?;
        let replies = replies.iter().rev().filter_map(|copy| key.open_reply(&copy.0).ok()).collect();
        let conversation = Conversation { origin, earlier, replies, later };
        Ok(Opened { api, payload, opening, reply_as, key, conversation })
    }
}

pub(super) fn token() -> Base64 {
    random::<32>().to_vec().into()
}

/// What makes this the same reader as before.
fn browser(path: Option<&Path>) -> Result<Base64, ClientError> {
    let Some(path) = path else { return Ok(token()) };
    let failed = |error| ClientError::Failed(format!("cannot use {}: {error}", path.display()));
    match std::fs::read_to_string(path) {
        Ok(text) => text.trim().parse().map_err(|_| ClientError::Failed(format!("{} is no such file", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = token();
            let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).map_err(failed)?;
            writeln!(file, "{made}").map_err(failed)?;
            Ok(made)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Fetches and opens chunks as long as something of them is wanted: the text, and all files if there is a folder for them.
async fn show(opened: &mut Opened, folder: Option<&Folder>) -> Result<(), ClientError> {
    let Opened { api, payload, opening, .. } = opened;
    let mut unpacker = Unpacker::new(payload.clone());
    let (mut text, mut html) = (Vec::new(), Vec::new());
    let mut files = Saving { folder, current: None };
    let (mut shown, mut is_shown) = (Ok(()), false);
    while let Some(place) = unpacker.next_place() {
        let sealed = fetch(api, opening, place).await?;
        let pieces = unpacker.open(&sealed).map_err(|error| ClientError::Refused(error.to_string()))?;
        let manifest = unpacker.manifest().cloned();
        let Some(manifest) = manifest else { continue };
        if manifest.text.max(manifest.html) > limits::MESSAGE_BYTES as u64 {
            return Err(ClientError::Refused("the text is too large for a terminal".into()));
        }
        for piece in pieces {
            let (part, is_last) = (piece.part, piece.is_last);
            match part {
                Part::Text => text.extend_from_slice(&piece.bytes),
                Part::Html => html.extend_from_slice(&piece.bytes),
                Part::File(_) => files.save(&manifest, &piece)?,
            }
            if part == Part::Html && is_last {
                // Who takes no more of the text wants the files all the same.
                (shown, is_shown) = (print(&letter(&manifest, &text, &html)), true);
            }
        }
        if folder.is_none() && is_shown {
            return shown;
        }
    }
    unpacker.finish().map_err(|error| ClientError::Refused(error.to_string()))?;
    shown
}

pub(super) async fn fetch(api: &mut Api, opening: &Base64, place: u32) -> Result<hyper::body::Bytes, ClientError> {
    let request = ChunkRequest { opening: opening.clone(), place };
    api.persist(async |api| api.post_for_octets(paths::LINK_CHUNK, &request).await).await
}

fn letter(manifest: &Manifest, text: &[u8], html: &[u8]) -> String {
    let person = |person: &shared::link::Person| match person.name.as_str() {
        "" => person.address.clone(),
        name => format!("{name} <{}>", person.address),
    };
    let mut lines = vec![format!("From: {}", person(&manifest.from))];
    if !manifest.to.is_empty() {
        lines.push(format!("To: {}", manifest.to.iter().map(person).collect::<Vec<_>>().join(", ")));
    }
    lines.push(format!("Date: {}", date(manifest.date)));
    lines.push(format!("Subject: {}", manifest.subject));
    let file = |file: &shared::link::File| format!("File: {} ({}, {} octets)", file.name, file.media_type, file.octets);
    lines.extend(manifest.files.iter().map(file));
    let text = String::from_utf8_lossy(text);
    let text = if text.trim().is_empty() { mime::html_to_text(&String::from_utf8_lossy(html)) } else { text.into() };
    let clean = |lines: &mut dyn Iterator<Item = &str>| lines.map(clean).collect::<Vec<_>>().join("\n");
    let head = clean(&mut lines.iter().map(String::as_str));
    format!("{head}\n\n{}\n", clean(&mut text.lines()))
}

/// Files on their way to the disk, one after the other.
struct Saving<'s> {
    folder: Option<&'s Folder>,
    current: Option<Arriving>,
}

impl Saving<'_> {
    fn save(&mut self, manifest: &Manifest, piece: &Piece) -> Result<(), ClientError> {
        let (Some(folder), Part::File(place)) = (self.folder, piece.part) else { return Ok(()) };
        let name = || manifest.files.get(place).map(|file| file.name.as_str());
        let mut file = self.current.take().map_or_else(|| folder.begin(name(), place + 1), Ok)?;
        file.write(&piece.bytes)?;
        if piece.is_last {
            return file.whole();
        }
        self.current = Some(file);
        Ok(())
    }
}
