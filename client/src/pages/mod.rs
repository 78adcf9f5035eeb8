//! Pages: what stands at each address, put together from components of `ui` and rooms of `state`.
//!
//! | room | is |
//! |---|---|
//! | [`piece`] | what comes after the first paint |
//! | [`door`] | sign in, invitation, recovery: before the mailbox is open |
//! | [`frame`] | what surrounds everything behind the door: places, search, keyboard, toasts |
//! | [`mail`] | the list of a mailbox |
//! | [`read`] | a letter, open |
//! | `check` | whose key is it: comparing keys, and what to do when one changes |
//! | [`mod@write`] | the letters being written |
//! | [`settings`] | the settings |
//!
//! Invariants: no request by hand and no key material; what is done to mail goes through `state`; every word comes from `lang`.

#![expect(unreachable_pub, reason = "what the component macro makes of a component is public wherever it stands")]

mod check;
pub mod door;
pub mod frame;
pub mod lost;
pub mod mail;
pub mod piece;
pub mod place;
pub mod read;
pub mod route;
pub mod settings;
pub mod write;
