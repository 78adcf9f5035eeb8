//! The smallest SMTP client that brings mail in quickly: plain, one message after the other over one connection. What it is
//! told stands as it came; a story decides what it means.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A box that does not answer for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to port 25 of a box.
#[derive(Debug)]
pub struct Smtp {
    stream: BufReader<TcpStream>,
}

impl Smtp {
    /// Connects and says EHLO.
    ///
    /// # Errors
    /// Where the box is not there, or goes away.
    pub fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut smtp = Self { stream: BufReader::new(stream) };
        smtp.reply()?;
        smtp.say("EHLO elsewhere.test")?;
        Ok(smtp)
    }

    /// Brings one message to one recipient and gives the reply that decided: `250 …` when the box has it.
    ///
    /// # Errors
    /// Where the box goes away before it has answered.
    pub fn send(&mut self, from: &str, to: &str, message: &[u8]) -> io::Result<String> {
        for command in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>")] {
            let reply = self.say(&command)?;
            if !reply.starts_with('2') {
                self.say("RSET")?;
                return Ok(reply);
            }
        }
        let reply = self.say("DATA")?;
        if !reply.starts_with('3') {
            return Ok(reply);
        }
        self.stream.get_mut().write_all(&data(message))?;
        self.reply()
    }

    fn say(&mut self, command: &str) -> io::Result<String> {
        self.stream.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        self.reply()
    }

    /// The last line of a reply.
    fn reply(&mut self) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line.trim_end().to_owned());
            }
        }
    }
}

/// A message with line ends as SMTP has them: every CR, LF or CRLF becomes CRLF.
#[must_use]
pub fn with_crlf(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 32);
    let mut previous = 0;
    for &byte in message {
        match byte {
            b'\n' if previous == b'\r' => {}
            b'\r' | b'\n' => out.extend_from_slice(b"\r\n"),
            other => out.push(other),
        }
        previous = byte;
    }
    out
}

/// A message as it follows DATA: a dot before each line that begins with one, and the line that ends it (RFC 5321 §4.5.2).
#[must_use]
pub fn data(message: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b".") {
            data.push(b'.');
        }
        data.extend_from_slice(line);
    }
    if !data.ends_with(b"\r\n") {
        data.extend_from_slice(b"\r\n");
    }
    data.extend_from_slice(b".\r\n");
    data
}
