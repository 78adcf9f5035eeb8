//! Looking at messages one after the other, as SEARCH, SORT and THREAD do: in short snapshots of the store as far as that shows
//! enough, and opened where the device's password opens mail and more must be seen.

use std::sync::Arc;

use super::progress::Progress;
use super::refusal::Refusal;
use super::seen::{NotSeen, Seen};
use super::{Replies, Session};
use crate::imap::limits::BATCH;
use crate::imap::opening::{Look, Looked, Opened};
use crate::imap::wire::Status;
use crate::imap::wire::print::status;
use crate::store::messages::MessageRecord;
use crate::store::{StoreError, views};

/// Takes something from each of these messages, with its UID, in their order; those that are gone are passed over.
pub(super) async fn look_at<T, F>(
    session: &mut Session,
    tag: &str,
    uids: &[u32],
    replies: &mut Replies<'_>,
    look: F,
) -> Result<Vec<(u32, T)>, Refusal>
where
    T: Send + 'static,
    F: Fn(&mut Seen<'_>) -> Result<T, NotSeen> + Send + Sync + 'static,
{
    let (store, clock) = (session.service.context.store.clone(), session.service.context.clock.clone());
    let opener = session.opener();
    let (_, view) = session.selected()?;
    let mailbox = view.mailbox;
    let look = Arc::new(look);
    let opened = {
        let look = Arc::clone(&look);
        Arc::new(move |row: &MessageRecord, opened: &Arc<Opened>, _: usize| {
            Look::Seen((row.uid, look(&mut Seen::opened(row, opened))), 0)
        })
    };
    let mut progress = Progress::new(tag, uids.len(), clock.now());
    let mut found = Vec::with_capacity(uids.len());
    for (done, batch) in uids.chunks(BATCH).enumerate() {
        tell(&mut progress, done * BATCH, clock.now(), replies).await?;
        let (batch, look, opens) = (batch.to_vec(), Arc::clone(&look), opener.is_some());
        let read: Result<_, StoreError> = store
            .read(move |tx| {
                let (mut taken, mut left) = (Vec::with_capacity(batch.len()), Vec::new());
                for row in views::by_uids(tx, mailbox, &batch)? {
                    let mut seen = if opens { Seen::closed(&row) } else { Seen::stored(tx, &row) };
                    match look(&mut seen) {
                        Ok(one) => taken.push((row.uid, one)),
                        Err(NotSeen::Closed) => left.push(row),
                        Err(NotSeen::Store(error)) => return Err(error),
                    }
                }
                Ok((taken, left))
            })
            .await;
        let (mut taken, mut left) = read?;
        while let Some(opener) = opener.as_ref().filter(|_| !left.is_empty()) {
            let Looked { seen, left: rest, .. } =
                opener.look(&store, clock.now(), left, false, Arc::clone(&opened)).await?;
            left = rest;
            for (uid, one) in seen {
                match one {
                    Ok(one) => taken.push((uid, one)),
                    Err(NotSeen::Store(error)) => return Err(error.into()),
                    // All of it has been seen.
                    Err(NotSeen::Closed) => {}
                }
            }
            tell(&mut progress, done * BATCH + taken.len(), clock.now(), replies).await?;
        }
        taken.sort_by_key(|(uid, _)| *uid);
        found.extend(taken);
    }
    Ok(found)
}

/// Tells how far it has come, where it is time again.
async fn tell(
    progress: &mut Progress,
    done: usize,
    now: shared::api::Timestamp,
    replies: &mut Replies<'_>,
) -> Result<(), Refusal> {
    if let Some(code) = progress.due(done, now) {
        status(replies.lines(), None, Status::Ok, Some(&code), "still searching");
        replies.flush().await?;
    }
    Ok(())
}
