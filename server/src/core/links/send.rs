//! Completing a letter with the message that it is of, and taking it back with that.

use shared::api::link::{LinkEnd, LinkName, LinkedLetterId};
use shared::api::{EmailAddress, Timestamp};
use shared::link;

use super::{LinkError, hash};
use crate::store::messages::BodyId;
use crate::store::{AccountNo, ReadTx, StoreError, Tx, links};

/// For whom the links of these names are.
///
/// # Errors
/// [`LinkError::Gone`] where the letter has no such link, or not any more.
pub(in crate::core) fn recipients(
    tx: &ReadTx<'_>,
    account: AccountNo,
    letter: LinkedLetterId,
    names: &[LinkName],
) -> Result<Vec<EmailAddress>, LinkError> {
    let letter = links::letter(tx, account, letter)?.id;
    let of = |name: &LinkName| links::recipient_of(tx, letter, hash(&name.0))?.ok_or(LinkError::Gone);
    names.iter().map(of).collect()
}

/// Completes a letter whose chunks are all there: from now on its links can be opened.
///
/// # Errors
/// [`LinkError::Incomplete`], [`LinkError::AlreadySent`].
pub(in crate::core) fn complete(
    tx: &Tx<'_>,
    account: AccountNo,
    letter: LinkedLetterId,
    sent: BodyId,
    now: Timestamp,
) -> Result<(), LinkError> {
    let letter = links::letter(tx, account, letter)?;
    if letter.sent_at.is_some() || letter.is_wiped {
        return Err(LinkError::AlreadySent);
    }
    if letter.received != link::chunks(letter.octets) {
        return Err(LinkError::Incomplete);
    }
    Ok(links::complete(tx, letter.id, sent, now)?)
}

/// Takes back the links of the message that was filed in Sent as these bytes. What is on the disk of them is wiped afterwards by
/// [`super::wipe()`].
///
/// # Errors
/// Where the store fails.
pub(in crate::core) fn take_back(tx: &Tx<'_>, account: AccountNo, sent: BodyId) -> Result<(), StoreError> {
    let Some(letter) = links::of_sent(tx, account, sent)? else { return Ok(()) };
    links::state(tx, account, letter)?
        .links
        .iter()
        .try_for_each(|link| links::end(tx, letter.id, link.id, LinkEnd::Revoked))
}
