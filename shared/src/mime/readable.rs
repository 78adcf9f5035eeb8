//! The one list of header fields that stay readable on the box, and the outer header that is made from it.
//!
//! Invariants: what is not in [`READABLE`] (of a draft, in [`READABLE_OF_DRAFTS`]) never leaves the inside; the outer header is plain ASCII with CRLF line ends and
//! lines within RFC 5322 §2.1.1, whatever the original holds; a field that cannot be shown so is left out.

use mail_builder::headers::Header as _;
use mail_builder::headers::address::Address;

use super::address::parse_mailboxes;
use super::header::{Field, Header};
use crate::api::EmailAddress;

/// The fields that stay readable outside of the seal, because IMAP clients list, thread and answer by them; everything else
/// goes inside. The Subject outside is [`HIDDEN_SUBJECT`].
///
/// Without List-Post: a list that To and Cc name is answered by them, and one that they do not name is nobody else's matter.
pub const READABLE: [&str; 8] = ["From", "Reply-To", "To", "Cc", "Date", "Message-ID", "In-Reply-To", "References"];

/// Stays readable of drafts that mail programs file: they take up a draft again from its header as it stands outside.
pub const READABLE_OF_DRAFTS: &str = "Bcc";

/// What stands outside in the place of the subject (RFC 9788 §3.2.1).
pub const HIDDEN_SUBJECT: &str = "[...]";

/// Longest line of a header, octets without its line end (RFC 5322 §2.1.1).
const LINE_BYTES: usize = 998;
/// Longest value that is shown outside, octets.
const VALUE_BYTES: usize = 256 * 1024;

/// One field of an outer header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OuterField {
    /// Its name.
    pub name: &'static str,
    /// Its value: printable ASCII, folds as CRLF and white space, no line end at its end.
    pub value: String,
}

/// What a message is, by which is decided what stays readable of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whatever came, was sent, or is kept.
    Letter,
    /// Its author's mail program will go on writing it.
    Draft,
}

/// The fields of the outer header of a message: the readable ones that it has, and the hidden Subject.
#[must_use]
pub fn outer_fields(message: &[u8], kind: Kind) -> Vec<OuterField> {
    let header = Header::of(message);
    let of_drafts = (kind == Kind::Draft).then_some(READABLE_OF_DRAFTS);
    let mut out: Vec<_> = READABLE
        .into_iter()
        .chain(of_drafts)
        .filter_map(|name| {
            let field = header.first(name)?;
            outer_value(name, &field).map(|value| OuterField { name, value })
        })
        .collect();
    let addresses = out.iter().take_while(|field| is_of_addresses(field.name)).count();
    out.insert(addresses, OuterField { name: "Subject", value: HIDDEN_SUBJECT.to_owned() });
    out
}

fn is_of_addresses(name: &str) -> bool {
    matches!(name, "From" | "Reply-To" | "To" | "Cc" | "Bcc")
}

/// The outer header of a message as bytes, each field with its line end, without an empty line.
#[must_use]
pub fn outer_header(message: &[u8], kind: Kind) -> Vec<u8> {
    let mut out = Vec::new();
    for OuterField { name, value } in outer_fields(message, kind) {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out
}

fn outer_value(name: &str, field: &Field<'_>) -> Option<String> {
    let raw = field.value;
    if raw.len() > VALUE_BYTES {
        return None;
    }
    let ascii = tidy(raw);
    let value = match (ascii, name) {
        (Some(value), _) => value,
        (None, name) if is_of_addresses(name) => rebuilt_addresses(raw, name.len() + 2)?,
        (None, _) => printable_words(raw),
    };
    let value = fold(value, name.len() + 2)?;
    (!value.is_empty()).then_some(value)
}

/// The value with CRLF folds, where it is printable ASCII throughout.
fn tidy(raw: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(raw).ok()?;
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let good = lines.iter().flat_map(|line| line.bytes()).all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    if !good {
        return None;
    }
    let mut out = String::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        if out.is_empty() {
            out.push_str(line.trim());
        } else {
            out.push_str("\r\n ");
            out.push_str(line.trim());
        }
    }
    Some(out)
}

/// An address field with 8-bit bytes in it, written anew with encoded words. Addresses that are not ASCII stay inside.
fn rebuilt_addresses(raw: &[u8], column: usize) -> Option<String> {
    let list: Vec<Address<'static>> = parse_mailboxes(raw)
        .into_iter()
        .filter_map(|mailbox| {
            let address: EmailAddress = mailbox.address.parse().ok()?;
            address.as_str().is_ascii().then(|| Address::new_address(mailbox.name, address.as_str().to_owned()))
        })
        .collect();
    if list.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    Address::new_list(list).write_header(&mut out, column);
    String::from_utf8(out).ok().map(|text| text.trim().to_owned())
}

