//! One cap on the octets of mail that the box holds in memory at once, whoever they belong to; of it, strangers of one network
//! have a quarter at most, and the devices of one account half.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use crate::net::peer::Network;
use crate::store::AccountNo;

/// Octets are counted in pieces of this size.
const PIECE: usize = 1024;
/// Which part of the budget one network may have.
const NETWORK_SHARE: u32 = 4;
/// Which part of the budget the devices of one account may have for what they send: a password that was stolen leaves the others room.
const ACCOUNT_SHARE: u32 = 2;
/// How long who waits for room leaves it to those who take it at once.
const PATIENCE: Duration = Duration::from_secs(60);
/// Octets that are reserved at first for what comes in; doubled as it grows, up to [`STEP_BYTES`].
const FIRST_BYTES: usize = 64 * 1024;
/// Most octets that are reserved ahead of what has come in.
const STEP_BYTES: usize = 8 * 1024 * 1024;

type Shares = Arc<Mutex<HashMap<Sharer, u32>>>;

/// Who may have a share of the budget only, however much there is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sharer {
    /// Strangers of one network: a quarter.
    Network(Network),
    /// The devices of one account: half.
    Account(AccountNo),
}

/// The cap; clones share it.
#[derive(Clone, Debug)]
pub struct Budget {
    pieces: Arc<Semaphore>,
    total: u32,
    shares: Shares,
    freed: Arc<Notify>,
}

/// Why a part of the budget cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoRoom {
    /// Others have it now.
    Now,
    /// There is not so much in all.
    Ever,
}

/// A part of the budget; given back when it is dropped.
#[derive(Debug)]
pub struct Reserved {
    permit: OwnedSemaphorePermit,
    shares: Vec<Share>,
    // Goes last, when the part can be had again.
    freed: Freed,
}

/// Tells who waits that there is more room.
#[derive(Clone, Debug)]
struct Freed(Arc<Notify>);

impl Drop for Freed {
    fn drop(&mut self) {
        self.0.notify_waiters();
    }
}

impl Budget {
    /// A budget of so many octets.
    #[must_use]
    pub fn new(octets: usize) -> Self {
        let total = pieces(octets);
        Self { pieces: Arc::new(Semaphore::new(total as usize)), total, shares: Arc::default(), freed: Arc::default() }
    }

    /// Takes a part for so many octets, or nothing where the rest is too small.
    #[must_use]
    pub fn try_reserve(&self, octets: usize) -> Option<Reserved> {
        self.try_pieces(pieces(octets))
    }

    fn try_pieces(&self, pieces: u32) -> Option<Reserved> {
        let permit = Arc::clone(&self.pieces).try_acquire_many_owned(pieces).ok()?;
        Some(Reserved { permit, shares: Vec::new(), freed: Freed(Arc::clone(&self.freed)) })
    }

    /// The same for who must have so much left of a share too.
    #[must_use]
    pub fn try_reserve_for(&self, sharer: Sharer, octets: usize) -> Option<Reserved> {
        let share = Share::take(&self.shares, sharer, pieces(octets), self.share(sharer))?;
        let mut room = self.try_reserve(octets)?;
        room.shares.push(share);
        Some(room)
    }

    /// Whether who holds `held` of a share could have so many octets more of it now; nothing is reserved.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub fn has_room_for(&self, sharer: Sharer, held: usize, octets: usize) -> Result<(), NoRoom> {
        if pieces(octets).saturating_add(pieces(held)) > self.share(sharer) {
            return Err(NoRoom::Ever);
        }
        self.try_reserve_for(sharer, octets).map(drop).ok_or(NoRoom::Now)
    }

    fn share(&self, sharer: Sharer) -> u32 {
        match sharer {
            Sharer::Network(_) => self.total / NETWORK_SHARE,
            Sharer::Account(_) => self.total / ACCOUNT_SHARE,
        }
    }

    /// Waits for a part for so many octets; for more than there is in all, for all of it. Who waits keeps nothing from others for the
    /// first minute; then what is given back gathers for who has waited longest. Safe to cancel.
    pub async fn reserve(&self, octets: usize) -> Reserved {
        let pieces = pieces(octets).min(self.total);
        let mut patience = pin!(sleep(PATIENCE));
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            if let Some(room) = self.try_pieces(pieces) {
                return room;
            }
            tokio::select! {
                () = freed => {}
                () = &mut patience => break,
            }
        }
        let permit = Arc::clone(&self.pieces).acquire_many_owned(pieces).await;
        let permit = permit.expect("the semaphore is never closed");
        Reserved { permit, shares: Vec::new(), freed: Freed(Arc::clone(&self.freed)) }
    }

    /// Takes a part for so many octets by who holds `held` already.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub fn reserve_beside(&self, held: usize, octets: usize) -> Result<Reserved, NoRoom> {
        if pieces(octets).saturating_add(pieces(held)) > self.total {
            return Err(NoRoom::Ever);
        }
        self.try_reserve(octets).ok_or(NoRoom::Now)
    }
}

