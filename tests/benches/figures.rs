//! How fast a box is, in figures: mail in, mail out, memory. Run by `make bench` against an optimised box; the figures say
//! what this machine does, with everything on it, so compare only what was measured on one machine.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::browser::Look;
use tests::foreign::{curl_append, maildir_messages, mbsync};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::visitor::Visitor;
use tests::wire::Smtp;

/// Rows of a list of which the summaries are opened at once; a window of this height shows them all.
const ROWS: usize = 50;
const TALL: Look = Look { size: (1440, 2600), ..Look::DESKTOP };
/// Notes when a list has arrived, and when all of its rows say what they are and have been painted.
const WATCH: &str = "
    const real = window.fetch;
    const settled = () => {
      const rows = [...document.querySelectorAll('.row')];
      const all = rows.length >= ROWS && rows.every((row) => row.textContent.includes('archived'));
      requestAnimationFrame(all ? () => { window.painted = performance.now() - window.arrived; } : settled);
    };
    window.fetch = async (...how) => {
      const response = await real(...how);
      if (/messages[?]limit=/.test(response.url)) {
        await response.clone().arrayBuffer();
        window.arrived = performance.now();
        settled();
      }
      return response;
    };";

/// How often a letter behind a link is opened in a browser that has nothing of the page.
const OPENINGS: usize = 5;
/// Presses as soon as there is something to press, and notes when the letter has been painted since the visit began.
const READ: &str = "
    const settled = () => {
      document.querySelector('button.main')?.click();
      const isRead = document.querySelector('.body')?.textContent.includes('The key is under the mat.');
      requestAnimationFrame(isRead ? () => { window.readable = performance.now(); } : settled);
    };
    if (location.pathname.startsWith('/l/')) settled();";

/// Messages of each kind.
const SMALL: usize = 400;
const LARGE: usize = 8;

fn main() {
    let began = Instant::now();
    let home = Home::new();
    figure("start of a new box", &seconds(began.elapsed()));
    let began = Instant::now();
    let alice = Person::register(&home, "alice");
    figure("an account made, by the command-line client", &seconds(began.elapsed()));
    let device = alice.device();
    figure("memory, idle", &memory(&home));

    let one = send(&home, 5_000, SMALL);
    rate("in, 5 kB, one connection", SMALL, one);
    let four = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4).map(|_| scope.spawn(|| send(&home, 5_000, SMALL / 4))).collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender")).max().expect("four")
    });
    rate("in, 5 kB, four connections", SMALL, four);
    let large = send(&home, 10_000_000, LARGE);
    rate("in, 10 MB, one connection", LARGE, large);
    figure("memory, after that", &memory(&home));

    for number in 0..ROWS {
        let filed =
            curl_append(&home, &device, "Archive", letter(&format!("archived {number}"), "Une lettre.\r\n").as_bytes());
        assert!(filed.status.success(), "{}", String::from_utf8_lossy(&filed.stderr));
    }
    let send = ["link", "send", "--to", "ines@elsewhere.test", "--subject", "S", "--no-notice"];
    let sent = done(&alice.client_reading(b"The key is under the mat.", &send));
    let link = sent.trim_end().split('\t').nth(1).expect("a link");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        page(&home).await;
        reader(&home, link).await;
    });

    let began = Instant::now();
    let messages = maildir_messages(&mbsync(&home, &device), "INBOX");
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let elapsed = began.elapsed();
    rate("out, over IMAPS by mbsync", messages.len(), elapsed);
    figure("", &format!("{:.0} MB/s", bytes as f64 / 1e6 / elapsed.as_secs_f64()));
    assert_eq!(messages.len(), 2 * SMALL + LARGE);
}

/// How soon the door of the page can be used in a fresh browser, how soon when it has been there before, and how soon the
/// list stands after the passphrase was given.
async fn page(home: &Home) {
    let visitor = Visitor::open(home, Look::DESKTOP).await;
    for visit in ["first visit", "second visit"] {
        visitor.goto("about:blank").await.expect("an empty page");
        let began = Instant::now();
        visitor.goto(&format!("{}/sign-in", home.url())).await.expect("the page");
        visitor.find("#address").await;
        figure(&format!("page, {visit}, until one can sign in"), &seconds(began.elapsed()));
    }
    let began = Instant::now();
    visitor.tries_to_sign_in("alice@home.test", PASSPHRASE).await;
    visitor.see(".row", "zoe@elsewhere.test").await;
    figure("page, signed in, until the list stands", &seconds(began.elapsed()));
    visitor.look(TALL).await;
    visitor.execute(&WATCH.replace("ROWS", &ROWS.to_string()), Vec::new()).await.expect("a script");
    visitor.presses_where(".place", "Archive").await;
    let began = Instant::now();
    let painted = loop {
        let painted = visitor.execute("return window.painted ?? null", Vec::new()).await.expect("a script");
        if let Some(painted) = painted.as_f64() {
            break painted;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "the rows do not come");
    };
    figure(&format!("page, {ROWS} summaries, from their arrival until painted"), &format!("{painted:.0} ms"));
}

/// How soon a letter behind a link can be read by somebody whose browser has nothing of the page.
async fn reader(home: &Home, link: &str) {
    let mut took = Vec::new();
    for _ in 0..OPENINGS {
        let visitor = Visitor::open(home, Look::PHONE).await;
        visitor.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": READ })).await;
        visitor.goto(link).await.expect("the reader's page");
        let began = Instant::now();
        took.push(loop {
            let readable = visitor.execute("return window.readable ?? null", Vec::new()).await.expect("a script");
            if let Some(readable) = readable.as_f64() {
                break readable;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "the letter does not open");
        });
    }
    took.sort_by(f64::total_cmp);
    let (median, worst) = (took[OPENINGS / 2], took[OPENINGS - 1]);
    figure("letter behind a link, first visit until it is read", &format!("{median:.0} ms, at most {worst:.0}"));
}

fn letter(subject: &str, body: &str) -> String {
    format!(
        "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nMessage-ID: <{}@elsewhere.test>\r\n\
         Subject: {subject}\r\n\r\n{body}",
        subject.replace(' ', "-")
    )
}

/// Brings messages in over one connection, one after the other, and gives how long that took.
fn send(home: &Home, size: usize, count: usize) -> Duration {
    let line = "Une ligne de texte comme une autre, assez longue pour une lettre.\r\n";
    let body = line.repeat(size / line.len());
    let began = Instant::now();
    let mut smtp = Smtp::connect(home.ports().smtp).expect("a box");
    for number in 0..count {
        let message = letter(&number.to_string(), &body);
        let reply = smtp.send("zoe@elsewhere.test", "alice@home.test", message.as_bytes()).expect("a reply");
        assert!(reply.starts_with("250"), "{reply}");
    }
    began.elapsed()
}

fn memory(home: &Home) -> String {
    let status = fs::read_to_string(format!("/proc/{}/status", home.id())).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or(" unknown");
    resident.trim().to_owned()
}

fn rate(what: &str, count: usize, elapsed: Duration) {
    let each = elapsed.as_secs_f64() / count as f64;
    figure(what, &format!("{:.0}/s, {:.1} ms each", 1.0 / each, each * 1e3));
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.2} s", elapsed.as_secs_f64())
}

fn figure(what: &str, value: &str) {
    println!("  {what:<48}{value:>20}");
}
