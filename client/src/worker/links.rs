//! Where a link goes, and whether its text says something else.
//!
//! A text says an address where a word of it is one: `https://…`, `www.…`, a mail address or the name of a host. The name that a
//! reader takes from it is the first after the scheme, which in `https://bank.example@evil.example` is not where it goes. A link is
//! honest where it goes to the host that it says, to one above it or to one below it.

use url::Url;

use super::protocol::reading::Doubtful;

/// Most letters of a text in which the bare name of a host is looked for: in more than that it is a story that mentions one.
const SHORT: usize = 120;
/// Most letters of a text that are looked at.
const LONG: usize = 2_000;
/// Most letters of what a link says that are told.
const SAYS: usize = 120;

/// Endings of host names beside the two-letter ones that people know.
const ENDINGS: &str = "com net org edu gov mil int info biz name pro app dev web online site shop store cloud email bank \
    money club top xyz icu live news blog link click support services paris bzh alsace corsica example \
    test onion";
/// Two-letter endings of files that are also those of countries, of which hosts are rarely named alone in a text.
const FILES: [&str; 10] = ["md", "py", "rs", "sh", "pl", "ps", "ai", "cc", "so", "mo"];

/// What a reader is told of where a link goes; `None` where that is not known.
pub(super) fn target(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok()?;
    match url.scheme() {
        "mailto" => Some(percent_decoded(url.path())),
        "tel" => Some(url.path().to_owned()),
        _ => Some(both_forms(url.host_str()?)),
    }
}

/// Whether a link's text says another address than where it goes.
pub(super) fn doubt(text: &str, address: &str) -> Option<Doubtful> {
    let url = Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let real = url.host_str()?;
    let text: String = text.chars().filter(|c| !is_unseen(*c)).take(LONG).collect();
    let is_short = text.trim().chars().count() <= SHORT;
    let (says, _) = text
        .split(|c: char| c.is_whitespace() || "<>()[]{}\"'«»“”‘’,;|".contains(c))
        .filter_map(|word| Some((word, host_said(word, is_short)?)))
        .find(|(_, said)| !is_same(said, real))?;
    Some(Doubtful { says: says.chars().take(SAYS).collect(), host: both_forms(real), address: url.into() })
}

