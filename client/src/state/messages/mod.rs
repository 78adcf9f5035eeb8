//! The rows of the mailboxes that were shown, live.
//!
//! A mailbox is fetched page by page, newest first, when it is shown for the first time; from then on events keep it as it is on
//! the box. `acts` changes messages, `folders` removes what they lie in, `summaries` opens what the rows say, `peeks` looks into messages whose rows
//! say nothing.
//!
//! Invariants: each row is a signal of its own, so that a flag changes one row and not the list; events that come while a page is
//! fetched are applied again after it, so that the page cannot bring back what has gone.

mod acts;
mod folders;
mod list;
mod optimism;
mod peeks;
mod summaries;

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::event::Event;
use shared::api::mailbox::{Came, Flags, MailboxId, MessageId, MessageRow, MessagesResponse, Place};
use shared::api::{Base64, EmailAddress, Timestamp, limits, paths};

use self::list::{List, concerns};
use self::optimism::Optimism;
use self::peeks::Peeks;
use self::summaries::Opener;
use super::Failure;
use super::letters;
use super::mailboxes::{Mailboxes, use_mailboxes};
use super::session::{Session, use_session};
use super::shown::Shown;
use super::undo::{Undo, use_undo};
use crate::platform::http;
use crate::worker::protocol::AskError;
use crate::worker::protocol::reading::{Person, SummaryView};

/// Rows of the first page: what a large screen shows, so that it is there soon.
const FIRST_PAGE: u32 = 60;
/// Most rows that are fetched again after a loss of events; older ones are fetched when somebody scrolls there.
const RELOADED: usize = 1_000;

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The message.
    pub id: MessageId,
    /// Where it lies.
    pub mailbox: MailboxId,
    /// Its flags, those that the box has not confirmed yet included.
    pub flags: Flags,
    /// When the box received it.
    pub received_at: Timestamp,
    /// Octets of the sealed message.
    pub size: u64,
    /// How it came to the box.
    pub came: Option<Came>,
    /// What it says of itself.
    pub summary: Summary,
}

impl Row {
    /// Whether it says that it is from the own box, though it came from outside.
    #[must_use]
    pub fn is_posing(&self) -> bool {
        self.came == Some(Came::Outside) && matches!(&self.summary, Summary::Open(summary) if summary.bears_own_domain)
    }

    /// Whether the account wrote it, wherever it lies. The author alone tells nothing, anybody can write any name there: it must
    /// not have come from elsewhere either.
    #[must_use]
    pub fn is_own(&self, own: &EmailAddress) -> bool {
        let by_us = |author: &Person| letters::is(author, own);
        matches!(&self.summary, Summary::Open(summary) if !summary.came && summary.from.as_ref().is_some_and(by_us))
    }
}

/// The state of a row's summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Summary {
    /// Not opened yet.
    Sealed,
    /// Opened.
    Open(SummaryView),
    /// It cannot be opened.
    Failed(AskError),
    /// The message came without one.
    Missing,
}

/// How far the list is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// No mailbox is shown.
    #[default]
    Nothing,
    /// Its first page is being fetched.
    Loading,
    /// Rows are there; older ones may follow.
    Loaded {
        /// Older rows exist that are not here yet.
        more: bool,
    },
    /// It could not be fetched; [`Messages::reload`] tries again.
    Failed(Failure),
}

/// What is under way for a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fetch {
    /// A page is being fetched.
    UnderWay {
        /// The events that came meanwhile.
        events: Vec<Event>,
        /// Whether what is being fetched is too old already and has to be fetched again.
        again: bool,
    },
    /// The last one failed.
    Failed(Failure),
}

/// The list of messages.
#[derive(Clone, Copy)]
pub struct Messages {
    mailbox: Shown<Option<MailboxId>>,
    lists: RwSignal<BTreeMap<MailboxId, List>>,
    fetches: RwSignal<BTreeMap<MailboxId, Fetch>>,
    order: Memo<Vec<MessageId>>,
    order_readers: Signal<Vec<MessageId>>,
    progress: Signal<Progress>,
    rows: StoredValue<BTreeMap<MessageId, ArcRwSignal<Row>>>,
    opener: StoredValue<Opener>,
    optimism: StoredValue<Optimism>,
    peeks: StoredValue<Peeks>,
    pub(super) session: Session,
    pub(super) mailboxes: Mailboxes,
    pub(super) undo: Undo,
}

