//! Listing and reading: sealed summaries and messages are fetched and opened here.

use std::fmt::Write as _;
use std::io::Write as _;

use rand::rngs::OsRng;
use shared::access::Unlocked;
use shared::api::keys::{LookupOutcome, LookupRequest, LookupResponse};
use shared::api::mailbox::{
    Came, Flags, MailboxesResponse, MessageId, MessageResponse, MessageRow, MessagesResponse, SummaryRequest,
};
use shared::api::{EmailAddress, Timestamp, limits, paths};
use shared::mime::{self, Mailbox, Message, Summary, is_posing};
use shared::pgp::{self, Certificate, EndToEnd, OpenedMessage, SecretKey, SignatureVerdict};

use super::access::{Connected, open};
use super::args::{ListArgs, Place, ReadArgs};
use super::files::Folder;
use super::terminal::{Lines, clean};
use super::{ClientError, now, print, problems};

pub(super) async fn list(place: Place, args: ListArgs) -> Result<(), ClientError> {
    let (mut connected, unlocked) = open(place).await?;
    let MailboxesResponse { mailboxes } = connected.api.get(paths::MAILBOXES).await?;
    let mailbox = mailboxes.iter().find(|mailbox| mailbox.name.eq_ignore_ascii_case(&args.mailbox));
    let mailbox = mailbox.ok_or_else(|| ClientError::Refused(format!("there is no mailbox {}", args.mailbox)))?;
    let (mut left, mut before) = (args.limit, None);
    let lines = Lines::of_terminal();
    let own = unlocked.address().domain();
    while left > 0 {
        let limit = left.min(limits::LIST_PAGE);
        let mut path = format!("{}?limit={limit}", paths::mailbox_messages(mailbox.id));
        if let Some(place) = before {
            write!(path, "&before={place}").map_err(|_| ClientError::Failed("no memory".into()))?;
        }
        let page: MessagesResponse = connected.api.get(&path).await?;
        for row in &page.messages {
            let summary = summary(&mut connected, &unlocked, row).await?;
            let summary = summary.as_ref();
            print(&if args.json { json_line(row, summary)? } else { lines.cut(&line(row, summary, own)) + "\n" })?;
        }
        left = left.saturating_sub(u32::try_from(page.messages.len()).unwrap_or(u32::MAX));
        before = page.messages.last().map(MessageRow::place);
        if !page.more || before.is_none() {
            break;
        }
    }
    Ok(())
}

pub(super) async fn read(place: Place, args: ReadArgs) -> Result<(), ClientError> {
    let folder = args.attachments.as_deref().map(Folder::ready).transpose()?;
    let (mut connected, unlocked) = open(place).await?;
    let (opened, came) = open_with_signers(&mut connected, &unlocked, args.id).await?;
    if args.raw {
        std::io::stdout().lock().write_all(&opened.original)?;
        return Ok(());
    }
    let message = mime::read(opened.shown());
    // Who takes no more of the text wants the files all the same.
    let printed = print(&shown(&opened, &message, came, unlocked.address().domain()));
    if let Some(folder) = &folder {
        save(folder, &message)?;
    }
    printed?;
    match &opened.end_to_end {
        EndToEnd::Closed(error) => {
            Err(ClientError::Refused(format!("its sender sealed it, and it does not open: {error}")))
        }
        EndToEnd::No | EndToEnd::Opened { .. } => Ok(()),
    }
}

