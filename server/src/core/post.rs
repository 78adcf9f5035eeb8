//! The post office of the box: what taking in, sealing, queueing and sending mail have in common.

use std::path::Path;
use std::sync::Arc;

use shared::api::account::AccountId;
use shared::vault::{self, Key, Purpose, Secret};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::Context;
use super::budget::Budget;
use super::discover::Directory;
use super::sealing::Certificates;
use crate::store::{ReadTurn, StoreError, keyfile};

/// Octets of mail in memory at once. One message of the largest size comes in and is sealed for two people within it;
/// ordinary mail takes next to nothing of it.
pub const BYTES_IN_FLIGHT: usize = 512 * 1024 * 1024;
/// Messages that are sealed at once: it is computing, and small machines have few cores.
const SEALERS: usize = 2;
/// Name of the queue's key file in the data folder. It is no part of a backup: the queue is worthless later.
const QUEUE_KEY_FILE: &str = "queue.key";

/// The post office; cheap to clone.
#[derive(Clone, Debug)]
pub struct Post {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) context: Context,
    pub(super) directory: Directory,
    pub(super) budget: Budget,
    pub(super) sealers: Arc<Semaphore>,
    certificates: Certificates,
    pub(super) queue_key: QueueKey,
    /// Wakes the queue's runner.
    pub(super) wake: Notify,
}

impl Post {
    /// Opens the post office; `bytes_in_flight` is usually [`BYTES_IN_FLIGHT`].
    #[must_use]
    pub fn new(context: Context, directory: Directory, queue_key: QueueKey, bytes_in_flight: usize) -> Self {
        let inner = Inner {
            context,
            directory,
            budget: Budget::new(bytes_in_flight),
            sealers: Arc::new(Semaphore::new(SEALERS)),
            certificates: Certificates::new(),
            queue_key,
            wake: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where, when and what this box is.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// Where certificates of correspondents are found.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.inner.directory
    }

    /// Certificates of accounts that were read.
    pub(super) fn certificates(&self) -> &Certificates {
        &self.inner.certificates
    }

    /// The cap on mail in memory.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.inner.budget
    }

    /// Has the queue looked at now, whatever it waits for.
    pub fn wake_queue(&self) {
        self.inner.wake.notify_one();
    }

    /// A name for a message in logs and trace fields: 80 random bits in letters and digits.
    #[must_use]
    pub fn name_message(&self) -> String {
        let random: [u8; 10] = self.inner.context.random.bytes();
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Runs computing off the async threads, a few at a time. It goes on where its caller has gone away, and keeps its turn;
    /// what it needs room for in memory takes that along ([`Post::compute_in`]).
    pub(super) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let turn = self.turn().await?;
        turn.run(work).await
    }

    /// The same for work that reads the store first.
    pub(super) async fn compute_reading<T: Send + 'static>(
        &self,
        work: impl FnOnce(ReadTurn) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        // In this order: who waits for a turn here keeps nobody from reading.
        let turn = self.turn().await?;
        let reads = self.context().store.read_turn().await.map_err(|_| Stopped)?;
        turn.run(move || work(reads)).await
    }

    async fn turn(&self) -> Result<Turn, Stopped> {
        Arc::clone(&self.inner.sealers).acquire_owned().await.map(Turn).map_err(|_| Stopped)
    }

    /// The same within room that is held until it is done, and answered with the result.
    pub(super) async fn compute_in<R: Send + 'static, T: Send + 'static>(
        &self,
        room: R,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, R), Stopped> {
        self.compute(move || (work(), room)).await
    }
}

/// A place among those who compute.
struct Turn(OwnedSemaphorePermit);

impl Turn {
    async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stopped> {
        let span = tracing::Span::current();
        let working = tokio::task::spawn_blocking(move || {
            let Self(_turn) = self;
            span.in_scope(work)
        });
        working.await.map_err(|_| Stopped)
    }
}

/// A computation did not come to its end: it panicked, or the box is stopping.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a computation was cut off")]
pub struct Stopped;

/// What outgoing mail is sealed with while it waits: the key file, and from it one key for each row.
#[derive(Clone, Debug)]
pub struct QueueKey(Key);

/// The bytes of a row cannot be opened: the key file is another one, or the row was altered.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("an outgoing message cannot be opened")]
pub struct CannotOpen(#[from] vault::OpenError);

impl QueueKey {
    /// Reads the key file in the data folder, or makes it.
    ///
    /// # Errors
    /// Where the file cannot be read or made, or does not hold a key.
    pub fn open(folder: &Path, random: &super::Random) -> Result<Self, StoreError> {
        let bytes = keyfile::read_or_make(folder, QUEUE_KEY_FILE, || Secret::new(random.bytes::<32>().to_vec()))?;
        Key::from_slice(bytes.expose()).map(Self).ok_or_else(|| {
            StoreError::Io(std::io::Error::new(std::io::ErrorKind::InvalidData, "queue.key does not hold a key"))
        })
    }

    /// Seals the bytes of the row that `id` names.
    pub(super) fn seal(&self, id: &[u8; 16], bytes: &[u8], random: &mut super::Random) -> Vec<u8> {
        vault::seal(&self.row_key(id), &context(id), 0, bytes, random)
    }

    /// Opens the bytes of the row that `id` names.
    pub(super) fn unseal(&self, id: &[u8; 16], sealed: &[u8]) -> Result<Secret<Vec<u8>>, CannotOpen> {
        Ok(vault::open(&self.row_key(id), &context(id), 0, sealed)?.content)
    }

    fn row_key(&self, id: &[u8; 16]) -> Key {
        vault::derive(self.0.expose(), Purpose::Queue, id)
    }
}

/// A row belongs to the box, not to an account: the account's field stays empty.
fn context(id: &[u8; 16]) -> vault::Context<'_> {
    vault::Context { purpose: Purpose::Queue, account: AccountId([0; 16]), object: id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Random;

    #[test]
    fn a_row_opens_under_its_own_name_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random::system();
        let key = QueueKey::open(folder.path(), &random).unwrap();
        let sealed = key.seal(&[1; 16], b"Subject: hello\r\n", &mut random);
        assert!(!sealed.windows(5).any(|window| window == b"hello"));
        let again = QueueKey::open(folder.path(), &random).unwrap();
        assert_eq!(again.unseal(&[1; 16], &sealed).unwrap().expose(), b"Subject: hello\r\n");
        assert!(again.unseal(&[2; 16], &sealed).is_err());
        let other = QueueKey::open(tempfile::tempdir().unwrap().path(), &random).unwrap();
        assert!(other.unseal(&[1; 16], &sealed).is_err());
    }
}