/// Provides the list.
pub fn provide_messages() {
    let mailbox = Shown::<Option<MailboxId>>::default();
    let lists = RwSignal::new(BTreeMap::<MailboxId, List>::new());
    let fetches = RwSignal::new(BTreeMap::<MailboxId, Fetch>::new());
    let order = Memo::new(move |_| {
        let shown = mailbox.get();
        lists.with(|lists| shown.and_then(|shown| lists.get(&shown)).map(List::ids).unwrap_or_default())
    });
    let progress = Memo::new(move |_| {
        let Some(shown) = mailbox.get() else { return Progress::Nothing };
        if let Some(failure) = fetches.with(|fetches| failure_of(fetches.get(&shown))) {
            return Progress::Failed(failure);
        }
        lists.with(|lists| {
            lists.get(&shown).map_or(Progress::Loading, |list| Progress::Loaded { more: list.has_more() })
        })
    });
    provide_context(Messages {
        mailbox,
        lists,
        fetches,
        order,
        order_readers: order.into(),
        progress: progress.into(),
        rows: StoredValue::default(),
        opener: StoredValue::default(),
        optimism: StoredValue::default(),
        peeks: StoredValue::default(),
        session: use_session(),
        mailboxes: use_mailboxes(),
        undo: use_undo(),
    });
}

/// The list.
#[must_use]
pub fn use_messages() -> Messages {
    expect_context()
}

impl Messages {
    /// Shows a mailbox: its rows are fetched, or taken from what is already known.
    pub fn show(&self, mailbox: MailboxId) {
        self.mailbox.set(Some(mailbox));
        if self.lists.with_untracked(|lists| lists.contains_key(&mailbox)) {
            self.open_summaries();
        } else {
            self.fetch(mailbox, 0);
        }
    }

    /// The mailbox that is shown.
    #[must_use]
    pub fn mailbox(&self) -> Signal<Option<MailboxId>> {
        self.mailbox.readers()
    }

    /// The messages of the mailbox that is shown, newest first.
    #[must_use]
    pub fn order(&self) -> Signal<Vec<MessageId>> {
        self.order_readers
    }

    /// How far the list is.
    #[must_use]
    pub fn progress(&self) -> Signal<Progress> {
        self.progress
    }

    /// One row; changes on its own, without the list. `None` for a message that is not in any list.
    #[must_use]
    pub fn row(&self, id: MessageId) -> Option<ArcRwSignal<Row>> {
        self.rows.with_value(|rows| rows.get(&id).cloned())
    }

    /// Fetches the next older rows, unless that is under way already.
    pub fn load_more(&self) {
        let Some(mailbox) = self.mailbox.get_untracked() else { return };
        let has_more = self.lists.with_untracked(|lists| lists.get(&mailbox).is_some_and(List::has_more));
        if has_more {
            self.fetch_older(mailbox, None);
        }
    }

    /// Fetches older rows until this message of the mailbox is among them, unless rows are being fetched already: to be called
    /// again when the order has changed.
    pub fn reach(&self, message: MessageId) {
        if let Some(mailbox) = self.mailbox.get_untracked().filter(|mailbox| self.lacks(*mailbox, message)) {
            self.fetch_older(mailbox, Some(message));
        }
    }

    /// Fetches the list again.
    pub fn reload(&self) {
        if let Some(mailbox) = self.mailbox.get_untracked() {
            let known = self.lists.with_untracked(|lists| lists.get(&mailbox).map_or(0, List::len));
            self.fetch(mailbox, known.min(RELOADED));
        }
    }

    /// Events were lost: what is shown is fetched again, the rest when it is shown.
    pub(super) fn resync(&self) {
        let shown = self.mailbox.get_untracked();
        self.lists.update(|lists| lists.retain(|mailbox, _| Some(*mailbox) == shown));
        self.drop_unlisted_rows();
        self.fetches.update_untracked(|fetches| {
            for fetch in fetches.values_mut() {
                if let Fetch::UnderWay { again, .. } = fetch {
                    *again = true;
                }
            }
        });
        self.reload();
    }

