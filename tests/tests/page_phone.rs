//! The page on a phone, as a family uses it: the way back closes what is on top, nothing is pushed off any screen, a wide letter fits,
//! an answer opens where one writes, and a letter that cannot leave yet says why.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::api::paths;
use tests::browser::Look;
use tests::foreign::curl_in;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::program::eventually;
use tests::repository::root;
use tests::visitor::Visitor;

fn brings(home: &Home, subject: &str, rest: &str) {
    let message = format!("From: Paul <paul@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\n{rest}");
    let sent = curl_in(home, "paul@elsewhere.test", &["alice@home.test"], message.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

async fn run(alice: &Visitor, script: &str) -> Value {
    alice.execute(script, vec![]).await.unwrap()
}

async fn path(alice: &Visitor) -> String {
    run(alice, "return location.pathname").await.as_str().unwrap().to_owned()
}

/// Waits until the page is at this address.
async fn comes_to(alice: &Visitor, wanted: &str) {
    let began = std::time::Instant::now();
    while path(alice).await != wanted {
        assert!(began.elapsed() < Duration::from_secs(10), "at {} instead of {wanted}", path(alice).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_way_back_closes_what_is_on_top_and_nothing_else() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let picture = STANDARD.encode(std::fs::read(root().join("public/icon-192.png")).unwrap());
    brings(
        &home,
        "Photo",
        &format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n\
             --b\r\nContent-Type: image/png; name=\"lac.png\"\r\nContent-Disposition: attachment; filename=\"lac.png\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
            picture.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join("\r\n")
        ),
    );
    let alice = Visitor::open(&home, Look::PHONE).await;
    let told = alice.tell("way-back", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        comes_to(&alice, "/mail/inbox").await;
        // The drawer; and a way that leads out of it leaves nothing behind.
        alice.presses_where(".tabs button", "Dossiers").await;
        alice.find(".app[data-places]").await;
        alice.back().await.unwrap();
        alice.find(".app:not([data-places])").await;
        assert_eq!(path(&alice).await, "/mail/inbox");
        alice.presses_where(".tabs button", "Dossiers").await;
        alice.presses(".nav a[href='/mail/sent']").await;
        comes_to(&alice, "/mail/sent").await;
        alice.see(".list > .here", "Envoyées").await;
        alice.screenshot("phone/sent").await;
        alice.back().await.unwrap();
        comes_to(&alice, "/mail/inbox").await;

        // A letter being written.
        alice.presses(".fab").await;
        alice.fills(".writing textarea", "À demain").await;
        alice.back().await.unwrap();
        alice.sees_no(".writing", "").await;
        alice.see(".toast", "dans les brouillons").await;
        assert_eq!(path(&alice).await, "/mail/inbox");
        // A finger on it leaves no place that would be left, so it goes as it would have gone.
        let touch = "
            const toasts = document.querySelector('.toasts');
            toasts.dispatchEvent(new PointerEvent('pointerenter', { pointerType: 'touch' }));
            toasts.dispatchEvent(new MouseEvent('mouseenter'));";
        run(&alice, touch).await;
        alice.sees_no(".toast", "").await;

        // A picture over a letter, closed by the way back and by its cross.
        alice.opens("Photo").await;
        let letter = path(&alice).await;
        for by_cross in [false, true] {
            alice.presses(".file .whole").await;
            alice.find("dialog.image img").await;
            if by_cross {
                alice.presses("dialog [aria-label='Fermer']").await;
            } else {
                alice.screenshot("phone/picture").await;
                alice.back().await.unwrap();
            }
            alice.sees_no("dialog", "").await;
            assert_eq!(path(&alice).await, letter);
            alice.see("article .body", "Voici.").await;
        }
        eventually_no_steps(&alice).await;
        alice.back().await.unwrap();
        comes_to(&alice, "/mail/inbox").await;
        alice.has_no_complaint().await;
    });
    told.await;
}

/// Waits until no step of the history stands for something that is closed.
async fn eventually_no_steps(alice: &Visitor) {
    let began = std::time::Instant::now();
    while run(alice, "return history.state").await.as_u64().unwrap_or(0) > 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "a step that leads nowhere stays");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What can be pressed within `area` and lies outside of it or of the screen.
async fn outside(alice: &Visitor, area: &str) -> Value {
    let find = "
        const area = document.querySelector(arguments[0]);
        const room = area.getBoundingClientRect();
        const right = Math.min(room.right, innerWidth) + 1;
        return [...area.querySelectorAll('button, a, textarea')].filter((one) => one.checkVisibility()).filter((one) => {
            const place = one.getBoundingClientRect();
            return place.width > 1 && (place.left < -1 || place.right > right);
        }).map((one) => one.getAttribute('aria-label') || one.textContent);";
    alice.execute(find, vec![json!(area)]).await.unwrap()
}

#[tokio::test]
async fn nothing_is_pushed_off_any_screen_and_an_answer_opens_where_one_writes() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let long: String = (1..=120).map(|n| format!("Ligne {n} d’une longue lettre.\r\n\r\n")).collect();
    brings(&home, "Longue", &format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{long}"));
    let alice = Visitor::open(&home, Look::PHONE).await;
    let told = alice.tell("every-screen", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        let sizes = [(390, 844), (320, 568), (390, 508), (820, 1180), (844, 390), (260, 563), (1440, 900)];
        for size in sizes {
            alice.look(Look { size, ..Look::PHONE }).await;
            alice.opens("Longue").await;
            for area in [".read > .bar", ".read"] {
                assert_eq!(outside(&alice, area).await, json!([]), "{size:?} {area}");
            }
            alice.screenshot(&format!("phone/read-{}x{}", size.0, size.1)).await;
            // On paper: the letter with all addresses and its whole date, and nothing to press.
            alice.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
            let printed = "
                const isShown = (what) => [...document.querySelectorAll(what)].some((one) => one.checkVisibility());
                const details = document.querySelector('article .details');
                const says = ['Paul <paul@elsewhere.test>', 'alice@home.test'].every((text) => details.textContent.includes(text));
                const lefts = ['.subject', '.details', '.body'].map((what) => document.querySelector(`article ${what} `).getBoundingClientRect().left);
                return [isShown('button'), details.checkVisibility() && says && /\\d{4}/.test(details.textContent),
                        new Set(lefts).size];";
            assert_eq!(run(&alice, printed).await, json!([false, true, 1]));
            alice.screenshot(&format!("phone/paper-{}x{}", size.0, size.1)).await;
            alice.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await;
            alice.look(Look { size, ..Look::PHONE }).await;
            let answer = if size.0 <= 760 { ".phone-bar button" } else { ".answer button" };
            alice.presses_where(answer, "Répondre").await;
            alice.see(".writing .person", "Paul").await;
            let focused = "return document.activeElement.tagName";
            let began = std::time::Instant::now();
            while run(&alice, focused).await != json!("TEXTAREA") {
                assert!(began.elapsed() < Duration::from_secs(10), "one cannot write at once");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            // To whom, and where one writes.
            let seen = "
                const place = (what) => document.querySelector(`.writing ${what}`).getBoundingClientRect();
                return place('.people').top >= place('header').bottom - 1 &&
                    place('textarea').top + 30 < place('footer').top &&
                    document.querySelector('.writing textarea').selectionStart === 0;";
            assert_eq!(run(&alice, seen).await, json!(true), "{size:?}");
            assert_eq!(outside(&alice, ".writing").await, json!([]), "{size:?}");
            alice.screenshot(&format!("phone/answer-{}x{}", size.0, size.1)).await;
            // What explains itself does so on the screen.
            alice.presses(".writing footer .chip").await;
            alice.find(".explains").await;
            let shown = "
                const place = document.querySelector('.explains').getBoundingClientRect();
                return place.top >= 0 && place.bottom <= innerHeight && place.left >= 0 && place.right <= innerWidth;";
            assert_eq!(run(&alice, shown).await, json!(true), "{size:?}");
            alice.presses(".writing footer .chip").await;
            alice.presses(".writing [aria-label='Enregistrer et fermer']").await;
            alice.sees_no(".writing", "").await;
            alice.goes_to("/mail/inbox").await;
        }
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_wide_letter_is_made_as_small_as_the_screen() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let cells = "<td width=300 style='min-width:300px'>Les soldes d’hiver</td><td width=300 style='min-width:300px'>\
                 <b id=price style='float:right'>19 €</b></td>";
    let rows = format!("<tr>{cells}</tr>").repeat(30);
    brings(
        &home,
        "Soldes",
        &format!(
            "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<table width=600 style='width:600px'>{rows}</table>\
             <p>Au revoir</p>\r\n"
        ),
    );
    let alice = Visitor::open(&home, Look::PHONE).await;
    let told = alice.tell("wide-letter", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        for size in [(390, 844), (320, 568), (820, 1180)] {
            alice.look(Look { size, ..Look::PHONE }).await;
            alice.opens("Soldes").await;
            alice.find("article iframe").await;
            let fits = "
                const frame = document.querySelector('article iframe');
                const root = frame.contentDocument.documentElement;
                const last = frame.contentDocument.querySelector('p')?.getBoundingClientRect();
                return frame.clientHeight > 100 && root.scrollWidth <= root.clientWidth + 1 && root.scrollHeight <= root.clientHeight + 2;";
            let began = std::time::Instant::now();
            while run(&alice, fits).await != json!(true) {
                let sizes = "
                    const frame = document.querySelector('article iframe');
                    const root = frame.contentDocument.documentElement;
                    return [frame.clientWidth, frame.clientHeight, root.scrollWidth, root.clientWidth, root.scrollHeight, root.clientHeight, root.style.zoom];";
                let sizes = run(&alice, sizes).await;
                assert!(began.elapsed() < Duration::from_secs(10), "{size:?}: it is cut: {sizes}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            alice.screenshot(&format!("phone/wide-letter-{}", size.0)).await;
            alice.goes_to("/mail/inbox").await;
        }
        alice.has_no_complaint().await;
    });
    told.await;
}

/// Keeps what is posted to an address from reaching the box, or lets it again.
async fn blocks(alice: &Visitor, path: Option<&str>) {
    alice.devtools("Network.enable", json!({})).await;
    let patterns: Vec<_> =
        path.iter().map(|path| json!({ "urlPattern": format!("*://*:*{path}"), "block": true })).collect();
    alice.devtools("Network.setBlockedURLs", json!({ "urlPatterns": patterns })).await;
}

#[tokio::test]
async fn a_letter_that_cannot_leave_yet_says_why_and_leaves_sealed_when_it_can() {
    let home = Home::new();
    let (_alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let carol = Person::register(&home, "carol");
    let alice = Visitor::open(&home, Look::PHONE).await;
    let told = alice.tell("cannot-leave-yet", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.presses(".fab").await;
        alice.fills(".writing input[id^=subject]", "Dimanche").await;
        alice.fills(".writing textarea", "À midi ?").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note.bad", "À qui est la lettre").await;
        blocks(&alice, Some(paths::CERTIFICATES_LOOKUP)).await;
        let people = "bob@home.test, pasuneadresse, mamie josiane,";
        alice.find(".writing .people input").await.send_keys(people).await.unwrap();
        alice.see(".writing footer .chip", "Adresse à corriger").await;

        // What is wrong stays in sight, is named, and goes at one tap.
        alice.presses(".writing textarea").await;
        alice.presses(".writing footer .button.main").await;
        let said = alice.see(".writing .note.bad", "ne sont pas des adresses").await.text().await.unwrap();
        assert!(said.contains("pasuneadresse") && said.contains("mamie josiane"), "{said}");
        let seen = "
            const room = document.querySelector('.writing .people').getBoundingClientRect();
            return [...document.querySelectorAll('.writing .person.bad')].map((one) => {
                const place = one.getBoundingClientRect();
                return place.top >= room.top - 1 && place.bottom <= room.bottom + 1;
            });";
        assert_eq!(run(&alice, seen).await, json!([true, true]));
        alice.screenshot("phone/not-addresses").await;
        for left in [1, 0] {
            alice.find(".writing .person.bad button:last-child").await.click().await.unwrap();
            let began = std::time::Instant::now();
            while alice.texts(".writing .person.bad").await.len() != left {
                assert!(began.elapsed() < Duration::from_secs(5), "one tap did not take it out");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }

        // Whoever could not be asked about is no stranger: nothing leaves open without a word.
        alice.find(".writing .person.unknown[title^='bob@home.test']").await;
        alice.see(".writing footer .chip", "On ne sait pas encore").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note", "On n’a pas pu savoir si bob@home.test").await;
        alice.see(".writing .note button", "Envoyer ouverte").await;
        alice.screenshot("phone/unknown").await;
        // Asked again as soon as there is a network, and at sending.
        blocks(&alice, None).await;
        run(&alice, "dispatchEvent(new Event('online'))").await;
        alice.find(".writing .person.seal[title^='bob@home.test']").await;
        blocks(&alice, Some(paths::CERTIFICATES_LOOKUP)).await;
        alice.find(".writing .people input").await.send_keys("carol@home.test,").await.unwrap();
        alice.find(".writing .person.unknown[title^='carol@home.test']").await;
        blocks(&alice, None).await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Lettre envoyée").await;
        alice.sees_no(".writing", "").await;
    });
    told.await;
    for person in [bob, carol] {
        let listed = eventually("the copy", Duration::from_secs(30), || {
            let listed = done(&person.client(&["list"]));
            (!listed.is_empty()).then_some(listed)
        });
        let read = done(&person.client(&["read", listed.split_whitespace().next().unwrap()]));
        assert!(read.contains("Sealed by its sender: yes"), "{read}");
    }
}
