//! HTTP: the API of `shared::api::paths` and the page. Handlers turn a request into a call of `core` and its answer into
//! JSON; they hold no rules and no SQL.
//!
//! Invariants: every answer of the API that is not a success is an `ApiError`; what changes something needs the CSRF header; nothing
//! that a client sent is written to a log except method, path pattern and status.

mod account;
mod asked;
mod body;
mod certificates;
mod devices;
mod dist;
mod error;
mod events;
mod letters;
mod links;
mod mail;
mod mailboxes;
pub mod page;
mod people;
mod serve;
mod session;
mod setup;
#[cfg(test)]
mod tests;

pub use error::Failure;
pub use serve::{Peer, connection};
pub use session::SignedIn;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{any, delete, get, patch, post as post_to, put};
use axum::{Extension, Router};
use shared::api::{ErrorCode, limits, paths};

use crate::core::post::Post;
use crate::net::listen::Stop;

/// Everything that the box answers over HTTP. What has no end of its own ends when `stop` begins.
pub fn app(post: Post, stop: Stop) -> Router {
    let published = Router::new()
        .route(paths::WKD_DIRECT, get(certificates::published))
        .route(paths::WKD_ADVANCED, get(certificates::published_for_domain))
        .route(paths::WKD_POLICY, get(certificates::policy))
        .route(paths::WKD_ADVANCED_POLICY, get(certificates::policy))
        .route(paths::AUTOCONFIG, get(setup::autoconfig))
        .route(paths::AUTOCONFIG_HOST, get(setup::autoconfig))
        .route(paths::APPLE_PROFILE, get(setup::apple_profile))
        .with_state(post.clone());
    api(post, stop).merge(published).merge(page::router())
}

/// All doors of the API.
fn api(post: Post, stop: Stop) -> Router {
    let large = Router::new()
        .route(paths::MAILBOX_MESSAGES, get(mail::list).post(mail::append))
        .layer(DefaultBodyLimit::max(limits::JSON_BYTES + limits::SEALED_MESSAGE_BYTES));
    let submission = Router::new()
        .route(paths::SUBMIT, post_to(letters::submit))
        .layer(DefaultBodyLimit::max(limits::JSON_BYTES + limits::SUBMISSION_BYTES));
    let chunks = Router::new()
        .route(paths::LETTER_CHUNK, put(links::put_chunk))
        .layer(DefaultBodyLimit::max(limits::LINK_CHUNK_BYTES + limits::LINK_TAG_BYTES));
    let replies = Router::new()
        .route(paths::LINK_REPLY, post_to(links::reply))
        .layer(DefaultBodyLimit::max(body::OPEN_BYTES + limits::MESSAGE_BYTES));
    // Who is not signed in, or never will be, has little to say; a new account brings its keys.
    let open = Router::new()
        .route(paths::INVITATION, post_to(account::invitation))
        .route(paths::INVITATION_ADDRESS, post_to(account::invitation_address))
        .route(paths::REGISTER_START, post_to(account::register_start))
        .route(paths::LOGIN_START, post_to(account::login_start))
        .route(paths::LOGIN_FINISH, post_to(account::login_finish))
        .route(paths::RECOVER_START, post_to(account::recover_start))
        .route(paths::RECOVER_FINISH, post_to(account::recover_finish))
        .route(paths::LINK_LOOK, post_to(links::look))
        .route(paths::LINK_OPEN, post_to(links::open))
        .route(paths::LINK_OPENED, post_to(links::opened))
        .route(paths::LINK_CHUNK, post_to(links::chunk))
        .route(paths::LINK_REPORT, post_to(links::report))
        .layer(DefaultBodyLimit::max(body::OPEN_BYTES));
    let beginnings = Router::new()
        .route(paths::LETTERS, get(links::list).post(links::create))
        .layer(DefaultBodyLimit::max(limits::LINK_BEGIN_BYTES));
    let small = Router::new()
        .route(paths::LETTERS_EARLIER, post_to(links::earlier))
        .route(paths::LETTER, get(links::state).delete(links::revoke_letter))
        .route(paths::LETTER_LINK, patch(links::change).delete(links::revoke))
        .route(paths::MAILBOXES, get(mailboxes::list).post(mailboxes::create))
        .route(paths::MAILBOX, delete(mailboxes::delete).patch(mailboxes::rename))
        .route(paths::MESSAGE_DELIVERIES, get(letters::deliveries))
        .route(paths::SUBMISSION, delete(letters::take_back))
        .route(paths::CERTIFICATES_LOOKUP, post_to(certificates::look_up))
        .route(paths::CERTIFICATES_KEPT, post_to(certificates::kept).put(certificates::keep))
        .route(paths::PEOPLE, get(people::get).put(people::put))
        .route(paths::MESSAGE, get(mail::read))
        .route(paths::MESSAGE_SUMMARY, put(mail::set_summary))
        .route(paths::FLAGS, post_to(mail::flags))
        .route(paths::MOVE, post_to(mail::move_to))
        .route(paths::DELETE, post_to(mail::delete))
        .route(paths::EVENTS, get(events::stream))
        .route(paths::REGISTER_FINISH, post_to(account::register_finish))
        .route(paths::CONFIRM, post_to(account::confirm))
        .route(paths::PASSPHRASE_START, post_to(account::passphrase_start))
        .route(paths::PASSPHRASE, post_to(account::change_passphrase))
        .route(paths::RECOVERY_CODE, post_to(account::change_recovery_code))
        .route(paths::OWN_KEYS, post_to(account::new_key))
        .route(paths::OWN_KEY_NEWS, post_to(account::key_news))
        .route(paths::REST_KEYS, post_to(account::rest_key))
        .route(paths::LOGOUT, post_to(account::logout))
        .route(paths::BOX, get(account::about_box))
        .route(paths::SESSION, get(account::session))
        .route(paths::ACCOUNT, patch(account::change))
        .route(paths::DEVICES, get(devices::list).post(devices::create))
        .route(paths::DEVICE, delete(devices::revoke))
        .layer(DefaultBodyLimit::max(limits::JSON_BYTES));
    large
        .merge(submission)
        .merge(beginnings)
        .merge(chunks)
        .merge(replies)
        .merge(small)
        .merge(open)
        .method_not_allowed_fallback(async || Failure::from(ErrorCode::MethodNotAllowed))
        .route(paths::API, any(nothing))
        .route(&format!("{}{{*path}}", paths::API), any(nothing))
        .layer(axum::middleware::from_fn(session::csrf))
        .layer(axum::middleware::map_response(guarded))
        .layer(Extension(stop))
        .with_state(post)
}

/// There is no such door.
async fn nothing() -> Failure {
    ErrorCode::NotFound.into()
}

/// What an API answers is kept by nobody, unless the handler says so, is nothing but what it says to be, stands in no search engine,
/// and nobody is told where it was read.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(page::ROBOTS, HeaderValue::from_static(page::NO_ROBOTS));
    response
}
