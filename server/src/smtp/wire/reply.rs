//! Replies (RFC 5321 §4.2) with enhanced status codes (RFC 3463, RFC 2034): ours, and those of others.

use std::borrow::Cow;
use std::fmt;

/// Longest line of a reply that is read, octets: the 512 of RFC 5321 §4.5.3.1.5, and room for those who exceed it.
pub const REPLY_LINE_BYTES: usize = 2048;
/// Most lines of one reply that are read.
const REPLY_LINES: usize = 100;

/// A reply of ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    code: u16,
    enhanced: &'static str,
    lines: Vec<Cow<'static, str>>,
}

impl Reply {
    /// A reply of one line; `enhanced` may be empty.
    #[must_use]
    pub fn new(code: u16, enhanced: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, enhanced, lines: vec![text.into()] }
    }

    /// A reply of several lines, without enhanced code, as EHLO has it.
    #[must_use]
    pub fn many(code: u16, lines: Vec<Cow<'static, str>>) -> Self {
        Self { code, enhanced: "", lines }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// Whether it refuses.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.code >= 400
    }
}

/// As it goes over the wire.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.lines.len().saturating_sub(1);
        for (at, line) in self.lines.iter().enumerate() {
            let separator = if at == last { ' ' } else { '-' };
            let blank = if self.enhanced.is_empty() { "" } else { " " };
            write!(f, "{}{separator}{}{blank}{line}\r\n", self.code, self.enhanced)?;
        }
        Ok(())
    }
}

/// A reply of another server.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Response {
    /// The code, 200 to 599.
    pub code: u16,
    /// The text of each line, without the code.
    pub lines: Vec<String>,
}

/// What another server sent is no reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the server's answer is not of the protocol")]
pub struct NotAReply;

impl Response {
    /// Adds one line as it came; `true` when it was the last.
    ///
    /// # Errors
    /// [`NotAReply`] where the line is not of a reply, or of another one.
    pub fn add_line(&mut self, line: &[u8]) -> Result<bool, NotAReply> {
        let line = line.strip_suffix(b"\n").ok_or(NotAReply)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (code, rest) = line.split_at_checked(3).ok_or(NotAReply)?;
        let code: u16 = std::str::from_utf8(code).ok().and_then(|code| code.parse().ok()).ok_or(NotAReply)?;
        let same = self.lines.is_empty() || code == self.code;
        if !(200..600).contains(&code) || !same || self.lines.len() >= REPLY_LINES {
            return Err(NotAReply);
        }
        let (last, text) = match rest.split_first() {
            None => (true, &[][..]),
            Some((b' ', text)) => (true, text),
            Some((b'-', text)) => (false, text),
            Some(_) => return Err(NotAReply),
        };
        self.code = code;
        // Nothing of it may act on a terminal or a mail that quotes it.
        let text = String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        self.lines.push(text);
        Ok(last)
    }

    /// Whether it grants what was asked.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.code < 400
    }

    /// Whether it refuses for good.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.code >= 500
    }

    /// The enhanced code of its first line, where it has one of the class that its code says.
    #[must_use]
    pub fn enhanced(&self) -> Option<Enhanced> {
        let word = self.lines.first()?.split(' ').next()?;
        word.parse().ok().filter(|enhanced: &Enhanced| u16::from(enhanced.class) == self.code / 100)
    }

    /// Whether EHLO's reply names this extension; with what stands behind its name.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| {
            let (found, arguments) = line.split_once(' ').unwrap_or((line, ""));
            found.eq_ignore_ascii_case(name).then_some(arguments)
        })
    }
}

/// Code and text on one line, as delivery reports quote it.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.lines.join(" / "))
    }
}

/// An enhanced status code `class.subject.detail` (RFC 3463 §2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Enhanced {
    /// 2, 4 or 5.
    pub class: u8,
    /// What it is about.
    pub subject: u16,
    /// What exactly.
    pub detail: u16,
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl std::str::FromStr for Enhanced {
    type Err = NotAReply;

    fn from_str(text: &str) -> Result<Self, NotAReply> {
        let mut parts = text.split('.');
        let mut number = || {
            let digits = parts.next().filter(|part| (1..=3).contains(&part.len()))?;
            if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse::<u16>().ok() } else { None }
        };
        let (class, subject, detail) = (number(), number(), number());
        match (class, subject, detail, parts.next()) {
            (Some(class @ (2 | 4 | 5)), Some(subject), Some(detail), None) => {
                Ok(Self { class: u8::try_from(class).map_err(|_| NotAReply)?, subject, detail })
            }
            _ => Err(NotAReply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_print_as_the_wire_wants_them() {
        assert_eq!(Reply::new(250, "2.1.0", "Fine").to_string(), "250 2.1.0 Fine\r\n");
        let many = Reply::many(250, vec!["home.test".into(), "SIZE 1".into()]);
        assert_eq!(many.to_string(), "250-home.test\r\n250 SIZE 1\r\n");
    }

    #[test]
    fn replies_of_others_are_read_line_by_line() {
        let mut response = Response::default();
        assert_eq!(response.add_line(b"250-mx.example greets you\r\n"), Ok(false));
        assert_eq!(response.add_line(b"250-size 1000\r\n"), Ok(false));
        assert_eq!(response.add_line(b"250 STARTTLS\r\n"), Ok(true));
        assert_eq!(response.extension("SIZE"), Some("1000"));
        assert_eq!(response.extension("starttls"), Some(""));
        assert_eq!(response.extension("mx.example"), None);
        assert!(response.is_positive());
    }

    #[test]
    fn enhanced_codes_must_fit_their_reply() {
        let enhanced = |line: &[u8]| {
            let mut response = Response::default();
            response.add_line(line).unwrap();
            response.enhanced().map(|code| code.to_string())
        };
        assert_eq!(enhanced(b"550 5.1.1 no such user\r\n").as_deref(), Some("5.1.1"));
        for line in [&b"550 4.1.1 what\r\n"[..], b"550 5.1 x\r\n", b"550 5.1.1.1\r\n", b"550 no\r\n", b"550\r\n"] {
            assert_eq!(enhanced(line), None);
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for line in
            [&b"25\r\n"[..], b"abc def\r\n", b"250=ok\r\n", b"199 ok\r\n", b"600 ok\r\n", b"250 ok", b"+25 ok\r\n"]
        {
            assert_eq!(Response::default().add_line(line), Err(NotAReply), "{line:?}");
        }
        let mut response = Response::default();
        response.add_line(b"250-a\r\n").unwrap();
        assert_eq!(response.add_line(b"251 b\r\n"), Err(NotAReply));
        let mut endless = Response::default();
        assert!((0..=REPLY_LINES).any(|_| endless.add_line(b"250-a\r\n").is_err()));
    }
}
