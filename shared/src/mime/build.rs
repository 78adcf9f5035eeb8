//! Writing a message: RFC 5322 with CRLF, MIME where it is needed (RFC 2045–2047, RFC 2231, RFC 2387).
//!
//! Invariants: the same letter gives the same bytes (no clock, no random numbers); names, subjects and file names cannot
//! add a field, whatever characters they hold; Bcc is written only where the caller says so.

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

use super::address::Mailbox;
use super::read::Attachment;
use crate::api::Timestamp;

/// Longest line that may travel without an encoding, octets (RFC 5321 §4.5.3.1.6, without the line end).
const LINE_BYTES: usize = 998;

/// A letter to be written as a message.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Letter {
    /// The author.
    pub from: Mailbox,
    /// Main recipients.
    pub to: Vec<Mailbox>,
    /// Other recipients.
    pub cc: Vec<Mailbox>,
    /// Recipients that the others do not see.
    pub bcc: Vec<Mailbox>,
    /// The subject.
    pub subject: String,
    /// The text, lines ending with LF or CRLF.
    pub text: String,
    /// The same as HTML, where there is such a form.
    pub html: Option<String>,
    /// Files; an `inline` one with a `content_id` is an image of the HTML form.
    pub attachments: Vec<Attachment>,
    /// Identifier of the message that this answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Identifiers of the thread above, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// This message's identifier, as [`message_id`] makes it.
    pub message_id: String,
    /// When it was written.
    pub date: Timestamp,
}

/// Whether the hidden recipients are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BccField {
    /// No: the message leaves.
    Left,
    /// Yes: a draft, or the sender's own copy.
    Kept,
}

/// Makes a Message-ID, without angle brackets, from 16 random bytes and the sender's domain (RFC 5322 §3.6.4).
#[must_use]
pub fn message_id(random: &[u8; 16], domain: &str) -> String {
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}@{domain}")
}

/// Writes a letter as a message.
#[must_use]
pub fn build(letter: &Letter, bcc: BccField) -> Vec<u8> {
    let list = |mailboxes: &[Mailbox]| Address::new_list(mailboxes.iter().map(address).collect());
    let mut message = MessageBuilder::new().from(address(&letter.from));
    for (name, mailboxes) in [("To", &letter.to), ("Cc", &letter.cc)] {
        if !mailboxes.is_empty() {
            message = message.header(name, list(mailboxes));
        }
    }
    if bcc == BccField::Kept && !letter.bcc.is_empty() {
        message = message.header("Bcc", list(&letter.bcc));
    }
    message = message
        .header("Subject", Text::new(one_line(&letter.subject)))
        .header("Date", Date::new(letter.date.0))
        .header("Message-ID", MessageId::new(identifier(&letter.message_id)));
    if let Some(id) = &letter.in_reply_to {
        message = message.header("In-Reply-To", MessageId::new(identifier(id)));
    }
    if !letter.references.is_empty() {
        message = message.header("References", MessageId::new_list(letter.references.iter().map(|id| identifier(id))));
    }
    let mut out = Vec::new();
    message.body(body(letter)).serialize(&mut out);
    out
}

fn body(letter: &Letter) -> MimePart<'_> {
    let boundary = |level: u8| boundary(letter, level);
    let text = MimePart::new("text/plain", BodyPart::Text(crlf(&letter.text).into()));
    let (inline, beside): (Vec<_>, Vec<_>) =
        letter.attachments.iter().partition(|file| letter.html.is_some() && file.inline && file.content_id.is_some());
    let main = match &letter.html {
        None => text,
        Some(html) => {
            let mut html = MimePart::new("text/html", BodyPart::Text(crlf(html).into()));
            if !inline.is_empty() {
                let mut parts = vec![html];
                parts.extend(inline.into_iter().map(part));
                let kind = ContentType::new("multipart/related").attribute("type", "text/html");
                html = MimePart::new(kind.attribute("boundary", boundary(2)), parts);
            }
            let kind = ContentType::new("multipart/alternative").attribute("boundary", boundary(1));
            MimePart::new(kind, vec![text, html])
        }
    };
    if beside.is_empty() {
        return main;
    }
    let mut parts = vec![main];
    parts.extend(beside.into_iter().map(part));
    MimePart::new(ContentType::new("multipart/mixed").attribute("boundary", boundary(0)), parts)
}

