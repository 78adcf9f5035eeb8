//! The letters being written: saved sealed a second after the last change, and when the page is not seen any more.
//!
//! Invariants: a letter is saved by one request at a time, and the new form takes the old one's place in one step; what leaves
//! is not saved, closed or thrown away until it is known whether it left; what is thrown away can be brought back while its entry
//! in [`super::undo`] lives.

mod held;

use futures_util::FutureExt;
use futures_util::future::join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use shared::api::mailbox::{AppendResponse, MailboxRole, MessageId};
use shared::api::submit::Answered;
use shared::api::{EmailAddress, ErrorCode, paths};
use web_sys::File;

pub use super::draft::{Coming, Draft, DraftKey, Saved, Spot};
pub use super::letters::{Answer, ENCLOSED_BYTES};

use self::held::Held;
use super::Failure;
use super::draft::{Clock, Dispatch, Kept};
use super::letters;
use super::messages::{Messages, use_messages};
use super::session;
use super::shown::Shown;
use super::undo::{Deed, Notice, UNDO_SECONDS};
use crate::platform::buffer::Buffer;
use crate::platform::{page, time, upload};
use crate::worker::protocol::Priority;
use crate::worker::protocol::linking::LinkTerms;
use crate::worker::protocol::reading::MessageView;
use crate::worker::protocol::writing::{Letter, SealDraft};

/// Distance between two looks at a letter, milliseconds.
const LOOK_MS: u32 = 500;
/// Distance between two looks whether a letter has been saved, milliseconds.
const WAIT_MS: u32 = 100;

/// The letters being written.
#[derive(Clone, Copy)]
pub struct Drafts {
    open: Shown<Vec<Draft>>,
    last: StoredValue<u32>,
    owner: StoredValue<Owner>,
    messages: Messages,
    /// Closed, and being saved for the last time.
    closing: RwSignal<Vec<Draft>>,
    held: StoredValue<Vec<Held>>,
    posting: StoredValue<bool>,
}

/// Provides the letters.
pub fn provide_drafts() {
    let messages = use_messages();
    let drafts = Drafts {
        open: Shown::default(),
        last: StoredValue::new(0),
        owner: StoredValue::new(Owner::current().unwrap_or_default()),
        messages,
        closing: RwSignal::default(),
        held: StoredValue::default(),
        posting: StoredValue::new(false),
    };
    provide_context(drafts);
    drafts.guard_held();
    // A phone may end a page that is not seen, and what failed without the network need not wait when it is back. They live as long
    // as the page.
    let save_unseen = move || {
        if !page::is_visible() {
            drafts.save_open();
        }
    };
    StoredValue::new_local((page::on_visibility(save_unseen), page::on_online(move || drafts.save_open())));
    messages.session.save_before_end(move || drafts.save_all().boxed_local());
}

/// The letters being written.
#[must_use]
pub fn use_drafts() -> Drafts {
    expect_context()
}

impl Drafts {
    /// Those that are open, oldest first.
    #[must_use]
    pub fn open(&self) -> Signal<Vec<Draft>> {
        self.open.readers()
    }

    /// Begins a new one, with what is known of it.
    pub fn begin(&self, letter: Letter) -> Draft {
        let kept = Kept { letter: letter.clone(), ..Kept::default() };
        self.add(letter, kept, None, None)
    }

    /// Begins an answer. `quote` is the text that it begins with (the page writes it: who wrote when, in the person's
    /// language, and the quoted lines), `subject` its subject ("Re: …").
    pub fn answer(
        &self,
        message: MessageId,
        view: &MessageView,
        kind: Answer,
        subject: String,
        quote: String,
    ) -> Draft {
        let account = self.messages.session.account().get_untracked();
        let letter = match account {
            Some(account) => letters::answer(view, kind, &account.address, subject, quote),
            None => Letter { subject, text: quote, ..Letter::default() },
        };
        let kept = Kept { letter: letter.clone(), ..Kept::default() };
        self.add(letter, kept, Some(Answered { message, forward: kind == Answer::Forward }), None)
    }

