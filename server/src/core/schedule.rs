//! When a delivery is tried again, and when it is given up.

use shared::api::Timestamp;

/// When a delivery that failed for now is tried again (RFC 5321 §4.5.4.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    steps: Vec<u32>,
    give_up: u32,
}

impl Schedule {
    /// Seconds after the first, second, … try; the last step repeats.
    const STEPS: [u32; 7] = [60, 5 * 60, 15 * 60, 3600, 2 * 3600, 4 * 3600, 8 * 3600];
    /// Five days, in seconds.
    const GIVE_UP: u32 = 5 * 24 * 3600;

    /// Tries again after `steps` seconds, one after the other, the last one repeated, until `give_up` seconds have passed. No
    /// steps or no time stands for the usual ones.
    #[must_use]
    pub fn new(steps: &[u32], give_up: u32) -> Self {
        let steps = if steps.is_empty() { Self::STEPS.to_vec() } else { steps.to_vec() };
        Self { steps, give_up: if give_up == 0 { Self::GIVE_UP } else { give_up } }
    }

    /// When to try again after `attempts` tries, of which the last was just now; `None`: give up.
    #[must_use]
    pub fn next(&self, attempts: u32, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let step = self.steps.get(attempts.saturating_sub(1) as usize).or(self.steps.last()).copied().unwrap_or(1);
        let end = since.plus(i64::from(self.give_up));
        let next = now.plus(i64::from(step.max(1)));
        // The last try is at the very end, not a whole step before it.
        if now >= end { None } else { Some(next.min(end)) }
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::new(&[], 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_grows_and_ends() {
        let schedule = Schedule::default();
        let (since, mut now, mut tries) = (Timestamp(1000), Timestamp(1000), 1);
        let mut waits = Vec::new();
        while let Some(next) = schedule.next(tries, since, now) {
            waits.push(next.0 - now.0);
            now = next;
            tries += 1;
        }
        assert_eq!(waits[..7], [60, 300, 900, 3600, 7200, 14400, 28800]);
        assert!(waits[7..waits.len() - 1].iter().all(|wait| *wait == 28800));
        assert_eq!(now.0 - since.0, 5 * 24 * 3600);
    }

    #[test]
    fn a_schedule_of_ones_own() {
        let schedule = Schedule::new(&[2, 5], 10);
        assert_eq!(schedule.next(1, Timestamp(0), Timestamp(0)), Some(Timestamp(2)));
        assert_eq!(schedule.next(2, Timestamp(0), Timestamp(2)), Some(Timestamp(7)));
        assert_eq!(schedule.next(3, Timestamp(0), Timestamp(7)), Some(Timestamp(10)));
        assert_eq!(schedule.next(4, Timestamp(0), Timestamp(10)), None);
    }
}