fn part(file: &Attachment) -> MimePart<'_> {
    let is_message = file.media_type.starts_with("message/");
    let plain = is_message && travels_plain(&file.bytes);
    // A message must not be encoded (RFC 2046 §5.2.1): one that cannot travel as it is goes as a file.
    let media_type = if is_message && !plain { "application/octet-stream" } else { media_type(&file.media_type) };
    let mut kind = ContentType::new(media_type);
    let name = file.name.as_deref().map(one_line);
    if let Some(name) = &name {
        kind = kind.attribute("name", name.clone());
    }
    let mut part = MimePart::new(kind, BodyPart::Binary(file.bytes.as_slice().into()));
    let mut disposition = ContentType::new(if file.inline { "inline" } else { "attachment" });
    if let Some(name) = name {
        disposition = disposition.attribute("filename", name);
    }
    part = part.header("Content-Disposition", disposition);
    if let Some(id) = &file.content_id {
        part = part.cid(identifier(id));
    }
    if plain { part.transfer_encoding("7bit") } else { part }
}

fn address(mailbox: &Mailbox) -> Address<'static> {
    let spec: String = mailbox.address.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    Address::new_address(mailbox.name.as_deref().map(one_line).filter(|name| !name.is_empty()), spec)
}

/// A media type that can stand in a field.
fn media_type(text: &str) -> &str {
    let token =
        |half: &str| !half.is_empty() && half.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    let good = text.split_once('/').is_some_and(|(kind, subtype)| kind != "multipart" && token(kind) && token(subtype));
    if good { text } else { "application/octet-stream" }
}

/// Whether a message can be a part without an encoding: ASCII, CRLF, no line over the limit.
fn travels_plain(bytes: &[u8]) -> bool {
    let lines = bytes.split(|&byte| byte == b'\n');
    let last = lines.clone().count() - 1;
    lines.enumerate().all(|(at, line)| {
        let body = if at == last { Some(line) } else { line.strip_suffix(b"\r") };
        body.is_some_and(|body| {
            body.len() <= LINE_BYTES
                && body.iter().all(|&b| b.is_ascii() && b != 0 && b != b'\r')
                && !body.starts_with(b"--=_")
        })
    })
}

/// A delimiter that no part holds: `=_` stands in no encoded text, and the letter's own random identifier follows.
fn boundary(letter: &Letter, level: u8) -> String {
    let id: String = letter.message_id.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    let mut boundary = format!("=_{level}_{id}");
    while letter.text.contains(&boundary) || letter.html.as_ref().is_some_and(|html| html.contains(&boundary)) {
        boundary.push('_');
    }
    boundary
}

/// Without what would end a line or cannot be seen.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// What can stand between angle brackets.
fn identifier(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect()
}

