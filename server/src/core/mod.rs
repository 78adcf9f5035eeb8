//! The rules of the box: who may do what, and what becomes of a message.
//!
//! Invariants: no socket and no protocol word here (no SMTP reply, IMAP response or HTTP status), and no SQL. Time, random
//! numbers and the outside world come in as arguments or through [`Context`].

pub mod accounts;
mod context;
pub mod devices;
pub mod mail;
mod random;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;

pub use context::{Clock, Context, Domain};
pub use random::Random;