    /// Whether something that was written would be lost if the page went away now.
    pub fn would_lose(&self) -> bool {
        let is_safe = |draft: &Draft| {
            draft.coming.with_untracked(Vec::is_empty)
                && matches!(draft.saved.get_untracked(), Saved::Empty | Saved::At(_))
        };
        [self.open.get_untracked(), self.closing.get_untracked()].iter().flatten().any(|draft| !is_safe(draft))
    }

    /// Goes on with a draft that lies in the mailbox of drafts; the one that is open already, where it is.
    pub fn resume(&self, message: MessageId, view: &MessageView) -> Draft {
        let is_it = |draft: &&Draft| draft.message.get_untracked() == Some(message);
        if let Some(open) = self.open.with_untracked(|open| open.iter().find(is_it).copied()) {
            return open;
        }
        let letter = letters::resume(view);
        let kept = Kept { letter: letter.clone(), at: Some(view.date.unwrap_or_else(time::now)), ..Kept::default() };
        self.add(letter, kept, view.draft.answers, Some(message))
    }

    /// Begins a letter that was sent behind a link once more, for one of its readers, with a link like this.
    pub fn again(&self, view: &MessageView, recipient: &EmailAddress, terms: LinkTerms) -> Draft {
        self.begin(letters::again(view, recipient, terms))
    }

    /// Saves now, and closes it here; it stays in the mailbox of drafts. Does nothing to a letter that is on its way out, waits for
    /// a file, or has more files than can be saved.
    pub fn close(&self, key: DraftKey) {
        let Some(draft) = self.take_idle(key, |draft| draft.is_waiting() || draft.is_too_large()) else { return };
        let drafts = *self;
        drafts.closing.update(|closing| closing.push(draft));
        spawn_local(async move {
            let saved = drafts.save_now(draft).await;
            if !drafts.closes_no_more(draft.key) {
                // The mailbox was closed meanwhile; what was not saved was held.
                return;
            }
            match saved {
                Ok(()) => {
                    match draft.message.get_untracked() {
                        Some(_) => drafts.messages.undo.tell(Notice::InDrafts { count: 1 }),
                        // An answer in which nothing was written.
                        None if !letters::is_empty(&draft.letter()) && !draft.left_behind.get_untracked() => {
                            drafts.messages.undo.tell(Notice::NothingKept);
                        }
                        None => {}
                    }
                    draft.wipe();
                }
                Err(failure) => {
                    drafts.put_back(draft);
                    drafts.messages.undo.tell(Notice::Failed(failure));
                }
            }
        });
    }

    /// These messages have gone from their mailbox. What is being written and was saved as one of them has been changed, sent or thrown
    /// away elsewhere; what is saved of it from now on is a draft of its own.
    pub(super) fn gone(&self, messages: &[MessageId]) {
        let is_gone = |draft: &&Draft| {
            // What is saved anew takes the place of the one before, which goes by that; also where the answer was lost.
            let saving = draft.kept.with_untracked(|kept| kept.saving || kept.failure.is_some()) || draft.is_leaving();
            !saving && draft.message.get_untracked().is_some_and(|saved| messages.contains(&saved))
        };
        let gone: Vec<Draft> = self.open.with_untracked(|open| open.iter().filter(is_gone).copied().collect());
        for draft in gone {
            draft.left_behind.set(true);
            // Nothing of it is saved any more.
            draft.message.set(None);
            draft.kept.update(|kept| kept.at = None);
        }
    }

    /// Takes a letter out of those that are being closed; answers `false` where the mailbox was closed before.
    fn closes_no_more(&self, key: DraftKey) -> bool {
        let take = |closing: &mut Vec<Draft>| {
            let before = closing.len();
            closing.retain(|draft| draft.key != key);
            closing.len() < before
        };
        self.closing.try_update(take).unwrap_or_default()
    }

