//! Certificates of correspondents: accounts of this box, then the Web Key Directory of the address's domain
//! (draft-koch-openpgp-webkey-service §3.1), with a cache. And the directory's other side: what this box publishes.
//!
//! Invariants: for an address of this box nobody else is asked; a certificate counts only for an address that stands in one of
//! its own user ids; nothing is learnt from a failure but that it failed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use shared::api::keys::{LookupOutcome, LookupResult, Source};
use shared::api::limits::FLOODED_CERTIFICATE_BYTES;
use shared::api::{Base64, EmailAddress, Timestamp};
use shared::pgp::{Certificate, Purpose, usable_keys, wkd};
use tokio::time::{Instant, timeout_at};

use super::Context;
use super::accounts::recipient;
use super::kept::{Kept, Lives};
use super::key_server::KeyServer;
use crate::net::fetch::{Fetch, FetchError};
use crate::store::{AccountNo, ReadTx, StoreError, accounts, own_keys};

/// Directories that are asked at once.
const AT_ONCE: usize = 8;
/// All of one look-up: a person waits for it, or a mail program.
const PATIENCE: Duration = Duration::from_secs(15);
/// Certificates of one address that a directory's file may have, those of its past included.
const OF_ONE_ADDRESS: usize = 5;
/// A new key is seen within the hour; that there is none counts for ten minutes, because somebody may just be setting it up.
const LIVES: Lives = Lives { found: 3600, none: 600, unreachable: 60 };

/// Finds certificates; cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    context: Context,
    fetch: Arc<dyn Fetch>,
    kept: Kept,
    server: Option<KeyServer>,
}

impl Directory {
    /// Looks in the store, and elsewhere through `fetch`.
    #[must_use]
    pub fn new(context: Context, fetch: Arc<dyn Fetch>) -> Self {
        let server = context.key_server.clone().map(|url| KeyServer::new(url, Arc::clone(&fetch)));
        Self { context, fetch, kept: Kept::new(LIVES), server }
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// The key server that may be asked for who has agreed, if there is one.
    pub(super) fn server(&self) -> Option<&KeyServer> {
        self.server.as_ref()
    }

    /// Looks for the certificates of some addresses, for some seconds; the results have their order.
    ///
    /// # Errors
    /// Where the store fails. A directory that fails or is slow is an outcome, not an error.
    pub async fn look_up(&self, addresses: Vec<EmailAddress>) -> Result<Vec<LookupResult>, StoreError> {
        let by = Instant::now() + PATIENCE;
        let lookups = addresses.into_iter().map(|address| async move {
            let found = timeout_at(by, self.find(&address)).await;
            Ok(LookupResult { address, outcome: found.unwrap_or(Ok(LookupOutcome::Unreachable))? })
        });
        let results: Vec<Result<_, _>> = futures_util::stream::iter(lookups).buffered(AT_ONCE).collect().await;
        results.into_iter().collect()
    }

    /// The certificate file of this box's directory that has this name (see [`wkd::hash`]); `None` where there is none.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn published(&self, hash: String) -> Result<Option<Vec<u8>>, StoreError> {
        let now = self.context.clock.now();
        self.context
            .store
            .read(move |tx| {
                for account in accounts::list(tx)? {
                    let addresses = accounts::addresses(tx, account.number)?;
                    let named = addresses.iter().find(|address| wkd::hash(address.local_part()) == hash);
                    if let Some(address) = named {
                        // "In addition to a new key", so that its withdrawal spreads (§3.1).
                        return of_account(tx, account.number, address, now, Certificate::is_withdrawn).map(Some);
                    }
                }
                Ok(None)
            })
            .await
    }

    async fn find(&self, address: &EmailAddress) -> Result<LookupOutcome, StoreError> {
        if self.context.domain.holds(address) {
            return self.find_here(address.clone()).await;
        }
        let now = self.context.clock.now();
        if let Some(kept) = self.kept.get(address, now) {
            return Ok(kept);
        }
        let outcome = self.ask(address, now).await;
        self.kept.put(address.clone(), &outcome, now);
        Ok(outcome)
    }

