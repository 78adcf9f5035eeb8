//! Writing in the page: every class of recipient is shown before sending and gets what was shown; drafts survive a kill;
//! what is done can be undone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::json;
use tests::browser::Look;
use tests::elsewhere::{Elsewhere, published, understood};
use tests::foreign::curl_in;
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;
use tests::repository::root;
use tests::visitor::Visitor;
use tests::wire::Smtp;

const ZOE: &str = "zoe@elsewhere.test";

/// Letters of the story that needs many.
const LETTERS: usize = 230;

fn brings(home: &Home, subject: &str) {
    let message = format!(
        "From: Paul <paul@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\nMessage-ID: <{}@elsewhere.test>\r\n\
         \r\nÀ dimanche ?\r\n",
        subject.replace(' ', ".")
    );
    let sent = curl_in(home, "paul@elsewhere.test", &["alice@home.test"], message.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

/// Types into the window of the letter: who, and what.
async fn writes(alice: &Visitor, to: &[&str], subject: &str, text: &str) {
    alice.strikes("c").await;
    for address in to {
        alice.find(".writing .people input").await.send_keys(&format!("{address},")).await.unwrap();
    }
    alice.fills(".writing input[id^=subject]", subject).await;
    alice.fills(".writing textarea", text).await;
}

#[tokio::test]
async fn an_answer_goes_sealed_to_two_and_open_to_a_third_as_was_shown() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let zoe = GnuPg::with_key_of("Zoé <zoe@elsewhere.test>");
    elsewhere.publish(&zoe, ZOE);
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let (_alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    brings(&home, "Sunday lunch");

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("three-classes", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Sunday lunch").await;
        alice.strikes("r").await;
        alice.see(".writing .person", "Paul").await;
        alice.find(".writing .people input").await.send_keys("bob@home.test, zoe@elsewhere.test,").await.unwrap();
        // Each class is shown before anything leaves.
        alice.find(".writing .person.open[title^='paul@elsewhere.test']").await;
        alice.find(".writing .person.seal[title^='bob@home.test']").await;
        alice.find(".writing .person.seal[title^='zoe@elsewhere.test']").await;
        alice.presses_where(".writing footer .chip", "Sealed for some").await;
        alice.see(".explains", "paul@elsewhere.test").await;
        alice.screenshot("writing/three-classes").await;
        alice.presses_where(".writing footer .chip", "Sealed for some").await;

        let text = alice.find(".writing textarea").await;
        text.send_keys("Yes, with pleasure! marker-answer\n").await.unwrap();
        text.send_keys(&format!("{}{}{}", char::from(Key::Control), char::from(Key::Enter), char::from(Key::Null)))
            .await
            .unwrap();
        alice.see(".toast", "Message sent").await;
        alice.screenshot("writing/sent").await;
        alice.sees_no(".writing", "").await;
        // The letter that was answered says so.
        alice.find(".row [title='You have answered']").await;
        alice.has_no_complaint().await;
    });
    told.await;

    // In clear to whom had no key, with the conversation's threads.
    let open = elsewhere.message_for("paul@elsewhere.test");
    let read = understood(&open.message);
    assert_eq!(read.fields["subject"], "Re: Sunday lunch");
    assert_eq!(read.fields["in-reply-to"], "<Sunday.lunch@elsewhere.test>");
    assert!(read.text.as_deref().unwrap().contains("marker-answer"), "{read:?}");
    assert_eq!(read.defects, Vec::<String>::new());
    // Sealed and signed to the PGP user elsewhere.
    let sealed = elsewhere.message_for(ZOE);
    assert!(!String::from_utf8_lossy(&sealed.message).contains("marker-answer"));
    zoe.import(&published(&home, "alice@home.test"), None);
    let opened = zoe.open(&sealed.message, None);
    assert!(opened.is_signed_by("alice@home.test"), "{:?}", opened.status);
    assert!(understood(&opened.data).text.unwrap().contains("marker-answer"));
    // Sealed to the neighbour on the same box.
    let listed = eventually("bob's copy", Duration::from_secs(30), || {
        let listed = done(&bob.client(&["list"]));
        (!listed.is_empty()).then_some(listed)
    });
    let number = listed.split_whitespace().next().unwrap();
    let read = done(&bob.client(&["read", number]));
    assert!(read.contains("Sealed by its sender: yes") && read.contains("marker-answer"), "{read}");

    let told = alice.tell("deliveries", async {
        alice.presses(".nav a[href='/mail/sent']").await;
        alice.opens("Re: Sunday lunch").await;
        for recipient in ["paul@elsewhere.test", "bob@home.test", ZOE] {
            alice.see(".deliveries li", recipient).await;
        }
        eventually_delivered(&alice, 3).await;
        alice.screenshot("writing/deliveries").await;
    });
    told.await;
}

async fn eventually_delivered(alice: &Visitor, count: usize) {
    let began = std::time::Instant::now();
    while alice.texts(".deliveries li .good").await.len() < count {
        let there = alice.texts(".deliveries li").await;
        assert!(began.elapsed() < Duration::from_secs(60), "not all delivered: {there:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn archiving_all_that_is_shown_brings_the_rest_and_locking_keeps_what_is_written() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    // More than the page fetches at once.
    let mut smtp = Smtp::connect(home.ports().smtp).unwrap();
    for number in 0..LETTERS {
        let letter = format!("From: paul@elsewhere.test\r\nSubject: Letter {number}.\r\n\r\nÀ dimanche ?\r\n");
        let reply = smtp.send("paul@elsewhere.test", "alice@home.test", letter.as_bytes()).unwrap();
        assert!(reply.starts_with("250"), "{reply}");
    }
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("archive-all", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.see(".row", &format!("Letter {}.", LETTERS - 1)).await;
        // One that lies further down than what is fetched first has its neighbours when it is opened by its address.
        alice.opens(&format!("Letter {}.", LETTERS - 1)).await;
        let newest = alice.current_url().await.unwrap();
        let newest: usize = newest.path().rsplit('/').next().unwrap().parse().unwrap();
        alice.goes_to(&format!("/mail/inbox/{}", newest + 21 - LETTERS)).await;
        alice.see("article .subject", "Letter 20.").await;
        alice.presses("[aria-label='Next message']").await;
        alice.see("article .subject", "Letter 19.").await;
        alice.presses("[aria-label='Previous message']").await;
        alice.see("article .subject", "Letter 20.").await;
        alice.see(".row[data-current]", "Letter 20.").await;

        // By the keyboard: a range from the row that the focus is on, longer and shorter again.
        let shift = |key: Key| format!("{}{}{}", char::from(Key::Shift), char::from(key), char::from(Key::Null));
        let row = || alice.find(".row[tabindex='0']");
        row().await.send_keys(&shift(Key::Down)).await.unwrap();
        row().await.send_keys(&shift(Key::Down)).await.unwrap();
        alice.see(".bar .count", "3 selected").await;
        row().await.send_keys(&shift(Key::Up)).await.unwrap();
        alice.see(".bar .count", "2 selected").await;
        alice.goes_to("/mail/inbox").await;

        // All of the mailbox, what is not fetched yet included, there and back.
        alice.see(".row", &format!("Letter {}.", LETTERS - 1)).await;
        alice.presses("[aria-label='Select all']").await;
        alice.presses_where(".select-all button", &format!("Select all {LETTERS} messages")).await;
        alice.see(".select-all", &format!("All {LETTERS} messages in this folder are selected")).await;
        alice.screenshot("list/whole-mailbox").await;
        alice.strikes("e").await;
        alice.see(".toast", &format!("{LETTERS} messages archived")).await;
        alice.see(".list", "All read, all tidy").await;
        alice.strikes_control("z").await;
        alice.see(".row", &format!("Letter {}.", LETTERS - 1)).await;
        // Three of them were opened above.
        alice.see(".nav a[href='/mail/inbox'] b", &(LETTERS - 3).to_string()).await;
        alice.goes_to("/mail/inbox").await;

        alice.see(".row", &format!("Letter {}.", LETTERS - 1)).await;
        alice.presses("[aria-label='Select all']").await;
        alice.strikes("e").await;
        alice.sees_no(".row", &format!("Letter {}.", LETTERS - 1)).await;
        alice.find(".row").await;
        let first = alice.texts(".row .what em").await.remove(0);
        // What is typed beside a field of a letter is no command; closing the mailbox saves the letter and complains of nothing.
        writes(&alice, &["bob@elsewhere.test"], "Half a letter", "Half a sen").await;
        alice.find("[aria-label='Attach a file']").await.send_keys("e").await.unwrap();
        alice.see(".row", &first).await;
        alice.presses(".me .face-button").await;
        alice.presses_where("[role=menuitem]", "Lock").await;
        alice.see("h1", "Hello").await;
        alice.has_no_complaint().await;
        alice.fills("#passphrase", PASSPHRASE).await;
        alice.presses("button.main").await;
        alice.presses(".nav a[href='/mail/drafts']").await;
        alice.see(".row", "Half a letter").await;
    });
    told.await;
}

/// In the page the browser maps domain names; it agrees with the box about which there are (`shared/src/api/domain.rs`).
#[tokio::test]
async fn what_is_no_address_is_marked_as_soon_as_it_is_typed() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("addresses", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.strikes("c").await;
        for (typed, class) in [
            ("josé@bücher.elsewhere.test", "open"),
            ("a@xn--bcher-kva.elsewhere.test", "open"),
            ("a@straße.elsewhere.test", "open"),
            ("nobody", "bad"),
            ("a@b_c.test", "bad"),
            ("a@ab--c.bücher.test", "bad"),
            ("a@bücher.1", "bad"),
            ("a@1.2.3.4", "bad"),
            ("a@bücher.0x7f", "bad"),
            ("a@xn--é.test", "bad"),
        ] {
            alice.find(".writing .people input").await.send_keys(&format!("{typed},")).await.unwrap();
            alice.find(&format!(".writing .person.{class}[title^='{typed}']")).await;
        }
        alice.screenshot("writing/addresses").await;
    });
    told.await;
}

