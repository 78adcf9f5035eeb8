//! Room for mail. The last of a disk is not for mail, so that whatever makes room again still finds what it needs: to sign in,
//! to look, to mark, to delete.
//!
//! What is deleted is overwritten in the file, and everything that is written goes through the write-ahead log first:
//! storing a message takes room twice for a while, and deleting it as much as the message did. Who asks here before he stores
//! mail leaves that much, and who asks here before he deletes takes no more (`core::removal`).

use shared::api::limits;

use crate::store::{AccountNo, ReadTx, StoreError, Tx, room, views};

/// What the log grows by between two checkpoints, and its index: small writes that are not counted here.
const SMALL_WRITES_BYTES: u64 = room::LOG_BROUGHT_IN_BYTES + 1024 * 1024;
/// What the log has beside mail: what it keeps, and small writes.
const LOG_BYTES: u64 = room::LOG_KEPT_BYTES + SMALL_WRITES_BYTES;
/// Octets in the log of the largest message that is stored or deleted.
const LARGEST_BYTES: u64 = limits::SEALED_MESSAGE_BYTES as u64;
/// Octets that deleting a message puts into the log beside its own: pages of its summary, its rows and their indexes.
const ROWS_BYTES: u64 = 32 * 1024;
/// Octets that mail leaves free, all of them for the write-ahead log.
pub const RESERVE_BYTES: u64 = LARGEST_BYTES + LOG_BYTES;

/// Whether there is room for so many octets of mail.
///
/// # Errors
/// [`StoreError::DiskFull`].
pub(super) fn claim(tx: &Tx<'_>, octets: usize) -> Result<(), StoreError> {
    let octets = octets as u64;
    let needed = needed(octets, tx.claimed().saturating_add(octets));
    let free = room::free_octets(tx)?;
    if free < needed {
        tracing::warn!(free, needed, "no room for mail on the disk");
        return Err(StoreError::DiskFull);
    }
    tx.claim(octets);
    Ok(())
}

/// Whether the transaction can delete a message of so many octets besides what it has in the log already; then it is counted.
/// The first one can always be deleted.
pub(super) fn claim_deletion(tx: &Tx<'_>, octets: u64) -> bool {
    let octets = octets.saturating_add(ROWS_BYTES);
    let fits = tx.claimed() == 0 || tx.claimed().saturating_add(octets) <= LARGEST_BYTES;
    if fits {
        tx.claim(octets);
    }
    fits
}

/// Whether there is room for so many octets beside the store's file.
///
/// # Errors
/// [`StoreError::DiskFull`].
pub(super) fn look(tx: &ReadTx<'_>, octets: u64) -> Result<(), StoreError> {
    let (free, needed) = (room::free_octets(tx)?, octets.saturating_add(RESERVE_BYTES));
    if free < needed {
        tracing::warn!(free, needed, "no room for a letter behind links on the disk");
        return Err(StoreError::DiskFull);
    }
    Ok(())
}

/// How much mail an account has, and how much it could have, octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// What it has; copies share their bytes and count once.
    pub used: u64,
    /// What it could have, if nobody else stored any.
    pub limit: u64,
}

/// How much room an account's mail takes. There are no limits but the disk's.
///
/// # Errors
/// Where the store fails.
pub fn usage(tx: &ReadTx<'_>, account: AccountNo) -> Result<Usage, StoreError> {
    let used = views::octets_of_account(tx, account)?;
    let left = room::free_octets(tx)?.saturating_sub(RESERVE_BYTES);
    // Numbers in protocols are of 63 bits.
    Ok(Usage { used, limit: used.saturating_add(left).min(i64::MAX.cast_unsigned()) })
}

/// What has to be free for so many octets, where their transaction puts `together` into the log: their place in the file, and
/// the log, which has to hold all of the transaction, and the largest message at any time. What the transaction stored before
/// has its place in the file already.
fn needed(octets: u64, together: u64) -> u64 {
    octets.saturating_add(together.max(LARGEST_BYTES)).saturating_add(LOG_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_needs_room_in_the_file_and_in_the_log() {
        assert_eq!(RESERVE_BYTES, 108 * 1024 * 1024);
        assert_eq!(needed(1, 1), RESERVE_BYTES + 1);
        assert_eq!(needed(LARGEST_BYTES, LARGEST_BYTES), RESERVE_BYTES + LARGEST_BYTES);
        // A message for three people is stored three times at once.
        assert_eq!(needed(3 * LARGEST_BYTES, 3 * LARGEST_BYTES), 6 * LARGEST_BYTES + LOG_BYTES);
        // The last one of a transaction that is large in all.
        assert_eq!(needed(1, 2 * LARGEST_BYTES), 1 + 2 * LARGEST_BYTES + LOG_BYTES);
    }
}
