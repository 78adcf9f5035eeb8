//! The pace at which mail has to come in and to be taken, so that nobody holds room in memory and sends or reads next to nothing.

use std::time::Duration;

use tokio::time::Instant;

/// Octets from which on what comes in is large.
const LARGE_BYTES: usize = 1024 * 1024;
/// What has to come of something large, octets a second: the slowest line that could bring it.
const LARGE_BYTES_PER_SECOND: u128 = 1024;
/// All of a message, however slowly it comes, and all of an answer, however slowly it is taken.
const WHOLE: Duration = Duration::from_secs(60 * 60);
/// Who keeps up so many octets a second in the mean is waited for longer: 50 MB take two hours over 64 kbit/s.
const MEAN_BYTES_PER_SECOND: usize = 6 * 1024;

/// Until when the next piece of a message has to come: a single octet of a small one, as much as a slow line brings of a large one.
#[derive(Debug)]
pub struct Pace {
    wait: Duration,
    due: Instant,
    begun: Instant,
    octets: usize,
    /// Octets before the message at hand.
    before: usize,
    counted: usize,
}

impl Pace {
    /// Begins, with so long a wait for a piece.
    #[must_use]
    pub fn new(now: Instant, wait: Duration) -> Self {
        Self { wait, due: now + wait, begun: now, octets: 0, before: 0, counted: 0 }
    }

    /// Another message begins together with which the ones before are taken or refused: it has its own time, and the pace goes on.
    pub fn another(&mut self, now: Instant) {
        (self.begun, self.before) = (now, self.octets);
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
        self.due.min(self.begun + patience(self.octets - self.before))
    }

    /// The next piece, octets.
    fn piece(&self) -> usize {
        if self.octets <= LARGE_BYTES {
            return 1;
        }
        usize::try_from(self.wait.as_millis() * LARGE_BYTES_PER_SECOND / 1000).unwrap_or(usize::MAX).max(1)
    }
}

/// How long somebody has who has brought or taken so many octets.
fn patience(octets: usize) -> Duration {
    WHOLE + Duration::from_secs((octets / MEAN_BYTES_PER_SECOND) as u64)
}

/// How a reader takes one answer. Only the time counts in which something waits to be taken.
#[derive(Clone, Copy, Default, Debug)]
pub struct Taking {
    octets: usize,
    waited: Duration,
}

impl Taking {
    /// So many octets were taken after so long a wait.
    pub fn took(&mut self, octets: usize, waited: Duration) {
        self.octets = self.octets.saturating_add(octets);
        self.waited = self.waited.saturating_add(waited);
    }

    /// How much longer is waited.
    #[must_use]
    pub fn left(&self) -> Duration {
        patience(self.octets).saturating_sub(self.waited)
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
    fn who_keeps_up_the_pace_of_a_slow_line_has_more_than_an_hour() {
        let begun = Instant::now();
        // In an hour 3.5 MB of one come, and 22 MB of the other.
        for (kilobytes_per_second, is_waited_for) in [(1, false), (7, true)] {
            let mut pace = Pace::new(begun, WAIT);
            for minutes in 1..=120 {
                let now = begun + Duration::from_secs(60 * minutes);
                if now > pace.due() {
                    assert!(!is_waited_for && minutes < 75, "{minutes}");
                    break;
                }
                pace.came(60 * 1024 * kilobytes_per_second, now);
                assert!(is_waited_for || minutes < 75, "{minutes}");
            }
        }
    }

    #[test]
    fn a_reader_who_takes_an_octet_at_a_time_is_waited_for_no_longer() {
        let (mut trickles, mut is_slow) = (Taking::default(), Taking::default());
        for _ in 0..120 {
            trickles.took(1, Duration::from_secs(60));
            is_slow.took(60 * 7 * 1024, Duration::from_secs(60));
        }
        assert_eq!(trickles.left(), Duration::ZERO);
        assert!(is_slow.left() > WHOLE);
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
