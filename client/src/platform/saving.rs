//! A file that the browser writes to the disk as it comes. A page alone cannot have that done; a service worker can
//! (`client/shell/saver.js`): it answers an address that a hidden frame asks for, with a file to be saved, which the page hands over piece by piece.
//!
//! Invariants: the address is of chance and says nothing of the file; the worker answers for no other, and asks the box for nothing. A
//! file that is not ended by [`Saving::end`] fails in the browser, and never looks whole. No piece is handed over before the browser has
//! taken the one before.

use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::{Array, Uint8Array};
use shared::api::paths::LINK_SAVING;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Element, Event, MessageChannel, MessageEvent, MessagePort, RegistrationOptions, ServiceWorker,
    ServiceWorkerRegistration, ServiceWorkerState,
};

use super::{page, random, time};

/// Longest time until a browser that can do it has begun, milliseconds.
const BEGIN_MS: u32 = 10_000;
/// The worker hears of its page this often, milliseconds: browsers end one that has heard nothing for 30 seconds.
const PING_MS: u32 = 10_000;
/// Longest silence of a worker that lives, milliseconds. One that was ended says nothing any more; the page that hears nothing asks once
/// more, for it may have slept itself.
const SILENCE_MS: u32 = 25_000;
/// Octets of chance in an address.
const CHANCE_BYTES: usize = 16;

/// A file on its way to the disk; one that is dropped before its end fails there.
pub struct Saving {
    worker: ServiceWorker,
    port: MessagePort,
    frame: Element,
    /// What the worker says.
    heard: UnboundedReceiver<String>,
    /// The browser waits for a piece.
    wants: bool,
    /// The browser takes no more.
    over: bool,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_message: Closure<dyn Fn(MessageEvent)>,
    /// Who leaves the page leaves no file that looks whole.
    on_leaving: Closure<dyn Fn(Event)>,
    #[expect(dead_code, reason = "the worker is kept going as long as it lives")]
    lives: Rc<()>,
}

impl Saving {
    /// Has the browser begin to save a file of that name and of so many octets; `None` where it knows no other way than holding the
    /// whole of it first.
    pub async fn begin(name: &str, octets: u64) -> Option<Self> {
        match select(Box::pin(Self::try_begin(name, octets)), Box::pin(time::sleep(BEGIN_MS))).await {
            Either::Left((begun, _)) => begun,
            Either::Right(_) => None,
        }
    }

    async fn try_begin(name: &str, octets: u64) -> Option<Self> {
        let worker = active(&registered().await?).await?;
        let address = format!("{LINK_SAVING}{}", hex(&random::bytes::<CHANCE_BYTES>()));
        let mut saving = Self::tell(&worker, &address, name, octets)?;
        saving.hears("ready").await?;
        // Only now: where nobody answers the address, it would be asked of the box.
        saving.frame.set_attribute("src", &address).ok()?;
        saving.frame.owner_document()?.body()?.append_child(&saving.frame).ok()?;
        saving.hears("begun").await?;
        Some(saving)
    }

