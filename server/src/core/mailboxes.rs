//! The rules about mailboxes: what they may be called, and how they are made, renamed and deleted.
//!
//! Names are paths with `/` between their levels. Invariants: every level above a mailbox is a mailbox too, so making one
//! makes its parents and one with others below it is not deleted; `INBOX` is one name in whatever case of letters; the
//! mailboxes that every account has keep their names and stay. What people do to mailboxes in the page, mail programs show
//! ([`Subscriptions`]).

mod name;

pub use name::MailboxName;

use shared::api::mailbox::{MailboxId, MailboxRole};
use shared::api::{Timestamp, limits};

use self::name::SEPARATOR;
use super::removal;
use crate::store::mailboxes::{self, NamedMailbox};
use crate::store::{AccountNo, ReadTx, Store, StoreError, Tx, messages, subscriptions, views};

/// Names that an account subscribes: every mailbox, and as many that are gone.
const SUBSCRIPTIONS: usize = 2 * limits::MAILBOXES;

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

/// What becomes of the subscriptions of names that change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subscriptions {
    /// They go with the mailboxes: who made one in the page finds it in each mail program.
    Follow,
    /// They stay: a mail program says itself what it subscribes, and a server takes no name out (RFC 9051 §6.3.7).
    Stay,
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
    /// The account has subscribed as many names as it may.
    #[error("too many subscriptions")]
    TooManySubscriptions,
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
pub async fn create(
    store: &Store,
    account: AccountNo,
    name: MailboxName,
    subscribed: Subscriptions,
) -> Result<MailboxId, MailboxError> {
    store.write(move |tx| create_with_parents(tx, account, &name, subscribed)).await
}

fn create_with_parents(
    tx: &Tx<'_>,
    account: AccountNo,
    name: &MailboxName,
    subscribed: Subscriptions,
) -> Result<MailboxId, MailboxError> {
    make_parents(tx, account, name, subscribed)?;
    if mailboxes::names(tx, account)?.len() >= limits::MAILBOXES {
        return Err(MailboxError::TooMany);
    }
    make(tx, account, name.as_str(), subscribed)
}

fn make(tx: &Tx<'_>, account: AccountNo, name: &str, subscribed: Subscriptions) -> Result<MailboxId, MailboxError> {
    let id = mailboxes::create(tx, account, name, None)?;
    if subscribed == Subscriptions::Follow {
        subscribe_if_possible(tx, account, name)?;
    }
    Ok(id)
}

fn make_parents(
    tx: &Tx<'_>,
    account: AccountNo,
    name: &MailboxName,
    subscribed: Subscriptions,
) -> Result<(), MailboxError> {
    let known = mailboxes::names(tx, account)?;
    let missing: Vec<&str> =
        name.parents().filter(|parent| !known.iter().any(|mailbox| mailbox.name == *parent)).collect();
    if known.len() + missing.len() > limits::MAILBOXES {
        return Err(MailboxError::TooMany);
    }
    for parent in missing {
        make(tx, account, parent, subscribed)?;
    }
    Ok(())
}

/// Gives a mailbox another name; what stands below it moves along.
///
/// # Errors
/// [`MailboxError::HasRole`]; [`MailboxError::NameNotAllowed`] where it would stand below itself or a name below it would be
/// too long; [`StoreError::Exists`], [`StoreError::NotFound`].
pub async fn rename(
    store: &Store,
    account: AccountNo,
    which: Which,
    to: MailboxName,
    subscribed: Subscriptions,
) -> Result<(), MailboxError> {
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
            make_parents(tx, account, &to, subscribed)?;
            rename_one(tx, account, &mailbox, to.as_str(), subscribed)?;
            for (child, rest) in below(&known, &mailbox.name) {
                let name: MailboxName = format!("{to}{rest}").parse()?;
                rename_one(tx, account, child, name.as_str(), subscribed)?;
            }
            Ok(())
        })
        .await
}

fn rename_one(
    tx: &Tx<'_>,
    account: AccountNo,
    mailbox: &NamedMailbox,
    to: &str,
    subscribed: Subscriptions,
) -> Result<(), StoreError> {
    mailboxes::rename(tx, account, mailbox.id, to)?;
    if subscribed == Subscriptions::Follow && subscriptions::remove(tx, account, &mailbox.name)? {
        subscriptions::add(tx, account, to)?;
    }
    Ok(())
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
            let made = create_with_parents(tx, account, &to, Subscriptions::Stay)?;
            let all = views::by_uids(tx, inbox.id, &views::uids(tx, inbox.id)?)?;
            let ids: Vec<_> = all.iter().map(|message| message.id).collect();
            messages::move_to(tx, account, &ids, made, now)?;
            Ok(())
        })
        .await
}

/// Deletes a mailbox and every message in it, for ever. Its name stays subscribed: only mail programs delete what is not empty.
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

/// Deletes a mailbox that holds nothing: what came in while somebody emptied it is not lost with it. No program shows it any more.
///
/// # Errors
/// [`MailboxError::NotEmpty`]; else as [`delete`].
pub async fn delete_empty(store: &Store, account: AccountNo, id: MailboxId) -> Result<(), MailboxError> {
    let deleted = store.write(move |tx| {
        let mailbox = deletable(tx, account, &Which::Id(id))?;
        if !views::uids(tx, mailbox.id)?.is_empty() {
            return Err(MailboxError::NotEmpty);
        }
        mailboxes::delete(tx, account, mailbox.id)?;
        subscriptions::remove(tx, account, &mailbox.name)?;
        Ok(())
    });
    deleted.await
}

