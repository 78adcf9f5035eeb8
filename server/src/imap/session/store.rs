//! STORE (RFC 9051 §6.4.6).

use super::refusal::Refusal;
use super::sync::print;
use super::view::Update;
use super::{Done, Replies, Session};
use crate::imap::limits::{KEYWORDS, WRITE_BATCH};
use crate::imap::wire::Code;
use crate::imap::wire::filing::{Change, Store};
use crate::store::messages::{self, FlagChange};
use crate::store::{StoreError, views};

/// STORE. Large sets are marked in several transactions, each of them durable before its answers are sent.
pub(super) async fn store(session: &mut Session, request: Store, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    let store = session.service.context.store.clone();
    let (account, view) = session.writable()?;
    let (mailbox, uids) = (view.mailbox, view.named(&request.set, request.uid)?);
    let (bits, keywords) = (request.flags.bits, request.flags.keywords);
    if !matches!(request.change, Change::Remove)
        && let Some(update) = view.announce(&keywords)
    {
        if let Update::Keywords(all) = &update
            && all.names().count() > KEYWORDS
        {
            return Err(Refusal::No(Some(Code::Limit), "the mailbox has too many keywords"));
        }
        print(replies.lines(), &update);
    }
    let change = match request.change {
        Change::Add => FlagChange::Add(bits, keywords),
        Change::Remove => FlagChange::Remove(bits, keywords),
        Change::Replace => FlagChange::Replace(bits, keywords),
    };
    let mut done = 0;
    for batch in uids.chunks(WRITE_BATCH) {
        let (batch, change) = (batch.to_vec(), change.clone());
        let changed: Result<_, StoreError> = store
            .write(move |tx| {
                let found = views::by_uids(tx, mailbox, &batch)?;
                let ids: Vec<_> = found.iter().map(|message| message.id).collect();
                messages::set_flags(tx, account, &ids, &change)
            })
            .await;
        let (_, view) = session.writable()?;
        for message in changed? {
            done += 1;
            view.told(&message);
            if let Some(number) = view.number_of(message.uid).filter(|_| !request.silent) {
                let (uid, bits, keywords) = (message.uid, message.flags, message.keywords);
                print(replies.lines(), &Update::Flags { number, uid, bits, keywords });
            }
        }
        replies.relieve().await?;
    }
    // UIDs that nothing has any more are passed over, numbers are not (RFC 2180 §4.2).
    if request.uid || done == uids.len() { Ok(Done::new("stored")) } else { Err(Refusal::GONE) }
}
