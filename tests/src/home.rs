//! A real box in a process and a folder of its own, on free ports of loopback. It can be asked to stop, killed, and started
//! again on the same folder and ports. When a story fails, its log is kept in `artifacts/`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use crate::program::{self, own_mailbox};
use crate::repository;

/// The domain of every box that tests start, unless they say otherwise.
pub const DOMAIN: &str = "home.test";

/// A box opens its doors within this; the first start makes keys and certificates. Generous: machines are busy when tests run.
const START: Duration = Duration::from_secs(60);
/// A box that was asked to stop has ended after this: its own grace for connections is shorter.
const STOP: Duration = Duration::from_secs(20);

/// What a box of the stories logs.
const TALKATIVE: &str = "trace,h2=info,hyper=info,hickory_resolver=info,rustls=info";

/// The ports on which a box listens on 127.0.0.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the protocol of its name")]
pub struct Ports {
    pub https: u16,
    pub imaps: u16,
    pub smtp: u16,
    pub submission: u16,
    pub submissions: u16,
}

/// Another domain on this machine, as a box is told of it.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// The domain.
    pub domain: String,
    /// Where it takes mail.
    pub smtp_port: u16,
    /// Where its key directory is.
    pub https_port: u16,
    /// The certificate of the authority that vouches for it (PEM).
    pub authority: PathBuf,
}

/// A running box and its folder.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    domain: String,
    data: PathBuf,
    neighbours: Vec<Neighbour>,
    key_server: Option<(String, bool)>,
    page: PathBuf,
    quiet: bool,
    process: Option<Child>,
    ports: Ports,
    invitation: Option<String>,
}

impl Home {
    /// Starts a new box on free ports.
    ///
    /// # Panics
    /// If it does not open its doors; its log is in the panic.
    #[must_use]
    pub fn new() -> Self {
        Self::with(DOMAIN, None, Vec::new())
    }

    /// Starts a new box that logs as one at people's homes does, to be measured.
    ///
    /// # Panics
    /// As [`Home::new`].
    #[must_use]
    pub fn quiet() -> Self {
        Self::begin(DOMAIN, None, Vec::new(), true)
    }

    /// Starts a new box of this domain, with its data where the story wants them, that knows these neighbours.
    ///
    /// # Panics
    /// As [`Home::new`].
    #[must_use]
    pub fn with(domain: &str, data: Option<&Path>, neighbours: Vec<Neighbour>) -> Self {
        Self::begin(domain, data, neighbours, false)
    }

    fn begin(domain: &str, data: Option<&Path>, neighbours: Vec<Neighbour>, quiet: bool) -> Self {
        let folder = tempfile::Builder::new().prefix("own-mailbox-").tempdir().expect("a temporary folder");
        let data = data.map_or_else(|| folder.path().join("data"), Path::to_owned);
        let (ports, domain) = (Ports::default(), domain.to_owned());
        let page = repository::root().join("dist");
        let key_server = None;
        let mut home =
            Self { folder, domain, data, neighbours, key_server, page, quiet, process: None, ports, invitation: None };
        home.start();
        home
    }

    /// Makes another domain known to it, which takes a new start.
    ///
    /// # Panics
    /// If it does not stop and start again.
    pub fn meet(&mut self, neighbour: Neighbour) {
        self.stop();
        self.neighbours.push(neighbour);
        self.start();
    }

    /// Names a key server to it, and says whether its people may have that asked; takes a new start.
    ///
    /// # Panics
    /// If it does not stop and start again.
    pub fn names_key_server(&mut self, host: &str, ask: bool) {
        self.stop();
        self.key_server = Some((host.to_owned(), ask));
        self.start();
    }

    /// Starts it anew with a copy of the page, of which the story can take files away; gives the folder.
    ///
    /// # Panics
    /// If there is no page, no room, or it does not start again.
    pub fn with_page_of_its_own(&mut self) -> PathBuf {
        self.stop();
        let copy = self.folder.path().join("page");
        copy_folder(&self.page, &copy);
        self.page.clone_from(&copy);
        self.start();
        copy
    }

    /// This box, as another one is told of it.
    #[must_use]
    pub fn as_neighbour(&self) -> Neighbour {
        let Ports { smtp, https, .. } = self.ports;
        Neighbour { domain: self.domain.clone(), smtp_port: smtp, https_port: https, authority: self.authority() }
    }

    /// Starts it again after [`stop`](Self::stop) or [`kill`](Self::kill), on the ports that it had.
    ///
    /// # Panics
    /// If it runs, or does not open its doors.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "the box runs already");
        fs::write(self.folder.path().join("config.toml"), self.config()).expect("a configuration file");
        let log = File::options().create(true).append(true).open(self.log_path()).expect("a log file");
        let mut command = Command::new(own_mailbox());
        command.args(["serve", "--local", "--data"]).arg(self.data()).arg("--config");
        command.arg(self.folder.path().join("config.toml")).current_dir(self.folder.path());
        // The page of this clone, where the program reads it from a folder.
        command.env("OWN_MAILBOX_DIST", &self.page);
        command.env("RUST_LOG", if self.quiet { "info" } else { TALKATIVE });
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn();
        let mut process = spawned.expect("own-mailbox starts");

