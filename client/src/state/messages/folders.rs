//! Removing a folder: what lies in it and in the folders below it goes to the bin, and all of it comes back when that is undone.
//!
//! Invariant: a folder is removed only when the box has said that nothing is left in it; what stops half-way loses no message and
//! is told.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::ErrorCode;
use shared::api::limits::LIST_PAGE;
use shared::api::mailbox::{Mailbox, MailboxId, MailboxRole, MessageId};

use super::Messages;
use crate::platform::time;
use crate::state::Failure;
use crate::state::undo::{Deed, Notice, UNDO_SECONDS};

/// Messages in one request.
const CHUNK: usize = LIST_PAGE as usize;
/// A folder is emptied again as often as this, where messages came in meanwhile.
const ROUNDS: usize = 3;

/// A folder that was emptied, and perhaps removed.
struct Emptied {
    id: MailboxId,
    name: String,
    /// What lay in it, by the numbers that it has in the bin, newest first.
    messages: Vec<MessageId>,
}

impl Messages {
    /// Removes a folder with those below it; its messages go to the bin. Can be undone.
    pub fn remove_folder(&self, folder: &Mailbox) {
        let Some(bin) = self.mailboxes.id_of(MailboxRole::Trash) else { return };
        let name = folder.name.clone();
        let tree = self.mailboxes.list().with_untracked(|all| deepest_first(all, folder));
        let all = *self;
        spawn_local(async move {
            let total = tree.iter().map(|folder| usize::try_from(folder.total).unwrap_or(usize::MAX)).sum();
            let work = all.undo.under_way(total);
            let (mut emptied, mut failed) = (Vec::new(), None);
            for folder in tree {
                let mut one = Emptied { id: folder.id, name: folder.name, messages: Vec::new() };
                let done = all.empty_and_remove(&mut one, bin, |count| work.add(count)).await;
                emptied.push(one);
                if let Err(failure) = done {
                    failed = Some(failure);
                    break;
                }
            }
            drop(work);
            all.mailboxes.load_soon();
            let count = emptied.iter().map(|one| one.messages.len()).sum();
            let deed = match &failed {
                None => Deed::FolderRemoved { name, count },
                Some(_) => Deed::Moved { count, to: bin },
            };
            if failed.is_none() || count > 0 {
                all.undo.add(deed, time::now().plus(UNDO_SECONDS), move || all.bring_folders_back(emptied));
            }
            if let Some(failure) = failed {
                all.undo.tell(Notice::Failed(failure));
            }
        });
    }

    async fn empty_and_remove(
        &self,
        folder: &mut Emptied,
        bin: MailboxId,
        moved: impl Fn(usize),
    ) -> Result<(), Failure> {
        let mut rounds = 0;
        loop {
            self.empty(folder, bin, &moved).await?;
            rounds += 1;
            match self.mailboxes.remove(folder.id).await {
                Err(failure) if failure.code() == Some(ErrorCode::MailboxNotEmpty) && rounds < ROUNDS => {}
                // Another program has just put a folder below it.
                Err(failure) if failure.code() == Some(ErrorCode::MailboxNotAllowed) => {
                    return Err(Failure::Refused(ErrorCode::Busy.into()));
                }
                answer => return answer,
            }
        }
    }

    /// Moves all that lies in a folder to the bin.
    async fn empty(&self, folder: &mut Emptied, bin: MailboxId, moved: &impl Fn(usize)) -> Result<(), Failure> {
        loop {
            let page = self.page(folder.id, None, LIST_PAGE).await?;
            let ids: Vec<_> = page.messages.iter().map(|message| message.id).collect();
            if ids.is_empty() {
                return Ok(());
            }
            // Those that went elsewhere meanwhile are not among them; the next look shows what is left.
            let pairs: BTreeMap<_, _> = self.post_move(ids.clone(), bin).await?.into_iter().collect();
            moved(pairs.len());
            folder.messages.extend(ids.iter().filter_map(|id| pairs.get(id)));
        }
    }

    /// Undoes a removal.
    fn bring_folders_back(self, emptied: Vec<Emptied>) {
        spawn_local(async move {
            let work = self.undo.under_way(emptied.iter().map(|one| one.messages.len()).sum());
            let mut failed = None;
            // What lay above comes first.
            for Emptied { id, name, messages } in emptied.into_iter().rev() {
                let back = match self.folder_again(id, name).await {
                    Ok(back) => back,
                    Err(failure) => {
                        failed = Some(failure);
                        continue;
                    }
                };
                // Oldest first, for the box files them as they are named.
                let oldest_first: Vec<_> = messages.into_iter().rev().collect();
                for chunk in oldest_first.chunks(CHUNK) {
                    failed = self.post_move(chunk.to_vec(), back).await.err().or(failed);
                    work.add(chunk.len());
                }
            }
            drop(work);
            self.mailboxes.load_soon();
            if let Some(failure) = failed {
                self.undo.tell(Notice::Failed(failure));
            }
        });
    }

    /// The folder, if it is there still or again, else a new one of that name.
    async fn folder_again(&self, id: MailboxId, name: String) -> Result<MailboxId, Failure> {
        let find = |wanted: &dyn Fn(&Mailbox) -> bool| {
            self.mailboxes
                .list()
                .with_untracked(|all| all.iter().find(|mailbox| wanted(mailbox)).map(|mailbox| mailbox.id))
        };
        let known = || find(&|mailbox| mailbox.id == id).or_else(|| find(&|mailbox| mailbox.name == name));
        self.mailboxes.load().await?;
        if let Some(there) = known() {
            return Ok(there);
        }
        self.mailboxes.create(name.clone()).await?;
        known().ok_or(Failure::Refused(ErrorCode::NotFound.into()))
    }
}

/// A folder and those below it, each before the one that it lies in.
fn deepest_first(all: &[Mailbox], folder: &Mailbox) -> Vec<Mailbox> {
    let beginning = format!("{}/", folder.name);
    let is_of_it = |other: &&Mailbox| other.id == folder.id || other.name.starts_with(&beginning);
    let mut tree: Vec<_> = all.iter().filter(is_of_it).cloned().collect();
    tree.sort_by_key(|folder| std::cmp::Reverse(folder.name.matches('/').count()));
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_go_before_those_that_they_lie_in_and_others_stay() {
        let named = |(id, name): (i64, &str)| Mailbox {
            id: MailboxId(id),
            name: name.to_owned(),
            role: None,
            total: 0,
            unseen: 0,
        };
        let all = [(1, "Home"), (2, "Home/House"), (3, "Home/House/Roof"), (4, "Homework"), (5, "Old/Home")].map(named);
        let names: Vec<_> = deepest_first(&all, &all[0]).into_iter().map(|folder| folder.name).collect();
        assert_eq!(names, ["Home/House/Roof", "Home/House", "Home"]);
    }
}
