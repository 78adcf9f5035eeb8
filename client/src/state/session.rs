//! Who is signed in, and whether the account is open.

use leptos::prelude::*;
use shared::api::account::{InvitationResponse, Language};
use shared::api::{Base64, EmailAddress};

use super::Failure;
use crate::worker::protocol::access::SecretText;

/// What the page can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is not known yet whether somebody is signed in.
    Starting,
    /// Nobody is.
    SignedOut,
    /// Somebody is, but the keys are not here: the passphrase is needed.
    Locked(Account),
    /// Mail can be read and written.
    Open(Account),
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The address.
    pub address: EmailAddress,
    /// The person's name; may be empty.
    pub display_name: String,
    /// The language that the account was made with.
    pub language: Language,
}

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

/// The session.
#[derive(Clone, Copy)]
pub struct Session {
    phase: RwSignal<Phase>,
}

/// Provides the session and starts to find out whether somebody is signed in; the workers start after the first paint.
pub fn provide_session() {
    provide_context(Session { phase: RwSignal::new(Phase::Starting) });
}

/// The session.
#[must_use]
pub fn use_session() -> Session {
    expect_context()
}

impl Session {
    /// What the page can show.
    #[must_use]
    pub fn phase(&self) -> Signal<Phase> {
        self.phase.into()
    }

    /// Whose session it is, where there is one.
    #[must_use]
    pub fn account(&self) -> Memo<Option<Account>> {
        todo!()
    }

    /// Asks whether an invitation is still good.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn invitation(&self, token: Base64) -> Result<InvitationResponse, Failure> {
        todo!("{token:?}")
    }

    /// Makes an account and opens it; answers with the words of the recovery code, which are shown once.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn register(&self, new: NewAccount) -> Result<Vec<String>, Failure> {
        todo!("{new:?}")
    }

    /// Signs in and opens the account. Also what opens a locked account.
    ///
    /// # Errors
    /// Those of box and worker; wrong address or passphrase is `AskError::WrongCredentials` or
    /// `ErrorCode::WrongCredentials`, to be shown alike.
    pub async fn sign_in(&self, address: EmailAddress, passphrase: SecretText) -> Result<(), Failure> {
        todo!("{address:?} {passphrase:?}")
    }

    /// Gives the account a new passphrase by its recovery code and opens it; answers with the words of the new code.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn recover(
        &self,
        address: EmailAddress,
        words: SecretText,
        passphrase: SecretText,
        language: Language,
    ) -> Result<Vec<String>, Failure> {
        todo!("{address:?} {words:?} {passphrase:?} {language:?}")
    }

    /// Forgets the keys; the passphrase opens the account again.
    pub fn lock(&self) {
        todo!()
    }

    /// Ends the session, here and on the box.
    pub fn sign_out(&self) {
        todo!()
    }
}
