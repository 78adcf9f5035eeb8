//! Deleting mail for ever.
//!
//! What is deleted is overwritten, and that goes through the write-ahead log in full. On a full disk the log has room for the
//! largest message (`core::room`), so much is deleted in as many transactions as that takes: deleting is the way out of a full
//! disk.
//!
//! Invariants: a message is deleted whole or not at all; who is cut off has deleted a part of what was asked, and may ask again.

use shared::api::mailbox::MessageId;

use super::room;
use crate::store::flags::FlagBits;
use crate::store::messages::{self, MessageRecord};
use crate::store::{AccountNo, Store, StoreError, Tx};

/// Messages that one transaction deletes, so that others get their turn.
pub(super) const AT_ONCE: usize = 1000;

/// Deletes messages that have all of these flags when their turn comes.
///
/// # Errors
/// Where the store fails; messages that are gone are passed over.
pub async fn remove(
    store: &Store,
    account: AccountNo,
    mut ids: Vec<MessageId>,
    marked: FlagBits,
) -> Result<(), StoreError> {
    while !ids.is_empty() {
        ids = store.write(move |tx| remove_some(tx, account, ids, marked)).await?;
    }
    Ok(())
}

/// Deletes those in front; answers the others.
fn remove_some(
    tx: &Tx<'_>,
    account: AccountNo,
    mut ids: Vec<MessageId>,
    marked: FlagBits,
) -> Result<Vec<MessageId>, StoreError> {
    let (mut going, mut seen) = (Vec::new(), 0);
    for id in ids.iter().take(AT_ONCE) {
        match messages::get(tx, account, *id) {
            Ok(message) if message.flags.has(marked) => {
                if !room::claim_deletion(tx, message.size) {
                    break;
                }
                going.push(*id);
            }
            Ok(_) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        seen += 1;
    }
    messages::expunge(tx, account, &going)?;
    Ok(ids.split_off(seen))
}

/// Of messages that are to be deleted in this transaction, those in front that it has room for.
pub(super) fn fitting<'m>(tx: &Tx<'_>, messages: &'m [MessageRecord]) -> &'m [MessageRecord] {
    let end = messages.iter().position(|message| !room::claim_deletion(tx, message.size));
    messages.get(..end.unwrap_or(messages.len())).unwrap_or(messages)
}
