//! Server-sent events (HTML standard §9.2), with a new connection after every loss.
//!
//! The browser reconnects by itself after a broken connection, but not after an answer that is no event stream (the box
//! restarts behind a proxy, the session has ended): then this does, at growing distances.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::page::{self, Listener};
use super::time;

/// First distance between two tries, milliseconds.
const FIRST_RETRY_MS: u32 = 1_000;
/// Longest distance between two tries, milliseconds.
const LAST_RETRY_MS: u32 = 60_000;

/// A stream of events; closed when it is dropped.
#[must_use = "the stream closes when it is dropped"]
pub struct Events {
    #[expect(dead_code, reason = "the stream lives as long as this")]
    stream: Rc<Stream>,
}

struct Stream {
    path: &'static str,
    retry_ms: Cell<u32>,
    on_text: Box<dyn Fn(&str)>,
    on_lost: Box<dyn Fn()>,
    connection: RefCell<Option<Connection>>,
    online: RefCell<Option<Listener>>,
}

struct Connection {
    source: EventSource,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_message: Closure<dyn Fn(MessageEvent)>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_error: Closure<dyn Fn()>,
}

impl Events {
    /// Opens a stream. `on_event` hears what comes; what does not parse is passed over, it is from a newer box. `on_lost` hears
    /// each loss of the connection.
    pub fn open<T: DeserializeOwned>(
        path: &'static str,
        on_event: impl Fn(T) + 'static,
        on_lost: impl Fn() + 'static,
    ) -> Self {
        let on_text = move |text: &str| {
            if let Ok(event) = serde_json::from_str(text) {
                on_event(event);
            }
        };
        let stream = Rc::new(Stream {
            path,
            retry_ms: Cell::new(FIRST_RETRY_MS),
            on_text: Box::new(on_text),
            on_lost: Box::new(on_lost),
            connection: RefCell::default(),
            online: RefCell::default(),
        });
        let weak = Rc::downgrade(&stream);
        let reconnect = move || {
            if let Some(stream) = weak.upgrade()
                && !stream.is_open()
            {
                stream.connect();
            }
        };
        stream.online.replace(page::on_online(reconnect));
        stream.connect();
        Self { stream }
    }
}

impl Stream {
    fn is_open(&self) -> bool {
        let ready = |connection: &Connection| connection.source.ready_state() == EventSource::OPEN;
        self.connection.borrow().as_ref().is_some_and(ready)
    }

    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let on_message = move |event: MessageEvent| {
            if let (Some(stream), Some(text)) = (weak.upgrade(), event.data().as_string()) {
                stream.retry_ms.set(FIRST_RETRY_MS);
                (stream.on_text)(&text);
            }
        };
        let weak = Rc::downgrade(self);
        let on_error = move || {
            if let Some(stream) = weak.upgrade() {
                stream.lost();
            }
        };
        let Ok(source) = EventSource::new(self.path) else { return };
        let on_message: Closure<dyn Fn(MessageEvent)> = Closure::new(on_message);
        let on_error: Closure<dyn Fn()> = Closure::new(on_error);
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.connection.replace(Some(Connection { source, on_message, on_error }));
    }

    fn lost(self: &Rc<Self>) {
        (self.on_lost)();
        let closed = |connection: &Connection| connection.source.ready_state() == EventSource::CLOSED;
        if !self.connection.borrow().as_ref().is_some_and(closed) {
            // The browser is reconnecting.
            return;
        }
        let wait = self.retry_ms.get();
        self.retry_ms.set(wait.saturating_mul(2).min(LAST_RETRY_MS));
        wasm_bindgen_futures::spawn_local(retry(Rc::downgrade(self), wait));
    }
}

async fn retry(stream: Weak<Stream>, wait: u32) {
    time::sleep(wait).await;
    if let Some(stream) = stream.upgrade()
        && !stream.is_open()
    {
        stream.connect();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}
