//! Requests to the box, typed by `shared::api`.
//!
//! Invariants: every path is one of `shared::api::paths`, so every request goes to the own origin; what changes something
//! carries the header that no other site can set; an answer that is not of the API becomes an error of the API or
//! [`HttpError::Offline`], never a panic; dropping the future gives the request up, also while its answer is still coming; a line
//! that stands still ends it by itself.

use futures_util::future::{Either, select};
use js_sys::{Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::{ApiError, ErrorCode, paths};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, Request, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect, Response,
};

use super::buffer::Buffer;
use super::time;

/// How long an answer in JSON may take, milliseconds: longer than the box tries to reach others for a look-up.
const ANSWER_MS: u32 = 60_000;
/// How long a piece of a large upload may take, milliseconds: a mebibyte over the slowest line that is still one.
const OCTETS_MS: u32 = 300_000;
/// How long nothing may come of an answer that has begun, or leave of a request, milliseconds. How long all of it takes depends on the
/// line.
pub(super) const SILENCE_MS: u32 = 60_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The box could not be reached, or the connection broke.
    #[error("the box cannot be reached")]
    Offline,
    /// The box said no.
    #[error("the box refused")]
    Refused(#[source] ApiError),
}

/// Fetches something.
///
/// # Errors
/// [`HttpError`].
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, HttpError> {
    parse(&get_json(path).await?)
}

/// Fetches JSON for somebody else to read.
///
/// # Errors
/// [`HttpError`].
pub async fn get_json(path: &str) -> Result<String, HttpError> {
    text(send("GET", path, None)).await
}

/// Fetches bytes.
///
/// # Errors
/// [`HttpError`].
pub async fn get_bytes(path: &str) -> Result<Buffer, HttpError> {
    // What the box lets be kept it names itself: ciphertext that never changes.
    let answer = within(ANSWER_MS, send("GET", path, None)).await?;
    bytes(&answer.response).await
}

/// Posts a body and reads the answer.
///
/// # Errors
/// [`HttpError`].
pub async fn post<B: Serialize, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, HttpError> {
    parse(&post_for_json(path, body).await?)
}

/// Posts a body; the answer is for somebody else to read.
///
/// # Errors
/// [`HttpError`].
pub async fn post_for_json<B: Serialize>(path: &str, body: &B) -> Result<String, HttpError> {
    post_json(path, &json(body)?).await
}

/// Posts JSON that somebody else wrote; the answer is for somebody else to read.
///
/// # Errors
/// [`HttpError`].
pub async fn post_json(path: &str, body: &str) -> Result<String, HttpError> {
    text(send("POST", path, Some(body))).await
}

/// Posts a body and fetches bytes.
///
/// # Errors
/// [`HttpError`].
pub async fn post_for_bytes<B: Serialize>(path: &str, body: &B) -> Result<Buffer, HttpError> {
    let body = json(body)?;
    let answer = within(ANSWER_MS, send("POST", path, Some(&body))).await?;
    bytes(&answer.response).await
}

/// Posts a body where the answer has no content.
///
/// # Errors
/// [`HttpError`].
pub async fn tell<B: Serialize>(path: &str, body: &B) -> Result<(), HttpError> {
    text(send("POST", path, Some(&json(body)?))).await.map(|_| ())
}

/// Posts nothing where the answer has no content.
///
/// # Errors
/// [`HttpError`].
pub async fn knock(path: &str) -> Result<(), HttpError> {
    text(send("POST", path, None)).await.map(|_| ())
}

/// Puts something in its place where the answer has no content.
///
/// # Errors
/// [`HttpError`].
pub async fn put<B: Serialize>(path: &str, body: &B) -> Result<(), HttpError> {
    text(send("PUT", path, Some(&json(body)?))).await.map(|_| ())
}

/// Puts octets in their place where the answer has no content; they may take a while to leave.
///
/// # Errors
/// [`HttpError`].
pub async fn put_octets(path: &str, octets: &Buffer) -> Result<(), HttpError> {
    within(OCTETS_MS, async { read(&send_body("PUT", path, Some(Body::Octets(octets))).await?.response).await })
        .await
        .map(|_| ())
}

/// Changes something where the answer has no content.
///
/// # Errors
/// [`HttpError`].
pub async fn patch<B: Serialize>(path: &str, body: &B) -> Result<(), HttpError> {
    text(send("PATCH", path, Some(&json(body)?))).await.map(|_| ())
}

/// Removes something where the answer has no content.
///
/// # Errors
/// [`HttpError`].
pub async fn delete(path: &str) -> Result<(), HttpError> {
    text(send("DELETE", path, None)).await.map(|_| ())
}

fn json<B: Serialize>(body: &B) -> Result<String, HttpError> {
    serde_json::to_string(body).map_err(|_| HttpError::Refused(ErrorCode::BadRequest.into()))
}

/// Reads an answer; what does not fit is from a box of another version, or from something between.
///
/// # Errors
/// [`HttpError::Refused`] with `Internal` for what does not fit.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, HttpError> {
    // A request whose answer is `()` may be answered by nothing at all.
    let text = if text.is_empty() { "null" } else { text };
    serde_json::from_str(text).map_err(|_| HttpError::Refused(ErrorCode::Internal.into()))
}

