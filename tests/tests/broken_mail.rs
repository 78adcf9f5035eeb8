//! Letters that are broken inside. What SMTP allows is accepted and kept byte for byte; whoever reads it is told what could
//! not be read; and sealed mail that was cut does not open, says so, and comes out again as it came.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use tests::elsewhere::published;
use tests::foreign::{curl_imap, maildir_messages, mbsync};
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::person::{Person, done};
use tests::wire::Smtp;

const EXPORT: &str = "for the program";

/// A letter, what of it must be seen, and what its reader is told.
struct Broken {
    message: Vec<u8>,
    seen: &'static [&'static str],
    problem: &'static str,
}

fn broken(head: &str, rest: &[u8], seen: &'static [&'static str], problem: &'static str) -> Broken {
    let message = [format!("From: zoe@elsewhere.test\r\nTo: alice@home.test\r\n{head}").as_bytes(), rest].concat();
    Broken { message, seen, problem }
}

fn letters() -> Vec<Broken> {
    let plain = "Subject: plain\r\n";
    vec![
        broken("Subject: no end\r\n", b"", &["Subject: no end"], "no empty line ends the header"),
        broken("Subject: no end\r\n", b"This line is no field.\r\n", &["Subject: no end", "This line is no field."], "no empty line ends the header"),
        broken(
            plain,
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nthe first part\r\n--b\r\n\r\nthe second, cut of",
            &["the first part", "the second, cut of"],
            "it was cut off",
        ),
        broken(
            plain,
            b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nparts without a boundary\r\n--b--\r\n",
            &["parts without a boundary"],
            "its parts cannot be told apart",
        ),
        broken(
            plain,
            b"Content-Type: text/plain; charset=x-klingon\r\n\r\nascii in it is kept\r\n",
            &["ascii in it is kept"],
            "the charset x-klingon is not known",
        ),
        broken(
            plain,
            b"Content-Transfer-Encoding: base64\r\n\r\nYmVmb3JlIA==\r\n}}} this is no base64 {{{\r\n",
            &["before"],
            "the encoding of a part is broken",
        ),
        broken(
            plain,
            b"Content-Transfer-Encoding: x-uuencode\r\n\r\nas it came\r\n",
            &["as it came"],
            "the encoding x-uuencode is not known",
        ),
        broken(plain, b"\r\na NUL \0 in it\r\n", &["a NUL   in it"], ""),
        broken("Subject: D\u{e9}jeuner\r\n", b"\r\nin UTF-8\r\n", &["Subject: Déjeuner", "in UTF-8"], ""),
        broken("Subject: D", b"\xe9jeuner\r\n\r\nin Latin-1\r\n", &["Subject: Déjeuner", "in Latin-1"], ""),
        broken(
            &format!("X-Long: {}\r\n", "a".repeat(1024 * 1024)),
            b"Subject: behind a megabyte\r\n\r\nand its text\r\n",
            &["From: zoe@elsewhere.test", "and its text"],
            "the header is too long",
        ),
        broken(
            &format!("Subject: long {}\r\n", "b".repeat(1024 * 1024)),
            b"\r\nits text\r\n",
            &["Subject: long bbbbbbbbbb", "its text"],
            "",
        ),
        broken(plain, b"Subject: again\r\n\r\ntwo subjects\r\n", &["Subject: plain", "two subjects"], "the field Subject stands there twice"),
    ]
}

