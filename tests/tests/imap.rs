//! IMAPS with foreign programs: mbsync keeps a Maildir and the box the same, curl files and fetches, gpg opens what they got.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::path::Path;

use tests::foreign::{self, Device};
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::person::{Person, done};

const EXPORT: &str = "for the mail program";
const DRAFT: &[u8] =
    b"From: alice@home.test\r\nTo: bob@elsewhere.test\r\nSubject: marker-of-the-draft\r\nX-Kept: yes\r\n\r\nNot yet done.\r\n";

/// What the box answers curl.
fn ask(home: &Home, device: &Device, path: &str, request: Option<&str>) -> String {
    done(&foreign::curl_imap(home, device, path, request))
}

/// Where the files of a Maildir are and what they are called, flags included.
fn files(maildir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for folder in fs::read_dir(maildir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for part in ["cur", "new"] {
            let Ok(entries) = fs::read_dir(folder.join(part)) else { continue };
            found.extend(entries.map(|entry| entry.unwrap().path().to_string_lossy().into_owned()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_draft_filed_by_curl_comes_out_by_mbsync_sealed_and_gnupg_opens_it() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let device = alice.device();
    done(&foreign::curl_append(&home, &device, "Drafts", DRAFT));
    assert!(ask(&home, &device, "Drafts", Some("STATUS Drafts (MESSAGES)")).contains("(MESSAGES 1)"));

    let maildir = foreign::mbsync(&home, &device);
    let [message] = foreign::maildir_messages(&maildir, "Drafts").try_into().unwrap();
    let text = String::from_utf8_lossy(&message).into_owned();
    assert!(text.contains("Subject: [...]") && !text.contains("marker-of-the-draft"), "{text}");

    let gnupg = GnuPg::new();
    gnupg.import(alice.exported_key(EXPORT).as_bytes(), Some(EXPORT));
    let fetched = ask(&home, &device, "Drafts;UID=1", None);
    let begin = fetched.find("-----BEGIN PGP MESSAGE-----").unwrap();
    let inside = gnupg.open(&fetched.as_bytes()[begin..], Some(EXPORT)).data;
    let inside = String::from_utf8_lossy(&inside).into_owned();
    assert!(inside.contains("marker-of-the-draft") && inside.contains("Not yet done."), "{inside}");

    for file in fs::read_dir(home.data()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(19).any(|window| window == b"marker-of-the-draft"));
    }
    assert!(!home.log().contains("marker-of-the-draft") && !home.log().contains(&device.password));
}

#[test]
fn mbsync_keeps_both_sides_the_same() {
    let home = Home::new();
    let device = Person::register(&home, "alice").device();
    for n in 0..20 {
        let message = format!("From: bob{n}@elsewhere.test\r\nSubject: letter {n}\r\n\r\nLetter {n}.\r\n");
        done(&foreign::curl_append(&home, &device, "INBOX", message.as_bytes()));
    }
    let maildir = foreign::mbsync(&home, &device);
    assert_eq!(foreign::maildir_messages(&maildir, "INBOX").len(), 20);
    let first = files(&maildir);
    _ = foreign::mbsync(&home, &device);
    assert_eq!(files(&maildir), first, "a second run changes nothing");

    // Answered here, marked there, written here: each side learns what the other did.
    let answered = first.iter().find(|file| file.contains("/INBOX/")).unwrap();
    let (base, _) = Path::new(answered).file_name().unwrap().to_str().unwrap().split_once(":2,").unwrap();
    fs::rename(answered, maildir.join("INBOX/cur").join(format!("{base}:2,RS"))).unwrap();
    _ = ask(&home, &device, "INBOX", Some("STORE 20 +FLAGS (\\Flagged)"));
    fs::write(maildir.join("Drafts/new/1.local"), DRAFT).unwrap();

    _ = foreign::mbsync(&home, &device);
    assert_eq!(ask(&home, &device, "INBOX", Some("SEARCH ANSWERED")).split_whitespace().count(), 3);
    assert!(ask(&home, &device, "Drafts", Some("STATUS Drafts (MESSAGES)")).contains("(MESSAGES 1)"));
    assert!(files(&maildir).iter().any(|file| file.ends_with(":2,FS")), "{:?}", files(&maildir));
    let settled = files(&maildir);
    _ = foreign::mbsync(&home, &device);
    assert_eq!(files(&maildir), settled);
}
