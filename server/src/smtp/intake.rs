//! Mail data on their way into memory: within the limit of one message, and within the box's budget for
//! all of them.

use shared::api::limits::MESSAGE_BYTES;

use super::refusal::Refusal;
use crate::core::budget::{Budget, Gathering, Held, Overflow, Sharer};

/// Octets that are read and thrown away of a message that is refused already, before the connection is cut: closing at once
/// would keep the other end from reading why.
const THROWN_AWAY_BYTES: usize = 2 * MESSAGE_BYTES;

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
    /// Begins; it counts against the share of who sends it.
    pub(super) fn new(budget: Budget, sharer: Option<Sharer>) -> Self {
        Self { message: Ok(Gathering::new(budget, sharer, MESSAGE_BYTES)), thrown_away: 0 }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::peer::Network;

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
        let network = |text: &str| Some(Sharer::Network(Network::of(text.parse().unwrap())));
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
}
