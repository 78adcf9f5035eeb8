//! Nothing that is secret stays readable on the box: markers are planted wherever people put secrets, and the data folder,
//! the write-ahead log and the most talkative log are searched for them (docs/threat-model.md).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::process::Command;
use std::time::Duration;

use shared::api::limits::MESSAGE_BYTES;
use shared::api::{Base64, paths};
use tests::foreign::{Device, curl_in, curl_submit, mbsync};
use tests::home::Home;
use tests::markers::{assert_hidden, holds};
use tests::person::{PASSPHRASE, Person, code_of, done};
use tests::program::{eventually, run};
use tests::talk::Talk;
use tests::wire::Smtp;

/// Readable by design: the address of who writes.
const CONTROL: &str = "zoe@elsewhere.test";

/// What only its owner may read; each stands for one place where people put secrets.
const MARKERS: [&str; 16] = [
    PASSPHRASE,
    "marker-new-passphrase",
    "marker-subject-in",
    "marker-body-in",
    "marker-file-name",
    "marker-file-bytes",
    "marker-subject-out",
    "marker-body-out",
    "marker-draft-subject",
    "marker-draft-body",
    "marker-draft-file",
    "marker-bcc",
    "marker-from-a-program",
    "marker-export",
    "marker-filed-open",
    "marker-searched-open",
];

fn incoming() -> Vec<u8> {
    "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: marker-subject-in\r\nMIME-Version: 1.0\r\n\
     Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nmarker-body-in\r\n--b\r\n\
     Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=marker-file-name.bin\r\n\
     Content-Transfer-Encoding: base64\r\n\r\nbWFya2VyLWZpbGUtYnl0ZXM=\r\n--b--\r\n"
        .into()
}

/// Has the box open mail for a device: all of it is fetched and searched, some is filed, copied and marked. The connection stays.
fn reads_opened(home: &Home, device: &Device) -> Talk {
    let mut imap = Talk::imap(home);
    assert!(imap.imap_ends(&format!("LOGIN {} {}", device.address, device.password)).starts_with("t OK"));
    let filed = "From: alice@home.test\r\nSubject: marker-filed-open\r\n\r\nmarker-filed-open\r\n";
    assert!(imap.imap_ends(&format!("APPEND INBOX {{{}+}}\r\n{filed}", filed.len())).starts_with("t OK"));
    assert!(imap.imap_ends("SELECT INBOX").starts_with("t OK"));
    let read = imap.imap_says("FETCH 1:* (RFC822.SIZE ENVELOPE BODYSTRUCTURE PREVIEW BODY[])").join("\n");
    for marker in ["marker-subject-in", "marker-body-in", "marker-file-name", "marker-filed-open"] {
        assert!(read.contains(marker), "{read}");
    }
    let found = imap.imap_says("SEARCH OR BODY \"marker-body-in\" TEXT \"marker-searched-open\"");
    assert_eq!(found[0], "* SEARCH 1", "{found:?}");
    assert!(imap.imap_ends("SORT (SUBJECT) UTF-8 ALL").starts_with("t OK"));
    assert!(imap.imap_ends("COPY 1:* Archive").starts_with("t OK"));
    assert!(imap.imap_says("FETCH 1 BODY.PEEK[1]").join("\n").contains("marker-body-in"));
    imap
}

/// Searches a running box, then what is left of it when it is killed, and then what is left after a clean end.
fn search_in_every_state(home: &mut Home, markers: &[String], after_the_cut: impl FnOnce(&Home)) {
    assert_hidden(home, markers, CONTROL);
    home.kill();
    after_the_cut(home);
    assert_hidden(home, markers, CONTROL);
    home.start();
    home.stop();
    assert_hidden(home, markers, CONTROL);
}

