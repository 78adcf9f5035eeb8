//! How a letter travels to each recipient, sending and taking back.
//!
//! Invariants: nothing leaves open that the page has not shown as open before: what is sent is what [`Sending::ways`] says; to
//! somebody about whom it could not be found out, it leaves open only when the person said so, having been asked; a
//! letter that cannot be sent stays as it was, open; what leaves is the letter as it was when it was sent, to whom it was for then;
//! the box holds a letter back by itself, so closing the page takes nothing back.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use shared::api::link::LettersResponse;
use shared::api::submit::{SubmissionId, SubmitResponse};
use shared::api::{ApiError, Base64, EmailAddress, ErrorCode, Timestamp, paths};
use web_sys::File;

pub use super::draft::Dispatch;
pub use super::ways::{Lock, Way, WhyOpen};

use super::Failure;
use super::certificates::{Certificates, use_certificates};
use super::drafts::{Draft, Drafts, use_drafts};
use super::letters::recipients;
use super::linking::{OnTheWay, Whole};
use super::messages::{Messages, use_messages};
use super::settings::{Settings, use_settings};
use super::shown::Shown;
use super::undo::{Deed, Notice};
use super::ways::{is_ready, lock, way};
use crate::platform::{http, time, upload};
use crate::worker::protocol::linking::{LinkTerms, LinkedLetter, Unsealed};
use crate::worker::protocol::reading::{Judgement, Person};
use crate::worker::protocol::writing::{Letter, Recipient, SealLetter};
use crate::worker::protocol::{AskError, Priority};

/// How often the box is asked once more to give a letter back, and the pause before the first of these times, which doubles,
/// milliseconds: as long as a letter is held back for.
const WITHDRAWALS: u32 = 4;
const WITHDRAWAL_MS: u32 = 1_000;

/// Sending.
#[derive(Clone, Copy)]
pub struct Sending {
    certificates: Certificates,
    drafts: Drafts,
    messages: Messages,
    settings: Settings,
    /// Who got a letter behind a link before, in canonical form; `None` until the box was asked.
    linked_before: RwSignal<Option<BTreeSet<String>>>,
    codes: Shown<Vec<Code>>,
}

/// The code that one reader of a letter is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    submission: SubmissionId,
    /// Who is to be told it: an address.
    pub reader: String,
    /// The code.
    pub code: String,
}

/// Provides sending.
pub fn provide_sending() {
    provide_context(Sending {
        certificates: use_certificates(),
        drafts: use_drafts(),
        messages: use_messages(),
        settings: use_settings(),
        linked_before: RwSignal::new(None),
        codes: Shown::default(),
    });
}

/// Sending.
#[must_use]
pub fn use_sending() -> Sending {
    expect_context()
}

impl Sending {
    /// How a letter would travel to what was typed; starts to find it out where nobody did yet. Tracks; to be called for what was
    /// entered as a recipient, not for every letter that is typed.
    #[must_use]
    pub fn way(&self, draft: Draft, typed: &str) -> Way {
        let Ok(address) = typed.parse() else { return Way::NotAnAddress };
        match way(self.certificates.of(&address)) {
            Way::Open(_) if self.terms(draft).is_some() => Way::Link,
            // Nobody's mail takes large files.
            Way::Sealed(_) | Way::Unknown if !draft.large.with(Vec::is_empty) => Way::Link,
            way => way,
        }
    }

    /// The way of each recipient of a letter, in the order To, Cc, Bcc, each once.
    #[must_use]
    pub fn ways(&self, draft: Draft) -> Memo<Vec<(String, Way)>> {
        let sending = *self;
        Memo::new(move |_| sending.ways_of(draft))
    }

    /// What the links of a letter would be like, where those whom it cannot be sealed for get one: it was chosen, or it is how it fits
    /// what was written before: an answer to a sealed letter, or somebody who got a link already. Tracks.
    #[must_use]
    pub fn terms(&self, draft: Draft) -> Option<LinkTerms> {
        let usual = || LinkTerms::usual(self.settings.language().get());
        match draft.unsealed.get() {
            Unsealed::Link(terms) => Some(terms),
            _ if !draft.large.with(Vec::is_empty) => Some(usual()),
            Unsealed::Undecided if draft.after_sealed || self.had_links(draft) => Some(usual()),
            Unsealed::Undecided | Unsealed::Open => None,
        }
    }

