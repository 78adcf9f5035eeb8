//! The rules of the box: who may do what, and what becomes of a message.
//!
//! Invariants: no socket and no protocol word here (no SMTP reply, IMAP response or HTTP status), and no SQL. Time, random
//! numbers and the outside world come in as arguments or through [`Context`].

pub mod accounts;
pub mod bounce;
pub mod budget;
pub mod carrier;
mod context;
pub mod correspondents;
pub mod deliver;
pub mod devices;
pub mod discover;
pub mod dkim;
pub mod filing;
pub mod from_program;
mod gate;
mod kept;
mod key_server;
pub mod links;
pub mod mail;
pub mod mailboxes;
#[cfg(test)]
pub(crate) mod office;
pub mod opening;
pub mod outgoing;
pub mod pace;
pub mod people;
pub mod policy;
pub mod post;
pub mod queue;
mod random;
pub mod records;
pub mod removal;
pub mod room;
pub mod schedule;
mod sealing;
mod settle;
#[cfg(test)]
mod stories;
pub mod submit;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;
pub mod trace;
mod words;

pub use context::{Clock, Context, Domain};
pub use gate::Gate;
pub use random::Random;
