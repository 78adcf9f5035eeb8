//! What the box tells an open page: changes to mailboxes, in the order in which they were made durable.

use serde::{Deserialize, Serialize};

use super::mailbox::{Flags, MailboxId, MessageId, MessageRow};

/// One server-sent event; its JSON stands in the `data` field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The stream is open; what is fetched from now on is not older than what follows.
    Ready,
    /// A message has come to a mailbox.
    Arrived {
        /// The message, with its sealed summary.
        message: MessageRow,
    },
    /// Flags of a message are now these.
    Flags {
        /// Where.
        mailbox: MailboxId,
        /// Which.
        message: MessageId,
        /// All of its flags.
        flags: Flags,
    },
    /// Messages have left a mailbox.
    Gone {
        /// Where.
        mailbox: MailboxId,
        /// Which.
        messages: Vec<MessageId>,
    },
    /// A mailbox was made, renamed or removed: fetch the list again.
    Mailboxes,
    /// The state of a sent message's deliveries has changed.
    Deliveries {
        /// The copy in Sent.
        message: MessageId,
    },
    /// The account has another key or another name, its keys say something else, or its mail is sealed to another: fetch [`super::paths::SESSION`] again.
    Keys,
    /// What the account remembers of people's certificates was changed: fetch [`super::paths::PEOPLE`] again, unless this generation is known.
    People {
        /// It is of this generation now.
        generation: u64,
    },
    /// Events were lost: fetch everything that is shown again.
    Resync,
    /// This session has ended.
    SignedOut,
}