    /// The keys are others now: what did not open, or said nothing, is tried again. Until then its row stays as it is.
    pub(super) fn keys_changed(&self) {
        self.peeks.update_value(Peeks::again);
        self.opener.update_value(Opener::again);
        self.resync();
    }

    /// Applies what the box tells.
    pub(super) fn apply(&self, event: &Event) {
        let Some(mailbox) = concerns(event) else { return };
        self.fetches.update_untracked(|fetches| {
            if let Some(Fetch::UnderWay { events, .. }) = fetches.get_mut(&mailbox) {
                events.push(event.clone());
            }
        });
        self.patch(mailbox, event);
        self.open_summaries();
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.mailbox.set(None);
        self.lists.set(BTreeMap::new());
        self.fetches.set(BTreeMap::new());
        self.rows.set_value(BTreeMap::new());
        self.opener.set_value(Opener::default());
        self.optimism.set_value(Optimism::default());
        self.peeks.set_value(Peeks::default());
    }

    fn patch(&self, mailbox: MailboxId, event: &Event) {
        if !self.lists.with_untracked(|lists| lists.contains_key(&mailbox)) {
            return;
        }
        match event {
            Event::Arrived { message } => {
                self.learn(message.clone());
                // One that belongs below what is known comes with its page.
                if self.change_list(mailbox, |list| list.insert(message.place())) == Some(false) {
                    self.forget(&[message.id]);
                }
            }
            Event::Flags { message, flags, .. } => self.told_flags(*message, *flags),
            Event::Gone { messages, .. } => {
                self.change_list(mailbox, |list| list.remove(messages));
                self.forget(messages);
            }
            _ => {}
        }
    }

    fn change_list<T>(&self, mailbox: MailboxId, change: impl FnOnce(&mut List) -> T) -> Option<T> {
        self.lists.try_update(|lists| lists.get_mut(&mailbox).map(change)).flatten()
    }

    /// Takes a row in, or what is new about it.
    fn learn(&self, message: MessageRow) {
        let MessageRow { id, mailbox, flags, received_at, size, came, summary: Base64(sealed), .. } = message;
        if self.row(id).is_some() {
            return self.told_flags(id, flags);
        }
        let summary = if sealed.is_empty() { Summary::Missing } else { Summary::Sealed };
        if !sealed.is_empty() {
            self.opener.update_value(|opener| opener.add(id, Base64(sealed)));
        }
        let row = ArcRwSignal::new(Row { id, mailbox, flags, received_at, size, came, summary });
        self.rows.update_value(|rows| drop(rows.insert(id, row)));
    }

    fn forget(&self, messages: &[MessageId]) {
        self.rows.update_value(|rows| messages.iter().for_each(|id| drop(rows.remove(id))));
        self.opener.update_value(|opener| opener.forget(messages));
        self.peeks.update_value(|peeks| peeks.forget(messages));
    }

    /// Forgets rows that no list has any more. Fetches learn rows before they list them, so the last one that is under way does it.
    fn drop_unlisted_rows(&self) {
        let is_under_way = |fetch: &Fetch| matches!(fetch, Fetch::UnderWay { .. });
        if self.fetches.with_untracked(|fetches| fetches.values().any(is_under_way)) {
            return;
        }
        let listed: BTreeSet<_> = self.lists.with_untracked(|lists| lists.values().flat_map(List::ids).collect());
        let unlisted: Vec<_> =
            self.rows.with_value(|rows| rows.keys().filter(|id| !listed.contains(id)).copied().collect());
        self.forget(&unlisted);
    }

    fn told_flags(&self, id: MessageId, flags: Flags) {
        let shown = self.optimism.try_update_value(|optimism| optimism.told(id, flags)).flatten();
        self.show_flags(id, shown);
    }

    fn show_flags(&self, id: MessageId, flags: Option<Flags>) {
        if let (Some(row), Some(flags)) = (self.row(id), flags)
            && row.with_untracked(|row| row.flags != flags)
        {
            row.update(|row| row.flags = flags);
        }
    }

