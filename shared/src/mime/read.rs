//! A message as a reader sees it: fields decoded, the best text and HTML body, attachments, and what could not be had
//! (RFC 5322 §3.6, RFC 2045–2047, RFC 2183, RFC 2231, RFC 2387).

use serde::{Deserialize, Serialize};

use super::address::{Mailbox, parse_mailboxes};
use super::charset::decode_charset;
use super::entity::{Encoding, Entity, NESTING, PARTS};
use super::header::{Ending, Field, Header, SEARCHED_BYTES};
use super::params::{date, decode_file_name, message_ids};
use super::text::{html_to_text, unflow};
use super::words::decode_text;
use crate::api::Timestamp;

/// Longest media type that is believed, octets (RFC 6838 §4.2 allows 127 for each half).
const MEDIA_TYPE_BYTES: usize = 255;
/// Most problems that one message reports.
const PROBLEMS: usize = 50;
/// Fields that a message has at most once (RFC 5322 §3.6); a second one that says something else is how a sender shows two
/// faces. Thunderbird repeats the Subject in what it encrypts.
const SINGLE_FIELDS: [&str; 7] = ["From", "To", "Cc", "Subject", "Date", "Message-ID", "Content-Type"];

/// A message, decoded for showing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Message {
    /// Subject, `None` where there is no such field.
    pub subject: Option<String>,
    /// Authors.
    pub from: Vec<Mailbox>,
    /// Main recipients.
    pub to: Vec<Mailbox>,
    /// Other recipients.
    pub cc: Vec<Mailbox>,
    /// Recipients that others do not see; only drafts and sent copies have them.
    pub bcc: Vec<Mailbox>,
    /// Where answers shall go.
    pub reply_to: Vec<Mailbox>,
    /// When the author says that it was written.
    pub date: Option<Timestamp>,
    /// The message's identifier, without angle brackets.
    pub message_id: Option<String>,
    /// What it answers, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// The thread above it, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The plain text body, lines ending with LF; `None` where there is HTML only, or no text at all.
    pub text: Option<String>,
    /// The HTML body as it came, not made safe.
    pub html: Option<String>,
    /// Everything that is not a body, in its order.
    pub attachments: Vec<Attachment>,
    /// What the message could not give.
    pub problems: Vec<Problem>,
}

/// A file, an image or a message inside a message.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Attachment {
    /// File name, without folders; may be any text.
    pub name: Option<String>,
    /// Media type in lower case, `application/octet-stream` where none was named.
    pub media_type: String,
    /// Content-ID without angle brackets, by which an HTML body names an image.
    pub content_id: Option<String>,
    /// Shown within the body rather than beside it.
    pub inline: bool,
    /// The content, transfer encoding taken away.
    pub bytes: Vec<u8>,
}

/// What a message could not give, for its reader to know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", content = "of", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// There is no header: all of it is shown as text.
    NoHeader,
    /// No empty line ends the header, so header and body may be mixed up.
    NoHeaderEnd,
    /// The header is longer than fields are searched in; those behind are not shown.
    LongHeader,
    /// A field stands there twice and says two things; the first is shown.
    RepeatedField(String),
    /// The text's charset is not known; some characters are wrong.
    UnknownCharset(String),
    /// A transfer encoding that is not known; the part is shown as it came.
    UnknownEncoding(String),
    /// A part's transfer encoding is broken; some of its content is missing or wrong.
    BrokenEncoding,
    /// A multipart names no boundary; it is shown as text.
    NoBoundary,
    /// A multipart does not end; the message was cut off.
    Truncated,
    /// There are more parts than are taken apart.
    TooManyParts,
    /// Parts are nested deeper than is taken apart.
    TooDeep,
}

