//! What became of a try is noted, and its sender told what failed for good.
//!
//! A note follows what cannot be undone: the letter was carried. So it is held until it can be written, whatever the store
//! says meanwhile, and a delivery that has reached its recipient depends on nothing that concerns the others: it is noted
//! first, in a transaction of its own. Then the notice is made and filed in the transaction that notes what it tells. A notice
//! that can never be made keeps nothing from being noted.

use std::error::Error;
use std::time::Duration;

use shared::api::submit::FailureReason;
use shared::api::{EmailAddress, Timestamp};

use super::bounce::{self, Failed};
use super::carrier::{Fate, Why};
use super::deliver::{DeliverError, Sealed};
use super::post::{Post, Stopped};
use super::room;
use super::schedule::Schedule;
use crate::net::listen::Stop;
use crate::store::queue::{self, DeliveryId, Due, Outgoing, Progress};
use crate::store::{StoreError, accounts};

/// Pause after the store failed.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(5);

/// Waits before the store is asked again; ends at once at the first step of stopping.
pub(super) async fn pause(stop: &Stop) {
    tokio::select! {
        () = stop.draining() => {}
        () = tokio::time::sleep(STORE_PAUSE) => {}
    }
}

/// Notes what became of deliveries.
#[derive(Debug)]
pub(super) struct Settling<'a> {
    pub(super) post: &'a Post,
    pub(super) schedule: &'a Schedule,
    pub(super) stop: &'a Stop,
}

impl Settling<'_> {
    /// Notes what became of each delivery of a message, whose header a notice gives back. An error means that the box is
    /// stopping, or that what it is about is gone.
    pub(super) async fn settle(
        &self,
        outgoing: &Outgoing,
        tried: Vec<(Due, Fate)>,
        header: &[u8],
    ) -> Result<(), DeliverError> {
        let now = self.post.context().clock.now();
        let (mut open, mut lost, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for (due, fate) in tried {
            let progress = self.progress(&due, &fate, now);
            tracing::info!(recipient = %due.recipient, ?progress, "tried");
            match (progress, fate) {
                (Progress::Failed { reason }, Fate::Later(why) | Fate::Never(why)) => {
                    failed.push(Failed { recipient: due.recipient, why: Why { reason, ..why } });
                    lost.push((due.id, progress));
                }
                _ => open.push((due.id, progress)),
            }
        }
        if !open.is_empty() {
            self.note(&open, None, now).await?;
        }
        if lost.is_empty() {
            return Ok(());
        }
        let notice = match &outgoing.envelope_from {
            Some(sender) => self.notice(outgoing, sender, &failed, header, now).await?,
            None => None,
        };
        Ok(self.note(&lost, notice.as_ref(), now).await?)
    }

    fn progress(&self, due: &Due, fate: &Fate, now: Timestamp) -> Progress {
        match fate {
            Fate::Delivered => Progress::Delivered,
            Fate::Never(why) => Progress::Failed { reason: why.reason },
            Fate::Later(why) => match self.schedule.next(due.attempts + 1, due.since, now) {
                Some(next_try) => Progress::Retrying { next_try, reason: why.reason },
                None => Progress::Failed { reason: FailureReason::GaveUp },
            },
        }
    }

    /// Writes notes, and files the notice with them; tries until it can be done or the box is stopping.
    async fn note(
        &self,
        notes: &[(DeliveryId, Progress)],
        notice: Option<&Sealed>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut patience = Patience::new(self.stop);
        loop {
            let (notes, notice) = (notes.to_vec(), notice.cloned());
            let done = self.post.context().store.write(move |tx| {
                let mut any = false;
                for (id, progress) in notes {
                    any |= queue::progress(tx, id, progress, now)?;
                }
                match notice {
                    Some(notice) if any => {
                        room::claim(tx, notice.octets())?;
                        notice.file(tx)
                    }
                    _ => Ok(()),
                }
            });
            match done.await {
                Err(error) if !matches!(error, StoreError::NotFound) && !self.stop.is_draining() => {
                    patience.pause(&error).await;
                }
                done => {
                    if done.is_ok() {
                        patience.rewarded();
                    }
                    return done;
                }
            }
        }
    }

    /// The message that tells the sender, sealed for the account; nothing, where it can never be made.
    async fn notice(
        &self,
        outgoing: &Outgoing,
        sender: &EmailAddress,
        failed: &[Failed],
        header: &[u8],
        now: Timestamp,
    ) -> Result<Option<Sealed>, DeliverError> {
        let mut patience = Patience::new(self.stop);
        loop {
            match self.make_notice(outgoing, sender, failed, header, now).await {
                Ok(notice) => return Ok(Some(notice)),
                Err(error) if !may_pass(&error, self.stop) => {
                    tracing::error!(error = &error as &dyn Error, "a sender cannot be told what will not arrive");
                    return Ok(None);
                }
                Err(error) if self.stop.is_draining() => return Err(error),
                Err(error) => patience.pause(&error).await,
            }
        }
    }

    async fn make_notice(
        &self,
        outgoing: &Outgoing,
        sender: &EmailAddress,
        failed: &[Failed],
        header: &[u8],
        now: Timestamp,
    ) -> Result<Sealed, DeliverError> {
        let (context, number) = (self.post.context(), outgoing.account);
        let account = context.store.read(move |tx| accounts::get(tx, number)).await?;
        let report = bounce::Report {
            host: &context.host,
            domain: &context.domain,
            sender,
            language: account.language,
            failed,
            header,
            boundary: self.post.name_message(),
            now,
        };
        let report = report.write();
        let room = tokio::select! {
            biased;
            room = self.post.room_for_sealing(report.len()) => room,
            () = self.stop.draining() => return Err(Stopped.into()),
        };
        self.post.seal_notice(number, report, room).await
    }
}

