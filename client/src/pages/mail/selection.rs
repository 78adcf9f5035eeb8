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
    /// All of the mailbox is meant, rows that are not fetched yet included.
    whole: RwSignal<bool>,
}

impl Selection {
    /// Nothing is selected.
    #[must_use]
    pub fn new() -> Self {
        Self { ids: RwSignal::default(), anchor: StoredValue::new(None), whole: RwSignal::new(false) }
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
        self.anchor.set_value(Some(id));
        self.ids.update(|ids| {
            if !ids.remove(&id) {
                ids.insert(id);
            }
        });
    }

    /// Selects everything between where the last act was and here, in the order of the list.
    pub fn extend_to(&self, id: MessageId, order: &[MessageId]) {
        let place = |wanted: MessageId| order.iter().position(|id| *id == wanted);
        let from = self.anchor.get_value().and_then(place);
        let (Some(from), Some(to)) = (from, place(id)) else { return self.toggle(id) };
        let (first, last) = (from.min(to), from.max(to));
        let range = order.iter().skip(first).take(last - first + 1);
        self.ids.update(|ids| ids.extend(range));
    }

    /// Selects these and no others.
    pub fn set(&self, ids: &[MessageId]) {
        self.ids.set(ids.iter().copied().collect());
    }

    /// Selects nothing.
    pub fn clear(&self) {
        self.whole.set(false);
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
