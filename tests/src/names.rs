//! What is published of a box in DNS, as foreign programs read it (dkimpy, dnspython): who verifies its signatures, and a name
//! server that answers with it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use crate::elsewhere::python_with;
use crate::home::Home;
use crate::person::done;
use crate::program::{describe, try_run};

const VERIFIER: &str = include_str!("elsewhere/verify.py");
const SERVER: &str = include_str!("elsewhere/dns.py");

/// One signature of a message, as somebody else sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Signature {
    /// Whether it is good.
    pub good: bool,
    /// Why not.
    pub why: Option<String>,
    /// How it was made.
    pub algorithm: String,
    /// Where its key is.
    pub selector: String,
    /// Who vouches for the message.
    pub domain: String,
}

/// The zone file that the box prints for its domain.
///
/// # Panics
/// If it prints none.
#[must_use]
pub fn zone(home: &Home, addresses: &[&str]) -> String {
    let mut command = home.command(&["dns", "--data"]);
    command.arg(home.data()).args(addresses.iter().flat_map(|ip| ["--address", ip]));
    done(&command.output().expect("own-mailbox"))
}

/// Has dkimpy verify the signatures of a message with the records of this zone.
///
/// # Panics
/// If it cannot read the zone or the message.
#[must_use]
pub fn signatures(home: &Home, zone: &str, message: &[u8]) -> Vec<Signature> {
    let mut command = Command::new(python_with("dkim"));
    command.args(["-c", VERIFIER]).arg(written(home, zone)).arg(home.domain());
    let output = try_run(&mut command, message);
    assert!(output.status.success(), "{}", describe(&command, &output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A name server of a box's domain.
#[derive(Debug)]
pub struct NameServer {
    process: Child,
    port: u16,
}

impl NameServer {
    /// Starts one that knows this zone.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn new(home: &Home, zone: &str) -> Self {
        let mut command = Command::new(python_with("dkim"));
        command.args(["-c", SERVER]).arg(written(home, zone)).arg(home.domain());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        let mut port = String::new();
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        out.read_line(&mut port).expect("text");
        Self { port: port.trim().parse().expect("the name server starts (make setup)"), process }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn written(home: &Home, zone: &str) -> PathBuf {
    let file = home.scratch("zone");
    fs::write(&file, zone).expect("room for a file");
    file
}
