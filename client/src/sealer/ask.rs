//! The page's side.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker};

use super::{READY, SealReply, TOO_LARGE};
use crate::platform::buffer::Buffer;
use crate::platform::{page, time};

/// The name of the `<meta>` of the document that says which script loads the program.
const SCRIPT_META: &str = "sealer";
/// Longest time until the program is there, milliseconds: over the slowest line on which the page is any use.
const START_MS: u32 = 60_000;
/// Longest time that sealing may take, milliseconds: the largest answer on the slowest machine takes a tenth of it.
const SEAL_MS: u32 = 120_000;

/// Why an answer was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotSeal {
    /// The program did not come: the box is away, or has another page by now.
    #[error("the program did not come")]
    NotThere,
    /// Text and files are more than an answer can hold.
    #[error("the answer is too large")]
    TooLarge,
    /// The letter's certificate cannot be sealed to, or the program stopped.
    #[error("the answer cannot be sealed")]
    Unsealable,
}

/// What is heard of the program.
enum Heard {
    Ready,
    Sealed(Buffer),
    Refused(CannotSeal),
    /// It did not load, or has stopped.
    Stopped,
}

/// The program, being fetched or there; ended when this is dropped.
pub struct Sealer {
    worker: Worker,
    heard: UnboundedReceiver<Heard>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_message: Closure<dyn Fn(MessageEvent)>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_error: Closure<dyn Fn(Event)>,
}

impl Sealer {
    /// Has the program fetched.
    ///
    /// # Errors
    /// [`CannotSeal::NotThere`] where the browser starts none.
    pub fn start() -> Result<Self, CannotSeal> {
        let script = page::meta(SCRIPT_META).ok_or(CannotSeal::NotThere)?;
        let worker = Worker::new(&script).map_err(|_| CannotSeal::NotThere)?;
        let (tell, heard) = unbounded();
        let told = tell.clone();
        let on_message = Closure::<dyn Fn(_)>::new(move |event: MessageEvent| {
            let _ = told.unbounded_send(read(event.data()));
        });
        let on_error = Closure::<dyn Fn(_)>::new(move |event: Event| {
            event.prevent_default();
            let _ = tell.unbounded_send(Heard::Stopped);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, heard, on_message, on_error })
    }

    /// Seals an answer; gives the frame that is handed in. The bytes of its files are in `files`, in their order.
    ///
    /// # Errors
    /// [`CannotSeal`].
    pub async fn seal(mut self, ask: &SealReply, files: &[Buffer]) -> Result<Buffer, CannotSeal> {
        match self.next(START_MS).await {
            Some(Heard::Ready) => {}
            _ => return Err(CannotSeal::NotThere),
        }
        let head = serde_json::to_string(ask).map_err(|_| CannotSeal::Unsealable)?;
        let files: Array = files.iter().map(Buffer::to_js).collect();
        let message = Array::of2(&JsValue::from_str(&head), &files);
        // The bytes are handed over: they lie with the browser, and are read anew where they are needed again.
        let posted = self.worker.post_message_with_transfer(&message, &files);
        posted.map_err(|_| CannotSeal::Unsealable)?;
        match self.next(SEAL_MS).await {
            Some(Heard::Sealed(frame)) => Ok(frame),
            Some(Heard::Refused(why)) => Err(why),
            _ => Err(CannotSeal::Unsealable),
        }
    }

    async fn next(&mut self, milliseconds: u32) -> Option<Heard> {
        match select(self.heard.next(), Box::pin(time::sleep(milliseconds))).await {
            Either::Left((heard, _)) => heard,
            Either::Right(_) => None,
        }
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn read(message: JsValue) -> Heard {
    match message.dyn_into::<ArrayBuffer>() {
        Ok(frame) => Heard::Sealed(Buffer::from_js(frame)),
        Err(text) => match text.as_string().as_deref() {
            Some(READY) => Heard::Ready,
            Some(TOO_LARGE) => Heard::Refused(CannotSeal::TooLarge),
            _ => Heard::Refused(CannotSeal::Unsealable),
        },
    }
}