/// Reads a message. Never fails: what is missing or broken stands in [`Message::problems`].
#[must_use]
pub fn read(message: &[u8]) -> Message {
    if message.contains(&b'\r') && !message.contains(&b'\n') {
        // Line ends of a time gone by; what is in such a message is worth more than its bytes.
        let lines: Vec<u8> = message.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect();
        return read(&lines);
    }
    let header = Header::of(message);
    let root = Entity::of(message, "text/plain");
    let mut walk = Walk { protected: is_protected(&root), ..Walk::default() };
    let mut out = fields(&header);
    if !message.is_empty() && header.ending() != Ending::EmptyLine {
        walk.problem(if header.fields_end() == 0 { Problem::NoHeader } else { Problem::NoHeaderEnd });
    }
    if header.fields().any(|field| field.range.start >= SEARCHED_BYTES) {
        walk.problem(Problem::LongHeader);
    }
    for name in SINGLE_FIELDS {
        let mut fields = header.searched_fields().filter(|field| field.is(name));
        let first = fields.next();
        if first.is_some_and(|first| fields.any(|other| !says_the_same(&first, &other))) {
            walk.problem(Problem::RepeatedField(name.to_owned()));
        }
    }
    let body = walk.entity(&root, 0, Place::Root);
    (out.text, out.html) = join(&body.segments);
    out.attachments = body.attachments;
    out.problems = walk.problems;
    out
}

/// Free text may be written in several ways; of what has a grammar every octet counts.
fn says_the_same(one: &Field<'_>, other: &Field<'_>) -> bool {
    one.value.trim_ascii() == other.value.trim_ascii()
        || (one.is("Subject") && decode_text(one.value) == decode_text(other.value))
}

fn fields(header: &Header<'_>) -> Message {
    let value = |name: &str| header.first(name).map(|field| field.value);
    let mailboxes = |name: &str| value(name).map(parse_mailboxes).unwrap_or_default();
    let ids = |name: &str| value(name).map(message_ids).unwrap_or_default();
    Message {
        subject: value("Subject").map(decode_text),
        from: mailboxes("From"),
        to: mailboxes("To"),
        cc: mailboxes("Cc"),
        bcc: mailboxes("Bcc"),
        reply_to: mailboxes("Reply-To"),
        date: value("Date").and_then(date),
        message_id: ids("Message-ID").into_iter().next(),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        ..Message::default()
    }
}

/// A stretch of body: text, HTML or both forms of the same.
#[derive(Debug, Default)]
struct Segment {
    text: Option<String>,
    html: Option<String>,
}

#[derive(Debug, Default)]
struct Body {
    segments: Vec<Segment>,
    attachments: Vec<Attachment>,
}

/// Where an entity stands; decides whether a text is a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Part,
    /// Beside the root of a multipart/related: an image of the page, whatever it says.
    Related,
}

#[derive(Debug, Default)]
struct Walk {
    parts: usize,
    /// The header is a protected one; then copies of it in the body, for readers that do not know this, are left out.
    protected: bool,
    problems: Vec<Problem>,
}

impl Walk {
    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn entity(&mut self, entity: &Entity<'_>, depth: usize, place: Place) -> Body {
        self.parts += 1;
        if !entity.media_type().starts_with("multipart/") {
            return self.leaf(entity, place);
        }
        if depth >= NESTING {
            self.problem(Problem::TooDeep);
            return Body { attachments: vec![self.attachment(entity, place)], ..Body::default() };
        }
        let Some(split) = entity.split(PARTS.saturating_sub(self.parts)) else {
            self.problem(Problem::NoBoundary);
            return self.text(entity, false);
        };
        if split.cut {
            self.problem(Problem::TooManyParts);
        }
        if !split.closed && !split.cut {
            self.problem(Problem::Truncated);
        }
        if split.parts.is_empty() {
            return self.text(entity, false);
        }
        let default_type = if entity.media_type() == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let parts: Vec<_> = split.parts.iter().map(|part| Entity::of(part, default_type)).collect();
        match entity.media_type() {
            "multipart/alternative" => self.alternative(&parts, depth),
            "multipart/related" => self.related(entity, &parts, depth),
            "multipart/signed" => self.sequence(parts.iter().filter(|part| !is_signature(part)), depth),
            _ => self.sequence(parts.iter(), depth),
        }
    }

