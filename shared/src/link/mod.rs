//! Letters behind links, for people who do not encrypt: the secret in the link, the lock beside it, and the payload in sealed
//! chunks. `docs/links.md` writes all of it down to the byte; vectors from an independent script stand in
//! `shared/tests/vectors/link.json`.
//!
//! ```text
//! fragment (in the link, never on the box) ┐
//! share (on the box, given out on a click) ├─> key ── wraps ─> payload's key ─> chunks: manifest, text, files
//! answer key (from an answer, or zeros)    ┘
//! ```
//!
//! Floors, from the bottom: `fragment`, `lock`, `payload`, `manifest`, `key`, `conversation`, `offer`, `address`, `pack`, `unpack`.
//!
//! Invariants: what a reader gets is whole and in its place, or an error that says which chunk is not; a sender seals no place
//! of a payload twice; the fragment is in nothing that goes to the box.

mod address;
mod conversation;
mod fragment;
mod key;
mod lock;
mod manifest;
mod offer;
mod pack;
mod payload;
mod unpack;

pub use address::{Broken, InvalidLink, Link};
pub use conversation::{EarlierLetter, KeptReply};
pub use fragment::{Fragment, InvalidFragment};
pub use key::{Cover, CoverError, LinkKey, Share, open_cover, seal_cover};
pub use lock::{Answer, AnswerKey, InvalidAnswer, Lock, LockKind, OutOfMemory, UnknownStretch};
pub use manifest::{File, InvalidManifest, Manifest, Part, Person, Replies};
pub use offer::Offer;
pub use pack::{PackError, Packer, SealedChunk};
pub use payload::{InvalidPayload, Payload, PayloadError, chunk_octets, chunks, hash_of};
pub use unpack::{Piece, Slice, Unpacker};
