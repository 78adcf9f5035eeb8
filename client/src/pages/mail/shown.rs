//! What the list shows of the mailbox: all of it, or what the filters and the search leave.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use shared::api::mailbox::MessageId;

use crate::lang::fold;
use crate::state::messages::{Messages, Row, Summary, use_messages};
use crate::worker::protocol::reading::Sealing;

/// One of the quick filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filter {
    /// Not read.
    Unread,
    /// With a star.
    Starred,
    /// With something attached.
    Attachment,
    /// Sealed by their senders.
    Sealed,
}

impl Filter {
    /// All of them in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Unread, Self::Starred, Self::Attachment, Self::Sealed];

    fn lets_through(self, row: &Row) -> bool {
        match (self, &row.summary) {
            (Self::Unread, _) => !row.flags.seen,
            (Self::Starred, _) => row.flags.flagged,
            (Self::Attachment, Summary::Open(summary)) => !summary.attachments.is_empty(),
            (Self::Sealed, Summary::Open(summary)) => summary.sealing == Sealing::EndToEnd,
            _ => false,
        }
    }
}

/// What the list shows.
#[derive(Clone, Copy)]
pub struct Shown {
    /// What is searched for.
    pub search: RwSignal<String>,
    /// The filters that are on.
    pub filters: RwSignal<BTreeSet<Filter>>,
    order: Memo<Arc<Vec<MessageId>>>,
    /// The message that the list is asked to bring into view.
    reveal: RwSignal<Option<MessageId>>,
}

impl Shown {
    /// Shows the mailbox that `state::messages` shows. The message that is open stays in the list even where a filter
    /// would take it out: reading an unread message must not pull it away.
    #[must_use]
    pub fn new(open: Memo<Option<MessageId>>) -> Self {
        let messages = use_messages();
        let search = RwSignal::new(String::new());
        let filters = RwSignal::new(BTreeSet::new());
        let order = Memo::new(move |_| {
            let all = messages.order().get();
            let sought = search.with(|search| fold(search.trim()));
            if sought.is_empty() && filters.with(BTreeSet::is_empty) {
                return Arc::new(all);
            }
            let open = open.get();
            let stays =
                |id: &MessageId| Some(*id) == open || filters.with(|filters| fits(messages, *id, filters, &sought));
            Arc::new(all.into_iter().filter(stays).collect())
        });
        Self { search, filters, order, reveal: RwSignal::new(None) }
    }

    /// The messages that are shown, in order.
    #[must_use]
    pub fn order(&self) -> Arc<Vec<MessageId>> {
        self.order.get()
    }

    /// The messages that are shown, untracked.
    #[must_use]
    pub fn order_untracked(&self) -> Arc<Vec<MessageId>> {
        self.order.get_untracked()
    }

    /// Whether something is left out on purpose.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.search.with(|search| !search.trim().is_empty()) || self.filters.with(|filters| !filters.is_empty())
    }

    /// Shows everything again.
    pub fn widen(&self) {
        self.search.set(String::new());
        self.filters.set(BTreeSet::new());
    }

    /// Asks the list to bring a message into view.
    pub fn reveal(&self, message: MessageId) {
        self.reveal.set(Some(message));
    }

    /// The message that the list is asked to bring into view.
    #[must_use]
    pub fn revealed(&self) -> Signal<Option<MessageId>> {
        self.reveal.into()
    }
}

fn fits(messages: Messages, id: MessageId, filters: &BTreeSet<Filter>, sought: &str) -> bool {
    messages.row(id).is_some_and(|row| {
        row.with(|row| filters.iter().all(|filter| filter.lets_through(row)) && speaks_of(row, sought))
    })
}

/// Whether every word that is sought stands in the sender, the recipients, the subject, the beginning or a file's name.
fn speaks_of(row: &Row, sought: &str) -> bool {
    if sought.is_empty() {
        return true;
    }
    let Summary::Open(summary) = &row.summary else { return false };
    let people = summary.from.iter().chain(&summary.to).flat_map(|person| [&person.name, &person.address]);
    let texts = people.chain([&summary.subject, &summary.snippet]).chain(&summary.attachments);
    let all = fold(&texts.map(String::as_str).collect::<Vec<_>>().join("\n"));
    sought.split_whitespace().all(|word| all.contains(word))
}

#[cfg(test)]
mod tests {
    use shared::api::Timestamp;
    use shared::api::mailbox::{Flags, MailboxId};

    use super::*;
    use crate::worker::protocol::reading::{Person, SummaryView};

    fn row() -> Row {
        let summary = SummaryView {
            from: Some(Person { name: "Jeanne Dupuis".into(), address: "jeanne@home.test".into() }),
            subject: "Dimanche à la maison ?".into(),
            snippet: "On apporte le gâteau".into(),
            attachments: vec!["été-2026.jpg".into()],
            ..SummaryView::default()
        };
        Row {
            id: MessageId(1),
            mailbox: MailboxId(1),
            flags: Flags::default(),
            received_at: Timestamp(0),
            size: 0,
            came: None,
            summary: Summary::Open(summary),
        }
    }

    #[test]
    fn every_word_must_be_found_somewhere() {
        for sought in ["", "dupuis", "gateau jeanne", "ete jpg", "MAISON dimanche"] {
            assert!(speaks_of(&row(), &fold(sought)), "{sought}");
        }
        assert!(!speaks_of(&row(), "gateau paul"));
        assert!(!speaks_of(&Row { summary: Summary::Sealed, ..row() }, "dupuis"));
    }

    #[test]
    fn filters_look_at_flags_and_summary() {
        assert!(Filter::Unread.lets_through(&row()));
        assert!(Filter::Attachment.lets_through(&row()));
        assert!(!Filter::Starred.lets_through(&row()));
        assert!(!Filter::Sealed.lets_through(&row()));
        assert!(!Filter::Attachment.lets_through(&Row { summary: Summary::Missing, ..row() }));
    }
}
