//! The workers: programs beside the page that hold the unlocked keys, open and seal mail, and make HTML harmless.
//!
//! [`protocol`] says what can be asked, [`parcel`] and `wire` how it crosses. On the page's side [`pool`] asks, `schedule` says which
//! worker does what next; nothing there leads to OpenPGP. On the worker's side [`serve`] listens and [`desk`] answers,
//! with [`letters`] for what is not needed at once.
//!
//! Invariants: a key in clear exists here and nowhere else in the browser; workers make
//! no request but for the rest of their own program, and touch no storage: they answer with what the page sends or keeps; what they say is never HTML for the
//! page itself, only a document for a sandboxed frame.

mod colours;
mod css;
pub mod desk;
mod html;
mod judge;
mod keys;
pub mod letters;
mod linked;
mod links;
mod marks;
mod open;
mod pack;
pub mod parcel;
mod people;
mod pictures;
pub mod pool;
pub mod protocol;
mod redraw;
mod schedule;
mod sent_key;
pub mod serve;
mod source;
mod tags;
mod wire;
mod write;
mod written;
