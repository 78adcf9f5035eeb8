//! LIST, LSUB and STATUS (RFC 9051 §6.3.9, §6.3.11, §7.3; RFC 5258; RFC 5819; RFC 6154; RFC 9208 §4.1.4;
//! RFC 3501 §6.3.9).

use std::collections::BTreeSet;

use shared::api::limits;
use shared::api::mailbox::MailboxRole;

use super::refusal::Refusal;
use super::{Done, Replies, Session, names};
use crate::imap::wire::Dialect;
use crate::imap::wire::list::{Listing, Selection, StatusItem};
use crate::imap::wire::pattern::{SEPARATOR, matches};
use crate::imap::wire::print::{mailbox as print_mailbox, put};
use crate::store::mailboxes::{self, MailboxRecord, NamedMailbox};
use crate::store::{AccountNo, ReadTx, StoreError, views};

/// LIST and LSUB.
pub(super) async fn list(session: &mut Session, listing: &Listing, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    if listing.with.status.contains(&StatusItem::HighestModSeq) {
        session.tell_modseqs(replies);
    }
    let (account, store, dialect) = (session.user()?.who.account, &session.service.context.store, session.dialect);
    let word = if listing.lsub { "LSUB" } else { "LIST" };
    if listing.patterns == [""] {
        put!(replies.lines(), "* {word} (\\Noselect) \"/\" \"\"\r\n");
        return Ok(Done::new("that is what separates"));
    }
    let known: Result<_, StoreError> = store.read(move |tx| mailboxes::names(tx, account)).await;
    let known = known?;
    if listing.lsub {
        lsub(&known, &listing.patterns, dialect, replies.lines());
        return Ok(Done::new("listed"));
    }
    let parents: BTreeSet<&str> = known.iter().flat_map(|mailbox| above(&mailbox.name)).collect();
    for mailbox in known.iter().filter(|mailbox| listed(&listing.patterns, &mailbox.name)) {
        let child_selected = listing.select.recursive && selected_below(&known, listing, &mailbox.name);
        if !selected(listing.select, mailbox) && !child_selected {
            continue;
        }
        let out = replies.lines();
        put!(
            out,
            "* LIST (\\{}",
            if parents.contains(mailbox.name.as_str()) { "HasChildren" } else { "HasNoChildren" }
        );
        print_role(out, mailbox.role, " ");
        if listing.with.subscribed && mailbox.subscribed {
            put!(out, " \\Subscribed");
        }
        put!(out, ") \"/\" ");
        print_mailbox(out, &mailbox.name, dialect);
        if child_selected {
            put!(out, " (\"CHILDINFO\" (\"SUBSCRIBED\"))");
        }
        put!(out, "\r\n");
        if !listing.with.status.is_empty() {
            let id = mailbox.id;
            let items = listing.with.status.clone();
            let counted = store.read(move |tx| count(tx, mailboxes::counted(tx, account, id)?, &items)).await;
            match counted {
                Ok(counted) => print_status(replies.lines(), &counted, &listing.with.status, dialect),
                // It was deleted meanwhile.
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        replies.relieve().await?;
    }
    Ok(Done::new("listed"))
}

/// Subscribed mailboxes; for `%`, also a level of which only something below is subscribed (RFC 3501 §6.3.9).
fn lsub(known: &[NamedMailbox], patterns: &[String], dialect: Dialect, out: &mut Vec<u8>) {
    let subscribed: BTreeSet<&str> =
        known.iter().filter(|mailbox| mailbox.subscribed).map(|mailbox| mailbox.name.as_str()).collect();
    let hidden = subscribed.iter().filter(|name| !listed(patterns, name)).flat_map(|name| above(name));
    let levels: BTreeSet<&str> = hidden.filter(|name| listed(patterns, name) && !subscribed.contains(name)).collect();
    let whole = subscribed.iter().filter(|name| listed(patterns, name)).map(|name| (*name, ""));
    for (name, attribute) in whole.chain(levels.iter().map(|name| (*name, "\\Noselect"))) {
        put!(out, "* LSUB ({attribute}) \"/\" ");
        print_mailbox(out, name, dialect);
        put!(out, "\r\n");
    }
}

fn listed(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

fn selected(select: Selection, mailbox: &NamedMailbox) -> bool {
    let special = mailbox.role.is_some_and(|role| role != MailboxRole::Inbox);
    (!select.subscribed || mailbox.subscribed) && (!select.special_use || special)
}

/// Whether something below is selected that is not listed itself (RFC 5258 §3.5).
fn selected_below(known: &[NamedMailbox], listing: &Listing, name: &str) -> bool {
    known.iter().any(|other| {
        above(&other.name).any(|parent| parent == name)
            && selected(listing.select, other)
            && !listed(&listing.patterns, &other.name)
    })
}

/// The names of the levels above.
pub(super) fn above(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(SEPARATOR).filter_map(move |(at, _)| name.get(..at))
}

/// Appends the attribute of a role (RFC 6154 §2), with something before it.
pub(super) fn print_role(out: &mut Vec<u8>, role: Option<MailboxRole>, before: &str) {
    let attribute = match role {
        None | Some(MailboxRole::Inbox) => return,
        Some(MailboxRole::Drafts) => "Drafts",
        Some(MailboxRole::Sent) => "Sent",
        Some(MailboxRole::Archive) => "Archive",
        Some(MailboxRole::Junk) => "Junk",
        Some(MailboxRole::Trash) => "Trash",
    };
    put!(out, "{before}\\{attribute}");
}

/// A mailbox with all that STATUS may be asked for.
struct Counted {
    mailbox: MailboxRecord,
    octets: u64,
    deleted: usize,
    octets_deleted: u64,
}

fn count(tx: &ReadTx<'_>, mailbox: MailboxRecord, items: &[StatusItem]) -> Result<Counted, StoreError> {
    let octets = if items.contains(&StatusItem::Size) { views::octets(tx, mailbox.id)? } else { 0 };
    let deleted = if items.contains(&StatusItem::Deleted) { views::deleted(tx, mailbox.id)?.len() } else { 0 };
    let octets_deleted =
        if items.contains(&StatusItem::DeletedStorage) { views::octets_deleted(tx, mailbox.id)? } else { 0 };
    Ok(Counted { mailbox, octets, deleted, octets_deleted })
}

/// STATUS.
pub(super) async fn status(
    session: &mut Session,
    name: &str,
    items: &[StatusItem],
    replies: &mut Replies<'_>,
) -> Result<Done, Refusal> {
    if items.contains(&StatusItem::HighestModSeq) {
        session.tell_modseqs(replies);
    }
    let (account, name): (AccountNo, _) = (session.user()?.who.account, names::existing(name)?);
    let wanted = items.to_vec();
    let store = &session.service.context.store;
    let counted: Result<_, StoreError> = store
        .read(move |tx| {
            let id = mailboxes::by_name(tx, account, name.as_str())?.id;
            count(tx, mailboxes::counted(tx, account, id)?, &wanted)
        })
        .await;
    print_status(replies.lines(), &counted?, items, session.dialect);
    Ok(Done::new("that is how it stands"))
}

fn print_status(out: &mut Vec<u8>, counted: &Counted, items: &[StatusItem], dialect: Dialect) {
    let Counted { mailbox, octets, deleted, octets_deleted } = counted;
    put!(out, "* STATUS ");
    print_mailbox(out, &mailbox.name, dialect);
    for (at, item) in items.iter().enumerate() {
        put!(out, "{}{} ", if at == 0 { " (" } else { " " }, item.name());
        match item {
            StatusItem::AppendLimit => put!(out, "{}", limits::MESSAGE_BYTES),
            StatusItem::Deleted => put!(out, "{deleted}"),
            StatusItem::DeletedStorage => put!(out, "{octets_deleted}"),
            StatusItem::HighestModSeq => put!(out, "{}", mailbox.highest_modseq),
            StatusItem::MailboxId => put!(out, "({})", names::object_id(mailbox.id)),
            StatusItem::Messages => put!(out, "{}", mailbox.total),
            StatusItem::Recent => put!(out, "0"),
            StatusItem::Size => put!(out, "{octets}"),
            StatusItem::UidNext => put!(out, "{}", mailbox.uid_next),
            StatusItem::UidValidity => put!(out, "{}", mailbox.uid_validity),
            StatusItem::Unseen => put!(out, "{}", mailbox.unseen),
        }
    }
    put!(out, ")\r\n");
}
