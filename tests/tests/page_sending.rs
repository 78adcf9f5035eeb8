//! Sending and saving in the page when something comes between: a letter is closed, changed or locked away while it is on its way,
//! an answer is lost, a file is still being read. Nothing that was written is lost, and nothing leaves twice.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::process::Command;

use fantoccini::key::Key;
use serde_json::json;
use shared::api::{frame, paths};
use tests::browser::Look;
use tests::elsewhere::{Elsewhere, published, understood};
use tests::foreign::curl_in;
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person};
use tests::program::run;
use tests::visitor::Visitor;

const PAUL: &str = "paul@elsewhere.test";

/// Octets of a file that takes its time on a slow line.
const LARGE: usize = 3_000_000;
/// Octets a second of a slow line.
const SLOW: usize = 50_000;

/// Types into the window of the letter: who, and what.
async fn writes(alice: &Visitor, to: &str, subject: &str, text: &str) {
    alice.strikes("c").await;
    alice.find(".writing .people input").await.send_keys(&format!("{to},")).await.unwrap();
    alice.fills(".writing input[id^=subject]", subject).await;
    alice.fills(".writing textarea", text).await;
    alice.find(".writing .person.open").await;
}

/// Drops a file of so many octets, which nothing makes smaller, on the window of the letter.
async fn drops(alice: &Visitor, name: &str, octets: usize) {
    let drop = "
        const bytes = new Uint8Array(arguments[1]);
        for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], arguments[0], { type: 'application/pdf' }));
        const window = document.querySelector('.writing');
        for (const kind of ['dragover', 'drop'])
            window.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));";
    alice.execute(drop, vec![json!(name), json!(octets)]).await.unwrap();
}

/// Lets so many octets a second leave the browser; `None`: as many as can.
async fn line(alice: &Visitor, octets: Option<usize>) {
    let octets = octets.map_or(-1, |octets| i64::try_from(octets).unwrap());
    alice.devtools("Network.enable", json!({})).await;
    let line = json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": octets });
    alice.devtools("Network.emulateNetworkConditions", line).await;
}

#[tokio::test]
async fn a_letter_on_its_way_can_be_neither_changed_nor_closed_nor_thrown_away() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let mut home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("closed-while-sent", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, PAUL, "Photographs", "Here they are.").await;
        drops(&alice, "summer.pdf", LARGE).await;
        alice.see(".writing .file", "summer.pdf").await;
        alice.see(".writing .state", "Saved").await;
        line(&alice, Some(SLOW)).await;
        alice.presses(".writing footer .button.main").await;
        alice.find(".writing [role=progressbar][aria-valuenow]").await;
        // Whoever goes on typing gives no commands to the page, and Escape closes nothing.
        let focused = alice.execute("return document.activeElement.className", vec![]).await.unwrap();
        assert_eq!(focused, json!("writing"));
        alice.find(".writing").await.send_keys(&format!("e{}", char::from(Key::Escape))).await.unwrap();
        for label in ["Save and close", "Discard the draft", "Attach a file"] {
            assert!(
                !alice.find(&format!(".writing [aria-label='{label}']")).await.is_enabled().await.unwrap(),
                "{label}"
            );
        }
        alice.find(".writing .inner[inert] textarea").await;
        alice.find(".writing .below[inert] .file").await;
        alice.screenshot("writing/on-its-way").await;
        // The line breaks before the box has all of it.
        home.kill();
        alice.see(".writing .note.bad", "nobody knows whether the message was sent").await;
        assert_eq!(alice.reads(".writing textarea").await, "Here they are.");
        alice.see(".writing .file", "summer.pdf").await;
        line(&alice, None).await;
        home.start();
        alice.sees_no(".away", "").await;
        alice.find(".writing textarea").await.send_keys(" At last.").await.unwrap();
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        alice.sees_no(".writing", "").await;
    });
    told.await;
    let received = elsewhere.message_for(PAUL);
    assert_eq!(understood(&received.message).text.as_deref().map(str::trim_end), Some("Here they are. At last."));
    assert_eq!(elsewhere.received().len(), 1);
}

