//! EXPUNGE and UID EXPUNGE (RFC 9051 §6.4.3, §6.4.9).

use super::refusal::Refusal;
use super::{Done, Session};
use crate::imap::limits::WRITE_BATCH;
use crate::imap::wire::sequence::SequenceSet;
use crate::store::{StoreError, messages, views};

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
    let marked: Result<_, StoreError> = store.read(move |tx| views::deleted(tx, mailbox)).await;
    let marked: Vec<u32> = marked?.into_iter().filter(|uid| known.binary_search(uid).is_ok()).collect();
    for batch in marked.chunks(WRITE_BATCH) {
        let batch = batch.to_vec();
        let removed: Result<(), StoreError> = store
            .write(move |tx| {
                let found = views::by_uids(tx, mailbox, &batch)?;
                // Somebody may have taken the mark away meanwhile.
                let deleted = crate::store::flags::FlagBits::DELETED;
                let ids: Vec<_> =
                    found.iter().filter(|message| message.flags.has(deleted)).map(|message| message.id).collect();
                messages::expunge(tx, account, &ids).map(drop)
            })
            .await;
        removed?;
    }
    Ok(())
}
