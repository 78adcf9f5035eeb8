//! Completing a letter: its notices leave, and the sender's own copy is filed.

use shared::api::link::{LinkedLetterId, SendLetterRequest, SendLetterResponse};
use shared::api::mailbox::MailboxRole;
use shared::api::submit::Class;
use shared::api::{Timestamp, limits};
use shared::link;
use shared::mime::header;

use super::{LinkError, hash};
use crate::core::budget::Held;
use crate::core::post::Post;
use crate::core::submit::{Form, octets};
use crate::core::{mail, outgoing, room};
use crate::store::flags::FlagBits;
use crate::store::messages::NewMessage;
use crate::store::queue::{self, NewSubmission};
use crate::store::{AccountNo, StoreError, links, mailboxes, messages};

/// Largest notice, octets: some pages of the sender's words, twice.
const NOTICE_BYTES: usize = 512 * 1024;

impl Post {
    /// Completes a letter whose chunks are all there: from now on its links can be opened. `parts` are the bytes that follow the
    /// request in its frame.
    ///
    /// # Errors
    /// [`LinkError`]; nothing has changed then.
    pub async fn send_letter(
        &self,
        account: AccountNo,
        id: LinkedLetterId,
        request: SendLetterRequest,
        parts: impl Into<Held>,
    ) -> Result<SendLetterResponse, LinkError> {
        let now = self.context().clock.now();
        let store = &self.context().store;
        let letter = store.read(move |tx| links::letter(tx, account, id)).await?;
        if letter.sent_at.is_some() || letter.is_wiped {
            return Err(LinkError::AlreadySent);
        }
        if letter.received != link::chunks(letter.octets) {
            return Err(LinkError::Incomplete);
        }
        let Held { bytes: parts, room: came_in } = parts.into();
        // The notices beside what came in, then these sealed for the queue.
        let room = (came_in, self.budget().try_reserve(parts.len()).ok_or(super::SubmitError::NoRoom)?);
        let ((request, taken), room) = self
            .compute_in(room, move || {
                let mut request = request;
                let taken = take_apart(&mut request, &parts, now);
                (request, taken)
            })
            .await
            .map_err(super::SubmitError::from)?;
        let (notices, sent) = taken?;
        let forms = store
            .read(move |tx| {
                let form = |(name, message): ([u8; 32], Vec<u8>)| {
                    let recipient = links::recipient_of(tx, id, name)?.ok_or(LinkError::Malformed)?;
                    Ok(Form { message, recipients: vec![(recipient, Class::Open)] })
                };
                notices.into_iter().map(form).collect::<Result<Vec<_>, LinkError>>()
            })
            .await?;
        for form in &forms {
            self.check_author(account, &form.message).await?;
        }
        self.check_addresses(account, Some(request.from.clone()), &forms).await?;
        let (forms, room) = self.seal_forms(forms, room).await?;
        let from = request.from;
        let response = store
            .write(move |tx| {
                // Held until it is stored, also where nobody waits for that any more.
                let _room = room;
                room::claim(tx, octets(&forms) + sent.bytes.len())?;
                let folder = mailboxes::by_role(tx, account, MailboxRole::Sent)?;
                let filed = messages::append(tx, account, folder.id, &sent)?;
                match links::complete(tx, id, filed.body, now) {
                    Err(StoreError::Exists) => return Err(LinkError::AlreadySent),
                    other => other?,
                }
                if !forms.is_empty() {
                    let (envelope_from, sent) = (Some(from), Some(filed.body));
                    let new = NewSubmission { account, envelope_from, sent, created_at: now, leaves_at: now };
                    let submission = queue::create(tx, &new)?;
                    for form in &forms {
                        queue::add_outgoing(tx, submission, form)?;
                    }
                }
                Ok(SendLetterResponse { sent: filed.id })
            })
            .await?;
        self.wake_queue();
        Ok(response)
    }
}

/// Notices, each with the hash of its link's name.
type Notices = Vec<([u8; 32], Vec<u8>)>;

/// The notices of a request, and the copy for Sent.
fn take_apart(
    request: &mut SendLetterRequest,
    parts: &[u8],
    now: Timestamp,
) -> Result<(Notices, NewMessage), LinkError> {
    let (mut rest, mut notices) = (parts, Vec::new());
    for notice in &request.notices {
        let (bytes, more) = rest.split_at_checked(notice.length).ok_or(LinkError::Malformed)?;
        rest = more;
        if bytes.len() > NOTICE_BYTES {
            return Err(LinkError::TooLarge);
        }
        outgoing::no_private_key(bytes)?;
        notices.push((hash(&notice.link.0), header::remove(bytes, |field| field.is("Bcc"))));
    }
    if rest.len() != request.sent.length || rest.len() > limits::SEALED_MESSAGE_BYTES {
        return Err(LinkError::Malformed);
    }
    let summary = std::mem::take(&mut request.sent.summary.0);
    Ok((notices, mail::sealed(rest.to_vec(), summary, FlagBits::SEEN, now)?))
}
