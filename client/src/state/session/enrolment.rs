//! Making an account and recovering one, so that the words of the recovery code are never lost: they are shown only when they are in
//! force, and where the answer to the last request is lost the box is asked.
//!
//! Whoever has lost that answer does not know whether the box has done what it was asked. The passphrase does: if it opens the
//! account now, it was done. Which words are in force nobody can say then (an earlier try may have been the one), so others are made
//! and put in force.

use shared::api::account::Language;
use shared::api::{Base64, EmailAddress, ErrorCode, paths};

use super::Session;
use super::flows::{NewCode, carry};
use crate::platform::time;
use crate::state::Failure;
use crate::worker::protocol::AskError;
use crate::worker::protocol::access::{RecoverFinish, RecoverStart, RegisterFinish, RegisterStart, SecretText};

/// How often the box is asked that does not answer.
const TRIES: u32 = 4;
/// First wait between two tries, milliseconds; each is twice as long as the one before.
const WAIT_MS: u32 = 500;

/// What a new account is made from.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The token of the invitation.
    pub invitation: Base64,
    /// The address.
    pub address: EmailAddress,
    /// The person's name.
    pub display_name: String,
    /// The language.
    pub language: Language,
    /// The passphrase.
    pub passphrase: SecretText,
}

/// What opens an account, if the box did what it was asked: to be kept while nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Perhaps {
    /// The address.
    pub address: EmailAddress,
    /// The passphrase.
    pub passphrase: SecretText,
    /// The language of the words.
    pub language: Language,
}

/// Why there is no account, or none that is known of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEnrolled {
    /// What did not work.
    pub why: Failure,
    /// Whether the box may have done it all the same.
    pub perhaps: bool,
}

/// The account is open. The words of its recovery code, in force, to be shown once; `None` where others could not be put in force.
pub type Enrolled = Option<Vec<String>>;

impl Session {
    /// Makes an account and opens it. `before` is what may have been done by an earlier try.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn register(&self, new: NewAccount, before: Option<Perhaps>) -> Result<Enrolled, NotEnrolled> {
        if let Some(found) = self.found(before.as_ref()).await? {
            return Ok(found);
        }
        match (self.register_anew(new).await, before) {
            // It came to the box after all, between the question and now.
            (Err(failed), Some(before)) if failed.is_taken() => self.find_out(&before).await.map_err(|_| failed),
            (answer, _) => answer,
        }
    }

    async fn register_anew(&self, new: NewAccount) -> Result<Enrolled, NotEnrolled> {
        let NewAccount { invitation, address, display_name, language, passphrase } = new;
        let perhaps = Perhaps { address: address.clone(), passphrase: passphrase.clone(), language };
        let prepared = async {
            let start = RegisterStart { invitation, address, display_name, language, passphrase };
            let response = carry(paths::REGISTER_START, &self.now(start).await?).await?;
            self.now(RegisterFinish { response, now: time::now() }).await
        };
        let registered = prepared.await.map_err(NotEnrolled::certainly)?;
        self.others_leave(Some(&perhaps.address)).await;
        let finished = async { self.enter(carry(paths::REGISTER_FINISH, &registered.request).await?).await };
        self.known(finished.await, registered.recovery_words, &perhaps).await
    }

    /// Gives the account a new passphrase by its recovery code and opens it. `before` as in [`Session::register`].
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn recover(
        &self,
        address: EmailAddress,
        words: SecretText,
        passphrase: SecretText,
        language: Language,
        before: Option<Perhaps>,
    ) -> Result<Enrolled, NotEnrolled> {
        if let Some(found) = self.found(before.as_ref()).await? {
            return Ok(found);
        }
        let perhaps = Perhaps { address: address.clone(), passphrase: passphrase.clone(), language };
        let prepared = async {
            let start = RecoverStart { address, words, passphrase, language };
            let response = carry(paths::RECOVER_START, &self.now(start).await?).await?;
            self.now(RecoverFinish { response }).await
        };
        let recovered = prepared.await.map_err(NotEnrolled::certainly)?;
        self.others_leave(Some(&perhaps.address)).await;
        let finished = async { self.enter(carry(paths::RECOVER_FINISH, &recovered.request).await?).await };
        self.known(finished.await, recovered.recovery_words, &perhaps).await
    }

    /// What an earlier try made after all, where the box says that it did.
    async fn found(&self, before: Option<&Perhaps>) -> Result<Option<Enrolled>, NotEnrolled> {
        let Some(before) = before else { return Ok(None) };
        match self.find_out(before).await {
            Ok(enrolled) => Ok(Some(enrolled)),
            Err(why) if is_wrong(&why) => Ok(None),
            Err(why) => Err(NotEnrolled { why, perhaps: true }),
        }
    }

    /// Asks the box whether it did what it gave no answer to; where it did, the account is open, with other words.
    ///
    /// # Errors
    /// Those of box and worker; `WrongCredentials` where it did not.
    async fn find_out(&self, perhaps: &Perhaps) -> Result<Enrolled, Failure> {
        let Perhaps { address, passphrase, language } = perhaps;
        again_and_again(async || self.sign_in(address.clone(), passphrase.clone()).await).await?;
        let made = again_and_again(async || self.new_recovery_code(passphrase.clone(), *language).await).await;
        let Ok(NewCode { recovery_words, change }) = made else { return Ok(None) };
        // It can be put in force as often as one likes, until there is an answer.
        let in_force = again_and_again(async || self.put_in_force(&change).await).await;
        Ok(in_force.is_ok().then_some(recovery_words))
    }

    async fn known(
        &self,
        finished: Result<(), Failure>,
        words: Vec<String>,
        perhaps: &Perhaps,
    ) -> Result<Enrolled, NotEnrolled> {
        match finished {
            Ok(()) => Ok(Some(words)),
            Err(why @ Failure::Refused(_)) => Err(NotEnrolled::certainly(why)),
            // The answer was lost, or what it says could not be used here.
            Err(why) => self.find_out(perhaps).await.map_err(|_| NotEnrolled { why, perhaps: true }),
        }
    }
}

impl NotEnrolled {
    /// Whether it may have been done after all. Trying again finds that out, with what was typed then.
    #[must_use]
    pub fn is_perhaps(failure: &Option<Self>) -> bool {
        failure.as_ref().is_some_and(|failure| failure.perhaps)
    }

    fn certainly(why: Failure) -> Self {
        Self { why, perhaps: false }
    }

    /// Whether what was wanted is somebody's already.
    fn is_taken(&self) -> bool {
        matches!(self.why.code(), Some(ErrorCode::InvitationGone | ErrorCode::AddressTaken))
    }
}

/// Whether the passphrase opens nothing there; box and worker say it each in its own way.
fn is_wrong(failure: &Failure) -> bool {
    matches!(failure, Failure::Worker(AskError::WrongCredentials))
        || failure.code() == Some(ErrorCode::WrongCredentials)
}

/// Tries something as often as the box does not answer.
async fn again_and_again<T>(act: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut wait = WAIT_MS;
    for _ in 1..TRIES {
        match act().await {
            Err(Failure::Offline) => time::sleep(wait).await,
            answer => return answer,
        }
        wait = wait.saturating_mul(2);
    }
    act().await
}
