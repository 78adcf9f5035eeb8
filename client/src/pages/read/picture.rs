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

/// Most pixels that are shown: beyond, a browser takes a gigabyte of memory for one picture, or fails.
const PIXELS: u64 = 200_000_000;
/// Octets in which a picture says how large it is, where it says so at its beginning.
const HEAD: u32 = 26;

/// Whether browsers can be asked to show it: what says that it is enormous is not shown.
#[must_use]
pub(super) fn is_showable(bytes: &Buffer) -> bool {
    let head = js_sys::Uint8Array::new(&bytes.to_js()).subarray(0, HEAD).to_vec();
    pixels(&head).is_none_or(|pixels| pixels <= PIXELS)
}

/// How many pixels a picture says that it has, where its kind says so at its beginning: PNG (IHDR), GIF (logical screen), BMP.
fn pixels(head: &[u8]) -> Option<u64> {
    let four = |at: usize| head.get(at..at + 4)?.try_into().ok();
    let two = |at: usize| head.get(at..at + 2)?.try_into().ok();
    let (width, height) = match head {
        [0x89, b'P', b'N', b'G', ..] => (u32::from_be_bytes(four(16)?), u32::from_be_bytes(four(20)?)),
        [b'G', b'I', b'F', b'8', ..] => (u16::from_le_bytes(two(6)?).into(), u16::from_le_bytes(two(8)?).into()),
        [b'B', b'M', ..] => (
            i32::from_le_bytes(four(18)?).unsigned_abs(),
            // From the bottom up or, negative, from the top down.
            i32::from_le_bytes(four(22)?).unsigned_abs(),
        ),
        _ => return None,
    };
    Some(u64::from(width) * u64::from(height))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_say_how_large_they_are() {
        let png = |width: u32, height: u32| {
            [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], &width.to_be_bytes(), &height.to_be_bytes()].concat()
        };
        assert_eq!(pixels(&png(30_000, 20_000)), Some(600_000_000));
        assert_eq!(pixels(&png(u32::MAX, u32::MAX)), Some(u64::from(u32::MAX) * u64::from(u32::MAX)));
        assert_eq!(pixels(b"GIF89a\x02\x01\x10\0"), Some(258 * 16));
        let bmp = [&[b'B', b'M'][..], &[0; 16], &100_i32.to_le_bytes(), &(-50_i32).to_le_bytes()].concat();
        assert_eq!(pixels(&bmp), Some(5_000));
        assert_eq!((pixels(&png(1, 1)[..20]), pixels(b"\xff\xd8\xff\xe0"), pixels(b"")), (None, None, None));
    }
}
