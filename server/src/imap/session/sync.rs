//! Bringing a client's view up to the store: what was heard decides whether to look, the store's MODSEQs say what to tell
//! (RFC 9051 §5.2, §7.3, §7.5; RFC 7162 §3.2).

use std::io;

use super::fetch::tell_new;
use super::notify::Watch;
use super::refusal::Refusal;
use super::state::Farewell;
use super::telling::print;
use super::view::{News, Position, Update, View};
use super::{Replies, Session, State};
use crate::core::devices;
use crate::imap::wire::fetch::Item;
use crate::imap::wire::print::status;
use crate::imap::wire::{Code, Status};
use crate::store::{AccountNo, Change, Heard, ReadTx, StoreError, UidLists, mailboxes, views};

/// What is told of the selected mailbox.
struct Wanted {
    /// Of each message that comes.
    of_new: Vec<Item>,
    /// That flags change.
    flags: bool,
}

impl Session {
    /// The client gave a command that only those give who want to be told MODSEQs (RFC 7162 §3.1).
    pub(super) fn tell_modseqs(&mut self, replies: &mut Replies<'_>) {
        if !std::mem::replace(&mut self.telling.modseqs, true)
            && let State::Selected(_, view) = &self.state
        {
            status(replies.lines(), None, Status::Ok, Some(&Code::HighestModSeq(view.mark())), "told up to here");
        }
    }

    /// What the client must be told of how far it was told, where it keeps that (RFC 7162 §3.2, §3.2.7).
    pub(super) fn due_mark(&mut self) -> Option<Code> {
        match &mut self.state {
            State::Selected(_, view) if self.telling.vanished => view.take_due_mark().map(Code::HighestModSeq),
            _ => None,
        }
    }

    /// Takes in all that is there to hear.
    pub(super) fn listen(&mut self) {
        if let State::Authenticated(user) | State::Selected(user, _) = &mut self.state
            && let Some(heard) = user.listener.try_next()
        {
            self.note(heard);
        }
    }

    /// Takes in one thing that was heard, and all that is there to hear besides.
    pub(super) fn note(&mut self, heard: Heard) {
        let (user, selected) = match &mut self.state {
            State::Authenticated(user) => (user, None),
            State::Selected(user, view) => (user, Some(view.mailbox)),
            State::NotAuthenticated | State::Logout => return,
        };
        let mut next = Some(heard);
        while let Some(heard) = next {
            if let Some(watch) = &mut self.watch {
                watch.note(&heard);
            }
            match heard {
                Heard::Missed => (user.stale, user.in_doubt) = (true, true),
                Heard::Change(Change::Access) => user.in_doubt = true,
                Heard::Change(Change::Keys) => user.outdated = user.opener.is_some(),
                Heard::Change(
                    Change::Arrived { mailbox, .. } | Change::Flags { mailbox, .. } | Change::Gone { mailbox, .. },
                ) => user.stale |= Some(mailbox) == selected,
                Heard::Change(Change::Mailboxes) => user.stale = true,
                Heard::Change(_) => {}
            }
            next = user.listener.try_next();
        }
    }

