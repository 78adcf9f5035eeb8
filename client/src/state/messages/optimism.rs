//! Flags that are shown before the box has confirmed them. Pure.
//!
//! Invariants: while a request for a message is under way, what the person chose is shown, whatever events say; when the last one
//! has ended, what the box has confirmed is shown. So a refusal puts back what was, and nothing flickers.

use std::collections::BTreeMap;

use shared::api::mailbox::{Flags, MessageId};

/// The messages whose flags are being changed.
#[derive(Debug, Default)]
pub(super) struct Optimism {
    under_way: BTreeMap<MessageId, UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    requests: u32,
    confirmed: Flags,
}

impl Optimism {
    /// A request for a message begins, whose flags are `shown` now.
    pub(super) fn begin(&mut self, id: MessageId, shown: Flags) {
        let entry = self.under_way.entry(id).or_insert(UnderWay { requests: 0, confirmed: shown });
        entry.requests += 1;
    }

    /// The box says that the flags are these; answers what to show, `None` for no change.
    pub(super) fn told(&mut self, id: MessageId, flags: Flags) -> Option<Flags> {
        match self.under_way.get_mut(&id) {
            Some(entry) => {
                entry.confirmed = flags;
                None
            }
            None => Some(flags),
        }
    }

    /// A request has ended; answers what to show, `None` for no change.
    pub(super) fn end(&mut self, id: MessageId, done: Option<(Flags, Flags)>) -> Option<Flags> {
        let entry = self.under_way.get_mut(&id)?;
        if let Some((add, remove)) = done {
            entry.confirmed = changed(entry.confirmed, add, remove);
        }
        entry.requests = entry.requests.saturating_sub(1);
        if entry.requests > 0 {
            return None;
        }
        self.under_way.remove(&id).map(|entry| entry.confirmed)
    }
}

/// Flags after some were set and some taken away.
pub(super) fn changed(flags: Flags, add: Flags, remove: Flags) -> Flags {
    Flags {
        seen: (flags.seen || add.seen) && !remove.seen,
        answered: (flags.answered || add.answered) && !remove.answered,
        flagged: (flags.flagged || add.flagged) && !remove.flagged,
        draft: (flags.draft || add.draft) && !remove.draft,
        forwarded: (flags.forwarded || add.forwarded) && !remove.forwarded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MessageId = MessageId(1);
    const NONE: Flags = Flags { seen: false, answered: false, flagged: false, draft: false, forwarded: false };
    const SEEN: Flags = Flags { seen: true, ..NONE };
    const STAR: Flags = Flags { flagged: true, ..NONE };

    #[test]
    fn a_refusal_puts_back_what_was() {
        let mut optimism = Optimism::default();
        optimism.begin(ID, STAR);
        assert_eq!(optimism.end(ID, None), Some(STAR));
    }

    #[test]
    fn a_success_shows_what_was_chosen_whether_the_event_comes_before_or_after() {
        let mut optimism = Optimism::default();
        optimism.begin(ID, STAR);
        assert_eq!(optimism.told(ID, changed(STAR, SEEN, NONE)), None);
        assert_eq!(optimism.end(ID, Some((SEEN, NONE))), Some(changed(STAR, SEEN, NONE)));
        assert_eq!(optimism.told(ID, NONE), Some(NONE));
    }

    #[test]
    fn quick_changes_do_not_flicker() {
        let mut optimism = Optimism::default();
        optimism.begin(ID, NONE);
        optimism.begin(ID, SEEN);
        assert_eq!(optimism.told(ID, SEEN), None);
        assert_eq!(optimism.end(ID, Some((SEEN, NONE))), None);
        assert_eq!(optimism.told(ID, NONE), None);
        assert_eq!(optimism.end(ID, Some((NONE, SEEN))), Some(NONE));
    }

    #[test]
    fn flags_change_one_by_one() {
        assert_eq!(changed(SEEN, STAR, SEEN), STAR);
        assert_eq!(changed(SEEN, NONE, NONE), SEEN);
    }
}
