//! The one thread that writes.
//!
//! Work that waits is taken together into one transaction, each piece in a savepoint of its own: one `fsync` makes all of it
//! durable. A piece that fails undoes itself alone; when the transaction as a whole fails, nobody is told that it held.
//! Whoever handed in work that was taken is told what became of it, also where it could not even begin.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::bus::Bus;
use super::trouble::Trouble;
use super::{AccountNo, Change, RecentMarks, StoreError, Tx, pool};

/// Pieces of work that share one transaction at most: bounds the wait of the first.
const BATCH: usize = 64;
/// Pieces of work that may wait before callers wait for a place.
const QUEUE: usize = 1024;
/// How often the writer looks whether another process wrote.
const FOREIGN_WRITES_EVERY: Duration = Duration::from_secs(1);

/// Runs one piece of work, or takes the reason why it cannot run; says whether it holds and what to publish, and leaves what
/// tells its caller.
type Job = Box<dyn FnOnce(Result<Shared<'_>, StoreError>) -> Ran + Send>;
/// Tells the caller: `Ok` when the transaction is durable, else why not.
type Tell = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What the work of one transaction shares.
#[derive(Clone, Copy)]
struct Shared<'t> {
    connection: &'t Connection,
    /// Octets that it is about to put into the log, see [`Tx::claim`].
    claimed: &'t Cell<u64>,
    recent: &'t RecentMarks,
}

struct Ran {
    holds: bool,
    /// It found no room on the disk.
    full: bool,
    changes: Vec<(AccountNo, Change)>,
    tell: Tell,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, bus: Arc<Bus>, recent: Arc<RecentMarks>) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(pool::STATEMENTS_KEPT);
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || serve(&connection, &jobs, &bus, &recent))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + std::error::Error + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (job, wait) = job(work);
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

/// A piece of work as the writer takes it, and where its answer comes.
fn job<T, E, F>(work: F) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<StoreError> + std::error::Error + Send + 'static,
    F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
{
    let (answer, wait) = oneshot::channel();
    let job = Box::new(move |shared: Result<Shared<'_>, StoreError>| {
        let (result, changes) = match shared {
            Ok(shared) => {
                let tx = Tx::new(shared.connection, shared.claimed, shared.recent);
                (work(&tx), tx.into_changes())
            }
            Err(error) => (Err(error.into()), Vec::new()),
        };
        Ran {
            holds: result.is_ok(),
            full: result.as_ref().is_err_and(|error| is_full(error)),
            changes,
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
    (job, wait)
}

/// Whether an error comes from a full disk.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut errors = std::iter::successors(Some(error), |error| error.source());
    errors.any(|error| matches!(error.downcast_ref(), Some(StoreError::DiskFull)))
}

/// What those hear who share a transaction with what failed.
fn for_all(full: bool) -> StoreError {
    if full { StoreError::DiskFull } else { StoreError::RolledBack }
}

fn serve(connection: &Connection, jobs: &Receiver<Job>, bus: &Bus, recent: &RecentMarks) {
    let (mut seen, mut next_look) = (foreign_writes(connection), Instant::now() + FOREIGN_WRITES_EVERY);
    let mut trouble = Trouble::default();
    loop {
        if let Some(failures) = trouble.over(Instant::now()) {
            tracing::info!(failures, "writing works again");
        }
        // Also where there is always something to write.
        if Instant::now() >= next_look {
            let now = foreign_writes(connection);
            if now != seen {
                bus.access_changed();
                seen = now;
            }
            next_look = Instant::now() + FOREIGN_WRITES_EVERY;
        }
        let first = match jobs.recv_timeout(next_look.saturating_duration_since(Instant::now())) {
            Ok(job) => job,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => continue,
        };
        let (tells, outcome) = transaction(connection, recent, first, jobs.try_iter());
        match outcome {
            Ok(changes) => {
                trouble.worked();
                bus.publish(changes);
                tells.into_iter().for_each(|tell| tell(Ok(())));
            }
            Err(error) => {
                if trouble.failed(&error, Instant::now()) {
                    tracing::error!(error = &error as &dyn std::error::Error, "writing fails");
                }
                let full = is_full(&error);
                tells.into_iter().for_each(|tell| tell(Err(for_all(full))));
            }
        }
    }
}

/// A number that changes when another process (`own-mailbox user …`) has written to the file.
fn foreign_writes(connection: &Connection) -> Option<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0)).ok()
}

type Outcome = Result<Vec<(AccountNo, Change)>, StoreError>;

/// Runs up to [`BATCH`] jobs in one transaction. What is not taken from `more` waits for the next one.
fn transaction(
    connection: &Connection,
    recent: &RecentMarks,
    first: Job,
    more: impl Iterator<Item = Job>,
) -> (Vec<Tell>, Outcome) {
    let (mut tells, mut changes) = (Vec::new(), Vec::new());
    let claimed = Cell::new(0);
    let shared = Shared { connection, claimed: &claimed, recent };
    let mut outcome = match statement(connection, "BEGIN IMMEDIATE") {
        Ok(()) => in_savepoint(shared, first, &mut tells, &mut changes),
        Err(error) => Err(refuse(first, error.into(), &mut tells)),
    };
    let mut more = more.take(BATCH - 1);
    // Whoever is taken is answered: nobody is, once the transaction is lost.
    while outcome.is_ok()
        && let Some(job) = more.next()
    {
        outcome = in_savepoint(shared, job, &mut tells, &mut changes);
    }
    let outcome = outcome.and_then(|()| Ok(statement(connection, "COMMIT")?));
    if outcome.is_err() && !connection.is_autocommit() {
        // SQLite has undone most failed transactions itself; this is for the others.
        let _undone = connection.execute_batch("ROLLBACK");
    }
    (tells, outcome.map(|()| changes))
}

