//! Who a request comes from: the session cookie, and the guard against requests that another site caused.

use axum::extract::{FromRef, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::api::{Base64, ErrorCode, paths};

use super::Failure;
use crate::core::accounts::Session;
use crate::core::post::Post;
use crate::core::{Context, accounts};
use crate::store::AccountNo;

/// How long a browser is known as one that signed in before, seconds: browsers keep no cookie longer than 400 days.
pub(super) const BROWSER_COOKIE_SECONDS: i64 = 400 * 24 * 60 * 60;

/// A request with a good session.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    /// Whose session it is.
    pub account: AccountNo,
    /// The session itself.
    pub session: Session,
}

impl FromRequestParts<Post> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, post: &Post) -> Result<Self, Failure> {
        let token = token(&parts.headers).ok_or(ErrorCode::NotSignedIn)?;
        let session = accounts::session(post.context(), &token).await?;
        Ok(Self { account: session.account, session })
    }
}

/// Most handlers need no more of the post office than where it stands.
impl FromRef<Post> for Context {
    fn from_ref(post: &Post) -> Self {
        post.context().clone()
    }
}

/// The session token of the request's cookie.
pub(super) fn token(headers: &HeaderMap) -> Option<Base64> {
    cookie(headers, paths::SESSION_COOKIE)
}

/// The token in a cookie of the request.
pub(super) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<Base64> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).and_then(|(_, value)| value.parse().ok())
}

/// A cookie for this host alone that no script reads and no other site sends (RFC 6265bis §4.1.3.2).
pub(super) fn set_cookie(name: &str, value: &str, seconds: i64) -> HeaderValue {
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    let mut cookie = HeaderValue::try_from(text).expect("a cookie's name and a token in base64 are ASCII");
    cookie.set_sensitive(true);
    cookie
}

/// Refuses what changes something without the header that only our own page can set (design §3). The cookie's
/// `SameSite=Strict` guards too; this holds where a browser does not know it.
pub(super) async fn csrf(request: Request, next: Next) -> Response {
    if !request.method().is_safe() && !request.headers().contains_key(paths::CSRF_HEADER) {
        return Failure::from(ErrorCode::Forbidden).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; __Host-session=-_8AAQ; c=d"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-browser=AA"));
        assert_eq!(token(&headers).map(|token| token.0), Some(vec![0xfb, 0xff, 0, 1]));
        assert_eq!(cookie(&headers, paths::BROWSER_COOKIE).map(|token| token.0), Some(vec![0]));
        assert_eq!(cookie(&headers, "c"), None);
    }

    #[test]
    fn cookies_are_for_this_host_and_no_script() {
        let cookie = set_cookie(paths::SESSION_COOKIE, "AA", 60);
        let text = cookie.to_str().unwrap();
        assert_eq!(text, "__Host-session=AA; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict");
        assert!(cookie.is_sensitive());
    }
}
