//! The page's side.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker};

use super::{Answer, Ask, Flaw, READY};
use crate::platform::buffer::Buffer;
use crate::platform::{page, time};

/// The name of the `<meta>` of the document that says which script loads the program.
const SCRIPT_META: &str = "keeper";
/// Longest time until the program is there, milliseconds: over the slowest line on which the page is any use.
const START_MS: u32 = 60_000;
/// Longest time that an answer may take, milliseconds: the largest letter, or a passphrase, on the slowest machine takes a tenth of it.
const WORK_MS: u32 = 120_000;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotKeep {
    /// The program did not come: the box is away, or has another page by now.
    #[error("the program did not come")]
    NotThere,
    /// What was asked cannot be done.
    #[error("it cannot be done")]
    Flaw(#[from] Flaw),
}

/// What is heard of the program.
enum Heard {
    Ready,
    Answer(Result<Answer, Flaw>, Vec<Buffer>),
    /// It did not load, or has stopped.
    Stopped,
}

/// The program, being fetched or there; ended when this is dropped.
pub struct Keeper {
    worker: Worker,
    heard: UnboundedReceiver<Heard>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_message: Closure<dyn Fn(MessageEvent)>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_error: Closure<dyn Fn(Event)>,
}

impl Keeper {
    /// Has the program fetched, asks it, and ends it.
    ///
    /// # Errors
    /// [`CannotKeep`].
    pub async fn ask(ask: &Ask, bytes: &[Buffer]) -> Result<(Answer, Vec<Buffer>), CannotKeep> {
        Self::start().ok_or(CannotKeep::NotThere)?.answer(ask, bytes).await
    }

    fn start() -> Option<Self> {
        let worker = Worker::new(&page::meta(SCRIPT_META)?).ok()?;
        let (tell, heard) = unbounded();
        let told = tell.clone();
        let on_message = Closure::<dyn Fn(_)>::new(move |event: MessageEvent| {
            let _ = told.unbounded_send(read(&event.data()).unwrap_or(Heard::Stopped));
        });
        let on_error = Closure::<dyn Fn(_)>::new(move |event: Event| {
            event.prevent_default();
            let _ = tell.unbounded_send(Heard::Stopped);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, heard, on_message, on_error })
    }

    async fn answer(mut self, ask: &Ask, bytes: &[Buffer]) -> Result<(Answer, Vec<Buffer>), CannotKeep> {
        let Some(Heard::Ready) = self.next(START_MS).await else { return Err(CannotKeep::NotThere) };
        let head = serde_json::to_string(ask).map_err(|_| Flaw::Internal)?;
        let bytes: Array = bytes.iter().map(Buffer::to_js).collect();
        // The bytes are copied, not handed over: keys and letters are asked about again where something fails.
        let posted = self.worker.post_message(&Array::of2(&JsValue::from_str(&head), &bytes));
        posted.map_err(|_| Flaw::Internal)?;
        match self.next(WORK_MS).await {
            Some(Heard::Answer(answer, bytes)) => Ok((answer?, bytes)),
            _ => Err(Flaw::Internal.into()),
        }
    }

    async fn next(&mut self, milliseconds: u32) -> Option<Heard> {
        match select(self.heard.next(), Box::pin(time::sleep(milliseconds))).await {
            Either::Left((heard, _)) => heard,
            Either::Right(_) => None,
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn read(message: &JsValue) -> Option<Heard> {
    if message.as_string().is_some_and(|text| text == READY) {
        return Some(Heard::Ready);
    }
    let message: &Array = message.dyn_ref()?;
    let answer = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let bytes = message.get(1).dyn_into::<Array>().ok()?;
    let bytes = bytes.iter().map(|one| one.dyn_into::<ArrayBuffer>().ok().map(Buffer::from_js));
    Some(Heard::Answer(answer, bytes.collect::<Option<_>>()?))
}
