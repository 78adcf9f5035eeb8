//! Certificates: those of correspondents, looked up for the page, and those of this box's people, published for everybody
//! in a Web Key Directory (draft-koch-openpgp-webkey-service).

use axum::Json as Answer;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::api::keys::{KeepRequest, KeptRequest, KeptResponse, LookupRequest, LookupResponse};
use shared::api::{ErrorCode, limits};

use super::body::Json;
use super::{Failure, SignedIn};
use crate::core::post::Post;
use crate::core::{Context, correspondents};

/// How long others may keep a certificate before they ask again, as a cache directive: an hour.
const KEPT: &str = "public, max-age=3600";

pub(super) async fn look_up(
    State(post): State<Post>,
    who: SignedIn,
    Json(request): Json<LookupRequest>,
) -> Result<Answer<LookupResponse>, Failure> {
    if request.addresses.len() > limits::LOOKUP_ADDRESSES {
        return Err(ErrorCode::TooMany.into());
    }
    Ok(Answer(LookupResponse {
        results: post.directory().look_up_for(who.account, request.addresses, request.key_server).await?,
    }))
}

/// Which certificate the account's owner chose for an address; asks nobody outside.
pub(super) async fn kept(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<KeptRequest>,
) -> Result<Answer<KeptResponse>, Failure> {
    Ok(Answer(KeptResponse { kept: correspondents::kept(&context, who.account, request.address).await? }))
}

pub(super) async fn keep(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<KeepRequest>,
) -> Result<StatusCode, Failure> {
    correspondents::keep(&context, who.account, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The binary certificate that the hash of a local part names (§3.1).
pub(super) async fn published(State(post): State<Post>, Path(hash): Path<String>) -> Result<Response, Failure> {
    let certificate = post.directory().published(hash).await?.ok_or(ErrorCode::NotFound)?;
    let any_origin = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    let octets = (header::CONTENT_TYPE, "application/octet-stream");
    Ok(([octets, any_origin, (header::CACHE_CONTROL, KEPT)], certificate).into_response())
}

/// The same by the advanced method, where the path names the domain.
pub(super) async fn published_for_domain(
    State(post): State<Post>,
    Path((domain, hash)): Path<(String, String)>,
) -> Result<Response, Failure> {
    if !domain.eq_ignore_ascii_case(post.context().domain.as_str()) {
        return Err(ErrorCode::NotFound.into());
    }
    published(State(post), Path(hash)).await
}

/// The policy file (§4.5); an empty one says that nothing but the directory is offered.
pub(super) async fn policy() -> (StatusCode, [(header::HeaderName, &'static str); 1], &'static str) {
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "")
}
