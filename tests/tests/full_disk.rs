//! A full disk: nothing is answered with 250 that is not kept, everybody is told that it is for now, whoever reads goes on
//! reading, and as soon as there is room, mail comes in again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::process::Output;
use std::time::Duration;

use tests::disk::{SmallDisk, on_small_disk};
use tests::elsewhere::Elsewhere;
use tests::foreign::{Device, curl_append};
use tests::home::{DOMAIN, Home, Neighbour};
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;
use tests::talk::Talk;
use tests::wire::Smtp;

/// Size of the disk: the 108 MiB that the box does not use for mail (`core::room`), and some for mail.
const MEGABYTES: u32 = 124;
/// Octets of a letter of these stories.
const LETTER_BYTES: usize = 100_000;

/// Pause of the box between two tries to note something (`core::settle`).
const NOTED_EVERY: Duration = Duration::from_secs(5);

/// Letters that came with a 250, by their Message-ID.
#[derive(Default)]
struct Acknowledged(BTreeSet<String>);

impl Acknowledged {
    /// Brings the next letter; gives the reply.
    fn bring(&mut self, home: &Home) -> String {
        self.bring_named(home, &self.0.len().to_string())
    }

    fn bring_named(&mut self, home: &Home, name: &str) -> String {
        self.bring_large(home, name, LETTER_BYTES)
    }

    fn bring_large(&mut self, home: &Home, name: &str, octets: usize) -> String {
        let id = format!("<{name}@elsewhere.test>");
        let mut letter =
            format!("From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nMessage-ID: {id}\r\nSubject: a letter\r\n\r\n");
        while letter.len() < octets {
            letter.push_str("What a long letter this is, and how much there is to tell.\r\n");
        }
        let mut smtp = Smtp::connect(home.ports().smtp).unwrap();
        let reply = smtp.send("zoe@elsewhere.test", "alice@home.test", letter.as_bytes()).unwrap();
        if reply.starts_with("250 ") {
            self.0.insert(id);
        }
        reply
    }

    /// Brings letters until one is not taken; gives what was said of that.
    fn bring_until_refused(&mut self, home: &Home) -> String {
        let mut replies = (0..2000).map(|_| self.bring(home));
        replies.find(|reply| !reply.starts_with("250 ")).expect("the disk is never full")
    }

