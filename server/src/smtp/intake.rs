//! Mail data on their way into memory: within the limit of one message, within the box's budget for all of them, and at a pace
//! that does not hold room for who sends nothing.

use std::time::Duration;

use shared::api::limits::MESSAGE_BYTES;
use tokio::time::Instant;

use super::refusal::Refusal;
use crate::core::budget::{Budget, Gathering, Held, Overflow};
use crate::net::peer::Network;

/// Octets that are read and thrown away of a message that is refused already, before the connection is cut: closing at once
/// would keep the other end from reading why.
const THROWN_AWAY_BYTES: usize = 2 * MESSAGE_BYTES;
/// Waiting for the next piece of mail data (RFC 5321 §4.5.3.2.5).
const PIECE: Duration = Duration::from_secs(3 * 60);
/// Octets from which on a message is a large one.
const LARGE_BYTES: usize = 1024 * 1024;
/// The next piece of a large message, octets: a kilobyte a second, the slowest line that could bring one within the hour.
const LARGE_PIECE_BYTES: usize = 192 * 1024;

impl From<Overflow> for Refusal {
    fn from(overflow: Overflow) -> Self {
        match overflow {
            Overflow::TooLarge => Self::TooLarge,
            Overflow::NoRoom => Self::NoRoom,
        }
    }
}

/// A message being read.
#[derive(Debug)]
pub(super) struct Intake {
    message: Result<Gathering, Refusal>,
    thrown_away: usize,
}

impl Intake {
    /// Begins; where a stranger sends it, it counts against the share of the network.
    pub(super) fn new(budget: Budget, stranger: Option<Network>) -> Self {
        Self { message: Ok(Gathering::new(budget, stranger, MESSAGE_BYTES)), thrown_away: 0 }
    }

    /// Adds a piece, or throws it away where the message cannot be taken any more.
    pub(super) fn push(&mut self, piece: &[u8]) {
        if let Ok(message) = &mut self.message {
            match message.push(piece) {
                Ok(()) => return,
                Err(overflow) => self.message = Err(overflow.into()),
            }
        }
        self.thrown_away = self.thrown_away.saturating_add(piece.len());
    }

    /// Whether so much was thrown away that the other end will not be listened to any more.
    pub(super) fn is_hopeless(&self) -> bool {
        self.thrown_away > THROWN_AWAY_BYTES
    }

    /// The whole message with its room, or why it cannot be taken.
    pub(super) fn finish(self) -> Result<Held, Refusal> {
        self.message.map(Gathering::finish)
    }
}

/// Until when the next piece has to come.
#[derive(Debug)]
pub(super) struct Pace {
    due: Instant,
    octets: usize,
    counted: usize,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { due: now + PIECE, octets: 0, counted: 0 }
    }

    /// So many octets have come.
    pub(super) fn came(&mut self, octets: usize, now: Instant) {
        self.octets = self.octets.saturating_add(octets);
        let piece = if self.octets > LARGE_BYTES { LARGE_PIECE_BYTES } else { 1 };
        if self.octets - self.counted >= piece {
            *self = Self { due: now + PIECE, octets: self.octets, counted: self.octets };
        }
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_over_the_limit_is_thrown_away() {
        let budget = Budget::new(2 * MESSAGE_BYTES);
        let mut intake = Intake::new(budget.clone(), None);
        let piece = vec![b'a'; 1024 * 1024];
        for _ in 0..50 {
            intake.push(&piece);
        }
        assert_eq!(intake.message.as_ref().map(Gathering::len), Ok(MESSAGE_BYTES));
        intake.push(b"a");
        assert!(!intake.is_hopeless() && budget.try_reserve(2 * MESSAGE_BYTES).is_some());
        assert_eq!(intake.finish().unwrap_err(), Refusal::TooLarge);
    }

    #[test]
    fn many_messages_share_one_budget_and_those_of_one_network_a_quarter_of_it() {
        const SMALL: usize = 64 * 1024;
        let budget = Budget::new(8 * SMALL);
        let network = |text: &str| Some(Network::of(text.parse().unwrap()));
        let mut of_one: Vec<_> = (0..3).map(|_| Intake::new(budget.clone(), network("192.0.2.1"))).collect();
        of_one.iter_mut().for_each(|intake| intake.push(b"a"));
        let mut other = Intake::new(budget.clone(), network("192.0.2.2"));
        other.push(b"b");
        assert_eq!(of_one.pop().unwrap().finish().unwrap_err(), Refusal::NoRoom);
        let mut own = Intake::new(budget.clone(), None);
        own.push(&vec![b'c'; 5 * SMALL]);
        assert_eq!(other.finish().unwrap().bytes, b"b");
        drop(of_one);
        own.push(&vec![b'c'; 3 * SMALL]);
        assert_eq!(own.finish().unwrap().bytes.len(), 8 * SMALL);
    }

    #[test]
    fn an_empty_message_is_one() {
        assert_eq!(Intake::new(Budget::new(1), None).finish().unwrap().bytes, b"");
    }

    #[test]
    fn a_large_message_that_trickles_is_not_waited_for() {
        let begun = Instant::now();
        let after = |minutes: u64| begun + Duration::from_secs(60 * minutes);
        let mut pace = Pace::new(begun);
        pace.came(1, after(2));
        assert_eq!(pace.due(), after(5));
        pace.came(2 * LARGE_BYTES, after(4));
        assert_eq!(pace.due(), after(7));
        pace.came(1, after(5));
        pace.came(LARGE_PIECE_BYTES - 2, after(6));
        assert_eq!(pace.due(), after(7));
        pace.came(1, after(6));
        assert_eq!(pace.due(), after(9));
    }
}
