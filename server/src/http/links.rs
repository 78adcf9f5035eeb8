//! Letters behind links: the sender's doors, which need a session, and the reader's, which need none.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::api::link::{
    ChangeLinkRequest, ChunkRequest, CreateLetterRequest, CreateLetterResponse, EarlierRequest, EarlierResponse,
    LetterState, LettersResponse, LinkId, LinkedLetterId, LookRequest, LookResponse, OpenRequest, OpenResponse,
    OpenedRequest, OpenedResponse, ReplyRequest, ReplyResponse, ReportRequest,
};
use tokio_util::io::ReaderStream;

use super::account::From;
use super::asked::Path;
use super::body::{Json, Octets, OpenFrame};
use super::{Failure, SignedIn};
use crate::core::post::Post;
use crate::core::{Context, links};

pub(super) async fn list(State(context): State<Context>, who: SignedIn) -> Result<Answer<LettersResponse>, Failure> {
    Ok(Answer(LettersResponse { letters: links::states(&context, who.account).await? }))
}

pub(super) async fn create(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<CreateLetterRequest>,
) -> Result<(StatusCode, Answer<CreateLetterResponse>), Failure> {
    Ok((StatusCode::CREATED, Answer(links::create(&context, who.account, request).await?)))
}

pub(super) async fn earlier(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<EarlierRequest>,
) -> Result<Answer<EarlierResponse>, Failure> {
    Ok(Answer(links::earlier(&context, who.account, request).await?))
}

pub(super) async fn state(
    State(context): State<Context>,
    who: SignedIn,
    Path(letter): Path<LinkedLetterId>,
) -> Result<Answer<LetterState>, Failure> {
    Ok(Answer(links::state(&context, who.account, letter).await?))
}

pub(super) async fn put_chunk(
    State(context): State<Context>,
    who: SignedIn,
    Path((letter, place)): Path<(LinkedLetterId, u32)>,
    Octets(bytes): Octets,
) -> Result<StatusCode, Failure> {
    links::put_chunk(&context, who.account, letter, place, bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn change(
    State(context): State<Context>,
    who: SignedIn,
    Path(place): Path<(LinkedLetterId, LinkId)>,
    Json(request): Json<ChangeLinkRequest>,
) -> Result<StatusCode, Failure> {
    links::change(&context, who.account, place, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn revoke(
    State(context): State<Context>,
    who: SignedIn,
    Path(place): Path<(LinkedLetterId, LinkId)>,
) -> Result<StatusCode, Failure> {
    links::revoke(&context, who.account, place).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn revoke_letter(
    State(context): State<Context>,
    who: SignedIn,
    Path(letter): Path<LinkedLetterId>,
) -> Result<StatusCode, Failure> {
    links::revoke_letter(&context, who.account, letter).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn look(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<LookRequest>,
) -> Result<Answer<LookResponse>, Failure> {
    Ok(Answer(links::look(&context, request, visitor).await?))
}

pub(super) async fn open(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<OpenRequest>,
) -> Result<Answer<OpenResponse>, Failure> {
    Ok(Answer(links::open(&context, request, visitor).await?))
}

pub(super) async fn opened(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<OpenedRequest>,
) -> Result<Answer<OpenedResponse>, Failure> {
    Ok(Answer(links::opened(&context, request, visitor).await?))
}

/// The octets of a chunk, read from the disk as the reader takes them: a slow one holds no memory.
pub(super) async fn chunk(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<ChunkRequest>,
) -> Result<Response, Failure> {
    let (file, length) = links::chunk(&context, request, visitor).await?;
    let octets = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    let kind = (header::CONTENT_TYPE, "application/octet-stream".to_owned());
    Ok(([kind, (header::CONTENT_LENGTH, length.to_string())], octets).into_response())
}

pub(super) async fn reply(
    State(post): State<Post>,
    From(visitor): From,
    OpenFrame(request, message): OpenFrame<ReplyRequest>,
) -> Result<Answer<ReplyResponse>, Failure> {
    Ok(Answer(post.reply_to_letter(request, message, visitor).await?))
}

pub(super) async fn report(
    State(post): State<Post>,
    From(visitor): From,
    Json(request): Json<ReportRequest>,
) -> Result<StatusCode, Failure> {
    post.report_letter(request, visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}
