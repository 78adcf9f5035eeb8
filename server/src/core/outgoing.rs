//! What a message must and must not hold before it leaves (RFC 6409 §6, §8).

use mail_builder::headers::date::Date;
use shared::api::{EmailAddress, Timestamp};
use shared::mime::header::{self, Header};
use shared::mime::{self, message_id};
use shared::pgp;

/// Why a header may not leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HeaderError {
    /// There is no author, or one whose address cannot be read.
    #[error("the field From cannot be read")]
    NoAuthor,
    /// An author is somebody else.
    #[error("the field From names somebody else")]
    NotYours,
    /// A private key is in the message.
    #[error("the message holds a private key")]
    PrivateKey,
}

/// The addresses in the field From, of which there must be one.
///
/// # Errors
/// [`HeaderError::NoAuthor`].
pub(super) fn authors(message: &[u8]) -> Result<Vec<EmailAddress>, HeaderError> {
    let header = Header::of(message);
    if header.fields().filter(|field| field.is("From")).count() != 1 {
        return Err(HeaderError::NoAuthor);
    }
    let from = mime::read(header.bytes()).from;
    if from.is_empty() {
        return Err(HeaderError::NoAuthor);
    }
    from.iter().map(|author| author.address.parse().map_err(|_| HeaderError::NoAuthor)).collect()
}

/// That no private key is in an open message: not in its text, and not in anything attached to it.
///
/// # Errors
/// [`HeaderError::PrivateKey`].
pub(super) fn no_private_key(message: &[u8]) -> Result<(), HeaderError> {
    if pgp::message_holds_secret_key(message) { Err(HeaderError::PrivateKey) } else { Ok(()) }
}

/// What every message must have, put in front where it lacks it; and without Bcc.
pub(super) fn complete(message: &[u8], id: &[u8; 16], domain: &str, now: Timestamp) -> Vec<u8> {
    let message = header::remove(message, |field| field.is("Bcc") || field.is("Return-Path"));
    let header = Header::of(&message);
    let mut fields = String::new();
    if header.first("Date").is_none() {
        fields += &format!("Date: {}\r\n", Date::new(now.0).to_rfc822());
    }
    if header.first("Message-ID").is_none() {
        fields += &format!("Message-ID: <{}>\r\n", message_id(id, domain));
    }
    if fields.is_empty() { message } else { header::prepend(&message, fields.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_completed_and_bcc_is_gone() {
        let message = b"From: a@home.test\r\nBcc: secret@b.test,\r\n more@b.test\r\nSubject: x\r\n\r\nBcc: stays\r\n";
        let text = String::from_utf8(complete(message, &[1; 16], "home.test", Timestamp(1_700_000_000))).unwrap();
        assert!(text.starts_with("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <0101"), "{text}");
        assert!(!text.contains("secret@") && !text.contains("more@") && text.ends_with("\r\n\r\nBcc: stays\r\n"));
        let whole = b"Date: now\r\nMessage-ID: <a@b>\r\nFrom: a@home.test\r\n\r\n";
        assert_eq!(complete(whole, &[1; 16], "home.test", Timestamp(0)), whole);
    }

    #[test]
    fn authors_must_be_readable_and_one_field() {
        let of = |text: &str| authors(text.as_bytes());
        let both = of("From: =?utf-8?Q?Z=C3=A9?= <ze@home.test>, b@home.test\r\n\r\n").unwrap();
        assert_eq!(both, ["ze@home.test".parse().unwrap(), "b@home.test".parse().unwrap()]);
        for text in [
            "Subject: x\r\n\r\nFrom: a@home.test",
            "From: nobody\r\n\r\n",
            "From: a@home.test\r\nFrom: b@home.test\r\n\r\n",
            "From: \r\n\r\n",
        ] {
            assert_eq!(of(text), Err(HeaderError::NoAuthor), "{text:?}");
        }
    }
}
