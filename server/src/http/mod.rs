//! HTTP: the API of `shared::api::paths` and the page. Handlers turn a request into a call of `core` and its answer into
//! JSON; they hold no rules and no SQL.
//!
//! Invariants: every answer that is not a success is an `ApiError`; what changes something needs the CSRF header; nothing
//! that a client sent is written to a log except method, path pattern and status.

mod account;
mod body;
mod devices;
mod error;
mod events;
mod mail;
pub mod page;
mod serve;
mod session;
#[cfg(test)]
mod tests;

pub use error::Failure;
pub use serve::{Peer, connection};
pub use session::SignedIn;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{delete, get, post};
use shared::api::{limits, paths};

use crate::core::Context;

/// Everything that the box answers over HTTP.
pub fn app(context: Context) -> Router {
    api(context).merge(page::router())
}

/// All doors of the API.
pub fn api(context: Context) -> Router {
    let large = Router::new()
        .route(paths::MAILBOX_MESSAGES, get(mail::list).post(mail::append))
        .layer(DefaultBodyLimit::max(limits::JSON_BYTES + limits::SEALED_MESSAGE_BYTES));
    let small = Router::new()
        .route(paths::MAILBOXES, get(mail::mailboxes))
        .route(paths::MESSAGE, get(mail::read))
        .route(paths::FLAGS, post(mail::flags))
        .route(paths::MOVE, post(mail::move_to))
        .route(paths::DELETE, post(mail::delete))
        .route(paths::EVENTS, get(events::stream))
        .route(paths::INVITATION, post(account::invitation))
        .route(paths::REGISTER_START, post(account::register_start))
        .route(paths::REGISTER_FINISH, post(account::register_finish))
        .route(paths::LOGIN_START, post(account::login_start))
        .route(paths::LOGIN_FINISH, post(account::login_finish))
        .route(paths::RECOVER_START, post(account::recover_start))
        .route(paths::RECOVER_FINISH, post(account::recover_finish))
        .route(paths::LOGOUT, post(account::logout))
        .route(paths::ACCOUNT, get(account::account))
        .route(paths::DEVICES, get(devices::list).post(devices::create))
        .route(paths::DEVICE, delete(devices::revoke))
        .layer(DefaultBodyLimit::max(limits::JSON_BYTES));
    large
        .merge(small)
        .layer(axum::middleware::from_fn(session::csrf))
        .layer(axum::middleware::map_response(guarded))
        .with_state(context)
}

/// What an API answers is kept by nobody, unless the handler says so, and is nothing but what it says to be.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
