//! What the browser gives: requests, events, addresses, storage, files, clipboard, time. No meaning of the mail's world is
//! known here.
//!
//! Invariants: requests go to the own origin only; nothing but what callers name is stored; what is fetched is given up
//! when the future that waits for it is dropped.

pub mod buffer;
pub mod carried;
pub mod channel;
pub mod clipboard;
pub mod events;
pub mod files;
pub mod history;
pub mod http;
pub mod page;
pub mod program;
pub mod random;
pub mod saving;
pub mod storage;
pub mod subtle;
pub mod time;
pub mod upload;
