//! An answer to a letter behind a link, from who has opened it: sealed where it was written, and delivered into the Inbox of the
//! letter's sender.
//!
//! Invariants: what is not sealed throughout is refused, so nothing readable of it is ever kept; its author outside is whom the link
//! is for, as the box knows it; of its header only what a conversation is made of is taken; the same answer arrives once.

use shared::api::link::{ReplyRequest, ReplyResponse};
use shared::api::{EmailAddress, limits};
use shared::mime::header;
use shared::pgp::pgpmime;

use super::reader::gone;
use super::{Kept, LinkError, hash};
use crate::core::budget::Held;
use crate::core::deliver::{Arrival, DeliverError, Sealed};
use crate::core::policy::Origin;
use crate::core::post::Post;
use crate::core::throttle::{self, Visitor};
use crate::core::trace::Trace;
use crate::core::{outgoing, room};
use crate::store::links::replies::{self, Answerable};
use crate::store::{StoreError, accounts};

/// Octets of the token that names an answer.
const TOKEN_BYTES: usize = 32;
/// What is taken of an answer's header. What others write there about where a message comes from, or where answers to it go, is not
/// for its author to say.
const TAKEN: [&str; 9] =
    ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type"];

/// What is known of an answer that is handed in.
enum Asked {
    /// It has arrived before.
    Arrived(ReplyResponse),
    /// Where it belongs, and to whom.
    New(Answerable, EmailAddress),
}

impl Post {
    /// Delivers an answer to the letter that somebody has opened. The same again is delivered once.
    ///
    /// # Errors
    /// [`LinkError::Gone`], [`LinkError::NoReplies`], [`LinkError::Wait`]; [`LinkError::Malformed`] for what is not sealed throughout,
    /// or not from whom the link is for; [`LinkError::TooLarge`], [`LinkError::Deliver`]. It has not arrived then.
    pub async fn reply_to_letter(
        &self,
        request: ReplyRequest,
        message: impl Into<Held>,
        visitor: Visitor,
    ) -> Result<ReplyResponse, LinkError> {
        let (store, now) = (&self.context().store, self.context().clock.now());
        let copy = request.copy.0;
        if request.reply.0.len() != TOKEN_BYTES || copy.len() > limits::LINK_REPLY_COPY_BYTES {
            return Err(LinkError::Malformed);
        }
        let (opening_hash, reply_hash) = (hash(&request.opening.0), hash(&request.reply.0));
        let since = now.plus(-limits::LINK_FETCH_SECONDS);
        let found = store
            .write(move |tx| -> Kept<_> {
                // Whose answer it is knows its token, and may hear only now that it has arrived, long after the letter was opened.
                if let Some(replies_left) = replies::left_after(tx, reply_hash)? {
                    return Ok(Ok(Asked::Arrived(ReplyResponse { replies_left })));
                }
                let Some(found) = replies::of_opening(tx, opening_hash, since, now)? else {
                    return gone(tx, visitor, now);
                };
                if found.replies_left == 0 {
                    return Err(LinkError::NoReplies);
                }
                throttle::charge_reply(tx, found.link, &visitor, now)?;
                let to = accounts::get(tx, found.account)?.address;
                Ok(Ok(Asked::New(found, to)))
            })
            .await??;
        let (Answerable { link, recipient, .. }, to) = match found {
            Asked::New(answerable, to) => (answerable, to),
            Asked::Arrived(told) => return Ok(told),
        };

        let Held { bytes, room: came_in } = message.into();
        if bytes.len() > limits::MESSAGE_BYTES {
            return Err(LinkError::TooLarge);
        }
        let from = recipient.clone();
        let (taken, _came_in) =
            self.compute_in(came_in, move || take(bytes, &from)).await.map_err(DeliverError::from)?;
        // Where its author is to be found is nobody's business.
        let trace = Trace { id: self.name_message(), ..Trace::default() };
        let arrival =
            Arrival { from: Some(recipient), recipients: vec![to], origin: Origin::Link, trace, message: taken? };
        let (sealed, room) = self.seal_arrival(arrival).await?;
        store
            .write(move |tx| {
                // Held until it is stored, also where nobody waits for that any more.
                let _room = room;
                // Meanwhile the link may have ended, or the same answer have come another way.
                let found = replies::of_opening(tx, opening_hash, since, now)?.ok_or(LinkError::Gone)?;
                if found.replies_left == 0 {
                    return Err(LinkError::NoReplies);
                }
                let told = |replies_left| Ok(ReplyResponse { replies_left });
                match replies::count(tx, link, reply_hash, &copy, now) {
                    Err(StoreError::Exists) => return told(found.replies_left),
                    other => other?,
                }
                room::claim(tx, sealed.iter().map(Sealed::octets).sum::<usize>() + copy.len())?;
                sealed.iter().try_for_each(|sealed| sealed.file(tx))?;
                told(found.replies_left - 1)
            })
            .await
    }
}

/// The answer with no more of its header than is wanted, if it is what it must be.
fn take(message: Vec<u8>, from: &EmailAddress) -> Result<Vec<u8>, LinkError> {
    if !pgpmime::is_sealed_throughout(&message) {
        return Err(LinkError::Malformed);
    }
    match outgoing::authors(&message).as_deref() {
        Ok([author]) if author.canonical() == from.canonical() => {}
        _ => return Err(LinkError::Malformed),
    }
    Ok(header::remove(&message, |field| !TAKEN.iter().any(|name| field.is(name))))
}
