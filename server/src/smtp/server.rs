//! The loop of one SMTP connection: owns the socket, carries out what the [`Session`] asks for, knows no rule.
//!
//! Time-outs are those of RFC 5321 §4.5.3.2.7 and the like; mail data is read into memory within the box's budget. Replies to
//! commands that came in one piece leave in one piece (RFC 2920 §3.2).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rustls::ServerConfig;
use shared::api::EmailAddress;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::auth::Credentials;
use super::intake::Intake;
use super::refusal::Refusal;
use super::session::{Envelope, Role, Security, Session, Step};
use super::wire::data::Decoder;
use super::wire::reply::Reply;
use crate::core::budget::{Held, Sharer};
use crate::core::deliver::Arrival;
use crate::core::devices::{self, DeviceError, SignedInDevice};
use crate::core::from_program::FromProgram;
use crate::core::pace::Pace;
use crate::core::policy::Origin;
use crate::core::post::Post;
use crate::core::trace::Trace;
use crate::net::listen::Stop;
use crate::net::peer::Network;
use crate::net::stream::{Duplex, Lines};
use crate::store::{Change, Heard, Listener};

/// Longest command line, octets: the 512 of RFC 5321 §4.5.3.1.4, with all that extensions add to it, and a long AUTH.
const LINE_BYTES: usize = 4096;
/// Waiting for a command (RFC 5321 §4.5.3.2.7).
const COMMAND: Duration = Duration::from_secs(5 * 60);
/// Waiting for a message, whatever commands are given.
const MESSAGE: Duration = Duration::from_secs(60 * 60);
/// Waiting for the next piece of mail data (RFC 5321 §4.5.3.2.5).
const DATA_PIECE: Duration = Duration::from_secs(3 * 60);
/// Waiting for the end of data that are refused already for their line ends: the end may never come in the right form.
const DATA_REFUSED: Duration = Duration::from_secs(10);
/// Waiting for the other end to take a reply.
const WRITE: Duration = Duration::from_secs(60);
/// The TLS handshake after STARTTLS.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// What a connection at one of the doors needs; cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {
    post: Post,
    role: Role,
    tls: Option<Arc<ServerConfig>>,
    stop: Stop,
}

/// Why a session ended early.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the other end has gone")]
    Gone,
    #[error("nothing came for too long")]
    Silent,
    #[error("the device is signed out")]
    SignedOut,
    #[error("the other end does not read")]
    NotReading,
    #[error("the box is stopping")]
    Stopping,
    #[error("the TLS handshake failed")]
    Handshake,
    #[error("commands stood in front of the TLS handshake")]
    Injection,
    #[error("the connection failed")]
    Io(#[from] io::Error),
}

/// How it goes on after a step.
enum Then {
    Next,
    Close,
    Upgrade,
}

impl Server {
    /// Serves one of the doors; `tls` is what STARTTLS is answered with, where it is offered.
    #[must_use]
    pub fn new(post: Post, role: Role, tls: Option<Arc<ServerConfig>>, stop: Stop) -> Self {
        Self { post, role, tls, stop }
    }

    /// Serves one connection until either end has had enough.
    pub async fn connection(self, stream: Duplex, peer: SocketAddr) {
        let security = match (&self.tls, stream.is_tls()) {
            (_, true) => Security::Tls,
            (Some(_), false) => Security::Offered,
            (None, false) => Security::Plain,
        };
        let context = self.post.context();
        let session = Session::new(self.role, &context.host, context.domain.as_str(), security);
        let (out, due) = (Vec::new(), Instant::now() + MESSAGE);
        let talk = Talk { server: self, session, peer, out, due, read: None, signed_in: None };
        match talk.run(Lines::new(stream)).await {
            Ok(()) => tracing::debug!("ended"),
            Err(ended) => tracing::debug!(why = &ended as &dyn std::error::Error, "ended early"),
        }
    }
}

/// A connection in talk.
struct Talk {
    server: Server,
    session: Session,
    peer: SocketAddr,
    /// Replies that have not left yet.
    out: Vec<u8>,
    /// Until when the next message has to begin.
    due: Instant,
    /// The message that was read and not taken yet, with its room.
    read: Option<Held>,
    /// Who has signed in, and what is heard of the account.
    signed_in: Option<(SignedInDevice, Listener)>,
}

impl Talk {
    async fn run(mut self, mut lines: Lines) -> Result<(), Ended> {
        self.say(&self.session.greeting());
        loop {
            let line = match self.next_line(&mut lines).await {
                Ok(line) => line,
                Err(ended) => {
                    self.end(&mut lines, &ended).await;
                    return Err(ended);
                }
            };
            let step = match line {
                Some(line) => self.session.line(&line),
                None => self.session.line_too_long(),
            };
            match self.carry_out(&mut lines, step).await? {
                Then::Next => {}
                Then::Close => {
                    self.flush(&mut lines).await?;
                    return Ok(lines.stream().shutdown().await?);
                }
                Then::Upgrade => lines = self.upgrade(lines).await?,
            }
        }
    }

