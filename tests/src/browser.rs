//! A real Chromium, driven through chromedriver (W3C WebDriver), with a profile of its own that is gone afterwards.
//!
//! What the page writes to the console can be asked for, so that a story can insist that nothing went wrong unseen: errors,
//! and whatever the content policy forbade. Screenshots go to `artifacts/`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt as _;
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::repository::artifact;

/// How long a story waits for something to appear on the page. Generous: machines are busy when tests run.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Chromedriver ends within this after it was asked to; Chromium ends with it.
const STOP: Duration = Duration::from_secs(10);

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
    client: Client,
    driver: Driver,
    downloads: TempDir,
}

impl Browser {
    /// Opens a fresh browser. Certificates of the box's own authority are accepted without being installed.
    ///
    /// # Panics
    /// If Chromium or chromedriver is not there.
    pub async fn open(look: Look) -> Self {
        let driver = Driver::start();
        let downloads = tempfile::tempdir().expect("a temporary folder");
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", downloads.path().join("profile").display()));
        arguments.push(format!("--window-size={},{}", look.size.0, look.size.1));
        arguments.push(format!("--lang={}", look.language));
        let capabilities = json!({
            "browserName": "chrome",
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": {
                    "intl.accept_languages": look.language,
                    "download.default_directory": downloads.path(),
                    "download.prompt_for_download": false,
                },
            },
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities).expect("an object");
        let mut connector = hyper_util::client::legacy::connect::HttpConnector::new();
        connector.set_connect_timeout(Some(PATIENCE));
        let session = ClientBuilder::new(connector).capabilities(capabilities).connect(&driver.url()).await;
        let browser = Self { client: session.expect("Chromium starts"), driver, downloads };
        browser.look(look).await;
        browser
    }

    /// The process that drives it, whose descendants the browser's processes are.
    #[must_use]
    pub fn driver_id(&self) -> u32 {
        self.driver.process.id()
    }

    /// Changes size and colours while the page is open.
    ///
    /// # Panics
    /// If the browser is gone.
    pub async fn look(&self, look: Look) {
        let (width, height) = look.size;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            // Nothing moves: what is pressed is where it was seen, and pictures are of what stands still.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
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
                let console = self.console("INFO").await.join("\n");
                _ = std::fs::write(artifact(&format!("failed/{name}.console")), console);
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

/// A chromedriver is begun this often at most.
const STARTS: usize = 5;

/// Chromedriver in a process of its own, on a free port.
#[derive(Debug)]
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// It takes a free port of IPv4 and wants the same of IPv6, which somebody else may have: then it ends, and the next takes
    /// another.
    fn start() -> Self {
        (0..STARTS).find_map(|_| Self::try_start()).expect("a chromedriver that says its port")
    }

    fn try_start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Without a language it writes the names of what it downloads in ASCII.
        let mut process = command.env("LC_ALL", "C.UTF-8").spawn().expect("chromedriver is there (make setup)");
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            if out.read_line(&mut line).expect("text") == 0 {
                process.wait().expect("its end");
                return None;
            }
            let port = line.trim_end().trim_end_matches('.').rsplit_once("successfully on port ");
            if let Some(port) = port.and_then(|(_, port)| port.parse().ok()) {
                break port;
            }
        };
        // Reads on to the end, so that chromedriver never waits for a reader.
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        Some(Self { process, port })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked to shut down it ends its browsers too; killed it would leave them.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            _ = stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        }
        let began = std::time::Instant::now();
        while began.elapsed() < STOP {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Chromedriver's commands beside the standard.
#[derive(Debug)]
enum Extension {
    ConsoleLog,
    DevTools { command: &'static str, parameters: Value },
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        let command = match self {
            Self::ConsoleLog => "se/log",
            Self::DevTools { .. } => "goog/cdp/execute",
        };
        base.join(&format!("session/{}/{command}", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::ConsoleLog => json!({ "type": "browser" }),
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
