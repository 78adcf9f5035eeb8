//! Passwords of mail programs.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use shared::api::device::{CreateDeviceRequest, CreateDeviceResponse, DeviceId, DevicesResponse};

use super::asked::Path;
use super::body::Json;
use super::{Failure, SignedIn};
use crate::core::{Context, devices};

pub(super) async fn list(State(context): State<Context>, who: SignedIn) -> Result<Answer<DevicesResponse>, Failure> {
    Ok(Answer(devices::list(&context, who.account).await?))
}

pub(super) async fn create(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<CreateDeviceRequest>,
) -> Result<(StatusCode, Answer<CreateDeviceResponse>), Failure> {
    let device = devices::create(&context, who.account, request).await?;
    Ok((StatusCode::CREATED, Answer(CreateDeviceResponse { device })))
}

pub(super) async fn revoke(
    State(context): State<Context>,
    who: SignedIn,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Failure> {
    devices::revoke(&context, who.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
