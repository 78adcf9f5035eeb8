//! A letter on its way behind links: begun at the box, uploaded chunk by chunk, and then left to the message that completes it.
//!
//! Invariants: a chunk is sealed by the browser beside the page and never held with another; what is sealed for a place is the same
//! octets however often it is sent; what was begun goes on where it stopped as long as the letter stays as it was, and is taken
//! back where it does not.

use js_sys::Uint8Array;
use leptos::task::spawn_local;
use shared::api::link::{CreateLetterResponse, EarlierRequest, EarlierResponse, LinkedLetterId};
use shared::api::{EmailAddress, ErrorCode, Timestamp, limits, paths};
use shared::link::Payload;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::Failure;
use super::session::Session;
use crate::platform::buffer::Buffer;
use crate::platform::http::HttpError;
use crate::platform::subtle::{CannotSeal, GcmKey};
use crate::platform::{http, page, time};
use crate::worker::protocol::linking::{LargeFile, LinkTerms, LinkedLetter, MadeLinks};
use crate::worker::protocol::writing::{BeginLinks, Letter};
use crate::worker::protocol::{AskError, Priority};

/// How often a chunk is sent before it is given up; the pause before each further try doubles from a second, up to [`PAUSE_MS_MAX`].
const TRIES: u32 = 10;
const PAUSE_MS: u32 = 1_000;
const PAUSE_MS_MAX: u32 = 16_000;

/// A letter whose chunks are on their way.
#[derive(Debug)]
pub(super) struct OnTheWay {
    attempt: u32,
    letter: LinkedLetterId,
    payload: Payload,
    head: Buffer,
    files: Vec<LargeFile>,
    terms: LinkTerms,
    made: MadeLinks,
    /// How many chunks the box has.
    done: u32,
    /// Whether the message was handed in: the box may have completed it.
    handed_in: bool,
}

/// What is to be put behind links.
pub(super) struct Whole<'w> {
    pub(super) attempt: u32,
    pub(super) letter: &'w Letter,
    pub(super) large: &'w [File],
    pub(super) recipients: Vec<EmailAddress>,
    pub(super) terms: LinkTerms,
    pub(super) now: Timestamp,
}

impl OnTheWay {
    /// Begins at the box.
    pub(super) async fn begin(session: Session, whole: &Whole<'_>) -> Result<Self, Failure> {
        let files: Vec<_> = whole.large.iter().map(described).collect();
        let request = EarlierRequest { recipients: whole.recipients.clone() };
        let earlier: EarlierResponse = session.heard(http::post(paths::LETTERS_EARLIER, &request).await)?;
        let ask = BeginLinks {
            letter: whole.letter.clone(),
            files: files.clone(),
            recipients: whole.recipients.clone(),
            terms: whole.terms.clone(),
            earlier: earlier.links,
            origin: page::origin(),
            now: whole.now,
        };
        let begun = session.ask(ask, Priority::Now).await?;
        let payload = Payload::read(&begun.payload.0).map_err(|_| AskError::Unexpected)?;
        let answer = http::post_json(paths::LETTERS, begun.request.json()).await;
        let answer = session.heard(answer.and_then(|text| http::parse::<CreateLetterResponse>(&text)))?;
        Ok(Self {
            attempt: whole.attempt,
            letter: answer.letter,
            payload,
            head: begun.head,
            files,
            terms: whole.terms.clone(),
            made: begun.made,
            done: 0,
            handed_in: false,
        })
    }

    /// Whether it is this form of the letter.
    pub(super) fn is_of(&self, attempt: u32) -> bool {
        self.attempt == attempt
    }

    /// Uploads what the box does not have yet; `progress` hears from 0 to 1.
    pub(super) async fn upload(
        &mut self,
        session: Session,
        whole: &Whole<'_>,
        progress: impl Fn(f64),
    ) -> Result<(), Failure> {
        let key = GcmKey::import(self.payload.key().expose()).await.map_err(cannot_seal)?;
        let (chunks, associated) = (self.payload.chunks(), self.payload.associated_data());
        while let Some(octets) = self.payload.chunk_octets(self.done) {
            let begin = u64::from(self.done) * limits::LINK_CHUNK_BYTES as u64;
            let content = self.piece(whole, begin, octets).await?;
            let sealed = key.seal(&self.payload.nonce(self.done), &associated, &content).await.map_err(cannot_seal)?;
            self.put(session, &sealed).await?;
            self.done += 1;
            progress(f64::from(self.done) / f64::from(chunks));
        }
        Ok(())
    }

    /// What is handed in with the message, from now on.
    pub(super) fn hand_in(&mut self) -> LinkedLetter {
        self.handed_in = true;
        let Self { letter, terms, made, files, .. } = self;
        LinkedLetter { letter: *letter, terms: terms.clone(), made: made.clone(), files: files.clone() }
    }