#[tokio::test]
async fn a_letter_that_was_sent_can_be_taken_back_and_changed() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("undo-send", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // This machine's clock need not go like that of the box.
        alice.execute("const now = Date.now; Date.now = () => now() + 60_000;", vec![]).await.unwrap();
        writes(&alice, &["paul@elsewhere.test"], "Too soon", "An unfinished sen").await;
        alice.find(".writing .person.open").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        alice.presses(".toast .undo").await;
        let field = alice.find(".writing input[id^=subject]").await;
        assert_eq!(field.prop("value").await.unwrap().as_deref(), Some("Too soon"));
        alice.fills(".writing textarea", "A finished sentence.").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        alice.sees_no(".writing", "").await;
    });
    told.await;
    let received = elsewhere.message_for("paul@elsewhere.test");
    assert_eq!(understood(&received.message).text.as_deref().map(str::trim_end), Some("A finished sentence."));
    assert_eq!(elsewhere.received().len(), 1, "the one that was taken back left all the same");
}

/// Drops files on the window of a letter, as a person does with the mouse.
async fn drops(alice: &Visitor, files: &[(String, usize)]) {
    let drop = "
        const transfer = new DataTransfer();
        for (const [name, size] of arguments[0])
            transfer.items.add(new File([new Uint8Array(size)], name, { type: 'application/pdf' }));
        const window = document.querySelector('.writing');
        for (const kind of ['dragover', 'drop'])
            window.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));";
    alice.execute(drop, vec![serde_json::json!(files)]).await.unwrap();
}

