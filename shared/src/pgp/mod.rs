//! OpenPGP for mail: keys and certificates, sealing and opening, PGP/MIME, header protection, WKD (RFC 9580, RFC 4880,
//! RFC 3156, RFC 9788, draft-koch-openpgp-webkey-service, VKS). rPGP computes; what may be used and believed is decided here.
//!
//! Floors, from the bottom: `ids`, `error`, `armor`, `packets` (the frame of packets, and its limits), `seipd` (encrypted data, with AES), `kem` (an algorithm that rPGP carries unread), then `strength`
//! (algorithms), `moment` (what counts when) and `policy` (the one place that judges keys), `trim` (what of a certificate is
//! kept), then [`Certificate`] with [`usable_keys`], `update` (copies over time), [`autocrypt`], `key`, `life` (its end
//! and its withdrawal), `rest` (a key for mail at rest), then `seal`, `verify`
//! (the one place that judges signatures), `open`, then `pgpmime`, `inline` and `protect` (bytes of messages), then `message`
//! (what the box and the page call). `secret_block` finds secret keys in what is about to leave.
//!
//! Invariants: nothing is given out before its integrity is checked; what a signature is worth is data beside the plaintext,
//! not an error; every expansion and nesting has a cap; no rPGP type shows in the public API; no clock and no random numbers
//! of its own; nothing secret has a `Debug` that shows it.

mod armor;
pub mod autocrypt;
mod certificate;
mod error;
mod ids;
mod inline;
mod kem;
mod key;
mod life;
mod message;
mod moment;
mod open;
mod packets;
pub mod pgpmime;
mod policy;
mod protect;
mod rest;
mod seal;
mod secret_block;
mod seipd;
mod strength;
mod trim;
mod update;
mod verify;
pub mod vks;
pub mod wkd;

pub use certificate::{Certificate, UsableKey, usable_keys};
pub use error::{CertificateError, KeyError, OpenError, SealError, Unusable};
pub use ids::{Fingerprint, KeyId};
pub use key::{LIFE_SECONDS, SecretKey};
pub use life::Withdrawal;
pub use message::{
    EndToEnd, OpenedMessage, SealedMessage, looks_sealed, open_message, open_summary, seal_draft, seal_incoming,
    seal_outgoing, seal_own, seal_summary,
};
pub use open::{Opened, message_recipients, open};
pub use packets::is_encrypted_message;
pub use protect::{protect, restore};
pub use seal::seal;
pub use secret_block::{holds_secret_key, message_holds_secret_key};
pub use strength::Purpose;
pub use update::Change;
pub use verify::{SignatureVerdict, verify_detached};
