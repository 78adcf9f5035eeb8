//! A real browser, Chromium unless a story wants another, driven by W3C WebDriver, with a profile of its own that is gone afterwards.
//!
//! What the page writes to Chromium's console can be asked for, so that a story can insist that nothing went wrong unseen: errors,
//! and whatever the content policy forbade. Screenshots go to `artifacts/`.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt as _;
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::engine::{Driver, Engine};
use crate::repository::artifact;

/// How long a story waits for something to appear on the page. Generous: machines are busy when tests run.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How the page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Width and height of the window, in CSS pixels.
    pub size: (u32, u32),
    /// Does the person prefer dark colours?
    pub dark: bool,
    /// The person's language: `fr` or `en`.
    pub language: &'static str,
}

impl Look {
    /// A desktop computer: light, English.
    pub const DESKTOP: Self = Self { size: (1440, 900), dark: false, language: "en" };
    /// A phone: light, French.
    pub const PHONE: Self = Self { size: (390, 844), dark: false, language: "fr" };
}

/// A browser and the program that drives it. Derefs to fantoccini's client: whatever WebDriver can do, it can do.
#[derive(Debug)]
pub struct Browser {
    engine: Engine,
    client: Client,
    driver: Driver,
    downloads: TempDir,
}

impl Browser {
    /// Opens a fresh Chromium. Certificates of the box's own authority are accepted without being installed.
    ///
    /// # Panics
    /// If Chromium or chromedriver is not there.
    pub async fn open(look: Look) -> Self {
        Self::open_in(Engine::Chromium, look).await
    }

    /// Opens a fresh browser of this engine.
    ///
    /// # Panics
    /// If it, or what drives it, is not there.
    pub async fn open_in(engine: Engine, look: Look) -> Self {
        let downloads = tempfile::tempdir().expect("a temporary folder");
        let driver = Driver::start(engine, downloads.path(), look);
        let mut connector = hyper_util::client::legacy::connect::HttpConnector::new();
        connector.set_connect_timeout(Some(PATIENCE));
        let mut session = ClientBuilder::new(connector);
        session.capabilities(engine.capabilities(downloads.path(), look));
        let client = session.connect(&driver.url()).await.unwrap_or_else(|error| panic!("{engine:?}: {error}"));
        driver.drives(client.session_id().await.expect("its driver answers").expect("a session"));
        let browser = Self { engine, client, driver, downloads };
        browser.look(look).await;
        browser
    }

    /// The process that drives it, whose descendants the browser's processes are.
    #[must_use]
    pub fn driver_id(&self) -> u32 {
        self.driver.id()
    }