/// The part of the text of a letter that can be seen, CSS pixels.
async fn room_for_text(alice: &Visitor) -> f64 {
    let seen = "
        const place = (what) => document.querySelector(`.writing ${what}`).getBoundingClientRect();
        const text = place('textarea');
        return Math.min(text.bottom, place('.below').top, place('footer').top) - Math.max(text.top, place('header').bottom);";
    alice.execute(seen, vec![]).await.unwrap().as_f64().unwrap()
}

#[tokio::test]
async fn a_full_letter_leaves_room_for_its_text_and_a_question_goes_with_its_reason() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("full-letter", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, &["bob@elsewhere.test"], "The plan", "The plan is attached.").await;
        alice.find(".writing .person.open").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note", "You speak of an attachment").await;
        alice.screenshot("writing/attachment-forgotten").await;
        drops(&alice, &[("plan.pdf".to_owned(), 10)]).await;
        alice.see(".writing .file", "plan.pdf").await;
        alice.sees_no(".writing .note", "You speak of an attachment").await;

        let people: String = (1..=30).map(|n| format!("somebody.{n}@elsewhere.test, ")).collect();
        alice.find(".writing .people input").await.send_keys(&people).await.unwrap();
        alice.presses_where(".writing .links button", "Bcc").await;
        let long = "a very long name of a file that somebody gave to it years ago and nobody dares to change";
        let files: Vec<_> = (1..=11).map(|n| (format!("{n} {long}.pdf"), 100_000 * n)).collect();
        drops(&alice, &files).await;
        alice.see(".writing .file", "11 a very long").await;
        for (name, look) in [
            ("desktop", Look::DESKTOP),
            ("desktop-dark", Look { dark: true, ..Look::DESKTOP }),
            ("low", Look { size: (1280, 600), ..Look::DESKTOP }),
            ("phone", Look::PHONE),
            ("phone-dark", Look { dark: true, ..Look::PHONE }),
            // What is left of a phone beside its keyboard.
            ("phone-keyboard", Look { size: (390, 420), ..Look::PHONE }),
        ] {
            alice.look(look).await;
            let write = "const text = document.querySelector('.writing textarea'); text.blur(); text.focus();";
            alice.execute(write, vec![]).await.unwrap();
            let room = room_for_text(&alice).await;
            alice.screenshot(&format!("writing/full-{name}")).await;
            assert!(room >= 120.0, "{name}: {room} pixels for the text");
        }
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_draft_is_saved_by_itself_and_survives_a_kill() {
    let mut home = Home::new();
    let _alice = Person::register(&home, "alice");
    let file = root().join("public/icon-192.png");
    {
        let alice = Visitor::open(&home, Look::DESKTOP).await;
        let told = alice.tell("draft", async {
            alice.signs_in("alice@home.test", PASSPHRASE).await;
            writes(&alice, &["bob@elsewhere.test"], "A begun letter", "Once upon a time").await;
            // A file is attached by dropping it on the window, as a person does with the mouse.
            let bytes = std::fs::read(&file).unwrap();
            let drop = "
                const transfer = new DataTransfer();
                transfer.items.add(new File([new Uint8Array(arguments[0])], 'été.png', { type: 'image/png' }));
                const window = document.querySelector('.writing');
                for (const kind of ['dragover', 'drop'])
                    window.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));";
            alice.execute(drop, vec![serde_json::json!(bytes)]).await.unwrap();
            alice.see(".writing", "été.png").await;
            // Another by the button; the browser's own dialog is answered by giving the field what would be chosen there.
            alice.devtools("Page.setInterceptFileChooserDialog", serde_json::json!({ "enabled": true })).await;
            alice.presses("[aria-label='Attach a file']").await;
            let field = alice.find("body > input[type=file]").await;
            field.send_keys(root().join("README.md").to_str().unwrap()).await.unwrap();
            alice.see(".writing", "README.md").await;
            alice.see(".writing .state", "Saved").await;
            alice.screenshot("writing/draft-saved").await;
            alice.has_no_complaint().await;
        });
        told.await;
    }
    home.kill();
    home.start();
    let alice = Visitor::open(&home, Look::PHONE).await;
    let told = alice.tell("draft-again", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.goes_to("/mail/drafts").await;
        alice.presses_where(".row", "A begun letter").await;
        let field = alice.find(".writing textarea").await;
        assert_eq!(field.prop("value").await.unwrap().as_deref().map(str::trim_end), Some("Once upon a time"));
        alice.see(".writing", "été.png").await;
        alice.see(".writing", "README.md").await;
        alice.screenshot("writing/draft-resumed-phone").await;
        // Thrown away, and brought back.
        alice.presses(".writing footer [aria-label='Jeter le brouillon']").await;
        alice.see(".toast", "Brouillon jeté").await;
        alice.presses(".toast .undo").await;
        alice.see(".writing .person", "bob@elsewhere.test").await;
    });
    told.await;
}

