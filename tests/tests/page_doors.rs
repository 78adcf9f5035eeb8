//! The doors of the page when something goes otherwise than planned: answers that are lost, another language in between, what is
//! forgotten or left empty. Nobody is left with an account of which nobody knows the words.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use serde_json::json;
use shared::api::paths;
use tests::browser::{Look, PATIENCE};
use tests::elsewhere::{Elsewhere, understood};
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person, code_of, done};
use tests::visitor::Visitor;

/// Loses the answers of the box to what is posted there; it has heard the request, unless `requests_too`.
async fn loses(guest: &Visitor, paths: &[&str], requests_too: bool) {
    let lose = "
        window.fetched ??= window.fetch;
        const [paths, requests_too] = arguments;
        window.fetch = async (request) => {
            const loses = paths.some((path) => request.url.endsWith(path));
            if (loses && requests_too) throw new TypeError('lost');
            const answer = await window.fetched(request);
            if (!loses) return answer;
            throw new TypeError('lost');
        };";
    guest.execute(lose, vec![json!(paths), json!(requests_too)]).await.unwrap();
}

async fn focused(guest: &Visitor) -> String {
    guest.execute("return document.activeElement.id", vec![]).await.unwrap().as_str().unwrap_or_default().to_owned()
}

/// Waits until what has this id has the focus.
async fn sees_focus(guest: &Visitor, id: &str) {
    let began = std::time::Instant::now();
    while focused(guest).await != id {
        assert!(began.elapsed() < PATIENCE, "the focus is on {:?}, not on {id}", focused(guest).await);
    }
}

async fn fills_in(guest: &Visitor, home: &Home, local_part: &str) {
    guest.goes_to(home.invitation()).await;
    guest.fills("#name", "Alice Martin").await;
    guest.fills("#local-part", local_part).await;
    guest.presses("button.main").await;
    guest.fills("#new-passphrase", PASSPHRASE).await;
    guest.fills("#passphrase-again", PASSPHRASE).await;
}

