//! Another passphrase and another recovery code, by who is signed in and has just shown the present passphrase.
//!
//! That is shown by a login like any other, so it is counted like one; it ends with a confirmation instead of a session. Without
//! a confirmation the box answers no request for the new passphrase either: OPAQUE's answer is made with the account's own
//! OPRF key, and who could ask for any number of them would guess without being counted.
//!
//! Each change is one transaction: before it the old holds, after it the new. It may be repeated, because an answer may be
//! lost on its way.

use shared::api::Base64;
use shared::api::account::{
    ConfirmResponse, LoginFinishRequest, PassphraseRequest, PassphraseStartRequest, PassphraseStartResponse,
    RecoveryCodeRequest,
};

use super::login::Proven;
use super::registration::{passphrase, recovery_code};
use super::session::confirmed;
use super::{AccountError, Session, hash};
use crate::core::Context;
use crate::core::throttle::{self, Visitor};
use crate::store::{accounts, sessions, throttle as places};

/// Second step of a login that only shows the passphrase.
///
/// # Errors
/// [`AccountError::WrongCredentials`] for a wrong passphrase, another account's, or a login that began too long ago.
pub async fn confirm(
    context: &Context,
    session: Session,
    request: &LoginFinishRequest,
) -> Result<ConfirmResponse, AccountError> {
    let (proven, _) = Proven::by(context, request)?;
    if proven.account != session.account {
        return Err(AccountError::WrongCredentials);
    }
    context.store.write(move |tx| proven.settle(tx)).await?;
    let confirmation: [u8; 32] = context.random.bytes();
    context.gate.confirm(hash(&confirmation), session.token_hash, context.clock.now());
    Ok(ConfirmResponse { confirmation: Base64(confirmation.to_vec()) })
}

/// First step to another passphrase: answers OPAQUE's request. Keeps nothing.
///
/// # Errors
/// [`AccountError::NotConfirmed`], [`AccountError::Malformed`].
pub async fn passphrase_start(
    context: &Context,
    session: Session,
    request: PassphraseStartRequest,
) -> Result<PassphraseStartResponse, AccountError> {
    confirmed(context, session, &request.confirmation)?;
    let account = session.account;
    let record = context.store.read(move |tx| Ok::<_, AccountError>(accounts::get(tx, account)?)).await?;
    let opaque_response = context.gate.setup().register(record.public_id, &request.opaque_request.0)?.into();
    Ok(PassphraseStartResponse { opaque_response })
}

/// Puts the new passphrase in the place of the old one and ends all other sessions: whoever was in by the old one is out.
/// Places that knew the account know it no more, but for the one that this comes from.
///
/// # Errors
/// [`AccountError::NotConfirmed`], [`AccountError::Malformed`].
pub async fn change_passphrase(
    context: &Context,
    session: Session,
    request: PassphraseRequest,
    visitor: Visitor,
) -> Result<(), AccountError> {
    confirmed(context, session, &request.confirmation)?;
    let (record, wrap) = passphrase(&request.opaque_record, request.passphrase_wrap)?;
    let now = context.clock.now();
    context
        .store
        .write(move |tx| {
            accounts::replace_passphrase(tx, session.account, &record, &wrap)?;
            sessions::end_others(tx, session.account, session.token_hash)?;
            places::forget_places(tx, session.account)?;
            Ok(throttle::remember(tx, session.account, &visitor, now)?)
        })
        .await
}

/// Puts the new recovery code in the place of the old one.
///
/// # Errors
/// [`AccountError::NotConfirmed`], [`AccountError::Malformed`].
pub async fn change_recovery_code(
    context: &Context,
    session: Session,
    request: RecoveryCodeRequest,
) -> Result<(), AccountError> {
    confirmed(context, session, &request.confirmation)?;
    let (wrap, proof_hash) = recovery_code(request.recovery_wrap, &request.recovery_proof)?;
    context.store.write(move |tx| Ok(accounts::replace_recovery_code(tx, session.account, &wrap, &proof_hash)?)).await
}
