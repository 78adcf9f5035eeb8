//! A domain elsewhere: a foreign mail server that really takes mail (Python's aiosmtpd), and a Web Key Directory over HTTPS,
//! under a certificate by an authority that is made for the story.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde::Deserialize;
use shared::pgp::wkd;
use tempfile::TempDir;

use crate::gnupg::GnuPg;
use crate::home::{Home, Neighbour};
use crate::program::{eventually, run, try_run};

/// A message is there within this: the box tries at once.
const ARRIVAL: Duration = Duration::from_secs(30);
const SERVER: &str = include_str!("elsewhere/server.py");
const READER: &str = include_str!("elsewhere/read.py");

/// The running servers of a domain.
#[derive(Debug)]
pub struct Elsewhere {
    domain: String,
    folder: TempDir,
    process: Child,
    smtp_port: u16,
    https_port: u16,
}

/// A message as it came.
#[derive(Clone, Debug, Deserialize)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// What the client called itself.
    pub greeted_as: String,
    /// Whether it came over TLS.
    pub tls: bool,
    /// Its bytes.
    #[serde(skip)]
    pub message: Vec<u8>,
}

impl Elsewhere {
    /// Starts the servers of a domain on free ports of loopback.
    ///
    /// # Panics
    /// If they do not start.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("elsewhere-").tempdir().expect("a temporary folder");
        for name in ["mail", "www"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        make_certificates(domain, folder.path());
        let mut command = Command::new(python());
        command.args(["-c", SERVER, domain]).arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python starts");
        let mut ports = String::new();
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        out.read_line(&mut ports).expect("text");
        let mut ports = ports.split_whitespace().map(|port| port.parse().expect("a port"));
        let mut port = || ports.next().expect("the servers elsewhere start (make setup)");
        let (smtp_port, https_port) = (port(), port());
        Self { domain: domain.to_owned(), folder, process, smtp_port, https_port }
    }

    /// The domain, as a box is told of it.
    #[must_use]
    pub fn as_neighbour(&self) -> Neighbour {
        Neighbour {
            domain: self.domain.clone(),
            smtp_port: self.smtp_port,
            https_port: self.https_port,
            authority: self.folder.path().join("ca.pem"),
        }
    }

    /// Publishes somebody's certificate in the Web Key Directory, in both layouts, under the name that GnuPG gives it
    /// (draft-koch-openpgp-webkey-service §3.1).
    ///
    /// # Panics
    /// If GnuPG has no such certificate.
    pub fn publish(&self, gnupg: &GnuPg, address: &str) {
        let (certificate, name) = (gnupg.certificate(address), gnupg.wkd_name(address));
        let directory = self.folder.path().join("www/.well-known/openpgpkey");
        for place in [directory.clone(), directory.join(&self.domain)] {
            fs::create_dir_all(place.join("hu")).expect("a folder");
            fs::write(place.join("policy"), "").expect("a file");
            fs::write(place.join("hu").join(&name), &certificate).expect("a file");
        }
    }