/// The summary of a row, if one of the keys opens it. What its sender sealed, the box could not summarise: such a message, if
/// it is not large, is fetched and summarised here, and the box keeps that. Where something of it is refused the row stays as
/// it is; reading tells why.
async fn summary(
    connected: &mut Connected,
    unlocked: &Unlocked,
    row: &MessageRow,
) -> Result<Option<Summary>, ClientError> {
    let keys = unlocked.openers();
    let Ok(summary) = pgp::open_summary(&row.summary.0, &keys, now()) else { return Ok(None) };
    if !summary.wants_a_look() || row.size > limits::SUMMARISED_BYTES {
        return Ok(Some(summary));
    }
    let opened = Stored::fetch(connected, row.id).await.and_then(|stored| stored.open(&keys, &[]));
    let made = match opened.map(|opened| opened.summary(&summary)) {
        Ok(made) => made,
        Err(ClientError::Refused(_) | ClientError::Answered(_)) => return Ok(Some(summary)),
        Err(error) => return Err(error),
    };
    if let Ok(sealed) = pgp::seal_summary(&made, unlocked.at_rest(), now(), &mut OsRng) {
        let request = SummaryRequest { summary: sealed.into() };
        match connected.api.put(&paths::message_summary(row.id), &request).await {
            Ok(()) | Err(ClientError::Answered(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(made))
}

/// A message as it lies on the box.
struct Stored {
    bytes: Vec<u8>,
    /// Its own header, where that is sealed apart.
    header: Option<Vec<u8>>,
    came: Option<Came>,
}

impl Stored {
    async fn fetch(connected: &mut Connected, id: MessageId) -> Result<Self, ClientError> {
        let fetched = connected.api.get_frame(&paths::message(id)).await;
        let absent = || format!("there is no message {id}; own-mailbox client list prints those that there are");
        let (head, bytes): (MessageResponse, _) = fetched.map_err(|error| error.or_absent(absent))?;
        let header = Some(head.sealed_header.0).filter(|header| !header.is_empty());
        Ok(Self { bytes, header, came: head.came })
    }

    fn open(&self, keys: &[&SecretKey], signers: &[Certificate]) -> Result<OpenedMessage, ClientError> {
        pgp::open_message(&self.bytes, self.header.as_deref(), keys, signers, now())
            .map_err(|error| ClientError::Refused(format!("the message does not open: {error}")))
    }
}

/// Fetches a message and opens it; signatures are judged by the certificates that the box finds for its author.
async fn open_with_signers(
    connected: &mut Connected,
    unlocked: &Unlocked,
    id: MessageId,
) -> Result<(OpenedMessage, Option<Came>), ClientError> {
    let stored = Stored::fetch(connected, id).await?;
    let keys = unlocked.openers();
    let opened = stored.open(&keys, &[])?;
    if opened.signatures.is_empty() {
        return Ok((opened, stored.came));
    }
    let authors = mime::read(opened.shown()).from;
    let addresses: Vec<EmailAddress> = authors.iter().filter_map(|author| author.address.parse().ok()).collect();
    let mut signers: Vec<Certificate> = unlocked.keys().iter().map(|key| key.certificate().clone()).collect();
    signers.extend(certificates(connected, addresses).await?.into_iter().flat_map(|(_, found)| found));
    Ok((stored.open(&keys, &signers)?, stored.came))
}

/// What the box finds for some addresses, in their order, the one to seal to first; what cannot be read counts as not found.
pub(super) async fn certificates(
    connected: &mut Connected,
    addresses: Vec<EmailAddress>,
) -> Result<Vec<(EmailAddress, Vec<Certificate>)>, ClientError> {
    let mut found = Vec::new();
    for some in addresses.chunks(limits::LOOKUP_ADDRESSES) {
        // To read tells no key server whose letter it is.
        let request = LookupRequest { addresses: some.to_vec(), key_server: false };
        let response: LookupResponse = connected.api.post(paths::CERTIFICATES_LOOKUP, &request).await?;
        found.extend(response.results.into_iter().map(|result| match result.outcome {
            LookupOutcome::Found { certificate, .. } => {
                (result.address, Certificate::parse_all(&certificate.0).unwrap_or_default())
            }
            LookupOutcome::None | LookupOutcome::Unreachable => (result.address, Vec::new()),
        }));
    }
    Ok(found)
}

/// One line of a listing, without its end.
fn line(row: &MessageRow, summary: Option<&Summary>, own_domain: &str) -> String {
    let author = summary.and_then(|summary| summary.from.as_ref());
    let from = author.map(who).unwrap_or_default();
    let subject = match summary {
        Some(summary) => summary.subject.as_deref().unwrap_or(""),
        None => "(sealed to a key that is not here)",
    };
    let mark =
        if is_posing(row.came, author.map(std::slice::from_ref).unwrap_or_default(), own_domain) { '!' } else { '-' };
    let flags = format!("{}{mark}", flags(row.flags));
    let columns = [row.id.to_string(), date(row.received_at), flags, from, subject.to_owned()];
    columns.map(|column| clean(&column)).join("\t")
}

fn json_line(row: &MessageRow, summary: Option<&Summary>) -> Result<String, ClientError> {
    let line = serde_json::json!({
        "id": row.id,
        "uid": row.uid,
        "received_at": row.received_at,
        "size": row.size,
        "flags": row.flags,
        "came": row.came,
        "summary": summary,
    });
    serde_json::to_string(&line).map(|line| line + "\n").map_err(|error| ClientError::Failed(error.to_string()))
}

/// A message as text.
fn shown(opened: &OpenedMessage, message: &Message, came: Option<Came>, own_domain: &str) -> String {
    let list = |people: &[Mailbox]| people.iter().map(who).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    let mut field = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("{name}: {}", clean(&value)));
        }
    };
    field("From", list(&message.from));
    field("To", list(&message.to));
    field("Cc", list(&message.cc));
    field("Bcc", list(&message.bcc));
    field("Date", message.date.map(date).unwrap_or_default());
    field("Subject", message.subject.clone().unwrap_or_default());
    field("Came", came.map(way).unwrap_or_default().to_owned());
    if is_posing(came, &message.from, own_domain) {
        let warning = "it says that it is from your own box, and came from outside: somebody may be pretending";
        field("Warning", warning.to_owned());
    }
    field("Sealed by its sender", sealed(opened).to_owned());
    for verdict in &opened.signatures {
        field("Signature", signature(verdict));
    }
    for problem in &message.problems {
        field("Problem", problems::words(problem));
    }
    for attachment in &message.attachments {
        let name = attachment.name.as_deref().unwrap_or(match attachment.media_type.as_str() {
            "message/delivery-status" | "message/global-delivery-status" => "(report for programs)",
            "text/rfc822-headers" | "message/global-headers" => "(header of the message that it is about)",
            _ => "(no name)",
        });
        field("Attachment", format!("{name} ({}, {} octets)", attachment.media_type, attachment.bytes.len()));
    }
    let html = || message.html.as_deref().map(mime::html_to_text);
    let text = message.text.clone().or_else(html).unwrap_or_default();
    let text: Vec<_> = text.lines().map(clean).collect();
    format!("{}\n\n{}\n", lines.join("\n"), text.join("\n"))
}