    /// Throws it away; can be undone. Does nothing to a letter that is on its way out.
    pub fn discard(&self, key: DraftKey) {
        let Some(draft) = self.take_idle(key, |_| false) else { return };
        let drafts = *self;
        spawn_local(async move {
            drafts.saving_is_over(draft).await;
            let letter = draft.letter();
            let large = SendWrapper::new(draft.large.get_untracked());
            let (message, answers) = (draft.message.get_untracked(), draft.answers.get_untracked());
            let trashed = match message {
                Some(message) => drafts.move_to(message, MailboxRole::Trash).await,
                None => Ok(None),
            };
            if !drafts.messages.session.is_open().get_untracked() {
                // It was thrown away, and nobody is there to be told of it.
                return draft.wipe();
            }
            match trashed {
                Ok(_) if message.is_none() && letters::is_empty(&letter) => {}
                Ok(trashed) => {
                    let until = time::now().plus(UNDO_SECONDS);
                    let revert = move || spawn_local(drafts.bring_back(letter, answers, trashed, large.take()));
                    drafts.messages.undo.add(Deed::Discarded, until, revert);
                    draft.wipe();
                }
                Err(failure) => {
                    drafts.put_back(draft);
                    drafts.messages.undo.tell(Notice::Failed(failure));
                }
            }
        });
    }

    /// Saves now.
    pub fn save(&self, key: DraftKey) {
        let draft = self.open.with_untracked(|open| open.iter().find(|draft| draft.key == key).copied());
        if let Some(draft) = draft {
            let drafts = *self;
            spawn_local(async move {
                // A failure stands in the draft's own signal.
                let _ = drafts.save_now(draft).await;
            });
        }
    }

    /// Saves all that are open now, without waiting for a pause.
    pub(super) fn save_open(&self) {
        self.open.get_untracked().iter().for_each(|draft| self.save(draft.key));
    }

    /// Opens a letter that is not saved anywhere.
    pub(super) fn reopen(&self, letter: Letter, answers: Option<Answered>) -> Draft {
        self.add(letter, Kept::default(), answers, None)
    }

    /// Closes a letter that has left.
    pub(super) fn sent(&self, draft: Draft) {
        self.take(draft.key);
        self.hold_no_more(draft.key);
        // Whoever waits for it to leave has waited enough.
        draft.dispatch.set(Dispatch::Idle);
        draft.wipe();
    }

    /// Waits until a letter is not being saved.
    pub(super) async fn saving_is_over(&self, draft: Draft) {
        while draft.kept.with_untracked(|kept| kept.saving) {
            time::sleep(WAIT_MS).await;
        }
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        let (open, closing) = (self.open.get_untracked(), self.closing.get_untracked());
        self.open.set(Vec::new());
        self.closing.set(Vec::new());
        open.iter().chain(&closing).for_each(Draft::wipe);
    }

    fn add(&self, letter: Letter, kept: Kept, answers: Option<Answered>, message: Option<MessageId>) -> Draft {
        let key = DraftKey(self.last.get_value().wrapping_add(1));
        self.last.set_value(key.0);
        // The letter outlives the component that began it.
        let draft = self.owner.get_value().with(|| Draft::new(key, letter, kept));
        draft.answers.set(answers);
        draft.message.set(message);
        self.put_back(draft);
        draft
    }

    fn put_back(&self, draft: Draft) {
        self.open.update(|open| open.push(draft));
        spawn_local(self.autosave(draft));
    }

    fn take_idle(&self, key: DraftKey, stays: impl Fn(&Draft) -> bool) -> Option<Draft> {
        let must_stay = |draft: &Draft| draft.key == key && (draft.is_leaving() || stays(draft));
        let may_go = self.open.with_untracked(|open| !open.iter().any(must_stay));
        may_go.then(|| self.take(key)).flatten()
    }

    fn take(&self, key: DraftKey) -> Option<Draft> {
        self.open.try_update(|open| {
            let place = open.iter().position(|draft| draft.key == key)?;
            Some(open.remove(place))
        })?
    }

    fn is_open(&self, key: DraftKey) -> bool {
        self.open.with_untracked(|open| open.iter().any(|draft| draft.key == key))
    }

    fn is_there(&self, key: DraftKey) -> bool {
        self.is_open(key) || self.closing.with_untracked(|closing| closing.iter().any(|draft| draft.key == key))
    }

    async fn autosave(self, draft: Draft) {
        let mut clock = Clock::default();
        let mut seen = draft.letter();
        loop {
            time::sleep(LOOK_MS).await;
            if !self.is_open(draft.key) {
                return;
            }
            let letter = draft.letter();
            let needs_saving = draft.needs_saving() && !draft.is_leaving();
            let failed = draft.kept.with_untracked(|kept| kept.failure.is_some());
            if clock.tick(needs_saving, letter != seen, failed && letter == seen) {
                // A failure stands in the draft's own signal.
                let _ = self.save_now(draft).await;
            }
            seen = letter;
        }
    }