#[test]
fn no_secret_is_readable_in_the_data_folder_or_the_log() {
    let mut home = Home::new();
    let invitation = home.invitation().split_once('#').unwrap().1.to_owned();
    let (password, opened, armored, recovery_words, reader) = {
        let alice = Person::register(&home, "alice");
        let bob = Person::register(&home, "bob");
        assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &incoming()).status.success());
        // Sent copies are filed as the page files them, and so is a draft, with a file and a hidden recipient.
        let send = ["send", "--to", "bob@home.test", "--subject", "marker-subject-out"];
        done(&alice.client_reading(b"marker-body-out", &send));
        let file = home.scratch("marker-draft-file.txt");
        std::fs::write(&file, "marker-file-bytes").unwrap();
        let draft = ["draft", "--bcc", "marker-bcc@elsewhere.test", "--subject", "marker-draft-subject", "--attach"];
        done(&alice.client_reading(b"marker-draft-body", &[&draft[..], &[file.to_str().unwrap()]].concat()));
        // Waits in the queue for as long as the box is looked at: its host takes its time.
        let open = ["send", "--to", "slow@fail.home.test", "--subject", "marker-subject-out", "--open"];
        done(&alice.client_reading(b"marker-body-out", &open));
        let listed = |mailbox: &str| done(&alice.client(&["list", "--mailbox", mailbox]));
        assert!(listed("Drafts").contains("marker-draft-subject"), "{}", listed("Drafts"));
        assert_eq!(listed("Sent").matches("marker-subject-out").count(), 2, "{}", listed("Sent"));
        let device = alice.device();
        let message = b"From: alice@home.test\r\nTo: bob@home.test\r\nSubject: x\r\n\r\nmarker-from-a-program\r\n";
        assert!(curl_submit(&home, &device, &["bob@home.test"], message).status.success());
        eventually("bob's mail", Duration::from_secs(30), || {
            (done(&bob.client(&["list"])).lines().count() == 2).then_some(())
        });
        done(&alice.client(&["read", "1"]));
        let _maildir = mbsync(&home, &device);
        let new = home.scratch("new.passphrase");
        std::fs::write(&new, "marker-new-passphrase").unwrap();
        let change = ["change-passphrase", "--new-passphrase-file", new.to_str().unwrap()];
        done(&alice.with_passphrase(PASSPHRASE, &change));
        let words = code_of(&alice.with_passphrase("marker-new-passphrase", &["new-recovery-code", "--kept"]));
        let opened = alice.opened_device();
        let reader = reads_opened(&home, &opened);
        (device.password, opened.password, alice.exported_key("marker-export"), words.trim().to_owned(), reader)
    };
    let mut markers: Vec<String> = MARKERS.map(str::to_owned).into();
    markers.extend([invitation, recovery_words]);
    markers.extend([&password, &opened].into_iter().flat_map(|text| [text.clone(), text.replace('-', "")]));
    markers.extend(armored.lines().filter(|line| line.len() == 64).take(3).map(str::to_owned));
    // The box is looked at while it opens mail for somebody, too.
    assert_hidden(&home, &markers, CONTROL);
    drop(reader);
    search_in_every_state(&mut home, &markers, |home| {
        let count = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM outgoing').fetchone())";
        let waiting = run(Command::new("python3").args(["-c", count]).arg(home.data().join("mail.sqlite3")));
        assert_ne!(waiting, b"0\n", "nothing waits in the queue: its rows were not searched");
    });
}

