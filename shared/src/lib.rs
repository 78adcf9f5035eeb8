//! Types and pure functions that the box and the page have in common.
//!
//! Floors, from the bottom: [`unicode`], [`api`], [`vault`], [`link`], [`mime`], [`pgp`], [`people`], [`access`].
//!
//! Invariants: no input or output, no clock, no async, no random numbers of its own. Whatever is not a function of the
//! arguments (time, randomness) comes in as an argument, so that both sides and every test compute the same.

#![cfg_attr(test, allow(clippy::string_slice))]

pub mod access;
pub mod api;
pub mod link;
pub mod mime;
pub mod people;
pub mod pgp;
pub mod unicode;
pub mod vault;
