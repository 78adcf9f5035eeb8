//! Programs that keep copies: OfflineIMAP and mbsync keep a Maildir and the box the same, NeoMutt keeps headers and asks what it
//! missed. What one side did, the other knows; and where nothing happened, nothing is done.
//!
//! `LETTERS=10000` (as `make soak` sets it) makes the mailbox of mbsync large.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tests::foreign::{self, Device};
use tests::home::Home;
use tests::person::{Person, done};
use tests::talk::Talk;

/// Letters of the short run.
const LETTERS: usize = 300;
/// Letters that one command files.
const AT_ONCE: usize = 50;

fn ask(home: &Home, device: &Device, request: &str) -> String {
    done(&foreign::curl_imap(home, device, "INBOX", Some(request)))
}

/// Files letters in the Inbox, unread.
fn file(home: &Home, device: &Device, letters: std::ops::Range<usize>) {
    let mut talk = signed_in(home, device);
    let all: Vec<usize> = letters.collect();
    for some in all.chunks(AT_ONCE) {
        let mut command = "t APPEND INBOX".to_owned();
        for number in some {
            let letter = format!(
                "From: bob{number}@elsewhere.test\r\nMessage-ID: <{number}@elsewhere.test>\r\nSubject: letter {number}\r\n\r\nLetter {number}.\r\n"
            );
            command.push_str(&format!(" {{{}+}}\r\n{letter}", letter.len()));
        }
        talk.send(format!("{command}\r\n").as_bytes());
        assert!(talk.imap_reply().last().unwrap().starts_with("t OK"));
    }
}

fn signed_in(home: &Home, device: &Device) -> Talk {
    let mut talk = Talk::imap(home);
    assert!(talk.imap_ends(&format!("LOGIN {} {}", device.address, device.password)).starts_with("t OK"));
    talk
}

/// The flags of every message in the Inbox, in letters as Maildir writes them, by Message-ID.
fn flags_in_box(home: &Home, device: &Device) -> BTreeMap<String, String> {
    let mut talk = signed_in(home, device);
    talk.imap_ends("EXAMINE INBOX");
    let said = talk.imap_says("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])").join("\n");
    let letters = [("\\Draft", 'D'), ("\\Flagged", 'F'), ("\\Answered", 'R'), ("\\Seen", 'S'), ("\\Deleted", 'T')];
    let one = |text: &str| {
        let id = text.split_once('<')?.1.split('>').next()?.to_owned();
        let flags = text.split_once("FLAGS (")?.1.split(')').next()?;
        Some((id, letters.iter().filter(|(name, _)| flags.contains(name)).map(|(_, letter)| letter).collect()))
    };
    said.split("\n* ").filter_map(one).collect()
}

/// The same of a mailbox in a Maildir.
fn flags_in_maildir(maildir: &Path) -> BTreeMap<String, String> {
    let one = |path: PathBuf| {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: <")).expect("a Message-ID");
        let flags = path.to_str().unwrap().rsplit_once(":2,").map_or("", |(_, flags)| flags).to_owned();
        (id.trim_end_matches('>').to_owned(), flags)
    };
    files(maildir).into_iter().map(one).collect()
}

