//! The keys that this browser keeps, and those of this page where it keeps none.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use shared::api::{Base64, EmailAddress};

use super::super::piece::KEYS;
use crate::platform::storage::Store;

/// Most certificates of people who write to a key that are kept with it, to know their signatures by.
const WRITERS: usize = 100;

/// A key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptKey {
    /// Whose it is.
    pub(super) address: EmailAddress,
    /// Upper-case hexadecimal.
    pub(super) fingerprint: String,
    /// The secret key, binary.
    pub(super) secret: Base64,
    /// The certificate, binary.
    pub(super) certificate: Base64,
    /// The certificates of those whom it was sent to.
    #[serde(default)]
    pub(super) writers: Vec<Base64>,
    /// Its file was saved, or it came from there: only then it is sent, so that no letter is sealed for a key that is lost with a browser.
    #[serde(default)]
    pub(super) saved: bool,
}

thread_local! {
    /// What the browser does not keep, as in a private window.
    static LOOSE: RefCell<Vec<KeptKey>> = const { RefCell::new(Vec::new()) };
}

/// All keys that are here, the newest first.
pub(super) fn all() -> Vec<KeptKey> {
    let mut keys = LOOSE.with_borrow(Clone::clone);
    keys.extend(kept());
    keys
}

/// The key of an address.
pub(super) fn of(address: &EmailAddress) -> Option<KeptKey> {
    all().into_iter().find(|key| key.address.canonical() == address.canonical())
}

/// Keeps a key in the browser, in the place of the same one; where that is not possible, as long as the page is open. Answers whether the
/// browser keeps it.
pub(super) fn keep(mut key: KeptKey) -> bool {
    let known = all().into_iter().find(|known| known.fingerprint == key.fingerprint);
    key.saved |= known.as_ref().is_some_and(|known| known.saved);
    let writers = known.map(|known| known.writers).unwrap_or_default();
    key.writers.extend(writers.into_iter().filter(|one| !key.writers.contains(one)).collect::<Vec<_>>());
    key.writers.truncate(WRITERS);
    // At once, so that what does not fit leaves what was there.
    let mut keys = kept();
    keys.retain(|known| known.fingerprint != key.fingerprint);
    keys.insert(0, key.clone());
    write(&keys);
    let is_kept = kept().first() == Some(&key);
    LOOSE.with_borrow_mut(|loose| {
        loose.retain(|known| known.fingerprint != key.fingerprint);
        if !is_kept {
            loose.insert(0, key);
        }
    });
    is_kept
}

/// Forgets a key.
pub(super) fn forget(fingerprint: &str) {
    LOOSE.with_borrow_mut(|loose| loose.retain(|key| key.fingerprint != fingerprint));
    let mut keys = kept();
    let before = keys.len();
    keys.retain(|key| key.fingerprint != fingerprint);
    if keys.len() < before {
        write(&keys);
    }
}

fn kept() -> Vec<KeptKey> {
    Store::Browser.get(KEYS).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Does nothing where something lies there that this program does not understand: it may be keys.
fn write(keys: &[KeptKey]) {
    let is_other = |text: String| serde_json::from_str::<Vec<KeptKey>>(&text).is_err();
    if Store::Browser.get(KEYS).is_some_and(is_other) {
        return;
    }
    match serde_json::to_string(keys) {
        Ok(text) if !keys.is_empty() => Store::Browser.set(KEYS, &text),
        _ => Store::Browser.remove(KEYS),
    }
}