    /// Asks the box once who got a letter behind a link before.
    pub fn learn_who_had_links(&self) {
        let (linked_before, session) = (self.linked_before, self.messages.session);
        if linked_before.with_untracked(Option::is_some) {
            return;
        }
        linked_before.set(Some(BTreeSet::new()));
        spawn_local(async move {
            match session.heard(http::get::<LettersResponse>(paths::LETTERS).await) {
                Ok(LettersResponse { letters }) => {
                    let links = letters.into_iter().flat_map(|letter| letter.links);
                    linked_before.set(Some(links.map(|link| link.recipient.canonical().to_string()).collect()));
                }
                // Nothing is taken as usual then; the next letter asks again.
                Err(_) => linked_before.set(None),
            }
        });
    }

    /// The codes of letters that were sent, until they were noted.
    #[must_use]
    pub fn codes(&self) -> Signal<Vec<Code>> {
        self.codes.readers()
    }

    /// The codes were noted.
    pub fn codes_noted(&self) {
        self.codes.set(Vec::new());
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.codes_noted();
        self.linked_before.set(None);
    }

    fn had_links(&self, draft: Draft) -> bool {
        let (to, cc, bcc) = (draft.to.get(), draft.cc.get(), draft.bcc.get());
        let had = |before: &BTreeSet<String>, typed: &String| {
            typed.parse::<EmailAddress>().is_ok_and(|address| before.contains(address.canonical().as_str()))
        };
        self.linked_before.with(|before| {
            let before = before.as_ref().filter(|before| !before.is_empty());
            before.is_some_and(|before| recipients(&to, &cc, &bcc).iter().any(|typed| had(before, typed)))
        })
    }

    /// The lock of a letter.
    #[must_use]
    pub fn lock(&self, draft: Draft) -> Memo<Lock> {
        let sending = *self;
        Memo::new(move |_| lock(&sending.ways_of(draft)))
    }

    /// How far the sending of a letter is.
    #[must_use]
    pub fn dispatch(&self, draft: Draft) -> Signal<Dispatch> {
        draft.dispatch.readers()
    }

    /// Whether a letter is on its way to the box: it can be neither changed nor closed nor thrown away meanwhile.
    #[must_use]
    pub fn is_leaving(&self, draft: Draft) -> Memo<bool> {
        Memo::new(move |_| draft.dispatch.with(Dispatch::is_under_way))
    }

    /// Whether it makes sense to press "send" now: all files are read, not on its way already. What else is missing is said when it
    /// is pressed.
    #[must_use]
    pub fn can_try(&self, draft: Draft) -> Memo<bool> {
        Memo::new(move |_| {
            let idle = draft.dispatch.with(|dispatch| !dispatch.is_under_way());
            idle && draft.coming.with(Vec::is_empty)
        })
    }

    /// Whether somebody is still being asked about; the letter is not sent before that is known.
    #[must_use]
    pub fn is_asking(&self, draft: Draft) -> Memo<bool> {
        let sending = *self;
        Memo::new(move |_| sending.ways_of(draft).iter().any(|(_, way)| *way == Way::Asking))
    }

    /// Asks once more about those recipients of whom it is not known how a letter would travel to them.
    pub async fn ask_about_unknown(&self, draft: Draft) {
        let ways = untrack(|| self.ways_of(draft));
        let unknown = ways.iter().filter(|(_, way)| *way == Way::Unknown);
        let unknown: Vec<EmailAddress> = unknown.filter_map(|(typed, _)| typed.parse().ok()).collect();
        self.certificates.ask_now(&unknown).await;
    }

    /// Sends a letter and closes it. While the box holds it back, the entry in `undo` takes it back and opens it again. Does
    /// nothing while it cannot be sent: without recipients, or with one that is no address or being asked about. It leaves open to
    /// [`Way::Unknown`] only where `unknown_open` says that the person wants it.
    pub fn send(&self, draft: Draft, unknown_open: bool) {
        let ways = untrack(|| self.ways_of(draft));
        if draft.is_leaving() || draft.is_waiting() || !is_ready(&ways, unknown_open) {
            return;
        }
        // Header and envelope are of one moment; nothing of the letter is changed or closed from here on.
        let mut letter = draft.letter();
        if let Some(terms) = untrack(|| self.terms(draft)) {
            letter.unsealed = Unsealed::Link(terms);
        }
        draft.dispatch.set(Dispatch::Sealing);
        let sending = *self;
        spawn_local(async move {
            if let Err(failure) = sending.dispatch_now(draft, letter, &ways).await {
                if failure.code() == Some(ErrorCode::AlreadySent) {
                    draft.begin_anew();
                }
                draft.dispatch.set(Dispatch::Failed(failure));
            }
        });
    }