/// Subscribes the name of a mailbox.
///
/// # Errors
/// [`MailboxError::TooManySubscriptions`], [`StoreError::NotFound`].
pub async fn subscribe(store: &Store, account: AccountNo, name: MailboxName) -> Result<(), MailboxError> {
    store
        .write(move |tx| {
            mailboxes::by_name(tx, account, name.as_str())?;
            if subscribe_if_possible(tx, account, name.as_str())? {
                Ok(())
            } else {
                Err(MailboxError::TooManySubscriptions)
            }
        })
        .await
}

/// Takes a name out of those that are subscribed, whether there is a mailbox of it or not.
///
/// # Errors
/// [`StoreError::NotFound`] where there is neither.
pub async fn unsubscribe(store: &Store, account: AccountNo, name: MailboxName) -> Result<(), MailboxError> {
    store
        .write(move |tx| {
            if !subscriptions::remove(tx, account, name.as_str())? {
                mailboxes::by_name(tx, account, name.as_str())?;
            }
            Ok(())
        })
        .await
}

/// Subscribes a name unless there are too many; answers whether it is subscribed now.
fn subscribe_if_possible(tx: &Tx<'_>, account: AccountNo, name: &str) -> Result<bool, StoreError> {
    let subscribed = subscriptions::names(tx, account)?;
    if !subscribed.contains(name) {
        if subscribed.len() >= SUBSCRIPTIONS {
            return Ok(false);
        }
        subscriptions::add(tx, account, name)?;
    }
    Ok(true)
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

    #[tokio::test]
    async fn parents_are_made_and_stay_as_long_as_they_have_children() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, _) = account(&store, "alice").await;
        create(&store, alice, name("a/b/c"), Subscriptions::Stay).await.unwrap();
        assert_eq!(names(&store, alice).await, ["a", "a/b", "a/b/c"]);
        assert!(matches!(
            create(&store, alice, name("a"), Subscriptions::Stay).await,
            Err(MailboxError::Store(StoreError::Exists))
        ));
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
        create(&store, alice, name("a/b"), Subscriptions::Stay).await.unwrap();
        create(&store, alice, name("ab"), Subscriptions::Stay).await.unwrap();
        rename(&store, alice, which("a"), name("x/y"), Subscriptions::Stay).await.unwrap();
        assert_eq!(names(&store, alice).await, ["ab", "x", "x/y", "x/y/b"]);
        let within = rename(&store, alice, which("x"), name("x/y/z"), Subscriptions::Stay).await;
        assert!(matches!(within, Err(MailboxError::NameNotAllowed)));
        assert!(matches!(
            rename(&store, alice, which("x"), name("ab"), Subscriptions::Stay).await,
            Err(MailboxError::Store(StoreError::Exists))
        ));
        let long = format!("{}/q", "w".repeat(250));
        assert!(matches!(
            rename(&store, alice, which("x"), name(&long), Subscriptions::Stay).await,
            Err(MailboxError::NameNotAllowed)
        ));
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
                rename(&store, alice, which(role.name()), name("other"), Subscriptions::Stay).await,
                Err(MailboxError::HasRole)
            ));
        }
        create(&store, alice, name("Archive/2024"), Subscriptions::Stay).await.unwrap();
    }

    async fn subscribed(store: &Store, account: AccountNo) -> Vec<String> {
        let found: Result<_, StoreError> = store.read(move |tx| subscriptions::names(tx, account)).await;
        found.unwrap().into_iter().filter(|name| MailboxRole::ALL.iter().all(|role| role.name() != name)).collect()
    }

    #[tokio::test]
    async fn what_is_done_in_the_page_is_shown_by_every_program_and_a_program_says_itself_what_it_shows() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, _) = account(&store, "alice").await;
        create(&store, alice, name("a/b"), Subscriptions::Follow).await.unwrap();
        create(&store, alice, name("quiet"), Subscriptions::Stay).await.unwrap();
        assert_eq!(subscribed(&store, alice).await, ["a", "a/b"]);
        rename(&store, alice, which("a"), name("x"), Subscriptions::Follow).await.unwrap();
        rename(&store, alice, which("quiet"), name("silent"), Subscriptions::Follow).await.unwrap();
        assert_eq!(subscribed(&store, alice).await, ["x", "x/b"]);
        rename(&store, alice, which("x/b"), name("x/c"), Subscriptions::Stay).await.unwrap();
        assert_eq!(subscribed(&store, alice).await, ["x", "x/b"]);
        unsubscribe(&store, alice, name("x/b")).await.unwrap();
        let unknown = unsubscribe(&store, alice, name("x/b")).await;
        assert!(matches!(unknown, Err(MailboxError::Store(StoreError::NotFound))));
        subscribe(&store, alice, name("x/c")).await.unwrap();
        delete(&store, alice, which("x/c")).await.unwrap();
        assert_eq!(subscribed(&store, alice).await, ["x", "x/c"]);
        let found: Result<_, StoreError> =
            store.read(move |tx| mailboxes::by_name(tx, alice, "x").map(|mailbox| mailbox.id)).await;
        delete_empty(&store, alice, found.unwrap()).await.unwrap();
        assert_eq!(subscribed(&store, alice).await, ["x/c"]);
    }

    #[tokio::test]
    async fn names_that_are_subscribed_have_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, _) = account(&store, "alice").await;
        let filled: Result<_, StoreError> = store
            .write(move |tx| (0..SUBSCRIPTIONS).try_for_each(|at| subscriptions::add(tx, alice, &format!("gone {at}"))))
            .await;
        filled.unwrap();
        create(&store, alice, name("new"), Subscriptions::Follow).await.unwrap();
        let refused = subscribe(&store, alice, name("new")).await;
        assert!(matches!(refused, Err(MailboxError::TooManySubscriptions)));
        subscribe(&store, alice, name("INBOX")).await.unwrap();
    }
}