        let (say, said) = mpsc::channel();
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut copy = File::options().create(true).append(true).open(self.printed_path()).expect("a file");
        // Reads on to the end: a box whose output nobody reads would stop at a full pipe.
        std::thread::spawn(move || {
            let mut line = String::new();
            while matches!(out.read_line(&mut line), Ok(length) if length > 0) {
                _ = std::io::Write::write_all(&mut copy, line.as_bytes());
                _ = say.send(std::mem::take(&mut line));
            }
        });
        self.process = Some(process);
        loop {
            let Ok(line) = said.recv_timeout(START) else { panic!("the box did not open its doors:\n{}", self.log()) };
            if line.starts_with("Stop with") {
                break;
            }
            self.note(line.trim());
        }
    }

    /// Takes a line that the box prints at its start: a door with its address, or the first invitation.
    fn note(&mut self, line: &str) {
        let port = line.rsplit_once(':').and_then(|(_, end)| end.trim_end_matches(')').parse().ok());
        match (line.split_whitespace().next(), port) {
            (Some("page"), Some(port)) => self.ports.https = port,
            (Some("imaps"), Some(port)) => self.ports.imaps = port,
            (Some("smtp"), Some(port)) => self.ports.smtp = port,
            (Some("submission"), Some(port)) => self.ports.submission = port,
            (Some("submissions"), Some(port)) => self.ports.submissions = port,
            _ if line.contains("/invitation#") => self.invitation = Some(line.to_owned()),
            _ => {}
        }
    }

    fn config(&self) -> String {
        let Self { domain, ports, .. } = self;
        let Ports { https, imaps, smtp, submission, submissions } = ports;
        let mut config = format!(
            "domain = \"{domain}\"\nhost = \"{domain}\"\nlisten = [\"127.0.0.1\"]\nport_offset = 0\n\n[ports]\nhttps = {https}\nimaps = {imaps}\n\
             smtp = {smtp}\nsubmission = {submission}\nsubmissions = {submissions}\n"
        );
        if let Some((host, ask)) = &self.key_server {
            let named = write!(config, "\n[key_server]\nask = {ask}\nurl = \"https://{host}\"\n");
            named.expect("text takes text");
        }
        for Neighbour { domain, smtp_port, https_port, authority } in &self.neighbours {
            let known = write!(
                config,
                "\n[[neighbours]]\ndomain = \"{domain}\"\nsmtp = \"127.0.0.1:{smtp_port}\"\nhttps = \"127.0.0.1:{https_port}\"\n\
                 authority = \"{}\"\n",
                authority.display()
            );
            known.expect("text takes text");
        }
        config
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Panics
    /// If it does not stop, or not with success.
    pub fn stop(&mut self) {
        program::signal(self.id(), "TERM");
        self.ends();
    }

    /// Waits until it has stopped, after it was asked to.
    ///
    /// # Panics
    /// If it does not stop, or not with success.
    pub fn ends(&mut self) {
        let mut process = self.process.take().expect("a box that runs");
        let status = program::eventually("the box stops", STOP, || process.try_wait().expect("a child"));
        assert!(status.success(), "the box ended with {status}:\n{}", self.log());
    }

    /// Kills it at once (SIGKILL): it can finish nothing.
    ///
    /// # Panics
    /// If it does not run.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("a box that runs");
        process.kill().expect("a child");
        process.wait().expect("a child");
    }

    /// The id of its process.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("a box that runs").id()
    }

    /// Its ports.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// Where its page is, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.ports.https)
    }

    /// The link that makes the first account; printed as long as there is none.
    ///
    /// # Panics
    /// If it printed none.
    #[must_use]
    pub fn invitation(&self) -> &str {
        self.invitation.as_deref().expect("a box without accounts prints an invitation")
    }

    /// The domain of its addresses.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// The certificate of its own authority (PEM).
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.data().join("ca.pem")
    }

    /// A place for a file of the story's, outside the data folder, gone with the box.
    #[must_use]
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Everything that it has logged, at the most talkative level.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.log_path()).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// Everything that it has printed for the person who started it.
    #[must_use]
    pub fn printed(&self) -> String {
        fs::read_to_string(self.printed_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn printed_path(&self) -> PathBuf {
        self.folder.path().join("printed")
    }

    /// The same program for a command beside the running box: `own-mailbox <arguments>`.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(own_mailbox());
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// The page's moves on the command line, towards this box: `own-mailbox client <arguments> --url … --ca …`.
    #[must_use]
    pub fn client(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&["client"]);
        command.args(arguments).args(["--url", &self.url(), "--ca"]).arg(self.authority());
        command
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("room for a folder");
    for entry in fs::read_dir(from).expect("the page is built") {
        let entry = entry.expect("a folder that can be read");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("room for a file");
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
        if std::thread::panicking() {
            let name = std::thread::current().name().unwrap_or("unnamed").replace("::", "-");
            _ = fs::copy(self.log_path(), repository::artifact(&format!("failed/{name}.log")));
        }
    }
}
