//! What comes when somebody wants a key, or opens what is sealed for one: a piece of the program, cut off in `bin/reader.rs`, so that nobody
//! waits for it who reads a letter.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use shared::api::account::Language;
use web_sys::Element;

use super::letter::Letter;
use super::page::Page;
use crate::platform::storage::Store;

/// Under which name the browser keeps keys.
pub(super) const KEYS: &str = "reader-keys";

/// What is in the piece.
#[derive(Clone, Copy)]
pub struct KeyRoom {
    /// Shows, in the place of what offers it, how somebody comes to a key.
    pub(super) offer: fn(&Rc<Letter>, &Element),
    /// Shows the keys that are here and opens what is sealed for them, until the person wants to type the words of a link.
    pub(super) room: for<'p> fn(&'p Page, Language) -> LocalBoxFuture<'p, ()>,
}

/// The piece did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the program did not come")]
pub struct Missing;

/// Fetches the piece.
pub type Loads = fn() -> LocalBoxFuture<'static, Result<KeyRoom, Missing>>;

thread_local! {
    static LOADS: Cell<Option<Loads>> = const { Cell::new(None) };
}

/// Says how the piece is fetched.
pub(super) fn come_from(loads: Loads) {
    LOADS.set(Some(loads));
}

/// The piece, fetched where it is not here.
pub(super) async fn key_room() -> Result<KeyRoom, Missing> {
    LOADS.get().ok_or(Missing)?().await
}

/// Whether this browser keeps a key.
pub(super) fn has_keys() -> bool {
    Store::Browser.get(KEYS).is_some()
}
