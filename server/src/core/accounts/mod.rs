//! Accounts: invitation, registration, login, recovery, sessions, another passphrase or recovery code.
//!
//! The box sees OPAQUE messages, wrapped keys and hashes of tokens; it learns neither passphrase nor recovery code. Every
//! secret that somebody shows goes through [`super::throttle`]; whether an address exists shows in no answer and no counter.

mod address;
mod change;
mod invitation;
mod keys;
mod login;
mod recovery;
mod registration;
mod rest;
mod session;
#[cfg(test)]
mod tests;

pub use address::recipient;
pub use change::{change_passphrase, change_recovery_code, confirm, passphrase_start};
pub use invitation::{Invitation, first_invitation, invitation, invitation_address, invite};
pub use keys::{key_news, new_key};
pub use login::{login_finish, login_start};
pub use recovery::{recover_finish, recover_start};
pub use registration::{register_finish, register_start};
pub use rest::rest_key;
pub use session::{SESSION_SECONDS, Session, SignedIn, account, end_session, session, tidy};

use shared::api::account::{ChangeAccountRequest, KeyServerUse};
use shared::api::{EmailAddress, Timestamp};
use shared::vault::opaque::OpaqueError;

use super::Context;
use super::throttle::{self, Attempt, Refused};
use crate::store::accounts::{self, AccountRecord};
use crate::store::{AccountNo, StoreError, Tx, sessions};

/// Why somebody was not let in, or an account not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Something in the request is not of the form or size that it must have.
    #[error("the request is not well-formed")]
    Malformed,
    /// The invitation is unknown, used or expired.
    #[error("the invitation is gone")]
    InvitationGone,
    /// Somebody has the address.
    #[error("the address is taken")]
    AddressTaken,
    /// The box does not give this address.
    #[error("the address is not one that this box gives")]
    AddressNotHere,
    /// Address or passphrase is wrong.
    #[error("address or passphrase is wrong")]
    WrongCredentials,
    /// The recovery code is not this address's.
    #[error("the recovery code is not this address's")]
    WrongRecoveryCode,
    /// The passphrase was not shown, or too long ago.
    #[error("the passphrase was not shown, or too long ago")]
    NotConfirmed,
    /// There is no such session.
    #[error("not signed in")]
    NotSignedIn,
    /// The account may not sign in.
    #[error("the account is disabled")]
    Disabled,
    /// The account has as many keys as it may have.
    #[error("the account has too many keys")]
    TooManyKeys,
    /// Too many tries; the next is heard after so many seconds.
    #[error("too many tries; the next is heard in {0} seconds")]
    Wait(u32),
    /// A record or the key file is of a version that this program does not know.
    #[error("written by a newer program (version {0})")]
    Newer(u8),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<Refused> for AccountError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wait(seconds) => Self::Wait(seconds),
            Refused::Store(error) => Self::Store(error),
        }
    }
}

impl From<OpaqueError> for AccountError {
    /// What OPAQUE cannot read is the fault of who sent it, but for what an older program finds in its own data folder.
    fn from(error: OpaqueError) -> Self {
        match error {
            OpaqueError::UnknownVersion(version) => Self::Newer(version),
            _ => Self::Malformed,
        }
    }
}

/// All accounts, in the order in which they were made.
///
/// # Errors
/// Where the store fails.
pub async fn list(context: &Context) -> Result<Vec<AccountRecord>, AccountError> {
    context.store.read(|tx| Ok(accounts::list(tx)?)).await
}

/// Keeps an account from signing in and ends its sessions, or lets it sign in again. Mail for it is accepted all the same.
///
/// # Errors
/// [`StoreError::NotFound`] where nobody has the address.
pub async fn set_disabled(context: &Context, address: &EmailAddress, disabled: bool) -> Result<(), AccountError> {
    let (address, now) = (address.canonical(), context.clock.now());
    context
        .store
        .write(move |tx| {
            let account = accounts::by_address(tx, &address)?.ok_or(StoreError::NotFound)?;
            accounts::set_disabled(tx, account, disabled.then_some(now))?;
            if disabled {
                sessions::end_all(tx, account)?;
            }
            Ok(())
        })
        .await
}

/// Changes the name of the account's owner, the language in which the box writes to them, and whether a key server is asked for them.
///
/// # Errors
/// [`AccountError::Malformed`] for a name that cannot be one, and for a key server that the box does not ask; where the store fails.
pub async fn change(context: &Context, account: AccountNo, request: ChangeAccountRequest) -> Result<(), AccountError> {
    let ChangeAccountRequest { language, display_name, key_server } = request;
    let name = display_name.map(|name| registration::display_name(&name)).transpose()?;
    // It agrees to the one that it was shown.
    let is_shown = |server: &KeyServerUse| context.key_server.as_ref().is_some_and(|own| own.host() == server.host);
    if key_server.as_ref().is_some_and(|server| server.is_agreed && !is_shown(server)) {
        return Err(AccountError::Malformed);
    }
    let change = move |tx: &Tx<'_>| {
        if let Some(language) = language {
            accounts::set_language(tx, account, language)?;
        }
        if let Some(name) = &name {
            accounts::set_display_name(tx, account, name)?;
        }
        if let Some(KeyServerUse { host, is_agreed }) = &key_server {
            accounts::set_key_server(tx, account, is_agreed.then_some(host.as_str()))?;
        }
        Ok(())
    };
    context.store.write(change).await
}

/// SHA-256, for tokens and proofs that are random themselves.
fn hash(secret: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(secret).into()
}

/// What a piece of store work answers that must be kept although the caller is refused: an error of its own would undo the
/// counting of the try.
type Kept<T> = Result<Result<T, AccountError>, AccountError>;

/// Counts a try whose secret was wrong, and says so; [`AccountError::Wait`] where the caller had too many already.
fn refused<T>(
    tx: &Tx<'_>,
    attempt: &Attempt,
    account: Option<AccountNo>,
    now: Timestamp,
    why: AccountError,
) -> Kept<T> {
    throttle::charge(tx, attempt, account, now)?;
    Ok(Err(why))
}
