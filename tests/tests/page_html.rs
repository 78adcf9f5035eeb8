//! Letters with a layout, in a real browser: links that say another address than where they go, keys and mail links in the frame,
//! content that would cover or never end, dark pages.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::time::Instant;

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};
use tests::browser::{Look, PATIENCE};
use tests::foreign::curl_in;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person};
use tests::visitor::Visitor;

fn comes(home: &Home, subject: &str, kind: &str, content: &str) {
    let message = format!(
        "From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{content}\r\n"
    );
    let sent = curl_in(home, "zoe@elsewhere.test", &["alice@home.test"], message.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

async fn run(alice: &Visitor, script: &str) -> Value {
    alice.execute(script, vec![]).await.unwrap()
}

/// Goes into the frame of the letter that is open, as soon as its content is there and the page listens to it.
async fn enters(alice: &Visitor) {
    alice.find("iframe").await.enter_frame().await.unwrap();
    alice.find("body > *").await;
    let began = Instant::now();
    while run(alice, "return document.readyState").await != json!("complete") {
        assert!(began.elapsed() < PATIENCE, "the letter is not there");
    }
}

async fn leaves(alice: &Visitor) {
    alice.enter_parent_frame().await.unwrap();
}

#[tokio::test]
async fn a_link_that_says_another_address_asks_before_it_is_followed() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    comes(
        &home,
        "Your account",
        "html",
        "<p>Log in: <a id=\"bad\" href=\"https://evil.example/login\">https://bank.example/login</a> or \
         <a id=\"good\" href=\"https://shop.example/a\">here</a>, <a id=\"idn\" href=\"https://b\u{fc}cher.example\">books</a></p>",
    );
    comes(&home, "In plain words", "plain", "See https://bank.example@evil.example/x or https://shop.example/y");

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("doubtful-link", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Your account").await;
        enters(&alice).await;
        let titles = run(
            &alice,
            "return ['bad', 'good', 'idn'].map(id => document.getElementById(id).title)
                .concat(document.getElementById('bad').hasAttribute('href'))",
        )
        .await;
        let both = "b\u{fc}cher.example (xn--bcher-kva.example)";
        assert_eq!(titles, json!(["evil.example", "shop.example", both, false]));

        // By the pointer.
        alice.presses("#bad").await;
        leaves(&alice).await;
        alice.see("dialog", "This link says https://bank.example/login but goes to evil.example.").await;
        alice.screenshot("reading/doubtful-link-desktop").await;
        let open = alice.see("dialog a", "Open").await;
        assert_eq!(open.attr("href").await.unwrap().as_deref(), Some("https://evil.example/login"));
        assert_eq!(open.attr("rel").await.unwrap().as_deref(), Some("noopener noreferrer"));
        alice.presses_where("dialog button", "Do not open").await;
        alice.sees_no("dialog", "").await;

        // By the keyboard: what has the focus first is what does no harm.
        enters(&alice).await;
        alice.find("#bad").await.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
        leaves(&alice).await;
        alice.see("dialog", "goes to evil.example").await;
        let focused = alice.active_element().await.unwrap();
        assert_eq!(focused.text().await.unwrap(), "Do not open");
        focused.send_keys(&char::from(Key::Escape).to_string()).await.unwrap();
        alice.sees_no("dialog", "").await;

        alice.opens("In plain words").await;
        let link = alice.see("article .body a", "https://shop.example/y").await;
        assert_eq!(link.attr("title").await.unwrap().as_deref(), Some("shop.example"));
        alice.presses_where("article .body a", "bank.example").await;
        alice.see("dialog", "This link says bank.example but goes to evil.example.").await;
        alice.presses_where("dialog button", "Do not open").await;
        assert_eq!(alice.windows().await.unwrap().len(), 1, "nothing was opened");
        alice.has_no_complaint().await;
    });
    told.await;

    let phone = Visitor::open(&home, Look::PHONE).await;
    let told = phone.tell("doubtful-link-phone", async {
        phone.signs_in("alice@home.test", PASSPHRASE).await;
        phone.opens("Your account").await;
        enters(&phone).await;
        phone.presses("#bad").await;
        leaves(&phone).await;
        phone.see("dialog", "Ce lien dit https://bank.example/login, mais mène à evil.example.").await;
        phone.screenshot("reading/doubtful-link-phone").await;
        phone.presses_where("dialog button", "Ne pas ouvrir").await;
        phone.sees_no("dialog", "").await;
    });
    told.await;
}

