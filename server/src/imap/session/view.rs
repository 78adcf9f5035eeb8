//! The selected mailbox as its client knows it: a frozen list of UIDs, the place of each being its sequence number, and what
//! must be told to bring the client up to the store.
//!
//! Invariants: UIDs rise; the list changes in [`View::advance`] only, and whatever it changes it says; a message that is
//! gone keeps its number until it may be told; what a client has been told already (the answer to its own STORE) is not told
//! again.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::api::mailbox::MailboxId;

use crate::imap::wire::sequence::SequenceSet;
use crate::store::flags::{FlagBits, Keywords};
use crate::store::messages::MessageRecord;

use super::recents::{Claim, Recents};
use super::refusal::Refusal;

/// The selected mailbox.
#[derive(Debug)]
pub(super) struct View {
    pub(super) mailbox: MailboxId,
    pub(super) read_only: bool,
    /// Shared with all views that know the same.
    uids: Arc<Vec<u32>>,
    uid_next: u32,
    /// Arrivals and flags are told up to here.
    modseq: u64,
    /// Expunges are told up to here.
    gone_modseq: u64,
    /// Messages whose state the client was told out of turn, with the MODSEQ of that state.
    told: BTreeMap<u32, u64>,
    /// The keywords that were announced as those of the mailbox.
    keywords: Keywords,
    recents: Recents,
    /// What SEARCH saved for `$`.
    saved: Vec<u32>,
    /// Messages that the client put there itself and was not told of.
    own: Vec<u32>,
    /// The highest MODSEQ that the client was shown, which may be ahead of what it was told.
    shown: u64,
    /// The client must hear up to where it is told, before it concludes that from the MODSEQs that it was shown.
    mark_is_due: bool,
    /// How many messages there are was last told within the answer to something else.
    count_told_aside: bool,
}

/// What the store has that a view may not: one snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct News {
    /// All UIDs, rising.
    pub(super) uids: Arc<Vec<u32>>,
    pub(super) uid_next: u32,
    pub(super) modseq: u64,
    /// The first UID that is recent to the view's session.
    pub(super) recent: u32,
    /// UIDs that left after the view's [`Position`], rising.
    pub(super) gone: Vec<u32>,
    /// Messages that came or changed after it, by rising UID.
    pub(super) changed: Vec<MessageRecord>,
}

/// Up to where a view has told its client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Position {
    pub(super) modseq: u64,
    pub(super) gone_modseq: u64,
}

/// Something to tell the client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Update {
    /// These messages are gone, the last one first, so that each number is what it was; those after them move up.
    Gone(Vec<Gone>),
    /// There are so many messages.
    Exists(u32),
    /// So many of them are recent.
    Recent(usize),
    /// The mailbox has keywords that were not announced.
    Keywords(Keywords),
    /// The flags of a message are these.
    Flags { number: u32, message: MessageRecord },
}

/// A message that is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Gone {
    pub(super) number: u32,
    pub(super) uid: u32,
}

impl View {
    /// A view that knows what its client is told when it selects the mailbox: the news of a view that knows nothing.
    pub(super) fn new(mailbox: MailboxId, read_only: bool, claim: Claim, news: News, keywords: Keywords) -> Self {
        let News { uids, uid_next, modseq, recent, .. } = news;
        let mut recents = Recents::new(claim);
        recents.add(recent..uid_next);
        Self {
            mailbox,
            read_only,
            uids,
            uid_next,
            modseq,
            gone_modseq: modseq,
            told: BTreeMap::new(),
            keywords,
            recents,
            saved: Vec::new(),
            own: Vec::new(),
            shown: 0,
            mark_is_due: false,
            count_told_aside: false,
        }
    }

    /// Notes how the client was last told how many messages there are: within the answer to something else, or where it
    /// listens. Answers how it was told before.
    pub(super) fn count_told(&mut self, aside: bool) -> bool {
        std::mem::replace(&mut self.count_told_aside, aside)
    }

    pub(super) fn position(&self) -> Position {
        Position { modseq: self.modseq, gone_modseq: self.gone_modseq }
    }

    /// Whether expunges are known of that could not be told yet.
    pub(super) fn holds_back(&self) -> bool {
        self.gone_modseq < self.modseq
    }

    /// Notes that the client put these messages there itself.
    pub(super) fn put_there(&mut self, uids: impl IntoIterator<Item = u32>) {
        self.own.extend(uids);
    }

