//! A host for `serve --local` whose recipients provoke every outcome of a delivery, so that a newcomer sees the whole product
//! without a domain: `temporary@`, `refuse@`, `unknown@`, `full@`, `greylist@`, `slow@`, `toolarge@`, `hangup@`; everybody else
//! there takes mail, and throws it away.
//!
//! It speaks SMTP through the same [`wire`](super::wire) as the box, keeps nothing but which greylisted recipients were tried,
//! and listens on loopback only.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use shared::api::EmailAddress;
use shared::api::limits::MESSAGE_BYTES;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::wire::command::{self, Command, Recipient};
use super::wire::data::Decoder;
use super::wire::reply::Reply;
use crate::net::dns::Zone;
use crate::net::stream::{Duplex, Lines};

/// What `slow@` waits before it takes a message: long enough to be seen in the page.
const SLOW: Duration = Duration::from_secs(15);
/// Waiting for the next line.
const PATIENCE: Duration = Duration::from_secs(60);
const LINE_BYTES: usize = 4096;
/// Recipients whose first try is remembered.
const REMEMBERED: usize = 1000;

/// The names of the sandbox in a zone: `fail.<domain>` takes mail at `at`; mail to `nomail.<domain>` is refused by its DNS
/// (RFC 7505), `down.<domain>` does not answer, `lost.<domain>` cannot be looked up.
#[must_use]
pub fn add_names(zone: Zone, domain: &str, at: SocketAddr) -> Zone {
    let name = |label: &str| format!("{label}.{domain}");
    // The discard port of this machine: nobody listens there.
    let nobody = SocketAddr::new(at.ip(), 9);
    zone.with_mx(&name("fail"), 10, &name("fail"))
        .with_port(&name("fail"), 25, at)
        .with_mx(&name("nomail"), 0, "")
        .with_mx(&name("down"), 10, &name("down"))
        .with_port(&name("down"), 25, nobody)
        .with_broken(&name("lost"))
}

/// The host; clones remember together.
#[derive(Clone, Debug, Default)]
pub struct Sandbox {
    greylisted: Arc<Mutex<BTreeSet<EmailAddress>>>,
}

/// What a recipient of the sandbox does.
enum Outcome {
    Accept,
    Refuse(Reply),
    HangUp,
}

/// What is known of the message so far.
#[derive(Default)]
struct Transaction {
    recipients: Vec<EmailAddress>,
}

impl Transaction {
    fn has(&self, name: &str) -> bool {
        self.recipients.iter().any(|address| address.local_part().eq_ignore_ascii_case(name))
    }
}

impl Sandbox {
    /// Serves one connection.
    pub async fn connection(self, stream: Duplex) {
        if let Err(error) = self.talk(Lines::new(stream)).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the sandbox's connection ended");
        }
    }

    async fn talk(self, mut lines: Lines) -> io::Result<()> {
        say(&mut lines, &Reply::new(220, "", "sandbox ESMTP")).await?;
        let mut transaction = Transaction::default();
        while let Some(line) = next_line(&mut lines).await? {
            let reply = match command::parse(&line) {
                Ok(Command::Ehlo(_)) => {
                    let size = format!("SIZE {MESSAGE_BYTES}");
                    Reply::many(
                        250,
                        vec!["sandbox".into(), "PIPELINING".into(), size.into(), "8BITMIME".into(), "SMTPUTF8".into()],
                    )
                }
                Ok(Command::Mail(_) | Command::Rset) => {
                    transaction = Transaction::default();
                    Reply::new(250, "2.1.0", "Fine")
                }
                Ok(Command::Rcpt(Recipient::Address(address))) => match self.outcome(&address) {
                    Outcome::Accept => {
                        transaction.recipients.push(address);
                        Reply::new(250, "2.1.5", "Fine")
                    }
                    Outcome::Refuse(reply) => reply,
                    Outcome::HangUp => return Ok(()),
                },
                Ok(Command::Data) if !transaction.recipients.is_empty() => {
                    say(&mut lines, &Reply::new(354, "", "Go on")).await?;
                    throw_away_data(&mut lines).await?;
                    after_data(&std::mem::take(&mut transaction)).await
                }
                Ok(Command::Quit) => return say(&mut lines, &Reply::new(221, "2.0.0", "Good-bye")).await,
                Ok(Command::Helo(_) | Command::Noop) => Reply::new(250, "2.0.0", "Fine"),
                _ => Reply::new(503, "5.5.1", "Not here, or not now"),
            };
            say(&mut lines, &reply).await?;
        }
        Ok(())
    }

    fn outcome(&self, address: &EmailAddress) -> Outcome {
        let refuse = |code, enhanced, text| Outcome::Refuse(Reply::new(code, enhanced, text));
        match address.local_part().to_ascii_lowercase().as_str() {
            "temporary" => refuse(451, "4.3.0", "Something is broken here, try later"),
            "refuse" => refuse(550, "5.7.1", "Mail from there is not wanted"),
            "unknown" => refuse(550, "5.1.1", "No such mailbox"),
            "full" => refuse(452, "4.2.2", "The mailbox is full"),
            "hangup" => Outcome::HangUp,
            "greylist" if self.is_first_try(address) => refuse(451, "4.7.1", "Greylisted, try again in a minute"),
            _ => Outcome::Accept,
        }
    }

    fn is_first_try(&self, address: &EmailAddress) -> bool {
        let mut tried = self.greylisted.lock().unwrap_or_else(PoisonError::into_inner);
        if tried.len() >= REMEMBERED {
            tried.clear();
        }
        // The second try is taken, the third is a first one again.
        !tried.remove(address) && tried.insert(address.clone())
    }
}

async fn after_data(transaction: &Transaction) -> Reply {
    if transaction.has("slow") {
        tokio::time::sleep(SLOW).await;
    }
    if transaction.has("toolarge") {
        return Reply::new(552, "5.3.4", "The message is too large for this mailbox");
    }
    Reply::new(250, "2.0.0", "Thrown away")
}

async fn say(lines: &mut Lines, reply: &Reply) -> io::Result<()> {
    let stream = lines.stream();
    stream.write_all(reply.to_string().as_bytes()).await?;
    stream.flush().await
}

/// The next line; `None` when the other end has gone, or sends what is no line.
async fn next_line(lines: &mut Lines) -> io::Result<Option<bytes::Bytes>> {
    loop {
        match lines.take_line(LINE_BYTES) {
            Ok(Some(line)) => return Ok(Some(line)),
            Err(_) => return Ok(None),
            Ok(None) => {}
        }
        if timeout(PATIENCE, lines.fill()).await?? == 0 {
            return Ok(None);
        }
    }
}

async fn throw_away_data(lines: &mut Lines) -> io::Result<()> {
    let mut decoder = Decoder::default();
    loop {
        let used = decoder.feed(lines.unread(), |_| {});
        lines.consume(used);
        if decoder.has_ended() {
            return Ok(());
        }
        if timeout(PATIENCE, lines.fill()).await?? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
