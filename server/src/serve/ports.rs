//! Which protocol listens where: all ports are bound before anything is served.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::ServeError;
use crate::config::Config;

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
    pub(super) listener: TcpListener,
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
