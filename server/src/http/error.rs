//! The one place that turns an error of `core` into an HTTP answer.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::api::{ApiError, ErrorCode};

use crate::core::mail::MailError;
use crate::store::StoreError;

/// What a handler answers when it does not succeed.
#[derive(Debug)]
pub struct Failure(pub ApiError);

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self(code.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::NotFound => ErrorCode::NotFound,
            StoreError::DiskFull => ErrorCode::DiskFull,
            StoreError::RolledBack | StoreError::Closed => ErrorCode::Busy,
            _ => {
                tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
                ErrorCode::Internal
            }
        };
        code.into()
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::TooMany => ErrorCode::TooMany.into(),
            MailError::TooLarge => ErrorCode::TooLarge.into(),
            MailError::NotSealed => ErrorCode::BadRequest.into(),
            MailError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after;
        let mut response = (status, Json(self.0)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
