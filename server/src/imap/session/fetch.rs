//! FETCH (RFC 9051 §6.4.5, §7.5.2; RFC 7162 §3.1.4, §3.2.6).
//!
//! Messages are looked at in batches, each in one short snapshot of the store that answers small things whole and large ones
//! as places to stream from. Nothing of the store is held while a client takes what it asked for, as slowly as it likes. For a
//! device that mail is opened for, messages are opened between snapshot and answer.

use std::io;
use std::sync::Arc;

use shared::api::Timestamp;
use shared::api::mailbox::MailboxId;

use super::answer;
use super::need;
use super::refusal::Refusal;
use super::telling::{Telling, print, print_vanished};
use super::view::View;
use super::writer::{Answer, Piece, Room};
use super::{Done, Replies, Session};
use crate::core::budget::Reserved;
use crate::imap::limits::{BATCH, PIECE_BYTES};
use crate::imap::opening::{Look, Looked, Opened, Opener, ReadingRoom};
use crate::imap::wire::Code;
use crate::imap::wire::fetch::{Fetch, Item};
use crate::imap::wire::print::put;
use crate::store::flags::{FlagBits, Keywords};
use crate::store::messages::{self, FlagChange, MessageRecord};
use crate::store::{AccountNo, Store, StoreError, views};

/// FETCH.
pub(super) async fn fetch(session: &mut Session, request: Fetch, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    let served = session.served();
    let store = served.store.clone();
    if request.vanished && !session.telling.vanished {
        return Err(Refusal::Bad("VANISHED needs ENABLE QRESYNC"));
    }
    if request.items.contains(&Item::ModSeq) {
        session.tell_modseqs(replies);
    }
    let telling = session.telling;
    let (user, view) = session.selected()?;
    let (account, mailbox, read_only) = (user.who.account, view.mailbox, view.read_only);
    let mut uids = view.named(&request.set, request.uid)?;
    if let Some(since) = request.changed_since {
        let read: Result<_, StoreError> = store
            .read(move |tx| {
                let gone = if request.vanished { views::gone_since(tx, mailbox, since)? } else { Vec::new() };
                Ok((views::changed_since(tx, mailbox, since)?, gone))
            })
            .await;
        let (changed, gone) = read?;
        uids.retain(|uid| changed.binary_search(uid).is_ok());
        print_vanished(replies.lines(), &view.named_but_unknown(Some(&request.set), gone), true);
    }
    let marks_seen = !read_only && request.items.iter().any(Item::marks_seen);
    let (asks_flags, asks_modseq) = (request.items.contains(&Item::Flags), request.items.contains(&Item::ModSeq));
    let besides = besides(&request.items, telling.modseqs);
    let (mut gone, mut undecodable, mut too_much) = (false, false, false);
    for batch in uids.chunks(BATCH) {
        let mut rows = rows(&store, mailbox, batch.to_vec()).await?;
        gone |= rows.len() < batch.len();
        // Of a message that this marks as seen, the client is told that too.
        let mut marked: Vec<u32> = Vec::new();
        if marks_seen {
            marked = mark_seen(&store, account, &mut rows).await?;
        }
        let (_, view) = session.selected()?;
        for row in &mut rows {
            view.mark_recent(row);
            if asks_flags || marked.contains(&row.uid) {
                if let Some(update) = view.announce(&row.keywords) {
                    print(replies.lines(), &update, telling);
                }
                view.told(row);
            }
            if asks_modseq || (telling.modseqs && marked.contains(&row.uid)) {
                view.shown(row.modseq);
            }
        }
        while !rows.is_empty() {
            let told = served.answers(rows, request.items.clone(), marked.clone(), besides.clone()).await?;
            rows = told.left;
            too_much |= told.too_much;
            for answer in told.answers {
                undecodable |= answer.undecodable;
                let (_, view) = session.selected()?;
                if let Some(number) = view.number_of(answer.uid) {
                    send(&store, number, answer, replies).await?;
                }
            }
        }
    }
    if too_much {
        return Err(Refusal::No(Some(Code::Limit), "so much is never in memory at once; ask for fewer parts"));
    }
    if undecodable {
        return Err(Refusal::No(Some(Code::UnknownCte), "a part's encoding cannot be taken away"));
    }
    if gone && !request.uid { Err(Refusal::GONE) } else { Ok(Done::new("fetched")) }
}

