//! The program's own side: waits for the one ask that it answers.
//!
//! A panic ends the program (WebAssembly cannot unwind), which the page hears of as an error of the worker. What is told of it is where
//! it happened, never what the program was working on.

use js_sys::{Array, ArrayBuffer, Uint8Array, global};
use rand::rngs::OsRng;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, console};
use zeroize::Zeroize;

use super::{Answer, Ask, Flaw, work};
use crate::platform::program::READY;

/// Answers what it is asked; to be called once, by the program.
pub fn serve() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        console::error_1(&JsValue::from_str(&format!("the keeper stopped at {place}")));
    }));
    let Ok(scope) = global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let page = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let answer = read(&event.data()).map_or(Err(Flaw::Internal), |(ask, mut bytes)| {
            let answer = work(ask, &bytes, &mut OsRng);
            bytes.zeroize();
            answer
        });
        let (head, bytes): (Result<Answer, Flaw>, _) = match answer {
            Ok((answer, bytes)) => (Ok(answer), bytes),
            Err(flaw) => (Err(flaw), Vec::new()),
        };
        let bytes: Array = bytes.iter().map(|bytes| Uint8Array::from(bytes.as_slice()).buffer()).collect();
        let head = serde_json::to_string(&head).unwrap_or_default();
        // Fails only for what cannot be handed over; texts and fresh buffers can.
        let _ = page.post_message_with_transfer(&Array::of2(&JsValue::from_str(&head), &bytes), &bytes);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // It listens as long as the program lives.
    on_message.forget();
    let _ = scope.post_message(&JsValue::from_str(READY));
}

fn read(message: &JsValue) -> Option<(Ask, Vec<Vec<u8>>)> {
    let message: &Array = message.dyn_ref()?;
    let ask = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let bytes = |one: JsValue| {
        let one: ArrayBuffer = one.dyn_into().ok()?;
        Some(Uint8Array::new(&one).to_vec())
    };
    Some((ask, message.get(1).dyn_into::<Array>().ok()?.iter().map(bytes).collect::<Option<_>>()?))
}
