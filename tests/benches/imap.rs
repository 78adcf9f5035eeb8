//! IMAP beside Dovecot, in one run: the same bytes filed in both and asked for in the same words over TLS on loopback, taken in turns.
//! Run by `make bench-imap`; the table is kept in `artifacts/bench/imap.md`.
//!
//! What is filed are messages that a box sealed, with headers of their own, so both store and serve the same ciphertext. A figure is the
//! median of its runs; `ROWS=listing,filing` measures only those rows, `RUNS` says how often. Memory is what the processes of a server have for themselves (PSS of all of them), with connections and without.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, missing_docs)]

use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tests::dovecot::Dovecot;
use tests::foreign::Device;
use tests::home::Home;
use tests::person::Person;
use tests::repository::artifact;
use tests::talk::Talk;

/// Messages that are listed.
const LISTED: usize = 10_000;
/// Bodies that are fetched, and their octets before the box sealed them (base64 of random octets: nothing to compress).
const BODIES: usize = 1_000;
const BODY_BYTES: usize = 22_000;
/// Messages of the large mailbox, in copies of the listed ones.
const LARGE: usize = 100_000;
/// Of the large mailbox, what changes and what goes while a program is away.
const CHANGED: usize = 1_000;
const GONE: usize = 500;
/// Messages filed one by one on one connection, and by each of several connections at once.
const FILED: usize = 1_000;
const FILERS: usize = 4;
/// Notices that are waited for.
const NOTICES: usize = 20;
/// Idle connections, and the accounts that have them.
const IDLE: usize = 500;
const ACCOUNTS: usize = 10;
/// Runs of what is quick, unless told.
const RUNS: usize = 7;
/// A notice that takes longer is none.
const NOTICE: Duration = Duration::from_secs(30);

/// One of the two servers.
struct Side {
    port: u16,
    authority: PathBuf,
    devices: Vec<Device>,
    process: u32,
}

impl Side {
    fn talk(&self) -> Talk {
        let mut talk = Talk::try_imap(self.port, &self.authority).expect("a server");
        let Device { address, password } = &self.devices[0];
        ok(&talk.imap_takes(&format!("LOGIN {address} {password}")));
        talk
    }

    fn selected(&self, mailbox: &str) -> Talk {
        let mut talk = self.talk();
        ok(&talk.imap_takes(&format!("SELECT {mailbox}")));
        talk
    }
}

fn main() {
    let (home, dovecot) = (Home::quiet(), Dovecot::new());
    let people: Vec<String> = (0..ACCOUNTS).map(|number| format!("person{number}")).collect();
    let ours = Side {
        port: home.ports().imaps,
        authority: home.authority(),
        devices: people.iter().map(|name| Person::register(&home, name).device()).collect(),
        process: home.id(),
    };
    let theirs = Side {
        port: dovecot.port(),
        authority: dovecot.authority(),
        devices: people.iter().map(|name| dovecot.device(name)).collect(),
        process: dovecot.id(),
    };
    let sides = [&ours, &theirs];
    let mut table = Table::default();
    let small = sealed(&ours, 600);
    let large = sealed(&ours, BODY_BYTES);
    sides.iter().for_each(|side| fill(side, &small, &large));

    eprintln!("measuring");
    let chosen = std::env::var("ROWS").ok();
    let wanted = |row: &str| chosen.as_ref().is_none_or(|chosen| chosen.split(',').any(|one| one == row));
    if wanted("listing") {
        listing(sides, &mut table);
    }
    if wanted("bodies") {
        bodies(sides, &mut table);
    }
    if wanted("filing") {
        filing(sides, &large, &mut table);
    }
    if wanted("notices") {
        notices(sides, &small, &mut table);
    }
    if wanted("resync") {
        resync(sides, &mut table);
    }
    if wanted("memory") {
        memory(sides, &mut table);
    }

    let text = table.text();
    println!("{text}");
    fs::write(artifact("bench/imap.md"), text).expect("room for a table");
}

/// A message of about this size as a box sealed it: the part that follows the header, and the fields that say what it is.
struct Sealed {
    fields: String,
    rest: Vec<u8>,
}

