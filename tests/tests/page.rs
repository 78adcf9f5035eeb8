//! The page as a browser gets it from a real box: small, kept, and behind a policy that holds. Wants `dist/` (make page).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use fantoccini::Locator;
use serde_json::json;
use tests::browser::{Browser, Look, PATIENCE};
use tests::home::Home;
use tests::program::run;

/// Head and body of an answer of the box.
fn get(home: &Home, path: &str, headers: &[&str]) -> (String, Vec<u8>) {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--include", "--cacert"]).arg(home.authority());
    curl.args(headers.iter().flat_map(|header| ["--header", header])).arg(format!("{}{path}", home.url()));
    let answer = run(&mut curl);
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

/// Whether this is the name of a file of the page that is kept for ever.
fn is_hashed(word: &str) -> bool {
    let hash = word.strip_prefix('/').and_then(|name| name.split_once('.')).and_then(|(stem, _)| stem.rsplit_once('-'));
    hash.is_some_and(|(_, hash)| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

async fn until_painted(browser: &Browser) {
    let began = Instant::now();
    while !browser.find_all(Locator::Css("#splash, body:empty")).await.unwrap().is_empty() {
        assert!(began.elapsed() < PATIENCE, "the page does not start: {:?}", browser.console("INFO").await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn hashed_files_travel_compressed_once_and_index_is_asked_for_again() {
    let home = Home::new();
    let (head, body) = get(&home, "/", &[]);
    assert!(head.starts_with("HTTP/2 200") && head.contains("cache-control: no-cache"), "{head}");
    let html = String::from_utf8(body).unwrap();

    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
    let (again, nothing) = get(&home, "/", &[&format!("if-none-match: {tag}")]);
    assert!(again.starts_with("HTTP/2 304") && nothing.is_empty(), "{again}");

    let named: BTreeSet<&str> = html.split(['"', ' ']).filter(|word| is_hashed(word)).collect();
    for kind in [".js", ".wasm", ".css"] {
        assert!(named.iter().any(|path| path.ends_with(kind)), "no {kind} in {html}");
    }
    for path in named {
        let (plain, whole) = get(&home, path, &[]);
        assert!(plain.contains("cache-control: public, max-age=31536000, immutable"), "{path}: {plain}");
        for (offered, coding) in [("gzip, br", "br"), ("gzip", "gzip")] {
            let (head, packed) = get(&home, path, &[&format!("accept-encoding: {offered}")]);
            assert!(head.contains(&format!("content-encoding: {coding}")), "{path}: {head}");
            assert!(packed.len() < whole.len(), "{path} became no smaller");
        }
    }
    let (missing, _) = get(&home, "/app-0000000000000000.js", &[]);
    assert!(missing.starts_with("HTTP/2 404"), "{missing}");
}

#[tokio::test]
async fn the_page_starts_without_a_word_of_complaint_in_every_look() {
    let home = Home::new();
    let phone_dark = Look { dark: true, ..Look::PHONE };
    let desktop_dark = Look { dark: true, ..Look::DESKTOP };
    for (name, look) in
        [("desktop", Look::DESKTOP), ("desktop-dark", desktop_dark), ("phone", Look::PHONE), ("phone-dark", phone_dark)]
    {
        let browser = Browser::open(look).await;
        browser
            .tell("the-page-starts", async {
                browser.goto(&home.url()).await.unwrap();
                until_painted(&browser).await;
                browser.screenshot(&format!("door/{name}")).await;
                assert_eq!(browser.console("WARNING").await, Vec::<String>::new());
            })
            .await;
    }
}

#[tokio::test]
async fn the_policy_holds_against_what_a_letter_could_try() {
    let home = Home::new();
    let browser = Browser::open(Look::DESKTOP).await;
    browser.goto(&home.url()).await.unwrap();
    until_painted(&browser).await;

    // A script that comes into the document, in whatever way, does not run.
    let script = "
        const script = document.createElement('script');
        script.textContent = 'window.intruder = 1';
        document.body.append(script);
        const image = document.createElement('img');
        image.setAttribute('onerror', 'window.intruder = 2');
        image.src = 'data:,';
        document.body.append(image);
        setTimeout(() => arguments[0](window.intruder ?? null), 300);";
    assert_eq!(browser.execute_async(script, vec![]).await.unwrap(), json!(null));

    // Nothing leaves for another place: not by a request, not by an image, not by a form, not by a style.
    let requests = "
        const done = arguments[0], elsewhere = 'https://127.0.0.1:9/';
        const blocked = [];
        document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
        fetch(elsewhere).catch(() => {});
        new Image().src = elsewhere;
        const style = document.createElement('style');
        style.textContent = `@import url(${elsewhere}); @font-face { font-family: x; src: url(${elsewhere}) } p { font-family: x }`;
        document.head.append(style);
        const form = Object.assign(document.createElement('form'), { action: elsewhere, method: 'post' });
        document.body.append(form);
        form.submit();
        setTimeout(() => done([...new Set(blocked)].sort()), 300);";
    let blocked = browser.execute_async(requests, vec![]).await.unwrap();
    assert_eq!(blocked, json!(["connect-src", "font-src", "form-action", "img-src", "style-src-elem"]));

    // A letter's own styles work, in a frame that can do nothing else.
    let frame = "
        const done = arguments[0];
        const frame = document.createElement('iframe');
        frame.sandbox = 'allow-same-origin';
        frame.srcdoc = '<style>p { color: rgb(1, 2, 3) }</style><p>Good evening</p><script>document.body.remove()</' + 'script>';
        frame.onload = () => done(frame.contentWindow.getComputedStyle(frame.contentDocument.querySelector('p')).color);
        document.body.append(frame);";
    assert_eq!(browser.execute_async(frame, vec![]).await.unwrap(), json!("rgb(1, 2, 3)"));
}
