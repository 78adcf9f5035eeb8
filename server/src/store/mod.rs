//! All SQL, and nothing but storage: schema, migrations, one file per table group, and the bus that tells of changes.
//!
//! One writer thread owns the only connection that writes (`synchronous=FULL`: what it answered is on disk); a few
//! `query_only` connections read. Work is a closure that runs off the async threads.
//!
//! Invariants:
//! - A write is answered after its transaction is durable, never before; changes are published after that, in commit order.
//! - UID, UIDVALIDITY and MODSEQ are assigned in the transaction that inserts; ids are never reused.
//! - No socket, no clock, no policy, no random numbers: times and secrets come in as arguments.

pub mod accounts;
mod bus;
pub mod correspondents;
pub mod devices;
pub mod flags;
mod indexed;
pub mod invitations;
pub mod keyfile;
pub mod letters;
pub mod links;
pub mod mailboxes;
pub mod messages;
mod migrate;
pub mod own_keys;
pub mod people;
mod pool;
pub mod queue;
mod recent;
pub mod rest_keys;
pub mod room;
pub mod sessions;
pub mod subscriptions;
pub mod throttle;
mod trouble;
mod tx;
mod uids;
pub mod views;
mod writer;

pub use bus::{Change, Heard, Listener};
pub use pool::ReadTurn;
pub use recent::RecentMarks;
pub use tx::{ReadTx, Tx};
pub use uids::UidLists;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

/// An account's row: the box's own short name for it, never shown outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountNo(pub i64);

/// What can go wrong with the store itself.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk has no room; nothing of the transaction was kept.
    #[error("the disk is full")]
    DiskFull,
    /// The row does not exist, or belongs to another account.
    #[error("no such row")]
    NotFound,
    /// A name or address that must be unique is taken.
    #[error("already exists")]
    Exists,
    /// The file was written by a newer program.
    #[error("the data folder was written by a newer version (schema {found}, this program knows {known})")]
    Newer {
        /// Version found in the file.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The file was written by an older program, and nobody may bring it up to this one while a box may be running.
    #[error("the data folder is of an older version (schema {found}, this program knows {known}); start the box once")]
    Older {
        /// Version found in the file.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },
    /// Another process has the store open.
    #[error("another own-mailbox is using this data folder")]
    InUse,
    /// The transaction that this work shared with others could not be completed.
    #[error("the transaction was rolled back")]
    RolledBack,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Reading or writing the folder failed.
    #[error("the data folder cannot be used")]
    Io(#[from] std::io::Error),
    /// SQLite failed.
    #[error("the database failed")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match &error {
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                // The index of the write-ahead log is a file of its own, and could not grow.
                _ if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => Self::DiskFull,
                ErrorCode::ConstraintViolation
                    if matches!(
                        failure.extended_code,
                        rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                    ) =>
                {
                    Self::Exists
                }
                _ => Self::Sqlite(error),
            },
            _ => Self::Sqlite(error),
        }
    }
}

/// The open store; cheap to clone. The last clone that goes closes the file after the work at hand.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writer: writer::Writer,
    readers: pool::Readers,
    bus: Arc<bus::Bus>,
    uid_lists: Arc<UidLists>,
    recent: Arc<RecentMarks>,
    path: PathBuf,
    payloads: links::payloads::Payloads,
    /// Held for as long as the store is open: one box per data folder.
    _lock: Option<std::fs::File>,
}

impl Store {
    /// Opens the store in `folder`, making or migrating it where needed.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has it, [`StoreError::Newer`] where a newer program wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let lock = lock_folder(folder)?;
        let mut connection = connect(&database_path(folder))?;
        migrate::run(&mut connection)?;
        Self::start(folder, connection, Some(lock))
    }

    /// Opens the store beside a box that may be running, for one short act of its owner. The running box sees what was
    /// written at once; its listeners hear [`Change::Access`] within a second. The schema stays as it is: that box may be one
    /// of before an update.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the folder holds no store, [`StoreError::Older`] and [`StoreError::Newer`] where it is
    /// of another version than this program.
    pub fn open_beside(folder: &Path) -> Result<Self, StoreError> {
        if !database_path(folder).exists() {
            return Err(StoreError::NotFound);
        }
        let connection = connect(&database_path(folder))?;
        migrate::check(&connection)?;
        Self::start(folder, connection, None)
    }

    fn start(folder: &Path, connection: Connection, lock: Option<std::fs::File>) -> Result<Self, StoreError> {
        let bus = Arc::new(bus::Bus::default());
        let readers = pool::Readers::open(&database_path(folder))?;
        let recent = Arc::<RecentMarks>::default();
        let writer = writer::Writer::start(connection, Arc::clone(&bus), Arc::clone(&recent))?;
        let (path, payloads) = (database_path(folder), links::payloads::Payloads::of(folder));
        Ok(Self {
            inner: Arc::new(Inner {
                writer,
                readers,
                bus,
                uid_lists: Arc::default(),
                recent,
                path,
                payloads,
                _lock: lock,
            }),
        })
    }

    /// Runs `work` in a write transaction and answers when it is durable. An error from `work` undoes what it wrote.
    ///
    /// # Errors
    /// What `work` answers, or why the transaction could not be made durable.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + std::error::Error + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.inner.writer.run(work).await
    }

    /// Runs `work` on one consistent snapshot.
    ///
    /// # Errors
    /// What `work` answers, or why the store cannot be read.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.inner.readers.run(work).await
    }

    /// Waits for a place among those who read.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn read_turn(&self) -> Result<ReadTurn, StoreError> {
        self.inner.readers.turn().await
    }

    /// The UIDs of the mailboxes that are looked at, for work that reads.
    #[must_use]
    pub fn uid_lists(&self) -> Arc<UidLists> {
        Arc::clone(&self.inner.uid_lists)
    }

    /// Which messages IMAP sessions were told of, for work that reads.
    #[must_use]
    pub fn recent(&self) -> Arc<RecentMarks> {
        Arc::clone(&self.inner.recent)
    }

    /// Where the chunks of letters behind links are.
    #[must_use]
    pub fn payloads(&self) -> &links::payloads::Payloads {
        &self.inner.payloads
    }

    /// Empties the write-ahead log into the file, so that what was overwritten there is not in the log any more either. Waits some
    /// seconds for who reads or writes, and answers whether it could be done.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn empty_log(&self) -> Result<bool, StoreError> {
        let path = self.inner.path.clone();
        let emptied = tokio::task::spawn_blocking(move || {
            let connection = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            Ok(busy == 0)
        });
        emptied.await.map_err(|_| StoreError::Closed)?
    }

    /// Listens to the changes of one account from now on.
    #[must_use]
    pub fn listen(&self, account: AccountNo) -> Listener {
        self.inner.bus.listen(account)
    }
}

fn database_path(folder: &Path) -> PathBuf {
    folder.join("mail.sqlite3")
}

/// Takes the folder for this process alone; the lock goes with the process, however it ends.
fn lock_folder(folder: &Path) -> Result<std::fs::File, StoreError> {
    let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Opens the file as who writes to it does.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", pool::WAL_KEPT_BYTES)?;
    connection.pragma_update(None, "wal_autocheckpoint", pool::WAL_PAGES)?;
    Ok(connection)
}

#[cfg(test)]
pub(crate) mod tests;
