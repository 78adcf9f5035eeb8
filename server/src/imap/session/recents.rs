//! The messages that are `\\Recent` to a session: it was the first that was told of them (RFC 3501 §2.3.2). IMAP4rev2 knows none.

use std::ops::Range;

use shared::api::mailbox::MailboxId;

use crate::imap::wire::Dialect;
use crate::store::{ReadTx, RecentMarks, StoreError, mailboxes};

/// How a session comes to its recent messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Claim {
    /// It is told of none.
    Nothing,
    /// It sees them, and leaves them to the next one: EXAMINE.
    Look,
    /// They are its own: SELECT.
    Take,
}

impl Claim {
    /// What becomes of recent messages in a mailbox that is selected so.
    pub(super) fn of(dialect: Dialect, read_only: bool) -> Self {
        match (dialect, read_only) {
            (Dialect::Rev2, _) => Self::Nothing,
            (Dialect::Rev1 | Dialect::Utf8, true) => Self::Look,
            (Dialect::Rev1 | Dialect::Utf8, false) => Self::Take,
        }
    }

    /// The first UID that is recent to a session which is told of all below `uid_next`.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) fn first(
        self,
        marks: &RecentMarks,
        tx: &ReadTx<'_>,
        mailbox: MailboxId,
        uid_next: u32,
    ) -> Result<u32, StoreError> {
        match self {
            Self::Nothing => Ok(uid_next),
            Self::Look => Ok(marks.first(mailbox, mailboxes::recent_uid(tx, mailbox)?)),
            Self::Take => Ok(marks.claim(mailbox, mailboxes::recent_uid(tx, mailbox)?, uid_next)),
        }
    }
}

/// Recent messages by their UIDs.
#[derive(Debug)]
pub(super) struct Recents {
    pub(super) claim: Claim,
    /// Rising; what is gone is within them still.
    ranges: Vec<Range<u32>>,
    /// How many the client was told that there are.
    told: usize,
}

impl Recents {
    pub(super) fn new(claim: Claim) -> Self {
        Self { claim, ranges: Vec::new(), told: 0 }
    }

    /// Takes in those that came. They are above all that are in.
    pub(super) fn add(&mut self, uids: Range<u32>) {
        match self.ranges.last_mut() {
            _ if uids.is_empty() => {}
            Some(last) if last.end == uids.start => last.end = uids.end,
            _ => self.ranges.push(uids),
        }
    }

    pub(super) fn has(&self, uid: u32) -> bool {
        let at = self.ranges.partition_point(|range| range.end <= uid);
        self.ranges.get(at).is_some_and(|range| range.contains(&uid))
    }

    /// Those of these UIDs, which rise, that are recent.
    pub(super) fn among<'u>(&self, uids: &'u [u32]) -> impl Iterator<Item = &'u [u32]> {
        self.ranges.iter().filter_map(|range| {
            let from = uids.partition_point(|uid| *uid < range.start);
            let to = uids.partition_point(|uid| *uid < range.end);
            uids.get(from..to)
        })
    }

    /// How many of these there are, where the client was told another number.
    pub(super) fn tell(&mut self, uids: &[u32]) -> Option<usize> {
        let count = self.among(uids).map(<[u32]>::len).sum();
        (std::mem::replace(&mut self.told, count) != count).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_recent_and_counted_as_long_as_it_is_there() {
        let mut recents = Recents::new(Claim::Take);
        recents.add(1..1);
        recents.add(3..5);
        recents.add(5..6);
        recents.add(8..9);
        assert_eq!(recents.ranges, [3..6, 8..9]);
        assert_eq!([2, 3, 5, 6, 8, 9].map(|uid| recents.has(uid)), [false, true, true, false, true, false]);
        let there = [1, 2, 3, 5, 7, 8, 9];
        assert_eq!(recents.among(&there).collect::<Vec<_>>().concat(), [3, 5, 8]);
        assert_eq!(recents.tell(&there), Some(3));
        assert_eq!(recents.tell(&there), None);
        assert_eq!(recents.tell(&[1, 8]), Some(1));
    }
}
