//! Who reads what of whom: GnuPG, Sequoia, OpenPGP.js and bare rPGP beside this program, with keys of every kind, in both
//! directions. What comes out must be what stands in the table of `docs/openpgp.md`, cell by cell: what a peer cannot do is
//! seen to fail. A peer that is not on this machine is left out, with a line that says so.
//!
//! `INTEROP_TABLE=1 cargo test -p shared --test interop -- --nocapture` prints the table as it is, with `INTEROP_SAID=1` what each
//! peer said.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod chance;
mod differential;
mod kinds;
mod openpgpjs;
mod peers;

use std::time::SystemTime;

use kinds::{Kind, kinds};
use peers::{Form, Job, Peer, form_of};
use shared::api::Timestamp;
use shared::pgp::{Certificate, SecretKey, SignatureVerdict, open, seal, verify_detached};
use support::rng;

const TEXT: &[u8] = b"caf\xc3\xa9\r\nand more \n";
const DOCS: &str = include_str!("../../../docs/openpgp.md");

/// The peers date their signatures by the clock of the machine, so this is a test that looks at it.
fn today() -> Timestamp {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(now.as_secs()).unwrap())
}

/// What a cell of the table is made from.
#[derive(Default)]
struct Cell {
    works: Vec<&'static str>,
    refused: Vec<&'static str>,
}

impl Cell {
    /// `theirs`: whether the peer did its part; `ours`: whether we did.
    fn add(&mut self, what: &'static str, theirs: bool, ours: bool) {
        if theirs && ours {
            self.works.push(what);
        } else if theirs {
            self.refused.push(what);
        }
    }

    fn text(&self) -> String {
        match (self.works.is_empty(), self.refused.is_empty()) {
            (true, true) => "not they".into(),
            (true, false) => "not we".into(),
            (false, true) => self.works.join(" "),
            (false, false) => format!("{}; not we: {}", self.works.join(" "), self.refused.join(" ")),
        }
    }
}

fn is_good(verdicts: &[SignatureVerdict]) -> bool {
    matches!(verdicts, [SignatureVerdict::Good { .. }])
}

const WANTED: [(&str, Form, bool); 4] =
    [("1", Form::V1, false), ("1s", Form::V1, true), ("Os", Form::Ocb, true), ("Gs", Form::Gcm, true)];

/// The two cells of a peer and a kind of key: what they write and we read, and the other way round.
fn meet(peer: &dyn Peer, kind: &Kind) -> (String, String) {
    let now = today();
    let key = SecretKey::parse(&kind.asks_v1).ok();
    let newer = kind.asks_v2.as_ref().and_then(|bytes| SecretKey::parse(bytes).ok());
    let signers: Vec<Certificate> = key.iter().map(|key| key.certificate().clone()).collect();

    let mut jobs = vec![Job::Sign];
    jobs.extend(WANTED.iter().map(|(_, form, signed)| Job::Seal { form: *form, signed: *signed }));
    let ours = [("1", &key, false), ("1s", &key, true), ("Os", &newer, true)];
    let sealed: Vec<_> = ours
        .iter()
        .map(|(what, to, signed)| {
            let to = to.as_ref()?;
            let sealed = seal(TEXT, &[to.certificate()], signed.then_some(to), now, &mut rng()).ok()?;
            assert_eq!(form_of(&sealed), Some(if *what == "Os" { Form::Ocb } else { Form::V1 }));
            Some(sealed)
        })
        .collect();
    // What we cannot seal to this key, nobody is asked to open.
    for ((_, _, signed), sealed) in ours.iter().zip(&sealed) {
        jobs.push(Job::Open { sealed: sealed.clone().unwrap_or_default(), signed: *signed });
    }
    let done = peer.work(kind, TEXT, &jobs);
    assert_eq!(done.len(), jobs.len());
    if std::env::var_os("INTEROP_SAID").is_some() {
        for (job, done) in jobs.iter().zip(&done) {
            println!("{}, {}, {}: {:?}", peer.name(), kind.name, job.name(), done.as_ref().map(Vec::len));
        }
    }

    let mut from = Cell::default();
    let signature = done[0].as_ref().ok();
    let good = |bytes: &Vec<u8>| is_good(&verify_detached(TEXT, bytes, &signers, now));
    from.add("S", signature.is_some(), signature.is_some_and(good));
    for ((what, form, signed), done) in WANTED.iter().zip(&done[1..=4]) {
        // Whoever was asked for one form and wrote another, cannot write it.
        let written = done.as_ref().ok().filter(|bytes| form_of(bytes) == Some(*form));
        let opened = written.zip(key.as_ref()).and_then(|(bytes, key)| open(bytes, &[key], &signers, now).ok());
        let is_right = |opened: shared::pgp::Opened| opened.plaintext == TEXT && is_good(&opened.signatures) == *signed;
        from.add(what, written.is_some(), opened.is_some_and(is_right));
    }
    let mut to = Cell::default();
    for (((what, _, _), sealed), done) in ours.iter().zip(&sealed).zip(&done[5..]) {
        let read = done.as_ref().is_ok_and(|plaintext| plaintext == TEXT);
        if let Ok(plaintext) = done {
            assert_eq!(plaintext, TEXT, "{} opened {} to something else", peer.name(), kind.name);
        }
        to.add(what, sealed.is_none() || read, sealed.is_some());
    }
    (from.text(), to.text())
}

