//! STORE (RFC 9051 §6.4.6, RFC 7162 §3.1.3).

use super::refusal::Refusal;
use super::telling::print;
use super::view::Update;
use super::{Done, Replies, Session};
use crate::imap::limits::{KEYWORDS, WRITE_BATCH};
use crate::imap::wire::Code;
use crate::imap::wire::filing::{Change, Store};
use crate::imap::wire::print::put;
use crate::imap::wire::sequence::compact;
use crate::store::messages::{self, FlagChange, MessageRecord};
use crate::store::{StoreError, views};

/// STORE. Large sets are marked in several transactions, each of them durable before its answers are sent.
pub(super) async fn store(session: &mut Session, request: Store, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    let store = session.service.context.store.clone();
    session.writable()?;
    if request.unchanged_since.is_some() {
        session.tell_modseqs(replies);
    }
    let telling = session.telling;
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
        print(replies.lines(), &update, telling);
    }
    let change = match request.change {
        Change::Add => FlagChange::Add(bits, keywords),
        Change::Remove => FlagChange::Remove(bits, keywords),
        Change::Replace => FlagChange::Replace(bits, keywords),
    };
    let (mut there, mut modified) = (0, Vec::new());
    for batch in uids.chunks(WRITE_BATCH) {
        let (batch, change) = (batch.to_vec(), change.clone());
        let changed: Result<_, StoreError> = store
            .write(move |tx| {
                let found = views::by_uids(tx, mailbox, &batch)?;
                // One MODSEQ is kept for all flags of a message, so a change of any of them counts.
                let (may, kept): (Vec<_>, Vec<_>) = found
                    .into_iter()
                    .partition(|message| request.unchanged_since.is_none_or(|since| message.modseq <= since));
                let before: Vec<(u32, u64)> = may.iter().map(|message| (message.uid, message.modseq)).collect();
                let ids: Vec<_> = may.iter().map(|message| message.id).collect();
                Ok((messages::set_flags(tx, account, &ids, &change)?, kept, before))
            })
            .await;
        let (_, view) = session.writable()?;
        let (changed, kept, before) = changed?;
        // What others changed meanwhile is told even to who wants to hear nothing (RFC 9051 §6.4.6).
        let surprising: Vec<u32> =
            before.into_iter().filter(|(uid, modseq)| view.has_untold(*uid, *modseq)).map(|(uid, _)| uid).collect();
        there += changed.len() + kept.len();
        for (message, is_kept) in by_uid(changed, kept) {
            view.told(&message);
            let Some(number) = view.number_of(message.uid) else { continue };
            if is_kept {
                modified.push(if request.uid { message.uid } else { number });
            }
            if telling.modseqs {
                view.shown(message.modseq);
            }
            if is_kept || !request.silent || surprising.binary_search(&message.uid).is_ok() {
                // Others may have given it keywords that this client has not heard of.
                if let Some(update) = view.announce(&message.keywords) {
                    print(replies.lines(), &update, telling);
                }
                if let Some(update) = view.flags(message) {
                    print(replies.lines(), &update, telling);
                }
            } else if telling.modseqs {
                put!(replies.lines(), "* {number} FETCH (UID {} MODSEQ ({}))\r\n", message.uid, message.modseq);
            }
        }
        replies.relieve().await?;
    }
    // UIDs that nothing has any more are passed over, numbers are not (RFC 2180 §4.2).
    let whole = request.uid || there == uids.len();
    if modified.is_empty() {
        return if whole { Ok(Done::new("stored")) } else { Err(Refusal::GONE) };
    }
    let code = Code::Modified(compact(modified));
    if whole {
        Ok(Done::new("some had changed meanwhile, and stay as they were").code(code))
    } else {
        Err(Refusal::No(Some(code), "some of the messages are gone, and some had changed"))
    }
}

/// Both together by their UIDs, and of each whether it was kept as it was.
fn by_uid(changed: Vec<MessageRecord>, kept: Vec<MessageRecord>) -> Vec<(MessageRecord, bool)> {
    let mut both: Vec<_> = changed
        .into_iter()
        .map(|message| (message, false))
        .chain(kept.into_iter().map(|message| (message, true)))
        .collect();
    both.sort_by_key(|(message, _)| message.uid);
    both
}
