//! A real Thunderbird, without a screen, with a profile of its own that is gone afterwards. Its remote control, Marionette,
//! runs scripts inside of it: `thunderbird/moves.js` calls what Thunderbird's own windows call.
//!
//! Nothing leaves the machine: every name leads to 127.0.0.1, and port 443 to the box, so that its Web Key Directory is where
//! Thunderbird looks for it. A story that fails leaves a picture of the window and what Thunderbird printed in
//! `artifacts/failed/`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::PATIENCE;
use crate::home::Home;
use crate::person::Person;
use crate::program::eventually;
use crate::repository::artifact;

const MOVES: &str = include_str!("thunderbird/moves.js");
/// Where Debian has the program itself; its `thunderbird` on `PATH` is a script around it.
const DEBIANS: &str = "/usr/lib/thunderbird/thunderbird";
/// Under which the key is carried from the box to Thunderbird.
const PHRASE: &str = "for Thunderbird";
/// Quiet, and the same every time: no first-run pages, updates, reports, searches for an index, or pop-ups.
const PREFERENCES: &[(&str, Preference)] = &[
    ("app.donation.eoy.version.viewed", Preference::Number(999)),
    ("app.update.enabled", Preference::Switch(false)),
    ("browser.safebrowsing.downloads.enabled", Preference::Switch(false)),
    ("datareporting.healthreport.uploadEnabled", Preference::Switch(false)),
    ("datareporting.policy.dataSubmissionPolicyBypassNotification", Preference::Switch(true)),
    ("extensions.update.enabled", Preference::Switch(false)),
    ("mail.biff.play_sound", Preference::Switch(false)),
    ("mail.biff.show_alert", Preference::Switch(false)),
    ("mail.inappnotifications.enabled", Preference::Switch(false)),
    ("mail.openpgp.keyserver_list", Preference::Text("")),
    ("mail.provider.suppress_dialog_on_startup", Preference::Switch(true)),
    ("mail.rights.version", Preference::Number(1)),
    ("mail.shell.checkDefaultClient", Preference::Switch(false)),
    ("mail.spotlight.firstRunDone", Preference::Switch(true)),
    ("mailnews.database.global.indexer.enabled", Preference::Switch(false)),
    ("mailnews.start_page.enabled", Preference::Switch(false)),
    ("mailnews.start_page_override.mstone", Preference::Text("ignore")),
    // Any free port; which, stands in a file of the profile.
    ("marionette.port", Preference::Number(0)),
    ("network.captive-portal-service.enabled", Preference::Switch(false)),
    ("network.connectivity-service.enabled", Preference::Switch(false)),
    ("network.dns.forceResolve", Preference::Text("127.0.0.1")),
    ("network.proxy.type", Preference::Number(0)),
    ("network.trr.mode", Preference::Number(5)),
    ("remote.prefs.recommended", Preference::Switch(false)),
    ("services.settings.server", Preference::Text("data:,")),
    ("toolkit.telemetry.enabled", Preference::Switch(false)),
];

#[derive(Clone, Copy, Debug)]
enum Preference {
    Switch(bool),
    Number(u32),
    Text(&'static str),
}

/// A letter as Thunderbird shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct Shown {
    /// The subject above the letter.
    pub subject: String,
    /// The subject in the list.
    pub listed: String,
    /// The letter as text.
    pub text: String,
    /// What stands there in bold type.
    pub bold: Vec<String>,
    /// Widths of the images in it, pixels; 0: not loaded.
    pub images: Vec<u32>,
    /// The files beside it.
    pub attachments: Vec<Attached>,
    /// Address of the icon that tells about encryption.
    pub encrypted: Option<String>,
    /// Address of the icon that tells about the signature.
    pub signed: Option<String>,
}

/// A file of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A window to write in, as it opens: rows of addresses, subject, text.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each field is the row of its name")]
pub struct Taken {
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub bcc: Vec<String>,
    pub reply_to: Vec<String>,
    pub subject: String,
    pub body: String,
}

/// A running Thunderbird with one account. Everything panics where it does not do what it is asked.
#[derive(Debug)]
pub struct Thunderbird {
    /// The leader of a group of processes.
    process: Child,
    profile: TempDir,
    control: Option<Marionette>,
}

