//! NOTIFY (RFC 5465): what is told without being asked for, of the selected mailbox and of others.
//!
//! Of what the bus says only where to look is kept; when it is told, the store is read anew, so that many changes of a mailbox
//! are one STATUS response, and nothing is lost where a listener fell behind. Changes that the client made itself are told too.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use shared::api::mailbox::{MailboxId, MailboxRole};

use super::list::{above, print_role};
use super::refusal::Refusal;
use super::{Done, Replies, Session};
use crate::imap::wire::Code;
use crate::imap::wire::Dialect;
use crate::imap::wire::notify::{Filter, Group, Notify, Selected};
use crate::imap::wire::pattern::SEPARATOR;
use crate::imap::wire::print::{mailbox as print_mailbox, put};
use crate::store::mailboxes::{self, MailboxRecord, NamedMailbox};
use crate::store::{AccountNo, Change, Heard, ReadTx, StoreError};

/// What a client wants to be told, and what happened that it was not told.
#[derive(Debug)]
pub(super) struct Watch {
    wanted: Notify,
    /// All mailboxes, as the client was told of them.
    known: Vec<NamedMailbox>,
    /// Where something happened.
    touched: BTreeMap<MailboxId, Touched>,
    /// Something may have happened anywhere.
    all_touched: bool,
    /// Mailboxes may have other names.
    renamed: bool,
}

/// What happened in a mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Touched {
    messages: bool,
    flags: bool,
}

impl Watch {
    /// What is wanted of the selected mailbox.
    pub(super) fn selected(&self) -> Option<&Selected> {
        self.wanted.selected.as_ref()
    }

    /// Takes in one thing that was heard.
    pub(super) fn note(&mut self, heard: &Heard) {
        match heard {
            Heard::Missed => (self.all_touched, self.renamed) = (true, true),
            Heard::Change(Change::Arrived { mailbox, .. } | Change::Gone { mailbox, .. }) => {
                self.touched.entry(*mailbox).or_default().messages = true;
            }
            Heard::Change(Change::Flags { mailbox, .. }) => self.touched.entry(*mailbox).or_default().flags = true,
            Heard::Change(Change::Mailboxes) => self.renamed = true,
            Heard::Change(_) => {}
        }
    }

    fn owes(&self) -> bool {
        !self.wanted.others.is_empty() && (self.all_touched || self.renamed || !self.touched.is_empty())
    }

    fn groups<'w>(&'w self, mailbox: &NamedMailbox) -> impl Iterator<Item = &'w Group> {
        self.wanted.others.iter().filter(move |group| is_of(&group.of, mailbox))
    }

    /// What is wanted of a mailbox's messages.
    fn watched(&self, mailbox: &NamedMailbox) -> Touched {
        self.groups(mailbox).fold(Touched::default(), |all, group| Touched {
            messages: all.messages || group.messages,
            flags: all.flags || group.flags,
        })
    }
}

fn is_of(filter: &Filter, mailbox: &NamedMailbox) -> bool {
    let is = |name: &String| {
        let inbox = MailboxRole::Inbox.name();
        mailbox.name == *name || (mailbox.name == inbox && name.eq_ignore_ascii_case(inbox))
    };
    let is_below = |name: &String| {
        is(name) || mailbox.name.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(SEPARATOR))
    };
    match filter {
        Filter::Inboxes => mailbox.role == Some(MailboxRole::Inbox),
        Filter::Mailboxes(names) => names.iter().any(is),
        Filter::Personal => true,
        Filter::Subscribed => mailbox.subscribed,
        Filter::Subtree(names) => names.iter().any(is_below),
    }
}

/// NOTIFY. What there is to tell of the selected mailbox is told when it ends.
pub(super) async fn notify(session: &mut Session, wanted: Notify, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    if wanted.unsupported {
        return Err(Refusal::No(Some(Code::BadEvent), "there are no such events here"));
    }
    let account = session.user()?.who.account;
    let store = session.service.context.store.clone();
    let known: Result<_, StoreError> = store.read(move |tx| mailboxes::names(tx, account)).await;
    let status = wanted.status;
    let watch = Watch { wanted, known: known?, touched: BTreeMap::new(), all_touched: status, renamed: false };
    session.watch = Some(watch);
    if status {
        tell(session, replies, true).await?;
    }
    Ok(Done::new("so it shall be"))
}

impl Session {
    /// Tells what is wanted of mailboxes that are not selected. Where the store fails, that waits for another time.
    pub(super) async fn tell_others(&mut self, replies: &mut Replies<'_>) -> io::Result<()> {
        match tell(self, replies, false).await {
            Err(Refusal::Broken(error)) => Err(error),
            _ => Ok(()),
        }
    }
}

