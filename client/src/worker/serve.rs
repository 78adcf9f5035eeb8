//! A worker's own side of `postMessage`: takes asks one after the other and answers them.
//!
//! A panic ends the program (WebAssembly cannot unwind): the browser reports it to the page as an error of the worker, and the pool
//! starts another. What is told of it is where it happened, never what the program was working on.

use std::cell::RefCell;

use js_sys::global;
use rand::rngs::OsRng;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::desk::Desk;
use super::parcel::Parcel;
use super::wire;

/// Answers asks from now on; to be called once, by the worker's program.
pub fn serve() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        web_sys::console::error_1(&JsValue::from_str(&format!("the worker stopped at {place}")));
    }));
    let Ok(scope) = global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let desk = RefCell::new(Desk::new(OsRng));
    let worker = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some((number, ask)) = wire::read(&event.data()) else { return };
        let answer = desk.borrow_mut().answer(ask);
        post(&worker, number, &answer);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    on_message.forget();
    post(&scope, wire::READY, &Parcel::default());
}

fn post(scope: &DedicatedWorkerGlobalScope, number: u32, parcel: &Parcel) {
    let (message, parts) = wire::write(number, parcel);
    // Fails only for what cannot be cloned or handed over twice; texts, numbers and fresh buffers can.
    let _ = scope.post_message_with_transfer(&message, &parts);
}
