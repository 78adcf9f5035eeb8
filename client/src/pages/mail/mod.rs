//! The list of a mailbox, and beside it the letter that is open.
//!
//! Only the rows that can be seen are in the document (`layout` knows where each stands). Invariants: what is inserted or
//! removed above what is seen moves nothing that is seen; a row is drawn from its own signal, never from the list's.

mod bar;
mod empty;
mod groups;
mod keys;
mod layout;
mod list;
mod page;
mod row;
mod selection;
mod shown;

pub use page::Mail;
pub use selection::Selection;
pub use shown::{Filter, Shown};
