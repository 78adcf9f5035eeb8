//! What the address of the page says: which place, which message.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use shared::api::mailbox::{Mailbox, MessageId};

use crate::pages::place::Place;
use crate::state::mailboxes::use_mailboxes;

/// What the address of the page says.
#[derive(Clone, Copy)]
pub struct Address {
    /// The place; `None` outside of the mail.
    pub place: Memo<Option<Place>>,
    /// The message that is open.
    pub message: Memo<Option<MessageId>>,
    /// The mailbox at the place; `None` until the mailboxes are known, and where there is none.
    pub mailbox: Memo<Option<Mailbox>>,
}

/// What the address of the page says.
#[must_use]
pub fn use_address() -> Address {
    expect_context()
}

pub(super) fn provide_address() -> Address {
    let path = use_location().pathname;
    let mailboxes = use_mailboxes();
    let place = Memo::new(move |_| path.with(|path| parse(path).0));
    let message = Memo::new(move |_| path.with(|path| parse(path).1));
    let mailbox = Memo::new(move |_| mailboxes.list().with(|all| place.get()?.find(all).cloned()));
    let address = Address { place, message, mailbox };
    provide_context(address);
    address
}

fn parse(path: &str) -> (Option<Place>, Option<MessageId>) {
    let mut segments = path.trim_matches('/').split('/');
    if segments.next() != Some("mail") {
        return (None, None);
    }
    let place = segments.next().and_then(Place::parse);
    (place, place.and_then(|_| segments.next()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use shared::api::mailbox::{MailboxId, MailboxRole};

    use super::*;

    #[test]
    fn an_address_names_a_place_and_perhaps_a_message() {
        let inbox = Some(Place::Role(MailboxRole::Inbox));
        assert_eq!(parse("/mail/inbox"), (inbox, None));
        assert_eq!(parse("/mail/inbox/"), (inbox, None));
        assert_eq!(parse("/mail/inbox/12"), (inbox, Some(MessageId(12))));
        assert_eq!(parse("/mail/7/12"), (Some(Place::Folder(MailboxId(7))), Some(MessageId(12))));
        assert_eq!(parse("/mail/nowhere/12"), (None, None));
        assert_eq!(parse("/settings"), (None, None));
    }
}
