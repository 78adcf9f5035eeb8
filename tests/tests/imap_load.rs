//! Many programs at once: connections that idle all hear, whoever has too many is told so, and who asks and does not read holds
//! nobody up and takes no memory.
//!
//! A short run belongs to the tests; `IDLE=1000` (as `make soak` sets it) makes it large.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::fs;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use tests::foreign::Device;
use tests::home::Home;
use tests::person::Person;
use tests::talk::Talk;

/// Idle connections of the short run.
const IDLE: usize = 60;
/// Of one account: a family member with twenty.
const OF_ONE: usize = 20;
/// What one account, and one network, may have (docs/imap.md).
const OF_ACCOUNT: usize = 50;
const OF_NETWORK: usize = 256;
/// An idle connection takes at most so much, kB.
const IDLE_KB: u64 = 100;
/// Programs that ask and do not read, what each asks for at once, and how large that is.
const DEAF: usize = 12;
const ASKED: usize = 40;
const LARGE: usize = 1_000_000;
/// A program that reads is answered within this however many do not.
const PROMPT: Duration = Duration::from_secs(10);

fn signed_in(home: &Home, device: &Device, network: u8) -> Talk {
    let network = Ipv4Addr::new(127, 0, 1, network);
    let mut talk = Talk::imap_from(network, home.ports().imaps, &home.authority()).expect("a box that lets it in");
    let said = talk.imap_ends(&login(device));
    assert!(said.starts_with("t OK"), "{said}");
    talk
}

fn login(device: &Device) -> String {
    format!("LOGIN {} {}", device.address, device.password)
}

fn append(talk: &mut Talk, octets: usize) {
    let letter = format!("Subject: x\r\n\r\n{}\r\n", "0123456789abcdef".repeat(octets / 16));
    talk.send(format!("t APPEND INBOX {{{}+}}\r\n{letter}\r\n", letter.len()).as_bytes());
    assert!(talk.imap_reply().last().unwrap().starts_with("t OK"));
}

/// What the box has in memory, kB.
fn resident(home: &Home) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", home.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn all_that_idle_hear_and_take_little() {
    let idle = std::env::var("IDLE").ok().and_then(|text| text.parse().ok()).unwrap_or(IDLE);
    let home = Home::quiet();
    let people = idle / OF_ONE;
    let devices: Vec<Device> = (0..people).map(|n| Person::register(&home, &format!("person{n}")).device()).collect();
    let mut files: Vec<Talk> = devices.iter().map(|device| signed_in(&home, device, 250)).collect();
    files.iter_mut().for_each(|talk| append(talk, 100));
    let before = resident(&home);
    let mut talks: Vec<Vec<Talk>> = Vec::new();
    for (number, device) in devices.iter().enumerate() {
        let network = u8::try_from(number % 200).unwrap();
        let one = || {
            let mut talk = signed_in(&home, device, network);
            assert!(talk.imap_ends("SELECT INBOX").starts_with("t OK"));
            talk.send(b"t IDLE\r\n");
            while !talk.line().starts_with('+') {}
            talk
        };
        talks.push((0..OF_ONE).map(|_| one()).collect());
    }
    let each = resident(&home).saturating_sub(before) / u64::try_from(idle).unwrap();
    let began = Instant::now();
    for (file, idlers) in files.iter_mut().zip(&mut talks) {
        append(file, 100);
        for talk in idlers {
            let line = talk.line();
            assert_eq!(line, "* 2 EXISTS");
        }
    }
    println!("{idle} idle: {each} kB each; all heard in {} ms", began.elapsed().as_millis());
    assert!(each <= IDLE_KB, "{each} kB for each of {idle} idle connections");
}

#[test]
fn who_has_too_many_connections_is_refused_and_others_are_not() {
    let home = Home::quiet();
    let (alice, bob) = (Person::register(&home, "alice").device(), Person::register(&home, "bob").device());
    let mut talks: Vec<Talk> = (0..OF_ACCOUNT).map(|_| signed_in(&home, &alice, 1)).collect();
    let mut late = Talk::imap(&home);
    assert_eq!(late.imap_ends(&login(&alice)), "t NO [LIMIT] this account has too many connections");
    // The same connection may be somebody else's, and alice's once one has left.
    assert!(late.imap_ends(&login(&bob)).starts_with("t OK"));
    talks.pop().unwrap().imap_ends("LOGOUT");
    talks.push(signed_in(&home, &alice, 1));

    // A network that has all its places is not let in; others are, and so is it when a place is free.
    let from = |network| Talk::imap_from(Ipv4Addr::new(127, 0, 2, network), home.ports().imaps, &home.authority());
    let mut crowd: Vec<Talk> = (0..OF_NETWORK).map(|_| from(1).unwrap()).collect();
    assert!(from(1).is_err());
    assert!(from(2).is_ok());
    crowd.pop().unwrap().imap_ends("LOGOUT");
    tests::program::eventually("a place is free", PROMPT, || from(1).ok());
    assert!(talks[0].imap_ends("NOOP").starts_with("t OK"));
}

#[test]
fn who_asks_for_much_and_does_not_read_holds_nobody_up_and_takes_no_memory() {
    let home = Home::quiet();
    let device = Person::register(&home, "alice").device();
    let mut reads = signed_in(&home, &device, 1);
    append(&mut reads, LARGE);
    reads.imap_ends("SELECT INBOX");
    let octets = reads.imap_takes("FETCH 1 BODY.PEEK[]").len();
    let before = resident(&home);
    let mut deaf: Vec<Talk> = (0..DEAF).map(|_| signed_in(&home, &device, 2)).collect();
    for talk in &mut deaf {
        talk.imap_ends("EXAMINE INBOX");
        let all: String = (0..ASKED).map(|_| "d FETCH 1 BODY.PEEK[]\r\n").collect();
        talk.send(format!("{all}t NOOP\r\n").as_bytes());
    }
    for _ in 0..10 {
        let began = Instant::now();
        append(&mut reads, 100);
        assert!(reads.imap_ends("STORE 1 +FLAGS.SILENT (\\Seen)").starts_with("t OK"));
        assert!(reads.imap_takes("FETCH 1 BODY.PEEK[]").len() >= octets);
        assert!(began.elapsed() < PROMPT, "held up for {:?}", began.elapsed());
    }
    let grown = resident(&home).saturating_sub(before);
    println!("{DEAF} that asked for {} MB and do not read: {grown} kB", DEAF * ASKED * octets / 1_000_000);
    // Some pieces each, not what they asked for.
    assert!(grown < 3_000 * u64::try_from(DEAF).unwrap(), "{grown} kB");
    // One of them reads after all, and gets everything, in its order.
    let said = deaf[0].imap_reply();
    assert_eq!(said.iter().filter(|line| line.starts_with("d OK")).count(), ASKED);
    assert_eq!(said.last().unwrap(), "t OK done");
}
