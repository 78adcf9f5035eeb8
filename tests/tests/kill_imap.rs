//! A box that is killed at any moment keeps what it acknowledged over IMAP: every UID is that of one message for ever, no flag is
//! lost, no MODSEQ goes back (RFC 9051 §2.3.1.1, RFC 7162 §3.1).
//!
//! A short run belongs to the tests; `KILLS=50` (as `make soak` sets it) makes it long.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tests::foreign::Device;
use tests::home::Home;
use tests::person::Person;
use tests::talk::Talk;

/// Kills in the short run.
const KILLS: u64 = 5;
/// Programs at once: every other one files, the others mark.
const PROGRAMS: u64 = 4;

/// What the box has acknowledged over IMAP.
#[derive(Default)]
struct Acknowledged {
    /// Which message has which UID.
    letters: BTreeMap<u32, String>,
    /// Which keywords a message has.
    keywords: BTreeMap<u32, BTreeSet<String>>,
    /// The highest MODSEQ that was shown.
    modseq: u64,
}

#[test]
fn what_imap_acknowledged_survives_any_kill_and_no_number_is_used_twice() {
    let kills = std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut home = Home::new();
    let (sealed, opened) = {
        let alice = Person::register(&home, "alice");
        (alice.device(), alice.opened_device())
    };
    let known = Arc::new(Mutex::new(Acknowledged::default()));
    for kill in 0..kills {
        let (port, authority) = (home.ports().imaps, home.authority());
        let programs: Vec<_> = (0..PROGRAMS)
            .map(|program| {
                let (known, authority) = (Arc::clone(&known), authority.clone());
                let device = if program == 0 { opened.clone() } else { sealed.clone() };
                let name = format!("{kill}-{program}");
                std::thread::spawn(move || {
                    let Some(mut imap) = signed_in(port, &authority, &device) else { return };
                    let files = program % 2 == 0;
                    while if files { files_one(&mut imap, &name, &known) } else { marks(&mut imap, &name, &known) }
                        .is_some()
                    {}
                })
            })
            .collect();
        let fraction = (kill as f64 * 0.618_034).fract();
        std::thread::sleep(Duration::from_millis(300 + (fraction * 900.0) as u64));
        home.kill();
        programs.into_iter().for_each(|program| program.join().unwrap());
        home.start();
        let (mut imap, known) =
            (signed_in(home.ports().imaps, &home.authority(), &sealed).unwrap(), known.lock().unwrap());
        compare(&mut imap, &known);
    }
    let known = known.lock().unwrap();
    println!("{kills} kills: {} filed, {} marked, MODSEQ {}", known.letters.len(), known.keywords.len(), known.modseq);
    assert!(known.letters.len() as u64 > kills && known.keywords.len() as u64 > kills, "hardly anything was done");
}

fn signed_in(port: u16, authority: &Path, device: &Device) -> Option<Talk> {
    let mut imap = Talk::try_imap(port, authority)?;
    let login = format!("LOGIN {} {}", device.address, device.password);
    for command in [login.as_str(), "SELECT INBOX (CONDSTORE)"] {
        assert!(imap.try_imap_says(command)?.last()?.starts_with("t OK"), "{command}");
    }
    Some(imap)
}

/// Files a letter, and notes the UID that it got.
fn files_one(imap: &mut Talk, name: &str, known: &Mutex<Acknowledged>) -> Option<()> {
    let id = format!("{name}-{}", known.lock().unwrap().letters.len());
    let letter =
        format!("From: zoe@elsewhere.test\r\nMessage-ID: <{id}@elsewhere.test>\r\n\r\n{}\r\n", "text ".repeat(50));
    let said = imap.try_imap_says(&format!("APPEND INBOX {{{}+}}\r\n{letter}", letter.len()))?;
    let (_, uid) = said.last()?.split_once("APPENDUID ")?;
    let uid = uid.split([' ', ']']).nth(1)?.parse().unwrap();
    let before = known.lock().unwrap().letters.insert(uid, id.clone());
    assert_eq!(before, None, "UID {uid} was used twice, now for {id}");
    Some(())
}

/// Marks a letter that was filed, and notes that.
fn marks(imap: &mut Talk, name: &str, known: &Mutex<Acknowledged>) -> Option<()> {
    let uid = {
        let known = known.lock().unwrap();
        known
            .letters
            .keys()
            .rev()
            .find(|uid| !known.keywords.get(uid).is_some_and(|words| words.contains(name)))
            .copied()
    };
    let said = imap.try_imap_says(&match uid {
        Some(uid) => format!("UID STORE {uid} +FLAGS ({name})"),
        None => "NOOP".to_owned(),
    })?;
    assert!(said.last()?.starts_with("t OK"), "{said:?}");
    let mut known = known.lock().unwrap();
    known.modseq = known.modseq.max(highest(&said));
    // One that this connection has not heard of yet is passed over.
    if let Some(uid) =
        uid.filter(|uid| said.iter().any(|line| line.contains(&format!("(UID {uid} FLAGS")) && line.contains(name)))
    {
        known.keywords.entry(uid).or_default().insert(name.to_owned());
    }
    Some(())
}

/// The highest MODSEQ in what was said.
fn highest(said: &[String]) -> u64 {
    let after =
        |line: &String| line.split_once("MODSEQ (").and_then(|(_, after)| after.split(')').next()?.parse().ok());
    said.iter().filter_map(after).max().unwrap_or_default()
}

/// What was acknowledged is there.
fn compare(imap: &mut Talk, known: &Acknowledged) {
    let status = imap.imap_says("STATUS INBOX (HIGHESTMODSEQ)").join(" ");
    let modseq = status.split_once("HIGHESTMODSEQ ").unwrap().1.split(')').next().unwrap().parse::<u64>().unwrap();
    assert!(modseq >= known.modseq, "MODSEQ went back from {} to {modseq}", known.modseq);
    let said = imap.imap_says("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])").join("\n");
    let there: BTreeMap<u32, &str> = said
        .split("\n* ")
        .filter_map(|letter| Some((letter.split_once("UID ")?.1.split(' ').next()?.parse().ok()?, letter)))
        .collect();
    for (uid, id) in &known.letters {
        let letter = there.get(uid).unwrap_or_else(|| panic!("UID {uid} is gone"));
        assert!(letter.contains(&format!("<{id}@")), "UID {uid} was {id}: {letter}");
        let flags = letter.split_once("FLAGS (").unwrap().1.split(')').next().unwrap();
        for word in known.keywords.get(uid).into_iter().flatten() {
            assert!(flags.split(' ').any(|flag| flag == word), "UID {uid} had {word}: {letter}");
        }
    }
}
