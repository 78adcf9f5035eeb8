//! A link that begins a letter (RFC 6068).
//!
//! It may say recipients, a subject and a text; nothing of the kind that programs once took for files to attach, and no other
//! field of the header. All of it is shown in the letter before anything is sent.

use crate::worker::protocol::reading::Person;
use crate::worker::protocol::writing::Letter;

/// Most recipients of each kind that a link may name.
const PEOPLE: usize = 100;
/// Longest subject that a link may bring, characters.
const SUBJECT: usize = 1_000;
/// Longest text that a link may bring, characters.
const TEXT: usize = 100_000;

/// The letter that a link begins; a mail address alone is one without the scheme.
pub(super) fn letter(link: &str) -> Letter {
    let link = link.trim();
    let rest = match link.split_at_checked("mailto:".len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => rest,
        _ => link,
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (to, fields) = rest.split_once('?').unwrap_or((rest, ""));
    let mut letter = Letter::default();
    add(&mut letter.to, to);
    for (name, value) in fields.split('&').filter_map(|field| field.split_once('=')) {
        match decoded(name).to_ascii_lowercase().as_str() {
            "to" => add(&mut letter.to, value),
            "cc" => add(&mut letter.cc, value),
            "bcc" => add(&mut letter.bcc, value),
            "subject" => {
                let line = decoded(value).replace(|c: char| c.is_control(), " ");
                letter.subject = line.trim().chars().take(SUBJECT).collect();
            }
            "body" => {
                let text = decoded(value).replace("\r\n", "\n").replace('\r', "\n");
                letter.text = text.chars().take(TEXT).collect();
            }
            _ => {}
        }
    }
    letter
}

/// Adds addresses with commas between them; a comma of an address itself is encoded (RFC 6068 §2).
fn add(people: &mut Vec<Person>, addresses: &str) {
    let addresses = addresses.split(',').map(decoded).flat_map(|address| super::parse::people(&address));
    for person in addresses {
        if people.len() < PEOPLE && !people.contains(&person) {
            people.push(person);
        }
    }
}

/// Undoes the percent-encoding; a `+` is one (RFC 6068 §5).
fn decoded(text: &str) -> String {
    let mut rest = text.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let code = after.get(..2).filter(|_| byte == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                out.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(people: &[Person]) -> Vec<&str> {
        people.iter().map(|person| person.address.as_str()).collect()
    }

    #[test]
    fn recipients_subject_and_text_come_from_the_link() {
        let letter = letter(
            "MAILTO:bob%40home.test,zoe@home.test?Subject=caf%C3%A9%20%26%20th%C3%A9&body=a+b%0D%0Ac&cc=carol@home.test&\
             bcc=dave@home.test&to=bob@home.test",
        );
        assert_eq!(addresses(&letter.to), ["bob@home.test", "zoe@home.test"]);
        assert_eq!(addresses(&letter.cc), ["carol@home.test"]);
        assert_eq!(addresses(&letter.bcc), ["dave@home.test"]);
        assert_eq!((letter.subject.as_str(), letter.text.as_str()), ("café & thé", "a+b\nc"));
        assert_eq!(addresses(&super::letter("bob@home.test").to), ["bob@home.test"]);
    }

    #[test]
    fn nothing_else_comes_from_it() {
        let letter = letter(
            "mailto:?attach=/etc/passwd&attachment=x&from=eve@evil.example&in-reply-to=%3Ca%3E&subject=a%0D%0ABcc:%20eve&x",
        );
        assert_eq!(letter, Letter { subject: "a  Bcc: eve".into(), ..Letter::default() });
        assert_eq!(super::letter("mailto:%"), super::letter("%"));
        let many = (0..500).map(|n| format!("a{n}@home.test")).collect::<Vec<_>>().join(",");
        assert_eq!(super::letter(&format!("mailto:{many}")).to.len(), PEOPLE);
        assert!(super::letter(&format!("mailto:?body={}", "x".repeat(TEXT * 2))).text.len() <= TEXT);
    }
}
