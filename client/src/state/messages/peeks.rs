//! What the box could not summarise: mail that its sender sealed. The page fetches such messages while their rows are on the screen,
//! a worker makes the summary and seals it, and the box keeps that, for every browser. Pure but for the last part.
//!
//! Invariants: nothing is shown of a message before all of it has passed its integrity check; few are fetched at once and each
//! once; large ones one by one, when nothing else is to be done and the person does not save data, and beyond a limit only when
//! they are opened.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::{MessageId, SummaryRequest};
use shared::api::{Base64, limits, paths};

use super::{Messages, Summary};
use crate::platform::{http, page, time};
use crate::worker::protocol::Priority;
use crate::worker::protocol::reading::{BetterSummary, Summarise};

/// Most messages that are fetched at once.
const AT_ONCE: usize = 2;
/// Rows from the top of the list that count as seen, where nobody says what is on the screen.
const TOP_ROWS: usize = 30;
/// The list has to rest for so long before a large message is fetched, milliseconds: somebody who scrolls wants other things.
const REST_MS: u32 = 2_000;

/// The rows whose summary says nothing.
#[derive(Debug, Default)]
pub(super) struct Peeks {
    closed: BTreeMap<MessageId, Closed>,
    /// Keys came after what is stored was looked into.
    has_other_keys: bool,
    under_way: usize,
    on_screen: Vec<MessageId>,
    /// Counts what happens in the list.
    stirred: u32,
}

#[derive(Clone, Debug)]
struct Closed {
    /// Octets of the message.
    size: u64,
    /// The summary that says nothing but what the box judged.
    sealed: Base64,
    /// It is to be fetched.
    wanted: bool,
}

impl Peeks {
    /// A row whose summary says nothing, of a message of so many octets.
    pub(super) fn add(&mut self, id: MessageId, size: u64, sealed: Base64, wanted: bool) {
        let wanted = wanted || self.has_other_keys;
        self.closed.insert(id, Closed { size, sealed, wanted });
    }

    /// These rows are on the screen now.
    pub(super) fn show(&mut self, rows: &[MessageId]) {
        self.on_screen = rows.to_vec();
    }

    /// These rows are gone.
    pub(super) fn forget(&mut self, ids: &[MessageId]) {
        for id in ids {
            self.closed.remove(id);
        }
    }

    /// There are other keys: what was looked into in vain is looked into again, also what comes into the list later.
    pub(super) fn again(&mut self) {
        self.has_other_keys = true;
        self.closed.values_mut().for_each(|closed| closed.wanted = true);
    }

    /// A row that says nothing though its message was looked into.
    fn tried(&mut self, id: MessageId, size: u64, sealed: Base64) {
        self.closed.insert(id, Closed { size, sealed, wanted: false });
    }

    /// The next to fetch, with its summary so far.
    fn next(&mut self, list: &[MessageId]) -> Option<(MessageId, Base64)> {
        if self.under_way >= AT_ONCE {
            return None;
        }
        let id = self.seen(list, limits::SUMMARISED_BYTES)?;
        self.take(id)
    }

    /// Something happens in the list; where it holds a large message to fetch, what to ask [`Peeks::next_large`] with after
    /// a rest.
    fn stir(&mut self, list: &[MessageId]) -> Option<u32> {
        self.stirred = self.stirred.wrapping_add(1);
        self.seen(list, limits::SUMMARISED_IDLE_BYTES).map(|_| self.stirred)
    }

    /// The next large one to fetch, if nothing has happened since, and nothing is under way.
    fn next_large(&mut self, list: &[MessageId], stirred: u32) -> Option<(MessageId, Base64)> {
        if self.stirred != stirred || self.under_way > 0 {
            return None;
        }
        let id = self.seen(list, limits::SUMMARISED_IDLE_BYTES)?;
        self.take(id)
    }

    /// The first of the rows on the screen that is to be fetched and is no larger than that.
    fn seen(&self, list: &[MessageId], most: u64) -> Option<MessageId> {
        let seen = if self.on_screen.is_empty() { list.get(..TOP_ROWS).unwrap_or(list) } else { &self.on_screen };
        let fits = |id: &&MessageId| self.closed.get(id).is_some_and(|closed| closed.wanted && closed.size <= most);
        seen.iter().find(fits).copied()
    }

    fn take(&mut self, id: MessageId) -> Option<(MessageId, Base64)> {
        let closed = self.closed.get_mut(&id)?;
        closed.wanted = false;
        self.under_way += 1;
        Some((id, closed.sealed.clone()))
    }

    fn back(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}

impl Messages {
    /// Summarises what the box could not, as far as it is on the screen.
    pub(super) fn peek(&self) {
        let list = self.order.get_untracked();
        while let Some(next) = self.peeks.try_update_value(|peeks| peeks.next(&list)).flatten() {
            self.look_into(next, Priority::Soon);
        }
        let large = self.peeks.try_update_value(|peeks| peeks.stir(&list)).flatten();
        if let Some(stirred) = large.filter(|_| !page::saves_data()) {
            let messages = *self;
            spawn_local(async move {
                time::sleep(REST_MS).await;
                let next = messages.peeks.try_update_value(|peeks| peeks.next_large(&list, stirred)).flatten();
                if let Some(next) = next {
                    messages.look_into(next, Priority::Later);
                }
            });
        }
    }

    /// The summary of a message that the box could not look into, for who opens the message and so can make a better one.
    pub(in crate::state) fn closed_summary(&self, id: MessageId) -> Option<Base64> {
        self.peeks.with_value(|peeks| peeks.closed.get(&id).map(|closed| closed.sealed.clone()))
    }

