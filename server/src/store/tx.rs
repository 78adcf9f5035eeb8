//! The two kinds of transaction that every table function takes: [`ReadTx`] for what only looks, [`Tx`] for what writes.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use rusqlite::Connection;

use super::bus::Change;
use super::{AccountNo, RecentMarks};

/// One consistent view of the store.
#[derive(Debug)]
pub struct ReadTx<'c> {
    connection: &'c Connection,
}

impl<'c> ReadTx<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// For the table functions of this floor only.
    pub(super) fn sql(&self) -> &'c Connection {
        self.connection
    }
}

/// A write transaction; reads see what it wrote.
#[derive(Debug)]
pub struct Tx<'c> {
    read: ReadTx<'c>,
    changes: RefCell<Vec<(AccountNo, Change)>>,
    claimed: &'c Cell<u64>,
    recent: &'c RecentMarks,
}

impl<'c> Tx<'c> {
    /// `claimed` counts over all work that shares the transaction.
    pub(super) fn new(connection: &'c Connection, claimed: &'c Cell<u64>, recent: &'c RecentMarks) -> Self {
        Self { read: ReadTx::new(connection), changes: RefCell::default(), claimed, recent }
    }

    /// Says that this work is about to put so many octets into the write-ahead log.
    pub fn claim(&self, octets: u64) {
        self.claimed.set(self.claimed().saturating_add(octets));
    }

    /// Octets that all work of the transaction has claimed, what failed then included: it all goes through the write-ahead log
    /// together.
    #[must_use]
    pub fn claimed(&self) -> u64 {
        self.claimed.get()
    }

    /// What IMAP sessions were told of.
    pub(super) fn recent(&self) -> &RecentMarks {
        self.recent
    }

    /// Notes a change, to be published once the transaction is durable.
    pub(super) fn publish(&self, account: AccountNo, change: Change) {
        self.changes.borrow_mut().push((account, change));
    }

    pub(super) fn into_changes(self) -> Vec<(AccountNo, Change)> {
        self.changes.into_inner()
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}
