//! What a box is called and where it is reached, written into its data folder at every start, so that `own-mailbox user …`
//! and `own-mailbox dns` need to be told the folder only.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared::api::device::MailServer;

use super::ports::{Bound, Protocol, address_of};
use crate::config::Config;
use crate::core::Domain;
use crate::core::records::About;

/// Who this box is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// The domain of its addresses.
    pub(crate) domain: String,
    /// Its host name, as others reach it.
    pub(crate) host: String,
    /// Where its page is, without a final slash.
    pub(crate) site: String,
    /// How mail programs reach it.
    pub(crate) mail_server: MailServer,
}

impl Identity {
    /// What the configuration and the ports that were bound make of a box. One that listens on loopback only is reached as
    /// `localhost`.
    pub(super) fn of(config: &Config, domain: &Domain, bound: &[Bound]) -> Self {
        let loopback = config.listen.iter().all(std::net::IpAddr::is_loopback);
        let host = match Domain::new(&config.host) {
            _ if config.host.is_empty() => domain.as_str().to_owned(),
            Ok(named) => named.as_str().to_owned(),
            Err(_) => config.host.clone(),
        };
        let reached = if loopback { "localhost" } else { &host };
        let port = |protocol| address_of(bound, protocol).map_or(0, |address| address.port());
        let site = match port(Protocol::Https) {
            443 => format!("https://{reached}"),
            other => format!("https://{reached}:{other}"),
        };
        let mail_server = MailServer {
            host: reached.to_owned(),
            imaps_port: port(Protocol::Imaps),
            submissions_port: port(Protocol::Submissions),
        };
        Self { domain: domain.as_str().to_owned(), host, site, mail_server }
    }

    /// What DNS should say of it; it does not know its public addresses by itself.
    pub(crate) fn about(&self, addresses: Vec<IpAddr>) -> About {
        About {
            domain: self.domain.clone(),
            host: self.host.clone(),
            addresses,
            imaps_port: self.mail_server.imaps_port,
            submissions_port: self.mail_server.submissions_port,
        }
    }

    /// Writes it down: whole or not at all, and only where it is news, so that a box starts on a full disk too.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let (path, text) = (file(folder), serde_json::to_vec_pretty(self)?);
        if std::fs::read(&path).is_ok_and(|written| written == text) {
            return Ok(());
        }
        let partial = path.with_extension("part");
        std::fs::write(&partial, text)?;
        std::fs::rename(partial, path)
    }

    /// What the box wrote at its last start.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(file(folder))?)?)
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("box.json")
}
