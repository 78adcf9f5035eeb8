//! COPY and MOVE (RFC 9051 §6.4.7, §6.4.8, RFC 6851, RFC 4315 §3).
//!
//! Each is one transaction: all messages or none (RFC 9051 §6.4.7). A move is a copy and an expunge in one; that the messages
//! are gone is told like any other expunge, when the command ends.

use super::refusal::Refusal;
use super::{Done, Replies, Session, names};
use crate::imap::wire::filing::CopyTo;
use crate::imap::wire::print::status;
use crate::imap::wire::sequence::compact;
use crate::imap::wire::{Code, Status};
use crate::store::{StoreError, mailboxes, messages, views};

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
enum NotCopied {
    /// A message that was named by its number is gone.
    #[error("a message is gone")]
    Gone,
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// COPY and MOVE.
pub(super) async fn copy(session: &mut Session, request: CopyTo, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    let CopyTo { set, to, away, uid } = request;
    let (store, now) = (session.service.context.store.clone(), session.service.context.clock.now());
    if away {
        session.writable()?;
    }
    let (user, view) = session.selected()?;
    let (account, mailbox, uids) = (user.who.account, view.mailbox, view.named(&set, uid)?);
    let to = names::existing(&to).map_err(Refusal::or_try_create)?;
    let copied = store
        .write(move |tx| {
            let to = mailboxes::by_name(tx, account, to.as_str())?;
            let found = views::by_uids(tx, mailbox, &uids)?;
            if !uid && found.len() < uids.len() {
                return Err(NotCopied::Gone);
            }
            let ids: Vec<_> = found.iter().map(|message| message.id).collect();
            let copies = messages::copy(tx, account, &ids, to.id, now)?;
            if away {
                messages::expunge(tx, account, &ids)?;
            }
            Ok((to.id, to.uid_validity, copies))
        })
        .await;
    let (target, validity, copies) = copied.map_err(|error| match error {
        NotCopied::Gone => Refusal::GONE,
        NotCopied::Store(error) => Refusal::from(error).or_try_create(),
    })?;
    if target == mailbox {
        let (_, view) = session.selected()?;
        view.put_there(copies.iter().map(|(_, new)| new.uid));
    }
    let done = Done::new(if away { "moved" } else { "copied" });
    if copies.is_empty() {
        return Ok(done);
    }
    let from = compact(copies.iter().map(|(old, _)| old.uid));
    let to = compact(copies.iter().map(|(_, new)| new.uid));
    let code = Code::CopyUid { validity, from, to };
    if away {
        // Before the EXPUNGE responses, which take the old UIDs away (RFC 6851 §4.3).
        status(replies.lines(), None, Status::Ok, Some(&code), "moving");
        return Ok(done);
    }
    Ok(done.code(code))
}