#[test]
fn all_that_lies_on_the_box_opens_no_letter_behind_a_link() {
    let mut home = Home::new();
    let (mut markers, mut fragments) = (Vec::new(), Vec::new());
    {
        let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
        assert!(curl_in(&home, CONTROL, &["alice@home.test"], &incoming()).status.success());
        let file = |name: &str, text: &str| {
            let path = home.scratch(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let attached = file("marker-linked-file.txt", "marker-linked-bytes");
        let (answer, words) = (file("answer", "marker-linked-answer"), file("notice", "marker-linked-notice"));
        // One notice is delivered, one waits: its host takes its time.
        let send = ["link", "send", "--to", "bob@home.test", "--to", "slow@fail.home.test"];
        let letter = ["--subject", "marker-linked-subject", "--attach", &attached, "--notice-file", &words];
        let lock = ["--question", "marker-linked-question", "--answer-file", &answer];
        let printed = done(&alice.client_reading(b"marker-linked-body", &[&send[..], &letter, &lock].concat()));
        let links: Vec<_> = printed.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
        let arrived = || Some(done(&bob.client(&["list"]))).filter(|list| !list.is_empty());
        let list = eventually("the notice", Duration::from_secs(30), arrived);
        let notice = done(&bob.client(&["read", list.split_whitespace().next().unwrap()]));
        assert!(notice.contains("marker-linked-notice") && notice.contains(links[0]), "{notice}");
        let words = notice.lines().skip_while(|line| !line.contains("twelve words")).skip(1);
        markers.extend(words.filter(|line| !line.is_empty()).map(str::to_owned));
        assert_eq!(markers.iter().map(|line| line.split(' ').count()).sum::<usize>(), 12, "{notice}");
        for link in &links {
            let (before, fragment) = link.split_once('#').unwrap();
            markers.extend([fragment.to_owned(), before.rsplit_once('/').unwrap().1.to_owned()]);
            fragments.push(fragment.parse::<Base64>().unwrap().0);
        }
        // Read once, mistyped once.
        let read = |link: &str, answer: &str| {
            let nobody = home.scratch("nobody.json");
            let nobody = ["--session", nobody.to_str().unwrap()];
            run(&mut home.client(&[&["link", "read", link, "--answer-file", answer], &nobody[..]].concat()))
        };
        assert!(String::from_utf8(read(links[0], &answer)).unwrap().contains("marker-linked-body"));
        let wrong = file("wrong", "marker-linked-wrong");
        // And answered, by who opened it.
        let soup = file("marker-answered-file.txt", "marker-answered-bytes");
        let reply = ["link", "reply", links[0], "--answer-file", &answer, "--attach", &soup, "--body-file"];
        let text = file("reply", "marker-answered-body");
        run(&mut home.client(&[&reply[..], &[&text]].concat()));
        assert!(done(&alice.client(&["list"])).contains("Re: marker-linked-subject"));
        let mistyped = home.client(&["link", "read", links[1], "--answer-file", &wrong]).output().unwrap();
        assert!(!mistyped.status.success());
        // A later letter holds the links of the first.
        let later = ["link", "send", "--no-notice", "--to", "bob@home.test", "--subject", "marker-linked-later"];
        let later = done(&alice.client_reading(b"marker-linked-body", &later));
        let told = String::from_utf8(read(later.trim_end().split('\t').nth(1).unwrap(), &answer)).unwrap();
        assert!(told.contains(links[0]) && told.contains("marker-linked-subject"), "{told}");
    }
    let planted = ["file", "bytes", "answer", "notice", "subject", "question", "body", "wrong", "later"];
    markers.extend(planted.map(|name| format!("marker-linked-{name}")));
    markers.extend(["file", "bytes", "body"].map(|name| format!("marker-answered-{name}")));
    search_in_every_state(&mut home, &markers, |home| {
        assert!(fragments.iter().all(|fragment| !holds(home, fragment)));
        assert!(home.data().join("links").is_dir(), "there is no payload that was searched");
    });
    assert!(fragments.iter().all(|fragment| !holds(&home, fragment)));
}

#[test]
fn what_was_refused_broken_off_or_mistyped_leaves_nothing_readable() {
    let mut home = Home::new();
    {
        let alice = Person::register(&home, "alice");
        let device = alice.device();
        let letter = |marker: &str| {
            format!("From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: {marker}\r\n\r\n{marker}\r\n")
                .into_bytes()
        };
        let (zoe, to) = ("zoe@elsewhere.test", "alice@home.test");

        // Another server's mail: smuggled, in circles, too large, cut off.
        let bare = [&letter("marker-bare")[..], b"a\nb\r\n"].concat();
        assert!(Talk::smtp(&home).smtp_sends(zoe, to, &bare).starts_with("550 5.6.0"));
        let mut smtp = Talk::smtp(&home);
        let circles = [&b"Received: from here to there\r\n".repeat(200)[..], &letter("marker-circle")].concat();
        assert!(smtp.smtp_sends(zoe, to, &circles).starts_with("554 5.4.6"));
        let large = letter("marker-large").repeat(MESSAGE_BYTES / 80);
        assert!(large.len() > MESSAGE_BYTES);
        assert!(smtp.smtp_sends(zoe, to, &large).starts_with("552 5.3.4"));
        assert!(smtp.smtp_says("NOOP marker-noop").starts_with("250"));
        assert!(smtp.smtp_says("XYZZY marker-command").starts_with("500"));
        for command in [format!("MAIL FROM:<{zoe}>"), format!("RCPT TO:<{to}>"), "DATA".to_owned()] {
            smtp.smtp_says(&command);
        }
        smtp.send(&letter("marker-cut"));
        drop(smtp);

        // A mail program's: in another's name, with a private key, under a wrong password, into a mailbox that is none.
        let mut program = Talk::submission(&home);
        assert!(program.smtp_login(&device, "marker-password-smtp").starts_with("535"));
        assert!(program.smtp_login(&device, &device.password).starts_with("235"));
        assert!(program.smtp_sends(to, to, &letter("marker-from")).starts_with("550 5.7.1"));
        let own = String::from_utf8(letter("marker-key-mail")).unwrap().replace(zoe, to);
        let armor =
            alice.exported_key("marker-key-phrase").replacen("\r\n\r\n", "\r\nComment: markerkeybytes\r\n\r\n", 1);
        assert!(armor.contains("markerkeybytes"));
        assert!(program.smtp_sends(to, to, format!("{own}{armor}").as_bytes()).starts_with("550 5.7.1"));
        let mut imap = Talk::imap(&home);
        assert!(imap.imap_ends(&format!("LOGIN {to} marker-password-imap")).starts_with("t NO"));
        assert!(imap.imap_ends(&format!("LOGIN {to} {}", device.password)).starts_with("t OK"));
        let literal = String::from_utf8(letter("marker-append")).unwrap();
        assert!(imap.imap_ends(&format!("APPEND Nowhere {{{}+}}\r\n{literal}", literal.len())).starts_with("t NO"));
        assert!(imap.imap_ends("SELECT INBOX").starts_with("t OK"));
        assert!(imap.imap_ends("SEARCH TEXT \"marker-search\"").starts_with("t OK"));
        assert!(imap.imap_ends("XYZZY marker-nonsense").starts_with("t BAD"));
        imap.send(
            format!("t APPEND INBOX {{9999+}}\r\n{}", String::from_utf8(letter("marker-half")).unwrap()).as_bytes(),
        );
        drop(imap);

        // The page's: a wrong passphrase, and a request that is none.
        let log_in = ["login", "--address", to];
        assert_eq!(alice.with_passphrase("marker-passphrase", &log_in).status.code(), Some(3));
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--data",
            "{\"marker-json\"",
            "--header",
            &format!("{}: 1", paths::CSRF_HEADER),
            "--cacert",
        ]);
        let answer = run(curl.arg(home.authority()).arg(format!("{}{}", home.url(), paths::LOGIN_START)));
        assert!(String::from_utf8_lossy(&answer).contains("bad_request"), "{}", String::from_utf8_lossy(&answer));

        // Broken, and kept: what only looks encrypted, and a multipart that does not end.
        let mut smtp = Smtp::connect(home.ports().smtp).unwrap();
        let head = "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: marker-broken-subject\r\nContent-Type: multipart/";
        let looks = "encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\n\
                     Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\nmarker-version\r\n--b\r\n\
                     Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nbWFya2VyLWFybW9y\r\n--b--\r\n";
        for message in [format!("{head}{looks}"), format!("{head}mixed; boundary=b\r\n\r\n--b\r\n\r\nmarker-unclosed")]
        {
            assert!(smtp.send(zoe, to, message.as_bytes()).unwrap().starts_with("250"));
        }
        assert_eq!(done(&alice.client(&["list"])).matches("marker-broken-subject").count(), 2);
        eventually("the box notices that they are gone", Duration::from_secs(30), || {
            (home.log().matches("the other end has gone").count() >= 1).then_some(())
        });
    }
    let markers = [
        "marker-bare",
        "marker-circle",
        "marker-large",
        "marker-noop",
        "marker-command",
        "marker-cut",
        "marker-password-smtp",
        "marker-from",
        "marker-key-mail",
        "markerkeybytes",
        "marker-key-phrase",
        "marker-password-imap",
        "marker-append",
        "marker-search",
        "marker-nonsense",
        "marker-half",
        "marker-passphrase",
        "marker-json",
        "marker-broken-subject",
        "marker-version",
        "marker-armor",
        "marker-unclosed",
    ];
    search_in_every_state(&mut home, &markers.map(str::to_owned), |_| {});
}
