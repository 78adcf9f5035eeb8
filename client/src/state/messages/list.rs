//! The order of one mailbox's messages. Pure.
//!
//! Invariants: newest first by [`Place`], as the box lists them, no message twice; what is here has no gap: a message that
//! belongs below what is known is not taken in before its page comes; one that has gone does not come back by an answer that
//! was on its way before it went.

use std::collections::BTreeSet;

use shared::api::event::Event;
use shared::api::mailbox::{MailboxId, MessageId, Place};

/// The known part of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    /// Newest first.
    rows: Vec<Place>,
    /// Where the known part ends: the last place of the last page, whether or not its message is still there.
    end: Option<Place>,
    /// Whether older ones exist that are not here.
    more: bool,
}

impl List {
    /// The messages, newest first.
    pub(super) fn ids(&self) -> Vec<MessageId> {
        self.rows.iter().map(|place| place.id).collect()
    }

    /// How many are here.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The place below which the next page begins.
    pub(super) fn end(&self) -> Option<Place> {
        self.end
    }

    /// Whether older ones exist that are not here.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }

    /// Whether a message may be among those that are not here yet.
    pub(super) fn lacks(&self, id: MessageId) -> bool {
        self.more && !self.rows.iter().any(|row| row.id == id)
    }

    /// Adds the next page, newest first.
    pub(super) fn extend(&mut self, page: &[Place], more: bool) {
        self.more = more;
        self.end = page.last().copied().or(self.end);
        for place in page {
            self.insert(*place);
        }
    }

    /// Adds a message at its place; answers whether that is in the known part.
    pub(super) fn insert(&mut self, place: Place) -> bool {
        if self.more && self.end.is_some_and(|end| place < end) {
            return false;
        }
        let at = self.rows.partition_point(|row| *row > place);
        if self.rows.get(at) != Some(&place) {
            self.rows.insert(at, place);
        }
        true
    }

    /// Takes messages out; answers those that were here.
    pub(super) fn remove(&mut self, ids: &[MessageId]) -> Vec<Place> {
        let leaving: BTreeSet<MessageId> = ids.iter().copied().collect();
        self.rows.extract_if(.., |row| leaving.contains(&row.id)).collect()
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
    use shared::api::Timestamp;

    use super::*;

    fn place(received_at: i64, stored: i64) -> Place {
        Place { received_at: Timestamp(received_at), stored, id: MessageId(stored) }
    }

    fn list(places: &[(i64, i64)], more: bool) -> List {
        let mut list = List::default();
        list.extend(&places.iter().map(|(at, stored)| place(*at, *stored)).collect::<Vec<_>>(), more);
        list
    }

    fn ids(ids: &[i64]) -> Vec<MessageId> {
        ids.iter().copied().map(MessageId).collect()
    }

    #[test]
    fn messages_stand_newest_first_and_once() {
        let mut list = list(&[(9, 3), (7, 2), (7, 1)], false);
        list.insert(place(7, 2));
        list.insert(place(8, 4));
        assert_eq!(list.ids(), ids(&[3, 4, 2, 1]));
        assert_eq!(list.end(), Some(place(7, 1)));
    }

    #[test]
    fn a_message_is_looked_for_until_all_are_here() {
        let mut list = list(&[(9, 9), (8, 8)], true);
        assert!(list.lacks(MessageId(7)) && !list.lacks(MessageId(8)));
        list.extend(&[place(6, 6)], false);
        assert!(!list.lacks(MessageId(7)));
    }

    #[test]
    fn what_is_removed_can_be_put_back_at_its_place() {
        let mut list = list(&[(4, 4), (3, 3), (2, 2), (1, 1)], true);
        let before = list.clone();
        let removed = list.remove(&ids(&[1, 3, 999]));
        assert_eq!((list.ids(), list.end()), (ids(&[4, 2]), before.end()));
        for place in removed {
            assert!(list.insert(place));
        }
        assert_eq!(list, before);
    }

    #[test]
    fn of_one_second_each_comes_back_to_its_place_under_another_id() {
        let mut list = list(&[(5, 30), (5, 20), (5, 10)], false);
        list.remove(&ids(&[20]));
        list.insert(Place { id: MessageId(99), ..place(5, 20) });
        assert_eq!(list.ids(), ids(&[30, 99, 10]));
    }

    #[test]
    fn what_belongs_below_the_known_part_waits_for_its_page() {
        let mut list = list(&[(9, 9), (8, 8)], true);
        assert!(!list.insert(place(3, 10)));
        assert_eq!(list.ids(), ids(&[9, 8]));
        list.extend(&[place(7, 7), place(3, 10)], false);
        assert_eq!(list.ids(), ids(&[9, 8, 7, 10]));
        assert!(list.insert(place(1, 11)));
    }
}
