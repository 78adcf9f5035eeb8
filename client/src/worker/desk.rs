//! Where a worker's asks are answered. It remembers what an earlier ask began, and the keys of the account that is open.
//!
//! Invariants: nothing is answered by halves: a failure is one of [`AskError`]; a second step uses up its first; whatever begins
//! anew forgets what had begun; no key and no passphrase is in any answer but the sealed and the wrapped.

use rand::{CryptoRng, RngCore};
use shared::access::{
    AccessError, Login, NewAccount, NewPassphrase, Opener, Recovery, Registration, TabKey as AccessTabKey, Unlocked,
    login_start, recover_start, register_start, unlock_tab,
};
use shared::api::account::{
    Language, LoginFinishRequest, LoginStartRequest, PassphraseRequest, PassphraseStartRequest, RecoverStartRequest,
    RegisterStartRequest,
};
use shared::vault::words::InvalidWords;
use shared::vault::{InvalidPassphrase, Passphrase, RecoveryCode, TabSecret};

use super::letters::{self, Letters, packed};
use super::open;
use super::parcel::Parcel;
use super::protocol::access::*;
use super::protocol::{AnyAsk, AskError};
use crate::platform::buffer::Buffer;
use crate::platform::carried::{Carried, InvalidJson};

/// A worker's desk.
#[derive(Debug)]
pub struct Desk<R> {
    begun: Option<Begun>,
    account: Option<Unlocked>,
    letters: Option<Letters<R>>,
    rng: R,
}

/// What waits for its second step.
#[derive(Debug)]
enum Begun {
    Registration(Box<Registration>),
    Login(Box<Login>),
    Recovery(Box<Recovery>, Language),
    Opener(Box<Opener>),
    Passphrase(Box<NewPassphrase>),
}

impl<R: RngCore + CryptoRng> Desk<R> {
    /// An empty desk, at which nothing can be done with letters yet.
    #[must_use]
    pub fn new(rng: R) -> Self {
        Self { begun: None, account: None, letters: None, rng }
    }

    /// What is done with letters can be done from now on.
    pub fn bring(&mut self, letters: Letters<R>) {
        self.letters = Some(letters);
    }

    /// Whether an ask is about letters, and what is done with them is not there.
    #[must_use]
    pub fn lacks(&self, ask: &AnyAsk) -> bool {
        self.letters.is_none() && letters::are_asked(ask)
    }

    /// Answers an ask: a parcel of `Result<Answer, AskError>`.
    #[must_use]
    pub fn answer(&mut self, ask: Parcel) -> Parcel {
        match ask.unpack() {
            Ok(ask) => self.answer_any(ask),
            Err(_) => packed(Err::<(), _>(AskError::Unexpected)),
        }
    }

    /// Whether it remembers something that a second step needs.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// As [`Self::answer`].
    #[must_use]
    pub fn answer_any(&mut self, ask: AnyAsk) -> Parcel {
        match ask {
            AnyAsk::RegisterStart(ask) => packed(self.register_start(ask)),
            AnyAsk::RegisterFinish(ask) => packed(self.register_finish(&ask)),
            AnyAsk::LoginStart(ask) => packed(self.login_start(ask)),
            AnyAsk::LoginFinish(ask) => packed(self.login_finish(&ask)),
            AnyAsk::RecoverStart(ask) => packed(self.recover_start(ask)),
            AnyAsk::RecoverFinish(ask) => packed(self.recover_finish(&ask)),
            AnyAsk::Unlock(ask) => packed(self.unlock(&ask)),
            AnyAsk::UnlockTab(ask) => packed(self.unlock_tab(&ask)),
            AnyAsk::PassphraseStart(ask) => packed(self.passphrase_start(&ask)),
            AnyAsk::PassphraseFinish(ask) => packed(self.passphrase_finish(&ask)),
            AnyAsk::MakeRecoveryCode(ask) => packed(self.make_recovery_code(&ask)),
            AnyAsk::ExportKey(ask) => packed(self.export_key(&ask)),
            AnyAsk::MakeDevicePassword(ask) => packed(self.make_device_password(ask)),
            AnyAsk::OpenSummaries(ask) => packed(self.open().map(|(account, _)| open::summaries(account, &ask))),
            ask => match self.letters {
                Some(answer) => answer(self.account.as_ref(), &mut self.rng, ask),
                None => packed(Err::<(), _>(AskError::NoWorker)),
            },
        }
    }

