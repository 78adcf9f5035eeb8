//! EXPUNGE and UID EXPUNGE (RFC 9051 §6.4.3, §6.4.9).

use super::refusal::Refusal;
use super::{Done, Session};
use crate::core::removal;
use crate::imap::wire::sequence::SequenceSet;
use crate::store::flags::FlagBits;
use crate::store::{StoreError, views};

/// EXPUNGE; with a set, of those only. That they are gone is told when the command ends.
pub(super) async fn expunge(session: &mut Session, set: Option<&SequenceSet>) -> Result<Done, Refusal> {
    session.writable()?;
    deleted(session, set).await?;
    Ok(Done::new("expunged"))
}

/// Removes what is marked as deleted and known to the client.
pub(super) async fn deleted(session: &mut Session, set: Option<&SequenceSet>) -> Result<(), Refusal> {
    let store = session.service.context.store.clone();
    let (account, view) = session.writable()?;
    let (mailbox, known) = (view.mailbox, set.map_or_else(|| Ok(view.all()), |set| view.named(set, true))?);
    let marked: Result<_, StoreError> = store
        .read(move |tx| {
            let mut marked = views::deleted(tx, mailbox)?;
            marked.retain(|uid| known.binary_search(uid).is_ok());
            Ok(views::by_uids(tx, mailbox, &marked)?.into_iter().map(|message| message.id).collect::<Vec<_>>())
        })
        .await;
    // Somebody may take the mark away meanwhile.
    Ok(removal::remove(&store, account, marked?, FlagBits::DELETED).await?)
}
