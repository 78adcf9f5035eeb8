//! Outgoing mail on its way.
//!
//! The [`Runner`] sleeps until a delivery is due or somebody wakes it. It takes what is due, puts the recipients of the same
//! bytes at the same domain together, and runs a few such groups at once: recipients of this box are delivered here, in the
//! transaction that notes it (so exactly once); the others go to the [`Carrier`], and what became of each is noted after it
//! (so at least once: a delivery whose end nobody heard is tried again). What failed for now is tried again after the next step
//! of the [`Schedule`]; what failed for good is told to its sender. Until that is noted, the delivery stays under way
//! (`core::settle`): it must not be carried again for want of a note.
//!
//! Invariants: a delivery is `waiting`, `retrying` or ended; nothing but the store knows its state, so a crash loses nothing;
//! no delivery is in two groups at once; the message is opened only while it is carried.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::api::submit::FailureReason;
use shared::api::{Timestamp, limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::bounce;
use super::carrier::{Carrier, Fate, Parcel, Why};
use super::deliver::{Arrival, DeliverError, Sealed};
use super::policy::Origin;
use super::post::{CannotOpen, Post, Stopped};
use super::room;
use super::schedule::Schedule;
use super::settle::{self, Settling};
use super::trace::Trace;
use crate::net::listen::Stop;
use crate::store::queue::{self, Due, Outgoing, OutgoingId, Progress};
use crate::store::{StoreError, Tx, letters};

/// Groups that are carried to other hosts at once.
const AT_ONCE: usize = 8;
/// Groups that are delivered on this box at once, whatever other hosts do.
const HERE_AT_ONCE: usize = 2;
/// Groups of one domain that are carried at once: a slow host holds up its own mail, not everybody's.
const DOMAIN_AT_ONCE: usize = 2;
/// Recipients of one group: RFC 5321 §4.5.3.1.8 promises that a server takes as many.
const GROUP: usize = 100;
/// Deliveries that are read at once.
const TURN: u32 = 500;
/// Longest sleep: what was missed is found at the next look.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// How often submissions that nobody can ask for any more are forgotten.
const TIDY_EVERY_SECONDS: i64 = 3600;

/// Delivers what is due until it is stopped.
#[derive(Clone, Debug)]
pub struct Runner {
    post: Post,
    carrier: Arc<dyn Carrier>,
    schedule: Schedule,
    busy: Arc<Mutex<Busy>>,
    elsewhere: Arc<Semaphore>,
    here: Arc<Semaphore>,
}

/// What is under way.
#[derive(Debug, Default)]
struct Busy {
    deliveries: BTreeSet<queue::DeliveryId>,
    /// Groups of each domain.
    domains: BTreeMap<String, usize>,
}

/// Deliveries of the same bytes to the same domain; at least one.
#[derive(Debug)]
struct Group {
    outgoing: OutgoingId,
    domain: String,
    due: Vec<Due>,
}

impl Runner {
    /// A runner that has not begun.
    #[must_use]
    pub fn new(post: Post, carrier: Arc<dyn Carrier>, schedule: Schedule) -> Self {
        let [elsewhere, here] = [AT_ONCE, HERE_AT_ONCE].map(|groups| Arc::new(Semaphore::new(groups)));
        Self { post, carrier, schedule, busy: Arc::default(), elsewhere, here }
    }

    /// Runs until the first step of stopping; groups under way are tasks of `stop` themselves.
    pub async fn run(self, stop: Stop) {
        let mut tidied = Timestamp(0);
        while !stop.is_draining() {
            let now = self.post.context().clock.now();
            if now.0 - tidied.0 >= TIDY_EVERY_SECONDS {
                self.tidy().await;
                tidied = now;
            }
            let sleep = match self.turn(&stop, now).await {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the queue cannot be read");
                    settle::STORE_PAUSE
                }
            };
            tokio::select! {
                () = stop.draining() => {}
                () = self.post.inner.wake.notified() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    async fn tidy(&self) {
        let old = self.post.context().clock.now().plus(-limits::LETTER_SECONDS);
        let tidy = move |tx: &Tx<'_>| {
            letters::forget_before(tx, old)?;
            queue::tidy(tx)
        };
        match self.post.context().store.write(tidy).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::debug!(forgotten, "forgot ended submissions"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the queue cannot be tidied"),
        }
    }

    /// Starts what is due and can be started; answers how long nothing more will be.
    async fn turn(&self, stop: &Stop, now: Timestamp) -> Result<Duration, StoreError> {
        let store = &self.post.context().store;
        let mut after = None;
        // What is due for a slow host may be much, and something else stands behind it.
        loop {
            let page: Vec<Due> = store.read(move |tx| queue::due(tx, now, after, TURN)).await?;
            after = page.last().map(|due| (due.next_try, due.id));
            let is_last = page.len() < TURN as usize;
            self.start(page, stop);
            // Where all slots are taken, the end of a group wakes the runner.
            let is_full = self.elsewhere.available_permits() + self.here.available_permits() == 0;
            if is_last || is_full {
                break;
            }
        }
        let next = store.read(move |tx| queue::next_due(tx, now)).await?;
        let wait = next.map_or(LONGEST_SLEEP, |next| Duration::from_secs((next.0 - now.0).max(1).unsigned_abs()));
        Ok(wait.min(LONGEST_SLEEP))
    }

    /// Starts what can be started of what was read as due.
    fn start(&self, read: Vec<Due>, stop: &Stop) {
        self.groups_of(read).into_iter().for_each(|group| self.begin(group, stop));
    }

    /// Starts a group, where there is a slot for it.
    fn begin(&self, group: Group, stop: &Stop) {
        let is_here = group.domain == self.post.context().domain.as_str();
        let slots = if is_here { &self.here } else { &self.elsewhere };
        let Ok(permit) = Arc::clone(slots).try_acquire_owned() else { return };
        let Some((slot, leave)) = self.enter(&group, permit) else { return };
        let (runner, draining) = (self.clone(), stop.clone());
        stop.spawn(async move {
            if let Err(error) = runner.attempt(group, slot, &draining).await {
                tracing::error!(error = &error as &dyn std::error::Error, "a delivery could not be tried");
                // Nothing was noted, so it is due still: without a pause it would be tried over and over.
                settle::pause(&draining).await;
            }
            drop(leave);
            runner.post.wake_queue();
        });
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a group as under way; `None` where its domain has enough.
    fn enter(&self, group: &Group, permit: OwnedSemaphorePermit) -> Option<(Slot, Leave)> {
        let mut busy = self.busy();
        let of_domain = busy.domains.entry(group.domain.clone()).or_default();
        if *of_domain >= DOMAIN_AT_ONCE {
            return None;
        }
        *of_domain += 1;
        let ids: Vec<_> = group.due.iter().map(|due| due.id).collect();
        busy.deliveries.extend(ids.iter().copied());
        let slot = Slot { runner: self.clone(), domain: group.domain.clone(), permit: Some(permit) };
        Some((slot, Leave { busy: Arc::clone(&self.busy), ids }))
    }

    /// What is due and not under way, put together, the longest due first.
    fn groups_of(&self, due: Vec<Due>) -> Vec<Group> {
        let busy = self.busy();
        let mut groups: Vec<Group> = Vec::new();
        let mut open: BTreeMap<(OutgoingId, String), usize> = BTreeMap::new();
        for due in due.into_iter().filter(|due| !busy.deliveries.contains(&due.id)) {
            let (outgoing, domain) = (due.outgoing, due.recipient.domain().to_owned());
            let at = open.get(&(outgoing, domain.clone())).copied();
            match at.and_then(|at| groups.get_mut(at)).filter(|group| group.due.len() < GROUP) {
                Some(group) => group.due.push(due),
                None => {
                    open.insert((outgoing, domain.clone()), groups.len());
                    groups.push(Group { outgoing, domain, due: vec![due] });
                }
            }
        }
        groups
    }

    /// Tries a group and notes what became of it. Noting may wait for long, and others have the slot meanwhile.
    async fn attempt(&self, group: Group, slot: Slot, stop: &Stop) -> Result<(), AttemptError> {
        let Group { outgoing: id, domain, due: mut group } = group;
        let store = &self.post.context().store;
        // In its turn among those who write: whoever took it back while it was held was before, or comes too late. And what was read as
        // due while it was under way may have arrived since.
        let read: Vec<_> = group.iter().map(|due| (due.id, due.attempts)).collect();
        let due = store.write(move |tx| queue::still_due(tx, &read)).await?;
        group.retain(|one| due.contains(&one.id));
        if group.is_empty() {
            return Ok(());
        }
        let outgoing = match store.read(move |tx| queue::outgoing(tx, id)).await {
            Ok(outgoing) => outgoing,
            // All of its deliveries have ended in the meantime.
            Err(StoreError::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let size = group.first().map_or(0, |due| usize::try_from(due.size).unwrap_or(usize::MAX));
        // The sealed bytes, and the message in clear.
        let room = self.post.budget().reserve(size.saturating_mul(2)).await;
        let (outgoing, message) = self.unseal(outgoing).await?;
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an outgoing message is lost");
                let why = Why::own(FailureReason::GaveUp, "5.3.0");
                drop((room, slot));
                let tried = group.into_iter().map(|due| (due, Fate::Never(why.clone()))).collect();
                return Ok(self.settling(stop).settle(&outgoing, tried, &[]).await?);
            }
        };
        let header = bounce::header_of(&message);
        if domain == self.post.context().domain.as_str() {
            // Sealing takes room of its own.
            drop(room);
            let mut tried = Vec::new();
            for due in group {
                let fate = self.attempt_here(&outgoing, &due, &message).await;
                tried.extend(fate.map(|fate| (due, fate)));
            }
            // Nothing in clear waits to be noted.
            drop((message, slot));
            return Ok(self.settling(stop).settle(&outgoing, tried, &header).await?);
        }
        let recipients: Vec<_> = group.iter().map(|due| due.recipient.clone()).collect();
        let parcel = Parcel { domain, from: outgoing.envelope_from.clone(), recipients, message };
        let fates = self.carrier.carry(parcel).await;
        drop((room, slot));
        // A carrier that forgot a recipient has not delivered to it.
        let fates = fates.into_iter().chain(std::iter::repeat(Fate::Later(Why::own(FailureReason::TryLater, "4.3.0"))));
        let tried = group.into_iter().zip(fates).collect();
        Ok(self.settling(stop).settle(&outgoing, tried, &header).await?)
    }

    fn settling<'a>(&'a self, stop: &'a Stop) -> Settling<'a> {
        Settling { post: &self.post, schedule: &self.schedule, stop }
    }

    async fn unseal(&self, outgoing: Outgoing) -> Result<(Outgoing, Result<Vec<u8>, CannotOpen>), Stopped> {
        let key = self.post.inner.queue_key.clone();
        self.post
            .compute(move || {
                let opened = key.unseal(&outgoing.seal_id, &outgoing.sealed_bytes);
                let outgoing = Outgoing { sealed_bytes: Vec::new(), ..outgoing };
                (outgoing, opened.map(|message| message.expose().clone()))
            })
            .await
    }

    /// Delivers to one recipient of this box. That it was delivered is noted in the transaction that files the message; what
    /// else became of it is answered, to be noted.
    async fn attempt_here(&self, outgoing: &Outgoing, due: &Due, message: &[u8]) -> Option<Fate> {
        let arrival = Arrival {
            from: outgoing.envelope_from.clone(),
            recipients: vec![due.recipient.clone()],
            origin: Origin::Here(outgoing.envelope_from.clone()),
            trace: Trace { id: self.post.name_message(), ..Trace::default() },
            message: message.to_vec(),
        };
        let now = self.post.context().clock.now();
        let failed = match self.post.seal_arrival(arrival).await {
            Ok((sealed, _room)) => {
                let id = due.id;
                let filed = self.post.context().store.write(move |tx| {
                    room::claim(tx, sealed.iter().map(Sealed::octets).sum())?;
                    if queue::progress(tx, id, Progress::Delivered, now)? {
                        sealed.iter().try_for_each(|sealed| sealed.file(tx))?;
                    }
                    Ok(())
                });
                match filed.await {
                    Ok(()) => {
                        tracing::info!(recipient = %due.recipient, "delivered here");
                        return None;
                    }
                    Err(error) => DeliverError::Store(error),
                }
            }
            Err(error) => error,
        };
        tracing::info!(recipient = %due.recipient, error = &failed as &dyn std::error::Error, "not delivered here");
        Some(match failed {
            DeliverError::NoSuchRecipient => Fate::Never(Why::own(FailureReason::NoSuchRecipient, "5.1.1")),
            DeliverError::TooLargeForAll => Fate::Never(Why::own(FailureReason::TooLarge, "5.3.4")),
            DeliverError::Refused(_) => Fate::Never(Why::own(FailureReason::Refused, "5.4.6")),
            DeliverError::Store(StoreError::DiskFull) => Fate::Later(Why::own(FailureReason::MailboxFull, "4.3.1")),
            _ => Fate::Later(Why::own(FailureReason::TryLater, "4.3.0")),
        })
    }
}

/// A group's place among those that are carried; the runner looks who is next when it is dropped.
struct Slot {
    runner: Runner,
    domain: String,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut busy = self.runner.busy();
        if let Some(of_domain) = busy.domains.get_mut(&self.domain) {
            *of_domain = of_domain.saturating_sub(1);
            if *of_domain == 0 {
                busy.domains.remove(&self.domain);
            }
        }
        drop(busy);
        drop(self.permit.take());
        self.runner.post.wake_queue();
    }
}

/// Lets a group go when it has ended, however it ended.
struct Leave {
    busy: Arc<Mutex<Busy>>,
    ids: Vec<queue::DeliveryId>,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        for id in &self.ids {
            busy.deliveries.remove(id);
        }
    }
}

/// Why nothing could be noted of a try.
#[derive(Debug, thiserror::Error)]
enum AttemptError {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("what became of it cannot be noted")]
    Settle(#[from] DeliverError),
    #[error("the message was not opened")]
    Stopped(#[from] Stopped),
}

#[cfg(test)]
mod tests {
    use shared::api::mailbox::MailboxRole;
    use shared::api::submit::DeliveryState;

    use super::*;
    use crate::core::office::{Office, Scripted};

    /// More than any try here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    async fn due(office: &Office) -> Vec<Due> {
        let now = office.home.now();
        office.home.context.store.read(move |tx| queue::due(tx, now, None, TURN)).await.unwrap()
    }

    /// Starts what was read, as a turn does, and waits until all of it has had its try.
    async fn try_all(runner: &Runner, read: Vec<Due>) {
        let stop = Stop::new();
        runner.start(read, &stop);
        stop.begin();
        tokio::time::timeout(PATIENCE, stop.finish(PATIENCE)).await.unwrap();
        assert!(runner.busy().deliveries.is_empty() && runner.busy().domains.is_empty());
    }

    #[tokio::test]
    async fn what_was_read_as_due_while_it_was_under_way_is_not_carried_again() {
        let mut office = Office::new();
        let (alice, bob) = (office.person("alice").await, office.person("bob").await);
        let carrier = Arc::new(Scripted::default());
        let runner = Runner::new(office.post.clone(), Arc::clone(&carrier) as Arc<dyn Carrier>, Schedule::default());
        let to = ["carol@one.test", "later@one.test", "bob@home.test"];
        let (account, sent) = office.send(&alice, "once", &to).await;
        // Two turns read the same page; the second one looks at it only when the tries of the first have ended.
        let (first, second) = (due(&office).await, due(&office).await);
        assert_eq!((first.len(), second.len()), (3, 3));
        try_all(&runner, first).await;
        let came_of_it = |states: &[DeliveryState]| {
            matches!(states, [DeliveryState::Delivered, DeliveryState::Retrying { .. }, DeliveryState::Delivered])
        };
        office.deliveries(account, sent.sent, came_of_it).await;
        assert_eq!(carrier.carried().len(), 1);

        // Another letter of that page has not been tried, and has its turn.
        office.send(&alice, "twice", &["dave@one.test"]).await;
        let mut stale = second;
        stale.extend(due(&office).await);
        assert_eq!(stale.len(), 4);
        try_all(&runner, stale).await;
        let carried = carrier.carried();
        let to: Vec<_> = carried.iter().flat_map(|parcel| &parcel.recipients).map(ToString::to_string).collect();
        assert_eq!(to, ["carol@one.test", "later@one.test", "dave@one.test"]);
        office.deliveries(account, sent.sent, came_of_it).await;
        assert_eq!(office.look(&bob, MailboxRole::Inbox).await.len(), 1);

        // As it is read now, it is tried again when its time has come.
        office.home.pass(60);
        try_all(&runner, due(&office).await).await;
        assert_eq!(carrier.carried()[2].recipients[0].as_str(), "later@one.test");
    }
}
