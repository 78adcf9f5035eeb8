//! The pool: as many workers as the machine carries, and whoever asks gets the answer.
//!
//! Invariants: an ask whose future was dropped is not begun; an ask that was begun is answered once, at the latest after twice
//! `ASK_MS`; a worker that stops (a panic stops it, for WebAssembly cannot unwind) has another take its place and its ask, once,
//! unless the ask needs what only the first knew; memory that grew with a large message is given back when there is
//! nothing to do; locking ends the workers, and the memory that held keys with them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use futures_channel::oneshot;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, MessageEvent, Worker};

use super::parcel::Parcel;
use super::protocol::access::UnlockTab;
use super::protocol::{AnyAsk, Ask, AskError, Place, Priority};
use super::schedule::{Number, Schedule, Step};
use super::wire;
use crate::platform::{page, time};

/// The name of the `<meta>` of the document that says which script loads a worker.
const SCRIPT_META: &str = "worker";
/// The script where the document says nothing.
const SCRIPT: &str = "/worker_loader.js";
/// Most workers: beyond it the memory of so many programs costs more than the time that they save.
const WORKERS: usize = 4;
/// Longest time until a worker is there, milliseconds: its program over the slowest line on which the page is any use.
const START_MS: u32 = 60_000;
/// Longest time that one ask may take, milliseconds: the largest letter on the slowest machine takes a tenth of it.
const ASK_MS: u32 = 120_000;

type Reply = oneshot::Sender<Result<Parcel, AskError>>;

/// Why a worker ends before it has answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// It stopped, or cannot be spoken to.
    Stopped,
    /// It has taken too long; whoever takes its place would, too.
    TooLong,
}

/// The pool; a clone is another handle to the same.
#[derive(Clone)]
pub struct Pool(Rc<Inner>);

struct Inner {
    schedule: RefCell<Schedule<Job>>,
    workers: RefCell<BTreeMap<usize, Running>>,
    begun: RefCell<BTreeMap<Number, Job>>,
    key: RefCell<Option<UnlockTab>>,
    generation: Cell<u32>,
}

#[derive(Debug)]
struct Job {
    parcel: Parcel,
    reply: Reply,
    priority: Priority,
    place: Place,
    again: bool,
}

/// A worker and what listens to it; ended when it is dropped.
struct Running {
    worker: Worker,
    generation: u32,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_message: Closure<dyn Fn(MessageEvent)>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_error: Closure<dyn Fn(Event)>,
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(page::processors().min(WORKERS))
    }
}

impl Pool {
    /// With so many seats; no worker starts yet.
    #[must_use]
    pub fn new(seats: usize) -> Self {
        Self(Rc::new(Inner {
            schedule: RefCell::new(Schedule::new(seats)),
            workers: RefCell::default(),
            begun: RefCell::default(),
            key: RefCell::default(),
            generation: Cell::new(0),
        }))
    }

    /// Starts the first worker, so that it is there when it is needed.
    pub fn warm(&self) {
        self.0.schedule.borrow_mut().want(1);
        self.0.advance();
    }

    /// Asks. Dropping the future takes the ask back, as long as no worker has begun with it.
    ///
    /// # Errors
    /// Those of the ask, and [`AskError::WorkerStopped`], [`AskError::NoWorker`], [`AskError::Locked`].
    pub async fn ask<A: Ask>(&self, ask: A, priority: Priority) -> Result<A::Answer, AskError> {
        if A::PLACE == Place::Any && self.0.key.borrow().is_none() {
            return Err(AskError::Locked);
        }
        let ask: AnyAsk = ask.into();
        let parcel = Parcel::pack(&ask).map_err(|_| AskError::Unexpected)?;
        let answer = self.0.send(parcel, A::PLACE, priority).await?;
        answer.unpack::<Result<A::Answer, AskError>>().map_err(|_| AskError::Unexpected)?
    }

    /// Opens the account in the first worker, then in all others.
    ///
    /// # Errors
    /// [`AskError::TabKeyGone`] where the key does not fit any more, and those of every ask.
    pub async fn open(&self, key: UnlockTab) -> Result<(), AskError> {
        self.ask(key.clone(), Priority::Now).await?;
        self.0.key.replace(Some(key));
        self.0.schedule.borrow_mut().opened(0);
        self.0.advance();
        Ok(())
    }

    /// Ends all workers, and with them everything that they know; whoever waits hears [`AskError::Locked`].
    pub fn lock(&self) {
        self.0.key.replace(None);
        let waiting = self.0.schedule.borrow_mut().clear();
        self.0.workers.take();
        for job in waiting.into_iter().chain(self.0.begun.take().into_values()) {
            let _ = job.reply.send(Err(AskError::Locked));
        }
    }
}

impl Inner {
    async fn send(self: &Rc<Self>, parcel: Parcel, place: Place, priority: Priority) -> Result<Parcel, AskError> {
        let (reply, answer) = oneshot::channel();
        self.schedule.borrow_mut().add(priority, place, Job { parcel, reply, priority, place, again: false });
        self.advance();
        answer.await.unwrap_or(Err(AskError::WorkerStopped))
    }

