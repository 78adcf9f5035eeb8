//! Invitation, registration, login, recovery, the session, and what opens the account.

use axum::Json as Answer;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::api::account::{
    BoxResponse, ChangeAccountRequest, ConfirmResponse, InvitationAddressRequest, InvitationRequest,
    InvitationResponse, LoginFinishRequest, LoginStartRequest, LoginStartResponse, PassphraseRequest,
    PassphraseStartRequest, PassphraseStartResponse, RecoverFinishRequest, RecoverStartRequest, RecoverStartResponse,
    RecoveryCodeRequest, RegisterFinishRequest, RegisterStartRequest, RegisterStartResponse, SessionResponse,
};
use shared::api::own_key::{KeyNewsRequest, NewKeyRequest, RestKey};
use shared::api::{ErrorCode, paths};

use super::body::Json;
use super::session::{self, cookie};
use super::{Failure, Peer, SignedIn};
use crate::core::Context;
use crate::core::accounts::{self, AccountError};
use crate::core::throttle::Visitor;

/// Who sends a request, as far as the throttle wants to know.
pub(super) struct From(pub(super) Visitor);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Some(Peer(network)) = parts.extensions.get::<Peer>().copied() else {
            tracing::error!("a request came without the address of its sender");
            return Err(ErrorCode::Internal.into());
        };
        let program = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let browser = cookie(&parts.headers, paths::BROWSER_COOKIE);
        Ok(Self(Visitor { network, browser, program: program.to_owned() }))
    }
}

pub(super) async fn invitation(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<InvitationRequest>,
) -> Result<Answer<InvitationResponse>, Failure> {
    Ok(Answer(accounts::invitation(&context, &request.token, visitor).await?))
}

pub(super) async fn invitation_address(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<InvitationAddressRequest>,
) -> Result<StatusCode, Failure> {
    accounts::invitation_address(&context, request, visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn register_start(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<RegisterStartRequest>,
) -> Result<Answer<RegisterStartResponse>, Failure> {
    Ok(Answer(accounts::register_start(&context, request, visitor).await?))
}

pub(super) async fn register_finish(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<RegisterFinishRequest>,
) -> Result<Response, Failure> {
    Ok(welcome(StatusCode::CREATED, accounts::register_finish(&context, request, visitor).await?))
}

pub(super) async fn login_start(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<LoginStartRequest>,
) -> Result<Answer<LoginStartResponse>, Failure> {
    Ok(Answer(accounts::login_start(&context, request, visitor).await?))
}

pub(super) async fn login_finish(
    State(context): State<Context>,
    Json(request): Json<LoginFinishRequest>,
) -> Result<Response, Failure> {
    Ok(welcome(StatusCode::OK, accounts::login_finish(&context, request).await?))
}

pub(super) async fn recover_start(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<RecoverStartRequest>,
) -> Result<Answer<RecoverStartResponse>, Failure> {
    Ok(Answer(accounts::recover_start(&context, request, visitor).await?))
}

pub(super) async fn recover_finish(
    State(context): State<Context>,
    From(visitor): From,
    Json(request): Json<RecoverFinishRequest>,
) -> Result<Response, Failure> {
    Ok(welcome(StatusCode::OK, accounts::recover_finish(&context, request, visitor).await?))
}

pub(super) async fn confirm(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<LoginFinishRequest>,
) -> Result<Answer<ConfirmResponse>, Failure> {
    Ok(Answer(accounts::confirm(&context, who.session, &request).await?))
}

pub(super) async fn passphrase_start(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<PassphraseStartRequest>,
) -> Result<Answer<PassphraseStartResponse>, Failure> {
    Ok(Answer(accounts::passphrase_start(&context, who.session, request).await?))
}

pub(super) async fn change_passphrase(
    State(context): State<Context>,
    who: SignedIn,
    From(visitor): From,
    Json(request): Json<PassphraseRequest>,
) -> Result<StatusCode, Failure> {
    accounts::change_passphrase(&context, who.session, request, visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn change_recovery_code(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<RecoveryCodeRequest>,
) -> Result<StatusCode, Failure> {
    accounts::change_recovery_code(&context, who.session, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn new_key(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<NewKeyRequest>,
) -> Result<StatusCode, Failure> {
    accounts::new_key(&context, who.session, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn key_news(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<KeyNewsRequest>,
) -> Result<StatusCode, Failure> {
    accounts::key_news(&context, who.session, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn rest_key(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<RestKey>,
) -> Result<StatusCode, Failure> {
    accounts::rest_key(&context, who.session, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the box says of itself to everybody.
pub(super) async fn about_box(State(context): State<Context>) -> Answer<BoxResponse> {
    Answer(BoxResponse { domain: context.domain.as_str().to_owned() })
}

/// Who is signed in. Nobody is an answer too, and so is somebody whose account was disabled: a browser would tell an error on
/// its console at each visit.
pub(super) async fn session(
    State(context): State<Context>,
    headers: HeaderMap,
) -> Result<Answer<SessionResponse>, Failure> {
    let Some(token) = session::token(&headers) else { return Ok(Answer(None)) };
    match accounts::session(&context, &token).await {
        Ok(session) => Ok(Answer(Some(accounts::account(&context, session).await?))),
        Err(AccountError::NotSignedIn | AccountError::Disabled) => Ok(Answer(None)),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn change(
    State(context): State<Context>,
    who: SignedIn,
    Json(request): Json<ChangeAccountRequest>,
) -> Result<StatusCode, Failure> {
    accounts::change(&context, who.account, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the session. One that has ended already is as good.
pub(super) async fn logout(State(context): State<Context>, headers: HeaderMap) -> Result<Response, Failure> {
    if let Some(token) = session::token(&headers)
        && let Ok(found) = accounts::session(&context, &token).await
    {
        accounts::end_session(&context, found).await?;
    }
    let gone = session::set_cookie(paths::SESSION_COOKIE, "", 0);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// The answer to whoever has just signed in: the account, the session's cookie, and the cookie that marks the browser as
/// having signed in before.
fn welcome(status: StatusCode, signed_in: accounts::SignedIn) -> Response {
    let accounts::SignedIn { session, browser, account } = signed_in;
    let mut response = (status, Answer(account)).into_response();
    for (name, value, seconds) in [
        (paths::SESSION_COOKIE, session, accounts::SESSION_SECONDS),
        (paths::BROWSER_COOKIE, browser, session::BROWSER_COOKIE_SECONDS),
    ] {
        response.headers_mut().append(header::SET_COOKIE, session::set_cookie(name, &value.to_string(), seconds));
    }
    response
}
