//! A key server that verifies addresses by mail (VKS, keys.openpgp.org), as one is asked about somebody.
//!
//! Invariants: one request for an address in an hour; of what comes back only the user ids of the address stay; no log names an
//! address that was asked for. Who may be asked about, and for whom, is decided in `correspondents`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use shared::api::keys::{LookupOutcome, Source};
use shared::api::limits::FLOODED_CERTIFICATE_BYTES;
use shared::api::{EmailAddress, Timestamp};
use shared::pgp::{Certificate, vks};

use super::kept::{Kept, Lives};
use crate::config::KeyServerUrl;
use crate::net::fetch::{Fetch, FetchError};

/// As with directories, but that there is none counts for an hour too: each request tells the server an address, and it wants few.
const LIVES: Lives = Lives { found: 3600, none: 3600, unreachable: 60 };
/// For how long a server is left alone that had too many requests, seconds. keys.openpgp.org takes fifty about addresses at a stroke, and
/// one a minute beyond that.
const REST_SECONDS: i64 = 60;

/// The server, and what it said lately; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct KeyServer {
    url: KeyServerUrl,
    fetch: Arc<dyn Fetch>,
    kept: Kept,
    /// Until when it is left alone, Unix seconds.
    rests_until: Arc<AtomicI64>,
}

impl KeyServer {
    pub(super) fn new(url: KeyServerUrl, fetch: Arc<dyn Fetch>) -> Self {
        Self { url, fetch, kept: Kept::new(LIVES), rests_until: Arc::default() }
    }

    /// Its host, which owners of accounts agree to.
    pub(super) fn host(&self) -> &str {
        self.url.host()
    }

    /// What it has for an address; asked again only when what it said is old.
    pub(super) async fn ask(&self, address: &EmailAddress, now: Timestamp) -> LookupOutcome {
        let address = address.canonical();
        if let Some(kept) = self.kept.get(&address, now) {
            return kept;
        }
        if now.0 < self.rests_until.load(Ordering::Relaxed) {
            return LookupOutcome::Unreachable;
        }
        let path = format!("{}{}", self.url.base(), vks::path(&address));
        let outcome = match self.fetch.get(self.url.host(), &path, FLOODED_CERTIFICATE_BYTES).await {
            Ok(fetched) => match fetched.status {
                200 => found(&address, &fetched.body, now),
                404 => LookupOutcome::None,
                status => {
                    tracing::debug!(status, "the key server did not say");
                    if status == 429 {
                        self.rests_until.store(now.plus(REST_SECONDS).0, Ordering::Relaxed);
                    }
                    LookupOutcome::Unreachable
                }
            },
            // It would be as large another time.
            Err(FetchError::TooLarge) => LookupOutcome::None,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the key server could not be asked");
                LookupOutcome::Unreachable
            }
        };
        self.kept.put(address, &outcome, now);
        outcome
    }
}

/// The certificate for the address among these, without its other names; what is none, or somebody else's, is as good as none.
fn found(address: &EmailAddress, bytes: &[u8], now: Timestamp) -> LookupOutcome {
    let all = Certificate::parse_all(bytes).unwrap_or_default();
    match all.iter().find_map(|certificate| certificate.for_directory(address, now)) {
        Some(own) => LookupOutcome::Found { certificate: own.to_bytes().into(), source: Source::KeyServer },
        None => LookupOutcome::None,
    }
}
