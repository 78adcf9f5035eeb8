//! One letter being written.

use leptos::prelude::*;
use shared::api::Timestamp;
use shared::api::letter::LetterId;
use shared::api::mailbox::MessageId;
use shared::api::submit::Answered;
use web_sys::File;

use super::Failure;
use super::letters::{ENCLOSED_BYTES, is_empty};
use super::linking::OnTheWay;
use super::shown::Shown;
use crate::platform::random;
use crate::worker::protocol::linking::Unsealed;
use crate::worker::protocol::reading::Person;
use crate::worker::protocol::writing::{Enclosure, Letter, Recipient};

/// Which of the open letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftKey(pub u32);

/// How far a letter is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saved {
    /// Nothing was written yet.
    #[default]
    Empty,
    /// There are changes that are not saved yet.
    Changed,
    /// It is being saved.
    Saving,
    /// All of it is saved since then.
    At(Timestamp),
    /// It is saved since then without some of its files: the box takes no more.
    Partly(Timestamp),
    /// It could not be saved; it is tried again.
    Failed(Failure),
}

/// How far the sending of a letter is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Dispatch {
    /// Not begun.
    #[default]
    Idle,
    /// It is being sealed.
    Sealing,
    /// It is being sent to the box: from 0 to 1.
    Uploading(f64),
    /// The box is asked to give it back.
    TakingBack,
    /// It did not work; the letter is still there.
    Failed(Failure),
}

impl Dispatch {
    /// Whether the letter is on its way out.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Sealing | Self::Uploading(_) | Self::TakingBack)
    }
}

/// A file on its way into a letter: it is still being read, perhaps from far away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Which.
    pub key: u32,
    /// Its name.
    pub name: String,
    /// How many octets it has.
    pub octets: u64,
}

/// Where somebody writes in a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The id of the field.
    pub field: String,
    /// From where to where something is selected in it, in units of the browser (UTF-16); `None`: as the field has it.
    pub selection: Option<(u32, u32)>,
}

/// A letter being written. The page binds to its signals; changing one starts the clock of the autosave.
#[derive(Clone, Copy)]
pub struct Draft {
    /// Which.
    pub key: DraftKey,
    /// Recipients; addresses may be anything that was typed.
    pub to: RwSignal<Vec<Person>>,
    /// Those who get a copy.
    pub cc: RwSignal<Vec<Person>>,
    /// Those who get a copy unseen.
    pub bcc: RwSignal<Vec<Person>>,
    /// The subject.
    pub subject: RwSignal<String>,
    /// The text.
    pub text: RwSignal<String>,
    /// What is enclosed.
    pub enclosures: RwSignal<Vec<Enclosure>>,
    /// What is to be enclosed and still being read; until then the letter is neither sent nor closed.
    pub coming: RwSignal<Vec<Coming>>,
    /// How far it is saved.
    pub saved: Memo<Saved>,
    /// What it answers or passes on.
    pub answers: RwSignal<Option<Answered>>,
    /// The Message-ID that it answers.
    pub in_reply_to: RwSignal<Option<String>>,
    /// The conversation before.
    pub references: RwSignal<Vec<String>>,
    /// Whether it answers a letter that came sealed.
    pub after_sealed: bool,
    /// How it reaches those whom it cannot be sealed for.
    pub unsealed: RwSignal<Unsealed>,
    /// Files that are too large for a mail: they go behind a link, and are not saved with it.
    pub large: RwSignal<Vec<File>, LocalStorage>,
    /// The draft on the box that it is saved as.
    pub message: RwSignal<Option<MessageId>>,
    /// Whether the draft that it was saved as has gone, and not by this window: it was changed or sent elsewhere.
    pub left_behind: RwSignal<bool>,
    /// Where somebody writes in it.
    pub spot: StoredValue<Option<Spot>>,
    pub(super) kept: RwSignal<Kept>,
    pub(super) dispatch: Shown<Dispatch>,
    /// The name under which the box knows it.
    pub(super) id: StoredValue<LetterId>,
    /// What of it is on its way behind links.
    pub(super) on_the_way: StoredValue<Option<OnTheWay>>,
    tried: StoredValue<Tried>,
    last_coming: StoredValue<u32>,
}

/// The form in which a letter was handed in last; the box may have taken it.
#[derive(Clone, Debug, Default)]
struct Tried {
    attempt: u32,
    letter: Letter,
    recipients: Vec<Recipient>,
    large: Vec<LargeMark>,
}

/// What tells a large file from another: name, octets, and when it was changed last, in milliseconds. The browser reads none that was
/// changed since it was chosen.
type LargeMark = (String, u64, i64);

/// What is known to be safe.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// The letter as it was saved last, or as it began.
    pub(super) letter: Letter,
    /// Since when it is saved.
    pub(super) at: Option<Timestamp>,
    /// Whether it is being saved.
    pub(super) saving: bool,
    /// Why the last try failed.
    pub(super) failure: Option<Failure>,
    /// The files that are not saved with it, because the box takes no more.
    pub(super) left_out: Vec<String>,
}

