//! How much can still be written.

use super::{ReadTx, StoreError, pool};

/// Octets that the write-ahead log keeps when everything in it stands in the file too.
pub const LOG_KEPT_BYTES: u64 = pool::WAL_KEPT_BYTES.cast_unsigned();
/// Octets in the write-ahead log when they are brought into the file.
pub const LOG_BROUGHT_IN_BYTES: u64 = pool::WAL_PAGES.cast_unsigned() * 4096;

/// Octets that the file can still take, the write-ahead log left out of account: what the disk has free, and what file and log
/// hold without use. As many as there can be, where the system does not tell.
///
/// # Errors
/// Where the store fails.
pub fn free_octets(tx: &ReadTx<'_>) -> Result<u64, StoreError> {
    let disk = rustix::fs::statvfs(path(tx)).ok().filter(|disk| disk.f_blocks > 0);
    free_beside(tx, disk.map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize)))
}

/// The same where the disk has so many. What was deleted leaves room in the file; the log is written over again and again.
/// What stands in the log and not in the file yet will take its room there, and counts as used: it can be more than file and
/// log are long.
fn free_beside(tx: &ReadTx<'_>, disk: u64) -> Result<u64, StoreError> {
    let pragma = |name| tx.sql().pragma_query_value(None, name, |row| row.get::<_, i64>(0).map(i64::cast_unsigned));
    let used = pragma("page_count")?.saturating_sub(pragma("freelist_count")?).saturating_mul(pragma("page_size")?);
    let length = |end: &str| std::fs::metadata(format!("{}{end}", path(tx))).map_or(0, |file| file.len());
    Ok(disk.saturating_add(length("")).saturating_add(length("-wal")).saturating_sub(used))
}

fn path<'c>(tx: &ReadTx<'c>) -> &'c str {
    tx.sql().path().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use shared::api::Timestamp;

    use super::super::flags::{FlagBits, Keywords};
    use super::super::messages::{self, NewMessage};
    use super::super::{Store, tests::account};
    use super::*;

    const MESSAGE: usize = 3_000_000;

    async fn unused(store: &Store) -> usize {
        usize::try_from(store.read(|tx| free_beside(tx, 0)).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn what_is_deleted_leaves_room_and_what_is_stored_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, inbox) = account(&store, "alice").await;
        let file = async || {
            let (bytes, received_at) = (vec![1_u8; MESSAGE].into(), Timestamp(1));
            let (flags, keywords) = (FlagBits::default(), Keywords::default());
            let new = NewMessage {
                bytes,
                sealed_summary: Vec::new(),
                sealed_header: Vec::new(),
                flags,
                keywords,
                received_at,
                saved_at: received_at,
                came: None,
            };
            let filed: Result<_, StoreError> = store.write(move |tx| messages::append(tx, alice, inbox, &new)).await;
            filed.unwrap().id
        };
        // The log grows until it is brought into the file for the first time; then it is written over.
        for _ in 0..=pool::WAL_KEPT_BYTES.cast_unsigned() / MESSAGE as u64 {
            file().await;
        }
        let first = file().await;
        let before = unused(&store).await;
        store.write(move |tx| messages::expunge(tx, alice, &[first]).map(drop)).await.unwrap();
        let after = unused(&store).await;
        assert!((before + MESSAGE..before + 2 * MESSAGE).contains(&after), "{before}, then {after}");
        file().await;
        assert!(unused(&store).await < after - MESSAGE / 2);
        assert!(store.read(free_octets).await.unwrap() > after as u64);
    }

    #[tokio::test]
    async fn work_that_shares_a_transaction_claims_together() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        // While the first one runs, the others come to share its transaction.
        let (begin, begun) = std::sync::mpsc::channel::<()>();
        let first = store.write(move |tx| {
            let _begun = begun.recv();
            tx.claim(7);
            Ok::<_, StoreError>(tx.claimed())
        });
        let claim = || {
            store.write(|tx| {
                tx.claim(10);
                Ok::<_, StoreError>(tx.claimed())
            })
        };
        let (first, one, two, ()) = tokio::join!(first, claim(), claim(), async { drop(begin) });
        assert_eq!([first.unwrap(), one.unwrap(), two.unwrap()], [7, 17, 27]);
        assert_eq!(claim().await.unwrap(), 10);
    }
}
