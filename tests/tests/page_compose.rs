//! Writing and tidying by hand, where something comes between: recipients as people type them, files dropped beside a letter or too
//! large for it, a letter that cannot leave yet, folders that lie in one another.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use fantoccini::key::Key;
use serde_json::json;
use tests::browser::Look;
use tests::foreign::curl_in;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person};
use tests::visitor::Visitor;

/// The octets of a file that fits into a letter, and of one with which it is too much.
const FITS: usize = 30_000_000;
const TOO_MUCH: usize = 10_000_000;

fn key(key: Key) -> String {
    char::from(key).to_string()
}

fn control_enter() -> String {
    format!("{}{}{}", char::from(Key::Control), char::from(Key::Enter), char::from(Key::Null))
}

async fn types(alice: &Visitor, text: &str) {
    alice.find(".writing .people input").await.send_keys(text).await.unwrap();
}

/// The text of each recipient, without what is said aloud only.
async fn recipients(alice: &Visitor) -> Vec<String> {
    let names = "return [...document.querySelectorAll('.writing .person .who')].map((who) => who.firstChild.data);";
    serde_json::from_value(alice.execute(names, vec![]).await.unwrap()).unwrap()
}

/// What has the focus: its kind, and what stands in it.
async fn focused(alice: &Visitor) -> String {
    let focused = "const focused = document.activeElement; return `${focused.localName} ${focused.value ?? ''}`;";
    alice.execute(focused, vec![]).await.unwrap().as_str().unwrap().to_owned()
}

/// Drags a file of so many octets over what a selector finds and, where `lets_go`, drops it there; whether the browser was kept from
/// showing it in place of the page.
async fn drags(alice: &Visitor, over: &str, name: &str, octets: usize, lets_go: bool) -> bool {
    let drag = "
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(arguments[2])], arguments[1], { type: 'application/pdf' }));
        const over = document.querySelector(arguments[0]);
        const drag = (kind) => !over.dispatchEvent(
            new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        return drag('dragover') && (!arguments[3] || drag('drop'));";
    let arguments = vec![json!(over), json!(name), json!(octets), json!(lets_go)];
    alice.execute(drag, arguments).await.unwrap() == json!(true)
}

#[tokio::test]
async fn recipients_are_typed_as_everywhere_and_changed_where_they_stand() {
    let home = Home::new();
    let _ = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("recipients", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.strikes("c").await;
        types(&alice, "\"Jones, D\" <d.j@x.test> a@x.test b@x.test;mamie josiane,").await;
        alice.see(".writing .person.bad", "mamie josiane").await;
        assert_eq!(recipients(&alice).await, ["Jones, D", "a@x.test", "b@x.test", "mamie josiane"]);
        alice.find(".writing .person[title^='d.j@x.test']").await;
        alice.screenshot("writing/recipients").await;

        // What is no address goes back into the field; another goes.
        types(&alice, &key(Key::Backspace)).await;
        assert_eq!(alice.reads(".writing .people input").await, "mamie josiane");
        types(&alice, &format!("{}josiane@x.test ", key(Key::Backspace).repeat("mamie josiane".len()))).await;
        assert_eq!(recipients(&alice).await, ["Jones, D", "a@x.test", "b@x.test", "josiane@x.test"]);
        types(&alice, &key(Key::Backspace)).await;
        assert_eq!(recipients(&alice).await, ["Jones, D", "a@x.test", "b@x.test"]);

        // By Enter, and by two presses.
        alice.find(".writing .person[title^='d.j@x.test'] .who").await.send_keys(&key(Key::Enter)).await.unwrap();
        assert_eq!(focused(&alice).await, "input \"Jones, D\" <d.j@x.test>");
        types(&alice, &format!("{}.org>,", key(Key::Backspace).repeat(".test>".len()))).await;
        alice.find(".writing .person[title^='d.j@x.org']").await;
        let twice = "
            const who = document.querySelector(\".writing .person[title^='a@x.test'] .who\");
            for (const detail of [1, 2]) who.dispatchEvent(new MouseEvent('click', { detail, bubbles: true }));";
        alice.execute(twice, vec![]).await.unwrap();
        assert_eq!(focused(&alice).await, "input a@x.test");
        alice.find(".writing textarea").await.click().await.unwrap();
        assert_eq!(recipients(&alice).await, ["b@x.test", "Jones, D", "a@x.test"]);

        // A letter with something wrong says what, and leads there.
        types(&alice, "mamie").await;
        alice.find(".writing textarea").await.send_keys(&control_enter()).await.unwrap();
        alice.see(".writing .note.bad", "“mamie” is not an address").await;
        alice.see(".writing footer .chip", "Address to correct").await;
        let wrong = "return document.activeElement.matches('.person.bad .who')";
        assert_eq!(alice.execute(wrong, vec![]).await.unwrap(), json!(true));
        alice.has_no_complaint().await;
    });
    told.await;
}

