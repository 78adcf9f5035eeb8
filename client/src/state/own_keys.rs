//! The account's own OpenPGP keys: they are tended when the mailbox opens, and changed here.
//!
//! Invariants: what changes is in force when the box has taken it, and in this tab's workers right after that; other tabs and
//! browsers hear of it by an event.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::paths;

use super::Failure;
use super::session::{Session, use_session};
use super::shown::Shown;
use crate::platform::{http, time};
use crate::worker::protocol::Priority;
use crate::worker::protocol::access::SecretText;
use crate::worker::protocol::keys::{
    AnotherKey, CheckKeys, ImportKeys, KeyFile, KeyTasks, KeyView, ListKeys, TendKeys,
};

/// The keys.
#[derive(Clone, Copy)]
pub struct OwnKeys {
    list: Shown<Option<Vec<KeyView>>>,
    session: Session,
}

/// Provides the keys.
pub fn provide_own_keys() {
    provide_context(OwnKeys { list: Shown::default(), session: use_session() });
}

/// The keys.
#[must_use]
pub fn use_own_keys() -> OwnKeys {
    expect_context()
}

impl OwnKeys {
    /// The keys, the current one first; `None` until [`OwnKeys::load`] has asked for them.
    #[must_use]
    pub fn list(&self) -> Signal<Option<Vec<KeyView>>> {
        self.list.readers()
    }

    /// Asks for the list.
    ///
    /// # Errors
    /// Those of the worker.
    pub async fn load(&self) -> Result<(), Failure> {
        let list = self.session.ask(ListKeys { now: time::now() }, Priority::OnScreen).await?;
        self.list.set(Some(list));
        Ok(())
    }

    /// Puts another key in the place of the current one, which is withdrawn before everybody.
    ///
    /// # Errors
    /// Those of box and worker; a wrong passphrase is told as by `Session::sign_in`.
    pub async fn withdraw(&self, passphrase: SecretText) -> Result<(), Failure> {
        // Another tab may have done it, or this one, and the answer was lost.
        let before = self.current();
        self.renew().await?;
        if before != self.current() {
            return Ok(());
        }
        let confirmed = self.session.confirm(passphrase).await?;
        let ask = AnotherKey { confirmed, stolen: true, now: time::now() };
        let request = self.session.ask(ask, Priority::Now).await?;
        self.session.heard(http::post_json(paths::OWN_KEYS, request.json()).await)?;
        self.renew().await?;
        // The new one has yet to vouch for a key for mail at rest.
        self.tend();
        Ok(())
    }

    /// Brings the keys of a file in.
    ///
    /// # Errors
    /// As [`OwnKeys::withdraw`]; `AskError::Key` where they do not do.
    pub async fn import(&self, file: KeyFile, passphrase: SecretText) -> Result<(), Failure> {
        // Nobody types the passphrase of the mailbox for a file that does not do.
        self.session.ask(CheckKeys { file: file.clone(), now: time::now() }, Priority::Now).await?;
        let confirmed = self.session.confirm(passphrase).await?;
        let requests = self.session.ask(ImportKeys { confirmed, file, now: time::now() }, Priority::Now).await?;
        for request in requests {
            self.session.heard(http::post_json(paths::OWN_KEYS, request.json()).await)?;
        }
        self.renew().await?;
        self.tend();
        Ok(())
    }

    /// Has the keys stay good, and mail kept as well as it can be: tells the box what is new, where there is something. What fails is
    /// tried again when the mailbox is opened the next time.
    pub(super) fn tend(self) {
        spawn_local(async move {
            if let Ok(true) = self.tell_news().await {
                let _ = self.renew().await;
            }
        });
    }

    /// The keys are others now: the workers open the account anew.
    ///
    /// # Errors
    /// Those of box and worker.
    pub(super) async fn renew(&self) -> Result<(), Failure> {
        self.session.open_anew().await?;
        if self.list.with_untracked(Option::is_some) { self.load().await } else { Ok(()) }
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.list.set(None);
    }

    /// The name of the current key, where the list is known.
    fn current(&self) -> Option<String> {
        self.list.with_untracked(|list| Some(list.as_ref()?.first()?.fingerprint.clone()))
    }

    async fn tell_news(&self) -> Result<bool, Failure> {
        let KeyTasks { news, rest } = self.session.ask(TendKeys { now: time::now() }, Priority::Later).await?;
        for request in &news {
            self.session.heard(http::post_json(paths::OWN_KEY_NEWS, request.json()).await)?;
        }
        if let Some(request) = &rest {
            self.session.heard(http::post_json(paths::REST_KEYS, request.json()).await)?;
        }
        Ok(!news.is_empty() || rest.is_some())
    }
}
