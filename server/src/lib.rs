//! Own-Mailbox's box: it stores ciphertext, speaks SMTP and IMAP, serves the page, and never learns a passphrase, nor a
//! private key but for a device that mail is opened for, while that is connected.
//!
//! Floors, from the bottom; an import goes down only:
//! `config` → `net` → `structure` → `store` → `core` → { `smtp`, `imap`, `http` } → `serve` → `cli`.
//! `client` (the page's moves on the command line) stands aside: it uses `shared` alone.

#![cfg_attr(test, allow(clippy::string_slice))]

pub mod cli;
pub mod client;
pub mod config;
pub mod core;
pub mod http;
pub mod imap;
pub mod net;
pub mod serve;
pub mod smtp;
pub mod store;
mod structure;
