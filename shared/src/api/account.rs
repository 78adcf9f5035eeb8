//! Accounts and sessions: invitation, registration, login (OPAQUE, RFC 9807), recovery.
//!
//! The box never sees a passphrase or a recovery code: it sees OPAQUE messages, wrapped keys and the hash of a proof.

use serde::{Deserialize, Serialize};

use super::own_key::{OwnKey, RestKey};
use super::{Base64, EmailAddress, Timestamp};

/// The random, never reused name of an account; OPAQUE's credential identifier and part of every wrap's context.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountId(pub [u8; 16]);

impl Serialize for AccountId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Base64(self.0.to_vec()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Base64::deserialize(deserializer)?;
        bytes.0.try_into().map(Self).map_err(|_| serde::de::Error::custom("an account id has 16 bytes"))
    }
}

/// The languages that the product speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

/// What the box says of itself to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxResponse {
    /// The domain of this box's addresses.
    pub domain: String,
}

/// What an invitation may be asked before its page is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRequest {
    /// The token of the link's fragment.
    pub token: Base64,
}

/// A good invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationResponse {
    /// The address that the invitation was made out for, if it was.
    pub address: Option<EmailAddress>,
    /// The domain of this box's addresses.
    pub domain: String,
    /// After this the link no longer works.
    pub expires_at: Timestamp,
}

/// Asks whether the guest of an invitation may have an address, before anything else is asked of him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationAddressRequest {
    /// The one-time token of the invitation.
    pub token: Base64,
    /// The address that he wants.
    pub address: EmailAddress,
}

/// First step of registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterStartRequest {
    /// The one-time token of the invitation.
    pub invitation: Base64,
    /// The address that the new account wants.
    pub address: EmailAddress,
    /// OPAQUE `RegistrationRequest` (RFC 9807 §5.1).
    pub opaque_request: Base64,
}

/// The box's answer to the first step of registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterStartResponse {
    /// The id that the account will have; the client binds its wraps to it.
    pub account_id: AccountId,
    /// OPAQUE `RegistrationResponse` (RFC 9807 §5.1).
    pub opaque_response: Base64,
}

/// Second and last step of registration: all that the box keeps for the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterFinishRequest {
    /// The one-time token of the invitation.
    pub invitation: Base64,
    /// The address, as in the first step.
    pub address: EmailAddress,
    /// As the first step answered.
    pub account_id: AccountId,
    /// The person's name as others shall see it; may be empty.
    pub display_name: String,
    /// The language of what the box writes to this person.
    pub language: Language,
    /// The number of the key stretching, then OPAQUE's `RegistrationRecord` (RFC 9807 §5.1).
    pub opaque_record: Base64,
    /// The account key, wrapped under the passphrase's key.
    pub passphrase_wrap: Base64,
    /// The account key, wrapped under the recovery code's key.
    pub recovery_wrap: Base64,
    /// HKDF(recovery code, "recovery/proof"): what a later [`RecoverStartRequest`] must show. The box keeps its SHA-256.
    pub recovery_proof: Base64,
    /// The OpenPGP certificate (binary transferable public key).
    pub certificate: Base64,
    /// The OpenPGP secret key, sealed under the account key.
    pub sealed_secret_key: Base64,
    /// The signature that withdraws that key, sealed under the account key.
    pub sealed_revocation: Base64,
    /// The key for mail at rest; an account without one gets it at a later login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_key: Option<RestKey>,
}

/// First step of login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginStartRequest {
    /// The account's address.
    pub address: EmailAddress,
    /// OPAQUE `KE1` (RFC 9807 §6.1).
    pub ke1: Base64,
}

/// The box's answer to the first step of login; has the same shape for an address that nobody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginStartResponse {
    /// Names the login that has begun, for the second step.
    pub login_id: Base64,
    /// The number of the key stretching, then OPAQUE's `KE2` (RFC 9807 §6.2).
    pub ke2: Base64,
}

/// Second and last step of login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginFinishRequest {
    /// As the first step answered.
    pub login_id: Base64,
    /// OPAQUE `KE3` (RFC 9807 §6.3).
    pub ke3: Base64,
}

