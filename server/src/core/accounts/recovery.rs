//! Recovery: who shows the proof of the recovery code sets a new passphrase and gets a new code. All sessions end.
//!
//! The proof has 128 random bits behind it, so it is looked at before the counters are: an attacker who fills them keeps
//! nobody out of the last door that is left.

use shared::api::account::{RecoverFinishRequest, RecoverStartRequest, RecoverStartResponse};
use shared::api::{Base64, EmailAddress};
use subtle::ConstantTimeEq;

use super::registration::credentials;
use super::session::{self, SignedIn};
use super::{AccountError, Kept, hash, refused};
use crate::core::Context;
use crate::core::throttle::{Attempt, Door, Visitor};
use crate::store::accounts::{self, AccountRecord, Credentials};
use crate::store::{ReadTx, StoreError, sessions, throttle};

/// First step: gives out the account key wrapped under the code's key, and answers OPAQUE's request. Keeps nothing.
///
/// # Errors
/// [`AccountError::WrongRecoveryCode`], also for an address that nobody has; [`AccountError::Wait`].
pub async fn recover_start(
    context: &Context,
    request: RecoverStartRequest,
    visitor: Visitor,
) -> Result<RecoverStartResponse, AccountError> {
    let now = context.clock.now();
    let (address, proof) = (request.address.canonical(), request.recovery_proof);
    let attempt = Attempt { door: Door::Recovery, address: Some(address.clone()), visitor };
    let (account, credentials) = context
        .store
        .write(move |tx| -> Kept<_> {
            match holder(tx, &address, &proof)? {
                Holder::Proven(account, credentials) => Ok(Ok((account, credentials))),
                Holder::Not(account) => refused(tx, &attempt, account, now, AccountError::WrongRecoveryCode),
            }
        })
        .await??;
    if account.disabled_at.is_some() {
        return Err(AccountError::Disabled);
    }
    let opaque_response = context.gate.setup().register(account.public_id, &request.opaque_request.0)?.into();
    let recovery_wrap = credentials.recovery_wrap.into();
    Ok(RecoverStartResponse { account_id: account.public_id, recovery_wrap, opaque_response })
}

/// Second step: puts the new passphrase and code in the place of the old ones, ends all sessions, and signs in.
///
/// # Errors
/// As the first step, and [`AccountError::Malformed`].
pub async fn recover_finish(
    context: &Context,
    request: RecoverFinishRequest,
    visitor: Visitor,
) -> Result<SignedIn, AccountError> {
    let now = context.clock.now();
    let new = credentials(
        &request.opaque_record,
        request.passphrase_wrap,
        request.recovery_wrap,
        &request.new_recovery_proof,
    )?;
    let (address, proof) = (request.address.canonical(), request.recovery_proof);
    let attempt = Attempt { door: Door::Recovery, address: Some(address.clone()), visitor: visitor.clone() };
    let opening = session::Opening::new(context, visitor);
    context
        .store
        .write(move |tx| -> Kept<_> {
            let account = match holder(tx, &address, &proof)? {
                Holder::Proven(account, _) if account.disabled_at.is_some() => return Ok(Err(AccountError::Disabled)),
                Holder::Proven(account, _) => account.number,
                Holder::Not(account) => {
                    return refused(tx, &attempt, account, now, AccountError::WrongRecoveryCode);
                }
            };
            accounts::replace_passphrase(tx, account, &new.opaque_record, &new.passphrase_wrap)?;
            accounts::replace_recovery_code(tx, account, &new.recovery_wrap, &new.recovery_proof_hash)?;
            sessions::end_all(tx, account)?;
            throttle::forget_places(tx, account)?;
            Ok(Ok(opening.open(tx, account)?))
        })
        .await?
}

/// Whether somebody holds the recovery code of an address.
enum Holder {
    Proven(AccountRecord, Credentials),
    Not(Option<crate::store::AccountNo>),
}

fn holder(tx: &ReadTx<'_>, address: &EmailAddress, proof: &Base64) -> Result<Holder, StoreError> {
    let shown = hash(&proof.0);
    let Some(number) = accounts::by_address(tx, address)? else {
        return Ok(Holder::Not(None));
    };
    let (account, credentials) = (accounts::get(tx, number)?, accounts::credentials(tx, number)?);
    if bool::from(credentials.recovery_proof_hash.ct_eq(&shown)) {
        Ok(Holder::Proven(account, credentials))
    } else {
        Ok(Holder::Not(Some(number)))
    }
}
