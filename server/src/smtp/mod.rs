//! SMTP: mail from other hosts (port 25), from mail programs (465, 587), and out to other hosts.
//!
//! Floors, from the bottom: [`wire`] (parse and print) → `auth`, `refusal`, `intake`, [`session`] (a state machine without a
//! socket) → [`server`] (owns the socket, has no rules). Beside it [`client`], which carries mail out, and [`sandbox`], a host
//! for `serve --local` whose recipients provoke every outcome.
//!
//! Invariants: no SQL, no rule about mail that is not of the protocol; every line, message, wait and number of mistakes is
//! bounded; mail data is in memory only, within the box's budget; a 250 is sent after the durable transaction.

pub mod auth;
pub mod client;
#[cfg(test)]
mod idling;
mod intake;
pub mod refusal;
pub mod sandbox;
pub mod server;
pub mod session;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod transcripts;
pub mod wire;

pub use server::Server;
pub use session::Role;