    /// Asserts that every one of them is in the Inbox, and nothing else.
    fn all_there(&self, home: &Home, device: &Device) {
        let fetched = signed_in(home, device).imap_says("FETCH 1:* BODY.PEEK[]");
        assert!(fetched.last().unwrap().starts_with("t OK "), "{:?}", fetched.last());
        let ids: Vec<_> =
            fetched.iter().filter_map(|line| line.strip_prefix("Message-ID: ")).map(str::to_owned).collect();
        let there: BTreeSet<_> = ids.iter().cloned().collect();
        assert_eq!((ids.len(), &there), (self.0.len(), &self.0));
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn home_on(disk: &SmallDisk, neighbours: Vec<Neighbour>) -> Home {
    Home::with(DOMAIN, Some(&disk.path().join("data")), neighbours)
}

fn signed_in(home: &Home, device: &Device) -> Talk {
    let mut imap = Talk::imap(home);
    assert!(imap.imap_ends(&format!("LOGIN {} {}", device.address, device.password)).starts_with("t OK "));
    assert!(imap.imap_ends("SELECT INBOX").starts_with("t OK "));
    imap
}

/// Tries to bring mail into a full box through every door, and to send it.
fn nobody_gets_anything_in(home: &Home, alice: &Person<'_>, device: &Device) {
    // Larger than the letters that filled the disk: what is left after them may be room for one that is a little smaller.
    let text = "text ".repeat(2 * LETTER_BYTES / 5);
    let letter = format!("From: {0}\r\nTo: {0}\r\nSubject: refused\r\n\r\n{text}\r\n", device.address);
    assert_eq!(Acknowledged::default().bring(home), "452 4.3.1 No room, try later");
    let mut program = Talk::submission(home);
    assert!(program.smtp_login(device, &device.password).starts_with("235 "));
    let handed = program.smtp_sends(&device.address, &device.address, letter.as_bytes());
    assert_eq!(handed, "452 4.3.1 No room, try later");
    let filed = curl_append(home, device, "Drafts", letter.as_bytes());
    assert!(!filed.status.success(), "{}", said(&filed));
    let mut imap = signed_in(home, device);
    let length = letter.len();
    imap.send(format!("t APPEND Drafts {{{length}+}}\r\n{letter}\r\n").as_bytes());
    assert_eq!(imap.imap_reply(), ["t NO [OVERQUOTA] the box's disk is full; nothing was kept"]);
    let sent = alice.client_reading(letter.as_bytes(), &["send", "--to", &device.address, "--subject", "refused"]);
    assert_eq!(sent.status.code(), Some(3));
    assert!(said(&sent).contains("the box's disk is full; nothing was kept"), "{}", said(&sent));
    for mailbox in ["Drafts", "Sent"] {
        assert_eq!(done(&alice.client(&["list", "--mailbox", mailbox])), "", "{mailbox}");
    }
}

/// Reads so many letters as programs do that have them marked as seen by that: they come, though that cannot be kept.
fn read_unmarked(home: &Home, device: &Device, count: usize) {
    let mut imap = signed_in(home, device);
    // What the store's log has room for already is used up first.
    let mut flags = (0..5000).map(|_| imap.imap_ends("STORE 1 FLAGS (\\Flagged \\Draft)"));
    let refused = flags.find(|said| !said.starts_with("t OK ")).expect("the disk is full");
    assert_eq!(refused, "t NO [OVERQUOTA] the box's disk is full; nothing was kept");
    let read = imap.imap_says(&format!("FETCH 1:{count} (FLAGS BODY[])"));
    assert_eq!(read.last().unwrap(), "t OK fetched");
    let beginnings = read.iter().filter(|line| line.contains(" FETCH (FLAGS ("));
    assert_eq!(beginnings.filter(|line| !line.contains("\\Seen")).count(), count, "as it is, not as it should be");
    assert_eq!(read.iter().filter(|line| line.starts_with("Message-ID: ")).count(), count);
    assert_eq!(read.iter().filter(|line| *line == "-----END PGP MESSAGE-----").count(), count, "to their end");
    assert!(home.log().contains("messages are read and not marked as seen"), "nobody is told why");
}

#[test]
fn mail_fills_the_disk_and_what_makes_room_again_still_works() {
    on_small_disk("mail_fills_the_disk_and_what_makes_room_again_still_works", MEGABYTES, |disk| {
        let home = home_on(disk, Vec::new());
        let alice = Person::register(&home, "alice");
        let device = alice.device();
        let mut letters = Acknowledged::default();
        assert_eq!(letters.bring_until_refused(&home), "452 4.3.1 No room, try later");
        assert!(letters.0.len() > 20, "full after {} letters", letters.0.len());
        nobody_gets_anything_in(&home, &alice, &device);
        letters.all_there(&home, &device);

        // Signing in, marking and deleting are written too, and there is room for that.
        done(&alice.with_passphrase(PASSPHRASE, &["login", "--address", "alice@home.test"]));
        let mut imap = signed_in(&home, &device);
        assert!(imap.imap_ends("STORE 1:* +FLAGS (\\Flagged)").starts_with("t OK "));
        assert!(imap.imap_ends("STORE 1:10 +FLAGS (\\Deleted)").starts_with("t OK "));
        assert_eq!(imap.imap_says("EXPUNGE").len(), 11);
        let gone: Vec<_> = (0..10).map(|number| format!("<{number}@elsewhere.test>")).collect();
        letters.0.retain(|id| !gone.contains(id));
        assert!(!disk.is_full(), "the reserve was used for mail");

        // The room of those ten is room for the next ones.
        for number in 0..5 {
            let reply = letters.bring_named(&home, &format!("after-{number}"));
            assert!(reply.starts_with("250 "), "{reply}");
        }
        letters.all_there(&home, &device);
    });
}

#[test]
fn who_deletes_everything_on_a_full_disk_has_room_again() {
    const LARGE: usize = 5_000_000;
    // More mail than the log could hold at once.
    on_small_disk("who_deletes_everything_on_a_full_disk_has_room_again", 256, |disk| {
        let home = home_on(disk, Vec::new());
        let alice = Person::register(&home, "alice");
        let device = alice.device();
        let mut letters = Acknowledged::default();
        let mut replies = (0..100).map(|number| letters.bring_large(&home, &number.to_string(), LARGE));
        assert_eq!(replies.find(|reply| !reply.starts_with("250 ")).unwrap(), "452 4.3.1 No room, try later");
        let count = letters.0.len();
        let mut imap = signed_in(&home, &device);
        assert!(imap.imap_ends("STORE 1:* +FLAGS.SILENT (\\Deleted)").starts_with("t OK "));
        let expunged = imap.imap_says("EXPUNGE");
        let gone = expunged.iter().filter(|line| line.ends_with(" EXPUNGE")).count();
        assert_eq!((expunged.last().unwrap().as_str(), gone), ("t OK expunged", count));
        assert!(count * LARGE > 100_000_000, "only {count} letters");
        letters.0.clear();
        assert!(letters.bring_large(&home, "next", LARGE).starts_with("250 "));
        letters.all_there(&home, &device);
    });
}

#[test]
fn a_disk_that_others_filled_to_the_last_octet_loses_nothing() {
    on_small_disk("a_disk_that_others_filled_to_the_last_octet_loses_nothing", MEGABYTES, |disk| {
        let mut home = home_on(disk, Vec::new());
        let mut letters = Acknowledged::default();
        let device = {
            let alice = Person::register(&home, "alice");
            let device = alice.device();
            for _ in 0..5 {
                assert!(letters.bring(&home).starts_with("250 "));
            }
            disk.fill();
            assert!(disk.is_full());
            nobody_gets_anything_in(&home, &alice, &device);
            assert!(done(&alice.client(&["read", "1"])).contains("What a long letter"));
            read_unmarked(&home, &device, letters.0.len());
            let log_in = alice.with_passphrase(PASSPHRASE, &["login", "--address", "alice@home.test"]);
            assert!(log_in.status.success() || said(&log_in).contains("the box's disk is full"), "{}", said(&log_in));
            device
        };
        letters.all_there(&home, &device);

        // Neither a kill nor a clean end keeps it from starting again, and from being read.
        home.kill();
        home.start();
        letters.all_there(&home, &device);
        home.stop();
        disk.fill();
        home.start();
        letters.all_there(&home, &device);
        assert_eq!(letters.bring_until_refused(&home), "452 4.3.1 No room, try later");

        disk.make_room();
        assert!(
            letters.bring_named(&home, "in-the-new-room").starts_with("250 "),
            "there is room, but no mail comes in"
        );
        letters.all_there(&home, &device);
        let mut imap = signed_in(&home, &device);
        assert!(
            imap.imap_says("FETCH 2 (FLAGS BODY[])")[0].starts_with("* 2 FETCH (FLAGS (\\Seen) BODY[]"),
            "marked now"
        );
        home.stop();
        home.start();
        letters.all_there(&home, &device);
        assert!(letters.bring_named(&home, "after-all").starts_with("250 "));
    });
}

#[test]
fn a_letter_that_was_delivered_is_not_sent_again_because_that_could_not_be_noted() {
    let story = "a_letter_that_was_delivered_is_not_sent_again_because_that_could_not_be_noted";
    on_small_disk(story, MEGABYTES, |disk| {
        let elsewhere = Elsewhere::new("elsewhere.test");
        let mut home = home_on(disk, vec![elsewhere.as_neighbour()]);
        {
            let alice = Person::register(&home, "alice");
            let send = ["send", "--to", "slow@elsewhere.test", "--subject", "once", "--open"];
            done(&alice.client_reading("A long letter. ".repeat(10_000).as_bytes(), &send));
            let _it_is_there = elsewhere.message_for("slow@elsewhere.test");
            disk.fill();
            elsewhere.let_go();
            let said = |what: &str| home.log().lines().filter(|line| line.contains(what)).count();
            let says = |what: &str| eventually(what, Duration::from_secs(60), || (said(what) > 0).then_some(()));
            says("what became of a delivery cannot be noted yet");
            // It tries to note it two times more, and nobody says so each time.
            std::thread::sleep(NOTED_EVERY * 2 + Duration::from_secs(1));
            assert_eq!((said("cannot be noted yet"), said(" writing fails ")), (1, 1));
            disk.make_room();
            says("what became of a delivery is noted at last");
            says("writing works again");
            assert_eq!((said("cannot be noted yet"), said(" writing fails "), said("writing works again")), (1, 1, 1));
        }
        home.stop();
        home.start();
        // What is due is tried in its order: when the next letter is there, the first one has had its turn.
        let session = home.scratch("alice.json");
        let send = ["send", "--to", "yves@elsewhere.test", "--subject", "next", "--open", "--session"];
        done(&home.client(&[&send[..], &[session.to_str().unwrap()]].concat()).output().unwrap());
        let _next = elsewhere.message_for("yves@elsewhere.test");
        let slow = elsewhere.received().into_iter().filter(|received| received.to == ["slow@elsewhere.test"]);
        assert_eq!(slow.count(), 1);
    });
}