impl Thunderbird {
    /// Starts a fresh one and does what README.md tells its owner: the box's authority is trusted, an address
    /// and a password are typed and the account is there with its folders, the key is imported and chosen.
    ///
    /// # Panics
    /// If Thunderbird is not there, or one of that fails.
    #[must_use]
    pub fn of(home: &Home, person: &Person<'_>) -> Self {
        let mut thunderbird = Self::start(home.ports().https);
        let authority = CertificateDer::from_pem_file(home.authority()).expect("an authority");
        () = thunderbird.does("trust", json!([STANDARD.encode(authority)]));
        let device = person.device();
        let name = device.address.split('@').next();
        let account = json!({ "name": name, "address": device.address, "password": device.password });
        let folders: Vec<String> = thunderbird.does("account", json!([account]));
        assert_eq!(folders.len(), 6, "{folders:?}");
        let key = thunderbird.profile.path().join("key.asc");
        fs::write(&key, person.exported_key(PHRASE)).expect("room for a key");
        () = thunderbird.does("key", json!([key, PHRASE]));
        thunderbird
    }

    fn start(https_port: u16) -> Self {
        let profile = tempfile::Builder::new().prefix("thunderbird-").tempdir().expect("a temporary folder");
        let mut preferences = format!("user_pref(\"network.socket.forcePort\", \"443={https_port}\");\n");
        for (name, value) in PREFERENCES {
            let value = match value {
                Preference::Switch(on) => json!(on),
                Preference::Number(number) => json!(number),
                Preference::Text(text) => json!(text),
            };
            preferences.push_str(&format!("user_pref(\"{name}\", {value});\n"));
        }
        fs::write(profile.path().join("user.js"), preferences).expect("room for preferences");
        let program = if Path::new(DEBIANS).exists() { DEBIANS } else { "thunderbird" };
        let printed = File::create(profile.path().join("printed")).expect("a file");
        let mut command = Command::new(program);
        command.arg("--profile").arg(profile.path());
        command.args(["--no-remote", "--marionette", "--remote-allow-system-access"]);
        command.envs([("MOZ_HEADLESS", "1"), ("MOZ_CRASHREPORTER_DISABLE", "1"), ("LANG", "C.UTF-8")]);
        // What it says to the server, for who looks into a failure.
        command.env("MOZ_LOG", "IMAP:4,timestamp").env("MOZ_LOG_FILE", profile.path().join("imap"));
        command.env("HOME", profile.path()).env_remove("DISPLAY").current_dir(profile.path());
        command.stdin(Stdio::null()).stdout(printed.try_clone().expect("a file")).stderr(printed);
        // It starts processes of its own: as a group they are ended together.
        let process = command.process_group(0).spawn();
        let process = process.unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut thunderbird = Self { process, profile, control: None };
        let port_file = thunderbird.profile.path().join("MarionetteActivePort");
        let port = eventually("Thunderbird's remote control", PATIENCE, || {
            assert!(matches!(thunderbird.process.try_wait(), Ok(None)), "it has ended:\n{}", thunderbird.printed());
            fs::read_to_string(&port_file).ok()?.trim().parse().ok()
        });
        thunderbird.control = Some(Marionette::connect(port));
        () = thunderbird.does("started", json!([]));
        thunderbird
    }

    /// Clicks on a folder, waits until it has so many letters, opens the one that came last, and waits until it is shown.
    pub fn open(&mut self, folder: &str, count: usize) -> Shown {
        self.does("open", json!([folder, count]))
    }

    /// Answers the last letter of a folder, and puts the answer aside.
    pub fn answer(&mut self, folder: &str) -> Taken {
        self.does("takeUp", json!([folder, "ReplyToSender"]))
    }

    /// Opens the last draft to go on writing, and puts it aside.
    pub fn go_on(&mut self) -> Taken {
        self.does("takeUp", json!(["Drafts", "Draft"]))
    }

    /// Writes a letter: `to`, `subject`, `body`, and if wanted `bcc`, `replyTo`, `encrypt`, `sign`. It is sent, or with `draft`
    /// kept.
    pub fn write(&mut self, letter: Value) {
        self.does("write", json!([letter]))
    }

    /// Looks for a person's key, and accepts what is found; says from where each came.
    pub fn discover(&mut self, address: &str) -> Vec<String> {
        self.does("discover", json!([address]))
    }

    /// Leaves a picture of the main window in `artifacts/`.
    pub fn screenshot(&mut self, name: &str) {
        fs::write(artifact(name), self.picture().expect("a picture")).expect("room for a picture");
    }