/// First step of recovery, for who forgot the passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverStartRequest {
    /// The account's address.
    pub address: EmailAddress,
    /// HKDF(recovery code, "recovery/proof").
    pub recovery_proof: Base64,
    /// OPAQUE `RegistrationRequest` for the new passphrase.
    pub opaque_request: Base64,
}

/// The box's answer to the first step of recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverStartResponse {
    /// The account.
    pub account_id: AccountId,
    /// The account key, wrapped under the recovery code's key.
    pub recovery_wrap: Base64,
    /// OPAQUE `RegistrationResponse` for the new passphrase.
    pub opaque_response: Base64,
}

/// Second and last step of recovery: a new passphrase and a new recovery code replace the old ones, all sessions end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverFinishRequest {
    /// The account's address.
    pub address: EmailAddress,
    /// HKDF(old recovery code, "recovery/proof").
    pub recovery_proof: Base64,
    /// As [`RegisterFinishRequest::opaque_record`], for the new passphrase.
    pub opaque_record: Base64,
    /// The account key, wrapped under the new passphrase's key.
    pub passphrase_wrap: Base64,
    /// The account key, wrapped under the new recovery code's key.
    pub recovery_wrap: Base64,
    /// HKDF(new recovery code, "recovery/proof").
    pub new_recovery_proof: Base64,
}

/// The box has seen that who is signed in has the passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmResponse {
    /// Allows this session to change what opens the account, for a while and as often as it has to: an answer may be lost.
    pub confirmation: Base64,
}

/// First step to another passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseStartRequest {
    /// As [`ConfirmResponse`] gave it. Without it a stolen session could try passphrases here that no counter sees.
    pub confirmation: Base64,
    /// OPAQUE `RegistrationRequest` for the new passphrase.
    pub opaque_request: Base64,
}

/// The box's answer to the first step to another passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseStartResponse {
    /// OPAQUE `RegistrationResponse` for the new passphrase.
    pub opaque_response: Base64,
}

/// Second and last step: another passphrase takes the place of the old one, all other sessions end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseRequest {
    /// As [`ConfirmResponse`] gave it.
    pub confirmation: Base64,
    /// As [`RegisterFinishRequest::opaque_record`], for the new passphrase.
    pub opaque_record: Base64,
    /// The account key, wrapped under the new passphrase's key.
    pub passphrase_wrap: Base64,
}

/// Another recovery code takes the place of the old one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodeRequest {
    /// As [`ConfirmResponse`] gave it.
    pub confirmation: Base64,
    /// The account key, wrapped under the new recovery code's key.
    pub recovery_wrap: Base64,
    /// HKDF(new recovery code, "recovery/proof").
    pub recovery_proof: Base64,
}

/// Whose session it is; `None` where there is no session, or it has ended. To ask is no failure, so nobody is an answer too.
pub type SessionResponse = Option<AccountResponse>;

/// Who this session belongs to, and the wrapped keys that its page opens. Answer to registration, login and recovery, and
/// part of [`SessionResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountResponse {
    /// The account.
    pub account_id: AccountId,
    /// Its address.
    pub address: EmailAddress,
    /// The person's name as others see it.
    pub display_name: String,
    /// The language of what the box writes to this person.
    pub language: Language,
    /// The account key, wrapped under the passphrase's key.
    pub passphrase_wrap: Base64,
    /// The OpenPGP certificates of the account, the current one first.
    pub keys: Vec<OwnKey>,
    /// Its keys for mail at rest, the newest first.
    #[serde(default)]
    pub rest_keys: Vec<RestKey>,
    /// Whether every device of the account can open what is sealed to them.
    #[serde(default)]
    pub rest_in_use: bool,
    /// The box's half of the key that lets a reload open the account without asking (crypto.md "reload without asking").
    pub tab_share: Base64,
    /// The key server that the box may ask about people elsewhere; `None` where it asks none for anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_server: Option<KeyServerUse>,
}

/// A key server that the box may ask about people elsewhere, once the account's owner has agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyServerUse {
    /// Its host.
    pub host: String,
    /// Whether the owner has agreed: the server learns whom the account writes to.
    pub is_agreed: bool,
}

/// Changes what the box knows of the person; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeAccountRequest {
    /// As [`RegisterFinishRequest::language`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// As [`RegisterFinishRequest::display_name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The key server as it was shown, and whether its owner agrees; one that the box does not ask can only be refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_server: Option<KeyServerUse>,
}
