//! Server-sent events: what changed in the account's mailboxes, as it becomes durable.
//!
//! A stream has no end of its own: it ends with its session, and when the box begins to stop, which would wait for it.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as Line, KeepAlive};
use futures_util::stream::{self, Stream};
use shared::api::Base64;
use shared::api::event::Event;
use shared::api::mailbox::{MessageId, MessageRow};

use super::{Failure, SignedIn, session};
use crate::core::accounts::AccountError;
use crate::core::mail::MailError;
use crate::core::{Context, accounts, mail};
use crate::net::listen::Stop;
use crate::store::{AccountNo, Change, Heard, Listener, StoreError};

/// How often an idle stream is shown to be alive: below the time-outs of common proxies, seconds.
const KEEP_ALIVE_SECONDS: u64 = 25;

pub(super) async fn stream(
    State(context): State<Context>,
    Extension(stop): Extension<Stop>,
    who: SignedIn,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Line, Infallible>>>, Failure> {
    let listener = context.store.listen(who.account);
    let token = session::token(&headers).unwrap_or_default();
    let told = Told { context, account: who.account, token, listener, stop, ready: false, over: false };
    let events = stream::unfold(told, |mut told| async move {
        let event = told.next().await?;
        Some((Ok(line(&event)), told))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(KEEP_ALIVE_SECONDS))))
}

fn line(event: &Event) -> Line {
    Line::default().json_data(event).unwrap_or_else(|_| Line::default().comment("event left out"))
}

/// Why it is not known what to tell.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error("a message cannot be read")]
    Message(#[from] MailError),
    #[error("the session cannot be read")]
    Session(#[from] AccountError),
}

/// One open stream.
struct Told {
    context: Context,
    account: AccountNo,
    token: Base64,
    listener: Listener,
    stop: Stop,
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
            let heard = tokio::select! {
                () = self.stop.draining() => return None,
                heard = self.listener.next() => heard?,
            };
            let event = match heard {
                Heard::Missed => Some(Event::Resync),
                Heard::Change(change) => match self.event(change).await {
                    Ok(event) => event,
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "a change could not be told");
                        Some(Event::Resync)
                    }
                },
            };
            self.over |= event == Some(Event::SignedOut);
            if event.is_some() {
                return event;
            }
        }
    }

    /// What the page is told of a change; `None` where there is nothing to tell any more.
    async fn event(&mut self, change: Change) -> Result<Option<Event>, Untold> {
        Ok(match change {
            Change::Arrived { message, .. } => self.row(message).await?.map(|message| Event::Arrived { message }),
            Change::Flags { mailbox, message } => {
                self.row(message).await?.map(|row| Event::Flags { mailbox, message, flags: row.flags })
            }
            Change::Gone { mailbox, messages } => Some(Event::Gone { mailbox, messages }),
            Change::Mailboxes => Some(Event::Mailboxes),
            Change::Deliveries { message } => Some(Event::Deliveries { message }),
            Change::Keys | Change::AtRest => Some(Event::Keys),
            Change::People { generation } => Some(Event::People { generation }),
            Change::Access => match accounts::session(&self.context, &self.token).await {
                Ok(_) => None,
                Err(AccountError::NotSignedIn | AccountError::Disabled) => Some(Event::SignedOut),
                Err(error) => {
                    // Whether it may go on is asked again when the page opens the next stream.
                    self.over = true;
                    return Err(error.into());
                }
            },
        })
    }

    /// A message as lists show it; `None` where it is gone again.
    async fn row(&self, message: MessageId) -> Result<Option<MessageRow>, MailError> {
        match mail::message_row(&self.context.store, self.account, message).await {
            Ok(row) => Ok(Some(row)),
            Err(MailError::Store(StoreError::NotFound)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