#[tokio::test]
async fn messages_are_sorted_into_folders_and_every_move_can_be_undone() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    for subject in ["First", "Second", "Third"] {
        brings(&home, subject);
    }
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("folders", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.presses("[aria-label='New folder']").await;
        alice.fills("#folder-name", "Family").await;
        alice.presses("dialog .button.main").await;
        alice.see(".nav", "Family").await;
        // In the order of the language and not of the alphabet's codes, here and where letters are moved to.
        for name in ["Zoo", "Été", "Écoles", "Family/2026"] {
            alice.presses("[aria-label='New folder']").await;
            alice.fills("#folder-name", name).await;
            alice.presses("dialog .button.main").await;
            alice.sees_no("dialog", "").await;
        }
        let order = ["Écoles", "Été", "Family", "2026", "Zoo"];
        assert_eq!(alice.texts(".nav .place-line .place span:not(.aloud)").await, order);

        // By the keyboard: the move dialog takes the first that fits.
        alice.opens("Second").await;
        alice.strikes("v").await;
        alice.find("dialog .item").await;
        let places = alice.texts("dialog .item").await;
        assert!(places.ends_with(&["Écoles", "Été", "Family", "Family/2026", "Zoo"].map(str::to_owned)), "{places:?}");
        alice.fills("dialog input[type=search]", "fam").await;
        alice.find("dialog input[type=search]").await.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
        alice.see(".toast", "Family").await;
        alice.sees_no(".row", "Second").await;
        alice.strikes_control("z").await;
        alice.see(".row", "Second").await;
        // Where it was, though all three came within a second, and it has another number on the box now.
        let from_the_top = "
            const rows = [...document.querySelectorAll('.row')];
            rows.sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top);
            return rows.map((row) => ['First', 'Second', 'Third'].find((subject) => row.textContent.includes(subject)));";
        assert_eq!(alice.execute(from_the_top, vec![]).await.unwrap(), json!(["Third", "Second", "First"]));

        // Thrown away and archived, each with its way back; starred.
        alice.opens("Third").await;
        alice.strikes("#").await;
        alice.sees_no(".row", "Third").await;
        alice.see(".toast", "moved to bin").await;
        alice.strikes_control("z").await;
        alice.see(".row", "Third").await;
        alice.opens("First").await;
        alice.strikes("s").await;
        alice.presses_where(".filter", "Starred").await;
        alice.sees_no(".row", "Third").await;
        alice.see(".row", "First").await;
        alice.presses_where(".filter", "Starred").await;
        alice.opens("Third").await;
        alice.strikes("e").await;
        alice.sees_no(".row", "Third").await;
        alice.presses(".nav a[href='/mail/archive']").await;
        alice.see(".row", "Third").await;
        alice.screenshot("list/archive").await;

        // In the bin, deleting asks once and is for ever.
        alice.opens("Third").await;
        alice.strikes("#").await;
        alice.presses(".nav a[href='/mail/trash']").await;
        alice.opens("Third").await;
        alice.strikes("#").await;
        alice.presses("dialog .button.danger").await;
        alice.see(".list", "The bin is empty").await;

        // The sheet of the keyboard.
        alice.strikes("?").await;
        alice.find("dialog[open]").await;
        alice.screenshot("list/keyboard-sheet").await;
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_mail_link_of_another_page_begins_a_letter_here() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("mail-link", async {
        // As the browser opens it: the whole link, encoded once more; kept while one signs in.
        alice
            .goes_to("/#mailto=mailto%3Azoe%40elsewhere.test%3Fsubject%3DCaf%25C3%25A9%26body%3DAt%2520noon%253F")
            .await;
        alice.tries_to_sign_in("alice@home.test", PASSPHRASE).await;
        alice.see(".writing .person", "zoe@elsewhere.test").await;
        for (field, value) in [(".writing input[id^=subject]", "Café"), (".writing textarea", "At noon?")] {
            assert_eq!(alice.find(field).await.prop("value").await.unwrap().as_deref(), Some(value));
        }
        alice.goes_to("/settings").await;
        let watch = "navigator.registerProtocolHandler = (...told) => { window.told = told; };";
        alice.execute(watch, vec![]).await.unwrap();
        alice.presses_where(".setting button", "Open them here").await;
        alice.see(".setting", "Your browser asks").await;
        let told = alice.execute("return window.told.slice(0, 2)", vec![]).await.unwrap();
        assert_eq!(told, serde_json::json!(["mailto", format!("{}/#mailto=%s", home.url())]));
    });
    told.await;
}
