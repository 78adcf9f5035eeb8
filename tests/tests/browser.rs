//! The harness's browser: it shows what it is told to show, in the colours and the language that were asked for.

use serde_json::json;
use tests::browser::{Browser, Look};
use tests::repository::artifact;

const PAGE: &str = "data:text/html,<meta name=viewport content=width=device-width><title>Hello</title><h1>Good evening</h1><script>console.error('a problem')</script>";

#[tokio::test]
async fn a_browser_shows_a_page_and_tells_what_went_wrong_on_it() {
    let browser = Browser::open(Look { dark: true, ..Look::PHONE }).await;
    browser.goto(PAGE).await.unwrap();
    browser.see("h1", "Good evening").await;
    let seen = browser
        .execute("return [innerWidth, navigator.language, matchMedia('(prefers-color-scheme: dark)').matches]", vec![])
        .await
        .unwrap();
    assert_eq!(seen, json!([390, "fr", true]));

    let console = browser.console("SEVERE").await;
    assert!(console.len() == 1 && console[0].contains("a problem"), "{console:?}");

    browser.screenshot("harness/browser").await;
    assert!(std::fs::read(artifact("harness/browser.png")).unwrap().starts_with(b"\x89PNG"));
}
