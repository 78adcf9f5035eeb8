//! The moves towards the box: look, ask for the share, show that it is open, fetch.

use std::cell::RefCell;

use rand::RngCore;
use rand::rngs::OsRng;
use shared::api::link::{
    ChunkRequest, LinkName, LookRequest, LookResponse, OpenRequest, OpenResponse, OpenedRequest, OpenedResponse,
};
use shared::api::{Base64, EmailAddress, ErrorCode, Timestamp, paths};
use shared::link::{
    Answer, AnswerKey, Cover, CoverError, EarlierLetter, Fragment, InvalidPayload, KeptReply, LinkKey, Payload,
    PayloadError, Share, open_cover,
};

use crate::lang::reader::Reader;
use crate::platform::buffer::Buffer;
use crate::platform::http::{self, HttpError};
use crate::platform::storage::Store;
use crate::platform::time;

/// How often a chunk is asked for before it is given up; the pause before each further try doubles from half a second.
const TRIES: u32 = 6;
const PAUSE_MS: u32 = 500;

/// What a link is.
pub(super) struct Found {
    pub(super) cover: Cover,
    pub(super) expires_at: Timestamp,
    /// How often it can still be opened; `None`: as often as one likes.
    pub(super) openings_left: Option<u32>,
    /// Whether only the browser that opens it first can open it again.
    pub(super) first_browser: bool,
}

/// A letter that has been opened.
pub(super) struct Opened {
    pub(super) payload: Payload,
    /// Who can answer it, where that is wanted.
    pub(super) reply_as: Option<EmailAddress>,
    /// Earlier letters from the same sender, newest first.
    pub(super) earlier: Vec<EarlierLetter>,
    /// What was kept of answers, newest first.
    pub(super) replies: Vec<KeptReply>,
    /// When there was a later letter from the same sender.
    pub(super) later: Option<Timestamp>,
    from: Source,
}

/// Where a letter lies.
enum Source {
    /// On the box, behind a link.
    Box {
        key: LinkKey,
        /// What opened it. The token in it names the opening, and is another one once the letter was opened anew.
        request: RefCell<OpenedRequest>,
    },
    /// Here: its sealed chunks.
    Here(Vec<Buffer>),
}

/// Why it does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No such link, or not any more.
    Gone,
    WrongAnswer,
    NoAnswer,
    Closed,
    Elsewhere,
    /// For so many seconds.
    Wait(u32),
    /// The box does not answer, or not as it should.
    Offline,
    Damaged,
    /// Made by a newer program than this page.
    Newer,
    NoMemory,
}

impl Trouble {
    /// Whether it can be gone on later from where it stopped.
    pub(super) fn passes(self) -> bool {
        matches!(self, Self::Offline | Self::Wait(_))
    }

    /// What to do, for people.
    pub(super) fn said(self, words: &Reader) -> String {
        match self {
            Self::Gone => words.gone.into(),
            Self::WrongAnswer => words.wrong_answer.into(),
            Self::NoAnswer => words.no_answer.into(),
            Self::Closed => words.closed.into(),
            Self::Elsewhere => words.elsewhere.into(),
            Self::Wait(seconds) => (words.wait)(seconds),
            Self::Offline => words.offline.into(),
            Self::Damaged => words.damaged.into(),
            Self::Newer => words.newer.into(),
            Self::NoMemory => words.no_memory.into(),
        }
    }
}

impl From<HttpError> for Trouble {
    fn from(error: HttpError) -> Self {
        let HttpError::Refused(error) = error else { return Self::Offline };
        match error.code {
            ErrorCode::LinkGone => Self::Gone,
            ErrorCode::WrongAnswer => Self::WrongAnswer,
            ErrorCode::LinkClosed => Self::Closed,
            ErrorCode::LinkElsewhere => Self::Elsewhere,
            ErrorCode::TooManyAttempts => Self::Wait(error.retry_after.unwrap_or(60)),
            _ => Self::Offline,
        }
    }
}

impl From<CoverError> for Trouble {
    fn from(error: CoverError) -> Self {
        match error {
            CoverError::Content(InvalidPayload::UnknownVersion(_)) => Self::Newer,
            _ => Self::Damaged,
        }
    }
}

impl From<PayloadError> for Trouble {
    fn from(_: PayloadError) -> Self {
        Self::Damaged
    }
}

/// Asks what a link is; counts nothing.
pub(super) async fn look(fragment: &Fragment) -> Result<Found, Trouble> {
    let request = LookRequest { link: fragment.name() };
    let look: LookResponse = http::post(paths::LINK_LOOK, &request).await?;
    let LookResponse { expires_at, openings_left, first_browser, .. } = look;
    Ok(Found { cover: open_cover(&look.cover.0, fragment)?, expires_at, openings_left, first_browser })
}

