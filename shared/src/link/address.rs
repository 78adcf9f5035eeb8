//! A link as a text: `https://box/l/<name>#<fragment>`, and what mail gateways, chat programs and hurried hands make of it.
//!
//! Read are links whose `#` was written `%23`, `%2523` and so on, that stand inside another link (Safe Links), that have
//! parameters before or behind the fragment, or blanks and line ends from copying. The name follows from the fragment, so a
//! fragment that was cut or altered is known at once, without asking the box.

use zeroize::Zeroizing;

use super::fragment::{Fragment, LETTERS};
use crate::api::link::LinkName;
use crate::api::paths;
use crate::vault::Secret;

/// How often a link is taken out of percent-encoding: gateways encode once or twice, and one may follow another.
const LAYERS: usize = 4;
/// Longest text that is looked at, octets: gateways' links have some thousand.
const TEXT_BYTES: usize = 16 * 1024;
const SCHEME: &str = "https://";

/// A whole link.
#[derive(Clone, Debug)]
pub struct Link {
    /// `https://host` or `https://host:port`; empty where the text had only a path.
    pub origin: String,
    /// Its secret, from which its name follows.
    pub fragment: Fragment,
}

/// Why a text is not a whole link. All but the first name the link, whose words can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLink {
    /// There is no link in it.
    #[error("this is not a link to a letter")]
    NoLink,
    /// What stands behind `#` is missing.
    #[error("the end of the link is missing: all that stands behind #")]
    NoFragment(Broken),
    /// What stands behind `#` is too short.
    #[error("the link was cut off: what stands behind # is too short")]
    Cut(Broken),
    /// What stands behind `#` is not this link's.
    #[error("the link was altered: what stands behind # does not belong to the rest")]
    Altered(Broken),
}

/// What is known of a link that is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// As [`Link::origin`].
    pub origin: String,
    /// Its name.
    pub name: LinkName,
}

impl InvalidLink {
    /// What is known of the link.
    #[must_use]
    pub fn broken(&self) -> Option<&Broken> {
        match self {
            Self::NoLink => None,
            Self::NoFragment(broken) | Self::Cut(broken) | Self::Altered(broken) => Some(broken),
        }
    }

    /// How much there is of the link; the most is worth the most.
    fn rank(&self) -> usize {
        match self {
            Self::NoLink => 0,
            Self::NoFragment(_) => 1,
            Self::Cut(_) => 2,
            Self::Altered(_) => 3,
        }
    }
}

impl Link {
    /// Its text.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let Self { origin, fragment } = self;
        Secret::new(format!("{origin}{}{}#{}", paths::LINK_PAGE, fragment.name(), fragment.to_text().expose()))
    }

    /// Finds a link in a text.
    ///
    /// # Errors
    /// [`InvalidLink`].
    pub fn parse(text: &str) -> Result<Self, InvalidLink> {
        let mut error = InvalidLink::NoLink;
        if text.len() > TEXT_BYTES {
            return Err(error);
        }
        let mut layer =
            Zeroizing::new(text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>());
        for _ in 0..LAYERS {
            match find(&layer) {
                Ok(link) => return Ok(link),
                Err(found) if found.rank() > error.rank() => error = found,
                Err(_) => {}
            }
            let decoded = Zeroizing::new(percent_decoded(&layer));
            if *decoded == *layer {
                break;
            }
            layer = decoded;
        }
        Err(error)
    }
}

/// The first whole link, or what comes nearest to one.
fn find(text: &str) -> Result<Link, InvalidLink> {
    let mut error = InvalidLink::NoLink;
    for (at, _) in text.match_indices(paths::LINK_PAGE) {
        let (before, rest) = text.split_at(at);
        let rest = rest.strip_prefix(paths::LINK_PAGE).unwrap_or_default();
        match read(before, rest) {
            Ok(link) => return Ok(link),
            Err(found) if found.rank() > error.rank() => error = found,
            Err(_) => {}
        }
    }
    Err(error)
}

/// Reads a link whose name begins with `rest`.
fn read(before: &str, rest: &str) -> Result<Link, InvalidLink> {
    let (name, rest) = rest.split_at_checked(LinkName::LETTERS).ok_or(InvalidLink::NoLink)?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !rest.starts_with(is_letter);
    let name: LinkName = name.parse().ok().filter(|_| is_name).ok_or(InvalidLink::NoLink)?;
    let broken = Broken { origin: origin(before), name };
    let Some((_, behind)) = rest.split_once('#') else { return Err(InvalidLink::NoFragment(broken)) };
    let length = behind.find(|c| !is_letter(c)).unwrap_or(behind.len());
    match behind.get(..length.min(LETTERS)).unwrap_or_default() {
        "" => Err(InvalidLink::NoFragment(broken)),
        letters if letters.len() < LETTERS => Err(InvalidLink::Cut(broken)),
        letters => match letters.parse::<Fragment>() {
            Ok(fragment) if fragment.name() == name => Ok(Link { origin: broken.origin, fragment }),
            _ => Err(InvalidLink::Altered(broken)),
        },
    }
}

/// A letter of base64url.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The scheme and host that stand right before the path.
fn origin(before: &str) -> String {
    let host = before.rsplit_once(SCHEME).map(|(_, host)| host).unwrap_or_default();
    let is_host = !host.is_empty() && !host.contains(['/', '?', '#', '&', '@', '%', '=']);
    if is_host { format!("{SCHEME}{}", host.to_ascii_lowercase()) } else { String::new() }
}

/// One layer of percent-encoding (RFC 3986 §2.1) less. What is not encoded stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let octet = match (first, after) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        decoded.push(octet.unwrap_or(first));
        rest = if octet.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
