//! Handing mail in: from the page, which sealed it. What mail programs hand in ([`from_program`](super::from_program)) passes
//! the same checks into the same queue.
//!
//! Invariants: an account sends in its own name only, in the envelope and in From; a private key never leaves; Bcc stands in
//! nothing that leaves; when a submission is answered, it is durable, with everything that belongs to it (the copy in Sent,
//! the draft that it was, the flag of what it answers) in one transaction; the same attempt of the same letter leaves once, however
//! often it comes.

mod handed_in;

pub(super) use handed_in::Form;

use shared::api::link::Linked;
use shared::api::mailbox::{MailboxRole, MessageId};
use shared::api::submit::{Class, DeliveriesResponse, SubmissionId, SubmitRequest, SubmitResponse};
use shared::api::{EmailAddress, Timestamp, limits};
use shared::pgp::pgpmime::{self, Layer};

use super::accounts::recipient;
use super::budget::{Held, NoRoom, Reserved};
use super::devices::SignedInDevice;
use super::links::{self, LinkError};
use super::mail::MailError;
use super::outgoing::{self, HeaderError};
use super::post::{Post, Stopped};
use super::{Context, Domain, room};
use crate::store::flags::{FlagBits, Keywords};
use crate::store::letters::{self, Submitted};
use crate::store::messages::{self, FlagChange};
use crate::store::queue::{self, NewOutgoing, NewSubmission, TakenBack};
use crate::store::{self, AccountNo, ReadTx, StoreError, Tx, accounts, devices, mailboxes};

