//! A film behind a link through a connection that goes again and again: the page uploads it, a reader's page has it written to the disk as it
//! comes, and neither browser nor box holds much of it. What does not come whole leaves no file that looks so.
//!
//! `LINK_MB=1024` (as `make soak` sets it) makes the film as large as people send.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::Locator;
use serde_json::json;
use tests::browser::Look;
use tests::cut::Cut;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;
use tests::visitor::Visitor;

/// Octets of the film in the short run: more than any mailbox takes, and than a reader's page holds.
const FILM: usize = 70_000_000;
/// Octets after which a connection goes: several chunks, so that each brings the film on.
const CUT_AFTER: usize = 8_000_000;
/// Most memory that the process of a page may hold more than before, octets: some chunks and what the browser collects late, whatever
/// the film's size. The same of the process around all pages.
const PAGE_MEMORY: usize = 256 * 1024 * 1024;
/// The same of the box, in all.
const BOX_MEMORY: usize = 256 * 1024 * 1024;
/// How long one way may take; a debug box and two programs share the machine.
const WAY: Duration = Duration::from_secs(900);

/// Octets of the film.
fn film() -> usize {
    let chosen = std::env::var("LINK_MB").ok().and_then(|text| text.parse::<usize>().ok());
    chosen.map_or(FILM, |megabytes| megabytes * 1024 * 1024)
}

/// Octets of a block of the film.
const BLOCK: usize = 1 << 20;

/// The blocks of the film: none is like another.
fn blocks() -> impl Iterator<Item = Vec<u8>> {
    let like_all: Vec<u8> = (0..BLOCK).map(|place| (place ^ (place >> 7) ^ (place >> 17)) as u8).collect();
    (0..film().div_ceil(BLOCK)).map(move |number| {
        let mut block = like_all.clone();
        block[..8].copy_from_slice(&number.to_be_bytes());
        block.truncate(film() - number * BLOCK);
        block
    })
}

fn write_film(path: &Path) {
    let mut file = File::create(path).unwrap();
    blocks().for_each(|block| file.write_all(&block).unwrap());
}

fn is_film(path: &Path) -> bool {
    let mut file = File::open(path).unwrap();
    let is_next = |block: Vec<u8>| {
        let mut found = vec![0; block.len()];
        file.read_exact(&mut found).is_ok() && found == block
    };
    path.metadata().unwrap().len() == film() as u64 && blocks().all(is_next)
}

/// What a line of a process's status says (proc(5)), octets.
fn memory(process: u32, line: &str) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|found| found.strip_prefix(line))?;
    value.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

/// The processes of a browser, each with its kind: `renderer` for one that shows pages, nothing for the first.
fn processes(visitor: &Visitor) -> Vec<(u32, String)> {
    let parent = |id: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    let descends =
        |id: u32| std::iter::successors(Some(id), |id| parent(*id)).skip(1).any(|id| id == visitor.driver_id());
    let ids =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok());
    let kind = |id: u32| {
        let words = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        words.contains("user-data-dir=").then(|| {
            let kind = words.split_once("--type=").and_then(|(_, rest)| rest.split(' ').next());
            kind.unwrap_or_default().to_owned()
        })
    };
    ids.filter(|id| descends(*id)).filter_map(|id| Some((id, kind(id)?))).collect()
}

/// What the processes of a browser hold, from a moment on.
struct Watched {
    since: Instant,
    /// Each with its kind, and what it held then.
    processes: Vec<(u32, String, usize)>,
}

impl Watched {
    fn begin(visitor: &Visitor) -> Self {
        let begun = processes(visitor).into_iter().map(|(id, kind)| {
            // The peak begins anew (proc(5), clear_refs); a process beside the page may have ended meanwhile.
            let cleared = fs::write(format!("/proc/{id}/clear_refs"), "5");
            assert!(cleared.is_ok() || kind != "renderer", "{cleared:?}");
            let held = memory(id, "VmRSS:").unwrap_or_default();
            (id, kind, held)
        });
        let begun = Self { since: Instant::now(), processes: begun.collect() };
        assert!(begun.processes.iter().any(|(_, kind, _)| kind == "renderer"), "no process of a page was found");
        begun
    }

    /// The most that a process of this kind has held more than at the beginning, octets.
    fn grown(&self, kind: &str) -> usize {
        let these = self.processes.iter().filter(|(_, of, _)| of == kind);
        these
            .map(|(id, _, held)| memory(*id, "VmHWM:").unwrap_or_default().saturating_sub(*held))
            .max()
            .unwrap_or_default()
    }

    /// Says how the film went this way; the most that a page, and the browser around it, have held more meanwhile, octets.
    fn ends(&self, way: &str) -> (usize, usize) {
        let (page, browser) = (self.grown("renderer"), self.grown(""));
        println!(
            "  {} MB {way}: {:.0} s; the page held {} MB more, the browser around it {} MB",
            megabytes(film()),
            self.since.elapsed().as_secs_f64(),
            megabytes(page),
            megabytes(browser)
        );
        (page, browser)
    }
}

/// Puts a file that lies on the disk into the letter that is being written, as dropping it there does.
async fn drops(alice: &Visitor, path: &Path) {
    let field = "const field = document.createElement('input'); field.type = 'file'; field.id = 'from-disk'; document.body.append(field);";
    alice.execute(field, vec![]).await.unwrap();
    alice.find("#from-disk").await.send_keys(path.to_str().unwrap()).await.unwrap();
    let drop = "
        const field = document.querySelector('#from-disk');
        const transfer = new DataTransfer();
        transfer.items.add(field.files[0]);
        field.remove();
        const window = document.querySelector('.writing');
        for (const kind of ['dragover', 'drop'])
            window.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));";
    alice.execute(drop, vec![]).await.unwrap();
}

