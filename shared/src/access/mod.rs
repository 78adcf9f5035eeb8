//! The moves of a client: registering, signing in, recovering, unlocking, and what an unlocked account makes. The page's
//! worker and the command-line client make the same moves; only who carries the requests differs.
//!
//! Each flow is two steps with a request to the box after each. The first gives a value that remembers what was begun, the
//! second takes it and gives an [`Opener`], which opens the [`AccountResponse`](crate::api::account::AccountResponse) that
//! the box answers last:
//!
//! ```text
//! register_start ─> RegisterStartRequest … RegisterStartResponse ─> finish ─> RegisterFinishRequest … AccountResponse ┐
//! login_start    ─> LoginStartRequest    … LoginStartResponse    ─> finish ─> LoginFinishRequest    … AccountResponse ├─> open
//! recover_start  ─> RecoverStartRequest  … RecoverStartResponse  ─> finish ─> RecoverFinishRequest  … AccountResponse ┘
//! reload         ─────────────────────────────────────────────────────────────────────────────────── AccountResponse ─> unlock_tab
//! ```
//!
//! Who is in changes passphrase and recovery code by the same pattern, after a login that ends with a [`ConfirmResponse`]
//! instead (`change`). By the same login `keys` gives the account another OpenPGP key; `rest` makes the one for its mail at rest.
//!
//! Who has no account makes two moves: answering a letter behind a link (`reply`), and having a key, so that the next one needs no link
//! (`reader_key`).
//!
//! Invariants: no HTTP, no clock, no random numbers of its own; passphrase, recovery code and keys are in no request; what
//! the box sends is believed only as far as it opens under the account's own key.
//!
//! [`ConfirmResponse`]: crate::api::account::ConfirmResponse

mod change;
mod keys;
mod login;
mod reader_key;
mod recover;
mod register;
mod reply;
mod rest;
mod unlock;

pub use change::{NewPassphrase, NewRecoveryCode};
pub use keys::{KeyFlaw, KeyState, Standing, read_keys};
pub use login::{Login, login_start};
pub use reader_key::{OpenFlaw, SealedLetter, SendFlaw, key_file, make_reader_key, to_be_sent};
pub use recover::{Recovered, Recovery, recover_start};
pub use register::{NewAccount, Registered, Registration, register_start};
pub use reply::{Reply, ReplyError};
pub use unlock::{Opener, TabKey, Unlocked, unlock_device, unlock_tab};

use crate::pgp::KeyError;
use crate::vault::opaque::OpaqueError;

/// Why a move failed on the client's side.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Address or passphrase is wrong, or the box is not the one that the account was made with.
    #[error("address or passphrase is wrong")]
    WrongCredentials,
    /// The box's answer is not one to what was asked.
    #[error("the box's answer does not fit")]
    Malformed,
    /// The account was made with a newer program; the number is the version that this one does not know.
    #[error("the account was made with a newer program (version {0})")]
    Newer(u8),
    /// The machine has not enough memory to stretch the passphrase.
    #[error("not enough memory")]
    OutOfMemory,
    /// The account's wrapped keys do not open, though the passphrase or code is right.
    #[error("the account's keys do not open")]
    KeysDamaged,
    /// The key of this tab does not open the account any more; the passphrase does.
    #[error("the tab's key does not fit any more")]
    TabKeyGone,
    /// The OpenPGP key could not be made or written.
    #[error("the OpenPGP key could not be made")]
    Key(#[from] KeyError),
}

impl From<OpaqueError> for AccessError {
    fn from(error: OpaqueError) -> Self {
        match error {
            OpaqueError::Refused => Self::WrongCredentials,
            OpaqueError::Malformed => Self::Malformed,
            OpaqueError::UnknownVersion(version) => Self::Newer(version),
            OpaqueError::OutOfMemory => Self::OutOfMemory,
        }
    }
}