/// The error that a refusal's body tells.
pub(super) fn refusal(status: u16, body: &str) -> HttpError {
    match serde_json::from_str(body) {
        Ok(error) => HttpError::Refused(error),
        // Not from the box's API: a proxy that does not reach it, or a page of something between.
        Err(_) if matches!(status, 502 | 504) => HttpError::Offline,
        Err(_) => HttpError::Refused(ErrorCode::Internal.into()),
    }
}

fn broken(_: JsValue) -> HttpError {
    HttpError::Offline
}

async fn text(request: impl Future<Output = Result<Answer, HttpError>>) -> Result<String, HttpError> {
    within(ANSWER_MS, async { read(&request.await?.response).await }).await
}

/// What takes longer than that has not reached the box, as far as the page can know.
async fn within<T>(milliseconds: u32, work: impl Future<Output = Result<T, HttpError>>) -> Result<T, HttpError> {
    match select(Box::pin(work), Box::pin(time::sleep(milliseconds))).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(HttpError::Offline),
    }
}

/// All bytes of an answer, however long it takes, as long as they keep coming.
async fn bytes(response: &Response) -> Result<Buffer, HttpError> {
    let Some(stream) = response.body() else { return Ok(Buffer::from(Vec::new())) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().dyn_into().map_err(|_| HttpError::Offline)?;
    let (mut pieces, mut length) = (Vec::new(), 0_u32);
    loop {
        let next = async { JsFuture::from(reader.read()).await.map_err(broken) };
        let next = within(SILENCE_MS, next).await?;
        let piece = Reflect::get(&next, &"value".into()).map_err(broken)?;
        // The end has no value.
        let Ok(piece) = piece.dyn_into::<Uint8Array>() else { break };
        length = length.checked_add(piece.length()).ok_or(HttpError::Offline)?;
        pieces.push(piece);
    }
    let (whole, mut at) = (Uint8Array::new_with_length(length), 0);
    for piece in pieces {
        whole.set(&piece, at);
        at += piece.length();
    }
    Ok(Buffer::from_js(whole.buffer()))
}

async fn read(response: &Response) -> Result<String, HttpError> {
    let text = JsFuture::from(response.text().map_err(broken)?).await.map_err(broken)?;
    Ok(text.as_string().unwrap_or_default())
}

/// What a request carries.
enum Body<'b> {
    Json(&'b str),
    Octets(&'b Buffer),
}

async fn send(method: &str, path: &str, json: Option<&str>) -> Result<Answer, HttpError> {
    send_body(method, path, json.map(Body::Json)).await
}

/// Sends a request and waits for the head of its answer; an answer that is no success is an error.
async fn send_body(method: &str, path: &str, body: Option<Body<'_>>) -> Result<Answer, HttpError> {
    let (request, guard) = request(method, path, body).map_err(broken)?;
    let window = web_sys::window().ok_or(HttpError::Offline)?;
    let response = JsFuture::from(window.fetch_with_request(&request)).await.map_err(broken)?;
    let response: Response = response.dyn_into().map_err(broken)?;
    if response.ok() {
        return Ok(Answer { response, _guard: guard });
    }
    Err(refusal(response.status(), &read(&response).await?))
}

fn request(method: &str, path: &str, body: Option<Body<'_>>) -> Result<(Request, AbortGuard), JsValue> {
    let headers = Headers::new()?;
    if method != "GET" {
        headers.set(paths::CSRF_HEADER, "1")?;
    }
    let controller = AbortController::new()?;
    let init = RequestInit::new();
    init.set_method(method);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_cache(if method == "GET" { RequestCache::Default } else { RequestCache::NoStore });
    init.set_redirect(RequestRedirect::Error);
    init.set_signal(Some(&controller.signal()));
    match body {
        Some(Body::Json(json)) => {
            headers.set("content-type", "application/json")?;
            init.set_body(&JsValue::from_str(json));
        }
        Some(Body::Octets(octets)) => {
            headers.set("content-type", "application/octet-stream")?;
            init.set_body(&octets.to_js());
        }
        None => {}
    }
    init.set_headers(&headers);
    let request = Request::new_with_str_and_init(path, &init)?;
    Ok((request, AbortGuard(controller)))
}

/// An answer of which the head is there.
struct Answer {
    response: Response,
    _guard: AbortGuard,
}

/// Gives the request up when it is dropped before all of the answer is there; afterwards that does nothing.
struct AbortGuard(AbortController);

impl Drop for AbortGuard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_box_is_told_as_it_is() {
        let error = ApiError { code: ErrorCode::TooManyAttempts, retry_after: Some(30) };
        let body = serde_json::to_string(&error).unwrap();
        assert_eq!(refusal(429, &body), HttpError::Refused(error));
    }

    #[test]
    fn a_refusal_of_something_between_is_no_panic() {
        assert_eq!(refusal(502, "<html>Bad gateway"), HttpError::Offline);
        assert_eq!(refusal(403, "<html>Blocked"), HttpError::Refused(ErrorCode::Internal.into()));
        assert_eq!(refusal(422, r#"{"code":"from_the_future"}"#), HttpError::Refused(ErrorCode::Internal.into()));
    }

    #[test]
    fn an_answer_without_content_is_unit() {
        assert_eq!(parse::<()>(""), Ok(()));
        assert_eq!(parse::<u32>("<html>"), Err(HttpError::Refused(ErrorCode::Internal.into())));
    }
}
