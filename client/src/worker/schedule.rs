//! Which worker does what next. Pure: the pool tells it what happened, it tells the pool what to do.
//!
//! Invariants: an ask is given to one worker at a time; an ask for the first worker waits for that one; other asks go to unlocked
//! workers only; a worker that stops [`STARTS`] times in a row without having answered anything is not started again until
//! somebody asks anew; one that has grown large is replaced when nothing waits, and never while it remembers what an ask began.

use std::collections::BTreeMap;

use super::protocol::{Place, Priority};

/// How often in a row a worker is started that stops before it has answered anything.
const STARTS: u8 = 3;

/// Highest number of an ask; after it they count from 1 again. The numbers above have a meaning of their own.
const LAST: Number = 1 << 30;

/// Names one ask; counts from 1.
pub(super) type Number = u32;

/// The workers and what waits for them.
#[derive(Debug)]
pub(super) struct Schedule<J> {
    seats: Vec<Seat>,
    waiting: BTreeMap<(Priority, Number), (Place, J)>,
    last: Number,
    wanted: usize,
}

#[derive(Clone, Debug, Default)]
struct Seat {
    state: State,
    unlocked: bool,
    /// It is being unlocked with what the account was before.
    outdated: bool,
    failures: u8,
    worn: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Absent,
    Starting,
    Idle,
    Unlocking,
    Busy(Number),
}

/// What the pool has to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<J> {
    /// Start a worker on this seat.
    Start(usize),
    /// Unlock the worker on this seat.
    Unlock(usize),
    /// Give an ask to the worker on this seat.
    Give(usize, Number, J),
    /// End the worker on this seat, which has grown large and has nothing to do, and start another.
    Replace(usize),
    /// Tell who asked that no worker can be started.
    GiveUp(J),
}

impl<J> Schedule<J> {
    /// With so many seats, of which only the first is used until the account is open.
    pub(super) fn new(seats: usize) -> Self {
        Self { seats: vec![Seat::default(); seats.max(1)], waiting: BTreeMap::new(), last: 0, wanted: 0 }
    }

    /// Takes an ask in. Where workers had failed for good, they get another chance.
    pub(super) fn add(&mut self, priority: Priority, place: Place, job: J) {
        self.want(1);
        if self.seats.iter().all(|seat| seat.state == State::Absent) {
            self.seats.iter_mut().for_each(|seat| seat.failures = 0);
        }
        self.last = self.last % LAST + 1;
        self.waiting.insert((priority, self.last), (place, job));
    }

    /// Takes an ask in again that was given to a worker which has stopped, in its old place.
    pub(super) fn add_again(&mut self, priority: Priority, number: Number, place: Place, job: J) {
        self.waiting.insert((priority, number), (place, job));
    }

    /// Drops waiting asks that nobody waits for any more.
    pub(super) fn prune(&mut self, is_gone: impl Fn(&J) -> bool) {
        self.waiting.retain(|_, (_, job)| !is_gone(job));
    }

    /// So many workers shall be there.
    pub(super) fn want(&mut self, workers: usize) {
        self.wanted = self.wanted.max(workers.min(self.seats.len()));
    }

