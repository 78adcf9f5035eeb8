//! A box in a temporary folder with a clock that tests set, and clients of it: what the stories of this floor share.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use shared::access::{self, NewAccount, Unlocked};
use shared::api::account::{AccountResponse, ConfirmResponse, Language, RegisterFinishRequest};
use shared::api::device::MailServer;
use shared::api::{Base64, EmailAddress, Timestamp};
use shared::vault::{Passphrase, Secret};
use tempfile::TempDir;

use super::accounts::{self, AccountError, SignedIn};
use super::throttle::Visitor;
use super::{Clock, Context, Domain, Gate, Random};
use crate::store::Store;

/// 2026-01-01T00:00:00Z
const START: i64 = 1_767_225_600;

/// A box for `home.test`.
pub(crate) struct Home {
    pub(crate) context: Context,
    pub(crate) rng: ChaCha20Rng,
    clock: Arc<AtomicI64>,
    folder: TempDir,
}

/// Somebody with an account, and what is in the account's browser.
pub(crate) struct Person {
    pub(crate) address: EmailAddress,
    pub(crate) signed_in: SignedIn,
    pub(crate) unlocked: Unlocked,
    pub(crate) recovery_words: Secret<Vec<String>>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::of("home.test")
    }

    /// A box for another domain.
    pub(crate) fn of(domain: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(START));
        let context = open(folder.path(), domain, &clock, 1);
        Self { context, rng: ChaCha20Rng::seed_from_u64(2), clock, folder }
    }

    /// Where everything is kept.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops the box and starts it anew on the same folder.
    pub(crate) fn restarted(self) -> Self {
        let Self { context, rng, clock, folder } = self;
        let domain = context.domain.as_str().to_owned();
        drop(context);
        let context = open(folder.path(), &domain, &clock, 3);
        Self { context, rng, clock, folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Makes an account by an invitation, as a client would.
    pub(crate) async fn register(&mut self, name: &str, passphrase: &str) -> Result<Person, AccountError> {
        let invitation = accounts::invite(&self.context, None).await?.token;
        self.register_with(&invitation, name, passphrase).await
    }

    pub(crate) async fn register_with(
        &mut self,
        invitation: &Base64,
        name: &str,
        passphrase: &str,
    ) -> Result<Person, AccountError> {
        self.register_as(invitation, name, passphrase, |request| request).await
    }

    /// As a client did that knew no keys for mail at rest.
    pub(crate) async fn register_of_before(&mut self, name: &str, passphrase: &str) -> Result<Person, AccountError> {
        let invitation = accounts::invite(&self.context, None).await?.token;
        let without = |request| RegisterFinishRequest { rest_key: None, ..request };
        self.register_as(&invitation, name, passphrase, without).await
    }

    async fn register_as(
        &mut self,
        invitation: &Base64,
        name: &str,
        passphrase: &str,
        finish: impl FnOnce(RegisterFinishRequest) -> RegisterFinishRequest,
    ) -> Result<Person, AccountError> {
        let address: EmailAddress = format!("{name}@{}", self.context.domain.as_str()).parse().unwrap();
        let new = NewAccount {
            invitation: invitation.clone(),
            address: address.clone(),
            display_name: name.to_uppercase(),
            language: Language::En,
        };
        let passphrase = Passphrase::new(passphrase).unwrap();
        let (registration, request) = access::register_start(new, passphrase, &mut self.rng).unwrap();
        let response = accounts::register_start(&self.context, request, visitor("192.0.2.1")).await?;
        let registered = registration.finish(&response, self.now(), &mut self.rng).unwrap();
        let signed_in =
            accounts::register_finish(&self.context, finish(registered.request), visitor("192.0.2.1")).await?;
        let unlocked = registered.opener.open(&signed_in.account).unwrap();
        Ok(Person { address, signed_in, unlocked, recovery_words: registered.recovery_words })
    }

    /// Signs in with a passphrase, as a client would.
    pub(crate) async fn login(
        &mut self,
        address: &EmailAddress,
        passphrase: &str,
        visitor: Visitor,
    ) -> Result<(SignedIn, Unlocked), AccountError> {
        let passphrase = Passphrase::new(passphrase).unwrap();
        let (login, request) = access::login_start(address.clone(), passphrase, &mut self.rng).unwrap();
        let response = accounts::login_start(&self.context, request, visitor).await?;
        let finished = login.finish(&response, &mut self.rng).map_err(|_| AccountError::WrongCredentials)?;
        let (request, opener) = finished;
        let signed_in = accounts::login_finish(&self.context, request).await?;
        let unlocked = opener.open(&signed_in.account).unwrap();
        Ok((signed_in, unlocked))
    }

    /// Shows the passphrase from a session, as a client would.
    pub(crate) async fn confirm(
        &mut self,
        person: &Person,
        passphrase: &str,
        visitor: Visitor,
    ) -> Result<ConfirmResponse, AccountError> {
        let passphrase = Passphrase::new(passphrase).unwrap();
        let (login, request) = access::login_start(person.address.clone(), passphrase, &mut self.rng).unwrap();
        let response = accounts::login_start(&self.context, request, visitor).await?;
        let (request, _) = login.finish(&response, &mut self.rng).map_err(|_| AccountError::WrongCredentials)?;
        accounts::confirm(&self.context, self.session(person).await, &request).await
    }

    /// The session that somebody registered with.
    pub(crate) async fn session(&self, person: &Person) -> accounts::Session {
        accounts::session(&self.context, &person.signed_in.session).await.unwrap()
    }

    /// A wrong guess, from the box's side: the first step of a login that never gets a second. Costs no key stretching.
    pub(crate) async fn guess(&mut self, address: &EmailAddress, visitor: Visitor) -> Result<(), AccountError> {
        let passphrase = Passphrase::new("a wrong guess").unwrap();
        let (_, request) = access::login_start(address.clone(), passphrase, &mut self.rng).unwrap();
        accounts::login_start(&self.context, request, visitor).await.map(drop)
    }
}

impl Person {
    pub(crate) fn account(&self) -> &AccountResponse {
        &self.signed_in.account
    }

    /// The browser that the account was made in, wherever it is now.
    pub(crate) fn browser(&self, network: &str) -> Visitor {
        Visitor { browser: Some(self.signed_in.browser.clone()), ..visitor(network) }
    }
}

/// Somebody in this network whom nobody knows.
pub(crate) fn visitor(network: &str) -> Visitor {
    Visitor { network: network.parse().unwrap(), browser: None, program: "a browser".into() }
}

fn open(folder: &Path, domain: &str, clock: &Arc<AtomicI64>, seed: u64) -> Context {
    let rng = Mutex::new(ChaCha20Rng::seed_from_u64(seed));
    let random = Random::from_fn(move |out| rng.lock().unwrap().fill_bytes(out));
    let clock = Arc::clone(clock);
    Context {
        store: Store::open(folder).unwrap(),
        clock: Clock::from_fn(move || Timestamp(clock.load(Ordering::SeqCst))),
        gate: Arc::new(Gate::open(folder, &random).unwrap()),
        random,
        domain: Domain::new(domain).unwrap(),
        host: domain.into(),
        mail_server: MailServer { host: "home.test".into(), imaps_port: 993, submissions_port: 465 },
        key_server: None,
    }
}
