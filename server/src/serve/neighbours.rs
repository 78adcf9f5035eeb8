//! Other domains on this machine, which a local box can write to and whose key directories it can ask.
//!
//! Invariants: a neighbour is on loopback, as [`Loopback`](crate::config::Loopback) has it; the authority named for it vouches
//! for its own names and no others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::config;
use crate::core::Domain;
use crate::net::BoxFuture;
use crate::net::dns::{Resolver, Zone};
use crate::net::fetch::{Fetch, FetchError, Fetched, Https};
use crate::net::tls;

/// Where mail is taken, and where key directories are.
const PORTS: (u16, u16) = (25, 443);

/// Why the configured neighbours cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NeighbourError {
    /// The domain is not one that an address can have.
    #[error("[[neighbours]]: {0:?} cannot be the domain of a mail address")]
    Domain(String),
    /// The name belongs to the box itself, stands above or below its domain, or belongs to another neighbour.
    #[error("[[neighbours]]: {0} is taken already")]
    Taken(String),
}

/// The domains, each with the authority that vouches for its HTTPS.
#[derive(Clone, Debug, Default)]
pub(super) struct Neighbours {
    known: Vec<(Domain, config::Neighbour)>,
}

impl Neighbours {
    /// Takes the configured ones, for a box of the domain `own`.
    pub(super) fn new(configured: &[config::Neighbour], own: &Domain) -> Result<Self, NeighbourError> {
        let mut known: Vec<(Domain, config::Neighbour)> = Vec::new();
        for neighbour in configured {
            let name = &neighbour.domain;
            let domain = Domain::new(name).map_err(|_| NeighbourError::Domain(name.clone()))?;
            let is_own = is_within(domain.as_str(), own) || is_within(own.as_str(), &domain);
            if is_own || known.iter().any(|(other, _)| *other == domain) {
                return Err(NeighbourError::Taken(name.clone()));
            }
            known.push((domain, neighbour.clone()));
        }
        Ok(Self { known })
    }

    /// Adds their names to a zone.
    pub(super) fn add_names(&self, mut zone: Zone) -> Zone {
        for (domain, neighbour) in &self.known {
            let domain = domain.as_str();
            let mail = format!("mail.{domain}");
            zone = zone.with_mx(domain, 10, &mail);
            for host in [domain, &mail, &format!("openpgpkey.{domain}")] {
                zone = zone.with_port(host, PORTS.0, neighbour.smtp.address());
                if let Some(https) = neighbour.https {
                    zone = zone.with_port(host, PORTS.1, https.address());
                }
            }
        }
        zone
    }

    fn of_host(&self, host: &str) -> Option<&config::Neighbour> {
        let above = self.known.iter().filter(|(domain, _)| is_within(host, domain));
        // A neighbour can stand below another one, and its names are its own.
        above.max_by_key(|(domain, _)| domain.as_str().len()).map(|(_, neighbour)| neighbour)
    }
}

/// Whether a name is the domain or stands below it.
fn is_within(name: &str, domain: &Domain) -> bool {
    let above = name.strip_suffix(domain.as_str());
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// Reads files as a local box does: from itself under its own authority, from a neighbour under the one named for it.
#[derive(Debug)]
pub(super) struct LocalFetch {
    own: Https,
    resolver: Arc<dyn Resolver>,
    neighbours: Neighbours,
}

impl LocalFetch {
    pub(super) fn new(own: Https, resolver: Arc<dyn Resolver>, neighbours: Neighbours) -> Self {
        Self { own, resolver, neighbours }
    }
}

impl Fetch for LocalFetch {
    fn get<'a>(&'a self, host: &'a str, path: &'a str, limit: usize) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let Some(neighbour) = self.neighbours.of_host(host) else { return self.own.get(host, path, limit).await };
            let roots = roots(neighbour.authority.as_deref()).await?;
            let tls = tls::verifying_client(&roots).map_err(|error| FetchError::Unreachable(error.into()))?;
            Https::new(Arc::clone(&self.resolver), tls).get(host, path, limit).await
        })
    }
}

