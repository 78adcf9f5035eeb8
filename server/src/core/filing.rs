//! What mail programs file: drafts, copies of what they sent, imports (design §2).
//!
//! Invariants: what comes in clear is sealed to the account's own certificate before it is stored; mail that came
//! end-to-end encrypted keeps its body, its header is sealed apart; of drafts Bcc stays readable, of nothing else; plaintext
//! stays in memory and is wiped when the sealing is done; who cannot be sealed for files nothing.

use shared::api::mailbox::{MailboxId, MessageId};
use shared::api::{Timestamp, limits};
use shared::mime::readable::Kind;
use shared::pgp::{CertificateError, SealError, pgpmime};
use zeroize::Zeroizing;

use super::budget::NoRoom;
use super::mailboxes::{Which, find};
use super::post::Post;
use super::{room, sealing};
use crate::store::flags::{FlagBits, Keywords};
use crate::store::messages::{self, MessageRecord, NewMessage};
use crate::store::{AccountNo, ReadTurn, StoreError, mailboxes, rest_keys};

/// Messages up to this size take the room of one in clear, encrypted or not, octets.
const LOOKED_AT_BYTES: usize = 256 * 1024;

/// A message to file.
#[derive(Debug)]
pub struct Letter {
    /// Its bytes, in clear or encrypted.
    pub message: Zeroizing<Vec<u8>>,
    /// Flags.
    pub flags: FlagBits,
    /// Other keywords.
    pub keywords: Keywords,
    /// When it was received, as its owner says; `None`: now.
    pub received_at: Option<Timestamp>,
}

impl Letter {
    fn is_too_large(&self) -> bool {
        let octets = self.message.len();
        // Armor makes encrypted mail larger than what is in it.
        octets > limits::MESSAGE_BYTES
            && (octets > limits::SEALED_MESSAGE_BYTES || !pgpmime::is_sealed_throughout(&self.message))
    }
}

/// Messages that were filed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filed {
    /// Where they are.
    pub mailbox: MailboxId,
    /// Their places, in the order of the letters.
    pub messages: Vec<MessageRecord>,
    /// UIDVALIDITY of their mailbox.
    pub uid_validity: u32,
}

