//! What the log says while nothing can be written: once that it has begun, once that it is over.
//!
//! What cannot be written is tried again and again, by whoever holds it (`core::settle`) or by other servers; a line for each
//! try would bury what else there is to read. On a disk that is all but full small things can be written while large ones
//! cannot, so it is over only when nothing has failed for a while.

use std::mem::Discriminant;
use std::time::{Duration, Instant};

use super::StoreError;

/// It is over when something was written and nothing has failed for so long: some times longer than the pauses between tries.
const QUIET: Duration = Duration::from_secs(20);

/// Whether writing fails at present.
#[derive(Debug, Default)]
pub(super) struct Trouble(Option<Ongoing>);

#[derive(Debug)]
struct Ongoing {
    kind: Discriminant<StoreError>,
    last: Instant,
    failures: u64,
    /// Something was written since the last failure.
    works: bool,
}

impl Trouble {
    /// A transaction has failed; answers whether that is news.
    pub(super) fn failed(&mut self, error: &StoreError, now: Instant) -> bool {
        let kind = std::mem::discriminant(error);
        let known = self.0.take().filter(|ongoing| ongoing.kind == kind);
        let failures = known.as_ref().map_or(0, |ongoing| ongoing.failures);
        self.0 = Some(Ongoing { kind, last: now, failures: failures.saturating_add(1), works: false });
        known.is_none()
    }

    /// A transaction is durable.
    pub(super) fn worked(&mut self) {
        if let Some(ongoing) = &mut self.0 {
            ongoing.works = true;
        }
    }

    /// Answers once, when it is over, how many transactions had failed.
    pub(super) fn over(&mut self, now: Instant) -> Option<u64> {
        let over = |ongoing: &mut Ongoing| ongoing.works && now.saturating_duration_since(ongoing.last) >= QUIET;
        self.0.take_if(over).map(|ongoing| ongoing.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_again_and_again_is_news_once_and_over_once() {
        let (mut trouble, began) = (Trouble::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        assert!(trouble.failed(&StoreError::DiskFull, at(0)));
        for seconds in (5..60).step_by(5) {
            // Small things are written meanwhile.
            trouble.worked();
            assert_eq!(trouble.over(at(seconds)), None);
            assert!(!trouble.failed(&StoreError::DiskFull, at(seconds)));
        }
        assert_eq!(trouble.over(at(200)), None, "nothing was written since");
        trouble.worked();
        assert_eq!(trouble.over(at(55) + QUIET - Duration::from_millis(1)), None);
        assert_eq!(trouble.over(at(55) + QUIET), Some(12));
        assert_eq!(trouble.over(at(300)), None);
        assert!(trouble.failed(&StoreError::DiskFull, at(301)));
    }

    #[test]
    fn another_reason_is_news() {
        let (mut trouble, now) = (Trouble::default(), Instant::now());
        assert!(trouble.failed(&StoreError::DiskFull, now));
        assert!(trouble.failed(&StoreError::RolledBack, now));
        assert!(!trouble.failed(&StoreError::RolledBack, now));
    }
}
