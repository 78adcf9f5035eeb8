//! Bodies of requests: JSON and frames, refused as `ApiError` like everything else.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use shared::api::ErrorCode;
use shared::api::frame;

use super::Failure;

/// A JSON body.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = whole(request, state).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| ErrorCode::BadRequest.into())
    }
}

/// A framed body: its header, and all of its parts' bytes.
#[derive(Debug)]
pub(super) struct Frame<T>(pub(super) T, pub(super) Vec<u8>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Frame<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = whole(request, state).await?;
        let (header, parts) = frame::decode(&bytes).map_err(|_| ErrorCode::BadRequest)?;
        Ok(Self(header, parts.to_vec()))
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        let too_large = rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
        if too_large { ErrorCode::TooLarge.into() } else { ErrorCode::BadRequest.into() }
    })
}
