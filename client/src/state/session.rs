//! Who is signed in, and whether the account is open.
//!
//! A reload asks nothing: the tab keeps its half of a key in its session storage, the box keeps the other half with the
//! session. Locking drops the tab's half and ends the workers; the passphrase opens the account again. `flows` are the ways in
//! and what is changed about them, `enrolment` how an account is made and recovered, `tabs` is what the tabs of one browser have to do with each other.
//!
//! Invariants: whenever [`Phase::Open`] ends, so have the workers that held keys; before it ends, by the person's wish, in this
//! tab or another, by idleness or because the box says so, what is being written is saved, or sealed while there are keys; a request
//! that hears that there is no session ends it here too.

mod enrolment;
mod flows;
mod tabs;

pub use enrolment::{Enrolled, NewAccount, NotEnrolled, Perhaps};
pub use flows::{Change, NewCode};
pub use tabs::Elsewhere;

use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, join, join_all, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::api::account::{AccountResponse, ChangeAccountRequest, KeyServerUse, Language};
use shared::api::{EmailAddress, paths};

use self::tabs::{Tabs, Word};
use super::Failure;
use super::shown::Shown;
use crate::platform::buffer::Buffer;
use crate::platform::carried::Carried;
use crate::platform::http::{self, HttpError};
use crate::platform::storage::Store;
use crate::platform::{page, time};
use crate::worker::pool::Pool;
use crate::worker::protocol::access::{TabKey, Unlock, UnlockTab};
use crate::worker::protocol::keys::WithdrawalFile;
use crate::worker::protocol::{Ask, AskError, Priority};

/// Where the tab's key lies in its session storage.
const TAB_KEY: &str = "tab-key";
/// First wait before the box is asked again that could not be reached at the start, milliseconds.
const RETRY_MS: u32 = 1_000;
/// Longest such wait, milliseconds.
const RETRY_MAX_MS: u32 = 30_000;
/// Longest wait for what is being written to be saved before the session ends, milliseconds.
pub(super) const SAVING_MS: u32 = 5_000;
/// Longest wait before it ends in any case, milliseconds: some more, for what could not be saved to be sealed here.
const CLOSING_MS: u32 = 3 * SAVING_MS;

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
    /// The key server that the box may ask, and whether the person agreed.
    #[serde(default)]
    pub key_server: Option<KeyServerUse>,
}

/// What became of what was being written when the mailbox closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// Nothing was.
    #[default]
    Nothing,
    /// All of it is saved.
    All,
    /// What could not be saved is held in this tab, sealed, until the mailbox is open again.
    Held,
    /// Some of it could not be saved in time.
    NotAll,
}

/// What the door says about the mailbox that was open before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Who closed it; `None` where that was wished for in this tab.
    pub by: Option<Elsewhere>,
    /// What became of what was being written.
    pub kept: Kept,
}

/// Saves what is being written.
type Saver = Rc<dyn Fn() -> LocalBoxFuture<'static, Kept>>;

