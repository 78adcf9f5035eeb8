//! Internet messages: taking them apart for a reader, building them, and the raw header (RFC 5322, 2045–2047, 2183, 2231).
//!
//! Floors, from the bottom: [`header`] (bytes), then `charset`, `text`, `words`, `address`, `params` and `entity` (one MIME entity), then [`readable`],
//! `read`, `build`, `summary`, `notice`, `sent_links`. mail-parser decodes fields, small charsets and transfer encodings, mail-builder writes; the
//! structure of a message is taken apart here, because what comes from outside must end within limits of ours.
//!
//! Invariants: reading never fails and never panics, it reports what a message could not give as [`Problem`]s; nothing of
//! mail-parser or mail-builder shows in the public API; no HTML is rendered or made safe here.

pub(crate) mod address;
mod build;
mod charset;
pub(crate) mod entity;
pub mod header;
mod notice;
mod params;
mod read;
pub mod readable;
mod sent_links;
mod summary;
mod text;
mod words;

pub use address::{Mailbox, is_posing};
pub use build::{BccField, Letter, build, message_id};
pub use charset::decode_charset;
pub use notice::{Asks, Notice};
pub use read::{Attachment, Message, Problem, read};
pub use sent_links::{NotedFile, NotedLink, note_links, noted_files, noted_links};
pub use summary::{AttachmentName, InvalidSummary, JunkReason, SenderProof, Summary, Verdict};
pub use text::{html_to_text, snippet};
