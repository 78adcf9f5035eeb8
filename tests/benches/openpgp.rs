//! Our OpenPGP beside OpenPGP.js, in one page of a real Chromium, in one run: milliseconds and ratios. Run by `make bench-pgp`,
//! which lays the page of measurements ready and says where in `PGP_BENCH`. The table is kept in `artifacts/`.

#![allow(clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::browser::{Browser, Look};
use tests::repository::artifact;

/// A run takes some minutes; one that has not ended after this hangs.
const LIMIT: Duration = Duration::from_secs(1200);

fn main() {
    let Ok(folder) = std::env::var("PGP_BENCH") else {
        println!("PGP_BENCH names no page of measurements; `make bench-pgp` makes it");
        return;
    };
    let files = Files::serve(Path::new(&folder));
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(measure(&files));
}

async fn measure(files: &Files) {
    let done = run(files, "").await.0;
    let mut table = String::from("| | ours | OpenPGP.js | ratio |\n|---|---:|---:|---:|\n");
    for row in done.get("rows").and_then(Value::as_array).expect("rows") {
        let label = row.get("row").and_then(Value::as_str).expect("a label");
        let time = |side: &str| row.get(side).and_then(Value::as_f64);
        let ours = time("ours").expect("a time");
        match time("theirs") {
            Some(theirs) => line(&mut table, label, ours, theirs, "ms"),
            None => _ = writeln!(table, "| {label} | {ours:.0} ms | | |"),
        }
    }
    let (ours, theirs) = (run(files, "?peak=ours").await.1, run(files, "?peak=theirs").await.1);
    line(&mut table, "memory of the page's process after 25 MB, highest", ours, theirs, "MB");
    let longest = done.get("longest").and_then(Value::as_f64).unwrap_or_default();
    _ = writeln!(table, "\nLongest that the page itself was kept from a timer of 4 ms meanwhile: {longest:.0} ms.");
    println!("{table}");
    fs::write(artifact("bench/openpgp.md"), table).expect("room for a table");
}

fn line(table: &mut String, label: &str, ours: f64, theirs: f64, unit: &str) {
    _ = writeln!(table, "| {label} | {ours:.0} {unit} | {theirs:.0} {unit} | {:.1} |", theirs / ours);
}

/// Opens the page in a browser of its own, waits for what it has to say, and adds the highest memory of its process, MB.
async fn run(files: &Files, query: &str) -> (Value, f64) {
    let browser = Browser::open(Look::DESKTOP).await;
    browser.goto(&format!("http://127.0.0.1:{}/{query}", files.port)).await.expect("the page");
    let began = Instant::now();
    let done = loop {
        let done = browser.execute("return window.done ?? null", Vec::new()).await.expect("an answer");
        if !done.is_null() {
            break done;
        }
        assert!(began.elapsed() < LIMIT, "the page does not end");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(done.get("error").is_some_and(Value::is_null), "{done}");
    (done, highest_memory(browser.driver_id()))
}

/// The highest memory that a renderer below this process had, MB.
fn highest_memory(ancestor: u32) -> f64 {
    let processes = fs::read_dir("/proc")
        .expect("Linux")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let renderers = processes.filter(|id| descends(*id, ancestor) && command(*id).contains("--type=renderer"));
    renderers.map(|id| field(id, "VmHWM:") as f64 / 1000.0).fold(0.0, f64::max)
}

fn descends(id: u32, ancestor: u32) -> bool {
    let mut at = id;
    while at > 1 {
        if at == ancestor {
            return true;
        }
        at = u32::try_from(field(at, "PPid:")).unwrap_or_default();
    }
    false
}

fn command(id: u32) -> String {
    fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default().replace('\0', " ")
}

/// A number of /proc/ID/status; memory in kB.
fn field(id: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// A web server for one folder, until it is dropped.
struct Files {
    process: Child,
    port: u16,
}

impl Files {
    fn serve(folder: &Path) -> Self {
        let mut command = Command::new("python3");
        command.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]).current_dir(folder);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Python");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("text");
        let port = line.split_whitespace().skip_while(|word| *word != "port").nth(1).and_then(|port| port.parse().ok());
        Self { process, port: port.unwrap_or_else(|| panic!("no port in {line:?}")) }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
