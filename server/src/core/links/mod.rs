//! Letters behind links, for people who do not encrypt: what their sender may do, and what a reader gets when.
//!
//! - A link is *found* from when its letter is complete until it expires, is taken back, or has been opened as often as it can be.
//! - To ask what it is, and to ask for the box's share of its key, counts nothing: programs do that too.
//! - An opening counts when somebody shows that he has unwrapped what opens the payload, and only then are chunks given out. So
//!   of many who open a link at once that can be opened once, one gets the letter.
//! - Who has opened a link can answer the letter for as long as he can fetch its chunks: a sealed message, which goes into the sender's
//!   Inbox as one from whom the link is for. How often is limited, per link for good and, with waiting, per link and network.
//! - Who has a link can tell the owner of the box that something is wrong with its letter. Also that is limited, with waiting.
//! - A link tells who opens it of the earlier letters from its sender to the same person, and of the answers through it: what is sealed
//!   under its key. That there is a later letter it says, but not where.
//! - A wrong answer counts against its link (for good, and by waiting), and against the network that it came from.
//!
//! Invariants: what stands in a link behind `#` is in no argument here; a link that has ended gives the answers of one that never
//! was; what opened it is then overwritten, in the file and in the log beside it.

mod reader;
mod reply;
mod report;
mod send;
mod sender;
mod wipe;

pub use reader::{chunk, look, open, opened};
pub(super) use send::{complete, recipients, take_back};
pub use sender::{change, create, earlier, put_chunk, state, states};
pub(super) use wipe::wipe;
pub use wipe::{revoke, revoke_letter, tidy};

use sha2::{Digest, Sha256};

use super::deliver::DeliverError;
use super::throttle::Refused;
use crate::store::StoreError;

/// Why something could not be done with a letter behind links.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Something in the request is not of the form or size that it must have.
    #[error("the request is not well-formed")]
    Malformed,
    /// There are too many links or files, or too many letters.
    #[error("too many links")]
    TooMany,
    /// The letter is over its limit.
    #[error("the letter is too large")]
    TooLarge,
    /// The account's letters have all the room that they may have.
    #[error("the account's letters behind links have all their room")]
    Full,
    /// The letter is complete already.
    #[error("the letter is complete already")]
    AlreadySent,
    /// Chunks are missing, or this one does not come next.
    #[error("chunks are missing")]
    Incomplete,
    /// There is no such link, or not any more.
    #[error("there is no such link, or not any more")]
    Gone,
    /// The answer is wrong, or missing.
    #[error("the answer is wrong")]
    WrongAnswer,
    /// There were too many wrong answers.
    #[error("the link was closed after too many wrong answers")]
    Closed,
    /// Its sender takes no answers through it, or no more.
    #[error("the link takes no answers, or no more")]
    NoReplies,
    /// Another browser has opened it first.
    #[error("the link belongs to another browser")]
    Elsewhere,
    /// Too many tries; the next is heard after so many seconds.
    #[error("too many tries; the next is heard in {0} seconds")]
    Wait(u32),
    /// An answer cannot be delivered.
    #[error("the answer cannot be delivered")]
    Deliver(#[from] DeliverError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<Refused> for LinkError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wait(seconds) => Self::Wait(seconds),
            Refused::Store(error) => Self::Store(error),
        }
    }
}

/// What a piece of store work answers that must be kept although the caller is refused.
type Kept<T> = Result<Result<T, LinkError>, LinkError>;

/// SHA-256, for names, tokens and proofs that are random themselves.
fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}
