//! Which protocol listens where: binds all ports before anything is opened, then serves.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::ServeError;
use super::world::{World, WorldError};
use crate::config::Config;
use crate::core::post::Post;
use crate::net::listen::{self, Door, Gate, Stop};
use crate::smtp::Role;
use crate::{http, imap, smtp};

/// Connections of all kinds at once: what a small machine holds, idle IMAP ones above all.
const CONNECTIONS: usize = 4096;
/// Connections of one network at once: a family behind one address, each with some devices and tabs.
const CONNECTIONS_PER_NETWORK: usize = 256;

/// What is spoken at a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protocol {
    /// The page and its API.
    Https,
    /// Mail from other servers.
    Smtp,
    /// Mail from mail programs, TLS from the first byte (RFC 8314).
    Submissions,
    /// Mail from mail programs, STARTTLS.
    Submission,
    /// Mailboxes for mail programs.
    Imaps,
}

impl Protocol {
    const ALL: [Self; 5] = [Self::Https, Self::Imaps, Self::Submissions, Self::Submission, Self::Smtp];

    /// Its name in the log and in what is printed.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Https => "page",
            Self::Smtp => "smtp",
            Self::Submissions => "submissions",
            Self::Submission => "submission",
            Self::Imaps => "imaps",
        }
    }

    /// The port that the configuration gives it; 0 stands for any that is free.
    fn port(self, config: &Config) -> u16 {
        let ports = &config.ports;
        let standard = match self {
            Self::Https => ports.https,
            Self::Smtp => ports.smtp,
            Self::Submissions => ports.submissions,
            Self::Submission => ports.submission,
            Self::Imaps => ports.imaps,
        };
        if standard == 0 { 0 } else { standard.saturating_add(config.port_offset) }
    }
}

/// A bound port.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) protocol: Protocol,
    pub(super) address: SocketAddr,
    listener: TcpListener,
}

/// A door that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) protocol: Protocol,
    pub(super) address: SocketAddr,
}

/// Where a protocol listens, on the first address.
pub(super) fn address_of(bound: &[Bound], protocol: Protocol) -> Option<SocketAddr> {
    bound.iter().find(|door| door.protocol == protocol).map(|door| door.address)
}

/// Binds every port, so that a port that is taken shows before anything is served.
pub(super) async fn bind(config: &Config) -> Result<Vec<Bound>, ServeError> {
    let mut bound = Vec::new();
    for protocol in Protocol::ALL {
        for ip in &config.listen {
            let address = SocketAddr::new(*ip, protocol.port(config));
            let failed = |source| ServeError::Bind { address, privileged: (1..1024).contains(&address.port()), source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            bound.push(Bound { protocol, address: listener.local_addr()?, listener });
        }
    }
    Ok(bound)
}

/// Serves every bound port.
pub(super) fn open(bound: Vec<Bound>, world: &World, post: &Post, stop: &Stop) -> Result<Vec<Open>, WorldError> {
    let gate = Gate::new(CONNECTIONS, CONNECTIONS_PER_NETWORK);
    let router = http::app(post.clone());
    let imap = imap::Service::new(post.context().clone(), post.budget().clone());
    let mut doors = Vec::new();
    for Bound { protocol, address, listener } in bound {
        doors.push(Open { protocol, address });
        let door = |tls| Door { name: protocol.name(), gate: gate.clone(), tls };
        match protocol {
            Protocol::Https => {
                let door = door(Some(world.tls(&["h2", "http/1.1"])?));
                let (router, draining) = (router.clone(), stop.clone());
                stop.spawn(listen::serve(listener, door, stop.clone(), move |stream, peer| {
                    let draining = draining.clone();
                    http::connection(stream, peer, router.clone(), async move { draining.draining().await })
                }));
            }
            Protocol::Imaps => {
                let door = door(Some(world.tls(&["imap"])?));
                let (imap, draining) = (imap.clone(), stop.clone());
                stop.spawn(listen::serve(listener, door, stop.clone(), move |stream, peer| {
                    let (imap, draining) = (imap.clone(), draining.clone());
                    imap::serve_connection(stream, peer.ip(), imap, async move { draining.draining().await })
                }));
            }
            Protocol::Smtp | Protocol::Submission | Protocol::Submissions => {
                let tls = world.tls(&[])?;
                let first_byte = (protocol == Protocol::Submissions).then(|| Arc::clone(&tls));
                let role = if protocol == Protocol::Smtp { Role::Exchange } else { Role::Submission };
                let smtp = smtp::Server::new(post.clone(), role, Some(tls), stop.clone());
                stop.spawn(listen::serve(listener, door(first_byte), stop.clone(), move |stream, peer| {
                    smtp.clone().connection(stream, peer)
                }));
            }
        }
    }
    Ok(doors)
}
