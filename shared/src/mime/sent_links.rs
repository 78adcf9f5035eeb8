//! What the copy in Sent of a letter behind links notes of them, so that its sender can give them once more: fields that stand in front of
//! the message, inside of what is sealed for the sender alone. In what came from elsewhere they mean nothing.

use super::header::Header;
use crate::api::{Base64, EmailAddress};

/// One field for each link: `X-Own-Mailbox-Link: https://… code-or-dash recipient`.
const LINK_FIELD: &str = "X-Own-Mailbox-Link";
const NO_CODE: &str = "-";
/// One for each file that is behind the links only: `X-Own-Mailbox-Linked-File: octets media/type name` (the name in base64url).
const FILE_FIELD: &str = "X-Own-Mailbox-Linked-File";

/// A link to a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedLink {
    /// For whom it is.
    pub recipient: EmailAddress,
    /// All of it.
    pub address: String,
    /// The code that it asks for.
    pub code: Option<String>,
}

/// A file that is behind the links and in no copy of the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Octets.
    pub octets: u64,
}

/// The message with its links and files noted.
#[must_use]
pub fn note_links(links: &[NotedLink], files: &[NotedFile], message: &[u8]) -> Vec<u8> {
    let file = |NotedFile { name, media_type, octets }: &NotedFile| {
        let name = Base64(name.as_bytes().to_vec());
        format!("{FILE_FIELD}: {octets} {media_type}\r\n {name}\r\n")
    };
    let link = |NotedLink { recipient, address, code }: &NotedLink| {
        let code = code.as_deref().unwrap_or(NO_CODE);
        format!("{LINK_FIELD}: {address}\r\n {code} {recipient}\r\n")
    };
    let fields: String = links.iter().map(link).chain(files.iter().map(file)).collect();
    [fields.as_bytes(), message].concat()
}

/// The links that a message notes.
#[must_use]
pub fn noted_links(message: &[u8]) -> Vec<NotedLink> {
    let link = |value: &[u8]| {
        let (address, rest) = std::str::from_utf8(value).ok()?.trim().split_once(|c: char| c.is_ascii_whitespace())?;
        let (code, recipient) = rest.trim_start().split_once(' ')?;
        let code = Some(code.to_owned()).filter(|code| code != NO_CODE);
        Some(NotedLink { recipient: recipient.parse().ok()?, address: address.to_owned(), code })
    };
    Header::of(message).fields().filter(|field| field.is(LINK_FIELD)).filter_map(|field| link(field.value)).collect()
}

/// The files that a message notes.
#[must_use]
pub fn noted_files(message: &[u8]) -> Vec<NotedFile> {
    let file = |value: &[u8]| {
        let mut words = std::str::from_utf8(value).ok()?.split_ascii_whitespace();
        let (octets, media_type, name) = (words.next()?.parse().ok()?, words.next()?.to_owned(), words.next()?);
        let name = String::from_utf8(name.parse::<Base64>().ok()?.0).ok()?;
        Some(NotedFile { name, media_type, octets })
    };
    Header::of(message).fields().filter(|field| field.is(FILE_FIELD)).filter_map(|field| file(field.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_found_again() {
        let message = b"From: zoe@home.test\r\n\r\nX-Own-Mailbox-Link: no header\r\n";
        let link = |recipient: &str, code: Option<&str>| NotedLink {
            recipient: recipient.parse().unwrap(),
            address: format!("https://home.test:8443/l/nx6jrhq1v4jgvr4q#{}", "F".repeat(22)),
            code: code.map(str::to_owned),
        };
        let links = [link("ines@elsewhere.test", None), link("\"o d\"@elsewhere.test", Some("012345"))];
        let film =
            NotedFile { name: "film d’été.mp4".into(), media_type: "video/mp4".into(), octets: 5_000_000_000 };
        let noted = note_links(&links, std::slice::from_ref(&film), message);
        assert!(noted.ends_with(message));
        assert_eq!((noted_files(&noted), noted_files(message)), (vec![film], vec![]));
        assert_eq!((noted_links(&noted), noted_links(message)), (links.to_vec(), vec![]));
        assert_eq!(noted_links(b"X-Own-Mailbox-Link: https://home.test - nobody\r\n\r\n"), []);
    }
}