/// Tells of other mailboxes; with `first`, how those stand that are watched from now on.
async fn tell(session: &mut Session, replies: &mut Replies<'_>, first: bool) -> Result<(), Refusal> {
    if !session.watch.as_ref().is_some_and(Watch::owes) {
        return Ok(());
    }
    let (account, selected) = (session.user()?.who.account, session.selected_mailbox());
    let store = session.service.context.store.clone();
    let now: Result<_, StoreError> = store.read(move |tx| mailboxes::names(tx, account)).await;
    let now = now?;
    let (dialect, modseqs) = (session.dialect, session.telling.modseqs);
    let Some(watch) = &mut session.watch else { return Ok(()) };
    if std::mem::take(&mut watch.renamed) {
        let before = std::mem::replace(&mut watch.known, now.clone());
        tell_names(replies.lines(), watch, &before, &now, dialect);
    }
    let (all, touched) = (std::mem::take(&mut watch.all_touched), std::mem::take(&mut watch.touched));
    let mut asked = Vec::new();
    for mailbox in now.iter().filter(|mailbox| Some(mailbox.id) != selected) {
        let (happened, wanted) = (touched.get(&mailbox.id).copied().unwrap_or_default(), watch.watched(mailbox));
        let told = Touched {
            messages: wanted.messages && (all || happened.messages),
            flags: wanted.flags && (all || happened.flags),
        };
        if told != Touched::default() {
            asked.push((mailbox.id, told));
        }
    }
    for (id, told) in asked {
        let read: Result<_, StoreError> = store.read(move |tx| standing(tx, account, id)).await;
        if let Some(mailbox) = read? {
            print_standing(replies.lines(), &mailbox, told, modseqs, first, dialect);
            replies.relieve().await?;
        }
    }
    Ok(())
}

fn standing(tx: &ReadTx<'_>, account: AccountNo, id: MailboxId) -> Result<Option<MailboxRecord>, StoreError> {
    match mailboxes::counted(tx, account, id) {
        Ok(mailbox) => Ok(Some(mailbox)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Appends the STATUS response for what happened (RFC 5465 §3.1, §5.1–5.3).
fn print_standing(
    out: &mut Vec<u8>,
    mailbox: &MailboxRecord,
    told: Touched,
    modseqs: bool,
    first: bool,
    dialect: Dialect,
) {
    put!(out, "* STATUS ");
    print_mailbox(out, &mailbox.name, dialect);
    put!(out, " (");
    if told.messages {
        put!(out, "MESSAGES {} UIDNEXT {} ", mailbox.total, mailbox.uid_next);
    }
    if told.flags {
        put!(out, "UNSEEN {} ", mailbox.unseen);
    }
    if modseqs || (first && told.flags) {
        put!(out, "HIGHESTMODSEQ {} ", mailbox.highest_modseq);
    }
    put!(out, "UIDVALIDITY {})\r\n", mailbox.uid_validity);
}

/// Appends a LIST response for each mailbox that came, went, is called otherwise or was subscribed (RFC 5465 §5.4, §5.5).
fn tell_names(out: &mut Vec<u8>, watch: &Watch, before: &[NamedMailbox], now: &[NamedMailbox], dialect: Dialect) {
    let old: BTreeMap<MailboxId, &NamedMailbox> = before.iter().map(|mailbox| (mailbox.id, mailbox)).collect();
    let parents: BTreeSet<&str> = now.iter().flat_map(|mailbox| above(&mailbox.name)).collect();
    let wants_names = |mailbox: &NamedMailbox| watch.groups(mailbox).any(|group| group.names);
    let renamed: BTreeSet<&str> = now
        .iter()
        .filter_map(|mailbox| old.get(&mailbox.id).filter(|was| was.name != mailbox.name))
        .map(|was| was.name.as_str())
        .collect();
    let gone: Vec<&NamedMailbox> =
        before.iter().filter(|mailbox| now.iter().all(|other| other.id != mailbox.id)).collect();
    let made = now.iter().filter(|mailbox| !old.contains_key(&mailbox.id));
    // Of those below which others came or went, that is told too.
    let affected: BTreeSet<&str> =
        made.chain(gone.iter().copied()).filter_map(|mailbox| above(&mailbox.name).last()).collect();
    let mut list = |mailbox: &NamedMailbox, is_there: bool, old_name: Option<&str>| {
        put!(out, "* LIST (");
        if is_there {
            let children = if parents.contains(mailbox.name.as_str()) { "HasChildren" } else { "HasNoChildren" };
            put!(out, "\\{children}");
            print_role(out, mailbox.role, " ");
        } else {
            put!(out, "\\NonExistent");
        }
        if mailbox.subscribed && is_there {
            put!(out, " \\Subscribed");
        }
        put!(out, ") \"/\" ");
        print_mailbox(out, &mailbox.name, dialect);
        if let Some(old_name) = old_name {
            put!(out, " (\"OLDNAME\" (");
            print_mailbox(out, old_name, dialect);
            put!(out, "))");
        }
        put!(out, "\r\n");
    };
    for mailbox in gone.iter().filter(|mailbox| wants_names(mailbox)) {
        list(mailbox, false, None);
    }
    for mailbox in now {
        match old.get(&mailbox.id) {
            None if wants_names(mailbox) => list(mailbox, true, None),
            None => {}
            Some(was) if was.name != mailbox.name => {
                // Those below a mailbox that is renamed go with it without a word.
                let is_below = above(&was.name).any(|parent| renamed.contains(parent));
                if !is_below && (wants_names(mailbox) || wants_names(was)) {
                    list(mailbox, true, Some(&was.name));
                }
            }
            Some(was)
                if was.subscribed != mailbox.subscribed
                    && watch.groups(mailbox).chain(watch.groups(was)).any(|group| group.subscriptions) =>
            {
                list(mailbox, true, None);
            }
            Some(_) if affected.contains(mailbox.name.as_str()) && wants_names(mailbox) => list(mailbox, true, None),
            Some(_) => {}
        }
    }
}
