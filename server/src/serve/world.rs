//! What a box sees of the world and shows of itself: names and certificates, as configured or all of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;

use super::neighbours::{LocalFetch, NeighbourError, Neighbours};
use super::own_names::OwnNames;
use super::ports::{Bound, Protocol, address_of};
use crate::config::Config;
use crate::core::Context;
use crate::core::dkim::Keys;
use crate::core::records::About;
use crate::net::dns::{self, Resolver, Zone};
use crate::net::fetch::{Fetch, Https};
use crate::net::listen::{self, Door, Gate, Stop};
use crate::net::local_ca::{LocalCa, LocalCaError};
use crate::net::tls::{self, Certificates, TlsError};
use crate::smtp::client::{Courier, Patience};
use crate::smtp::sandbox::{self, Sandbox};

/// How often certificates are looked at: renewed where they are the box's own, read again where others renew them.
const CERTIFICATES_EVERY: Duration = Duration::from_secs(12 * 3600);
/// Connections to the sandbox of a local box: only this box makes any.
const SANDBOX_CONNECTIONS: usize = 64;

/// Why certificates or names cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Only one of certificate and key is configured.
    #[error("[tls] needs both certificate and key")]
    HalfConfigured,
    /// A configured certificate or key cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key cannot be used.
    #[error("cannot use the certificate")]
    Tls(#[from] TlsError),
    /// The box's own authority cannot be opened.
    #[error("cannot open the box's own certificate authority")]
    LocalCa(#[from] LocalCaError),
    /// The sandbox of a local box cannot listen.
    #[error("cannot open the sandbox for outgoing mail")]
    Sandbox(#[source] std::io::Error),
    /// The other domains on this machine are not what they must be.
    #[error(transparent)]
    Neighbours(#[from] NeighbourError),
    /// The system names no DNS server.
    #[error("cannot look names up")]
    Dns(#[from] dns::DnsError),
}

/// Names and certificates.
#[derive(Clone, Debug)]
pub(super) struct World {
    certificates: Arc<Certificates>,
    /// How names are looked up.
    pub(super) resolver: Arc<dyn Resolver>,
    /// How small files of other boxes are read.
    pub(super) fetch: Arc<dyn Fetch>,
    /// How mail is brought to other hosts.
    pub(super) courier: Arc<Courier>,
}

impl World {
    /// The world as the configuration says; with what a `local` box publishes of itself, one where only this machine exists.
    pub(super) async fn new(
        config: &Config,
        local: Option<(About, Keys)>,
        context: &Context,
        bound: &[Bound],
        stop: &Stop,
    ) -> Result<Self, WorldError> {
        let (certificates, own_root) = certificates(config, context, stop)?;
        let neighbours = Neighbours::new(&config.neighbours, &context.domain)?;
        let is_local = local.is_some();
        let resolver: Arc<dyn Resolver> = match local {
            Some((about, keys)) => {
                let zone = zone(context.domain.as_str(), bound, open_sandbox(stop).await?);
                Arc::new(OwnNames::new(neighbours.add_names(zone), about, keys))
            }
            None => Arc::new(dns::Network::new()?),
        };
        let trust = if is_local { own_root.as_slice() } else { &[] };
        let https = Https::new(Arc::clone(&resolver), tls::verifying_client(trust)?);
        let fetch: Arc<dyn Fetch> = if is_local {
            Arc::new(LocalFetch::new(https, Arc::clone(&resolver), neighbours))
        } else {
            Arc::new(https)
        };
        let courier = Courier::new(
            Arc::clone(&resolver),
            tls::opportunistic_client()?,
            &context.host,
            context.random.clone(),
            Patience::default(),
        );
        Ok(Self { certificates, resolver, fetch, courier: Arc::new(courier) })
    }

    /// The configuration of a door that shows the box's certificate.
    pub(super) fn tls(&self, protocols: &[&str]) -> Result<Arc<ServerConfig>, WorldError> {
        Ok(tls::server_config(&self.certificates, protocols)?)
    }
}

/// Opens the host whose recipients provoke every outcome of a delivery, on a free port of loopback.
async fn open_sandbox(stop: &Stop) -> Result<SocketAddr, WorldError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(WorldError::Sandbox)?;
    let address = listener.local_addr().map_err(WorldError::Sandbox)?;
    let door = Door { name: "sandbox", gate: Gate::new(SANDBOX_CONNECTIONS, SANDBOX_CONNECTIONS), tls: None };
    let sandbox = Sandbox::default();
    stop.spawn(listen::serve(listener, door, stop.clone(), move |stream, _| sandbox.clone().connection(stream)));
    Ok(address)
}

/// The names of a local box; each port of them leads to where this box really listens.
fn zone(domain: &str, bound: &[Bound], sandbox: SocketAddr) -> Zone {
    let mut zone = sandbox::add_names(Zone::new(), domain, sandbox).with_mx(domain, 10, &format!("mail.{domain}"));
    for (protocol, port) in [(Protocol::Https, 443), (Protocol::Smtp, 25)] {
        let Some(address) = address_of(bound, protocol) else { continue };
        zone = zone.with_port(domain, port, address);
        for label in ["autoconfig", "mail", "openpgpkey"] {
            zone = zone.with_port(&format!("{label}.{domain}"), port, address);
        }
    }
    zone
}

type Shown = (Arc<Certificates>, Option<CertificateDer<'static>>);

/// The certificate that the doors show, kept fresh, and the box's own authority where that gave it.
fn certificates(config: &Config, context: &Context, stop: &Stop) -> Result<Shown, WorldError> {
    match (&config.tls.certificate, &config.tls.key) {
        (Some(chain), Some(key)) => {
            let (first_chain, first_key) = read(chain, key)?;
            let shown = Certificates::new(first_chain, first_key)?;
            let (chain, key, kept) = (chain.clone(), key.clone(), Arc::clone(&shown));
            keep_fresh(stop, move || {
                let (chain, key) = read(&chain, &key)?;
                Ok(kept.replace(chain, key)?)
            });
            Ok((shown, None))
        }
        (None, None) => {
            let (folder, domain, clock) =
                (config.data.clone(), context.domain.as_str().to_owned(), context.clock.clone());
            let authority = LocalCa::open(&folder, &domain, clock.now())?;
            let shown = (Arc::clone(authority.certificates()), Some(authority.root().clone()));
            keep_fresh(stop, move || Ok(authority.renew(&folder, &domain, clock.now())?));
            Ok(shown)
        }
        _ => Err(WorldError::HalfConfigured),
    }
}

fn read(chain: &Path, key: &Path) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), WorldError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| WorldError::Unreadable { path, source }
    };
    let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).map_err(unreadable(chain))?;
    Ok((certificates, PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?))
}

fn keep_fresh(stop: &Stop, mut renew: impl FnMut() -> Result<(), WorldError> + Send + 'static) {
    let draining = stop.clone();
    stop.spawn(async move {
        loop {
            tokio::select! {
                () = draining.draining() => return,
                () = tokio::time::sleep(CERTIFICATES_EVERY) => {}
            }
            if let Err(error) = renew() {
                tracing::error!(error = &error as &dyn std::error::Error, "the certificate could not be renewed");
            }
        }
    });
}