/// Keeps what the page asks about certificates until it is let go on.
async fn holds_lookups(alice: &Visitor) {
    let hold = "
        const fetched = window.fetch;
        const gone = new Promise((go) => { window.goes_on = go; });
        window.fetch = async (...asked) => {
            const url = asked[0].url ?? String(asked[0]);
            if (url.includes('/certificates')) { window.held = true; await gone; }
            return fetched(...asked);
        };";
    alice.execute(hold, vec![]).await.unwrap();
}

#[tokio::test]
async fn a_letter_that_did_not_leave_has_the_focus_where_it_was_and_one_sent_early_leaves_by_itself() {
    let mut home = Home::new();
    let _ = Person::register(&home, "alice");
    let (_, _) = (Person::register(&home, "bob"), Person::register(&home, "carl"));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("focus", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.strikes("c").await;
        types(&alice, "bob@home.test,").await;
        alice.find(".writing .person.seal").await;
        alice.fills(".writing input[id^=subject]", "Focus").await;
        alice.find(".writing textarea").await.send_keys("One two").await.unwrap();
        alice.see(".writing .state", "Saved").await;
        home.kill();
        let text = alice.find(".writing textarea").await;
        text.send_keys(&key(Key::Left).repeat(" two".len())).await.unwrap();
        text.send_keys(&control_enter()).await.unwrap();
        alice.see(".writing .note.bad", "not").await;
        // Whoever types on writes there; nothing becomes a command to the list.
        alice.see(".writing[aria-busy=false]", "").await;
        let active = alice.active_element().await.unwrap();
        active.send_keys(" and").await.unwrap();
        assert_eq!(focused(&alice).await, "textarea One and two");
        // Nor where it could not be saved and closed.
        active.send_keys(&key(Key::Escape)).await.unwrap();
        alice.see(".toast", "does not answer").await;
        let began = std::time::Instant::now();
        while focused(&alice).await != "textarea One and two" {
            assert!(began.elapsed() < tests::browser::PATIENCE, "{}", focused(&alice).await);
        }
        alice.active_element().await.unwrap().send_keys(" a half").await.unwrap();
        assert_eq!(focused(&alice).await, "textarea One and a half two");
        home.start();
        alice.sees_no(".away", "").await;
        alice.find(".writing textarea").await.send_keys(&control_enter()).await.unwrap();
        alice.see(".toast", "Message sent").await;
        alice.sees_no(".writing", "").await;

        // Sent before it is known how it would travel.
        holds_lookups(&alice).await;
        alice.strikes("c").await;
        types(&alice, "carl@home.test,").await;
        alice.fills(".writing input[id^=subject]", "Early").await;
        alice.fills(".writing textarea", "As soon as you can").await;
        alice.find(".writing textarea").await.send_keys(&control_enter()).await.unwrap();
        alice.see(".writing footer .button.main", "Checking, then sending").await;
        assert_eq!(focused(&alice).await, "textarea As soon as you can");
        alice.screenshot("writing/sent-early").await;
        alice.execute("window.goes_on()", vec![]).await.unwrap();
        alice.see(".toast", "Message sent").await;
        alice.sees_no(".writing", "").await;
        alice.presses(".nav a[href='/mail/sent']").await;
        alice.see(".row", "Early").await;
    });
    told.await;
}

