//! Keeps the state as it is on the box: fills it when the account opens, patches it by events, empties it when the account closes.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::account::Language;
use shared::api::event::Event;
use shared::api::paths;

use super::certificates::{Certificates, use_certificates};
use super::devices::{Devices, use_devices};
use super::drafts::{Drafts, use_drafts};
use super::mailboxes::{Mailboxes, use_mailboxes};
use super::messages::{Messages, use_messages};
use super::own_keys::{OwnKeys, use_own_keys};
use super::people::{People, use_people};
use super::reading::{Reading, use_reading};
use super::sending::{Sending, use_sending};
use super::session::{Session, use_session, who_is_signed_in};
use super::settings::use_settings;
use super::shown::Shown;
use super::undo::{Undo, use_undo};
use crate::platform::events::Events;

/// The connection on which the box tells what happens.
#[derive(Clone, Copy)]
pub struct Live {
    connected: Shown<bool>,
    stream: StoredValue<Option<Events>, LocalStorage>,
    rooms: Rooms,
}

#[derive(Clone, Copy)]
struct Rooms {
    session: Session,
    mailboxes: Mailboxes,
    messages: Messages,
    reading: Reading,
    drafts: Drafts,
    sending: Sending,
    devices: Devices,
    own_keys: OwnKeys,
    certificates: Certificates,
    people: People,
    undo: Undo,
}

/// Provides the connection and has it follow the session.
pub fn provide_live() {
    let rooms = Rooms {
        session: use_session(),
        mailboxes: use_mailboxes(),
        messages: use_messages(),
        reading: use_reading(),
        drafts: use_drafts(),
        sending: use_sending(),
        devices: use_devices(),
        own_keys: use_own_keys(),
        certificates: use_certificates(),
        people: use_people(),
        undo: use_undo(),
    };
    let live = Live { connected: Shown::new(true), stream: StoredValue::new_local(None), rooms };
    provide_context(live);
    let is_open = rooms.session.is_open();
    // The state's own effects: this one starts and stops a connection, the next one tells the box a language. None sets a signal
    // by another.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = is_open.get();
        match (was_open.unwrap_or(false), is_open) {
            (false, true) => live.start(),
            (true, false) => live.stop(),
            _ => {}
        }
        is_open
    });
    // The box writes to its people too: in the language in which they have the page.
    let language = use_settings().language();
    Effect::new(move |told: Option<Option<Language>>| {
        let (language, is_open) = (language.get(), is_open.get());
        let known = rooms.session.account().with_untracked(|account| account.as_ref().map(|account| account.language));
        let known = known.filter(|_| is_open)?;
        if told.flatten().unwrap_or(known) != language {
            rooms.session.tell_language(language);
        }
        Some(language)
    });
}

/// The connection.
#[must_use]
pub fn use_live() -> Live {
    expect_context()
}

impl Live {
    /// Whether the box tells what happens; `false` while the connection is lost.
    #[must_use]
    pub fn connected(&self) -> Signal<bool> {
        self.connected.readers()
    }

    fn start(self) {
        spawn_local(async move {
            // A failure stands in its signal; the first event tries again.
            let _ = self.rooms.mailboxes.load().await;
        });
        self.rooms.drafts.post_held();
        self.rooms.own_keys.tend();
        let events = Events::open(paths::EVENTS, move |event| self.heard(&event), move || self.lost());
        self.stream.set_value(Some(events));
    }

    fn stop(self) {
        self.stream.set_value(None);
        let Rooms {
            mailboxes, messages, reading, drafts, sending, devices, own_keys, certificates, people, undo, ..
        } = self.rooms;
        undo.clear();
        drafts.clear();
        sending.clear();
        reading.clear();
        messages.clear();
        mailboxes.clear();
        devices.clear();
        own_keys.clear();
        certificates.clear();
        people.clear();
        self.connected.set(true);
    }

    fn heard(self, event: &Event) {
        let Rooms { session, mailboxes, messages, reading, drafts, certificates, people, .. } = self.rooms;
        if !self.connected.get_untracked() {
            self.connected.set(true);
        }
        match event {
            // Whatever was fetched before the stream was open may be older than its first event.
            Event::Ready | Event::Resync => {
                mailboxes.load_soon();
                messages.resync();
                // What was decided about people meanwhile was not heard of.
                people.doubt();
                certificates.doubt();
                drafts.save_open();
            }
            Event::Arrived { .. } | Event::Flags { .. } | Event::Gone { .. } => {
                if let Event::Gone { messages, .. } = event {
                    drafts.gone(messages);
                }
                messages.apply(event);
                mailboxes.load_soon();
            }
            Event::Mailboxes => mailboxes.load_soon(),
            Event::Deliveries { message } => reading.deliveries_changed(*message),
            Event::Keys => self.keys_changed(),
            Event::People { generation } => {
                if people.changed(*generation) {
                    certificates.clear();
                    reading.judge_anew();
                }
            }
            Event::SignedOut => session.ended(),
        }
    }

    /// What did not open before may open now.
    fn keys_changed(self) {
        let Rooms { messages, own_keys, certificates, .. } = self.rooms;
        spawn_local(async move {
            if own_keys.renew().await.is_ok() {
                certificates.clear();
                messages.keys_changed();
            }
        });
    }

    fn lost(self) {
        self.connected.set(false);
        let session = self.rooms.session;
        spawn_local(async move {
            // A session that has ended closes the stream without a word; this hears it.
            if let Ok(None) = who_is_signed_in().await {
                session.ended();
            }
        });
    }
}
