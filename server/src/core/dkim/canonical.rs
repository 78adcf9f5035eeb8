//! The form of a message that is signed: white space and folds that mail servers change on the way count for nothing (RFC 6376
//! §3.4.2, §3.4.4, `relaxed/relaxed`).
//!
//! Invariants: nothing is copied but header fields; a body of any size goes by in pieces.

/// A message with CRLF at the end of each of its lines, the last one included: the lines that mail data are made of, whatever ended
/// them before. So what is signed is what the other server reads. `None` where it is so already.
pub(crate) fn with_line_ends(message: &[u8]) -> Option<Vec<u8>> {
    if has_line_ends(message) {
        return None;
    }
    let mut out = Vec::with_capacity(message.len() + message.len() / 16 + 2);
    let mut rest = message;
    while !rest.is_empty() {
        let run = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, end) = rest.split_at_checked(run).unwrap_or((rest, &[]));
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
    }
    Some(out)
}

fn has_line_ends(message: &[u8]) -> bool {
    let mut before = b'\n';
    for &byte in message {
        if (byte == b'\n') != (before == b'\r') {
            return false;
        }
        before = byte;
    }
    before == b'\n'
}

/// Gives the canonical body to `keep`, piece by piece: no white space at the end of lines, one space for any white space within,
/// no empty lines at the end. A body without text is none at all. Lines end with CRLF.
pub(super) fn body(body: &[u8], mut keep: impl FnMut(&[u8])) {
    let mut empty_lines = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = without_space_behind(line);
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        (0..empty_lines).for_each(|_| keep(b"\r\n"));
        empty_lines = 0;
        one_space_each(line, &mut keep);
        keep(b"\r\n");
    }
}

/// Adds the canonical form of a field, its line end included, to `out`: name in lower case, no folds, one space for any white
/// space, none around the value.
pub(super) fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend(name.bytes().map(|byte| byte.to_ascii_lowercase()));
    out.push(b':');
    let unfolded: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let begin = unfolded.iter().position(|byte| !is_space(*byte)).unwrap_or(unfolded.len());
    let value = without_space_behind(unfolded.get(begin..).unwrap_or_default());
    one_space_each(value, |piece| out.extend_from_slice(piece));
    out.extend_from_slice(b"\r\n");
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn without_space_behind(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

fn one_space_each(line: &[u8], mut keep: impl FnMut(&[u8])) {
    let mut rest = line;
    while !rest.is_empty() {
        let spaces = rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len());
        if spaces > 0 {
            keep(b" ");
        }
        rest = rest.get(spaces..).unwrap_or_default();
        let word = rest.iter().position(|byte| is_space(*byte)).unwrap_or(rest.len());
        keep(rest.get(..word).unwrap_or_default());
        rest = rest.get(word..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_body(text: &str) -> String {
        let mut out = Vec::new();
        body(text.as_bytes(), |piece| out.extend_from_slice(piece));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_body_as_in_the_example_of_the_rfc() {
        // RFC 6376 §3.4.5.
        assert_eq!(of_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
        let mut header = Vec::new();
        field("A", b" X", &mut header);
        field("B", b" Y\t\r\n\tZ  ", &mut header);
        assert_eq!(String::from_utf8(header).unwrap(), "a:X\r\nb:Y Z\r\n");
    }

    #[test]
    fn a_body_that_is_empty_looks_so_or_lacks_its_last_line_end() {
        for empty in ["", "\r\n", "\r\n\r\n", " \t\r\n\r\n \r\n", " "] {
            assert_eq!(of_body(empty), "", "{empty:?}");
        }
        assert_eq!(of_body("\r\n\r\nA"), "\r\n\r\nA\r\n");
        assert_eq!(of_body("A\r\n \r\n\t B\r\n"), "A\r\n\r\n B\r\n");
    }

    #[test]
    fn lines_end_as_they_leave() {
        for (message, ended) in [
            ("A: b\r\n\r\nc\r\n", "A: b\r\n\r\nc\r\n"),
            ("A: b\n\nc", "A: b\r\n\r\nc\r\n"),
            ("a\rb\n\rc\r\n\r", "a\r\nb\r\n\r\nc\r\n\r\n"),
            ("a\r", "a\r\n"),
            ("\r\n", "\r\n"),
            ("", ""),
        ] {
            let made = with_line_ends(message.as_bytes());
            assert_eq!(made.is_none(), message == ended, "{message:?}");
            assert_eq!(made.unwrap_or_else(|| message.into()), ended.as_bytes(), "{message:?}");
        }
    }
}