impl Sealed {
    /// The same with a header of its own.
    fn letter(&self, number: usize) -> Vec<u8> {
        let (who, day, minute) = (number % 97, number % 28 + 1, number % 60);
        let head = format!(
            "Received: from mx{who}.elsewhere.test by home.test; {day:02} Nov 2026 10:{minute:02}:00 +0000\r\n\
             From: \"Person {who}\" <person{who}@elsewhere.test>\r\nTo: \"A\" <a@home.test>, b{who}@home.test\r\nCc: c@elsewhere.test\r\n\
             Date: {day:02} Nov 2026 10:{minute:02}:00 +0000\r\nMessage-ID: <{number}.{who}@elsewhere.test>\r\n\
             In-Reply-To: <{}.{who}@elsewhere.test>\r\nSubject: [...]\r\nMIME-Version: 1.0\r\n{}\r\n",
            number / 2,
            self.fields
        );
        [head.as_bytes(), &self.rest].concat()
    }
}

fn sealed(side: &Side, octets: usize) -> Sealed {
    let mut talk = side.talk();
    // Random enough that sealing does not make it smaller: digits of a generator with no pattern that a compressor sees.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut text = String::new();
    while text.len() < octets {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        _ = write!(text, "{:016x}", state.rotate_left(17) ^ (state >> 29));
        if text.len() % 76 < 16 {
            text.push_str("\r\n");
        }
    }
    let letter = format!("From: a@home.test\r\nSubject: s\r\n\r\n{text}\r\n");
    ok(&talk.imap_takes(&format!("APPEND Archive {{{}+}}\r\n{letter}", letter.len())));
    ok(&talk.imap_takes("SELECT Archive"));
    let said = talk.imap_takes("FETCH * BODY.PEEK[]");
    let begin = find(&said, b"}\r\n").unwrap() + 3;
    let message = &said[begin..find(&said, b")\r\nt OK").unwrap()];
    let end = find(message, b"\r\n\r\n").unwrap();
    let header = String::from_utf8(message[..end].to_vec()).unwrap();
    let at = header.find("Content-Type:").expect("PGP/MIME");
    let fields: String = header[at..]
        .split_inclusive("\r\n")
        .enumerate()
        .take_while(|(line, text)| *line == 0 || text.starts_with([' ', '\t']))
        .map(|(_, text)| text)
        .collect();
    Sealed { fields: format!("{}\r\n", fields.trim_end()), rest: message[end + 2..].to_vec() }
}

fn fill(side: &Side, small: &Sealed, large: &Sealed) {
    let mut talk = side.talk();
    for mailbox in ["Listed", "Bodies", "Filed", "Large"] {
        ok(&talk.imap_takes(&format!("CREATE {mailbox}")));
    }
    for (mailbox, letter, count, batch) in [("Listed", small, LISTED, 100), ("Bodies", large, BODIES, 20)] {
        for from in (0..count).step_by(batch) {
            let mut command = format!("t APPEND {mailbox}").into_bytes();
            for number in from..from + batch {
                let letter = letter.letter(number);
                command.extend_from_slice(format!(" (\\Seen) {{{}+}}\r\n", letter.len()).as_bytes());
                command.extend_from_slice(&letter);
            }
            command.extend_from_slice(b"\r\n");
            talk.send(&command);
            let said = talk.imap_reply();
            assert!(said.last().is_some_and(|line| line.starts_with("t OK")), "{said:?}");
        }
    }
    ok(&talk.imap_takes("SELECT Listed"));
    for _ in 0..LARGE / LISTED {
        ok(&talk.imap_takes(&format!("UID COPY 1:{LISTED} Large")));
    }
}

fn listing(sides: [&Side; 2], table: &mut Table) {
    let mut talks = sides.map(|side| side.selected("Listed"));
    let command = format!("FETCH 1:{LISTED} (FLAGS UID ENVELOPE RFC822.SIZE)");
    // Dovecot notes what is asked for at the first listing; that one counts for neither.
    let all = |said: &[u8]| assert_eq!(said.split(|octet| *octet == b'\n').count(), LISTED + 2);
    let times = in_turns(&mut talks, runs() + 1, |talk| all(&talk.imap_takes(&command)));
    table.row(
        &format!("FLAGS UID ENVELOPE RFC822.SIZE of {LISTED} messages"),
        times.map(|t| ms(median(&t[1..]))),
        "ms",
    );
}

