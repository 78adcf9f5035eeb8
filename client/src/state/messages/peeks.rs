//! What the box could not summarise: mail that its sender sealed. The page fetches such messages while their rows are on the screen,
//! and a worker makes the summary. Pure but for the last part.
//!
//! Invariants: few at once, each once, and only small ones: what is large is summarised when it is opened.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::MessageId;
use shared::api::{limits, paths};

use super::{Messages, Row, Summary};
use crate::platform::{http, time};
use crate::worker::protocol::Priority;
use crate::worker::protocol::reading::{MessageView, Summarise, SummaryView};

/// Most messages that are fetched at once.
const AT_ONCE: usize = 2;
/// Rows from the top of the list that count as seen, where nobody says what is on the screen.
const TOP_ROWS: usize = 30;
/// Characters of the text that a row shows.
const SNIPPET_CHARS: usize = 200;

/// The rows whose summary says nothing.
#[derive(Debug, Default)]
pub(super) struct Peeks {
    closed: BTreeMap<MessageId, u64>,
    under_way: usize,
    on_screen: Vec<MessageId>,
}

impl Peeks {
    /// A row whose summary says nothing, of a message of so many octets.
    pub(super) fn add(&mut self, id: MessageId, size: u64) {
        if size <= limits::SUMMARISED_BYTES {
            self.closed.insert(id, size);
        }
    }

    /// These rows are on the screen now.
    pub(super) fn show(&mut self, rows: &[MessageId]) {
        self.on_screen = rows.to_vec();
    }

    /// These rows are gone.
    pub(super) fn forget(&mut self, ids: &[MessageId]) {
        self.closed.retain(|id, _| !ids.contains(id));
    }

    /// The next to fetch.
    fn next(&mut self, list: &[MessageId]) -> Option<MessageId> {
        if self.under_way >= AT_ONCE {
            return None;
        }
        let seen = if self.on_screen.is_empty() { list.get(..TOP_ROWS).unwrap_or(list) } else { &self.on_screen };
        let id = seen.iter().find(|id| self.closed.contains_key(id)).copied()?;
        self.closed.remove(&id);
        self.under_way += 1;
        Some(id)
    }

    fn back(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}

impl Messages {
    /// Summarises what the box could not, as far as it is on the screen.
    pub(super) fn peek(&self) {
        let list = self.order.get_untracked();
        while let Some(id) = self.peeks.try_update_value(|peeks| peeks.next(&list)).flatten() {
            let messages = *self;
            spawn_local(async move {
                let summary = messages.summarise(id).await;
                messages.peeks.update_value(Peeks::back);
                if let Some(summary) = summary {
                    messages.fill_in(id, summary);
                }
                messages.peek();
            });
        }
    }

    /// An opened message tells what its row could not.
    pub(in crate::state) fn learn_from(&self, id: MessageId, view: &MessageView) {
        let is_closed = |row: &Row| matches!(&row.summary, Summary::Open(summary) if summary.is_closed);
        if self.row(id).is_some_and(|row| row.with_untracked(is_closed)) {
            self.fill_in(id, summary_of(view));
        }
    }

    /// A failure leaves the row as it is; opening the message tells why.
    async fn summarise(&self, id: MessageId) -> Option<SummaryView> {
        let message = self.session.heard(http::get_bytes(&paths::message(id)).await).ok()?;
        self.session.ask(Summarise { message, now: time::now() }, Priority::Soon).await.ok()
    }

    fn fill_in(&self, id: MessageId, summary: SummaryView) {
        let Some(row) = self.row(id) else { return };
        row.update(|row| {
            if let Summary::Open(known) = &mut row.summary {
                *known = SummaryView { sender: known.sender, ..summary };
            }
        });
    }
}

fn summary_of(view: &MessageView) -> SummaryView {
    let snippet = view.text.split_whitespace().collect::<Vec<_>>().join(" ");
    SummaryView {
        from: view.from.first().cloned(),
        to: view.to.iter().chain(&view.cc).cloned().collect(),
        subject: view.subject.clone(),
        date: view.date,
        snippet: snippet.chars().take(SNIPPET_CHARS).collect(),
        attachments: view.attachments.iter().map(|attachment| attachment.name.clone()).collect(),
        sealing: view.sealing,
        sender: view.sender,
        is_closed: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: impl IntoIterator<Item = i64>) -> Vec<MessageId> {
        ids.into_iter().map(MessageId).collect()
    }

    #[test]
    fn rows_on_the_screen_are_fetched_a_few_at_once_and_each_once() {
        let mut peeks = Peeks::default();
        (0..100).for_each(|id| peeks.add(MessageId(id), 10));
        peeks.show(&ids(50..53));
        assert_eq!(
            (peeks.next(&[]), peeks.next(&[]), peeks.next(&[])),
            (Some(MessageId(50)), Some(MessageId(51)), None)
        );
        peeks.back();
        assert_eq!(peeks.next(&[]), Some(MessageId(52)));
        peeks.back();
        peeks.back();
        assert_eq!(peeks.next(&ids(0..100)), None);
    }

    #[test]
    fn without_a_screen_the_top_of_the_list_counts() {
        let mut peeks = Peeks::default();
        peeks.add(MessageId(29), 10);
        peeks.add(MessageId(30), 10);
        assert_eq!((peeks.next(&ids(0..100)), peeks.next(&ids(0..100))), (Some(MessageId(29)), None));
    }

    #[test]
    fn what_is_large_or_gone_is_not_fetched() {
        let mut peeks = Peeks::default();
        peeks.add(MessageId(1), limits::SUMMARISED_BYTES + 1);
        peeks.add(MessageId(2), 10);
        peeks.forget(&ids([2]));
        assert_eq!(peeks.next(&ids([1, 2])), None);
    }

    #[test]
    fn a_long_text_becomes_one_short_line() {
        let view = MessageView { text: format!("Hello,\n\n  {}", "é".repeat(300)), ..MessageView::default() };
        let summary = summary_of(&view);
        assert!(summary.snippet.starts_with("Hello, éé"));
        assert_eq!(summary.snippet.chars().count(), SNIPPET_CHARS);
    }
}