/// The session.
#[derive(Clone, Copy)]
pub struct Session {
    phase: Shown<Phase>,
    trouble: Shown<Option<Failure>>,
    account: Memo<Option<Account>>,
    is_open: Memo<bool>,
    pool: StoredValue<Pool, LocalStorage>,
    savers: StoredValue<Vec<Saver>, LocalStorage>,
    farewell: Shown<Option<Farewell>>,
    closing: Shown<bool>,
    /// Whether somebody has just come in by a door, which had the focus.
    has_entered: StoredValue<bool>,
    /// Whether the person has asked for the session to end; what ends it then is no news.
    is_leaving: StoredValue<bool>,
    /// Whether it is being closed because the box said that it is over.
    is_ending: StoredValue<bool>,
    tabs: Tabs,
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
        farewell: Shown::default(),
        has_entered: StoredValue::new(false),
        closing: Shown::default(),
        is_leaving: StoredValue::new(false),
        is_ending: StoredValue::new(false),
        tabs: Tabs::default(),
    };
    provide_context(session);
    session.listen_to_tabs();
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

    /// What there is to say about the mailbox that was open here before, until one is open again.
    #[must_use]
    pub fn farewell(&self) -> Signal<Option<Farewell>> {
        self.farewell.readers()
    }

    /// Whether somebody has just come in by a door; once.
    #[must_use]
    pub fn take_entered(&self) -> bool {
        self.has_entered.try_update_value(std::mem::take).unwrap_or_default()
    }

    /// Saves what is being written and forgets the keys, in all tabs; the passphrase opens the account again.
    pub fn lock(&self) {
        self.tabs.say(&Word::Lock);
        self.lock_here(None);
    }

    /// The same in this tab alone.
    pub(super) fn lock_here(&self, by: Option<Elsewhere>) {
        let session = *self;
        spawn_local(async move {
            let kept = session.save_all().await;
            session.close(Phase::Locked, Farewell { by, kept });
        });
    }

    /// Whether what is being written is being saved because the mailbox closes.
    #[must_use]
    pub fn closing(&self) -> Signal<bool> {
        self.closing.readers()
    }

    /// Saves what is being written, in all tabs, and ends the session, here and on the box.
    pub fn sign_out(&self) {
        let session = *self;
        session.is_leaving.set_value(true);
        spawn_local(async move {
            let (kept, ()) = join(session.save_all(), session.others_leave(None)).await;
            // A box that cannot be reached ends the session by its age; here it ends now.
            let _ = http::knock(paths::LOGOUT).await;
            session.close(|_| Phase::SignedOut, Farewell { by: None, kept });
            session.is_leaving.set_value(false);
        });
    }

    /// Has the box write to the account's owner in this language. Where it cannot be told now, it is at the next opening.
    pub(super) fn tell_language(&self, language: Language) {
        let session = *self;
        let request = ChangeAccountRequest { language: Some(language), ..ChangeAccountRequest::default() };
        spawn_local(async move {
            let _ = session.heard(http::patch(paths::ACCOUNT, &request).await);
        });
    }

    /// Gives the account's owner another name, as others see it. It holds here at once, and wherever else the mailbox is open as soon as
    /// the box has told.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn rename(&self, display_name: String) -> Result<(), Failure> {
        let request = ChangeAccountRequest { display_name: Some(display_name), ..ChangeAccountRequest::default() };
        self.heard(http::patch(paths::ACCOUNT, &request).await)?;
        self.open_anew().await
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

    /// The session has ended: nothing of it stays. What was being written is held as long as there are keys to seal it with.
    pub(super) fn ended(&self) {
        // Saving tries the box once more, and hears the same.
        if self.is_ending.get_value() {
            return;
        }
        let session = *self;
        let by = (!session.is_leaving.get_value()).then_some(Elsewhere::Ended);
        if !session.is_open.get_untracked() {
            return session.close(|_| Phase::SignedOut, Farewell { by, kept: Kept::Nothing });
        }
        session.is_ending.set_value(true);
        spawn_local(async move {
            let kept = session.save_all().await;
            session.close(|_| Phase::SignedOut, Farewell { by, kept });
            session.is_ending.set_value(false);
        });
    }

    /// Has something saved before the session ends.
    pub(super) fn save_before_end(&self, saver: impl Fn() -> LocalBoxFuture<'static, Kept> + 'static) {
        self.savers.update_value(|savers| savers.push(Rc::new(saver)));
    }

    async fn now<A: Ask>(&self, ask: A) -> Result<A::Answer, Failure> {
        self.ask(ask, Priority::Now).await
    }

    /// What withdraws the account's key, as a file.
    ///
    /// # Errors
    /// Those of the worker.
    pub async fn withdrawal_file(&self) -> Result<Buffer, Failure> {
        self.now(WithdrawalFile { now: time::now() }).await
    }

    /// Has the workers open the account anew, because it has other keys or another name.
    pub(super) async fn open_anew(&self) -> Result<(), Failure> {
        let key = Store::Tab.get(TAB_KEY).as_deref().and_then(read_key);
        let Some((whose, account)) = who_is_signed_in().await? else { return Err(AskError::Locked.into()) };
        let tab_key = key.filter(|_| self.is_open.get_untracked()).ok_or(AskError::TabKeyGone)?;
        self.pool.get_value().open(UnlockTab { account, tab_key }).await?;
        if self.is_open.get_untracked() && self.account.get_untracked().as_ref() != Some(&whose) {
            self.phase.set(Phase::Open(whose));
        }
        Ok(())
    }

    /// Opens the account after the last step of a flow.
    async fn enter(&self, account: Carried<AccountResponse>) -> Result<(), Failure> {
        let tab_key = self.now(Unlock { account: account.clone() }).await?;
        self.has_entered.set_value(true);
        self.open(account, tab_key).await?;
        if let Some(key) = Store::Tab.get(TAB_KEY) {
            self.tabs.say(&Word::Opened(key));
        }
        Ok(())
    }

    async fn open(&self, account: Carried<AccountResponse>, tab_key: TabKey) -> Result<(), Failure> {
        let whose: Account = glance(&account)?;
        let kept = serde_json::to_string(&tab_key);
        self.pool.get_value().open(UnlockTab { account, tab_key }).await?;
        if let Ok(text) = kept {
            Store::Tab.set(TAB_KEY, &text);
        }
        self.farewell.set(None);
        self.phase.set(Phase::Open(whose));
        Ok(())
    }

    /// Opens the account with the key that this tab has, else with that of another tab where it is open.
    async fn open_again(&self, account: Carried<AccountResponse>) -> bool {
        if let Some(key) = Store::Tab.get(TAB_KEY).as_deref().and_then(read_key)
            && self.open(account.clone(), key).await.is_ok()
        {
            return true;
        }
        match self.tabs.others_key().await.as_deref().and_then(read_key) {
            Some(key) => self.open(account, key).await.is_ok(),
            None => false,
        }
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
        let opened = self.open_again(account).await;
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

    /// Leaves the open mailbox; nothing of it stays here.
    fn close(&self, to: impl FnOnce(Account) -> Phase, farewell: Farewell) {
        let Some(account) = self.account.get_untracked() else {
            // Told late, about a session that is over already; what has begun since goes on.
            return self.closing.set(false);
        };
        if self.is_open.get_untracked() {
            self.forget_keys();
            self.farewell.set(Some(farewell));
        }
        self.phase.set(to(account));
        self.closing.set(false);
    }

    async fn save_all(&self) -> Kept {
        self.closing.set(true);
        let saving = self.savers.with_value(|savers| join_all(savers.iter().map(|saver| saver())));
        match select(saving, Box::pin(time::sleep(CLOSING_MS))).await {
            Either::Left((kept, _)) => kept.into_iter().max().unwrap_or_default(),
            Either::Right(_) => Kept::NotAll,
        }
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

/// Whose session it is, and what a worker needs to open the account; `None` where nobody is signed in.
pub(super) async fn who_is_signed_in() -> Result<Option<(Account, Carried<AccountResponse>)>, Failure> {
    let account = Carried::from_json(http::get_json(paths::SESSION).await?);
    Ok(glance::<Option<Account>>(&account)?.map(|whose| (whose, account)))
}

fn glance<U: DeserializeOwned>(account: &Carried<AccountResponse>) -> Result<U, Failure> {
    account.glance().map_err(|_| Failure::from(AskError::Unexpected))
}

fn read_key(text: &str) -> Option<TabKey> {
    serde_json::from_str(text).ok()
}
