//! LIST, LSUB and STATUS (RFC 9051 §6.3.9, §6.3.11, §7.3; RFC 5258; RFC 5819; RFC 6154; RFC 9208 §4.1.4;
//! RFC 3501 §6.3.9).

use std::collections::{BTreeMap, BTreeSet};

use shared::api::limits;
use shared::api::mailbox::MailboxRole;

use super::refusal::Refusal;
use super::{Done, Replies, Session, names};
use crate::imap::wire::Dialect;
use crate::imap::wire::list::{Listing, Selection, StatusItem};
use crate::imap::wire::pattern::{SEPARATOR, matches};
use crate::imap::wire::print::{mailbox as print_mailbox, put};
use crate::store::mailboxes::{self, MailboxRecord, NamedMailbox};
use crate::store::{AccountNo, ReadTx, RecentMarks, StoreError, subscriptions, views};

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
    let read: Result<_, StoreError> =
        store.read(move |tx| Ok((mailboxes::names(tx, account)?, subscriptions::names(tx, account)?))).await;
    let (known, subscribed) = read?;
    if listing.lsub {
        lsub(&subscribed, &listing.patterns, dialect, replies.lines());
        return Ok(Done::new("listed"));
    }
    let parents: BTreeSet<&str> = known.iter().flat_map(|mailbox| above(&mailbox.name)).collect();
    let names = Names::of(&known, &subscribed, listing.select);
    for (name, mailbox) in names.of.iter().filter(|(name, _)| listed(&listing.patterns, name)) {
        let child_selected = listing.select.recursive && names.selected_below(listing, name);
        if !names.selected(listing.select, name) && !child_selected {
            continue;
        }
        let out = replies.lines();
        put!(out, "* LIST (");
        match mailbox {
            Some(mailbox) => {
                put!(out, "\\{}", if parents.contains(name) { "HasChildren" } else { "HasNoChildren" });
                print_role(out, mailbox.role, " ");
            }
            None => put!(out, "\\NonExistent"),
        }
        if listing.with.subscribed && subscribed.contains(*name) {
            put!(out, " \\Subscribed");
        }
        put!(out, ") \"/\" ");
        print_mailbox(out, name, dialect);
        if child_selected {
            put!(out, " (\"CHILDINFO\" (\"SUBSCRIBED\"))");
        }
        put!(out, "\r\n");
        if let Some(mailbox) = mailbox.filter(|_| !listing.with.status.is_empty()) {
            let (id, marks) = (mailbox.id, store.recent());
            let items = listing.with.status.clone();
            let counted = store.read(move |tx| count(tx, &marks, mailboxes::counted(tx, account, id)?, &items)).await;
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

/// What LIST can list: names, each with its mailbox where there is one.
struct Names<'n> {
    of: BTreeMap<&'n str, Option<&'n NamedMailbox>>,
    subscribed: &'n BTreeSet<String>,
}

impl<'n> Names<'n> {
    /// All mailboxes; where subscribed names are asked for, also those that have no mailbox (RFC 5258 §3.1), and with what is below
    /// them the levels above (§3.5).
    fn of(known: &'n [NamedMailbox], subscribed: &'n BTreeSet<String>, select: Selection) -> Self {
        let mut of: BTreeMap<&str, Option<&NamedMailbox>> = BTreeMap::new();
        if select.subscribed {
            of.extend(subscribed.iter().map(|name| (name.as_str(), None)));
        }
        if select.subscribed && select.recursive {
            of.extend(subscribed.iter().flat_map(|name| above(name)).map(|name| (name, None)));
        }
        of.extend(known.iter().map(|mailbox| (mailbox.name.as_str(), Some(mailbox))));
        Self { of, subscribed }
    }

    fn selected(&self, select: Selection, name: &str) -> bool {
        let role = self.of.get(name).copied().flatten().and_then(|mailbox| mailbox.role);
        let special = role.is_some_and(|role| role != MailboxRole::Inbox);
        (!select.subscribed || self.subscribed.contains(name)) && (!select.special_use || special)
    }

    /// Whether something below is selected that is not listed itself (RFC 5258 §3.5).
    fn selected_below(&self, listing: &Listing, name: &str) -> bool {
        self.of.keys().any(|other| {
            above(other).any(|parent| parent == name)
                && self.selected(listing.select, other)
                && !listed(&listing.patterns, other)
        })
    }
}

/// Subscribed names; for `%`, also a level of which only something below is subscribed (RFC 3501 §6.3.9).
fn lsub(subscribed: &BTreeSet<String>, patterns: &[String], dialect: Dialect, out: &mut Vec<u8>) {
    let hidden = subscribed.iter().filter(|name| !listed(patterns, name)).flat_map(|name| above(name));
    let levels: BTreeSet<&str> = hidden.filter(|name| listed(patterns, name) && !subscribed.contains(*name)).collect();
    let whole = subscribed.iter().filter(|name| listed(patterns, name)).map(|name| (name.as_str(), ""));
    for (name, attribute) in whole.chain(levels.iter().map(|name| (*name, "\\Noselect"))) {
        put!(out, "* LSUB ({attribute}) \"/\" ");
        print_mailbox(out, name, dialect);
        put!(out, "\r\n");
    }
}

fn listed(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
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
    recent: u32,
    octets: u64,
    deleted: usize,
    octets_deleted: u64,
}

fn count(
    tx: &ReadTx<'_>,
    marks: &RecentMarks,
    mailbox: MailboxRecord,
    items: &[StatusItem],
) -> Result<Counted, StoreError> {
    let recent = match items.contains(&StatusItem::Recent) {
        true => views::count_from(tx, mailbox.id, marks.first(mailbox.id, mailboxes::recent_uid(tx, mailbox.id)?))?,
        false => 0,
    };
    let octets = if items.contains(&StatusItem::Size) { views::octets(tx, mailbox.id)? } else { 0 };
    let deleted = if items.contains(&StatusItem::Deleted) { views::deleted(tx, mailbox.id)?.len() } else { 0 };
    let octets_deleted =
        if items.contains(&StatusItem::DeletedStorage) { views::octets_deleted(tx, mailbox.id)? } else { 0 };
    Ok(Counted { mailbox, recent, octets, deleted, octets_deleted })
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
    let marks = store.recent();
    let counted: Result<_, StoreError> = store
        .read(move |tx| {
            let id = mailboxes::by_name(tx, account, name.as_str())?.id;
            count(tx, &marks, mailboxes::counted(tx, account, id)?, &wanted)
        })
        .await;
    print_status(replies.lines(), &counted?, items, session.dialect);
    Ok(Done::new("that is how it stands"))
}

fn print_status(out: &mut Vec<u8>, counted: &Counted, items: &[StatusItem], dialect: Dialect) {
    let Counted { mailbox, recent, octets, deleted, octets_deleted } = counted;
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
            StatusItem::Recent => put!(out, "{recent}"),
            StatusItem::Size => put!(out, "{octets}"),
            StatusItem::UidNext => put!(out, "{}", mailbox.uid_next),
            StatusItem::UidValidity => put!(out, "{}", mailbox.uid_validity),
            StatusItem::Unseen => put!(out, "{}", mailbox.unseen),
        }
    }
    put!(out, ")\r\n");
}