    /// Tells the worker of a file.
    fn tell(worker: &ServiceWorker, address: &str, name: &str, octets: u64) -> Option<Self> {
        let window = web_sys::window()?;
        let frame = window.document()?.create_element("iframe").ok()?;
        frame.set_attribute("hidden", "").ok()?;
        let (channel, (tell, heard)) = (MessageChannel::new().ok()?, unbounded());
        let port = channel.port1();
        let on_message = Closure::<dyn Fn(_)>::new(move |event: MessageEvent| {
            let _ = tell.unbounded_send(event.data().as_string().unwrap_or_default());
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let ends = port.clone();
        let on_leaving = Closure::<dyn Fn(_)>::new(move |_: Event| {
            let _ = ends.post_message(&"fail".into());
        });
        window.add_event_listener_with_callback("pagehide", on_leaving.as_ref().unchecked_ref()).ok()?;
        // A size is a whole number, below 2^53.
        let told = Array::of3(&address.into(), &name.into(), &(octets as f64).into());
        worker.post_message_with_transferable(&told, &Array::of1(&channel.port2())).ok()?;
        let lives = Rc::new(());
        spawn_local(keep_going(worker.clone(), Rc::downgrade(&lives)));
        Some(Self {
            worker: worker.clone(),
            port,
            frame,
            heard,
            wants: false,
            over: false,
            on_message,
            on_leaving,
            lives,
        })
    }

    /// Waits until the browser takes the next piece; answers whether it does. It takes no more where the person has stopped it there, or
    /// the disk is full.
    pub async fn is_wanted(&mut self) -> bool {
        while !self.wants && !self.over {
            match self.word().await.as_deref() {
                Some("next") => self.wants = true,
                Some("here") => {}
                _ => self.over = true,
            }
        }
        !self.over
    }

    /// Whether the browser takes no more, as far as it has said so.
    pub fn is_over(&mut self) -> bool {
        while let Ok(said) = self.heard.try_recv() {
            self.wants |= said == "next";
            self.over |= said == "over";
        }
        self.over
    }

    /// Hands over the next piece, for which [`Saving::is_wanted`] was waited.
    pub fn give(&mut self, piece: &[u8]) {
        let octets = Uint8Array::from(piece).buffer();
        self.wants = false;
        // What is not taken, nobody asks the next for: it fails there.
        let _ = self.port.post_message_with_transferable(&octets, &Array::of1(&octets));
    }

    /// Says that the file is whole, as soon as all of it was taken; answers whether it was.
    pub async fn end(mut self) -> bool {
        if !self.is_wanted().await {
            return false;
        }
        let _ = self.port.post_message(&"end".into());
        self.hears("whole").await.is_some()
    }

    async fn hears(&mut self, wanted: &str) -> Option<()> {
        loop {
            let said = self.word().await?;
            self.wants |= said == "next";
            if said != "here" {
                return (said == wanted).then_some(());
            }
        }
    }

    /// What the worker says next; `None` where it is not there any more.
    async fn word(&mut self) -> Option<String> {
        for _ in 0..2 {
            match select(self.heard.next(), Box::pin(time::sleep(SILENCE_MS))).await {
                Either::Left((word, _)) => return word,
                Either::Right(_) => drop(self.worker.post_message(&JsValue::NULL)),
            }
        }
        None
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        // Says nothing to a file that has ended.
        let _ = self.port.post_message(&"fail".into());
        self.port.set_onmessage(None);
        self.frame.remove();
        if let Some(window) = web_sys::window() {
            let function = self.on_leaving.as_ref().unchecked_ref();
            let _ = window.remove_event_listener_with_callback("pagehide", function);
        }
    }
}

/// Has the browser take the worker in; nothing where it takes none (private windows, certificates that it does not trust).
async fn registered() -> Option<ServiceWorkerRegistration> {
    let container = web_sys::window()?.navigator().service_worker();
    if container.is_undefined() {
        return None;
    }
    let options = RegistrationOptions::new();
    options.set_scope(LINK_SAVING);
    let registered = container.register_with_options(&page::meta("saver")?, &options);
    JsFuture::from(registered).await.ok()?.dyn_into().ok()
}

/// The worker, as soon as it can answer.
async fn active(registration: &ServiceWorkerRegistration) -> Option<ServiceWorker> {
    let worker = registration.installing().or_else(|| registration.waiting()).or_else(|| registration.active())?;
    let (changed, mut changes) = unbounded();
    let on_change = Closure::<dyn Fn()>::new(move || changed.unbounded_send(()).unwrap_or_default());
    worker.set_onstatechange(Some(on_change.as_ref().unchecked_ref()));
    loop {
        match worker.state() {
            ServiceWorkerState::Activated => break,
            ServiceWorkerState::Redundant => return None,
            _ => changes.next().await?,
        }
    }
    worker.set_onstatechange(None);
    Some(worker)
}

async fn keep_going(worker: ServiceWorker, lives: std::rc::Weak<()>) {
    while lives.upgrade().is_some() {
        let _ = worker.post_message(&JsValue::NULL);
        time::sleep(PING_MS).await;
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