/// The words open the mailbox, and give it another passphrase and other words.
fn opens_with(home: &Home, words: &[String], passphrase: &str) -> Vec<String> {
    let code = home.scratch("code");
    std::fs::write(&code, words.join(" ")).unwrap();
    let recover = ["recover", "--address", "alice@home.test", "--code-file", code.to_str().unwrap()];
    let new = code_of(&Person::new(home, "alice").with_passphrase(passphrase, &recover));
    new.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn words_are_shown_when_they_are_in_force_though_the_last_answer_was_lost() {
    let home = Home::new();
    let guest = Visitor::open(&home, Look::DESKTOP).await;
    let told = guest.tell("lost-registration", async {
        fills_in(&guest, &home, "alice").await;
        // Its answer is lost; the page asks the box, and goes on.
        loses(&guest, &[paths::REGISTER_FINISH], false).await;
        guest.presses("button.main").await;
        guest.find("ol.words").await;
        sees_focus(&guest, "sheet-title").await;
        // Another language shows the same words.
        let words = guest.texts("ol.words li").await;
        guest.presses_where("button.language", "Français").await;
        guest.see("h1", "feuille de secours").await;
        assert_eq!(guest.texts("ol.words li").await, words);
        guest.screenshot("doors/lost-registration").await;
        guest.presses("#sheet-kept").await;
        guest.presses("button.main").await;
        guest.find(".app .tabs").await;
        assert!(!guest.has(".reminder").await);
        words
    });
    let words = told.await;
    let words = opens_with(&home, &words, "a second passphrase");
    assert_eq!(words.len(), 12);

    // Recovered in the page, again with an answer that is lost.
    let later = Visitor::open(&home, Look::PHONE).await;
    let told = later.tell("lost-recovery", async {
        later.goes_to("/recover").await;
        // The beginning of the address is enough: the box says the rest.
        later.fills("#address", "alice").await;
        later.fills("#words", &words.join(" ")).await;
        later.fills("#new-passphrase", "une troisième phrase").await;
        later.fills("#passphrase-again", "une troisième phrase").await;
        loses(&later, &[paths::RECOVER_FINISH], false).await;
        later.presses("button.main").await;
        later.find("ol.words").await;
        let new = later.texts("ol.words li").await;
        assert_ne!(new, words);
        later.presses("#sheet-kept").await;
        later.presses("button.main").await;
        later.find(".app .tabs").await;
        new
    });
    let words = told.await;
    opens_with(&home, &words, "a fourth passphrase");
}

#[tokio::test]
async fn a_box_that_answers_nothing_more_may_have_made_the_mailbox_and_is_asked_at_the_next_try() {
    let home = Home::new();
    let guest = Visitor::open(&home, Look::PHONE).await;
    let told = guest.tell("lost-for-long", async {
        fills_in(&guest, &home, "alice").await;
        loses(&guest, &[paths::REGISTER_FINISH, paths::LOGIN_START], false).await;
        guest.presses("button.main").await;
        guest.see(".note.bad", "peut-être déjà faite").await;
        guest.screenshot("doors/perhaps-made").await;
        // In another language the door knows it still.
        guest.presses_where("button.language", "English").await;
        guest.see(".note.bad", "may have been made already").await;
        assert_eq!(guest.reads("#new-passphrase").await, PASSPHRASE);
        loses(&guest, &[], false).await;
        guest.presses("button.main").await;
        guest.find("ol.words").await;
        guest.texts("ol.words li").await
    });
    let words = told.await;
    opens_with(&home, &words, "a second passphrase");
}

#[tokio::test]
async fn a_request_that_never_came_makes_nothing_and_is_made_at_the_next_try() {
    let home = Home::new();
    let guest = Visitor::open(&home, Look::DESKTOP).await;
    let told = guest.tell("lost-request", async {
        fills_in(&guest, &home, "alice").await;
        loses(&guest, &[paths::REGISTER_FINISH], true).await;
        guest.presses("button.main").await;
        guest.see(".note.bad", "may have been made already").await;
        loses(&guest, &[], false).await;
        guest.presses("button.main").await;
        guest.find("ol.words").await;
        let words = guest.texts("ol.words li").await;
        // No word of it stays for whoever comes next.
        guest.presses("#sheet-kept").await;
        guest.presses("button.main").await;
        guest.find(".app .tabs").await;
        guest.back().await.unwrap();
        guest.sees_no("ol.words", "").await;
        words
    });
    let words = told.await;
    opens_with(&home, &words, "a second passphrase");
}

#[tokio::test]
async fn the_focus_follows_the_steps_and_what_is_missing_or_wrong_is_said_where_it_is() {
    let home = Home::new();
    let guest = Visitor::open(&home, Look::PHONE).await;
    let told = guest.tell("door-focus", async {
        guest.goes_to(home.invitation()).await;
        sees_focus(&guest, "name").await;
        guest.fills("#local-part", "alice").await;
        guest.presses("button.main").await;
        // A name is asked for once, and nobody needs one.
        guest.see("#name-error", "Sans nom").await;
        sees_focus(&guest, "name").await;
        guest.screenshot("doors/no-name").await;
        guest.presses("button.main").await;
        sees_focus(&guest, "new-passphrase").await;
        guest.fills("#new-passphrase", PASSPHRASE).await;
        guest.fills("#passphrase-again", PASSPHRASE).await;
        guest.presses("button.main").await;
        sees_focus(&guest, "sheet-title").await;
        guest.presses("#sheet-kept").await;
        guest.presses("button.main").await;
        guest.find(".app .tabs").await;
        sees_focus(&guest, "list").await;
        guest.has_no_complaint().await;
    });
    told.await;

    // In a browser that has never been here the beginning of the address is enough too, and what is wrong is selected.
    let other = Visitor::open(&home, Look::DESKTOP).await;
    let told = other.tell("door-other", async {
        other.goes_to("/").await;
        other.tries_to_sign_in("alice", "a wrong passphrase").await;
        other.see(".note.bad", "accents").await;
        sees_focus(&other, "passphrase").await;
        other.active_element().await.unwrap().send_keys(PASSPHRASE).await.unwrap();
        other.presses("button.main").await;
        other.find(".app .tabs").await;
        sees_focus(&other, "list").await;
        other.presses(".me .face-button").await;
        other.presses_where("[role=menuitem]", "Lock").await;
        sees_focus(&other, "passphrase").await;
        other.fills("#passphrase", "another wrong one").await;
        other.presses("button.main").await;
        other.see("#passphrase-error", "This is not your passphrase").await;
        other.active_element().await.unwrap().send_keys(PASSPHRASE).await.unwrap();
        other.presses("button.main").await;
        sees_focus(&other, "list").await;
    });
    told.await;
}

#[tokio::test]
async fn a_passphrase_that_is_typed_before_the_first_frame_stays_where_it_cannot_be_read() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("doors-late-frame", async {
        let hold = "
            const frames = window.requestAnimationFrame.bind(window);
            const held = [];
            window.requestAnimationFrame = (frame) => held.push(frame);
            window.go_on = () => { window.requestAnimationFrame = frames; held.forEach(frames); return held.length };";
        alice.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": hold })).await;
        let later = "
            const done = arguments[0];
            const held = window.go_on();
            window.requestAnimationFrame(() => window.requestAnimationFrame(() => done(held)));";
        alice.goes_to("/").await;
        alice.fills("#address", "alice@home.test").await;
        alice.fills("#passphrase", "correct horse ").await;
        let held = alice.execute_async(later, vec![]).await.unwrap();
        assert!(held.as_u64().unwrap() > 0, "no frame was held");
        alice.active_element().await.unwrap().send_keys("battery staple").await.unwrap();
        assert_eq!(alice.reads("#address").await, "alice@home.test");
        assert_eq!(alice.reads("#passphrase").await, "correct horse battery staple");

        // Who waits finds the first field ready.
        alice.refresh().await.unwrap();
        alice.find("#address").await;
        assert_eq!(focused(&alice).await, "");
        alice.execute_async(later, vec![]).await.unwrap();
        assert_eq!(focused(&alice).await, "address");
    });
    told.await;
}

