//! What an account remembers of the certificates of others, sealed.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use shared::api::keys::{PeopleRequest, PeopleResponse};

use super::body::Json;
use super::{Failure, SignedIn};
use crate::core::{Context, people};

pub(super) async fn get(State(context): State<Context>, who: SignedIn) -> Result<Answer<PeopleResponse>, Failure> {
    Ok(Answer(people::get(&context, who.account).await?))
}

pub(super) async fn put(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<PeopleRequest>,
) -> Result<StatusCode, Failure> {
    people::put(&context, who.account, request).await?;
    Ok(StatusCode::NO_CONTENT)
}
