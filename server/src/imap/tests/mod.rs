//! Transcripts: what clients send and what they must be answered, run over a pipe against a real store with real accounts.
//!
//! A script has one line for each line on the wire. `C:` is sent, `S:` must come; `C2:` and `S2:` are those of a second
//! connection, and so on. In `S:`, `…` stands for anything. Lines that begin with `!` are acts behind the connection's back
//! ([`Act`]); `#` begins a comment. `$PASSWORD` is alice's device password, `$PASSWORD64` the same in base64, `$PLAIN` her response
//! for the mechanism PLAIN, `$OPENED` the password of a device of hers that mail is opened for.

mod believer;
mod binary;
mod corpus;
mod fuzz;
mod incoming;
mod layers;
mod limits;
mod model;
mod opened;
mod scripts;
mod storm;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shared::api::Timestamp;
use shared::vault::DevicePassword;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};

use super::{Service, serve_connection};
use crate::core::office::post_with_room;
use crate::core::testing::Home;
use crate::core::{accounts, devices};
use crate::store::flags::{FlagBits, Keywords};
use crate::store::messages::{self, NewMessage};
use crate::store::{AccountNo, StoreError, mailboxes, views};

const PASSPHRASE: &str = "correct horse battery";
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Messages that scripts store, by name, as the box would have stored them.
const MESSAGES: [(&str, &str); 3] = [
    (
        "sealed",
        "From: Marie Dupuis <marie@elsewhere.test>\r\nTo: alice@home.test, Bob <bob@home.test>\r\nSubject: [...]\r\n\
         Date: Mon, 1 Jul 2024 23:30:00 -0700\r\nMessage-ID: <1@elsewhere.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"x\"\r\n\r\n\
         --x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
         --x\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nciphertext\r\n\
         -----END PGP MESSAGE-----\r\n\r\n--x--\r\n",
    ),
    (
        "nested",
        "From: =?utf-8?q?Ren=C3=A9e?= <renee@elsewhere.test>\r\nTo: alice@home.test\r\nCc: list@elsewhere.test\r\nSubject: nested\r\n\
         Date: Fri, 5 Jan 2024 10:00:00 +0000\r\nMessage-ID: <2@elsewhere.test>\r\nReferences: <1@elsewhere.test>\r\n\
         Content-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n\
         --a\r\n\r\nfirst\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Type: text/plain\r\n\r\ninside\r\n\
         --a\r\nContent-Type: application/octet-stream; name=\"f.bin\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"f.bin\"\r\n\r\nAAEC\r\n\r\n--a--\r\n",
    ),
    ("small", "From: bob@home.test\r\nSubject: small\r\n\r\nbody\r\n"),
];

/// What a script can do without the connection that it talks to. `! store sealed INBOX`, `! expunge 2 INBOX`, `! revoke`,
/// `! pause`.
enum Act<'s> {
    Store { name: &'s str, mailbox: &'s str },
    Expunge { uid: u32, mailbox: &'s str },
    Revoke,
}

/// A box with alice in it.
struct Stage {
    home: Home,
    alice: AccountNo,
    device: shared::api::device::DeviceId,
    password: String,
    /// Of a device that mail is opened for.
    opened: String,
    service: Service,
}

/// A client's end of a connection.
struct Client {
    stream: BufReader<DuplexStream>,
}

impl Stage {
    async fn new() -> Self {
        Self::with_budget(1 << 30).await
    }

    async fn with_budget(octets: usize) -> Self {
        let mut home = Home::new();
        let person = home.register("alice", PASSPHRASE).await.unwrap();
        let alice = accounts::session(&home.context, &person.signed_in.session).await.unwrap().account;
        let (request, password) = person.unlocked.device_password("Phone".into(), false, &mut home.rng);
        let device = devices::create(&home.context, alice, request).await.unwrap().id;
        let (request, opened) = person.unlocked.device_password("Tablet".into(), true, &mut home.rng);
        devices::create(&home.context, alice, request).await.unwrap();
        let service = Service::new(post_with_room(&home, Arc::default(), octets));
        let text = |password: DevicePassword| password.to_text().expose().clone();
        Self { home, alice, device, password: text(password), opened: text(opened), service }
    }

    /// A new connection, its greeting not read.
    fn connect(&self) -> Client {
        let (ours, theirs) = duplex(64 * 1024);
        tokio::spawn(serve_connection(theirs, PEER, self.service.clone(), std::future::pending()));
        Client { stream: BufReader::new(ours) }
    }

    /// A new connection, alice signed in.
    async fn sign_in(&self) -> Client {
        self.sign_in_with(&self.password).await
    }

    async fn sign_in_with(&self, password: &str) -> Client {
        let mut client = self.connect();
        client.line().await.unwrap();
        let answer = client.command(&format!("LOGIN alice {password}")).await;
        assert!(answer.last().unwrap().starts_with("x OK"), "{answer:?}");
        client
    }