    /// Has a key server's answer for an address (VKS) at this domain's own name: the certificate, armored.
    ///
    /// # Panics
    /// If there is no room for a file.
    pub fn has_key(&self, armored: &str, address: &str) {
        let folder = self.folder.path().join("www/vks/v1/by-email");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(address), armored).expect("a file");
    }

    /// What has been asked for over HTTPS until now: paths, in their order.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let path = self.folder.path().join("asked");
        if !path.exists() {
            return Vec::new();
        }
        fs::read_to_string(path).expect("text").lines().map(str::to_owned).collect()
    }

    /// The first message for somebody of this domain, as soon as it is there.
    ///
    /// # Panics
    /// If there is none in time.
    #[must_use]
    pub fn message_for(&self, address: &str) -> Received {
        self.nth_message_for(address, 0)
    }

    /// The same after so many others.
    ///
    /// # Panics
    /// If there is none in time.
    #[must_use]
    pub fn nth_message_for(&self, address: &str, place: usize) -> Received {
        let is_for = |received: &Received| received.to.iter().any(|to| to == address);
        let what = format!("mail number {} for {address}", place + 1);
        eventually(&what, ARRIVAL, || self.received().into_iter().filter(is_for).nth(place))
    }

    /// Lets the answers go that `slow@` holds back: letters for it are kept as soon as they come, and acknowledged after this.
    ///
    /// # Panics
    /// If there is no room for a file.
    pub fn let_go(&self) {
        fs::write(self.folder.path().join("go"), "").expect("a file");
    }

    /// Everything that has come until now, in its order.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        let entries = fs::read_dir(self.folder.path().join("mail")).expect("a folder");
        let mut envelopes: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
        envelopes.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        envelopes.sort();
        let read = |envelope: &PathBuf| {
            let message = fs::read(envelope.with_extension("eml")).expect("a message");
            let envelope = fs::read(envelope).expect("an envelope");
            Received { message, ..serde_json::from_slice(&envelope).expect("JSON") }
        };
        envelopes.iter().map(read).collect()
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// An authority, and the certificate that it gives the domain's servers.
pub(crate) fn make_certificates(domain: &str, folder: &Path) {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, format!("Authority of {domain}"));
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let key = KeyPair::generate().expect("a key");
    let own = authority.self_signed(&key).expect("a certificate");
    fs::write(folder.join("ca.pem"), own.pem()).expect("a file");
    let issuer = Issuer::new(authority, key);
    let names = ["", "mail.", "openpgpkey."].map(|label| format!("{label}{domain}"));
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(names).and_then(|names| names.signed_by(&key, &issuer));
    fs::write(folder.join("server.pem"), server.expect("a certificate").pem()).expect("a file");
    fs::write(folder.join("server-key.pem"), key.serialize_pem()).expect("a file");
}

/// What a program that is not ours understands of a message.
#[derive(Clone, Debug, Deserialize)]
pub struct Understood {
    /// Header fields, names in lower case, encoded words decoded.
    pub fields: BTreeMap<String, String>,
    /// Media types of the message and its parts.
    pub types: Vec<String>,
    /// The text to read, if there is one.
    pub text: Option<String>,
    /// What is wrong with it.
    pub defects: Vec<String>,
}

/// Has Python's `email` read a message.
///
/// # Panics
/// If it cannot.
#[must_use]
pub fn understood(message: &[u8]) -> Understood {
    let output = try_run(Command::new(python()).args(["-c", READER]), message);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn python() -> &'static str {
    static FOUND: OnceLock<&str> = OnceLock::new();
    FOUND.get_or_init(|| python_with("aiosmtpd"))
}

/// The Python that has this module: the first on PATH, or else the system's, for which Debian's packages are.
pub(crate) fn python_with(module: &str) -> &'static str {
    let has = |python: &&str| {
        let asked = Command::new(python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(has);
    found.unwrap_or_else(|| panic!("Python with {module} (make setup)"))
}

/// The certificate that everybody finds for a person of this box, in its Web Key Directory.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn published(home: &Home, address: &str) -> Vec<u8> {
    let url = wkd::advanced_url(&address.parse().expect("an address"));
    fetch(&url, home.ports().https, &home.authority())
}

/// What the box answers to anybody who asks for this address over HTTPS, at its own port or at 443 of one of its names.
///
/// # Panics
/// If it does not answer, or not for that name.
#[must_use]
pub fn fetched(home: &Home, url: &str) -> String {
    String::from_utf8(fetch(url, home.ports().https, &home.authority())).expect("text")
}

/// Fetches a file over HTTPS from a name that is really on loopback, by curl, which verifies the certificate.
fn fetch(url: &str, port: u16, authority: &Path) -> Vec<u8> {
    let host = url.trim_start_matches("https://").split(['/', ':']).next().unwrap_or_default();
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--max-time", "60", "--cacert"]).arg(authority);
    run(command.args(["--connect-to", &format!("{host}:443:127.0.0.1:{port}"), url]))
}
