//! What people see in the page when something is wrong that they did not do: an expired invitation, a full disk, a box that is
//! away. Each says what to do, and nothing that was written is lost.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::process::Command;

use serde_json::json;
use tests::browser::Look;
use tests::disk::on_small_disk;
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person, done};
use tests::program::run;
use tests::visitor::Visitor;

#[tokio::test]
async fn an_expired_invitation_says_so_and_whom_to_ask() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let data = home.data();
    let invite = ["user", "invite", "--data", data.to_str().unwrap()];
    let link = done(&home.command(&invite).output().unwrap()).trim().to_owned();
    // A week goes by: its time is set back beside the running box, as its clock would have moved on.
    let age = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
               print(db.execute('UPDATE invitation SET expires_at = expires_at - 604801 WHERE used_by IS NULL').rowcount); db.commit()";
    let aged = run(Command::new("python3").args(["-c", age]).arg(data.join("mail.sqlite3")));
    assert_ne!(String::from_utf8(aged).unwrap().trim(), "0");
    for (look, title) in
        [(Look::PHONE, "Cette invitation ne sert plus"), (Look::DESKTOP, "This invitation no longer works")]
    {
        let guest = Visitor::open(&home, look).await;
        let told = guest.tell("expired-invitation", async {
            guest.goes_to(&link).await;
            guest.see("h1", title).await;
            guest.find(".note").await;
            guest.screenshot(&format!("troubles/invitation-expired-{}", look.language)).await;
        });
        told.await;
    }
}

#[test]
fn a_draft_that_finds_no_room_stays_open_and_is_saved_when_there_is() {
    on_small_disk("a_draft_that_finds_no_room_stays_open_and_is_saved_when_there_is", 112, |disk| {
        let home = Home::with(DOMAIN, Some(&disk.path().join("data")), Vec::new());
        let _alice = Person::register(&home, "alice");
        let story = async {
            let alice = Visitor::open(&home, Look::DESKTOP).await;
            let told = alice.tell("full-disk", async {
                alice.signs_in("alice@home.test", PASSPHRASE).await;
                alice.strikes("c").await;
                alice.fills(".writing input[id^=subject]", "No room").await;
                disk.fill();
                alice.fills(".writing textarea", "What I write is not lost").await;
                alice.see(".writing .note", "disk of the box is full").await;
                alice.screenshot("troubles/full-disk").await;
                disk.make_room();
                alice.find(".writing textarea").await.send_keys(" at all").await.unwrap();
                alice.see(".writing .state", "Saved").await;
            });
            told.await;
        };
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story);
    });
}

#[tokio::test]
async fn a_box_that_is_away_is_noticed_and_found_again() {
    let mut home = Home::new();
    let _ = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::PHONE).await;
    let told = alice.tell("box-away", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.presses(".fab").await;
        alice.fills(".writing input[id^=subject]", "Sans la boîte").await;
        home.kill();
        alice.fills(".writing textarea", "Écrit pendant son absence").await;
        alice.see(".away", "La boîte ne répond pas").await;
        alice.see(".writing .note", "Pas encore enregistré").await;
        alice.screenshot("troubles/box-away-phone").await;
        home.start();
        alice.sees_no(".away", "").await;
        alice.find(".writing textarea").await.send_keys(", et gardé").await.unwrap();
        alice.see(".writing .state", "Enregistré").await;
        alice.sees_no(".writing .note", "").await;
    });
    told.await;
}

/// Keeps the browser from fetching the files of the page whose names begin like this; nothing more than these.
async fn forbid(visitor: &Visitor, names: &[&str]) {
    let pattern = |name: &&str| json!({ "urlPattern": format!("*://*:*/{name}-*"), "block": true });
    visitor.devtools("Network.enable", json!({})).await;
    let patterns: Vec<_> = names.iter().map(pattern).collect();
    visitor.devtools("Network.setBlockedURLs", json!({ "urlPatterns": patterns })).await;
}

#[tokio::test]
async fn a_piece_of_the_page_that_does_not_come_is_said_and_comes_by_itself() {
    let home = Home::new();
    let _ = Person::register(&home, "alice");
    for (look, said) in
        [(Look::PHONE, "La suite de la page n’arrive pas"), (Look::DESKTOP, "The rest of the page does not come")]
    {
        let alice = Visitor::open(&home, look).await;
        let told = alice.tell("missing-piece", async {
            // What stands behind the door: one can sign in without it, and is told why nothing is shown.
            forbid(&alice, &["mail"]).await;
            alice.goes_to("/").await;
            alice.tries_to_sign_in("alice@home.test", PASSPHRASE).await;
            alice.see(".app .note.bad", said).await;
            alice.screenshot(&format!("troubles/missing-piece-{}", look.language)).await;
            forbid(&alice, &[]).await;
            alice.find(".app .tabs").await;
            alice.sees_no(".note.bad", said).await;

            // What is opened from there: the list is shown without it, what was asked for comes when it comes. The tab, loaded anew,
            // asks nothing.
            forbid(&alice, &["later"]).await;
            alice.goes_to("/settings").await;
            alice.see(".away", said).await;
            alice.screenshot(&format!("troubles/missing-settings-{}", look.language)).await;
            forbid(&alice, &[]).await;
            alice.find("main.settings h1").await;
            alice.sees_no(".away", said).await;
        });
        told.await;
    }
}

#[tokio::test]
async fn a_worker_whose_program_does_not_come_is_said_and_comes_when_it_is_asked_again() {
    let mut home = Home::new();
    let _ = Person::register(&home, "alice");
    let page = home.with_page_of_its_own();
    // As after a box that was updated between page and worker.
    let programs: Vec<_> = std::fs::read_dir(&page).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_program = |path: &&std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("worker-") && name.contains(".wasm")
    };
    let programs: Vec<_> =
        programs.iter().filter(is_program).map(|path| (path, std::fs::read(path).unwrap())).collect();
    assert!(!programs.is_empty());
    programs.iter().for_each(|(path, _)| std::fs::remove_file(path).unwrap());
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("missing-worker", async {
        alice.goes_to("/").await;
        alice.tries_to_sign_in("alice@home.test", PASSPHRASE).await;
        alice.see(".note.bad", "What opens the messages did not start").await;
        alice.screenshot("troubles/missing-worker").await;
        programs.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
        alice.presses("button.main").await;
        alice.find(".app .tabs").await;
    });
    told.await;
}