    fn picture(&mut self) -> Result<Vec<u8>, String> {
        let control = self.control.as_mut().ok_or("no remote control")?;
        let answer = control.says("WebDriver:TakeScreenshot", json!({ "full": true, "hash": false }))?;
        let base64 = answer["value"].as_str().ok_or("no text")?;
        STANDARD.decode(base64).map_err(|error| error.to_string())
    }

    /// Calls one of the moves.
    fn does<T: DeserializeOwned>(&mut self, name: &str, arguments: Value) -> T {
        let control = self.control.as_mut().expect("a remote control");
        let answer = control.runs(name, arguments).unwrap_or_else(|error| panic!("Thunderbird, {name}: {error}"));
        serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{name}: {error}: {answer}"))
    }

    fn printed(&self) -> String {
        let printed = fs::read(self.profile.path().join("printed")).unwrap_or_default();
        String::from_utf8_lossy(&printed).into_owned()
    }

    fn leave_traces(&mut self) {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed").replace("::", "-");
        let place = |end: &str| -> PathBuf { artifact(&format!("failed/{name}.thunderbird.{end}")) };
        if let Ok(picture) = self.picture() {
            _ = fs::write(place("png"), picture);
        }
        let windows = self.control.as_mut().map(|control| control.runs("windows", json!([])));
        _ = fs::write(place("txt"), format!("{windows:#?}\n{}", self.printed()));
        _ = fs::copy(self.profile.path().join("imap.moz_log"), place("imap"));
    }
}

impl Drop for Thunderbird {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.leave_traces();
        }
        // The group that it leads, by its own number.
        _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.process.id())]).output();
        _ = self.process.wait();
    }
}

/// Mozilla's remote control: frames of JSON behind their length, `LENGTH:[0,id,command,parameters]` and
/// `LENGTH:[1,id,error,result]`.
#[derive(Debug)]
struct Marionette {
    stream: BufReader<TcpStream>,
    last: u64,
}

impl Marionette {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("Thunderbird is there");
        // A move gives up by itself long before.
        stream.set_read_timeout(Some(PATIENCE * 10)).expect("a socket");
        let mut control = Self { stream: BufReader::new(stream), last: 0 };
        control.frame().expect("a greeting");
        control.says("WebDriver:NewSession", json!({})).expect("a session");
        control.says("Marionette:SetContext", json!({ "value": "chrome" })).expect("the inside of the program");
        let timeout = (PATIENCE * 9).as_millis();
        control.says("WebDriver:SetTimeouts", json!({ "script": timeout })).expect("timeouts");
        control
    }

    /// Runs one of the moves and gives its answer.
    fn runs(&mut self, name: &str, arguments: Value) -> Result<Value, String> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\nconst given = [...arguments].slice(0, -1);\n\
             const PATIENCE = {};\n(async () => {{\n{MOVES}\nreturn await {name}(...given);\n}})().then(\n\
             answer => done({{ answer: answer ?? null }}), error => done({{ error: `${{error}}\\n${{error?.stack}}` }}));",
            PATIENCE.as_millis()
        );
        let parameters = json!({ "script": script, "args": arguments, "sandbox": "system", "newSandbox": true });
        let said = self.says("WebDriver:ExecuteAsyncScript", parameters)?;
        let said = &said["value"];
        said["error"].as_str().map_or_else(|| Ok(said["answer"].clone()), |error| Err(error.to_owned()))
    }

    fn says(&mut self, command: &str, parameters: Value) -> Result<Value, String> {
        self.last += 1;
        let frame = json!([0, self.last, command, parameters]).to_string();
        let stream = self.stream.get_mut();
        stream.write_all(format!("{}:{frame}", frame.len()).as_bytes()).map_err(|error| error.to_string())?;
        loop {
            let answer = self.frame()?;
            if answer[0] == 1 && answer[1] == self.last {
                let error = &answer[2];
                return if error.is_null() { Ok(answer[3].clone()) } else { Err(error.to_string()) };
            }
        }
    }

    fn frame(&mut self) -> Result<Value, String> {
        let mut length = Vec::new();
        self.stream.read_until(b':', &mut length).map_err(|error| error.to_string())?;
        length.pop();
        let length = String::from_utf8(length).map_err(|error| error.to_string())?;
        let mut frame = vec![0; length.parse().map_err(|error| format!("{length:?}: {error}"))?];
        self.stream.read_exact(&mut frame).map_err(|error| error.to_string())?;
        serde_json::from_slice(&frame).map_err(|error| error.to_string())
    }
}
