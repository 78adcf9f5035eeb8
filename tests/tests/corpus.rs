//! Real messages, as other parsers keep them in their own tests: they go in over SMTP, and come out over IMAPS to open to
//! the bytes that went in. The folder is named by `MAIL_CORPUS`; where it is absent this says so and checks nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use shared::api::Timestamp;
use shared::pgp::pgpmime::is_sealed_throughout;
use shared::pgp::{OpenError, SecretKey, open_message, restore};
use tests::browser::Look;
use tests::foreign::{maildir_messages, mbsync};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::repository::corpus;
use tests::visitor::Visitor;
use tests::wire::{Smtp, with_crlf};

/// Every real message as SMTP carries it, and where it is from; nothing where there are none.
fn real_messages() -> Vec<(Vec<u8>, PathBuf)> {
    let Some(folder) = corpus() else { return Vec::new() };
    let mut files = Vec::new();
    messages_below(&folder, &mut files);
    files.sort();
    let carried = |file: PathBuf| {
        // Lines end in CRLF; a last line without an end gets one.
        let mut message = with_crlf(&fs::read(&file).unwrap());
        if !message.ends_with(b"\r\n") {
            message.extend_from_slice(b"\r\n");
        }
        (message, file)
    };
    files.into_iter().map(carried).collect()
}

fn messages_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            messages_below(&path, found);
        } else if path.file_name().is_some_and(|name| name != "README.md") {
            found.push(path);
        }
    }
}

fn send_all(home: &Home, messages: &[(Vec<u8>, PathBuf)]) {
    let mut smtp = Smtp::connect(home.ports().smtp).unwrap();
    for (message, file) in messages {
        let reply = smtp.send("sender@elsewhere.test", "alice@home.test", message).unwrap();
        assert!(reply.starts_with("250"), "{}: {reply}", file.display());
    }
}

#[test]
fn every_real_message_comes_back_byte_for_byte() {
    let messages = real_messages();
    if messages.is_empty() {
        return;
    }
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    // What is kept before a program has its password is sealed so that none opens it.
    let device = alice.device();
    send_all(&home, &messages);
    let listed = done(&alice.client(&["list", "--limit", "1000"]));
    assert_eq!(listed.lines().count(), messages.len());

    let key = SecretKey::import(alice.exported_key(PASSPHRASE).as_bytes(), PASSPHRASE).unwrap();
    let now = Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap());
    let maildir = mbsync(&home, &device);
    let stored = maildir_messages(&maildir, "INBOX");
    assert_eq!(stored.len(), messages.len());
    // Each message that went in comes out once. The box puts its trace fields in front.
    let mut missing: Vec<&[u8]> = messages.iter().map(|(message, _)| &message[..]).collect();
    let mut found = |original: &[u8]| {
        let place = missing.iter().position(|sent| original.ends_with(sent));
        missing
            .swap_remove(place.unwrap_or_else(|| panic!("not as it was sent: {}", String::from_utf8_lossy(original))));
    };
    let mut whole = 0;
    for message in &stored {
        match open_message(message, None, &[&key], &[], now) {
            // Sealed by its sender: its header is kept apart, which IMAP does not serve. The command line puts it back.
            Err(OpenError::NotForOurKeys { .. }) => {}
            opened => {
                found(&restore(opened.unwrap().original));
                whole += 1;
            }
        }
    }
    // The newest stands first, and each was stored before the next was sent.
    let ids = listed.lines().rev().map(|line| line.split('\t').next().unwrap());
    let mut by_senders = 0;
    for (id, (message, _)) in ids.zip(&messages) {
        if is_sealed_throughout(message) {
            found(&alice.client(&["read", id, "--raw"]).stdout);
            by_senders += 1;
        }
    }
    println!(
        "{whole} real messages came back byte for byte over IMAPS, {by_senders} that their senders sealed on the command line"
    );
    assert_eq!(missing.len(), 0);
}

/// Goes one message on and waits until it shows; gives its number, what stands there, its subject and what is said about it.
const NEXT: &str = "
    const done = arguments[0], before = location.pathname, began = Date.now();
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    let pressed = 0;
    while (location.pathname === before) {
        // At the end of what is loaded the next rows have to come first.
        if (Date.now() - began > 20000) return done(null);
        if (Date.now() - pressed > 500) {
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true, cancelable: true }));
            pressed = Date.now();
        }
        await frame();
    }
    await frame();
    await frame();
    const shown = () => document.querySelector('.read article') ?? document.querySelector('.read .empty');
    while (!shown() && Date.now() - began < 25000) await frame();
    done([
        location.pathname.split('/').pop(),
        shown()?.tagName ?? 'nothing',
        document.querySelector('.read .subject')?.innerText ?? '',
        [...document.querySelectorAll('.read .note.warn')].map((note) => note.innerText),
    ]);";

#[tokio::test]
async fn every_real_message_shows_in_the_page() {
    let messages = real_messages();
    if messages.is_empty() {
        return;
    }
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    send_all(&home, &messages);
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("corpus", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // The first is opened by hand, the others one after the other by the keyboard.
        alice.presses(".row").await;
        alice.find(".read article").await;
        let next = format!("(async () => {{ {NEXT} }}).call(null)").replace("arguments[0]", "finish");
        let next = format!("const finish = arguments[0]; {next}");
        let mut shown: BTreeMap<String, (String, String, serde_json::Value)> = BTreeMap::new();
        for _ in 1..messages.len() {
            let seen = alice.execute_async(&next, vec![]).await.unwrap();
            let Ok((id, what, subject, notes)) = serde_json::from_value::<(String, String, String, _)>(seen) else {
                break;
            };
            shown.insert(id, (what, subject, notes));
        }
        assert_eq!(shown.len() + 1, messages.len(), "not all can be reached");
        let hidden: Vec<_> = shown.iter().filter(|(_, (what, ..))| what != "ARTICLE").collect();
        assert!(hidden.is_empty(), "these do not open: {hidden:?}");
        let told_about =
            shown.values().filter(|(.., notes)| notes.as_array().is_some_and(|notes| !notes.is_empty())).count();
        println!(
            "{} real messages shown, {told_about} of them with a word about what they could not give",
            messages.len()
        );
        alice.has_no_complaint().await;
    });
    told.await;
}
