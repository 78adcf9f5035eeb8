//! The clipboard.

use wasm_bindgen_futures::JsFuture;

/// The browser does not let the page use the clipboard now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clipboard cannot be used")]
pub struct ClipboardRefused;

/// Puts a text into the clipboard; browsers allow it shortly after a key or button was pressed.
///
/// # Errors
/// [`ClipboardRefused`] where the browser does not allow it.
pub async fn copy(text: &str) -> Result<(), ClipboardRefused> {
    let clipboard = web_sys::window().ok_or(ClipboardRefused)?.navigator().clipboard();
    JsFuture::from(clipboard.write_text(text)).await.map(|_| ()).map_err(|_| ClipboardRefused)
}
