//! Mail data on their way into memory: within the limit of one message, and within the box's budget for all of them.

use shared::api::limits::MESSAGE_BYTES;

use super::refusal::Refusal;
use crate::core::budget::{Budget, Reserved};

/// Octets that are reserved at first; doubled as the message grows.
const FIRST_BYTES: usize = 64 * 1024;
/// Octets that are read and thrown away of a message that is refused already, before the connection is cut: closing at once
/// would keep the other end from reading why.
const THROWN_AWAY_BYTES: usize = 2 * MESSAGE_BYTES;

/// A message being read.
#[derive(Debug)]
pub(super) struct Intake {
    budget: Budget,
    bytes: Vec<u8>,
    reserved: usize,
    room: Option<Reserved>,
    refused: Option<Refusal>,
    thrown_away: usize,
}

impl Intake {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, bytes: Vec::new(), reserved: 0, room: None, refused: None, thrown_away: 0 }
    }

    /// Adds a piece, or throws it away where the message cannot be taken any more.
    pub(super) fn push(&mut self, piece: &[u8]) {
        if self.refused.is_none() {
            self.refused = self.make_room(piece.len()).err();
        }
        if self.refused.is_none() {
            self.bytes.extend_from_slice(piece);
        } else {
            self.bytes = Vec::new();
            self.room = None;
            self.thrown_away = self.thrown_away.saturating_add(piece.len());
        }
    }

    fn make_room(&mut self, more: usize) -> Result<(), Refusal> {
        let needed = self.bytes.len() + more;
        if needed > MESSAGE_BYTES {
            return Err(Refusal::TooLarge);
        }
        if needed > self.reserved {
            let next = needed.max(self.reserved * 2).clamp(FIRST_BYTES, MESSAGE_BYTES);
            let more = self.budget.try_reserve(next - self.reserved).ok_or(Refusal::NoRoom)?;
            match &mut self.room {
                Some(room) => room.join(more),
                None => self.room = Some(more),
            }
            self.reserved = next;
            self.bytes.reserve_exact(next - self.bytes.len());
        }
        Ok(())
    }

    /// Whether so much was thrown away that the other end will not be listened to any more.
    pub(super) fn is_hopeless(&self) -> bool {
        self.thrown_away > THROWN_AWAY_BYTES
    }

    /// The whole message with its room, or why it cannot be taken.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Option<Reserved>), Refusal> {
        match self.refused {
            Some(refusal) => Err(refusal),
            None => Ok((self.bytes, self.room)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_over_the_limit_is_thrown_away() {
        let mut intake = Intake::new(Budget::new(2 * MESSAGE_BYTES));
        let piece = vec![b'a'; 1024 * 1024];
        for _ in 0..50 {
            intake.push(&piece);
        }
        assert_eq!(intake.bytes.len(), MESSAGE_BYTES);
        intake.push(b"a");
        assert!(intake.bytes.is_empty() && !intake.is_hopeless());
        assert_eq!(intake.finish().unwrap_err(), Refusal::TooLarge);
    }

    #[test]
    fn many_messages_share_one_budget() {
        let budget = Budget::new(2 * FIRST_BYTES);
        let (mut one, mut two, mut three) =
            (Intake::new(budget.clone()), Intake::new(budget.clone()), Intake::new(budget));
        one.push(b"a");
        two.push(b"b");
        three.push(b"c");
        assert_eq!(three.finish().unwrap_err(), Refusal::NoRoom);
        drop(one);
        two.push(&vec![b'b'; FIRST_BYTES]);
        let (bytes, _room) = two.finish().unwrap();
        assert_eq!(bytes.len(), FIRST_BYTES + 1);
    }

    #[test]
    fn an_empty_message_is_one() {
        assert_eq!(Intake::new(Budget::new(1)).finish().unwrap().0, b"");
    }
}
