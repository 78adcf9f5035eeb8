//! Mail that mail programs hand in: completed, and what they left open is sealed on its way out for those whose certificate
//! is known.

use std::collections::BTreeMap;

use shared::api::keys::LookupOutcome;
use shared::api::submit::Class;
use shared::api::{EmailAddress, Timestamp};
use shared::mime;
use shared::mime::header::{self, Header};
use shared::pgp::pgpmime::{self, Layer};
use shared::pgp::{self, Certificate, Purpose, usable_keys};

use super::budget::Reserved;
use super::devices::SignedInDevice;
use super::outgoing;
use super::post::Post;
use super::sealing;
use super::submit::{Form, SubmitError};
use super::trace::{self, Trace};
use crate::store::AccountNo;

/// A message that a mail program hands in.
#[derive(Debug)]
pub struct FromProgram {
    /// Who signed in.
    pub login: SignedInDevice,
    /// The envelope's sender; `None` is the null reverse-path.
    pub from: Option<EmailAddress>,
    /// The envelope's recipients.
    pub recipients: Vec<EmailAddress>,
    /// How it came.
    pub trace: Trace,
    /// Its bytes, with CRLF line ends.
    pub message: Vec<u8>,
}

impl Post {
    /// Takes a message from a mail program. When this answers, it is durable.
    ///
    /// # Errors
    /// [`SubmitError`]; nothing of it was kept then.
    pub async fn submit_from_program(&self, handed: FromProgram) -> Result<(), SubmitError> {
        let FromProgram { login, from, recipients, trace, message } = handed;
        let context = self.context().clone();
        let (now, id) = (context.clock.now(), context.random.bytes());
        // The message completed, and with its trace.
        let room = self.budget().try_reserve(message.len().saturating_mul(2)).ok_or(SubmitError::NoRoom)?;
        let received = trace::received(&trace, &context.host, None, now);
        let domain = context.domain.as_str().to_owned();
        let (taken, room) = self
            .compute_in(room, move || {
                let message = outgoing::complete(&message, &id, &domain, now);
                outgoing::no_private_key(&message)?;
                let encrypted = matches!(pgpmime::detect(&message), Layer::Encrypted(_));
                let seen = named(&message);
                Ok::<_, SubmitError>((header::prepend(&message, received.as_bytes()), encrypted, seen))
            })
            .await?;
        let (message, encrypted, seen) = taken?;
        self.check_author(login.account, &message).await?;
        let (forms, room) = if encrypted {
            let recipients = recipients.into_iter().map(|address| (address, Class::Sealed)).collect();
            (vec![Form { message, recipients }], room)
        } else {
            self.forms(login.account, message, recipients, &seen, now, room).await?
        };
        self.check_addresses(login.account, from.clone(), &forms).await?;
        let address = login.address.clone();
        let submission = self.enqueue(login, from, forms, room).await?;
        tracing::info!(account = %address, id = trace.id, %submission, "taken for sending");
        Ok(())
    }

    /// The forms in which an open message leaves: sealed for those whose certificate is known, open for the others. For
    /// people of this box it stays open in the queue: it is sealed when it is filed, with a summary.
    async fn forms(
        &self,
        account: AccountNo,
        message: Vec<u8>,
        recipients: Vec<EmailAddress>,
        seen: &[EmailAddress],
        now: Timestamp,
        mut room: Reserved,
    ) -> Result<(Vec<Form>, Reserved), SubmitError> {
        let domain = self.context().domain.clone();
        let (here, elsewhere): (Vec<_>, Vec<_>) = recipients.into_iter().partition(|address| domain.holds(address));
        let mut open: Vec<_> = here.into_iter().map(|address| (address, Class::Sealed)).collect();
        // Who is named in the header may share a sealed form; who is hidden gets one alone, because a sealed message tells
        // for which keys it is.
        let mut groups: BTreeMap<Option<EmailAddress>, Vec<(EmailAddress, Certificate)>> = BTreeMap::new();
        for found in self.directory().look_up_for(account, elsewhere, true).await? {
            match usable(&found.outcome, now) {
                Some(certificate) => {
                    let hidden = !seen.contains(&found.address.canonical());
                    let group = groups.entry(hidden.then(|| found.address.clone())).or_default();
                    group.push((found.address, certificate));
                }
                None => open.push((found.address, Class::Open)),
            }
        }
        if !groups.is_empty() {
            let needed = sealing::octets(message.len(), groups.len());
            room.join(self.budget().reserve_beside(message.len().saturating_mul(3), needed)?);
        }
        let mut random = self.context().random.clone();
        let sealing = move || {
            let mut forms = Vec::new();
            for group in groups.into_values() {
                let certificates: Vec<&Certificate> = group.iter().map(|(_, certificate)| certificate).collect();
                match pgp::seal_outgoing(&message, &certificates, None, now, &mut random) {
                    Ok(sealed) => {
                        let recipients = group.into_iter().map(|(address, _)| (address, Class::Sealed)).collect();
                        forms.push(Form { message: sealed, recipients });
                    }
                    Err(error) => {
                        // They were usable a moment ago; it leaves as it would have without them.
                        tracing::warn!(error = &error as &dyn std::error::Error, "cannot seal on the way out");
                        open.extend(group.into_iter().map(|(address, _)| (address, Class::Open)));
                    }
                }
            }
            if !open.is_empty() {
                forms.push(Form { message, recipients: open });
            }
            forms
        };
        Ok(self.compute_in(room, sealing).await?)
    }
}

fn usable(outcome: &LookupOutcome, now: Timestamp) -> Option<Certificate> {
    let LookupOutcome::Found { certificate, .. } = outcome else { return None };
    let certificate = Certificate::parse(&certificate.0).ok()?;
    usable_keys(&certificate, Purpose::Seal, now).is_ok().then_some(certificate)
}

/// The recipients that the header names.
fn named(message: &[u8]) -> Vec<EmailAddress> {
    let header = mime::read(Header::of(message).bytes());
    let all = header.to.iter().chain(&header.cc);
    all.filter_map(|mailbox| mailbox.address.parse::<EmailAddress>().ok()).map(|address| address.canonical()).collect()
}