    /// Those of the news that came and that the client did not put there itself.
    pub(super) fn unknown(&self, news: &News) -> Vec<MessageRecord> {
        let new =
            news.changed.iter().filter(|message| message.uid >= self.uid_next && !self.own.contains(&message.uid));
        new.cloned().collect()
    }

    /// Notes that the client was shown this MODSEQ.
    pub(super) fn shown(&mut self, modseq: u64) {
        self.shown = self.shown.max(modseq);
    }

    /// Whether the client was shown a MODSEQ beyond what it was told.
    pub(super) fn is_behind_what_was_shown(&self) -> bool {
        self.shown > self.modseq
    }

    /// Up to where everything has been told, expunges included (RFC 7162 §3.1.2.1, §3.2).
    pub(super) fn mark(&self) -> u64 {
        self.modseq.min(self.gone_modseq)
    }

    /// The mark, where the client cannot conclude it from what it was shown: after it was told of expunges, and as long as
    /// such are held back, or other changes are that are older than what it was shown.
    pub(super) fn take_due_mark(&mut self) -> Option<u64> {
        let is_due = std::mem::take(&mut self.mark_is_due);
        (is_due || self.holds_back() || self.is_behind_what_was_shown()).then(|| self.mark())
    }

    /// The UIDs among these, which rise, that the set names and that the client does not have. `*` is the last UID there was.
    pub(super) fn named_but_unknown(&self, set: Option<&SequenceSet>, uids: Vec<u32>) -> Vec<u32> {
        let last_ever = self.uid_next.saturating_sub(1);
        let ranges = set.map_or_else(|| vec![(1, u32::MAX)], |set| set.numbers(last_ever).unwrap_or_default());
        let mut unknown = uids;
        unknown.retain(|uid| {
            let at = ranges.partition_point(|(_, last)| last < uid);
            ranges.get(at).is_some_and(|(first, _)| first <= uid) && self.number_of(*uid).is_none()
        });
        unknown
    }

    /// How many messages the client knows.
    pub(super) fn exists(&self) -> u32 {
        number(self.uids.len())
    }

    /// How its session comes to recent messages.
    pub(super) fn claim(&self) -> Claim {
        self.recents.claim
    }

    /// How many messages are recent, where the client was told another number.
    pub(super) fn tell_recent(&mut self) -> Option<Update> {
        self.recents.tell(&self.uids).map(Update::Recent)
    }

    /// The UIDs of the recent messages, rising.
    pub(super) fn recent(&self) -> Vec<u32> {
        self.recents.among(&self.uids).collect::<Vec<_>>().concat()
    }

    /// Adds to a message what the store does not know of it: whether it is recent to this session.
    pub(super) fn mark_recent(&self, message: &mut MessageRecord) {
        if self.recents.has(message.uid) {
            message.flags = message.flags.with(FlagBits::RECENT);
        }
    }

    /// What tells a message's flags; `None` where the client does not know it.
    pub(super) fn flags(&self, mut message: MessageRecord) -> Option<Update> {
        let number = self.number_of(message.uid)?;
        self.mark_recent(&mut message);
        Some(Update::Flags { number, message })
    }

    /// The number of a message.
    pub(super) fn number_of(&self, uid: u32) -> Option<u32> {
        self.uids.binary_search(&uid).ok().map(|at| number(at + 1))
    }

    /// All UIDs that the client knows, rising.
    pub(super) fn all(&self) -> Vec<u32> {
        self.uids.to_vec()
    }

    /// The UIDs of the messages that a set names, rising. UIDs that nothing has are passed over.
    ///
    /// # Errors
    /// Where a sequence number is named that no message has (RFC 9051 §9 `seq-number`).
    pub(super) fn named(&self, set: &SequenceSet, by_uid: bool) -> Result<Vec<u32>, Refusal> {
        let there = 1..=self.exists();
        let is_there = |(first, last): &(u32, u32)| there.contains(first) && there.contains(last);
        if !by_uid && set.numbers(self.exists()).is_some_and(|ranges| !ranges.iter().all(is_there)) {
            return Err(Refusal::Bad("there is no message of this number"));
        }
        Ok(self.found(set, by_uid))
    }

