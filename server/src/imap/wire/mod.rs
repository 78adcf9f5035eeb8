//! IMAP on the wire: bytes to commands and values to bytes (RFC 9051 §9, RFC 3501 §9). Pure: no socket, no store, no clock.
//!
//! - [`intake`]: bytes as they come → whole commands, literals included (RFC 7888), within limits
//! - [`command`]: a whole command → [`Command`]; what follows its word parses in [`login`], [`select`], [`list`], [`fetch`] with
//!   [`section`], [`search`] and [`sort`] with [`key`], [`append`],
//!   [`filing`], [`notify`] over the common [`scan`]
//! - values: [`names`] of mailboxes, [`utf7`] (their encoding in IMAP4rev1), [`pattern`] (LIST), [`sequence`] sets, [`date`],
//!   [`flags`]
//! - [`mod@print`]: strings, literals, response codes, status lines
//!
//! The grammar is written out here and not taken from imap-codec: the alpha that there is knows neither ESEARCH nor LIST's
//! extensions nor NOTIFY, REPLACE and CATENATE, wants a whole response as owned values before it writes a byte, and reports
//! no reason for what it refuses.
//!
//! Invariants: parsing never panics and never recurses deeper than a named limit, whatever comes in; what parsed is valid;
//! what a client sent is never printed back but for tags, part numbers and header names, which hold no line end.

pub(super) mod append;
pub(super) mod command;
pub(super) mod date;
pub(super) mod fetch;
pub(super) mod filing;
pub(super) mod flags;
pub(super) mod intake;
pub(super) mod key;
pub(super) mod list;
pub(super) mod login;
pub(super) mod names;
pub(super) mod notify;
pub(super) mod pattern;
pub(super) mod print;
pub(super) mod scan;
pub(super) mod search;
pub(super) mod section;
pub(super) mod select;
pub(super) mod sequence;
pub(super) mod sort;
pub(super) mod utf7;

pub(super) use command::{Command, Tagged};
pub(super) use print::{Code, Status};

/// Which of the two revisions a client speaks; it asks for the second with ENABLE (RFC 9051 §6.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Dialect {
    /// RFC 3501: mailbox names in modified UTF-7, SEARCH and RECENT responses.
    #[default]
    Rev1,
    /// RFC 3501 with mailbox names in UTF-8 (RFC 6855).
    Utf8,
    /// RFC 9051: mailbox names in UTF-8, ESEARCH responses.
    Rev2,
}
