//! APPEND (RFC 9051 §6.3.12, RFC 4315 §3): what comes in is filed sealed, and answered as if nothing had happened to it.

use super::refusal::Refusal;
use super::{Done, Session, names};
use crate::core::filing::{self, Letter};
use crate::imap::wire::Code;
use crate::imap::wire::filing::Append;
use crate::store::{StoreError, mailboxes};

/// APPEND.
pub(super) async fn append(session: &Session, append: Append) -> Result<Done, Refusal> {
    let account = session.user()?.who.account;
    let name = names::existing(&append.mailbox).map_err(Refusal::or_try_create)?;
    let context = &session.service.context;
    let found: Result<_, StoreError> =
        context.store.read(move |tx| mailboxes::by_name(tx, account, name.as_str())).await;
    let mailbox = found.map_err(|error| Refusal::from(error).or_try_create())?.id;
    let (flags, received_at) = (append.flags.clone(), append.received_at);
    let letter = Letter { message: append.into_message(), flags: flags.bits, keywords: flags.keywords, received_at };
    let filed = filing::file(context, account, mailbox, letter);
    let filed = filed.await.map_err(|error| Refusal::from(error).or_try_create())?;
    let code = Code::AppendUid { validity: filed.uid_validity, uids: filed.message.uid.to_string() };
    Ok(Done::new("filed").code(code))
}
