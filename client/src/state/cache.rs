//! A small memory of what was fetched, with a limit: the longest unused goes first. Pure.

use shared::api::mailbox::MessageId;

/// What is remembered, the last used at the end.
#[derive(Debug)]
pub(super) struct Cache<T> {
    entries: Vec<(MessageId, T, usize)>,
    most: usize,
}

impl<T: Clone> Cache<T> {
    /// Remembers at most so many octets.
    pub(super) fn new(most: usize) -> Self {
        Self { entries: Vec::new(), most }
    }

    /// What is remembered.
    pub(super) fn get(&mut self, id: MessageId) -> Option<T> {
        let place = self.entries.iter().position(|(key, _, _)| *key == id)?;
        let entry = self.entries.remove(place);
        let value = entry.1.clone();
        self.entries.push(entry);
        Some(value)
    }

    /// Remembers a value of so many octets; one over the limit is not remembered.
    pub(super) fn put(&mut self, id: MessageId, value: T, size: usize) {
        self.entries.retain(|(key, _, _)| *key != id);
        if size > self.most {
            return;
        }
        let mut used: usize = self.entries.iter().map(|(_, _, size)| size).sum();
        let gone = self.entries.iter().take_while(|(_, _, old)| {
            let is_over = used + size > self.most;
            used -= if is_over { *old } else { 0 };
            is_over
        });
        let gone = gone.count();
        self.entries.drain(..gone);
        self.entries.push((id, value, size));
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_goes_first() {
        let mut cache = Cache::new(10);
        for id in 1..=3 {
            cache.put(MessageId(id), id, 3);
        }
        assert_eq!(cache.get(MessageId(1)), Some(1));
        cache.put(MessageId(4), 4, 4);
        assert_eq!(cache.get(MessageId(2)), None);
        assert_eq!(
            (cache.get(MessageId(1)), cache.get(MessageId(3)), cache.get(MessageId(4))),
            (Some(1), Some(3), Some(4))
        );
    }

    #[test]
    fn what_is_over_the_limit_is_not_remembered_and_costs_nothing() {
        let mut cache = Cache::new(10);
        cache.put(MessageId(1), 1, 10);
        cache.put(MessageId(2), 2, 11);
        assert_eq!((cache.get(MessageId(1)), cache.get(MessageId(2))), (Some(1), None));
    }
}
