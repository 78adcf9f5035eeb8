//! Mail data: lines, dots and their end (RFC 5321 §4.5.2), and the refusal of everything that two programs could read as two
//! different messages ("SMTP smuggling").
//!
//! Invariants: data ends with CRLF . CRLF and nothing else; a carriage return or line feed that stands alone is noticed
//! wherever it stands, and the message is then not given out.

/// The message cannot be taken: a carriage return or line feed stands alone in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BareLineEnd;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    LineStart,
    /// A dot at the start of a line.
    Dot,
    /// A dot alone, then a carriage return.
    DotCr,
    InLine,
    /// A carriage return within a line.
    Cr,
    Ended,
}

/// Takes mail data apart, piece by piece as it comes.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    bare: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { state: State::LineStart, bare: false }
    }
}

impl Decoder {
    /// Takes a piece and hands its content on to `keep`, dots undone; answers how many bytes of it belong to the data.
    pub fn feed(&mut self, piece: &[u8], mut keep: impl FnMut(&[u8])) -> usize {
        let mut used = 0;
        while let Some(&byte) = piece.get(used) {
            match self.state {
                State::Ended => break,
                State::InLine => {
                    let rest = piece.get(used..).unwrap_or_default();
                    let run = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
                    keep(rest.get(..run).unwrap_or_default());
                    used += run;
                    match rest.get(run) {
                        None => break,
                        Some(b'\r') => self.state = State::Cr,
                        Some(_) => self.bare = true,
                    }
                }
                _ => self.step(byte, &mut keep),
            }
            used += 1;
        }
        used
    }

    fn step(&mut self, byte: u8, keep: &mut impl FnMut(&[u8])) {
        self.state = match (self.state, byte) {
            (State::LineStart, b'.') => State::Dot,
            (State::Dot, b'\r') => State::DotCr,
            (State::DotCr, b'\n') => State::Ended,
            (State::LineStart, b'\r') => State::Cr,
            (State::Cr, b'\n') => {
                keep(b"\r\n");
                State::LineStart
            }
            (State::Cr | State::DotCr, b'\r') => {
                self.bare = true;
                State::Cr
            }
            (State::LineStart | State::Dot, b'\n') | (State::Cr | State::DotCr, _) => {
                self.bare = true;
                State::InLine
            }
            // The dot of a stuffed line was passed over; what follows it is content.
            (_, other) => {
                keep(&[other]);
                State::InLine
            }
        };
    }

    /// Whether the end has come.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether the data may be used so far.
    ///
    /// # Errors
    /// [`BareLineEnd`] where a carriage return or line feed stood alone.
    pub fn check(&self) -> Result<(), BareLineEnd> {
        if self.bare { Err(BareLineEnd) } else { Ok(()) }
    }
}

/// A message as mail data: line ends made CRLF, dots stuffed, the end added.
#[must_use]
pub fn encode(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 5);
    let mut rest = message;
    while !rest.is_empty() {
        let run = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, end) = rest.split_at_checked(run).unwrap_or((rest, &[]));
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in pieces of `size`; gives the content, what was left over, and whether it may be used.
    fn decode(input: &[u8], size: usize) -> (Vec<u8>, usize, bool, Result<(), BareLineEnd>) {
        let (mut decoder, mut content, mut used) = (Decoder::default(), Vec::new(), 0);
        for piece in input.chunks(size) {
            used += decoder.feed(piece, |bytes| content.extend_from_slice(bytes));
        }
        (content, input.len() - used, decoder.has_ended(), decoder.check())
    }

    #[test]
    fn what_is_signed_are_the_lines_that_go_out() {
        for message in ["A: b\r\n\r\n.c\r\n", "A: b\n\n.c", "a\rb\n\rc\r\n\r", "\r", ""] {
            let ended = crate::core::dkim::with_line_ends(message.as_bytes());
            let ended = ended.unwrap_or_else(|| message.into());
            assert_eq!(encode(&ended), encode(message.as_bytes()), "{message:?}");
        }
    }

    #[test]
    fn dots_are_undone_and_the_end_is_found() {
        let input = b"Subject: a\r\n\r\n..one\r\n.two\r\n...\r\n\r\n.\r\nQUIT\r\n";
        for size in 1..input.len() {
            let (content, left, ended, good) = decode(input, size);
            assert_eq!(content, b"Subject: a\r\n\r\n.one\r\ntwo\r\n..\r\n\r\n", "{size}");
            assert_eq!((left, ended, good), (6, true, Ok(())), "{size}");
        }
        assert_eq!(decode(b".\r\n", 3), (Vec::new(), 0, true, Ok(())));
    }

    #[test]
    fn no_other_end_of_data_is_one() {
        let ends: [&[u8]; 12] = [
            b"\n.\n",
            b"\n.\r\n",
            b"\r\n.\n",
            b"\r.\r",
            b"\r.\r\n",
            b"\r\n.\r",
            b"\r\n.\r\r\n",
            b"\n\n.\r\n",
            b"\r\r\n.\r\n",
            b"\r\n\r.\r\n",
            b"\r\n.\0\r\n",
            b"\0\r\n.\n",
        ];
        for end in ends {
            let input = [b"text", end, b"MAIL FROM:<evil@a.test>\r\n.\r\n"].concat();
            for size in [1, 2, 3, 100] {
                let (content, left, ended, good) = decode(&input, size);
                let whole = left == 0 && ended && content.windows(4).any(|window| window == b"MAIL");
                let refused = good == Err(BareLineEnd);
                assert!(refused || (whole && end == b"\r\n.\0\r\n"), "{end:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_is_encoded_comes_back() {
        for (message, expected) in [
            (&b"a\r\n.b\r\n..\r\n"[..], &b"a\r\n.b\r\n..\r\n"[..]),
            (b"a\n.b\rc", b"a\r\n.b\r\nc\r\n"),
            (b"\r\n\n\r", b"\r\n\r\n\r\n"),
            (b".", b".\r\n"),
            (b"", b""),
        ] {
            let (content, left, ended, good) = decode(&encode(message), 7);
            assert_eq!((content.as_slice(), left, ended, good), (expected, 0, true, Ok(())));
        }
    }
    proptest::proptest! {
        #[test]
        fn any_message_comes_back_with_crlf(message in "[a.\r\n]{0,60}", size in 1_usize..9) {
            let (content, left, ended, good) = decode(&encode(message.as_bytes()), size);
            let mut lines = message.replace("\r\n", "\n").replace('\r', "\n");
            if !lines.is_empty() && !lines.ends_with('\n') {
                lines.push('\n');
            }
            proptest::prop_assert_eq!((left, ended, good), (0, true, Ok(())));
            proptest::prop_assert_eq!(String::from_utf8(content).unwrap(), lines.replace('\n', "\r\n"));
        }

        #[test]
        fn what_is_taken_cannot_be_read_otherwise(data in "[a.\r\n]{0,60}", size in 1_usize..9) {
            let input = data + "\r\n.\r\n";
            let (content, _, ended, good) = decode(input.as_bytes(), size);
            if ended && good.is_ok() {
                let text = String::from_utf8(content).unwrap();
                proptest::prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
            }
        }
    }
}
