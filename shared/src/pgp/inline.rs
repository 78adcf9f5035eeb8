//! OpenPGP in the text of a message instead of in its structure ("inline PGP"): an armored message, or text signed in clear
//! (RFC 9580 §7). Written by old programs and by hand; only read here.
//!
//! Invariants: looked for only in the first text of a message, at the beginning of a line, and only the first block; what
//! stands around it never gets mixed with what was in it, it is told that there is more; an HTML text is never looked at.

use super::armor::{self, Block};
use crate::mime::entity::Entity;
use crate::mime::header::{self, Header, without_line_end};

/// What text signed in clear begins with.
const SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
/// Deepest multiparts in which the first text is looked for, and files are.
const NESTING: usize = 5;
/// Most parts of a multipart, and most files, that are kept beside a text.
const PARTS: usize = 50;

/// A message with OpenPGP in its text.
pub(super) struct Found<'a> {
    pub(super) block: Inline,
    /// There is text around the block, or there are other parts.
    pub(super) outside: bool,
    /// The charset that the text's part names.
    charset: Option<String>,
    /// All other parts.
    files: Vec<&'a [u8]>,
}

/// The block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inline {
    /// An OpenPGP message, binary.
    Encrypted(Vec<u8>),
    /// Text that was signed.
    Signed {
        /// As it is read, line ends as LF.
        text: Vec<u8>,
        /// As it was signed.
        content: Vec<u8>,
        /// Binary; empty where it is broken.
        signature: Vec<u8>,
    },
    /// An OpenPGP message that is cut off or broken.
    Broken,
}

/// Whether an OpenPGP message begins in the text of a message that has no layer by its structure.
pub(super) fn begins_sealed(message: &[u8]) -> bool {
    let Some(text) = first_text(message, 0, &mut Vec::new()) else { return false };
    let (bytes, _) = Entity::of(text, "text/plain").decoded();
    let sealed = at_line(&bytes, armor::begin_line(Block::Message).as_bytes());
    let signed = at_line(&bytes, SIGNED.as_bytes());
    sealed.is_some_and(|sealed| signed.is_none_or(|signed| sealed < signed))
}

/// Finds a block in a message that has no layer by its structure.
pub(super) fn find(message: &[u8]) -> Option<Found<'_>> {
    let mut files = Vec::new();
    let text = first_text(message, 0, &mut files)?;
    let part = Entity::of(text, "text/plain");
    let (bytes, _) = part.decoded();
    let (block, outside) = find_in(&bytes)?;
    let outside = outside || !files.is_empty();
    Some(Found { block, outside, charset: part.content_type.get("charset").map(str::to_owned), files })
}

impl Found<'_> {
    /// The message to show: the original's fields, this text, and whatever else there is as files.
    pub(super) fn message_with(&self, original: &[u8], text: &[u8]) -> Vec<u8> {
        let charset = match (std::str::from_utf8(text), &self.charset) {
            (Err(_), Some(charset)) if charset.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.:".contains(&c)) => {
                charset.as_str()
            }
            (Err(_), _) => "windows-1252",
            (Ok(_), _) => "utf-8",
        };
        let part = format!("Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        let part = [part.as_bytes(), text].concat();
        let mut out = fields_without_content(original);
        if self.files.is_empty() {
            out.extend_from_slice(&part);
            return out;
        }
        let files: Vec<Vec<u8>> = self.files.iter().map(|file| as_file(file)).collect();
        let parts = || std::iter::once(&part).chain(&files);
        let mut boundary = "=_own-mailbox".to_owned();
        while parts().any(|part| part.windows(boundary.len()).any(|window| window == boundary.as_bytes())) {
            boundary.push('_');
        }
        out.extend_from_slice(format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n").as_bytes());
        for part in parts() {
            out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
            out.extend_from_slice(part);
        }
        out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        out
    }
}

/// The fields of a message that do not say what its body is.
pub(super) fn fields_without_content(message: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    for field in Header::of(message).fields() {
        if !is_about_content(field.name) {
            fields.extend_from_slice(without_line_end(message.get(field.range).unwrap_or_default()));
            fields.extend_from_slice(b"\r\n");
        }
    }
    fields
}

/// Whether a field says what a body is.
pub(super) fn is_about_content(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("content-") || name == "mime-version"
}