/// Runs one job so that it can fail alone. An error here means that the whole transaction is lost.
fn in_savepoint(
    shared: Shared<'_>,
    job: Job,
    tells: &mut Vec<Tell>,
    changes: &mut Vec<(AccountNo, Change)>,
) -> Result<(), StoreError> {
    let connection = shared.connection;
    if let Err(error) = statement(connection, "SAVEPOINT job") {
        return Err(refuse(job, error.into(), tells));
    }
    // A panic drops the caller's channel, which tells it; the writer goes on for the others.
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(Ok(shared)))).ok();
    let (holds, full) = ran.as_ref().map_or((false, false), |ran| (ran.holds, ran.full));
    if let Some(ran) = ran {
        tells.push(ran.tell);
        changes.extend(if holds { ran.changes } else { Vec::new() });
    }
    if connection.is_autocommit() {
        // A full disk or a failed write made SQLite undo everything, not only this job.
        return Err(for_all(full));
    }
    if !holds {
        statement(connection, "ROLLBACK TO job")?;
    }
    Ok(statement(connection, "RELEASE job")?)
}

/// Runs a statement that every transaction has, prepared once.
fn statement(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// Leaves a job undone, whose caller hears why; answers what the others of the transaction hear.
fn refuse(job: Job, error: StoreError, tells: &mut Vec<Tell>) -> StoreError {
    let others = for_all(is_full(&error));
    tells.push(job(Err(error)).tell);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;

    fn database(path: &std::path::Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        connection.execute_batch("CREATE TABLE IF NOT EXISTS thing (bytes BLOB NOT NULL) STRICT").unwrap();
        connection
    }

    fn stores(octets: usize) -> (Job, Answer<()>) {
        job(move |tx| {
            tx.sql().execute("INSERT INTO thing (bytes) VALUES (?1)", [vec![1_u8; octets]])?;
            Ok(())
        })
    }

    #[derive(Debug, thiserror::Error)]
    #[error("others failed")]
    struct Others(#[from] StoreError);

    /// Stores as a floor above does, with an error of its own.
    fn stores_for_others(octets: usize) -> (Job, oneshot::Receiver<Result<(), Others>>) {
        job(move |tx| {
            let stored = tx.sql().execute("INSERT INTO thing (bytes) VALUES (?1)", [vec![1_u8; octets]]);
            Ok(stored.map(drop).map_err(StoreError::from)?)
        })
    }

    /// Runs jobs as [`serve`] does; answers how many were left.
    fn run(connection: &Connection, jobs: Vec<Job>) -> usize {
        let mut jobs = jobs.into_iter();
        let first = jobs.next().unwrap();
        let (tells, outcome) = transaction(connection, &RecentMarks::default(), first, jobs.by_ref());
        let full = outcome.as_ref().is_err_and(|error| is_full(error));
        tells.into_iter().for_each(|tell| tell(if outcome.is_ok() { Ok(()) } else { Err(for_all(full)) }));
        jobs.len()
    }

    #[test]
    fn who_cannot_begin_hears_why_and_the_next_ones_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("things");
        let (connection, other) = (database(&path), database(&path));
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let ((one, mut hears_one), (two, mut hears_two)) = (stores(1), stores(1));
        assert_eq!(run(&connection, vec![one, two]), 1);
        assert!(matches!(hears_one.try_recv().unwrap(), Err(StoreError::Sqlite(_))));
        // Its work was not taken, and is dropped by this test.
        assert!(hears_two.try_recv().is_err());

        other.execute_batch("ROLLBACK").unwrap();
        let (again, mut hears_again) = stores(1);
        assert_eq!(run(&connection, vec![again]), 0);
        hears_again.try_recv().unwrap().unwrap();
    }

    #[test]
    fn when_one_finds_the_disk_full_all_of_its_transaction_hear_that_and_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let connection = database(&folder.path().join("things"));
        connection.pragma_update(None, "max_page_count", 20).unwrap();
        let ((one, mut hears_one), (two, mut hears_two), (three, mut hears_three)) =
            (stores(1), stores(1_000_000), stores(1));
        assert_eq!(run(&connection, vec![one, two, three]), 1);
        for hears in [&mut hears_one, &mut hears_two] {
            assert!(matches!(hears.try_recv().unwrap(), Err(StoreError::DiskFull)));
        }
        assert!(hears_three.try_recv().is_err());
        // An error that only comes of that one is known too.
        let ((one, mut hears_one), (two, mut hears_two)) = (stores(1), stores_for_others(1_000_000));
        run(&connection, vec![one, two]);
        assert!(matches!(hears_one.try_recv().unwrap(), Err(StoreError::DiskFull)));
        assert!(matches!(hears_two.try_recv().unwrap(), Err(Others(StoreError::DiskFull))));

        let (small, mut hears_small) = stores(1);
        run(&connection, vec![small]);
        hears_small.try_recv().unwrap().unwrap();
        let kept: i64 = connection.query_row("SELECT count(*) FROM thing", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 1);
    }
}