/// The box hears what the page posts to addresses of this form and answers, but its answers are lost on the way.
async fn answers_are_lost(alice: &Visitor, form: &str) {
    let lose = "
        window.lost = 0;
        window.losing = arguments[0] && new RegExp(arguments[0]);
        if (window.loses) return;
        window.loses = true;
        const { open, send } = XMLHttpRequest.prototype;
        XMLHttpRequest.prototype.open = function (method, path) {
            this.path = path;
            return open.apply(this, arguments);
        };
        XMLHttpRequest.prototype.send = async function (body) {
            if (!window.losing || !window.losing.test(this.path)) return send.call(this, body);
            const headers = { 'content-type': arguments_[1], [arguments_[2]]: '1' };
            await (await fetch(this.path, { method: 'POST', headers, body })).arrayBuffer();
            window.lost += 1;
            this.dispatchEvent(new ProgressEvent('loadend'));
        };
        const arguments_ = [...arguments];";
    alice.execute(lose, vec![json!(form), json!(frame::CONTENT_TYPE), json!(paths::CSRF_HEADER)]).await.unwrap();
}

#[tokio::test]
async fn what_was_done_though_its_answer_was_lost_is_not_done_twice() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("lost-answers", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // A draft, saved again and again.
        answers_are_lost(&alice, "/messages$").await;
        writes(&alice, PAUL, "Once", "One").await;
        alice.see(".writing .note", "Not saved yet").await;
        answers_are_lost(&alice, "").await;
        alice.find(".writing textarea").await.send_keys(", two").await.unwrap();
        alice.see(".writing .state", "Saved").await;
        alice.presses(".nav a[href='/mail/drafts']").await;
        alice.see(".row", "One, two").await;
        assert_eq!(alice.texts(".row").await.len(), 1);

        // A letter, sent again as it was.
        answers_are_lost(&alice, &format!("{}$", paths::SUBMIT)).await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note.bad", "nobody knows whether the message was sent").await;
        alice.screenshot("writing/perhaps-sent").await;
        assert_eq!(alice.execute("return window.lost", vec![]).await.unwrap(), json!(1));
        answers_are_lost(&alice, "").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        alice.sees_no(".writing", "").await;
        alice.sees_no(".row", "One, two").await;
        alice.presses(".nav a[href='/mail/sent']").await;
        alice.see(".row", "Once").await;
        assert_eq!(alice.texts(".row").await.len(), 1);

        // Another, changed before it is sent again: it goes in the place of the first, which is still held.
        answers_are_lost(&alice, &format!("{}$", paths::SUBMIT)).await;
        writes(&alice, "zoe@elsewhere.test", "Changed", "At noon.").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note.bad", "nobody knows").await;
        answers_are_lost(&alice, "").await;
        alice.fills(".writing textarea", "At one.").await;
        alice.presses(".writing footer .button.main").await;
        alice.sees_no(".writing", "").await;
        alice.see(".row", "At one.").await;
        assert_eq!(alice.texts(".row").await.len(), 2);
        alice.has_no_complaint().await;
    });
    told.await;
    for (to, text) in [(PAUL, "One, two"), ("zoe@elsewhere.test", "At one.")] {
        let received = elsewhere.message_for(to);
        assert_eq!(understood(&received.message).text.as_deref().map(str::trim_end), Some(text));
    }
    assert_eq!(elsewhere.received().len(), 2);
}

#[tokio::test]
async fn a_letter_waits_for_a_file_that_is_still_being_read() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("file-being-read", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, PAUL, "The plan", "The plan is attached.").await;
        // As from a folder that lies far away.
        let far = "
            const read = Blob.prototype.arrayBuffer;
            const there = new Promise((come) => { window.comes = come; });
            Blob.prototype.arrayBuffer = async function () {
                if (this.name?.startsWith('far')) await there;
                return read.call(this);
            };";
        alice.execute(far, vec![]).await.unwrap();
        drops(&alice, "far-plan.pdf", 5_000).await;
        drops(&alice, "far-other.pdf", 5_000).await;
        alice.see(".writing .file.coming", "far-plan.pdf").await;
        alice.presses(".writing .file.coming [aria-label='Remove far-other.pdf']").await;
        alice.see(".writing .files h2", "5 kB").await;
        let main = alice.find(".writing footer .button.main").await;
        assert!(!main.is_enabled().await.unwrap(), "it would leave without the file");
        assert!(!alice.find(".writing [aria-label='Save and close']").await.is_enabled().await.unwrap());
        alice.find(".writing textarea").await.send_keys(&char::from(Key::Escape).to_string()).await.unwrap();
        assert!(alice.is_asked_before_leaving().await);
        alice.screenshot("writing/file-being-read").await;
        alice.execute("window.comes()", vec![]).await.unwrap();
        alice.sees_no(".writing .file.coming", "").await;
        assert_eq!(alice.texts(".writing .file").await.len(), 1);
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        alice.has_no_complaint().await;
    });
    told.await;
    let received = elsewhere.message_for(PAUL);
    assert!(String::from_utf8_lossy(&received.message).contains("far-plan.pdf"));
}

