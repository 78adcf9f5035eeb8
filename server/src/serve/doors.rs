//! What is served at each port.

use std::net::SocketAddr;
use std::sync::Arc;

use super::ports::{Bound, Protocol};
use super::world::{World, WorldError};
use crate::core::post::Post;
use crate::net::listen::{self, Door, Gate, Stop};
use crate::smtp::Role;
use crate::{http, imap, smtp};

/// Connections to the page at once. All doors together have 4096, what a small machine holds; one that is full shuts none of
/// the others.
const PAGES: usize = 1536;
/// Connections over IMAP at once, most of them idle.
const MAILBOXES: usize = 1536;
/// Connections from other mail servers at once.
const EXCHANGES: usize = 512;
/// Connections of mail programs that hand mail in, at once.
const SUBMISSIONS: usize = 512;
/// Connections of one network at once to the page, to IMAP and for handing in: a family behind one address, each with some
/// devices and tabs.
const CONNECTIONS_PER_NETWORK: usize = 256;
/// Connections of one other server at once; large ones open some twenty.
const EXCHANGES_PER_NETWORK: usize = 64;

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
    let router = http::app(post.clone(), stop.clone());
    let imap = imap::Service::new(post.clone());
    let mut doors = Vec::new();
    for Bound { protocol, address, listener } in bound {
        doors.push(Open { protocol, address });
        let gate = match protocol {
            Protocol::Https => &pages,
            Protocol::Imaps => &mailboxes,
            Protocol::Smtp => &exchanges,
            Protocol::Submission | Protocol::Submissions => &submissions,
        };
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
