//! Mailboxes and the messages in them, as ciphertext with the little that may be readable (flags, sizes, dates).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::letter::LetterId;
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

/// Where a message stands in a list: the later it came, the further up; of those of one second, the one that was stored later.
/// A message that is moved has another id then, and stands all the same where it would have come to stand at once; so one
/// that is moved back stands where it stood.
///
/// Its text form is `seconds.stored.id`, in decimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// When the box received it.
    pub received_at: Timestamp,
    /// Rises with every message that is stored; copies have it of their original.
    pub stored: i64,
    /// The message.
    pub id: MessageId,
}

/// The text is no [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list")]
pub struct InvalidPlace;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.received_at.0, self.stored, self.id)
    }
}

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let mut numbers = text.splitn(3, '.').map(|number| number.parse().map_err(|_| InvalidPlace));
        let mut next = || numbers.next().unwrap_or(Err(InvalidPlace));
        Ok(Self { received_at: Timestamp(next()?), stored: next()?, id: MessageId(next()?) })
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// How a message came to the box, which knows it better than the message says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// From another host, where nobody signed in: it may bear any name.
    Outside,
    /// Handed in by an account of this box that had signed in, and may write from the address that it bears outside.
    Here,
    /// The box wrote it.
    Box,
    /// Somebody without an account answered a letter behind a link, from the page that opened it. The author outside is whom the
    /// link was for; who has the link has written.
    Link,
}

/// One message as a list shows it. The summary is a sealed `shared::mime::Summary`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Its id.
    pub id: MessageId,
    /// The mailbox it lies in.
    pub mailbox: MailboxId,
    /// Its unique identifier within the mailbox (RFC 9051 §2.3.1.1).
    pub uid: u32,
    /// Flags.
    pub flags: Flags,
    /// When the box received it.
    pub received_at: Timestamp,
    /// As in [`Place::stored`].
    pub stored: i64,
    /// Octets of the sealed message.
    pub size: u64,
    /// How it came; `None` for what the account filed itself, and where nobody noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<Came>,
    /// The sealed summary; empty where a message came without one.
    pub summary: Base64,
}

/// Which part of a mailbox to list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListQuery {
    /// Only messages below this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Place>,
    /// At most so many; [`super::limits::LIST_PAGE`] where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl MessageRow {
    /// Where it stands in a list.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { received_at: self.received_at, stored: self.stored, id: self.id }
    }
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
    /// The letter that this is a draft of: it takes the place of what was filed last for the same letter, whether or not its client
    /// has heard of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<LetterId>,
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
    /// As in [`MessageRow::came`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<Came>,
}

/// A better summary of a message that the box could not look into, made by who could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryRequest {
    /// The sealed summary; at most [`super::limits::SUMMARY_BYTES`].
    pub summary: Base64,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_was_written() {
        for (received_at, stored, id) in [(1_700_000_000, 12, 34), (-5, 0, i64::MAX)] {
            let place = Place { received_at: Timestamp(received_at), stored, id: MessageId(id) };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.2.", "1..3", "9223372036854775808.1.1"] {
            assert_eq!(text.parse::<Place>(), Err(InvalidPlace), "{text}");
        }
    }

    #[test]
    fn later_stands_above_and_the_id_counts_last() {
        let place = |text: &str| text.parse::<Place>().unwrap();
        assert!(place("2.1.1") > place("1.9.9"));
        assert!(place("1.2.1") > place("1.1.9"));
        assert!(place("1.1.2") > place("1.1.1"));
    }
}
