//! Who is signed in, and whether the account is open.
//!
//! A reload asks nothing: the tab keeps its half of a key in its session storage, the box keeps the other half with the
//! session. Locking drops the tab's half and ends the workers; the passphrase opens the account again.
//!
//! Invariants: whenever [`Phase::Open`] ends, so have the workers that held keys; before it ends by the person's wish or by
//! idleness, what is being written is saved; a request that hears that there is no session ends it here too.

use std::rc::Rc;

use futures_util::future::{LocalBoxFuture, join_all, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::api::account::{AccountResponse, ChangeAccountRequest, InvitationRequest, InvitationResponse, Language};
use shared::api::{Base64, EmailAddress, paths};

use super::Failure;
use super::shown::Shown;
use crate::platform::carried::Carried;
use crate::platform::http::{self, HttpError};
use crate::platform::storage::Store;
use crate::platform::{page, time};
use crate::worker::pool::Pool;
use crate::worker::protocol::access::{
    LoginFinish, LoginStart, RecoverFinish, RecoverStart, RegisterFinish, RegisterStart, SecretText, TabKey, Unlock,
    UnlockTab,
};
use crate::worker::protocol::{Ask, AskError, Priority};

/// Where the tab's key lies in its session storage.
const TAB_KEY: &str = "tab-key";
/// First wait before the box is asked again that could not be reached at the start, milliseconds.
const RETRY_MS: u32 = 1_000;
/// Longest such wait, milliseconds.
const RETRY_MAX_MS: u32 = 30_000;
/// Longest wait for what is being written to be saved before the session ends, milliseconds.
const SAVING_MS: u32 = 5_000;

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

/// Whose session it is: what the page reads of an [`AccountResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The address.
    pub address: EmailAddress,
    /// The person's name; may be empty.
    pub display_name: String,
    /// The language in which the box writes to the person.
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

/// Saves what is being written.
type Saver = Rc<dyn Fn() -> LocalBoxFuture<'static, ()>>;

/// The session.
#[derive(Clone, Copy)]
pub struct Session {
    phase: Shown<Phase>,
    trouble: Shown<Option<Failure>>,
    account: Memo<Option<Account>>,
    is_open: Memo<bool>,
    pool: StoredValue<Pool, LocalStorage>,
    savers: StoredValue<Vec<Saver>, LocalStorage>,
}

/// Provides the session and starts to find out whether somebody is signed in; the workers start after the first paint.
pub fn provide_session() {
    let phase = Shown::new(Phase::Starting);
    let session = Session {
        phase,
        trouble: Shown::default(),
        account: Memo::new(move |_| phase.with(|phase| phase.account().cloned())),
        is_open: Memo::new(move |_| phase.with(|phase| matches!(phase, Phase::Open(_)))),
        pool: StoredValue::new_local(Pool::default()),
        savers: StoredValue::new_local(Vec::new()),
    };
    provide_context(session);
    spawn_local(async move {
        session.resume().await;
    });
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
        self.phase.readers()
    }

    /// What keeps the phase at [`Phase::Starting`]; it is tried again by itself.
    #[must_use]
    pub fn trouble(&self) -> Signal<Option<Failure>> {
        self.trouble.readers()
    }

    /// Whose session it is, where there is one.
    #[must_use]
    pub fn account(&self) -> Memo<Option<Account>> {
        self.account
    }

    /// Whether mail can be read and written.
    #[must_use]
    pub fn is_open(&self) -> Memo<bool> {
        self.is_open
    }

    /// Asks whether an invitation is still good.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn invitation(&self, token: Base64) -> Result<InvitationResponse, Failure> {
        Ok(http::post(paths::INVITATION, &InvitationRequest { token }).await?)
    }

    /// Makes an account and opens it; answers with the words of the recovery code, which are shown once.
    ///
    /// # Errors
    /// Those of box and worker.
    pub async fn register(&self, new: NewAccount) -> Result<Vec<String>, Failure> {
        let NewAccount { invitation, address, display_name, language, passphrase } = new;
        let request = self.now(RegisterStart { invitation, address, display_name, language, passphrase }).await?;
        let response = carry(paths::REGISTER_START, &request).await?;
        let registered = self.now(RegisterFinish { response, now: time::now() }).await?;
        let account = carry(paths::REGISTER_FINISH, &registered.request).await?;
        self.enter(account).await?;
        Ok(registered.recovery_words)
    }

    /// Signs in and opens the account. Also what opens a locked account.
    ///
    /// # Errors
    /// Those of box and worker; wrong address or passphrase is `AskError::WrongCredentials` or
    /// `ErrorCode::WrongCredentials`, to be shown alike.
    pub async fn sign_in(&self, address: EmailAddress, passphrase: SecretText) -> Result<(), Failure> {
        let request = self.now(LoginStart { address, passphrase }).await?;
        let response = carry(paths::LOGIN_START, &request).await?;
        let request = self.now(LoginFinish { response }).await?;
        let account = carry(paths::LOGIN_FINISH, &request).await?;
        self.enter(account).await
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
        let request = self.now(RecoverStart { address, words, passphrase, language }).await?;
        let response = carry(paths::RECOVER_START, &request).await?;
        let recovered = self.now(RecoverFinish { response }).await?;
        let account = carry(paths::RECOVER_FINISH, &recovered.request).await?;
        self.enter(account).await?;
        Ok(recovered.recovery_words)
    }

    /// Saves what is being written and forgets the keys; the passphrase opens the account again.
    pub fn lock(&self) {
        let session = *self;
        spawn_local(async move {
            session.save_all().await;
            session.forget_keys();
            session.phase.update(|phase| {
                if let Phase::Open(account) = phase {
                    *phase = Phase::Locked(account.clone());
                }
            });
        });
    }

    /// Saves what is being written and ends the session, here and on the box.
    pub fn sign_out(&self) {
        let session = *self;
        spawn_local(async move {
            session.save_all().await;
            // A box that cannot be reached ends the session by its age; here it ends now.
            let _ = http::knock(paths::LOGOUT).await;
            session.ended();
        });
    }

    /// Has the box write to the account's owner in this language. Where it cannot be told now, it is at the next opening.
    pub(super) fn tell_language(&self, language: Language) {
        let session = *self;
        spawn_local(async move {
            let _ = session.heard(http::patch(paths::ACCOUNT, &ChangeAccountRequest { language }).await);
        });
    }

    /// Asks a worker.
    pub(super) async fn ask<A: Ask>(&self, ask: A, priority: Priority) -> Result<A::Answer, Failure> {
        Ok(self.pool.get_value().ask(ask, priority).await?)
    }

    /// Passes on what the box answered, and notices when it said that the session has ended.
    pub(super) fn heard<T>(&self, answer: Result<T, HttpError>) -> Result<T, Failure> {
        answer.map_err(Failure::from).inspect_err(|failure| {
            if failure.is_signed_out() {
                self.ended();
            }
        })
    }

    /// The session has ended: nothing of it stays.
    pub(super) fn ended(&self) {
        match self.phase.get_untracked() {
            Phase::Open(_) => self.forget_keys(),
            Phase::Locked(_) => {}
            // Told late, about a session that is over already; what has begun since goes on.
            Phase::Starting | Phase::SignedOut => return,
        }
        self.phase.set(Phase::SignedOut);
    }

    /// Has something saved before the session ends by the person's wish or by idleness.
    pub(super) fn save_before_end(&self, saver: impl Fn() -> LocalBoxFuture<'static, ()> + 'static) {
        self.savers.update_value(|savers| savers.push(Rc::new(saver)));
    }

    async fn now<A: Ask>(&self, ask: A) -> Result<A::Answer, Failure> {
        self.ask(ask, Priority::Now).await
    }

    /// Opens the account after the last step of a flow.
    async fn enter(&self, account: Carried<AccountResponse>) -> Result<(), Failure> {
        let tab_key = self.now(Unlock { account: account.clone() }).await?;
        if let Ok(text) = serde_json::to_string(&tab_key) {
            Store::Tab.set(TAB_KEY, &text);
        }
        self.open(account, tab_key).await
    }

    async fn open(&self, account: Carried<AccountResponse>, tab_key: TabKey) -> Result<(), Failure> {
        let whose: Account = glance(&account)?;
        self.pool.get_value().open(UnlockTab { account, tab_key }).await?;
        self.phase.set(Phase::Open(whose));
        Ok(())
    }

    /// Finds out whether somebody is signed in, and opens the account where the tab has its key.
    async fn resume(&self) {
        let pool = self.pool.get_value();
        spawn_local(async move {
            page::after_paint().await;
            pool.warm();
        });
        let mut wait = RETRY_MS;
        let (whose, account) = loop {
            match who_is_signed_in().await {
                Ok(Some(found)) => break found,
                Ok(None) => return self.ended_unless_begun(),
                Err(failure) => self.trouble.set(Some(failure)),
            }
            if !self.is_starting() {
                return;
            }
            time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(RETRY_MAX_MS);
        };
        self.trouble.set(None);
        let tab_key = Store::Tab.get(TAB_KEY).and_then(|text| serde_json::from_str(&text).ok());
        let opened = match tab_key {
            Some(tab_key) => self.open(account, tab_key).await.is_ok(),
            None => false,
        };
        if !opened && self.is_starting() {
            self.forget_keys();
            self.phase.set(Phase::Locked(whose));
        }
    }

    fn is_starting(&self) -> bool {
        self.phase.with_untracked(|phase| *phase == Phase::Starting)
    }

    /// The answer that nobody is signed in counts only while nobody has signed in since the question.
    fn ended_unless_begun(&self) {
        if self.is_starting() {
            Store::Tab.remove(TAB_KEY);
            self.phase.set(Phase::SignedOut);
        }
    }

    fn forget_keys(&self) {
        Store::Tab.remove(TAB_KEY);
        let pool = self.pool.get_value();
        pool.lock();
        pool.warm();
    }

    async fn save_all(&self) {
        let saving = self.savers.with_value(|savers| join_all(savers.iter().map(|saver| saver())));
        select(saving, Box::pin(time::sleep(SAVING_MS))).await;
    }
}

impl Phase {
    /// Whose session it is, where there is one.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Starting | Self::SignedOut => None,
            Self::Locked(account) | Self::Open(account) => Some(account),
        }
    }
}

/// Posts what a worker wrote and carries the answer back.
async fn carry<B, T>(path: &str, body: &Carried<B>) -> Result<Carried<T>, Failure> {
    Ok(Carried::from_json(http::post_json(path, body.json()).await?))
}

/// Whose session it is, and what a worker needs to open the account; `None` where nobody is signed in.
pub(super) async fn who_is_signed_in() -> Result<Option<(Account, Carried<AccountResponse>)>, Failure> {
    let account = Carried::from_json(http::get_json(paths::SESSION).await?);
    Ok(glance::<Option<Account>>(&account)?.map(|whose| (whose, account)))
}

fn glance<U: DeserializeOwned>(account: &Carried<AccountResponse>) -> Result<U, Failure> {
    account.glance().map_err(|_| Failure::from(AskError::Unexpected))
}
