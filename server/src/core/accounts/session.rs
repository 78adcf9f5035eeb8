//! Sessions of browsers: a 256-bit token in a cookie, of which the box keeps the SHA-256.

use shared::api::account::{AccountResponse, KeyServerUse};
use shared::api::own_key::OwnKey;
use shared::api::{Base64, Timestamp};

use super::{AccountError, hash};
use crate::core::Context;
use crate::core::throttle::{self, Visitor};
use crate::store::sessions::{self, NewSession};
use crate::store::{AccountNo, ReadTx, StoreError, Tx, accounts, invitations, own_keys, rest_keys};

/// A session ends when it was not used for so long, seconds.
pub const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;
/// The use of a session is noted this often at most, seconds: a note is a write.
const NOTED_EVERY_SECONDS: i64 = 60 * 60;
/// Longest name of a program that is kept, characters.
const PROGRAM_CHARS: usize = 200;
/// Octets of every token.
const TOKEN_BYTES: usize = 32;

/// Somebody who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's token, for the cookie.
    pub session: Base64,
    /// The browser's token, for the cookie that marks it as having signed in before.
    pub browser: Base64,
    /// What the page gets.
    pub account: AccountResponse,
}

/// A good session.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Whose it is.
    pub account: AccountNo,
    /// What names it in the store.
    pub(super) token_hash: [u8; TOKEN_BYTES],
}

/// A session about to be opened: everything random is made before the transaction.
pub(super) struct Opening {
    token: [u8; TOKEN_BYTES],
    tab_share: [u8; 32],
    visitor: Visitor,
    browser: Base64,
    /// The host of the key server that may be asked.
    key_server: Option<String>,
    now: Timestamp,
}

impl Opening {
    pub(super) fn new(context: &Context, mut visitor: Visitor) -> Self {
        let known = visitor.browser.take().filter(|token| token.0.len() == TOKEN_BYTES);
        let browser = known.unwrap_or_else(|| Base64(context.random.bytes::<TOKEN_BYTES>().to_vec()));
        visitor.browser = Some(browser.clone());
        let (token, tab_share) = (context.random.bytes(), context.random.bytes());
        let key_server = key_server_host(context);
        Self { token, tab_share, visitor, browser, key_server, now: context.clock.now() }
    }

    /// Opens it, unless the account is disabled.
    pub(super) fn open(self, tx: &Tx<'_>, account: AccountNo) -> Result<SignedIn, AccountError> {
        if accounts::get(tx, account)?.disabled_at.is_some() {
            return Err(AccountError::Disabled);
        }
        let session = NewSession {
            token_hash: hash(&self.token),
            tab_share: self.tab_share,
            user_agent: self.visitor.program.chars().take(PROGRAM_CHARS).collect(),
            created_at: self.now,
        };
        sessions::create(tx, account, &session)?;
        throttle::remember(tx, account, &self.visitor, self.now)?;
        let account = response(tx, account, self.tab_share.to_vec(), self.key_server)?;
        Ok(SignedIn { session: Base64(self.token.to_vec()), browser: self.browser, account })
    }
}

/// Whose session this token names.
///
/// # Errors
/// [`AccountError::NotSignedIn`] for a token that names none, or one that was not used for [`SESSION_SECONDS`];
/// [`AccountError::Disabled`].
pub async fn session(context: &Context, token: &Base64) -> Result<Session, AccountError> {
    let (token_hash, now) = (hash(&token.0), context.clock.now());
    let alive_since = now.plus(-SESSION_SECONDS);
    let found = context.store.read(move |tx| sessions::find(tx, token_hash, alive_since)).await?;
    let found = found.ok_or(AccountError::NotSignedIn)?;
    if found.disabled {
        return Err(AccountError::Disabled);
    }
    if now.0 - found.last_used_at.0 >= NOTED_EVERY_SECONDS
        && let Err(error) = context.store.write(move |tx| sessions::touch(tx, token_hash, now)).await
    {
        // On a full disk mail can be read all the same.
        tracing::warn!(error = &error as &dyn std::error::Error, "the use of a session could not be noted");
    }
    Ok(Session { account: found.account, token_hash })
}

/// What the page of a session gets to open its account.
///
/// # Errors
/// [`AccountError::NotSignedIn`] where the session has ended meanwhile.
pub async fn account(context: &Context, session: Session) -> Result<AccountResponse, AccountError> {
    let alive_since = context.clock.now().plus(-SESSION_SECONDS);
    let key_server = key_server_host(context);
    context
        .store
        .read(move |tx| {
            let found = sessions::find(tx, session.token_hash, alive_since)?.ok_or(AccountError::NotSignedIn)?;
            Ok(response(tx, found.account, found.tab_share, key_server)?)
        })
        .await
}

/// Ends a session.
///
/// # Errors
/// Where the store fails; a session that has ended already is none.
pub async fn end_session(context: &Context, session: Session) -> Result<(), AccountError> {
    context.store.write(move |tx| Ok(sessions::end(tx, session.token_hash)?)).await
}

/// Removes what has expired: sessions, invitations, counters. To be called now and then.
///
/// # Errors
/// Where the store fails.
pub async fn tidy(context: &Context) -> Result<(), AccountError> {
    let now = context.clock.now();
    context
        .store
        .write(move |tx| {
            sessions::remove_unused(tx, now.plus(-SESSION_SECONDS))?;
            invitations::remove_expired(tx, now)?;
            Ok(throttle::tidy(tx, now)?)
        })
        .await
}

fn key_server_host(context: &Context) -> Option<String> {
    context.key_server.as_ref().map(|server| server.host().to_owned())
}

fn response(
    tx: &ReadTx<'_>,
    account: AccountNo,
    tab_share: Vec<u8>,
    key_server: Option<String>,
) -> Result<AccountResponse, StoreError> {
    let record = accounts::get(tx, account)?;
    let keys = own_keys::list(tx, account)?.into_iter().map(|key| OwnKey {
        certificate: key.certificate.into(),
        sealed_secret_key: key.sealed_secret_key.into(),
        sealed_revocation: key.sealed_revocation.map(Into::into),
    });
    let agreed = accounts::key_server(tx, account)?;
    Ok(AccountResponse {
        account_id: record.public_id,
        address: record.address,
        display_name: record.display_name,
        language: record.language,
        passphrase_wrap: accounts::credentials(tx, account)?.passphrase_wrap.into(),
        keys: keys.collect(),
        rest_keys: rest_keys::list(tx, account)?.into_iter().map(Into::into).collect(),
        rest_in_use: rest_keys::all_can_open(tx, account)?,
        tab_share: tab_share.into(),
        key_server: key_server.map(|host| KeyServerUse { is_agreed: agreed.as_ref() == Some(&host), host }),
    })
}

/// That who is signed in has shown the passphrase a short while ago.
pub(super) fn confirmed(context: &Context, session: Session, confirmation: &Base64) -> Result<(), AccountError> {
    let is_confirmed = context.gate.is_confirmed(hash(&confirmation.0), session.token_hash, context.clock.now());
    if is_confirmed { Ok(()) } else { Err(AccountError::NotConfirmed) }
}
