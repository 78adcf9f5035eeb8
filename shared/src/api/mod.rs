//! Everything that crosses HTTP between the page (or the command-line client) and the box: paths, requests, responses,
//! events, error codes and limits. There is no second copy anywhere.
//!
//! Invariants: nothing here holds a passphrase, a private key in clear, a link fragment or decrypted mail. What is called
//! `sealed` is ciphertext that only the account's own devices open. Types ending in `View` (decrypted) never appear here.

pub mod account;
pub(crate) mod crockford;
pub mod device;
mod domain;
pub mod error;
pub mod event;
pub mod frame;
pub mod keys;
pub mod letter;
pub mod limits;
pub mod link;
pub mod mailbox;
pub mod own_key;
pub mod paths;
pub mod submit;
mod text;

pub use error::{ApiError, ErrorCode};
pub use text::{Base64, EmailAddress, InvalidAddress, Timestamp};
