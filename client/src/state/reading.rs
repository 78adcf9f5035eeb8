//! The message that is open.
//!
//! Invariants: only ciphertext is kept for messages that are not open; opening another message gives up what is under way for the
//! one before; opening a message tells nobody outside of the box: the certificate of an author elsewhere is looked up only when the
//! person asks who has signed, because the look-up tells the author's host that somebody reads.

use std::sync::Arc;

use futures_util::future::{AbortHandle, abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::{Flags, MailboxRole, MessageId};
use shared::api::submit::DeliveriesResponse;
use shared::api::{Base64, EmailAddress, paths};

use super::Failure;
use super::cache::Cache;
use super::certificates::{Certificates, use_certificates};
use super::messages::{Messages, Summary, use_messages};
use super::people::{People, use_people};
use super::session::{Session, use_session};
use super::shown::Shown;
use crate::platform::buffer::Buffer;
use crate::platform::{http, time};
use crate::worker::protocol::Priority;
use crate::worker::protocol::packing::PackFiles;
use crate::worker::protocol::reading::{
    Judgement, MessageView, OpenMessage, OpenSource, Problem, SenderCheck, SourceView, Verdict,
};

/// Most octets of ciphertext that are kept, so that going back and forth fetches nothing.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// What the reading pane can show.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Page {
    /// No message is open.
    #[default]
    Nothing,
    /// The message is being fetched and opened.
    Opening(MessageId),
    /// Here it is.
    Open(MessageId, Arc<MessageView>),
    /// It could not be fetched or opened.
    Failed(MessageId, Failure),
}

/// The reading pane.
#[derive(Clone, Copy)]
pub struct Reading {
    page: Shown<Page>,
    known_deliveries: RwSignal<Option<(MessageId, DeliveriesResponse)>>,
    deliveries: Signal<DeliveriesResponse>,
    under_way: StoredValue<Option<AbortHandle>>,
    cache: StoredValue<Cache<Buffer>>,
    session: Session,
    messages: Messages,
    certificates: Certificates,
    people: People,
}

/// Provides the reading pane.
pub fn provide_reading() {
    let page = Shown::<Page>::default();
    let known_deliveries = RwSignal::new(None::<(MessageId, DeliveriesResponse)>);
    let deliveries = Signal::derive(move || {
        let open = page.with(Page::message);
        known_deliveries.with(|known| match known {
            Some((message, deliveries)) if open == Some(*message) => deliveries.clone(),
            _ => DeliveriesResponse::default(),
        })
    });
    provide_context(Reading {
        page,
        known_deliveries,
        deliveries,
        under_way: StoredValue::new(None),
        cache: StoredValue::new(Cache::new(CACHE_BYTES)),
        session: use_session(),
        messages: use_messages(),
        certificates: use_certificates(),
        people: use_people(),
    });
}

/// The reading pane.
#[must_use]
pub fn use_reading() -> Reading {
    expect_context()
}

impl Reading {
    /// What it shows.
    #[must_use]
    pub fn page(&self) -> Signal<Page> {
        self.page.readers()
    }

    /// Opens a message and marks it as read.
    pub fn open(&self, message: MessageId) {
        self.stop();
        self.page.set(Page::Opening(message));
        let reading = *self;
        let (work, handle) = abortable(async move {
            if let Err(failure) = reading.fetch_and_open(message).await {
                reading.page.set(Page::Failed(message, failure));
            }
        });
        self.under_way.set_value(Some(handle));
        spawn_local(async move {
            // Aborted when another message is opened, which then shows.
            let _ = work.await;
        });
        if self.may_be_sent(message) {
            self.load_deliveries(message);
        }
    }