    /// The codes that its readers are asked for, with whose each is.
    pub(super) fn codes(&self) -> impl Iterator<Item = (String, String)> {
        let links = self.made.links.iter();
        links.filter_map(|link| link.code.clone().map(|code| (link.recipient.to_string(), code)))
    }

    /// Who gets a link, in canonical form.
    pub(super) fn readers(&self) -> impl Iterator<Item = String> {
        self.made.links.iter().map(|link| link.recipient.canonical().to_string())
    }

    /// It is not to leave in this form. Where the box cannot be told, it forgets what was begun within the week; what was handed in
    /// the box itself takes back when another form comes, if it has not left.
    pub(super) fn give_up(self) {
        if self.handed_in {
            return;
        }
        spawn_local(async move { drop(http::delete(&paths::letter(self.letter)).await) });
    }

    async fn put(&self, session: Session, sealed: &Buffer) -> Result<(), Failure> {
        let path = paths::letter_chunk(self.letter, self.done);
        let mut tried = 0;
        loop {
            match http::put_octets(&path, sealed).await {
                Ok(()) => return Ok(()),
                Err(HttpError::Offline) if tried < TRIES => {
                    time::sleep((PAUSE_MS << tried.min(8)).min(PAUSE_MS_MAX)).await;
                    tried += 1;
                }
                Err(HttpError::Offline) => return Err(Failure::CutOff),
                // The box had no room for it just now, and takes it when something else has come through.
                Err(HttpError::Refused(error)) if error.code == ErrorCode::Busy && tried < TRIES => {
                    time::sleep(PAUSE_MS).await;
                    tried += 1;
                }
                Err(refused) => return session.heard(Err(refused)),
            }
        }
    }

    /// The octets of the payload from `begin` on; behind its end there are zeros.
    async fn piece(&self, whole: &Whole<'_>, begin: u64, octets: usize) -> Result<Uint8Array, Failure> {
        let length = u32::try_from(octets).map_err(|_| AskError::Internal)?;
        let (piece, end) = (Uint8Array::new_with_length(length), begin + u64::from(length));
        let mut at = 0_u64;
        let held = [&self.head].into_iter().chain(whole.letter.enclosures.iter().map(|enclosure| &enclosure.bytes));
        for buffer in held {
            let size = buffer.len() as u64;
            if let Some((from, to)) = part(at, size, begin, end) {
                put_in(&piece, &Uint8Array::new(&buffer.to_js()).subarray(from as u32, to as u32), at + from - begin);
            }
            at += size;
        }
        for file in whole.large {
            let size = file.size() as u64;
            if let Some((from, to)) = part(at, size, begin, end) {
                put_in(&piece, &read(file, from, to).await?, at + from - begin);
            }
            at += size;
        }
        Ok(piece)
    }
}

/// What of something that lies at `at` belongs between `begin` and `end`, from its own start.
fn part(at: u64, size: u64, begin: u64, end: u64) -> Option<(u64, u64)> {
    let (from, to) = (begin.max(at), end.min(at + size));
    (from < to).then(|| (from - at, to - at))
}

fn put_in(piece: &Uint8Array, octets: &Uint8Array, at: u64) {
    // It lies within a chunk.
    piece.set(octets, u32::try_from(at).unwrap_or_default());
}

async fn read(file: &File, from: u64, to: u64) -> Result<Uint8Array, Failure> {
    let gone = |_| Failure::FileGone(file.name());
    let slice = file.slice_with_f64_and_f64(from as f64, to as f64).map_err(gone)?;
    let octets = JsFuture::from(slice.array_buffer()).await.map_err(gone)?;
    let octets = Uint8Array::new(&octets);
    // A file that was changed since is not the one that was described.
    if u64::from(octets.length()) == to - from { Ok(octets) } else { Err(Failure::FileGone(file.name())) }
}

fn described(file: &File) -> LargeFile {
    let media_type = Some(file.type_()).filter(|guess| !guess.is_empty());
    LargeFile {
        name: file.name(),
        media_type: media_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        octets: file.size() as u64,
    }
}

fn cannot_seal(_: CannotSeal) -> Failure {
    AskError::Internal.into()
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn what_lies_in_a_chunk_is_cut_out_of_what_lies_around_it() {
        for (at, size, begin, end, expected) in [
            (0, 10, 0, 100, Some((0, 10))),
            (0, 10, 5, 100, Some((5, 10))),
            (50, 100, 0, 100, Some((0, 50))),
            (50, 100, 100, 200, Some((50, 100))),
            (0, 300, 100, 200, Some((100, 200))),
            (0, 10, 10, 20, None),
            (20, 10, 10, 20, None),
            (5, 0, 0, 10, None),
        ] {
            assert_eq!(part(at, size, begin, end), expected, "{at} {size} {begin} {end}");
        }
    }
}
