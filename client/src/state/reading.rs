//! The message that is open.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::mailbox::MessageId;
use shared::api::submit::Delivery;

use super::Failure;
use crate::worker::protocol::reading::MessageView;

/// What the reading pane can show.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Page {
    /// No message is open.
    #[default]
    Nothing,
    /// The message is being fetched and opened.
    Opening(MessageId),
    /// Here it is.
    Open(MessageId, Arc<MessageView>),
    /// It could not be fetched or opened.
    Failed(MessageId, Failure),
}

/// The reading pane.
#[derive(Clone, Copy)]
pub struct Reading {
    page: RwSignal<Page>,
}

/// Provides the reading pane.
pub fn provide_reading() {
    provide_context(Reading { page: RwSignal::default() });
}

/// The reading pane.
#[must_use]
pub fn use_reading() -> Reading {
    expect_context()
}

impl Reading {
    /// What it shows.
    #[must_use]
    pub fn page(&self) -> Signal<Page> {
        self.page.into()
    }

    /// Opens a message and marks it as read.
    pub fn open(&self, message: MessageId) {
        todo!("{message}")
    }

    /// Fetches a message ahead, sealed, because it may be opened next.
    pub fn expect(&self, message: MessageId) {
        todo!("{message}")
    }

    /// Shows no message any more.
    pub fn close(&self) {
        todo!()
    }

    /// What became of a sent message, recipient by recipient; empty until known, and for messages that were not sent.
    #[must_use]
    pub fn deliveries(&self) -> Signal<Vec<Delivery>> {
        todo!()
    }
}
