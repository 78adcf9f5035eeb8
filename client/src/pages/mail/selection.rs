//! Which messages are selected.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::api::mailbox::MessageId;

/// Which messages are selected.
#[derive(Clone, Copy)]
pub struct Selection {
    ids: RwSignal<BTreeSet<MessageId>>,
    /// Where the next range begins.
    anchor: StoredValue<Option<MessageId>>,
    /// Where the range that was selected last ends.
    end: StoredValue<Option<MessageId>>,
    /// All of the mailbox is meant, rows that are not fetched yet included.
    whole: RwSignal<bool>,
    /// All of the mailbox is to be deleted as soon as all of it is selected.
    emptying: StoredValue<bool>,
}

impl Selection {
    /// Nothing is selected.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ids: RwSignal::default(),
            anchor: StoredValue::new(None),
            end: StoredValue::new(None),
            whole: RwSignal::new(false),
            emptying: StoredValue::new(false),
        }
    }

    /// Whether anything is selected.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.ids.with(|ids| !ids.is_empty())
    }

    /// Whether anything is selected, untracked.
    #[must_use]
    pub fn is_some_untracked(&self) -> bool {
        self.ids.with_untracked(|ids| !ids.is_empty())
    }

    /// How many are selected.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ids.with(BTreeSet::len)
    }

    /// Whether this one is.
    #[must_use]
    pub fn contains(&self, id: MessageId) -> bool {
        self.ids.with(|ids| ids.contains(&id))
    }

    /// Those that are, untracked.
    #[must_use]
    pub fn ids_untracked(&self) -> BTreeSet<MessageId> {
        self.ids.get_untracked()
    }

    /// Selects one, or takes it out.
    pub fn toggle(&self, id: MessageId) {
        self.whole.set(false);
        self.begin_range(Some(id));
        self.ids.update(|ids| {
            if !ids.remove(&id) {
                ids.insert(id);
            }
        });
    }

    /// Selects everything between where the last act was and here, in the order of the list; where there was none, from
    /// `cursor` on. A range that is drawn again to another end gives back what it no longer holds.
    pub fn extend_to(&self, id: MessageId, cursor: Option<MessageId>, order: &[MessageId]) {
        let begun = self.anchor.get_value().or(cursor).filter(|anchor| order.contains(anchor));
        let anchor = begun.unwrap_or(id);
        let before = self.end.get_value().map(|end| range(order, anchor, end)).unwrap_or_default();
        self.whole.set(false);
        self.anchor.set_value(Some(anchor));
        self.end.set_value(Some(id));
        self.ids.update(|ids| {
            for id in before {
                ids.remove(id);
            }
            ids.extend(range(order, anchor, id));
        });
    }

    fn begin_range(&self, at: Option<MessageId>) {
        self.anchor.set_value(at);
        self.end.set_value(None);
    }

    /// Selects these and no others.
    pub fn set(&self, ids: &[MessageId]) {
        self.ids.set(ids.iter().copied().collect());
    }

    /// Selects nothing.
    pub fn clear(&self) {
        self.whole.set(false);
        self.emptying.set_value(false);
        self.begin_range(None);
        if self.is_some_untracked() {
            self.ids.set(BTreeSet::new());
        }
    }

    /// Forgets those that are no longer in the list.
    pub fn keep(&self, order: &[MessageId]) {
        if !self.is_some_untracked() {
            return;
        }
        let there: BTreeSet<MessageId> = order.iter().copied().collect();
        if self.ids.with_untracked(|ids| !ids.is_subset(&there)) {
            self.ids.update(|ids| ids.retain(|id| there.contains(id)));
        }
    }

    /// Selects all of the mailbox, of which these rows are here, to delete it.
    pub fn empty(&self, ids: &[MessageId]) {
        self.set(ids);
        self.emptying.set_value(true);
        self.whole.set(true);
    }

    /// Whether all that is selected is to be deleted; once.
    #[must_use]
    pub fn is_emptied(&self) -> bool {
        self.emptying.try_update_value(std::mem::take).unwrap_or_default()
    }

    /// Whether all of the mailbox is meant.
    #[must_use]
    pub fn whole(&self) -> RwSignal<bool> {
        self.whole
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self::new()
    }
}

/// Everything between two messages of a list, both included, whichever comes first.
fn range(order: &[MessageId], one: MessageId, other: MessageId) -> &[MessageId] {
    let place = |wanted: MessageId| order.iter().position(|id| *id == wanted);
    let (Some(one), Some(other)) = (place(one), place(other)) else { return &[] };
    order.get(one.min(other)..=one.max(other)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[i64]) -> Vec<MessageId> {
        ids.iter().copied().map(MessageId).collect()
    }

    #[test]
    fn a_range_begins_at_the_cursor_and_shrinks_again() {
        let owner = Owner::new();
        owner.set();
        let (selection, order) = (Selection::new(), ids(&[9, 8, 7, 6, 5]));
        let selected = || selection.ids_untracked().into_iter().rev().collect::<Vec<_>>();
        selection.extend_to(MessageId(7), Some(MessageId(8)), &order);
        assert_eq!(selected(), ids(&[8, 7]));
        selection.extend_to(MessageId(5), Some(MessageId(7)), &order);
        assert_eq!(selected(), ids(&[8, 7, 6, 5]));
        selection.extend_to(MessageId(9), Some(MessageId(5)), &order);
        assert_eq!(selected(), ids(&[9, 8]));
        // What was selected apart from the range stays.
        selection.toggle(MessageId(5));
        selection.extend_to(MessageId(6), None, &order);
        assert_eq!(selected(), ids(&[9, 8, 6, 5]));
        selection.clear();
        selection.extend_to(MessageId(6), None, &order);
        assert_eq!(selected(), ids(&[6]));
    }
}
