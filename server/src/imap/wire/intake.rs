//! From bytes as they come to whole commands: lines, and the literals that lines announce (RFC 9051 §4.3, RFC 7888).
//!
//! Invariants: no more is kept than the limits allow, whatever a client announces, and of messages no more than there was room had for; a literal that is refused is either not
//! invited or passed over, so the command after it is understood; bytes that may hold a password or a message in clear are
//! wiped when they are dropped, and never left behind by growth.

use zeroize::Zeroizing;

use super::scan::Cursor;

/// Longest command without the message that APPEND carries, octets: sets of thousands of UIDs that a client sends in one
/// line stay under it (RFC 9051 §4 asks for 8192).
const COMMAND_BYTES: usize = 64 * 1024;
/// The same before login, where only a name and a password are to be said.
const COMMAND_BYTES_BEFORE_LOGIN: usize = 8 * 1024;
/// Longest ID before login: 30 pairs of 30 and 1024 octets (RFC 2971 §3.3), and room.
const ID_BYTES: usize = 40 * 1024;
/// A literal of APPEND up to this size counts as part of the command and is not asked for, octets.
const ASK_ABOVE_BYTES: u64 = 1024;
/// Room for what follows a message in its command, octets.
const LINE_AFTER_MESSAGE: usize = 1024;
/// What is kept of a command that is passed over, for its tag, octets.
const TAG_BYTES: usize = 64;
/// Longest announcement of a literal, `~{digits+}` and line end, octets.
const ANNOUNCEMENT_BYTES: usize = 32;

/// What the bytes gave.
#[derive(Debug)]
pub(in crate::imap) enum Taken {
    /// Nothing whole yet.
    More,
    /// The client waits to be invited to send a literal.
    Invite,
    /// The client announces a message: [`Intake::accept`] or [`Intake::refuse`] it.
    Message { octets: u64 },
    /// A message is coming, and so much of it wants room: [`Intake::grow`] or [`Intake::refuse`] it.
    Room { octets: usize },
    /// A whole command, line ends and literals included.
    Command(Zeroizing<Vec<u8>>),
    /// A command that was not kept, and its tag as far as there was one.
    Refused(Option<String>, TooMuch),
}

/// Why a command was not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum TooMuch {
    /// It is longer than commands may be.
    Command,
    /// Its message is larger than messages may be.
    Message,
    /// Its messages together are more than may be filed at once.
    Together,
    /// The box has too many messages at hand just now.
    Busy,
}

#[derive(Debug)]
enum State {
    /// Inside a line.
    Line,
    /// A message is announced and neither accepted nor refused.
    Asked { octets: u64, waits: bool },
    /// Inside a literal.
    Literal { left: u64 },
    /// Inside a message that was accepted.
    Message { left: usize },
}

/// Takes bytes in and gives whole commands out.
#[derive(Debug)]
pub(in crate::imap) struct Intake {
    unread: Zeroizing<Vec<u8>>,
    used: usize,
    command: Zeroizing<Vec<u8>>,
    state: State,
    skipping: Option<TooMuch>,
    /// Octets of the messages within the command at hand; they do not count as command.
    messages: usize,
    /// Octets of messages that there is room for besides.
    room: usize,
    signed_in: bool,
}

impl Intake {
    pub(in crate::imap) fn new() -> Self {
        Self {
            unread: Zeroizing::default(),
            used: 0,
            command: Zeroizing::default(),
            state: State::Line,
            skipping: None,
            messages: 0,
            room: 0,
            signed_in: false,
        }
    }

    /// From now on the limits of those who are signed in hold.
    pub(in crate::imap) fn signed_in(&mut self) {
        self.signed_in = true;
    }

    /// Whether a command has begun and not ended.
    pub(in crate::imap) fn is_inside_command(&self) -> bool {
        !self.command.is_empty() || self.skipping.is_some() || self.used < self.unread.len()
    }

    /// Takes in what was read.
    pub(in crate::imap) fn push(&mut self, bytes: &[u8]) {
        let mut next = Zeroizing::default();
        reserve(&mut next, self.left().len() + bytes.len());
        extend(&mut next, self.left());
        extend(&mut next, bytes);
        self.unread = next;
        self.used = 0;
    }

