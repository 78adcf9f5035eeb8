//! How a letter travels to each recipient, sending and taking back.
//!
//! Invariants: nothing leaves open that the page has not shown as open before: what is sent is what [`Sending::ways`] says; to
//! somebody about whom it could not be found out, it leaves open only when the person said so, having been asked; a
//! letter that cannot be sent stays as it was, open; what leaves is the letter as it was when it was sent, to whom it was for then;
//! the box holds a letter back by itself, so closing the page takes nothing back.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::keys::Source;
use shared::api::submit::{SubmissionId, SubmitResponse};
use shared::api::{ApiError, Base64, EmailAddress, ErrorCode, paths};

pub use super::draft::Dispatch;

use super::Failure;
use super::certificates::{Certificates, use_certificates};
use super::drafts::{Draft, Drafts, use_drafts};
use super::letters::recipients;
use super::messages::{Messages, use_messages};
use super::settings::{Settings, use_settings};
use super::undo::{Deed, Notice};
use crate::platform::{http, time, upload};
use crate::worker::protocol::reading::{CertificateFlaw, Judgement};
use crate::worker::protocol::writing::{Letter, Recipient, SealLetter};
use crate::worker::protocol::{AskError, Priority};

/// How a letter would travel to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Being found out.
    Asking,
    /// What was typed is no address.
    NotAnAddress,
    /// Sealed.
    Sealed {
        /// The fingerprint of the certificate, upper-case hexadecimal.
        fingerprint: String,
        /// Where the certificate was found.
        source: Source,
    },
    /// Open like a postcard.
    Open(WhyOpen),
    /// Not known yet: the box, or who answers for the address, could not be asked. It is asked again when the network is back, and
    /// before a letter leaves.
    Unknown,
}

/// Why a letter cannot be sealed for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyOpen {
    /// No certificate is known.
    NoCertificate,
    /// There is one, but it cannot be used.
    Unusable(CertificateFlaw),
}

/// The lock of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// There is no recipient yet.
    Nobody,
    /// Something among the recipients is no address.
    Wrong,
    /// Still being found out for somebody.
    Asking,
    /// It could not be found out for somebody.
    Unknown,
    /// Sealed to everybody.
    Sealed,
    /// Open to some, sealed to others.
    Mixed,
    /// Open to everybody.
    Open,
}

/// Sending.
#[derive(Clone, Copy)]
pub struct Sending {
    certificates: Certificates,
    drafts: Drafts,
    messages: Messages,
    settings: Settings,
}

