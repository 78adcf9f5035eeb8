//! The pages in the engines that people have beside Chromium: Firefox, and WebKit, which Safari and GNOME's Web have. A letter behind a
//! link is opened, its files come whole, small and large, and it is answered with a file; and the mailbox is signed in to, read and written from.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::browser::Look;
use tests::engine::Engine;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;
use tests::visitor::Visitor;

/// One dark pixel (PNG, ISO/IEC 15948).
const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// Octets of a file that a page holds until it is whole, and of one that it has written to the disk as it comes.
const PLAN: usize = 2_500_000;
const FILM: usize = 66_000_000;

fn octets(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at ^ (at >> 9)) as u8).collect()
}

/// Waits until a download has come whole. Engines differ in the names that it has meanwhile.
fn has_saved(visitor: &Visitor, name: &str, content: &[u8]) {
    eventually(name, Duration::from_secs(60), || {
        let saved = fs::read(visitor.downloads().join(name)).ok()?;
        (saved.len() == content.len()).then(|| assert!(saved == content, "{name} is not as it was"))
    });
}

/// Opens the letter with its answer.
async fn opens(ines: &Visitor, link: &str) {
    ines.goto("about:blank").await.unwrap();
    ines.goto(link).await.unwrap();
    ines.see(".cover .question", "Where were we?").await;
    ines.fills("#answer", "athens").await;
    ines.presses("button.main").await;
    ines.see(".body", "The roof leaks.").await;
}

async fn a_letter_is_read_and_answered_in(engine: Engine) {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let files =
        [("dot.png", STANDARD.decode(DOT).unwrap()), ("plan été.pdf", octets(PLAN)), ("film.mp4", octets(FILM))];
    fs::write(home.scratch("answer"), "Athens\n").unwrap();
    let mut send = vec!["link", "send", "--no-notice", "--subject", "The roof", "--to", "ines@elsewhere.test"];
    let answer = home.scratch("answer").to_str().unwrap().to_owned();
    send.extend(["--question", "Where were we?", "--answer-file", &answer]);
    let paths: Vec<_> = files
        .iter()
        .map(|(name, content)| {
            fs::write(home.scratch(name), content).unwrap();
            home.scratch(name).to_str().unwrap().to_owned()
        })
        .collect();
    send.extend(paths.iter().flat_map(|path| ["--attach", path.as_str()]));
    let printed = done(&alice.client_reading(b"The roof leaks.\n", &send));
    let link = printed.trim_end().split('\t').nth(1).unwrap();
    fs::write(home.scratch("soup.txt"), "hot").unwrap();
    let (name, phone) = (format!("{engine:?}").to_lowercase(), Look { language: "en", ..Look::PHONE });

    let ines = Visitor::open_in(engine, &home, phone).await;
    let story = format!("engines-{name}");
    let told = ines.tell(&story, async {
        ines.goto(link).await.unwrap();
        ines.see(".cover .question", "Where were we?").await;
        ines.fills("#answer", "Sparta").await;
        ines.presses("button.main").await;
        ines.see(".note.bad", "not the right answer").await;
        ines.screenshot(&format!("engines/{name}-cover")).await;
        opens(&ines, link).await;
        ines.presses("[aria-label='View dot.png']").await;
        ines.find(".picture img[alt='dot.png']").await;
        let seen = "const dot = document.querySelector('.picture img'); await dot.decode(); return dot.naturalWidth";
        assert_eq!(ines.execute(&format!("return (async () => {{ {seen} }})()"), vec![]).await.unwrap(), 1);
        for (place, (name, content)) in files.iter().enumerate() {
            let row = format!(".linked-files li:nth-child({})", place + 1);
            ines.presses(&format!("{row} [aria-label='Save {name}']")).await;
            ines.see(&format!("{row} .state"), "Saved").await;
            has_saved(&ines, name, content);
        }
        ines.screenshot(&format!("engines/{name}-letter")).await;

        ines.presses(".reply .begin").await;
        ines.fills("#reply", "I bring soup.").await;
        // What lets a person choose a file is of the engine, and none of them can be driven there.
        ines.execute("HTMLInputElement.prototype.click = () => {}", vec![]).await.unwrap();
        ines.presses_where(".reply button", "Attach").await;
        let chosen = home.scratch("soup.txt");
        ines.find("body > input[type=file]").await.send_keys(chosen.to_str().unwrap()).await.unwrap();
        ines.see(".reply .enclosed .name", "soup.txt").await;
        ines.presses(".reply button.main").await;
        ines.see(".reply .state", "Your reply has arrived.").await;
        ines.see(".replies .name", "soup.txt").await;
        ines.screenshot(&format!("engines/{name}-answered")).await;
        let list = done(&alice.client(&["list"]));
        let (reply, saved) = (list.lines().last().unwrap().split_whitespace().next().unwrap(), home.scratch("saved"));
        let reply = done(&alice.client(&["read", reply, "--attachments", saved.to_str().unwrap()]));
        assert!(reply.contains("I bring soup."), "{reply}");
        assert_eq!(fs::read(saved.join("soup.txt")).unwrap(), b"hot");
    });
    told.await;
    drop(ines);

    // In the dark, and not as narrow.
    let ines = Visitor::open_in(engine, &home, Look { dark: true, size: (700, 900), language: "en" }).await;
    let story = format!("engines-{name}-dark");
    let told = ines.tell(&story, async {
        opens(&ines, link).await;
        ines.see(".replies .body", "I bring soup.").await;
        let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
        assert_eq!(ines.execute(dark, vec![]).await.unwrap(), json!(true));
        ines.screenshot(&format!("engines/{name}-dark")).await;
    });
    told.await;
}

async fn the_mailbox_is_used_in(engine: Engine) {
    let home = Home::new();
    let (_alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    done(&bob.client_reading(b"Is it true?\n", &["send", "--to", "alice@home.test", "--subject", "The roof"]));
    let name = format!("{engine:?}").to_lowercase();
    let alice = Visitor::open_in(engine, &home, Look::DESKTOP).await;
    let story = format!("engines-{name}-mailbox");
    let told = alice.tell(&story, async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("The roof").await;
        alice.see("article", "Is it true?").await;
        alice.screenshot(&format!("engines/{name}-mailbox")).await;
        alice.strikes("c").await;
        alice.find(".writing .people input").await.send_keys("bob@home.test,").await.unwrap();
        alice.find(".writing .person.seal").await;
        alice.fills(".writing input[id^=subject]", "It is").await;
        alice.fills(".writing textarea", "It leaks.").await;
        alice.screenshot(&format!("engines/{name}-writing")).await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        let list = eventually("alice's letter", Duration::from_secs(30), || {
            Some(done(&bob.client(&["list"]))).filter(|list| !list.is_empty())
        });
        let letter = done(&bob.client(&["read", list.split_whitespace().next().unwrap()]));
        assert!(letter.contains("Sealed by its sender: yes") && letter.contains("It leaks."), "{letter}");
    });
    told.await;
}

#[tokio::test]
async fn a_letter_behind_a_link_is_read_and_answered_in_firefox() {
    a_letter_is_read_and_answered_in(Engine::Firefox).await;
}

#[tokio::test]
async fn a_letter_behind_a_link_is_read_and_answered_in_webkit() {
    a_letter_is_read_and_answered_in(Engine::WebKit).await;
}

#[tokio::test]
async fn the_mailbox_is_used_in_firefox() {
    the_mailbox_is_used_in(Engine::Firefox).await;
}

#[tokio::test]
async fn the_mailbox_is_used_in_webkit() {
    the_mailbox_is_used_in(Engine::WebKit).await;
}
