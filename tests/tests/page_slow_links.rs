//! Large files from behind links that take their time: a worker of the page that the browser ends in the midst leaves no file that looks
//! whole, and a file that takes longer than browsers let a worker rest comes whole in one that nothing but its page keeps going.
//!
//! `LINK_SECONDS=360` (as `make soak` sets it) says how long that takes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tests::browser::Look;
use tests::cut::Cut;
use tests::engine::Engine;
use tests::home::Home;
use tests::person::{Person, done};
use tests::program::eventually;
use tests::visitor::Visitor;

/// Octets of the film: a reader's page has it written to the disk as it comes.
const FILM: usize = 66_000_000;
/// How long it takes in the short run: browsers end a worker that hears nothing for half a minute.
const SECONDS: usize = 45;

fn film() -> Vec<u8> {
    (0..FILM).map(|at| (at ^ (at >> 9)) as u8).collect()
}

/// Puts the film behind a link, and gives the link by another way.
fn links(home: &Home, way: &Cut) -> String {
    let alice = Person::register(home, "alice");
    let path = home.scratch("film.mp4");
    fs::write(&path, film()).unwrap();
    let send = ["link", "send", "--no-notice", "--subject", "Our film", "--to", "ines@elsewhere.test", "--attach"];
    let send: Vec<&str> = send.into_iter().chain([path.to_str().unwrap()]).collect();
    let printed = done(&alice.client_reading(b"Have fun.\n", &send));
    let link = printed.trim_end().split('\t').nth(1).unwrap();
    link.replace(&home.url(), &way.url())
}

/// The files in a folder, with their octets.
fn files(downloads: &Path) -> impl Iterator<Item = (PathBuf, usize)> {
    fs::read_dir(downloads).unwrap().filter_map(|entry| {
        let about = entry.as_ref().ok()?.metadata().ok().filter(fs::Metadata::is_file)?;
        Some((entry.ok()?.path(), about.len() as usize))
    })
}

fn has_begun(downloads: &Path) -> bool {
    files(downloads).any(|(_, octets)| octets > 1_000_000)
}

/// A file of so many octets that bears a film's name.
fn found(downloads: &Path, octets: usize) -> Option<PathBuf> {
    files(downloads)
        .find(|(path, found)| *found == octets && path.extension().is_some_and(|kind| kind == "mp4"))
        .map(|(path, _)| path)
}

async fn a_worker_that_is_ended_leaves_nothing_that_looks_whole(engine: Engine, ends: impl AsyncFn(&Visitor)) {
    let home = Home::quiet();
    let way = Cut::slow(&home, 4_000_000);
    let link = links(&home, &way);
    let bob = Visitor::open_in(engine, &home, Look::DESKTOP).await;
    let told = bob.tell("slow-link", async {
        bob.goto(&link).await.unwrap();
        bob.presses("button.main").await;
        bob.see(".body", "Have fun.").await;
        bob.presses(".linked-files button").await;
        bob.see(".linked-files .state", "%").await;
        // Not before the browser has begun to write it.
        eventually("the beginning", Duration::from_secs(30), || has_begun(bob.downloads()).then_some(()));
        ends(&bob).await;
        let row = eventually_seen(&bob).await;
        println!("  {engine:?}: {row}");
        assert!(row.contains("stopped"), "{row}");
        assert!(found(bob.downloads(), FILM).is_none());
        // The page goes on with it, from the beginning.
        bob.presses(".linked-files button").await;
        let film_again = eventually("the film", Duration::from_secs(120), || found(bob.downloads(), FILM));
        assert!(fs::read(film_again).unwrap() == film());
    });
    told.await;
}