    async fn find_here(&self, address: EmailAddress) -> Result<LookupOutcome, StoreError> {
        let (domain, now) = (self.context.domain.clone(), self.context.clock.now());
        let found = self.context.store.read(move |tx| match recipient(tx, &domain, &address)? {
            // Letters of the past are signed by the keys of then.
            Some(account) => {
                let address = accounts::get(tx, account)?.address;
                of_account(tx, account, &address, now, |_, _| true).map(Some)
            }
            None => Ok(None),
        });
        Ok(match found.await? {
            Some(certificate) => LookupOutcome::Found { certificate: certificate.into(), source: Source::Local },
            None => LookupOutcome::None,
        })
    }

    /// The advanced method; the direct one where its host does not exist.
    async fn ask(&self, address: &EmailAddress, now: Timestamp) -> LookupOutcome {
        let (advanced, direct) = (wkd::advanced_url(address), wkd::direct_url(address));
        let fetched = match self.get(&advanced).await {
            Err(FetchError::NoSuchHost) => self.get(&direct).await,
            other => other,
        };
        match fetched {
            Ok(Some(bytes)) => match certificates_for(address, &bytes, now) {
                Some(certificates) => LookupOutcome::Found { certificate: Base64(certificates), source: Source::Wkd },
                None => LookupOutcome::None,
            },
            Ok(None) | Err(FetchError::NoSuchHost | FetchError::TooLarge) => LookupOutcome::None,
            Err(error) => {
                let domain = address.domain();
                tracing::debug!(domain, error = &error as &dyn std::error::Error, "a key directory could not be asked");
                LookupOutcome::Unreachable
            }
        }
    }

    /// The file, or `None` where there is none.
    async fn get(&self, url: &str) -> Result<Option<Vec<u8>>, FetchError> {
        let (host, path) = split(url).ok_or(FetchError::NoSuchHost)?;
        let fetched = self.fetch.get(host, path, FLOODED_CERTIFICATE_BYTES).await?;
        match fetched.status {
            200 => Ok(Some(fetched.body)),
            400..=499 => Ok(None),
            status => Err(FetchError::Unreachable(format!("answered {status}").into())),
        }
    }
}

/// The certificate of an account, and behind it those of its past that are wanted, each as small as it is passed on.
fn of_account(
    tx: &ReadTx<'_>,
    account: AccountNo,
    address: &EmailAddress,
    now: Timestamp,
    wanted: impl Fn(&Certificate, Timestamp) -> bool,
) -> Result<Vec<u8>, StoreError> {
    let mut all = Vec::new();
    for (place, key) in own_keys::list(tx, account)?.into_iter().enumerate() {
        match Certificate::parse(&key.certificate) {
            Ok(certificate) if place == 0 || wanted(&certificate, now) => {
                let small = certificate.for_directory(address, now);
                all.extend(small.map_or(key.certificate, |small| small.to_bytes()));
            }
            // The one that counts is told as it is; whoever gets it judges it.
            Err(_) if place == 0 => all.extend(key.certificate),
            _ => {}
        }
    }
    Ok(all)
}

/// Host and path of an `https` address.
fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    rest.split_at_checked(rest.find('/')?)
}

/// The certificates among these that are for the address, those first that can be sealed to.
fn certificates_for(address: &EmailAddress, bytes: &[u8], now: Timestamp) -> Option<Vec<u8>> {
    let wanted = address.canonical();
    let mut matching: Vec<_> = Certificate::parse_all(bytes).ok()?;
    matching.retain(|certificate| certificate.addresses(now).iter().any(|found| found.canonical() == wanted));
    matching.sort_by_key(|certificate| usable_keys(certificate, Purpose::Seal, now).is_err());
    let all = matching.iter().take(OF_ONE_ADDRESS).flat_map(Certificate::to_bytes).collect();
    (!matching.is_empty()).then_some(all)
}
