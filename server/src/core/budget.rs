//! One cap on the octets of mail that the box holds in memory at once, whoever they belong to.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Octets are counted in pieces of this size.
const PIECE: usize = 1024;

/// The cap; clones share it.
#[derive(Clone, Debug)]
pub struct Budget {
    pieces: Arc<Semaphore>,
    total: u32,
}

/// A part of the budget; given back when it is dropped.
#[derive(Debug)]
pub struct Reserved {
    permit: OwnedSemaphorePermit,
}

impl Budget {
    /// A budget of so many octets.
    #[must_use]
    pub fn new(octets: usize) -> Self {
        let total = pieces(octets);
        Self { pieces: Arc::new(Semaphore::new(total as usize)), total }
    }

    /// Takes a part for so many octets, or nothing where the rest is too small.
    #[must_use]
    pub fn try_reserve(&self, octets: usize) -> Option<Reserved> {
        let permit = Arc::clone(&self.pieces).try_acquire_many_owned(pieces(octets)).ok()?;
        Some(Reserved { permit })
    }

    /// Waits for a part for so many octets; for more than there is in all, for all of it. Safe to cancel.
    pub async fn reserve(&self, octets: usize) -> Reserved {
        let pieces = pieces(octets).min(self.total);
        let permit = Arc::clone(&self.pieces).acquire_many_owned(pieces).await;
        Reserved { permit: permit.expect("the semaphore is never closed") }
    }
}

impl Reserved {
    /// Takes so many octets out of this part into one of their own; `None` where it has fewer.
    #[must_use]
    pub fn split(&mut self, octets: usize) -> Option<Self> {
        self.permit.split(pieces(octets) as usize).map(|permit| Self { permit })
    }

    /// Takes all that there is in this part.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let all = self.permit.num_permits();
        Self { permit: self.permit.split(all).expect("a part has what it has") }
    }

    /// Adds another part to this one.
    pub fn join(&mut self, other: Self) {
        self.permit.merge(other.permit);
    }
}

fn pieces(octets: usize) -> u32 {
    u32::try_from(octets.div_ceil(PIECE)).unwrap_or(u32::MAX)
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
    }
}