    /// Last words, where there is somebody to hear them.
    async fn end(&mut self, lines: &mut Lines, ended: &Ended) {
        match ended {
            Ended::Silent => self.say(&Reply::new(421, "4.4.2", "Nothing came for too long")),
            Ended::SignedOut => self.say(&Refusal::SignedOut.reply()),
            Ended::Stopping => self.say(&self.session.farewell()),
            _ => return,
        }
        if self.flush(lines).await.is_ok() {
            let _gone_anyway = lines.stream().shutdown().await;
        }
    }

    /// The next line; `None` where it is too long.
    async fn next_line(&mut self, lines: &mut Lines) -> Result<Option<Bytes>, Ended> {
        let by = self.due.min(Instant::now() + COMMAND);
        loop {
            match lines.take_line(LINE_BYTES) {
                Ok(Some(line)) => return Ok(Some(line)),
                Err(_) => return Ok(None),
                Ok(None) => {}
            }
            self.flush(lines).await?;
            let stop = self.server.stop.clone();
            tokio::select! {
                filled = timeout_at(by, lines.fill()) => if filled.map_err(|_| Ended::Silent)?? == 0 {
                    return Err(Ended::Gone);
                },
                () = self.in_doubt() => self.may_go_on().await?,
                () = stop.draining() => return Err(Ended::Stopping),
            }
        }
    }

    /// Waits until access may have changed for who has signed in. Safe to cancel.
    async fn in_doubt(&mut self) {
        let Some((_, listener)) = &mut self.signed_in else { return std::future::pending().await };
        while let Some(heard) = listener.next().await {
            if matches!(heard, Heard::Missed | Heard::Change(Change::Access)) {
                return;
            }
        }
        std::future::pending().await
    }

    /// Ends the talk of a device that is signed out. Where that cannot be found out, it is asked again when mail comes.
    async fn may_go_on(&self) -> Result<(), Ended> {
        let Some((who, _)) = &self.signed_in else { return Ok(()) };
        match devices::may_go_on(self.server.post.context(), who).await {
            Ok(false) => Err(Ended::SignedOut),
            Ok(true) | Err(_) => Ok(()),
        }
    }

    fn say(&mut self, reply: &Reply) {
        if reply.refuses() {
            tracing::debug!(code = reply.code(), "refused");
        }
        self.out.extend_from_slice(reply.to_string().as_bytes());
    }

