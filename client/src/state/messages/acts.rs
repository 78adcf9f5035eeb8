//! What can be done to messages: flags, moving, deleting.
//!
//! Invariants: the page shows the result at once; what the box refuses is put back and told; what can be undone stands in
//! [`undo`](crate::state::undo) until its time is over.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::mailbox::{
    DeleteRequest, Flags, FlagsRequest, MailboxId, MailboxRole, MessageId, MoveRequest, MoveResponse, Place,
};
use shared::api::paths;

use super::Messages;
use super::list::List;
use super::optimism::changed;
use crate::platform::{http, time};
use crate::state::Failure;
use crate::state::undo::{Deed, Notice, UNDO_SECONDS};

/// Messages in one request, of the [`BATCH`](shared::api::limits::BATCH) that there may be: few enough that one sees work on
/// many go on, and that the box does not keep others waiting.
const CHUNK: usize = 200;

/// Messages that were taken out of their lists, with the places that they had, newest first.
type Taken = BTreeMap<MailboxId, Vec<Place>>;

impl Messages {
    /// Sets and takes away flags at once; put back when the box refuses. Not undoable: the opposite call undoes it.
    pub fn set_flags(&self, messages: Vec<MessageId>, add: Flags, remove: Flags) {
        for id in &messages {
            self.show_new_flags(*id, add, remove);
        }
        let all = *self;
        spawn_local(async move {
            let mut failed = None;
            let work = all.undo.under_way(messages.len());
            for chunk in messages.chunks(CHUNK) {
                let request = FlagsRequest { messages: chunk.to_vec(), add, remove };
                let done = all.session.heard(http::tell(paths::FLAGS, &request).await);
                let confirmed = done.is_ok().then_some((add, remove));
                for id in chunk {
                    let shown = all.optimism.try_update_value(|optimism| optimism.end(*id, confirmed)).flatten();
                    all.show_flags(*id, shown);
                }
                failed = done.err().or(failed);
                work.add(chunk.len());
            }
            all.told_failure(failed);
        });
    }

    /// Moves messages to another mailbox; can be undone.
    pub fn move_to(&self, messages: Vec<MessageId>, to: MailboxId) {
        let messages: Vec<_> = messages.into_iter().filter(|id| self.mailbox_of(*id) != Some(to)).collect();
        if messages.is_empty() {
            return;
        }
        let taken = self.take_out(&messages);
        self.count_moved(&taken, Some(to));
        let all = *self;
        spawn_local(async move {
            let mut moved = BTreeMap::new();
            let mut failed = None;
            let work = all.undo.under_way(messages.len());
            for chunk in messages.chunks(CHUNK) {
                match all.post_move(chunk.to_vec(), to).await {
                    Ok(pairs) => moved.extend(pairs),
                    Err(failure) => failed = Some(failure),
                }
                work.add(chunk.len());
            }
            drop(work);
            if failed.is_some() {
                all.put_back(&taken, |id| !moved.contains_key(&id));
            }
            all.forget(&moved.keys().copied().collect::<Vec<_>>());
            if !moved.is_empty() {
                let deed = Deed::Moved { count: moved.len(), to };
                let home = ways_home(&taken, &moved);
                all.undo.add(deed, time::now().plus(UNDO_SECONDS), move || all.move_home(home));
            }
            all.told_failure(failed);
        });
    }

    /// Moves messages to the mailbox of a role (archive, trash, junk, back to the inbox); can be undone.
    pub fn move_to_role(&self, messages: Vec<MessageId>, role: MailboxRole) {
        if let Some(to) = self.mailboxes.id_of(role) {
            self.move_to(messages, to);
        }
    }

    /// Deletes messages for ever; the page asks before.
    pub fn delete_for_ever(&self, messages: Vec<MessageId>) {
        let taken = self.take_out(&messages);
        self.count_moved(&taken, None);
        let all = *self;
        spawn_local(async move {
            let mut deleted = Vec::new();
            let mut failed = None;
            let work = all.undo.under_way(messages.len());
            for chunk in messages.chunks(CHUNK) {
                let request = DeleteRequest { messages: chunk.to_vec() };
                match all.session.heard(http::tell(paths::DELETE, &request).await) {
                    Ok(()) => deleted.extend_from_slice(chunk),
                    Err(failure) => failed = Some(failure),
                }
                work.add(chunk.len());
            }
            drop(work);
            if failed.is_some() {
                let deleted: BTreeSet<_> = deleted.iter().copied().collect();
                all.put_back(&taken, |id| !deleted.contains(&id));
            }
            all.forget(&deleted);
            if !deleted.is_empty() {
                all.undo.tell(Notice::Deleted { count: deleted.len() });
            }
            all.told_failure(failed);
        });
    }

