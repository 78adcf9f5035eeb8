//! Room for mail. The last of a disk is not for mail, so that whatever makes room again still finds what it needs: to sign in,
//! to look, to mark, to delete.
//!
//! What is deleted is overwritten in the file, and everything that is written goes through the write-ahead log first:
//! deleting a message takes as much room for a while as the message did. Who asks here before he stores mail leaves that much.

use shared::api::limits;

use crate::store::{ReadTx, StoreError, room};

/// Octets that mail leaves free, all of them for the write-ahead log: the largest message, while it is stored or deleted, and
/// the size at which the log is kept, with what other transactions are writing.
pub const RESERVE_BYTES: u64 = limits::SEALED_MESSAGE_BYTES as u64 + 21 * 1024 * 1024;

/// Whether there is room for so many octets of mail.
///
/// # Errors
/// [`StoreError::DiskFull`].
pub(super) fn claim(tx: &ReadTx<'_>, octets: usize) -> Result<(), StoreError> {
    let needed = RESERVE_BYTES.saturating_add(octets as u64);
    let free = room::free_octets(tx)?;
    if free < needed {
        tracing::warn!(free, needed, "no room for mail on the disk");
        return Err(StoreError::DiskFull);
    }
    Ok(())
}
