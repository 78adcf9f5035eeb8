//! Framed bodies: large, and with progress. Only `XMLHttpRequest` tells how far an upload is, so it is used for these.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use shared::api::{frame, paths};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ProgressEvent, XmlHttpRequest, XmlHttpRequestEventTarget};

use super::buffer::Buffer;
use super::http::{HttpError, SILENCE_MS, parse, refusal};
use super::time;

/// Posts a frame, as long as something of it leaves or is answered within a minute or two, and reads the answer; `progress` hears from 0 to 1 how much of it has left.
///
/// # Errors
/// [`HttpError`].
pub async fn post_frame<T: DeserializeOwned>(
    path: &str,
    body: &Buffer,
    progress: impl Fn(f64) + 'static,
) -> Result<T, HttpError> {
    let upload = Upload::begin(path, body, progress).map_err(|_| HttpError::Offline)?;
    let (status, text) = upload.answer().await?;
    if (200..300).contains(&status) { parse(&text) } else { Err(refusal(status, &text)) }
}

/// An upload under way; given up when it is dropped.
struct Upload {
    request: XmlHttpRequest,
    /// How often the browser has told that something left.
    moved: Rc<Cell<u32>>,
    ended: oneshot::Receiver<()>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_progress: Closure<dyn FnMut(ProgressEvent)>,
    #[expect(dead_code, reason = "the browser calls it as long as it lives")]
    on_end: Closure<dyn FnMut()>,
}

impl Upload {
    fn begin(path: &str, body: &Buffer, progress: impl Fn(f64) + 'static) -> Result<Self, JsValue> {
        let request = XmlHttpRequest::new()?;
        request.open("POST", path)?;
        request.set_request_header("content-type", frame::CONTENT_TYPE)?;
        request.set_request_header(paths::CSRF_HEADER, "1")?;
        let moved = Rc::new(Cell::new(0_u32));
        let moves = Rc::clone(&moved);
        let on_progress = Closure::<dyn FnMut(_)>::new(move |event: ProgressEvent| {
            moves.set(moves.get().wrapping_add(1));
            if event.length_computable() && event.total() > 0.0 {
                progress(event.loaded() / event.total());
            }
        });
        let (end, ended) = oneshot::channel();
        let mut end = Some(end);
        let on_end = Closure::<dyn FnMut()>::new(move || {
            if let Some(end) = end.take() {
                let _ = end.send(());
            }
        });
        request.upload()?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
        let target: &XmlHttpRequestEventTarget = request.as_ref();
        target.set_onloadend(Some(on_end.as_ref().unchecked_ref()));
        request.send_with_opt_buffer_source(Some(&body.to_js()))?;
        Ok(Self { request, moved, ended, on_progress, on_end })
    }

    async fn answer(mut self) -> Result<(u16, String), HttpError> {
        let mut before = self.moved.get();
        while let Either::Right(_) = select(&mut self.ended, Box::pin(time::sleep(SILENCE_MS))).await {
            // The line stands still; the request is given up when this is dropped.
            let now = self.moved.get();
            if now == before {
                return Err(HttpError::Offline);
            }
            before = now;
        }
        let status = self.request.status().map_err(|_| HttpError::Offline)?;
        let text = self.request.response_text().ok().flatten().unwrap_or_default();
        // The status of a request that never had an answer is 0.
        if status == 0 { Err(HttpError::Offline) } else { Ok((status, text)) }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.request.set_onloadend(None);
        if let Ok(upload) = self.request.upload() {
            upload.set_onprogress(None);
        }
        // Does nothing to a request that has ended.
        let _ = self.request.abort();
    }
}
