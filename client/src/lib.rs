//! The page: what the browser runs, and the workers that hold the keys.
//!
//! Floors, from the bottom: [`lang`], [`platform`], { [`sealer`], [`keeper`] }, { [`worker`], [`reader`] }, [`state`], [`ui`], [`pages`], [`app`]. Imports only go down.
//!
//! Five programs are built from this package. `app` is the page; it never names anything that leads to `shared::pgp`,
//! `shared::mime` or `shared::vault`, so that the linker leaves OpenPGP out of it. `worker` is the only holder of unlocked
//! keys; it has no DOM and makes no request. `reader` opens letters behind links for people without an account, `sealer` seals what
//! they answer, and `keeper` makes and keeps their keys.
//!
//! Invariants: nothing decrypted is written to any storage of the browser; the page speaks to no other host than its box.

pub mod app;
pub mod keeper;
pub mod lang;
pub mod pages;
pub mod platform;
pub mod reader;
pub mod sealer;
pub mod state;
pub mod ui;
pub mod worker;
