//! The engines in which pages are read, each with the program that drives it (W3C WebDriver) in a process of its own, on a free port.
//!
//! - Chromium by chromedriver.
//! - Firefox by geckodriver, of the crate of that name (`.ci/setup-tools`).
//! - WebKit by WebKitWebDriver, in the small browser that WebKitGTK brings for its tests, on a screen that nobody sees (Xvfb). Its window
//!   is never narrower than its own bar, and it has its colours and its language, English, from the desktop.
//!
//! Everything is stopped by its own id, the browser first.

use std::cell::OnceCell;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::wd::Capabilities;
use serde_json::json;

use crate::browser::Look;

/// A browser ends within this after it was asked to.
const STOP: Duration = Duration::from_secs(10);
/// A driver that says nothing is there within this.
const START: Duration = Duration::from_secs(20);
/// A driver is begun this often at most.
const STARTS: usize = 5;
/// Where Debian has the program itself; its `firefox-esr` on `PATH` is a script around it.
const FIREFOX: &str = "/usr/lib/firefox-esr/firefox-esr";
/// What the screen that nobody sees shows, CSS pixels and bits.
const SCREEN: &str = "1600x1200x24";

/// What a page is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the engine of its name")]
pub enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    /// What a session of it is begun with; the folder is its own, and where it puts downloads.
    pub(crate) fn capabilities(self, folder: &Path, look: Look) -> Capabilities {
        let capabilities = match self {
            Self::Chromium => chromium(folder, look),
            Self::Firefox => firefox(folder, look),
            // What drives it brings the browser, and begins that as it wants it.
            Self::WebKit => json!({ "acceptInsecureCerts": true }),
        };
        serde_json::from_value(capabilities).expect("an object")
    }
}

fn chromium(folder: &Path, look: Look) -> serde_json::Value {
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
    arguments.push(format!("--user-data-dir={}", folder.join("profile").display()));
    arguments.push(format!("--window-size={},{}", look.size.0, look.size.1));
    arguments.push(format!("--lang={}", look.language));
    json!({
        "browserName": "chrome",
        "acceptInsecureCerts": true,
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": {
                "intl.accept_languages": look.language,
                "download.default_directory": folder,
                "download.prompt_for_download": false,
            },
        },
    })
}

fn firefox(folder: &Path, look: Look) -> serde_json::Value {
    json!({
        "browserName": "firefox",
        "acceptInsecureCerts": true,
        "moz:firefoxOptions": {
            "binary": FIREFOX,
            "args": ["-headless"],
            "prefs": {
                "intl.accept_languages": look.language,
                "browser.download.folderList": 2,
                "browser.download.dir": folder,
                "ui.prefersReducedMotion": 1,
            },
        },
    })
}

/// A driver in a process of its own, on a free port.
#[derive(Debug)]
pub(crate) struct Driver {
    engine: Engine,
    process: Child,
    port: u16,
    session: OnceCell<String>,
    #[expect(dead_code, reason = "it is there as long as what is shown on it")]
    screen: Option<Screen>,
}

impl Driver {
    /// A driver takes a free port, and may want the same of IPv6, or find it taken: then it ends, and the next takes another.
    pub(crate) fn start(engine: Engine, folder: &Path, look: Look) -> Self {
        let start = || match engine {
            Engine::Chromium => {
                let mut command = Command::new("chromedriver");
                // Without a language it writes the names of what it downloads in ASCII.
                Self::telling(engine, command.arg("--port=0").env("LC_ALL", "C.UTF-8"), "successfully on port ")
            }
            Engine::Firefox => {
                let mut command = Command::new("geckodriver");
                command.args(["--port", "0", "--allow-system-access"]).env("MOZ_HEADLESS", "1");
                Self::telling(engine, command.env("HOME", folder).env("LC_ALL", "C.UTF-8"), "Listening on 127.0.0.1:")
            }
            Engine::WebKit => Self::of_webkit(folder, look),
        };
        (0..STARTS).find_map(|_| start()).unwrap_or_else(|| panic!("nothing drives {engine:?}"))
    }

