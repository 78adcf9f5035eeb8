//! An answer on its way: sealed beside the page, and handed in.

use std::cell::RefCell;

use shared::api::link::{ReplyRequest, ReplyResponse};
use shared::api::{Base64, EmailAddress, ErrorCode, paths};
use shared::link::KeptReply;
use web_sys::File;

use super::letter::Letter;
use super::open::{Trouble, token};
use crate::platform::buffer::Buffer;
use crate::platform::http::HttpError;
use crate::platform::{files, time, upload};
use crate::sealer::{CannotSeal, FileHead, SealReply, Sealer};

/// What was written.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) files: Vec<File>,
}

/// How far an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Sealing,
    /// So many percent of it have left.
    Sending(usize),
}

/// Why an answer has not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The box does not answer, or cannot take it now.
    Offline,
    /// The link leads to nothing any more.
    Gone,
    /// Likewise, and whether the same answer arrived before is not known.
    PerhapsArrived,
    /// It takes no answers, or no more.
    Refused,
    /// For so many seconds.
    Wait(u32),
    TooLarge,
    /// It cannot be sealed for the letter's sender.
    Unsealable,
    /// The file of this name cannot be read.
    Unreadable(String),
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Gone | Trouble::Closed | Trouble::Elsewhere => Self::Gone,
            Trouble::Wait(seconds) => Self::Wait(seconds),
            _ => Self::Offline,
        }
    }
}

impl From<HttpError> for Failed {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Refused(error) if error.code == ErrorCode::NoReplies => Self::Refused,
            HttpError::Refused(error) if error.code == ErrorCode::TooLarge => Self::TooLarge,
            HttpError::Refused(error) if error.code == ErrorCode::BadRequest => Self::Unsealable,
            error => Trouble::from(error).into(),
        }
    }
}

impl From<CannotSeal> for Failed {
    fn from(error: CannotSeal) -> Self {
        match error {
            CannotSeal::NotThere => Self::Offline,
            CannotSeal::TooLarge => Self::TooLarge,
            CannotSeal::Unsealable => Self::Unsealable,
        }
    }
}

/// Where answers leave.
pub(super) struct Outbox {
    from: EmailAddress,
    /// Being fetched since somebody has begun to write.
    sealer: RefCell<Option<Sealer>>,
    /// What was sealed last and may be with the box: what is handed in again without a change is the same answer.
    sealed: RefCell<Option<Sealed>>,
}

#[derive(Clone)]
struct Sealed {
    written: Written,
    reply: Base64,
    frame: Buffer,
}

impl Outbox {
    /// For the answers of whom the link is for.
    pub(super) fn new(from: EmailAddress) -> Self {
        Self { from, sealer: RefCell::default(), sealed: RefCell::default() }
    }

    /// Has the program fetched that seals.
    pub(super) fn prepare(&self) {
        // Where it cannot be had now, it is fetched when it is needed.
        *self.sealer.borrow_mut() = Sealer::start().ok();
    }

    /// Seals what was written, and hands it in; answers how many more answers the link takes. What was written stays with the caller.
    pub(super) async fn send(
        &self,
        letter: &Letter,
        written: &Written,
        tell: impl Fn(Step) + Clone + 'static,
    ) -> Result<u32, Failed> {
        let before = self.sealed.borrow().clone().filter(|sealed| sealed.written == *written);
        let was_tried = before.is_some();
        let sealed = match before {
            Some(sealed) => sealed,
            None => self.seal(letter, written, token(), &tell).await?,
        };
        let left = self.hand_in(letter, written, sealed, tell).await;
        left.map_err(|failed| if was_tried && failed == Failed::Gone { Failed::PerhapsArrived } else { failed })
    }

    async fn hand_in(
        &self,
        letter: &Letter,
        written: &Written,
        mut sealed: Sealed,
        tell: impl Fn(Step) + Clone + 'static,
    ) -> Result<u32, Failed> {
        let mut is_renewed = false;
        loop {
            let tell_sent = tell.clone();
            // Behind 100 percent comes the box's answer.
            let progress = move |part: f64| tell_sent(Step::Sending((part * 100.0) as usize));
            match upload::post_frame::<ReplyResponse>(paths::LINK_REPLY, &sealed.frame, progress).await {
                Ok(ReplyResponse { replies_left }) => {
                    self.sealed.take();
                    return Ok(replies_left);
                }
                // The letter was opened long ago.
                Err(HttpError::Refused(error)) if error.code == ErrorCode::LinkGone && !is_renewed => {
                    letter.opened.renew().await?;
                    is_renewed = true;
                    sealed = self.seal(letter, written, sealed.reply, &tell).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn seal(
        &self,
        letter: &Letter,
        written: &Written,
        reply: Base64,
        tell: &impl Fn(Step),
    ) -> Result<Sealed, Failed> {
        tell(Step::Sealing);
        let manifest = letter.manifest().ok_or(Failed::Unsealable)?.clone();
        let (mut heads, mut bytes) = (Vec::new(), Vec::new());
        for file in &written.files {
            let read = files::read(file).await.map_err(|error| Failed::Unreadable(error.name))?;
            heads.push(FileHead { name: read.name, media_type: read.media_type });
            bytes.push(read.bytes);
        }
        let named = written.files.iter().map(|file| (file.name(), file.size() as u64)).collect();
        let copy = letter.opened.copy(&KeptReply::new(time::now(), &written.text, named));
        let request = ReplyRequest { opening: letter.opened.opening(), reply: reply.clone(), copy };
        let (from, text) = (self.from.clone(), written.text.clone());
        let ask = SealReply { letter: manifest, from, text, files: heads, now: time::now(), request };
        let had = self.sealer.borrow_mut().take();
        let frame = match had {
            // It may have come to nothing meanwhile, as without a network.
            Some(sealer) => match sealer.seal(&ask, &bytes).await {
                Err(CannotSeal::NotThere) => Sealer::start()?.seal(&ask, &bytes).await?,
                other => other?,
            },
            None => Sealer::start()?.seal(&ask, &bytes).await?,
        };
        let sealed = Sealed { written: written.clone(), reply, frame };
        self.sealed.replace(Some(sealed.clone()));
        Ok(sealed)
    }
}
