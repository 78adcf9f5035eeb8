//! What the stories of Own-Mailbox stand on: a real box in a process of its own, foreign mail programs, a real browser, and
//! the checker of the house's rules. The stories themselves are in `tests/`.
//!
//! Everything here panics when something is wrong, and says what: that is how a story fails.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

pub mod browser;
pub mod camera;
pub mod correspondent;
pub mod cut;
pub mod disk;
pub mod dovecot;
pub mod elsewhere;
pub mod engine;
pub mod floors;
pub mod foreign;
pub mod gateway;
pub mod gnupg;
pub mod home;
pub mod markers;
pub mod names;
pub mod person;
pub mod program;
pub mod relay;
pub mod repository;
pub mod talk;
pub mod thunderbird;
pub mod visitor;
pub mod wire;