/// Provides sending.
pub fn provide_sending() {
    provide_context(Sending {
        certificates: use_certificates(),
        drafts: use_drafts(),
        messages: use_messages(),
        settings: use_settings(),
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
    pub fn way(&self, typed: &str) -> Way {
        match typed.parse() {
            Ok(address) => way(self.certificates.of(&address)),
            Err(_) => Way::NotAnAddress,
        }
    }

    /// The way of each recipient of a letter, in the order To, Cc, Bcc, each once.
    #[must_use]
    pub fn ways(&self, draft: Draft) -> Memo<Vec<(String, Way)>> {
        let sending = *self;
        Memo::new(move |_| sending.ways_of(draft))
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
        let letter = draft.letter();
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

    /// Forgets what is known of an address and asks again.
    pub fn ask_again(&self, address: &EmailAddress) {
        self.certificates.forget(address);
    }

    fn ways_of(&self, draft: Draft) -> Vec<(String, Way)> {
        let (to, cc, bcc) = (draft.to.get(), draft.cc.get(), draft.bcc.get());
        recipients(&to, &cc, &bcc).into_iter().map(|typed| (typed.clone(), self.way(&typed))).collect()
    }

    async fn dispatch_now(&self, draft: Draft, letter: Letter, ways: &[(String, Way)]) -> Result<(), Failure> {
        let session = self.messages.session;
        // A draft that is filed after the letter has left would stay behind.
        self.drafts.saving_is_over(draft).await;
        let (message, answers) = (draft.message.get_untracked(), draft.answers.get_untracked());
        let recipients = self.recipients(ways)?;
        let addresses: Vec<_> = recipients.iter().map(|recipient| recipient.address.clone()).collect();
        let hold_seconds = self.settings.hold_seconds().get_untracked();
        let ask = SealLetter {
            letter: letter.clone(),
            id: draft.id.get_value(),
            attempt: draft.attempt(&letter, &recipients),
            recipients,
            now: time::now(),
            draft: message,
            answers,
            hold_seconds,
        };
        let sealed = session.ask(ask, Priority::Now).await.map_err(|failure| self.blamed(failure, &addresses))?;
        draft.dispatch.set(Dispatch::Uploading(0.0));
        let progress = move |part| draft.dispatch.set(Dispatch::Uploading(part));
        let answer = upload::post_frame::<SubmitResponse>(paths::SUBMIT, &sealed.frame, progress).await;
        let SubmitResponse { submission, .. } = session.heard(answer)?;
        self.drafts.sent(draft);
        let sending = *self;
        let deed = Deed::Sent { subject: letter.subject.trim().to_owned() };
        let revert = move || spawn_local(sending.take_back(submission, letter, answers));
        // When it leaves the box says by a clock of its own, which need not be this browser's.
        self.messages.undo.add(deed, time::now().plus(hold_seconds.into()), revert);
        Ok(())
    }

    /// The recipients with the certificates that the ways were shown by.
    fn recipients(&self, ways: &[(String, Way)]) -> Result<Vec<Recipient>, Failure> {
        let recipient = |(typed, way): &(String, Way)| {
            let address: EmailAddress = typed.parse().map_err(|_| ApiError::new(ErrorCode::RecipientNotValid))?;
            let certificate = match way {
                Way::Sealed { fingerprint, .. } => Some(self.certificate(&address, fingerprint)?),
                _ => None,
            };
            Ok(Recipient { address, certificate })
        };
        ways.iter().map(recipient).collect::<Result<_, ApiError>>().map_err(Failure::from)
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
            Some(Judgement::Usable { certificate, fingerprint, .. }) if fingerprint == shown => Ok(certificate),
            // It was forgotten between two moments; the page shows what is found now.
            _ => Err(ErrorCode::Busy.into()),
        }
    }

    async fn take_back(self, submission: SubmissionId, letter: Letter, answers: Option<shared::api::submit::Answered>) {
        match self.messages.session.heard(http::delete(&paths::submission(submission)).await) {
            Ok(()) => drop(self.drafts.reopen(letter, answers)),
            Err(Failure::Refused(ApiError { code: ErrorCode::AlreadySent | ErrorCode::NotFound, .. })) => {
                self.messages.undo.tell(Notice::TooLate);
            }
            Err(failure) => self.messages.undo.tell(Notice::Failed(failure)),
        }
    }
}

fn way(judgement: Option<Judgement>) -> Way {
    match judgement {
        None => Way::Asking,
        Some(Judgement::Usable { fingerprint, source, .. }) => Way::Sealed { fingerprint, source },
        Some(Judgement::Unusable(flaw)) => Way::Open(WhyOpen::Unusable(flaw)),
        Some(Judgement::None) => Way::Open(WhyOpen::NoCertificate),
        Some(Judgement::Unreachable) => Way::Unknown,
    }
}

fn lock(ways: &[(String, Way)]) -> Lock {
    let is_open = |(_, way): &&(String, Way)| matches!(way, Way::Open(_));
    let is_sealed = |(_, way): &&(String, Way)| matches!(way, Way::Sealed { .. });
    let (open, sealed) = (ways.iter().filter(is_open).count(), ways.iter().filter(is_sealed).count());
    let some = |wanted: Way| ways.iter().any(|(_, way)| *way == wanted);
    match (open, sealed) {
        _ if some(Way::NotAnAddress) => Lock::Wrong,
        _ if some(Way::Asking) => Lock::Asking,
        _ if some(Way::Unknown) => Lock::Unknown,
        (0, 0) => Lock::Nobody,
        (0, _) => Lock::Sealed,
        (_, 0) => Lock::Open,
        _ => Lock::Mixed,
    }
}

fn is_ready(ways: &[(String, Way)], unknown_open: bool) -> bool {
    let is_known = |(_, way): &(String, Way)| match way {
        Way::Sealed { .. } | Way::Open(_) => true,
        Way::Unknown => unknown_open,
        Way::Asking | Way::NotAnAddress => false,
    };
    !ways.is_empty() && ways.iter().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(ways: &[Way]) -> Vec<(String, Way)> {
        ways.iter().map(|way| ("a@x.test".to_owned(), way.clone())).collect()
    }

    #[test]
    fn the_lock_says_the_weakest_that_is_known() {
        let sealed = Way::Sealed { fingerprint: "A".to_owned(), source: Source::Local };
        let open = Way::Open(WhyOpen::NoCertificate);
        for (of, expected, ready) in [
            (vec![], Lock::Nobody, false),
            (vec![Way::NotAnAddress], Lock::Wrong, false),
            (vec![sealed.clone()], Lock::Sealed, true),
            (vec![open.clone()], Lock::Open, true),
            (vec![sealed.clone(), open], Lock::Mixed, true),
            (vec![sealed.clone(), Way::Asking], Lock::Asking, false),
            (vec![sealed.clone(), Way::NotAnAddress], Lock::Wrong, false),
            (vec![sealed, Way::Unknown], Lock::Unknown, false),
        ] {
            assert_eq!((lock(&ways(&of)), is_ready(&ways(&of), false)), (expected, ready), "{of:?}");
        }
    }

    #[test]
    fn what_could_not_be_found_out_is_not_open_and_leaves_only_when_the_person_says_so() {
        let unknown = way(Some(Judgement::Unreachable));
        assert_eq!(unknown, Way::Unknown);
        assert_eq!(way(None), Way::Asking);
        assert!(!is_ready(&ways(std::slice::from_ref(&unknown)), false));
        assert!(is_ready(&ways(std::slice::from_ref(&unknown)), true));
        assert!(!is_ready(&ways(&[unknown, Way::NotAnAddress]), true));
    }
}
