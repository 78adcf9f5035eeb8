//! Tells listeners what was committed, account by account, in commit order.
//!
//! Invariants: a listener never holds a writer up. Its queue is bounded; when it overflows the listener is told that it
//! missed something and reads everything anew. Nothing is published that is not durable.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use shared::api::mailbox::{MailboxId, MessageId};
use tokio::sync::broadcast;

use super::AccountNo;

/// Changes that a listener may lag behind before it must read anew: a few hundred flags set in one go fit.
const LISTENER_QUEUE: usize = 1024;

/// One durable change. It says where to look, not everything that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A message came to a mailbox.
    Arrived {
        /// Where.
        mailbox: MailboxId,
        /// Which.
        message: MessageId,
    },
    /// A message's flags are others.
    Flags {
        /// Where.
        mailbox: MailboxId,
        /// Which.
        message: MessageId,
    },
    /// Messages left a mailbox.
    Gone {
        /// Where.
        mailbox: MailboxId,
        /// Which.
        messages: Vec<MessageId>,
    },
    /// Mailboxes were made, renamed or removed.
    Mailboxes,
    /// Deliveries of a sent message moved on.
    Deliveries {
        /// The copy in Sent.
        message: MessageId,
    },
    /// The account has another OpenPGP key or another name, or its keys say something else.
    Keys,
    /// Mail of the account is sealed to another key where it lies than before; those that open it are the same.
    AtRest,
    /// What the account remembers of the certificates of others is of this generation.
    People {
        /// Which.
        generation: u64,
    },
    /// Sessions or devices were revoked: who listens checks whether it may go on.
    Access,
}

/// What a [`Listener`] hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The next change.
    Change(Change),
    /// Some changes were missed; read everything anew.
    Missed,
}

#[derive(Debug, Default)]
pub(super) struct Bus {
    channels: Mutex<HashMap<AccountNo, broadcast::Sender<Change>>>,
}

impl Bus {
    pub(super) fn listen(&self, account: AccountNo) -> Listener {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = channels.entry(account).or_insert_with(|| broadcast::channel(LISTENER_QUEUE).0);
        Listener { receiver: sender.subscribe() }
    }

    /// Tells every listener that access may have changed: another process wrote to the store.
    pub(super) fn access_changed(&self) {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in channels.values() {
            // Nobody listening is no failure.
            let _unheard = sender.send(Change::Access);
        }
    }

    pub(super) fn publish(&self, changes: Vec<(AccountNo, Change)>) {
        if changes.is_empty() {
            return;
        }
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        for (account, change) in changes {
            if let Some(sender) = channels.get(&account)
                && sender.send(change).is_err()
            {
                channels.remove(&account);
            }
        }
    }
}

/// Hears the changes of one account.
#[derive(Debug)]
pub struct Listener {
    receiver: broadcast::Receiver<Change>,
}

impl Listener {
    /// Waits for the next change; `None` when the store has closed. Safe to cancel.
    pub async fn next(&mut self) -> Option<Heard> {
        match self.receiver.recv().await {
            Ok(change) => Some(Heard::Change(change)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Heard::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// The next change if one is there already.
    pub fn try_next(&mut self) -> Option<Heard> {
        match self.receiver.try_recv() {
            Ok(change) => Some(Heard::Change(change)),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(Heard::Missed),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_listener_is_told_that_it_missed_something() {
        let bus = Bus::default();
        let (alice, bob) = (AccountNo(1), AccountNo(2));
        let (mut slow, mut other) = (bus.listen(alice), bus.listen(bob));
        for _ in 0..=LISTENER_QUEUE {
            bus.publish(vec![(alice, Change::Mailboxes)]);
        }
        assert_eq!(slow.next().await, Some(Heard::Missed));
        assert_eq!(slow.next().await, Some(Heard::Change(Change::Mailboxes)));
        assert_eq!(other.try_next(), None);
    }

    #[test]
    fn nobody_listening_costs_nothing() {
        let bus = Bus::default();
        drop(bus.listen(AccountNo(1)));
        bus.publish(vec![(AccountNo(1), Change::Mailboxes)]);
        assert!(bus.channels.lock().unwrap().is_empty());
    }
}
