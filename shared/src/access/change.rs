//! Another passphrase and another recovery code, by who is in. The account key stays what it is and is only wrapped anew, so
//! mail, devices and other tabs notice nothing.

use rand::{CryptoRng, RngCore};

use super::{AccessError, Unlocked};
use crate::api::Base64;
use crate::api::account::{
    ConfirmResponse, Language, PassphraseRequest, PassphraseStartRequest, PassphraseStartResponse, RecoveryCodeRequest,
};
use crate::vault::{AccountKey, Passphrase, RecoveryCode, Secret, WrappingKey, opaque};

/// A change of the passphrase that waits for the box's answer.
#[derive(Debug)]
pub struct NewPassphrase {
    key: AccountKey,
    confirmation: Base64,
    opaque: opaque::Registration,
}

/// A recovery code that is not in force yet.
#[derive(Debug)]
pub struct NewRecoveryCode {
    /// What puts it in force; until the box gets it, the old code is.
    pub request: RecoveryCodeRequest,
    /// Its words, to be shown once.
    pub words: Secret<Vec<String>>,
}

impl Unlocked {
    /// Begins a change of the passphrase; `confirmed` is what the box answered to the present one.
    ///
    /// # Errors
    /// None that a passphrase within its limits brings about.
    pub fn passphrase_start(
        &self,
        confirmed: ConfirmResponse,
        new: Passphrase,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(NewPassphrase, PassphraseStartRequest), AccessError> {
        let ConfirmResponse { confirmation } = confirmed;
        let (opaque, request) = opaque::register_start(new, rng)?;
        let request = PassphraseStartRequest { confirmation: confirmation.clone(), opaque_request: request.into() };
        Ok((NewPassphrase { key: self.account_key().clone(), confirmation, opaque }, request))
    }

    /// Makes another recovery code; `language` is that of its words.
    #[must_use]
    pub fn recovery_code(
        &self,
        confirmed: ConfirmResponse,
        language: Language,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> NewRecoveryCode {
        let (key, code) = (self.account_key(), RecoveryCode::make(rng));
        let under = WrappingKey::from_recovery_code(key.account(), &code);
        let request = RecoveryCodeRequest {
            confirmation: confirmed.confirmation,
            recovery_wrap: key.wrap(&under, rng).into(),
            recovery_proof: code.proof().expose().to_vec().into(),
        };
        NewRecoveryCode { request, words: code.words(language) }
    }
}

impl NewPassphrase {
    /// Wraps the account key under the new passphrase. Takes the time and memory of the key stretching.
    ///
    /// # Errors
    /// [`AccessError::Malformed`] for an answer that is none.
    pub fn finish(
        self,
        response: &PassphraseStartResponse,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<PassphraseRequest, AccessError> {
        let registered = self.opaque.finish(&response.opaque_response.0, rng)?;
        let under = WrappingKey::from_export_key(self.key.account(), &registered.export_key);
        Ok(PassphraseRequest {
            confirmation: self.confirmation,
            opaque_record: registered.record.into(),
            passphrase_wrap: self.key.wrap(&under, rng).into(),
        })
    }
}
