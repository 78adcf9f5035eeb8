//! Bodies of requests: JSON and frames, refused as `ApiError` like everything else.
//!
//! A body comes in within the box's budget and at a pace, so that who never sends the last octet holds little and not for long.

use std::error::Error;
use std::time::Duration;

use axum::RequestExt;
use axum::extract::{FromRequest, Request};
use http_body_util::{BodyExt, LengthLimitError};
use serde::de::DeserializeOwned;
use shared::api::ErrorCode;
use shared::api::frame;
use tokio::time::{Instant, timeout_at};

use super::{Failure, Peer};
use crate::core::budget::{Gathering, Held, Overflow, Sharer};
use crate::core::post::Post;
use crate::net::peer::Network;

/// Octets of a body that are not counted against the budget: all of a small request, so that people sign in and delete also
/// where there is no room for mail.
const SMALL_BYTES: usize = 16 * 1024;
/// Largest body of who is not signed in, but for a new account's, octets.
pub(super) const OPEN_BYTES: usize = 64 * 1024;
/// Waiting for the next piece of a body: what a phone in a tunnel may need.
const PIECE: Duration = Duration::from_secs(60);
/// Waiting for all of a small body; a larger one has longer, as [`BYTES_A_SECOND`] says.
const WHOLE: Duration = Duration::from_secs(60);
/// A line that is slower than this is not one to send mail over.
const BYTES_A_SECOND: usize = 8 * 1024;

/// A JSON body.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Post> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, post: &Post) -> Result<Self, Failure> {
        // Whether its sender is somebody here is not known at each of the doors.
        let sender = sender(&request);
        let body = whole(request, post, sender).await?;
        serde_json::from_slice(&body.bytes).map(Self).map_err(|_| ErrorCode::BadRequest.into())
    }
}

/// A framed body: its header, and all of its parts' bytes. For doors that only who is signed in comes to.
#[derive(Debug)]
pub(super) struct Frame<T>(pub(super) T, pub(super) Held);

impl<T: DeserializeOwned> FromRequest<Post> for Frame<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, post: &Post) -> Result<Self, Failure> {
        let (header, parts) = framed(whole(request, post, None).await?)?;
        Ok(Self(header, parts))
    }
}

/// The same for a door that is open to strangers.
#[derive(Debug)]
pub(super) struct OpenFrame<T>(pub(super) T, pub(super) Held);

impl<T: DeserializeOwned> FromRequest<Post> for OpenFrame<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, post: &Post) -> Result<Self, Failure> {
        let sender = sender(&request);
        let (header, parts) = framed(whole(request, post, sender).await?)?;
        Ok(Self(header, parts))
    }
}

fn framed<T: DeserializeOwned>(mut body: Held) -> Result<(T, Held), Failure> {
    let (header, parts) = frame::decode(&body.bytes).map_err(|_| ErrorCode::BadRequest)?;
    let begin = body.bytes.len() - parts.len();
    body.bytes.drain(..begin);
    Ok((header, body))
}

/// The network that a request comes from.
fn sender(request: &Request) -> Option<Network> {
    request.extensions().get::<Peer>().map(|Peer(address)| Network::of(*address))
}

/// A body that is nothing but octets. For doors that only who is signed in comes to.
#[derive(Debug)]
pub(super) struct Octets(pub(super) Held);

impl FromRequest<Post> for Octets {
    type Rejection = Failure;

    async fn from_request(request: Request, post: &Post) -> Result<Self, Failure> {
        Ok(Self(whole(request, post, None).await?))
    }
}

async fn whole(request: Request, post: &Post, stranger: Option<Network>) -> Result<Held, Failure> {
    let begun = Instant::now();
    let mut body = request.into_limited_body();
    let mut gathering =
        Gathering::new(post.budget().clone(), stranger.map(Sharer::Network), usize::MAX).uncounted(SMALL_BYTES);
    loop {
        let earned = Duration::from_secs((gathering.len() / BYTES_A_SECOND) as u64);
        let by = (begun + WHOLE + earned).min(Instant::now() + PIECE);
        let next = timeout_at(by, body.frame()).await.map_err(|_| ErrorCode::BadRequest)?;
        let Some(frame) = next.transpose().map_err(|error| unread(&error))? else { return Ok(gathering.finish()) };
        let Ok(piece) = frame.into_data() else { continue };
        gathering.push(&piece).map_err(|overflow| match overflow {
            Overflow::TooLarge => ErrorCode::TooLarge,
            Overflow::NoRoom => ErrorCode::Busy,
        })?;
    }
}

fn unread(error: &(dyn Error + 'static)) -> ErrorCode {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return ErrorCode::TooLarge;
        }
        cause = error.source();
    }
    ErrorCode::BadRequest
}
