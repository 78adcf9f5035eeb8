//! A worker's own side of `postMessage`: takes asks one after the other and answers them.
//!
//! What is done with letters is fetched as soon as the worker runs; an ask that needs it waits for it.
//!
//! A panic ends the program (WebAssembly cannot unwind): the browser reports it to the page as an error of the worker, and the pool
//! starts another. What is told of it is where it happened, never what the program was working on.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use js_sys::global;
use rand::rngs::OsRng;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::desk::Desk;
use super::letters::Letters;
use super::parcel::Parcel;
use super::protocol::AnyAsk;
use super::wire;

/// Memory of this program from which on another shall take its place, octets: WebAssembly's never shrinks. Reading usual letters
/// needs a fifth of it; a letter at the limit of size, four times as much.
const WORN_BYTES: usize = 64 * 1024 * 1024;

/// Fetches what is done with letters; `None` where it cannot be had: the box is away, or has another page by now.
pub type Load = fn() -> LocalBoxFuture<'static, Option<Letters<OsRng>>>;

/// Answers asks from now on; to be called once, by the worker's program.
pub fn serve(load: Load) {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        web_sys::console::error_1(&JsValue::from_str(&format!("the worker stopped at {place}")));
    }));
    let Ok(scope) = global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let desk = Rc::new(RefCell::new(Desk::new(OsRng)));
    let (worker, asked) = (scope.clone(), desk.clone());
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some((number, ask, _)) = wire::read(&event.data()) else { return };
        // A parcel that holds no ask is answered as such.
        let Ok(ask) = ask.unpack::<AnyAsk>() else {
            let answer = asked.borrow_mut().answer(Parcel::default());
            return post(&worker, number, &answer, false);
        };
        if !asked.borrow().lacks(&ask) {
            return answer(&worker, &asked, number, ask);
        }
        let (worker, desk) = (worker.clone(), asked.clone());
        spawn_local(async move {
            bring(&desk, load).await;
            answer(&worker, &desk, number, ask);
        });
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    on_message.forget();
    post(&scope, wire::READY, &Parcel::default(), false);
    spawn_local(async move { bring(&desk, load).await });
}

fn answer(scope: &DedicatedWorkerGlobalScope, desk: &RefCell<Desk<OsRng>>, number: u32, ask: AnyAsk) {
    let mut desk = desk.borrow_mut();
    let answer = desk.answer_any(ask);
    let worn = memory_bytes() > WORN_BYTES && !desk.has_begun();
    post(scope, number, &answer, worn);
}

async fn bring(desk: &RefCell<Desk<OsRng>>, load: Load) {
    if let Some(letters) = load().await {
        desk.borrow_mut().bring(letters);
    }
}

/// The memory that this program has, octets.
fn memory_bytes() -> usize {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let bytes = memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length();
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn post(scope: &DedicatedWorkerGlobalScope, number: u32, parcel: &Parcel, worn: bool) {
    let (message, parts) = wire::write(number, parcel, worn);
    // Fails only for what cannot be cloned or handed over twice; texts, numbers and fresh buffers can.
    let _ = scope.post_message_with_transfer(&message, &parts);
}
