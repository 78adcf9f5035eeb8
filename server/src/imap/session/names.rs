//! Making, renaming, deleting and subscribing mailboxes (RFC 9051 §6.3.4–6.3.8, RFC 6154 §3,
//! RFC 8474 §4). The rules are `core::mailboxes`'.

use shared::api::mailbox::{MailboxId, MailboxRole};

use super::refusal::Refusal;
use super::{Done, Session};
use crate::core::mailboxes::{self, MailboxError, MailboxName, Subscriptions, Which};
use crate::imap::wire::Code;
use crate::imap::wire::names::Create;

/// CREATE.
pub(super) async fn create(session: &Session, create: Create) -> Result<Done, Refusal> {
    let (account, name) = (session.user()?.who.account, create.name.parse::<MailboxName>()?);
    if !create.uses.is_empty() {
        // Those that there are have their mailboxes already (RFC 6154 §3).
        return Err(Refusal::No(Some(Code::UseAttr), "no other mailbox can be for this"));
    }
    let id = mailboxes::create(&session.service.context.store, account, name, Subscriptions::Stay).await?;
    Ok(Done::new("made").code(Code::MailboxId(object_id(id))))
}

/// DELETE.
pub(super) async fn delete(session: &Session, name: &str) -> Result<Done, Refusal> {
    let (account, which) = (session.user()?.who.account, Which::Name(existing(name)?));
    mailboxes::delete(&session.service.context.store, account, which).await?;
    Ok(Done::new("deleted"))
}

/// RENAME.
pub(super) async fn rename(session: &Session, from: &str, to: &str) -> Result<Done, Refusal> {
    let (account, from, to) = (session.user()?.who.account, existing(from)?, to.parse::<MailboxName>()?);
    let store = &session.service.context.store;
    if from.as_str() == MailboxRole::Inbox.name() {
        mailboxes::move_inbox(store, account, to, session.service.context.clock.now()).await?;
    } else {
        mailboxes::rename(store, account, Which::Name(from), to, Subscriptions::Stay).await?;
    }
    Ok(Done::new("renamed"))
}

/// SUBSCRIBE and UNSUBSCRIBE.
pub(super) async fn subscribe(session: &Session, name: &str, subscribed: bool) -> Result<Done, Refusal> {
    let (account, name) = (session.user()?.who.account, existing(name)?);
    let store = &session.service.context.store;
    if subscribed {
        mailboxes::subscribe(store, account, name).await?;
        Ok(Done::new("subscribed"))
    } else {
        mailboxes::unsubscribe(store, account, name).await?;
        Ok(Done::new("unsubscribed"))
    }
}

/// A mailbox's name of RFC 8474 §4, which it keeps when it is called otherwise.
pub(super) fn object_id(mailbox: MailboxId) -> String {
    format!("F{}", mailbox.0)
}

/// A name that a mailbox could have; what cannot be a name is that of no mailbox.
pub(super) fn existing(name: &str) -> Result<MailboxName, Refusal> {
    name.parse().map_err(|_: MailboxError| Refusal::NO_MAILBOX)
}
