//! The connections that only read, and the limits of the files.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ReadTx, StoreError};

/// Read connections: reads are short, and a small box has few cores.
const READERS: usize = 4;
/// Size to which the write-ahead log is cut back after a checkpoint, bytes.
pub(super) const WAL_KEPT_BYTES: i64 = 16 * 1024 * 1024;
/// Pages in the write-ahead log when the writer brings them into the file: 4 times what SQLite does unasked, so that filing waits
/// more seldom for it, and pages that change often are written once.
pub(super) const WAL_PAGES: i64 = WAL_KEPT_BYTES / 4096;
/// Pages that each read connection keeps, KiB: what listing some ten thousand messages touches, so that doing it again reads no
/// file.
const CACHE_KIB: i64 = 8 * 1024;
/// Prepared statements that each connection keeps.
pub(super) const STATEMENTS_KEPT: usize = 128;

#[derive(Debug)]
pub(super) struct Readers {
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let connections = (0..READERS).map(|_| open(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { permits: Arc::new(Semaphore::new(READERS)), idle: Arc::new(Mutex::new(connections)) })
    }

    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        let turn = self.turn().await?;
        tokio::task::spawn_blocking(move || turn.read(work)).await.map_err(|_| StoreError::Closed)?
    }

    pub(super) async fn turn(&self) -> Result<ReadTurn, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        Ok(ReadTurn { idle: Arc::clone(&self.idle), _permit: permit })
    }
}

/// A place among those who read, for work that is on a thread of its own already. Few have one at a time.
#[derive(Debug)]
pub struct ReadTurn {
    idle: Arc<Mutex<Vec<Connection>>>,
    // The work goes on where its caller has gone away, and so does its permit: it goes after the connection is back.
    _permit: OwnedSemaphorePermit,
}

impl ReadTurn {
    /// Runs `work` on one consistent snapshot, and ends the turn. Blocks: not for async threads.
    ///
    /// # Errors
    /// What `work` answers, or why the store cannot be read.
    pub fn read<T, E: From<StoreError>>(self, work: impl FnOnce(&ReadTx<'_>) -> Result<T, E>) -> Result<T, E> {
        Lease::take(&self.idle).ok_or(StoreError::Closed)?.snapshot(work)
    }
}

/// A connection that returns to the pool however the work ends.
struct Lease<'p> {
    pool: &'p Mutex<Vec<Connection>>,
    connection: Option<Connection>,
}

impl<'p> Lease<'p> {
    fn take(pool: &'p Mutex<Vec<Connection>>) -> Option<Self> {
        let connection = pool.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Self { pool, connection: Some(connection) })
    }

    fn snapshot<T, E: From<StoreError>>(&self, work: impl FnOnce(&ReadTx<'_>) -> Result<T, E>) -> Result<T, E> {
        let connection = self.connection.as_ref().ok_or(StoreError::Closed)?;
        let transaction = connection.unchecked_transaction().map_err(StoreError::from)?;
        work(&ReadTx::new(&transaction))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}
