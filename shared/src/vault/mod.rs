//! The key hierarchy: what is derived from what, and how small objects are sealed. The constructions are written down in
//! `docs/crypto.md`; known-answer vectors from an independent script stand in `shared/tests/vectors/`.
//!
//! ```text
//! passphrase ── OPAQUE, Argon2id ──> export key ┐
//! recovery code ────────────────────────────────┼─ each wraps the same ─> account key ─> one key per drawer
//! tab's half and box's half ────────────────────┘
//!
//! device password ── where it is to open mail ── wraps the key of the drawer of OpenPGP keys
//! ```
//!
//! Floors, from the bottom: `secret`, `derive`, `padme`, `wrap`, then the things with a meaning. Two ways of joining, both
//! without ambiguity: [`derive()`]'s info is a text without zero bytes, a zero byte and the id; everything else that is joined
//! (associated data, two-part key material) has each field after its length as four bytes, big endian.
//!
//! Invariants: no key serves two purposes; every sealed object begins with a version byte; nothing is opened whose key
//! commitment does not match; no secret has a `Debug`, `Display` or serde form; comparisons of secrets take constant time;
//! randomness and time come in as arguments; the box's half of OPAQUE never holds a passphrase.

mod account_key;
mod derive;
pub mod device;
pub mod opaque;
pub(crate) mod padme;
mod passphrase;
mod recovery;
mod secret;
pub mod tab;
pub mod words;
mod wrap;

pub use account_key::{AccountKey, Drawer, DrawerKey, WrappingKey};
pub(crate) use derive::join;
pub use derive::{Purpose, derive};
pub use device::DevicePassword;
pub use passphrase::{InvalidPassphrase, Passphrase};
pub use recovery::RecoveryCode;
pub use secret::{Key, Secret};
pub use tab::TabSecret;
pub use wrap::{Context, OpenError, Opened, open, seal};
