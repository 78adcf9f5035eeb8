//! Server-sent events: what changed in the account's mailboxes, as it becomes durable.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as Line, KeepAlive};
use futures_util::stream::{self, Stream};
use shared::api::Base64;
use shared::api::event::Event;

use super::{Failure, SignedIn, session};
use crate::core::{Context, accounts, mail};
use crate::store::{AccountNo, Change, Heard, Listener};

/// How often an idle stream is shown to be alive: below the time-outs of common proxies, seconds.
const KEEP_ALIVE_SECONDS: u64 = 25;

pub(super) async fn stream(
    State(context): State<Context>,
    who: SignedIn,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Line, Infallible>>>, Failure> {
    let listener = context.store.listen(who.account);
    let token = session::token(&headers).unwrap_or_default();
    let told = Told { context, account: who.account, token, listener, ready: false, over: false };
    let events = stream::unfold(told, |mut told| async move {
        let event = told.next().await?;
        Some((Ok(line(&event)), told))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(KEEP_ALIVE_SECONDS))))
}

fn line(event: &Event) -> Line {
    Line::default().json_data(event).unwrap_or_else(|_| Line::default().comment("event left out"))
}

/// One open stream.
struct Told {
    context: Context,
    account: AccountNo,
    token: Base64,
    listener: Listener,
    ready: bool,
    over: bool,
}

impl Told {
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        if !self.ready {
            self.ready = true;
            return Some(Event::Ready);
        }
        loop {
            let event = match self.listener.next().await? {
                Heard::Missed => Some(Event::Resync),
                Heard::Change(change) => self.event(change).await,
            };
            self.over = event == Some(Event::SignedOut);
            if event.is_some() {
                return event;
            }
        }
    }

    /// What the page is told of a change; `None` where there is nothing to tell any more.
    async fn event(&self, change: Change) -> Option<Event> {
        let store = &self.context.store;
        Some(match change {
            Change::Arrived { message, .. } => {
                Event::Arrived { message: mail::message_row(store, self.account, message).await.ok()? }
            }
            Change::Flags { mailbox, message } => {
                let row = mail::message_row(store, self.account, message).await.ok()?;
                Event::Flags { mailbox, message, flags: row.flags }
            }
            Change::Gone { mailbox, messages } => Event::Gone { mailbox, messages },
            Change::Mailboxes => Event::Mailboxes,
            Change::Deliveries { message } => Event::Deliveries { message },
            Change::Access => match accounts::session(&self.context, &self.token).await {
                Ok(_) => return None,
                Err(_) => Event::SignedOut,
            },
        })
    }
}