    /// A recipient of a letter by what was typed, with the name that stands with it.
    #[must_use]
    pub fn person(&self, draft: Draft, typed: &str) -> Person {
        let all = [draft.to, draft.cc, draft.bcc];
        let find = |people: &Vec<Person>| people.iter().find(|person| person.address == typed).cloned();
        let found = all.into_iter().find_map(|people| people.with_untracked(find));
        found.unwrap_or_else(|| Person { name: String::new(), address: typed.to_owned() })
    }

    /// Forgets what is known of an address and asks again.
    pub fn ask_again(&self, address: &EmailAddress) {
        self.certificates.forget(address);
    }

    fn ways_of(&self, draft: Draft) -> Vec<(String, Way)> {
        let (to, cc, bcc) = (draft.to.get(), draft.cc.get(), draft.bcc.get());
        recipients(&to, &cc, &bcc).into_iter().map(|typed| (typed.clone(), self.way(draft, &typed))).collect()
    }

    async fn dispatch_now(&self, draft: Draft, letter: Letter, ways: &[(String, Way)]) -> Result<(), Failure> {
        let session = self.messages.session;
        // A draft that is filed after the letter has left would stay behind.
        self.drafts.saving_is_over(draft).await;
        let (message, answers) = (draft.message.get_untracked(), draft.answers.get_untracked());
        let all = self.recipients(ways)?;
        let (id, now, attempt) = (draft.id.get_value(), time::now(), draft.attempt(&letter, &all));
        let (by_link, recipients): (Vec<_>, Vec<_>) =
            all.into_iter().zip(ways).partition(|(_, (_, way))| *way == Way::Link);
        let recipients: Vec<_> = recipients.into_iter().map(|(recipient, _)| recipient).collect();
        let sealed_notices = self.with_certificates(by_link.iter().map(|(recipient, _)| &recipient.address));
        let by_link: Vec<_> = by_link.into_iter().map(|(recipient, _)| recipient.address).collect();
        let linked = self.put_behind_links(draft, &letter, by_link, attempt, now).await?;
        draft.dispatch.set(Dispatch::Sealing);
        let addresses: Vec<_> =
            recipients.iter().chain(&sealed_notices).map(|recipient| recipient.address.clone()).collect();
        let hold_seconds = self.settings.hold_seconds().get_untracked();
        let ask = SealLetter {
            letter: letter.clone(),
            id,
            attempt,
            recipients,
            linked,
            sealed_notices,
            now,
            draft: message,
            answers,
            hold_seconds,
        };
        let sealed = session.ask(ask, Priority::Now).await.map_err(|failure| self.blamed(failure, &addresses))?;
        draft.dispatch.set(Dispatch::Uploading(0.0));
        let progress = move |part| draft.dispatch.set(Dispatch::Uploading(part));
        let answer = upload::post_frame::<SubmitResponse>(paths::SUBMIT, &sealed.frame, progress).await;
        let SubmitResponse { submission, .. } = session.heard(answer)?;
        let on_the_way = draft.on_the_way.try_update_value(Option::take).flatten();
        if !session.is_open().get_untracked() {
            // It was closed meanwhile; nothing of the letter is for who comes next. Its codes stand with it in Sent.
            return Ok(());
        }
        if let Some(sent) = on_the_way {
            let codes = sent.codes().map(|(reader, code)| Code { submission, reader, code });
            self.codes.update(|all| all.extend(codes));
            self.linked_before.update(|before| {
                before.get_or_insert_default().extend(sent.readers());
            });
        }
        let large = SendWrapper::new(draft.large.get_untracked());
        self.drafts.sent(draft);
        let sending = *self;
        let deed = Deed::Sent { subject: letter.subject.trim().to_owned() };
        let revert = move || spawn_local(sending.take_back(submission, letter, answers, large.take()));
        // When it leaves the box says by a clock of its own, which need not be this browser's.
        self.messages.undo.add(deed, time::now().plus(hold_seconds.into()), revert);
        Ok(())
    }