/// The first leaf, if it is a text; all other leaves are files.
fn first_text<'a>(message: &'a [u8], depth: usize, files: &mut Vec<&'a [u8]>) -> Option<&'a [u8]> {
    let entity = Entity::of(message, "text/plain");
    if matches!(entity.media_type(), "multipart/mixed" | "multipart/alternative" | "multipart/related") {
        let split = entity.split(PARTS).filter(|_| depth < NESTING)?;
        let (first, others) = split.parts.split_first()?;
        let text = first_text(first, depth + 1, files)?;
        files.extend(others);
        return Some(text).filter(|_| files.len() <= PARTS && !split.cut);
    }
    (entity.media_type() == "text/plain" && entity.disposition.value != "attachment").then_some(message)
}

/// A part that is saved and never shown, whatever it says of itself.
fn as_file(part: &[u8]) -> Vec<u8> {
    let said = Header::of(part).first("Content-Disposition").map(|field| field.value).unwrap_or_default();
    let name = said.iter().position(|&byte| byte == b';').and_then(|at| said.get(at..)).unwrap_or_default();
    let rest = header::remove(part, |field| field.is("Content-Disposition"));
    header::prepend(&rest, &[b"Content-Disposition: attachment", name, b"\r\n"].concat())
}

/// The first block of a text, and whether there is more than it.
fn find_in(text: &[u8]) -> Option<(Inline, bool)> {
    let signed = at_line(text, SIGNED.as_bytes());
    let sealed = at_line(text, armor::begin_line(Block::Message).as_bytes());
    match (signed, sealed) {
        (Some(signed), sealed) if sealed.is_none_or(|sealed| signed < sealed) => signed_block(text, signed),
        (_, Some(at)) => {
            let (before, rest) = text.split_at_checked(at)?;
            Some(match armor::decode(Block::Message, rest) {
                Some(decoded) => (Inline::Encrypted(decoded.bytes), !is_blank(before) || !is_blank(decoded.after)),
                None => (Inline::Broken, !is_blank(before)),
            })
        }
        _ => None,
    }
}

/// Takes text signed in clear apart (RFC 9580 §7); `None` where it has no end, or says more in its header than the hash,
/// which would be shown and is not signed.
fn signed_block(text: &[u8], at: usize) -> Option<(Inline, bool)> {
    let (before, rest) = text.split_at_checked(at)?;
    let signature_at = at_line(rest, armor::begin_line(Block::Signature).as_bytes())?;
    let (body, armored) = rest.split_at_checked(signature_at)?;
    let decoded = armor::decode(Block::Signature, armored);
    let after = decoded.as_ref().map_or(&b"x"[..], |decoded| decoded.after);
    let outside = !is_blank(before) || !is_blank(after);
    let mut lines = body.split_inclusive(|&byte| byte == b'\n').map(without_line_end).skip(1);
    for line in lines.by_ref() {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !line.starts_with(b"Hash:") {
            return None;
        }
    }
    let (mut shown, mut content) = (Vec::new(), Vec::new());
    for (number, line) in lines.enumerate() {
        let line = match line.strip_prefix(b"- ") {
            Some(escaped) => escaped,
            // A dash that is not escaped: another block in this one.
            None if line.starts_with(b"-") => return None,
            None => line,
        };
        let end = line.iter().rposition(|&byte| !matches!(byte, b' ' | b'\t' | b'\r')).map_or(0, |last| last + 1);
        let line = line.get(..end).unwrap_or_default();
        if number > 0 {
            content.extend_from_slice(b"\r\n");
        }
        content.extend_from_slice(line);
        shown.extend_from_slice(line);
        shown.push(b'\n');
    }
    let signature = decoded.map(|decoded| decoded.bytes).unwrap_or_default();
    Some((Inline::Signed { text: shown, content, signature }, outside))
}

