//! One connection: owns the stream, reads, waits, writes. It knows no command; what is to be said is the session's.
//!
//! Commands are carried out one after the other, and nothing is read meanwhile, so a client that pipelines waits in its own
//! send buffer. Reading, hearing of changes and stopping are awaited together and are all safe to cancel.

use std::io;
use std::net::IpAddr;
use std::pin::pin;

use shared::api::limits::SEALED_MESSAGE_BYTES;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use super::Service;
use super::compression::Deflated;
use super::limits::{READ_BYTES, Waits};
use super::session::{BoxFuture, Farewell, Replies, Session, Sink};
use super::wire::intake::{Intake, Taken, TooMuch};
use crate::core::budget::{NoRoom, Reserved, Sharer, next_step};
use crate::core::pace::{Pace, Taking};
use crate::store::Heard;

/// Speaks IMAP over a stream on which TLS is done, until one of both ends it; `draining` asks to end at the next pause.
pub async fn serve_connection<S>(stream: S, peer: IpAddr, service: Service, draining: impl Future<Output = ()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut connection = Connection {
        stream,
        session: Session::new(service.clone(), peer),
        intake: Intake::new(),
        service,
        deflated: None,
        incoming: None,
        begun: Instant::now(),
    };
    match connection.run(draining).await {
        Ok(()) => {}
        Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "the connection broke"),
    }
    let _ended = timeout(connection.service.waits.write_stall, connection.stream.shutdown()).await;
}

struct Connection<S> {
    stream: S,
    session: Session,
    intake: Intake,
    service: Service,
    /// Between here and the stream, where the client asked for it.
    deflated: Option<Deflated>,
    incoming: Option<Incoming>,
    begun: Instant,
}

/// The messages of a command that is coming in.
struct Incoming {
    pace: Pace,
    /// Octets that were announced and let in.
    announced: usize,
    /// Octets that there is room for.
    reserved: usize,
    room: Option<Reserved>,
}

/// What ended the wait for more bytes.
enum Woken {
    Read(usize),
    Heard(Option<Heard>),
    TooLong,
    Draining,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    async fn run(&mut self, draining: impl Future<Output = ()>) -> io::Result<()> {
        let mut draining = pin!(draining);
        let mut chunk = Zeroizing::new(vec![0; READ_BYTES]);
        let waits = self.service.waits;
        self.session.greet(&mut Replies::new(&mut StreamSink::new(&mut self.stream, None, waits))).await?;
        let mut last_read = Instant::now();
        while !self.session.is_over() {
            if self.step().await? || self.unpack(&mut chunk)? {
                continue;
            }
            let deadline = self.deadline(last_read);
            // A command that is coming in is let in whole.
            let may_stop = !self.intake.is_inside_command();
            let woken = tokio::select! {
                read = timeout_at(deadline, self.stream.read(&mut chunk)) => match read {
                    Ok(read) => Woken::Read(read?),
                    Err(_) => Woken::TooLong,
                },
                heard = self.session.hear() => Woken::Heard(heard),
                () = &mut draining, if may_stop => Woken::Draining,
            };
            let mut sink = StreamSink::new(&mut self.stream, self.deflated.as_mut(), waits);
            let replies = &mut Replies::new(&mut sink);
            match woken {
                Woken::Read(0) => return Ok(()),
                Woken::Read(octets) => {
                    let bytes = chunk.get(..octets).unwrap_or_default();
                    match &mut self.deflated {
                        Some(deflated) => deflated.push(bytes),
                        None => {
                            came(&mut self.incoming, octets);
                            self.intake.push(bytes);
                        }
                    }
                    last_read = Instant::now();
                }
                Woken::Heard(heard) => self.session.told(heard, replies).await?,
                Woken::TooLong => self.session.end(Farewell::Idle, replies).await?,
                Woken::Draining => self.session.end(Farewell::Stopping, replies).await?,
            }
        }
        Ok(())
    }

    /// Unpacks some of what was read, where that is packed; `false` where there is nothing to unpack.
    fn unpack(&mut self, room: &mut Zeroizing<Vec<u8>>) -> io::Result<bool> {
        let Some(deflated) = &mut self.deflated else { return Ok(false) };
        let octets = deflated.unpack(room)?;
        came(&mut self.incoming, octets);
        self.intake.push(room.get(..octets).unwrap_or_default());
        Ok(octets > 0)
    }

    /// Does one thing with what was read; `false` where more must be read first.
    async fn step(&mut self) -> io::Result<bool> {
        let taken = if self.session.wants_line() { self.intake.take_line() } else { self.intake.take() };
        let taken = match taken {
            Taken::Message { octets } => self.announced(octets),
            Taken::Room { octets } => {
                self.make_room(octets);
                return Ok(true);
            }
            other => other,
        };
        let mut sink = StreamSink::new(&mut self.stream, self.deflated.as_mut(), self.service.waits);
        let replies = &mut Replies::new(&mut sink);
        match taken {
            Taken::More => return Ok(false),
            // Let in, or refused, and its octets are still to be passed over.
            Taken::Message { .. } | Taken::Room { .. } => {}
            Taken::Invite => replies.say(b"+ \r\n").await?,
            Taken::Refused(tag, why) => {
                self.incoming = None;
                self.session.too_much(tag, why, replies).await?;
            }
            Taken::Command(input) => {
                let was_signed_in = self.session.is_signed_in();
                self.session.input(input, replies).await?;
                self.incoming = None;
                if !was_signed_in && self.session.is_signed_in() {
                    self.intake.signed_in();
                }
                if self.session.begins_compression() {
                    self.deflated = Some(Deflated::new());
                }
            }
        }
        Ok(true)
    }

