//! Our OpenPGP behind an interface for scripts, so that one page can measure it beside another implementation. It is built as
//! the page's worker is; what is measured is `shared::pgp` alone.

use rand::rngs::OsRng;
use shared::api::Timestamp;
use shared::pgp::{Certificate, SecretKey, open, seal};
use wasm_bindgen::prelude::wasm_bindgen;

/// A secret key.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Key(SecretKey);

#[wasm_bindgen]
impl Key {
    /// Makes a key as accounts have it; `now` in seconds of Unix time.
    ///
    /// # Errors
    /// What went wrong, in English.
    pub fn make(now: f64) -> Result<Key, String> {
        SecretKey::make("Bench <bench@example.org>", time(now), &mut OsRng).map(Self).map_err(|error| error.to_string())
    }

    /// Makes a key for mail at rest; `now` in seconds of Unix time.
    ///
    /// # Errors
    /// What went wrong, in English.
    pub fn make_for_rest(now: f64) -> Result<Key, String> {
        SecretKey::make_for_rest(time(now), &mut OsRng).map(Self).map_err(|error| error.to_string())
    }

    /// Reads a secret key, binary, unprotected.
    ///
    /// # Errors
    /// What went wrong, in English.
    pub fn read(bytes: &[u8]) -> Result<Key, String> {
        SecretKey::parse(bytes).map(Self).map_err(|error| error.to_string())
    }

    /// Opens a message.
    ///
    /// # Errors
    /// What went wrong, in English.
    pub fn open(&self, sealed: &[u8], now: f64) -> Result<Vec<u8>, String> {
        open(sealed, &[&self.0], &[], time(now)).map(|opened| opened.plaintext).map_err(|error| error.to_string())
    }

    /// Seals a message for the owner of this key, unsigned.
    ///
    /// # Errors
    /// What went wrong, in English.
    pub fn seal(&self, plaintext: &[u8], now: f64) -> Result<Vec<u8>, String> {
        let owner: &Certificate = self.0.certificate();
        seal(plaintext, &[owner], None, time(now), &mut OsRng).map_err(|error| error.to_string())
    }
}

/// Script counts time in floating-point numbers.
fn time(seconds: f64) -> Timestamp {
    Timestamp(seconds as i64)
}