    /// Fetches a mailbox from its top, at least `rows` of it, and takes the answer for all that is known of it.
    fn fetch(&self, mailbox: MailboxId, rows: usize) {
        let messages = *self;
        self.fetching(mailbox, async move {
            let mut list = List::default();
            loop {
                let page =
                    messages.page(mailbox, list.end(), if rows == 0 { FIRST_PAGE } else { limits::LIST_PAGE }).await?;
                let is_empty = page.messages.is_empty();
                messages.take_page(&mut list, page);
                if is_empty || !list.has_more() || list.len() >= rows {
                    break;
                }
            }
            messages.open_undrawn(&list.ids()).await;
            // The mailbox may have been closed meanwhile.
            if messages.is_fetching(mailbox) {
                messages.lists.update(|lists| drop(lists.insert(mailbox, list)));
            }
            Ok(())
        });
    }

    fn lacks(&self, mailbox: MailboxId, message: MessageId) -> bool {
        self.lists.with_untracked(|lists| lists.get(&mailbox).is_some_and(|list| list.lacks(message)))
    }

    /// Fetches the next older rows, and more until a message is among them.
    fn fetch_older(&self, mailbox: MailboxId, until: Option<MessageId>) {
        let messages = *self;
        self.fetching(mailbox, async move {
            loop {
                let end = messages.lists.with_untracked(|lists| lists.get(&mailbox).and_then(List::end));
                let page = messages.page(mailbox, end, limits::LIST_PAGE).await?;
                let mut list = messages.lists.with_untracked(|lists| lists.get(&mailbox).cloned()).unwrap_or_default();
                messages.take_page(&mut list, page);
                messages.change_list(mailbox, |known| *known = list);
                if until.is_none_or(|until| !messages.lacks(mailbox, until)) {
                    return Ok(());
                }
            }
        });
    }

    fn is_fetching(&self, mailbox: MailboxId) -> bool {
        self.fetches.with_untracked(|fetches| matches!(fetches.get(&mailbox), Some(Fetch::UnderWay { .. })))
    }

    /// Runs a fetch unless one is under way for this mailbox, and applies again what was told meanwhile.
    fn fetching(&self, mailbox: MailboxId, fetch: impl Future<Output = Result<(), Failure>> + 'static) {
        if self.is_fetching(mailbox) {
            return;
        }
        self.fetches
            .update(|fetches| drop(fetches.insert(mailbox, Fetch::UnderWay { events: Vec::new(), again: false })));
        let messages = *self;
        spawn_local(async move {
            let done = fetch.await;
            let meanwhile = messages.fetches.try_update(|fetches| fetches.remove(&mailbox)).flatten();
            if let Err(failure) = done {
                messages.fetches.update(|fetches| drop(fetches.insert(mailbox, Fetch::Failed(failure))));
            }
            if let Some(Fetch::UnderWay { events, again }) = meanwhile {
                events.iter().for_each(|event| messages.patch(mailbox, event));
                if again {
                    let known = messages.lists.with_untracked(|lists| lists.get(&mailbox).map_or(0, List::len));
                    messages.fetch(mailbox, known.min(RELOADED));
                }
            }
            messages.drop_unlisted_rows();
            messages.open_summaries();
        });
    }

    async fn page(&self, mailbox: MailboxId, before: Option<Place>, limit: u32) -> Result<MessagesResponse, Failure> {
        let mut path = format!("{}?limit={limit}", paths::mailbox_messages(mailbox));
        if let Some(before) = before {
            path.push_str(&format!("&before={before}"));
        }
        self.session.heard(http::get(&path).await)
    }

    fn take_page(&self, list: &mut List, page: MessagesResponse) {
        list.extend(&page.messages.iter().map(MessageRow::place).collect::<Vec<_>>(), page.more);
        page.messages.into_iter().for_each(|message| self.learn(message));
    }
}

fn failure_of(fetch: Option<&Fetch>) -> Option<Failure> {
    match fetch {
        Some(Fetch::Failed(failure)) => Some(failure.clone()),
        _ => None,
    }
}