/// What of a message that is marked as seen is told besides the items (RFC 7162 §3.2.4).
fn besides(items: &[Item], modseqs: bool) -> Vec<Item> {
    let wanted = if modseqs { vec![Item::Uid, Item::Flags, Item::ModSeq] } else { vec![Item::Flags] };
    wanted.into_iter().filter(|item| !items.contains(item)).collect()
}

async fn rows(store: &Store, mailbox: MailboxId, uids: Vec<u32>) -> Result<Vec<MessageRecord>, StoreError> {
    store.read(move |tx| views::by_uids(tx, mailbox, &uids)).await
}

/// Marks those as seen that are not, and answers their UIDs.
async fn mark_seen(store: &Store, account: AccountNo, rows: &mut [MessageRecord]) -> Result<Vec<u32>, StoreError> {
    let unseen: Vec<_> = rows.iter().filter(|row| !row.flags.has(FlagBits::SEEN)).map(|row| row.id).collect();
    if unseen.is_empty() {
        return Ok(Vec::new());
    }
    let (count, change) = (unseen.len(), FlagChange::Add(FlagBits::SEEN, Keywords::default()));
    let marked = match store.write(move |tx| messages::set_flags(tx, account, &unseen, &change)).await {
        // Reading goes on where nothing more can be written; they are marked the next time.
        Err(StoreError::DiskFull) => {
            tracing::warn!(count, "the disk is full: messages are read and not marked as seen");
            return Ok(Vec::new());
        }
        other => other?,
    };
    for now in &marked {
        if let Some(row) = rows.iter_mut().find(|row| row.id == now.id) {
            *row = now.clone();
        }
    }
    Ok(marked.into_iter().map(|message| message.uid).collect())
}

/// Where the mail is that a device is served, and what opens it.
pub(super) struct Served {
    pub(super) store: Store,
    opener: Option<Opener>,
    room: Arc<ReadingRoom>,
    now: Timestamp,
}

/// What is told of some messages.
struct Told {
    answers: Vec<Answer>,
    /// Those that are still to be looked at.
    left: Vec<MessageRecord>,
    /// Of one of them only what is not its content: that takes more than there is room for at all.
    too_much: bool,
    /// What the answers take of the reading room, until they are sent.
    _room: Option<Reserved>,
}

impl Session {
    /// What this device is served.
    pub(super) fn served(&self) -> Served {
        let context = &self.service.context;
        Served {
            store: context.store.clone(),
            opener: self.opener(),
            room: Arc::clone(&self.service.reading_room),
            now: context.clock.now(),
        }
    }
}