    /// Changes size and colours while the page is open. WebKit keeps its colours, and is never as narrow as a phone
    /// ([`crate::engine`]).
    ///
    /// # Panics
    /// If the browser is gone.
    pub async fn look(&self, look: Look) {
        let (width, height) = look.size;
        match self.engine {
            Engine::Chromium => {
                let metrics =
                    json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
                self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
                let scheme = if look.dark { "dark" } else { "light" };
                let features = json!({ "features": [
                    { "name": "prefers-color-scheme", "value": scheme },
                    // Nothing moves: what is pressed is where it was seen, and pictures are of what stands still.
                    { "name": "prefers-reduced-motion", "value": "reduce" },
                ] });
                self.devtools("Emulation.setEmulatedMedia", features).await;
            }
            Engine::Firefox => {
                // Around the page Firefox is made of a page too, which would not be so narrow by itself.
                let look_so = "document.documentElement.style.minWidth = '0';
                     Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0] ? 0 : 1);
                     return window.outerHeight - gBrowser.selectedBrowser.clientHeight";
                self.in_context("chrome").await;
                let around = self.client.execute(look_so, vec![look.dark.into()]).await.expect("its own page");
                self.in_context("content").await;
                let around = around.as_u64().and_then(|around| u32::try_from(around).ok()).expect("a height");
                self.client.set_window_size(width, height + around).await.expect("a window");
            }
            Engine::WebKit => self.client.set_window_size(width, height).await.expect("a window"),
        }
    }

    /// Turns Firefox's scripts to the browser around the page, or back.
    async fn in_context(&self, context: &'static str) {
        self.client.issue_cmd(Extension::Context(context)).await.expect("Firefox turns to it");
    }

    /// Runs a script in the page that Firefox itself is around its pages.
    ///
    /// # Panics
    /// If it fails, or the browser is another.
    pub async fn around_the_page(&self, script: &str) -> Value {
        self.in_context("chrome").await;
        let answer = self.client.execute(script, Vec::new()).await;
        self.in_context("content").await;
        answer.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The first element that a CSS selector finds, as soon as there is one.
    ///
    /// # Panics
    /// If there is none in time.
    pub async fn find(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Waits until a CSS selector finds an element that contains this text.
    ///
    /// # Panics
    /// If there is none in time; the panic says what there was instead.
    pub async fn see(&self, css: &str, text: &str) -> fantoccini::elements::Element {
        let began = std::time::Instant::now();
        loop {
            let mut seen = Vec::new();
            for element in self.client.find_all(Locator::Css(css)).await.unwrap_or_default() {
                // An element that has just been replaced has no text any more: the next round sees the new one.
                let Ok(found) = element.text().await else { continue };
                if found.contains(text) {
                    return element;
                }
                seen.push(found);
            }
            assert!(began.elapsed() < PATIENCE, "no {css} with {text:?}; there is: {seen:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Keeps what is seen now as `artifacts/<name>.png`.
    ///
    /// # Panics
    /// If it cannot be taken or kept.
    pub async fn screenshot(&self, name: &str) {
        if self.engine == Engine::WebKit {
            // It gives the picture that it painted last, which may be one from before.
            let painted =
                "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))";
            self.client.execute_async(painted, vec![]).await.expect("it paints");
        }
        let picture = self.client.screenshot().await.expect("a screenshot");
        std::fs::write(artifact(&format!("{name}.png")), picture).expect("room for a screenshot");
    }

    /// What the page wrote to the console since the last time, at this level or above: `SEVERE`, `WARNING`, `INFO`.
    ///
    /// # Panics
    /// If the browser is gone.
    pub async fn console(&self, level: &str) -> Vec<String> {
        let levels: &[&str] = match level {
            "SEVERE" => &["SEVERE"],
            "WARNING" => &["SEVERE", "WARNING"],
            _ => &["SEVERE", "WARNING", "INFO", "DEBUG"],
        };
        let log = self.client.issue_cmd(Extension::ConsoleLog).await.expect("the console's log");
        let entries: Vec<Value> = serde_json::from_value(log).expect("a list");
        let text = |entry: &Value, field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let wanted = entries.iter().filter(|entry| levels.contains(&text(entry, "level").as_str()));
        wanted.map(|entry| text(entry, "message")).collect()
    }

    /// A command of the DevTools protocol, for what WebDriver cannot do: networks that fail, colours, sizes.
    ///
    /// # Panics
    /// If the browser refuses it.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let asked = self.client.issue_cmd(Extension::DevTools { command, parameters }).await;
        asked.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Bytes of a file that the page handed out as a download, as soon as it is complete.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn download(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.download_path(name).await).expect("a download")
    }

    /// Where a file is that the page handed out as a download, as soon as it is complete.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn download_path(&self, name: &str) -> std::path::PathBuf {
        let file = self.downloads.path().join(name);
        let began = std::time::Instant::now();
        // Chromium holds the name with an empty file until the whole one takes its place.
        while file.metadata().map_or(0, |about| about.len()) == 0 {
            assert!(began.elapsed() < PATIENCE, "no download called {name}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        file
    }

    /// Where it puts downloads.
    #[must_use]
    pub fn downloads(&self) -> &std::path::Path {
        self.downloads.path()
    }

    /// Tells a story; when it fails, keeps what was seen last as `artifacts/failed/<name>.png`, and what the console said.
    pub async fn tell<T>(&self, name: &str, story: impl Future<Output = T>) -> T {
        match AssertUnwindSafe(story).catch_unwind().await {
            Ok(told) => told,
            Err(panic) => {
                if let Ok(picture) = self.client.screenshot().await {
                    _ = std::fs::write(artifact(&format!("failed/{name}.png")), picture);
                }
                if self.engine == Engine::Chromium {
                    let console = self.console("INFO").await.join("\n");
                    _ = std::fs::write(artifact(&format!("failed/{name}.console")), console);
                }
                std::panic::resume_unwind(panic)
            }
        }
    }
}

impl std::ops::Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Commands of chromedriver and geckodriver beside the standard.
#[derive(Debug)]
enum Extension {
    ConsoleLog,
    Context(&'static str),
    DevTools { command: &'static str, parameters: Value },
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        let command = match self {
            Self::ConsoleLog => "se/log",
            Self::Context(_) => "moz/context",
            Self::DevTools { .. } => "goog/cdp/execute",
        };
        base.join(&format!("session/{}/{command}", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::ConsoleLog => json!({ "type": "browser" }),
            Self::Context(context) => json!({ "context": context }),
            Self::DevTools { command, parameters } => json!({ "cmd": command, "params": parameters }),
        };
        (Method::POST, Some(body.to_string()))
    }
}

/// Is this the error of an element that the page has replaced meanwhile?
#[must_use]
pub fn is_stale(error: &CmdError) -> bool {
    matches!(error, CmdError::Standard(error) if error.error == ErrorStatus::StaleElementReference)
}