    fn register_start(&mut self, ask: RegisterStart) -> Result<Carried<RegisterStartRequest>, AskError> {
        let RegisterStart { invitation, address, display_name, language, passphrase } = ask;
        let new = NewAccount { invitation, address, display_name, language };
        let (registration, request) = register_start(new, checked(&passphrase)?, &mut self.rng)?;
        self.begin(Begun::Registration(Box::new(registration)));
        Ok(Carried::write(&request)?)
    }

    fn register_finish(&mut self, ask: &RegisterFinish) -> Result<Registered, AskError> {
        let Some(Begun::Registration(registration)) = self.begun.take() else { return Err(AskError::Unexpected) };
        let done = registration.finish(&ask.response.read()?, ask.now, &mut self.rng)?;
        self.begin(Begun::Opener(Box::new(done.opener)));
        Ok(Registered { request: Carried::write(&done.request)?, recovery_words: done.recovery_words.expose().clone() })
    }

    fn login_start(&mut self, ask: LoginStart) -> Result<Carried<LoginStartRequest>, AskError> {
        // A passphrase that no account can have is a wrong one.
        let passphrase = checked(&ask.passphrase).map_err(|_| AskError::WrongCredentials)?;
        let (login, request) = login_start(ask.address, passphrase, &mut self.rng)?;
        self.begin(Begun::Login(Box::new(login)));
        Ok(Carried::write(&request)?)
    }

    fn login_finish(&mut self, ask: &LoginFinish) -> Result<Carried<LoginFinishRequest>, AskError> {
        let Some(Begun::Login(login)) = self.begun.take() else { return Err(AskError::Unexpected) };
        let (request, opener) = login.finish(&ask.response.read()?, &mut self.rng)?;
        self.begin(Begun::Opener(Box::new(opener)));
        Ok(Carried::write(&request)?)
    }

    fn recover_start(&mut self, ask: RecoverStart) -> Result<Carried<RecoverStartRequest>, AskError> {
        let code = RecoveryCode::parse(ask.words.expose()).map_err(wrong_code)?;
        let (recovery, request) = recover_start(ask.address, code, checked(&ask.passphrase)?, &mut self.rng)?;
        self.begin(Begun::Recovery(Box::new(recovery), ask.language));
        Ok(Carried::write(&request)?)
    }

    fn recover_finish(&mut self, ask: &RecoverFinish) -> Result<Recovered, AskError> {
        let Some(Begun::Recovery(recovery, language)) = self.begun.take() else { return Err(AskError::Unexpected) };
        let done = recovery.finish(&ask.response.read()?, language, &mut self.rng)?;
        self.begin(Begun::Opener(Box::new(done.opener)));
        Ok(Recovered { request: Carried::write(&done.request)?, recovery_words: done.recovery_words.expose().clone() })
    }

    fn unlock(&mut self, ask: &Unlock) -> Result<TabKey, AskError> {
        let Some(Begun::Opener(opener)) = self.begun.take() else { return Err(AskError::Unexpected) };
        let account = ask.account.read()?;
        let unlocked = opener.open(&account)?;
        let AccessTabKey { secret, wrapped } = unlocked.tab_key(&account, &mut self.rng);
        self.account = Some(unlocked);
        Ok(TabKey { secret: SecretText::from(secret.to_text().expose().clone()), wrapped })
    }