    async fn save_all(self) -> session::Kept {
        let open = self.open.get_untracked().into_iter().chain(self.closing.get_untracked());
        let kept = join_all(open.map(|draft| self.save_or_hold(draft))).await;
        kept.into_iter().max().unwrap_or_default()
    }

    /// Saves a letter; one that is on its way out is waited for. Answers whether nothing of it can be lost any more.
    async fn settle(&self, draft: Draft) -> bool {
        while draft.is_leaving() {
            time::sleep(WAIT_MS).await;
        }
        // What has left is not saved; a file that is still being read is not in what is.
        let is_whole = || !draft.is_waiting() && draft.kept.with_untracked(|kept| kept.left_out.is_empty());
        !self.is_there(draft.key) || (self.save_now(draft).await.is_ok() && is_whole())
    }

    async fn save_now(&self, draft: Draft) -> Result<(), Failure> {
        self.saving_is_over(draft).await;
        if !draft.needs_saving() || draft.is_leaving() {
            return Ok(());
        }
        draft.kept.update(|kept| kept.saving = true);
        let letter = draft.letter();
        let (whole_enough, left_out) = letters::that_fits(letter.clone());
        let filed = self.file(draft, whole_enough).await;
        draft.kept.update(|kept| kept.saving = false);
        match filed {
            Ok(id) => {
                draft.message.set(Some(id));
                draft.kept.set(Kept { letter, at: Some(time::now()), left_out, ..Kept::default() });
                Ok(())
            }
            Err(failure) => {
                draft.kept.update(|kept| kept.failure = Some(failure.clone()));
                Err(failure)
            }
        }
    }

    async fn file(&self, draft: Draft, letter: Letter) -> Result<MessageId, Failure> {
        let sealed = self.messages.session.ask(self.sealing(draft, letter), Priority::Later).await?;
        Ok(self.post(&sealed.frame).await?.id)
    }

    fn sealing(&self, draft: Draft, letter: Letter) -> SealDraft {
        SealDraft {
            letter,
            now: time::now(),
            id: draft.id.get_value(),
            answers: draft.answers.get_untracked(),
            replaces: draft.message.get_untracked(),
        }
    }

    async fn post(&self, frame: &Buffer) -> Result<AppendResponse, Failure> {
        let mailbox = self.mailbox(MailboxRole::Drafts).await?;
        let answer = upload::post_frame(&paths::mailbox_messages(mailbox), frame, |_| ()).await;
        self.messages.session.heard(answer)
    }

    async fn mailbox(&self, role: MailboxRole) -> Result<shared::api::mailbox::MailboxId, Failure> {
        let mailboxes = self.messages.mailboxes;
        if mailboxes.id_of(role).is_none() {
            mailboxes.load().await?;
        }
        mailboxes.id_of(role).ok_or(Failure::Refused(ErrorCode::NotFound.into()))
    }

    /// Moves a message; answers its new id, `None` where it was gone already.
    async fn move_to(&self, message: MessageId, role: MailboxRole) -> Result<Option<MessageId>, Failure> {
        let to = self.mailbox(role).await?;
        let moved = self.messages.post_move(vec![message], to).await?;
        Ok(moved.first().map(|(_, new)| *new))
    }

    /// Undoes a discarding.
    async fn bring_back(self, letter: Letter, answers: Option<Answered>, trashed: Option<MessageId>, large: Vec<File>) {
        let message = match trashed {
            // Where it cannot be moved back it is saved anew.
            Some(trashed) => self.move_to(trashed, MailboxRole::Drafts).await.unwrap_or(None),
            None => None,
        };
        let kept = match message {
            Some(_) => {
                let (_, left_out) = letters::that_fits(letter.clone());
                Kept { letter: letter.clone(), at: Some(time::now()), left_out, ..Kept::default() }
            }
            None => Kept::default(),
        };
        if self.messages.session.is_open().get_untracked() {
            self.add(letter, kept, answers, message).large.set(large);
        }
    }
}