#[tokio::test]
async fn keys_and_mail_links_in_the_frame_reach_the_page() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    comes(
        &home,
        "Invitation",
        "html",
        "<p id=\"text\">Come to lunch</p><p><a id=\"mail\" href=\"mailto:bob@home.test?cc=carol@home.test&amp;\
         bcc=dave@home.test&amp;subject=Lunch%20%26%20tea&amp;body=I+come%0D%0Asoon&amp;attach=/etc/passwd\">Answer</a></p>",
    );
    comes(&home, "In plain words", "plain", "Write to mailto:bob@home.test?subject=Tea");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("keys-in-frame", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Invitation").await;
        assert!(!alice.has(".bar .star[aria-pressed=true]").await);
        enters(&alice).await;
        alice.presses("#text").await;
        // The browser's own keys stay its own.
        alice.strikes_control("a").await;
        let selected = run(&alice, "return getSelection().toString()").await;
        assert!(selected.as_str().unwrap().contains("Come to lunch"), "{selected}");
        alice.strikes("s").await;
        leaves(&alice).await;
        alice.find(".bar .star[aria-pressed=true]").await;

        enters(&alice).await;
        alice.presses("#mail").await;
        leaves(&alice).await;
        alice.see(".writing", "bob@home.test").await;
        alice.see(".writing", "carol@home.test").await;
        alice.see(".writing", "dave@home.test").await;
        let written = run(
            &alice,
            "return [document.querySelector('.writing input[id^=subject]').value,
                     document.querySelector('.writing textarea').value,
                     document.querySelectorAll('.writing .file').length]",
        )
        .await;
        assert_eq!(written, json!(["Lunch & tea", "I+come\nsoon", 0]));
        alice.presses(".writing footer .tool:last-child").await;
        alice.sees_no(".writing", "").await;

        // A key that closes the letter, and its frame with it, pressed where the letter is read.
        enters(&alice).await;
        alice.presses("#text").await;
        leaves(&alice).await;
        for kind in ["keyDown", "keyUp"] {
            alice.devtools("Input.dispatchKeyEvent", json!({ "type": kind, "key": "u", "code": "KeyU" })).await;
        }
        alice.sees_no("article .subject", "Invitation").await;

        alice.opens("In plain words").await;
        alice.presses_where("article .body a", "mailto:").await;
        alice.see(".writing", "bob@home.test").await;
        let subject = run(&alice, "return document.querySelector('.writing input[id^=subject]').value").await;
        assert_eq!(subject, json!("Tea"));
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn nothing_in_a_letter_covers_it_or_makes_it_endless() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let cover = |position: &str| {
        format!(
            "<div style=\"position:{position};top:0;left:0;width:100%;height:100%;background:#c00\">{position}</div>"
        )
    };
    let long_subject = "Une invitation qui ne finit pas ".repeat(60);
    comes(
        &home,
        &long_subject.replace(" qui", "\r\n qui"),
        "html",
        &format!(
            "<style>html, body {{ height: 100% !important; padding: 20px; margin: 30px }} .a {{ min-height: 100vh }}\
             .b {{ position: fixed; inset: 0; background: red }}</style><p id=\"text\">What is written</p>{}{}{}\
             <div class=\"a\">a</div><div class=\"b\">b</div><div style=\"height:calc(50dvh + 9px)\">c</div><p>\
             <img id=\"left\" src=\"https://pictures.example/a.png\" alt=\"Our shop\" width=\"300\" height=\"90\">\
             <img src=\"https://pictures.example/pixel.gif\" width=\"1\" height=\"1\" alt=\"pixel\"></p><p id=\"end\">The end</p>",
            cover("fixed"),
            cover("absolute"),
            cover("sticky"),
        ),
    );
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("endless-letter", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Une invitation qui ne finit pas").await;
        enters(&alice).await;
        let seen = run(
            &alice,
            "const over = id => { const box = document.getElementById(id).getBoundingClientRect();
                 return document.elementFromPoint(box.x + 5, box.y + box.height / 2).id };
             const out = document.querySelector('.own-out').getBoundingClientRect();
             return [over('text'), over('end'), out.width, out.height, document.querySelectorAll('.own-out').length,
                     document.body.innerText.includes('Our shop'), document.body.innerText.includes('pixel'),
                     document.documentElement.outerHTML.includes('pictures.example')]",
        )
        .await;
        assert_eq!(seen, json!(["text", "end", 300, 90, 1, true, false, false]));
        leaves(&alice).await;
        // As high as what is in it, after many frames too. The page counts them: nothing runs in the letter.
        let settled = alice
            .execute_async(
                "const done = arguments[0], frame = document.querySelector('iframe'); let left = 60; const look = () => {
                     const end = frame.contentDocument.getElementById('end').getBoundingClientRect();
                     if (left--) requestAnimationFrame(look); else done([frame.clientHeight, Math.round(end.bottom)]);
                 }; look()",
                vec![],
            )
            .await
            .unwrap();
        let (frame, end) = (settled[0].as_f64().unwrap(), settled[1].as_f64().unwrap());
        assert!(end <= frame && frame < end + 100.0 && frame < 900.0, "{frame} for {end}");
        alice.see(".note", "2 images").await;

        // The subject leaves room for the letter, and all of it can be seen.
        let height = "return document.querySelector('article .subject').getBoundingClientRect().height";
        let short = run(&alice, height).await.as_f64().unwrap();
        assert!(short < 160.0, "{short}");
        alice.screenshot("reading/endless-desktop").await;
        alice.presses("article .rest").await;
        alice.find("article .rest[aria-expanded=true]").await;
        assert!(run(&alice, height).await.as_f64().unwrap() > short * 2.0);
        alice.strikes("r").await;
        let subject = run(&alice, "return document.querySelector('.writing input[id^=subject]').value").await;
        assert_eq!(subject.as_str().unwrap(), format!("Re: {}", long_subject.trim()));
        alice.has_no_complaint().await;
        alice.look(Look::PHONE).await;
        alice.presses(".writing header .tool:last-child").await;
        alice.screenshot("reading/endless-phone").await;
    });
    told.await;
}

