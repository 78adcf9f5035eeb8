//! The end of links: what opened them is overwritten, and the chunks of a letter that no link leads to any more go.

use shared::api::limits;
use shared::api::link::{LinkEnd, LinkId, LinkedLetterId};

use super::LinkError;
use crate::core::Context;
use crate::store::{AccountNo, Store, StoreError, links};

/// A letter that was begun and not completed goes after so long, seconds: a large one over a slow line, with nights between.
const ABANDONED_SECONDS: i64 = 7 * 24 * 60 * 60;
/// What became of a letter's links can be seen for so long after the last has ended, seconds.
const REMEMBERED_SECONDS: i64 = 90 * 24 * 60 * 60;

/// Takes a link back.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such link.
pub async fn revoke(
    context: &Context,
    account: AccountNo,
    (letter, link): (LinkedLetterId, LinkId),
) -> Result<(), LinkError> {
    let revoked = context.store.write(move |tx| {
        let letter = links::letter(tx, account, letter)?.id;
        links::end(tx, letter, link, LinkEnd::Revoked)
    });
    revoked.await?;
    wipe(context).await
}

/// Takes all links of a letter back.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such letter.
pub async fn revoke_letter(context: &Context, account: AccountNo, letter: LinkedLetterId) -> Result<(), LinkError> {
    let revoked = context.store.write(move |tx| {
        let letter = links::letter(tx, account, letter)?;
        let state = links::state(tx, account, letter)?;
        state.links.iter().try_for_each(|link| links::end(tx, letter.id, link.id, LinkEnd::Revoked))
    });
    revoked.await?;
    wipe(context).await
}

/// Ends what is over, and forgets what ended long ago. To be called now and then.
///
/// # Errors
/// Where the store or the data folder fails.
pub async fn tidy(context: &Context) -> Result<(), LinkError> {
    let now = context.clock.now();
    let (fetched, abandoned) = (now.plus(-limits::LINK_FETCH_SECONDS), now.plus(-ABANDONED_SECONDS));
    let ended = context.store.write(move |tx| {
        let overdue = links::overdue(tx, now, fetched, abandoned)?;
        overdue.iter().try_for_each(|(letter, link, why)| links::end(tx, *letter, *link, *why))?;
        links::forget(tx, now.plus(-REMEMBERED_SECONDS))?;
        Ok::<_, StoreError>(overdue.len())
    });
    if ended.await? > 0 {
        tracing::info!("links have ended");
    }
    wipe(context).await
}

/// Takes the chunks of letters that cannot be opened any more off the disk, and what was overwritten out of the log. What a power cut
/// leaves is found by the next call.
///
/// # Errors
/// Where the store or the data folder fails.
pub(in crate::core) async fn wipe(context: &Context) -> Result<(), LinkError> {
    let (store, now) = (&context.store, context.clock.now());
    for letter in store.read(links::unreachable).await? {
        store.payloads().remove(letter).await?;
        store.write(move |tx| links::note_wiped(tx, letter, now)).await?;
    }
    empty_log(store).await
}

/// Takes what was overwritten in the file out of the log beside it.
pub(super) async fn empty_log(store: &Store) -> Result<(), LinkError> {
    if !store.empty_log().await? {
        // Who reads or writes held it. It is written over soon, and emptied when the next link ends, or within the hour.
        tracing::warn!("the log still holds what was overwritten in the store");
    }
    Ok(())
}
