//! What a person at the terminal of the box meets: exit codes, and a box that stops in two steps.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::net::TcpStream;
use std::time::{Duration, Instant};

use tests::foreign::{curl_events, maildir_messages, mbsync};
use tests::home::Home;
use tests::person::Person;
use tests::program::{eventually, signal};
use tests::talk::Talk;

/// Longer than a box takes that waits for nobody, and shorter than it would wait for a message in transfer.
const AT_ONCE: Duration = Duration::from_secs(8);

/// Exit code of a command, and what it complained of.
fn ended(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = home.command(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Somebody who has begun to bring a letter.
fn in_transfer(home: &Home) -> Talk {
    let mut talk = Talk::smtp(home);
    for command in ["MAIL FROM:<zoe@elsewhere.test>", "RCPT TO:<alice@home.test>"] {
        assert!(talk.smtp_says(command).starts_with("250 "));
    }
    assert!(talk.smtp_says("DATA").starts_with("354 "));
    talk.send(b"From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: halfway\r\n\r\nIt has ");
    talk
}

#[test]
fn what_cannot_be_done_has_an_exit_code_and_a_sentence() {
    let home = Home::new();
    let data = home.data().to_string_lossy().into_owned();

    let (code, said) = ended(&home, &["serve", "--local", "--data", &data, "--config", "config.toml"]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("another own-mailbox is using this data folder"), "{said}");

    let (code, said) = ended(&home, &["serve", "--lokal"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--local"), "{said}");

    let (code, said) = ended(&home, &["user", "disable", "nobody@home.test", "--data", &data]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("nobody here has the address nobody@home.test"), "{said}");

    let (code, said) =
        ended(&home, &["client", "login", "--url", "https://localhost:1", "--address", "alice@home.test"]);
    assert_eq!(code, Some(4), "{said}");

    std::fs::write(home.scratch("broken.toml"), "domian = \"home.test\"\n").unwrap();
    let (code, said) = ended(&home, &["serve", "--config", "broken.toml"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("broken.toml") && said.contains("domian"), "{said}");
}

#[test]
fn a_box_that_is_asked_to_stop_takes_what_is_in_transfer_and_nothing_new() {
    let mut home = Home::new();
    let device = Person::register(&home, "alice").device();
    let mut talk = in_transfer(&home);
    signal(home.id(), "INT");
    eventually("the door closes", AT_ONCE, || {
        TcpStream::connect(("127.0.0.1", home.ports().smtp)).is_err().then_some(())
    });
    talk.send(b"arrived.\r\n.\r\n");
    assert!(talk.smtp_reply().starts_with("250 "), "what was in transfer did not get through");
    home.ends();
    home.start();
    assert_eq!(maildir_messages(&mbsync(&home, &device), "INBOX").len(), 1);
}

#[test]
fn a_box_stops_at_once_and_drops_nobody_where_pages_are_open() {
    let mut home = Home::new();
    let cookies = Person::register(&home, "alice").cookies();
    let pages = ["--http1.1", "--http2"].map(|version| curl_events(&home, &cookies, version));
    // A browser also connects ahead, and says nothing.
    let _ahead = TcpStream::connect(("127.0.0.1", home.ports().https)).unwrap();
    let began = Instant::now();
    home.stop();
    assert!(began.elapsed() < AT_ONCE, "it waited");
    assert!(!home.log().contains("dropping connections"), "it dropped somebody");
    for page in pages {
        let ended = page.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    home.start();
}

#[test]
fn a_box_that_is_asked_twice_waits_for_nobody() {
    let mut home = Home::new();
    let _alice = Person::register(&home, "alice");
    let _talk = in_transfer(&home);
    let began = Instant::now();
    signal(home.id(), "TERM");
    eventually("the box says so", AT_ONCE, || home.printed().contains("Once more stops at once").then_some(()));
    signal(home.id(), "TERM");
    home.ends();
    assert!(began.elapsed() < AT_ONCE, "it waited");
}
