//! Certificates for one account: what directories say, those that came in letters and its owner chose to use, and the key server, where
//! its owner agreed that it is asked.
//!
//! Invariants: for somebody of this box none is taken, for the box knows theirs; one that is taken can be sealed to and carries the
//! address; what the directory of the address's domain says, where that can be sealed to, goes before it: who publishes a
//! certificate there later means that one. The key server is asked last: for nobody who has not agreed to that server, about nobody of
//! this box, and about nobody whose domain's directory has a certificate, usable or not, or cannot be asked.

use std::time::Duration;

use futures_util::StreamExt;
use shared::api::keys::{KeepRequest, KeptCertificate, LookupOutcome, LookupResult, Source};
use shared::api::{Base64, EmailAddress, Timestamp, limits};
use shared::pgp::{Certificate, Purpose, usable_keys};
use tokio::time::{Instant, timeout_at};

use super::Context;
use super::discover::Directory;
use crate::store::correspondents::Chosen;
use crate::store::{AccountNo, StoreError, accounts, correspondents};

/// Requests to the key server at once.
const AT_ONCE: usize = 4;
/// All that it is asked: that comes after the directories, and a person waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a certificate was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It is none, cannot be sealed to, or does not carry the address; or the address is of this box.
    #[error("no certificate that can be used for the address")]
    Unusable,
    /// The account has [`limits::KEPT_CERTIFICATES`] already.
    #[error("the account has too many certificates of others")]
    TooMany,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// The certificate that was chosen for an address; `None` where none was.
///
/// # Errors
/// Where the store fails.
pub async fn kept(
    context: &Context,
    account: AccountNo,
    address: EmailAddress,
) -> Result<Option<KeptCertificate>, StoreError> {
    let address = address.canonical();
    let found = context.store.read(move |tx| correspondents::of(tx, account, &address)).await?;
    Ok(found.and_then(|Chosen { certificate, kept_at }| {
        let fingerprint = Certificate::parse(&certificate).ok()?.fingerprint().to_string().to_uppercase();
        Some(KeptCertificate { fingerprint, kept_at })
    }))
}

/// Keeps a certificate for an address, or forgets the one that was kept.
///
/// # Errors
/// [`KeepError`]; nothing has changed then.
pub async fn keep(context: &Context, account: AccountNo, request: KeepRequest) -> Result<(), KeepError> {
    let (address, now) = (request.address.canonical(), context.clock.now());
    let Some(Base64(bytes)) = request.certificate else {
        return Ok(context.store.write(move |tx| correspondents::forget(tx, account, &address)).await?);
    };
    if context.domain.holds(&address) {
        return Err(KeepError::Unusable);
    }
    let certificate = Certificate::parse(&bytes).map_err(|_| KeepError::Unusable)?;
    let is_named = certificate.addresses(now).iter().any(|found| found.canonical() == address);
    if !is_named || usable_keys(&certificate, Purpose::Seal, now).is_err() {
        return Err(KeepError::Unusable);
    }
    let bytes = certificate.to_bytes();
    context
        .store
        .write(move |tx| {
            let is_new = correspondents::of(tx, account, &address)?.is_none();
            if is_new && correspondents::count(tx, account)? >= limits::KEPT_CERTIFICATES {
                return Err(KeepError::TooMany);
            }
            Ok(correspondents::keep(tx, account, &address, &bytes, now)?)
        })
        .await
}

impl Directory {
    /// As [`Directory::look_up`], with what the owner of an account chose where nothing else can be sealed to; then, where `with_server`
    /// says so, with what the key server has where there is nothing at all.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn look_up_for(
        &self,
        account: AccountNo,
        addresses: Vec<EmailAddress>,
        with_server: bool,
    ) -> Result<Vec<LookupResult>, StoreError> {
        let mut results = self.look_up(addresses).await?;
        self.add_chosen(account, &mut results).await?;
        if with_server {
            self.add_of_server(account, &mut results).await?;
        }
        Ok(results)
    }

    async fn add_chosen(&self, account: AccountNo, results: &mut [LookupResult]) -> Result<(), StoreError> {
        let Context { store, clock, .. } = self.context();
        let now = clock.now();
        let lacking: Vec<_> =
            (0..).zip(&*results).filter(|(_, result)| !can_be_sealed_to(&result.outcome, now)).collect();
        let lacking: Vec<(usize, EmailAddress)> =
            lacking.into_iter().map(|(place, result)| (place, result.address.canonical())).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let chosen = store.read(move |tx| {
            let of = |(place, address)| Ok((place, correspondents::of(tx, account, &address)?));
            lacking.into_iter().map(of).collect::<Result<Vec<(usize, Option<Chosen>)>, StoreError>>()
        });
        for (place, chosen) in chosen.await? {
            if let (Some(result), Some(Chosen { certificate, .. })) = (results.get_mut(place), chosen) {
                // What the directory has of the past says whose old signatures are.
                let past = match std::mem::replace(&mut result.outcome, LookupOutcome::None) {
                    LookupOutcome::Found { certificate, .. } => certificate.0,
                    _ => Vec::new(),
                };
                let certificate = [certificate, past].concat().into();
                result.outcome = LookupOutcome::Found { certificate, source: Source::Kept };
            }
        }
        Ok(())
    }

    async fn add_of_server(&self, account: AccountNo, results: &mut [LookupResult]) -> Result<(), StoreError> {
        let Some(server) = self.server() else { return Ok(()) };
        let Context { store, clock, domain, .. } = self.context();
        let lacking =
            |result: &&mut LookupResult| result.outcome == LookupOutcome::None && !domain.holds(&result.address);
        let lacking: Vec<&mut LookupResult> = results.iter_mut().filter(lacking).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let agreed = store.read(move |tx| accounts::key_server(tx, account)).await?;
        if agreed.as_deref() != Some(server.host()) {
            return Ok(());
        }
        let (by, now) = (Instant::now() + PATIENCE, clock.now());
        let asking = lacking.into_iter().map(|result| async move {
            let said = timeout_at(by, server.ask(&result.address, now)).await;
            result.outcome = said.unwrap_or(LookupOutcome::Unreachable);
        });
        futures_util::stream::iter(asking).for_each_concurrent(AT_ONCE, |asking| asking).await;
        Ok(())
    }
}

fn can_be_sealed_to(outcome: &LookupOutcome, now: Timestamp) -> bool {
    let LookupOutcome::Found { certificate, .. } = outcome else { return false };
    let all = Certificate::parse_all(&certificate.0).unwrap_or_default();
    all.iter().any(|certificate| usable_keys(certificate, Purpose::Seal, now).is_ok())
}