/// Waits longer than for what takes a moment.
async fn sees_at_last(visitor: &Visitor, css: &str, text: &str) {
    let began = Instant::now();
    loop {
        let mut seen = Vec::new();
        for element in visitor.find_all(Locator::Css(css)).await.unwrap() {
            seen.push(element.text().await.unwrap_or_default());
        }
        if seen.iter().any(|found| found.contains(text)) {
            return;
        }
        assert!(began.elapsed() < WAY, "no {css} with {text:?}; there is: {seen:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Opens the letter anew and begins to save the film.
async fn begins(bob: &Visitor, link: &str) {
    bob.goto("about:blank").await.unwrap();
    bob.goto(link).await.unwrap();
    bob.presses("button.main").await;
    bob.see(".body", "Have fun.").await;
    bob.presses(".linked-files button").await;
    bob.see(".linked-files .state", "%").await;
}

/// Waits until the browser has given up what it was saving, and nothing of it is left under the name of the film.
fn leaves_nothing(bob: &Visitor) {
    eventually("the end of what did not come whole", Duration::from_secs(30), || has_left_nothing(bob).then_some(()));
}

fn has_left_nothing(bob: &Visitor) -> bool {
    let mut left = fs::read_dir(bob.downloads()).unwrap().map(|entry| entry.unwrap().file_name());
    left.all(|name| name == "profile")
}

/// A chunk in the midst of the film, in the only letter that lies here.
fn a_chunk(links: &Path) -> PathBuf {
    let mut folders = fs::read_dir(links).unwrap().map(|entry| entry.unwrap().path());
    folders.find(|path| path.is_dir()).unwrap().join("40")
}

fn megabytes(octets: usize) -> usize {
    octets / 1_000_000
}

#[tokio::test]
async fn a_film_goes_through_a_connection_that_goes_again_and_again_in_little_memory() {
    let home = Home::quiet();
    let (_alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let way = Cut::new(&home, CUT_AFTER);
    let path: PathBuf = home.scratch("film.mp4");
    write_film(&path);
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("large-link", async {
        alice.goes_to(&way.url()).await;
        alice.tries_to_sign_in("alice@home.test", PASSPHRASE).await;
        alice.find(".app .tabs").await;
        alice.strikes("c").await;
        alice.find(".writing .people input").await.send_keys("bob@home.test,").await.unwrap();
        alice.fills(".writing input[id^=subject]", "Our film").await;
        alice.fills(".writing textarea", "Have fun.").await;
        drops(&alice, &path).await;
        alice.see(".writing .note", "Behind a link for bob@home.test").await;
        let watched = Watched::begin(&alice);
        way.drop_next(3);
        alice.presses(".writing footer .button.main").await;
        sees_at_last(&alice, ".toast", "Message sent").await;
        assert_eq!(way.left(), 0, "the connection was not cut three times");
        let (page, _) = watched.ends("up");
        assert!(page < PAGE_MEMORY, "the page held {page} octets more");

        let list = eventually("the notice", Duration::from_secs(30), || {
            Some(done(&bob.client(&["list"]))).filter(|list| !list.is_empty())
        });
        let notice = done(&bob.client(&["read", list.split_whitespace().next().unwrap()]));
        let link = notice.lines().find(|line| line.contains("/l/") && line.contains('#')).unwrap().trim().to_owned();
        let bob = Visitor::open(&home, Look::DESKTOP).await;
        assert!(link.starts_with(&way.url()), "{link}");
        bob.goto(&link).await.unwrap();
        bob.presses("button.main").await;
        bob.see(".body", "Have fun.").await;
        let watched = Watched::begin(&bob);
        way.drop_next(3);
        bob.presses(".linked-files button").await;
        sees_at_last(&bob, ".linked-files .state", "Saved").await;
        let film_again = bob.download_path("film.mp4").await;
        assert_eq!(way.left(), 0, "the connection was not cut three times");
        let (page, browser) = watched.ends("down");
        assert!(page < PAGE_MEMORY, "the reader's page held {page} octets more");
        assert!(browser < PAGE_MEMORY, "the browser around the reader's page held {browser} octets more");
        assert!(is_film(&film_again));
        fs::remove_file(film_again).unwrap();
        let asked = "return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('film'))";
        assert_eq!(bob.execute(asked, vec![]).await.unwrap(), json!([]), "the name of the film is in an address");

        // Stopped and gone on with; left while it is stopped, it fails with the page.
        begins(&bob, &link).await;
        bob.presses(".linked-files button").await;
        bob.see(".linked-files .state", "Stopped").await;
        bob.presses(".linked-files button").await;
        sees_at_last(&bob, ".linked-files .state", "Saved").await;
        let film_again = bob.download_path("film.mp4").await;
        assert!(is_film(&film_again));
        fs::remove_file(film_again).unwrap();
        begins(&bob, &link).await;
        bob.presses(".linked-files button").await;
        bob.see(".linked-files .state", "Stopped").await;
        assert!(!has_left_nothing(&bob), "what has come is not on the disk");
        bob.goto("about:blank").await.unwrap();
        leaves_nothing(&bob);

        // One chunk is not as it was.
        let chunk = a_chunk(&home.data().join("links"));
        let mut octets = fs::read(&chunk).unwrap();
        octets[1000] ^= 1;
        fs::write(&chunk, octets).unwrap();
        begins(&bob, &link).await;
        sees_at_last(&bob, ".linked-files .state", "The letter is damaged").await;
        leaves_nothing(&bob);
    });
    told.await;
    let held = memory(home.id(), "VmHWM:").unwrap();
    println!("  the box held {} MB in all", megabytes(held));
    assert!(held < BOX_MEMORY, "the box held {held} octets");
}
