//! What mailboxes may be called.

use std::fmt;
use std::str::FromStr;

use shared::api::limits;
use shared::api::mailbox::MailboxRole;
use shared::unicode;

use super::MailboxError;

/// Between the levels of a name.
pub(super) const SEPARATOR: char = '/';

/// The full name of a mailbox that can exist: normalised (NFC), no empty level, no character that IMAP's patterns or
/// people's eyes would stumble over.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MailboxName(String);

impl MailboxName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the levels above, outermost first.
    pub(super) fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices(SEPARATOR).filter_map(|(at, _)| self.0.get(..at))
    }

    /// Whether it is the other one or stands below it.
    pub(super) fn is_within(&self, other: &str) -> bool {
        self.0.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
    }
}

impl FromStr for MailboxName {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, MailboxError> {
        let text = unicode::composed(text);
        let mut levels: Vec<&str> = text.split(SEPARATOR).collect();
        let forbidden = |c: char| c.is_control() || matches!(c, '*' | '%' | '\u{2028}' | '\u{2029}' | '\u{feff}');
        if levels.iter().any(|level| level.trim().is_empty()) || text.contains(forbidden) {
            return Err(MailboxError::NameNotAllowed);
        }
        if text.chars().count() > limits::MAILBOX_NAME_CHARS {
            return Err(MailboxError::NameNotAllowed);
        }
        let inbox = MailboxRole::Inbox.name();
        if let Some(first) = levels.first_mut().filter(|first| first.eq_ignore_ascii_case(inbox)) {
            *first = inbox;
        }
        Ok(Self(levels.join("/")))
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> MailboxName {
        text.parse().unwrap()
    }

    #[test]
    fn names_have_one_form() {
        assert_eq!(name("inbox").as_str(), "INBOX");
        assert_eq!(name("Inbox/a").as_str(), "INBOX/a");
        assert_eq!(name("inboxes").as_str(), "inboxes");
        assert_eq!(name("e\u{301}te\u{301}").as_str(), "été");
        let long = "x".repeat(256);
        for text in ["", "/", "a/", "/a", "a//b", "a/ /b", "a*", "50%", "a\r\nb", "a\0", &long] {
            assert!(matches!(text.parse::<MailboxName>(), Err(MailboxError::NameNotAllowed)), "{text:?}");
        }
    }
}
