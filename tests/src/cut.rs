//! A way to a box that breaks, or is slow: it carries octets in both directions, and as often as told drops a connection after so many.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::home::Home;

/// The way; it is open as long as the process of the tests.
#[derive(Debug)]
pub struct Cut {
    port: u16,
    left: Arc<AtomicUsize>,
}

impl Cut {
    /// Opens a way to a box's page that drops connections after so many octets, once it is told how often.
    ///
    /// # Panics
    /// If there is no port.
    #[must_use]
    pub fn new(home: &Home, after: usize) -> Self {
        Self::open(home, after, None)
    }

    /// Opens a way that breaks nothing, and carries so many octets a second on each connection.
    ///
    /// # Panics
    /// If there is no port.
    #[must_use]
    pub fn slow(home: &Home, octets_a_second: usize) -> Self {
        Self::open(home, usize::MAX, Some(octets_a_second))
    }

    fn open(home: &Home, after: usize, pace: Option<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (left, https) = (Arc::new(AtomicUsize::new(0)), home.ports().https);
        let cuts = Arc::clone(&left);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", https)) else { continue };
                let carried = Arc::new(AtomicUsize::new(0));
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    let (carried, cuts) = (Arc::clone(&carried), Arc::clone(&cuts));
                    thread::spawn(move || carry(from, to, &carried, (after, pace), &cuts));
                }
            }
        });
        Self { port, left }
    }

    /// Drops the next connections that carry as much, so many of them.
    pub fn drop_next(&self, connections: usize) {
        self.left.store(connections, Ordering::SeqCst);
    }

    /// How many are still to be dropped.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }

    /// Where it begins, as the address of a box.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    carried: &AtomicUsize,
    (after, pace): (usize, Option<usize>),
    cuts: &AtomicUsize,
) {
    // A tenth of a second at a time, where it is slow.
    let mut buffer = vec![0; pace.map_or(64 * 1024, |pace| (pace / 10).clamp(1, 64 * 1024))];
    loop {
        let read = from.read(&mut buffer).unwrap_or(0);
        let sum = carried.fetch_add(read, Ordering::SeqCst);
        let is_over = (sum..sum + read).contains(&after);
        let cut = is_over && cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if read == 0 || cut || to.write_all(&buffer[..read]).is_err() {
            // Whatever the other direction is at ends too.
            let _ends = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            return;
        }
        if let Some(pace) = pace {
            thread::sleep(Duration::from_secs_f64(read as f64 / pace as f64));
        }
    }
}
