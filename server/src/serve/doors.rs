//! What is served at each port.

use std::net::SocketAddr;
use std::sync::Arc;

use super::ports::{Bound, Protocol};
use super::world::{World, WorldError};
use crate::core::post::Post;
use crate::net::listen::{self, Door, Gate, Stop};
use crate::smtp::Role;
use crate::{http, imap, smtp};

/// Connections of all kinds at once: what a small machine holds, idle IMAP ones above all.
const CONNECTIONS: usize = 4096;
/// Connections of one network at once: a family behind one address, each with some devices and tabs.
const CONNECTIONS_PER_NETWORK: usize = 256;

/// A door that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) protocol: Protocol,
    pub(super) address: SocketAddr,
}

/// Serves every bound port.
pub(super) fn open(bound: Vec<Bound>, world: &World, post: &Post, stop: &Stop) -> Result<Vec<Open>, WorldError> {
    let family = |connections| Gate::new(connections, CONNECTIONS_PER_NETWORK);
    let (pages, mailboxes, submissions) = (family(PAGES), family(MAILBOXES), family(SUBMISSIONS));
    let exchanges = Gate::new(EXCHANGES, EXCHANGES_PER_NETWORK);
    let router = http::app(post.clone());
    let imap = imap::Service::new(post.clone());
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