impl Reserved {
    /// Takes so many octets out of this part into one of their own; `None` where it has fewer. What a network has of its share
    /// stays with this part.
    #[must_use]
    pub fn split(&mut self, octets: usize) -> Option<Self> {
        let permit = self.permit.split(pieces(octets) as usize)?;
        Some(Self { permit, shares: Vec::new(), freed: self.freed.clone() })
    }

    /// Takes all that there is in this part.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let all = self.permit.num_permits();
        let permit = self.permit.split(all).expect("a part has what it has");
        Self { permit, shares: std::mem::take(&mut self.shares), freed: self.freed.clone() }
    }

    /// Adds another part to this one.
    pub fn join(&mut self, other: Self) {
        self.permit.merge(other.permit);
        self.shares.extend(other.shares);
    }
}

fn pieces(octets: usize) -> u32 {
    u32::try_from(octets.div_ceil(PIECE)).unwrap_or(u32::MAX)
}

/// What somebody has of a share; given back when it is dropped.
#[derive(Debug)]
struct Share {
    shares: Shares,
    sharer: Sharer,
    pieces: u32,
}

impl Share {
    fn take(shares: &Shares, sharer: Sharer, pieces: u32, most: u32) -> Option<Self> {
        let mut all = shares.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.get(&sharer).copied().unwrap_or(0).saturating_add(pieces);
        if taken > most {
            return None;
        }
        all.insert(sharer, taken);
        Some(Self { shares: Arc::clone(shares), sharer, pieces })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut all = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(&self.sharer) {
            *taken = taken.saturating_sub(self.pieces);
            if *taken == 0 {
                all.remove(&self.sharer);
            }
        }
    }
}

/// Why no more is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overflow {
    /// It is more than it may be.
    TooLarge,
    /// There is no room for more now.
    NoRoom,
}

/// How many octets to reserve next for what comes in, by who has reserved so many and knows how many more are to come: little ahead
/// of what has come, and enough that nobody does so for every piece.
#[must_use]
pub fn next_step(reserved: usize, left: usize) -> usize {
    reserved.clamp(FIRST_BYTES, STEP_BYTES).min(left.max(FIRST_BYTES).max(reserved / 8))
}

/// Octets that come in piece by piece, their room reserved as they come.
#[derive(Debug)]
pub struct Gathering {
    budget: Budget,
    sharer: Option<Sharer>,
    limit: usize,
    uncounted: usize,
    reserved: usize,
    held: Held,
}

/// Octets with their room.
#[derive(Debug, Default)]
pub struct Held {
    /// The octets.
    pub bytes: Vec<u8>,
    /// Their room, where they are counted.
    pub room: Option<Reserved>,
}

