//! What was done and can still be undone, and what is only told.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::Timestamp;
use shared::api::mailbox::MailboxId;

use super::Failure;
use super::shown::Shown;
use crate::platform::time;

/// Seconds for which an act can be undone or is told, unless it has an end of its own.
pub(super) const UNDO_SECONDS: i64 = 10;
/// Seconds for which it is told why a key did nothing.
const HINT_SECONDS: i64 = 5;
/// Distance between two looks at the clock, milliseconds.
const LOOK_MS: u32 = 500;

/// How long work lasts before it is told of, milliseconds: what is over sooner needs no words.
const PATIENCE_MS: u32 = 1_000;

/// Undoes one act.
type Revert = Box<dyn FnOnce()>;

/// Which of the acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(pub u32);

/// What was done; the page has the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Messages were moved to a mailbox.
    Moved {
        /// How many.
        count: usize,
        /// Where to.
        to: MailboxId,
    },
    /// A folder was removed with those below it.
    FolderRemoved {
        /// Its full name.
        name: String,
        /// How many messages went to the bin.
        count: usize,
    },
    /// A letter is about to leave.
    Sent {
        /// Its subject; may be empty.
        subject: String,
    },
    /// A draft was thrown away.
    Discarded,
    /// Something was done that cannot be undone, only told.
    Told(Notice),
    /// Something is being done to many messages.
    UnderWay {
        /// To how many already.
        done: usize,
        /// To how many in all.
        total: usize,
    },
}

/// What is only told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something did not work, what was changed is put back.
    Failed(Failure),
    /// It came too late: the letter has left.
    TooLate,
    /// Nobody knows whether a letter was taken back; it lies on the desk.
    PerhapsTakenBack,
    /// What could not be saved when the mailbox closed is in Drafts now.
    InDrafts {
        /// How many letters.
        count: usize,
    },
    /// A letter was closed in which nothing was written; nothing of it is kept.
    NothingKept,
    /// A folder has another name.
    FolderRenamed {
        /// The full name that it had.
        from: String,
        /// The one that it has now.
        to: String,
    },
    /// A key acts on a letter, and none is chosen.
    ChooseFirst,
    /// Nothing can be undone, or not any more.
    NothingToUndo,
    /// Messages were deleted for ever.
    Deleted {
        /// How many.
        count: usize,
    },
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Which.
    pub id: ActId,
    /// What was done.
    pub deed: Deed,
    /// Until when it can be undone.
    pub until: Timestamp,
}

/// The acts that can be undone.
#[derive(Clone, Copy)]
pub struct Undo {
    acts: Shown<Vec<Act>>,
    reverts: StoredValue<BTreeMap<ActId, Revert>, LocalStorage>,
    last: StoredValue<u32>,
    held: StoredValue<bool>,
}

/// Provides the stack.
pub fn provide_undo() {
    provide_context(Undo {
        acts: Shown::default(),
        reverts: StoredValue::new_local(BTreeMap::new()),
        last: StoredValue::new(0),
        held: StoredValue::new(false),
    });
}

/// The stack.
#[must_use]
pub fn use_undo() -> Undo {
    expect_context()
}

impl Undo {
    /// What can still be undone or is told, oldest first; entries leave by themselves.
    #[must_use]
    pub fn acts(&self) -> Signal<Vec<Act>> {
        self.acts.readers()
    }

    /// Undoes one.
    pub fn undo(&self, id: ActId) {
        if let Some(revert) = self.take(id) {
            revert();
        }
    }

    /// Undoes the newest that can be undone; answers whether there was one.
    pub fn undo_last(&self) -> bool {
        let newest = self.reverts.with_value(|reverts| reverts.last_key_value().map(|(id, _)| *id));
        if let Some(id) = newest {
            self.undo(id);
        }
        newest.is_some()
    }

    /// Tells why a key did nothing; once, however often it is pressed.
    pub fn hint(&self, notice: Notice) {
        let told = Deed::Told(notice);
        let same = self.acts.with_untracked(|acts| acts.iter().find(|act| act.deed == told).map(|act| act.id));
        if let Some(same) = same {
            self.dismiss(same);
        }
        self.push(told, time::now().plus(HINT_SECONDS));
    }

    /// Takes an entry away; what was done stays done.
    pub fn dismiss(&self, id: ActId) {
        drop(self.take(id));
    }

    /// While somebody reads the entries (pointer or focus on them), none leaves.
    pub fn hold(&self, held: bool) {
        self.held.set_value(held);
    }

    /// Adds an act that can be undone until then.
    pub(super) fn add(&self, deed: Deed, until: Timestamp, revert: impl FnOnce() + 'static) {
        let id = self.push(deed, until);
        self.reverts.update_value(|reverts| drop(reverts.insert(id, Box::new(revert))));
    }

    /// Adds something that is only told.
    pub fn tell(&self, notice: Notice) {
        self.push(Deed::Told(notice), time::now().plus(UNDO_SECONDS));
    }

    /// Tells how far work on many messages is, once it has lasted a moment; as long as what is answered lives.
    pub(super) fn under_way(&self, total: usize) -> UnderWay {
        let work = UnderWay { undo: *self, id: self.next(), done: Rc::default(), total };
        let (undo, id, done) = (*self, work.id, Rc::downgrade(&work.done));
        spawn_local(async move {
            time::sleep(PATIENCE_MS).await;
            // One message has changed its looks already.
            if total > 1
                && let Some(done) = done.upgrade()
            {
                let act = Act { id, deed: Deed::UnderWay { done: done.get(), total }, until: time::now() };
                undo.acts.update(|acts| acts.push(act));
            }
        });
        work
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.reverts.update_value(BTreeMap::clear);
        self.acts.set(Vec::new());
    }

    fn push(&self, deed: Deed, until: Timestamp) -> ActId {
        let id = self.next();
        self.acts.update(|acts| acts.push(Act { id, deed, until }));
        spawn_local(self.leave(id, until));
        id
    }

    fn next(&self) -> ActId {
        let id = ActId(self.last.get_value().wrapping_add(1));
        self.last.set_value(id.0);
        id
    }

    fn take(&self, id: ActId) -> Option<Revert> {
        // Not every browser says that the focus left what is no longer there; who still reads is heard of again.
        self.held.set_value(false);
        self.acts.update(|acts| acts.retain(|act| act.id != id));
        self.reverts.try_update_value(|reverts| reverts.remove(&id)).flatten()
    }

    /// Takes the entry away when its time is over and nobody reads.
    async fn leave(self, id: ActId, until: Timestamp) {
        while time::now() < until || self.held.get_value() {
            time::sleep(LOOK_MS).await;
        }
        self.dismiss(id);
    }
}

/// Work on many messages.
pub(super) struct UnderWay {
    undo: Undo,
    id: ActId,
    done: Rc<Cell<usize>>,
    total: usize,
}

impl UnderWay {
    /// So many more are done.
    pub(super) fn add(&self, count: usize) {
        self.done.set(self.done.get() + count);
        let deed = Deed::UnderWay { done: self.done.get(), total: self.total };
        self.undo.acts.update(|acts| {
            if let Some(act) = acts.iter_mut().find(|act| act.id == self.id) {
                act.deed = deed;
            }
        });
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.undo.dismiss(self.id);
    }
}
