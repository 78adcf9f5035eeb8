//! Whether the letter that brings a link looks like junk: what a server elsewhere takes of the box is scored by SpamAssassin, with the
//! rules that come with it and without the network. Where the program is not there, the story says so, and fails in CI.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::Command;

use tests::elsewhere::Elsewhere;
use tests::home::{DOMAIN, Home};
use tests::person::{Person, done};
use tests::program::{describe, try_run};

/// What a page at home has in the place of `https://localhost:` and a port of five digits.
const AT_HOME: &str = "https://post.mo.example";
/// What a server that took the letter from the Internet writes above it.
const TAKEN: &str = "Return-Path: <alice@home.test>\r\nReceived: from home.test (home.test [81.56.12.34])\r\n\tby mx.elsewhere.test (Postfix) \
                     with ESMTPS id 4Xy1Zb2c3D\r\n\tfor <RECIPIENT>; DATE\r\n";
/// What every scanner takes for junk, so that its makers can be sure that it scans (<https://spamassassin.apache.org/gtube/>).
const JUNK: &str = "To: <junk@elsewhere.test>\r\nSubject: S\r\n\r\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n";

/// Most points against a notice, of the 5 that make a letter junk: none but what rounds to it.
const POINTS: f64 = 0.05;

/// A message as it would be if the box were at home, also where its encoding breaks lines (RFC 2045 §6.7).
fn at_home(message: &str, url: &str) -> String {
    assert_eq!(url.len(), AT_HOME.len(), "lines would be longer than they are");
    let broken = |text: &str, at: usize| format!("{}=\r\n{}", &text[..at], &text[at..]);
    let whole = message.replace(url, AT_HOME);
    let message = (1..url.len()).fold(whole, |text, at| text.replace(&broken(url, at), &broken(AT_HOME, at)));
    assert!(!message.contains("localhost"), "{message}");
    message
}

/// What one message of several in a file begins with (RFC 4155).
const FROM: &str = "From alice@home.test Thu Jan  1 00:00:00 2026\n";

fn in_file(message: &str) -> String {
    format!("{FROM}{}\n", message.replace("\r\n", "\n"))
}

#[test]
fn no_notice_of_a_link_looks_like_junk() {
    if Command::new("spamassassin").arg("--version").output().is_err() {
        assert!(env::var_os("CI").is_none(), "SpamAssassin is missing (make setup)");
        println!("No SpamAssassin here: whether notices look like junk was not asked.");
        return;
    }
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let alice = Person::register(&home, "alice");
    let file = |name: &str, content: &str| {
        let path = home.scratch(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let words = [
        (
            "fr",
            file(
                "fr",
                "Bonjour Inès,\n\nvoici les papiers pour la maison, avec les photos de dimanche.\n\nJe t’embrasse,\nAlice\n",
            ),
        ),
        ("en", file("en", "Hi Ines,\n\nhere are the papers for the house, with Sunday's pictures.\n\nLove,\nAlice\n")),
    ];
    let answer = file("answer", "Saint-Malo");
    let locks = [&[][..], &["--code"], &["--question", "Où ?", "--answer-file", &answer]];
    let mut sent = BTreeMap::new();
    for (language, own) in &words {
        for (place, lock) in locks.iter().enumerate() {
            for own in [&[][..], &["--notice-file", own], &["--notice-subject", "Papiers", "--notice-file", own]] {
                let to = format!("ines{}@elsewhere.test", sent.len());
                let send = ["link", "send", "--to", &to, "--subject", "S", "--language", language];
                done(&alice.client_reading(b"The letter.", &[&send[..], lock, own].concat()));
                sent.insert(to, format!("{language}, lock {place}, {} choices", own.len() / 2));
            }
        }
    }

    let mut all = String::new();
    for to in sent.keys() {
        let message = String::from_utf8(elsewhere.message_for(to).message).unwrap();
        let date = message.lines().find_map(|line| line.strip_prefix("Date: ")).unwrap();
        let taken = TAKEN.replace("RECIPIENT", to).replace("DATE", date.trim());
        all.push_str(&in_file(&(taken + &at_home(&message, &home.url()))));
    }
    all.push_str(&in_file(JUNK));
    let mut command = Command::new("spamassassin");
    // Not what somebody here has taught it, nor rules that were fetched later.
    let own = home.scratch("spamassassin");
    fs::create_dir(&own).unwrap();
    command.args(["--local", "--test-mode", "--mbox", "--configpath=/usr/share/spamassassin"]).env("HOME", own);
    let scored = try_run(&mut command, all.as_bytes());
    assert!(scored.status.success(), "{}", describe(&command, &scored));
    let said = String::from_utf8(scored.stdout).unwrap();
    // They come back in an order of its own.
    let between = |text: &str, begin: &str, end: &str| {
        text.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map(|(found, _)| found.to_owned()).unwrap()
    };
    let mut verdicts: BTreeMap<String, String> = said
        .split(FROM)
        .skip(1)
        .map(|one| (between(one, "\nTo: <", ">"), between(one, "\nX-Spam-Status: ", "autolearn")))
        .collect();
    let junk = verdicts.remove("junk@elsewhere.test").unwrap();
    assert!(junk.starts_with("Yes"), "it finds no junk: {junk}");
    assert!(verdicts.keys().eq(sent.keys()), "{verdicts:?}");
    for (notice, verdict) in sent.values().zip(verdicts.values()) {
        let points = between(verdict, "score=", " ").parse::<f64>().unwrap();
        println!("{notice}: {points}; {}", verdict.split("tests=").nth(1).unwrap().trim());
        assert!(verdict.starts_with("No") && points <= POINTS, "{notice}: {verdict}");
    }
}