/// Why nothing was filed.
#[derive(Debug, thiserror::Error)]
pub enum FilingError {
    /// The message that was to be replaced is gone.
    #[error("the message to replace is gone")]
    Gone,
    /// A message is over [`limits::MESSAGE_BYTES`]; encrypted, over [`limits::SEALED_MESSAGE_BYTES`].
    #[error("the message is too large")]
    TooLarge,
    /// The messages are too many octets to be sealed in one step.
    #[error("too much at once")]
    TooMuch,
    /// Too much mail is in memory.
    #[error("too much mail is in memory")]
    NoRoom,
    /// The account's certificate cannot be read.
    #[error("the account's certificate cannot be read")]
    Certificate(#[from] CertificateError),
    /// The account's certificate cannot be sealed to.
    #[error("the account's certificate cannot be used")]
    CannotSeal(#[from] SealError),
    /// The computation was cut off.
    #[error("sealing did not end")]
    Stopped,
    /// The store failed, or has no such mailbox.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<NoRoom> for FilingError {
    fn from(why: NoRoom) -> Self {
        match why {
            NoRoom::Now => Self::NoRoom,
            NoRoom::Ever => Self::TooMuch,
        }
    }
}

/// Files messages at the end of a mailbox, sealed, and removes the one that they replace: all of it or nothing.
///
/// # Errors
/// [`FilingError`]; nothing was stored then.
pub async fn file(
    post: &Post,
    account: AccountNo,
    which: impl Into<Which>,
    letters: Vec<Letter>,
    replaces: Option<MessageId>,
) -> Result<Filed, FilingError> {
    if letters.iter().any(Letter::is_too_large) {
        return Err(FilingError::TooLarge);
    }
    let (held, needed) = sealing_octets(&letters);
    let room = post.budget().reserve_beside(held, needed)?;
    let context = post.context();
    let which = which.into();
    let (now, random) = (context.clock.now(), context.random.clone());
    let certificates = post.certificates().clone();
    let sealing = move |turn: ReadTurn| {
        let (mailbox, certificate) = turn.read(|tx| -> Result<_, FilingError> {
            Ok((find(tx, account, &which)?.id, rest_keys::certificate(tx, account)?))
        })?;
        let to = (&certificates, certificate.as_slice());
        let seal = |letter: Letter| -> Result<NewMessage, FilingError> {
            let Letter { message, flags, keywords, received_at } = letter;
            let kind = if flags.has(FlagBits::DRAFT) { Kind::Draft } else { Kind::Letter };
            let sealed = sealing::seal::<FilingError>(&message, kind, to, None, now, &random)?;
            Ok(NewMessage { flags, keywords, received_at: received_at.unwrap_or(now), ..sealed })
        };
        let new = letters.into_iter().map(seal).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, FilingError>((mailbox, new, room))
    };
    let (mailbox, new, room) = post.compute_reading(sealing).await.map_err(|_| FilingError::Stopped)??;
    context
        .store
        .write(move |tx| {
            let _room = room;
            let mut filed = Vec::with_capacity(new.len());
            for message in &new {
                room::claim(tx, message.bytes.len())?;
                filed.push(messages::append(tx, account, mailbox, message)?);
            }
            if messages::expunge(tx, account, replaces.as_slice())?.len() < replaces.iter().count() {
                return Err(FilingError::Gone);
            }
            Ok(Filed { mailbox, messages: filed, uid_validity: mailboxes::get(tx, account, mailbox)?.uid_validity })
        })
        .await
}

/// Octets that letters are, and that sealing them takes besides: one after the other, what it makes of all of them held.
fn sealing_octets(letters: &[Letter]) -> (usize, usize) {
    let (mut held, mut sealed, mut most) = (0, 0, 0);
    for letter in letters {
        let octets = letter.message.len();
        // What is encrypted is read and kept as it is; to look takes longer than the room of a small message is worth.
        let kept = octets > LOOKED_AT_BYTES && pgpmime::is_sealed_throughout(&letter.message);
        most = most.max(if kept { octets.saturating_mul(2) } else { sealing::octets(octets, 0) });
        held += octets;
        sealed += sealing::octets(octets, 1) - sealing::octets(octets, 0);
    }
    (held, sealed + most)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::api::mailbox::MailboxRole;
    use shared::pgp;

    use super::*;
    use crate::core::accounts as people;
    use crate::core::office::post_of;
    use crate::core::testing::Home;
    use crate::store::{Store, views};

    const PASSPHRASE: &str = "correct horse battery";

    fn letter(message: &[u8]) -> Letter {
        Letter {
            message: Zeroizing::new(message.to_vec()),
            flags: FlagBits::SEEN,
            keywords: Keywords::from_names(["work"]),
            received_at: Some(Timestamp(1000)),
        }
    }

    async fn mailbox(store: &Store, account: AccountNo, role: MailboxRole) -> MailboxId {
        let found: Result<_, StoreError> = store.read(move |tx| mailboxes::by_role(tx, account, role)).await;
        found.unwrap().id
    }

    #[tokio::test]
    async fn what_is_filed_in_clear_is_stored_sealed_and_comes_back_byte_for_byte() {
        let mut home = Home::new();
        let alice = home.register("alice", PASSPHRASE).await.unwrap();
        let account = people::session(&home.context, &alice.signed_in.session).await.unwrap().account;
        let store = &home.context.store;
        let drafts = mailbox(store, account, MailboxRole::Drafts).await;
        let original = b"From: alice@home.test\nSubject: marker-subject\nX-Other: marker-field\n\nmarker-body\n";
        let filed = file(&post_of(&home, Arc::default()), account, drafts, vec![letter(original)], None).await.unwrap();
        let [message] = filed.messages.as_slice() else { panic!("{filed:?}") };
        assert_eq!((message.flags, message.received_at), (FlagBits::SEEN, Timestamp(1000)));
        let body = message.body;
        let stored: Result<_, StoreError> =
            store.read(move |tx| Ok((messages::bytes(tx, body)?, messages::sealed_summary(tx, body)?))).await;
        let (stored, summary) = stored.unwrap();
        for marker in ["marker-subject", "marker-field", "marker-body"] {
            for bytes in [&stored, &summary] {
                assert!(!bytes.windows(marker.len()).any(|window| window == marker.as_bytes()), "{marker}");
            }
        }
        assert!(!summary.is_empty());
        let keys = alice.unlocked.openers();
        let opened = pgp::open_message(&stored, None, &keys, &[], home.now()).unwrap();
        assert_eq!(opened.original, original);
    }

    #[tokio::test]
    async fn all_of_it_is_filed_or_nothing() {
        let mut home = Home::new();
        let alice = home.register("alice", PASSPHRASE).await.unwrap();
        let account = people::session(&home.context, &alice.signed_in.session).await.unwrap().account;
        let store = home.context.store.clone();
        let inbox = mailbox(&store, account, MailboxRole::Inbox).await;
        let two = || vec![letter(b"Subject: a\r\n\r\n"), letter(b"Subject: b\r\n\r\n")];
        let filed = file(&post_of(&home, Arc::default()), account, inbox, two(), None).await.unwrap();
        let (one, other) = (filed.messages[0].clone(), filed.messages[1].clone());
        assert_eq!((one.uid, other.uid), (1, 2));
        let replaced =
            file(&post_of(&home, Arc::default()), account, inbox, vec![letter(b"Subject: c\r\n\r\n")], Some(one.id))
                .await;
        assert_eq!(replaced.unwrap().messages[0].uid, 3);
        let again = file(&post_of(&home, Arc::default()), account, inbox, two(), Some(one.id)).await;
        assert!(matches!(again, Err(FilingError::Gone)));
        let uids: Result<_, StoreError> = store.read(move |tx| views::uids(tx, inbox)).await;
        assert_eq!(uids.unwrap(), [2, 3]);
    }

    #[tokio::test]
    async fn of_a_draft_alone_bcc_stays_readable_for_the_program_that_goes_on_writing() {
        let mut home = Home::new();
        let alice = home.register("alice", PASSPHRASE).await.unwrap();
        let account = people::session(&home.context, &alice.signed_in.session).await.unwrap().account;
        let store = &home.context.store;
        let drafts = mailbox(store, account, MailboxRole::Drafts).await;
        let head = "From: alice@home.test\r\nBcc: carol@home.test\r\nReply-To: club@home.test\r\nSubject: marker\r\n";
        let clear = format!("{head}\r\nnot yet\r\n");
        let encrypted =
            pgp::seal_own(clear.as_bytes(), alice.unlocked.certificate(), home.now(), &mut home.rng).unwrap();
        let (_, fields) = std::str::from_utf8(&encrypted).unwrap().split_once("MIME-Version").unwrap();
        let encrypted = format!("{head}MIME-Version{fields}");
        for (message, flags, is_read) in [
            (&clear, FlagBits::DRAFT.with(FlagBits::SEEN), true),
            (&encrypted, FlagBits::DRAFT, true),
            (&clear, FlagBits::SEEN, false),
            (&encrypted, FlagBits::SEEN, false),
        ] {
            let draft = vec![Letter { flags, ..letter(message.as_bytes()) }];
            let body =
                file(&post_of(&home, Arc::default()), account, drafts, draft, None).await.unwrap().messages[0].body;
            let stored: Result<_, StoreError> = store.read(move |tx| messages::bytes(tx, body)).await;
            let stored = String::from_utf8(stored.unwrap()).unwrap();
            assert_eq!(stored.contains("Bcc: carol@home.test\r\n"), is_read, "{stored}");
            assert!(stored.contains("Reply-To: club@home.test\r\n") && !stored.contains("marker"), "{stored}");
        }
    }

    #[tokio::test]
    async fn nobody_files_into_anothers_mailbox() {
        let mut home = Home::new();
        let alice = home.register("alice", PASSPHRASE).await.unwrap();
        let bob = home.register("bob", PASSPHRASE).await.unwrap();
        let alice = people::session(&home.context, &alice.signed_in.session).await.unwrap().account;
        let bob = people::session(&home.context, &bob.signed_in.session).await.unwrap().account;
        let store = &home.context.store;
        let inbox = mailbox(store, bob, MailboxRole::Inbox).await;
        let refused =
            file(&post_of(&home, Arc::default()), alice, inbox, vec![letter(b"Subject: x\r\n\r\n")], None).await;
        assert!(matches!(refused, Err(FilingError::Store(StoreError::NotFound))));
        let uids: Result<_, StoreError> = store.read(move |tx| views::uids(tx, inbox)).await;
        assert!(uids.unwrap().is_empty());
    }
}
