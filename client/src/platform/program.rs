//! A program that is fetched beside a page, asked once, and ended: what the reader's page has of those that seal and that keep keys.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker};

use super::{page, time};

/// What a program says when it can be asked.
pub const READY: &str = "ready";
/// Longest time until a program is there, milliseconds: over the slowest line on which the page is any use.
const START_MS: u32 = 60_000;

/// A program, being fetched or there; ended when this is dropped.
pub struct Program {
    worker: Worker,
    /// What it says; nothing where it did not load, or has stopped.
    heard: UnboundedReceiver<Option<JsValue>>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_message: Closure<dyn Fn(MessageEvent)>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_error: Closure<dyn Fn(Event)>,
}

impl Program {
    /// Has the program fetched whose script stands in the `<meta>` of this name; `None` where the browser starts none.
    #[must_use]
    pub fn start(name: &str) -> Option<Self> {
        let worker = Worker::new(&page::meta(name)?).ok()?;
        let (tell, heard) = unbounded();
        let told = tell.clone();
        let on_message = Closure::<dyn Fn(_)>::new(move |event: MessageEvent| {
            let _ = told.unbounded_send(Some(event.data()));
        });
        let on_error = Closure::<dyn Fn(_)>::new(move |event: Event| {
            event.prevent_default();
            let _ = tell.unbounded_send(None);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, heard, on_message, on_error })
    }

    /// Waits until it can be asked; answers whether it can.
    pub async fn is_ready(&mut self) -> bool {
        self.hears(START_MS).await.is_some_and(|said| said.as_string().as_deref() == Some(READY))
    }

    /// Asks it: a text and buffers beside it, which are handed over where `hand_over` says so, and copied otherwise. Answers what it
    /// says; nothing where it stops, or takes longer than so many milliseconds.
    pub async fn asked(&mut self, text: &str, buffers: &Array, hand_over: bool, milliseconds: u32) -> Option<JsValue> {
        let message = Array::of2(&JsValue::from_str(text), buffers);
        let posted = match hand_over {
            true => self.worker.post_message_with_transfer(&message, buffers),
            false => self.worker.post_message(&message),
        };
        posted.ok()?;
        self.hears(milliseconds).await
    }

    async fn hears(&mut self, milliseconds: u32) -> Option<JsValue> {
        match select(self.heard.next(), Box::pin(time::sleep(milliseconds))).await {
            Either::Left((heard, _)) => heard.flatten(),
            Either::Right(_) => None,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
