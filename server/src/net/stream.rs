//! One connection: plain, or TLS from either end; and a reader that hands out whole lines.
//!
//! Invariants: a stream goes from plain to TLS once and never back; a [`Lines`] gives its stream away for an upgrade only
//! while it holds no bytes that came before (the class of CVE-2011-0411: commands smuggled in front of the handshake).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// Bytes that one read takes at most: several lines, a good piece of a message.
const READ_BYTES: usize = 16 * 1024;

/// A connection.
#[derive(Debug)]
pub enum Duplex {
    /// Readable by everybody on the way.
    Plain(TcpStream),
    /// TLS; the other end connected to us.
    Accepted(Box<server::TlsStream<TcpStream>>),
    /// TLS; we connected to the other end.
    Connected(Box<client::TlsStream<TcpStream>>),
}

impl From<TcpStream> for Duplex {
    fn from(socket: TcpStream) -> Self {
        Self::Plain(socket)
    }
}

impl Duplex {
    /// Whether it is TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        !matches!(self, Self::Plain(_))
    }

    /// Version and cipher suite, for those who log or trace how mail travelled; `None` where it is plain.
    #[must_use]
    pub fn tls_parameters(&self) -> Option<String> {
        let (version, suite) = match self {
            Self::Plain(_) => return None,
            Self::Accepted(stream) => {
                let (_, session) = stream.get_ref();
                (session.protocol_version(), session.negotiated_cipher_suite())
            }
            Self::Connected(stream) => {
                let (_, session) = stream.get_ref();
                (session.protocol_version(), session.negotiated_cipher_suite())
            }
        };
        let version = version.and_then(|version| version.as_str()).unwrap_or("TLS");
        let suite = suite.and_then(|suite| suite.suite().as_str()).unwrap_or("unknown");
        Some(format!("{version}:{suite}"))
    }

    /// Does the handshake as the end that was connected to.
    ///
    /// # Errors
    /// Where the handshake fails, or the stream is TLS already.
    pub async fn accept_tls(self, config: Arc<ServerConfig>) -> io::Result<Self> {
        let Self::Plain(socket) = self else { return Err(twice()) };
        Ok(Self::Accepted(Box::new(TlsAcceptor::from(config).accept(socket).await?)))
    }

    /// Does the handshake as the end that connected.
    ///
    /// # Errors
    /// Where the handshake fails, or the stream is TLS already.
    pub async fn connect_tls(self, config: Arc<ClientConfig>, name: ServerName<'static>) -> io::Result<Self> {
        let Self::Plain(socket) = self else { return Err(twice()) };
        Ok(Self::Connected(Box::new(TlsConnector::from(config).connect(name, socket).await?)))
    }
}

fn twice() -> io::Error {
    io::Error::other("the connection is TLS already")
}

impl AsyncRead for Duplex {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Accepted(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Connected(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Duplex {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Accepted(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Connected(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Accepted(stream) => Pin::new(stream).poll_flush(cx),
            Self::Connected(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Accepted(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Connected(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// The other end sent more in one line than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTooLong;

/// A connection with what was read from it and not used yet.
#[derive(Debug)]
pub struct Lines {
    stream: Duplex,
    unread: BytesMut,
}

impl Lines {
    /// Begins to read.
    #[must_use]
    pub fn new(stream: Duplex) -> Self {
        Self { stream, unread: BytesMut::new() }
    }

    /// The connection, to write to.
    pub fn stream(&mut self) -> &mut Duplex {
        &mut self.stream
    }

    /// Whether it is TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }

    /// What was read and not used yet.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        &self.unread
    }

    /// Marks bytes of [`Lines::unread`] as used.
    pub fn consume(&mut self, bytes: usize) {
        self.unread.advance(bytes.min(self.unread.len()));
    }

    /// Takes the next line that is there whole, its line feed included.
    ///
    /// # Errors
    /// [`LineTooLong`] where more than `limit` bytes are there without a line feed among the first `limit`.
    pub fn take_line(&mut self, limit: usize) -> Result<Option<Bytes>, LineTooLong> {
        let within = self.unread.get(..limit).unwrap_or(&self.unread);
        match within.iter().position(|&byte| byte == b'\n') {
            Some(at) => Ok(Some(self.unread.split_to(at + 1).freeze())),
            None if self.unread.len() >= limit => Err(LineTooLong),
            None => Ok(None),
        }
    }

    /// Reads what the other end sends next; 0 when it has ended. Safe to cancel.
    ///
    /// # Errors
    /// Where the connection fails.
    pub async fn fill(&mut self) -> io::Result<usize> {
        self.unread.reserve(READ_BYTES);
        (&mut self.stream).take(READ_BYTES as u64).read_buf(&mut self.unread).await
    }

    /// Gives the connection away.
    ///
    /// # Errors
    /// Gives itself back where bytes are left that nobody used: they must not be taken for what comes after an upgrade.
    pub fn into_stream(self) -> Result<Duplex, Self> {
        if self.unread.is_empty() { Ok(self.stream) } else { Err(self) }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, Lines) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        (client, Lines::new(server.into()))
    }

    #[tokio::test]
    async fn lines_come_one_by_one() {
        let (mut client, mut lines) = pair().await;
        client.write_all(b"one\r\ntwo\nthr").await.unwrap();
        while lines.unread().len() < 12 {
            lines.fill().await.unwrap();
        }
        assert_eq!(lines.take_line(100).unwrap().unwrap(), "one\r\n");
        assert_eq!(lines.take_line(100).unwrap().unwrap(), "two\n");
        assert_eq!(lines.take_line(100), Ok(None));
        assert_eq!(lines.take_line(3), Err(LineTooLong));
    }

    #[tokio::test]
    async fn what_came_before_an_upgrade_keeps_it_from_happening() {
        let (mut client, mut lines) = pair().await;
        client.write_all(b"STARTTLS\r\nMAIL").await.unwrap();
        while lines.unread().len() < 14 {
            lines.fill().await.unwrap();
        }
        lines.take_line(100).unwrap().unwrap();
        let lines = lines.into_stream().unwrap_err();
        assert_eq!(lines.unread(), b"MAIL");
    }
}
