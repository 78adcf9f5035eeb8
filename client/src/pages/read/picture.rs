//! Pictures among the attachments.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url};

use crate::platform::buffer::Buffer;
use crate::worker::protocol::reading::AttachmentView;

/// What browsers show as a picture and nothing else; SVG is left out, for it is a document.
const PICTURES: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"];

/// Whether an attachment can be shown as a picture.
#[must_use]
pub(super) fn is_picture(attachment: &AttachmentView) -> bool {
    PICTURES.contains(&attachment.media_type.as_str())
}

/// The address under which the browser finds bytes of this page, until the component that asked is gone.
pub(super) fn address(media_type: &str, bytes: &Buffer) -> Option<String> {
    let url = make(media_type, bytes).ok()?;
    let given = url.clone();
    on_cleanup(move || {
        // Only fails for what is no address.
        let _ = Url::revoke_object_url(&given);
    });
    Some(url)
}

fn make(media_type: &str, bytes: &Buffer) -> Result<String, JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(media_type);
    let blob = Blob::new_with_buffer_source_sequence_and_options(&js_sys::Array::of1(&bytes.to_js()), &kind)?;
    Url::create_object_url_with_blob(&blob)
}