/// Opens a letter; the answer counts where the cover asks for one.
pub(super) async fn open(fragment: &Fragment, cover: &Cover, answer: &str) -> Result<Opened, Trouble> {
    let key = match &cover.lock {
        None => None,
        Some(lock) => {
            let answer = Answer::new(answer).map_err(|_| Trouble::NoAnswer)?;
            let key = lock.answer_key(&answer, fragment).map_err(|_| Trouble::Newer)?;
            Some(key.map_err(|_| Trouble::NoMemory)?)
        }
    };
    let (link, browser) = (fragment.name(), browser(fragment));
    let answer_proof = key.as_ref().map(|key| key.proof(fragment).expose().to_vec().into());
    let request = OpenRequest { link, answer_proof, browser: browser.clone() };
    let OpenResponse { share, wrapped, earlier } = http::post(paths::LINK_OPEN, &request).await?;
    let share = Share::from_bytes(&share.0).ok_or(Trouble::Damaged)?;
    let key = LinkKey::new(fragment, &share, &key.unwrap_or_else(AnswerKey::none));
    let payload = key.unwrap(&wrapped.0)?;
    // The letter is whole without what belongs to it.
    let earlier = key.open_earlier(&earlier.0).unwrap_or_default();
    let proof = payload.opened_proof(fragment).expose().to_vec().into();
    let request = OpenedRequest { link, proof, browser, opening: token() };
    let OpenedResponse { reply_as, replies, later, .. } = show(&request).await?;
    let replies = replies.iter().filter_map(|copy| key.open_reply(&copy.0).ok()).collect();
    let from = Source::Box { key, request: RefCell::new(request) };
    Ok(Opened { payload, reply_as, earlier, replies, later, from })
}

/// Shows the box that a letter is open. The same request again, where its answer was lost, counts once.
async fn show(request: &OpenedRequest) -> Result<OpenedResponse, Trouble> {
    let mut tried = 0;
    loop {
        match http::post(paths::LINK_OPENED, request).await {
            Ok(opened) => return Ok(opened),
            Err(error) => again(&mut tried, error).await?,
        }
    }
}

impl Opened {
    /// A letter that is here, in chunks as those behind a link are.
    pub(super) fn here(payload: Payload, chunks: Vec<Buffer>) -> Self {
        let (earlier, replies) = (Vec::new(), Vec::new());
        Self { payload, reply_as: None, earlier, replies, later: None, from: Source::Here(chunks) }
    }

    fn request(&self) -> Option<&RefCell<OpenedRequest>> {
        match &self.from {
            Source::Box { request, .. } => Some(request),
            Source::Here(_) => None,
        }
    }

    /// What names the opening; nothing for a letter that is here.
    pub(super) fn opening(&self) -> Base64 {
        self.request().map(|request| request.borrow().opening.clone()).unwrap_or_default()
    }

    /// The link that it was opened by.
    pub(super) fn link(&self) -> Option<LinkName> {
        self.request().map(|request| request.borrow().link)
    }

    /// What finds an answer again with the letter, wherever it is opened.
    pub(super) fn copy(&self, reply: &KeptReply) -> Base64 {
        match &self.from {
            Source::Box { key, .. } => key.seal_reply(reply, &mut OsRng).into(),
            Source::Here(_) => Base64::default(),
        }
    }

    /// Opens the letter anew, where the page has been open for so long that the box has forgotten it.
    pub(super) async fn renew(&self) -> Result<(), Trouble> {
        let Some(kept) = self.request() else { return Ok(()) };
        let request = OpenedRequest { opening: token(), ..kept.borrow().clone() };
        show(&request).await?;
        kept.replace(request);
        Ok(())
    }

    /// Fetches the sealed chunk of a place.
    pub(super) async fn chunk(&self, place: u32) -> Result<Vec<u8>, Trouble> {
        if let Source::Here(chunks) = &self.from {
            let chunk = usize::try_from(place).ok().and_then(|place| chunks.get(place));
            return chunk.map(Buffer::to_vec).ok_or(Trouble::Damaged);
        }
        let request = ChunkRequest { opening: self.opening(), place };
        let mut tried = 0;
        loop {
            match http::post_for_bytes(paths::LINK_CHUNK, &request).await {
                Ok(bytes) => return Ok(bytes.to_vec()),
                Err(error) => again(&mut tried, error).await?,
            }
        }
    }
}

/// Waits before the next try, where the box could not be reached and there is a try left.
async fn again(tried: &mut u32, error: HttpError) -> Result<(), Trouble> {
    *tried += 1;
    if error != HttpError::Offline || *tried >= TRIES {
        return Err(error.into());
    }
    time::sleep(PAUSE_MS << *tried).await;
    Ok(())
}

/// What makes this browser the same reader of this letter the next time.
fn browser(fragment: &Fragment) -> Base64 {
    let name = format!("reader-{}", fragment.name());
    let kept = Store::Browser.get(&name).and_then(|text| text.parse().ok());
    kept.unwrap_or_else(|| {
        let made = token();
        Store::Browser.set(&name, &made.to_string());
        made
    })
}

pub(super) fn token() -> Base64 {
    let mut token = vec![0; 32];
    OsRng.fill_bytes(&mut token);
    token.into()
}