    fn unlock_tab(&mut self, ask: &UnlockTab) -> Result<(), AskError> {
        let secret: TabSecret = ask.tab_key.secret.expose().parse().map_err(|_| AskError::TabKeyGone)?;
        let tab_key = AccessTabKey { secret, wrapped: ask.tab_key.wrapped.clone() };
        self.account = Some(unlock_tab(&ask.account.read()?, &tab_key)?);
        Ok(())
    }

    fn passphrase_start(&mut self, ask: &PassphraseStart) -> Result<Carried<PassphraseStartRequest>, AskError> {
        let passphrase = checked(&ask.passphrase)?;
        let (account, rng) = self.open()?;
        let (change, request) = account.passphrase_start(ask.confirmed.read()?, passphrase, rng)?;
        self.begin(Begun::Passphrase(Box::new(change)));
        Ok(Carried::write(&request)?)
    }

    fn passphrase_finish(&mut self, ask: &PassphraseFinish) -> Result<Carried<PassphraseRequest>, AskError> {
        let Some(Begun::Passphrase(change)) = self.begun.take() else { return Err(AskError::Unexpected) };
        Ok(Carried::write(&change.finish(&ask.response.read()?, &mut self.rng)?)?)
    }

    fn make_recovery_code(&mut self, ask: &MakeRecoveryCode) -> Result<MadeRecoveryCode, AskError> {
        // The login that showed the passphrase is over.
        self.begun = None;
        let (account, rng) = self.open()?;
        let made = account.recovery_code(ask.confirmed.read()?, ask.language, rng);
        Ok(MadeRecoveryCode { request: Carried::write(&made.request)?, recovery_words: made.words.expose().clone() })
    }

    fn export_key(&mut self, ask: &ExportKey) -> Result<Buffer, AskError> {
        let passphrase = checked(&ask.passphrase)?;
        let (account, rng) = self.open()?;
        Ok(account.export_key(&passphrase, rng)?.into_bytes().into())
    }

    fn make_device_password(&mut self, ask: MakeDevicePassword) -> Result<MadeDevicePassword, AskError> {
        let (account, rng) = self.open()?;
        let (request, password) = account.device_password(ask.name, ask.opened, rng);
        let request = Carried::write(&request)?;
        Ok(MadeDevicePassword { request, password: SecretText::from(password.to_text().expose().clone()) })
    }

    fn open(&mut self) -> Result<(&Unlocked, &mut R), AskError> {
        self.account.as_ref().map(|account| (account, &mut self.rng)).ok_or(AskError::Locked)
    }

    fn begin(&mut self, begun: Begun) {
        self.begun = Some(begun);
    }
}

fn checked(passphrase: &SecretText) -> Result<Passphrase, AskError> {
    Passphrase::new(passphrase.expose()).map_err(|error| match error {
        InvalidPassphrase::TooShort => AskError::PassphraseTooShort,
        InvalidPassphrase::TooLong => AskError::PassphraseTooLong,
        InvalidPassphrase::ControlCharacter => AskError::PassphraseControlCharacter,
    })
}

fn wrong_code(error: InvalidWords) -> AskError {
    match error {
        InvalidWords::WordCount(count) => AskError::RecoveryWordCount(count),
        InvalidWords::UnknownWord(place) => AskError::RecoveryWord(place),
        InvalidWords::Checksum => AskError::RecoveryChecksum,
    }
}

impl From<InvalidJson> for AskError {
    fn from(_: InvalidJson) -> Self {
        Self::Unexpected
    }
}

impl From<AccessError> for AskError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::WrongCredentials => Self::WrongCredentials,
            AccessError::Malformed | AccessError::Newer(_) => Self::Unexpected,
            AccessError::KeysDamaged => Self::KeysDamaged,
            AccessError::TabKeyGone => Self::TabKeyGone,
            AccessError::OutOfMemory | AccessError::Key(_) => Self::Internal,
        }
    }
}