    /// Decides about an announced message. Nothing is reserved before it comes: announcing is free.
    fn announced(&mut self, octets: u64) -> Taken {
        let size = usize::try_from(octets).unwrap_or(usize::MAX);
        let (before, reserved) =
            self.incoming.as_ref().map_or((0, 0), |incoming| (incoming.announced, incoming.reserved));
        let why = match self.sharer() {
            _ if size > SEALED_MESSAGE_BYTES => Some(TooMuch::Message),
            None => Some(TooMuch::Busy),
            // What sealing it takes is reserved when it is there.
            Some(sharer) => {
                let unreserved = before.saturating_add(size).saturating_sub(reserved);
                match self.service.post.budget().has_room_for(sharer, reserved, unreserved) {
                    Ok(()) => None,
                    Err(NoRoom::Ever) => Some(TooMuch::Together),
                    Err(NoRoom::Now) => Some(TooMuch::Busy),
                }
            }
        };
        if let Some(why) = why {
            return self.refuse(why, Taken::Message { octets });
        }
        let (now, wait) = (Instant::now(), self.service.waits.within_command);
        let begin = || Incoming { pace: Pace::new(now, wait), announced: 0, reserved: 0, room: None };
        let incoming = self.incoming.get_or_insert_with(begin);
        incoming.announced += size;
        incoming.pace.another(now);
        if self.intake.accept() { Taken::Invite } else { Taken::Message { octets } }
    }

    /// Has room for some more of a message that is coming, of which so many octets are left; where there is none, the rest is
    /// passed over.
    fn make_room(&mut self, left: usize) {
        let (sharer, budget) = (self.sharer(), self.service.post.budget());
        let had = self.incoming.as_mut().zip(sharer).and_then(|(incoming, sharer)| {
            let step = next_step(incoming.reserved, left);
            // Some ahead, where there is so much.
            let had = |octets| Some((octets, budget.try_reserve_for(sharer, octets)?));
            let (octets, more) = [step, left.min(step)].into_iter().find_map(had)?;
            match &mut incoming.room {
                Some(room) => room.join(more),
                None => incoming.room = Some(more),
            }
            incoming.reserved += octets;
            Some(octets)
        });
        match had {
            Some(octets) => self.intake.grow(octets),
            None => drop(self.refuse(TooMuch::Busy, Taken::More)),
        }
    }

    /// Refuses the message at hand and the command that it belongs to; `passes_over` where that is said only after what is on its way.
    fn refuse(&mut self, why: TooMuch, passes_over: Taken) -> Taken {
        let taken = match self.intake.refuse(why) {
            Taken::More => passes_over,
            refused => refused,
        };
        if let Some(incoming) = &mut self.incoming {
            incoming.room = None;
        }
        taken
    }

    /// Whose share of the memory messages that come in count against.
    fn sharer(&self) -> Option<Sharer> {
        self.session.account().map(Sharer::Account)
    }

    fn deadline(&self, last_read: Instant) -> Instant {
        let waits = self.service.waits;
        if !self.session.is_signed_in() {
            self.begun + waits.before_login
        } else if let Some(incoming) = &self.incoming {
            incoming.pace.due()
        } else if self.intake.is_inside_command() {
            last_read + waits.within_command
        } else {
            last_read + waits.autologout
        }
    }
}

/// So many octets of the command at hand have come.
fn came(incoming: &mut Option<Incoming>, octets: usize) {
    if let Some(incoming) = incoming {
        incoming.pace.came(octets, Instant::now());
    }
}

/// Writes one answer to a stream as fast as its reader takes it, unless that stops.
struct StreamSink<'s, S> {
    stream: &'s mut S,
    deflated: Option<&'s mut Deflated>,
    waits: Waits,
    taking: Taking,
}

impl<'s, S> StreamSink<'s, S> {
    fn new(stream: &'s mut S, deflated: Option<&'s mut Deflated>, waits: Waits) -> Self {
        Self { stream, deflated, waits, taking: Taking::default() }
    }
}

impl<S: AsyncWrite + Unpin + Send> Sink for StreamSink<'_, S> {
    fn send<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            let packed = self.deflated.as_mut().map(|deflated| deflated.pack(bytes)).transpose()?;
            let mut bytes = packed.as_deref().unwrap_or(bytes);
            while !bytes.is_empty() {
                let (begun, most) = (Instant::now(), self.waits.write_stall.min(self.taking.left()));
                let written = timeout(most, self.stream.write(bytes)).await.map_err(|_| stalled())??;
                if written == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                self.taking.took(written, begun.elapsed());
                bytes = bytes.get(written..).unwrap_or_default();
            }
            timeout(self.waits.write_stall, self.stream.flush()).await.map_err(|_| stalled())?
        })
    }
}

fn stalled() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client does not read")
}