fn bodies(sides: [&Side; 2], table: &mut Table) {
    let mut talks = sides.map(|side| side.selected("Bodies"));
    let command = format!("UID FETCH 1:{BODIES} BODY.PEEK[]");
    let times = in_turns(&mut talks, runs(), |talk| assert!(talk.imap_takes(&command).len() > BODIES * BODY_BYTES));
    table.row(&format!("{BODIES} bodies of 30 kB"), times.map(|t| ms(median(&t))), "ms");
}

fn filing(sides: [&Side; 2], letter: &Sealed, table: &mut Table) {
    let letter = letter.letter(1);
    let file = |talk: &mut Talk| {
        let command = format!("APPEND Filed {{{}+}}\r\n", letter.len()).into_bytes();
        talk.send(&[b"t ", command.as_slice(), &letter, b"\r\n"].concat());
        assert!(talk.imap_reply().last().is_some_and(|line| line.starts_with("t OK")));
    };
    let mut talks = sides.map(Side::talk);
    let times = in_turns(&mut talks, FILED.max(runs()), file);
    table.row("APPEND of 30 kB, durable, one connection", times.map(|t| ms(median(&t))), "ms");
    let several = sides.map(|side| {
        let mut talks: Vec<Talk> = (0..FILERS).map(|_| side.talk()).collect();
        let began = Instant::now();
        std::thread::scope(|scope| {
            for talk in &mut talks {
                scope.spawn(|| (0..FILED / FILERS).for_each(|_| file(talk)));
            }
        });
        ms(began.elapsed()) / FILED as f64
    });
    table.row(&format!("the same from {FILERS} connections at once, each"), several, "ms");
}

/// From the last octet of APPEND to EXISTS at another connection that idles.
fn notices(sides: [&Side; 2], letter: &Sealed, table: &mut Table) {
    let letter = letter.letter(2);
    let times = sides.map(|side| {
        let (mut idles, mut files) = (side.selected("INBOX"), side.talk());
        idles.send(b"t IDLE\r\n");
        assert!(idles.line().starts_with('+'));
        let (say, heard) = mpsc::channel();
        let idler = std::thread::spawn(move || {
            let mut left = NOTICES;
            while left > 0 {
                if idles.line().ends_with(" EXISTS") {
                    say.send(Instant::now()).unwrap();
                    left -= 1;
                }
            }
        });
        let mut times = Vec::new();
        for _ in 0..NOTICES {
            let began = Instant::now();
            files.send(&[format!("t APPEND INBOX {{{}+}}\r\n", letter.len()).as_bytes(), &letter, b"\r\n"].concat());
            times.push(heard.recv_timeout(NOTICE).expect("a notice") - began);
            assert!(files.imap_reply().last().is_some_and(|line| line.starts_with("t OK")));
        }
        idler.join().unwrap();
        times.sort();
        (ms(median(&times)), ms(times[NOTICES - 1]))
    });
    table.row("APPEND to EXISTS within IDLE", times.map(|(median, _)| median), "ms");
    table.row("the longest of them", times.map(|(_, most)| most), "ms");
}

fn resync(sides: [&Side; 2], table: &mut Table) {
    // A program that comes back does so with a new connection.
    let select = |talk: &mut Talk| {
        assert!(find(&talk.imap_takes("SELECT Large"), format!("* {LARGE} EXISTS").as_bytes()).is_some());
    };
    let times = anew(sides, Side::talk, |_, talk| select(talk));
    table.row(&format!("SELECT of {LARGE} messages"), times.map(|t| ms(median(&t))), "ms");
    // Each knows where it was, is away while the mailbox changes, and comes back.
    let asks = sides.map(|side| {
        let mut talk = side.talk();
        let said = String::from_utf8(talk.imap_takes("SELECT Large (CONDSTORE)")).unwrap();
        let number = |name: &str| said.split_once(name).unwrap().1.split(']').next().unwrap().to_owned();
        let (validity, modseq) = (number("UIDVALIDITY "), number("HIGHESTMODSEQ "));
        let (changed, gone) = (LARGE / 2, LARGE / 5);
        ok(&talk.imap_takes(&format!("UID STORE {changed}:{} +FLAGS.SILENT (\\Flagged)", changed + CHANGED - 1)));
        ok(&talk.imap_takes(&format!("UID STORE {gone}:{} +FLAGS.SILENT (\\Deleted)", gone + GONE - 1)));
        ok(&talk.imap_takes("EXPUNGE"));
        format!("SELECT Large (QRESYNC ({validity} {modseq} 1:{LARGE}))")
    });
    let enabled = |side: &Side| {
        let mut talk = side.talk();
        ok(&talk.imap_takes("ENABLE QRESYNC"));
        talk
    };
    let times = anew(sides, enabled, |side, talk| {
        let said = talk.imap_takes(&asks[side]);
        assert!(find(&said, b"VANISHED (EARLIER)").is_some());
        let lines = said.split(|octet| *octet == b'\n');
        assert_eq!(lines.filter(|line| find(line, b" FETCH (").is_some()).count(), CHANGED);
    });
    table.row(&format!("QRESYNC of {LARGE}, {CHANGED} changed and {GONE} gone"), times.map(|t| ms(median(&t))), "ms");
}

