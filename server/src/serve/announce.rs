//! What a box prints when its doors are open: where to go, and the link that makes the first account.

use std::io::{self, Write};

use super::doors::{Open, Protocol};
use super::{Running, ServeError};
use crate::config::Config;
use crate::core::accounts;

/// Prints where everything is.
pub(super) async fn print(config: &Config, running: &Running) -> Result<(), ServeError> {
    let invitation = accounts::first_invitation(&running.context).await?;
    let host = &running.context.host;
    let mut out = io::stdout().lock();
    writeln!(out, "Own-Mailbox for {} is open.", running.context.domain.as_str())?;
    for Open { protocol, address } in &running.doors {
        match protocol {
            Protocol::Https => writeln!(out, "  {:<12} https://{}/  ({address})", protocol.name(), site(config, running))?,
            _ => writeln!(out, "  {:<12} {host}:{}  ({address})", protocol.name(), address.port())?,
        }
    }
    if config.tls.certificate.is_none() {
        let authority = config.data.join("ca.pem");
        writeln!(out, "  {:<12} {}  (trust it, or the browser will warn)", "authority", authority.display())?;
    }
    if let Some(token) = invitation {
        writeln!(out, "\nMake the first account here, once:")?;
        writeln!(out, "  https://{}{}#{token}", site(config, running), shared::api::paths::INVITATION_PAGE)?;
    }
    writeln!(out, "\nStop with Ctrl-C.")?;
    out.flush()?;
    Ok(())
}

pub(super) fn stopping() -> io::Result<()> {
    writeln!(io::stdout(), "\nStopping: what is in transfer gets through. Once more stops at once.")
}

/// Host and port under which the page is reached; a box on loopback is `localhost`.
fn site(config: &Config, running: &Running) -> String {
    let page = running.doors.iter().find(|door| door.protocol == Protocol::Https);
    let port = page.map_or(443, |door| door.address.port());
    let loopback = config.listen.iter().all(std::net::IpAddr::is_loopback);
    let host = if loopback { "localhost" } else { &running.context.host };
    if port == 443 { host.to_owned() } else { format!("{host}:{port}") }
}
