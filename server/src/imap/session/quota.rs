//! GETQUOTA and GETQUOTAROOT (RFC 9208): one root, without a name, for all mailboxes. There are no limits but the disk's, which
//! `core::room` knows.

use super::refusal::Refusal;
use super::{Done, Replies, Session, names};
use crate::core::room;
use crate::imap::wire::print::{mailbox as print_mailbox, put};
use crate::store::StoreError;

/// The name of the only quota root.
const ROOT: &str = "";
/// The unit of the resource STORAGE, octets (RFC 9208 §5.1).
const UNIT: u64 = 1024;

/// GETQUOTA.
pub(super) async fn of_root(session: &Session, root: &str, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    if root != ROOT {
        return Err(Refusal::No(None, "there is no such quota root"));
    }
    tell(session, replies).await?;
    Ok(Done::new("that is the room there is"))
}

/// GETQUOTAROOT. It also tells of mailboxes that could be made.
pub(super) async fn of_mailbox(session: &Session, name: &str, replies: &mut Replies<'_>) -> Result<Done, Refusal> {
    let name = names::existing(name)?;
    put!(replies.lines(), "* QUOTAROOT ");
    print_mailbox(replies.lines(), name.as_str(), session.dialect);
    put!(replies.lines(), " \"{ROOT}\"\r\n");
    tell(session, replies).await?;
    Ok(Done::new("that is the room there is"))
}

async fn tell(session: &Session, replies: &mut Replies<'_>) -> Result<(), Refusal> {
    let (account, store) = (session.user()?.who.account, &session.service.context.store);
    let usage: Result<_, StoreError> = store.read(move |tx| room::usage(tx, account)).await;
    let usage = usage?;
    let (used, limit) = (usage.used.div_ceil(UNIT), usage.limit.div_ceil(UNIT));
    put!(replies.lines(), "* QUOTA \"{ROOT}\" (STORAGE {used} {limit})\r\n");
    Ok(())
}