/// Text with CRLF line ends.
fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;

    fn mailbox(name: &str, address: &str) -> Mailbox {
        Mailbox { name: Some(name.to_owned()).filter(|name| !name.is_empty()), address: address.to_owned() }
    }

    fn letter() -> Letter {
        Letter {
            from: mailbox("Zoë, Häuptling", "zoe@home.test"),
            to: vec![mailbox("", "bob@else.test"), mailbox("Eve \"E.\" <x>", "eve@else.test")],
            cc: vec![mailbox("日本語", "n@else.test")],
            bcc: vec![mailbox("Hidden", "hidden@else.test")],
            subject: "Grüße: ein sehr langer Betreff mit vielen Wörtern, der über eine Zeile hinausgeht €".to_owned(),
            text: "Hallo\n.\nFrom here\n-- \nZoë\n".to_owned(),
            html: None,
            attachments: vec![],
            in_reply_to: Some("before@else.test".to_owned()),
            references: vec!["first@else.test".to_owned(), "before@else.test".to_owned()],
            message_id: message_id(&[0xab; 16], "home.test"),
            date: Timestamp(1_767_225_600),
        }
    }

    fn file(name: &str, media_type: &str, bytes: &[u8]) -> Attachment {
        Attachment {
            name: Some(name.to_owned()),
            media_type: media_type.to_owned(),
            bytes: bytes.to_vec(),
            ..Attachment::default()
        }
    }

    /// Builds, checks the form on the wire, and reads again.
    fn built(letter: &Letter, bcc: BccField) -> (String, super::super::read::Message) {
        let bytes = build(letter, bcc);
        let text = String::from_utf8(bytes.clone()).expect("7bit");
        assert!(text.is_ascii(), "{text}");
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "bare line ends: {text:?}");
        assert!(text.lines().all(|line| line.len() <= LINE_BYTES));
        let message = read(&bytes);
        assert_eq!(message.problems, [], "{text}");
        (text, message)
    }

    #[test]
    fn a_letter_comes_back_as_it_was_written() {
        let letter = letter();
        let (_, message) = built(&letter, BccField::Left);
        assert_eq!(message.from, std::slice::from_ref(&letter.from));
        assert_eq!((&message.to, &message.cc, message.bcc.len()), (&letter.to, &letter.cc, 0));
        assert_eq!(message.subject.as_deref(), Some(letter.subject.as_str()));
        assert_eq!(message.text.as_deref(), Some(letter.text.as_str()));
        assert_eq!(message.date, Some(letter.date));
        assert_eq!(message.message_id.as_deref(), Some("abababababababababababababababab@home.test"));
        assert_eq!(
            (&message.in_reply_to[..], &message.references),
            (&["before@else.test".to_owned()][..], &letter.references)
        );
        assert_eq!(build(&letter, BccField::Left), build(&letter, BccField::Left));
    }

    #[test]
    fn hidden_recipients_stand_in_own_copies_only() {
        let (left, _) = built(&letter(), BccField::Left);
        assert!(!left.contains("hidden@") && !left.to_lowercase().contains("bcc"));
        assert_eq!(built(&letter(), BccField::Kept).1.bcc, letter().bcc);
    }

    #[test]
    fn html_images_and_files_keep_their_places() {
        let mut letter = letter();
        letter.html = Some("<p>Grüße <img src=\"cid:logo@home\"></p>".to_owned());
        let image = Attachment {
            content_id: Some("logo@home".to_owned()),
            inline: true,
            ..file("logo.png", "image/png", b"\x89PNG\r\n\x1a\n")
        };
        let text = file("Bericht für März.txt", "text/plain", "Zeile\r\nZeile\nÄ".as_bytes());
        let long = file(&format!("{}.pdf", "sehr langer Name ".repeat(12)), "application/pdf", &[0, 255, 13, 10]);
        letter.attachments = vec![image.clone(), text.clone(), long.clone()];
        let (_, message) = built(&letter, BccField::Left);
        assert_eq!(message.html, letter.html);
        assert_eq!(message.text, Some(letter.text.clone()));
        assert_eq!(message.attachments, [image, text, long]);
    }

    #[test]
    fn a_passed_on_message_is_not_encoded() {
        let mut letter = letter();
        letter.attachments = vec![file("one.eml", "message/rfc822", b"Subject: inner\r\n\r\nhello\r\n")];
        let (text, message) = built(&letter, BccField::Left);
        assert!(text.contains("Subject: inner\r\n\r\nhello\r\n"));
        assert_eq!(message.attachments, letter.attachments);
        letter.attachments = vec![file("two.eml", "message/rfc822", "Subject: é\n\nbare".as_bytes())];
        let (_, message) = built(&letter, BccField::Left);
        assert_eq!(message.attachments[0].media_type, "application/octet-stream");
        assert_eq!(message.attachments[0].bytes, letter.attachments[0].bytes);
    }

    #[test]
    fn nothing_that_is_typed_can_add_a_field_or_a_part() {
        let mut letter = letter();
        letter.subject = "x\r\nBcc: evil@else.test\r\n\r\nbody".to_owned();
        letter.from.name = Some("a\r\nX-Evil: 1".to_owned());
        letter.to[0].address = "b@c.test>\r\nX-Evil: 1\r\n".to_owned();
        letter.references = vec!["a>\r\nX-Evil: 1".to_owned()];
        letter.message_id = "id\r\nX-Evil: 1@home.test".to_owned();
        letter.attachments = vec![file("n\"\r\nX-Evil: 1\r\n\r\n--x", "text/html\r\nX-Evil: 1", b"x")];
        letter.text = "--=_0_abababababababababababab\r\nX-Evil: 1".to_owned();
        let (text, message) = built(&letter, BccField::Left);
        assert!(!text.contains("\r\nX-Evil") || text.contains("\r\n\r\n--=_0_"), "{text}");
        let header = super::super::header::Header::of(text.as_bytes());
        assert!(header.fields().all(|field| !field.is("X-Evil") && !field.is("Bcc")), "{text}");
        assert_eq!(message.attachments.len(), 1);
        assert_eq!(message.subject.as_deref(), Some("x  Bcc: evil@else.test    body"));
    }
}
