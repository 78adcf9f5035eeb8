//! Room and turns for messages that are opened for a connection, and the one that each connection keeps at hand. Messages that are read
//! whole as they are stored share the room.
//!
//! Only a device whose password opens mail has an [`Opener`]; it holds the keys, and they go with its connection.
//!
//! Invariants: all opened messages of the box together stay within one budget, those included that connections keep at hand,
//! and these are given up as soon as somebody waits for room; who waits for room holds none, so nobody waits for ever; opening
//! is done off the async threads, a few at a time, and holds no snapshot of the store; opened bytes are wiped when they go.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use shared::api::Timestamp;
use shared::pgp::SecretKey;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::limits::{BATCH_BYTES, OPENED_BYTES, OPENERS};
use crate::core::budget::{Budget, Reserved};
use crate::core::opening::{OpenKeys, Stored};
use crate::store::messages::{BodyId, MessageRecord};
use crate::store::{ReadTx, Store, StoreError};
use crate::structure::Part;

/// Memory that opening takes, as a multiple of the stored size: decoded, decrypted, unpacked, and what comes of it.
const OPENING_TAKES: usize = 4;

/// A message that was opened.
pub(super) struct Opened {
    body: BodyId,
    bytes: Zeroizing<Vec<u8>>,
    part: OnceLock<Part>,
    _room: Reserved,
}

impl Opened {
    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its parts.
    pub(super) fn part(&self) -> &Part {
        self.part.get_or_init(|| Part::of_message(&self.bytes))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?})", self.body)
    }
}

/// Where a connection keeps the message that it opened last.
type AtHand = Mutex<Option<Arc<Opened>>>;

/// What all connections share.
#[derive(Debug)]
pub(super) struct ReadingRoom {
    pub(super) budget: Budget,
    /// Octets of all of it.
    pub(super) octets: usize,
    turns: Semaphore,
    pub(super) waiting: AtomicUsize,
    kept: Mutex<Vec<Weak<AtHand>>>,
}

impl ReadingRoom {
    pub(super) fn new() -> Self {
        Self::with_room(OPENED_BYTES)
    }

    pub(super) fn with_room(octets: usize) -> Self {
        let kept = Mutex::default();
        Self { budget: Budget::new(octets), octets, turns: Semaphore::new(OPENERS), waiting: AtomicUsize::new(0), kept }
    }

    /// Waits for room; takes from others what they only keep at hand. Safe to cancel.
    pub(super) async fn room(&self, octets: usize) -> Reserved {
        if let Some(room) = self.budget.try_reserve(octets) {
            return room;
        }
        let _waits = Waits::new(&self.waiting);
        for kept in self.all_kept() {
            drop(taken(&kept));
        }
        self.budget.reserve(octets).await
    }

    fn all_kept(&self) -> Vec<Arc<AtHand>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade).collect()
    }
}

/// Counts who waits.
struct Waits<'c>(&'c AtomicUsize);