impl Served {
    /// The answers for as many messages as are good in one go. Waits for room, and must not be asked by who holds some.
    async fn answers(
        &self,
        mut rows: Vec<MessageRecord>,
        items: Vec<Item>,
        marked: Vec<u32>,
        besides: Vec<Item>,
    ) -> Result<Told, StoreError> {
        if let Some(opener) = self.opener.as_ref().filter(|_| need::tells_content(&items)) {
            let ever = self.room.octets;
            let look = move |row: &MessageRecord, opened: &Arc<Opened>, now: usize| {
                let besides = (marked.as_slice(), besides.as_slice());
                match answer::of_opened(row, opened, &items, besides, Room { now, ever }) {
                    Ok(answer::Told::Larger(octets)) => Look::Larger(octets),
                    Ok(answer::Told::Answer(answer)) => {
                        let held = answer.octets_here();
                        Look::Seen(Ok((answer, false)), held)
                    }
                    Ok(answer::Told::TooMuch(answer)) => Look::Seen(Ok((answer, true)), 0),
                    Err(error) => Look::Seen(Err(error), 0),
                }
            };
            let Looked { seen, left, room } = opener.look(&self.store, self.now, rows, true, Arc::new(look)).await?;
            let (answers, too_much): (Vec<_>, Vec<_>) = seen.into_iter().collect::<Result<_, _>>()?;
            return Ok(Told { answers, left, too_much: too_much.contains(&true), _room: room });
        }
        let ever = self.room.octets;
        let (asked, mut had) = (Arc::new((items, marked, besides)), None);
        loop {
            let (asked, room) = (Arc::clone(&asked), had.take());
            let looked = self.store.read(move |tx| {
                let (items, marked, besides) = &*asked;
                let now = room.as_ref().map_or(0, |(octets, _)| *octets);
                let here = Room { now, ever };
                let batch = answer::batch(tx, &rows, items, (marked.as_slice(), besides.as_slice()), here)?;
                rows.drain(..batch.taken);
                // Whoever asked may have gone: the room stays with what is in it.
                Ok::<_, StoreError>((batch, rows, room))
            });
            let (batch, left, room) = looked.await?;
            match batch.larger.filter(|_| batch.taken == 0) {
                Some(octets) => {
                    drop(room);
                    had = Some((octets, self.room.room(octets).await));
                    rows = left;
                }
                None => {
                    let held = batch.answers.iter().map(Answer::octets_here).sum();
                    let room = room.map(|(_, mut room)| room.split(held).unwrap_or(room));
                    return Ok(Told { answers: batch.answers, left, too_much: batch.too_much, _room: room });
                }
            }
        }
    }
}

/// Tells of messages that came, what NOTIFY asked for (RFC 5465 §5.2). Nothing is marked as seen by that.
///
/// # Errors
/// Where the connection breaks. Where the store fails, the client is told only that they came.
pub(super) async fn tell_new(
    served: &Served,
    view: &View,
    mut rows: Vec<MessageRecord>,
    items: &[Item],
    telling: Telling,
    replies: &mut Replies<'_>,
) -> io::Result<()> {
    let mut items = items.to_vec();
    for (item, wanted) in [(Item::Uid, true), (Item::ModSeq, telling.modseqs)] {
        if wanted && !items.contains(&item) {
            items.push(item);
        }
    }
    rows.iter_mut().for_each(|row| view.mark_recent(row));
    while !rows.is_empty() {
        let later = rows.split_off(rows.len().min(BATCH));
        while !rows.is_empty() {
            let told = match served.answers(rows, items.clone(), Vec::new(), Vec::new()).await {
                Ok(told) => told,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "new messages could not be looked at");
                    return Ok(());
                }
            };
            rows = told.left;
            for answer in told.answers {
                if let Some(number) = view.number_of(answer.uid) {
                    send(&served.store, number, answer, replies).await?;
                }
            }
        }
        rows = later;
    }
    Ok(())
}

async fn send(store: &Store, number: u32, answer: Answer, replies: &mut Replies<'_>) -> io::Result<()> {
    if answer.pieces.is_empty() {
        return Ok(());
    }
    put!(replies.lines(), "* {number} FETCH (");
    for piece in answer.pieces {
        match piece {
            Piece::Text(bytes) => replies.lines().extend_from_slice(&bytes),
            Piece::Opened { message, range } => say(message.bytes().get(range), replies).await?,
            Piece::Decoded { part, range } => say(part.get(range), replies).await?,
            Piece::Stored { body, from, length } => {
                let (mut from, mut left) = (from, length);
                while left > 0 {
                    let now = left.min(PIECE_BYTES);
                    let read = store.read(move |tx| messages::bytes_at(tx, body, from, now)).await;
                    // The client was promised so many octets; if they are gone meanwhile, only the end of the
                    // connection can tell it.
                    let read = read.map_err(|error: StoreError| io::Error::other(error))?;
                    if read.len() < now {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    replies.say(&read).await?;
                    (from, left) = (from + now, left - now);
                }
            }
        }
    }
    put!(replies.lines(), ")\r\n");
    replies.relieve().await
}

async fn say(bytes: Option<&[u8]>, replies: &mut Replies<'_>) -> io::Result<()> {
    for piece in bytes.unwrap_or_default().chunks(PIECE_BYTES) {
        replies.say(piece).await?;
    }
    Ok(())
}
