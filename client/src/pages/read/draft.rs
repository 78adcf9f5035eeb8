//! Drafts among the letters: they are gone on with, not answered.

use leptos::prelude::*;
use shared::api::mailbox::MessageId;

use crate::state::messages::use_messages;

/// Whether a message is a draft. Its row may come after it.
pub(super) fn is_draft(id: MessageId) -> Memo<bool> {
    let messages = use_messages();
    Memo::new(move |_| {
        messages.order().with(|_| ());
        messages.row(id).is_some_and(|row| row.with(|row| row.flags.draft))
    })
}
