//! The rules of the box: who may do what, and what becomes of a message.
//!
//! Invariants: no socket and no protocol word here (no SMTP reply, IMAP response or HTTP status), and no SQL. Time, random
//! numbers and the outside world come in as arguments or through [`Context`].

mod context;
pub mod mail;

pub use context::{Clock, Context, Domain};
