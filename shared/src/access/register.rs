//! Making an account: passphrase record, account key, OpenPGP key, recovery code.

use rand::{CryptoRng, RngCore};

use super::keys::{sealed, user_id};
use super::{AccessError, Opener, rest};
use crate::api::account::{Language, RegisterFinishRequest, RegisterStartRequest, RegisterStartResponse};
use crate::api::own_key::OwnKey;
use crate::api::{Base64, EmailAddress, Timestamp};
use crate::pgp::SecretKey;
use crate::vault::{AccountKey, Passphrase, RecoveryCode, Secret, WrappingKey, opaque};

/// What an account is made from.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The token of the invitation.
    pub invitation: Base64,
    /// The address that the account shall have.
    pub address: EmailAddress,
    /// The person's name; may be empty.
    pub display_name: String,
    /// The person's language, also that of the recovery words.
    pub language: Language,
}

/// A registration that waits for the box's answer.
#[derive(Debug)]
pub struct Registration {
    new: NewAccount,
    opaque: opaque::Registration,
}

/// An account as it was made here; the box has yet to take it.
#[derive(Debug)]
pub struct Registered {
    /// What the box gets.
    pub request: RegisterFinishRequest,
    /// The words of the recovery code, to be shown once.
    pub recovery_words: Secret<Vec<String>>,
    /// Opens the account once the box has taken it.
    pub opener: Opener,
}

/// Begins a registration.
///
/// # Errors
/// None that a passphrase within its limits brings about.
pub fn register_start(
    new: NewAccount,
    passphrase: Passphrase,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Registration, RegisterStartRequest), AccessError> {
    let (opaque, request) = opaque::register_start(passphrase, rng)?;
    let request = RegisterStartRequest {
        invitation: new.invitation.clone(),
        address: new.address.clone(),
        opaque_request: request.into(),
    };
    Ok((Registration { new, opaque }, request))
}

impl Registration {
    /// Makes the keys. Takes the time and memory of the key stretching; `now` is the time from which the OpenPGP key counts.
    ///
    /// # Errors
    /// [`AccessError::Malformed`] for an answer that is none.
    pub fn finish(
        self,
        response: &RegisterStartResponse,
        now: Timestamp,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Registered, AccessError> {
        let Self { new, opaque } = self;
        let account = response.account_id;
        let registered = opaque.finish(&response.opaque_response.0, rng)?;
        let key = AccountKey::make(account, rng);
        let code = RecoveryCode::make(rng);
        let secret = SecretKey::make(&user_id(&new.display_name, &new.address), now, rng)?;
        let passphrase_wrap = key.wrap(&WrappingKey::from_export_key(account, &registered.export_key), rng);
        let recovery_wrap = key.wrap(&WrappingKey::from_recovery_code(account, &code), rng);
        let OwnKey { certificate, sealed_secret_key, sealed_revocation } = sealed(&key, &secret, now, rng)?;
        let request = RegisterFinishRequest {
            invitation: new.invitation,
            address: new.address,
            account_id: account,
            display_name: new.display_name,
            language: new.language,
            opaque_record: registered.record.into(),
            passphrase_wrap: passphrase_wrap.into(),
            recovery_wrap: recovery_wrap.into(),
            recovery_proof: code.proof().expose().to_vec().into(),
            certificate,
            sealed_secret_key,
            sealed_revocation: sealed_revocation.unwrap_or_default(),
            rest_key: Some(rest::made(&key, &secret, now, rng)?),
        };
        Ok(Registered { request, recovery_words: code.words(new.language), opener: Opener::with_key(key) })
    }
}