    /// The account is open: all workers shall be there, and the one on this seat is unlocked. The others are to be unlocked, again
    /// where they were: the account has changed.
    pub(super) fn opened(&mut self, seat: usize) {
        self.want(self.seats.len());
        for other in &mut self.seats {
            other.unlocked = false;
            other.outdated = other.state == State::Unlocking;
        }
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.unlocked = true;
        }
    }

    /// The worker on this seat is there.
    pub(super) fn started(&mut self, seat: usize) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.state = State::Idle;
        }
    }

    /// The worker on this seat has answered, or is unlocked. `worn` says whether it has grown large and remembers nothing that it
    /// could not be told again.
    pub(super) fn answered(&mut self, seat: usize, worn: bool) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.unlocked |= seat.state == State::Unlocking && !std::mem::take(&mut seat.outdated);
            seat.state = State::Idle;
            seat.failures = 0;
            seat.worn = worn;
        }
    }

    /// The worker on this seat is gone; answers what it was doing.
    pub(super) fn stopped(&mut self, seat: usize) -> Option<Number> {
        let seat = self.seats.get_mut(seat)?;
        let was = std::mem::take(&mut seat.state);
        (seat.unlocked, seat.outdated, seat.worn) = (false, false, false);
        seat.failures = seat.failures.saturating_add(1);
        if let State::Busy(number) = was { Some(number) } else { None }
    }

    /// Whether the worker on this seat does this.
    pub(super) fn is_busy_with(&self, seat: usize, number: Number) -> bool {
        self.seats.get(seat).is_some_and(|seat| seat.state == State::Busy(number))
    }

    /// Whether the worker on this seat was started and is not there yet.
    pub(super) fn is_starting(&self, seat: usize) -> bool {
        self.seats.get(seat).is_some_and(|seat| seat.state == State::Starting)
    }

    /// All workers are gone by intent; answers the asks that waited.
    pub(super) fn clear(&mut self) -> Vec<J> {
        self.seats.iter_mut().for_each(|seat| *seat = Seat::default());
        self.wanted = 0;
        std::mem::take(&mut self.waiting).into_values().map(|(_, job)| job).collect()
    }

    /// What to do next, `None` where all is done; call it until then. `can_unlock` says whether there is a key to unlock with.
    pub(super) fn step(&mut self, can_unlock: bool) -> Option<Step<J>> {
        if let Some(index) = self.seats.iter().take(self.wanted).position(Seat::wants_start) {
            self.seats.get_mut(index)?.state = State::Starting;
            return Some(Step::Start(index));
        }
        if self.wanted > 0 && self.seats.iter().all(|seat| seat.state == State::Absent) {
            return self.waiting.pop_first().map(|(_, (_, job))| Step::GiveUp(job));
        }
        if can_unlock
            && let Some(index) = self.seats.iter().position(|seat| seat.state == State::Idle && !seat.unlocked)
        {
            self.seats.get_mut(index)?.state = State::Unlocking;
            return Some(Step::Unlock(index));
        }
        let next = self.waiting.iter().find_map(|(key, (place, _))| Some((*key, self.free(*place)?)));
        let Some((key, index)) = next else {
            let worn = self.worn().filter(|_| can_unlock)?;
            *self.seats.get_mut(worn)? = Seat { state: State::Starting, ..Seat::default() };
            return Some(Step::Replace(worn));
        };
        let (_, job) = self.waiting.remove(&key)?;
        self.seats.get_mut(index)?.state = State::Busy(key.1);
        Some(Step::Give(index, key.1, job))
    }

    /// A worn worker with nothing to do, while another could begin at once with what comes; there may be no other.
    fn worn(&self) -> Option<usize> {
        let can_begin = |seat: &Seat| seat.state == State::Idle && seat.unlocked;
        let worn = self.seats.iter().position(|seat| can_begin(seat) && seat.worn)?;
        let is_covered = self.seats.iter().filter(|seat| can_begin(seat)).nth(1).is_some() || self.seats.len() == 1;
        (is_covered && self.waiting.is_empty()).then_some(worn)
    }

    /// A seat that can take an ask now; the first is kept free as long as another can.
    fn free(&self, place: Place) -> Option<usize> {
        match place {
            Place::First => self.seats.first().is_some_and(|seat| seat.state == State::Idle).then_some(0),
            Place::Any => self.seats.iter().rposition(|seat| seat.state == State::Idle && seat.unlocked),
        }
    }
}

