//! Sending and saving in the page when something comes between: a letter is closed, changed or locked away while it is on its way,
//! an answer is lost, a file is still being read. Nothing that was written is lost, and nothing leaves twice.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use fantoccini::key::Key;
use serde_json::json;
use tests::browser::Look;
use tests::elsewhere::{Elsewhere, understood};
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person};
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
        alice.see(".writing .note.bad", "").await;
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