    /// One that says its port behind these words.
    fn telling(engine: Engine, command: &mut Command, words: &str) -> Option<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process =
            command.spawn().unwrap_or_else(|error| panic!("what drives {engine:?} (make setup): {error}"));
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            if out.read_line(&mut line).expect("text") == 0 {
                process.wait().expect("its end");
                return None;
            }
            let port = line.trim_end().trim_end_matches('.').rsplit_once(words);
            if let Some(port) = port.and_then(|(_, port)| port.parse().ok()) {
                break port;
            }
        };
        // Reads on to the end, so that it never waits for a reader.
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        Some(Self { engine, process, port, session: OnceCell::new(), screen: None })
    }

    fn of_webkit(folder: &Path, look: Look) -> Option<Self> {
        let screen = Screen::start();
        let home = desktop(folder);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let mut command = Command::new("WebKitWebDriver");
        command.arg(format!("--port={port}")).env("HOME", &home).env("DISPLAY", &screen.name);
        command.env("XDG_CONFIG_HOME", home.join("config")).env("XDG_DATA_HOME", home.join("data"));
        command.env("XDG_CACHE_HOME", home.join("cache")).env("GDK_BACKEND", "x11");
        // Where the language is not installed, this is what stands for it; of none at all it makes one that nobody has.
        command.env("LC_ALL", "en_US.UTF-8").env("GTK_THEME", if look.dark { "Adwaita:dark" } else { "Adwaita" });
        // No desktop is there that could read aloud, or draw with more than the processor.
        command.env("NO_AT_BRIDGE", "1").env("LIBGL_ALWAYS_SOFTWARE", "1").env_remove("WAYLAND_DISPLAY");
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().expect("WebKitWebDriver is there (make setup)");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if !matches!(process.try_wait(), Ok(None)) || began.elapsed() > START {
                _ = process.kill();
                _ = process.wait();
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { engine: Engine::WebKit, process, port, session: OnceCell::new(), screen: Some(screen) })
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Notes which session it ends with itself.
    pub(crate) fn drives(&self, session: String) {
        _ = self.session.set(session);
    }

    /// Asks it to end its browser; killed it would leave that.
    fn ends(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(STOP))?;
        let request = match (self.engine, self.session.get()) {
            (Engine::Chromium, _) => "GET /shutdown".to_owned(),
            (_, Some(session)) => format!("DELETE /session/{session}"),
            (_, None) => return Ok(()),
        };
        write!(stream, "{request} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port)?;
        stream.read(&mut [0; 64]).map(|_| ())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        _ = self.ends();
        let began = Instant::now();
        // Chromedriver ends itself.
        while self.engine == Engine::Chromium && began.elapsed() < STOP {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The settings of a desktop that GTK reads, in a home of their own.
fn desktop(folder: &Path) -> PathBuf {
    let home = folder.join("profile");
    // Nothing moves, as in the other engines.
    let settings = "[Settings]\ngtk-enable-animations=0\n";
    let folders = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", folder.display());
    fs::create_dir_all(home.join("config/gtk-3.0")).expect("room for a folder");
    fs::write(home.join("config/gtk-3.0/settings.ini"), settings).expect("room for settings");
    fs::write(home.join("config/user-dirs.dirs"), folders).expect("room for settings");
    home
}

/// A screen that nobody sees.
#[derive(Debug)]
struct Screen {
    process: Child,
    name: String,
}

impl Screen {
    /// The first display that is free.
    fn start() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]).stdin(Stdio::null());
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("Xvfb is there (make setup)");
        let mut number = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut number).expect("text");
        assert!(!number.trim().is_empty(), "Xvfb finds no display");
        Self { process, name: format!(":{}", number.trim()) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
