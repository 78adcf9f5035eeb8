//! Names of the Internet, by the resolvers that the system names (`/etc/resolv.conf`).

use std::fmt;
use std::net::SocketAddr;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError as Answered, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Resolver as Hickory, TokioResolver};

use super::{DnsError, Mx, Resolver, Srv};
use crate::net::BoxFuture;
use crate::net::peer::is_public;

/// Records of one answer that are looked at: nobody has more for good reason.
const RECORDS: usize = 64;

/// Looks names up over the network. A host has no other addresses than those of the public Internet.
pub struct Network {
    hickory: TokioResolver,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Network {
    /// Reads the system's configuration.
    ///
    /// # Errors
    /// Where the system names no resolver.
    pub fn new() -> Result<Self, DnsError> {
        let hickory = Hickory::builder(TokioRuntimeProvider::default()).and_then(|builder| builder.build());
        Ok(Self { hickory: hickory.map_err(temporary)? })
    }

    /// Asks this server alone, by UDP and TCP.
    ///
    /// # Errors
    /// Where no resolver can be made.
    pub fn of_server(server: SocketAddr) -> Result<Self, DnsError> {
        let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
        connections.iter_mut().for_each(|connection| connection.port = server.port());
        let named = NameServerConfig::new(server.ip(), true, connections.into());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![named]);
        let hickory = Hickory::builder_with_config(config, TokioRuntimeProvider::default()).build();
        Ok(Self { hickory: hickory.map_err(temporary)? })
    }

    /// All records of one kind; `None` where the name exists without any.
    async fn records(&self, name: &str, kind: RecordType) -> Result<Option<Vec<RData>>, DnsError> {
        let mut name = Name::from_utf8(name).map_err(|_| DnsError::NotFound)?;
        name.set_fqdn(true);
        match self.hickory.lookup(name, kind).await {
            Ok(lookup) => Ok(Some(lookup.answers().iter().take(RECORDS).map(|record| record.data.clone()).collect())),
            Err(NetError::Dns(Answered::NoRecordsFound(none))) => match none.response_code {
                ResponseCode::NoError => Ok(None),
                ResponseCode::NXDomain => Err(DnsError::NotFound),
                _ => Err(DnsError::Temporary(None)),
            },
            Err(error) => Err(temporary(error)),
        }
    }

    async fn find_addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, DnsError> {
        let (v6, v4) = tokio::join!(self.records(host, RecordType::AAAA), self.records(host, RecordType::A));
        let found: Vec<RData> = match (v6, v4) {
            (Ok(v6), Ok(v4)) => v6.into_iter().chain(v4).flatten().collect(),
            // One family is enough, unless it has nothing.
            (Ok(Some(some)), Err(_)) | (Err(_), Ok(Some(some))) => some,
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let all = found.into_iter().filter_map(|data| data.ip_addr()).map(|ip| SocketAddr::new(ip, port));
        let (near, far): (Vec<_>, Vec<_>) = all.partition(|address| !is_public(address.ip()));
        match (far.is_empty(), near.is_empty()) {
            (false, _) => Ok(far),
            (true, false) => Err(DnsError::NotPublic),
            (true, true) => Err(DnsError::NotFound),
        }
    }
}

fn host_of(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

fn temporary(error: NetError) -> DnsError {
    DnsError::Temporary(Some(error))
}

impl Resolver for Network {
    fn mx<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Mx>, DnsError>> {
        Box::pin(async move {
            let records = self.records(domain, RecordType::MX).await?.unwrap_or_default();
            let mut found: Vec<Mx> = records
                .iter()
                .filter_map(|data| match data {
                    RData::MX(mx) => Some(Mx { preference: mx.preference, host: host_of(&mx.exchange) }),
                    _ => None,
                })
                .collect();
            found.sort();
            Ok(found)
        })
    }

    fn addresses<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, Result<Vec<SocketAddr>, DnsError>> {
        Box::pin(self.find_addresses(host, port))
    }

    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>, DnsError>> {
        Box::pin(async move {
            let records = self.records(name, RecordType::TXT).await?.unwrap_or_default();
            let text = |data| match data {
                RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
                _ => None,
            };
            Ok(records.into_iter().filter_map(text).collect())
        })
    }

    fn srv<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<Srv>, DnsError>> {
        Box::pin(async move {
            let records = self.records(name, RecordType::SRV).await?.unwrap_or_default();
            let mut found: Vec<Srv> = records
                .iter()
                .filter_map(|data| match data {
                    RData::SRV(srv) => Some(Srv {
                        priority: srv.priority,
                        weight: srv.weight,
                        port: srv.port,
                        host: host_of(&srv.target),
                    }),
                    _ => None,
                })
                .collect();
            found.sort();
            Ok(found)
        })
    }
}
