//! A letter that is open: what it says of itself, and its files as they are asked for.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::account::Language;
use shared::link::{Manifest, Part, Unpacker};

use super::open::{Opened, Trouble};
use crate::lang::reader::Reader;

/// A letter that is open.
pub(super) struct Letter {
    pub(super) words: &'static Reader,
    pub(super) language: Language,
    pub(super) unpacker: Unpacker,
    pub(super) opened: Opened,
    pub(super) unfinished: Rc<Unfinished>,
}

/// What would be lost with the page.
#[derive(Default)]
pub(super) struct Unfinished {
    /// Files that are on their way.
    pub(super) coming: Cell<usize>,
    /// Something stands in the answer that has not left.
    pub(super) unsent: Cell<bool>,
    /// A letter is open that does not open again.
    pub(super) last: Cell<bool>,
}

impl Unfinished {
    /// Whether anything would be.
    pub(super) fn is_any(&self) -> bool {
        self.last.get() || self.unsent.get() || self.coming.get() > 0
    }
}

impl Letter {
    /// What it says of itself.
    pub(super) fn manifest(&self) -> Option<&Manifest> {
        self.unpacker.manifest()
    }

    /// In how many pieces a file comes.
    pub(super) fn pieces(&self, file: usize) -> usize {
        self.unpacker.slices_of(Part::File(file)).len()
    }

    /// Fetches and opens the pieces of a file behind the first so many, and hands each over, until that says that it is enough. What was
    /// handed over is right, whatever fails.
    pub(super) async fn fetch(
        &self,
        file: usize,
        behind: usize,
        mut goes_on: impl AsyncFnMut(&[u8]) -> bool,
    ) -> Result<(), Trouble> {
        let slices = self.unpacker.slices_of(Part::File(file));
        for slice in slices.get(behind..).unwrap_or_default() {
            let content = self.opened.payload.open(slice.place, &self.opened.chunk(slice.place).await?)?;
            if !goes_on(content.get(slice.octets.clone()).ok_or(Trouble::Damaged)?).await {
                break;
            }
        }
        Ok(())
    }
}
