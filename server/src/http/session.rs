//! Who a request comes from: the session cookie, and the guard against requests that another site caused.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::api::{Base64, ErrorCode, paths};

use super::Failure;
use crate::core::{Context, accounts};
use crate::store::AccountNo;

/// A request with a good session.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    /// Whose session it is.
    pub account: AccountNo,
}

impl FromRequestParts<Context> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Failure> {
        let token = token(&parts.headers).ok_or(ErrorCode::NotSignedIn)?;
        let account = accounts::session(context, &token).await?;
        Ok(Self { account })
    }
}

/// The session token of the request's cookie.
pub(super) fn token(headers: &HeaderMap) -> Option<Base64> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == paths::SESSION_COOKIE).and_then(|(_, value)| value.parse().ok())
}

/// Refuses what changes something without the header that only our own page can set (design §3). The cookie's
/// `SameSite=Strict` guards too; this holds where a browser does not know it.
pub(super) async fn csrf(request: Request, next: Next) -> Response {
    if !request.method().is_safe() && !request.headers().contains_key(paths::CSRF_HEADER) {
        return Failure::from(ErrorCode::Forbidden).into_response();
    }
    next.run(request).await
}
