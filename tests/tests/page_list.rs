//! The list of letters in a real browser: what the keys act on, what a row says, and when.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::time::Instant;

use fantoccini::key::Key;
use serde_json::{Value, json};
use tests::browser::{Look, PATIENCE};
use tests::foreign::curl_in;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person};
use tests::visitor::Visitor;

/// More letters than a window shows twice.
const MANY: usize = 40;

fn comes(home: &Home, message: &[u8]) {
    let sent = curl_in(home, "zoe@elsewhere.test", &["alice@home.test"], message);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

fn letter(subject: &str) -> Vec<u8> {
    format!("From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\n\r\nHello.\r\n")
        .into_bytes()
}

async fn run(alice: &Visitor, script: &str) -> Value {
    alice.execute(script, vec![]).await.unwrap()
}

/// Waits until a script answers this.
async fn comes_to(alice: &Visitor, script: &str, wanted: Value) {
    let began = Instant::now();
    loop {
        let now = run(alice, script).await;
        if now == wanted {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{now} instead of {wanted}: {script}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// The subject of the row that has the focus; what else has it.
const AT: &str = "const now = document.activeElement;
    return now.closest('.row')?.querySelector('em').textContent ?? `${now.tagName.toLowerCase()}#${now.id}`";
/// How many rows there are in all.
const ROWS: &str = "return Number(document.querySelector('.rows')?.ariaRowCount ?? 0)";
/// How many rows the tabulator reaches, and of these how many can be seen.
const STOPS: &str = "
    const window = document.querySelector('.list > .scroller').getBoundingClientRect();
    const stops = [...document.querySelectorAll('.row[tabindex=\"0\"]')].map((row) => row.getBoundingClientRect());
    return [stops.length, stops.filter((row) => row.top >= window.top - 1 && row.bottom <= window.bottom + 1).length]";
/// The subject of the first row that can be seen whole.
const FIRST_SEEN: &str = "
    const top = document.querySelector('.list > .scroller').getBoundingClientRect().top;
    const rows = [...document.querySelectorAll('.row')].map((row) => [row.getBoundingClientRect().top, row]);
    const seen = rows.filter(([from]) => from >= top - 1).sort(([one], [other]) => one - other);
    return seen[0][1].querySelector('em').textContent";

#[tokio::test]
async fn keys_act_on_what_is_seen_to_be_chosen_and_on_nothing_else() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("seen-cursor", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // The page is open while they come.
        for number in 1..=MANY {
            comes(&home, &letter(&format!("Letter {number}.")));
        }
        comes_to(&alice, ROWS, json!(MANY)).await;
        alice.see(".row", "Letter 40.").await;

        // No row is chosen, so nothing happens to any, and it is said why; once, however often.
        for key in ["#", "e", "v", "x", "o", "s"] {
            alice.strikes_here(key).await;
        }
        alice.see(".toasts[aria-live=polite] .toast", "Choose a message first.").await;
        assert_eq!(alice.texts(".toast").await.len(), 1);
        assert!(!alice.has("dialog").await);
        assert_eq!(run(&alice, ROWS).await, json!(MANY));
        alice.strikes_here("z").await;
        alice.see(".toast", "There is nothing left to undo.").await;

        // The first step comes to the first row and passes over none; what arrives drags nothing along.
        alice.strikes_here("j").await;
        comes_to(&alice, AT, json!("Letter 40.")).await;
        alice.strikes_here("j").await;
        comes_to(&alice, AT, json!("Letter 39.")).await;
        alice.screenshot("list/cursor").await;
        comes(&home, &letter("Letter 41."));
        alice.see(".row", "Letter 41.").await;
        assert_eq!(run(&alice, AT).await, json!("Letter 39."));
        alice.strikes_here("#").await;
        alice.see(".toast", "Message moved to bin").await;
        comes_to(&alice, AT, json!("Letter 38.")).await;

        // Scrolled away by the wheel: nothing is chosen any more, one row is reached, the first that is seen.
        run(&alice, "document.querySelector('.list > .scroller').scrollTop = 1500").await;
        comes_to(&alice, AT, json!("body#")).await;
        comes_to(&alice, STOPS, json!([1, 1])).await;
        alice.strikes_here("#").await;
        alice.see(".toast", "Choose a message first.").await;
        let first = run(&alice, FIRST_SEEN).await;
        alice.strikes_here(char::from(Key::Down)).await;
        comes_to(&alice, AT, first.clone()).await;
        // By the tabulator, too.
        run(&alice, "document.querySelector('.list [aria-label=\"Select all\"]').focus()").await;
        alice.strikes_here(char::from(Key::Tab)).await;
        comes_to(&alice, AT, first).await;

        alice.strikes_here(char::from(Key::End)).await;
        comes_to(&alice, AT, json!("Letter 1.")).await;
        alice.strikes_here("k").await;
        comes_to(&alice, AT, json!("Letter 2.")).await;
        alice.strikes_here(char::from(Key::Home)).await;
        comes_to(&alice, AT, json!("Letter 41.")).await;

        // The skip link leads to the row and leaves no trace in the address.
        run(&alice, "document.activeElement.blur(); document.querySelector('.skip').focus()").await;
        alice.strikes_here(char::from(Key::Enter)).await;
        comes_to(&alice, AT, json!("Letter 41.")).await;
        assert_eq!(alice.current_url().await.unwrap().fragment(), None);

        // Some of them: the keyboard goes on where they were.
        alice.strikes_here("jxjx").await;
        alice.see(".bar .count", "2 selected").await;
        alice.strikes_here("e").await;
        alice.see(".toast", "2 messages archived").await;
        comes_to(&alice, AT, json!("Letter 37.")).await;
        // By a question, which lies above everything else.
        alice.strikes_here("v").await;
        alice.presses_where("dialog .item", "Archive").await;
        comes_to(&alice, AT, json!("Letter 36.")).await;
        alice.strikes_here("z").await;
        comes_to(&alice, ROWS, json!(MANY - 2)).await;
        assert_eq!(run(&alice, AT).await, json!("Letter 36."));

        // All of them, from wherever the focus is.
        run(&alice, "document.querySelector('.nav a[href=\"/mail/inbox\"]').focus()").await;
        let select_all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        alice.strikes_here(select_all).await;
        alice.see(".bar .count", "38 selected").await;
        alice.strikes_here("e").await;
        alice.see(".list", "All read, all tidy").await;
        run(&alice, "document.activeElement.blur()").await;
        alice.presses(".toast:last-child .undo").await;
        comes_to(&alice, ROWS, json!(MANY - 2)).await;
        comes_to(&alice, "return document.activeElement === document.body", json!(false)).await;
        comes_to(&alice, STOPS, json!([1, 1])).await;

        // A letter that is open is what the keys act on; closed, its row.
        alice.opens("Letter 36.").await;
        alice.strikes_here("u").await;
        comes_to(&alice, AT, json!("Letter 36.")).await;

        // On a tablet and on a phone: the button to write lies on no last row, the list says where one is, and who is there goes to
        // its top.
        let at_the_end = "
            const place = (what) => document.querySelector(what).getBoundingClientRect();
            const rows = [...document.querySelectorAll('.row')].map((row) => row.getBoundingClientRect().bottom);
            return document.querySelector('.more-line').textContent !== '' && Math.max(...rows) <= place('.fab').top";
        for size in [(820, 1180), Look::PHONE.size] {
            alice.look(Look { size, ..Look::DESKTOP }).await;
            alice.see(".list > .here", "Inbox").await;
            run(&alice, "document.querySelector('.list > .scroller').scrollTop = 1e6").await;
            comes_to(&alice, at_the_end, json!(true)).await;
        }
        alice.presses(".tabs a[href='/mail/inbox']").await;
        comes_to(&alice, "return document.querySelector('.list > .scroller').scrollTop", json!(0)).await;
        alice.has_no_complaint().await;
    });
    told.await;
}