/// The cells of the table in the documentation: row by kind of key, column by its head.
fn documented() -> Vec<Vec<String>> {
    let (_, rest) = DOCS.split_once("<!-- interop -->\n").expect("the table has its mark");
    let (table, _) = rest.split_once("<!-- end of interop -->").expect("and its end");
    table.lines().map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn peers_and_we_read_each_other_as_the_table_says() {
    let peers = peers::here();
    let kinds = kinds();
    let rows: Vec<(&Kind, Vec<(String, String)>)> =
        kinds.iter().map(|kind| (kind, peers.iter().map(|peer| meet(peer.as_ref(), kind)).collect())).collect();
    if std::env::var_os("INTEROP_TABLE").is_some() {
        let heads = peers.iter().map(|peer| format!(" from {0} | to {0} |", peer.name())).collect::<String>();
        println!("| key |{heads}\n|---|{}", "---|".repeat(2 * peers.len()));
        for (kind, cells) in &rows {
            let cells = cells.iter().map(|(from, to)| format!(" {from} | {to} |")).collect::<String>();
            println!("| {} |{cells}", kind.name);
        }
        return;
    }
    let table = documented();
    let column =
        |head: &str| table[0].iter().position(|cell| cell == head).unwrap_or_else(|| panic!("no column {head}"));
    let mut wrong = Vec::new();
    for (kind, cells) in &rows {
        let row = table.iter().find(|row| row[0] == kind.name).unwrap_or_else(|| panic!("no row {}", kind.name));
        for (peer, (from, to)) in peers.iter().zip(cells) {
            for (head, is) in [(format!("from {}", peer.name()), from), (format!("to {}", peer.name()), to)] {
                let said = &row[column(&head)];
                if said != is {
                    wrong.push(format!("{}, {head}: is `{is}`, the table says `{said}`", kind.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "docs/openpgp.md is not true any more:\n{}", wrong.join("\n"));
}

#[test]
fn whoever_asks_a_key_of_brainpool_is_told_so() {
    let Some(kind) = kinds().into_iter().find(|kind| kind.name.contains("Brainpool")) else { return };
    // rPGP has no Brainpool curve. What is sealed with one is not mistaken for damaged, nor its owner for somebody to write to.
    let public = kinds::public_half(&kind.asks_v1);
    let certificate = Certificate::parse(&public);
    let refused = certificate.map(|one| seal(TEXT, &[&one], None, today(), &mut rng()));
    assert!(!matches!(refused, Ok(Ok(_))), "{refused:?}");
}
