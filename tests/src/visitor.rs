//! A person at a browser: uses the box through its page, by what can be seen and pressed on it.

use std::ops::Deref;

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;

use crate::browser::{Browser, Look, PATIENCE, is_stale};
use crate::engine::Engine;
use crate::home::Home;

/// A browser in front of a box. Derefs to the browser.
#[derive(Debug)]
pub struct Visitor {
    url: String,
    browser: Browser,
}

impl Visitor {
    /// Opens a fresh browser that has never been at this box.
    pub async fn open(home: &Home, look: Look) -> Self {
        Self::open_in(Engine::Chromium, home, look).await
    }

    /// The same of another engine.
    pub async fn open_in(engine: Engine, home: &Home, look: Look) -> Self {
        Self { url: home.url(), browser: Browser::open_in(engine, look).await }
    }

    /// Goes to an address of the page, and waits until the program is there.
    ///
    /// # Panics
    /// If it does not come.
    pub async fn goes_to(&self, path: &str) {
        let address = if path.starts_with("https:") { path.to_owned() } else { format!("{}{path}", self.url) };
        // The same document with another fragment would not be loaded anew.
        self.goto("about:blank").await.unwrap();
        self.goto(&address).await.unwrap();
        self.wait().at_most(PATIENCE).for_element(Locator::Css(".door, .app")).await.expect("the page starts");
    }

    /// Makes an account by an invitation and opens the mailbox; gives the words of the recovery sheet.
    ///
    /// # Panics
    /// If a step does not lead to the next.
    pub async fn registers(&self, invitation: &str, name: &str, local_part: &str, passphrase: &str) -> Vec<String> {
        self.goes_to(invitation).await;
        self.fills("#name", name).await;
        // An invitation that was made out for an address asks for none.
        if self.has("#local-part").await {
            self.fills("#local-part", local_part).await;
        }
        self.presses("button.main").await;
        self.fills("#new-passphrase", passphrase).await;
        self.fills("#passphrase-again", passphrase).await;
        self.presses("button.main").await;
        self.find("ol.words").await;
        let words = self.texts("ol.words li").await;
        assert!(self.is_asked_before_leaving().await, "the only words could be lost by loading the page anew");
        self.presses("#sheet-kept").await;
        assert!(!self.is_asked_before_leaving().await, "the words are kept already");
        self.presses("button.main").await;
        self.find(".app .tabs").await;
        words
    }

    /// Opens another tab at an address of the page, and goes on in it; gives the tab that it came from.
    ///
    /// # Panics
    /// If the browser opens none.
    pub async fn opens_tab(&self, path: &str) -> WindowHandle {
        let from = self.window().await.unwrap();
        let tab = self.new_window(true).await.unwrap().handle;
        self.switch_to_window(tab).await.unwrap();
        self.goes_to(path).await;
        from
    }

