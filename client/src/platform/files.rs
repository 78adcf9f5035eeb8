//! Files: chosen by the person, dropped or pasted on the page, and saved. Saving is the person's own act and the only way
//! on which something decrypted reaches a disk.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, DataTransfer, File, FileList, HtmlAnchorElement, HtmlInputElement, Url};

use super::buffer::Buffer;
use super::time;

/// What a file is taken for that does not say.
const UNKNOWN_TYPE: &str = "application/octet-stream";
/// How long a saved file's address lives, milliseconds: browsers may begin to read it only after the click has returned.
const SAVED_MS: u32 = 60_000;

/// A file with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Its name without a path.
    pub name: String,
    /// Its media type as the browser guesses it; `application/octet-stream` where it does not.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Buffer,
}

/// The file cannot be read: it is a folder, was removed, or the system does not allow it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file cannot be read")]
pub struct UnreadableFile {
    /// Its name.
    pub name: String,
}

/// Lets the person choose files; empty where they chose none. `accept` as in HTML (`image/*,.pdf`), empty for any.
pub async fn pick(accept: &str) -> Vec<File> {
    let Some(input) = file_input(accept) else { return Vec::new() };
    let (chosen, on_chosen) = oneshot::channel::<()>();
    let (cancelled, on_cancelled) = oneshot::channel::<()>();
    let change = Closure::once(move || chosen.send(()).unwrap_or_default());
    let cancel = Closure::once(move || cancelled.send(()).unwrap_or_default());
    input.set_onchange(Some(change.as_ref().unchecked_ref()));
    if input.add_event_listener_with_callback("cancel", cancel.as_ref().unchecked_ref()).is_err() {
        return Vec::new();
    }
    input.click();
    let files = match select(on_chosen, on_cancelled).await {
        Either::Left((Ok(()), _)) => input.files().map(of_list).unwrap_or_default(),
        _ => Vec::new(),
    };
    input.remove();
    files
}

fn file_input(accept: &str) -> Option<HtmlInputElement> {
    let document = web_sys::window()?.document()?;
    let input: HtmlInputElement = document.create_element("input").ok()?.dyn_into().ok()?;
    input.set_type("file");
    input.set_multiple(true);
    input.set_accept(accept);
    input.set_hidden(true);
    // Some browsers tell nothing of an input outside of the document.
    document.body()?.append_child(&input).ok()?;
    Some(input)
}

/// The files of a drop or a paste.
#[must_use]
pub fn of_transfer(transfer: &DataTransfer) -> Vec<File> {
    transfer.files().map(of_list).unwrap_or_default()
}

/// The files of an input element.
#[must_use]
pub fn of_list(list: FileList) -> Vec<File> {
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

/// Reads a file.
///
/// # Errors
/// [`UnreadableFile`] for a folder and for what the system does not give out.
pub async fn read(file: &File) -> Result<NamedFile, UnreadableFile> {
    let unreadable = |_| UnreadableFile { name: file.name() };
    let bytes = JsFuture::from(file.array_buffer()).await.map_err(unreadable)?;
    let bytes = Buffer::from_js(bytes.dyn_into().map_err(unreadable)?);
    let media_type = match file.type_() {
        guess if guess.is_empty() => UNKNOWN_TYPE.to_owned(),
        guess => guess,
    };
    Ok(NamedFile { name: file.name(), media_type, bytes })
}

/// Saves bytes as a file of that name where the browser puts downloads. The bytes are never shown by the browser as a page.
pub fn save(name: &str, media_type: &str, bytes: &Buffer) {
    // A failure here means a browser without blobs or anchors; it has reported that itself.
    let _ = try_save(name, media_type, bytes);
}

fn try_save(name: &str, media_type: &str, bytes: &Buffer) -> Result<(), JsValue> {
    save_blob(name, &Blob::new_with_u8_array_sequence_and_options(&Array::of1(&bytes.to_js()), &kind(media_type))?)
}

fn kind(media_type: &str) -> BlobPropertyBag {
    let kind = BlobPropertyBag::new();
    kind.set_type(media_type);
    kind
}

/// A file that comes piece by piece. What has come lies with the browser, which keeps much of it on its disk, and not in the
/// program's memory.
#[derive(Default, Debug)]
pub struct Gathered {
    pieces: Array,
}

impl Gathered {
    /// Adds the next piece.
    pub fn add(&mut self, piece: &[u8]) {
        // A browser without blobs has reported that itself.
        if let Ok(blob) = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(piece))) {
            self.pieces.push(&blob);
        }
    }

    /// How many pieces have come.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.pieces.length() as usize
    }

    /// An address under which this page, and nobody else, has it as long as it lives.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        Url::create_object_url_with_blob(&Blob::new_with_blob_sequence(&self.pieces).ok()?).ok()
    }

    /// Saves it as [`save`] does.
    pub fn save(&self, name: &str, media_type: &str) {
        let blob = Blob::new_with_blob_sequence_and_options(&self.pieces, &kind(media_type));
        let _ = blob.and_then(|blob| save_blob(name, &blob));
    }
}

fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let url = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    wasm_bindgen_futures::spawn_local(async move {
        time::sleep(SAVED_MS).await;
        let _ = Url::revoke_object_url(&url);
    });
    Ok(())
}
