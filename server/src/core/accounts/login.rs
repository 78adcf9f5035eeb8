//! Login with the passphrase, by OPAQUE (RFC 9807).

use shared::api::Base64;
use shared::api::account::{LoginFinishRequest, LoginStartRequest, LoginStartResponse};
use shared::vault::opaque::Record;

use super::session::{self, SignedIn};
use super::{AccountError, hash};
use crate::core::Context;
use crate::core::throttle::{self, Attempt, Charge, Door, Visitor};
use crate::store::{AccountNo, Tx, accounts};

/// First step. An address that nobody has gets an answer of the same shape, at the same price.
///
/// # Errors
/// [`AccountError::Wait`]; [`AccountError::Malformed`] for an OPAQUE message that is none.
pub async fn login_start(
    context: &Context,
    request: LoginStartRequest,
    visitor: Visitor,
) -> Result<LoginStartResponse, AccountError> {
    let now = context.clock.now();
    let address = request.address.canonical();
    let attempt = Attempt { door: Door::Passphrase, address: Some(address.clone()), visitor };
    let (attempt, charge, known) = context
        .store
        .write(move |tx| -> Result<_, AccountError> {
            let account = accounts::by_address(tx, &address)?;
            let charge = throttle::charge(tx, &attempt, account, now)?;
            // For an address that nobody has somebody's record is read all the same, so that it takes the same time.
            let read = match account.or(accounts::first(tx)?) {
                Some(number) => {
                    let (record, credentials) = (accounts::get(tx, number)?, accounts::credentials(tx, number)?);
                    let opaque = Record::from_bytes(&credentials.opaque_record)?;
                    Some((number, record.public_id, opaque, hash(&credentials.opaque_record)))
                }
                None => None,
            };
            let known = read.filter(|(number, ..)| Some(*number) == account);
            Ok((attempt, charge, known))
        })
        .await?;
    let mut rng = context.random.clone();
    let account = known.as_ref().map(|(_, id, record, _)| (*id, record));
    let (pending, ke2) = context.gate.setup().login_start(&request.address, account, &request.ke1.0, &mut rng)?;
    let login_id: [u8; 16] = context.random.bytes();
    let account = known.map(|(number, .., record_hash)| (number, record_hash));
    context.gate.begin(login_id, account, pending, (attempt, charge), now);
    Ok(LoginStartResponse { login_id: Base64(login_id.to_vec()), ke2: ke2.into() })
}

/// Second step: signs in.
///
/// # Errors
/// [`AccountError::WrongCredentials`] for a wrong passphrase, an address that nobody has, or a login that began too long ago;
/// [`AccountError::Disabled`] for who has the passphrase but may not sign in.
pub async fn login_finish(context: &Context, request: LoginFinishRequest) -> Result<SignedIn, AccountError> {
    let (proven, visitor) = Proven::by(context, &request)?;
    let opening = session::Opening::new(context, visitor);
    context
        .store
        .write(move |tx| {
            proven.settle(tx)?;
            opening.open(tx, proven.account)
        })
        .await
}

/// Somebody had the passphrase of an account when the login began.
pub(super) struct Proven {
    /// Which account.
    pub(super) account: AccountNo,
    record_hash: [u8; 32],
    charge: Charge,
}

impl Proven {
    /// Checks the second step of a login, which is used up by it; says also where it came from.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`].
    pub(super) fn by(context: &Context, request: &LoginFinishRequest) -> Result<(Self, Visitor), AccountError> {
        let begun =
            context.gate.take(&request.login_id.0, context.clock.now()).ok_or(AccountError::WrongCredentials)?;
        begun.pending.finish(&request.ke3.0).map_err(|_| AccountError::WrongCredentials)?;
        // Nobody has a KE3 for the stand-in of an unknown address.
        let (account, record_hash) = begun.account.ok_or(AccountError::WrongCredentials)?;
        Ok((Self { account, record_hash, charge: begun.charge }, begun.attempt.visitor))
    }

    /// Takes the counted try back, unless the passphrase was changed since the login began: then it was one of the old one.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`].
    pub(super) fn settle(&self, tx: &Tx<'_>) -> Result<(), AccountError> {
        if hash(&accounts::credentials(tx, self.account)?.opaque_record) != self.record_hash {
            return Err(AccountError::WrongCredentials);
        }
        Ok(throttle::succeeded(tx, &self.charge)?)
    }
}
