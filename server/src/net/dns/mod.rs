//! Looking names up (RFC 1034, 1035): over the network ([`Network`]) or in a zone of our own ([`Zone`]).
//!
//! Invariants: "there is no such name" is never mixed up with "could not be asked"; what comes back is bounded in number.

mod network;
mod zone;

pub use network::Network;
pub use zone::Zone;

use std::fmt;
use std::net::SocketAddr;

use super::BoxFuture;

/// One mail exchanger of a domain (RFC 5321 §5.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// Its host name in lower case, without the final dot; empty is the "null MX" (RFC 7505): the domain takes no mail.
    pub host: String,
}

/// Where a service of a domain is (RFC 2782).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// How often it is chosen among those of the same priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// Its host name in lower case, without the final dot; empty: the domain has no such service.
    pub host: String,
}

/// Why a look-up has no answer.
#[derive(Debug, thiserror::Error)]
pub enum DnsError {
    /// The name does not exist, or has no records of this kind.
    #[error("no such name, or no such records")]
    NotFound,
    /// The name leads only to addresses that this box does not connect to.
    #[error("the name leads to no public address")]
    NotPublic,
    /// The servers could not be asked or did not answer; later they may.
    #[error("the name could not be looked up now")]
    Temporary(#[source] Option<hickory_resolver::net::NetError>),
}

/// Looks names up.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// The mail exchangers of a domain, most preferred first; empty where the domain exists without any.
    ///
    /// # Errors
    /// [`DnsError::NotFound`] where the domain does not exist.
    fn mx<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Mx>, DnsError>>;

    /// Where a host answers on a port; never empty.
    ///
    /// # Errors
    /// [`DnsError::NotFound`] where the host has no address.
    fn addresses<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, Result<Vec<SocketAddr>, DnsError>>;

    /// The texts of a name, each put together of its strings (RFC 7208 §3.3), octets beyond UTF-8 replaced; empty where the name exists
    /// without any.
    ///
    /// # Errors
    /// [`DnsError::NotFound`] where the name does not exist.
    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>, DnsError>>;

    /// Where the service of this name is (`_imaps._tcp.example.org`), most preferred first; empty where the name exists without any.
    ///
    /// # Errors
    /// [`DnsError::NotFound`] where the name does not exist.
    fn srv<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<Srv>, DnsError>>;
}