    async fn store(&self, name: &str, mailbox: &str) -> u32 {
        let (at, (_, bytes)) = MESSAGES.iter().enumerate().find(|(_, (known, _))| *known == name).unwrap();
        self.store_bytes(bytes.as_bytes().to_vec(), mailbox, Timestamp(1_700_000_000 + at as i64)).await
    }

    async fn store_bytes(&self, bytes: Vec<u8>, mailbox: &str, received_at: Timestamp) -> u32 {
        let (alice, mailbox) = (self.alice, mailbox.to_owned());
        let new = NewMessage {
            bytes: bytes.into(),
            sealed_summary: Vec::new(),
            sealed_header: Vec::new(),
            flags: FlagBits::default(),
            keywords: Keywords::default(),
            received_at,
            saved_at: self.home.now(),
            came: None,
        };
        let stored: Result<_, StoreError> = self
            .home
            .context
            .store
            .write(move |tx| {
                let mailbox = mailboxes::by_name(tx, alice, &mailbox)?;
                messages::append(tx, alice, mailbox.id, &new)
            })
            .await;
        stored.unwrap().uid
    }

    async fn act(&self, act: Act<'_>) {
        match act {
            Act::Store { name, mailbox } => drop(self.store(name, mailbox).await),
            Act::Revoke => devices::revoke(&self.home.context, self.alice, self.device).await.unwrap(),
            Act::Expunge { uid, mailbox } => {
                let (alice, mailbox) = (self.alice, mailbox.to_owned());
                let gone: Result<_, StoreError> = self
                    .home
                    .context
                    .store
                    .write(move |tx| {
                        let mailbox = mailboxes::by_name(tx, alice, &mailbox)?;
                        let ids: Vec<_> = views::by_uids(tx, mailbox.id, &[uid])?.iter().map(|row| row.id).collect();
                        messages::expunge(tx, alice, &ids)
                    })
                    .await;
                assert_eq!(gone.unwrap().len(), 1);
            }
        }
    }

    /// Runs a script.
    async fn play(&self, script: &str) {
        let mut clients: BTreeMap<&str, Client> = BTreeMap::new();
        let plain = STANDARD.encode(format!("\0alice\0{}", self.password));
        for (number, line) in script.lines().enumerate() {
            let at = number + 1;
            let line = line.trim_end_matches('\n');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(act) = line.strip_prefix("! ") {
                self.act(read_act(act)).await;
                continue;
            }
            let (who, rest) = line.split_once(':').unwrap_or_else(|| panic!("line {at}: {line}"));
            let text = rest.strip_prefix(' ').unwrap_or(rest);
            let client = clients.entry(&who[1..]).or_insert_with(|| self.connect());
            match &who[..1] {
                "C" => {
                    let text = text
                        .replace("$PASSWORD64", &STANDARD.encode(&self.password))
                        .replace("$OPENED64", &STANDARD.encode(&self.opened))
                        .replace("$PASSWORD", &self.password)
                        .replace("$OPENED", &self.opened)
                        .replace("$PLAIN", &plain);
                    client.send(format!("{text}\r\n").as_bytes()).await;
                }
                "S" => {
                    let came =
                        client.line().await.unwrap_or_else(|| panic!("line {at}: the connection ended, not {text:?}"));
                    assert!(fits(text, &came), "line {at}\n  wanted {text:?}\n  came   {came:?}");
                }
                _ => panic!("line {at}: {line}"),
            }
        }
        for (name, mut client) in clients {
            client.stream.get_mut().shutdown().await.unwrap();
            if let Some(left) = client.line().await {
                panic!("connection {name}: nothing more was wanted, came {left:?}");
            }
        }
    }
}

fn read_act(text: &str) -> Act<'_> {
    let words: Vec<&str> = text.split(' ').collect();
    match words.as_slice() {
        ["store", name, mailbox] => Act::Store { name, mailbox },
        ["expunge", uid, mailbox] => Act::Expunge { uid: uid.parse().unwrap(), mailbox },
        ["revoke"] => Act::Revoke,
        _ => panic!("no such act: {text}"),
    }
}

/// Whether a line is as wanted; `…` stands for anything.
fn fits(wanted: &str, came: &str) -> bool {
    let mut pieces = wanted.split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = came.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(found) => rest = &rest[found + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl Client {
    async fn send(&mut self, bytes: &[u8]) {
        tokio::time::timeout(PATIENCE, self.stream.get_mut().write_all(bytes)).await.unwrap().unwrap();
    }

    /// The next line without its end; `None` when the connection has ended.
    async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.stream.read_until(b'\n', &mut line)).await;
        read.expect("an answer in time").unwrap();
        if line.is_empty() {
            return None;
        }
        assert!(line.ends_with(b"\r\n"), "{line:?}");
        line.truncate(line.len() - 2);
        Some(String::from_utf8_lossy(&line).into_owned())
    }

    /// Sends a command with the tag `x` and reads up to its tagged line.
    async fn command(&mut self, text: &str) -> Vec<String> {
        self.send(format!("x {text}\r\n").as_bytes()).await;
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            let tagged = line.starts_with("x ");
            lines.push(line);
            if tagged {
                break;
            }
        }
        lines
    }
}
