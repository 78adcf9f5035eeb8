//! The workers of the page: one that stops has another take its place, one that a large letter has made large gives its memory
//! back, and what the browser decodes for them comes out right.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::browser::{Look, PATIENCE};
use tests::foreign::curl_in;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person};
use tests::visitor::Visitor;

/// Has the page remember its workers, of which the next `toStop` that are asked something stop instead of answering.
const WATCH: &str = "
    window.workers = [];
    window.toStop = 0;
    window.Worker = class extends window.Worker {
      constructor(...how) {
        super(...how);
        window.workers.push(this);
      }
      postMessage(...what) {
        const unlocks = what[0][0] === 0xffffffff;
        if (window.toStop === 0 || unlocks) return super.postMessage(...what);
        window.toStop -= 1;
        setTimeout(() => this.dispatchEvent(new ErrorEvent('error')));
      }
      terminate() {
        super.terminate();
        window.workers.splice(window.workers.indexOf(this), 1, null);
      }
    };";

fn letter(subject: &str, body: &str) -> String {
    format!(
        "From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\n\
         Date: Mon, 23 Nov 2026 12:00:00 +0100\r\nMessage-ID: <{subject}@elsewhere.test>\r\n{body}"
    )
}

fn send(home: &Home, message: &[u8]) {
    let sent = curl_in(home, "zoe@elsewhere.test", &["alice@home.test"], message);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

/// Signs in, then loads the page anew: the tab opens the account again without the passphrase, which takes more memory to stretch
/// than a worker may keep.
async fn signs_in_watched(alice: &Visitor) {
    alice.signs_in("alice@home.test", PASSPHRASE).await;
    alice.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
    alice.goes_to("/").await;
}

/// How many workers were started, and how many of them are left.
async fn workers(alice: &Visitor) -> (u64, u64) {
    let script = "return [window.workers.length, window.workers.filter(Boolean).length]";
    let counted = alice.execute(script, Vec::new()).await.unwrap();
    let count = |at| counted.get(at).and_then(serde_json::Value::as_u64).unwrap();
    (count(0), count(1))
}

#[tokio::test]
async fn a_worker_that_stops_is_replaced_and_what_it_was_asked_is_asked_again_once() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    for subject in ["first", "second"] {
        send(&home, letter(subject, &format!("\r\nThis is the {subject} letter.\r\n")).as_bytes());
    }
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("worker-stops", async {
        signs_in_watched(&alice).await;
        alice.see(".row", "first").await;
        alice.see(".row", "second").await;

        let (before, left) = workers(&alice).await;
        alice.execute("window.toStop = 1", Vec::new()).await.unwrap();
        alice.opens("first").await;
        alice.see(".letter", "This is the first letter.").await;
        assert_eq!(workers(&alice).await, (before + 1, left), "one took the place of one");

        // The ask, whoever took it over, and nobody after that: it may be what stops them.
        alice.execute("window.toStop = 2", Vec::new()).await.unwrap();
        alice.presses_where(".row", "second").await;
        alice.see(".empty", "The browser interrupted the work").await;
        alice.presses(".empty button").await;
        alice.see(".letter", "This is the second letter.").await;
    });
    told.await;
}

#[tokio::test]
async fn the_memory_of_a_large_letter_is_given_back() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let file = STANDARD.encode(vec![7; 18_000_000]);
    let lines: String =
        file.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    let large = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nHere is the film.\r\n--a\r\n\
         Content-Type: video/mp4\r\nContent-Disposition: attachment; filename=film.mp4\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}--a--\r\n"
    );
    send(&home, letter("small", "\r\nThis is small.\r\n").as_bytes());
    send(&home, letter("large", &large).as_bytes());
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("worker-memory", async {
        signs_in_watched(&alice).await;
        alice.see(".row", "large").await;
        let (before, left) = workers(&alice).await;
        alice.opens("large").await;
        alice.see(".letter", "Here is the film.").await;
        alice.see(".letter", "film.mp4").await;
        // The one that opened it ends as soon as nothing waits; meanwhile what is opened stays.
        let grown = "return window.workers.length > arguments[0]";
        let began = Instant::now();
        while alice.execute(grown, vec![json!(before)]).await.unwrap() != json!(true) {
            assert!(began.elapsed() < PATIENCE, "no other worker takes its place");
        }
        assert_eq!(workers(&alice).await, (before + 1, left));
        alice.see(".letter", "Here is the film.").await;
        alice.opens("small").await;
        alice.see(".letter", "This is small.").await;
        assert_eq!(workers(&alice).await, (before + 1, left), "the one that took its place is small");
    });
    told.await;
}

#[tokio::test]
async fn letters_in_charsets_whose_tables_only_the_browser_has_can_be_read() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    // 日本語 in ISO-2022-JP as a name, 你好 in GB2312 as a subject, 안녕 in EUC-KR as text, 你 in Big5 as the name of a file.
    let message = b"From: =?iso-2022-jp?B?GyRCRnxLXDhsGyhC?= <nihon@elsewhere.test>\r\nTo: alice@home.test\r\n\
        Subject: =?GB2312?B?xOO6ww==?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\
        Content-Type: text/plain; charset=ks_c_5601-1987\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xbe\xc8\xb3\xe7\r\n--a\r\n\
        Content-Type: text/plain\r\nContent-Disposition: attachment; filename*=big5''%A7A.txt\r\n\r\nx\r\n--a--\r\n";
    send(&home, message);
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("worker-charsets", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("\u{4f60}\u{597d}").await;
        alice.see(".head .name", "\u{65e5}\u{672c}\u{8a9e}").await;
        alice.see(".letter", "\u{c548}\u{b155}").await;
        alice.see(".letter", "\u{4f60}.txt").await;
    });
    told.await;
}
