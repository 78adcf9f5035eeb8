//! The pace at which mail has to come in, so that nobody holds room in memory and sends nothing.

use std::time::Duration;

use tokio::time::Instant;

/// Octets from which on what comes in is large.
const LARGE_BYTES: usize = 1024 * 1024;
/// What has to come of something large, octets a second: the slowest line that could bring it.
const LARGE_BYTES_PER_SECOND: u128 = 1024;
/// All of a message: 50 MB over a slow line.
const WHOLE: Duration = Duration::from_secs(60 * 60);

/// Until when the next piece of a message has to come: a single octet of a small one, as much as a slow line brings of a large one.
#[derive(Debug)]
pub struct Pace {
    wait: Duration,
    due: Instant,
    end: Instant,
    octets: usize,
    counted: usize,
}

impl Pace {
    /// Begins, with so long a wait for a piece.
    #[must_use]
    pub fn new(now: Instant, wait: Duration) -> Self {
        Self { wait, due: now + wait, end: now + WHOLE, octets: 0, counted: 0 }
    }

    /// Another message begins together with which the ones before are taken or refused: it has its own time, and the pace goes on.
    pub fn another(&mut self, now: Instant) {
        self.end = now + WHOLE;
    }

    /// So many octets have come.
    pub fn came(&mut self, octets: usize, now: Instant) {
        self.octets = self.octets.saturating_add(octets);
        if self.octets - self.counted >= self.piece() {
            (self.due, self.counted) = (now + self.wait, self.octets);
        }
    }

    /// When it is waited for no longer.
    #[must_use]
    pub fn due(&self) -> Instant {
        self.due.min(self.end)
    }

    /// The next piece, octets.
    fn piece(&self) -> usize {
        if self.octets <= LARGE_BYTES {
            return 1;
        }
        usize::try_from(self.wait.as_millis() * LARGE_BYTES_PER_SECOND / 1000).unwrap_or(usize::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_secs(3 * 60);
    const PIECE: usize = 180 * 1024;

    #[test]
    fn a_large_message_that_trickles_is_not_waited_for() {
        let begun = Instant::now();
        let after = |minutes: u64| begun + Duration::from_secs(60 * minutes);
        let mut pace = Pace::new(begun, WAIT);
        pace.came(1, after(2));
        assert_eq!(pace.due(), after(5));
        pace.came(2 * LARGE_BYTES, after(4));
        assert_eq!(pace.due(), after(7));
        pace.came(1, after(5));
        pace.came(PIECE - 2, after(6));
        assert_eq!(pace.due(), after(7));
        pace.came(1, after(6));
        assert_eq!(pace.due(), after(9));
    }

    #[test]
    fn a_message_has_an_hour_and_the_next_one_no_new_pace() {
        let begun = Instant::now();
        let after = |minutes: u64| begun + Duration::from_secs(60 * minutes);
        let mut pace = Pace::new(begun, WAIT);
        pace.came(1, after(59));
        assert_eq!(pace.due(), after(60));
        pace.another(after(59));
        assert_eq!(pace.due(), after(62));
        pace.came(2 * LARGE_BYTES, after(61));
        pace.another(after(62));
        pace.came(1, after(63));
        assert_eq!(pace.due(), after(64));
    }
}