#[tokio::test]
async fn that_a_draft_answers_a_sealed_letter_is_known_when_it_is_gone_on_with() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _alice = Person::register(&home, "alice");
    // She can seal, but publishes nothing to be sealed to.
    let zoe = GnuPg::with_key_of("Zoé <zoe@elsewhere.test>");
    zoe.import(&published(&home, "alice@home.test"), None);
    let sealed = String::from_utf8(zoe.seal(b"Content-Type: text/plain\r\n\r\nA secret.\r\n", "alice@home.test", None));
    let letter = format!(
        "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: Sealed by Zoe\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream\r\n\r\n{}\r\n--b--\r\n",
        sealed.unwrap().replace('\n', "\r\n")
    );
    let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("draft-after-sealed", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Sealed by Zoe").await;
        alice.see("article", "A secret.").await;
        alice.strikes("r").await;
        // What came sealed is not answered open unless one says so.
        alice.find(".writing .person.link").await;
        alice.find(".writing textarea").await.send_keys("I see. ").await.unwrap();
        alice.see(".writing .state", "Saved").await;
        alice.presses(".writing [aria-label='Save and close']").await;
        alice.sees_no(".writing", "").await;
        // In another visit, as from another browser.
        alice.refresh().await.unwrap();
        alice.presses(".nav a[href='/mail/drafts']").await;
        alice.presses_where(".row", "Sealed by Zoe").await;
        alice.find(".writing .person.link").await;
        alice.presses_where(".writing .note button", "Send it open instead").await;
        alice.find(".writing .person.open").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note", "You are answering a sealed message").await;
        alice.screenshot("writing/draft-after-sealed").await;
        alice.presses_where(".writing .note button", "Send anyway").await;
        alice.see(".toast", "Message sent").await;
        alice.presses(".nav a[href='/mail/inbox']").await;
        alice.find(".row [title='You have answered']").await;
        alice.has_no_complaint().await;
    });
    told.await;
    let received = elsewhere.message_for("zoe@elsewhere.test");
    assert!(!String::from_utf8_lossy(&received.message).contains("X-Own-Mailbox"));
}

#[tokio::test]
async fn what_could_not_be_saved_before_the_mailbox_closed_is_held_sealed_and_saved_when_it_is_open_again() {
    let mut home = Home::new();
    let _ = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("held", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // Locked without the network.
        alice.strikes("c").await;
        home.kill();
        alice.fills(".writing input[id^=subject]", "In the train").await;
        alice.fills(".writing textarea", "A long tunnel").await;
        alice.presses(".me .face-button").await;
        alice.presses_where("[role=menuitem]", "Lock").await;
        alice.see(".note.warn", "This tab keeps it, sealed").await;
        assert!(alice.is_asked_before_leaving().await);
        alice.screenshot("writing/held").await;
        home.start();
        alice.fills("#passphrase", PASSPHRASE).await;
        alice.presses("button.main").await;
        alice.see(".toast", "is in Drafts now").await;
        assert!(!alice.is_asked_before_leaving().await);
        alice.presses(".nav a[href='/mail/drafts']").await;
        alice.see(".row", "A long tunnel").await;
    });
    told.await;

    // The session was ended from elsewhere before what was typed had been saved.
    let told = alice.tell("held-ended", async {
        alice.strikes("c").await;
        alice.fills(".writing input[id^=subject]", "Ended").await;
        alice.see(".writing .state", "Saved").await;
        let forget =
            "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('DELETE FROM session'); db.commit()";
        run(Command::new("python3").args(["-c", forget]).arg(home.data().join("mail.sqlite3")));
        alice.fills(".writing textarea", "To the last word").await;
        alice.see(".note.warn", "This tab keeps it, sealed").await;
        alice.screenshot("writing/held-ended").await;
        alice.tries_to_sign_in("alice@home.test", PASSPHRASE).await;
        alice.see(".toast", "is in Drafts now").await;
        alice.presses(".nav a[href='/mail/drafts']").await;
        alice.see(".row", "To the last word").await;
        // In the place of what had been saved of it.
        assert_eq!(alice.texts(".row").await.len(), 2);
    });
    told.await;
}
