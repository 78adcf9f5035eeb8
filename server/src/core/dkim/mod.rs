//! Signing what leaves the box (DKIM: RFC 6376, RFC 8301, RFC 8463), so that others can tell it from what is only written in its
//! name.
//!
//! `canonical` (what of a message counts) → `signature` (the fields) with a pair of keys (`key`), of those that there are (`keys`).
//! [`Signing`] stands between the queue and who carries mail to other hosts. It signs at each try and not when a letter is taken:
//! so a letter that waited for days has a fresh signature, by keys whose records are published, and the queue holds what it would
//! without. Both signatures are made over the lines that go out; the carrier only stuffs dots.
//!
//! Invariants: everything for other hosts goes through here; a message changes by what is put in front of it and by its line ends,
//! where those were not CRLF; what cannot be signed leaves unsigned, as it did before there were keys.

mod canonical;
mod key;
mod keys;
mod signature;

use std::sync::{Arc, Mutex, PoisonError};

use shared::api::Timestamp;

pub(crate) use canonical::with_line_ends;
pub use key::{NotKeys, Pair, holds_key_of};
pub use keys::{Kept, Keys, RotateError, Use};

use super::carrier::{Carrier, Fate, Parcel};
use super::post::{Post, Stopped};
use crate::net::BoxFuture;
use crate::net::dns::Resolver;
use crate::store::StoreError;

/// Pause between questions whether the records of keys that wait are published, seconds.
const ASK_SECONDS: i64 = 600;

/// Signs what it hands on to a carrier.
#[derive(Debug)]
pub struct Signing {
    post: Post,
    keys: Keys,
    resolver: Arc<dyn Resolver>,
    onward: Arc<dyn Carrier>,
    known: Mutex<Known>,
}

/// What need not be looked up for each letter.
#[derive(Debug, Default)]
struct Known {
    /// The pair that was used last.
    pair: Option<Arc<Pair>>,
    /// Which keys were asked for last in DNS, and when.
    asked: Option<(String, Timestamp)>,
}

/// Why a message was not signed.
#[derive(Debug, thiserror::Error)]
enum SignError {
    #[error("the keys cannot be read")]
    Keys(#[from] StoreError),
    #[error("there are no keys")]
    NoKeys,
    #[error("the header is too large, or no random numbers could be had")]
    NotSigned,
    #[error("signing did not end")]
    Stopped(#[from] Stopped),
}

impl Signing {
    /// Signs with these keys, which others look up through `resolver`.
    #[must_use]
    pub fn new(post: Post, keys: Keys, resolver: Arc<dyn Resolver>, onward: Arc<dyn Carrier>) -> Self {
        Self { post, keys, resolver, onward, known: Mutex::default() }
    }

    /// The message as it leaves: signed, or as it is where that fails.
    async fn signed(&self, message: Vec<u8>) -> Vec<u8> {
        let message = Arc::new(message);
        let signed = match self.pair().await {
            Ok(pair) => self.sign(Arc::clone(&message), pair).await,
            Err(error) => Err(error),
        };
        match signed {
            Ok((fields, with_line_ends)) => {
                // Whoever computed with it has let it go. It grows in its own memory where it can.
                let mut message = with_line_ends.unwrap_or_else(|| Arc::unwrap_or_clone(message));
                drop(message.splice(..0, fields));
                message
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a message leaves unsigned");
                Arc::unwrap_or_clone(message)
            }
        }
    }

    /// The fields to put in front of a message, and the message itself where its lines had other ends.
    async fn sign(&self, message: Arc<Vec<u8>>, pair: Arc<Pair>) -> Result<(Vec<u8>, Option<Vec<u8>>), SignError> {
        let context = self.post.context();
        let (domain, now) = (context.domain.as_str().to_owned(), context.clock.now());
        let signing = move || {
            let with_line_ends = with_line_ends(&message);
            let message = with_line_ends.as_deref().unwrap_or(&message);
            let fields = signature::fields(message, &pair, &domain, now);
            fields.map(|fields| (fields, with_line_ends))
        };
        self.post.compute(signing).await?.ok_or(SignError::NotSigned)
    }

    /// The keys to sign with now.
    async fn pair(&self) -> Result<Arc<Pair>, SignError> {
        let now = self.post.context().clock.now();
        let (keys, random) = (self.keys.clone(), self.post.context().random.clone());
        // There are some since the start, unless the disk was full then.
        let all = self.post.compute(move || keys.make_first(&random, now).and_then(|()| keys.all())).await??;
        for kept in &all {
            match self.see_to(kept, now).await {
                Ok(Some(pair)) => return Ok(pair),
                Ok(None) => {}
                // The ones in use are as good as before.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(keys = kept.name, error, "keys for DKIM that are not in use cannot be seen to");
                }
            }
        }
        let current = all.into_iter().find(|kept| kept.use_ == Use::Current).ok_or(SignError::NoKeys)?;
        let read = self.known().pair.clone().filter(|pair| pair.name() == current.name);
        match read {
            Some(pair) => Ok(pair),
            None => Ok(self.keep(self.read(&current.name).await?)),
        }
    }

    /// Takes keys into use that have waited until now, where others find them, and answers those; removes old ones.
    async fn see_to(&self, kept: &Kept, now: Timestamp) -> Result<Option<Arc<Pair>>, SignError> {
        let (keys, name) = (self.keys.clone(), kept.name.clone());
        match kept.use_ {
            Use::Waiting if self.is_to_ask(&name, now) => {
                let pair = self.read(&name).await?;
                if !self.is_published(&pair).await {
                    return Ok(None);
                }
                self.post.compute(move || keys.put_in_use(&name, now)).await??;
                tracing::info!(keys = pair.name(), "signing with other keys from now on");
                return Ok(Some(self.keep(pair)));
            }
            Use::Old { until } if until < now => {
                self.post.compute(move || keys.remove(&name)).await??;
                tracing::info!(keys = kept.name, "removed old keys: their DNS records are of no more use");
            }
            Use::Waiting | Use::Old { .. } | Use::Current => {}
        }
        Ok(None)
    }

    async fn read(&self, name: &str) -> Result<Pair, SignError> {
        let (keys, name) = (self.keys.clone(), name.to_owned());
        Ok(self.post.compute(move || keys.pair(&name)).await??)
    }

    fn keep(&self, pair: Pair) -> Arc<Pair> {
        let pair = Arc::new(pair);
        self.known().pair = Some(Arc::clone(&pair));
        pair
    }

    fn is_to_ask(&self, name: &str, now: Timestamp) -> bool {
        let mut known = self.known();
        let recently = matches!(&known.asked, Some((asked, when)) if asked == name && now.0 - when.0 < ASK_SECONDS);
        if !recently {
            known.asked = Some((name.to_owned(), now));
        }
        !recently
    }

    /// Whether others find both keys.
    async fn is_published(&self, pair: &Pair) -> bool {
        for (selector, record) in pair.records() {
            let name = name_of(&selector, self.post.context().domain.as_str());
            match self.resolver.txt(&name).await {
                Ok(found) if found.iter().any(|found| holds_key_of(found, &record)) => {}
                _ => return false,
            }
        }
        true
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carrier for Signing {
    fn carry(&self, parcel: Parcel) -> BoxFuture<'_, Vec<Fate>> {
        Box::pin(async move {
            let message = self.signed(parcel.message).await;
            self.onward.carry(Parcel { message, ..parcel }).await
        })
    }
}

/// Where the record of a selector stands (RFC 6376 §3.6.2.1).
#[must_use]
pub fn name_of(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}
