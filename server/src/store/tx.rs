//! The two kinds of transaction that every table function takes: [`ReadTx`] for what only looks, [`Tx`] for what writes.

use std::cell::RefCell;
use std::ops::Deref;

use rusqlite::Connection;

use super::AccountNo;
use super::bus::Change;

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
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { read: ReadTx::new(connection), changes: RefCell::default() }
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
