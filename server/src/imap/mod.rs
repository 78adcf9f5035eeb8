//! IMAP: mailboxes for mail programs, from ciphertext (RFC 9051, RFC 3501, and extensions).
//!
//! Floors, from the bottom: `wire` (bytes ↔ commands and responses, pure) → `opening` (messages in clear, for devices whose
//! password opens them) → `session` (a state machine without a socket, one file per group of commands) → `connection` (owns the
//! socket, has no rules; `compression` is a layer that it puts on it). How a message is taken apart and told stands below the
//! store, in `crate::structure`.
//!
//! A session holds a frozen view of the selected mailbox: the UIDs that its client knows, in the order of their sequence
//! numbers. Commands work on that view; before a command ends, and while the client idles, the view is brought up to the store
//! and the difference goes out as EXPUNGE, EXISTS and FETCH.
//!
//! What is advertised is what is whole: `docs/imap.md` lists every capability with its document and its limits.
//!
//! Invariants:
//! - What is served is what is stored: ciphertext under a readable header. For a device whose password opens mail it is what that
//!   opens to: in memory, while that device is connected (`opening`). What comes in clear is sealed by `core::filing` before it
//!   is stored, whoever brings it.
//! - EXPUNGE is told only when the RFC allows it (`Command::may_tell_gone`); sequence numbers change in no other way.
//! - One place writes tagged lines (`Session::complete`); handlers answer data or a refusal.
//! - No store transaction and no lock is held while something is written to a client; replies leave memory as they are
//!   made, messages are streamed from the store piece by piece.
//! - Lines, literals, waits, mistakes and connections are bounded by the constants in `limits`, `wire` and below.
//! - Passwords and messages in clear are wiped after use and never logged.

mod compression;
mod connection;
mod limits;
mod opening;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use connection::serve_connection;

use crate::core::Context;
use crate::core::post::Post;
use crate::store::AccountNo;

/// What all connections share; cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    post: Post,
    context: Context,
    connections: Arc<Mutex<HashMap<AccountNo, usize>>>,
    reading_room: Arc<opening::ReadingRoom>,
    waits: limits::Waits,
}

impl Service {
    /// IMAP for the box of this post office; messages that come in count against its budget.
    #[must_use]
    pub fn new(post: Post) -> Self {
        let (context, reading_room) = (post.context().clone(), Arc::new(opening::ReadingRoom::new()));
        Self { post, context, connections: Arc::default(), reading_room, waits: limits::Waits::STANDARD }
    }

    /// Takes one of an account's connections, or `None` where it has all of them.
    fn enter(&self, account: AccountNo) -> Option<Place> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let open = connections.entry(account).or_default();
        if *open >= limits::CONNECTIONS_PER_ACCOUNT {
            return None;
        }
        *open += 1;
        Some(Place { connections: Arc::clone(&self.connections), account })
    }
}

/// A connection's place among those of its account; given back when it is dropped.
#[derive(Debug)]
struct Place {
    connections: Arc<Mutex<HashMap<AccountNo, usize>>>,
    account: AccountNo,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = connections.get_mut(&self.account) {
            *open -= 1;
            if *open == 0 {
                connections.remove(&self.account);
            }
        }
    }
}
