//! A note to the owner of the box, from somebody who was given a link to a letter that is not what it should be.
//!
//! Invariants: what is written is sealed to the owner before it is kept; the sender of the letter does not learn of it by the box.

use shared::api::limits;
use shared::api::link::ReportRequest;
use shared::mime::{self, BccField, Letter, Mailbox, header};

use super::reader::gone;
use super::{Kept, LinkError, hash};
use crate::core::post::Post;
use crate::core::throttle::{self, Visitor};
use crate::core::{room, words};
use crate::store::links::{reading, replies};
use crate::store::{StoreError, accounts};

impl Post {
    /// Tells the owner of the box about a letter.
    ///
    /// # Errors
    /// [`LinkError::Gone`], [`LinkError::Wait`], [`LinkError::TooLarge`], [`LinkError::Deliver`].
    pub async fn report_letter(&self, request: ReportRequest, visitor: Visitor) -> Result<(), LinkError> {
        let (context, now) = (self.context(), self.context().clock.now());
        let ReportRequest { link, words } = request;
        if words.len() > limits::LINK_REPORT_BYTES {
            return Err(LinkError::TooLarge);
        }
        let name_hash = hash(&link.0);
        let found = context.store.write(move |tx| -> Kept<_> {
            let Some(found) = reading::find(tx, name_hash, now)? else { return gone(tx, visitor, now) };
            throttle::charge_report(tx, found.link, &visitor, now)?;
            let sender = accounts::get(tx, replies::sender(tx, found.link)?)?;
            let owner = accounts::get(tx, accounts::first(tx)?.ok_or(StoreError::NotFound)?)?;
            Ok(Ok((found.recipient, sender.address, owner)))
        });
        let (recipient, sender, owner) = found.await??;
        let domain = context.domain.as_str();
        let letter = Letter {
            from: Mailbox { name: Some("Own-Mailbox".into()), address: format!("mailer-daemon@{domain}") },
            to: vec![Mailbox { name: None, address: owner.address.to_string() }],
            subject: words::report_subject(owner.language, sender.as_str()),
            text: words::report_text(owner.language, sender.as_str(), recipient.as_str(), &words),
            message_id: format!("{}@{domain}", self.name_message()),
            date: now,
            ..Letter::default()
        };
        let note = mime::build(&letter, BccField::Left);
        let note = header::prepend(&note, b"Return-Path: <>\r\nAuto-Submitted: auto-generated\r\n");
        let reserved = self.room_for_sealing(note.len()).await;
        let sealed = self.seal_notice(owner.number, note, reserved).await?;
        let filed = context.store.write(move |tx| {
            room::claim(tx, sealed.octets())?;
            sealed.file(tx)
        });
        Ok(filed.await?)
    }
}