    fn sequence<'a, 'b: 'a>(&mut self, parts: impl Iterator<Item = &'a Entity<'b>>, depth: usize) -> Body {
        let mut body = Body::default();
        for (at, part) in parts.enumerate() {
            if at == 0 && self.protected && is_legacy_display(part) {
                continue;
            }
            let inner = self.entity(part, depth + 1, Place::Part);
            body.segments.extend(inner.segments);
            body.attachments.extend(inner.attachments);
        }
        body
    }

    /// Of several forms of the same the last text and the last HTML are taken (RFC 2046 §5.1.4: the best comes last).
    fn alternative(&mut self, parts: &[Entity<'_>], depth: usize) -> Body {
        let mut best = Segment::default();
        let mut attachments = Vec::new();
        for part in parts {
            let inner = self.entity(part, depth + 1, Place::Part);
            let (text, html) = join(&inner.segments);
            if html.is_none() || best.text.is_none() {
                best.text = text.or(best.text);
            }
            best.html = html.or(best.html);
            attachments.extend(inner.attachments);
        }
        Body { segments: vec![best], attachments }
    }

    /// The root is shown, the others are what it names by Content-ID (RFC 2387 §3.2).
    fn related(&mut self, entity: &Entity<'_>, parts: &[Entity<'_>], depth: usize) -> Body {
        let start = entity.content_type.get("start").map(|id| id.trim_matches(['<', '>', ' ']).to_owned());
        let root =
            start.and_then(|id| parts.iter().position(|part| content_id(part).as_ref() == Some(&id))).unwrap_or(0);
        let mut body = Body::default();
        for (at, part) in parts.iter().enumerate() {
            let place = if at == root { Place::Part } else { Place::Related };
            let inner = self.entity(part, depth + 1, place);
            body.segments.extend(inner.segments);
            body.attachments.extend(inner.attachments);
        }
        body
    }

    fn leaf(&mut self, entity: &Entity<'_>, place: Place) -> Body {
        let is_text = matches!(entity.media_type(), "text/plain" | "text/html");
        let beside = entity.disposition.value == "attachment"
            || place == Place::Related
            || (place == Place::Part && file_name(entity).is_some());
        if is_text && !beside {
            return self.text(entity, entity.media_type() == "text/html");
        }
        Body { attachments: vec![self.attachment(entity, place)], ..Body::default() }
    }

    fn text(&mut self, entity: &Entity<'_>, is_html: bool) -> Body {
        let bytes = self.content(entity);
        let charset = entity.content_type.get("charset");
        let (text, known) = decode_charset(&bytes, charset);
        if !known {
            self.problem(Problem::UnknownCharset(charset.unwrap_or_default().chars().take(40).collect()));
        }
        let mut text = text.replace("\r\n", "\n");
        if self.protected && entity.content_type.get("hp-legacy-display") == Some("1") {
            text = without_legacy_display(&text, is_html).unwrap_or(text);
        }
        if entity.content_type.get("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed")) && !is_html {
            let deletes = entity.content_type.get("delsp").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
            text = unflow(&text, deletes);
        }
        let text = Some(text);
        let segment = if is_html { Segment { html: text, text: None } } else { Segment { text, html: None } };
        Body { segments: vec![segment], ..Body::default() }
    }

    fn attachment(&mut self, entity: &Entity<'_>, place: Place) -> Attachment {
        let bytes = self.content(entity);
        let media_type = entity.media_type();
        let well_formed = media_type.len() <= MEDIA_TYPE_BYTES && media_type.bytes().all(|b| b.is_ascii_graphic());
        let content_id = content_id(entity);
        let inline = match entity.disposition.value.as_str() {
            "attachment" => false,
            "inline" => true,
            _ => place == Place::Related && content_id.is_some(),
        };
        let mut name = file_name(entity);
        if name.is_none() && media_type.starts_with("message/") {
            let subject = Header::of(&bytes).first("Subject").map(|field| decode_text(field.value));
            name = subject.filter(|subject| !subject.is_empty()).map(|subject| format!("{subject}.eml"));
        }
        let media_type = if well_formed { media_type } else { "application/octet-stream" }.to_owned();
        Attachment { name: name.map(|name| bare_name(&name)), media_type, content_id, inline, bytes }
    }

    fn content(&mut self, entity: &Entity<'_>) -> Vec<u8> {
        let (bytes, whole) = entity.decoded();
        if !whole {
            self.problem(match entity.encoding() {
                Encoding::Unknown => {
                    let named = entity.header.first("Content-Transfer-Encoding").map(|field| decode_text(field.value));
                    Problem::UnknownEncoding(named.unwrap_or_default().chars().take(40).collect())
                }
                _ => Problem::BrokenEncoding,
            });
        }
        bytes
    }
}

