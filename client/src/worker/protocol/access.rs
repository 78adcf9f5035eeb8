//! Registering, logging in, recovering, unlocking, and what is made from the unlocked keys.
//!
//! Each flow is two asks to the same worker with a request to the box between them; after the second, the box answers with
//! an [`AccountResponse`], and [`Unlock`] opens it.

use std::fmt;

use serde::{Deserialize, Serialize};
use shared::api::account::{
    AccountResponse, ConfirmResponse, Language, LoginStartResponse, PassphraseStartResponse, RecoverFinishRequest,
    RecoverStartResponse, RecoveryCodeRequest, RegisterFinishRequest, RegisterStartResponse,
};
use shared::api::device::CreateDeviceRequest;
use shared::api::{Base64, EmailAddress, Timestamp};
use zeroize::Zeroize;

use crate::platform::carried::Carried;

/// A passphrase, a recovery code or another text that must not be seen; wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Drop for SecretText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Begins to make an account; answers with the request to post to `REGISTER_START`.
#[derive(Debug, Serialize, Deserialize)]
pub struct RegisterStart {
    /// The token of the invitation.
    pub invitation: Base64,
    /// The address that the account shall have.
    pub address: EmailAddress,
    /// The person's name; may be empty.
    pub display_name: String,
    /// The person's language, also that of the recovery words.
    pub language: Language,
    /// The passphrase.
    pub passphrase: SecretText,
}

/// Makes the account's keys; takes the time of the key stretching.
#[derive(Debug, Serialize, Deserialize)]
pub struct RegisterFinish {
    /// The box's answer to the first step.
    pub response: Carried<RegisterStartResponse>,
    /// The time from which the new certificate counts.
    pub now: Timestamp,
}

/// A new account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Registered {
    /// To post to `REGISTER_FINISH`.
    pub request: Carried<RegisterFinishRequest>,
    /// The recovery code, to be shown once.
    pub recovery_words: Vec<String>,
}

/// Begins a login; answers with the request to post to `LOGIN_START`.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginStart {
    /// The account's address.
    pub address: EmailAddress,
    /// The passphrase.
    pub passphrase: SecretText,
}

/// Ends a login; answers with the request to post to `LOGIN_FINISH`. Takes the time of the key stretching.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginFinish {
    /// The box's answer to the first step.
    pub response: Carried<LoginStartResponse>,
}

/// Begins a recovery; answers with the request to post to `RECOVER_START`.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecoverStart {
    /// The account's address.
    pub address: EmailAddress,
    /// The recovery code as it was typed.
    pub words: SecretText,
    /// The new passphrase.
    pub passphrase: SecretText,
    /// The language of the new recovery words.
    pub language: Language,
}

/// Ends a recovery.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecoverFinish {
    /// The box's answer to the first step.
    pub response: Carried<RecoverStartResponse>,
}

/// An account that has a new passphrase and a new recovery code.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recovered {
    /// To post to `RECOVER_FINISH`.
    pub request: Carried<RecoverFinishRequest>,
    /// The new recovery code, to be shown once.
    pub recovery_words: Vec<String>,
}

/// Opens the account with what the flow just ended left in this worker; answers with the tab's key.
#[derive(Debug, Serialize, Deserialize)]
pub struct Unlock {
    /// What the box answered to the flow's last step.
    pub account: Carried<AccountResponse>,
}

/// The tab's half of "reload without asking", and the account key wrapped under both halves; for the tab's session storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabKey {
    /// The tab's half.
    pub secret: SecretText,
    /// The account key, wrapped.
    pub wrapped: Base64,
}

/// Opens the account with the tab's key: after a reload, and in each further worker. Locking needs no ask: it ends the workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnlockTab {
    /// What the box answered to `SESSION`.
    pub account: Carried<AccountResponse>,
    /// From the tab's session storage.
    pub tab_key: TabKey,
}

/// Begins a change of the passphrase; answers with the request to post to `PASSPHRASE_START`.
#[derive(Debug, Serialize, Deserialize)]
pub struct PassphraseStart {
    /// What the box answered to the present passphrase.
    pub confirmed: Carried<ConfirmResponse>,
    /// The new passphrase.
    pub passphrase: SecretText,
}

/// Ends a change of the passphrase; answers with the request to post to `PASSPHRASE`. Takes the time of the key stretching.
#[derive(Debug, Serialize, Deserialize)]
pub struct PassphraseFinish {
    /// The box's answer to the first step.
    pub response: Carried<PassphraseStartResponse>,
}

/// Makes another recovery code.
#[derive(Debug, Serialize, Deserialize)]
pub struct MakeRecoveryCode {
    /// What the box answered to the passphrase.
    pub confirmed: Carried<ConfirmResponse>,
    /// The language of its words.
    pub language: Language,
}

/// A recovery code that is not in force yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct MadeRecoveryCode {
    /// To post to `RECOVERY_CODE`, once its words are kept.
    pub request: Carried<RecoveryCodeRequest>,
    /// The code, to be shown once.
    pub recovery_words: Vec<String>,
}

/// The account's secret key under a passphrase, ASCII-armored, for a mail program.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExportKey {
    /// What protects the exported file.
    pub passphrase: SecretText,
}

/// Makes the password of a device.
#[derive(Debug, Serialize, Deserialize)]
pub struct MakeDevicePassword {
    /// The device's name.
    pub name: String,
    /// Whether the box opens mail for it while it is connected.
    pub opened: bool,
}

/// A new device's password.
#[derive(Debug, Serialize, Deserialize)]
pub struct MadeDevicePassword {
    /// To post to `DEVICES`.
    pub request: Carried<CreateDeviceRequest>,
    /// The password, to be shown once.
    pub password: SecretText,
}