/// Why a message was not taken for sending.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The parts are not as the request says, or it asks for something that does not exist.
    #[error("the request is not well-formed")]
    Malformed,
    /// The device's password was taken back, or its account disabled, after it had signed in.
    #[error("the device is signed out")]
    SignedOut,
    /// The envelope's sender is not an address of the account.
    #[error("the account may not send from this address")]
    SenderNotAllowed,
    /// The header is not one that may leave.
    #[error("the header may not leave")]
    Header(#[from] HeaderError),
    /// A copy that must be sealed is not, or one for others is over its limit.
    #[error("a copy is not what it must be")]
    Copy(#[from] MailError),
    /// There are no recipients, or too many.
    #[error("too many or no recipients")]
    RecipientCount,
    /// A recipient cannot be reached: nobody here has the address, or it names a machine instead of a domain.
    #[error("a recipient's address is not valid")]
    RecipientNotValid,
    /// The submission has left already.
    #[error("too late")]
    AlreadySent,
    /// Too much mail is in memory.
    #[error("too much mail is in memory")]
    NoRoom,
    /// So many sealed copies of it are never in memory at once.
    #[error("the message is too large for so many recipients")]
    TooLargeForAll,
    /// What of it is behind links is not there, or not whole.
    #[error("the letter behind links cannot be completed")]
    Linked(#[from] LinkError),
    /// The computation was cut off.
    #[error("sealing did not end")]
    Stopped(#[from] Stopped),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<NoRoom> for SubmitError {
    fn from(why: NoRoom) -> Self {
        match why {
            NoRoom::Now => Self::NoRoom,
            NoRoom::Ever => Self::TooLargeForAll,
        }
    }
}

impl Post {
    /// Whether a device may hand in mail from an address: one of its account, with a tag behind a plus sign or without;
    /// `None`, the null reverse-path, is everybody's.
    ///
    /// # Errors
    /// [`SubmitError::SignedOut`], [`SubmitError::SenderNotAllowed`].
    pub async fn check_sender(&self, who: &SignedInDevice, from: Option<&EmailAddress>) -> Result<(), SubmitError> {
        let (who, from, domain) = (who.clone(), from.cloned(), self.context().domain.clone());
        self.context()
            .store
            .read(move |tx| {
                still_signed_in(tx, &who)?;
                from.iter().try_for_each(|from| may_send(tx, &domain, who.account, from))
            })
            .await
    }

    /// Whether a message can be handed in for this recipient at all.
    ///
    /// # Errors
    /// [`SubmitError::RecipientNotValid`].
    pub async fn check_outgoing_recipient(&self, address: &EmailAddress) -> Result<(), SubmitError> {
        let (address, domain) = (address.clone(), self.context().domain.clone());
        self.context().store.read(move |tx| can_be_reached(tx, &domain, &address)).await
    }

    /// Takes a message from the page. `parts` are the bytes that follow the request in its frame.
    ///
    /// # Errors
    /// [`SubmitError`]; nothing of it was kept then. [`SubmitError::AlreadySent`] where another attempt of the letter has left.
    pub async fn submit(
        &self,
        account: AccountNo,
        request: SubmitRequest,
        parts: impl Into<Held>,
    ) -> Result<SubmitResponse, SubmitError> {
        let now = self.context().clock.now();
        if request.hold_seconds > limits::UNDO_SECONDS_MAX {
            return Err(SubmitError::Malformed);
        }
        let Held { bytes: parts, room: came_in } = parts.into();
        // Its forms beside what came in, then these sealed for the queue.
        let room = (came_in, self.budget().try_reserve(parts.len()).ok_or(SubmitError::NoRoom)?);
        let ((request, taken), room) = self
            .compute_in(room, move || {
                let mut request = request;
                let taken = handed_in::take_apart(&mut request, &parts, now);
                (request, taken)
            })
            .await?;
        let handed_in::HandedIn { mut forms, notices, sent } = taken?;
        if let Some(linked) = request.linked.clone() {
            forms.extend(self.addressed(account, linked, notices).await?);
        }
        count_recipients(&forms, request.linked.is_some())?;
        self.check_addresses(account, Some(request.from.clone()), &forms).await?;
        for form in &forms {
            self.check_author(account, &form.message).await?;
        }
        let (forms, room) = self.seal_forms(forms, room).await?;
        let leaves_at = now.plus(i64::from(request.hold_seconds));
        let SubmitRequest { letter, attempt, draft, answers, from, linked, .. } = request;
        let clock = self.context().clock.clone();
        let (response, replaces) = self
            .context()
            .store
            .write(move |tx| {
                // Held until it is stored, also where nobody waits for that any more.
                let _room = room;
                let drafts: Vec<_> = draft.into_iter().chain(letters::draft(tx, account, letter)?).collect();
                messages::expunge(tx, account, &drafts)?;
                let before = letters::submitted(tx, account, letter)?;
                match before {
                    Some(before) if before.attempt == attempt => return Ok((before.response, false)),
                    Some(before) => take_back_changed(tx, account, before.response.submission, clock.now())?,
                    None => {}
                }
                room::claim(tx, octets(&forms) + sent.bytes.len())?;
                let folder = mailboxes::by_role(tx, account, MailboxRole::Sent)?;
                let filed = messages::append(tx, account, folder.id, &sent)?;
                if let Some(linked) = linked {
                    links::complete(tx, account, linked.letter, filed.body, now)?;
                }
                let (envelope_from, sent) = (Some(from), Some(filed.body));
                let new = NewSubmission { account, envelope_from, sent, created_at: now, leaves_at };
                let submission = queue::create(tx, &new)?;
                for form in &forms {
                    queue::add_outgoing(tx, submission, form)?;
                }
                if let Some(answered) = answers {
                    let bit = if answered.forward { FlagBits::FORWARDED } else { FlagBits::ANSWERED };
                    let change = FlagChange::Add(bit, Keywords::default());
                    messages::set_flags(tx, account, &[answered.message], &change)?;
                }
                let response = SubmitResponse { submission, sent: filed.id, leaves_at };
                letters::set_submitted(tx, account, letter, &Submitted { attempt, response }, now)?;
                Ok::<_, SubmitError>((response, before.is_some()))
            })
            .await?;
        self.wake_queue();
        if replaces {
            self.wipe_links().await;
        }
        Ok(response)
    }

    /// Takes a submission back that is still held; its copy in Sent goes with it, and so do its links.
    ///
    /// # Errors
    /// [`SubmitError::AlreadySent`]; [`StoreError::NotFound`] where the account has no such submission.
    pub async fn take_back(&self, account: AccountNo, submission: SubmissionId) -> Result<(), SubmitError> {
        let clock = self.context().clock.clone();
        // The time counts at which its turn comes: what is due by then may be on its way.
        self.context().store.write(move |tx| take_back(tx, account, submission, clock.now())).await?;
        self.wipe_links().await;
        Ok(())
    }

    /// What became of a sent message, recipient by recipient.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the account has no such message.
    pub async fn deliveries(&self, account: AccountNo, message: MessageId) -> Result<DeliveriesResponse, SubmitError> {
        let now = self.context().clock.now();
        self.context()
            .store
            .read(move |tx| {
                let message = messages::get(tx, account, message)?;
                let deliveries = queue::deliveries(tx, account, message.body, now)?;
                let letter = store::links::of_sent(tx, account, message.body)?;
                let letter = letter.map(|letter| store::links::state(tx, account, letter)).transpose()?;
                Ok(DeliveriesResponse { deliveries, letter })
            })
            .await
    }

    /// Notices, each for whom its link is.
    async fn addressed(
        &self,
        account: AccountNo,
        linked: Linked,
        notices: Vec<Vec<u8>>,
    ) -> Result<Vec<Form>, SubmitError> {
        let names: Vec<_> = linked.notices.iter().map(|notice| notice.link).collect();
        let read = move |tx: &ReadTx<'_>| links::recipients(tx, account, linked.letter, &names);
        let recipients = self.context().store.read(read).await?;
        let form = |(message, recipient): (Vec<u8>, _)| {
            let is_sealed = matches!(pgpmime::detect(&message), Layer::Encrypted(_));
            let class = if is_sealed { Class::Sealed } else { Class::Open };
            Form { message, recipients: vec![(recipient, class)] }
        };
        Ok(notices.into_iter().zip(recipients).map(form).collect())
    }

    /// Takes off the disk what was behind links that were taken back with their message. Where that fails, it is done within the hour.
    async fn wipe_links(&self) {
        if let Err(error) = links::wipe(self.context()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what was behind links is not wiped yet");
        }
    }

    /// Puts forms that a device hands in into the queue, without a copy in Sent.
    pub(super) async fn enqueue(
        &self,
        who: SignedInDevice,
        from: Option<EmailAddress>,
        forms: Vec<Form>,
        room: Reserved,
    ) -> Result<SubmissionId, SubmitError> {
        let now = self.context().clock.now();
        let (forms, room) = self.seal_forms(forms, room).await?;
        let account = who.account;
        let new = NewSubmission { account, envelope_from: from, sent: None, created_at: now, leaves_at: now };
        let submission = self
            .context()
            .store
            .write(move |tx| {
                let _room = room;
                // Here it is decided, whatever was found before.
                still_signed_in(tx, &who)?;
                room::claim(tx, octets(&forms))?;
                let submission = queue::create(tx, &new)?;
                for form in &forms {
                    queue::add_outgoing(tx, submission, form)?;
                }
                Ok::<_, SubmitError>(submission)
            })
            .await?;
        self.wake_queue();
        Ok(submission)
    }

    /// Whether the envelope may be this account's.
    pub(super) async fn check_addresses(
        &self,
        account: AccountNo,
        from: Option<EmailAddress>,
        forms: &[Form],
    ) -> Result<(), SubmitError> {
        let to: Vec<_> = forms.iter().flat_map(|form| &form.recipients).map(|(address, _)| address.clone()).collect();
        let Context { store, domain, .. } = self.context().clone();
        store
            .read(move |tx| {
                from.iter().try_for_each(|from| may_send(tx, &domain, account, from))?;
                to.iter().try_for_each(|address| can_be_reached(tx, &domain, address))
            })
            .await
    }

    /// Whether the header of a message may leave in this account's name.
    pub(super) async fn check_author(&self, account: AccountNo, message: &[u8]) -> Result<(), SubmitError> {
        let authors = outgoing::authors(message)?;
        let Context { store, domain, .. } = self.context().clone();
        store
            .read(move |tx| {
                for author in &authors {
                    match may_send(tx, &domain, account, author) {
                        Err(SubmitError::SenderNotAllowed) => return Err(HeaderError::NotYours.into()),
                        other => other?,
                    }
                }
                Ok(())
            })
            .await
    }

    /// Seals forms for the queue, in the room that was had for them.
    pub(super) async fn seal_forms<R: Send + 'static>(
        &self,
        forms: Vec<Form>,
        room: R,
    ) -> Result<(Vec<NewOutgoing>, R), SubmitError> {
        let (key, mut random) = (self.inner.queue_key.clone(), self.context().random.clone());
        let sealing = move || {
            let seal = |form: Form| {
                let seal_id = random.bytes();
                NewOutgoing {
                    seal_id,
                    size: form.message.len() as u64,
                    sealed_bytes: key.seal(&seal_id, &form.message, &mut random),
                    recipients: form.recipients,
                }
            };
            forms.into_iter().map(seal).collect()
        };
        Ok(self.compute_in(room, sealing).await?)
    }
}

fn take_back(tx: &Tx<'_>, account: AccountNo, submission: SubmissionId, now: Timestamp) -> Result<(), SubmitError> {
    match queue::take_back(tx, account, submission, now)? {
        TakenBack::TooLate => Err(SubmitError::AlreadySent),
        TakenBack::Yes(sent) => {
            letters::taken_back(tx, account, submission)?;
            if let Some(sent) = sent {
                links::take_back(tx, account, sent)?;
                let copies = messages::with_body(tx, account, sent)?;
                messages::expunge(tx, account, &copies)?;
            }
            Ok(())
        }
    }
}

/// Takes back the attempt in the place of which another one comes; one that nothing is known of any more has left.
fn take_back_changed(
    tx: &Tx<'_>,
    account: AccountNo,
    submission: SubmissionId,
    now: Timestamp,
) -> Result<(), SubmitError> {
    match take_back(tx, account, submission, now) {
        Err(SubmitError::Store(StoreError::NotFound)) => Err(SubmitError::AlreadySent),
        other => other,
    }
}

fn octets(forms: &[NewOutgoing]) -> usize {
    forms.iter().map(|form| form.sealed_bytes.len()).sum()
}

/// Not too many, and somebody, unless links are given in another way.
fn count_recipients(forms: &[Form], has_links: bool) -> Result<(), SubmitError> {
    let count: usize = forms.iter().map(|form| form.recipients.len()).sum();
    let least = usize::from(!has_links);
    if (least..=limits::RECIPIENTS).contains(&count) { Ok(()) } else { Err(SubmitError::RecipientCount) }
}

fn still_signed_in(tx: &ReadTx<'_>, who: &SignedInDevice) -> Result<(), SubmitError> {
    if devices::is_good(tx, who.account, who.device)? { Ok(()) } else { Err(SubmitError::SignedOut) }
}

fn may_send(tx: &ReadTx<'_>, domain: &Domain, account: AccountNo, from: &EmailAddress) -> Result<(), SubmitError> {
    // Names of the box itself are read by its owner; they are not the owner's own.
    let own = accounts::addresses(tx, account)?;
    let mut plain = from.canonical();
    if let Some((name, _)) = plain.local_part().split_once('+') {
        plain = format!("{name}@{}", plain.domain()).parse().unwrap_or(plain);
    }
    let is_own = domain.holds(from) && (own.contains(&from.canonical()) || own.contains(&plain));
    if is_own { Ok(()) } else { Err(SubmitError::SenderNotAllowed) }
}

fn can_be_reached(tx: &ReadTx<'_>, domain: &Domain, address: &EmailAddress) -> Result<(), SubmitError> {
    let names_a_machine = address.domain().starts_with('[');
    let nobody_here = domain.holds(address) && recipient(tx, domain, address)?.is_none();
    if names_a_machine || nobody_here { Err(SubmitError::RecipientNotValid) } else { Ok(()) }
}