/// Where a line begins with this.
fn at_line(text: &[u8], start: &[u8]) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(start) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn is_blank(text: &[u8]) -> bool {
    text.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Option<(Inline, bool)> {
        find_in(text.as_bytes())
    }

    const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----\n\naGVsbG8=\n-----END PGP SIGNATURE-----\n";

    #[test]
    fn signed_text_is_unescaped_and_canonical() {
        let text = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\nHash: SHA512\n\n- -- dash\t \r\n\nFrom me\n{SIGNATURE}"
        );
        let (Inline::Signed { text, content, signature }, outside) = block(&text).unwrap() else { panic!() };
        assert_eq!(String::from_utf8(text).unwrap(), "-- dash\n\nFrom me\n");
        assert_eq!(String::from_utf8(content).unwrap(), "-- dash\r\n\r\nFrom me");
        assert_eq!((signature, outside), (b"hello".to_vec(), false));
    }

    #[test]
    fn what_stands_around_is_told_and_what_is_not_signed_is_no_part_of_it() {
        let signed = format!("-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n{SIGNATURE}");
        let Some((Inline::Signed { text, .. }, true)) = block(&format!("pay\n{signed}")) else { panic!() };
        assert_eq!(text, b"x\n");
        assert!(matches!(block(&format!("{signed}\npay")), Some((Inline::Signed { .. }, true))));
        for broken in [
            // An armor header that is shown and not signed.
            format!("-----BEGIN PGP SIGNED MESSAGE-----\nComment: pay Eve\n\nx\n{SIGNATURE}"),
            format!("-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNED MESSAGE-----\n\ny\n{SIGNATURE}"),
            "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n".to_owned(),
        ] {
            assert_eq!(block(&broken), None, "{broken}");
        }
        let broken = "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNATURE-----\n";
        assert!(matches!(block(broken), Some((Inline::Signed { signature, .. }, true)) if signature.is_empty()));
    }

    #[test]
    fn a_sealed_block_is_found_at_the_beginning_of_a_line() {
        let sealed = "-----BEGIN PGP MESSAGE-----\n\naGVsbG8=\n-----END PGP MESSAGE-----\n";
        assert_eq!(block(sealed), Some((Inline::Encrypted(b"hello".to_vec()), false)));
        assert_eq!(block(&format!("hi\n{sealed}")), Some((Inline::Encrypted(b"hello".to_vec()), true)));
        assert_eq!(block("-----BEGIN PGP MESSAGE-----\n\naGVs"), Some((Inline::Broken, false)));
        assert_eq!(block(&format!("> {}", sealed.replace('\n', "\n> "))), None);
        assert_eq!(block("nothing"), None);
    }

    #[test]
    fn what_its_sender_sealed_looks_so_without_any_key() {
        let sealed = "-----BEGIN PGP MESSAGE-----\r\n\r\naGVsbG8=\r\n-----END PGP MESSAGE-----\r\n";
        let of = |text: &str| begins_sealed(format!("Subject: x\r\n\r\n{text}").as_bytes());
        assert!(of(sealed) && of(&format!("Hello,\r\n{sealed}")));
        let signed = format!("-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n{sealed}{SIGNATURE}");
        for open in [signed.as_str(), "Hello", &sealed.replace("-----BEGIN", "> -----BEGIN")] {
            assert!(!of(open), "{open}");
        }
    }

    #[test]
    fn only_the_first_text_is_looked_at_and_the_rest_is_files() {
        let sealed = "-----BEGIN PGP MESSAGE-----\r\n\r\naGVsbG8=\r\n-----END PGP MESSAGE-----\r\n";
        let message = |first: &str, second: &str| {
            format!(
                "From: a@b.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
                 --b\r\n{first}\r\n--b\r\n{second}\r\n--b--\r\n"
            )
        };
        let text = format!("\r\n{sealed}");
        let html =
            "Content-Type: text/html\r\nContent-Disposition: inline; filename=\"a.html\"\r\n\r\n<img src=\"http://x/";
        let original = message(&text, html);
        let found = find(original.as_bytes()).unwrap();
        assert!(found.outside);
        let shown = crate::mime::read(&found.message_with(original.as_bytes(), "caf\u{e9}\n".as_bytes()));
        assert_eq!((shown.text.as_deref(), shown.html.as_deref()), (Some("caf\u{e9}\n"), None));
        assert_eq!(shown.from[0].address, "a@b.test");
        assert_eq!(shown.attachments.len(), 1);
        assert_eq!(shown.attachments[0].name.as_deref(), Some("a.html"));
        assert!(shown.problems.is_empty(), "{:?}", shown.problems);
        assert!(find(message(html, &text).as_bytes()).is_none());
        let html = format!("Content-Type: text/html\r\n\r\n<pre>\r\n{sealed}</pre>");
        assert!(find(html.as_bytes()).is_none());
    }
}