    async fn flush(&mut self, lines: &mut Lines) -> Result<(), Ended> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        let stream = lines.stream();
        let writing = async {
            stream.write_all(&out).await?;
            stream.flush().await
        };
        Ok(timeout(WRITE, writing).await.map_err(|_| Ended::NotReading)??)
    }

    async fn carry_out(&mut self, lines: &mut Lines, mut step: Step) -> Result<Then, Ended> {
        loop {
            step = match step {
                Step::Reply(reply) => {
                    self.say(&reply);
                    return Ok(Then::Next);
                }
                Step::Close(reply) => {
                    self.say(&reply);
                    return Ok(Then::Close);
                }
                Step::StartTls(reply) => {
                    self.say(&reply);
                    return Ok(Then::Upgrade);
                }
                Step::SignIn(credentials) => {
                    let outcome = self.sign_in(credentials).await;
                    self.session.signed_in(outcome)
                }
                Step::CheckSender(login, address) => {
                    let checked = self.server.post.check_sender(&login, address.as_ref()).await;
                    self.session.sender_checked(checked.map_err(Refusal::from))
                }
                Step::CheckRecipient(address) => {
                    let outcome = self.check_recipient(&address).await;
                    self.session.recipient_checked(outcome)
                }
                Step::ReadData(reply) => {
                    self.say(&reply);
                    self.flush(lines).await?;
                    let outcome = self.read_data(lines).await?;
                    self.due = Instant::now() + MESSAGE;
                    self.session.data_ended(outcome)
                }
                Step::Accept(envelope) => {
                    let tls = lines.stream().tls_parameters();
                    let outcome = self.accept(*envelope, tls).await;
                    self.session.accepted(outcome)
                }
            };
        }
    }

    /// Does the TLS handshake. Nothing may stand between it and the command (RFC 3207 §6).
    async fn upgrade(&mut self, lines: Lines) -> Result<Lines, Ended> {
        let mut stream = match lines.into_stream() {
            Ok(stream) => stream,
            Err(mut lines) => {
                self.out = Refusal::Injection.reply().to_string().into_bytes();
                self.flush(&mut lines).await?;
                return Err(Ended::Injection);
            }
        };
        let tls = self.server.tls.clone().ok_or(Ended::Handshake)?;
        let out = std::mem::take(&mut self.out);
        timeout(WRITE, stream.write_all(&out)).await.map_err(|_| Ended::NotReading)??;
        let stream = timeout(HANDSHAKE, stream.accept_tls(tls)).await.map_err(|_| Ended::Silent)?;
        self.session.secured();
        stream.map(Lines::new).map_err(|error| {
            tracing::info!(error = &error as &dyn std::error::Error, "TLS handshake failed");
            Ended::Handshake
        })
    }

    async fn sign_in(&mut self, credentials: Credentials) -> Result<SignedInDevice, Refusal> {
        let Credentials { user, password } = credentials;
        let context = self.server.post.context();
        let signed_in = devices::sign_in(context, &user, password.expose(), self.peer.ip().to_canonical()).await;
        if let Ok(who) = &signed_in {
            // What changed just before is found when mail comes.
            self.signed_in = Some((who.clone(), context.store.listen(who.account)));
        }
        signed_in.map_err(|error| match error {
            DeviceError::WrongPassword => {
                tracing::info!("wrong device password");
                Refusal::WrongPassword
            }
            DeviceError::Wait(_) => Refusal::TooManyTries,
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "signing in failed");
                Refusal::SignInBusy
            }
        })
    }

    async fn check_recipient(&self, address: &EmailAddress) -> Result<(), Refusal> {
        let post = &self.server.post;
        match self.server.role {
            Role::Exchange if !post.context().domain.holds(address) => Err(Refusal::NoRelay),
            Role::Exchange => Ok(post.check_recipient(address).await?),
            Role::Submission => Ok(post.check_outgoing_recipient(address).await?),
        }
    }

    /// Reads mail data to their end, whether they can be used or not.
    async fn read_data(&mut self, lines: &mut Lines) -> Result<Result<(), Refusal>, Ended> {
        let mut pace = Pace::new(Instant::now(), DATA_PIECE);
        let sharer = match self.server.role {
            Role::Exchange => Some(Sharer::Network(Network::of(self.peer.ip()))),
            Role::Submission => self.signed_in.as_ref().map(|(who, _)| Sharer::Account(who.account)),
        };
        let mut intake = Intake::new(self.server.post.budget().clone(), sharer);
        let mut decoder = Decoder::default();
        loop {
            let used = decoder.feed(lines.unread(), |piece| intake.push(piece));
            lines.consume(used);
            if decoder.has_ended() {
                break;
            }
            let bare = decoder.check().is_err();
            let by = if bare { pace.due().min(Instant::now() + DATA_REFUSED) } else { pace.due() };
            match timeout_at(by, lines.fill()).await {
                Ok(Ok(0)) if bare => break,
                Ok(Ok(0)) => return Err(Ended::Gone),
                Ok(Ok(octets)) => pace.came(octets, Instant::now()),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) if bare => break,
                Err(_) => {
                    self.end(lines, &Ended::Silent).await;
                    return Err(Ended::Silent);
                }
            }
            if intake.is_hopeless() {
                return Err(Ended::NotReading);
            }
        }
        if decoder.check().is_err() {
            return Ok(Err(Refusal::BareLineEnd));
        }
        Ok(intake.finish().map(|read| self.read = Some(read)))
    }

    async fn accept(&mut self, envelope: Envelope, tls: Option<String>) -> Result<String, Refusal> {
        let Held { bytes: message, room: _room } = self.read.take().ok_or(Refusal::Sequence)?;
        let Envelope { client, protocol, login, from, recipients } = envelope;
        let id = self.server.post.name_message();
        let (size, count, sender) = (message.len(), recipients.len(), from.clone());
        let mut trace = Trace { client: None, protocol, tls, id: id.clone() };
        let outcome = match login {
            Some(login) => {
                let handed = FromProgram { login, from, recipients, trace, message };
                self.server.post.submit_from_program(handed).await.map_err(Refusal::from)
            }
            None => {
                trace.client = Some((client, self.peer.ip()));
                let arrival = Arrival { from, recipients, origin: Origin::Elsewhere, trace, message };
                self.server.post.deliver(arrival).await.map_err(Refusal::from)
            }
        };
        let refused = outcome.as_ref().err();
        tracing::info!(
            name = id,
            from = sender.as_ref().map_or("", EmailAddress::as_str),
            count,
            size,
            ?refused,
            "message"
        );
        outcome.map(|()| id)
    }
}