impl<'c> Waits<'c> {
    fn new(count: &'c AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What opens mail for one connection; clones are of the same.
#[derive(Clone, Debug)]
pub(super) struct Opener {
    keys: Arc<OpenKeys>,
    room: Arc<ReadingRoom>,
    at_hand: Arc<AtHand>,
}

/// What was looked at, and what is still to be.
pub(super) struct Looked<T> {
    pub(super) seen: Vec<T>,
    pub(super) left: Vec<MessageRecord>,
    /// Room for what is held of it beside the messages.
    pub(super) room: Option<Reserved>,
}

/// What came of a look at one message.
pub(super) enum Look<T> {
    /// What was seen, and how many octets that has beside the message.
    Seen(T, usize),
    /// Message and what is seen of it take so many octets, more than there is room for.
    Larger(usize),
}

/// What came of one go.
enum Went<T> {
    Done(Looked<T>),
    /// The first message takes so many octets, more than it was given.
    Larger(usize, Vec<MessageRecord>),
}

impl Opener {
    pub(super) fn new(keys: Vec<SecretKey>, room: &Arc<ReadingRoom>) -> Self {
        let at_hand = Arc::new(AtHand::default());
        let mut kept = room.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.strong_count() > 0);
        kept.push(Arc::downgrade(&at_hand));
        drop(kept);
        Self { keys: Arc::new(OpenKeys::new(keys)), room: Arc::clone(room), at_hand }
    }

    /// Forgets the message that was kept at hand.
    pub(super) fn forget(&self) {
        drop(taken(&self.at_hand));
    }

    /// Opens as many messages as are good in one go, at least one, and has each looked at, off the async threads. Those that
    /// are gone are passed over. `look` is told how many octets there is room for, message and what is seen of it together. With
    /// `keep`, the last one stays at hand.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn look<T, F>(
        &self,
        store: &Store,
        now: Timestamp,
        mut rows: Vec<MessageRecord>,
        keep: bool,
        look: Arc<F>,
    ) -> Result<Looked<T>, StoreError>
    where
        T: Send + 'static,
        F: Fn(&MessageRecord, &Arc<Opened>, usize) -> Look<T> + Send + Sync + 'static,
    {
        let mut at_least = 0;
        if let Some(opened) = self.at_hand(rows.first()) {
            let (size, mut room, mut row) = (opened.bytes().len(), None, rows.remove(0));
            while at_least == 0 {
                let (look, opened) = (Arc::clone(&look), Arc::clone(&opened));
                let had = size + room.as_ref().map_or(0, |(octets, _)| *octets);
                let looked = self.compute(move || (look(&row, &opened, had), row, room));
                match looked.await? {
                    (Look::Seen(seen, _), _, room) => {
                        return Ok(Looked { seen: vec![seen], left: rows, room: room.map(|(_, room)| room) });
                    }
                    (Look::Larger(octets), same, _) => {
                        let more = octets.saturating_sub(size);
                        room = self.room.budget.try_reserve(more).map(|had| (more, had));
                        row = same;
                        if room.is_none() {
                            at_least = octets;
                        }
                    }
                }
            }
            rows.insert(0, row);
        }
        // Nothing is held while room is waited for.
        self.forget();
        loop {
            let alone = at_least > 0;
            let later = rows.split_off(group(&rows, alone));
            let octets: usize = rows.iter().map(takes).sum();
            let allowed = octets.max(at_least);
            let room = self.room.room(allowed).await;
            let stored = read(store, &rows).await?;
            let (this, look) = (self.clone(), Arc::clone(&look));
            let went = self.compute(move || {
                let rows = rows.into_iter().zip(stored).collect();
                let mut work = Work { rows, room, allowed, alone };
                let (went, last) = work.go(|stored| this.keys.open(stored, now), &*look);
                if let Some(last) = last.filter(|_| keep) {
                    this.keep(last);
                }
                went
            });
            match went.await? {
                Went::Done(mut looked) => {
                    looked.left.extend(later);
                    return Ok(looked);
                }
                Went::Larger(octets, mut all) => {
                    all.extend(later);
                    (rows, at_least) = (all, octets);
                }
            }
        }
    }

    /// Runs computing off the async threads, when it is its turn.
    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        let _turn = self.room.turns.acquire().await.map_err(|_| StoreError::Closed)?;
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|_| StoreError::Closed)
    }

    /// The message that is at hand, where it is this one.
    fn at_hand(&self, row: Option<&MessageRecord>) -> Option<Arc<Opened>> {
        let at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        at_hand.clone().filter(|opened| row.is_some_and(|row| row.body == opened.body))
    }

    /// Keeps a message at hand, unless somebody waits for the room that it takes.
    fn keep(&self, opened: Arc<Opened>) {
        *self.at_hand.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        if self.room.waiting.load(Ordering::SeqCst) > 0 {
            self.forget();
        }
    }
}

