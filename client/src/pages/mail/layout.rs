//! Where each row of a long list stands, so that only those that can be seen need to be in the document.

use std::ops::Range;

use shared::api::Timestamp;
use shared::api::mailbox::MessageId;

use super::groups::Group;

/// What stands at one place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    /// A heading.
    Day(Group, String),
    /// A message and its place among the messages, the first being 1.
    Row(MessageId, usize),
}

/// An entry and where it stands, CSS pixels from the top.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) entry: Entry,
    pub(super) top: f64,
    pub(super) height: f64,
}

/// Heights, CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Heights {
    pub(super) row: f64,
    pub(super) day: f64,
}

/// A list with every entry in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    entries: Vec<Placed>,
    /// The height of all of it.
    pub(super) height: f64,
}

impl Layout {
    /// Puts messages, with when they came, under the headings of their groups; a heading is asked for once.
    pub(super) fn new(
        messages: impl Iterator<Item = (MessageId, Timestamp, Group)>,
        heading: impl Fn(Group, Timestamp) -> String,
        heights: Heights,
    ) -> Self {
        let mut layout = Self::default();
        let mut before = None;
        for (index, (id, at, group)) in messages.enumerate() {
            if before != Some(group) {
                layout.push(Entry::Day(group, heading(group, at)), heights.day);
                before = Some(group);
            }
            layout.push(Entry::Row(id, index + 1), heights.row);
        }
        layout
    }

    fn push(&mut self, entry: Entry, height: f64) {
        self.entries.push(Placed { entry, top: self.height, height });
        self.height += height;
    }

    /// The entries that reach into a window.
    pub(super) fn window(&self, window: Range<f64>) -> &[Placed] {
        let first = self.entries.partition_point(|placed| placed.top + placed.height <= window.start);
        let end = self.entries.partition_point(|placed| placed.top < window.end);
        self.entries.get(first..end.max(first)).unwrap_or_default()
    }

    /// Where a message stands.
    pub(super) fn find(&self, id: MessageId) -> Option<&Placed> {
        self.entries.iter().find(|placed| matches!(placed.entry, Entry::Row(row, _) if row == id))
    }

    /// The first message that can be seen whole below a height, and how far below.
    pub(super) fn anchor(&self, from: f64) -> Option<(MessageId, f64)> {
        let first = self.entries.partition_point(|placed| placed.top < from);
        self.entries.iter().skip(first).find_map(|placed| Some((row_of(placed)?, placed.top - from)))
    }

    /// Where the tabulator enters the list, in a window of a height that begins at `from`: the message where the keyboard was, if it
    /// can be seen there, else the first that can be seen whole.
    pub(super) fn stop(&self, was_at: Option<MessageId>, from: f64, height: f64) -> Option<MessageId> {
        let is_seen = |id: &MessageId| {
            let middle = self.find(*id).map(|placed| placed.top + placed.height / 2.0);
            middle.is_some_and(|middle| (from..from + height).contains(&middle))
        };
        let first = || self.anchor(from).map(|(id, _)| id);
        // A low window may show only the room below the last one.
        let last = || self.entries.iter().rev().find_map(row_of);
        was_at.filter(is_seen).or_else(first).or_else(last)
    }

    /// How far to scroll so that a message can be seen whole in a window of a height that begins at `from`.
    pub(super) fn reveal(&self, id: MessageId, from: f64, height: f64) -> Option<f64> {
        let placed = self.find(id)?;
        if placed.top < from {
            // With its heading, where it is the first below one.
            let above = self.entries.iter().rev().find(|before| before.top < placed.top);
            let heading = above.filter(|above| matches!(above.entry, Entry::Day(..)));
            return Some(heading.map_or(placed.top, |heading| heading.top));
        }
        let below = placed.top + placed.height - height;
        (below > from).then_some(below)
    }
}

/// The message of an entry.
pub(super) fn row_of(placed: &Placed) -> Option<MessageId> {
    match placed.entry {
        Entry::Row(id, _) => Some(id),
        Entry::Day(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHTS: Heights = Heights { row: 70.0, day: 30.0 };

    fn layout(groups: &[Group]) -> Layout {
        let rows = groups.iter().enumerate();
        let rows = rows.map(|(index, group)| (MessageId(i64::try_from(index).unwrap()), Timestamp(0), *group));
        Layout::new(rows, |_, _| String::new(), HEIGHTS)
    }

    #[test]
    fn rows_stand_under_the_headings_of_their_groups() {
        let layout = layout(&[Group::Today, Group::Today, Group::Yesterday]);
        let tops: Vec<f64> = layout.window(0.0..1000.0).iter().map(|placed| placed.top).collect();
        assert_eq!(tops, [0.0, 30.0, 100.0, 170.0, 200.0]);
        assert_eq!(layout.height, 270.0);
        assert_eq!(layout.find(MessageId(2)).map(|placed| placed.top), Some(200.0));
    }

    #[test]
    fn a_window_holds_what_reaches_into_it() {
        let layout = layout(&[Group::Today; 100]);
        let ids = |window: Range<f64>| layout.window(window).len();
        assert_eq!(ids(0.0..30.0), 1);
        assert_eq!(ids(35.0..105.0), 2);
        assert_eq!(ids(9_000.0..9_001.0), 0);
        assert_eq!(Layout::default().window(0.0..100.0), []);
    }

    #[test]
    fn what_is_seen_is_found_again_after_something_came_above_it() {
        let before = layout(&[Group::Yesterday; 50]);
        let (anchor, below) = before.anchor(1000.0).unwrap();
        assert_eq!((anchor, below), (MessageId(14), 10.0));
        assert_eq!(before.anchor(100_000.0), None);
    }

    #[test]
    fn the_tabulator_enters_where_the_keyboard_was_or_else_where_one_looks() {
        let layout = layout(&[Group::Today; 50]);
        let stop = |was_at: Option<i64>, from| layout.stop(was_at.map(MessageId), from, 300.0).map(|id| id.0);
        assert_eq!(stop(None, 0.0), Some(0));
        assert_eq!(stop(Some(2), 0.0), Some(2));
        // Half of it is cut off at most.
        assert_eq!((stop(Some(2), 200.0), stop(Some(2), 206.0)), (Some(2), Some(3)));
        assert_eq!((stop(Some(4), 0.0), stop(Some(99), 0.0)), (Some(0), Some(0)));
        assert_eq!(stop(None, layout.height), Some(49));
        assert_eq!(Layout::default().stop(None, 0.0, 300.0), None);
    }

    #[test]
    fn a_message_is_brought_into_view_with_its_heading() {
        let layout = layout(&[Group::Today, Group::Today, Group::Yesterday]);
        assert_eq!(layout.reveal(MessageId(0), 50.0, 100.0), Some(0.0));
        assert_eq!(layout.reveal(MessageId(1), 150.0, 100.0), Some(100.0));
        assert_eq!(layout.reveal(MessageId(2), 0.0, 100.0), Some(170.0));
        assert_eq!(layout.reveal(MessageId(1), 90.0, 200.0), None);
    }
}
