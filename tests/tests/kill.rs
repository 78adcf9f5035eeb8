//! A box that is killed at any moment has every message that it acknowledged, once: what other servers brought, what programs
//! filed, and what they handed in.
//!
//! A short run belongs to the tests; `KILLS=50` (as `make soak` sets it) makes it long. A killed process leaves what it wrote to the
//! system, so this shows the order of writing and answering; that the disk has it before the answer is the store's setting
//! (`synchronous=FULL`), which the store's tests look at.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tests::foreign::{Device, curl_append, curl_submit, maildir_messages, mbsync};
use tests::home::Home;
use tests::person::Person;
use tests::program;
use tests::wire::Smtp;

/// Kills in the short run.
const KILLS: u64 = 5;
/// Connections of other servers at once; beside them one program files, and one hands in.
const SERVERS: u64 = 3;
/// What was handed in before a kill is carried soon after the next start.
const CARRIED: Duration = Duration::from_secs(60);

/// What senders share.
struct Storm<'a> {
    home: &'a Home,
    acknowledged: &'a Mutex<Vec<String>>,
    over: AtomicBool,
}

#[test]
fn what_was_acknowledged_survives_any_kill_and_nothing_is_there_twice() {
    let kills = std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut home = Home::new();
    let device = Person::register(&home, "alice").device();
    let acknowledged = Mutex::new(Vec::new());
    for kill in 0..kills {
        let storm = Storm { home: &home, acknowledged: &acknowledged, over: AtomicBool::new(false) };
        std::thread::scope(|scope| {
            for server in 0..SERVERS {
                let name = format!("server-{kill}-{server}");
                scope.spawn(|| storm.brings(name));
            }
            scope.spawn(|| {
                storm.repeats(format!("filed-{kill}"), |message| curl_append(&home, &device, "INBOX", message))
            });
            scope.spawn(|| {
                storm.repeats(format!("sent-{kill}"), |message| {
                    curl_submit(&home, &device, &["alice@home.test"], message)
                });
            });
            // Spread over the first second of load, without a clock's luck: the fractions of the golden ratio.
            let fraction = (kill as f64 * 0.618_034).fract();
            std::thread::sleep(Duration::from_millis(100 + (fraction * 900.0) as u64));
            program::signal(home.id(), "KILL");
            storm.over.store(true, Ordering::Relaxed);
        });
        home.kill();
        home.start();
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    let there = program::eventually("all that was acknowledged is there", CARRIED, || {
        let there = message_ids(&home, &device);
        acknowledged.iter().all(|id| there.contains_key(id)).then_some(there)
    });
    for door in ["server", "filed", "sent"] {
        let count = acknowledged.iter().filter(|id| id.contains(door)).count();
        println!("{kills} kills: {count} acknowledged ({door})");
        assert!(count as u64 >= kills / 2, "hardly anything was {door}");
    }
    println!("{} there", there.len());
    assert!(there.values().all(|&count| count == 1), "{there:?}");
}

impl Storm<'_> {
    /// Brings one message after the other over one connection, and notes those whose 250 came.
    fn brings(&self, name: String) {
        let Ok(mut smtp) = Smtp::connect(self.home.ports().smtp) else { return };
        for number in 0.. {
            let (id, message) = message(&name, number);
            match smtp.send("zoe@elsewhere.test", "alice@home.test", &message) {
                Ok(reply) if reply.starts_with("250") => self.acknowledged.lock().unwrap().push(id),
                _ => return,
            }
        }
    }

    /// Runs a program for one message after the other, and notes those that it was done with.
    fn repeats(&self, name: String, program: impl Fn(&[u8]) -> std::process::Output) {
        for number in 0.. {
            let (id, message) = message(&name, number);
            if program(&message).status.success() {
                self.acknowledged.lock().unwrap().push(id);
            }
            if self.over.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

/// A message and its Message-ID.
fn message(name: &str, number: u32) -> (String, Vec<u8>) {
    let id = format!("<{name}-{number}@elsewhere.test>");
    let text = "text ".repeat(200);
    let message =
        format!("From: alice@home.test\r\nTo: alice@home.test\r\nMessage-ID: {id}\r\nSubject: storm\r\n\r\n{text}\r\n");
    (id, message.into_bytes())
}

/// The Message-IDs in the Inbox, and how often each is there.
fn message_ids(home: &Home, device: &Device) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for message in maildir_messages(&mbsync(home, device), "INBOX") {
        let text = String::from_utf8_lossy(&message);
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("a Message-ID");
        *found.entry(id.trim().to_owned()).or_default() += 1;
    }
    found
}
