//! SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 7162 §3.1.5): what can be seen is searched, batch by batch; see [`Test`] for what that is.

use super::looking::look_at;
use super::refusal::Refusal;
use super::test::Test;
use super::{Done, Replies, Session};
use crate::imap::limits::BATCH;
use crate::imap::wire::key::Key;
use crate::imap::wire::print::put;
use crate::imap::wire::search::{Search, Wanted};
use crate::imap::wire::sequence::compact;
use crate::imap::wire::{Code, Dialect};
use crate::store::{StoreError, views};

/// SEARCH.
pub(super) async fn search(
    session: &mut Session,
    tag: &str,
    request: Search,
    replies: &mut Replies<'_>,
) -> Result<Done, Refusal> {
    let Search { key, wanted, charset_named, charset_known, uid } = request;
    if charset_named && session.dialect == Dialect::Utf8 {
        return Err(Refusal::Bad("the charset is UTF-8 here"));
    }
    let saves = wanted.is_some_and(|wanted| wanted.save);
    if key.asks_modseq() {
        session.tell_modseqs(replies);
    }
    let found = if charset_known {
        find(session, &key, tag, replies).await
    } else {
        Err(Refusal::No(Some(Code::BadCharset), "that charset is not read here"))
    };
    let found = match found {
        Ok(found) if key.asks_modseq() => {
            highest_modseq(session, returned(&found, wanted)).await.map(|modseq| (found, modseq))
        }
        other => other.map(|found| (found, None)),
    };
    let dialect = session.dialect;
    let (_, view) = session.selected()?;
    let (found, modseq) = match found {
        Ok(found) => found,
        Err(refusal) => {
            if saves {
                // What was saved before is no longer what the client means (RFC 5182 §2.1).
                view.save(Vec::new());
            }
            return Err(refusal);
        }
    };
    let numbers: Vec<u32> =
        if uid { found.clone() } else { found.iter().filter_map(|uid| view.number_of(*uid)).collect() };
    match wanted {
        None if dialect != Dialect::Rev2 => {
            put!(replies.lines(), "* SEARCH");
            for chunk in numbers.chunks(BATCH) {
                chunk.iter().for_each(|number| put!(replies.lines(), " {number}"));
                replies.relieve().await?;
            }
            if let Some(modseq) = modseq {
                put!(replies.lines(), " (MODSEQ {modseq})");
            }
            put!(replies.lines(), "\r\n");
        }
        None => {
            print_extended(replies.lines(), tag, uid, Wanted { all: true, ..Wanted::default() }, &numbers, modseq);
        }
        Some(wanted) => {
            // Who only saves is told nothing (RFC 5182 §2.3).
            if wanted.min || wanted.max || wanted.all || wanted.count {
                print_extended(replies.lines(), tag, uid, wanted, &numbers, modseq);
            }
        }
    }
    if let Some(wanted) = wanted.filter(|_| saves) {
        view.save(saved(&found, wanted));
    }
    Ok(Done::new("searched"))
}

/// What the MODSEQ of the answer is of (RFC 4731 §3.2).
fn returned(found: &[u32], wanted: Option<Wanted>) -> Vec<u32> {
    wanted.map_or_else(|| found.to_vec(), |wanted| saved(found, wanted))
}

/// The highest MODSEQ of these messages; `None` where there are none.
pub(super) async fn highest_modseq(session: &mut Session, uids: Vec<u32>) -> Result<Option<u64>, Refusal> {
    let store = session.service.context.store.clone();
    let (_, view) = session.selected()?;
    let mailbox = view.mailbox;
    let read: Result<_, StoreError> = store.read(move |tx| views::highest_modseq(tx, mailbox, &uids)).await;
    let modseq = read?;
    view.shown(modseq.unwrap_or_default());
    Ok(modseq)
}

/// What `$` will stand for: all that was found, or, where only the first or last was asked for, these (RFC 5182 §2.4).
fn saved(found: &[u32], wanted: Wanted) -> Vec<u32> {
    if wanted.all || wanted.count || !(wanted.min || wanted.max) {
        return found.to_vec();
    }
    let first = found.first().copied().filter(|_| wanted.min);
    let last = found.last().copied().filter(|last| wanted.max && Some(*last) != first);
    first.into_iter().chain(last).collect()
}

fn print_extended(out: &mut Vec<u8>, tag: &str, uid: bool, wanted: Wanted, numbers: &[u32], modseq: Option<u64>) {
    put!(out, "* ESEARCH (TAG \"{tag}\")");
    if uid {
        put!(out, " UID");
    }
    if let (Some(first), Some(last)) = (numbers.first(), numbers.last()) {
        if wanted.min {
            put!(out, " MIN {first}");
        }
        if wanted.max {
            put!(out, " MAX {last}");
        }
        if wanted.all {
            put!(out, " ALL {}", compact(numbers.iter().copied()));
        }
    }
    if wanted.count {
        put!(out, " COUNT {}", numbers.len());
    }
    if let Some(modseq) = modseq {
        put!(out, " MODSEQ {modseq}");
    }
    put!(out, "\r\n");
}

/// The UIDs of the messages for which the key holds, rising.
pub(super) async fn find(
    session: &mut Session,
    key: &Key,
    tag: &str,
    replies: &mut Replies<'_>,
) -> Result<Vec<u32>, Refusal> {
    let (store, now) = (session.service.context.store.clone(), session.service.context.clock.now());
    let opens = session.opener().is_some();
    let (_, view) = session.selected()?;
    let mailbox = view.mailbox;
    let test = Test::of(key, view, opens, now);
    // Indexes and sets make the candidates fewer, where the search allows it.
    let mut candidates = view.all();
    let unseen = test.requires_unseen();
    let deleted = test.requires_deleted();
    if unseen || deleted {
        let marked: Result<_, StoreError> =
            store.read(move |tx| if unseen { views::unseen(tx, mailbox) } else { views::deleted(tx, mailbox) }).await;
        let marked = marked?;
        candidates.retain(|uid| marked.binary_search(uid).is_ok());
    }
    if let Some(since) = test.requires_modseq() {
        let changed: Result<_, StoreError> =
            store.read(move |tx| views::changed_since(tx, mailbox, since.saturating_sub(1))).await;
        let changed = changed?;
        candidates.retain(|uid| changed.binary_search(uid).is_ok());
    }
    candidates.retain(|uid| test.may_be(*uid));
    if test.is_decided_by_uid() {
        return Ok(candidates);
    }
    let tested = look_at(session, tag, &candidates, replies, move |seen| test.holds(seen)).await?;
    Ok(tested.into_iter().filter(|(_, holds)| *holds).map(|(uid, _)| uid).collect())
}
