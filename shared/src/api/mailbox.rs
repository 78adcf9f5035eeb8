//! Mailboxes and the messages in them, as ciphertext with the little that may be readable (flags, sizes, dates).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Base64, Timestamp};

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}
pub(crate) use row_id;

row_id! {
    /// One mailbox of one account; never reused.
    MailboxId
}
row_id! {
    /// One message in one mailbox; never reused. A copy has an id of its own.
    MessageId
}

/// What a mailbox is for (RFC 6154); every account has one of each from its first day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailboxRole {
    /// Where mail arrives.
    Inbox,
    /// Letters being written.
    Drafts,
    /// Letters sent.
    Sent,
    /// Put away, kept.
    Archive,
    /// Unwanted mail.
    Junk,
    /// Deleted, still recoverable.
    Trash,
}

impl MailboxRole {
    /// All roles in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Inbox, Self::Drafts, Self::Sent, Self::Archive, Self::Junk, Self::Trash];

    /// The name under which IMAP clients see the mailbox; the page has its own words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "INBOX",
            Self::Drafts => "Drafts",
            Self::Sent => "Sent",
            Self::Archive => "Archive",
            Self::Junk => "Junk",
            Self::Trash => "Trash",
        }
    }
}

/// A mailbox with its counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// Its full name; `/` separates the levels.
    pub name: String,
    /// What it is for, where it is one that every account has.
    pub role: Option<MailboxRole>,
    /// How many messages it holds.
    pub total: u32,
    /// How many of them are not read.
    pub unseen: u32,
}

/// All mailboxes of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxesResponse {
    /// Sorted: roles first in their order, then by name.
    pub mailboxes: Vec<Mailbox>,
}

/// A new mailbox; its parents are made with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMailboxRequest {
    /// Full name, `/` between levels.
    pub name: String,
}

/// Another name for a mailbox; what stands below it moves along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameMailboxRequest {
    /// The new full name.
    pub name: String,
}

/// Flags of a message that the page knows (RFC 9051 §2.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Flags {
    /// Read.
    #[serde(default)]
    pub seen: bool,
    /// Answered.
    #[serde(default)]
    pub answered: bool,
    /// Marked with a star.
    #[serde(default)]
    pub flagged: bool,
    /// Being written.
    #[serde(default)]
    pub draft: bool,
    /// Passed on (`$Forwarded`).
    #[serde(default)]
    pub forwarded: bool,
}

/// One message as a list shows it. The summary is a sealed `shared::mime::Summary`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// The mailbox it lies in.
    pub mailbox: MailboxId,
    /// Its unique identifier within the mailbox (RFC 9051 §2.3.1.1); rises with every new message.
    pub uid: u32,
    /// Flags.
    pub flags: Flags,
    /// When the box received it.
    pub received_at: Timestamp,
    /// Octets of the sealed message.
    pub size: u64,
    /// The sealed summary; empty where a message came without one.
    pub summary: Base64,
}

/// Which part of a mailbox to list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListQuery {
    /// Only messages with a smaller UID than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
    /// At most so many; [`super::limits::LIST_PAGE`] where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Part of a mailbox, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesResponse {
    /// The messages.
    pub messages: Vec<MessageRow>,
    /// Whether older ones follow.
    pub more: bool,
}

/// A sealed message to file, with its summary; the frame's one part is the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendRequest {
    /// Its sealed summary.
    pub summary: Base64,
    /// Its flags.
    pub flags: Flags,
    /// The message that it takes the place of, in one step: a draft saved again.
    pub replaces: Option<MessageId>,
}

/// The message that was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendResponse {
    /// Its id.
    pub id: MessageId,
}

/// Head of the frame that carries one message; the frame's one part is the sealed message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageResponse {
    /// The sealed original header of mail that came end-to-end encrypted; else empty.
    pub sealed_header: Base64,
}

/// Sets and takes away flags of several messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagsRequest {
    /// The messages; those that are gone are passed over.
    pub messages: Vec<MessageId>,
    /// Flags to set.
    #[serde(default)]
    pub add: Flags,
    /// Flags to take away.
    #[serde(default)]
    pub remove: Flags,
}

/// Moves messages to another mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveRequest {
    /// The messages; those that are gone are passed over.
    pub messages: Vec<MessageId>,
    /// Where to.
    pub to: MailboxId,
}

/// Where the moved messages are now, so that a move can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveResponse {
    /// Old id and new id of each message that was moved.
    pub moved: Vec<(MessageId, MessageId)>,
}

/// Deletes messages for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteRequest {
    /// The messages; those that are gone are passed over.
    pub messages: Vec<MessageId>,
}