/// Whether what keeps a notice from being made can be otherwise later.
fn may_pass(error: &DeliverError, stop: &Stop) -> bool {
    match error {
        DeliverError::Store(error) => !matches!(error, StoreError::NotFound),
        DeliverError::NoRoom => true,
        // Cut off by the end of the box; else sealing panicked, and would again.
        DeliverError::Stopped(_) => stop.is_draining(),
        DeliverError::NoSuchRecipient
        | DeliverError::Refused(_)
        | DeliverError::TooLargeForAll
        | DeliverError::Certificate(_)
        | DeliverError::CannotSeal(_) => false,
    }
}

/// Tries something again and again; says when that begins and when it is over.
struct Patience<'a> {
    stop: &'a Stop,
    failures: u32,
}

impl<'a> Patience<'a> {
    fn new(stop: &'a Stop) -> Self {
        Self { stop, failures: 0 }
    }

    async fn pause(&mut self, error: &(dyn Error + Send + Sync + 'static)) {
        if self.failures == 0 {
            tracing::warn!(error = error as &dyn Error, "what became of a delivery cannot be noted yet");
        }
        self.failures = self.failures.saturating_add(1);
        pause(self.stop).await;
    }

    fn rewarded(&self) {
        if self.failures > 0 {
            tracing::info!(failures = self.failures, "what became of a delivery is noted at last");
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::api::mailbox::MailboxRole;
    use tokio::time::Instant;

    use super::*;
    use crate::core::office::Office;

    #[tokio::test]
    async fn a_notice_waits_for_room_that_is_for_mail() {
        let mut office = Office::new();
        let alice = office.person("alice").await;
        let (account, _) = office.send(&alice, "hello", &["never@one.test"]).await;
        let due = office.home.context.store.read(|tx| queue::due(tx, Timestamp(i64::MAX), None, 1)).await.unwrap();
        let room = office.post.room_for_sealing(1000).await;
        let notice = office.post.seal_notice(account, b"Subject: not delivered\r\n\r\n".to_vec(), room).await.unwrap();
        let (schedule, stop, now) = (Schedule::default(), Stop::new(), office.home.now());
        let settling = Settling { post: &office.post, schedule: &schedule, stop: &stop };
        let notes = [(due[0].id, Progress::Failed { reason: FailureReason::NoSuchRecipient })];
        // It shares its transaction with as much mail as no disk has room for.
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let occupied = office.home.context.store.write(move |tx| {
            let _begun = begun.recv();
            tx.claim(u64::MAX / 2);
            Ok::<_, StoreError>(())
        });
        let began = Instant::now();
        let (occupied, noted, ()) =
            tokio::join!(occupied, settling.note(&notes, Some(&notice), now), async { drop(begin) });
        assert!(noted.is_ok() && occupied.is_ok());
        assert!(began.elapsed() >= STORE_PAUSE);
        assert_eq!(office.look(&alice, MailboxRole::Inbox).await.len(), 1);
    }
}
