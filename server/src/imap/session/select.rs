//! Selecting a mailbox and leaving it (RFC 9051 §6.3.2, §6.3.3, §6.4.1, §6.4.2).

use super::refusal::Refusal;
use super::sync::{every_bit, print_all_flags};
use super::view::View;
use super::{Done, Replies, Session, State, Transition, expunge, list, names};
use crate::imap::wire::print::{put, status};
use crate::imap::wire::{Code, Dialect, Status, flags};
use crate::store::mailboxes::MailboxRecord;
use crate::store::{StoreError, mailboxes, views};

/// SELECT and EXAMINE. Whatever was selected is not any more, even where this fails.
pub(super) async fn select(
    session: &mut Session,
    name: &str,
    read_only: bool,
    replies: &mut Replies<'_>,
) -> Result<Done, Refusal> {
    if matches!(session.state, State::Selected(..)) {
        status(replies.lines(), None, Status::Ok, Some(&Code::Closed), "what was selected is closed");
        session.apply(Transition::Deselect);
    }
    let (account, name) = (session.user()?.who.account, names::existing(name)?);
    let store = session.service.context.store.clone();
    let read: Result<_, StoreError> = store
        .read(move |tx| {
            let mailbox = mailboxes::by_name(tx, account, name.as_str())?;
            let id = mailbox.id;
            Ok((mailbox, views::uids(tx, id)?, views::first_unseen(tx, id)?, views::keywords(tx, id)?))
        })
        .await;
    let (mailbox, uids, first_unseen, keywords) = read?;
    let (uid_next, modseq) = (mailbox.uid_next, mailbox.highest_modseq);
    let view = View::new(mailbox.id, read_only, uids, uid_next, modseq, keywords.clone());

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
    if session.dialect == Dialect::Rev1 {
        put!(out, "* 0 RECENT\r\n");
        if let Some(number) = first_unseen.and_then(|uid| view.number_of(uid)) {
            status(out, None, Status::Ok, Some(&Code::Unseen(number)), "the first unseen");
        }
    }
    status(out, None, Status::Ok, Some(&Code::UidValidity(mailbox.uid_validity)), "the UIDs are valid");
    status(out, None, Status::Ok, Some(&Code::UidNext(uid_next)), "the next UID");
    if session.dialect == Dialect::Rev2 {
        print_name(out, &mailbox, session.dialect);
    }
    let code = if read_only { Code::ReadOnly } else { Code::ReadWrite };
    Ok(Done::new("selected").code(code).to(Transition::Select(view)))
}

/// The LIST response that belongs to SELECT (RFC 9051 §6.3.2).
fn print_name(out: &mut Vec<u8>, mailbox: &MailboxRecord, dialect: Dialect) {
    put!(out, "* LIST (");
    list::print_role(out, mailbox.role, "");
    put!(out, ") \"/\" ");
    crate::imap::wire::print::mailbox(out, &mailbox.name, dialect);
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
