//! What mail programs file: drafts, copies of what they sent, imports (design §2).
//!
//! Invariants: what comes in clear is sealed to the account's own certificate before it is stored; mail that came
//! end-to-end encrypted keeps its body, its header is sealed apart; of drafts Bcc stays readable, of nothing else; plaintext stays in memory and is wiped when the sealing
//! is done; who cannot be sealed for files nothing.

use shared::api::mailbox::MailboxId;
use shared::api::{Timestamp, limits};
use shared::mime::readable::Kind;
use shared::pgp::{CertificateError, SealError, pgpmime};
use zeroize::Zeroizing;

use super::{Context, room, sealing};
use crate::store::flags::{FlagBits, Keywords};
use crate::store::messages::{self, MessageRecord, NewMessage};
use crate::store::{AccountNo, StoreError, accounts, mailboxes};

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

/// A message that was filed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filed {
    /// Its place.
    pub message: MessageRecord,
    /// UIDVALIDITY of its mailbox.
    pub uid_validity: u32,
}

/// Why a message was not filed.
#[derive(Debug, thiserror::Error)]
pub enum FilingError {
    /// The message is over [`limits::MESSAGE_BYTES`]; encrypted, over [`limits::SEALED_MESSAGE_BYTES`].
    #[error("the message is too large")]
    TooLarge,
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

/// Files a message at the end of a mailbox, sealed.
///
/// # Errors
/// [`FilingError`]; nothing was stored then.
pub async fn file(
    context: &Context,
    account: AccountNo,
    mailbox: MailboxId,
    letter: Letter,
) -> Result<Filed, FilingError> {
    let Letter { message, flags, keywords, received_at } = letter;
    // Armor makes encrypted mail larger than what is in it.
    let limit =
        if pgpmime::is_sealed_throughout(&message) { limits::SEALED_MESSAGE_BYTES } else { limits::MESSAGE_BYTES };
    if message.len() > limit {
        return Err(FilingError::TooLarge);
    }
    let certificate = context
        .store
        .read(move |tx| -> Result<_, FilingError> {
            mailboxes::get(tx, account, mailbox)?;
            Ok(accounts::certificate(tx, account)?)
        })
        .await?;
    let (now, mut random) = (context.clock.now(), context.random.clone());
    let span = tracing::Span::current();
    let kind = if flags.has(FlagBits::DRAFT) { Kind::Draft } else { Kind::Letter };
    let sealing =
        move || span.in_scope(|| sealing::seal::<FilingError>(&message, kind, &certificate, None, now, &mut random));
    let sealed = tokio::task::spawn_blocking(sealing).await.map_err(|_| FilingError::Stopped)??;
    let new = NewMessage { flags, keywords, received_at: received_at.unwrap_or(now), ..sealed };
    context
        .store
        .write(move |tx| {
            room::claim(tx, new.bytes.len())?;
            let message = messages::append(tx, account, mailbox, &new)?;
            let uid_validity = mailboxes::get(tx, account, mailbox)?.uid_validity;
            Ok(Filed { message, uid_validity })
        })
        .await
}

#[cfg(test)]
mod tests {
    use shared::pgp;

    use super::*;
    use crate::core::accounts as people;
    use crate::core::testing::Home;
    use crate::store::views;
    use shared::api::mailbox::MailboxRole;

    const PASSPHRASE: &str = "correct horse battery";

    fn letter(message: &[u8]) -> Letter {
        Letter {
            message: Zeroizing::new(message.to_vec()),
            flags: FlagBits::SEEN,
            keywords: Keywords::from_names(["work"]),
            received_at: Some(Timestamp(1000)),
        }
    }

    #[tokio::test]
    async fn what_is_filed_in_clear_is_stored_sealed_and_comes_back_byte_for_byte() {
        let mut home = Home::new();
        let alice = home.register("alice", PASSPHRASE).await.unwrap();
        let account = people::session(&home.context, &alice.signed_in.session).await.unwrap().account;
        let store = &home.context.store;
        let drafts: Result<_, StoreError> =
            store.read(move |tx| mailboxes::by_role(tx, account, MailboxRole::Drafts)).await;
        let drafts = drafts.unwrap().id;
        let original = b"From: alice@home.test\nSubject: marker-subject\nX-Other: marker-field\n\nmarker-body\n";
        let filed = file(&home.context, account, drafts, letter(original)).await.unwrap();
        assert_eq!((filed.message.flags, filed.message.received_at), (FlagBits::SEEN, Timestamp(1000)));
        let body = filed.message.body;
        let stored: Result<_, StoreError> =
            store.read(move |tx| Ok((messages::bytes(tx, body)?, messages::sealed_summary(tx, body)?))).await;
        let (stored, summary) = stored.unwrap();
        for marker in ["marker-subject", "marker-field", "marker-body"] {
            for bytes in [&stored, &summary] {
                assert!(!bytes.windows(marker.len()).any(|window| window == marker.as_bytes()), "{marker}");
            }
        }
        assert!(!summary.is_empty());
        let keys = [alice.unlocked.current_key()];
        let opened = pgp::open_message(&stored, None, &keys, &[], home.now()).unwrap();
        assert_eq!(opened.original, original);
    }

    #[tokio::test]
    async fn of_a_draft_alone_bcc_stays_readable_for_the_program_that_goes_on_writing() {
        let mut home = Home::new();
        let alice = home.register("alice", PASSPHRASE).await.unwrap();
        let account = people::session(&home.context, &alice.signed_in.session).await.unwrap().account;
        let store = &home.context.store;
        let drafts: Result<_, StoreError> =
            store.read(move |tx| mailboxes::by_role(tx, account, MailboxRole::Drafts)).await;
        let drafts = drafts.unwrap().id;
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
            let filed = file(&home.context, account, drafts, Letter { flags, ..letter(message.as_bytes()) });
            let body = filed.await.unwrap().message.body;
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
        let inbox: Result<_, StoreError> = store.read(move |tx| mailboxes::by_role(tx, bob, MailboxRole::Inbox)).await;
        let inbox = inbox.unwrap().id;
        let refused = file(&home.context, alice, inbox, letter(b"Subject: x\r\n\r\n")).await;
        assert!(matches!(refused, Err(FilingError::Store(StoreError::NotFound))));
        let uids: Result<_, StoreError> = store.read(move |tx| views::uids(tx, inbox)).await;
        assert!(uids.unwrap().is_empty());
    }
}
