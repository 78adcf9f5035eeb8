//! The order of one mailbox's messages. Pure.
//!
//! Invariants: newest first by UID, no message twice; a message that has gone does not come back by an answer that was on its
//! way before it went.

use shared::api::event::Event;
use shared::api::mailbox::{MailboxId, MessageId};

/// The known part of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    /// UID and id of each message, newest first.
    rows: Vec<(u32, MessageId)>,
    /// Whether older ones exist that are not here.
    pub(super) more: bool,
}

impl List {
    /// The messages, newest first.
    pub(super) fn ids(&self) -> Vec<MessageId> {
        self.rows.iter().map(|(_, id)| *id).collect()
    }

    /// How many are here.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The UID below which the next page begins.
    pub(super) fn oldest(&self) -> Option<u32> {
        self.rows.last().map(|(uid, _)| *uid)
    }

    /// Adds a message at its place.
    pub(super) fn insert(&mut self, uid: u32, id: MessageId) {
        let place = self.rows.partition_point(|row| *row > (uid, id));
        if self.rows.get(place) != Some(&(uid, id)) {
            self.rows.insert(place, (uid, id));
        }
    }

    /// Takes messages out; answers those that were here, with their UIDs.
    pub(super) fn remove(&mut self, ids: &[MessageId]) -> Vec<(u32, MessageId)> {
        let mut removed = Vec::new();
        self.rows.retain(|row| {
            let stays = !ids.contains(&row.1);
            if !stays {
                removed.push(*row);
            }
            stays
        });
        removed
    }
}

/// The mailbox that an event changes the list of, where it changes one.
pub(super) fn concerns(event: &Event) -> Option<MailboxId> {
    match event {
        Event::Arrived { message } => Some(message.mailbox),
        Event::Flags { mailbox, .. } | Event::Gone { mailbox, .. } => Some(*mailbox),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(uids: &[u32]) -> List {
        let mut list = List::default();
        for uid in uids {
            list.insert(*uid, MessageId(i64::from(*uid) + 100));
        }
        list
    }

    #[test]
    fn messages_stand_newest_first_and_once() {
        let list = list(&[5, 9, 7, 9, 5]);
        assert_eq!(list.ids(), [MessageId(109), MessageId(107), MessageId(105)]);
        assert_eq!(list.oldest(), Some(5));
    }

    #[test]
    fn what_is_removed_can_be_put_back_at_its_place() {
        let mut list = list(&[1, 2, 3, 4]);
        let before = list.clone();
        let removed = list.remove(&[MessageId(102), MessageId(103), MessageId(999)]);
        assert_eq!(list.ids(), [MessageId(104), MessageId(101)]);
        for (uid, id) in removed {
            list.insert(uid, id);
        }
        assert_eq!(list, before);
    }
}