/// Reads messages; those that are gone are `None`.
async fn read(store: &Store, rows: &[MessageRecord]) -> Result<Vec<Option<Stored>>, StoreError> {
    let bodies: Vec<BodyId> = rows.iter().map(|row| row.body).collect();
    let one = |tx: &ReadTx<'_>, body| match Stored::read(tx, body) {
        Ok(stored) => Ok(Some(stored)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    };
    store.read(move |tx| bodies.into_iter().map(|body| one(tx, body)).collect()).await
}

/// Messages that are opened in one go.
struct Work {
    rows: VecDeque<(MessageRecord, Option<Stored>)>,
    room: Reserved,
    /// Octets that it was asked for, whether there are so many or not.
    allowed: usize,
    /// There is only one, and it has been given all the room that it takes, or all that there is.
    alone: bool,
}

impl Work {
    /// Opens one after the other; answers what was seen, and the last one.
    fn go<T>(
        &mut self,
        open: impl Fn(Stored) -> Zeroizing<Vec<u8>>,
        look: impl Fn(&MessageRecord, &Arc<Opened>, usize) -> Look<T>,
    ) -> (Went<T>, Option<Arc<Opened>>) {
        let (mut seen, mut octets, mut last, mut told) = (Vec::new(), 0, None, None::<Reserved>);
        while octets < BATCH_BYTES
            && let Some((row, stored)) = self.rows.pop_front()
        {
            let Some(stored) = stored else { continue };
            let bytes = open(stored);
            let Some(room) = self.room_of(bytes.len()) else {
                // Compression made little of much.
                self.rows.push_front((row, None));
                if seen.is_empty() {
                    return (Went::Larger(bytes.len(), self.left()), None);
                }
                break;
            };
            let opened = Arc::new(Opened { body: row.body, bytes, part: OnceLock::new(), _room: room });
            match look(&row, &opened, self.allowed) {
                Look::Seen(one, more) => {
                    octets += more;
                    seen.push(one);
                    let room = self.room_of_what_is_told(more);
                    match &mut told {
                        Some(told) => told.join(room),
                        None => told = Some(room),
                    }
                    self.allowed = self.allowed.saturating_sub(opened.bytes().len() + more);
                }
                Look::Larger(octets) => {
                    self.rows.push_front((row, None));
                    if seen.is_empty() {
                        return (Went::Larger(octets, self.left()), None);
                    }
                    break;
                }
            }
            last = Some(opened);
        }
        (Went::Done(Looked { seen, left: self.left(), room: told }), last)
    }

    fn room_of(&mut self, octets: usize) -> Option<Reserved> {
        match self.room.split(octets) {
            None if self.alone => Some(self.room.take()),
            room => room,
        }
    }

    /// Little is told of little room, and for that there is some.
    fn room_of_what_is_told(&mut self, octets: usize) -> Reserved {
        self.room.split(octets).unwrap_or_else(|| self.room.take())
    }

    fn left(&mut self) -> Vec<MessageRecord> {
        self.rows.drain(..).map(|(row, _)| row).collect()
    }
}

/// How much memory a message takes while it is being opened, octets.
fn takes(row: &MessageRecord) -> usize {
    usize::try_from(row.size).unwrap_or(usize::MAX).saturating_mul(OPENING_TAKES)
}

/// How many messages are opened in one go.
fn group(rows: &[MessageRecord], alone: bool) -> usize {
    let mut octets = 0_u64;
    let fits = |row: &&MessageRecord| {
        octets = octets.saturating_add(row.size);
        octets <= BATCH_BYTES as u64
    };
    let several = if alone { 0 } else { rows.iter().take_while(fits).count() };
    several.max(1).min(rows.len())
}

fn taken(at_hand: &AtHand) -> Option<Arc<Opened>> {
    at_hand.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests;