    /// The same for a search, in which a number that no message has finds nothing.
    pub(super) fn found(&self, set: &SequenceSet, by_uid: bool) -> Vec<u32> {
        let last = if by_uid { self.uids.last().copied().unwrap_or_default() } else { self.exists() };
        let Some(ranges) = set.numbers(last) else {
            return self.saved.iter().copied().filter(|uid| self.number_of(*uid).is_some()).collect();
        };
        let mut found = Vec::new();
        for (first, last) in ranges {
            let (from, to) = if by_uid {
                (self.uids.partition_point(|uid| *uid < first), self.uids.partition_point(|uid| *uid <= last))
            } else {
                (first.saturating_sub(1) as usize, last.min(self.exists()) as usize)
            };
            found.extend_from_slice(self.uids.get(from..to).unwrap_or_default());
        }
        found
    }

    /// Keeps what SEARCH found, for `$`.
    pub(super) fn save(&mut self, uids: Vec<u32>) {
        self.saved = uids;
    }

    /// Notes that the client knows the message as it is now.
    pub(super) fn told(&mut self, message: &MessageRecord) {
        self.told.insert(message.uid, message.modseq);
    }

    /// Whether a message that was last changed then changed without the client having been told.
    pub(super) fn has_untold(&self, uid: u32, modseq: u64) -> bool {
        modseq > self.modseq && self.told.get(&uid) != Some(&modseq)
    }

    /// Keywords that the client was not told to be the mailbox's.
    pub(super) fn announce(&mut self, keywords: &Keywords) -> Option<Update> {
        if keywords.as_str().is_empty() {
            return None;
        }
        let all = self.keywords.with(keywords);
        if all == self.keywords {
            return None;
        }
        self.keywords = all.clone();
        Some(Update::Keywords(all))
    }

    /// Takes news in; answers what the client must be told, in that order. Without `tell_gone`, messages that are gone keep
    /// their numbers until another time.
    pub(super) fn advance(&mut self, news: &News, tell_gone: bool) -> Vec<Update> {
        let mut updates = Vec::new();
        let gone = if tell_gone { news.gone.as_slice() } else { &[] };
        let numbers = gone.iter().filter_map(|uid| self.number_of(*uid).map(|number| (number, *uid))).collect();
        self.tell_numbers(numbers, &mut updates);
        if tell_gone || news.gone.iter().all(|uid| self.number_of(*uid).is_none()) {
            self.gone_modseq = news.modseq;
        }
        let first_new = news.changed.partition_point(|message| message.uid < self.uid_next);
        let (changed, new) = news.changed.split_at(first_new);
        let came = || new.iter().map(|message| message.uid);
        if tell_gone {
            let stayed = self.uids.iter().copied().filter(|uid| gone.binary_search(uid).is_err());
            debug_assert!(stayed.chain(came()).eq(news.uids.iter().copied()), "what is told adds up to what there is");
            self.uids = Arc::clone(&news.uids);
        } else if !new.is_empty() {
            Arc::make_mut(&mut self.uids).extend(came());
        }
        debug_assert!(self.uids.is_sorted(), "UIDs rise");
        self.recents.add(news.recent.max(self.uid_next)..news.uid_next);
        if !new.is_empty() {
            updates.push(Update::Exists(self.exists()));
        }
        updates.extend(self.tell_recent());
        for message in changed {
            let Some(told) = self.flags(message.clone()) else { continue };
            if self.told.get(&message.uid) != Some(&message.modseq) {
                updates.extend(self.announce(&message.keywords));
                updates.push(told);
            }
        }
        // What was told out of turn is no newer than this snapshot.
        self.told.clear();
        self.own.clear();
        (self.uid_next, self.modseq) = (news.uid_next, news.modseq);
        updates
    }

    /// The mailbox itself is gone, and with it every message.
    pub(super) fn empty(&mut self, tell_gone: bool) -> Vec<Update> {
        let mut updates = Vec::new();
        if tell_gone {
            let all = std::mem::take(&mut self.uids);
            self.tell_numbers((1..).zip(all.iter().copied()).collect(), &mut updates);
        }
        updates
    }

    fn tell_numbers(&mut self, numbers: Vec<(u32, u32)>, updates: &mut Vec<Update>) {
        if !numbers.is_empty() {
            self.mark_is_due = true;
            updates.push(Update::Gone(numbers.into_iter().rev().map(|(number, uid)| Gone { number, uid }).collect()));
        }
    }
}

/// A count of messages; a mailbox holds fewer than there are UIDs.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
