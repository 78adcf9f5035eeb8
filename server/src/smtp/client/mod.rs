//! Mail out to other hosts (RFC 5321 §4.5.4, §5.1): finds a domain's hosts, speaks with one after the other until one takes
//! the message or refuses it, and says for each recipient what became of it.
//!
//! `route` (which hosts, in which order) → `connection` (one host, one talk) → `fate` (what a reply means). Encryption is
//! opportunistic (RFC 7435): STARTTLS wherever it is offered, with any certificate; where the handshake fails, once more
//! without, because the alternative is to send it in clear anyway.
//!
//! Invariants: what only one host of several refuses for good is not refused; nothing is sent to a host that the resolver did not lead to; every wait has an end, and so has the whole; a
//! message is handed to one host only, and once its data were sent, to no other in the same try.

mod connection;
mod fate;
mod route;

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use shared::api::submit::FailureReason;

use self::connection::{Connection, Failure};
use self::route::Target;
use crate::core::Random;
use crate::core::carrier::{Carrier, Fate, Parcel, Why};
use crate::net::BoxFuture;
use crate::net::dns::Resolver;

/// How long the other side is waited for (RFC 5321 §4.5.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// For the greeting.
    pub greeting: Duration,
    /// For the reply to a command.
    pub command: Duration,
    /// For the reply to DATA.
    pub data_start: Duration,
    /// For each piece of data to be taken.
    pub data_piece: Duration,
    /// For the reply to the end of the data.
    pub data_end: Duration,
    /// For all of one try, whatever it consists of.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            data_start: minutes(2),
            data_piece: minutes(3),
            data_end: minutes(10),
            whole: minutes(60),
        }
    }
}

/// Carries mail to other hosts.
#[derive(Clone, Debug)]
pub struct Courier {
    resolver: Arc<dyn Resolver>,
    tls: Arc<ClientConfig>,
    host: String,
    random: Random,
    patience: Patience,
}

impl Courier {
    /// A courier that calls itself `host`; `tls` is the configuration for hosts that offer STARTTLS.
    #[must_use]
    pub fn new(
        resolver: Arc<dyn Resolver>,
        tls: Arc<ClientConfig>,
        host: &str,
        random: Random,
        patience: Patience,
    ) -> Self {
        Self { resolver, tls, host: host.to_owned(), random, patience }
    }

    async fn try_hosts(&self, parcel: &Parcel) -> Vec<Fate> {
        let all = |fate: Fate| vec![fate; parcel.recipients.len()];
        let route = match route::find(&*self.resolver, &parcel.domain, &self.host, &mut self.random.clone()).await {
            Ok(route) => route,
            Err(fate) => return all(fate),
        };
        // A host that is not to be found now may be the one that takes the mail.
        let mut worst = route.missing.map(Fate::Later);
        for target in route.targets {
            match self.open(&target).await {
                Ok(connection) => return connection.send(parcel).await,
                Err(failure) => {
                    let host = &target.host;
                    tracing::info!(host, error = &failure as &dyn std::error::Error, "cannot speak with this host");
                    let fate = failure.fate(&target.host);
                    if !matches!((&worst, &fate), (Some(Fate::Later(_)), Fate::Never(_))) {
                        worst = Some(fate);
                    }
                }
            }
        }
        all(worst.unwrap_or_else(|| Fate::Later(Why::own(FailureReason::Unreachable, "4.4.1"))))
    }

    /// Connects and greets, with TLS where it can be had.
    async fn open(&self, target: &Target) -> Result<Connection, Failure> {
        let plain = Connection::open(target, &self.host, self.patience).await?;
        if !plain.offers_tls() {
            return Ok(plain);
        }
        match plain.secure(Arc::clone(&self.tls), &self.host).await {
            Ok(secured) => Ok(secured),
            Err(failure) => {
                let host = &target.host;
                tracing::warn!(host, error = &failure as &dyn std::error::Error, "STARTTLS failed, going on without");
                Connection::open(target, &self.host, self.patience).await
            }
        }
    }
}

impl Carrier for Courier {
    fn carry(&self, parcel: Parcel) -> BoxFuture<'_, Vec<Fate>> {
        Box::pin(async move {
            let whole = tokio::time::timeout(self.patience.whole, self.try_hosts(&parcel)).await;
            whole.unwrap_or_else(|_| {
                let why = Why::own(FailureReason::Unreachable, "4.4.2");
                vec![Fate::Later(why); parcel.recipients.len()]
            })
        })
    }
}

/// What a whole reply means where all recipients share it.
fn shared_fate(parcel: &Parcel, fate: &Fate) -> Vec<Fate> {
    vec![fate.clone(); parcel.recipients.len()]
}

/// Why a message cannot be sent to a host at all, found out from what the host offers.
fn unfit(size_limit: Option<u64>, eight_bit: bool, utf8: bool, host: &str, message: &Message<'_>) -> Option<Fate> {
    let never =
        |reason, status: &str| Some(Fate::Never(Why { host: Some(host.to_owned()), ..Why::own(reason, status) }));
    if size_limit.is_some_and(|limit| limit > 0 && message.bytes.len() as u64 > limit) {
        return never(FailureReason::TooLarge, "5.3.4");
    }
    if message.needs_utf8 && !utf8 {
        return never(FailureReason::Refused, "5.6.7");
    }
    if message.needs_eight_bit && !eight_bit {
        return never(FailureReason::Refused, "5.6.3");
    }
    None
}

/// A message with what it asks of its way.
struct Message<'a> {
    bytes: &'a [u8],
    needs_eight_bit: bool,
    needs_utf8: bool,
}

impl<'a> Message<'a> {
    fn of(parcel: &'a Parcel) -> Self {
        let bytes = parcel.message.as_slice();
        let header = shared::mime::header::Header::of(bytes).bytes();
        let addresses = parcel.from.iter().chain(&parcel.recipients);
        let plain = header.is_ascii() && addresses.into_iter().all(|address| address.as_str().is_ascii());
        Self { bytes, needs_eight_bit: !bytes.is_ascii(), needs_utf8: !plain }
    }
}
