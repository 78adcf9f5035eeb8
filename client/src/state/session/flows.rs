//! The ways in, and what is changed about them: an invitation, signing in, another passphrase, another recovery code. Making an
//! account and recovering one are in `enrolment`.
//!
//! The session's cookie belongs to the whole browser. Before a way in gives it another one, tabs in which another account is open
//! save what is being written and leave: what they sent afterwards would be filed in the wrong mailbox. They do only when the secret
//! that was typed has proved right here: a mistake closes nothing.

use leptos::prelude::*;
use shared::api::account::{
    BoxResponse, ConfirmResponse, InvitationAddressRequest, InvitationRequest, InvitationResponse, Language,
    PassphraseRequest, RecoveryCodeRequest,
};
use shared::api::{Base64, EmailAddress, paths};

use super::Session;
use crate::platform::carried::Carried;
use crate::platform::http;
use crate::state::Failure;
use crate::worker::protocol::AskError;
use crate::worker::protocol::access::{
    LoginFinish, LoginStart, MadeRecoveryCode, MakeRecoveryCode, PassphraseFinish, PassphraseStart, SecretText,
};

/// A change of what opens the account, ready to be put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another passphrase.
    Passphrase(Carried<PassphraseRequest>),
    /// Another recovery code.
    RecoveryCode(Carried<RecoveryCodeRequest>),
}

/// Another recovery code, not in force yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCode {
    /// Its words.
    pub recovery_words: Vec<String>,
    /// What puts it in force.
    pub change: Change,
}

impl Session {
    /// Asks whether an invitation is still good.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn invitation(&self, token: Base64) -> Result<InvitationResponse, Failure> {
        Ok(http::post(paths::INVITATION, &InvitationRequest { token }).await?)
    }

    /// The domain of the box's addresses.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn domain(&self) -> Result<String, Failure> {
        Ok(http::get::<BoxResponse>(paths::BOX).await?.domain)
    }

    /// Asks whether the guest of an invitation may have an address.
    ///
    /// # Errors
    /// Those of the box: `AddressTaken` and `AddressNotHere` among them.
    pub async fn may_have(&self, token: Base64, address: EmailAddress) -> Result<(), Failure> {
        Ok(http::tell(paths::INVITATION_ADDRESS, &InvitationAddressRequest { token, address }).await?)
    }

    /// Signs in and opens the account. Also what opens a locked account.
    ///
    /// # Errors
    /// Those of box and worker; wrong address or passphrase is `AskError::WrongCredentials` or
    /// `ErrorCode::WrongCredentials`, to be shown alike.
    pub async fn sign_in(&self, address: EmailAddress, passphrase: SecretText) -> Result<(), Failure> {
        let whose = address.clone();
        let request = self.now(LoginStart { address, passphrase }).await?;
        let response = carry(paths::LOGIN_START, &request).await?;
        let request = self.now(LoginFinish { response }).await?;
        self.others_leave(Some(&whose)).await;
        let account = carry(paths::LOGIN_FINISH, &request).await?;
        self.enter(account).await
    }

    /// Prepares another passphrase; nothing is changed by it yet.
    ///
    /// # Errors
    /// Those of box and worker; a wrong present passphrase is told as by [`Session::sign_in`].
    pub async fn new_passphrase(&self, present: SecretText, new: SecretText) -> Result<Change, Failure> {
        let confirmed = self.confirm(present).await?;
        let request = self.now(PassphraseStart { confirmed, passphrase: new }).await?;
        let response = self.heard(http::post_json(paths::PASSPHRASE_START, request.json()).await)?;
        let request = self.now(PassphraseFinish { response: Carried::from_json(response) }).await?;
        Ok(Change::Passphrase(request))
    }

    /// Makes another recovery code; nothing is changed by it yet.
    ///
    /// # Errors
    /// As [`Session::new_passphrase`].
    pub async fn new_recovery_code(&self, passphrase: SecretText, language: Language) -> Result<NewCode, Failure> {
        let confirmed = self.confirm(passphrase).await?;
        let made = self.now(MakeRecoveryCode { confirmed, language }).await?;
        let MadeRecoveryCode { request, recovery_words } = made;
        Ok(NewCode { recovery_words, change: Change::RecoveryCode(request) })
    }

    /// Puts a change in force. Where no answer comes it may be in force or not; it can be put in force again.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn put_in_force(&self, change: &Change) -> Result<(), Failure> {
        let answer = match change {
            Change::Passphrase(request) => http::post_json(paths::PASSPHRASE, request.json()).await,
            Change::RecoveryCode(request) => http::post_json(paths::RECOVERY_CODE, request.json()).await,
        };
        self.heard(answer).map(|_| ())
    }

    /// Shows the box the passphrase of the account that is open.
    pub(in crate::state) async fn confirm(&self, passphrase: SecretText) -> Result<Carried<ConfirmResponse>, Failure> {
        let account = self.account.get_untracked().ok_or(AskError::Locked)?;
        let request = self.now(LoginStart { address: account.address, passphrase }).await?;
        let response = carry(paths::LOGIN_START, &request).await?;
        let request = self.now(LoginFinish { response }).await?;
        let answer = http::post_json(paths::CONFIRM, request.json()).await;
        Ok(Carried::from_json(self.heard(answer)?))
    }
}

/// Posts what a worker wrote and carries the answer back.
pub(super) async fn carry<B, T>(path: &str, body: &Carried<B>) -> Result<Carried<T>, Failure> {
    Ok(Carried::from_json(http::post_json(path, body.json()).await?))
}
