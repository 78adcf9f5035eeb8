//! HTTP: the API of `shared::api::paths` and the page. Handlers turn a request into a call of `core` and its answer into
//! JSON; they hold no rules and no SQL.
//!
//! Invariants: every answer that is not a success is an `ApiError`; what changes something needs the CSRF header; nothing
//! that a client sent is written to a log except method, path pattern and status.

mod body;
mod error;
mod events;
mod mail;
pub mod page;
mod serve;
mod session;

pub use error::Failure;
pub use serve::{Peer, connection};
pub use session::SignedIn;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
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
        .layer(DefaultBodyLimit::max(limits::JSON_BYTES));
    large.merge(small).layer(axum::middleware::from_fn(session::csrf)).with_state(context)
}
