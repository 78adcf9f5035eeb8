//! The book, sealed for the box to keep: one object, so that the box sees neither whom it is about nor of how many.

use rand::{CryptoRng, RngCore};

use super::book::{Book, Check, Person};
use crate::api::{Timestamp, limits};
use crate::vault::{AccountKey, Drawer};

/// The name of the object.
const OBJECT: &[u8] = b"people";

/// The book does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// It was altered, is another account's, or is older than it should be.
    #[error("what is remembered of people does not open")]
    Closed,
    /// A newer program wrote it.
    #[error("what is remembered of people is of a form that is not known")]
    Unknown,
}

impl Book {
    /// Opens the book; an account begins with an empty one, of generation 0.
    ///
    /// # Errors
    /// [`BookError`]; one of another generation than the box says that it is, is closed too.
    pub fn open(key: &AccountKey, generation: u64, sealed: Option<&[u8]>) -> Result<Self, BookError> {
        let Some(sealed) = sealed else {
            return if generation == 0 { Ok(Self::default()) } else { Err(BookError::Closed) };
        };
        let opened = key.open(Drawer::Contacts, OBJECT, generation, sealed).map_err(|_| BookError::Closed)?;
        if opened.generation != generation {
            return Err(BookError::Closed);
        }
        serde_json::from_slice(opened.content.expose()).map_err(|_| BookError::Unknown)
    }

    /// Seals the book as of a generation, one more than the one that it was. What does not fit into [`limits::PEOPLE_BYTES`] is left
    /// out, the oldest first of what nobody checked.
    ///
    /// # Errors
    /// [`BookError::Unknown`] where what was checked alone does not fit.
    pub fn seal(
        &mut self,
        key: &AccountKey,
        generation: u64,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Vec<u8>, BookError> {
        loop {
            let content = serde_json::to_vec(self).map_err(|_| BookError::Unknown)?;
            let sealed = key.seal(Drawer::Contacts, OBJECT, generation, &content, rng);
            if sealed.len() <= limits::PEOPLE_BYTES {
                return Ok(sealed);
            }
            self.forget_some()?;
        }
    }

    /// Leaves out the oldest tenth of those whom nobody checked.
    fn forget_some(&mut self) -> Result<(), BookError> {
        let last = |person: &Person| person.before.as_ref().map_or(person.key.since, |(_, at)| *at);
        let loose = |person: &Person| person.key.check == Check::No && person.refused.is_none();
        let mut all: Vec<(Timestamp, String)> = self
            .people
            .iter()
            .filter(|(_, person)| loose(person))
            .map(|(address, person)| (last(person), address.clone()))
            .collect();
        all.sort();
        if all.is_empty() {
            return Err(BookError::Unknown);
        }
        let some = all.len().div_ceil(10);
        for (_, address) in all.into_iter().take(some) {
            self.people.remove(&address);
        }
        Ok(())
    }
}