/// A file of certificates could not be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}")]
struct Unreadable {
    path: PathBuf,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The certificates in a neighbour's file. They are read each time, because the neighbour may be started, and make them, later.
async fn roots(authority: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, FetchError> {
    let Some(path) = authority else { return Ok(Vec::new()) };
    let unreadable = |source| FetchError::Unreachable(Unreadable { path: path.to_owned(), source }.into());
    let pem = tokio::fs::read(path).await.map_err(|error| unreadable(error.into()))?;
    CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|error| unreadable(error.into()))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use shared::api::Timestamp;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::{Config, Neighbour};
    use crate::net::local_ca::LocalCa;
    use crate::net::stream::Duplex;

    fn neighbour(domain: &str, https: Option<SocketAddr>, authority: Option<PathBuf>) -> Neighbour {
        let loopback = |address: SocketAddr| address.try_into().unwrap();
        let smtp = loopback("127.0.0.1:9025".parse().unwrap());
        Neighbour { domain: domain.to_owned(), smtp, https: https.map(loopback), authority }
    }

    fn own() -> Domain {
        Domain::new(&Config::local().domain).unwrap()
    }

    #[tokio::test]
    async fn three_names_of_a_neighbour_lead_to_it() {
        let https = "127.0.0.1:9443".parse().unwrap();
        let both = [neighbour("Other.test", Some(https), None), neighbour("keyless.test", None, None)];
        let zone = Neighbours::new(&both, &own()).unwrap().add_names(Zone::new());
        assert_eq!(zone.mx("other.test").await.unwrap()[0].host, "mail.other.test");
        for host in ["other.test", "mail.other.test", "openpgpkey.other.test"] {
            assert_eq!(zone.addresses(host, 443).await.unwrap(), [https]);
            assert_eq!(zone.addresses(host, 25).await.unwrap()[0].port(), 9025);
        }
        assert!(zone.addresses("openpgpkey.keyless.test", 443).await.is_err());
        assert_eq!(zone.addresses("mail.keyless.test", 25).await.unwrap()[0].port(), 9025);
    }

    #[test]
    fn a_name_that_is_taken_or_none_is_refused() {
        for names in [&["home.test"][..], &["fail.home.test"], &["test"], &["other.test", "OTHER.test"]] {
            let all: Vec<_> = names.iter().map(|name| neighbour(name, None, None)).collect();
            assert!(matches!(Neighbours::new(&all, &own()), Err(NeighbourError::Taken(_))), "{names:?}");
        }
        let none = [neighbour("no domain", None, None)];
        assert!(matches!(Neighbours::new(&none, &own()), Err(NeighbourError::Domain(_))));
        assert!(Neighbours::new(&[neighbour("othehome.test", None, None)], &own()).is_ok());
    }

    #[test]
    fn a_name_belongs_to_the_neighbour_that_is_nearest_above_it() {
        let names = ["other.test", "below.other.test", "deep.below.other.test"];
        let all: Vec<_> = names.iter().map(|name| neighbour(name, None, None)).collect();
        let neighbours = Neighbours::new(&all, &own()).unwrap();
        let of = |host: &str| neighbours.of_host(host).map(|neighbour| neighbour.domain.clone());
        for (host, domain) in [
            ("mail.other.test", "other.test"),
            ("notbelow.other.test", "other.test"),
            ("openpgpkey.below.other.test", "below.other.test"),
            ("deep.below.other.test", "deep.below.other.test"),
        ] {
            assert_eq!(of(host).as_deref(), Some(domain), "{host}");
        }
        assert_eq!(of("another.test"), None);
    }

    #[tokio::test]
    async fn a_neighbour_that_starts_later_is_believed_then_and_for_its_own_names_alone() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let file = folder.path().join("ca.pem");
        let configured = [neighbour("other.test", Some(at), Some(file)), neighbour("third.test", Some(at), None)];
        let neighbours = Neighbours::new(&configured, &own()).unwrap();
        let resolver: Arc<dyn Resolver> = Arc::new(neighbours.add_names(Zone::new()));
        let own = Https::new(Arc::clone(&resolver), tls::verifying_client(&[]).unwrap());
        let fetch = LocalFetch::new(own, resolver, neighbours);
        let Err(FetchError::Unreachable(cause)) = fetch.get("openpgpkey.other.test", "/file", 5).await else {
            panic!("nobody vouches for it yet")
        };
        assert!(cause.to_string().contains("ca.pem"), "{cause}");

        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = Timestamp(i64::try_from(since.as_secs()).unwrap());
        let ca = LocalCa::open(folder.path(), "other.test", now).unwrap();
        let config = tls::server_config(ca.certificates(), &[]).unwrap();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut stream) = Duplex::from(socket).accept_tls(Arc::clone(&config)).await else { continue };
                let _request = stream.read(&mut [0; 1024]).await;
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
                let _gone = stream.shutdown().await;
            }
        });
        assert_eq!(fetch.get("openpgpkey.other.test", "/file", 5).await.unwrap().body, b"hello");
        assert!(matches!(fetch.get("third.test", "/file", 5).await, Err(FetchError::Unreachable(_))));
        assert!(matches!(fetch.get("home.test", "/file", 5).await, Err(FetchError::NoSuchHost)));
    }
}
