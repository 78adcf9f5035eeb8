//! Opens the sealed summaries of rows, those on the screen first.
//!
//! Few batches are under way at once, and the next one is chosen when one comes back: so scrolling decides at once what is opened
//! next, and nothing is ever opened twice.

use std::collections::{BTreeMap, BTreeSet};

use futures_channel::oneshot;
use futures_util::future::{join_all, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::Base64;
use shared::api::mailbox::MessageId;

use super::{Messages, Summary};
use crate::platform::time;
use crate::state::Failure;
use crate::worker::protocol::reading::{OpenSummaries, OpenedSummary, SUMMARIES, SummaryView};
use crate::worker::protocol::{AskError, Priority};

/// Most batches under way: one for each worker of a usual machine, so that none waits for the page.
const BATCHES: usize = 4;

/// How long rows that have come wait for what they say before they are drawn, milliseconds: those that are open by then are drawn once,
/// the others are seen to be on their way.
const UNDRAWN_MS: u32 = 60;

/// What is sealed, and what is being opened.
#[derive(Debug, Default)]
pub(super) struct Opener {
    sealed: BTreeMap<MessageId, Base64>,
    /// What could not be opened with the keys that there were.
    failed: BTreeMap<MessageId, Base64>,
    under_way: BTreeSet<MessageId>,
    batches: usize,
    on_screen: Vec<MessageId>,
    alone: BTreeSet<MessageId>,
}

/// Summaries to be opened in one ask.
#[derive(Debug, PartialEq, Eq)]
struct Batch {
    sealed: Vec<(MessageId, Base64)>,
    on_screen: bool,
}

impl Opener {
    /// A row's sealed summary.
    pub(super) fn add(&mut self, id: MessageId, sealed: Base64) {
        self.sealed.insert(id, sealed);
    }

    /// These rows are gone.
    pub(super) fn forget(&mut self, ids: &[MessageId]) {
        for id in ids {
            self.sealed.remove(id);
            self.failed.remove(id);
            self.alone.remove(id);
        }
    }

    /// There are other keys: what did not open is opened again.
    pub(super) fn again(&mut self) {
        self.sealed.append(&mut self.failed);
    }

    /// The next batch: of the rows on the screen, else of the rows of the list from its top.
    fn next(&mut self, list: &[MessageId]) -> Option<Batch> {
        if self.batches >= BATCHES {
            return None;
        }
        let on_screen = self.choose(&self.on_screen);
        let chosen = if on_screen.is_empty() { self.choose(list) } else { on_screen.clone() };
        let sealed: Vec<_> = chosen.iter().filter_map(|id| Some((*id, self.sealed.get(id)?.clone()))).collect();
        if sealed.is_empty() {
            return None;
        }
        self.batches += 1;
        self.under_way.extend(chosen);
        Some(Batch { sealed, on_screen: !on_screen.is_empty() })
    }

    /// As many as one ask takes; one that stopped a worker goes alone.
    fn choose(&self, ids: &[MessageId]) -> Vec<MessageId> {
        let waits = |id: &&MessageId| self.sealed.contains_key(id) && !self.under_way.contains(id);
        let together: Vec<_> =
            ids.iter().filter(waits).filter(|id| !self.alone.contains(id)).copied().take(SUMMARIES).collect();
        if together.is_empty() { ids.iter().filter(waits).copied().take(1).collect() } else { together }
    }

    /// A batch has come back; answers what each of its rows shall show now, and what that was sealed. A row that stays sealed is
    /// not in the answer.
    fn back(
        &mut self,
        batch: &[MessageId],
        answer: Result<Vec<OpenedSummary>, AskError>,
    ) -> Vec<(MessageId, Summary, Base64)> {
        self.batches = self.batches.saturating_sub(1);
        self.under_way.retain(|id| !batch.contains(id));
        let opened: Vec<_> = match answer {
            Ok(opened) => opened
                .into_iter()
                .map(|one| (one.id, one.summary.map_or_else(Summary::Failed, Summary::Open)))
                .collect(),
            Err(AskError::WorkerStopped) if batch.len() > 1 => {
                self.alone.extend(batch);
                Vec::new()
            }
            // The rows stay as they are; unlocking begins with none.
            Err(AskError::Locked) => Vec::new(),
            Err(error) => batch.iter().map(|id| (*id, Summary::Failed(error))).collect(),
        };
        let sealed = opened.into_iter().map(|(id, summary)| (id, summary, self.sealed.remove(&id)));
        // What is not there any more is of a row that is gone.
        let told: Vec<_> = sealed.filter_map(|(id, summary, sealed)| Some((id, summary, sealed?))).collect();
        let failed = told.iter().filter(|(_, summary, _)| matches!(summary, Summary::Failed(_)));
        self.failed.extend(failed.map(|(id, _, sealed)| (*id, sealed.clone())));
        told
    }
}

impl Messages {
    /// Says which rows are on the screen now: their summaries are opened first.
    pub fn on_screen(&self, rows: &[MessageId]) {
        self.opener.update_value(|opener| opener.on_screen = rows.to_vec());
        self.peeks.update_value(|peeks| peeks.show(rows));
        self.open_summaries();
    }

    /// Opens what is sealed in the list that is shown.
    pub(super) fn open_summaries(&self) {
        let list = self.order.get_untracked();
        while let Some(batch) = self.opener.try_update_value(|opener| opener.next(&list)).flatten() {
            let messages = *self;
            spawn_local(async move {
                messages.open_batch(batch).await;
                messages.open_summaries();
            });
        }
        self.peek();
    }

    /// Opens what these rows say, which have come and are not drawn yet; waits a moment for it.
    pub(super) async fn open_undrawn(&self, rows: &[MessageId]) {
        let mut opened = Vec::new();
        while let Some(batch) = self.opener.try_update_value(|opener| opener.next(rows)).flatten() {
            let (messages, (tell, told)) = (*self, oneshot::channel::<()>());
            spawn_local(async move {
                messages.open_batch(batch).await;
                drop(tell);
                messages.open_summaries();
            });
            opened.push(told);
        }
        select(join_all(opened), Box::pin(time::sleep(UNDRAWN_MS))).await;
    }

    async fn open_batch(&self, Batch { sealed, on_screen }: Batch) {
        let ids: Vec<_> = sealed.iter().map(|(id, _)| *id).collect();
        let priority = if on_screen { Priority::OnScreen } else { Priority::Soon };
        let answer = self.session.ask(OpenSummaries { sealed, now: time::now() }, priority).await;
        let answer = answer.map_err(|failure| match failure {
            Failure::Worker(error) => error,
            _ => AskError::Internal,
        });
        let opened = self.opener.try_update_value(|opener| opener.back(&ids, answer)).unwrap_or_default();
        for (id, summary, sealed) in opened {
            if let Some(row) = self.row(id) {
                let size = row.with_untracked(|row| row.size);
                if let Summary::Open(SummaryView { is_closed: true, wants_a_look, .. }) = summary {
                    self.peeks.update_value(|peeks| peeks.add(id, size, sealed, wants_a_look));
                }
                row.update(|row| row.summary = summary);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: impl IntoIterator<Item = i64>) -> Vec<MessageId> {
        ids.into_iter().map(MessageId).collect()
    }

    fn opener(count: i64) -> (Opener, Vec<MessageId>) {
        let mut opener = Opener::default();
        let list = ids(0..count);
        list.iter().for_each(|id| opener.add(*id, Base64(vec![1])));
        (opener, list)
    }

    fn batch_ids(batch: &Batch) -> Vec<MessageId> {
        batch.sealed.iter().map(|(id, _)| *id).collect()
    }

    #[test]
    fn what_is_on_the_screen_is_opened_first_and_nothing_twice() {
        let (mut opener, list) = opener(50);
        opener.on_screen = ids(30..33);
        let first = opener.next(&list).unwrap();
        assert_eq!((batch_ids(&first), first.on_screen), (ids(30..33), true));
        let second = opener.next(&list).unwrap();
        assert_eq!((batch_ids(&second), second.on_screen), (ids((0..30).chain(33..35)), false));
        assert_eq!(batch_ids(&opener.next(&list).unwrap()), ids(35..50));
        assert_eq!(opener.next(&list), None);
    }

    #[test]
    fn few_batches_are_under_way_at_once() {
        let (mut opener, list) = opener(200);
        let batches: Vec<_> = std::iter::from_fn(|| opener.next(&list)).collect();
        assert_eq!(batches.len(), BATCHES);
        assert_eq!(opener.back(&batch_ids(&batches[0]), Err(AskError::Locked)), []);
        assert_eq!(batch_ids(&opener.next(&list).unwrap()), batch_ids(&batches[0]));
    }

    #[test]
    fn a_summary_that_stops_workers_spoils_no_other() {
        let (mut opener, list) = opener(3);
        let batch = opener.next(&list).unwrap();
        assert_eq!(opener.back(&batch_ids(&batch), Err(AskError::WorkerStopped)), []);
        for id in 0..3 {
            assert_eq!(batch_ids(&opener.next(&list).unwrap()), ids([id]));
        }
        let failed = opener.back(&ids([1]), Err(AskError::WorkerStopped));
        assert_eq!(failed, [(MessageId(1), Summary::Failed(AskError::WorkerStopped), Base64(vec![1]))]);
        assert_eq!(opener.next(&list), None);
    }

    #[test]
    fn what_did_not_open_is_opened_again_when_there_are_other_keys() {
        let (mut opener, list) = opener(3);
        let batch = opener.next(&list).unwrap();
        let one = |id, summary| OpenedSummary { id: MessageId(id), summary };
        let answer =
            (0..3).map(|id| one(id, if id == 1 { Ok(SummaryView::default()) } else { Err(AskError::Unexpected) }));
        assert_eq!(opener.back(&batch_ids(&batch), Ok(answer.collect())).len(), 3);
        assert_eq!(opener.next(&list), None);
        opener.forget(&ids([2]));
        opener.again();
        assert_eq!(batch_ids(&opener.next(&list).unwrap()), ids([0]));
        assert_eq!(opener.next(&list), None);
    }

    #[test]
    fn what_is_opened_is_done_and_what_is_gone_is_not_opened() {
        let (mut opener, list) = opener(2);
        opener.forget(&ids([1]));
        let batch = opener.next(&list).unwrap();
        assert_eq!(batch_ids(&batch), ids([0]));
        let summary = SummaryView::default();
        let opened = opener.back(&ids([0]), Ok(vec![OpenedSummary { id: MessageId(0), summary: Ok(summary.clone()) }]));
        assert_eq!(opened, [(MessageId(0), Summary::Open(summary), Base64(vec![1]))]);
        assert_eq!(opener.next(&list), None);
    }
}
