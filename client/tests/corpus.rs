//! Every message of the corpus of real mail arrives, is opened in a worker and shown. The folder is named by `MAIL_CORPUS`; where
//! it is absent this says so and checks nothing.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on may stop")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use support::Person;

/// Longest time that one message may take here, in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn every_real_message_is_shown_and_does_no_harm() {
    let Some(folder) = std::env::var_os("MAIL_CORPUS").map(PathBuf::from).filter(|folder| folder.is_dir()) else {
        println!("skipped: MAIL_CORPUS does not name a folder of messages");
        return;
    };
    let mut alice = Person::named("alice", 1);
    let (mut shown, mut with_html, mut asking, mut slowest) = (0, 0, 0, Duration::ZERO);
    let mut colours = BTreeMap::<String, u32>::new();
    for path in files(&folder) {
        let message = std::fs::read(&path).unwrap();
        let sealed = alice.sealed_for(&message);
        let begun = Instant::now();
        let view = alice.read(sealed, Vec::new()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        slowest = slowest.max(begun.elapsed());
        assert!(begun.elapsed() < LONGEST, "{}: {:?}", path.display(), begun.elapsed());
        if let Some(html) = view.html {
            with_html += 1;
            asking += usize::from(!html.doubtful.is_empty());
            *colours.entry(format!("{:?}", html.colours)).or_default() += 1;
            let document = html.document.to_ascii_lowercase();
            for harm in ["<script", "<iframe", "<form", "<object", "<link", "javascript:", "onerror=", "onload="] {
                assert!(!document.contains(harm), "{}: {harm}", path.display());
            }
            for fetch in ["src=\"http", "src=\"//", "src=\"cid", "url(", "@import", "background=\""] {
                assert!(!document.contains(fetch), "{}: {fetch}", path.display());
            }
        }
        shown += 1;
    }
    println!("{shown} messages shown, {with_html} with HTML, the slowest in {slowest:?}");
    println!("{asking} with a link that asks; colours: {colours:?}");
    assert!(shown > 0, "an empty folder");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
    files.sort();
    files
}
