//! IMAPS with foreign programs: mbsync keeps a Maildir and the box the same, curl files and fetches, gpg opens what they got.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tests::foreign::{self, Device};
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::markers::assert_hidden;
use tests::person::{Person, done};
use tests::program::{eventually, try_run};

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
fn a_program_without_openpgp_is_served_opened_mail_and_gets_back_what_it_filed() {
    let home = Home::new();
    let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let (sealed, opened) = (alice.device(), alice.opened_device());
    // Sealed by its sender, on its way in by the box, and by the box when it is filed.
    let send = ["send", "--to", "alice@home.test", "--subject", "marker of the sender"];
    done(&bob.client_reading(b"Sealed by Bob.", &send));
    let letter =
        b"From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: marker of Zoe\r\n\r\nOpen on its way.\r\n";
    assert!(foreign::curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter).status.success());
    eventually("both letters", Duration::from_secs(30), || {
        ask(&home, &opened, "INBOX", Some("STATUS INBOX (MESSAGES)")).contains("(MESSAGES 2)").then_some(())
    });
    done(&foreign::curl_append(&home, &opened, "Drafts", DRAFT));

    assert_eq!(ask(&home, &opened, "Drafts;UID=1", None).as_bytes(), DRAFT);
    assert!(ask(&home, &sealed, "Drafts;UID=1", None).contains("-----BEGIN PGP MESSAGE-----"));
    let read = ["INBOX;UID=1", "INBOX;UID=2"].map(|uid| ask(&home, &opened, uid, None)).join("");
    for part in ["Subject: marker of the sender", "Sealed by Bob.", "Subject: marker of Zoe", "Open on its way."] {
        assert!(read.contains(part), "{part}: {read}");
    }
    assert!(!read.contains("BEGIN PGP"), "{read}");
    assert_eq!(ask(&home, &opened, "INBOX", Some("SEARCH BODY \"sealed by bob\"")).split_whitespace().count(), 3);
    assert_eq!(ask(&home, &sealed, "INBOX", Some("SEARCH BODY \"sealed by bob\"")).trim(), "* SEARCH");

    // A Maildir of opened mail is kept the same on both sides, too.
    let maildir = foreign::mbsync(&home, &opened);
    let texts = foreign::maildir_messages(&maildir, "INBOX");
    assert!(texts.len() == 2 && texts.iter().all(|text| !String::from_utf8_lossy(text).contains("BEGIN PGP")));
    fs::write(maildir.join("Drafts/new/1.local"), b"Subject: marker of mbsync\n\nwritten here\n").unwrap();
    _ = foreign::mbsync(&home, &opened);
    let settled = files(&maildir);
    _ = foreign::mbsync(&home, &opened);
    assert_eq!(files(&maildir), settled, "a further run changes nothing");
    assert!(ask(&home, &opened, "Drafts;UID=2", None).contains("Subject: marker of mbsync\r\n"));
    assert_hidden(
        &home,
        &["marker of the sender".into(), "marker of zoe".into(), "marker of mbsync".into()],
        "zoe@elsewhere.test",
    );
}

/// What Python's own library does with mail; user and password come on standard input.
const IMAPLIB: &str = r#"
import imaplib, ssl, sys
port, authority = sys.argv[1:]
user, password = sys.stdin.read().split("\n")
box = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=ssl.create_default_context(cafile=authority))
box.login(user, password)
def ask(answer):
    assert answer[0] == "OK", answer
    return answer[1]
letters = [b"Subject: letter %d\r\n\r\n" % n + b"line\r\n" * n for n in (3, 1, 2)]
for letter in letters:
    ask(box.append("INBOX", r"(\Flagged)", None, letter))
assert ask(box.select("INBOX")) == [b"3"]
for n, letter in enumerate(letters, 1):
    (head, body), tail = ask(box.fetch(str(n), "(RFC822.SIZE BODY.PEEK[])"))
    assert body == letter and b"RFC822.SIZE %d " % len(letter) in head, (head, body)
assert ask(box.search(None, "SUBJECT", '"LETTER 2"', "FLAGGED")) == [b"3"]
assert ask(box.search(None, "LARGER", "30", "BODY", "line")) == [b"1 3"]
assert ask(box.sort("(SUBJECT)", "UTF-8", "ALL")) == [b"2 3 1"]
assert ask(box.thread("ORDEREDSUBJECT", "UTF-8", "ALL"))[0].count(b"(") == 3
ask(box.uid("COPY", "1:2", "Archive"))
ask(box.store("1", "+FLAGS", r"(\Deleted)"))
assert ask(box.expunge()) == [b"1"]
assert ask(box.fetch("1", "BODY.PEEK[TEXT]"))[0][1] == b"line\r\n"
box.logout()
"#;

#[test]
fn pythons_imaplib_files_finds_and_fetches_opened_mail() {
    let home = Home::new();
    let device = Person::register(&home, "alice").opened_device();
    let mut python = Command::new("python3");
    python.args(["-c", IMAPLIB, &home.ports().imaps.to_string()]).arg(home.authority());
    done(&try_run(&mut python, format!("{}\n{}", device.address, device.password).as_bytes()));
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
