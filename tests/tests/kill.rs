//! Power cuts: a box that is killed at any moment has every message that it acknowledged, once.
//!
//! A short run belongs to the tests; `KILLS=50` (as `make soak` sets it) makes it long.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tests::foreign::{Device, maildir_messages, mbsync};
use tests::home::Home;
use tests::person::Person;
use tests::wire::Smtp;

/// Kills in the short run.
const KILLS: u64 = 5;
/// Connections that send at once.
const SENDERS: u64 = 4;

#[test]
fn what_got_its_250_survives_any_kill_and_nothing_is_there_twice() {
    let kills = std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut home = Home::new();
    let device = Person::register(&home, "alice").device();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for kill in 0..kills {
        let port = home.ports().smtp;
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let acknowledged = Arc::clone(&acknowledged);
                std::thread::spawn(move || send_until_it_goes(port, &format!("{kill}-{sender}"), &acknowledged))
            })
            .collect();
        // Spread over the first second of load, without a clock's luck: the fractions of the golden ratio.
        let fraction = (kill as f64 * 0.618_034).fract();
        std::thread::sleep(Duration::from_millis(100 + (fraction * 900.0) as u64));
        home.kill();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        home.start();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    let there = message_ids(&home, &device);
    println!("{kills} kills: {} acknowledged, {} there", acknowledged.len(), there.values().sum::<usize>());
    assert!(acknowledged.len() as u64 > kills, "hardly anything was sent");
    for id in &acknowledged {
        assert_eq!(there.get(id), Some(&1), "{id}");
    }
    assert!(there.values().all(|&count| count == 1), "{there:?}");
}

/// Sends one message after the other, and notes those whose 250 came.
fn send_until_it_goes(port: u16, name: &str, acknowledged: &Mutex<Vec<String>>) {
    let Ok(mut smtp) = Smtp::connect(port) else { return };
    for number in 0.. {
        let id = format!("<{name}-{number}@elsewhere.test>");
        let message = format!(
            "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nMessage-ID: {id}\r\nSubject: storm\r\n\r\n{}\r\n",
            "text ".repeat(200)
        );
        match smtp.send("zoe@elsewhere.test", "alice@home.test", message.as_bytes()) {
            Ok(reply) if reply.starts_with("250") => acknowledged.lock().unwrap().push(id),
            _ => return,
        }
    }
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