/// How a message came.
fn way(came: Came) -> &'static str {
    match came {
        Came::Outside => "from another server, where anybody can write any name",
        Came::Here => "from somebody of this box, who had signed in",
        Came::Box => "from the box itself",
        Came::Link => "answered through your link, by who has it",
    }
}

fn sealed(opened: &OpenedMessage) -> &'static str {
    match &opened.end_to_end {
        EndToEnd::No => "no",
        EndToEnd::Opened { .. } if opened.sender_differs() => "yes, but the author named inside is not the one outside",
        EndToEnd::Opened { .. } if opened.outside => "yes, but not all of it: more was around it, and is not shown",
        EndToEnd::Opened { .. } => "yes",
        EndToEnd::Closed(_) => "yes, and it cannot be opened",
    }
}

fn signature(verdict: &SignatureVerdict) -> String {
    match verdict {
        SignatureVerdict::Good { certificate, .. } => format!("good, by {certificate}"),
        SignatureVerdict::KeyExpired { certificate, .. } => format!("by {certificate}, which had expired"),
        SignatureVerdict::KeyRevoked { certificate, .. } => format!("by {certificate}, which has been revoked"),
        SignatureVerdict::KeyUnusable { certificate, .. } => format!("by {certificate}, which cannot be relied on"),
        SignatureVerdict::ForOthers { certificate, .. } => format!("by {certificate}, but made for somebody else"),
        SignatureVerdict::UnknownKey { .. } => "by a key that is not known".into(),
        SignatureVerdict::Bad { .. } => "bad: it does not fit the message".into(),
        _ => "of a kind that this program does not know".into(),
    }
}

fn save(folder: &Folder, message: &Message) -> Result<(), ClientError> {
    for (number, attachment) in message.attachments.iter().enumerate() {
        let mut file = folder.begin(attachment.name.as_deref(), number + 1)?;
        file.write(&attachment.bytes)?;
        file.whole()?;
    }
    Ok(())
}

/// A name that claims to be another address is left out.
fn who(person: &Mailbox) -> String {
    match person.honest_name() {
        Some(name) => format!("{name} <{}>", person.address),
        None => person.address.clone(),
    }
}

fn flags(flags: Flags) -> String {
    let marks = [(flags.seen, 'S'), (flags.answered, 'A'), (flags.flagged, '*'), (flags.draft, 'D')];
    marks.into_iter().map(|(set, mark)| if set { mark } else { '-' }).collect()
}

pub(super) fn date(at: Timestamp) -> String {
    let Ok(at) = time::OffsetDateTime::from_unix_timestamp(at.0) else { return String::new() };
    let (year, month, day) = at.to_calendar_date();
    format!("{year:04}-{:02}-{day:02} {:02}:{:02}Z", u8::from(month), at.hour(), at.minute())
}

/// The day of a date.
pub(super) fn day(at: Timestamp) -> String {
    date(at).split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_cannot_steer_the_terminal() {
        let message =
            mime::read(b"From: Eve <eve@x.test>\r\nSubject: =?utf-8?Q?a=1B]0;b=07?=\r\n\r\nhi \x1b[2J there\n");
        let (original, signatures) = (Vec::new(), Vec::new());
        let opened = OpenedMessage { original, end_to_end: EndToEnd::No, signatures, signed: None, outside: false };
        let text = shown(&opened, &message, Some(Came::Outside), "home.test");
        assert!(text.starts_with("From: Eve <eve@x.test>\n") && !text.contains("Warning"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }

    #[test]
    fn dates_are_in_universal_time() {
        assert_eq!(date(Timestamp(1_767_225_600)), "2026-01-01 00:00Z");
        assert_eq!(date(Timestamp(i64::MAX)), "");
    }
}
