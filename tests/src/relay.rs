//! Carries connections to a box, octet by octet, and can lose the answer to something large on the way back: what was asked is done
//! then, and whoever asked does not know it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A listener on loopback; its threads end with the connections that they carry.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    losses: Arc<AtomicUsize>,
}

impl Relay {
    /// In front of this port; what has sent so many octets is large.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn before(port: u16, large: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let relay = Self { port: listener.local_addr().expect("an address").port(), losses: Arc::default() };
        let losses = Arc::clone(&relay.losses);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let losses = Arc::clone(&losses);
                // A box that is away is one that takes no connection.
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", port))) else { continue };
                carry(client, server, large, losses);
            }
        });
        relay
    }

    /// The port on which it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Loses the next so many answers to something large.
    pub fn lose(&self, answers: usize) {
        self.losses.store(answers, Ordering::SeqCst);
    }

    /// How many it has not lost yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.losses.load(Ordering::SeqCst)
    }
}

fn carry(client: TcpStream, server: TcpStream, large: usize, losses: Arc<AtomicUsize>) {
    let (client_too, server_too) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    std::thread::spawn(move || {
        copy(&client_too, &server_too, |octets| {
            count.fetch_add(octets, Ordering::SeqCst);
            true
        });
    });
    std::thread::spawn(move || {
        copy(&server, &client, |_| {
            let is_large = sent.load(Ordering::SeqCst) >= large;
            let take = |left: usize| left.checked_sub(1);
            !(is_large && losses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok())
        });
    });
}

/// Carries until one side ends or something is not let pass, then ends both.
fn copy(from: &TcpStream, to: &TcpStream, lets_pass: impl Fn(usize) -> bool) {
    let carry = |mut from: &TcpStream, mut to: &TcpStream| -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let octets = from.read(&mut buffer)?;
            if octets == 0 || !lets_pass(octets) {
                return Ok(());
            }
            to.write_all(&buffer[..octets])?;
        }
    };
    // However it ended, both ends hear of it.
    _ = carry(from, to);
    _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