#[tokio::test]
async fn a_dropped_file_never_takes_the_place_of_the_page() {
    let home = Home::new();
    let _ = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("dropped", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // Without a letter it begins one.
        alice.find(".app .tabs").await;
        assert!(drags(&alice, ".nav", "first.pdf", 1_000, false).await);
        alice.see(".dropping", "a new message will carry these files").await;
        alice.screenshot("writing/drop-begins").await;
        assert!(drags(&alice, ".nav", "first.pdf", 1_000, true).await);
        alice.see(".writing .file", "first.pdf").await;
        assert_eq!(alice.texts(".dropping").await, Vec::<String>::new());
        // Beside the letter it goes into it, which shows that.
        assert!(drags(&alice, ".list", "second.pdf", 1_000, false).await);
        alice.find(".writing.over").await;
        alice.screenshot("writing/drop-over").await;
        assert!(drags(&alice, ".list", "second.pdf", 1_000, true).await);
        alice.see(".writing .file:nth-of-type(2)", "second.pdf").await;
        // With two of them, the one that is meant.
        alice.strikes("c").await;
        alice.find(".writing ~ .writing").await;
        assert!(drags(&alice, ".writing", "third.pdf", 1_000, true).await);
        alice.see(".writing .files", "third.pdf").await;
        assert_eq!(alice.texts(".writing .file").await.len(), 3);
        assert!(drags(&alice, "footer, .list", "fourth.pdf", 1_000, true).await);
        alice.see(".writing ~ .writing .file", "fourth.pdf").await;
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn what_is_too_much_for_a_mail_goes_behind_a_link_and_the_rest_of_it_is_saved() {
    let home = Home::new();
    let _ = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("too-much", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.strikes("c").await;
        alice.fills(".writing input[id^=subject]", "Films").await;
        drags(&alice, ".writing", "whole.mp4", 60_000_000, true).await;
        alice.see(".writing .note", "No mailbox takes files as large as these").await;
        alice.see(".writing .file", "whole.mp4").await;
        drags(&alice, ".writing", "one.mp4", FITS, true).await;
        alice.see(".writing .file", "one.mp4").await;
        drags(&alice, ".writing", "two.mp4", TOO_MUCH, true).await;
        alice.see(".writing .file:nth-of-type(2)", "two.mp4").await;
        alice.fills(".writing textarea", "Two films").await;
        alice.see(".writing .state", "Saved in part").await;
        alice.screenshot("writing/too-much").await;
        // It stays until somebody decides, and the browser asks before it goes.
        assert!(!alice.find(".writing [aria-label='Save and close']").await.is_enabled().await.unwrap());
        alice.find(".writing textarea").await.send_keys(&key(Key::Escape)).await.unwrap();
        assert!(alice.is_asked_before_leaving().await);
        // Nothing of what was saved is lost with the page.
        alice.goes_to("/mail/drafts").await;
        alice.presses_where(".row", "Films").await;
        alice.see(".writing .file", "one.mp4").await;
        assert_eq!(alice.reads(".writing textarea").await.trim_end(), "Two films");
        assert_eq!(alice.texts(".writing .file").await.len(), 1);
    });
    told.await;
}

#[tokio::test]
async fn a_folder_goes_with_those_in_it_and_comes_back_with_its_letters() {
    let home = Home::new();
    let _ = Person::register(&home, "alice");
    for subject in ["Roof", "Garden", "Lunch"] {
        let letter = format!("From: paul@elsewhere.test\r\nSubject: {subject}\r\n\r\nSee you.\r\n");
        let sent = curl_in(&home, "paul@elsewhere.test", &["alice@home.test"], letter.as_bytes());
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    }
    for look in [Look::DESKTOP, Look { language: "fr", ..Look::DESKTOP }] {
        let alice = Visitor::open(&home, look).await;
        let french = look.language == "fr";
        let say = |french_words: &'static str, english: &'static str| if french { french_words } else { english };
        let told = alice.tell("folder-tree", async {
            alice.signs_in("alice@home.test", PASSPHRASE).await;
            if !french {
                alice.presses("[aria-label='New folder']").await;
                alice.fills("#folder-name", "House / Repairs").await;
                alice.presses("dialog .button.main").await;
                alice.sees_no("dialog", "").await;
                for (subject, folder) in [("Roof", "House/Repairs"), ("Garden", "House")] {
                    alice.opens(subject).await;
                    alice.strikes("v").await;
                    alice.presses_where("dialog .item", folder).await;
                    alice.sees_no(".row", subject).await;
                }
            }
            let (from, to) = if french { ("Home", "House") } else { ("House", "Home") };
            folder_act(&alice, from, say("Renommer", "Rename")).await;
            alice.fills("#folder-name", to).await;
            alice.presses("dialog .button.main").await;
            let renamed = if french {
                "« Home » s’appelle maintenant « House »".replace("« ", "«\u{202f}").replace(" »", "\u{202f}»")
            } else {
                "“House” is called “Home” now".to_owned()
            };
            alice.see(".toast", &renamed).await;

            folder_act(&alice, to, say("Supprimer", "Delete")).await;
            alice.see("dialog", "Repairs").await;
            alice
                .see(
                    "dialog",
                    say("Les 2 lettres qui s’y trouvent iront à la corbeille", "The 2 messages in there go to the bin"),
                )
                .await;
            alice.screenshot(&format!("list/folder-tree-{}", look.language)).await;
            alice.presses("dialog .button.danger").await;
            alice.see(".toast", say("2 lettres sont à la corbeille", "Its 2 messages are in the bin")).await;
            alice.sees_no(".nav .place-line", to).await;
            alice.presses(".nav a[href='/mail/trash']").await;
            alice.see(".row", "Roof").await;
            alice.see(".row", "Garden").await;
            alice.strikes_control("z").await;
            alice.see(".nav .place-line", to).await;
            alice.see(".nav .place-line", "Repairs").await;
            alice.presses_where(".nav .place-line .place", "Repairs").await;
            alice.see(".row", "Roof").await;
            assert_eq!(alice.texts(".row").await.len(), 1);
            alice.has_no_complaint().await;
        });
        told.await;
    }
}

#[tokio::test]
async fn whoever_writes_in_two_browsers_is_told_that_there_is_another_copy() {
    let home = Home::new();
    let _ = Person::register(&home, "alice");
    let (desk, phone) = (Visitor::open(&home, Look::DESKTOP).await, Visitor::open(&home, Look::PHONE).await);
    let told = desk.tell("two-browsers", async {
        desk.signs_in("alice@home.test", PASSPHRASE).await;
        desk.strikes("c").await;
        desk.fills(".writing input[id^=subject]", "Shared draft").await;
        desk.fills(".writing textarea", "One").await;
        desk.see(".writing .state", "Saved").await;
        desk.find(".writing textarea").await.send_keys(", two").await.unwrap();
        desk.see(".writing .state", "Saved").await;
        assert!(!desk.has(".writing .note").await, "what it saved itself is no news");
    });
    told.await;
    let told = phone.tell("two-browsers-phone", async {
        phone.signs_in("alice@home.test", PASSPHRASE).await;
        phone.goes_to("/mail/drafts").await;
        phone.presses_where(".row", "Shared draft").await;
        phone.find(".writing textarea").await.send_keys(", three").await.unwrap();
        phone.see(".writing .state", "Enregistrée").await;
    });
    told.await;
    let told = desk.tell("two-browsers-again", async {
        desk.see(".writing .note.warn", "This draft was changed, sent or thrown away elsewhere").await;
        desk.screenshot("writing/left-behind").await;
        // Both stay.
        desk.find(".writing textarea").await.send_keys(", and a half").await.unwrap();
        desk.see(".writing .state", "Saved").await;
        desk.presses(".nav a[href='/mail/drafts']").await;
        desk.see(".row", "and a half").await;
        assert_eq!(desk.texts(".row").await.len(), 2);
        desk.has_no_complaint().await;
    });
    told.await;
}

/// Chooses what to do with a folder in its menu.
async fn folder_act(alice: &Visitor, folder: &str, act: &str) {
    alice.see(".nav .place-line", folder).await;
    alice.presses(&format!(".nav .place-line [aria-label$=' {folder}']")).await;
    alice.presses_where("[role=menuitem]", act).await;
}
