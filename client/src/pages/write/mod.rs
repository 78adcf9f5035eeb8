//! The letters being written: windows at the foot of the desk, one sheet on a phone.
//!
//! Invariants: how a letter travels is said before it is sent, for everybody; nothing that was written is lost by closing,
//! by changing who it goes to, or by an error.

mod checks;
mod codes;
mod desk;
mod dropping;
mod enclosures;
mod focus;
mod key_lines;
mod lock;
mod mailto;
mod notes;
mod parse;
mod people;
mod suggest;
mod terms;
mod unsealed;
mod window;
mod windows;

pub use desk::Desk;
pub use windows::Windows;
