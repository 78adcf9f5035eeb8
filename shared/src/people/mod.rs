//! Whose key is it: what an account remembers of the certificates of the people it writes with, sealed under its own key.
//!
//! `book` holds what is remembered, `choice` decides from it which certificate a letter is sealed to, `letter` learns from letters that
//! are opened (Autocrypt Level 1, attached certificates), `comparing` makes what two people compare, `sealed` closes the book.
//!
//! Invariants: nothing that a letter brings takes the place of a certificate whose owner was checked, or that a directory gave, and
//! nothing that a key server has of one that can be had otherwise; where a
//! checked one would be replaced nothing is sealed before the account's owner has decided; a certificate counts for an address only
//! that it carries; all of it has a bound, and what was checked is never left out for room.

mod book;
mod choice;
mod comparing;
mod letter;
mod sealed;

pub use book::{Book, Check, Decision, KnownKey, Origin, OtherKey, Standing};
pub use choice::{Choice, Doubt};
pub use comparing::{COMPARED_WORDS, compared_words, fingerprint_uri};
pub use letter::{Brought, brought_by, counts};
pub use sealed::BookError;
