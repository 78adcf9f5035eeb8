//! Mail for people of this box: judged, given its trace fields, sealed once for each of them, and filed in their Inboxes in
//! one durable transaction.
//!
//! Invariants: who cannot be sealed for gets nothing, never mail in clear; plaintext stays in memory and is dropped when the
//! sealing is done; either all recipients have the message, durably, or none.

use std::collections::BTreeMap;

use shared::api::EmailAddress;
use shared::api::mailbox::{Came, MailboxRole};
use shared::mime::readable::Kind;
use shared::mime::{Verdict, header};
use shared::pgp::{CertificateError, SealError};

use super::budget::{NoRoom, Reserved};
use super::policy::{self, Origin};
use super::post::{Post, Stopped};
use super::trace::{self, Trace};
use super::{accounts, room, sealing};
use crate::store::messages::{self, NewMessage};
use crate::store::{AccountNo, StoreError, Tx, mailboxes, rest_keys};

/// A message that has come for people of this box.
#[derive(Debug)]
pub struct Arrival {
    /// The envelope's sender; `None` is the null reverse-path.
    pub from: Option<EmailAddress>,
    /// Whom it is for.
    pub recipients: Vec<EmailAddress>,
    /// Who handed it over.
    pub origin: Origin,
    /// How it came.
    pub trace: Trace,
    /// Its bytes, with CRLF line ends.
    pub message: Vec<u8>,
}

