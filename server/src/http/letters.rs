//! Sending: handing a letter in, taking it back, and what became of it.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use shared::api::mailbox::MessageId;
use shared::api::submit::{DeliveriesResponse, SubmissionId, SubmitRequest, SubmitResponse};

use super::asked::Path;
use super::body::Frame;
use super::{Failure, SignedIn};
use crate::core::post::Post;

pub(super) async fn submit(
    State(post): State<Post>,
    who: SignedIn,
    Frame(request, parts): Frame<SubmitRequest>,
) -> Result<(StatusCode, Answer<SubmitResponse>), Failure> {
    Ok((StatusCode::CREATED, Answer(post.submit(who.account, request, parts).await?)))
}

pub(super) async fn take_back(
    State(post): State<Post>,
    who: SignedIn,
    Path(id): Path<SubmissionId>,
) -> Result<StatusCode, Failure> {
    post.take_back(who.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn deliveries(
    State(post): State<Post>,
    who: SignedIn,
    Path(id): Path<MessageId>,
) -> Result<Answer<DeliveriesResponse>, Failure> {
    Ok(Answer(post.deliveries(who.account, id).await?))
}
