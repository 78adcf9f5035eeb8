//! The rules about mailboxes: what they may be called, and how they are made, renamed and deleted.
//!
//! Names are paths with `/` between their levels. Invariants: every level above a mailbox is a mailbox too, so making one
//! makes its parents and one with others below it is not deleted; `INBOX` is one name in whatever case of letters; the
//! mailboxes that every account has keep their names and stay.

use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizerBorrowed;
use shared::api::mailbox::{MailboxId, MailboxRole};
use shared::api::{Timestamp, limits};

use super::removal;
use crate::store::mailboxes::{self, NamedMailbox};
use crate::store::{AccountNo, ReadTx, Store, StoreError, Tx, messages, views};

/// Between the levels of a name.
const SEPARATOR: char = '/';

/// The full name of a mailbox that can exist: normalised (NFC), no empty level, no character that IMAP's patterns or
/// people's eyes would stumble over.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MailboxName(String);

impl MailboxName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the levels above, outermost first.
    fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices(SEPARATOR).filter_map(|(at, _)| self.0.get(..at))
    }

    /// Whether it is the other one or stands below it.
    fn is_within(&self, other: &str) -> bool {
        self.0.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
    }
}

impl FromStr for MailboxName {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, MailboxError> {
        let text = ComposingNormalizerBorrowed::new_nfc().normalize(text);
        let mut levels: Vec<&str> = text.split(SEPARATOR).collect();
        let forbidden = |c: char| c.is_control() || matches!(c, '*' | '%' | '\u{2028}' | '\u{2029}' | '\u{feff}');
        if levels.iter().any(|level| level.trim().is_empty()) || text.contains(forbidden) {
            return Err(MailboxError::NameNotAllowed);
        }
        if text.chars().count() > limits::MAILBOX_NAME_CHARS {
            return Err(MailboxError::NameNotAllowed);
        }
        let inbox = MailboxRole::Inbox.name();
        if let Some(first) = levels.first_mut().filter(|first| first.eq_ignore_ascii_case(inbox)) {
            *first = inbox;
        }
        Ok(Self(levels.join("/")))
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which mailbox is meant: the page knows ids, IMAP knows names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Which {
    /// The one with this id.
    Id(MailboxId),
    /// The one with this name.
    Name(MailboxName),
}

impl From<MailboxId> for Which {
    fn from(id: MailboxId) -> Self {
        Self::Id(id)
    }
}

/// Why something was not done with a mailbox.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// No mailbox can have this name, or not in this place.
    #[error("the mailbox name is not allowed")]
    NameNotAllowed,
    /// The mailbox is one that every account has.
    #[error("every account has this mailbox")]
    HasRole,
    /// Other mailboxes stand below it.
    #[error("other mailboxes stand below it")]
    HasChildren,
    /// The mailbox holds messages.
    #[error("the mailbox holds messages")]
    NotEmpty,
    /// The account has as many mailboxes as it may.
    #[error("too many mailboxes")]
    TooMany,
    /// The store failed, has no such mailbox or has one of this name.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// Finds a mailbox.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has none such.
pub fn find(tx: &ReadTx<'_>, account: AccountNo, which: &Which) -> Result<NamedMailbox, StoreError> {
    match which {
        Which::Id(id) => mailboxes::get(tx, account, *id),
        Which::Name(name) => mailboxes::by_name(tx, account, name.as_str()),
    }
}

/// Makes a mailbox, and those above it that are not there yet.
///
/// # Errors
/// [`StoreError::Exists`], [`MailboxError::TooMany`].
pub async fn create(store: &Store, account: AccountNo, name: MailboxName) -> Result<MailboxId, MailboxError> {
    store.write(move |tx| create_with_parents(tx, account, &name)).await
}

fn create_with_parents(tx: &Tx<'_>, account: AccountNo, name: &MailboxName) -> Result<MailboxId, MailboxError> {
    make_parents(tx, account, name)?;
    if mailboxes::names(tx, account)?.len() >= limits::MAILBOXES {
        return Err(MailboxError::TooMany);
    }
    Ok(mailboxes::create(tx, account, name.as_str(), None)?)
}

fn make_parents(tx: &Tx<'_>, account: AccountNo, name: &MailboxName) -> Result<(), MailboxError> {
    let known = mailboxes::names(tx, account)?;
    let missing: Vec<&str> =
        name.parents().filter(|parent| !known.iter().any(|mailbox| mailbox.name == *parent)).collect();
    if known.len() + missing.len() > limits::MAILBOXES {
        return Err(MailboxError::TooMany);
    }
    for parent in missing {
        mailboxes::create(tx, account, parent, None)?;
    }
    Ok(())
}

/// Gives a mailbox another name; what stands below it moves along.
///
/// # Errors
/// [`MailboxError::HasRole`]; [`MailboxError::NameNotAllowed`] where it would stand below itself or a name below it would be
/// too long; [`StoreError::Exists`], [`StoreError::NotFound`].
pub async fn rename(store: &Store, account: AccountNo, which: Which, to: MailboxName) -> Result<(), MailboxError> {
    store
        .write(move |tx| {
            let mailbox = find(tx, account, &which)?;
            if mailbox.role.is_some() {
                return Err(MailboxError::HasRole);
            }
            let known = mailboxes::names(tx, account)?;
            if known.iter().any(|other| other.name == to.as_str()) {
                return Err(StoreError::Exists.into());
            }
            if to.is_within(&mailbox.name) {
                return Err(MailboxError::NameNotAllowed);
            }
            make_parents(tx, account, &to)?;
            mailboxes::rename(tx, account, mailbox.id, to.as_str())?;
            for (child, rest) in below(&known, &mailbox.name) {
                let name: MailboxName = format!("{to}{rest}").parse()?;
                mailboxes::rename(tx, account, child.id, name.as_str())?;
            }
            Ok(())
        })
        .await
}

/// What IMAP means by renaming INBOX: its messages move into a new mailbox, it stays, and so does what stands below it
/// (RFC 9051 §6.3.6).
///
/// # Errors
/// As [`create`].
pub async fn move_inbox(
    store: &Store,
    account: AccountNo,
    to: MailboxName,
    now: Timestamp,
) -> Result<(), MailboxError> {
    store
        .write(move |tx| {
            let inbox = mailboxes::by_role(tx, account, MailboxRole::Inbox)?;
            let made = create_with_parents(tx, account, &to)?;
            let all = views::by_uids(tx, inbox.id, &views::uids(tx, inbox.id)?)?;
            let ids: Vec<_> = all.iter().map(|message| message.id).collect();
            messages::move_to(tx, account, &ids, made, now)?;
            Ok(())
        })
        .await
}

/// Deletes a mailbox and every message in it, for ever.
///
/// # Errors
/// [`MailboxError::HasRole`], [`MailboxError::HasChildren`], [`StoreError::NotFound`].
pub async fn delete(store: &Store, account: AccountNo, which: Which) -> Result<(), MailboxError> {
    let mut next = Some(which);
    while let Some(which) = next {
        let rest = store.write(move |tx| delete_some(tx, account, &which)).await?;
        next = rest.map(Which::Id);
    }
    Ok(())
}

/// Deletes a mailbox that holds nothing: what came in while somebody emptied it is not lost with it.
///
/// # Errors
/// [`MailboxError::NotEmpty`]; else as [`delete`].
pub async fn delete_empty(store: &Store, account: AccountNo, id: MailboxId) -> Result<(), MailboxError> {
    let deleted = store.write(move |tx| {
        let mailbox = deletable(tx, account, &Which::Id(id))?;
        if !views::uids(tx, mailbox.id)?.is_empty() {
            return Err(MailboxError::NotEmpty);
        }
        Ok(mailboxes::delete(tx, account, mailbox.id)?)
    });
    deleted.await
}

/// Deletes a mailbox, or as many of its messages as the transaction has room for; answers it where it is still there.
fn delete_some(tx: &Tx<'_>, account: AccountNo, which: &Which) -> Result<Option<MailboxId>, MailboxError> {
    let mailbox = deletable(tx, account, which)?;
    let uids = views::uids(tx, mailbox.id)?;
    let first = views::by_uids(tx, mailbox.id, uids.get(..removal::AT_ONCE).unwrap_or(&uids))?;
    let going = removal::fitting(tx, &first);
    if going.len() == uids.len() {
        mailboxes::delete(tx, account, mailbox.id)?;
        return Ok(None);
    }
    let ids: Vec<_> = going.iter().map(|message| message.id).collect();
    messages::expunge(tx, account, &ids)?;
    Ok(Some(mailbox.id))
}

/// A mailbox that may be deleted: no account must have it, and none stands below it.
fn deletable(tx: &Tx<'_>, account: AccountNo, which: &Which) -> Result<NamedMailbox, MailboxError> {
    let mailbox = find(tx, account, which)?;
    if mailbox.role.is_some() {
        return Err(MailboxError::HasRole);
    }
    if below(&mailboxes::names(tx, account)?, &mailbox.name).next().is_some() {
        return Err(MailboxError::HasChildren);
    }
    Ok(mailbox)
}

/// The mailboxes below one, each with what its name has more.
fn below<'m>(known: &'m [NamedMailbox], name: &'m str) -> impl Iterator<Item = (&'m NamedMailbox, &'m str)> {
    known.iter().filter_map(move |other| {
        let rest = other.name.strip_prefix(name).filter(|rest| rest.starts_with(SEPARATOR))?;
        Some((other, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::account;

    fn name(text: &str) -> MailboxName {
        text.parse().unwrap()
    }

    fn which(text: &str) -> Which {
        Which::Name(name(text))
    }

    async fn names(store: &Store, account: AccountNo) -> Vec<String> {
        let found: Result<_, StoreError> = store.read(move |tx| mailboxes::names(tx, account)).await;
        found.unwrap().into_iter().filter(|mailbox| mailbox.role.is_none()).map(|mailbox| mailbox.name).collect()
    }

    #[test]
    fn names_have_one_form() {
        assert_eq!(name("inbox").as_str(), "INBOX");
        assert_eq!(name("Inbox/a").as_str(), "INBOX/a");
        assert_eq!(name("inboxes").as_str(), "inboxes");
        assert_eq!(name("e\u{301}te\u{301}").as_str(), "été");
        let long = "x".repeat(256);
        for text in ["", "/", "a/", "/a", "a//b", "a/ /b", "a*", "50%", "a\r\nb", "a\0", &long] {
            assert!(matches!(text.parse::<MailboxName>(), Err(MailboxError::NameNotAllowed)), "{text:?}");
        }
    }

    #[tokio::test]
    async fn parents_are_made_and_stay_as_long_as_they_have_children() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, _) = account(&store, "alice").await;
        create(&store, alice, name("a/b/c")).await.unwrap();
        assert_eq!(names(&store, alice).await, ["a", "a/b", "a/b/c"]);
        assert!(matches!(create(&store, alice, name("a")).await, Err(MailboxError::Store(StoreError::Exists))));
        assert!(matches!(delete(&store, alice, which("a")).await, Err(MailboxError::HasChildren)));
        delete(&store, alice, which("a/b/c")).await.unwrap();
        delete(&store, alice, which("a/b")).await.unwrap();
        assert_eq!(names(&store, alice).await, ["a"]);
    }

    #[tokio::test]
    async fn a_rename_takes_along_what_stands_below() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, _) = account(&store, "alice").await;
        create(&store, alice, name("a/b")).await.unwrap();
        create(&store, alice, name("ab")).await.unwrap();
        rename(&store, alice, which("a"), name("x/y")).await.unwrap();
        assert_eq!(names(&store, alice).await, ["ab", "x", "x/y", "x/y/b"]);
        let within = rename(&store, alice, which("x"), name("x/y/z")).await;
        assert!(matches!(within, Err(MailboxError::NameNotAllowed)));
        assert!(matches!(
            rename(&store, alice, which("x"), name("ab")).await,
            Err(MailboxError::Store(StoreError::Exists))
        ));
        let long = format!("{}/q", "w".repeat(250));
        assert!(matches!(rename(&store, alice, which("x"), name(&long)).await, Err(MailboxError::NameNotAllowed)));
        assert_eq!(names(&store, alice).await, ["ab", "x", "x/y", "x/y/b"]);
    }

    #[tokio::test]
    async fn mailboxes_with_a_role_stay() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, _) = account(&store, "alice").await;
        for role in MailboxRole::ALL {
            assert!(matches!(delete(&store, alice, which(role.name())).await, Err(MailboxError::HasRole)));
            assert!(matches!(
                rename(&store, alice, which(role.name()), name("other")).await,
                Err(MailboxError::HasRole)
            ));
        }
        create(&store, alice, name("Archive/2024")).await.unwrap();
    }
}
