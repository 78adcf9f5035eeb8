//! One talk with one host.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use shared::api::EmailAddress;
use shared::api::submit::FailureReason;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::fate::{self, Stage};
use super::route::Target;
use super::{Message, Patience, shared_fate, unfit};
use crate::core::carrier::{Fate, Parcel, Why};
use crate::net::stream::{Duplex, Lines};
use crate::smtp::wire::data;
use crate::smtp::wire::reply::{NotAReply, REPLY_LINE_BYTES, Response};

/// Octets of data that are sent in one piece; each has its own time-out.
const PIECE_BYTES: usize = 64 * 1024;
/// Waiting for the answer to QUIT: nothing depends on it.
const QUIT: Duration = Duration::from_secs(5);

/// Why a talk broke off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The host refuses to go on.
    #[error("refused: {0}")]
    Refused(Response),
    /// The host closed the connection.
    #[error("the host closed the connection")]
    Closed,
    /// The host did not answer in time.
    #[error("the host did not answer in time")]
    Silent,
    /// The host answered something that is not SMTP.
    #[error("the host does not speak SMTP")]
    NotAReply(#[from] NotAReply),
    /// The connection failed.
    #[error("the connection failed")]
    Io(#[from] io::Error),
}

impl Failure {
    /// What it means for the recipients.
    pub(super) fn fate(&self, host: &str) -> Fate {
        match self {
            Self::Refused(response) => fate::of_response(response, Stage::Sender, host),
            Self::Closed | Self::Silent | Self::NotAReply(_) | Self::Io(_) => {
                Fate::Later(Why { host: Some(host.to_owned()), ..Why::own(FailureReason::Unreachable, "4.4.2") })
            }
        }
    }
}

/// A host that has greeted us.
#[derive(Debug)]
pub(super) struct Connection {
    lines: Lines,
    host: String,
    /// The reply to EHLO; the one to HELO names no extension.
    offers: Response,
    patience: Patience,
}

impl Connection {
    /// Connects, and says who we are.
    pub(super) async fn open(target: &Target, own_host: &str, patience: Patience) -> Result<Self, Failure> {
        let connecting = TcpStream::connect(target.address);
        let socket = timeout(patience.connect, connecting).await.map_err(|_| Failure::Silent)??;
        let _unimportant = socket.set_nodelay(true);
        let lines = Lines::new(Duplex::from(socket));
        let mut connection = Self { lines, host: target.host.clone(), offers: Response::default(), patience };
        let greeting = connection.reply(patience.greeting).await?;
        if greeting.code != 220 {
            return Err(connection.refused(greeting).await);
        }
        connection.greet(own_host).await?;
        Ok(connection)
    }

    async fn greet(&mut self, own_host: &str) -> Result<(), Failure> {
        let extended = self.command(&format!("EHLO {own_host}\r\n")).await?;
        self.offers = if extended.is_permanent() {
            let plain = self.command(&format!("HELO {own_host}\r\n")).await?;
            Response { lines: Vec::new(), ..plain }
        } else {
            extended
        };
        if self.offers.code == 250 { Ok(()) } else { Err(self.refused(self.offers.clone()).await) }
    }

    pub(super) fn offers_tls(&self) -> bool {
        self.offers.extension("STARTTLS").is_some()
    }

    /// Turns TLS on, and begins anew (RFC 3207 §4.2).
    pub(super) async fn secure(mut self, tls: Arc<ClientConfig>, own_host: &str) -> Result<Self, Failure> {
        let go = self.command("STARTTLS\r\n").await?;
        if go.code != 220 {
            return Err(self.refused(go).await);
        }
        let name = ServerName::try_from(self.host.clone()).map_err(|_| NotAReply)?;
        // Replies that stood in front of the handshake are somebody else's.
        let stream = self.lines.into_stream().map_err(|_| NotAReply)?;
        let handshake = timeout(self.patience.command, stream.connect_tls(tls, name));
        let stream = handshake.await.map_err(|_| Failure::Silent)??;
        tracing::debug!(tls = stream.tls_parameters(), "secured");
        let mut secured = Self { lines: Lines::new(stream), offers: Response::default(), ..self };
        secured.greet(own_host).await?;
        Ok(secured)
    }

    /// Sends a message and says good-bye.
    pub(super) async fn send(mut self, parcel: &Parcel) -> Vec<Fate> {
        let fates = match self.transfer(parcel).await {
            Ok(fates) => fates,
            // Whether the message was taken when the talk broke off is not known: it is tried again.
            Err(failure) => shared_fate(parcel, &failure.fate(&self.host)),
        };
        let quit = async {
            self.write(b"QUIT\r\n").await?;
            self.reply(QUIT).await
        };
        let _good_bye = timeout(QUIT, quit).await;
        fates
    }

    async fn transfer(&mut self, parcel: &Parcel) -> Result<Vec<Fate>, Failure> {
        let message = Message::of(parcel);
        let offered = |name| self.offers.extension(name).is_some();
        let (eight_bit, utf8, pipelining) = (offered("8BITMIME"), offered("SMTPUTF8"), offered("PIPELINING"));
        let size_limit = self.offers.extension("SIZE").map(|limit| limit.parse().unwrap_or(0));
        if let Some(fate) = unfit(size_limit, eight_bit, utf8, &self.host, &message) {
            return Ok(shared_fate(parcel, &fate));
        }
        let mut commands = vec![mail(parcel, &message, size_limit.is_some())];
        commands.extend(parcel.recipients.iter().map(|to| format!("RCPT TO:<{to}>\r\n")));
        let replies = self.ask(&commands, pipelining).await?;
        let mut replies = replies.into_iter();
        let sender = replies.next().ok_or(NotAReply)?;
        if !sender.is_positive() {
            return Ok(shared_fate(parcel, &fate::of_response(&sender, Stage::Sender, &self.host)));
        }
        let mut fates: Vec<_> = replies.map(|reply| fate::of_response(&reply, Stage::Recipient, &self.host)).collect();
        if fates.contains(&Fate::Delivered) {
            let taken = self.data(&message).await?;
            let fate = fate::of_response(&taken, Stage::Message, &self.host);
            for accepted in fates.iter_mut().filter(|fate| **fate == Fate::Delivered) {
                *accepted = fate.clone();
            }
        }
        Ok(fates)
    }

    /// Sends commands, all at once where the host takes them so (RFC 2920). After a refused sender nothing more is asked.
    async fn ask(&mut self, commands: &[String], pipelining: bool) -> Result<Vec<Response>, Failure> {
        let mut replies = Vec::with_capacity(commands.len());
        if pipelining {
            self.write(commands.concat().as_bytes()).await?;
        }
        for command in commands {
            let reply = if pipelining { self.reply(self.patience.command).await } else { self.command(command).await };
            replies.push(reply?);
            if !pipelining && replies.first().is_some_and(|sender| !sender.is_positive()) {
                break;
            }
        }
        Ok(replies)
    }

    async fn data(&mut self, message: &Message<'_>) -> Result<Response, Failure> {
        self.write(b"DATA\r\n").await?;
        let start = self.reply(self.patience.data_start).await?;
        if start.code != 354 {
            // Anything but a refusal would be none of the answers that there are.
            return if start.is_positive() { Err(NotAReply.into()) } else { Ok(start) };
        }
        for piece in data::encode(message.bytes).chunks(PIECE_BYTES) {
            let stream = self.lines.stream();
            timeout(self.patience.data_piece, stream.write_all(piece)).await.map_err(|_| Failure::Silent)??;
        }
        let stream = self.lines.stream();
        timeout(self.patience.data_piece, stream.flush()).await.map_err(|_| Failure::Silent)??;
        self.reply(self.patience.data_end).await
    }

    async fn command(&mut self, line: &str) -> Result<Response, Failure> {
        self.write(line.as_bytes()).await?;
        self.reply(self.patience.command).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let stream = self.lines.stream();
        let writing = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        Ok(timeout(self.patience.command, writing).await.map_err(|_| Failure::Silent)??)
    }

    async fn reply(&mut self, patience: Duration) -> Result<Response, Failure> {
        let reading = async {
            let mut response = Response::default();
            loop {
                match self.lines.take_line(REPLY_LINE_BYTES).map_err(|_| NotAReply)? {
                    Some(line) => {
                        if response.add_line(&line)? {
                            return Ok(response);
                        }
                    }
                    None => {
                        if self.lines.fill().await? == 0 {
                            return Err(Failure::Closed);
                        }
                    }
                }
            }
        };
        timeout(patience, reading).await.map_err(|_| Failure::Silent)?
    }

    /// The host does not want to go on; it is told that we have understood.
    async fn refused(&mut self, response: Response) -> Failure {
        let _good_bye = timeout(QUIT, self.lines.stream().write_all(b"QUIT\r\n")).await;
        Failure::Refused(response)
    }
}

fn mail(parcel: &Parcel, message: &Message<'_>, with_size: bool) -> String {
    let from = parcel.from.as_ref().map_or("", EmailAddress::as_str);
    let mut line = format!("MAIL FROM:<{from}>");
    if with_size {
        line += &format!(" SIZE={}", message.bytes.len());
    }
    if message.needs_eight_bit {
        line += " BODY=8BITMIME";
    }
    if message.needs_utf8 {
        line += " SMTPUTF8";
    }
    line + "\r\n"
}
