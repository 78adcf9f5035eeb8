//! Real messages, as other parsers keep them in their own tests: they go in over SMTP, and come out over IMAPS to open to
//! the bytes that went in. The folder is named by `MAIL_CORPUS`; where it is absent this says so and checks nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use shared::api::Timestamp;
use shared::pgp::{OpenError, SecretKey, open_message, restore};
use tests::foreign::{maildir_messages, mbsync};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::wire::{Smtp, with_crlf};

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

#[test]
fn every_real_message_comes_back_byte_for_byte() {
    let Some(folder) = std::env::var_os("MAIL_CORPUS") else {
        println!("MAIL_CORPUS is not set: no real messages were sent");
        return;
    };
    let mut files = Vec::new();
    messages_below(Path::new(&folder), &mut files);
    files.sort();
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let mut smtp = Smtp::connect(home.ports().smtp).unwrap();
    let mut sent: BTreeMap<Vec<u8>, PathBuf> = BTreeMap::new();
    for file in &files {
        // SMTP carries lines that end in CRLF; a last line without an end gets one.
        let mut message = with_crlf(&fs::read(file).unwrap());
        if !message.ends_with(b"\r\n") {
            message.extend_from_slice(b"\r\n");
        }
        let reply = smtp.send("sender@elsewhere.test", "alice@home.test", &message).unwrap();
        assert!(reply.starts_with("250"), "{}: {reply}", file.display());
        sent.insert(message, file.clone());
    }
    let listed = done(&alice.client(&["list", "--limit", "1000"]));
    assert_eq!(listed.lines().count(), files.len());

    let key = SecretKey::import(alice.exported_key(PASSPHRASE).as_bytes(), PASSPHRASE).unwrap();
    let now = Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap());
    let maildir = mbsync(&home, &alice.device());
    let stored = maildir_messages(&maildir, "INBOX");
    assert_eq!(stored.len(), files.len());
    let mut whole = 0;
    for message in &stored {
        let opened = match open_message(message, None, &[&key], &[], now) {
            Err(OpenError::NotForOurKeys { .. }) => continue,
            opened => opened.unwrap(),
        };
        let original = restore(opened.original);
        whole += usize::from(sent.keys().any(|known| original.ends_with(known)));
    }
    // Mail that its sender had encrypted keeps its header apart, which IMAP does not serve; it is compared in the page's tests.
    let kept_apart = sent.keys().filter(|message| shared::pgp::pgpmime::is_sealed_throughout(message)).count();
    println!(
        "{} real messages: {whole} came back byte for byte, {kept_apart} were sealed by their senders",
        files.len()
    );
    assert!(whole + kept_apart >= files.len());
}