impl From<Vec<u8>> for Held {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, room: None }
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Gathering {
    /// Begins; `limit` octets at most, the room for them counted against a share where its sender has one.
    #[must_use]
    pub fn new(budget: Budget, sharer: Option<Sharer>, limit: usize) -> Self {
        Self { budget, sharer, limit, uncounted: 0, reserved: 0, held: Held::default() }
    }

    /// Leaves so many octets uncounted: what every small request has.
    #[must_use]
    pub fn uncounted(self, octets: usize) -> Self {
        Self { uncounted: octets, ..self }
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// [`Overflow`]; the piece was not added then.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Overflow> {
        let needed = self.len().saturating_add(piece.len());
        if needed > self.limit {
            return Err(Overflow::TooLarge);
        }
        if needed > self.reserved.max(self.uncounted) {
            // Some more than is needed, where there is so much.
            let ahead = (self.reserved + self.reserved.min(STEP_BYTES)).max(FIRST_BYTES).min(self.limit).max(needed);
            let had =
                [ahead, needed].into_iter().find_map(|octets| Some((octets, self.reserve(octets - self.reserved)?)));
            let (reserved, more) = had.ok_or(Overflow::NoRoom)?;
            match &mut self.held.room {
                Some(room) => room.join(more),
                None => self.held.room = Some(more),
            }
            self.reserved = reserved;
            self.held.bytes.reserve_exact(reserved - self.held.bytes.len());
        }
        self.held.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn reserve(&self, octets: usize) -> Option<Reserved> {
        match self.sharer {
            Some(sharer) => self.budget.try_reserve_for(sharer, octets),
            None => self.budget.try_reserve(octets),
        }
    }

    /// Octets so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.bytes.len()
    }

    /// Whether nothing has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.bytes.is_empty()
    }

    /// All of it.
    #[must_use]
    pub fn finish(self) -> Held {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_given_back_can_be_had_again() {
        let budget = Budget::new(10 * PIECE);
        let mut some = budget.try_reserve(4 * PIECE).unwrap();
        some.join(budget.try_reserve(5 * PIECE + 1).unwrap());
        assert!(budget.try_reserve(1).is_none());
        assert!(some.split(11 * PIECE).is_none());
        let three = some.split(3 * PIECE).unwrap();
        drop(some);
        assert!(budget.try_reserve(8 * PIECE).is_none());
        let mut rest = three;
        let three = rest.take();
        drop(rest);
        assert!(budget.try_reserve(8 * PIECE).is_none());
        drop(three);
        let all = budget.reserve(1000 * PIECE).await;
        assert!(budget.try_reserve(1).is_none());
        drop(all);
        assert!(budget.try_reserve(10 * PIECE).is_some());
        assert_eq!(budget.reserve_beside(PIECE, 9 * PIECE + 1).unwrap_err(), NoRoom::Ever);
        let most = budget.reserve_beside(PIECE, 9 * PIECE).unwrap();
        assert_eq!(budget.reserve_beside(0, 2 * PIECE).unwrap_err(), NoRoom::Now);
        drop(most);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_much_keeps_nothing_from_others_for_a_minute() {
        use futures_util::poll;

        let budget = Budget::new(10 * PIECE);
        let (held, other) = (budget.try_reserve(6 * PIECE).unwrap(), budget.try_reserve(4 * PIECE).unwrap());
        let mut much = pin!(budget.reserve(8 * PIECE));
        {
            let mut little = pin!(budget.reserve(PIECE));
            assert!(poll!(&mut much).is_pending() && poll!(&mut little).is_pending());
            drop(other);
            assert!(poll!(&mut much).is_pending() && poll!(&mut little).is_ready());
            assert!(budget.try_reserve(4 * PIECE).is_some());
        }
        tokio::time::advance(PATIENCE + Duration::from_millis(1)).await;
        assert!(poll!(&mut much).is_pending());
        // Now it gathers.
        assert!(budget.try_reserve(PIECE).is_none());
        drop(held);
        assert!(poll!(&mut much).is_ready());
    }

    #[test]
    fn strangers_of_one_network_have_a_quarter() {
        let budget = Budget::new(16 * PIECE);
        let network = |text: &str| Sharer::Network(Network::of(text.parse().unwrap()));
        let (one, other) = (network("192.0.2.1"), network("192.0.2.2"));
        let mut first = budget.try_reserve_for(one, 3 * PIECE).unwrap();
        assert!(budget.try_reserve_for(one, 2 * PIECE).is_none());
        first.join(budget.try_reserve_for(one, PIECE).unwrap());
        assert!(budget.try_reserve_for(one, PIECE).is_none());
        let _others = budget.try_reserve_for(other, 4 * PIECE).unwrap();
        let _own = budget.try_reserve(8 * PIECE).unwrap();
        assert!(budget.try_reserve_for(network("192.0.2.3"), PIECE).is_none());
        drop(first);
        assert!(budget.try_reserve_for(one, 4 * PIECE).is_some());
    }

    #[test]
    fn the_devices_of_one_account_have_half() {
        let budget = Budget::new(16 * PIECE);
        let (one, other) = (Sharer::Account(AccountNo(1)), Sharer::Account(AccountNo(2)));
        assert_eq!(budget.has_room_for(one, PIECE, 8 * PIECE), Err(NoRoom::Ever));
        let first = budget.try_reserve_for(one, 5 * PIECE).unwrap();
        assert_eq!(budget.has_room_for(one, 0, 4 * PIECE), Err(NoRoom::Now));
        assert_eq!(budget.has_room_for(one, 5 * PIECE, 3 * PIECE), Ok(()));
        let _others = budget.try_reserve_for(other, 8 * PIECE).unwrap();
        assert_eq!(budget.has_room_for(one, 0, 4 * PIECE), Err(NoRoom::Now));
        drop(first);
        assert!(budget.try_reserve_for(one, 8 * PIECE).is_some());
    }

    #[test]
    fn steps_follow_what_has_come_and_are_not_many() {
        assert_eq!(next_step(0, 10), FIRST_BYTES);
        assert_eq!(next_step(0, usize::MAX), FIRST_BYTES);
        assert_eq!(next_step(FIRST_BYTES, usize::MAX), FIRST_BYTES);
        assert_eq!(next_step(100 * STEP_BYTES, usize::MAX), STEP_BYTES);
        assert_eq!(next_step(STEP_BYTES, STEP_BYTES / 2), STEP_BYTES / 2);
        assert_eq!(next_step(100 * STEP_BYTES, 1), STEP_BYTES);
        assert_eq!(next_step(STEP_BYTES, 1), STEP_BYTES / 8);
    }

    #[test]
    fn room_is_reserved_a_little_ahead_of_what_comes() {
        let budget = Budget::new(100 * STEP_BYTES);
        let mut gathering = Gathering::new(budget.clone(), None, 5 * STEP_BYTES).uncounted(10);
        gathering.push(&[b'a'; 10]).unwrap();
        assert_eq!(gathering.reserved, 0);
        gathering.push(b"b").unwrap();
        assert_eq!(gathering.reserved, FIRST_BYTES);
        let piece = vec![b'c'; STEP_BYTES / 8];
        for _ in 0..39 {
            gathering.push(&piece).unwrap();
            assert!(gathering.reserved <= gathering.len() + STEP_BYTES, "{}", gathering.reserved);
        }
        assert_eq!(gathering.push(&piece), Err(Overflow::TooLarge));
        let held = gathering.finish();
        assert_eq!(held.bytes.len(), 11 + 39 * piece.len());
        drop(held);
        assert!(budget.try_reserve(100 * STEP_BYTES).is_some());
    }
}