impl Draft {
    /// Begins with a letter; `kept` is what of it needs no saving. The owner of its signals must live as long as the page.
    pub(super) fn new(key: DraftKey, letter: Letter, kept: Kept) -> Self {
        let Letter { to, cc, bcc, subject, text, enclosures, in_reply_to, references, after_sealed, unsealed } = letter;
        let kept = RwSignal::new(kept);
        let (to, cc, bcc) = (RwSignal::new(to), RwSignal::new(cc), RwSignal::new(bcc));
        let (subject, text, enclosures) = (RwSignal::new(subject), RwSignal::new(text), RwSignal::new(enclosures));
        let unsealed = RwSignal::new(unsealed);
        let large = RwSignal::new_local(Vec::new());
        let same = move |kept: &Kept| {
            // Reads all, so that the memo hears of every one.
            let people = to.with(|to| *to == kept.letter.to)
                & cc.with(|cc| *cc == kept.letter.cc)
                & bcc.with(|bcc| *bcc == kept.letter.bcc);
            let words =
                subject.with(|subject| *subject == kept.letter.subject) & text.with(|text| *text == kept.letter.text);
            let way = unsealed.with(|unsealed| *unsealed == kept.letter.unsealed);
            people & words & way & enclosures.with(|enclosures| *enclosures == kept.letter.enclosures)
        };
        Self {
            key,
            to,
            cc,
            bcc,
            subject,
            text,
            enclosures,
            coming: RwSignal::default(),
            saved: Memo::new(move |_| kept.with(|kept| saved(kept, same(kept), !large.with(Vec::is_empty)))),
            answers: RwSignal::new(None),
            in_reply_to: RwSignal::new(in_reply_to),
            references: RwSignal::new(references),
            after_sealed,
            unsealed,
            large,
            message: RwSignal::new(None),
            left_behind: RwSignal::new(false),
            spot: StoredValue::new(None),
            kept,
            dispatch: Shown::default(),
            id: StoredValue::new(LetterId(random::bytes())),
            on_the_way: StoredValue::new(None),
            tried: StoredValue::default(),
            last_coming: StoredValue::new(0),
        }
    }

    /// The letter as it is now.
    pub(super) fn letter(&self) -> Letter {
        Letter {
            to: self.to.get_untracked(),
            cc: self.cc.get_untracked(),
            bcc: self.bcc.get_untracked(),
            subject: self.subject.get_untracked(),
            text: self.text.get_untracked(),
            enclosures: self.enclosures.get_untracked(),
            in_reply_to: self.in_reply_to.get_untracked(),
            references: self.references.get_untracked(),
            after_sealed: self.after_sealed,
            unsealed: self.unsealed.get_untracked(),
        }
    }

    /// Whether something of it is not saved that somebody would miss.
    pub(super) fn needs_saving(&self) -> bool {
        let letter = self.letter();
        let is_same = self.kept.with_untracked(|kept| kept.letter == letter);
        let was_saved = self.message.with_untracked(Option::is_some);
        !is_same && (was_saved || !is_empty(&letter))
    }

    /// Has the letter wait for a file of so many octets; the answer names it.
    pub fn wait_for(&self, name: String, octets: u64) -> u32 {
        let key = self.last_coming.try_update_value(|last| {
            *last = last.wrapping_add(1);
            *last
        });
        let key = key.unwrap_or_default();
        self.coming.update(|coming| coming.push(Coming { key, name, octets }));
        key
    }

    /// It waits for this file no more; answers whether it did.
    pub fn wait_no_more(&self, key: u32) -> bool {
        let take = |coming: &mut Vec<Coming>| {
            let before = coming.len();
            coming.retain(|one| one.key != key);
            coming.len() < before
        };
        self.coming.try_update(take).unwrap_or_default()
    }

    /// Whether a file that it is to have is still being read.
    pub(super) fn is_waiting(&self) -> bool {
        self.coming.with_untracked(|coming| !coming.is_empty())
    }

    /// Octets of all enclosures, those that are still being read included. Tracks.
    #[must_use]
    pub fn enclosed(&self) -> u64 {
        let octets = |enclosure: &Enclosure| u64::try_from(enclosure.bytes.len()).unwrap_or(u64::MAX);
        self.enclosures.with(|all| all.iter().map(octets).sum::<u64>())
            + self.coming.with(|coming| coming.iter().map(|one| one.octets).sum::<u64>())
    }

    /// Whether it has files that cannot be saved with it: too large for a mail, or too many.
    pub(super) fn is_too_large(&self) -> bool {
        untrack(|| self.enclosed()) > ENCLOSED_BYTES || self.large.with_untracked(|large| !large.is_empty())
    }

    /// Whether it is on its way out.
    pub fn is_leaving(&self) -> bool {
        self.dispatch.with_untracked(Dispatch::is_under_way)
    }

