//! Messages: listing, reading, filing, marking, moving, deleting.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::api::mailbox::{
    AppendRequest, AppendResponse, DeleteRequest, FlagsRequest, ListQuery, MailboxId, MessageId, MessageResponse,
    MessagesResponse, MoveRequest, MoveResponse, SummaryRequest,
};
use shared::api::{ErrorCode, frame};

use super::asked::{Path, Query};
use super::body::{Frame, Json};
use super::{Failure, SignedIn};
use crate::core::{Context, mail};

pub(super) async fn list(
    State(context): State<Context>,
    who: SignedIn,
    Path(id): Path<MailboxId>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<MessagesResponse>, Failure> {
    Ok(Answer(mail::list(&context.store, who.account, id, query).await?))
}

pub(super) async fn append(
    State(context): State<Context>,
    who: SignedIn,
    Path(id): Path<MailboxId>,
    Frame(request, message): Frame<AppendRequest>,
) -> Result<(StatusCode, Answer<AppendResponse>), Failure> {
    let id = mail::append(&context.store, who.account, id, request, message, context.clock.now()).await?;
    Ok((StatusCode::CREATED, Answer(AppendResponse { id })))
}

/// A frame: the sealed original header, where there is one, and the sealed message.
pub(super) async fn read(
    State(context): State<Context>,
    who: SignedIn,
    Path(id): Path<MessageId>,
) -> Result<Response, Failure> {
    let message = mail::read(&context.store, who.account, id).await?;
    let head = MessageResponse { sealed_header: message.sealed_header.into(), came: message.came };
    let body = frame::encode(&head, &[&message.bytes]).map_err(|_| ErrorCode::Internal)?;
    // A message never changes under its id; only this account's browser may keep the ciphertext.
    let keep = "private, max-age=31536000, immutable";
    Ok(([(header::CONTENT_TYPE, frame::CONTENT_TYPE), (header::CACHE_CONTROL, keep)], body).into_response())
}

pub(super) async fn set_summary(
    State(context): State<Context>,
    who: SignedIn,
    Path(id): Path<MessageId>,
    Json(request): Json<SummaryRequest>,
) -> Result<StatusCode, Failure> {
    mail::set_summary(&context.store, who.account, id, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn flags(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<FlagsRequest>,
) -> Result<StatusCode, Failure> {
    mail::set_flags(&context.store, who.account, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn move_to(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<MoveRequest>,
) -> Result<Answer<MoveResponse>, Failure> {
    let moved = mail::move_to(&context.store, who.account, request.messages, request.to, context.clock.now()).await?;
    Ok(Answer(MoveResponse { moved }))
}

pub(super) async fn delete(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<DeleteRequest>,
) -> Result<StatusCode, Failure> {
    mail::delete(&context.store, who.account, request.messages).await?;
    Ok(StatusCode::NO_CONTENT)
}