fn files(maildir: &Path) -> Vec<PathBuf> {
    let entries = ["cur", "new"].map(|part| fs::read_dir(maildir.join(part)).unwrap());
    let mut files: Vec<_> = entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Gives the `nth` message of a Maildir these flags.
fn mark(maildir: &Path, nth: usize, flags: &str) {
    let path = files(maildir).swap_remove(nth);
    let name = path.file_name().unwrap().to_str().unwrap();
    let base = name.split_once(":2,").map_or(name, |(base, _)| base);
    fs::rename(&path, maildir.join("cur").join(format!("{base}:2,{flags}"))).unwrap();
}

/// UIDNEXT and HIGHESTMODSEQ: nobody changed anything where they stay.
fn mark_of_box(home: &Home, device: &Device) -> String {
    ask(home, device, "STATUS INBOX (MESSAGES UIDNEXT HIGHESTMODSEQ)")
}

#[test]
fn mbsync_keeps_many_letters_the_same_on_both_sides() {
    let letters = std::env::var("LETTERS").ok().and_then(|text| text.parse().ok()).unwrap_or(LETTERS);
    let home = Home::new();
    let device = Person::register(&home, "alice").device();
    file(&home, &device, 0..letters);
    let began = Instant::now();
    let inbox = foreign::mbsync(&home, &device).join("INBOX");
    println!("{letters} letters out in {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(files(&inbox).len(), letters);

    // Read and flagged here, there, and new ones on both sides.
    for nth in (0..letters).step_by(50) {
        mark(&inbox, nth, "FS");
    }
    ask(&home, &device, "STORE 1:10 +FLAGS (\\Answered)");
    file(&home, &device, letters..letters + 20);
    for number in letters + 20..letters + 40 {
        let letter = format!("Message-ID: <{number}@elsewhere.test>\nSubject: written here\n\nHere.\n");
        fs::write(inbox.join(format!("new/{number}.local")), letter).unwrap();
    }
    _ = foreign::mbsync(&home, &device);
    let (there, here) = (flags_in_box(&home, &device), flags_in_maildir(&inbox));
    assert_eq!(there.len(), letters + 40);
    assert_eq!(there, here);
    assert_eq!(there.values().filter(|flags| flags.contains('R')).count(), 10);
    assert_eq!(there.values().filter(|flags| flags.contains('F')).count(), letters.div_ceil(50));

    let (settled, mark) = (files(&inbox), mark_of_box(&home, &device));
    let began = Instant::now();
    _ = foreign::mbsync(&home, &device);
    println!("a run without news: {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(files(&inbox), settled, "a second run changes nothing here");
    assert_eq!(mark_of_box(&home, &device), mark, "nor there");
}

#[test]
fn offlineimap_carries_both_ways_what_was_marked_written_and_deleted() {
    let home = Home::new();
    let device = Person::register(&home, "alice").device();
    file(&home, &device, 0..30);
    let (maildir, _) = foreign::offlineimap(&home, &device);
    let inbox = maildir.join("INBOX");
    assert_eq!(flags_in_maildir(&inbox), flags_in_box(&home, &device));

    mark(&inbox, 3, "FS");
    fs::remove_file(files(&inbox).swap_remove(7)).unwrap();
    fs::write(inbox.join("new/1.local"), "Message-ID: <here@home.test>\nSubject: written here\n\nHere.\n").unwrap();
    ask(&home, &device, "STORE 12 +FLAGS (\\Answered)");
    ask(&home, &device, "STORE 13 +FLAGS (\\Deleted)");
    ask(&home, &device, "EXPUNGE");
    file(&home, &device, 30..33);
    _ = foreign::offlineimap(&home, &device);
    let there = flags_in_box(&home, &device);
    assert_eq!(there, flags_in_maildir(&inbox));
    assert_eq!(there.len(), 30 - 2 + 1 + 3);
    for letter in ['F', 'R'] {
        assert_eq!(there.values().filter(|flags| flags.contains(letter)).count(), 1, "{letter}: {there:?}");
    }
    assert!(there.contains_key("here@home.test"));

    let (settled, mark) = (files(&inbox), mark_of_box(&home, &device));
    let (_, printed) = foreign::offlineimap(&home, &device);
    assert_eq!((files(&inbox), mark_of_box(&home, &device)), (settled, mark), "{printed}");
}

#[test]
fn neomutt_marks_copies_and_deletes_and_learns_what_it_missed() {
    let home = Home::new();
    let device = Person::register(&home, "alice").device();
    file(&home, &device, 0..10);
    let copied = foreign::neomutt(&home, &device, "<first-entry><flag-message>X<last-entry><delete-message>");
    let there = flags_in_box(&home, &device);
    assert_eq!(there.len(), 9, "{there:?}");
    assert!(there["0@elsewhere.test"].contains('F') && !there.contains_key("9@elsewhere.test"), "{there:?}");
    let [copy] = files(&copied).try_into().unwrap();
    assert!(fs::read_to_string(copy).unwrap().contains("-----BEGIN PGP MESSAGE-----"));

    // It is away meanwhile, comes back with the headers that it kept, and deletes all that is flagged.
    ask(&home, &device, "STORE 3:4 +FLAGS (\\Flagged)");
    ask(&home, &device, "STORE 2 +FLAGS (\\Deleted)");
    ask(&home, &device, "EXPUNGE");
    file(&home, &device, 10..13);
    foreign::neomutt(&home, &device, "<delete-pattern>~F<enter>");
    let left = flags_in_box(&home, &device);
    let wanted = [4, 5, 6, 7, 8, 10, 11, 12].map(|number| format!("{number}@elsewhere.test"));
    let mut left: Vec<String> = left.into_keys().collect();
    left.sort_by_key(|id| id.split('@').next().unwrap().parse::<usize>().unwrap());
    assert_eq!(left, wanted);
}