/// The colour of the paper in the frame, how the page shows the frame, and whether the document knows that it is dark.
async fn shade(alice: &Visitor) -> (Value, String, bool) {
    let class = alice.find("article .body.html").await.attr("class").await.unwrap().unwrap_or_default();
    enters(alice).await;
    let paper = run(alice, "return getComputedStyle(document.body).backgroundColor").await;
    let is_dark = alice.find_all(Locator::Css("html[data-dark]")).await.unwrap().len() == 1;
    leaves(alice).await;
    (paper, class, is_dark)
}

#[tokio::test]
async fn letters_are_dark_on_a_dark_page_as_far_as_they_can_be() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    comes(
        &home,
        "From a friend",
        "html",
        "<p style=\"color:#222222\">See <a href=\"https://shop.example\">this</a></p>",
    );
    comes(
        &home,
        "In red",
        "html",
        "<p>Mind the <b style=\"color:#c00000\">step</b> and the <span style=\"color:navy\">sea</span></p>",
    );
    let news = "<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){p{color:#fff}}</style>\
        <table bgcolor=\"#ffe9c7\" width=\"100%\"><tr><td><h2>Offers</h2><p id=\"text\">Buy</p></td></tr></table>";
    comes(&home, "Newsletter", "html", news);
    let dark = Look { dark: true, ..Look::DESKTOP };
    let alice = Visitor::open(&home, dark).await;
    let told = alice.tell("dark-letters", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        let light_paper = || json!("rgb(255, 255, 255)");

        alice.opens("From a friend").await;
        assert_eq!(shade(&alice).await, (json!("rgb(30, 28, 26)"), "body html dark".into(), true));
        enters(&alice).await;
        let ink =
            run(&alice, "return ['p', 'a'].map(name => getComputedStyle(document.querySelector(name)).color)").await;
        assert_eq!(ink, json!(["rgb(236, 232, 225)", "rgb(127, 184, 224)"]));
        leaves(&alice).await;
        assert!(!alice.has(".shade").await, "it is what it should be already");
        alice.screenshot("reading/dark-friend").await;

        alice.opens("In red").await;
        assert_eq!(shade(&alice).await, (light_paper(), "body html turned".into(), true));
        alice.screenshot("reading/dark-red").await;

        alice.opens("Newsletter").await;
        assert_eq!(shade(&alice).await, (light_paper(), "body html paper".into(), false));
        enters(&alice).await;
        let ink = run(&alice, "return getComputedStyle(document.getElementById('text')).color").await;
        assert_eq!(ink, json!("rgb(28, 28, 28)"), "one look, not half of two");
        leaves(&alice).await;
        alice.screenshot("reading/dark-newsletter-paper").await;
        alice.presses_where(".shade", "Show in dark").await;
        alice.see(".shade", "Show in light").await;
        assert_eq!(shade(&alice).await, (light_paper(), "body html turned".into(), true));
        alice.screenshot("reading/dark-newsletter-turned").await;

        // Remembered, and no question on a light page.
        alice.refresh().await.unwrap();
        alice.see(".shade", "Show in light").await;
        alice.look(Look::DESKTOP).await;
        alice.find("article [class='body html']").await;
        assert_eq!(shade(&alice).await, (light_paper(), "body html".into(), false));
        assert!(!alice.has(".shade").await);
        alice.has_no_complaint().await;
    });
    told.await;
}
