//! Making, renaming and removing mailboxes.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use shared::api::mailbox::{CreateMailboxRequest, Mailbox, MailboxId, MailboxesResponse, RenameMailboxRequest};

use super::asked::Path;
use super::body::Json;
use super::{Failure, SignedIn};
use crate::core::mailboxes::{self, Subscriptions, Which};
use crate::core::{Context, mail};
use crate::store::StoreError;

pub(super) async fn list(State(context): State<Context>, who: SignedIn) -> Result<Answer<MailboxesResponse>, Failure> {
    Ok(Answer(MailboxesResponse { mailboxes: mail::mailboxes(&context.store, who.account).await? }))
}

pub(super) async fn create(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<CreateMailboxRequest>,
) -> Result<(StatusCode, Answer<Mailbox>), Failure> {
    let id = mailboxes::create(&context.store, who.account, request.name.parse()?, Subscriptions::Follow).await?;
    let all = mail::mailboxes(&context.store, who.account).await?;
    let made = all.into_iter().find(|mailbox| mailbox.id == id).ok_or(StoreError::NotFound)?;
    Ok((StatusCode::CREATED, Answer(made)))
}

pub(super) async fn rename(
    State(context): State<Context>,
    who: SignedIn,
    Path(id): Path<MailboxId>,
    Json(request): Json<RenameMailboxRequest>,
) -> Result<StatusCode, Failure> {
    mailboxes::rename(&context.store, who.account, Which::Id(id), request.name.parse()?, Subscriptions::Follow).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete(
    State(context): State<Context>,
    who: SignedIn,
    Path(id): Path<MailboxId>,
) -> Result<StatusCode, Failure> {
    mailboxes::delete_empty(&context.store, who.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
