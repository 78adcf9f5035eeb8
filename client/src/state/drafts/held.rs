//! Letters that could not be saved before the mailbox closed: without the network, or because the session had ended. A worker seals
//! them to their writer while it still has the keys; this tab keeps them until the mailbox is open again, and posts them then.
//!
//! Invariants: nothing readable is held; what is held goes to Drafts of the account that it is from, and to no other; the browser
//! asks before the tab goes away with it.

use futures_util::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::AppendResponse;
use shared::api::{EmailAddress, ErrorCode};

use super::{Draft, DraftKey, Drafts};
use crate::platform::buffer::Buffer;
use crate::platform::{page, time};
use crate::state::Failure;
use crate::state::letters;
use crate::state::session::{Kept, SAVING_MS};
use crate::state::undo::Notice;
use crate::worker::protocol::Priority;

/// Longest time that a letter is sealed here when it could not be saved, milliseconds.
const SEALING_MS: u32 = 5_000;
/// Distance between two tries to post what is held, milliseconds.
const RETRY_MS: u32 = 5_000;

/// A letter that is held, sealed.
#[derive(Clone, Debug)]
pub(super) struct Held {
    key: DraftKey,
    account: EmailAddress,
    frame: Buffer,
    /// Whether the box does not take it as it is; it is kept, and tried again when the mailbox is open the next time.
    refused: bool,
}

impl Drafts {
    /// Has the browser ask before the tab goes away with what it holds.
    pub(super) fn guard_held(&self) {
        let held = self.held;
        // It lives as long as the page.
        StoredValue::new_local(page::on_leaving(move || held.with_value(|held| !held.is_empty())));
    }

    /// Saves a letter before the mailbox closes, or holds it.
    pub(super) async fn save_or_hold(&self, draft: Draft) -> Kept {
        let saving = Box::pin(self.settle(draft));
        if let Either::Left((true, _)) = select(saving, Box::pin(time::sleep(SAVING_MS))).await {
            return Kept::All;
        }
        if !self.is_there(draft.key) {
            return Kept::All;
        }
        let held = select(Box::pin(self.hold(draft)), Box::pin(time::sleep(SEALING_MS))).await;
        // A file that has not been read cannot be kept, nor one that the box does not take.
        match held {
            Either::Left((Ok(()), _)) if !draft.is_waiting() && !draft.is_too_large() => Kept::Held,
            _ => Kept::NotAll,
        }
    }

    async fn hold(&self, draft: Draft) -> Result<(), Failure> {
        let session = self.messages.session;
        let Some(account) = session.account().get_untracked() else { return Ok(()) };
        let frame = session.ask(self.sealing(draft, letters::that_fits(draft.letter()).0), Priority::Now).await?.frame;
        let (key, account) = (draft.key, account.address);
        self.hold_no_more(key);
        self.held.update_value(|held| held.push(Held { key, account, frame, refused: false }));
        Ok(())
    }

    /// It is safe elsewhere.
    pub(super) fn hold_no_more(&self, key: DraftKey) {
        self.held.update_value(|held| held.retain(|held| held.key != key));
    }

    /// Posts what is held for the account that is open, until all of it is on the box or the mailbox closes.
    pub(in crate::state) fn post_held(&self) {
        let drafts = *self;
        let begins = self.posting.try_update_value(|posting| !std::mem::replace(posting, true));
        if begins != Some(true) {
            return;
        }
        spawn_local(async move {
            let (mut posted, mut told) = (0, false);
            drafts.held.update_value(|held| held.iter_mut().for_each(|held| held.refused = false));
            while let Some(held) = drafts.next_held() {
                match drafts.post(&held.frame).await {
                    Ok(AppendResponse { .. }) => {
                        posted += 1;
                        drafts.hold_no_more(held.key);
                    }
                    Err(Failure::Refused(error)) if !matches!(error.code, ErrorCode::Busy | ErrorCode::DiskFull) => {
                        // Those behind it need not wait for it.
                        drafts.held.update_value(|all| {
                            all.iter_mut().filter(|one| one.key == held.key).for_each(|one| one.refused = true);
                        });
                        drafts.messages.undo.tell(Notice::Failed(error.into()));
                    }
                    Err(failure) => {
                        if !std::mem::replace(&mut told, true) {
                            drafts.messages.undo.tell(Notice::Failed(failure));
                        }
                        time::sleep(RETRY_MS).await;
                    }
                }
            }
            drafts.posting.set_value(false);
            if posted > 0 {
                drafts.messages.undo.tell(Notice::InDrafts { count: posted });
            }
        });
    }

    /// The next one of the account that is open.
    fn next_held(&self) -> Option<Held> {
        let session = self.messages.session;
        let account = session.account().get_untracked().filter(|_| session.is_open().get_untracked())?;
        let is_own = |held: &&Held| held.account.canonical() == account.address.canonical();
        self.held.with_value(|held| held.iter().filter(|held| !held.refused).find(is_own).cloned())
    }
}