    /// The next line without its end, for exchanges within a command (RFC 9051 §6.2.2, §6.3.13).
    pub(in crate::imap) fn take_line(&mut self) -> Taken {
        let Some(length) = self.line_length() else {
            return if self.left().len() > self.command_limit() { self.end(TooMuch::Command) } else { Taken::More };
        };
        let mut line = Zeroizing::default();
        extend(&mut line, self.left().get(..length).unwrap_or_default());
        self.used += length;
        while matches!(line.last(), Some(b'\r' | b'\n')) {
            line.pop();
        }
        Taken::Command(line)
    }

    /// The next whole command, or what stands in its way.
    pub(in crate::imap) fn take(&mut self) -> Taken {
        loop {
            match self.state {
                State::Asked { octets, .. } => return Taken::Message { octets },
                State::Literal { left } => {
                    let now = usize::try_from(left).unwrap_or(usize::MAX).min(self.left().len());
                    self.keep(now);
                    let left = left - now as u64;
                    if left > 0 {
                        self.state = State::Literal { left };
                        return Taken::More;
                    }
                    self.state = State::Line;
                }
                State::Message { left: 0 } => self.state = State::Line,
                State::Message { left } => {
                    let here = left.min(self.left().len());
                    if here > 0 && self.room == 0 {
                        return Taken::Room { octets: left };
                    }
                    let now = here.min(self.room);
                    self.keep(now);
                    self.messages += now;
                    self.room -= now;
                    self.state = State::Message { left: left - now };
                    if now == 0 {
                        return Taken::More;
                    }
                }
                State::Line => {
                    if let Some(taken) = self.line() {
                        return taken;
                    }
                }
            }
        }
    }

    /// Lets the announced message come, as room is had for it; answers whether the client waits to be invited.
    pub(in crate::imap) fn accept(&mut self) -> bool {
        let State::Asked { octets, waits } = self.state else { return false };
        self.state = State::Message { left: usize::try_from(octets).unwrap_or(usize::MAX) };
        waits
    }

    /// There is room for so many octets more of the messages of this command.
    pub(in crate::imap) fn grow(&mut self, octets: usize) {
        self.room = self.room.saturating_add(octets);
        resize(&mut self.command, self.room.saturating_add(LINE_AFTER_MESSAGE));
    }

    /// Does not keep the message that is announced or coming, nor the command that it belongs to; what was kept of that is gone
    /// when this returns, but for its tag. [`Taken::More`] where it is passed over first, as far as its sender does not wait.
    pub(in crate::imap) fn refuse(&mut self, why: TooMuch) -> Taken {
        match self.state {
            State::Asked { waits: true, .. } => return self.end(why),
            State::Asked { octets, waits: false } => self.state = State::Literal { left: octets },
            State::Message { left } => self.state = State::Literal { left: left as u64 },
            State::Line | State::Literal { .. } => return Taken::More,
        }
        self.skip(why);
        Taken::More
    }

    /// Takes one line; `None` where there is more to do at once.
    fn line(&mut self) -> Option<Taken> {
        let whole = self.line_length();
        let length = whole.unwrap_or(self.left().len());
        if self.skipping.is_none() && self.size() + length > self.command_limit() {
            self.skip(TooMuch::Command);
        }
        if whole.is_none() {
            if self.skipping.is_some() {
                // Its end may announce a literal, so that much stays.
                self.used += length.saturating_sub(ANNOUNCEMENT_BYTES);
            }
            if length == 0 {
                // Connections are idle most of the time, and many.
                (self.unread, self.used) = (Zeroizing::default(), 0);
            }
            return Some(Taken::More);
        }
        let announced = announced_literal(self.left().get(..length).unwrap_or_default());
        self.keep(length);
        let Some((octets, waits)) = announced else {
            return Some(match self.skipping {
                Some(why) => self.end(why),
                None => {
                    (self.messages, self.room) = (0, 0);
                    Taken::Command(std::mem::take(&mut self.command))
                }
            });
        };
        if self.skipping.is_none() {
            if self.signed_in && octets > ASK_ABOVE_BYTES && carries_message(&self.command) {
                self.state = State::Asked { octets, waits };
                return None;
            }
            if octets > self.command_limit().saturating_sub(self.size()) as u64 {
                self.skip(TooMuch::Command);
            }
        }
        if let Some(why) = self.skipping.filter(|_| waits) {
            return Some(self.end(why));
        }
        self.state = State::Literal { left: octets };
        waits.then_some(Taken::Invite)
    }