    /// Opens a message for another purpose than reading, going on with a draft or answering it from a list: the pane does not change.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn view(&self, message: MessageId) -> Result<MessageView, Failure> {
        let sealed = self.sealed(message).await?;
        self.unseal(sealed, Vec::new(), None, false).await
    }

    /// Fetches a message ahead, sealed, because it may be opened next.
    pub fn expect(&self, message: MessageId) {
        let reading = *self;
        spawn_local(async move {
            // If it fails now, opening the message tells.
            let _ = reading.sealed(message).await;
        });
    }

    /// Puts attachments into one file, a ZIP archive.
    ///
    /// # Errors
    /// Those of the worker.
    pub async fn pack(&self, ask: PackFiles) -> Result<Buffer, Failure> {
        self.session.ask(ask, Priority::Now).await
    }

    /// A message as it is; `untitled` names its file where it has no subject.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn source(&self, message: MessageId, untitled: &str) -> Result<SourceView, Failure> {
        let message = self.sealed(message).await?;
        let ask = OpenSource { message, untitled: untitled.to_owned(), now: time::now() };
        self.session.ask(ask, Priority::Now).await
    }

    /// Looks for the certificate of the author of the message that is open and checks its signature with it; answers whether that told
    /// who has signed. The box asks the author's host, which thereby learns that somebody here reads.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn check_signer(&self) -> Result<bool, Failure> {
        let Page::Open(message, view) = self.page.get_untracked() else { return Ok(false) };
        let Some(author) = unknown_signer(&view) else { return Ok(false) };
        let Some(certificate) = usable(self.certificates.find(&author).await?) else { return Ok(false) };
        let view = self.unseal(self.sealed(message).await?, vec![certificate], None, false).await?;
        let is_known = unknown_signer(&view).is_none();
        if is_known && self.page.with_untracked(Page::message) == Some(message) {
            self.show(message, view);
        }
        Ok(is_known)
    }

    /// What is remembered of the author's key is another: the message that is open is judged anew.
    pub(super) fn judge_anew(&self) {
        let reading = *self;
        let Some(message) = self.page.with_untracked(Page::message) else { return };
        spawn_local(async move {
            let Ok(sealed) = reading.sealed(message).await else { return };
            let author = reading.page.with_untracked(|page| match page {
                Page::Open(_, view) => view.from.first().and_then(|author| author.address.parse().ok()),
                _ => None,
            });
            let certificate = match author {
                Some(author) => reading.certificate_at_hand(&author).await,
                None => None,
            };
            if let Ok(view) = reading.unseal(sealed, certificate.into_iter().collect(), None, false).await
                && reading.page.with_untracked(Page::message) == Some(message)
            {
                reading.show(message, view);
            }
        });
    }

    /// Shows no message any more.
    pub fn close(&self) {
        self.stop();
        self.page.set(Page::Nothing);
        self.known_deliveries.set(None);
    }

    /// What became of a sent message, recipient by recipient; empty until known, and for messages that were not sent.
    #[must_use]
    pub fn deliveries(&self) -> Signal<DeliveriesResponse> {
        self.deliveries
    }

    /// The box says that deliveries of a sent message have changed.
    pub(super) fn deliveries_changed(&self, message: MessageId) {
        if self.page.with_untracked(Page::message) == Some(message) {
            self.load_deliveries(message);
        }
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.close();
        self.cache.update_value(Cache::clear);
    }

    fn stop(&self) {
        if let Some(handle) = self.under_way.try_update_value(Option::take).flatten() {
            handle.abort();
        }
    }

    async fn fetch_and_open(&self, message: MessageId) -> Result<(), Failure> {
        let sealed = self.sealed(message).await?;
        let closed = self.messages.closed_summary(message);
        let learn = self.may_learn_from(message);
        let view = self.unseal(sealed.clone(), Vec::new(), closed, learn).await?;
        let author = unknown_signer(&view);
        self.show(message, view);
        // It is being read, whatever becomes of the signature.
        self.mark_seen(message);
        if let Some(author) = author
            && let Some(certificate) = self.certificate_at_hand(&author).await
            && let Ok(view) = self.unseal(sealed, vec![certificate], None, false).await
        {
            self.show(message, view);
        }
        Ok(())
    }

    /// The certificate of an author, where nobody outside has to be asked for it: the box knows its own people, and what was found
    /// for somebody who was written to is known already.
    async fn certificate_at_hand(&self, author: &EmailAddress) -> Option<Base64> {
        let account = self.session.account().get_untracked()?;
        let is_here = account.address.domain() == author.domain();
        let judgement =
            if is_here { self.certificates.find(author).await.ok()? } else { self.certificates.known(author) };
        usable(judgement)
    }

    async fn sealed(&self, message: MessageId) -> Result<Buffer, Failure> {
        if let Some(sealed) = self.cache.try_update_value(|cache| cache.get(message)).flatten() {
            return Ok(sealed);
        }
        let sealed = self.session.heard(http::get_bytes(&paths::message(message)).await)?;
        self.cache.update_value(|cache| cache.put(message, sealed.clone(), sealed.len()));
        Ok(sealed)
    }

    async fn unseal(
        &self,
        message: Buffer,
        certificates: Vec<Base64>,
        closed: Option<Base64>,
        learn: bool,
    ) -> Result<MessageView, Failure> {
        let turn = self.people.turn().await;
        // Without what is remembered it is read all the same.
        let people = self.people.sealed().await.ok();
        let ask = OpenMessage { message, certificates, closed, people, learn, now: time::now() };
        let mut view = self.session.ask(ask, Priority::Now).await?;
        let news = view.people.take();
        if news.is_some()
            && let Some(author) = view.from.first().and_then(|author| author.address.parse().ok())
        {
            // How a letter to them would travel may be another thing now.
            self.certificates.forget(&author);
        }
        self.people.keep_soon(news, turn);
        Ok(view)
    }

    /// Whether what a message brings may be remembered: not where the unwanted lie, nor of what the box knows to be forged.
    fn may_learn_from(&self, message: MessageId) -> bool {
        let junk = self.messages.mailboxes.id_of(MailboxRole::Junk);
        self.messages.row(message).is_some_and(|row| {
            row.with_untracked(|row| Some(row.mailbox) != junk && sender_of(&row.summary) != SenderCheck::Failed)
        })
    }

    /// Shows a message, with what the box found out about its sender, which stands in its summary.
    fn show(&self, message: MessageId, mut view: MessageView) {
        let judged = self.messages.row(message).map(|row| row.with_untracked(|row| sender_of(&row.summary)));
        if !view.problems.contains(&Problem::OtherAuthor) {
            view.sender = judged.unwrap_or_default();
        }
        if let Some(better) = view.summary.take() {
            self.messages.learn_from(message, better);
        }
        self.page.set(Page::Open(message, Arc::new(view)));
    }

    fn mark_seen(&self, message: MessageId) {
        let is_unseen = self.messages.row(message).is_none_or(|row| row.with_untracked(|row| !row.flags.seen));
        if is_unseen {
            self.messages.set_flags(vec![message], Flags { seen: true, ..Flags::default() }, Flags::default());
        }
    }

    /// Whether a message lies in Sent, or nobody knows where.
    fn may_be_sent(&self, message: MessageId) -> bool {
        let sent = self.messages.mailboxes.id_of(MailboxRole::Sent);
        self.messages.row(message).is_none_or(|row| row.with_untracked(|row| Some(row.mailbox) == sent))
    }

    fn load_deliveries(&self, message: MessageId) {
        let reading = *self;
        spawn_local(async move {
            let answer = http::get::<DeliveriesResponse>(&paths::message_deliveries(message)).await;
            // A message that was not sent has none.
            if let Ok(answer) = reading.session.heard(answer)
                && reading.page.with_untracked(Page::message) == Some(message)
            {
                reading.known_deliveries.set(Some((message, answer)));
            }
        });
    }
}

impl Page {
    /// The message that is open or is to be.
    #[must_use]
    pub fn message(&self) -> Option<MessageId> {
        match self {
            Self::Nothing => None,
            Self::Opening(message) | Self::Open(message, _) | Self::Failed(message, _) => Some(*message),
        }
    }
}

fn sender_of(summary: &Summary) -> SenderCheck {
    match summary {
        Summary::Open(summary) => summary.sender,
        _ => SenderCheck::Unknown,
    }
}

fn usable(judgement: Option<Judgement>) -> Option<Base64> {
    match judgement {
        Some(Judgement::Usable { signers, .. }) => Some(signers),
        _ => None,
    }
}

/// The author of a message that somebody unknown has signed.
fn unknown_signer(view: &MessageView) -> Option<EmailAddress> {
    let is_unknown = view.signatures.iter().any(|signature| signature.verdict == Verdict::UnknownSigner);
    view.from.first().filter(|_| is_unknown)?.address.parse().ok()
}
