//! What was found for addresses elsewhere, remembered for a while, in memory alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use shared::api::keys::LookupOutcome;
use shared::api::{EmailAddress, Timestamp};

/// Addresses whose outcome is kept.
const KEPT: usize = 5000;

/// For how long each outcome counts, seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lives {
    /// That there is a certificate.
    pub(super) found: i64,
    /// That there is none.
    pub(super) none: i64,
    /// That the other side could not be asked.
    pub(super) unreachable: i64,
}

/// Outcomes by address; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    lives: Lives,
    outcomes: Arc<Mutex<BTreeMap<EmailAddress, (LookupOutcome, Timestamp)>>>,
}

impl Kept {
    pub(super) fn new(lives: Lives) -> Self {
        Self { lives, outcomes: Arc::default() }
    }

    /// What was found, where that still counts.
    pub(super) fn get(&self, address: &EmailAddress, now: Timestamp) -> Option<LookupOutcome> {
        let kept = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(address).filter(|(_, until)| *until > now).map(|(outcome, _)| outcome.clone())
    }

    /// Remembers it; of too many, first those that no longer count go, then all.
    pub(super) fn put(&self, address: EmailAddress, outcome: &LookupOutcome, now: Timestamp) {
        let seconds = match outcome {
            LookupOutcome::Found { .. } => self.lives.found,
            LookupOutcome::None => self.lives.none,
            LookupOutcome::Unreachable => self.lives.unreachable,
        };
        let mut kept = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, (_, until)| *until > now);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(address, (outcome.clone(), now.plus(seconds)));
    }
}
