//! Doors: listeners that accept connections within limits, and the way they all stop.
//!
//! A [`Gate`] bounds the connections of a door and of one network. Where the door is full, connections wait in the
//! kernel's queue; where one network has its share, further ones of it are closed at once. Connections whose other end has gone
//! without a word are found out by the kernel (TCP keep-alive). When the process is out of file
//! descriptors, accepting backs off instead of spinning. TLS handshakes happen inside the connection's own task, so that a
//! slow one holds nobody up.
//!
//! Stopping has two steps ([`Stop`]): first nothing new is accepted and sessions end at their next pause; then what is left
//! is dropped.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::net::sockopt;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::peer::Network;
use super::stream::Duplex;

/// A TLS handshake is a few round trips and some computing; who needs longer is not waited for.
const HANDSHAKE: Duration = Duration::from_secs(30);
/// First pause after accepting failed, doubled each time up to [`BACK_OFF_MAX`].
const BACK_OFF_MIN: Duration = Duration::from_millis(5);
/// Longest pause after accepting failed: a second, so that service resumes soon after descriptors are free again.
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// Silence after which the kernel asks whether the other end is still there.
const ALIVE_AFTER: Duration = Duration::from_secs(2 * 60);
/// Between two questions that were not answered.
const ALIVE_EVERY: Duration = Duration::from_secs(30);
/// Questions without an answer after which a connection is over.
const ALIVE_TRIES: u32 = 4;
/// How many times one network's share all networks of a site have together.
const SITE_SHARES: usize = 4;

/// Bounds how many connections are open; clones count together.
#[derive(Clone, Debug)]
pub struct Gate {
    places: Arc<Semaphore>,
    networks: Arc<Mutex<HashMap<Network, usize>>>,
    per_network: usize,
}

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    networks: Arc<Mutex<HashMap<Network, usize>>>,
    network: Network,
    site: Option<Network>,
    _place: OwnedSemaphorePermit,
}

impl Gate {
    /// A gate for `total` connections at once, of which one network may have `per_network`; all networks of one IPv6 site
    /// together four times as many.
    #[must_use]
    pub fn new(total: usize, per_network: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(total)), networks: Arc::default(), per_network }
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Takes one of a network's places, or `None` where it has all of its own.
    fn enter(&self, network: Network, place: OwnedSemaphorePermit) -> Option<Place> {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        let site = network.site();
        let open = |network| networks.get(&network).copied().unwrap_or(0);
        let site_is_full = site.is_some_and(|site| open(site) >= self.per_network.saturating_mul(SITE_SHARES));
        if site_is_full || open(network) >= self.per_network {
            return None;
        }
        for network in [Some(network), site].into_iter().flatten() {
            *networks.entry(network).or_default() += 1;
        }
        Some(Place { networks: Arc::clone(&self.networks), network, site, _place: place })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        for network in [Some(self.network), self.site].into_iter().flatten() {
            if let Some(open) = networks.get_mut(&network) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    networks.remove(&network);
                }
            }
        }
    }
}

/// Stops everything that was spawned on it, in two steps; clones stop together.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    drain: CancellationToken,
    abort: CancellationToken,
    tasks: TaskTracker,
}

impl Stop {
    /// Nothing has stopped yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task until it ends or the second step comes.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let abort = self.abort.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = task => {}
                () = abort.cancelled() => {}
            }
        });
    }

    /// Waits for the first step. Safe to cancel.
    pub async fn draining(&self) {
        self.drain.cancelled().await;
    }

    /// Whether the first step has come.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// First step: accept nothing new, end at the next pause.
    pub fn begin(&self) {
        self.drain.cancel();
        self.tasks.close();
    }

    /// Both steps: begins, waits up to `grace` for all tasks, then drops those that are left and waits for that.
    pub async fn finish(&self, grace: Duration) {
        self.begin();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "dropping connections that did not end in time");
            self.abort();
        }
        self.tasks.wait().await;
    }

    /// Second step at once.
    pub fn abort(&self) {
        self.begin();
        self.abort.cancel();
    }
}

/// What a door is: its name in the log, its limits, and whether TLS begins with the first byte.
#[derive(Clone, Debug)]
pub struct Door {
    /// Its name in the log.
    pub name: &'static str,
    /// Its limits.
    pub gate: Gate,
    /// Configuration where TLS begins with the first byte.
    pub tls: Option<Arc<ServerConfig>>,
}