    /// Why the device may not go on, if so; asked only when access has changed.
    pub(super) async fn may_not_go_on(&mut self) -> Option<Farewell> {
        let context = self.service.context.clone();
        let (State::Authenticated(user) | State::Selected(user, _)) = &mut self.state else { return None };
        if user.outdated {
            return Some(Farewell::Outdated);
        }
        if !std::mem::take(&mut user.in_doubt) {
            return None;
        }
        match devices::may_go_on(&context, &user.who).await {
            Ok(may) => (!may).then_some(Farewell::Revoked),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a device's access could not be checked");
                user.in_doubt = true;
                None
            }
        }
    }

    /// Tells the client what changed in the selected mailbox. Where the store fails, that waits for another time.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub(super) async fn sync(&mut self, tell_gone: bool, replies: &mut Replies<'_>) -> io::Result<()> {
        let served = self.served();
        self.listen();
        let Some(wanted) = self.wanted_of_selected() else { return Ok(()) };
        let State::Selected(user, view) = &mut self.state else { return Ok(()) };
        let owes = user.stale || (tell_gone && view.holds_back()) || view.is_behind_what_was_shown();
        if !owes {
            return Ok(());
        }
        let (account, mailbox, from, claim) = (user.who.account, view.mailbox, view.position(), view.claim());
        let (mut still_owes, mut new) = (false, Vec::new());
        let (lists, marks) = (served.store.uid_lists(), served.store.recent());
        let read = served.store.read(move |tx| {
            let mut news = news(tx, &lists, account, mailbox, from)?;
            news.recent = claim.first(&marks, tx, mailbox, news.uid_next)?;
            Ok(news)
        });
        let updates = match read.await {
            Ok(news) => {
                if !wanted.of_new.is_empty() {
                    new = view.unknown(&news);
                }
                view.advance(&news, tell_gone)
            }
            Err(StoreError::NotFound) => {
                still_owes = !tell_gone;
                view.empty(tell_gone)
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a mailbox could not be looked at");
                return Ok(());
            }
        };
        user.stale = still_owes;
        if updates.iter().any(|update| matches!(update, Update::Exists(_))) {
            view.count_told(true);
        }
        let telling = self.telling;
        if wanted.of_new.contains(&Item::Flags) {
            for update in new.iter().filter_map(|message| view.announce(&message.keywords)) {
                print(replies.lines(), &update, telling);
            }
        }
        for update in &updates {
            if wanted.flags || !matches!(update, Update::Flags { .. }) {
                print(replies.lines(), update, telling);
            }
        }
        tell_new(&served, view, new, &wanted.of_new, telling, replies).await
    }

    /// The client listens, so it has heard how many messages there are. Thunderbird does not in the answer to another
    /// command, and asks for nothing when it idles then: with `repeat`, what was told so is told once more.
    pub(super) fn hears_count(&mut self, repeat: bool, replies: &mut Replies<'_>) {
        let State::Selected(_, view) = &mut self.state else { return };
        if view.count_told(false) && repeat {
            print(replies.lines(), &Update::Exists(view.exists()), self.telling);
        }
    }

    /// What is told of the selected mailbox; `None`: nothing, because the client asked for that (RFC 5465 §3.1).
    fn wanted_of_selected(&self) -> Option<Wanted> {
        match self.watch.as_ref().map(Watch::selected) {
            // Who keeps MODSEQs would take what is not told as told.
            Some(Some(selected)) if !self.shows_effect => {
                Some(Wanted { of_new: selected.of_new.clone(), flags: selected.flags || self.telling.modseqs })
            }
            Some(None) if !self.shows_effect => None,
            _ => Some(Wanted { of_new: Vec::new(), flags: true }),
        }
    }

    /// The selected mailbox, where it can be changed.
    pub(super) fn writable(&mut self) -> Result<(AccountNo, &mut View), Refusal> {
        let (user, view) = self.selected()?;
        if view.read_only {
            return Err(Refusal::No(None, "the mailbox is selected read-only"));
        }
        Ok((user.who.account, view))
    }
}

fn news(
    tx: &ReadTx<'_>,
    lists: &UidLists,
    account: AccountNo,
    mailbox: shared::api::mailbox::MailboxId,
    from: Position,
) -> Result<News, StoreError> {
    let (uid_next, modseq) = mailboxes::mark(tx, account, mailbox)?;
    Ok(News {
        uids: lists.of(tx, account, mailbox)?,
        uid_next,
        modseq,
        recent: uid_next,
        gone: views::gone_since(tx, mailbox, from.gone_modseq)?,
        changed: views::by_uids(tx, mailbox, &views::changed_since(tx, mailbox, from.modseq)?)?,
    })
}