#[tokio::test]
async fn a_passphrase_opens_however_a_keyboard_composes_its_letters() {
    let composed = "D\u{e9}j\u{e0} l'\u{e9}t\u{e9}";
    let apart = "De\u{301}ja\u{300} l'e\u{301}te\u{301}";
    let home = Home::new();
    let alice = Person::new(&home, "alice");
    let register = ["register", "--invitation", home.invitation(), "--address", "alice@home.test", "--name", "Alice"];
    done(&alice.with_passphrase(composed, &register));
    let visitor = Visitor::open(&home, Look::DESKTOP).await;
    let told = visitor.tell("doors-composed", async {
        visitor.goes_to("/").await;
        visitor.fills("#address", "alice@home.test").await;
        // Set, as WebDriver composes what it types.
        let types = "
            const field = document.querySelector('#passphrase');
            field.value = arguments[0];
            field.dispatchEvent(new Event('input', { bubbles: true }));
            return [...field.value].length;";
        visitor.find("#passphrase").await;
        let typed = visitor.execute(types, vec![json!(apart)]).await.unwrap();
        assert_eq!(typed, json!(composed.chars().count() + 4));
        visitor.presses("button.main").await;
        visitor.find(".app .tabs").await;
    });
    told.await;
}

#[tokio::test]
async fn a_name_that_is_changed_stands_on_letters_and_wherever_the_mailbox_is_open() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _ = Person::register(&home, "alice");
    let (desk, phone) = (Visitor::open(&home, Look::DESKTOP).await, Visitor::open(&home, Look::PHONE).await);
    phone.signs_in("alice@home.test", PASSPHRASE).await;
    let told = desk.tell("name", async {
        desk.signs_in("alice@home.test", PASSPHRASE).await;
        desk.goes_to("/settings").await;
        desk.presses_where(".setting button", "Change the name").await;
        assert_eq!(desk.reads("#display-name").await, "alice");
        desk.fills("#display-name", &"a".repeat(101)).await;
        desk.presses("dialog .button.main").await;
        desk.see("#display-name-error", "at most 100 characters").await;
        desk.screenshot("doors/name").await;
        desk.fills("#display-name", "Alice Lefèvre").await;
        desk.presses("dialog .button.main").await;
        desk.see("#access-done", "your messages will carry this name").await;
        desk.see(".setting small", "Alice Lefèvre").await;
        desk.strikes("c").await;
        desk.find(".writing .people input").await.send_keys("paul@elsewhere.test,").await.unwrap();
        desk.fills(".writing input[id^=subject]", "My new name").await;
        desk.find(".writing .person.open").await;
        desk.presses(".writing footer .button.main").await;
        desk.see(".toast", "Message sent").await;
        desk.has_no_complaint().await;
    });
    told.await;
    let received = elsewhere.message_for("paul@elsewhere.test");
    let from = understood(&received.message).fields["from"].clone();
    assert!(from.contains("Alice Lefèvre"), "{from}");
    let told = phone.tell("name-elsewhere", async {
        phone.see(".me .face-button", "AL").await;
    });
    told.await;
}