/// The host that a word says, in the form in which hosts are compared.
fn host_said(word: &str, is_short: bool) -> Option<String> {
    let lower = word.to_lowercase().replace('\\', "/");
    let (from_host, is_address) = match lower.split_once("://") {
        Some((scheme, rest)) if scheme.ends_with("http") || scheme.ends_with("https") => (rest, true),
        Some(_) => return None,
        None => (lower.as_str(), lower.starts_with("www.")),
    };
    let host = from_host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    // Before the sign stands a name, and after it the host of a mail address; in an address of the web people read the first.
    let host = match host.split_once('@') {
        Some((name, _)) if is_address => name,
        Some((_, domain)) => domain,
        None => host,
    };
    let host = host.trim_matches(|c: char| !c.is_alphanumeric());
    let ascii = idna::domain_to_ascii(host).ok()?;
    let is_host = ascii.contains('.') && ascii.split('.').all(is_label);
    (is_host && (is_address || is_short && has_known_ending(&ascii))).then_some(ascii)
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn has_known_ending(host: &str) -> bool {
    let ending = host.rsplit('.').next().unwrap_or_default();
    let is_country =
        ending.len() == 2 && ending.bytes().all(|byte| byte.is_ascii_lowercase()) && !FILES.contains(&ending);
    is_country || ending.starts_with("xn--") || ENDINGS.split(' ').any(|known| known == ending)
}

fn is_same(said: &str, real: &str) -> bool {
    let said = said.strip_prefix("www.").unwrap_or(said);
    let is_below = |host: &str, other: &str| host.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    said == real || is_below(said, real) || is_below(real, said)
}

/// Characters that take no room: they hide an address from whoever looks for one.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A host as people write it, and, where that is not how the network knows it, the other form beside it: letters of another script can
/// look like ours.
fn both_forms(host: &str) -> String {
    let (written, read) = idna::domain_to_unicode(host);
    match read {
        Ok(()) if written != host => format!("{written} ({host})"),
        _ => host.to_owned(),
    }
}

/// Undoes the percent-encoding (RFC 3986 §2.1) of mail addresses in links and of Content-IDs (RFC 2392 §2).
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = text.as_bytes().iter();
    let mut out = Vec::with_capacity(text.len());
    while let Some(&byte) = bytes.next() {
        let rest = bytes.as_slice();
        let code = rest.get(..2).filter(|_| byte == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                bytes.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The text of a link so far.
#[derive(Debug, Default)]
pub(super) struct Said(String);

impl Said {
    /// More text.
    pub(super) fn text(&mut self, text: &str) {
        if self.0.len() < LONG * 4 {
            self.0.push_str(text);
        }
    }

    /// An element begins or ends: those that begin a line part words.
    pub(super) fn element(&mut self, name: &str) {
        const WITHIN_A_LINE: &str = "a abbr b big bdi bdo code em font i s small span strong sub sup u wbr";
        if !WITHIN_A_LINE.split(' ').any(|known| known == name) {
            self.text(" ");
        }
    }

    /// All of it.
    pub(super) fn all(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubted(text: &str, address: &str) -> Option<(String, String)> {
        doubt(text, address).map(|doubtful| (doubtful.says, doubtful.host))
    }

    #[test]
    fn a_text_that_says_another_address_is_doubted() {
        for (text, address, says) in [
            ("https://bank.example/login", "https://evil.example/", "https://bank.example/login"),
            ("bank.example", "http://evil.example/bank.example", "bank.example"),
            ("Log in at www.bank.example now", "https://evil.example/", "www.bank.example"),
            ("bank.example", "https://bank.example.evil.example/", "bank.example"),
            ("bank.example", "https://notbank.example/", "bank.example"),
            ("bank.example", "https://bank.example@evil.example/", "bank.example"),
            (
                "https://bank.example@evil.example/",
                "https://bank.example@evil.example/",
                "https://bank.example@evil.example/",
            ),
            ("BANK\u{200b}.Exam\u{ad}ple", "https://evil.example/", "BANK.Example"),
            ("→bank.example←", "https://evil.example/", "→bank.example←"),
            ("help@bank.example", "https://evil.example/", "help@bank.example"),
            ("b\u{e4}nk.example", "https://evil.example/", "b\u{e4}nk.example"),
            ("bank。example", "https://evil.example/", "bank。example"),
            ("http://192.0.2.1/", "https://evil.example/", "http://192.0.2.1/"),
            ("http:\\\\bank.example", "https://evil.example", "http:\\\\bank.example"),
        ] {
            assert_eq!(doubted(text, address).map(|(says, _)| says).as_deref(), Some(says), "{text} → {address}");
        }
        let story = format!("{} bank.example", "word ".repeat(40));
        assert_eq!(doubted(&story, "https://evil.example/"), None);
        assert!(doubted(&format!("{story} https://bank.example"), "https://evil.example/").is_some());
    }

    #[test]
    fn an_honest_link_is_not() {
        for (text, address) in [
            ("bank.example", "https://bank.example/a?b"),
            ("www.bank.example", "https://login.bank.example/"),
            ("https://login.bank.example/…", "https://bank.example/"),
            ("b\u{e4}nk.example", "https://xn--bnk-qla.example/"),
            ("Click here", "https://evil.example/"),
            ("facture.pdf and README.md, version 2.1", "https://files.example/"),
            ("See you at 9.30. Merci", "https://files.example/"),
            ("contact@bank.example", "https://bank.example/contact"),
            ("bank.example", "mailto:bob@evil.example"),
            ("bank.example", "tel:+33"),
            ("", "https://evil.example/"),
        ] {
            assert_eq!(doubted(text, address), None, "{text} → {address}");
        }
    }

    #[test]
    fn where_a_link_goes_is_told_in_both_forms() {
        assert_eq!(target("https://evil.example:444/a").as_deref(), Some("evil.example"));
        assert_eq!(target("https://bank.example@Evil.example").as_deref(), Some("evil.example"));
        assert_eq!(
            target("https://b\u{fc}cher.example/").as_deref(),
            Some("b\u{fc}cher.example (xn--bcher-kva.example)")
        );
        assert_eq!(target("mailto:bob%40home.test?subject=x").as_deref(), Some("bob@home.test"));
        assert_eq!(target("tel:+331").as_deref(), Some("+331"));
        assert_eq!(target("https://"), None);
        assert_eq!(
            doubted("bank.example", "https://b\u{e0}nk.example/").unwrap().1,
            "b\u{e0}nk.example (xn--bnk-9ka.example)"
        );
    }

    #[test]
    fn content_ids_are_percent_decoded() {
        assert_eq!(percent_decoded("a%40b%2"), "a@b%2");
        assert_eq!(percent_decoded("%c3%a9%zz%"), "é%zz%");
    }
}