    /// From here on the command is passed over; of what was kept of it the beginning stays, for its tag.
    fn skip(&mut self, why: TooMuch) {
        let all = if self.command.is_empty() { self.left() } else { &self.command };
        let mut beginning = Zeroizing::default();
        extend(&mut beginning, all.get(..TAG_BYTES).unwrap_or(all));
        self.command = beginning;
        (self.messages, self.room) = (0, 0);
        self.skipping = Some(why);
    }

    /// Ends the command at hand as refused.
    fn end(&mut self, why: TooMuch) -> Taken {
        let tag = Cursor::new(&self.command).tag().ok().map(str::to_owned);
        self.command = Zeroizing::default();
        (self.messages, self.room) = (0, 0);
        self.skipping = None;
        self.state = State::Line;
        Taken::Refused(tag, why)
    }

    /// Moves bytes on, into the command unless it is being passed over.
    fn keep(&mut self, length: usize) {
        if self.skipping.is_none() {
            let bytes = self.unread.get(self.used..self.used + length).unwrap_or_default();
            extend(&mut self.command, bytes);
        }
        self.used += length;
    }

    /// Octets of the command at hand without its messages.
    fn size(&self) -> usize {
        self.command.len().saturating_sub(self.messages)
    }

    fn left(&self) -> &[u8] {
        self.unread.get(self.used..).unwrap_or_default()
    }

    fn line_length(&self) -> Option<usize> {
        self.left().iter().position(|&byte| byte == b'\n').map(|at| at + 1)
    }

    fn command_limit(&self) -> usize {
        if self.signed_in {
            COMMAND_BYTES
        } else if is_id(if self.command.is_empty() { self.left() } else { &self.command }) {
            ID_BYTES
        } else {
            COMMAND_BYTES_BEFORE_LOGIN
        }
    }
}

/// Appends without leaving a copy behind where the memory had to grow.
fn extend(buffer: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    reserve(buffer, bytes.len());
    buffer.extend_from_slice(bytes);
}

/// Makes some more room than is needed; beside a message, no more than the rest of its command may take.
fn reserve(buffer: &mut Zeroizing<Vec<u8>>, more: usize) {
    let capacity = buffer.capacity();
    if buffer.len().saturating_add(more) > capacity {
        let ahead = capacity.saturating_add(capacity.min(COMMAND_BYTES)).saturating_sub(buffer.len());
        resize(buffer, more.max(ahead));
    }
}

/// Makes room for so much more, and nothing besides.
fn resize(buffer: &mut Zeroizing<Vec<u8>>, more: usize) {
    let needed = buffer.len().saturating_add(more);
    if needed > buffer.capacity() {
        let mut grown = Zeroizing::new(Vec::with_capacity(needed));
        grown.extend_from_slice(buffer);
        *buffer = grown;
    }
}

/// The literal that a line ends with: its octets, and whether its sender waits to be invited.
fn announced_literal(line: &[u8]) -> Option<(u64, bool)> {
    let line = line.strip_suffix(b"\n")?;
    let inside = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let open = inside.iter().rposition(|&byte| byte == b'{')?;
    let text = std::str::from_utf8(inside.get(open + 1..)?).ok()?;
    let (digits, waits) = text.strip_suffix('+').map_or((text, true), |digits| (digits, false));
    let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large for 64 bits is certainly too large.
    number.then(|| (digits.parse().unwrap_or(u64::MAX), waits))
}

/// Whether the command is one whose literal is a message.
fn carries_message(command: &[u8]) -> bool {
    let mut cursor = Cursor::new(command);
    if cursor.tag().is_err() {
        return false;
    }
    let mut word = || cursor.space().and_then(|()| cursor.word()).unwrap_or_default();
    match word().as_str() {
        "APPEND" | "REPLACE" => true,
        "UID" => word() == "REPLACE",
        _ => false,
    }
}

/// Whether the command is ID.
fn is_id(command: &[u8]) -> bool {
    let mut cursor = Cursor::new(command);
    cursor.tag().is_ok() && cursor.space().and_then(|()| cursor.word()).is_ok_and(|word| word == "ID")
}

#[cfg(test)]
mod tests;
