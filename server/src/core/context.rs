//! What every rule may need: the store, the clock, randomness, and what this box is called.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use shared::api::device::MailServer;
use shared::api::{EmailAddress, Timestamp};

use super::Random;
use super::gate::Gate;
use crate::config::KeyServerUrl;
use crate::store::Store;

/// Where the time comes from; tests bring their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|| {
            let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
        })
    }

    /// A clock that asks `now`.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({:?})", self.now())
    }
}

/// The mail domain of this box, in lower case, as A-labels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Domain(String);

impl Domain {
    /// Takes a domain name as an owner writes it.
    ///
    /// # Errors
    /// Where no address of this domain could be valid.
    pub fn new(name: &str) -> Result<Self, shared::api::InvalidAddress> {
        let probe: EmailAddress = format!("postmaster@{name}").parse()?;
        Ok(Self(probe.domain().to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the address is one that this box gives.
    #[must_use]
    pub fn holds(&self, address: &EmailAddress) -> bool {
        address.domain() == self.0
    }
}

/// What every rule may need; cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where everything is kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Random numbers.
    pub random: Random,
    /// What lets people in.
    pub gate: Arc<Gate>,
    /// The domain of this box's addresses.
    pub domain: Domain,
    /// The host name of this box, as others reach it.
    pub host: String,
    /// How mail programs reach this box.
    pub mail_server: MailServer,
    /// The key server that may be asked for who has agreed; `None`: it is not.
    pub key_server: Option<KeyServerUrl>,
}
