//! Setting a new passphrase with the recovery code, which is used up by it: a new one takes its place.

use rand::{CryptoRng, RngCore};

use super::{AccessError, Opener};
use crate::api::EmailAddress;
use crate::api::account::{Language, RecoverFinishRequest, RecoverStartRequest, RecoverStartResponse};
use crate::vault::{AccountKey, Passphrase, RecoveryCode, Secret, WrappingKey, opaque};

/// A recovery that waits for the box's answer.
#[derive(Debug)]
pub struct Recovery {
    address: EmailAddress,
    code: RecoveryCode,
    opaque: opaque::Registration,
}

/// An account with a new passphrase and a new code; the box has yet to take them.
#[derive(Debug)]
pub struct Recovered {
    /// What the box gets.
    pub request: RecoverFinishRequest,
    /// The words of the new recovery code, to be shown once.
    pub recovery_words: Secret<Vec<String>>,
    /// Opens the account once the box has taken the change.
    pub opener: Opener,
}

/// Begins a recovery.
///
/// # Errors
/// None that a passphrase within its limits brings about.
pub fn recover_start(
    address: EmailAddress,
    code: RecoveryCode,
    new_passphrase: Passphrase,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Recovery, RecoverStartRequest), AccessError> {
    let (opaque, request) = opaque::register_start(new_passphrase, rng)?;
    let request = RecoverStartRequest {
        address: address.clone(),
        recovery_proof: code.proof().expose().to_vec().into(),
        opaque_request: request.into(),
    };
    Ok((Recovery { address, code, opaque }, request))
}

impl Recovery {
    /// Opens the account key with the code and wraps it anew; `language` is that of the new words. Takes the time and memory of
    /// the key stretching.
    ///
    /// # Errors
    /// [`AccessError::KeysDamaged`] where the code does not open what the box keeps for it.
    pub fn finish(
        self,
        response: &RecoverStartResponse,
        language: Language,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Recovered, AccessError> {
        let account = response.account_id;
        let under_old = WrappingKey::from_recovery_code(account, &self.code);
        let key = AccountKey::unwrap(&under_old, &response.recovery_wrap.0).map_err(|_| AccessError::KeysDamaged)?;
        let registered = self.opaque.finish(&response.opaque_response.0, rng)?;
        let code = RecoveryCode::make(rng);
        let passphrase_wrap = key.wrap(&WrappingKey::from_export_key(account, &registered.export_key), rng);
        let recovery_wrap = key.wrap(&WrappingKey::from_recovery_code(account, &code), rng);
        let request = RecoverFinishRequest {
            address: self.address,
            recovery_proof: self.code.proof().expose().to_vec().into(),
            opaque_record: registered.record.into(),
            passphrase_wrap: passphrase_wrap.into(),
            recovery_wrap: recovery_wrap.into(),
            new_recovery_proof: code.proof().expose().to_vec().into(),
        };
        Ok(Recovered { request, recovery_words: code.words(language), opener: Opener::with_key(key) })
    }
}
