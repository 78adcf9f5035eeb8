//! Which messages no IMAP session was told of before: those that are `\\Recent` to the first that is (RFC 3501 §2.3.2).
//!
//! UIDs rise, so a mark for each mailbox says it: what has a lower one was told of. It is kept in memory, because telling must not
//! wait for a disk, and comes to the disk with the next message of the mailbox. So after a restart the last messages that were told
//! of may be `\\Recent` once more, as the RFC has it where nobody knows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use shared::api::mailbox::MailboxId;

/// The marks of the mailboxes that sessions were told of since the box began.
#[derive(Debug, Default)]
pub struct RecentMarks {
    told: Mutex<HashMap<MailboxId, u32>>,
}

impl RecentMarks {
    /// The first UID that no session was told of, or that nothing has yet; `stored` is what the disk says.
    pub fn first(&self, mailbox: MailboxId, stored: u32) -> u32 {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&mailbox).copied().unwrap_or_default().max(stored)
    }

    /// Notes that a session is told of all messages below `uid_next`, and answers the first that none was told of before. Of
    /// several sessions that are told of a message at the same time, one has it.
    pub fn claim(&self, mailbox: MailboxId, stored: u32, uid_next: u32) -> u32 {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = told.entry(mailbox).or_default();
        let first = stored.max(*mark);
        *mark = first.max(uid_next);
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_sessions_that_are_told_at_once_one_has_a_message() {
        let marks = RecentMarks::default();
        let mut first: Vec<u32> = std::thread::scope(|scope| {
            let tell = || marks.claim(MailboxId(1), 1, 21);
            let sessions: Vec<_> = (0..8).map(|_| scope.spawn(tell)).collect();
            sessions.into_iter().map(|session| session.join().unwrap()).collect()
        });
        first.sort_unstable();
        assert_eq!(first, [1, 21, 21, 21, 21, 21, 21, 21]);
    }
}
