//! The message that tells a sender what will not arrive (RFC 3461 §6, RFC 3464), in words for people and in the form for
//! machines.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_builder::headers::date::Date;
use shared::api::account::Language;
use shared::api::submit::FailureReason;
use shared::api::{EmailAddress, Timestamp};
use shared::mime::header::{self, Header};

use super::carrier::Why;
use super::{Domain, words};

/// Octets of the original's header that are given back.
const HEADER_BYTES: usize = 64 * 1024;
/// Most characters of the original's subject that are quoted.
const SUBJECT_CHARACTERS: usize = 100;
/// Most characters of another server's words that are quoted in the text.
const SAID_CHARACTERS: usize = 300;
/// Octets of text in one encoded word: with its frame it has 75 characters at most (RFC 2047 §2).
const WORD_BYTES: usize = 42;

/// One recipient who will not get the message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failed {
    /// Who.
    pub recipient: EmailAddress,
    /// Why.
    pub why: Why,
}

/// What a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// The host that reports.
    pub host: &'a str,
    /// The domain of its addresses.
    pub domain: &'a Domain,
    /// Who is told.
    pub sender: &'a EmailAddress,
    /// Their language.
    pub language: Language,
    /// Who will not get the message; at least one.
    pub failed: &'a [Failed],
    /// The header of the message, see [`header_of`].
    pub header: &'a [u8],
    /// A random word.
    pub boundary: String,
    /// Now.
    pub now: Timestamp,
}

/// The header of a message as a report gives it back: whole fields, within a limit.
#[must_use]
pub fn header_of(message: &[u8]) -> Vec<u8> {
    let header = Header::of(message);
    let end = header.fields().map(|field| field.range.end).take_while(|end| *end <= HEADER_BYTES).last().unwrap_or(0);
    message.get(..end).unwrap_or_default().to_vec()
}

impl Report<'_> {
    /// Writes the report as a message.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let boundary = format!("=_{}", self.boundary);
        let mut out = self.head(&boundary).into_bytes();
        let mut part = |kind: &str, what: Option<&str>, content: &[u8]| {
            let encoding = if content.is_ascii() { "7bit" } else { "8bit" };
            let mut head = format!("--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n");
            if let Some(what) = what {
                head += &format!("Content-Description: {}\r\n", encoded(what));
            }
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(content);
            out.extend_from_slice(b"\r\n");
        };
        let [for_programs, header] = words::bounce_parts(self.language);
        part("text/plain; charset=utf-8", None, self.text().as_bytes());
        part("message/delivery-status", Some(for_programs), self.status().as_bytes());
        part("text/rfc822-headers", Some(header), self.header);
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out
    }

    fn head(&self, boundary: &str) -> String {
        let domain = self.domain.as_str();
        let first = self.failed.first().map(|failed| failed.recipient.as_str()).unwrap_or_default();
        let more = self.failed.len().saturating_sub(1);
        let subject = words::bounce_subject(self.language, first, more, self.original_subject().as_deref());
        let subject = encoded(&subject);
        let mut head = format!(
            "Return-Path: <>\r\n\
             From: Own-Mailbox <mailer-daemon@{domain}>\r\n\
             To: <{}>\r\n\
             Subject: {subject}\r\n\
             Date: {}\r\n\
             Message-ID: <{}@{domain}>\r\n",
            self.sender,
            Date::new(self.now.0).to_rfc822(),
            self.boundary,
        );
        if let Some(id) = self.original_id() {
            head += &format!("In-Reply-To: {id}\r\nReferences: {id}\r\n");
        }
        head + &format!(
            "Auto-Submitted: auto-replied\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{boundary}\"\r\n\r\n"
        )
    }

    /// The identifier of the message that did not arrive, so that the report stands beside it.
    fn original_id(&self) -> Option<String> {
        let value = header::unfold(Header::of(self.header).first("Message-ID")?.value);
        let plain = value.len() < 500 && value.bytes().all(|b| b.is_ascii_graphic());
        (plain && value.starts_with('<') && value.ends_with('>')).then_some(value)
    }

    /// The subject of the message that did not arrive; `None` where it has none that can be read.
    fn original_subject(&self) -> Option<String> {
        let subject = shared::mime::read(self.header).subject?;
        let subject: String = subject.trim().chars().take(SUBJECT_CHARACTERS).collect();
        // A sealed one shows dots in its place.
        subject.chars().any(char::is_alphanumeric).then_some(subject)
    }

    fn text(&self) -> String {
        let letter = self.original_subject();
        let mut text =
            format!("{}\r\n\r\n", words::bounce_opening(self.language, self.failed.len(), letter.as_deref()));
        for Failed { recipient, why } in self.failed {
            text += &format!("  {recipient}\r\n  {}\r\n", words::failure(self.language, why.reason));
            if let Some(said) = &why.said {
                let said: String = said.chars().filter(|c| !c.is_control()).take(SAID_CHARACTERS).collect();
                text += &format!("  {}\r\n", words::bounce_quotation(self.language, why.host.as_deref(), &said));
            }
            text += "\r\n";
        }
        text + words::bounce_closing(self.language) + "\r\n"
    }

    fn status(&self) -> String {
        let mut status = format!("Reporting-MTA: dns; {}\r\n", self.host);
        for Failed { recipient, why } in self.failed {
            // An address beyond ASCII has a type of its own (RFC 6533 §3).
            let kind = if recipient.as_str().is_ascii() { "rfc822" } else { "utf-8" };
            status += &format!(
                "\r\nFinal-Recipient: {kind}; {recipient}\r\nAction: failed\r\nStatus: {}\r\n",
                permanent(why)
            );
            if let Some(host) = &why.host {
                status += &format!("Remote-MTA: dns; {host}\r\n");
            }
            if let Some(said) = &why.said {
                status += &format!("Diagnostic-Code: smtp; {said}\r\n");
            }
        }
        status
    }
}

