//! The sealer: a program beside the reader's page that seals what its person answers. It holds OpenPGP, which the page itself does
//! without, and is fetched when somebody begins to answer.
//!
//! [`Sealer`] asks, on the page's side, and [`serve()`] answers. What crosses is JSON, for texts and names, and the bytes of each file
//! beside it in an `ArrayBuffer` of its own.
//!
//! Invariants: one answer for each program, which ends with it, and with it the memory that large files took; it makes no request and
//! touches no storage.

mod ask;
mod serve;

pub use ask::{CannotSeal, Sealer};
pub use serve::serve;

use serde::{Deserialize, Serialize};
use shared::api::link::ReplyRequest;
use shared::api::{EmailAddress, Timestamp};
use shared::link::Manifest;

/// What the program says in the place of an answer that is too large, or that cannot be sealed.
const TOO_LARGE: &str = "too large";
const UNSEALABLE: &str = "unsealable";

/// An answer to be sealed; the bytes of its files cross beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealReply {
    /// The letter that is answered.
    pub letter: Manifest,
    /// Who answers.
    pub from: EmailAddress,
    /// The text.
    pub text: String,
    /// The files.
    pub files: Vec<FileHead>,
    /// Now.
    pub now: Timestamp,
    /// What the sealed answer is handed in with.
    pub request: ReplyRequest,
}

/// A file without its bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileHead {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}
