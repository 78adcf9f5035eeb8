//! A gateway between a box and who asks it, which answers in its own way, though the box has done what it was asked.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::elsewhere::{make_certificates, python_with};
use crate::home::Home;

const GATEWAY: &str = include_str!("elsewhere/garble.py");

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    folder: TempDir,
    process: Child,
    port: u16,
}

impl Gateway {
    /// Before a box; what the box has done at this path is answered with this status and with a page for people.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn before(home: &Home, path: &str, status: u16) -> Self {
        let folder = tempfile::Builder::new().prefix("gateway-").tempdir().expect("a temporary folder");
        make_certificates("localhost", folder.path());
        let mut command = Command::new(python_with("ssl"));
        command.args(["-c", GATEWAY]).arg(folder.path()).arg(home.ports().https.to_string()).arg(home.authority());
        command.args([path, &status.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python starts");
        let mut port = String::new();
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        out.read_line(&mut port).expect("text");
        Self { folder, process, port: port.trim().parse().expect("a port") }
    }

    /// The command line's arguments that lead to it.
    #[must_use]
    pub fn arguments(&self) -> [String; 4] {
        let authority: PathBuf = self.folder.path().join("ca.pem");
        let url = format!("https://localhost:{}", self.port);
        ["--url".to_owned(), url, "--ca".to_owned(), authority.to_string_lossy().into_owned()]
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
