//! What a parcel looks like to `postMessage`: an array of a number, the head, the parts, and whether the worker is worn: whether it
//! has grown so large that another should take its place.
//!
//! The number pairs an answer with its ask; two numbers mean something of their own. A worker hands its parts over; the
//! page only lends them, because what it sends may be needed again (a draft's enclosures, a message to be opened anew).

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::parcel::Parcel;
use crate::platform::buffer::Buffer;

/// The number of the message by which a worker says that it is there; asks count from 1.
pub(super) const READY: u32 = 0;
/// The number by which the pool itself unlocks a worker.
pub(super) const UNLOCK: u32 = u32::MAX;

/// A message, and the list of what is handed over with it.
pub(super) fn write(number: u32, parcel: &Parcel, worn: bool) -> (Array, Array) {
    let parts: Array = parcel.parts.iter().map(Buffer::to_js).collect();
    let head = Uint8Array::from(parcel.head.as_slice());
    (Array::of4(&JsValue::from(number), &head, &parts, &JsValue::from(worn)), parts)
}

/// Reads a message; `None` for one that is none of ours.
pub(super) fn read(message: &JsValue) -> Option<(u32, Parcel, bool)> {
    let message: &Array = message.dyn_ref()?;
    // Numbers are written by `write` from u32.
    let number = message.get(0).as_f64()? as u32;
    let head = message.get(1).dyn_into::<Uint8Array>().ok()?.to_vec();
    let parts = message.get(2).dyn_into::<Array>().ok()?;
    let parts =
        parts.iter().map(|part| part.dyn_into::<ArrayBuffer>().ok().map(Buffer::from_js)).collect::<Option<_>>()?;
    Some((number, Parcel { head, parts }, message.get(3).as_bool()?))
}
