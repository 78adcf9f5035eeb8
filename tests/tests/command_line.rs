//! What a person at the terminal of the box meets: exit codes, and a box that stops in two steps.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use tests::foreign::{curl_events, curl_in, maildir_messages, mbsync};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done, refused};
use tests::program::{eventually, run, signal};
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

    for command in [&["--help"][..], &["serve", "--help"], &["user", "--help"], &["client", "--help"]] {
        let help = done(&home.command(command).output().unwrap());
        assert!(help.contains("5 data folder in use · 6 configuration not usable"), "{help}");
    }

    let (code, said) = ended(&home, &["serve", "--lokal"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--local"), "{said}");

    let (code, said) = ended(&home, &["user", "disable", "nobody@home.test", "--data", &data]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("nobody here has the address nobody@home.test"), "{said}");

    let (code, said) =
        ended(&home, &["client", "login", "--url", "https://localhost:1", "--address", "alice@home.test"]);
    assert_eq!(code, Some(4), "{said}");

    for (name, text, complaint) in [
        ("broken.toml", "domian = \"home.test\"\n", "domian"),
        ("nobody.toml", "listen = [\"127.0.0.1\"]\n", "for which domain"),
        ("strange.toml", "domain = \"not a domain\"\n", "not a domain"),
        (
            "half.toml",
            "domain = \"home.test\"\ndata = \"half\"\nlisten = [\"127.0.0.1\"]\nport_offset = 40000\n[tls]\nkey = \"key.pem\"\n",
            "both certificate and key",
        ),
    ] {
        std::fs::write(home.scratch(name), text).unwrap();
        let (code, said) = ended(&home, &["serve", "--config", name]);
        assert_eq!(code, Some(6), "{said}");
        assert!(said.contains(complaint), "{said}");
    }
    let (code, said) = ended(&home, &["serve", "--config", "gone.toml"]);
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("gone.toml"), "{said}");
}

#[test]
fn a_box_is_not_started_by_mistake() {
    let home = Home::new();
    // On a machine where a box is installed this would start it.
    assert!(!std::path::Path::new("/etc/own-mailbox/box.toml").exists());
    for arguments in [&["serve"][..], &["serve", "--data", "elsewhere"], &["serve", "--port-offset", "40000"]] {
        let (code, said) = ended(&home, arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("--local") && said.contains("--config FILE"), "{said}");
    }
    assert!(!home.scratch("elsewhere").exists());
}

#[test]
fn people_who_cannot_be_invited_or_found_are_named() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let data = home.data().to_string_lossy().into_owned();
    for (arguments, complaint) in [
        (["invite", "alice@home.test"], "somebody has the address alice@home.test already"),
        (["invite", "zoe@other.test"], "the box serves home.test, so it cannot give zoe@other.test"),
        (["invite", "postmaster@home.test"], "nobody can have the address postmaster@home.test"),
        (["disable", "nobody@home.test"], "nobody here has the address nobody@home.test"),
    ] {
        let (code, said) = ended(&home, &[&["user", "--data", &data], &arguments[..]].concat());
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(complaint), "{said}");
    }
    let (code, said) = ended(&home, &["user", "invite", "no address", "--data", &data]);
    assert_eq!(code, Some(2), "{said}");

    // A guest who wants what another has, or what is not to be had here.
    let bob = Person::new(&home, "bob");
    let invitation = done(&home.command(&["user", "invite", "--data", &data]).output().unwrap());
    for (address, complaint) in [
        ("alice@home.test", "somebody has the address alice@home.test already"),
        ("bob@other.test", "the box does not give the address bob@other.test"),
    ] {
        let register = ["register", "--invitation", invitation.trim(), "--address", address];
        assert!(refused(&bob.with_passphrase(PASSPHRASE, &register)).contains(complaint));
    }

    // A passphrase that is too short for any account is wrong, as others are.
    assert!(refused(&alice.elsewhere().login("alice@home.test", "abc")).contains("address or passphrase is wrong"));
}

#[test]
fn a_client_that_is_called_wrongly_says_so() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let session = home.scratch("other.json").to_string_lossy().into_owned();
    for (arguments, complaint) in [
        (&["list", "--session", &session, "--url", "localhost:8443"][..], "--url: localhost:8443"),
        (&["list", "--session", &session, "--url", "http://localhost"], "--url: http://localhost"),
        (&["list", "--session", &session], "which box? use --url"),
        (&["send", "--to", "nope"], "--to"),
        (&["read", "first"], "first"),
        (&["register", "--invitation", "#", "--address", "bob@home.test"], "--invitation"),
    ] {
        let (code, said) = ended(&home, &[&["client"], arguments].concat());
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(complaint), "{said}");
    }
    assert!(refused(&alice.client(&["read", "999999"])).contains("there is no message 999999"));
}

#[test]
fn lists_are_of_any_folder_and_no_wider_than_the_screen() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let subject = "a long subject ".repeat(30);
    for copy in ["one", "two"] {
        let letter = format!("From: zoe@elsewhere.test\r\nSubject: {copy} {subject}\r\n\r\nhi\r\n");
        assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter.as_bytes()).status.success());
    }
    done(&alice.client_reading(b"later", &["draft", "--subject", "a plan"]));
    assert!(done(&alice.client(&["list", "--folder", "Drafts"])).contains("a plan"));
    let whole = done(&alice.client(&["list", "--limit", "1"]));
    assert!(whole.lines().count() == 1 && whole.contains(&format!("two {}", subject.trim_end())), "{whole}");

    let list = home.client(&["list", "--session", &home.scratch("alice.json").to_string_lossy()]);
    let words: Vec<_> =
        std::iter::once(list.get_program()).chain(list.get_args()).map(|word| word.to_string_lossy()).collect();
    let on_terminal = format!("stty cols 60; '{}'", words.join("' '"));
    let shown = run(Command::new("script").args(["--quiet", "--return", "--command", &on_terminal, "/dev/null"]));
    let shown = String::from_utf8(shown).unwrap();
    let lines: Vec<_> = shown.lines().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(lines.iter().all(|line| line.ends_with('…') && line.chars().count() <= 60), "{shown}");
}

#[test]
fn a_domain_may_be_written_as_people_write_it() {
    let home = Home::with("bücher.example", None, Vec::new());
    let alice = Person::register(&home, "alice");
    let letter = "From: zoe@elsewhere.test\r\nTo: alice@bücher.example\r\nSubject: Hello\r\n\r\nhi\r\n";
    let brought = curl_in(&home, "zoe@elsewhere.test", &["alice@xn--bcher-kva.example"], letter.as_bytes());
    assert!(brought.status.success(), "{}", String::from_utf8_lossy(&brought.stderr));
    assert!(done(&alice.client(&["list"])).contains("Hello"));
    // To herself, by the names that the box gave itself.
    done(&alice.client_reading(b"note", &["send", "--to", "alice@bücher.example", "--subject", "A note"]));
    eventually("the note", Duration::from_secs(30), || done(&alice.client(&["list"])).contains("A note").then_some(()));
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