/// The words that are printable ASCII.
fn printable_words(raw: &[u8]) -> String {
    let words =
        raw.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty() && word.iter().all(u8::is_ascii_graphic));
    words.map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

/// Folds at white space where a line is over the limit; `None` where that is not enough.
fn fold(value: String, column: usize) -> Option<String> {
    let fits = |(at, line): (usize, &str)| line.len() + if at == 0 { column } else { 0 } <= LINE_BYTES;
    if value.split("\r\n").enumerate().all(fits) {
        return Some(value);
    }
    let mut out = String::new();
    let mut used = column;
    for word in value.split_ascii_whitespace() {
        if word.len() + column > LINE_BYTES {
            return None;
        }
        if used + 1 + word.len() > LINE_BYTES {
            out.push_str("\r\n");
            used = 0;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        used += 1 + word.len();
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outer(message: &[u8]) -> String {
        String::from_utf8(outer_header(message, Kind::Letter)).unwrap()
    }

    #[test]
    fn only_the_list_is_readable_and_the_subject_is_hidden() {
        let message = b"Received: from x\r\nFrom: Bob <bob@else.test>\r\nTo: alice@home.test,\r\n\teve@home.test\r\n\
            Subject: secret\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-Id: <1@else.test>\r\nX-Mailer: y\r\n\
            Bcc: mallory@home.test\r\n\r\nbody";
        assert_eq!(
            outer(message),
            "From: Bob <bob@else.test>\r\nTo: alice@home.test,\r\n eve@home.test\r\nSubject: [...]\r\n\
             Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@else.test>\r\n"
        );
    }

    #[test]
    fn where_answers_go_is_readable_and_of_a_draft_also_who_gets_it_unseen() {
        let message = "Bcc: Zoé <zoe@else.test>\r\nFrom: a@home.test\r\nReply-To: Café <shop@else.test>\r\nSubject: s\r\n\
            List-Post: <mailto:list@else.test>\r\n\r\n";
        let people = "From: a@home.test\r\nReply-To: =?utf-8?B?Q2Fmw6k=?= <shop@else.test>\r\n";
        assert_eq!(outer(message.as_bytes()), format!("{people}Subject: [...]\r\n"));
        let draft = String::from_utf8(outer_header(message.as_bytes(), Kind::Draft)).unwrap();
        assert_eq!(draft, format!("{people}Bcc: =?utf-8?B?Wm/DqQ==?= <zoe@else.test>\r\nSubject: [...]\r\n"));
    }

    #[test]
    fn raw_eight_bit_bytes_become_encoded_words_or_stay_inside() {
        assert_eq!(
            outer("From: José <jose@else.test>\r\n\r\n".as_bytes()),
            "From: =?utf-8?B?Sm9zw6k=?= <jose@else.test>\r\nSubject: [...]\r\n"
        );
        assert_eq!(
            outer(b"From: Jos\xe9 <jose@else.test>\r\n\r\n"),
            "From: =?utf-8?B?Sm9zw6k=?= <jose@else.test>\r\nSubject: [...]\r\n"
        );
        assert_eq!(
            outer("To: josé@else.test, bob@büro.test\r\n\r\n".as_bytes()),
            "To: <bob@xn--bro-hoa.test>\r\nSubject: [...]\r\n"
        );
        assert_eq!(
            outer(b"Message-ID: <\xff@x> <good@x>\r\nDate: \x01\r\n\r\n"),
            "Subject: [...]\r\nMessage-ID: <good@x>\r\n"
        );
        assert_eq!(outer(b"From: a@b.test\rSubject: injected\r\n\r\n").matches("Subject").count(), 1);
    }

    #[test]
    fn a_message_without_fields_has_a_subject_outside() {
        assert_eq!(outer(b"just text"), "Subject: [...]\r\n");
        assert_eq!(outer(b"From:\r\nTo: \r\n \r\n\r\n"), "Subject: [...]\r\n");
    }

    #[test]
    fn long_values_are_folded_and_unfoldable_ones_left_out() {
        let references = format!("References: {}\r\n\r\n", "<0123456789@else.test> ".repeat(200));
        let out = outer(references.as_bytes());
        assert!(out.lines().all(|line| line.len() <= LINE_BYTES), "{out}");
        assert_eq!(out.matches("<0123456789@else.test>").count(), 200);
        assert_eq!(outer(format!("References: {}\r\n\r\n", "x".repeat(2000)).as_bytes()), "Subject: [...]\r\n");
    }
}