#[test]
fn what_is_broken_is_accepted_kept_and_read_with_a_word_about_it() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let letters = letters();
    let mut smtp = Smtp::connect(home.ports().smtp).unwrap();
    for (number, letter) in letters.iter().enumerate() {
        let reply = smtp.send("zoe@elsewhere.test", "alice@home.test", &letter.message).unwrap();
        assert!(reply.starts_with("250 "), "letter {}: {reply}", number + 1);
    }
    let listed = done(&alice.client(&["list"]));
    assert_eq!(listed.lines().count(), letters.len(), "{listed}");
    assert!(listed.len() < 10_000, "a megabyte of subject stands in the list");
    for (number, letter) in letters.iter().enumerate() {
        let id = (number + 1).to_string();
        let read = done(&alice.client(&["read", &id]));
        let shown = &read[..read.len().min(2000)];
        for seen in letter.seen {
            assert!(read.contains(seen), "letter {id}: {seen:?} is missing:\n{shown}");
        }
        let problems: Vec<_> = read.lines().filter_map(|line| line.strip_prefix("Problem: ")).collect();
        assert_eq!(problems.is_empty(), letter.problem.is_empty(), "letter {id}: {problems:?}\n{shown}");
        assert!(problems.iter().all(|problem| problem.starts_with(letter.problem)), "letter {id}: {problems:?}");
        let raw = alice.client(&["read", "--raw", &id]);
        assert!(
            raw.status.success() && without_line_end(&raw.stdout).ends_with(without_line_end(&letter.message)),
            "letter {id} is another one"
        );
    }
    // And a mail program that fetches them all is not held up by any.
    assert_eq!(maildir_messages(&mbsync(&home, &alice.device()), "INBOX").len(), letters.len());
}

/// SMTP ends every message with a line end, whether it had one or not.
fn without_line_end(message: &[u8]) -> &[u8] {
    message.strip_suffix(b"\r\n").unwrap_or(message)
}

#[test]
fn sealed_mail_that_was_cut_does_not_open_says_so_and_comes_out_as_it_came() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    // Before the mail comes, or no program would open how the box keeps it.
    let device = alice.device();
    let zoe = GnuPg::with_key_of("Zoe <zoe@elsewhere.test>");
    zoe.import(&published(&home, &alice.address()), None);
    let inside = "Content-Type: text/plain\r\n\r\nYou will never read this. ".repeat(200);
    let sealed = zoe.seal(inside.as_bytes(), "alice@home.test", Some("zoe@elsewhere.test"));
    let sealed = String::from_utf8(sealed).unwrap().replace('\n', "\r\n");
    let head = "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: cut\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\n\
                Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n\
                Content-Type: application/octet-stream\r\n\r\n";
    // Cut within its lines, what stands around them whole; and cut off there, nothing following.
    let (cut, _) = sealed.split_at(sealed.len() / 2);
    let cut_line = cut.rfind("\r\n").unwrap() + 2;
    let within = format!("{head}{}-----END PGP MESSAGE-----\r\n\r\n--b--\r\n", &cut[..cut_line]);
    let off = format!("{head}{cut}\r\n");

    let mut smtp = Smtp::connect(home.ports().smtp).unwrap();
    for message in [&within, &off] {
        let reply = smtp.send("zoe@elsewhere.test", "alice@home.test", message.as_bytes()).unwrap();
        assert!(reply.starts_with("250 "), "{reply}");
    }
    let program = GnuPg::new();
    program.import(alice.exported_key(EXPORT).as_bytes(), Some(EXPORT));
    for (id, message) in [("1", &within), ("2", &off)] {
        let read = alice.client(&["read", id]);
        let said = String::from_utf8_lossy(&read.stderr).into_owned();
        assert_eq!(read.status.code(), Some(3), "{id}: {said}\n{}", String::from_utf8_lossy(&read.stdout));
        assert!(said.contains("its sender sealed it, and it does not open: altered or damaged"), "{id}: {said}");
        let shown = String::from_utf8_lossy(&read.stdout).into_owned();
        assert!(
            shown.contains("From: zoe@elsewhere.test") && shown.contains("yes, and it cannot be opened"),
            "{id}: {shown}"
        );
        let raw = done(&alice.client(&["read", "--raw", id]));
        assert!(raw.ends_with(message.as_str()), "{id}: {raw}");

        let stored = curl_imap(&home, &device, &format!("INBOX;UID={id}"), None).stdout;
        let stored = String::from_utf8(stored).unwrap();
        let original = if stored.contains(cut) {
            stored
        } else {
            String::from_utf8(shared::pgp::restore(program.open(stored.as_bytes(), Some(EXPORT)).data)).unwrap()
        };
        assert!(original.contains(&cut[..cut_line]), "{id}: {original}");
    }
    assert_eq!(done(&alice.client(&["list"])).lines().count(), 2);
}