    /// Uploads what these recipients get behind links, or what the box does not have of it yet.
    async fn put_behind_links(
        &self,
        draft: Draft,
        letter: &Letter,
        recipients: Vec<EmailAddress>,
        attempt: u32,
        now: Timestamp,
    ) -> Result<Option<LinkedLetter>, Failure> {
        let Unsealed::Link(terms) = &letter.unsealed else { return Ok(None) };
        let before = draft.on_the_way.try_update_value(Option::take).flatten();
        let (before, given_up) = match before {
            Some(before) if before.is_of(attempt) => (Some(before), None),
            other => (None, other),
        };
        if let Some(given_up) = given_up {
            given_up.give_up();
        }
        if recipients.is_empty() {
            return Ok(None);
        }
        let session = self.messages.session;
        let large = draft.large.get_untracked();
        let whole = Whole { attempt, letter, large: &large, recipients, terms: terms.clone(), now };
        let mut on_the_way = match before {
            Some(before) => before,
            None => OnTheWay::begin(session, &whole).await?,
        };
        draft.dispatch.set(Dispatch::Uploading(0.0));
        let progress = move |part| draft.dispatch.set(Dispatch::Uploading(part));
        let uploaded = on_the_way.upload(session, &whole, progress).await;
        let linked = uploaded.is_ok().then(|| on_the_way.hand_in());
        // Where it stopped it goes on when it is sent again.
        draft.on_the_way.set_value(Some(on_the_way));
        uploaded.map(|()| linked)
    }

    /// The recipients with the certificates that the ways were shown by.
    fn recipients(&self, ways: &[(String, Way)]) -> Result<Vec<Recipient>, Failure> {
        let recipient = |(typed, way): &(String, Way)| {
            let address: EmailAddress = typed.parse().map_err(|_| ApiError::new(ErrorCode::RecipientNotValid))?;
            let certificate = match way {
                Way::Sealed(standing) => Some(self.certificate(&address, &standing.fingerprint)?),
                _ => None,
            };
            Ok(Recipient { address, certificate })
        };
        ways.iter().map(recipient).collect::<Result<_, ApiError>>().map_err(Failure::from)
    }

    /// Those whom a letter can be sealed for.
    fn with_certificates<'a>(&self, addresses: impl Iterator<Item = &'a EmailAddress>) -> Vec<Recipient> {
        let of = |address: &EmailAddress| match untrack(|| self.certificates.of(address)) {
            Some(Judgement::Usable { certificate, .. }) => {
                Some(Recipient { address: address.clone(), certificate: Some(certificate) })
            }
            _ => None,
        };
        addresses.filter_map(of).collect()
    }

    /// Says whose certificate it was that failed, and has it looked up again.
    fn blamed(&self, failure: Failure, recipients: &[EmailAddress]) -> Failure {
        match failure {
            Failure::Worker(AskError::Certificate(place)) => match recipients.get(place) {
                Some(address) => {
                    self.certificates.forget(address);
                    Failure::CannotSeal(address.clone())
                }
                None => failure,
            },
            other => other,
        }
    }

    fn certificate(&self, address: &EmailAddress, shown: &str) -> Result<Base64, ApiError> {
        match untrack(|| self.certificates.of(address)) {
            Some(Judgement::Usable { certificate, standing, .. }) if standing.fingerprint == shown => Ok(certificate),
            // It was forgotten between two moments; the page shows what is found now.
            _ => Err(ErrorCode::Busy.into()),
        }
    }

    async fn take_back(
        self,
        submission: SubmissionId,
        letter: Letter,
        answers: Option<shared::api::submit::Answered>,
        large: Vec<File>,
    ) {
        // It lies on the desk before the box is asked: once it is taken back, it is nowhere else.
        let draft = self.drafts.reopen(letter, answers);
        draft.large.set(large);
        draft.dispatch.set(Dispatch::TakingBack);
        let told = match self.withdraw(submission).await {
            Ok(true) => {
                // The codes of its links open nothing any more.
                self.codes.update(|codes| codes.retain(|code| code.submission != submission));
                return draft.dispatch.set(Dispatch::Idle);
            }
            Err(Failure::Offline) => {
                draft.dispatch.set(Dispatch::Idle);
                return self.messages.undo.tell(Notice::PerhapsTakenBack);
            }
            Ok(false) => Notice::TooLate,
            Err(failure) => Notice::Failed(failure),
        };
        self.drafts.sent(draft);
        self.messages.undo.tell(told);
    }

    /// Takes a submission back; answers `false` where it has left.
    async fn withdraw(&self, submission: SubmissionId) -> Result<bool, Failure> {
        let mut tried = 0;
        loop {
            match self.messages.session.heard(http::delete(&paths::submission(submission)).await) {
                Ok(()) => return Ok(true),
                Err(Failure::Refused(ApiError { code: ErrorCode::AlreadySent, .. })) => return Ok(false),
                // Where it was asked for before, the answer to that was lost.
                Err(Failure::Refused(ApiError { code: ErrorCode::NotFound, .. })) => return Ok(tried > 0),
                Err(Failure::Offline) if tried < WITHDRAWALS => {
                    time::sleep(WITHDRAWAL_MS << tried).await;
                    tried += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}