/// All text and all HTML of a body. Where some stretches have one form only, the other is made from it, so that neither
/// view loses any.
fn join(segments: &[Segment]) -> (Option<String>, Option<String>) {
    let has_text = segments.iter().any(|segment| segment.text.is_some());
    let has_html = segments.iter().any(|segment| segment.html.is_some());
    let text = has_text.then(|| {
        let form = |segment: &Segment| {
            segment.text.clone().or_else(|| segment.html.as_deref().map(html_to_text)).unwrap_or_default()
        };
        segments.iter().map(form).collect::<Vec<_>>().join("\n")
    });
    let html = has_html.then(|| {
        let form = |segment: &Segment| {
            let escaped = || segment.text.as_deref().map(|text| format!("<pre>{}</pre>", escape(text)));
            segment.html.clone().or_else(escaped).unwrap_or_default()
        };
        segments.iter().map(form).collect::<Vec<_>>().join("\n")
    });
    (text, html)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Whether the header of a message is a protected one (RFC 9788 §2.1, and the draft before it).
fn is_protected(root: &Entity<'_>) -> bool {
    root.content_type.get("hp").is_some() || root.content_type.get("protected-headers").is_some()
}

/// A part that repeats protected fields, as the draft before RFC 9788 had it.
fn is_legacy_display(part: &Entity<'_>) -> bool {
    matches!(part.media_type(), "text/plain" | "text/rfc822-headers")
        && part.content_type.get("protected-headers").is_some()
}

/// A body without the copy of protected fields at its beginning (RFC 9788 §4.5.3); `None` where there is none.
fn without_legacy_display(text: &str, is_html: bool) -> Option<String> {
    if !is_html {
        return text.split_once("\n\n").map(|(_, rest)| rest.to_owned());
    }
    let (before, rest) = text.split_once("<div class=\"header-protection-legacy-display\">")?;
    let (_, after) = rest.split_once("</div>")?;
    Some(format!("{before}{after}"))
}

fn is_signature(entity: &Entity<'_>) -> bool {
    matches!(
        entity.media_type(),
        "application/pgp-signature" | "application/pkcs7-signature" | "application/x-pkcs7-signature"
    )
}

fn content_id(entity: &Entity<'_>) -> Option<String> {
    let field = entity.header.first("Content-ID")?;
    message_ids(field.value).into_iter().next()
}

fn file_name(entity: &Entity<'_>) -> Option<String> {
    let name = entity.disposition.get("filename").or_else(|| entity.content_type.get("name"))?;
    Some(decode_file_name(name)).filter(|name| !name.is_empty())
}

/// The name without folders: a saved file must not leave the folder that it is saved to.
fn bare_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
    if last.is_empty() || last.chars().all(|c| c == '.') { "_".to_owned() } else { last.to_owned() }
}
