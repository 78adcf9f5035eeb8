//! Stored mail as a device gets it whose password opens it (design §3): read, opened and given out in memory, and nowhere else.
//!
//! What its sender encrypted for the account is given out opened too, and whatever cannot be opened as it is stored. The same
//! stored message always gives the same bytes.

use std::fmt;

use shared::api::Timestamp;
use shared::pgp::{self, SecretKey};
use zeroize::Zeroizing;

use crate::store::messages::{self, BodyId};
use crate::store::{ReadTx, StoreError};

/// The keys of an account for as long as one of its devices is connected.
pub struct OpenKeys(Vec<SecretKey>);

/// A message as the store has it.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    bytes: Vec<u8>,
    sealed_header: Vec<u8>,
}

impl Stored {
    /// Reads a message.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is gone.
    pub fn read(tx: &ReadTx<'_>, body: BodyId) -> Result<Self, StoreError> {
        let sealed_header = messages::sealed_header(tx, body)?;
        Ok(Self { bytes: messages::bytes(tx, body)?, sealed_header })
    }
}

impl OpenKeys {
    /// Takes the keys into keeping.
    #[must_use]
    pub fn new(keys: Vec<SecretKey>) -> Self {
        Self(keys)
    }

    /// A message in clear, or as it is stored where none of the keys opens it. Takes milliseconds and more, and some four times
    /// its size of memory: not for async threads.
    #[must_use]
    pub fn open(&self, stored: Stored, now: Timestamp) -> Zeroizing<Vec<u8>> {
        let keys: Vec<&SecretKey> = self.0.iter().collect();
        let header = Some(stored.sealed_header.as_slice()).filter(|header| !header.is_empty());
        // Whose the signatures are is nothing that IMAP tells.
        match pgp::open_message(&stored.bytes, header, &keys, &[], now) {
            Ok(opened) => Zeroizing::new(opened.into_opened()),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a message is served as it is stored");
                Zeroizing::new(stored.bytes)
            }
        }
    }
}

impl fmt::Debug for OpenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenKeys({})", self.0.len())
    }
}
