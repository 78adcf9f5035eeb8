//! What a box prints when its doors are open: where to go, and the link that makes the first account.

use std::io::{self, Write};

use super::doors::Open;
use super::ports::Protocol;
use super::{Running, ServeError};
use crate::config::Config;
use crate::core::accounts;

/// Prints where everything is.
pub(super) async fn print(config: &Config, running: &Running) -> Result<(), ServeError> {
    let invitation = accounts::first_invitation(running.post.context()).await?;
    let (site, host) = (&running.identity.site, &running.identity.mail_server.host);
    let mut out = io::stdout().lock();
    writeln!(out, "Own-Mailbox for {} is open.", running.identity.domain)?;
    for Open { protocol, address } in &running.doors {
        match protocol {
            Protocol::Https => writeln!(out, "  {:<12} {site}/  ({address})", protocol.name())?,
            _ => writeln!(out, "  {:<12} {host}:{}  ({address})", protocol.name(), address.port())?,
        }
    }
    if config.tls.certificate.is_none() {
        let authority = config.data.join("ca.pem");
        writeln!(out, "  {:<12} {}  (trust it, or the browser will warn)", "authority", authority.display())?;
    }
    if let Some(invitation) = invitation {
        writeln!(out, "\nMake the first account here, once:\n  {}", invitation.link(site))?;
    }
    writeln!(out, "\nStop with Ctrl-C.")?;
    Ok(out.flush()?)
}

pub(super) fn stopping() -> io::Result<()> {
    writeln!(io::stdout(), "\nStopping: what is in transfer gets through. Once more stops at once.")
}
