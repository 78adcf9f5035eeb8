//! What the address of the page says: which place, which message.

use leptos::prelude::*;
use shared::api::mailbox::{Mailbox, MessageId};

use crate::pages::place::Place;
use crate::pages::route::{Route, use_router};
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
    let route = use_router().route();
    let mailboxes = use_mailboxes();
    let place = Memo::new(move |_| match route.get() {
        Route::Mail(place, _) => Some(place),
        _ => None,
    });
    let message = Memo::new(move |_| match route.get() {
        Route::Mail(_, message) => message,
        _ => None,
    });
    let mailbox = Memo::new(move |_| mailboxes.list().with(|all| place.get()?.find(all).cloned()));
    let address = Address { place, message, mailbox };
    provide_context(address);
    address
}