impl Seat {
    fn wants_start(&self) -> bool {
        self.state == State::Absent && self.failures < STARTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<'a>(schedule: &mut Schedule<&'a str>, can_unlock: bool) -> Vec<Step<&'a str>> {
        std::iter::from_fn(|| schedule.step(can_unlock)).collect()
    }

    fn opened(seats: usize) -> Schedule<&'static str> {
        let mut schedule = Schedule::new(seats);
        schedule.want(seats);
        all(&mut schedule, true);
        (0..seats).for_each(|seat| schedule.started(seat));
        all(&mut schedule, true);
        (0..seats).for_each(|seat| schedule.answered(seat, false));
        schedule
    }

    #[test]
    fn before_the_account_is_open_only_the_first_worker_starts() {
        let mut schedule = Schedule::new(2);
        assert_eq!(all(&mut schedule, false), []);
        schedule.add(Priority::Now, Place::First, "log in");
        assert_eq!(all(&mut schedule, false), [Step::Start(0)]);
        schedule.started(0);
        assert_eq!(all(&mut schedule, false), [Step::Give(0, 1, "log in")]);
        schedule.answered(0, false);
        schedule.opened(0);
        schedule.add(Priority::Now, Place::Any, "open");
        assert_eq!(all(&mut schedule, true), [Step::Start(1), Step::Give(0, 2, "open")]);
        schedule.started(1);
        assert_eq!(all(&mut schedule, true), [Step::Unlock(1)]);
    }

    #[test]
    fn what_is_on_the_screen_goes_before_what_is_not() {
        let mut schedule = opened(1);
        schedule.add(Priority::Later, Place::Any, "autosave");
        schedule.add(Priority::Soon, Place::Any, "below");
        schedule.add(Priority::OnScreen, Place::Any, "first row");
        schedule.add(Priority::OnScreen, Place::Any, "second row");
        let mut done = Vec::new();
        while let Some(Step::Give(seat, _, job)) = schedule.step(true) {
            done.push(job);
            schedule.answered(seat, false);
        }
        assert_eq!(done, ["first row", "second row", "below", "autosave"]);
    }

    #[test]
    fn an_ask_for_the_first_worker_waits_for_it_and_holds_nobody_up() {
        let mut schedule = opened(2);
        schedule.add(Priority::Now, Place::First, "begin");
        schedule.add(Priority::Now, Place::First, "end");
        schedule.add(Priority::Later, Place::Any, "autosave");
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 1, "begin"), Step::Give(1, 3, "autosave")]);
        schedule.answered(0, false);
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 2, "end")]);
    }

    #[test]
    fn a_stopped_worker_is_started_and_unlocked_again() {
        let mut schedule = opened(1);
        schedule.add(Priority::Now, Place::Any, "poison");
        schedule.add(Priority::Now, Place::Any, "next");
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 1, "poison")]);
        assert_eq!(schedule.stopped(0), Some(1));
        assert_eq!(all(&mut schedule, true), [Step::Start(0)]);
        schedule.started(0);
        assert_eq!(all(&mut schedule, true), [Step::Unlock(0)]);
        schedule.answered(0, false);
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 2, "next")]);
    }

    #[test]
    fn an_ask_that_comes_back_keeps_its_place() {
        let mut schedule = opened(1);
        schedule.add(Priority::Now, Place::Any, "first");
        schedule.add(Priority::Now, Place::Any, "second");
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 1, "first")]);
        let number = schedule.stopped(0).unwrap();
        schedule.add_again(Priority::Now, number, Place::Any, "first");
        all(&mut schedule, true);
        schedule.started(0);
        all(&mut schedule, true);
        schedule.answered(0, false);
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 1, "first")]);
    }

    #[test]
    fn a_large_worker_is_replaced_when_nothing_waits() {
        let mut schedule = opened(2);
        schedule.add(Priority::Now, Place::Any, "large");
        schedule.add(Priority::Now, Place::First, "begin");
        schedule.add(Priority::Now, Place::First, "end");
        assert_eq!(all(&mut schedule, true), [Step::Give(1, 1, "large"), Step::Give(0, 2, "begin")]);
        schedule.answered(1, true);
        assert_eq!(all(&mut schedule, true), [], "somebody waits");
        schedule.answered(0, false);
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 3, "end")], "nobody else could begin with what comes");
        schedule.answered(0, false);
        assert_eq!(all(&mut schedule, false), [], "without a key the next one could not be unlocked");
        assert_eq!(all(&mut schedule, true), [Step::Replace(1)]);
        schedule.started(1);
        assert_eq!(all(&mut schedule, true), [Step::Unlock(1)]);
        schedule.answered(1, false);
        assert_eq!(all(&mut schedule, true), [], "the new one is small");
    }

    #[test]
    fn a_large_worker_that_is_busy_is_left_alone() {
        let mut schedule = opened(1);
        schedule.add(Priority::Now, Place::Any, "large");
        all(&mut schedule, true);
        schedule.add(Priority::Now, Place::Any, "small");
        schedule.answered(0, true);
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 2, "small")]);
        schedule.answered(0, true);
        assert_eq!(all(&mut schedule, true), [Step::Replace(0)]);
    }

    #[test]
    fn workers_that_do_not_start_are_given_up_until_somebody_asks_anew() {
        let mut schedule = Schedule::new(1);
        schedule.add(Priority::Now, Place::First, "log in");
        for _ in 0..STARTS {
            assert_eq!(all(&mut schedule, false), [Step::Start(0)]);
            schedule.stopped(0);
        }
        assert_eq!(all(&mut schedule, false), [Step::GiveUp("log in")]);
        schedule.add(Priority::Now, Place::First, "log in again");
        assert_eq!(all(&mut schedule, false), [Step::Start(0)]);
    }

    #[test]
    fn an_account_that_has_changed_is_opened_anew_everywhere() {
        let mut schedule = opened(3);
        schedule.add(Priority::Now, Place::Any, "open");
        assert_eq!(all(&mut schedule, true), [Step::Give(2, 1, "open")]);
        schedule.opened(0);
        assert_eq!(all(&mut schedule, true), [Step::Unlock(1)]);
        // Changed once more, while it is being opened.
        schedule.opened(0);
        schedule.answered(1, false);
        schedule.answered(2, false);
        assert_eq!(all(&mut schedule, true), [Step::Unlock(1), Step::Unlock(2)]);
        (1..3).for_each(|seat| schedule.answered(seat, false));
        assert_eq!(all(&mut schedule, true), []);
    }

    #[test]
    fn what_nobody_waits_for_is_not_done() {
        let mut schedule = opened(1);
        schedule.add(Priority::Soon, Place::Any, "scrolled past");
        schedule.add(Priority::Soon, Place::Any, "wanted");
        schedule.prune(|job| *job == "scrolled past");
        assert_eq!(all(&mut schedule, true), [Step::Give(0, 2, "wanted")]);
    }

    #[test]
    fn locking_empties_everything() {
        let mut schedule = opened(2);
        schedule.add(Priority::Now, Place::Any, "a");
        schedule.add(Priority::Now, Place::Any, "b");
        schedule.add(Priority::Now, Place::Any, "c");
        all(&mut schedule, true);
        assert_eq!(schedule.clear(), ["c"]);
        assert!(!schedule.is_busy_with(0, 1));
        assert_eq!(all(&mut schedule, false), []);
    }

    #[test]
    fn a_worker_is_starting_until_it_is_there_or_stops() {
        let mut schedule = Schedule::new(1);
        schedule.add(Priority::Now, Place::First, "a");
        assert!(!schedule.is_starting(0));
        assert_eq!(schedule.step(false), Some(Step::Start(0)));
        assert!(schedule.is_starting(0) && !schedule.is_starting(1));
        schedule.stopped(0);
        assert!(!schedule.is_starting(0));
        assert_eq!(schedule.step(false), Some(Step::Start(0)));
        schedule.started(0);
        assert!(!schedule.is_starting(0));
    }
}