fn memory(sides: [&Side; 2], table: &mut Table) {
    let each = sides.map(|side| {
        let before = proportional_set_kb(side.process);
        let mut talks = Vec::new();
        for number in 0..IDLE {
            let Device { address, password } = &side.devices[number % ACCOUNTS];
            let network = Ipv4Addr::new(127, 0, 1, u8::try_from(number % ACCOUNTS + 1).unwrap());
            let mut talk = Talk::imap_from(network, side.port, &side.authority).expect("a server that lets 500 in");
            ok(&talk.imap_takes(&format!("LOGIN {address} {password}")));
            ok(&talk.imap_takes("SELECT INBOX"));
            talk.send(b"t IDLE\r\n");
            while !talk.line().starts_with('+') {}
            talks.push(talk);
        }
        (proportional_set_kb(side.process) - before) / IDLE as f64
    });
    table.row(&format!("memory of one connection, of {IDLE} that idle"), each, "kB");
}

/// What a process and all that it started have for themselves: shared pages count in parts, kB.
fn proportional_set_kb(root: u32) -> f64 {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (id, parent)));
    }
    let mut family = vec![root];
    let mut at = 0;
    while let Some(one) = family.get(at).copied() {
        family.extend(parents.iter().filter(|(_, parent)| *parent == one).map(|(id, _)| *id));
        at += 1;
    }
    let of_one = |id: &u32| {
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
        let line =
            rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse::<f64>().ok());
        line.unwrap_or_default()
    };
    family.iter().map(of_one).sum()
}

/// Runs something on both sides, one after the other, so that what else the machine does meets both alike.
fn in_turns<T>(sides: &mut [T; 2], runs: usize, mut work: impl FnMut(&mut T)) -> [Vec<Duration>; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..runs {
        for (side, times) in sides.iter_mut().zip(&mut times) {
            let began = Instant::now();
            work(side);
            times.push(began.elapsed());
        }
    }
    times
}

/// The same, each run with a connection of its own, made before its time runs; the work is told which side it is.
fn anew(
    sides: [&Side; 2],
    connect: impl Fn(&Side) -> Talk,
    mut work: impl FnMut(usize, &mut Talk),
) -> [Vec<Duration>; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..runs() {
        for ((number, side), times) in sides.iter().enumerate().zip(&mut times) {
            let mut talk = connect(side);
            let began = Instant::now();
            work(number, &mut talk);
            times.push(began.elapsed());
        }
    }
    times
}

fn runs() -> usize {
    std::env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(RUNS)
}

fn ok(said: &[u8]) {
    let last = said.trim_ascii_end().rsplit(|octet| *octet == b'\n').next().unwrap_or_default();
    assert!(last.starts_with(b"t OK"), "{}", String::from_utf8_lossy(last));
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, what: &str, [ours, theirs]: [f64; 2], unit: &str) {
        let line = format!("| {what} | {ours:.1} {unit} | {theirs:.1} {unit} | {:.1} |", theirs / ours);
        eprintln!("{line}");
        _ = writeln!(self.0, "{line}");
    }

    fn text(&self) -> String {
        format!("| | Own-Mailbox | Dovecot | ratio |\n|---|---:|---:|---:|\n{}", self.0)
    }
}