    /// Does everything that can be done now.
    fn advance(self: &Rc<Self>) {
        self.schedule.borrow_mut().prune(|job| job.reply.is_canceled());
        loop {
            let can_unlock = self.key.borrow().is_some();
            let step = self.schedule.borrow_mut().step(can_unlock);
            match step {
                None => return,
                Some(Step::Start(seat)) => self.start(seat),
                Some(Step::Replace(seat)) => self.start(seat),
                Some(Step::Unlock(seat)) => self.unlock(seat),
                Some(Step::Give(seat, number, job)) => self.give(seat, number, job),
                Some(Step::GiveUp(job)) => {
                    let _ = job.reply.send(Err(AskError::NoWorker));
                }
            }
        }
    }

    /// Starts a worker on this seat; one that is there is ended.
    fn start(self: &Rc<Self>, seat: usize) {
        let generation = self.generation.get().wrapping_add(1);
        self.generation.set(generation);
        let script = page::meta(SCRIPT_META);
        let Ok(worker) = Worker::new(script.as_deref().unwrap_or(SCRIPT)) else {
            self.stopped(seat, End::Stopped);
            return;
        };
        let weak = Rc::downgrade(self);
        let on_message = Closure::<dyn Fn(_)>::new(move |event: MessageEvent| {
            if let Some(pool) = current(&weak, seat, generation) {
                pool.heard(seat, &event);
            }
        });
        let weak = Rc::downgrade(self);
        let on_error = Closure::<dyn Fn(_)>::new(move |event: Event| {
            event.prevent_default();
            if let Some(pool) = current(&weak, seat, generation) {
                pool.stopped(seat, End::Stopped);
                pool.advance();
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.workers.borrow_mut().insert(seat, Running { worker, generation, on_message, on_error });
        spawn_local(watch_start(Rc::downgrade(self), seat, generation));
    }

    fn unlock(self: &Rc<Self>, seat: usize) {
        let ask = self.key.borrow().clone().map(AnyAsk::from);
        let Some(parcel) = ask.and_then(|ask| Parcel::pack(&ask).ok()) else { return };
        if !self.post(seat, wire::UNLOCK, &parcel) {
            self.stopped(seat, End::Stopped);
        }
    }

    fn give(self: &Rc<Self>, seat: usize, number: Number, job: Job) {
        let posted = self.post(seat, number, &job.parcel);
        self.begun.borrow_mut().insert(number, job);
        if posted {
            spawn_local(watch(Rc::downgrade(self), seat, number));
        } else {
            self.stopped(seat, End::Stopped);
        }
    }

    fn post(&self, seat: usize, number: Number, parcel: &Parcel) -> bool {
        let (message, _) = wire::write(number, parcel, false);
        self.workers.borrow().get(&seat).is_some_and(|running| running.worker.post_message(&message).is_ok())
    }

    fn heard(self: &Rc<Self>, seat: usize, event: &MessageEvent) {
        let Some((number, parcel, worn)) = wire::read(&event.data()) else { return };
        match number {
            wire::READY => self.schedule.borrow_mut().started(seat),
            wire::UNLOCK => match parcel.unpack::<Result<(), AskError>>() {
                Ok(Ok(())) => self.schedule.borrow_mut().answered(seat, false),
                // The key fitted the first worker; one that it does not fit is broken.
                _ => self.stopped(seat, End::Stopped),
            },
            number => {
                self.schedule.borrow_mut().answered(seat, worn);
                if let Some(job) = self.begun.borrow_mut().remove(&number) {
                    let _ = job.reply.send(Ok(parcel));
                }
            }
        }
        self.advance();
    }

    /// Ends the worker on this seat. What it was asked is asked again, or whoever waits for it is told.
    fn stopped(&self, seat: usize, end: End) {
        self.workers.borrow_mut().remove(&seat);
        let number = self.schedule.borrow_mut().stopped(seat);
        let Some((number, job)) = number.and_then(|number| Some((number, self.begun.borrow_mut().remove(&number)?)))
        else {
            return;
        };
        // Only the first worker is ever asked what needs something that it remembers.
        if end == End::Stopped && job.place == Place::Any && !job.again {
            self.schedule.borrow_mut().add_again(job.priority, number, job.place, Job { again: true, ..job });
        } else {
            let _ = job.reply.send(Err(AskError::WorkerStopped));
        }
    }
}

/// The pool, where it still has this worker on this seat.
fn current(pool: &Weak<Inner>, seat: usize, generation: u32) -> Option<Rc<Inner>> {
    let pool = pool.upgrade()?;
    let is_current = pool.workers.borrow().get(&seat).is_some_and(|running| running.generation == generation);
    is_current.then_some(pool)
}

/// Ends a worker whose program does not come: nobody tells of a line that stands still.
async fn watch_start(pool: Weak<Inner>, seat: usize, generation: u32) {
    time::sleep(START_MS).await;
    if let Some(pool) = current(&pool, seat, generation)
        && pool.schedule.borrow().is_starting(seat)
    {
        pool.stopped(seat, End::Stopped);
        pool.advance();
    }
}

/// Ends a worker that does not answer.
async fn watch(pool: Weak<Inner>, seat: usize, number: Number) {
    time::sleep(ASK_MS).await;
    if let Some(pool) = pool.upgrade() {
        let is_busy = pool.schedule.borrow().is_busy_with(seat, number);
        if is_busy {
            pool.stopped(seat, End::TooLong);
            pool.advance();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