/// A text as encoded words (RFC 2047 §2), each within the length that the RFC allows, on lines of their own.
fn encoded(text: &str) -> String {
    let mut words = vec![String::new()];
    for c in text.chars() {
        if words.last().is_none_or(|word| word.len() + c.len_utf8() > WORD_BYTES) {
            words.push(String::new());
        }
        words.last_mut().into_iter().for_each(|word| word.push(c));
    }
    let words: Vec<_> = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

/// The status of what has failed for good: a temporary one became permanent with time (RFC 3463 §3.5, 4.4.7).
fn permanent(why: &Why) -> String {
    match (why.reason, why.status.strip_prefix("4.")) {
        (FailureReason::GaveUp, Some(_)) => "4.4.7".to_owned(),
        (_, Some(rest)) => format!("5.{rest}"),
        _ => why.status.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(language: Language, failed: &[Failed]) -> String {
        let domain = Domain::new("home.test").unwrap();
        let message = b"Message-ID: <1@home.test>\r\nSubject: plans\r\n\r\nbody stays here";
        let report = Report {
            host: "mail.home.test",
            domain: &domain,
            sender: &"marie@home.test".parse().unwrap(),
            language,
            failed,
            header: &header_of(message),
            boundary: "b0".into(),
            now: Timestamp(1_700_000_000),
        };
        String::from_utf8(report.write()).unwrap()
    }

    #[test]
    fn a_report_has_three_parts_and_no_body() {
        let why = Why {
            reason: FailureReason::NoSuchRecipient,
            status: "5.1.1".into(),
            host: Some("mx.example".into()),
            said: Some("550 5.1.1 no such user".into()),
        };
        let text = report(Language::En, &[Failed { recipient: "bob@example.org".parse().unwrap(), why }]);
        for wanted in [
            "To: <marie@home.test>\r\n",
            "In-Reply-To: <1@home.test>\r\n",
            "multipart/report; report-type=delivery-status;",
            "Nobody has this address there.",
            "Final-Recipient: rfc822; bob@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n",
            "Remote-MTA: dns; mx.example\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n",
            "Content-Type: text/rfc822-headers\r\n",
            "Subject: plans\r\n",
            "--=_b0--\r\n",
        ] {
            assert!(text.contains(wanted), "{wanted:?} in {text}");
        }
        assert!(!text.contains("body stays here"));
        let read = shared::mime::read(text.as_bytes());
        assert_eq!(read.subject.as_deref(), Some("Message not delivered to bob@example.org: “plans”"));
        let told = read.text.unwrap();
        assert!(told.contains("Your message “plans”") && told.contains("bob@example.org"), "{told}");
        assert!(told.contains("The server mx.example said, in its own words: “550 5.1.1 no such user”"), "{told}");
    }

    #[test]
    fn what_was_given_up_says_so_in_french_too() {
        let said = Some("421 try later".to_owned());
        let why = Why { reason: FailureReason::GaveUp, said, ..Why::own(FailureReason::Unreachable, "4.4.1") };
        let text = report(Language::Fr, &[Failed { recipient: "bob@example.org".parse().unwrap(), why }]);
        assert!(text.contains("Status: 4.4.7\r\n"));
        let read = shared::mime::read(text.as_bytes());
        assert_eq!(read.subject.as_deref(), Some("Lettre non remise à bob@example.org : « plans »"));
        let told = read.text.unwrap();
        assert!(told.contains("Réponse de l’autre serveur, telle quelle : « 421 try later »"), "{told}");
        let described = |what: &str| text.contains(&format!("Content-Description: {}\r\n", encoded(what)));
        assert!(described("Rapport pour les programmes") && described("En-tête de votre lettre"), "{text}");
    }

    #[test]
    fn a_sealed_letter_is_named_by_its_address_alone_and_a_long_subject_is_folded() {
        let domain = Domain::new("home.test").unwrap();
        let why = Why::own(FailureReason::GaveUp, "4.4.1");
        let failed = ["bob@example.org", "zoé@example.org"]
            .map(|who| Failed { recipient: who.parse().unwrap(), why: why.clone() });
        let subject = |header: &[u8]| {
            let sender = "marie@home.test".parse().unwrap();
            let (host, language, boundary) = ("mail.home.test", Language::Fr, "b0".into());
            let report = Report {
                host,
                domain: &domain,
                sender: &sender,
                language,
                failed: &failed,
                header,
                boundary,
                now: Timestamp(0),
            };
            let written = report.write();
            assert!(written.split(|byte| *byte == b'\n').take(12).all(|line| line.len() <= 78));
            shared::mime::read(&written).subject.unwrap()
        };
        assert_eq!(subject(b"Subject: ...\r\n\r\n"), "Lettre non remise à bob@example.org et 1 de plus");
        let long = "Été ".repeat(60);
        let told = subject(format!("Subject: {long}\r\n\r\n").as_bytes());
        assert!(told.contains("« Été Été") && told.ends_with("»"), "{told}");
    }

    #[test]
    fn a_huge_header_is_cut_between_fields() {
        let message = "X-Field: 0123456789\r\n".repeat(10_000) + "\r\nbody";
        let header = header_of(message.as_bytes());
        assert!(header.len() <= HEADER_BYTES && header.len() > HEADER_BYTES - 50);
        assert!(header.ends_with(b"9\r\n"));
    }
}