/// What the row of the film says when nothing is on its way any more.
async fn eventually_seen(bob: &Visitor) -> String {
    let began = Instant::now();
    loop {
        let row = bob.find(".linked-files .state").await.text().await.unwrap();
        if !row.contains('%') || began.elapsed() > Duration::from_secs(90) {
            return row;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn in_firefox_a_worker_that_is_ended_leaves_nothing_that_looks_whole() {
    a_worker_that_is_ended_leaves_nothing_that_looks_whole(Engine::Firefox, async |bob| {
        let ended = bob
            .around_the_page(
                "const manager = Cc['@mozilla.org/serviceworkers/manager;1'].getService(Ci.nsIServiceWorkerManager);
                 const all = manager.getAllRegistrations();
                 let ended = 0;
                 for (let at = 0; at < all.length; at++) {
                     const worker = all.queryElementAt(at, Ci.nsIServiceWorkerRegistrationInfo).activeWorker;
                     if (worker) { worker.terminateWorker(); ended += 1; }
                 }
                 return ended",
            )
            .await;
        assert_eq!(ended, json!(1));
    })
    .await;
}

#[tokio::test]
async fn in_chromium_a_worker_that_is_ended_leaves_nothing_that_looks_whole() {
    a_worker_that_is_ended_leaves_nothing_that_looks_whole(Engine::Chromium, async |bob| {
        bob.devtools("ServiceWorker.enable", json!({})).await;
        bob.devtools("ServiceWorker.stopAllWorkers", json!({})).await;
    })
    .await;
}

/// A browser that nobody drives; it ends with all its processes.
struct Unattended(Child);

impl Drop for Unattended {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        _ = Command::new("kill").args(["-s", "KILL", "--", &group]).status();
        _ = self.0.wait();
    }
}

/// What presses what a person would: in a browser that is driven from outside, workers are never ended.
const PRESSES: &str = "
    const press = (css) => new Promise((done) => {
        const timer = setInterval(() => {
            const found = document.querySelector(css);
            if (found) { clearInterval(timer); found.click(); done(); }
        }, 200);
    });
    press('button.main').then(() => press('.linked-files button'));";

/// What Chromium knows the box by: it trusts no authority that is in no store of the system.
fn fingerprint(way: &Cut) -> String {
    let script = "openssl s_client -connect \"$0\" -servername localhost </dev/null 2>/dev/null | openssl x509 -pubkey -noout \
                  | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64";
    let output = Command::new("sh").args(["-c", script, way.url().trim_start_matches("https://")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A profile that saves where it is told, and an extension that presses.
fn prepare(profile: &Path, downloads: &Path) -> PathBuf {
    let (settings, extension) = (profile.join("Default"), profile.join("presses"));
    fs::create_dir_all(&settings).unwrap();
    fs::create_dir_all(&extension).unwrap();
    let preferences = json!({ "download": { "default_directory": downloads, "prompt_for_download": false } });
    fs::write(settings.join("Preferences"), preferences.to_string()).unwrap();
    let manifest = json!({
        "manifest_version": 3, "name": "presses", "version": "1",
        "content_scripts": [{ "matches": ["https://localhost/*"], "js": ["press.js"] }],
    });
    fs::write(extension.join("manifest.json"), manifest.to_string()).unwrap();
    fs::write(extension.join("press.js"), PRESSES).unwrap();
    extension
}

#[tokio::test]
async fn a_file_that_takes_its_time_comes_whole() {
    let chosen = std::env::var("LINK_SECONDS").ok().and_then(|text| text.parse::<usize>().ok());
    let seconds = chosen.unwrap_or(SECONDS);
    let home = Home::quiet();
    let way = Cut::slow(&home, FILM / seconds);
    let link = links(&home, &way);
    let (profile, downloads) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let extension = prepare(profile.path(), downloads.path());
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless=new", "--no-sandbox", "--no-first-run", "--lang=en"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--load-extension={}", extension.display()))
        .arg("--disable-features=DisableLoadExtensionCommandLineSwitch")
        .arg(format!("--ignore-certificate-errors-spki-list={}", fingerprint(&way)))
        .arg(&link)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Instant::now();
    let _browser = Unattended(chromium.process_group(0).spawn().unwrap());
    let patience = Duration::from_secs(2 * seconds as u64 + 120);
    let film_again = eventually("the film", patience, || found(downloads.path(), FILM));
    assert!(fs::read(film_again).unwrap() == film());
    println!("  {} MB in {:.0} s", FILM / 1_000_000, began.elapsed().as_secs_f64());
    assert!(began.elapsed() > Duration::from_secs(seconds as u64), "it was quicker than its way");
}
