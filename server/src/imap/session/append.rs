//! APPEND and REPLACE (RFC 9051 §6.3.12, RFC 3502, RFC 4315 §3, RFC 8508): what comes in is filed sealed, all of it or nothing,
//! and answered as if nothing had happened to it.

use shared::api::mailbox::MessageId;

use super::refusal::Refusal;
use super::{Done, Replies, Session, names};
use crate::core::budget::Budget;
use crate::core::filing::{self, FilingError, Letter};
use crate::core::mailboxes::Which;
use crate::imap::wire::append::{Append, Appended, Replace};
use crate::imap::wire::print::status;
use crate::imap::wire::sequence::compact;
use crate::imap::wire::{Code, Status};
use crate::store::{StoreError, views};

/// APPEND.
pub(super) async fn append(session: &mut Session, append: Append) -> Result<Done, Refusal> {
    Ok(Done::new("filed").code(file(session, append, None).await?))
}

/// REPLACE: one message is filed and another removed in one transaction.
pub(super) async fn replace(
    session: &mut Session,
    request: Replace,
    replies: &mut Replies<'_>,
) -> Result<Done, Refusal> {
    let Replace { old, new, uid } = request;
    let store = session.service.context.store.clone();
    let (_, view) = session.writable()?;
    let (mailbox, uids) = (view.mailbox, view.named(&old, uid)?);
    let found: Result<_, StoreError> = store.read(move |tx| views::by_uids(tx, mailbox, &uids)).await;
    let Some(old) = found?.first().map(|message| message.id) else { return Err(Refusal::GONE) };
    let code = file(session, new, Some(old)).await?;
    // Before the EXPUNGE response, so that the client knows the new message before the old one goes (RFC 8508 §4.3).
    status(replies.lines(), None, Status::Ok, Some(&code), "filed");
    Ok(Done::new("replaced"))
}

/// Files messages; answers where.
async fn file(session: &mut Session, append: Append, replaces: Option<MessageId>) -> Result<Code, Refusal> {
    let account = session.user()?.who.account;
    if append.is_given_up() {
        return Err(Refusal::No(None, "an empty message is none; nothing was filed"));
    }
    let name = names::existing(&append.mailbox).map_err(Refusal::or_try_create)?;
    let letters = letters(append, session.service.post.budget())?;
    let filed = filing::file(&session.service.post, account, Which::Name(name), letters, replaces);
    let filed = filed.await.map_err(|error| Refusal::from(error).or_try_create())?;
    if let Ok((_, view)) = session.selected()
        && view.mailbox == filed.mailbox
    {
        view.put_there(filed.messages.iter().map(|message| message.uid));
    }
    let uids = compact(filed.messages.iter().map(|message| message.uid));
    Ok(Code::AppendUid { validity: filed.uid_validity, uids })
}

/// The messages of a command, taken apart within room that is given back when they take no more than the command did.
fn letters(append: Append, budget: &Budget) -> Result<Vec<Letter>, FilingError> {
    let _copy = match append.copied_octets() {
        0 => None,
        octets => Some(budget.reserve_beside(append.octets(), octets)?),
    };
    let letter = |(appended, message): (Appended, _)| Letter {
        message,
        flags: appended.flags.bits,
        keywords: appended.flags.keywords,
        received_at: appended.received_at,
    };
    Ok(append.into_messages().into_iter().map(letter).collect())
}