    /// What stands in a field.
    ///
    /// # Panics
    /// If there is no such field.
    pub async fn reads(&self, css: &str) -> String {
        self.find(css).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Whether the browser would ask before the page is left (HTML `beforeunload`).
    ///
    /// # Panics
    /// If the browser is gone.
    pub async fn is_asked_before_leaving(&self) -> bool {
        let leave = "const event = new Event('beforeunload', { cancelable: true });
                     window.dispatchEvent(event);
                     return event.defaultPrevented;";
        self.execute(leave, vec![]).await.unwrap() == serde_json::json!(true)
    }

    /// Signs in and waits for the mailbox.
    ///
    /// # Panics
    /// If it does not open.
    pub async fn signs_in(&self, address: &str, passphrase: &str) {
        self.goes_to("/").await;
        self.tries_to_sign_in(address, passphrase).await;
        self.find(".app .tabs").await;
    }

    /// Fills in the door and knocks.
    pub async fn tries_to_sign_in(&self, address: &str, passphrase: &str) {
        self.fills("#address", address).await;
        self.fills("#passphrase", passphrase).await;
        self.presses("button.main").await;
    }

    /// Writes into a field, in place of what stands there, as soon as it can be written into.
    ///
    /// # Panics
    /// If there is no such field in time.
    pub async fn fills(&self, css: &str, text: &str) {
        let began = std::time::Instant::now();
        loop {
            let field = self.find(css).await;
            match field.clear().await {
                Ok(()) => match field.send_keys(text).await {
                    // It was replaced between the two.
                    Err(error) if is_stale(&error) && began.elapsed() < PATIENCE => {}
                    written => return written.unwrap(),
                },
                // It is being drawn, or is not in sight yet.
                Err(error) => assert!(began.elapsed() < PATIENCE, "{css} cannot be written into: {error}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Presses what a selector finds, as soon as it can be pressed.
    ///
    /// # Panics
    /// If it cannot be pressed in time.
    pub async fn presses(&self, css: &str) {
        self.presses_any(css, |_| true).await;
    }

    /// Presses the first of these that says this.
    ///
    /// # Panics
    /// If there is none in time.
    pub async fn presses_where(&self, css: &str, text: &str) {
        self.presses_any(css, |said| said.contains(text)).await;
    }

    async fn presses_any(&self, css: &str, wanted: impl Fn(&str) -> bool) {
        let began = std::time::Instant::now();
        let mut why = "there is none".to_owned();
        while began.elapsed() < PATIENCE {
            for element in self.find_all(Locator::Css(css)).await.unwrap_or_default() {
                let is_wanted = element.text().await.is_ok_and(|said| wanted(&said));
                let can_be = element.is_enabled().await.unwrap_or(false);
                if !is_wanted || !can_be {
                    continue;
                }
                match element.click().await {
                    Ok(()) => return,
                    // It is being drawn anew, or something lies over it for a moment.
                    Err(error) if is_stale(&error) => {}
                    Err(error) => why = error.to_string(),
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{css} cannot be pressed: {why}");
    }

    /// Presses a key of the page, as the keyboard sheet names it.
    ///
    /// # Panics
    /// If the browser is gone.
    pub async fn strikes(&self, key: &str) {
        let body = self.find("body").await;
        body.send_keys(key).await.unwrap();
    }

    /// Presses a key where the focus is, which stays there.
    ///
    /// # Panics
    /// If the browser is gone.
    pub async fn strikes_here(&self, key: impl Into<String>) {
        let here = self.active_element().await.unwrap();
        here.send_keys(&key.into()).await.unwrap();
    }

    /// Control and a key.
    ///
    /// # Panics
    /// If the browser is gone.
    pub async fn strikes_control(&self, key: &str) {
        let body = self.find("body").await;
        let chord = format!("{}{key}{}", char::from(Key::Control), char::from(Key::Null));
        body.send_keys(&chord).await.unwrap();
    }

    /// Opens the message of this subject, and waits until it is there.
    ///
    /// # Panics
    /// If there is none.
    pub async fn opens(&self, subject: &str) -> Element {
        self.presses_where(".row", subject).await;
        self.see("article .subject", subject).await
    }

    /// Whether there is something of this kind now.
    pub async fn has(&self, css: &str) -> bool {
        self.find_all(Locator::Css(css)).await.is_ok_and(|found| !found.is_empty())
    }

    /// Waits until there is nothing of this kind, or nothing of it that says this.
    ///
    /// # Panics
    /// If it stays.
    pub async fn sees_no(&self, css: &str, text: &str) {
        let began = std::time::Instant::now();
        loop {
            let there = self.texts(css).await;
            if !there.iter().any(|said| said.contains(text)) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{css} still says {text:?}: {there:?}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// What all of these say now.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.find_all(Locator::Css(css)).await.unwrap_or_default() {
            if let Ok(text) = element.text().await {
                texts.push(text);
            }
        }
        texts
    }

    /// Begins a letter to somebody.
    ///
    /// # Panics
    /// If its window does not open.
    pub async fn begins_letter(&self, to: &str, subject: &str, text: &str) {
        self.strikes("c").await;
        self.find(".writing .people input").await.send_keys(&format!("{to},")).await.expect("a field");
        self.fills(".writing input[id^=subject]", subject).await;
        self.fills(".writing textarea", text).await;
    }

    /// Sends the letter that is being written.
    ///
    /// # Panics
    /// If it does not leave.
    pub async fn sends_letter(&self) {
        self.presses(".writing footer .button.main").await;
        self.see(".toast", "Message sent").await;
    }

    /// The page has complained of nothing on its console since it was asked last.
    ///
    /// # Panics
    /// If it has.
    pub async fn has_no_complaint(&self) {
        assert_eq!(self.console("WARNING").await, Vec::<String>::new());
    }
}

impl Deref for Visitor {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}
