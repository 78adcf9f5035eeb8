//! The addresses of the page.

use shared::api::mailbox::{Mailbox, MailboxId, MailboxRole, MessageId};

use crate::lang::Words;
use crate::ui::Glyph;

/// Where the page begins.
pub const HOME: &str = "/mail/inbox";
/// Signing in.
pub const SIGN_IN: &str = "/sign-in";
/// The forgotten passphrase.
pub const RECOVER: &str = "/recover";
/// The settings.
pub const SETTINGS: &str = "/settings";

/// A mailbox as its address names it: `/mail/inbox`, `/mail/42`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// One that every account has.
    Role(MailboxRole),
    /// One that the person made.
    Folder(MailboxId),
}

impl Place {
    /// The place that a segment of an address names.
    #[must_use]
    pub fn parse(segment: &str) -> Option<Self> {
        let role = MailboxRole::ALL.into_iter().find(|role| role_segment(*role) == segment);
        role.map(Self::Role).or_else(|| segment.parse().ok().map(Self::Folder))
    }

    /// The place of a mailbox.
    #[must_use]
    pub fn of(mailbox: &Mailbox) -> Self {
        mailbox.role.map_or(Self::Folder(mailbox.id), Self::Role)
    }

    /// The mailbox that stands there.
    #[must_use]
    pub fn find(self, mailboxes: &[Mailbox]) -> Option<&Mailbox> {
        mailboxes.iter().find(|mailbox| match self {
            Self::Role(role) => mailbox.role == Some(role),
            Self::Folder(id) => mailbox.id == id,
        })
    }

    /// Its address.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Role(role) => format!("/mail/{}", role_segment(role)),
            Self::Folder(id) => format!("/mail/{id}"),
        }
    }

    /// The address of a message in it.
    #[must_use]
    pub fn message_path(self, message: MessageId) -> String {
        format!("{}/{message}", self.path())
    }

    /// Whether what lies there was written by the mailbox's owner: only the owner's own programs put something there.
    #[must_use]
    pub fn holds_own(self) -> bool {
        self.is(MailboxRole::Sent) || self.is(MailboxRole::Drafts)
    }

    /// Whether it is the one for this.
    #[must_use]
    pub fn is(self, role: MailboxRole) -> bool {
        self == Self::Role(role)
    }
}

fn role_segment(role: MailboxRole) -> &'static str {
    match role {
        MailboxRole::Inbox => "inbox",
        MailboxRole::Drafts => "drafts",
        MailboxRole::Sent => "sent",
        MailboxRole::Archive => "archive",
        MailboxRole::Junk => "junk",
        MailboxRole::Trash => "trash",
    }
}

/// The name of a role in the person's language.
#[must_use]
pub fn role_name(words: &Words, role: MailboxRole) -> &'static str {
    match role {
        MailboxRole::Inbox => words.list.inbox,
        MailboxRole::Drafts => words.list.drafts,
        MailboxRole::Sent => words.list.sent,
        MailboxRole::Archive => words.list.archive,
        MailboxRole::Junk => words.list.junk,
        MailboxRole::Trash => words.list.trash,
    }
}

/// The sign of a role.
#[must_use]
pub fn role_glyph(role: MailboxRole) -> Glyph {
    match role {
        MailboxRole::Inbox => Glyph::Inbox,
        MailboxRole::Drafts => Glyph::File,
        MailboxRole::Sent => Glyph::Send,
        MailboxRole::Archive => Glyph::Archive,
        MailboxRole::Junk => Glyph::Junk,
        MailboxRole::Trash => Glyph::Trash,
    }
}

/// The name of a mailbox in the person's language; a folder's own name, `/` between its levels.
#[must_use]
pub fn mailbox_name(words: &Words, mailbox: &Mailbox) -> String {
    mailbox.role.map_or_else(|| mailbox.name.clone(), |role| role_name(words, role).to_owned())
}

/// The sign of a mailbox.
#[must_use]
pub fn mailbox_glyph(mailbox: &Mailbox) -> Glyph {
    mailbox.role.map_or(Glyph::Folder, role_glyph)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_an_address_that_leads_back_to_it() {
        let roles = MailboxRole::ALL.map(Place::Role);
        for place in roles.into_iter().chain([Place::Folder(MailboxId(42))]) {
            let path = place.path();
            assert_eq!(path.strip_prefix("/mail/").and_then(Place::parse), Some(place));
        }
        assert_eq!(Place::parse("nowhere"), None);
        assert_eq!(Place::Role(MailboxRole::Inbox).message_path(MessageId(7)), "/mail/inbox/7");
        assert_eq!(Place::Role(MailboxRole::Inbox).path(), HOME);
    }
}