    /// Moves messages; answers old and new ids.
    pub(in crate::state) async fn post_move(
        &self,
        messages: Vec<MessageId>,
        to: MailboxId,
    ) -> Result<Vec<(MessageId, MessageId)>, Failure> {
        let answer = http::post::<_, MoveResponse>(paths::MOVE, &MoveRequest { messages, to }).await;
        Ok(self.session.heard(answer)?.moved)
    }

    fn show_new_flags(&self, id: MessageId, add: Flags, remove: Flags) {
        let before = self.row(id).map(|row| row.with_untracked(|row| (row.mailbox, row.flags)));
        let Some((mailbox, before)) = before else { return };
        self.optimism.update_value(|optimism| optimism.begin(id, before));
        let after = changed(before, add, remove);
        self.show_flags(id, Some(after));
        self.mailboxes.count(mailbox, 0, i64::from(before.seen) - i64::from(after.seen));
    }

    fn mailbox_of(&self, id: MessageId) -> Option<MailboxId> {
        self.row(id).map(|row| row.with_untracked(|row| row.mailbox))
    }

    /// Takes messages out of their lists; their rows stay until the box has confirmed.
    fn take_out(&self, messages: &[MessageId]) -> Taken {
        let take = |lists: &mut BTreeMap<MailboxId, List>| {
            let each = lists.iter_mut().map(|(mailbox, list)| (*mailbox, list.remove(messages)));
            each.filter(|(_, removed)| !removed.is_empty()).collect()
        };
        self.lists.try_update(take).unwrap_or_default()
    }

    fn put_back(&self, taken: &Taken, stays: impl Fn(MessageId) -> bool) {
        for (mailbox, rows) in taken {
            // A row that an event has told gone meanwhile is not there any more.
            let rows = rows.iter().filter(|row| stays(row.id) && self.row(row.id).is_some());
            self.change_list(*mailbox, |list| {
                rows.for_each(|place| {
                    list.insert(*place);
                })
            });
        }
        self.mailboxes.load_soon();
    }

    fn count_moved(&self, taken: &Taken, to: Option<MailboxId>) {
        for (from, rows) in taken {
            let seen = |id| self.row(id).is_none_or(|row| row.with_untracked(|row| row.flags.seen));
            let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            let unseen = i64::try_from(rows.iter().filter(|row| !seen(row.id)).count()).unwrap_or(i64::MAX);
            self.mailboxes.count(*from, -total, -unseen);
            if let Some(to) = to {
                self.mailboxes.count(to, total, unseen);
            }
        }
    }

    /// Undoes a move.
    fn move_home(self, home: BTreeMap<MailboxId, Vec<MessageId>>) {
        spawn_local(async move {
            let mut failed = None;
            let work = self.undo.under_way(home.values().map(Vec::len).sum());
            for (mailbox, messages) in home {
                for chunk in messages.chunks(CHUNK) {
                    failed = self.post_move(chunk.to_vec(), mailbox).await.err().or(failed);
                    work.add(chunk.len());
                }
            }
            self.mailboxes.load_soon();
            self.told_failure(failed);
        });
    }

    fn told_failure(&self, failed: Option<Failure>) {
        if let Some(failure) = failed {
            self.mailboxes.load_soon();
            self.undo.tell(Notice::Failed(failure));
        }
    }
}

/// Which messages, by their new ids, go back to which mailbox: oldest first, for the box files them as they are named.
fn ways_home(taken: &Taken, moved: &BTreeMap<MessageId, MessageId>) -> BTreeMap<MailboxId, Vec<MessageId>> {
    let back = |rows: &Vec<Place>| rows.iter().rev().filter_map(|row| moved.get(&row.id).copied()).collect();
    taken.iter().map(|(mailbox, rows)| (*mailbox, back(rows))).collect()
}

#[cfg(test)]
mod tests {
    use shared::api::Timestamp;

    use super::*;

    #[test]
    fn a_move_is_undone_to_where_each_message_was() {
        let place = |id| Place { received_at: Timestamp(0), stored: id, id: MessageId(id) };
        let rows = vec![place(102), place(101), place(100)];
        let taken = Taken::from([(MailboxId(1), rows), (MailboxId(2), vec![place(200)])]);
        let moved = [(100, 300), (102, 302), (200, 301)].map(|(old, new)| (MessageId(old), MessageId(new)));
        let home = ways_home(&taken, &BTreeMap::from(moved));
        let expected = [(MailboxId(1), vec![MessageId(300), MessageId(302)]), (MailboxId(2), vec![MessageId(301)])];
        assert_eq!(home, BTreeMap::from(expected));
    }
}