/// Why a message was not delivered. What is not said to be for good may work later.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// Nobody here has the address. For good.
    #[error("nobody here has this address")]
    NoSuchRecipient,
    /// The message is one that the box does not take. For good.
    #[error("the message is refused")]
    Refused(#[from] policy::Refused),
    /// The stored certificate of an account cannot be read.
    #[error("a stored certificate cannot be read")]
    Certificate(#[from] CertificateError),
    /// The certificate of an account cannot be sealed to now.
    #[error("a recipient's certificate cannot be used")]
    CannotSeal(#[from] SealError),
    /// Too much mail is in memory.
    #[error("too much mail is in memory")]
    NoRoom,
    /// So many sealed copies of it are never in memory at once. For good.
    #[error("the message is too large for so many recipients")]
    TooLargeForAll,
    /// The computation was cut off.
    #[error("sealing did not end")]
    Stopped(#[from] Stopped),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<NoRoom> for DeliverError {
    fn from(why: NoRoom) -> Self {
        match why {
            NoRoom::Now => Self::NoRoom,
            NoRoom::Ever => Self::TooLargeForAll,
        }
    }
}

/// A message sealed for one account, not filed yet.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    account: AccountNo,
    message: NewMessage,
}

impl Sealed {
    /// Octets that it takes.
    pub(super) fn octets(&self) -> usize {
        self.message.bytes.len()
    }

    /// Files it in the account's Inbox.
    pub(super) fn file(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let inbox = mailboxes::by_role(tx, self.account, MailboxRole::Inbox)?;
        messages::append(tx, self.account, inbox.id, &self.message).map(drop)
    }
}

impl Post {
    /// Whether mail for this address would be taken.
    ///
    /// # Errors
    /// [`DeliverError::NoSuchRecipient`].
    pub async fn check_recipient(&self, address: &EmailAddress) -> Result<(), DeliverError> {
        let (address, domain) = (address.clone(), self.context().domain.clone());
        let found = self.context().store.read(move |tx| accounts::recipient(tx, &domain, &address)).await?;
        found.map(drop).ok_or(DeliverError::NoSuchRecipient)
    }

    /// Delivers a message to all its recipients; when this answers, it is durable.
    ///
    /// # Errors
    /// [`DeliverError`]; none of the recipients has it then.
    pub async fn deliver(&self, arrival: Arrival) -> Result<(), DeliverError> {
        let (sealed, _room) = self.seal_arrival(arrival).await?;
        self.context()
            .store
            .write(move |tx| {
                room::claim(tx, sealed.iter().map(Sealed::octets).sum())?;
                sealed.iter().try_for_each(|sealed| sealed.file(tx))?;
                Ok(())
            })
            .await
    }

    /// Judges a message and seals it for each of its recipients. The sealed copies may be held as long as the room is.
    pub(super) async fn seal_arrival(&self, arrival: Arrival) -> Result<(Vec<Sealed>, Reserved), DeliverError> {
        let context = self.context();
        let now = context.clock.now();
        let Arrival { from, recipients, origin, trace, message } = arrival;
        let judgement = policy::judge(&message, &origin)?;
        let message = trace::without_forged_results(message, &context.host);
        let only = if let [only] = recipients.as_slice() { Some(only) } else { None };
        let fields = trace::return_path(from.as_ref())
            + &trace::authentication_results(&context.host, &judgement.results)
            + &trace::received(&trace, &context.host, only, now);
        let message = header::prepend(&message, fields.as_bytes());
        let owners = self.owners(recipients).await?;
        let needed = sealing::octets(message.len(), owners.len());
        let room = self.budget().reserve_beside(message.len(), needed)?;
        self.seal_each(owners, message, (origin.came(), Some(judgement.verdict)), room).await
    }

    /// The accounts behind addresses, each once, with the certificate that their mail is sealed to.
    async fn owners(&self, recipients: Vec<EmailAddress>) -> Result<BTreeMap<AccountNo, Vec<u8>>, DeliverError> {
        let domain = self.context().domain.clone();
        self.context()
            .store
            .read(move |tx| {
                let mut owners = BTreeMap::new();
                for address in &recipients {
                    let account = accounts::recipient(tx, &domain, address)?.ok_or(DeliverError::NoSuchRecipient)?;
                    owners.insert(account, rest_keys::certificate(tx, account)?);
                }
                Ok(owners)
            })
            .await
    }

    /// Seals a message, trace fields and all, for accounts.
    async fn seal_each(
        &self,
        owners: BTreeMap<AccountNo, Vec<u8>>,
        message: Vec<u8>,
        known: (Came, Option<Verdict>),
        room: Reserved,
    ) -> Result<(Vec<Sealed>, Reserved), DeliverError> {
        let (now, random) = (self.context().clock.now(), self.context().random.clone());
        let certificates = self.certificates().clone();
        let sealing = move || {
            let seal = |(account, certificate): (AccountNo, Vec<u8>)| -> Result<Sealed, DeliverError> {
                let (to, (came, verdict)) = ((&certificates, certificate.as_slice()), &known);
                let sealed = sealing::seal::<DeliverError>(&message, Kind::Letter, to, verdict.as_ref(), now, &random)?;
                Ok(Sealed { account, message: NewMessage { came: Some(*came), ..sealed } })
            };
            owners.into_iter().map(seal).collect::<Result<_, _>>()
        };
        let (sealed, room) = self.compute_in(room, sealing).await?;
        Ok((sealed?, room))
    }

    /// Waits for the room in memory that sealing so many octets for one account takes. Safe to cancel.
    pub(super) async fn room_for_sealing(&self, octets: usize) -> Reserved {
        self.budget().reserve(sealing::octets(octets, 1)).await
    }

    /// Seals a message for one account, as a notice of the box, in the room that was had for it.
    pub(super) async fn seal_notice(
        &self,
        account: AccountNo,
        message: Vec<u8>,
        room: Reserved,
    ) -> Result<Sealed, DeliverError> {
        let certificate = self.context().store.read(move |tx| rest_keys::certificate(tx, account)).await?;
        let owners = BTreeMap::from([(account, certificate)]);
        let (sealed, _room) = self.seal_each(owners, message, (Came::Box, None), room).await?;
        sealed.into_iter().next().ok_or(DeliverError::NoSuchRecipient)
    }
}
