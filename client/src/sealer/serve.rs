//! The program's own side: waits for the one answer that it seals.
//!
//! A panic ends the program (WebAssembly cannot unwind), which the page hears of as an error of the worker. What is told of it is where
//! it happened, never what the program was working on.

use js_sys::{Array, ArrayBuffer, Uint8Array, global};
use rand::rngs::OsRng;
use shared::access::{Reply, ReplyError};
use shared::api::frame;
use shared::mime::Attachment;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, console};

use super::{SealReply, TOO_LARGE, UNSEALABLE};
use crate::platform::program::READY;

/// Seals what it is asked to; to be called once, by the program.
pub fn serve() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        console::error_1(&JsValue::from_str(&format!("the sealer stopped at {place}")));
    }));
    let Ok(scope) = global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let page = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // Fails only for what cannot be handed over; texts and fresh buffers can.
        let _ = match read(&event.data()).map_or(Err(UNSEALABLE), |(ask, files)| seal(ask, files)) {
            Ok(frame) => {
                let frame = Uint8Array::from(frame.as_slice()).buffer();
                page.post_message_with_transfer(&frame, &Array::of1(&frame))
            }
            Err(why) => page.post_message(&JsValue::from_str(why)),
        };
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // It listens as long as the program lives.
    on_message.forget();
    let _ = scope.post_message(&JsValue::from_str(READY));
}

fn read(message: &JsValue) -> Option<(SealReply, Vec<Vec<u8>>)> {
    let message: &Array = message.dyn_ref()?;
    let ask = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let files = message.get(1).dyn_into::<Array>().ok()?;
    let bytes = |file: JsValue| {
        let file: ArrayBuffer = file.dyn_into().ok()?;
        Some(Uint8Array::new(&file).to_vec())
    };
    Some((ask, files.iter().map(bytes).collect::<Option<_>>()?))
}

/// The frame that is handed in, or what to say in its place.
fn seal(ask: SealReply, files: Vec<Vec<u8>>) -> Result<Vec<u8>, &'static str> {
    let SealReply { letter, from, text, files: heads, now, request } = ask;
    let files = heads.into_iter().zip(files).map(|(head, bytes)| Attachment {
        name: Some(head.name),
        media_type: head.media_type,
        content_id: None,
        inline: false,
        bytes,
    });
    let sealed = Reply { from, text, files: files.collect() }.seal(&letter, now, &mut OsRng);
    let sealed = sealed.map_err(|error| match error {
        ReplyError::TooLarge => TOO_LARGE,
        _ => UNSEALABLE,
    })?;
    frame::encode(&request, &[&sealed]).map_err(|_| TOO_LARGE)
}
