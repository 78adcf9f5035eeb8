//! The one thread that writes.
//!
//! Work that waits is taken together into one transaction, each piece in a savepoint of its own: one `fsync` makes all of it
//! durable. A piece that fails undoes itself alone; when the transaction as a whole fails, nobody is told that it held.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::bus::Bus;
use super::{AccountNo, Change, StoreError, Tx, pool};

/// Pieces of work that share one transaction at most: bounds the wait of the first.
const BATCH: usize = 64;
/// Pieces of work that may wait before callers wait for a place.
const QUEUE: usize = 1024;
/// How often an idle writer looks whether another process wrote.
const FOREIGN_WRITES_EVERY: Duration = Duration::from_secs(1);

/// Runs one piece of work; says whether it holds and what to publish, and leaves what tells its caller.
type Job = Box<dyn FnOnce(&Connection) -> Ran + Send>;
/// Tells the caller: `Ok` when the transaction is durable, else why not.
type Tell = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

struct Ran {
    holds: bool,
    changes: Vec<(AccountNo, Change)>,
    tell: Tell,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, bus: Arc<Bus>) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(pool::STATEMENTS_KEPT);
        let (queue, jobs) = sync_channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("store-writer".into()).spawn(move || serve(&connection, &jobs, &bus))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let tx = Tx::new(connection);
            let result = work(&tx);
            Ran {
                holds: result.is_ok(),
                changes: tx.into_changes(),
                tell: Box::new(move |durable| {
                    let told = match durable {
                        Ok(()) => result,
                        // An error of the work's own says more than that the transaction failed with it.
                        Err(error) => result.and(Err(error.into())),
                    };
                    // The caller may have gone away; what it asked for is done all the same.
                    let _gone = answer.send(told);
                }),
            }
        });
        self.enqueue(job).await?;
        wait.await.map_err(|_| StoreError::Closed)?
    }

    async fn enqueue(&self, job: Job) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        match queue.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Closed),
            Err(TrySendError::Full(job)) => {
                let queue = queue.clone();
                let sent = tokio::task::spawn_blocking(move || queue.send(job)).await;
                sent.ok().and_then(Result::ok).ok_or(StoreError::Closed)
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // Waits for the work at hand; a panic in it was reported when it happened.
            let _ended = thread.join();
        }
    }
}

fn serve(connection: &Connection, jobs: &Receiver<Job>, bus: &Bus) {
    let mut seen = foreign_writes(connection);
    loop {
        let first = match jobs.recv_timeout(FOREIGN_WRITES_EVERY) {
            Ok(job) => job,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                let now = foreign_writes(connection);
                if now != seen {
                    bus.access_changed();
                    seen = now;
                }
                continue;
            }
        };
        let (tells, outcome) = transaction(connection, std::iter::once(first).chain(jobs.try_iter()));
        match outcome {
            Ok(changes) => {
                bus.publish(changes);
                tells.into_iter().for_each(|tell| tell(Ok(())));
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a write transaction failed");
                let full = matches!(error, StoreError::DiskFull);
                for tell in tells {
                    tell(Err(if full { StoreError::DiskFull } else { StoreError::RolledBack }));
                }
            }
        }
    }
}

/// A number that changes when another process (`own-mailbox user …`) has written to the file.
fn foreign_writes(connection: &Connection) -> Option<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0)).ok()
}

type Outcome = Result<Vec<(AccountNo, Change)>, StoreError>;

/// Runs up to [`BATCH`] jobs in one transaction. What is not taken from `jobs` waits for the next one.
fn transaction(connection: &Connection, jobs: impl Iterator<Item = Job>) -> (Vec<Tell>, Outcome) {
    let mut tells = Vec::new();
    let mut changes = Vec::new();
    let mut outcome = connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from);
    for job in jobs.take(BATCH) {
        match outcome {
            Ok(()) => outcome = in_savepoint(connection, job, &mut tells, &mut changes),
            Err(_) => break,
        }
    }
    let outcome = outcome.and_then(|()| Ok(connection.execute_batch("COMMIT")?));
    if outcome.is_err() && !connection.is_autocommit() {
        // SQLite has undone most failed transactions itself; this is for the others.
        let _undone = connection.execute_batch("ROLLBACK");
    }
    (tells, outcome.map(|()| changes))
}

/// Runs one job so that it can fail alone. An error here means that the whole transaction is lost.
fn in_savepoint(
    connection: &Connection,
    job: Job,
    tells: &mut Vec<Tell>,
    changes: &mut Vec<(AccountNo, Change)>,
) -> Result<(), StoreError> {
    connection.execute_batch("SAVEPOINT job")?;
    // A panic drops the caller's channel, which tells it; the writer goes on for the others.
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(connection))).ok();
    let holds = ran.as_ref().is_some_and(|ran| ran.holds);
    if let Some(ran) = ran {
        tells.push(ran.tell);
        changes.extend(if holds { ran.changes } else { Vec::new() });
    }
    if connection.is_autocommit() {
        // A full disk or a failed write made SQLite undo everything, not only this job.
        return Err(StoreError::RolledBack);
    }
    connection.execute_batch(if holds { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    Ok(())
}
