//! Selecting a mailbox and leaving it (RFC 9051 §6.3.2, §6.3.3, §6.4.1, §6.4.2; RFC 7162 §3.1.8, §3.2.5).

use super::names::object_id;
use super::recents::Claim;
use super::refusal::Refusal;
use super::telling::{Telling, every_bit, print, print_all_flags, print_vanished};
use super::view::{News, Update, View};
use super::{Done, Replies, Session, State, Transition, expunge, list, names};
use crate::imap::limits::BATCH;
use crate::imap::wire::print::{mailbox as print_mailbox, put, status};
use crate::imap::wire::select::Select;
use crate::imap::wire::sequence::SequenceSet;
use crate::imap::wire::{Code, Dialect, Status, flags};
use crate::store::mailboxes::NamedMailbox;
use crate::store::{Store, StoreError, mailboxes, views};

/// SELECT and EXAMINE. Whatever was selected is not any more, even where this fails.
pub(super) async fn select(session: &mut Session, request: Select, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    let Select { name, read_only, condstore, resync } = request;
    if resync.is_some() && !session.telling.vanished {
        return Err(Refusal::Bad("QRESYNC needs ENABLE QRESYNC"));
    }
    if matches!(session.state, State::Selected(..)) {
        status(replies.lines(), None, Status::Ok, Some(&Code::Closed), "what was selected is closed");
        session.apply(Transition::Deselect);
    }
    session.telling.modseqs |= condstore;
    let (account, found) = (session.user()?.who.account, names::existing(&name)?);
    let since = resync.as_ref().map(|resync| (resync.uid_validity, resync.modseq));
    let store = session.service.context.store.clone();
    let (lists, marks) = (store.uid_lists(), store.recent());
    let claim = Claim::of(session.dialect, read_only);
    let read: Result<_, StoreError> = store
        .read(move |tx| {
            let mailbox = mailboxes::by_name(tx, account, found.as_str())?;
            let id = mailbox.id;
            let missed = match since {
                Some((validity, modseq)) if validity == mailbox.uid_validity => {
                    Missed { changed: views::changed_since(tx, id, modseq)?, gone: views::gone_since(tx, id, modseq)? }
                }
                // Another mailbox had this name then: what the client knows is of that one.
                _ => Missed::default(),
            };
            let (uid_next, modseq) = (mailbox.uid_next, mailbox.highest_modseq);
            let recent = claim.first(&marks, tx, id, uid_next)?;
            let news = News { uids: lists.of(tx, account, id)?, uid_next, modseq, recent, ..News::default() };
            Ok((mailbox, news, views::first_unseen(tx, id)?, views::keywords(tx, id)?, missed))
        })
        .await;
    let (mailbox, news, first_unseen, keywords, missed) = read?;
    let mut view = View::new(mailbox.id, read_only, claim, news, keywords.clone());

    let out = replies.lines();
    print_all_flags(out, &keywords);
    let mut permanent = b"()".to_vec();
    if !read_only {
        permanent.clear();
        flags::print(&mut permanent, every_bit(), &keywords);
        permanent.pop();
        permanent.extend_from_slice(b" \\*)");
    }
    status(out, None, Status::Ok, Some(&Code::PermanentFlags(permanent)), "what can be set");
    put!(out, "* {} EXISTS\r\n", view.exists());
    if session.dialect != Dialect::Rev2 {
        print(out, &view.tell_recent().unwrap_or(Update::Recent(0)), Telling::default());
        if let Some(number) = first_unseen.and_then(|uid| view.number_of(uid)) {
            status(out, None, Status::Ok, Some(&Code::Unseen(number)), "the first unseen");
        }
    }
    status(out, None, Status::Ok, Some(&Code::UidValidity(mailbox.uid_validity)), "the UIDs are valid");
    status(out, None, Status::Ok, Some(&Code::UidNext(mailbox.uid_next)), "the next UID");
    status(out, None, Status::Ok, Some(&Code::HighestModSeq(mailbox.highest_modseq)), "the highest MODSEQ");
    status(out, None, Status::Ok, Some(&Code::MailboxId(object_id(mailbox.id))), "which mailbox it is");
    if session.dialect == Dialect::Rev2 {
        print_name(out, &mailbox, session.dialect, &name);
    }
    let known = resync.and_then(|resync| resync.known);
    tell_missed(&store, &mut view, known.as_ref(), missed, replies).await?;
    let code = if read_only { Code::ReadOnly } else { Code::ReadWrite };
    Ok(Done::new("selected").code(code).to(Transition::Select(Box::new(view))))
}

/// What happened since a client last had the mailbox selected: UIDs, rising.
#[derive(Default)]
struct Missed {
    changed: Vec<u32>,
    gone: Vec<u32>,
}

/// Tells what the client missed of the UIDs that it knows.
async fn tell_missed(
    store: &Store,
    view: &mut View,
    known: Option<&SequenceSet>,
    missed: Missed,
    replies: &mut Replies<'_>,
) -> Result<(), Refusal> {
    let Missed { mut changed, gone } = missed;
    print_vanished(replies.lines(), &view.named_but_unknown(known, gone), true);
    if let Some(known) = known {
        let wanted = view.named(known, true)?;
        changed.retain(|uid| wanted.binary_search(uid).is_ok());
    }
    let (mailbox, telling) = (view.mailbox, Telling { modseqs: true, vanished: true });
    for batch in changed.chunks(BATCH) {
        let batch = batch.to_vec();
        let rows: Result<_, StoreError> = store.read(move |tx| views::by_uids(tx, mailbox, &batch)).await;
        for message in rows? {
            let keywords = message.keywords.clone();
            if let Some(told) = view.flags(message) {
                if let Some(update) = view.announce(&keywords) {
                    print(replies.lines(), &update, telling);
                }
                print(replies.lines(), &told, telling);
            }
        }
        replies.relieve().await?;
    }
    Ok(())
}

/// The LIST response that belongs to SELECT, with the name that the client said where that is another
/// (RFC 9051 §6.3.2, §6.3.9.7).
fn print_name(out: &mut Vec<u8>, mailbox: &NamedMailbox, dialect: Dialect, said: &str) {
    put!(out, "* LIST (");
    list::print_role(out, mailbox.role, "");
    put!(out, ") \"/\" ");
    print_mailbox(out, &mailbox.name, dialect);
    if mailbox.name != said {
        put!(out, " (\"OLDNAME\" (");
        print_mailbox(out, said, dialect);
        put!(out, "))");
    }
    put!(out, "\r\n");
}

/// CLOSE: what is marked as deleted goes, and nobody is told (RFC 9051 §6.4.1).
pub(super) async fn close(session: &mut Session) -> Result<Done, Refusal> {
    let (_, view) = session.selected()?;
    if !view.read_only {
        expunge::deleted(session, None).await?;
    }
    Ok(Done::new("closed").to(Transition::Deselect))
}