    /// The number of the form in which it is handed in now: the same as before where nothing was changed.
    pub(super) fn attempt(&self, letter: &Letter, recipients: &[Recipient]) -> u32 {
        let mark = |file: &File| (file.name(), file.size() as u64, file.last_modified() as i64);
        let large: Vec<LargeMark> = self.large.with_untracked(|large| large.iter().map(mark).collect());
        let next = |tried: &mut Tried| {
            if tried.attempt == 0 || tried.letter != *letter || tried.recipients != recipients || tried.large != large {
                let attempt = tried.attempt.saturating_add(1);
                *tried = Tried { attempt, letter: letter.clone(), recipients: recipients.to_vec(), large };
            }
            tried.attempt
        };
        self.tried.try_update_value(next).unwrap_or_default()
    }

    /// It is another letter for the box from now on: what it was has left.
    pub(super) fn begin_anew(&self) {
        self.id.set_value(LetterId(random::bytes()));
        self.tried.set_value(Tried::default());
    }

    /// Forgets what is written in it.
    pub(super) fn wipe(&self) {
        self.kept.set(Kept::default());
        self.tried.set_value(Tried::default());
        for people in [self.to, self.cc, self.bcc] {
            people.set(Vec::new());
        }
        self.subject.set(String::new());
        self.text.set(String::new());
        self.enclosures.set(Vec::new());
        self.unsealed.set(Unsealed::default());
        self.large.set(Vec::new());
        if let Some(given_up) = self.on_the_way.try_update_value(Option::take).flatten() {
            given_up.give_up();
        }
        self.coming.set(Vec::new());
    }
}

fn saved(kept: &Kept, same: bool, has_large: bool) -> Saved {
    match (kept.saving, same, &kept.failure, kept.at) {
        (true, ..) => Saved::Saving,
        (false, true, _, Some(at)) if has_large || !kept.left_out.is_empty() => Saved::Partly(at),
        (false, true, _, None) if has_large => Saved::Changed,
        (false, true, _, Some(at)) => Saved::At(at),
        (false, true, _, None) => Saved::Empty,
        (false, false, Some(failure), _) => Saved::Failed(failure.clone()),
        (false, false, None, _) => Saved::Changed,
    }
}

/// When a letter is due to be saved. Ticks twice a second.
#[derive(Debug, Default)]
pub(super) struct Clock {
    quiet: u32,
    waiting: u32,
}

impl Clock {
    /// Ticks without a change after which a letter is saved: a second, for a phone may end the page as soon as it is not seen.
    const QUIET: u32 = 2;
    /// Ticks after which a letter is saved though it keeps changing, and tried again after it failed.
    const PATIENCE: u32 = 20;

    /// Half a second has passed; answers whether to save now.
    pub(super) fn tick(&mut self, needs_saving: bool, changed_since: bool, failed: bool) -> bool {
        if !needs_saving {
            *self = Self::default();
            return false;
        }
        self.waiting += 1;
        self.quiet = if changed_since { 0 } else { self.quiet + 1 };
        let is_due = self.waiting >= Self::PATIENCE || (self.quiet >= Self::QUIET && !failed);
        if is_due {
            *self = Self::default();
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_saved_a_second_after_the_last_change() {
        let mut clock = Clock::default();
        let typed = [true, true, false, false];
        assert_eq!(typed.map(|changed| clock.tick(true, changed, false)), [false, false, false, true]);
        assert!(!clock.tick(false, false, false));
    }

    #[test]
    fn a_letter_that_keeps_changing_is_saved_too() {
        let mut clock = Clock::default();
        let saves: Vec<_> = (1..=60).filter(|_| clock.tick(true, true, false)).collect();
        assert_eq!(saves, [20, 40, 60]);
    }

    #[test]
    fn what_failed_is_tried_again_but_not_every_moment() {
        let mut clock = Clock::default();
        let tries: Vec<_> = (1..=40).filter(|_| clock.tick(true, false, true)).collect();
        assert_eq!(tries, [20, 40]);
    }

    #[test]
    fn what_is_shown_follows_from_what_is_kept() {
        let at = Some(Timestamp(5));
        assert_eq!(saved(&Kept::default(), true, false), Saved::Empty);
        assert_eq!(saved(&Kept::default(), false, false), Saved::Changed);
        assert_eq!(saved(&Kept { at, ..Kept::default() }, true, false), Saved::At(Timestamp(5)));
        assert_eq!(saved(&Kept { at, saving: true, ..Kept::default() }, false, false), Saved::Saving);
        let partly = Kept { at, left_out: vec!["film.mp4".to_owned()], ..Kept::default() };
        assert_eq!(saved(&partly, true, false), Saved::Partly(Timestamp(5)));
        let failed = Kept { at, failure: Some(Failure::Offline), ..Kept::default() };
        assert_eq!(saved(&failed, false, false), Saved::Failed(Failure::Offline));
    }
}
