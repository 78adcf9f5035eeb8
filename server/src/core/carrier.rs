//! The contract between the queue and whoever takes mail to other hosts.

use std::fmt;

use shared::api::EmailAddress;
use shared::api::submit::FailureReason;

use crate::net::BoxFuture;

/// One message for some people of one domain.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The domain of all recipients.
    pub domain: String,
    /// The envelope's sender; `None` is the null reverse-path.
    pub from: Option<EmailAddress>,
    /// The recipients, at least one.
    pub recipients: Vec<EmailAddress>,
    /// The message's bytes.
    pub message: Vec<u8>,
}

/// What became of a parcel for one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// The other side has taken it.
    Delivered,
    /// Not now.
    Later(Why),
    /// Never.
    Never(Why),
}

/// Why a recipient could not be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Why {
    /// For people.
    pub reason: FailureReason,
    /// Enhanced status code (RFC 3463), for machines.
    pub status: String,
    /// The host that was spoken with.
    pub host: Option<String>,
    /// What it said, on one line.
    pub said: Option<String>,
}

impl Why {
    /// A reason that nobody said: it was found out here.
    #[must_use]
    pub fn own(reason: FailureReason, status: &str) -> Self {
        Self { reason, status: status.to_owned(), host: None, said: None }
    }
}

/// Takes mail to other hosts.
pub trait Carrier: fmt::Debug + Send + Sync {
    /// Tries to deliver a parcel; answers one fate for each recipient, in their order. Safe to drop: what was not answered is in
    /// doubt and is tried again.
    fn carry(&self, parcel: Parcel) -> BoxFuture<'_, Vec<Fate>>;
}
