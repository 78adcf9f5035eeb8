//! A talk with a box line by line, over TLS or plain: for what no mail program would say, and for replies to the letter.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::foreign::Device;
use crate::home::Home;

/// A box that does not answer for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// A connection. Everything panics where the box is not there or goes away.
pub struct Talk {
    stream: BufReader<Box<dyn Stream>>,
}

impl Talk {
    /// With port 25, where other mail servers come in; greeted.
    #[must_use]
    pub fn smtp(home: &Home) -> Self {
        Self::greeted(Self { stream: BufReader::new(Box::new(connect(home.ports().smtp))) })
    }

    /// With port 465, where mail programs hand in; greeted.
    #[must_use]
    pub fn submission(home: &Home) -> Self {
        Self::greeted(Self::tls(home.ports().submissions, &home.authority()))
    }

    /// With port 993, where mail programs read.
    #[must_use]
    pub fn imap(home: &Home) -> Self {
        let mut talk = Self::tls(home.ports().imaps, &home.authority());
        assert!(talk.line().starts_with("* OK"), "no greeting");
        talk
    }

    /// With port 993 of a box that may go away at any time; `None` where it is not there.
    #[must_use]
    pub fn try_imap(port: u16, authority: &Path) -> Option<Self> {
        let mut talk = Self::try_tls(port, authority).ok()?;
        talk.try_line()?.starts_with("* OK").then_some(talk)
    }

    /// The same from another address of loopback, which to a server is another network.
    ///
    /// # Errors
    /// Where it is not there, does not let it in, or goes away before it greets.
    pub fn imap_from(source: Ipv4Addr, port: u16, authority: &Path) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let socket = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind((IpAddr::V4(source), 0).into())?;
            socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?.into_std()
        })?;
        socket.set_nonblocking(false)?;
        let mut talk = Self::over(patient(socket)?, authority);
        let greeted = talk.try_line().is_some_and(|line| line.starts_with("* OK"));
        if greeted { Ok(talk) } else { Err(io::ErrorKind::ConnectionReset.into()) }
    }

    fn greeted(mut talk: Self) -> Self {
        assert!(talk.smtp_reply().starts_with("220 "), "no greeting");
        assert!(talk.smtp_says("EHLO elsewhere.test").starts_with("250 "), "no EHLO");
        talk
    }

    fn tls(port: u16, authority: &Path) -> Self {
        Self::try_tls(port, authority).expect("the box is there")
    }

    fn try_tls(port: u16, authority: &Path) -> io::Result<Self> {
        Ok(Self::over(try_connect(port)?, authority))
    }

    fn over(socket: TcpStream, authority: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_file(authority).expect("a certificate");
        roots.add(root).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("TLS").with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(Arc::new(config), name).expect("a client");
        Self { stream: BufReader::new(Box::new(StreamOwned::new(client, socket))) }
    }

    /// Says a command of SMTP; gives the last line of the reply.
    pub fn smtp_says(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes());
        self.smtp_reply()
    }

    /// Signs in over SMTP with a device's name and this password; gives the reply.
    pub fn smtp_login(&mut self, device: &Device, password: &str) -> String {
        let response = STANDARD.encode(format!("\0{}\0{password}", device.address));
        self.smtp_says(&format!("AUTH PLAIN {response}"))
    }

    /// Hands a message over, CRLF line ends and no line that begins with a dot; gives the reply that decides.
    pub fn smtp_sends(&mut self, from: &str, to: &str, message: &[u8]) -> String {
        for command in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>"), "DATA".to_owned()] {
            let reply = self.smtp_says(&command);
            if !reply.starts_with(['2', '3']) {
                return reply;
            }
        }
        self.send(&[message, b".\r\n"].concat());
        self.smtp_reply()
    }

    /// The last line of the next SMTP reply.
    pub fn smtp_reply(&mut self) -> String {
        loop {
            let line = self.line();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// Says a command of IMAP, a tag put in front; gives everything up to the line that ends it, that line last.
    pub fn imap_says(&mut self, command: &str) -> Vec<String> {
        self.send(format!("t {command}\r\n").as_bytes());
        self.imap_reply()
    }

    /// Everything up to the line that ends the command at hand, or that asks for more of it.
    pub fn imap_reply(&mut self) -> Vec<String> {
        let mut lines = vec![self.line()];
        while !lines.last().is_some_and(|line| line.starts_with("t ") || line.starts_with("+ ") || line == "+") {
            lines.push(self.line());
        }
        lines
    }

    /// The same with a box that may go away at any time; `None` where it went.
    pub fn try_imap_says(&mut self, command: &str) -> Option<Vec<String>> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("t {command}\r\n").as_bytes()).and_then(|()| stream.flush()).ok()?;
        let mut lines = vec![self.try_line()?];
        while !lines.last().is_some_and(|line| line.starts_with("t ")) {
            lines.push(self.try_line()?);
        }
        Some(lines)
    }

    /// The same where nothing is to be looked at before all of it is there: the bytes as they come, which for a measurement costs
    /// least. The command must be the only one at hand.
    pub fn imap_takes(&mut self, command: &str) -> Vec<u8> {
        self.send(format!("t {command}\r\n").as_bytes());
        let mut taken = Vec::new();
        loop {
            let piece = self.stream.fill_buf().expect("the box answers, and does not go away");
            assert!(!piece.is_empty(), "the box went away");
            taken.extend_from_slice(piece);
            let length = piece.len();
            self.stream.consume(length);
            if let Some(lines) = taken.strip_suffix(b"\r\n") {
                let last = lines.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1);
                if lines[last..].starts_with(b"t ") {
                    return taken;
                }
            }
        }
    }

    /// Says a command of IMAP; gives the line that ends it.
    pub fn imap_ends(&mut self, command: &str) -> String {
        self.imap_says(command).pop().expect("a line")
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).and_then(|()| stream.flush()).expect("the box takes it");
    }

    /// The next line, without its end.
    pub fn line(&mut self) -> String {
        self.try_line().expect("the box answers, and does not go away")
    }

    fn try_line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).ok()?;
        line.ends_with(b"\n").then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

fn connect(port: u16) -> TcpStream {
    try_connect(port).expect("the box is there")
}

fn try_connect(port: u16) -> io::Result<TcpStream> {
    patient(TcpStream::connect(("127.0.0.1", port))?)
}

fn patient(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