    /// Shows what the box could not tell of a message, and has the box keep it.
    pub(in crate::state) fn learn_from(&self, id: MessageId, better: BetterSummary) {
        let BetterSummary { view, sealed } = better;
        self.peeks.update_value(|peeks| peeks.forget(&[id]));
        // What the box has of it says less.
        self.opener.update_value(|opener| opener.forget(&[id]));
        if let Some(row) = self.row(id) {
            if view.is_closed {
                let size = row.with_untracked(|row| row.size);
                self.peeks.update_value(|peeks| peeks.tried(id, size, sealed.clone()));
            }
            row.update(|row| row.summary = Summary::Open(view));
        }
        let session = self.session;
        spawn_local(async move {
            // Where the box cannot keep it now, it is made again another time.
            let _ = session.heard(http::put(&paths::message_summary(id), &SummaryRequest { summary: sealed }).await);
        });
    }

    /// Fetches a message for its summary. A failure leaves the row as it is; opening the message tells why.
    fn look_into(&self, (id, closed): (MessageId, Base64), priority: Priority) {
        let messages = *self;
        spawn_local(async move {
            let fetched = messages.session.heard(http::get_bytes(&paths::message(id)).await);
            if let Ok(message) = fetched {
                let ask = Summarise { message, closed, now: time::now() };
                if let Ok(better) = messages.session.ask(ask, priority).await {
                    messages.learn_from(id, better);
                }
            }
            messages.peeks.update_value(Peeks::back);
            messages.peek();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: impl IntoIterator<Item = i64>) -> Vec<MessageId> {
        ids.into_iter().map(MessageId).collect()
    }

    fn peeks(sizes: impl IntoIterator<Item = (i64, u64)>) -> Peeks {
        let mut peeks = Peeks::default();
        sizes.into_iter().for_each(|(id, size)| peeks.add(MessageId(id), size, Base64(vec![1]), true));
        peeks
    }

    fn next(peeks: &mut Peeks, list: &[MessageId]) -> Option<i64> {
        peeks.next(list).map(|(id, _)| id.0)
    }

    #[test]
    fn rows_on_the_screen_are_fetched_a_few_at_once_and_each_once() {
        let mut peeks = peeks((0..100).map(|id| (id, 10)));
        peeks.show(&ids(50..53));
        assert_eq!((next(&mut peeks, &[]), next(&mut peeks, &[]), next(&mut peeks, &[])), (Some(50), Some(51), None));
        peeks.back();
        assert_eq!(next(&mut peeks, &[]), Some(52));
        peeks.back();
        peeks.back();
        assert_eq!(next(&mut peeks, &ids(0..100)), None);
    }

    #[test]
    fn without_a_screen_the_top_of_the_list_counts() {
        let mut peeks = peeks([(29, 10), (30, 10)]);
        assert_eq!((next(&mut peeks, &ids(0..100)), next(&mut peeks, &ids(0..100))), (Some(29), None));
    }

    #[test]
    fn what_is_gone_or_was_tried_in_vain_is_not_fetched() {
        let mut peeks = peeks([(2, 10)]);
        peeks.add(MessageId(1), 10, Base64(vec![1]), false);
        peeks.forget(&ids([2]));
        assert_eq!(next(&mut peeks, &ids([1, 2])), None);
        assert_eq!(peeks.stir(&ids([1, 2])), None);
    }

    #[test]
    fn what_was_tried_in_vain_is_tried_again_when_there_are_other_keys() {
        let (mut peeks, list) = (peeks([(1, 10)]), ids([1]));
        assert_eq!((next(&mut peeks, &list), next(&mut peeks, &list)), (Some(1), None));
        peeks.back();
        peeks.again();
        assert_eq!(next(&mut peeks, &list), Some(1));
        peeks.back();
        // Once is enough, whatever comes of it.
        peeks.tried(MessageId(1), 10, Base64(vec![2]));
        assert_eq!(next(&mut peeks, &list), None);
        // What comes into the list later was looked into with the keys before.
        peeks.add(MessageId(2), 10, Base64(vec![1]), false);
        assert_eq!(next(&mut peeks, &ids([1, 2])), Some(2));
    }

    #[test]
    fn large_ones_wait_for_a_rest_and_go_one_by_one() {
        let large = limits::SUMMARISED_BYTES + 1;
        let (mut peeks, list) = (peeks([(1, large), (2, large), (3, 10)]), ids([1, 2, 3]));
        assert_eq!(next(&mut peeks, &list), Some(3));
        let stirred = peeks.stir(&list).unwrap();
        assert_eq!(peeks.next_large(&list, stirred), None, "a small one is under way");
        peeks.back();
        assert_eq!(next(&mut peeks, &list), None);
        let again = peeks.stir(&list).unwrap();
        assert_eq!(peeks.next_large(&list, stirred), None, "somebody scrolled");
        assert_eq!(peeks.next_large(&list, again).unwrap().0, MessageId(1));
        assert_eq!(peeks.next_large(&list, again), None);
        peeks.back();
        assert_eq!(peeks.next_large(&list, again).unwrap().0, MessageId(2));
    }

    #[test]
    fn what_is_very_large_is_not_fetched_at_all() {
        let (mut peeks, list) = (peeks([(1, limits::SUMMARISED_IDLE_BYTES + 1)]), ids([1]));
        assert_eq!((next(&mut peeks, &list), peeks.stir(&list)), (None, None));
    }
}