/// Accepts connections until the first step of stopping and hands each to `handle`, in a task of its own with a span of its
/// own, as soon as it can talk.
pub async fn serve<H, F>(listener: TcpListener, door: Door, stop: Stop, handle: H)
where
    H: Fn(Duplex, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send,
{
    static CONNECTIONS: AtomicU64 = AtomicU64::new(1);
    loop {
        let (socket, peer, place) = tokio::select! {
            () = stop.draining() => return,
            accepted = accept(&listener, &door.gate) => accepted,
        };
        let id = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let span = tracing::info_span!("connection", door = door.name, id, peer = %peer.ip());
        let Some(place) = door.gate.enter(Network::of(peer.ip()), place) else {
            span.in_scope(|| tracing::info!("closed: this network has all its places"));
            continue;
        };
        let (handle, tls, draining) = (handle.clone(), door.tls.clone(), stop.clone());
        let task = async move {
            // Who has not said anything yet when the box begins to stop loses nothing.
            let stream = tokio::select! {
                stream = ready(socket, tls) => stream,
                () = draining.draining() => None,
            };
            if let Some(stream) = stream {
                handle(stream, peer).await;
            }
            drop(place);
        };
        stop.spawn(task.instrument(span));
    }
}

/// The stream once its TLS handshake is done, where there is to be one; `None` where that failed.
async fn ready(socket: TcpStream, tls: Option<Arc<ServerConfig>>) -> Option<Duplex> {
    // Replies are written whole; waiting for more to send would only delay them.
    let _unimportant = socket.set_nodelay(true);
    if let Err(error) = keep_alive(&socket) {
        tracing::debug!(error = &error as &dyn std::error::Error, "no keep-alive");
    }
    let stream = Duplex::from(socket);
    let Some(tls) = tls else { return Some(stream) };
    match tokio::time::timeout(HANDSHAKE, stream.accept_tls(tls)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::info!(error = &error as &dyn std::error::Error, "TLS handshake failed");
            None
        }
        Err(_) => {
            tracing::info!("TLS handshake took too long");
            None
        }
    }
}

/// Has the kernel find out when the other end is gone.
fn keep_alive(socket: &TcpStream) -> io::Result<()> {
    sockopt::set_tcp_keepidle(socket, ALIVE_AFTER)?;
    sockopt::set_tcp_keepintvl(socket, ALIVE_EVERY)?;
    sockopt::set_tcp_keepcnt(socket, ALIVE_TRIES)?;
    Ok(sockopt::set_socket_keepalive(socket, true)?)
}

async fn accept(listener: &TcpListener, gate: &Gate) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let place = gate.place().await;
    let mut pause = BACK_OFF_MIN;
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => return (socket, peer, place),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, ?pause, "cannot accept connections");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(BACK_OFF_MAX);
            }
        }
    }
}

/// Whether accepting failed because of the one connection, which is gone, and not because of the box.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn echo_door(gate: Gate, stop: &Stop) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let door = Door { name: "echo", gate, tls: None };
        let echo = |mut stream: Duplex, _| async move {
            let mut byte = [0];
            while stream.read_exact(&mut byte).await.is_ok() && stream.write_all(&byte).await.is_ok() {}
        };
        tokio::spawn(serve(listener, door, stop.clone(), echo));
        address
    }

    async fn answers(connection: &mut TcpStream) -> bool {
        let mut byte = [7];
        let sent = connection.write_all(&byte).await;
        sent.is_ok() && connection.read_exact(&mut byte).await.is_ok()
    }

    #[tokio::test]
    async fn a_network_has_its_share_and_gets_it_back() {
        let stop = Stop::new();
        let address = echo_door(Gate::new(10, 2), &stop).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        assert!(answers(&mut first).await && answers(&mut second).await);
        let mut third = TcpStream::connect(address).await.unwrap();
        assert!(!answers(&mut third).await);
        drop(first);
        loop {
            let mut fourth = TcpStream::connect(address).await.unwrap();
            if answers(&mut fourth).await {
                break;
            }
        }
        stop.abort();
    }

    #[tokio::test]
    async fn the_networks_of_a_site_have_a_share_together() {
        let gate = Gate::new(100, 2);
        let enter = async |text: &str| gate.enter(Network::of(text.parse().unwrap()), gate.place().await);
        let mut places = Vec::new();
        for network in 0..5 {
            for _ in 0..2 {
                places.push(enter(&format!("2001:db8:1:{network}::1")).await);
            }
        }
        assert_eq!(places.iter().flatten().count(), 8);
        assert!(enter("2001:db8:2::1").await.is_some() && enter("192.0.2.1").await.is_some());
        places.remove(0);
        assert!(enter("2001:db8:1:9::1").await.is_some());
    }

    #[tokio::test]
    async fn the_kernel_looks_after_the_other_end() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let _other_end = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let Some(Duplex::Plain(socket)) = ready(socket, None).await else { panic!("no stream") };
        assert!(sockopt::socket_keepalive(&socket).unwrap());
        assert_eq!(sockopt::tcp_keepidle(&socket).unwrap(), ALIVE_AFTER);
    }

    #[tokio::test]
    async fn a_full_box_lets_connections_wait() {
        let stop = Stop::new();
        let address = echo_door(Gate::new(1, 5), &stop).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        assert!(answers(&mut first).await);
        let mut second = TcpStream::connect(address).await.unwrap();
        let waits = tokio::time::timeout(Duration::from_millis(50), answers(&mut second)).await;
        assert!(waits.is_err());
        drop(first);
        assert!(second.read_exact(&mut [0]).await.is_ok());
        stop.abort();
    }

    #[tokio::test]
    async fn stopping_drops_who_does_not_end_in_time() {
        let stop = Stop::new();
        let address = echo_door(Gate::new(1, 1), &stop).await;
        let mut connection = TcpStream::connect(address).await.unwrap();
        assert!(answers(&mut connection).await);
        stop.finish(Duration::from_millis(20)).await;
        assert!(!answers(&mut connection).await);
        assert!(TcpStream::connect(address).await.is_err());
    }
}
