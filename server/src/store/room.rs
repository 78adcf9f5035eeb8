//! How much can still be written.

use super::{ReadTx, StoreError};

/// Octets that the file can still take, the write-ahead log left out of account: what the disk has free, and what file and log
/// have of it already, without what is in use. As many as there can be, where the system does not tell.
///
/// # Errors
/// Where the store fails.
pub fn free_octets(tx: &ReadTx<'_>) -> Result<u64, StoreError> {
    let pragma = |name| tx.sql().pragma_query_value(None, name, |row| row.get::<_, i64>(0).map(i64::cast_unsigned));
    // Pages that are in the log and not yet in the file are counted too.
    let used = pragma("page_count")?.saturating_sub(pragma("freelist_count")?).saturating_mul(pragma("page_size")?);
    let path = tx.sql().path().unwrap_or_default();
    let held: u64 =
        ["", "-wal"].iter().filter_map(|end| Some(std::fs::metadata(format!("{path}{end}")).ok()?.len())).sum();
    let disk = rustix::fs::statvfs(path).ok().filter(|disk| disk.f_blocks > 0);
    let free = disk.map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    Ok(free.saturating_add(held).saturating_sub(used))
}

#[cfg(test)]
mod tests {
    use super::super::{Store, tests::account};
    use super::*;
    use crate::store::messages;

    async fn free(store: &Store) -> u64 {
        store.read(|tx| free_octets(tx)).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_deleted_can_be_written_to_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (alice, inbox) = account(&store, "alice").await;
        let new = messages::NewMessage {
            bytes: vec![1; 3_000_000],
            sealed_summary: Vec::new(),
            sealed_header: Vec::new(),
            flags: crate::store::flags::FlagBits::default(),
            keywords: crate::store::flags::Keywords::default(),
            received_at: shared::api::Timestamp(1),
        };
        let filed: Result<_, StoreError> = store.write(move |tx| messages::append(tx, alice, inbox, &new)).await;
        let id = filed.unwrap().id;
        let inside = |tx: &ReadTx<'_>| {
            Ok::<i64, StoreError>(tx.sql().pragma_query_value(None, "freelist_count", |row| row.get(0))?)
        };
        assert_eq!(store.read(inside).await.unwrap(), 0);
        store.write(move |tx| messages::expunge(tx, alice, &[id]).map(drop)).await.unwrap();
        assert!(store.read(inside).await.unwrap() > 700);
        // Others use the disk at the same time; the three megabytes inside of the file are ours.
        assert!((3_000_000..u64::MAX).contains(&free(&store).await));
    }
}
